/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/parameters.h"

#include <glib/gstdio.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/formats/safetensors.h"
#include "tests/stored-weights.h"

typedef struct
{
  char *dir, *path;
  RgWeights *weights; /* nullable */
} Stored;

/* A file with one tensor of 64 rows, "w", and a vector, "v", of random values. */
static void
stored_init (Stored *self, RgDtype dtype, gsize cols)
{
  g_autofree float *values = NULL;
  g_autofree guint8 *bytes = NULL;
  g_autoptr (GError) error = NULL;
  float vector[3] = { 1, 2, 3 };
  RgStoredTensor tensors[2] = {
    { .name = "w", .dtype = dtype, .n_dims = 2, .shape = { 64, cols } },
    { .name = "v", .dtype = RG_DTYPE_F32, .n_dims = 1, .shape = { 3 }, .bytes = vector, .n_bytes = sizeof vector },
  };
  RgRandom random;

  rg_random_init (&random, 6, dtype);
  tensors[0].bytes = bytes = stored_weights_new (dtype, 64 * cols, &random, &values);
  g_assert_true (rg_stored_tensor_count_bytes (&tensors[0], &tensors[0].n_bytes));
  self->dir = g_dir_make_tmp ("regard-parameters-XXXXXX", NULL);
  self->path = g_build_filename (self->dir, "model.safetensors", NULL);
  g_assert_true (rg_safetensors_write (self->path, tensors, 2, NULL, &error));
  self->weights = rg_weights_open (self->path, &error);
  g_assert_no_error (error);
}

static void
stored_clear (Stored *self)
{
  g_clear_pointer (&self->weights, rg_weights_unref);
  g_remove (self->path);
  g_assert_cmpint (g_rmdir (self->dir), ==, 0);
  g_free (self->path);
  g_free (self->dir);
}

static RgParameters *
declare_stored (RgTensor *w, RgTensor *v, gsize rows, gsize cols, gboolean in_out)
{
  RgParameters *parameters = rg_parameters_new ();

  rg_parameters_set_in_out (parameters, in_out);
  rg_parameters_declare (parameters, w, rows, cols, RG_INIT_NORMAL, 1, RG_PARAMETER_MATRIX, "w");
  rg_parameters_declare (parameters, v, 1, 3, RG_INIT_NORMAL, 1, RG_PARAMETER_VECTOR, "v");

  return parameters;
}

/* The matrix is used where the file is mapped, in a replica, too. */
static void
test_stays_mapped (void)
{
  static const RgDtype dtypes[] = { RG_DTYPE_F32, RG_DTYPE_F16, RG_DTYPE_BF16 };

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      Stored file;
      RgTensor w, v, other_w, other_v;
      const RgStoredTensor *stored;
      g_autoptr (GError) error = NULL;
      g_autoptr (RgParameters) parameters = declare_stored (&w, &v, 64, 256, FALSE);
      g_autoptr (RgParameters) replica = declare_stored (&other_w, &other_v, 64, 256, FALSE);

      stored_init (&file, dtypes[i], 256);
      stored = rg_weights_find (file.weights, "w");
      g_assert_true (rg_parameters_bind (parameters, file.weights, file.path, FALSE, &error));
      rg_parameters_share (replica, parameters);
      g_assert_true ((w.data != NULL ? w.data : w.stored) == stored->bytes);
      g_assert_true (w.stored == other_w.stored && w.data == other_w.data);
      g_assert_cmpint (w.dtype, ==, dtypes[i]);
      g_assert_cmpint (other_w.dtype, ==, dtypes[i]);
      g_assert_cmpint (rg_parameters_get_precision (replica, TRUE), ==, (dtypes[i] == RG_DTYPE_F32 ? RG_PRECISION_F32 : RG_PRECISION_SPLIT));
      g_assert_cmpint (rg_parameters_get_precision (replica, FALSE), ==, (dtypes[i] == RG_DTYPE_F32 ? RG_PRECISION_F32 : RG_PRECISION_FAST));
      stored_clear (&file);
    }
}

/* Bytes of this program that are in memory. */
static gsize
get_resident (void)
{
  g_autofree char *text = NULL;
  gulong total, resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &total, &resident), ==, 2);

  return resident * sysconf (_SC_PAGESIZE);
}

/* Loading takes no more memory than the file and a quarter, even where the matrix is turned. */
static void
test_memory (void)
{
  static const RgDtype dtypes[] = { RG_DTYPE_F32, RG_DTYPE_F16, RG_DTYPE_BF16 };
  const gsize cols = 32 * 1024;

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    for (guint in_out = 0; in_out < 2; in_out++)
      {
        Stored file;
        RgTensor w, v;
        gsize before, grown, size;
        g_autoptr (GError) error = NULL;
        g_autoptr (RgParameters) parameters = declare_stored (&w, &v, in_out ? cols : 64, in_out ? 64 : cols, in_out);

        stored_init (&file, dtypes[i], cols);
        size = rg_weights_find (file.weights, "w")->n_bytes;
        malloc_trim (0);
        before = get_resident ();
        g_assert_true (rg_parameters_bind (parameters, file.weights, file.path, FALSE, &error));
        grown = get_resident () - MIN (before, get_resident ());
        g_assert_cmpuint (grown, <=, size + size / 4);
        g_assert_cmpuint (grown, >=, size / 2); /* what was measured is what was loaded */
        stored_clear (&file);
      }
}

/* Turned in its own type. */
static void
test_turned (void)
{
  static const RgDtype dtypes[] = { RG_DTYPE_F32, RG_DTYPE_F16, RG_DTYPE_BF16 };

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      Stored file;
      RgTensor w, v, straight, other;
      g_autofree float *values = NULL, *expected = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (RgParameters) parameters = declare_stored (&w, &v, 37, 64, TRUE);
      g_autoptr (RgParameters) plain = declare_stored (&straight, &other, 64, 37, FALSE);

      stored_init (&file, dtypes[i], 37);
      g_assert_true (rg_parameters_bind (parameters, file.weights, file.path, FALSE, &error));
      g_assert_true (rg_parameters_bind (plain, file.weights, file.path, FALSE, &error));
      g_assert_cmpint (w.dtype, ==, dtypes[i]);
      values = stored_weights_dup_values (&w);
      expected = stored_weights_dup_values (&straight);
      for (guint r = 0; r < 37; r++)
        for (guint c = 0; c < 64; c++)
          g_assert_cmpfloat (values[r * 64 + c], ==, expected[c * 37 + r]);
      stored_clear (&file);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parameters-stored/stays-mapped", test_stays_mapped);
  g_test_add_func ("/parameters-stored/memory", test_memory);
  g_test_add_func ("/parameters-stored/turned", test_turned);

  return g_test_run ();
}
