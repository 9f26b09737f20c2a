/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/rollout.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/explain/seen-view.h"
#include "engine/tensor/memory.h"
#include "engine/text-record.h"

/* One view that is traced back, for all words at once. @begun, @rows: words × R: where the words look, and what became of it */
typedef struct
{
  RgSeenView view;
  RgDescent descent;
  float *mean; /* R × R, of one layer */
  double *begun, *rows;
} Trace;

static void
trace_clear (Trace *self)
{
  rg_descent_clear (&self->descent);
  g_aligned_free (self->mean);
  g_free (self->begun);
  g_free (self->rows);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trace, trace_clear)

/* The encoder is run once, and what went into each of its layers is kept. */
static gboolean
trace_begin (Trace *self, const RgExplained *answer, guint number, GError **error)
{
  guint64 n, size;

  rg_seen_view_init (&self->view, answer, number);
  rg_seen_view_prepare (&self->view, &self->descent);
  n = self->descent.n_rows;
  size = (n * n + (1 + self->descent.n_layers) * n * self->descent.width) * sizeof (float);
  if (size > RG_ROLLOUT_MAX_BYTES)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("The encoder sees this picture in %u rows: its attention among all of them is too much to be traced back."), (guint) n);
      return FALSE;
    }

  self->mean = rg_memory_new (n * n * sizeof (float));

  return rg_descent_begin (&self->descent) || rg_text_record_cancel (answer->pass, error);
}

/* The tokens' values go to the rows of which they were made. @maps: n_words × stride, those of the view */
static void
place (Trace *self, const float *maps, guint n_words, gsize stride)
{
  gsize n_rows = self->descent.n_rows;
  g_autofree guint32 *own = g_new (guint32, rg_seen_view_count_most (&self->view));

  self->begun = g_new0 (double, n_words *n_rows);
  self->rows = g_new0 (double, n_words *n_rows);
  for (guint w = 0; w < n_words; w++)
    for (gsize p = 0; p < rg_seen_view_count_patches (&self->view); p++)
      {
        guint n = rg_seen_view_find_rows (&self->view, p, own);

        for (guint i = 0; i < n; i++)
          self->begun[w * n_rows + own[i]] += maps[w * stride + p] / n;
      }
}

/* And back to the tokens of which they are shown. */
static void
show (const Trace *self, float *maps, guint n_words, gsize stride)
{
  gsize n_patches = rg_seen_view_count_patches (&self->view);
  g_autofree double *patches = g_new (double, n_patches);

  for (guint w = 0; w < n_words; w++)
    {
      rg_seen_view_sum_rows (&self->view, self->rows + w * self->descent.n_rows, patches);
      for (gsize p = 0; p < n_patches; p++)
        maps[w * stride + p] = patches[p];
    }
}

/* What comes out may have rows in it that went into @layer, beside those of later ones. */
static void
add_part (Trace *self, guint layer, guint n_words)
{
  double part = rg_seen_view_get_part (&self->view, layer);

  for (gsize i = 0; part > 0 && i < n_words * self->descent.n_rows; i++)
    self->rows[i] += part * self->begun[i];
}

/* From the rows behind a layer to those before it. */
static void
pass_layer (const Trace *self, double gate, double *rows)
{
  gsize n = self->descent.n_rows;
  g_autofree double *above = g_memdup2 (rows, n * sizeof *rows);

  for (gsize i = 0; i < n; i++)
    rows[i] /= 1 + gate;
  for (gsize row = 0; row < n; row++)
    for (gsize i = 0; above[row] != 0 && i < n; i++)
      rows[i] += gate / (1 + gate) * above[row] * self->mean[row * n + i];
}

static gboolean
trace_view (const RgExplained *answer, guint number, float *maps, gsize stride, GError **error)
{
  g_auto (Trace) self = { 0 };
  guint n_layers;

  if (!trace_begin (&self, answer, number, error))
    return FALSE;

  n_layers = self.descent.n_layers;
  place (&self, maps, answer->n_words, stride);
  add_part (&self, n_layers, answer->n_words);
  for (guint layer = n_layers; layer-- > 0;)
    {
      if (!rg_descent_run_layer (&self.descent, layer, self.mean))
        return rg_text_record_cancel (answer->pass, error);
      for (guint w = 0; w < answer->n_words; w++)
        {
          if (rg_pass_is_cancelled (answer->pass))
            return rg_text_record_cancel (answer->pass, error);

          pass_layer (&self, rg_seen_view_get_gate (&self.view, layer), self.rows + w * self.descent.n_rows);
        }
      add_part (&self, layer, answer->n_words);
    }
  show (&self, maps, answer->n_words, stride);

  return TRUE;
}

gboolean
rg_rollout_map (const RgExplained *self, const RgLooking *looking, float *maps, GError **error)
{
  guint n_views = rg_seen_view_count (self);
  gsize n_patches = rg_image_state_get_n_patches (self->image);

  if (!rg_looked_map (self, looking, -1, -1, maps, error))
    return FALSE;

  for (guint view = 0; view < n_views; view++)
    if (!trace_view (self, view, maps + view * (n_patches / n_views), n_patches, error))
      return FALSE;

  return TRUE;
}

gboolean
rg_rollout_encoder (const RgExplained *self, float *map, GError **error)
{
  gsize n = rg_model_get_n_patches (self->model);
  g_auto (Trace) trace = { 0 };

  if (!trace_begin (&trace, self, 0, error))
    return FALSE;

  g_assert (trace.descent.n_rows == n);
  memset (map, 0, n * sizeof (float));
  for (guint layer = 0; layer < trace.descent.n_layers; layer++)
    {
      if (!rg_descent_run_layer (&trace.descent, layer, trace.mean))
        return rg_text_record_cancel (self->pass, error);
      for (gsize i = 0; i < n * n; i++)
        map[i % n] += trace.mean[i] / (trace.descent.n_layers * n);
    }

  return TRUE;
}
