/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <string.h>

#include "engine/tensor/vector-math.h"

typedef struct
{
  RgNode node;
  RgTensor *x, *weight, *bias, *residual, *y;
} LinearNode;

RG_VECTORISED static void
fill_rows (float *y, gsize rows, gsize cols, const float *row)
{
  for (gsize r = 0; r < rows; r++)
    memcpy (y + r * cols, row, cols * sizeof (float));
}

RG_VECTORISED static void
add_row (float *y, gsize rows, gsize cols, const float *row)
{
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < cols; c++)
      y[r * cols + c] += row[c];
}

RG_VECTORISED static void
sum_rows (float *sum, gsize rows, gsize cols, const float *y)
{
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < cols; c++)
      sum[c] += y[r * cols + c];
}

RG_VECTORISED static void
add_all (float *y, const float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] += x[i];
}

static void
linear_backward (RgPass *pass, RgNode *node)
{
  LinearNode *self = (LinearNode *) node;
  RgTensor *x = self->x, *weight = self->weight, *y = self->y;
  gboolean accumulate;

  if (y->grad == NULL)
    return;

  /* dW = dyᵀ · x */
  if (weight->wants_grad)
    {
      float *dweight = rg_pass_grad (pass, weight, &accumulate);

      rg_gemm (pass->pool, pass->precision, TRUE, FALSE, y->cols, x->cols, x->rows,
               y->grad, y->cols, x->data, x->cols, accumulate, dweight, x->cols);
    }

  if (self->bias != NULL && self->bias->wants_grad)
    sum_rows (rg_pass_grad_added (pass, self->bias), y->rows, y->cols, y->grad);

  /* dx = dy · W */
  if (x->wants_grad)
    {
      float *dx = rg_pass_grad (pass, x, &accumulate);

      rg_gemm (pass->pool, pass->precision, FALSE, FALSE, x->rows, x->cols, y->cols,
               y->grad, y->cols, weight->data, x->cols, accumulate, dx, x->cols);
    }

  /* dr = dy: y's derivative has no further reader, so the residual may have its memory. */
  if (self->residual != NULL && self->residual->wants_grad)
    {
      if (self->residual->grad_set)
        add_all (self->residual->grad, y->grad, y->rows * y->cols);
      else
        {
          self->residual->grad = y->grad;
          self->residual->grad_set = TRUE;
        }
    }
}

RgTensor *
rg_linear (RgPass *pass, RgTensor *x, RgTensor *weight, RgTensor *bias, RgTensor *residual)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, weight->rows);

  g_assert (x->cols == weight->cols);
  g_assert (bias == NULL || bias->cols == y->cols);
  g_assert (residual == NULL || (residual->rows == y->rows && residual->cols == y->cols));

  if (residual != NULL)
    {
      memcpy (y->data, residual->data, y->rows * y->cols * sizeof (float));
      if (bias != NULL)
        add_row (y->data, y->rows, y->cols, bias->data);
    }
  else if (bias != NULL)
    fill_rows (y->data, y->rows, y->cols, bias->data);

  rg_gemm (pass->pool, pass->precision, FALSE, TRUE, x->rows, weight->rows, x->cols,
           x->data, x->cols, weight->data, weight->cols, residual != NULL || bias != NULL, y->data, y->cols);

  if (pass->recording)
    {
      LinearNode *node = rg_pass_node (pass, sizeof *node, linear_backward);

      node->x = x;
      node->weight = weight;
      node->bias = bias;
      node->residual = residual;
      node->y = y;
    }

  return y;
}
