/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <math.h>

#include "engine/tensor/vector-math.h"

#define SQRT_8_OVER_PI 1.5957691216f /* 2 · √(2/π) */

typedef struct
{
  RgNode node;
  RgTensor *x, *y;
} GeluNode;

/* (1 + tanh u) / 2 = 1 / (1 + exp (−2u)), so one exponential serves value and derivative. */
RG_VECTORISED static void
gelu (float *y, const float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      float v = x[i];
      float u = SQRT_8_OVER_PI * (v + 0.044715f * v * v * v);

      y[i] = v / (1.0f + rg_exp (-u));
    }
}

RG_VECTORISED static void
gelu_derivative (float *dx, const float *dy, const float *x, gsize n, gboolean accumulate)
{
  for (gsize i = 0; i < n; i++)
    {
      float v = x[i];
      float u = SQRT_8_OVER_PI * (v + 0.044715f * v * v * v);
      float s = 1.0f / (1.0f + rg_exp (-u));
      float d = dy[i] * (s + v * s * (1.0f - s) * SQRT_8_OVER_PI * (1.0f + 0.134145f * v * v));

      dx[i] = accumulate ? dx[i] + d : d;
    }
}

static void
gelu_backward (RgPass *pass, RgNode *node)
{
  GeluNode *self = (GeluNode *) node;
  gboolean accumulate;
  float *dx;

  if (self->y->grad == NULL || !self->x->wants_grad)
    return;

  dx = rg_pass_grad (pass, self->x, &accumulate);
  gelu_derivative (dx, self->y->grad, self->x->data, self->x->rows * self->x->cols, accumulate);
}

RgTensor *
rg_gelu (RgPass *pass, RgTensor *x)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, x->cols);

  gelu (y->data, x->data, x->rows * x->cols);

  if (pass->recording)
    {
      GeluNode *node = rg_pass_node (pass, sizeof *node, gelu_backward);

      node->x = x;
      node->y = y;
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
      ScaleNode *node = rg_pass_node (pass, sizeof *node, scale_backward);

      node->x = x;
      node->log_scale = log_scale;
      node->y = y;
    }

  return y;
}
