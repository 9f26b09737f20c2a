/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/method.h"
#include "engine/explain/relevancy.h"
#include "tests/numeric.h"
#include "tests/whole-graph.h"

/* Relevancy where image tokens stand in the text, against the plain way: matrices of all rows, multiplied. */

/* R ← R + Ā R, layer by layer. Returns: (transfer full): R, n × n */
static double *
walk_stack (const float *attention, const float *gradient, guint n_layers, guint n_heads, gsize n)
{
  double *relevancy = g_new0 (double, n *n);

  for (gsize r = 0; r < n; r++)
    relevancy[r * n + r] = 1;
  for (guint layer = 0; layer < n_layers; layer++)
    {
      g_autofree double *before = g_memdup2 (relevancy, n * n * sizeof (double));

      for (guint head = 0; head < n_heads; head++)
        for (gsize i = 0; i < n; i++)
          for (gsize j = 0; j < n; j++)
            {
              gsize at = ((layer * n_heads + head) * n + i) * n + j;
              double mean = MAX ((double) attention[at] * gradient[at], 0) / n_heads;

              for (gsize k = 0; k < n; k++)
                relevancy[i * n + k] += mean * before[j * n + k];
            }
    }

  return relevancy;
}

/* What row @row of the encoder's end gives, Σ derivative · value, or 0. */
static double
give (const Graph *self, guint view, guint row)
{
  const RgTensor *x = self->features[view];
  double sum = 0;

  for (gsize d = 0; d < x->cols; d++)
    sum += (double) x->data[row * x->cols + d] * self->features_grad[view][row * x->cols + d];

  return MAX (sum, 0);
}

/* The last row of R of the text: of image tokens. Returns: (transfer full) */
static double *
walk_text (const Graph *self)
{
  const RgTextConfig *config = &rg_model_get_config (self->fixture->model)->text;
  guint n_patches = rg_image_state_get_n_patches (self->fixture->image);
  g_autofree double *relevancy = walk_stack (self->read, self->read_grad, config->n_layers, config->block.n_heads, self->n);
  double *tokens = g_new (double, n_patches);

  for (guint p = 0; p < n_patches; p++)
    tokens[p] = relevancy[(self->n - 1) * self->n + rg_image_state_get_places (self->fixture->image)[p]];

  return tokens;
}

/* And of what the encoder gave. @w: (out): T */
static void
spread (const Graph *self, guint view, double *w)
{
  const RgProjectorConfig *config = &rg_model_get_config (self->fixture->model)->projector;
  guint n_tokens = rg_image_state_get_n_patches (self->fixture->image) / self->n_views;
  g_autofree double *tokens = walk_text (self);
  guint32 own[64];

  memset (w, 0, self->n_seen * sizeof *w);
  for (guint p = 0; p < n_tokens; p++)
    {
      guint n_own = rg_projector_config_find_rows (config, self->n_seen, p, own);
      double sum = 0;

      for (guint i = 0; i < n_own; i++)
        sum += give (self, view, own[i]);
      for (guint i = 0; i < n_own; i++)
        w[own[i]] += tokens[view * n_tokens + p] * (sum > 0 ? give (self, view, own[i]) / sum : 1.0 / n_own);
    }
}

/* Adds that of the patches of one view to @map. */
static void
walk_view (const Graph *self, guint view, double *map)
{
  const RgModelConfig *config = rg_model_get_config (self->fixture->model);
  gsize n = self->n_seen, n_view = config->vision.n_layers * config->vision.block.n_heads * n * n;
  guint n_tokens = rg_image_state_get_n_patches (self->fixture->image) / self->n_views;
  g_autofree double *relevancy = walk_stack (self->seen + view * n_view, self->seen_grad + view * n_view, config->vision.n_layers, config->vision.block.n_heads, n);
  g_autofree double *w = g_new (double, n);
  guint32 own[64];

  if (self->walks[view].relevancy != NULL)
    memcpy (w, self->walks[view].relevancy, n * sizeof *w); /* it was carried, no record was made */
  else
    spread (self, view, w);
  for (guint p = 0; p < n_tokens; p++)
    {
      guint n_own = rg_projector_config_find_rows (&config->projector, n, p, own);

      for (guint i = 0; i < n_own; i++)
        for (gsize r = 0; r < n; r++)
          map[view * n_tokens + p] += w[r] * relevancy[r * n + own[i]];
    }
}

static void
walk_plainly (Fixture *fixture, gsize at, const RgTextTarget *target, double *map)
{
  Graph graph;

  graph_init (&graph, fixture, at);
  graph.spread = spread;
  graph_run (&graph, target);
  for (guint view = 0; view < graph.n_views; view++)
    walk_view (&graph, view, map);
  graph_clear (&graph);
}

static void
check_walk (Fixture *self)
{
  gsize n_patches = rg_image_state_get_n_patches (self->image);
  g_autofree float *maps = g_new (float, N_WORDS *n_patches);
  g_autofree double *expected = g_new0 (double, N_WORDS *n_patches);
  g_autoptr (GError) error = NULL;
  double largest = 0;

  g_assert_true (rg_relevancy_map (&self->answer, maps, &error));
  g_assert_no_error (error);
  g_assert_false (self->pass->recording);
  g_assert_null (self->pass->last);
  for (guint w = 0; w < N_WORDS; w++)
    for (guint t = 0; t < rg_contrast_count_targets (&self->answer, w); t++)
      {
        RgTextTarget target;
        gsize at = rg_contrast_get_target (&self->answer, w, t, &target);

        walk_plainly (self, at, &target, expected + w * n_patches);
      }
  for (gsize i = 0; i < N_WORDS * n_patches; i++)
    largest = MAX (largest, expected[i]);
  g_assert_cmpfloat (largest, >, 0);
  for (gsize i = 0; i < N_WORDS * n_patches; i++)
    numeric_assert_near ("relevancy", i, maps[i], expected[i], 2e-4 * largest);
}

static void
test_walk (Fixture *self, gconstpointer data)
{
  static const RgContrast contrasts[] = { { 0, 60 }, { 1, 61 } };

  if (self->model == NULL)
    return;

  check_walk (self);
  self->answer.contrasts = contrasts;
  check_walk (self);
}

/* Counts, and cancels at a number. */
typedef struct
{
  guint n, last;
  GCancellable *cancellable;
} Runs;

static void
count_run (gpointer data)
{
  Runs *self = data;

  if (++self->n == self->last)
    g_cancellable_cancel (self->cancellable);
}

/* Progress comes to its end, and what is cancelled, wherever it is, leaves no nodes. */
static void
test_progress (Fixture *self, gconstpointer data)
{
  RgMethodOptions options = rg_method_options_default ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree float *maps = NULL;
  Runs runs = { .last = G_MAXUINT, .cancellable = cancellable };
  guint n_all;

  if (self->model == NULL)
    return;

  maps = g_new (float, N_WORDS *rg_image_state_get_n_patches (self->image));
  self->answer.each_run = count_run;
  self->answer.data = &runs;
  rg_pass_set_cancellable (self->pass, cancellable);
  g_assert_true (rg_relevancy_map (&self->answer, maps, NULL));
  n_all = runs.n;
  g_assert_cmpuint (n_all, ==, 3 * (1 + self->pixels->n_views));
  g_assert_cmpuint (n_all, ==, rg_method_count_runs (RG_METHOD_RELEVANCY, &self->answer, &options));

  for (runs.last = 0; runs.last + 1 < n_all; runs.last++) /* the last two come when all is done */
    {
      g_autoptr (GError) error = NULL;

      g_cancellable_reset (cancellable);
      runs.n = 0;
      if (runs.last == 0)
        g_cancellable_cancel (cancellable);
      g_assert_false (rg_relevancy_map (&self->answer, maps, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpuint (runs.n, <, runs.last + 3);
      g_assert_false (self->pass->recording);
      g_assert_null (self->pass->last);
    }
  rg_pass_set_cancellable (self->pass, NULL);
}

int
main (int argc, char **argv)
{
  static const char *const walked[] = { "llava", "idefics3", "paligemma", "qwen2-vl", "gemma3", "nano-vlm", "qwen2-5-vl", "gguf-q4_K" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (walked); i++)
    {
      g_autofree char *name = g_strconcat ("/relevancy/walk/", walked[i], NULL);

      g_test_add (name, Fixture, walked[i], set_up, test_walk, tear_down);
    }
  g_test_add ("/relevancy/progress/tiles", Fixture, "idefics3", set_up, test_progress, tear_down);
  g_test_add ("/relevancy/progress/windows", Fixture, "qwen2-5-vl", set_up, test_progress, tear_down);

  return g_test_run ();
}
