/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <string.h>

#include "engine/tensor/gemm-stored.h"
#include "engine/tensor/panels.h"
#include "engine/tensor/vector-math.h"

G_STATIC_ASSERT (RG_LINEAR_MAX <= RG_STORED_FACTORS_MAX);

typedef struct
{
  RgNode node;
  RgTensor *x, *weight, *bias, *residual, *y;
  gsize first, n; /* rows of the weights that count */
  gsize col;      /* where in the rows of y the product stands */
} LinearNode;

/* All rows of the weights. */
static LinearNode
whole_map (RgTensor *x, RgTensor *weight, RgTensor *bias, RgTensor *y)
{
  return (LinearNode){ .x = x, .weight = weight, .bias = bias, .y = y, .n = weight->rows };
}

static gboolean
is_whole (const LinearNode *self)
{
  return self->n == self->weight->rows;
}

/* What the product of a row is added to. @residual, @bias: (nullable) */
RG_VECTORISED static void
begin_row (float *y, gsize n, const float *residual, const float *bias)
{
  if (residual == NULL || bias == NULL)
    memcpy (y, residual != NULL ? residual : bias, n * sizeof (float));
  else
    for (gsize i = 0; i < n; i++)
      y[i] = residual[i] + bias[i];
}

/* A tensor as a factor, whatever its type. */
static RgFactor
get_factor (const RgTensor *x, gboolean transposed)
{
  if (x->panels != NULL)
    return rg_panels_get_factor (x->panels, transposed, x->data);

  return x->stored != NULL ? (RgFactor){ x->dtype, transposed, x->stored, x->cols } : (RgFactor){ RG_DTYPE_F32, transposed, x->data, x->cols };
}

/* The weights that count. */
static RgFactor
get_weights (const LinearNode *self, gboolean transposed)
{
  RgFactor all = get_factor (self->weight, transposed);

  if (self->first % RG_PANEL_COLUMNS != 0)
    {
      all.panels = NULL;
      all.int8.words = NULL;
    }

  return rg_factor_from (&all, self->first, 0);
}

static const float *
get_biases (const LinearNode *self)
{
  return self->bias != NULL ? self->bias->data + self->first : NULL;
}

static void
begin_share (gsize start, gsize end, gpointer data)
{
  const LinearNode *self = data;
  const RgTensor *residual = self->residual, *y = self->y;

  for (gsize r = start; r < end; r++)
    begin_row (y->data + r * y->cols + self->col, self->n, residual != NULL ? residual->data + r * residual->cols : NULL, get_biases (self));
}

/* The derivatives of y's columns from @col on, as floats or rounded. */
static RgFactor
get_grad_factor (const RgTensor *y, gsize col, gboolean transposed)
{
  return y->rounded_grad != NULL ? (RgFactor){ RG_DTYPE_BF16, transposed, y->rounded_grad + col, y->cols } : (RgFactor){ RG_DTYPE_F32, transposed, y->grad + col, y->cols };
}

RG_VECTORISED static void
sum_rows (float *sum, gsize rows, gsize cols, const RgFactor *y)
{
  const float *values = y->data;
  const guint16 *rounded = y->data;

  for (gsize r = 0; r < rows; r++)
    if (y->dtype == RG_DTYPE_F32)
      for (gsize c = 0; c < cols; c++)
        sum[c] += values[r * y->ld + c];
    else
      for (gsize c = 0; c < cols; c++)
        sum[c] += rg_widen (rounded[r * y->ld + c]);
}

static void
linear_backward (RgPass *pass, RgNode *node)
{
  LinearNode *self = (LinearNode *) node;
  RgTensor *x = self->x, *weight = self->weight, *y = self->y;
  gsize cols = self->n;
  RgFactor dy;
  gboolean accumulate = TRUE;

  if (y->grad == NULL && y->rounded_grad == NULL)
    return;

  dy = get_grad_factor (y, self->col, FALSE);

  /* dW = dyᵀ · x */
  if (weight->wants_grad)
    {
      float *dweight = is_whole (self) ? rg_pass_grad (pass, weight, &accumulate) : rg_pass_grad_added (pass, weight) + self->first * weight->cols;
      const RgFactor left = get_grad_factor (y, self->col, TRUE), right = get_factor (x, FALSE);

      rg_gemm_typed (pass->pool, pass->precision, cols, x->cols, x->rows, &left, &right, accumulate ? dweight : NULL, x->cols, dweight, x->cols);
    }

  if (self->bias != NULL && self->bias->wants_grad)
    sum_rows (rg_pass_grad_added (pass, self->bias) + self->first, y->rows, cols, &dy);

  /* dx = dy · W */
  if (x->wants_grad)
    {
      float *dx = rg_pass_grad (pass, x, &accumulate);
      const RgFactor right = get_weights (self, FALSE);

      rg_gemm_typed (pass->pool, pass->precision, x->rows, x->cols, cols, &dy, &right, accumulate ? dx : NULL, x->cols, dx, x->cols);
    }

  /* dr = dy: y's derivative has no further reader, so the residual may have its memory. */
  if (self->residual != NULL && self->residual->wants_grad)
    rg_pass_move_grad (pass, y, self->residual);
}

static void
record (RgPass *pass, const LinearNode *part)
{
  LinearNode *node;
  RgNode header;

  if (!pass->recording)
    return;

  part->y->rounds_grad = pass->compact && part->residual == NULL && part->weight->stored == NULL;
  node = rg_pass_node (pass, sizeof *node, linear_backward, part->col == 0 ? part->y : NULL);
  header = node->node;
  *node = *part;
  node->node = header;
}

/* The product of one part whose weights are floats. @begun: whether y holds what it is added to; otherwise that is the residual, or the
 * bias in each row */
static void
multiply_part (RgPass *pass, const LinearNode *part, gboolean begun)
{
  const RgTensor *x = part->x;
  const RgFactor left = get_factor (x, FALSE), right = get_weights (part, TRUE);
  float *y = part->y->data + part->col;
  const float *addend = NULL;
  gsize ld = part->y->cols, ld_addend = ld;

  if (begun)
    addend = y;
  else if (part->residual != NULL)
    addend = part->residual->data;
  else if (part->bias != NULL)
    {
      addend = get_biases (part);
      ld_addend = 0;
    }

  rg_gemm_typed (pass->pool, pass->precision, x->rows, part->n, x->cols, &left, &right, addend, ld_addend, y, ld);
}

/* Several maps of the same rows. Those with stored weights have one loop of the pool where the rows are few. */
static void
multiply (RgPass *pass, LinearNode *parts, guint n)
{
  RgTensor *x = parts[0].x;
  RgStoredFactor factors[RG_STORED_FACTORS_MAX];
  guint n_stored = 0;

  for (guint i = 0; i < n; i++)
    {
      LinearNode *part = &parts[i];
      RgTensor *weight = part->weight, *y = part->y;
      gboolean begins = weight->stored != NULL ? part->bias != NULL || part->residual != NULL : part->bias != NULL && part->residual != NULL;

      g_assert (x->cols == weight->cols);
      g_assert (part->bias == NULL || part->bias->cols == weight->rows);
      g_assert (weight->stored == NULL || (!weight->wants_grad && x->stored == NULL));

      if (begins)
        rg_pool_share (pass->pool, y->rows, RG_POOL_VALUES / part->n, begin_share, part);
      if (weight->stored != NULL)
        factors[n_stored++] = (RgStoredFactor){ part->n, weight->dtype, get_weights (part, TRUE).data, begins, y->data + part->col, y->cols };
      else
        multiply_part (pass, part, begins);
      record (pass, part);
    }
  if (n_stored > 0)
    rg_gemm_stored (pass->pool, pass->precision, x->rows, x->cols, x->data, x->cols, factors, n_stored);
}

RgTensor *
rg_linear (RgPass *pass, RgTensor *x, RgTensor *weight, RgTensor *bias, RgTensor *residual)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, weight->rows);
  LinearNode whole = whole_map (x, weight, bias, y);

  whole.residual = residual;
  g_assert (residual == NULL || (residual->rows == y->rows && residual->cols == y->cols));

  multiply (pass, &whole, 1);

  return y;
}

RgTensor *
rg_linear_rows (RgPass *pass, RgTensor *x, RgLinear *map, gsize first, gsize n)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, n);
  LinearNode rows = whole_map (x, &map->weight, rg_linear_get_bias (map), y);

  g_assert (first + n <= map->weight.rows);

  rows.first = first;
  rows.n = n;
  multiply (pass, &rows, 1);

  return y;
}

RgTensor *
rg_linear_beside (RgPass *pass, RgTensor *x, RgLinear *parts, guint n)
{
  LinearNode nodes[RG_LINEAR_MAX];
  gsize cols = 0, col = 0;
  RgTensor *y;

  g_assert (n <= RG_LINEAR_MAX);

  for (guint i = 0; i < n; i++)
    cols += parts[i].weight.rows;
  y = rg_pass_tensor (pass, x->rows, cols);

  for (guint i = 0; i < n; i++)
    {
      nodes[i] = whole_map (x, &parts[i].weight, rg_linear_get_bias (&parts[i]), y);
      nodes[i].col = col;
      col += parts[i].weight.rows;
    }
  multiply (pass, nodes, n);

  return y;
}

void
rg_linear_apart (RgPass *pass, RgTensor *x, RgLinear **parts, guint n, RgTensor **results)
{
  LinearNode nodes[RG_LINEAR_MAX];

  g_assert (n <= RG_LINEAR_MAX);

  for (guint i = 0; i < n; i++)
    {
      results[i] = rg_pass_tensor (pass, x->rows, parts[i]->weight.rows);
      nodes[i] = whole_map (x, &parts[i]->weight, rg_linear_get_bias (parts[i]), results[i]);
    }
  multiply (pass, nodes, n);
}

RgTensor *
rg_linear_get_bias (RgLinear *self)
{
  return self->bias.cols > 0 ? &self->bias : NULL;
}
