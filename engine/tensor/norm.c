/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/compact-values.h"
#include "engine/tensor/vector-math.h"

typedef struct
{
  RgNode node;
  RgTensor *x, *gain, *bias, *y;
  float epsilon;
  float *mean, *scale; /* (R) mean and 1 / √(variance + ε) of each row */
} NormNode;

RG_VECTORISED static void
norm_rows (float *y, const float *x, gsize rows, gsize cols, const float *gain, const float *bias, float epsilon, float *mean, float *scale)
{
  for (gsize r = 0; r < rows; r++)
    {
      const float *in = x + r * cols;
      float *out = y + r * cols;
      float sum = 0, squares = 0;
      float m, s;

      /* The sums may be regrouped: a row is far shorter than where float32 loses count. */
      RG_SIMD_SUM (sum)
      for (gsize c = 0; c < cols; c++)
        sum += in[c];
      m = sum / cols;

      RG_SIMD_SUM (squares)
      for (gsize c = 0; c < cols; c++)
        squares += (in[c] - m) * (in[c] - m);
      s = 1.0f / sqrtf (squares / cols + epsilon);

      for (gsize c = 0; c < cols; c++)
        out[c] = (in[c] - m) * s * gain[c] + bias[c];

      mean[r] = m;
      scale[r] = s;
    }
}

RG_VECTORISED static void
norm_rows_backward (float *dx, float *dgain, float *dbias, const float *dy, const float *x, gsize rows, gsize cols, const float *gain, const float *mean, const float *scale, gboolean accumulate)
{
  for (gsize r = 0; r < rows; r++)
    {
      const float *in = x + r * cols, *dout = dy + r * cols;
      float *din = dx + r * cols;
      float m = mean[r], s = scale[r];
      float sum_d = 0, sum_dn = 0;

      RG_SIMD_SUM (sum_d, sum_dn)
      for (gsize c = 0; c < cols; c++)
        {
          float n = (in[c] - m) * s;
          float d = dout[c] * gain[c];

          dgain[c] += dout[c] * n;
          dbias[c] += dout[c];
          sum_d += d;
          sum_dn += d * n;
        }
      sum_d /= cols;
      sum_dn /= cols;

      for (gsize c = 0; c < cols; c++)
        {
          float n = (in[c] - m) * s;
          float d = (dout[c] * gain[c] - sum_d - n * sum_dn) * s;

          din[c] = accumulate ? din[c] + d : d;
        }
    }
}

static void
norm_backward (RgPass *pass, RgNode *node)
{
  NormNode *self = (NormNode *) node;
  RgTensor *x = self->x;
  gboolean accumulate;
  float *dgain, *dbias, *dx;
  typeof (norm_rows_backward) *backward;

  if (self->y->grad == NULL)
    return;

  dgain = rg_pass_grad_added (pass, self->gain);
  dbias = rg_pass_grad_added (pass, self->bias);
  dx = rg_pass_grad (pass, x, &accumulate);
  backward = self->y->stored != NULL ? rg_compact_norm_backward : norm_rows_backward;
  backward (dx, dgain, dbias, self->y->grad, x->data, x->rows, x->cols, self->gain->data, self->mean, self->scale, accumulate);
}

static void
norm_share (gsize start, gsize end, gpointer data)
{
  const NormNode *self = data;
  gsize cols = self->x->cols;
  const float *x = self->x->data + start * cols;

  if (self->y->stored != NULL)
    rg_compact_norm ((guint16 *) self->y->stored + start * cols, x, end - start, cols, self->gain->data, self->bias->data, self->epsilon, self->mean + start, self->scale + start);
  else
    norm_rows (self->y->data + start * cols, x, end - start, cols, self->gain->data, self->bias->data, self->epsilon, self->mean + start, self->scale + start);
}

static RgTensor *
layer_norm (RgPass *pass, RgTensor *x, RgTensor *gain, RgTensor *bias, float epsilon, RgTensor *y)
{
  float *mean = rg_arena_alloc (pass->arena, x->rows * sizeof (float));
  float *scale = rg_arena_alloc (pass->arena, x->rows * sizeof (float));
  NormNode whole = { .x = x, .gain = gain, .bias = bias, .y = y, .epsilon = epsilon, .mean = mean, .scale = scale };

  g_assert (gain->cols == x->cols && bias->cols == x->cols);

  rg_pool_share (pass->pool, x->rows, RG_POOL_VALUES / x->cols, norm_share, &whole);

  if (pass->recording)
    {
      NormNode *node = rg_pass_node (pass, sizeof *node, norm_backward, y);

      node->x = x;
      node->gain = gain;
      node->bias = bias;
      node->y = y;
      node->mean = mean;
      node->scale = scale;
    }

  return y;
}

RgTensor *
rg_layer_norm (RgPass *pass, RgTensor *x, RgTensor *gain, RgTensor *bias, float epsilon)
{
  return layer_norm (pass, x, gain, bias, epsilon, rg_pass_tensor (pass, x->rows, x->cols));
}

RgTensor *
rg_layer_norm_factor (RgPass *pass, RgTensor *x, RgTensor *gain, RgTensor *bias, float epsilon)
{
  return layer_norm (pass, x, gain, bias, epsilon, rg_pass_factor (pass, x->rows, x->cols));
}

/* --- root mean square --- */

typedef struct
{
  RgNode node;
  RgTensor *x, *gain, *y;
  float offset, epsilon;
  float *scale; /* (R) 1 / √(mean of squares + ε) of each row */
} RmsNode;

RG_VECTORISED static void
rms_rows (float *y, const float *x, gsize rows, gsize cols, const float *gain, float offset, float epsilon, float *scale)
{
  for (gsize r = 0; r < rows; r++)
    {
      const float *in = x + r * cols;
      float squares = 0;

      RG_SIMD_SUM (squares)
      for (gsize c = 0; c < cols; c++)
        squares += in[c] * in[c];
      scale[r] = 1.0f / sqrtf (squares / cols + epsilon);

      for (gsize c = 0; c < cols; c++)
        y[r * cols + c] = in[c] * scale[r] * (offset + gain[c]);
    }
}

RG_VECTORISED static void
rms_rows_backward (float *dx, float *dgain, const float *dy, const float *x, gsize rows, gsize cols, const float *gain, float offset, const float *scale, gboolean accumulate)
{
  for (gsize r = 0; r < rows; r++)
    {
      const float *in = x + r * cols, *dout = dy + r * cols;
      float *din = dx + r * cols;
      float s = scale[r], sum = 0;

      RG_SIMD_SUM (sum)
      for (gsize c = 0; c < cols; c++)
        {
          dgain[c] += dout[c] * in[c] * s;
          sum += dout[c] * (offset + gain[c]) * in[c] * s;
        }
      sum /= cols;

      for (gsize c = 0; c < cols; c++)
        {
          float d = (dout[c] * (offset + gain[c]) - in[c] * s * sum) * s;

          din[c] = accumulate ? din[c] + d : d;
        }
    }
}

static void
rms_backward (RgPass *pass, RgNode *node)
{
  RmsNode *self = (RmsNode *) node;
  RgTensor *x = self->x;
  gboolean accumulate;
  float *dgain, *dx;

  if (self->y->grad == NULL)
    return;

  dgain = rg_pass_grad_added (pass, self->gain);
  dx = rg_pass_grad (pass, x, &accumulate);
  rms_rows_backward (dx, dgain, self->y->grad, x->data, x->rows * (x->cols / self->gain->cols), self->gain->cols, self->gain->data, self->offset, self->scale, accumulate);
}

static void
rms_share (gsize start, gsize end, gpointer data)
{
  const RmsNode *self = data;
  gsize cols = self->gain->cols;

  rms_rows (self->y->data + start * cols, self->x->data + start * cols, end - start, cols, self->gain->data, self->offset, self->epsilon, self->scale + start);
}

RgTensor *
rg_rms_norm (RgPass *pass, RgTensor *x, RgTensor *gain, float offset, float epsilon)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, x->cols);
  gsize n_parts = x->rows * (x->cols / gain->cols);
  float *scale = rg_arena_alloc (pass->arena, n_parts * sizeof (float));
  RmsNode whole = { .x = x, .gain = gain, .y = y, .offset = offset, .epsilon = epsilon, .scale = scale };

  g_assert (x->cols % gain->cols == 0);

  rg_pool_share (pass->pool, n_parts, RG_POOL_VALUES / gain->cols, rms_share, &whole);

  if (pass->recording)
    {
      RmsNode *node = rg_pass_node (pass, sizeof *node, rms_backward, y);

      node->x = x;
      node->gain = gain;
      node->offset = offset;
      node->y = y;
      node->scale = scale;
    }

  return y;
}

/* --- rows of length 1 --- */

typedef struct
{
  RgNode node;
  RgTensor *x, *y;
  float *scale; /* (R) 1 / |x|, 0 for a row of zeros */
} UnitNode;

RG_VECTORISED static void
unit_rows (float *y, const float *x, gsize rows, gsize cols, float *scale)
{
  for (gsize r = 0; r < rows; r++)
    {
      float squares = 0;

      RG_SIMD_SUM (squares)
      for (gsize c = 0; c < cols; c++)
        squares += x[r * cols + c] * x[r * cols + c];

      scale[r] = squares > 0 ? 1.0f / sqrtf (squares) : 0;

      for (gsize c = 0; c < cols; c++)
        y[r * cols + c] = x[r * cols + c] * scale[r];
    }
}

RG_VECTORISED static void
unit_rows_backward (float *dx, const float *dy, const float *y, gsize rows, gsize cols, const float *scale, gboolean accumulate)
{
  for (gsize r = 0; r < rows; r++)
    {
      float dot = 0;

      RG_SIMD_SUM (dot)
      for (gsize c = 0; c < cols; c++)
        dot += dy[r * cols + c] * y[r * cols + c];

      for (gsize c = 0; c < cols; c++)
        {
          float d = (dy[r * cols + c] - y[r * cols + c] * dot) * scale[r];

          dx[r * cols + c] = accumulate ? dx[r * cols + c] + d : d;
        }
    }
}

static void
unit_backward (RgPass *pass, RgNode *node)
{
  UnitNode *self = (UnitNode *) node;
  gboolean accumulate;
  float *dx;

  if (!self->x->wants_grad || self->y->grad == NULL)
    return;

  dx = rg_pass_grad (pass, self->x, &accumulate);
  unit_rows_backward (dx, self->y->grad, self->y->data, self->y->rows, self->y->cols, self->scale, accumulate);
}

RgTensor *
rg_normalize_rows (RgPass *pass, RgTensor *x)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, x->cols);
  float *scale = rg_arena_alloc (pass->arena, x->rows * sizeof (float));

  unit_rows (y->data, x->data, x->rows, x->cols, scale);

  if (pass->recording)
    {
      UnitNode *node = rg_pass_node (pass, sizeof *node, unit_backward, y);

      node->x = x;
      node->y = y;
      node->scale = scale;
    }

  return y;
}
