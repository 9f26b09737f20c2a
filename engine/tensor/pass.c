/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/pass.h"

#include <string.h>

#include "engine/tensor/vector-math.h"

/* Memory of values and derivatives that nobody reads any more. */
typedef struct
{
  float *values;
  gsize n;
} Spare;

RgPass *
rg_pass_new (RgPool *pool, RgPrecision precision)
{
  RgPass *self = g_new0 (RgPass, 1);

  self->arena = rg_arena_new ();
  self->pool = pool;
  self->precision = precision;
  self->spare = g_array_new (FALSE, FALSE, sizeof (Spare));

  return self;
}

void
rg_pass_free (RgPass *self)
{
  if (self == NULL)
    return;

  rg_arena_free (self->arena);
  g_array_unref (self->spare);
  g_free (self);
}

void
rg_pass_reset (RgPass *self)
{
  rg_arena_reset (self->arena);
  g_array_set_size (self->spare, 0);
  self->last = NULL;
  self->n_nodes = 0;
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

/* The piece of that size that was used last: layers are alike, and a larger piece will be wanted whole. */
static float *
find_room (RgPass *self, gsize n)
{
  for (guint i = self->spare->len; i > 0; i--)
    {
      Spare spare = g_array_index (self->spare, Spare, i - 1);

      if (spare.n != n)
        continue;
      g_array_remove_index (self->spare, i - 1);
      return spare.values;
    }

  return rg_arena_alloc (self->arena, n * sizeof (float));
}

static void
keep_spare (RgPass *self, gpointer values, gsize n)
{
  Spare spare = { values, n };

  if (values != NULL)
    g_array_append_val (self->spare, spare);
}

RgTensor *
rg_pass_tensor (RgPass *self, gsize rows, gsize cols)
{
  RgTensor *tensor = new_tensor (self, rows, cols, find_room (self, rows * cols));

  tensor->wants_grad = self->recording;

  return tensor;
}

RgTensor *
rg_pass_factor (RgPass *self, gsize rows, gsize cols)
{
  RgTensor *tensor;

  if (!self->compact)
    return rg_pass_tensor (self, rows, cols);

  tensor = new_tensor (self, rows, cols, NULL);
  tensor->wants_grad = self->recording;
  tensor->dtype = RG_DTYPE_BF16;
  tensor->stored = rg_arena_alloc (self->arena, rows * cols * sizeof (guint16));

  return tensor;
}

void
rg_pass_forget (RgPass *self, RgTensor *tensor)
{
  if (!self->recording || !self->compact)
    return;

  keep_spare (self, tensor->data, tensor->rows * tensor->cols);
  tensor->data = NULL;
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
rg_pass_node (RgPass *self, gsize size, void (*backward) (RgPass *, RgNode *), RgTensor *made)
{
  RgNode *node = rg_arena_alloc (self->arena, size);

  g_assert (self->recording);

  node->backward = backward;
  node->previous = self->last;
  node->made = made;
  self->last = node;
  self->n_nodes++;

  return node;
}

/* In the unit of memory that is kept. */
static gsize
count_rounded (const RgTensor *tensor)
{
  return (tensor->rows * tensor->cols + 1) / 2;
}

static void
widen_grad (RgPass *self, RgTensor *tensor)
{
  gsize n = tensor->rows * tensor->cols;

  tensor->grad = find_room (self, n);
  rg_dtype_to_f32 (RG_DTYPE_BF16, tensor->rounded_grad, tensor->grad, n);
  keep_spare (self, tensor->rounded_grad, count_rounded (tensor));
  tensor->rounded_grad = NULL;
}

guint16 *
rg_pass_grad_rounded (RgPass *self, RgTensor *tensor)
{
  if (!tensor->rounds_grad || tensor->grad_set)
    return NULL;

  tensor->rounded_grad = (guint16 *) find_room (self, count_rounded (tensor));
  tensor->grad_set = TRUE;

  return tensor->rounded_grad;
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

  if (tensor->rounded_grad != NULL)
    widen_grad (self, tensor);
  else if (tensor->grad == NULL)
    tensor->grad = find_room (self, tensor->rows * tensor->cols);

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
rg_pass_drop_grad (RgPass *self, RgTensor *tensor)
{
  keep_spare (self, tensor->grad, tensor->rows * tensor->cols);
  keep_spare (self, tensor->rounded_grad, count_rounded (tensor));
  tensor->grad = NULL;
  tensor->rounded_grad = NULL;
  tensor->grad_set = FALSE;
}

RG_VECTORISED void
rg_add_values (float *to, const float *from, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to[i] += from[i];
}

void
rg_pass_move_grad (RgPass *self, RgTensor *from, RgTensor *to)
{
  g_assert (from->rows * from->cols == to->rows * to->cols);

  if (to->grad_set)
    {
      rg_add_values (rg_pass_grad_added (self, to), from->grad, to->rows * to->cols);
      return;
    }

  g_assert (to->grad == NULL && from->rounded_grad == NULL);
  to->grad = from->grad;
  to->grad_set = TRUE;
  from->grad = NULL;
}

void
rg_pass_backward_behind (RgPass *self, int *ahead, int *progress)
{
  int n = 0;

  for (RgNode *node = self->last; node != NULL; node = node->previous)
    {
      while (ahead != NULL && g_atomic_int_get (ahead) <= n)
        g_thread_yield ();
      node->backward (self, node);
      if (node->made != NULL)
        rg_pass_drop_grad (self, node->made);
      g_atomic_int_set (progress, ++n);
    }

  g_atomic_int_set (progress, G_MAXINT); /* nobody waits for a pass that is over */
  self->last = NULL;
}

void
rg_pass_backward (RgPass *self)
{
  int progress = 0;

  rg_pass_backward_behind (self, NULL, &progress);
}
