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
  g_test_add_func ("/convolution/patches", test_patches);

  return g_test_run ();
}
