/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include "engine/tensor/ops.h"

#define SUM_BOUND 2e-6 /* of sums of a few dozen products */

/* --- convolution --- */

static RgTensor *
convolution_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_convolution (pass, in[0], in[1], in[2], in[3], data); /* in[3] is NULL without a residual */
}

static double
convolve (const NumericCase *self, const RgConvolution *spec, gsize image, gssize top, gssize left, gsize channel)
{
  const RgTensor *x = self->inputs[0], *weight = self->inputs[1];
  double sum = numeric_at (self->inputs[2], 0, channel);

  for (guint ky = 0; ky < spec->kernel; ky++)
    for (guint kx = 0; kx < spec->kernel; kx++)
      for (gsize c = 0; c < x->cols; c++)
        {
          gssize row = top + ky, col = left + kx;

          if (row >= 0 && row < (gssize) spec->height && col >= 0 && col < (gssize) spec->width)
            sum += numeric_at (x, (image * spec->height + row) * spec->width + col, c) * numeric_at (weight, channel, (ky * spec->kernel + kx) * x->cols + c);
        }

  return sum;
}

static void
check_convolution (RgRandom *random, RgConvolution spec, gsize c_in, gsize c_out, gboolean wanting, gboolean residual)
{
  NumericCase self = { convolution_op, { NULL }, 3, &spec };
  gsize out_h = (spec.height + 2 * spec.padding - spec.kernel) / spec.stride + 1;
  gsize out_w = (spec.width + 2 * spec.padding - spec.kernel) / spec.stride + 1;
  g_autofree double *expected = g_new (double, spec.n_images *out_h *out_w *c_out);
  gsize n = 0;

  g_assert_cmpuint (rg_convolution_out (&spec, spec.height), ==, out_h);
  g_assert_cmpuint (rg_convolution_out (&spec, spec.width), ==, out_w);

  self.inputs[0] = numeric_tensor_new (random, spec.n_images * spec.height * spec.width, c_in);
  self.inputs[0]->wants_grad = wanting;
  self.inputs[1] = numeric_tensor_new (random, c_out, spec.kernel * spec.kernel * c_in);
  self.inputs[2] = numeric_tensor_new (random, 1, c_out);

  for (gsize image = 0; image < spec.n_images; image++)
    for (gsize y = 0; y < out_h; y++)
      for (gsize x = 0; x < out_w; x++)
        for (gsize c = 0; c < c_out; c++)
          expected[n++] = convolve (&self, &spec, image, (gssize) (y * spec.stride) - spec.padding, (gssize) (x * spec.stride) - spec.padding, c);

  if (residual)
    {
      self.inputs[self.n_inputs++] = numeric_tensor_new (random, spec.n_images * out_h * out_w, c_out);
      for (gsize i = 0; i < n; i++)
        expected[i] += self.inputs[3]->data[i];
    }

  numeric_check ("convolution", &self, expected, SUM_BOUND);
  numeric_case_clear (&self);
}

static void
test_convolution (void)
{
  static const RgConvolution specs[] = {
    { 1, 5, 7, 3, 1, 1 }, /* borders, not square */
    { 2, 6, 4, 3, 2, 1 }, /* two pictures, stride */
    { 1, 6, 6, 4, 2, 1 }, /* the stem's first */
    { 2, 3, 5, 1, 1, 0 }, /* a linear layer */
    { 1, 4, 6, 2, 2, 0 }, /* patches */
    { 1, 7, 5, 3, 3, 2 }, /* rows of padding only; the last rows are left out */
    { 2, 2, 2, 3, 1, 1 }, /* the kernel is larger than the picture */
    { 1, 1, 9, 3, 2, 1 }, /* one row */
  };
  RgRandom random;

  rg_random_init (&random, 8, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      check_convolution (&random, specs[i], 1 + i % 3, 1 + i % 4, TRUE, i % 2);
      check_convolution (&random, specs[i], 3, 2, FALSE, FALSE);
    }
}

/* --- lines --- */

/* A line is a picture of one row, whose kernel is the middle row of a square one. */
static void
test_lines (void)
{
  static const RgConvolution specs[] = {
    { 1, 1, 9, 3, 1, 1, TRUE },
    { 2, 1, 7, 3, 2, 1, TRUE },
    { 1, 1, 6, 2, 2, 0, TRUE },
  };
  RgRandom random;

  rg_random_init (&random, 9, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      RgConvolution spec = specs[i];
      gsize out = rg_convolution_out (&spec, spec.width), n = 0;
      NumericCase self = { convolution_op, { NULL }, 3, &spec };
      g_autofree double *expected = g_new (double, spec.n_images *out * 2);

      self.inputs[0] = numeric_tensor_new (&random, spec.n_images * spec.width, 3);
      self.inputs[1] = numeric_tensor_new (&random, 2, spec.kernel * 3);
      self.inputs[2] = numeric_tensor_new (&random, 1, 2);
      for (gsize at = 0; at < spec.n_images * out; at++)
        for (gsize c = 0; c < 2; c++)
          {
            double sum = numeric_at (self.inputs[2], 0, c);

            for (gssize k = 0; k < (gssize) spec.kernel; k++)
              for (gsize in = 0; in < 3; in++)
                {
                  gssize col = (gssize) (at % out * spec.stride) - spec.padding + k;

                  if (col >= 0 && col < (gssize) spec.width)
                    sum += numeric_at (self.inputs[0], at / out * spec.width + col, in) * numeric_at (self.inputs[1], c, k * 3 + in);
                }
            expected[n++] = sum;
          }
      numeric_check ("line", &self, expected, SUM_BOUND);
      numeric_case_clear (&self);
    }
}

/* --- pooling --- */

static RgTensor *
max_pool_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_max_pool (pass, in[0], data);
}

static void
check_max_pool (RgRandom *random, RgConvolution spec, gboolean wanting)
{
  NumericCase self = { max_pool_op, { NULL }, 1, &spec };
  gsize out_h = rg_convolution_out (&spec, spec.height), out_w = rg_convolution_out (&spec, spec.width), channels = 3, n_values = spec.n_images * spec.height * spec.width * channels, n = 0;
  g_autofree double *expected = g_new (double, spec.n_images *out_h *out_w *channels);

  self.inputs[0] = numeric_tensor_new (random, spec.n_images * spec.height * spec.width, channels);
  self.inputs[0]->wants_grad = wanting;
  /* So far apart that the largest stays the largest where a derivative is measured by differences. */
  for (gsize i = 0; i < n_values; i++)
    self.inputs[0]->data[i] = (i * 101 % n_values) * 0.2f - 5;
  for (gsize image = 0; image < spec.n_images; image++)
    for (gsize y = 0; y < out_h; y++)
      for (gsize x = 0; x < out_w; x++)
        for (gsize c = 0; c < channels; c++, n++)
          {
            expected[n] = -6; /* below every input */
            for (gssize row = 0; row < (gssize) spec.height; row++)
              for (gssize col = 0; col < (gssize) spec.width; col++)
                {
                  gssize down = row + spec.padding - y * spec.stride, across = col + spec.padding - x * spec.stride;

                  if (down >= 0 && down < (gssize) spec.kernel && across >= 0 && across < (gssize) spec.kernel)
                    expected[n] = MAX (expected[n], numeric_at (self.inputs[0], (image * spec.height + row) * spec.width + col, c));
                }
          }
  numeric_check ("max pool", &self, expected, 0);
  numeric_case_clear (&self);
}

static void
test_max_pool (void)
{
  static const RgConvolution specs[] = {
    { 2, 6, 8, 3, 2, 1 }, /* a ResNet's */
    { 1, 5, 7, 3, 2, 1 },
    { 1, 4, 6, 2, 2, 0 },
    { 1, 1, 1, 3, 2, 1 },
  };
  RgRandom random;

  rg_random_init (&random, 10, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      check_max_pool (&random, specs[i], TRUE);
      check_max_pool (&random, specs[i], FALSE);
    }
}

/* --- patches --- */

static RgTensor *
patches_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return rg_patches (pass, in[0], 2, 3, 2);
}

static void
test_patches (void)
{
  RgRandom random;
  NumericCase self = { patches_op, { NULL }, 1 };
  double expected[2 * 3 * 4 * 6];
  gsize i = 0;

  rg_random_init (&random, 16, 0);
  self.inputs[0] = numeric_tensor_new (&random, 2 * 3 * 4, 6); /* two pictures of 4 × 6 */
  for (gsize patch = 0; patch < 2 * 2 * 3; patch++)
    for (gsize value = 0; value < 3 * 2 * 2; value++)
      {
        gsize image = patch / 6, top = patch % 6 / 3 * 2, left = patch % 3 * 2, channel = value / 4;

        expected[i++] = numeric_at (self.inputs[0], (image * 3 + channel) * 4 + top + value % 4 / 2, left + value % 2);
      }
  numeric_check ("patches", &self, expected, 0);

  self.inputs[0]->wants_grad = FALSE;
  numeric_check ("patches", &self, expected, 0);
  numeric_case_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/convolution/windows", test_convolution);
  g_test_add_func ("/convolution/lines", test_lines);
  g_test_add_func ("/convolution/max-pool", test_max_pool);
  g_test_add_func ("/convolution/patches", test_patches);

  return g_test_run ();
}
