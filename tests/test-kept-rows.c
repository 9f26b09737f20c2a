/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/kept-rows.h"

#include <math.h>
#include <string.h>

static float
widen (guint16 half)
{
  const guint32 bits = rg_widen_f16 (half);
  float value;

  memcpy (&value, &bits, sizeof value);

  return value;
}

/* Every binary16 is its own nearest one, and what lies between two goes to the nearer, halfway to the even one. */
static void
test_narrow (void)
{
  for (guint half = 0; half < 0x7c00; half++)
    {
      const float value = widen (half), next = half + 1 < 0x7c00 ? widen (half + 1) : 65536, middle = value + (next - value) / 2;
      const guint after = half + 1 < 0x7c00 ? half + 1 : half; /* nothing finite beyond the largest */

      g_assert_cmphex (rg_narrow_f16 (value), ==, half);
      g_assert_cmphex (rg_narrow_f16 (-value), ==, 0x8000 | half);
      g_assert_cmphex (rg_narrow_f16 (nextafterf (middle, value)), ==, half);
      g_assert_cmphex (rg_narrow_f16 (nextafterf (middle, next)), ==, after);
      g_assert_cmphex (rg_narrow_f16 (middle), ==, half % 2 == 0 ? half : after);
    }
  g_assert_cmphex (rg_narrow_f16 (1e30f), ==, 0x7bff);
  g_assert_cmphex (rg_narrow_f16 (-1e30f), ==, 0xfbff);
  g_assert_cmphex (rg_narrow_f16 (INFINITY), ==, 0x7c00);
  g_assert_cmphex (rg_narrow_f16 (-INFINITY), ==, 0xfc00);
  g_assert_true (isnan (widen (rg_narrow_f16 (NAN))));
  g_assert_true (isnan (widen (rg_narrow_f16 (-NAN))));
}

/* Three layers, the middle one without rows; @bound: of what keeping costs, relative. */
static void
check (RgPrecision precision, RgDtype dtype, float bound)
{
  float source[7 * 5];
  RgKeptRows self;

  for (guint i = 0; i < G_N_ELEMENTS (source); i++)
    source[i] = sinf (i) * 3;
  rg_kept_rows_init (&self, 3, 4);
  self.layers[1].cols = 0;
  rg_kept_rows_resize (&self, precision, 2);
  rg_kept_rows_write (&self.layers[0], 0, 0, 4, source, 5, 2);
  rg_kept_rows_write (&self.layers[2], 0, 0, 1, source + 1, 5, 2);
  rg_kept_rows_write (&self.layers[2], 0, 1, 3, source + 2, 5, 2);
  rg_kept_rows_resize (&self, RG_PRECISION_F32, 7);
  rg_kept_rows_write (&self.layers[0], 2, 0, 4, source + 10, 5, 5);
  rg_kept_rows_write (&self.layers[2], 2, 0, 4, source + 11, 5, 5);

  g_assert_cmpuint (self.n_rows, ==, 7);
  g_assert_cmpuint (self.layers[1].rows, ==, 0);
  for (guint layer = 0; layer < 3; layer += 2)
    {
      g_autofree float *wide = rg_kept_rows_widen (&self.layers[layer]);

      g_assert_cmpuint (self.layers[layer].rows, ==, 7);
      g_assert_cmpint (self.layers[layer].dtype, ==, dtype);
      g_assert_true ((self.layers[layer].data != NULL) == (dtype == RG_DTYPE_F32));
      for (guint i = 0; i < 7 * 4; i++)
        g_assert_cmpfloat (fabsf (wide[i] - source[i / 4 * 5 + i % 4 + layer / 2]), <=, bound * 3);
    }
  rg_kept_rows_clear (&self);
  rg_kept_rows_clear (&self);
}

static void
test_rows (void)
{
  check (RG_PRECISION_F32, RG_DTYPE_F32, 0);
  check (RG_PRECISION_SPLIT, RG_DTYPE_F32, 0);
  check (RG_PRECISION_FAST, RG_DTYPE_F16, 0x1p-11f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kept-rows/narrow", test_narrow);
  g_test_add_func ("/kept-rows/rows", test_rows);
  return g_test_run ();
}
