/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A compact pass keeps what only products read in bfloat16, as the products would round it. So values come out nearly the same: a few
 * are rounded the other way. Derivatives differ more, since slopes and probabilities are rounded, too. */
#include "engine/tensor/ops.h"

#include "numeric.h"

#define WIDTH 32
#define ROWS 140 /* more queries than attention takes together */
#define N_INPUTS 7

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

/* Convolutions of a 7 × 10 picture twice, with an activation between them. */
static RgTensor *
run_convolutions (RgPass *pass, RgTensor **in)
{
  RgConvolution spec = { .n_images = 2, .height = 7, .width = 10, .kernel = 3, .stride = 1, .padding = 1 };

  RgTensor *x = rg_convolution (pass, in[0], in[5], in[1], NULL, &spec);

  return rg_convolution (pass, rg_activate_factor (pass, x, RG_ACTIVATION_SILU), in[5], in[2], in[0], &spec);
}

/* Two texts, causal. */
static RgTensor *
run_attention (RgPass *pass, RgTensor **in)
{
  static const guint offsets[] = { 0, 15, ROWS };
  RgTensor *q = rg_linear (pass, in[0], in[3], NULL, NULL), *k = rg_linear (pass, in[0], in[4], NULL, NULL);
  RgAttentionSpec spec = { .n_heads = 2, .head_dim = WIDTH / 2, .n_segments = 2, .q_offsets = offsets, .k_offsets = offsets, .causal = TRUE };

  return rg_linear (pass, rg_attention (pass, (RgView){ q }, (RgView){ k }, (RgView){ in[0] }, &spec), in[3], NULL, NULL);
}

/* Asked of other rows, of which each segment has an odd number. */
static RgTensor *
run_cross_attention (RgPass *pass, RgTensor **in)
{
  static const guint q_offsets[] = { 0, 90, ROWS }, k_offsets[] = { 0, 25, 76 };
  static const guint32 rows[76] = { 3, 1, 4, 1, 5, [30] = 2, 6, 5, [75] = ROWS - 1 };
  RgTensor *memory = rg_gather_rows (pass, in[0], rows, G_N_ELEMENTS (rows)), *k = rg_linear (pass, memory, in[4], NULL, NULL);
  RgTensor *q = rg_linear (pass, in[0], in[3], NULL, NULL), *v = rg_linear (pass, memory, in[3], in[1], NULL);
  RgAttentionSpec spec = { .n_heads = 2, .head_dim = WIDTH / 2, .n_segments = 2, .q_offsets = q_offsets, .k_offsets = k_offsets };

  return rg_linear (pass, rg_attention (pass, (RgView){ q }, (RgView){ k }, (RgView){ v }, &spec), in[4], NULL, NULL);
}

static const guint text_offsets[] = { 0, 45, ROWS };

/* Some rows of two texts ask, of the second not the last. */
static RgTensor *
run_chosen_rows (RgPass *pass, RgTensor **in)
{
  static const guint32 in_first[] = { 0, 20, 44 };
  static const guint q_offsets[] = { 0, G_N_ELEMENTS (in_first), 80 };
  guint32 *rows = rg_arena_alloc (pass->arena, 80 * sizeof *rows);
  RgTensor *q, *k = rg_linear (pass, in[0], in[4], NULL, NULL);
  RgAttentionSpec spec = { .n_heads = 2, .head_dim = WIDTH / 2, .n_segments = 2, .q_offsets = q_offsets, .k_offsets = text_offsets, .causal = TRUE, .q_rows = rows, .row_offsets = text_offsets };

  for (guint i = 0; i < 80; i++)
    rows[i] = i < q_offsets[1] ? in_first[i] : text_offsets[1] + (i - q_offsets[1]) * 6 / 5;
  q = rg_linear (pass, rg_gather_rows (pass, in[0], rows, 80), in[3], NULL, NULL);

  return rg_linear (pass, rg_attention (pass, (RgView){ q }, (RgView){ k }, (RgView){ in[0] }, &spec), in[3], NULL, NULL);
}

/* Two blocks, whose queries, keys and values are of one product, and turned: their derivatives are rounded, then turned back. */
static RgTensor *
run_two_blocks (RgPass *pass, RgTensor **in, gboolean forgets)
{
  static const RgRotary rotary = { .head_dim = WIDTH / 2, .base = 100 };
  RgAttentionSpec spec = { .n_heads = 2, .head_dim = WIDTH / 2, .n_segments = 2, .q_offsets = text_offsets, .k_offsets = text_offsets, .causal = TRUE, .scale = 0.05f };
  guint positions[ROWS];
  RgRotation *rotation;
  RgTensor *y = in[0];

  for (guint i = 0; i < ROWS; i++)
    positions[i] = i;
  rotation = rg_rotation_new (pass, positions, ROWS, &rotary);
  for (guint block = 0; block < 2; block++)
    {
      RgTensor *qkv = rg_linear (pass, rg_layer_norm_factor (pass, y, in[1], in[2], 1e-5f), in[6], NULL, NULL), *attended, *up, *active;
      const RgView q = { qkv, 0 }, k = { qkv, WIDTH }, v = { qkv, 2 * WIDTH };

      rg_rotate (pass, q, 4, rotation);
      attended = rg_attention (pass, q, k, v, &spec);
      if (forgets)
        rg_attention_forget (pass, q, k, v, &spec);
      y = rg_linear (pass, attended, in[3], in[1], y);

      up = rg_linear (pass, rg_layer_norm_factor (pass, y, in[1], in[2], 1e-5f), in[4], in[2], NULL);
      active = rg_activate_factor (pass, up, RG_ACTIVATION_GELU_TANH);
      if (forgets)
        rg_pass_forget (pass, up);
      y = rg_linear (pass, active, in[3], NULL, y);
    }

  return y;
}

static RgTensor *
run_blocks (RgPass *pass, RgTensor **in)
{
  return run_two_blocks (pass, in, FALSE);
}

static RgTensor *
run_forgetful_blocks (RgPass *pass, RgTensor **in)
{
  return run_two_blocks (pass, in, TRUE);
}

/* @y: (out): at most ROWS × WIDTH; the inputs' derivatives are left in them. Returns: how many */
static gsize
run (Chain chain, RgTensor **in, gboolean compact, float *y)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_FAST);
  RgTensor *made;
  gsize n;
  float *grad;
  RgRandom random;

  numeric_spoil_memory (pass, 1 << 20);
  pass->recording = TRUE;
  pass->compact = compact;
  for (guint i = 0; i < N_INPUTS; i++)
    {
      in[i]->grad_set = FALSE;
      rg_pass_grad_added (pass, in[i]);
    }

  made = chain (pass, in);
  n = made->rows * made->cols;
  g_assert_cmpuint (n, <=, ROWS * WIDTH);
  memcpy (y, made->data, n * sizeof (float));

  rg_random_init (&random, 11, 0);
  grad = rg_pass_grad_added (pass, made);
  for (gsize i = 0; i < n; i++)
    grad[i] = rg_random_range (&random, -1, 1);
  rg_pass_backward (pass);

  return n;
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

/* A chain, in a compact pass or not, beside one in a compact pass. */
static void
check_chains (Chain one, gboolean is_compact, Chain other, double bound, double grad_bound)
{
  static const gsize shapes[N_INPUTS][2] = { { ROWS, WIDTH }, { 1, WIDTH }, { 1, WIDTH }, { WIDTH, WIDTH }, { WIDTH, WIDTH }, { WIDTH, 9 * WIDTH }, { 3 * WIDTH, WIDTH } };
  g_autofree float *plain = g_new (float, ROWS *WIDTH);
  g_autofree float *compact = g_new (float, ROWS *WIDTH);
  RgTensor *in[N_INPUTS];
  float *grads[N_INPUTS];
  gsize n;
  RgRandom random;

  rg_random_init (&random, 10, 0);
  for (guint i = 0; i < N_INPUTS; i++)
    {
      in[i] = numeric_tensor_new (&random, shapes[i][0], shapes[i][1]);
      in[i]->wants_grad = TRUE;
      in[i]->grad = g_new (float, shapes[i][0] * shapes[i][1]);
    }

  n = run (one, in, is_compact, plain);
  for (guint i = 0; i < N_INPUTS; i++)
    grads[i] = g_memdup2 (in[i]->grad, shapes[i][0] * shapes[i][1] * sizeof (float));
  g_assert_cmpuint (run (other, in, TRUE, compact), ==, n);

  check_near (plain, compact, n, bound);
  for (guint i = 0; i < N_INPUTS; i++)
    {
      check_near (grads[i], in[i]->grad, shapes[i][0] * shapes[i][1], grad_bound);
      g_free (grads[i]);
      g_clear_pointer (&in[i]->grad, g_free);
      numeric_tensor_free (in[i]);
    }
}

/* Values: a thousandth of the length, one in sixteen off by a bfloat16's last bit. Derivatives: a hundredth; 2⁻⁸ a value is less. */
static void
check_chain (Chain chain)
{
  check_chains (chain, FALSE, chain, 1e-6, 1e-4);
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

static void
test_cross_attention (void)
{
  if (numeric_can_round ())
    check_chain (run_cross_attention);
}

static void
test_chosen_rows (void)
{
  if (numeric_can_round ())
    check_chain (run_chosen_rows);
}

static void
test_blocks (void)
{
  if (numeric_can_round ())
    check_chains (run_blocks, FALSE, run_blocks, 2e-6, 1e-4);
}

/* What is made in the place of values that nobody reads again changes nothing. */
static void
test_forget (void)
{
  if (!numeric_can_round ())
    return;

  for (guint compact = 0; compact < 2; compact++)
    {
      g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_FAST);
      RgTensor *x;
      const float *place;

      pass->recording = TRUE;
      pass->compact = compact;
      x = rg_pass_tensor (pass, 4, 5);
      place = x->data;
      rg_pass_forget (pass, x);
      g_assert_true ((rg_pass_tensor (pass, 2, 10)->data == place) == compact);
      g_assert_true (rg_pass_tensor (pass, 2, 10)->data != place);
    }
  check_chains (run_blocks, TRUE, run_forgetful_blocks, 0, 0);
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
  g_test_add_func ("/compact/cross-attention", test_cross_attention);
  g_test_add_func ("/compact/chosen-rows", test_chosen_rows);
  g_test_add_func ("/compact/blocks", test_blocks);
  g_test_add_func ("/compact/forget", test_forget);

  return g_test_run ();
}
