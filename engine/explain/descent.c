/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/descent.h"

#include <string.h>

#include "engine/tensor/memory.h"

static gsize
count_values (const RgDescent *self)
{
  return self->n_rows * self->width;
}

/* What goes into a layer; in the pass. */
static RgTensor *
get_rows (const RgDescent *self, guint layer)
{
  RgTensor *x = rg_pass_input (self->answer->pass, self->n_rows, self->width, self->rows + layer * count_values (self));

  x->wants_grad = TRUE;

  return x;
}

RgTensor *
rg_descent_get_end (const RgDescent *self)
{
  return get_rows (self, self->n_layers);
}

static gboolean
give_up (const RgDescent *self)
{
  rg_pass_reset (self->answer->pass); /* nodes of an unfinished run */

  return FALSE;
}

gboolean
rg_descent_begin (RgDescent *self)
{
  RgPass *pass = self->answer->pass;
  gsize n = count_values (self);

  self->rows = rg_memory_new ((1 + self->n_layers) * n * sizeof (float));
  self->gradients = rg_memory_new0 (MAX (self->n_scores, 1) * n * sizeof (float));
  self->relevancy = g_new0 (double, self->n_scores * self->n_rows);

  for (guint i = 0; i <= self->n_layers; i++)
    {
      RgStretch stretch = { NULL, 0, 0 };
      const RgTensor *y;

      rg_pass_reset (pass);
      if (i > 0)
        stretch = (RgStretch){ get_rows (self, i - 1), i - 1, i };
      y = rg_pass_is_cancelled (pass) ? NULL : self->run (pass, &stretch, NULL, self->data);
      if (y == NULL)
        return give_up (self);
      g_assert (y->rows == self->n_rows && y->cols == self->width);
      memcpy (self->rows + i * n, y->data, n * sizeof (float));
    }

  return TRUE;
}

void
rg_descent_clear (RgDescent *self)
{
  g_aligned_free (self->rows);
  g_aligned_free (self->gradients);
  g_free (self->relevancy);
}

void
rg_descent_differentiate (RgPass *pass, RgNode *last, RgTensor *y, const float *dy, RgTensor *x, float *dx)
{
  gsize size = x->rows * x->cols * sizeof (float);
  gboolean accumulate;

  if (y != NULL)
    memcpy (rg_pass_grad (pass, y, &accumulate), dy, y->rows * y->cols * sizeof (float));
  pass->last = last;
  rg_pass_backward (pass);

  if (x->grad_set)
    memcpy (dx, x->grad, size);
  else
    memset (dx, 0, size);
  rg_pass_drop_grad (pass, x);
}

static gboolean
go_through (RgDescent *self, guint layer)
{
  RgPass *pass = self->answer->pass;
  gsize n = count_values (self);
  RgAttentionWalk walk = { .mean = self->mean, .again = self->n_heads * self->n_rows * self->n_rows * sizeof (float) > RG_DESCENT_MOST_KEPT };
  RgTensor *x, *y;
  RgNode *last;

  rg_pass_reset (pass);
  x = get_rows (self, layer);
  pass->recording = TRUE;
  y = self->run (pass, &(RgStretch){ x, layer, layer + 1 }, &walk, self->data);
  pass->recording = FALSE;
  last = pass->last;
  for (guint s = 0; y != NULL && s < self->n_scores; s++)
    {
      if (rg_pass_is_cancelled (pass))
        return give_up (self);

      walk.relevancy = self->relevancy + s * self->n_rows;
      rg_descent_differentiate (pass, last, y, self->gradients + s * n, x, self->gradients + s * n);
      if (self->follow != NULL)
        self->follow (self, layer, s, self->follow_data);
    }

  return y != NULL || give_up (self);
}

gboolean
rg_descent_run_layer (RgDescent *self, guint layer, float *mean)
{
  RgPass *pass = self->answer->pass;
  RgAttentionWalk walk = { .mean = mean };

  rg_pass_reset (pass);

  return (!rg_pass_is_cancelled (pass) && self->run (pass, &(RgStretch){ get_rows (self, layer), layer, layer + 1 }, &walk, self->data) != NULL) || give_up (self);
}

gboolean
rg_descent_go_back (RgDescent *self)
{
  guint n_noted = 0;

  for (guint layer = self->n_layers; layer-- > 0;)
    {
      if (!go_through (self, layer))
        return FALSE;
      for (; n_noted < self->n_scores * (self->n_layers - layer) / self->n_layers; n_noted++)
        rg_explained_note_run (self->answer);
    }
  rg_pass_reset (self->answer->pass);

  return TRUE;
}
