/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/pass.h"

#include <string.h>

RgPass *
rg_pass_new (RgPool *pool, RgPrecision precision)
{
  RgPass *self = g_new0 (RgPass, 1);

  self->arena = rg_arena_new ();
  self->pool = pool;
  self->precision = precision;

  return self;
}

void
rg_pass_free (RgPass *self)
{
  if (self == NULL)
    return;

  rg_arena_free (self->arena);
  g_free (self);
}

void
rg_pass_reset (RgPass *self)
{
  rg_arena_reset (self->arena);
  self->last = NULL;
}

void
rg_pass_set_cancellable (RgPass *self, GCancellable *cancellable)
{
  self->cancellable = cancellable;
}

gboolean
rg_pass_is_cancelled (RgPass *self)
{
  return g_cancellable_is_cancelled (self->cancellable);
}

static RgTensor *
new_tensor (RgPass *self, gsize rows, gsize cols, float *data)
{
  RgTensor *tensor = rg_arena_alloc (self->arena, sizeof (RgTensor));

  *tensor = (RgTensor){ .rows = rows, .cols = cols, .data = data };

  return tensor;
}

RgTensor *
rg_pass_tensor (RgPass *self, gsize rows, gsize cols)
{
  RgTensor *tensor = new_tensor (self, rows, cols, rg_arena_alloc (self->arena, rows * cols * sizeof (float)));

  tensor->wants_grad = self->recording;

  return tensor;
}

RgTensor *
rg_pass_input (RgPass *self, gsize rows, gsize cols, const float *data)
{
  return new_tensor (self, rows, cols, (float *) data);
}

RgTensor *
rg_pass_keep (RgPass *self, RgArenaMark mark, const RgTensor *x)
{
  RgTensor kept = *x;
  gsize size = kept.rows * kept.cols * sizeof (float);
  float *data;

  g_assert (!self->recording);

  /* The new memory may begin below the old and reach into it; nothing else may be made before the values are there. */
  rg_arena_release (self->arena, mark);
  data = rg_arena_alloc (self->arena, size);
  memmove (data, kept.data, size);

  return new_tensor (self, kept.rows, kept.cols, data);
}

gpointer
rg_pass_node (RgPass *self, gsize size, void (*backward) (RgPass *, RgNode *))
{
  RgNode *node = rg_arena_alloc (self->arena, size);

  g_assert (self->recording);

  node->backward = backward;
  node->previous = self->last;
  self->last = node;

  return node;
}

float *
rg_pass_grad (RgPass *self, RgTensor *tensor, gboolean *accumulate)
{
  /* Weights of a model that is not trained outlive the pass: they must not keep memory of its arena. */
  if (!tensor->wants_grad)
    {
      *accumulate = FALSE;
      return rg_arena_alloc (self->arena, tensor->rows * tensor->cols * sizeof (float));
    }

  if (tensor->grad == NULL)
    tensor->grad = rg_arena_alloc (self->arena, tensor->rows * tensor->cols * sizeof (float));

  *accumulate = tensor->grad_set;
  tensor->grad_set = TRUE;

  return tensor->grad;
}

float *
rg_pass_grad_added (RgPass *self, RgTensor *tensor)
{
  gboolean accumulate;
  float *grad = rg_pass_grad (self, tensor, &accumulate);

  if (!accumulate)
    memset (grad, 0, tensor->rows * tensor->cols * sizeof (float));

  return grad;
}

void
rg_pass_backward (RgPass *self)
{
  for (RgNode *node = self->last; node != NULL; node = node->previous)
    node->backward (self, node);

  self->last = NULL;
}
