/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <string.h>

/* All ops of this file move whole rows; one node shape serves their backward functions. */
typedef struct
{
  RgNode node;
  RgTensor *x, *other, *y;
  const guint32 *ids;
  gsize n;
} RowsNode;

static RowsNode *
record (RgPass *pass, void (*backward) (RgPass *, RgNode *), RgTensor *x, RgTensor *other, RgTensor *y)
{
  RowsNode *node = rg_pass_node (pass, sizeof *node, backward, y);

  node->x = x;
  node->other = other;
  node->y = y;

  return node;
}

static void
gather_backward (RgPass *pass, RgNode *node)
{
  RowsNode *self = (RowsNode *) node;
  gsize cols = self->y->cols;
  float *dx;

  if (self->y->grad == NULL || !self->x->wants_grad)
    return;

  dx = rg_pass_grad_added (pass, self->x);
  for (gsize i = 0; i < self->y->rows; i++)
    rg_add_values (dx + self->ids[i] * cols, self->y->grad + i * cols, cols);
}

static void
copy_row (float *to, const RgTensor *x, gsize row)
{
  if (x->stored != NULL)
    rg_dtype_to_f32 (x->dtype, (const guint8 *) x->stored + row * rg_dtype_get_size (x->dtype, x->cols), to, x->cols);
  else
    memcpy (to, x->data + row * x->cols, x->cols * sizeof (float));
}

RgTensor *
rg_gather_rows (RgPass *pass, RgTensor *x, const guint32 *ids, gsize n)
{
  RgTensor *y = rg_pass_tensor (pass, n, x->cols);

  for (gsize i = 0; i < n; i++)
    {
      g_assert (ids[i] < x->rows);
      copy_row (y->data + i * x->cols, x, ids[i]);
    }

  if (pass->recording)
    record (pass, gather_backward, x, NULL, y)->ids = ids;

  return y;
}

static void
add_repeated_backward (RgPass *pass, RgNode *node)
{
  RowsNode *self = (RowsNode *) node;
  RgTensor *x = self->x, *p = self->other;
  gsize period = p->rows * p->cols, total = x->rows * x->cols;
  const float *dy = self->y->grad;

  if (dy == NULL)
    return;

  if (p->wants_grad)
    for (gsize i = 0; i < total; i += period)
      rg_add_values (rg_pass_grad_added (pass, p), dy + i, period);
  if (x->wants_grad)
    rg_pass_move_grad (pass, self->y, x);
}

RgTensor *
rg_add_repeated (RgPass *pass, RgTensor *x, RgTensor *p)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, x->cols);
  gsize period = p->rows * p->cols, total = x->rows * x->cols;

  g_assert (p->cols == x->cols && x->rows % p->rows == 0);

  for (gsize start = 0; start < total; start += period)
    for (gsize i = 0; i < period; i++)
      y->data[start + i] = x->data[start + i] + p->data[i];

  if (pass->recording)
    record (pass, add_repeated_backward, x, p, y);

  return y;
}

static void
prepend_backward (RgPass *pass, RgNode *node)
{
  RowsNode *self = (RowsNode *) node;
  RgTensor *x = self->x, *row = self->other;
  gsize cols = x->cols, part = x->rows / self->n * cols;
  const float *dy = self->y->grad;

  if (dy == NULL)
    return;

  for (gsize s = 0; s < self->n; s++)
    {
      if (row->wants_grad)
        rg_add_values (rg_pass_grad_added (pass, row), dy, cols);
      if (x->wants_grad)
        rg_add_values (rg_pass_grad_added (pass, x) + s * part, dy + cols, part);
      dy += cols + part;
    }
}

RgTensor *
rg_prepend_row (RgPass *pass, RgTensor *x, RgTensor *row, gsize n_segments)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows + n_segments, x->cols);
  gsize cols = x->cols, part = x->rows / n_segments * cols;

  g_assert (row->cols == cols && x->rows % n_segments == 0);

  for (gsize s = 0; s < n_segments; s++)
    {
      memcpy (y->data + s * (cols + part), row->data, cols * sizeof (float));
      memcpy (y->data + s * (cols + part) + cols, x->data + s * part, part * sizeof (float));
    }

  if (pass->recording)
    record (pass, prepend_backward, x, row, y)->n = n_segments;

  return y;
}

static void
concat_backward (RgPass *pass, RgNode *node)
{
  RowsNode *self = (RowsNode *) node;
  RgTensor *a = self->x, *b = self->other;

  if (self->y->grad == NULL)
    return;

  if (a->wants_grad)
    rg_add_values (rg_pass_grad_added (pass, a), self->y->grad, a->rows * a->cols);
  if (b->wants_grad)
    rg_add_values (rg_pass_grad_added (pass, b), self->y->grad + a->rows * a->cols, b->rows * b->cols);
}

RgTensor *
rg_concat_rows (RgPass *pass, RgTensor *a, RgTensor *b)
{
  RgTensor *y = rg_pass_tensor (pass, a->rows + b->rows, a->cols);

  g_assert (a->cols == b->cols);

  memcpy (y->data, a->data, a->rows * a->cols * sizeof (float));
  memcpy (y->data + a->rows * a->cols, b->data, b->rows * b->cols * sizeof (float));

  if (pass->recording)
    record (pass, concat_backward, a, b, y);

  return y;
}

static void
put_backward (RgPass *pass, RgNode *node)
{
  RowsNode *self = (RowsNode *) node;
  RgTensor *x = self->x, *rows = self->other;
  gsize cols = x->cols;
  const float *dy = self->y->grad;
  g_autofree float *dx = NULL;

  if (dy == NULL)
    return;

  if (rows->wants_grad)
    for (gsize i = 0; i < rows->rows; i++)
      rg_add_values (rg_pass_grad_added (pass, rows) + i * cols, dy + self->ids[i] * cols, cols);
  if (!x->wants_grad)
    return;

  dx = g_memdup2 (dy, x->rows * cols * sizeof (float));
  for (gsize i = 0; i < rows->rows; i++)
    memset (dx + self->ids[i] * cols, 0, cols * sizeof (float));
  rg_add_values (rg_pass_grad_added (pass, x), dx, x->rows * cols);
}

RgTensor *
rg_put_rows (RgPass *pass, RgTensor *x, RgTensor *rows, const guint32 *ids)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows, x->cols);
  gsize size = x->cols * sizeof (float);

  g_assert (rows->cols == x->cols);

  memcpy (y->data, x->data, x->rows * size);
  for (gsize i = 0; i < rows->rows; i++)
    memcpy (y->data + ids[i] * x->cols, rows->data + i * x->cols, size);

  if (pass->recording)
    record (pass, put_backward, x, rows, y)->ids = ids;

  return y;
}

static void
join_backward (RgPass *pass, RgNode *node)
{
  RowsNode *self = (RowsNode *) node;

  if (self->y->grad != NULL && self->x->wants_grad)
    rg_pass_move_grad (pass, self->y, self->x);
}

RgTensor *
rg_join_rows (RgPass *pass, RgTensor *x, gsize n)
{
  RgTensor *y = rg_pass_input (pass, x->rows / n, x->cols * n, x->data);

  g_assert (x->rows % n == 0);

  y->wants_grad = pass->recording;
  if (pass->recording)
    record (pass, join_backward, x, NULL, y);

  return y;
}

/* The derivatives of some columns of y. */
static void
columns_backward (RgPass *pass, const RgTensor *y, gsize first, RgTensor *x)
{
  if (!x->wants_grad)
    return;

  for (gsize r = 0; r < x->rows; r++)
    rg_add_values (rg_pass_grad_added (pass, x) + r * x->cols, y->grad + r * y->cols + first, x->cols);
}

static void
join_columns_backward (RgPass *pass, RgNode *node)
{
  RowsNode *self = (RowsNode *) node;

  if (self->y->grad == NULL)
    return;

  columns_backward (pass, self->y, 0, self->x);
  columns_backward (pass, self->y, self->x->cols, self->other);
}

RgTensor *
rg_join_columns (RgPass *pass, RgTensor *a, RgTensor *b)
{
  RgTensor *y = rg_pass_tensor (pass, a->rows, a->cols + b->cols);

  g_assert (a->rows == b->rows);

  for (gsize r = 0; r < y->rows; r++)
    {
      memcpy (y->data + r * y->cols, a->data + r * a->cols, a->cols * sizeof (float));
      memcpy (y->data + r * y->cols + a->cols, b->data + r * b->cols, b->cols * sizeof (float));
    }

  if (pass->recording)
    record (pass, join_columns_backward, a, b, y);

  return y;
}

static void
segment_mean_backward (RgPass *pass, RgNode *node)
{
  RowsNode *self = (RowsNode *) node;
  gsize cols = self->y->cols;
  float *dx;

  if (self->y->grad == NULL || !self->x->wants_grad)
    return;

  dx = rg_pass_grad_added (pass, self->x);
  for (gsize s = 0; s < self->n; s++)
    for (guint r = self->ids[s]; r < self->ids[s + 1]; r++)
      for (gsize c = 0; c < cols; c++)
        dx[r * cols + c] += self->y->grad[s * cols + c] / (self->ids[s + 1] - self->ids[s]);
}

RgTensor *
rg_segment_mean (RgPass *pass, RgTensor *x, const guint *offsets, guint n_segments)
{
  RgTensor *y = rg_pass_tensor (pass, n_segments, x->cols);
  gsize cols = x->cols;

  memset (y->data, 0, n_segments * cols * sizeof (float));
  for (guint s = 0; s < n_segments; s++)
    {
      guint n = offsets[s + 1] - offsets[s];

      g_assert (n > 0);
      for (guint r = offsets[s]; r < offsets[s + 1]; r++)
        for (gsize c = 0; c < cols; c++)
          y->data[s * cols + c] += x->data[r * cols + c] / n;
    }

  if (pass->recording)
    {
      RowsNode *node = record (pass, segment_mean_backward, x, NULL, y);

      node->ids = offsets;
      node->n = n_segments;
    }

  return y;
}
