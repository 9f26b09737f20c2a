/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/formats/npy.h"
#include "engine/formats/quant-blocks.h"
#include "engine/formats/stored-tensor.h"
#include "tests/fixture.h"

static const struct
{
  const char *name;
  guint length;
  guint size;
} types[] = {
  { "F32", 1, 4 },
  { "F16", 1, 2 },
  { "BF16", 1, 2 },
  { "Q8_0", 32, 34 },
  { "Q4_0", 32, 18 },
  { "Q4_1", 32, 20 },
  { "Q5_0", 32, 22 },
  { "Q5_1", 32, 24 },
  { "Q2_K", 256, 84 },
  { "Q3_K", 256, 110 },
  { "Q4_K", 256, 144 },
  { "Q5_K", 256, 176 },
  { "Q6_K", 256, 210 },
  { "IQ4_NL", 32, 18 },
  { "IQ4_XS", 256, 136 },
};

static void
test_sizes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      RgDtype dtype;

      g_assert_true (rg_dtype_from_name (types[i].name, &dtype));
      g_assert_cmpuint (rg_dtype_get_block_length (dtype), ==, types[i].length);
      g_assert_cmpuint (rg_dtype_get_block_bits (dtype), ==, types[i].size * 8);
    }
}

/* All blocks at once, at an odd address, into a buffer of exactly the right size: the same bits as the expected ones, at
 * every level that this processor has. */
static void
check_blocks (const char *folder, const char *name)
{
  g_autofree char *blocks_name = g_strconcat (name, ".bin", NULL);
  g_autofree char *values_name = g_strconcat (name, ".npy", NULL);
  g_autofree char *blocks_path = g_build_filename (folder, blocks_name, NULL);
  g_autofree char *values_path = g_build_filename (folder, values_name, NULL);
  g_autofree char *blocks = NULL;
  g_autofree guint8 *odd = NULL;
  g_autofree float *values = NULL;
  g_autoptr (RgNpy) expected = NULL;
  g_autoptr (GError) error = NULL;
  static RgToF32Func *const by_level[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_to_f32) };
  RgDtype dtype;
  gsize n_bytes;

  g_file_get_contents (blocks_path, &blocks, &n_bytes, &error);
  g_assert_no_error (error);
  expected = rg_npy_read (values_path, &error);
  g_assert_no_error (error);
  g_assert_true (rg_dtype_from_name (name, &dtype));
  g_assert_cmpuint (n_bytes * 8, ==, expected->n_values / rg_dtype_get_block_length (dtype) * rg_dtype_get_block_bits (dtype));

  odd = g_malloc (n_bytes + 1);
  memcpy (odd + 1, blocks, n_bytes);
  values = g_new (float, expected->n_values);
  for (RgCpuLevel level = RG_CPU_BASE; level <= rg_cpu_get_level (); level++)
    {
      memset (values, 0xff, expected->n_values * sizeof (float));
      g_assert_true (by_level[level](dtype, odd + 1, values, expected->n_values));
      for (gsize i = 0; i < expected->n_values; i++)
        if (memcmp (values + i, expected->values + i, sizeof (float)) != 0)
          g_error ("%s: element %" G_GSIZE_FORMAT " is %a, expected %a", name, i, values[i], expected->values[i]);
    }
}

static void
test_blocks (gconstpointer data)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "fixtures", "quant-blocks", NULL);

  check_blocks (folder, data);
}

/* The same with more blocks than the repository holds. */
static void
test_fixture (gconstpointer data)
{
  g_autofree char *folder = fixture_path ("quant-blocks");

  if (folder != NULL)
    check_blocks (folder, data);
}

/* What has no float value leaves the target alone. */
static void
test_other_types (void)
{
  static const RgDtype others[] = { RG_DTYPE_F64, RG_DTYPE_I64, RG_DTYPE_F8_E4M3, RG_DTYPE_F4 };
  const guint8 bytes[8] = { 0 };
  float value = 7;

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (rg_dtype_to_f32 (others[i], bytes, &value, 1));
  g_assert_true (value == 7);
}

/* Infinity in any two bytes of a block of zeros is found where it makes elements infinite or NaN, and nowhere else. */
static void
test_finite (void)
{
  for (guint t = 0; t < G_N_ELEMENTS (types); t++)
    {
      guint n_found = 0;
      RgDtype dtype;

      g_assert_true (rg_dtype_from_name (types[t].name, &dtype));
      for (guint at = types[t].length == 1 ? types[t].size - 2 : 0; at + 2 <= types[t].size; at++)
        {
          guint8 block[256] = { 0 };
          float values[256];
          gboolean finite = TRUE;

          memcpy (block + at, dtype == RG_DTYPE_F16 || types[t].length > 1 ? "\x00\x7c" : "\x80\x7f", 2);
          g_assert_true (rg_dtype_to_f32 (dtype, block, values, types[t].length));
          for (guint i = 0; i < types[t].length; i++)
            finite = finite && isfinite (values[i]);
          g_assert_cmpint (rg_dtype_are_finite (dtype, block, types[t].length), ==, finite);
          n_found += !finite;
        }
      g_assert_cmpuint (n_found, >=, 1);
    }
}

/* What a tensor takes, and which there cannot be. */
static void
test_count_bytes (void)
{
  static const struct
  {
    RgStoredTensor tensor;
    gboolean possible;
    gsize n_bytes;
  } cases[] = {
    { { .dtype = RG_DTYPE_F32 }, TRUE, 4 },
    { { .dtype = RG_DTYPE_F4, .n_dims = 1, .shape = { 6 } }, TRUE, 3 },
    { { .dtype = RG_DTYPE_F4, .n_dims = 1, .shape = { 5 } }, FALSE, 0 },
    { { .dtype = RG_DTYPE_Q8_0, .n_dims = 2, .shape = { 3, 64 } }, TRUE, 204 },
    { { .dtype = RG_DTYPE_Q8_0, .n_dims = 2, .shape = { 64, 3 } }, FALSE, 0 },
    { { .dtype = RG_DTYPE_Q8_0, .n_dims = 0, .shape = { 32 } }, FALSE, 0 },
    { { .dtype = RG_DTYPE_Q4_K, .n_dims = 3, .shape = { 0, 2, 256 } }, TRUE, 0 },
    { { .dtype = RG_DTYPE_Q4_K, .n_dims = 2, .shape = { G_MAXSIZE / 1152, 256 } }, TRUE, G_MAXSIZE / 1152 * 144 },
    { { .dtype = RG_DTYPE_Q4_K, .n_dims = 2, .shape = { G_MAXSIZE / 1152 + 1, 256 } }, FALSE, 0 },
    { { .dtype = RG_DTYPE_Q4_K, .n_dims = 3, .shape = { 0, G_MAXSIZE, 256 } }, FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize n_bytes = 0;

      g_assert_cmpint (rg_stored_tensor_count_bytes (&cases[i].tensor, &n_bytes), ==, cases[i].possible);
      if (cases[i].possible)
        g_assert_cmpuint (n_bytes, ==, cases[i].n_bytes);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quant-blocks/sizes", test_sizes);
  g_test_add_func ("/quant-blocks/count-bytes", test_count_bytes);
  g_test_add_func ("/quant-blocks/other-types", test_other_types);
  g_test_add_func ("/quant-blocks/finite", test_finite);
  for (guint i = 1; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *blocks = g_strconcat ("/quant-blocks/blocks/", types[i].name, NULL);
      g_autofree char *fixture = g_strconcat ("/quant-blocks/fixture/", types[i].name, NULL);

      g_test_add_data_func (blocks, types[i].name, test_blocks);
      g_test_add_data_func (fixture, types[i].name, test_fixture);
    }

  return g_test_run ();
}
