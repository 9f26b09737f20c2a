/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A compact pass keeps what only products read in bfloat16, as the products would round it. So values come out nearly the same: a few
 * are rounded the other way. Derivatives differ more, since slopes and probabilities are rounded, too. */
#include "engine/tensor/ops.h"

#include "numeric.h"

#define WIDTH 32
#define ROWS 40
#define N_INPUTS 6

typedef RgTensor *(*Chain) (RgPass *pass, RgTensor **in);

/* A block's second half: norm, map up, activation, map down, added. */
static RgTensor *
run_mlp (RgPass *pass, RgTensor **in)
{
  RgTensor *x = rg_linear (pass, rg_layer_norm_factor (pass, in[0], in[1], in[2], 1e-5f), in[3], in[2], NULL);

  return rg_linear (pass, rg_activate_factor (pass, x, RG_ACTIVATION_GELU_TANH), in[4], NULL, in[0]);
}

/* What comes back through an activation to a linear map is rounded; others add to it, or were there first. */
static RgTensor *
run_fork (RgPass *pass, RgTensor **in)
{
  RgTensor *x = rg_linear (pass, in[0], in[3], in[1], NULL), *unit = rg_normalize_rows (pass, x);
  RgTensor *sum = rg_linear (pass, unit, in[4], NULL, x);

  sum = rg_linear (pass, rg_activate_factor (pass, x, RG_ACTIVATION_GELU_TANH), in[3], in[2], sum);
  x = rg_linear (pass, sum, in[4], in[1], NULL);

  return rg_linear (pass, rg_activate_factor (pass, x, RG_ACTIVATION_GELU_ERF), in[3], NULL, x);
}

/* Its derivatives are turned back where they are. */
static RgTensor *
run_rotation (RgPass *pass, RgTensor **in)
{
  static const RgRotary rotary = { .head_dim = WIDTH / 2, .base = 100 };
  RgTensor *x = rg_linear (pass, in[0], in[3], NULL, NULL);
  guint positions[ROWS];

  for (guint i = 0; i < ROWS; i++)
    positions[i] = i;
  rg_rotate (pass, (RgView){ x }, 2, rg_rotation_new (pass, positions, ROWS, &rotary));

  return rg_linear (pass, rg_activate_factor (pass, x, RG_ACTIVATION_GELU_QUICK), in[4], NULL, NULL);
}

/* Convolutions of a 4 × 5 picture twice, with an activation between them. */
static RgTensor *
run_convolutions (RgPass *pass, RgTensor **in)
{
  RgConvolution spec = { .n_images = 2, .height = 4, .width = 5, .kernel = 3, .stride = 1, .padding = 1 };

  RgTensor *x = rg_convolution (pass, in[0], in[5], in[1], NULL, &spec);

  return rg_convolution (pass, rg_activate_factor (pass, x, RG_ACTIVATION_SILU), in[5], in[2], in[0], &spec);
}

/* Two texts, causal. */
static RgTensor *
run_attention (RgPass *pass, RgTensor **in)
{
  static const guint offsets[] = { 0, 13, ROWS };
  RgTensor *q = rg_linear (pass, in[0], in[3], NULL, NULL), *k = rg_linear (pass, in[0], in[4], NULL, NULL);
  RgAttentionSpec spec = { .n_heads = 2, .head_dim = WIDTH / 2, .n_segments = 2, .q_offsets = offsets, .k_offsets = offsets, .causal = TRUE };

  return rg_linear (pass, rg_attention (pass, (RgView){ q }, (RgView){ k }, (RgView){ in[0] }, &spec), in[3], NULL, NULL);
}

/* @y: (out): ROWS × WIDTH; the inputs' derivatives are left in them */
static void
run (Chain chain, RgTensor **in, gboolean compact, float *y)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_FAST);
  RgTensor *made;
  float *grad;
  RgRandom random;

  pass->recording = TRUE;
  pass->compact = compact;
  for (guint i = 0; i < N_INPUTS; i++)
    {
      in[i]->grad_set = FALSE;
      rg_pass_grad_added (pass, in[i]);
    }

  made = chain (pass, in);
  g_assert_cmpuint (made->rows * made->cols, ==, ROWS * WIDTH);
  memcpy (y, made->data, ROWS * WIDTH * sizeof (float));

  rg_random_init (&random, 11, 0);
  grad = rg_pass_grad_added (pass, made);
  for (gsize i = 0; i < ROWS * WIDTH; i++)
    grad[i] = rg_random_range (&random, -1, 1);
  rg_pass_backward (pass);
}

/* By the squares of lengths. */
static void
check_near (const float *a, const float *b, gsize n, double bound)
{
  double size = 0, off = 0;

  for (gsize i = 0; i < n; i++)
    {
      size += (double) a[i] * a[i];
      off += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }

  g_assert_cmpfloat (off, <=, size * bound);
}

static void
check_chain (Chain chain)
{
  static const gsize shapes[N_INPUTS][2] = { { ROWS, WIDTH }, { 1, WIDTH }, { 1, WIDTH }, { WIDTH, WIDTH }, { WIDTH, WIDTH }, { WIDTH, 9 * WIDTH } };
  g_autofree float *plain = g_new (float, ROWS *WIDTH);
  g_autofree float *compact = g_new (float, ROWS *WIDTH);
  RgTensor *in[N_INPUTS];
  float *grads[N_INPUTS];
  RgRandom random;

  rg_random_init (&random, 10, 0);
  for (guint i = 0; i < N_INPUTS; i++)
    {
      in[i] = numeric_tensor_new (&random, shapes[i][0], shapes[i][1]);
      in[i]->wants_grad = TRUE;
      in[i]->grad = g_new (float, shapes[i][0] * shapes[i][1]);
    }

  run (chain, in, FALSE, plain);
  for (guint i = 0; i < N_INPUTS; i++)
    grads[i] = g_memdup2 (in[i]->grad, shapes[i][0] * shapes[i][1] * sizeof (float));
  run (chain, in, TRUE, compact);

  check_near (plain, compact, ROWS * WIDTH, 1e-6); /* a thousandth of the length: one in sixteen off by a bfloat16's last bit */
  for (guint i = 0; i < N_INPUTS; i++)
    {
      check_near (grads[i], in[i]->grad, shapes[i][0] * shapes[i][1], 1e-4); /* a hundredth; 2⁻⁸ a value is less */
      g_free (grads[i]);
      g_clear_pointer (&in[i]->grad, g_free);
      numeric_tensor_free (in[i]);
    }
}

static void
test_mlp (void)
{
  if (numeric_can_round ())
    check_chain (run_mlp);
}

static void
test_fork (void)
{
  if (numeric_can_round ())
    check_chain (run_fork);
}

static void
test_rotation (void)
{
  if (numeric_can_round ())
    check_chain (run_rotation);
}

static void
test_convolutions (void)
{
  if (numeric_can_round ())
    check_chain (run_convolutions);
}

static void
test_attention (void)
{
  if (numeric_can_round ())
    check_chain (run_attention);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compact/mlp", test_mlp);
  g_test_add_func ("/compact/fork", test_fork);
  g_test_add_func ("/compact/rotation", test_rotation);
  g_test_add_func ("/compact/convolutions", test_convolutions);
  g_test_add_func ("/compact/attention", test_attention);

  return g_test_run ();
}
