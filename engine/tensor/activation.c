/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <math.h>

#include "engine/tensor/compact-values.h"
#include "engine/tensor/gemm-bf16.h"
#include "engine/tensor/vector-math.h"

#define PIECE 512                    /* values that are rounded while the first-level cache has them */
#define SQRT_8_OVER_PI 1.5957691216f /* 2 · √(2/π) */
#define SQRT_HALF 0.70710678f
#define DENSITY_AT_0 0.39894228f /* of the normal distribution, 1 / √(2π) */

typedef struct
{
  RgNode node;
  RgTensor *x, *y;
  RgActivation kind;
  guint16 *slopes; /* (R × D) nullable: f' (x) in bfloat16, to which the products will round the derivatives anyway */
} ActivationNode;

/* --- functions and their slopes, one number at a time; who needs one of the two has no work with the other --- */

static inline float
logistic (float u)
{
  return 1.0f / (1.0f + rg_exp (-u));
}

/* (1 + tanh (u / 2)) / 2 = 1 / (1 + exp (−u)), so one exponential serves value and slope. */
static inline float
gelu_tanh (float v, float *slope)
{
  float s = logistic (SQRT_8_OVER_PI * (v + 0.044715f * v * v * v));

  *slope = s + v * s * (1.0f - s) * SQRT_8_OVER_PI * (1.0f + 0.134145f * v * v);

  return v * s;
}

/* The normal distribution function, by formula 7.1.26 of Abramowitz and Stegun for the error function, off by 1.5e-7 at most. */
static inline float
gelu_erf (float v, float *slope)
{
  float x = (v < 0 ? -v : v) * SQRT_HALF, t = 1.0f / (1.0f + 0.3275911f * x), bell = rg_exp (-x * x);
  float tail = 0.5f * ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t * bell;
  float below = v < 0 ? tail : 1.0f - tail;

  *slope = below + v * DENSITY_AT_0 * bell;

  return v * below;
}

static inline float
gelu_quick (float v, float *slope)
{
  float s = logistic (1.702f * v);

  *slope = s + 1.702f * v * s * (1.0f - s);

  return v * s;
}

static inline float
silu (float v, float *slope)
{
  float s = logistic (v);

  *slope = s + v * s * (1.0f - s);

  return v * s;
}

static inline float
relu (float v, float *slope)
{
  *slope = v > 0 ? 1 : 0;

  return v > 0 || v != v ? v : 0;
}

/* --- the loops --- */

#define LOOPS(name)                                                                             \
  RG_VECTORISED static void                                                                     \
      name##_all (float *restrict y, const float *restrict x, gsize n)                          \
  {                                                                                             \
    for (gsize i = 0; i < n; i++)                                                               \
      {                                                                                         \
        float slope;                                                                            \
                                                                                                \
        y[i] = name (x[i], &slope);                                                             \
      }                                                                                         \
  }                                                                                             \
  RG_VECTORISED static void                                                                     \
      name##_back (float *dx, const float *dy, const float *x, gsize n, gboolean accumulate)    \
  {                                                                                             \
    for (gsize i = 0; i < n; i++)                                                               \
      {                                                                                         \
        float slope, d;                                                                         \
                                                                                                \
        name (x[i], &slope);                                                                    \
        d = dy[i] * slope;                                                                      \
        dx[i] = accumulate ? dx[i] + d : d;                                                     \
      }                                                                                         \
  }                                                                                             \
  RG_VECTORISED static void                                                                     \
      name##_both (float *restrict y, float *restrict slopes, const float *restrict x, gsize n) \
  {                                                                                             \
    for (gsize i = 0; i < n; i++)                                                               \
      y[i] = name (x[i], &slopes[i]);                                                           \
  }

LOOPS (gelu_tanh)
LOOPS (gelu_erf)
LOOPS (gelu_quick)
LOOPS (silu)
LOOPS (relu)

static const struct
{
  void (*forward) (float *y, const float *x, gsize n);
  void (*backward) (float *dx, const float *dy, const float *x, gsize n, gboolean accumulate);
  void (*both) (float *y, float *slopes, const float *x, gsize n);
  float linear, cubic; /* of x · σ (linear · x + cubic · x³), where it is one */
} loops[] = {
  [RG_ACTIVATION_GELU_TANH] = { gelu_tanh_all, gelu_tanh_back, gelu_tanh_both, SQRT_8_OVER_PI, 0.044715f * SQRT_8_OVER_PI },
  [RG_ACTIVATION_GELU_ERF] = { gelu_erf_all, gelu_erf_back, gelu_erf_both },
  [RG_ACTIVATION_GELU_QUICK] = { gelu_quick_all, gelu_quick_back, gelu_quick_both, 1.702f },
  [RG_ACTIVATION_SILU] = { silu_all, silu_back, silu_both, 1 },
  [RG_ACTIVATION_RELU] = { relu_all, relu_back, relu_both },
};

RG_VECTORISED static void
follow_slopes (float *dx, const float *dy, const guint16 *slopes, gsize n, gboolean accumulate)
{
  for (gsize i = 0; i < n; i++)
    dx[i] = accumulate ? dx[i] + dy[i] * rg_widen (slopes[i]) : dy[i] * rg_widen (slopes[i]);
}

static void
activation_backward (RgPass *pass, RgNode *node)
{
  ActivationNode *self = (ActivationNode *) node;
  gsize n = self->x->rows * self->x->cols;
  guint16 *rounded;
  gboolean accumulate;
  float *dx;

  if (self->y->grad == NULL || !self->x->wants_grad)
    return;

  rounded = self->slopes != NULL ? rg_pass_grad_rounded (pass, self->x) : NULL;
  if (rounded != NULL)
    {
      rg_compact_multiply (rounded, self->y->grad, self->slopes, n);
      return;
    }

  dx = rg_pass_grad (pass, self->x, &accumulate);
  if (self->slopes != NULL)
    follow_slopes (dx, self->y->grad, self->slopes, n, accumulate);
  else
    loops[self->kind].backward (dx, self->y->grad, self->x->data, n, accumulate);
}

static void
activate_share (gsize start, gsize end, gpointer data)
{
  const ActivationNode *self = data;

  if (self->slopes == NULL)
    {
      loops[self->kind].forward (self->y->data + start, self->x->data + start, end - start);
      return;
    }
  if (loops[self->kind].linear != 0)
    {
      rg_compact_gate ((guint16 *) self->y->stored + start, self->slopes + start, self->x->data + start, end - start, loops[self->kind].linear, loops[self->kind].cubic);
      return;
    }

  for (gsize at = start, n; at < end; at += n)
    {
      float y[PIECE], slopes[PIECE];

      n = MIN (end - at, PIECE);
      loops[self->kind].both (y, slopes, self->x->data + at, n);
      rg_gemm_bf16_round ((guint16 *) self->y->stored + at, y, n);
      rg_gemm_bf16_round (self->slopes + at, slopes, n);
    }
}

/* @y: (inout): where the values go */
static RgTensor *
activate (RgPass *pass, RgTensor *x, RgActivation kind, RgTensor *y)
{
  ActivationNode whole = { .x = x, .y = y, .kind = kind };

  if (y->stored != NULL)
    whole.slopes = rg_arena_alloc (pass->arena, x->rows * x->cols * sizeof (guint16));
  rg_pool_share (pass->pool, x->rows * x->cols, RG_POOL_VALUES, activate_share, &whole);

  if (pass->recording)
    {
      ActivationNode *node = rg_pass_node (pass, sizeof *node, activation_backward, y);

      node->x = x;
      node->y = y;
      node->kind = kind;
      node->slopes = whole.slopes;
    }

  return y;
}

RgTensor *
rg_activate (RgPass *pass, RgTensor *x, RgActivation kind)
{
  return activate (pass, x, kind, rg_pass_tensor (pass, x->rows, x->cols));
}

RgTensor *
rg_activate_factor (RgPass *pass, RgTensor *x, RgActivation kind)
{
  return activate (pass, x, kind, rg_pass_factor (pass, x->rows, x->cols));
}

/* --- product --- */

typedef struct
{
  RgNode node;
  RgTensor *a, *b, *y;
} MultiplyNode;

RG_VECTORISED static void
multiply (float *y, const float *a, const float *b, gsize n, gboolean accumulate)
{
  for (gsize i = 0; i < n; i++)
    y[i] = accumulate ? y[i] + a[i] * b[i] : a[i] * b[i];
}

static void
multiply_backward (RgPass *pass, RgNode *node)
{
  MultiplyNode *self = (MultiplyNode *) node;
  gsize n = self->y->rows * self->y->cols;
  gboolean accumulate;

  if (self->y->grad == NULL)
    return;

  if (self->a->wants_grad)
    {
      float *da = rg_pass_grad (pass, self->a, &accumulate);

      multiply (da, self->y->grad, self->b->data, n, accumulate);
    }
  if (self->b->wants_grad)
    {
      float *db = rg_pass_grad (pass, self->b, &accumulate);

      multiply (db, self->y->grad, self->a->data, n, accumulate);
    }
}

static void
multiply_share (gsize start, gsize end, gpointer data)
{
  const MultiplyNode *self = data;

  multiply (self->y->data + start, self->a->data + start, self->b->data + start, end - start, FALSE);
}

RgTensor *
rg_multiply (RgPass *pass, RgTensor *a, RgTensor *b)
{
  RgTensor *y = rg_pass_tensor (pass, a->rows, a->cols);
  MultiplyNode whole = { .a = a, .b = b, .y = y };

  g_assert (a->rows == b->rows && a->cols == b->cols);

  rg_pool_share (pass->pool, a->rows * a->cols, RG_POOL_VALUES, multiply_share, &whole);

  if (pass->recording)
    {
      MultiplyNode *node = rg_pass_node (pass, sizeof *node, multiply_backward, y);

      node->a = a;
      node->b = b;
      node->y = y;
    }

  return y;
}

/* --- gated sum --- */

typedef struct
{
  RgNode node;
  RgTensor *x, *f, *y;
  float factor;
  const guint8 *closed;
} GatedNode;

static void
gated_backward (RgPass *pass, RgNode *node)
{
  GatedNode *self = (GatedNode *) node;
  gsize cols = self->y->cols;
  const float *dy = self->y->grad;
  gboolean accumulate;

  if (dy == NULL)
    return;

  if (self->f->wants_grad)
    {
      float *df = rg_pass_grad (pass, self->f, &accumulate);

      for (gsize i = 0; i < self->y->rows * cols; i++)
        {
          float part = self->closed != NULL && self->closed[i / cols] ? 0 : self->factor * dy[i];

          df[i] = accumulate ? df[i] + part : part;
        }
    }
  if (self->x->wants_grad)
    {
      float *dx = rg_pass_grad (pass, self->x, &accumulate);

      for (gsize i = 0; i < self->y->rows * cols; i++)
        dx[i] = accumulate ? dx[i] + dy[i] : dy[i];
    }
}

RgTensor *
rg_add_gated (RgPass *pass, RgTensor *x, RgTensor *f, const RgTensor *gate, const guint8 *closed)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, x->cols);
  float factor = tanhf (gate->data[0]);

  g_assert (f->rows == x->rows && f->cols == x->cols && !gate->wants_grad);

  for (gsize row = 0; row < x->rows; row++)
    {
      float part = closed != NULL && closed[row] ? 0 : factor;

      for (gsize i = row * x->cols; i < (row + 1) * x->cols; i++)
        y->data[i] = x->data[i] + part * f->data[i];
    }

  if (pass->recording)
    {
      GatedNode *node = rg_pass_node (pass, sizeof *node, gated_backward, y);

      node->x = x;
      node->f = f;
      node->y = y;
      node->factor = factor;
      node->closed = closed;
    }

  return y;
}

/* --- learned temperature --- */

typedef struct
{
  RgNode node;
  RgTensor *x, *log_scale, *y;
} ScaleNode;

static void
scale_backward (RgPass *pass, RgNode *node)
{
  ScaleNode *self = (ScaleNode *) node;
  gsize n = self->x->rows * self->x->cols;
  const float *dy = self->y->grad;
  float scale = expf (self->log_scale->data[0]);
  double dscale = 0;

  if (dy == NULL)
    return;

  for (gsize i = 0; i < n; i++)
    dscale += dy[i] * self->y->data[i];
  rg_pass_grad_added (pass, self->log_scale)[0] += (float) dscale;

  if (self->x->wants_grad)
    {
      gboolean accumulate;
      float *dx = rg_pass_grad (pass, self->x, &accumulate);

      for (gsize i = 0; i < n; i++)
        dx[i] = accumulate ? dx[i] + dy[i] * scale : dy[i] * scale;
    }
}

RgTensor *
rg_exp_scale (RgPass *pass, RgTensor *x, RgTensor *log_scale)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, x->cols);
  float scale = expf (log_scale->data[0]);

  for (gsize i = 0; i < x->rows * x->cols; i++)
    y->data[i] = x->data[i] * scale;

  if (pass->recording)
    {
      ScaleNode *node = rg_pass_node (pass, sizeof *node, scale_backward, y);

      node->x = x;
      node->log_scale = log_scale;
      node->y = y;
    }

  return y;
}
