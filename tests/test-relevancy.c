/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/decoder/prompt.h"
#include "engine/decoder/text-positions.h"
#include "engine/explain/contrast.h"
#include "engine/explain/method.h"
#include "engine/explain/relevancy.h"
#include "engine/image-state.h"
#include "engine/model-folder.h"
#include "tests/fixture.h"
#include "tests/numeric.h"
#include "tests/tiny-model.h"

/* Relevancy where image tokens stand in the text, against the plain way: picture and text in one graph, all attention of all layers
 * with its derivatives kept, and matrices multiplied. What is kept is compared with differences. */

#define N_ANSWER 4

static const RgWord words[] = { { 0, 1, "one" }, { 1, 2, "two" } };

#define N_WORDS G_N_ELEMENTS (words)

typedef struct
{
  RgModel *model; /* %NULL where there is no fixture */
  RgPass *pass;
  RgPixelValues *pixels;
  RgImageState *image;
  GArray *ids;
  RgExplained answer;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *path = fixture_path (data);
  g_autoptr (RgImage) picture = tiny_image_new (70, 44, 3);
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig preprocess;

  if (path == NULL)
    return;

  self->model = rg_model_folder_load (path, NULL, &preprocess, NULL, &error);
  g_assert_no_error (error);
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->pixels = rg_preprocess (&preprocess, picture, NULL, NULL, &error);
  g_assert_no_error (error);
  self->image = rg_model_see (self->model, self->pass, self->pixels, NULL, NULL, &error);
  g_assert_no_error (error);
  self->ids = rg_prompt_new (self->model, self->image, NULL, 0, "what is it?", N_ANSWER, &error);
  g_assert_no_error (error);
  self->answer = (RgExplained){ .model = self->model, .pass = self->pass, .image = self->image, .pixels = self->pixels, .first = self->ids->len, .words = words, .n_words = N_WORDS };
  for (guint32 id = 40; id < 40 + N_ANSWER; id++)
    g_array_append_val (self->ids, id);
  self->answer.ids = (const guint32 *) self->ids->data;
  self->answer.n_ids = self->ids->len;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  if (self->model == NULL)
    return;

  g_array_unref (self->ids);
  rg_image_state_free (self->image);
  rg_pixel_values_free (self->pixels);
  rg_pass_free (self->pass);
  rg_model_free (self->model);
}

/* --- the plain way --- */

/* Everything that one score depends on; all in the pass.
 * @n: rows of the text, N
 * @n_seen: of a view, T
 * @seen, @seen_grad: views × layers × H × T × T
 * @read, @read_grad: layers × H × N × N
 * @features, @features_grad: views × T × D */
typedef struct
{
  Fixture *fixture;
  gsize n, n_seen;
  guint n_views;
  guint offsets[2], text_offsets[2];
  float *seen, *seen_grad, *read, *read_grad;
  RgTensor *features[32];
  float *features_grad[32];
  guint32 *ids, *positions;
  RgDecoderRun text;
  RgAttentionWalk walks[32]; /* of views, whose patches see windows: there is no record of that to be multiplied */
} Graph;

typedef struct
{
  RgNode node;
  Graph *graph;
  guint view;
} Tap;

static void spread (const Graph *self, guint view, double *w);

/* Between projector and encoder: what the derivatives are there. */
static void
tap_features (RgPass *pass, RgNode *node)
{
  Tap *self = (Tap *) node;
  const RgTensor *features = self->graph->features[self->view];

  g_assert_nonnull (features->grad);
  memcpy (self->graph->features_grad[self->view], features->grad, features->rows * features->cols * sizeof (float));
  if (self->graph->walks[self->view].relevancy != NULL)
    spread (self->graph, self->view, self->graph->walks[self->view].relevancy);
}

/* Of the first @at ids behind the prefix. */
static void
graph_init (Graph *self, Fixture *fixture, gsize at)
{
  const RgModelConfig *config = rg_model_get_config (fixture->model);
  const guint32 *places = rg_image_state_get_places (fixture->image);
  guint n_before, n_patches = rg_image_state_get_n_patches (fixture->image), next;
  const guint32 *prefix = rg_image_state_get_prefix (fixture->image, &n_before);

  *self = (Graph){ .fixture = fixture, .n = n_before + at, .n_views = fixture->pixels->n_views, .n_seen = rg_vision_config_count_rows (&config->vision, fixture->pixels->width, fixture->pixels->height) };
  g_assert_cmpuint (self->n_views, <=, G_N_ELEMENTS (self->features));
  self->offsets[1] = self->n_seen;
  self->text_offsets[1] = self->n;
  self->ids = g_new (guint32, self->n);
  memcpy (self->ids, prefix, n_before * sizeof *prefix);
  memcpy (self->ids + n_before, fixture->ids->data, at * sizeof *prefix);
  self->positions = rg_text_positions_new (config, fixture->pixels, self->ids, self->n, &next);
  self->text = (RgDecoderRun){ .ids = self->ids, .n = self->n, .n_texts = 1, .positions = self->positions, .image_rows = places };
  if (config->text.sees_prompt)
    self->text.mutual_end = n_before + fixture->answer.first;
  if (config->text.mutual_image)
    {
      self->text.mutual_first = places[0];
      self->text.mutual_end = places[n_patches - 1] + 1;
    }
}

static void
graph_clear (Graph *self)
{
  g_free (self->ids);
  g_free (self->positions);
}

static float *
new_values (Graph *self, gsize n)
{
  return memset (rg_arena_alloc (self->fixture->pass->arena, n * sizeof (float)), 0, n * sizeof (float));
}

/* Returns: image tokens of all views */
static RgTensor *
see (Graph *self)
{
  RgModel *model = self->fixture->model;
  const RgModelConfig *config = rg_model_get_config (model);
  RgPass *pass = self->fixture->pass;
  gsize n_view = config->vision.n_layers * config->vision.block.n_heads * self->n_seen * self->n_seen;
  RgTensor *all = NULL;

  self->seen = new_values (self, self->n_views * n_view);
  self->seen_grad = new_values (self, self->n_views * n_view);
  for (guint view = 0; view < self->n_views; view++)
    {
      RgVisionRun run = { .n_images = 1, .offsets = self->offsets, .width = self->fixture->pixels->width, .height = self->fixture->pixels->height, .record = self->seen + view * n_view, .record_grad = self->seen_grad + view * n_view };
      RgTensor *x;
      Tap *tap;

      if (config->vision.window > 0)
        {
          self->walks[view].relevancy = rg_arena_alloc (pass->arena, self->n_seen * sizeof (double));
          run.record = run.record_grad = NULL;
          run.walk = &self->walks[view];
        }
      x = rg_vision_encoder_forward (pass, rg_model_get_encoder (model), &config->vision, rg_model_get_views (model, pass, self->fixture->pixels, view, 1), &run);
      tap = rg_pass_node (pass, sizeof *tap, tap_features, NULL);
      self->features[view] = x;
      self->features_grad[view] = new_values (self, x->rows * x->cols);
      tap->graph = self;
      tap->view = view;
      x = rg_projector_forward (pass, rg_model_get_projector (model), &config->projector, x, 1);
      all = all == NULL ? x : rg_concat_rows (pass, all, x);
    }

  return all;
}

/* Reads, and goes back from the score. */
static void
graph_run (Graph *self, const RgTextTarget *target)
{
  RgModel *model = self->fixture->model;
  const RgTextConfig *config = &rg_model_get_config (model)->text;
  RgPass *pass = self->fixture->pass;
  guint32 *last;
  gsize n = config->n_layers * config->block.n_heads * self->n * self->n;
  RgTensor *x;

  rg_pass_reset (pass);
  pass->recording = TRUE;
  last = rg_arena_alloc (pass->arena, sizeof *last);
  *last = self->n - 1;
  self->text.image_tokens = see (self);
  self->text.offsets = self->text_offsets;
  self->text.self_record = self->read = new_values (self, n);
  self->text.self_record_grad = self->read_grad = new_values (self, n);
  x = rg_decoder_forward (pass, rg_model_get_decoder (model), config, &self->text);
  rg_text_target_derive (target, pass, rg_decoder_logits (pass, rg_model_get_decoder (model), config, rg_gather_rows (pass, x, last, 1)));
  rg_pass_backward (pass);
  pass->recording = FALSE;
}

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

/* --- differences --- */

/* A score that is computed again from a layer on, in which one probability is changed behind the softmax: the layer runs in two
 * halves, the first with an MLP that adds nothing, the second with attention that adds nothing. */
typedef struct
{
  Graph *graph;
  RgTextTarget target;
  gboolean reading; /* in the decoder, otherwise in the encoder */
  guint view, layer;
  gsize row;
  float by;
  float *written; /* D: what the row's attention writes more by 1 of that probability */
} Change;

static RgTensor
make_silent (const RgTensor *tensor)
{
  return (RgTensor){ .rows = tensor->rows, .cols = tensor->cols, .data = g_new0 (float, tensor->rows * tensor->cols) };
}

static RgLinear
silence (const RgLinear *linear)
{
  return (RgLinear){ make_silent (&linear->weight), make_silent (&linear->bias) };
}

static void
silence_clear (RgLinear *self)
{
  g_free (self->weight.data);
  g_free (self->bias.data);
}

static RgBlock *
get_layer (const Change *self)
{
  RgModel *model = self->graph->fixture->model;

  return self->reading ? &rg_model_get_decoder (model)->layers[self->layer] : &rg_model_get_encoder (model)->layers[self->layer];
}

static RgTensor *
run_view (const Change *self, guint view, const RgStretch *stretch, gboolean ends)
{
  const Graph *graph = self->graph;
  RgModel *model = graph->fixture->model;
  RgVisionConfig config = rg_model_get_config (model)->vision;
  RgPass *pass = graph->fixture->pass;

  config.last_norm = config.last_norm && ends;

  return rg_vision_encoder_forward (pass, rg_model_get_encoder (model), &config, rg_model_get_views (model, pass, graph->fixture->pixels, view, 1), &(RgVisionRun){ .n_images = 1, .offsets = graph->offsets, .width = graph->fixture->pixels->width, .height = graph->fixture->pixels->height, .stretch = stretch });
}

static RgTensor *
run_text (const Change *self, RgTensor *tokens, const RgStretch *stretch, gboolean ends)
{
  RgModel *model = self->graph->fixture->model;
  RgTextConfig config = rg_model_get_config (model)->text;
  RgDecoderRun run = self->graph->text;

  config.last_norm = config.last_norm && ends;
  run.self_record = run.self_record_grad = NULL;
  run.image_tokens = tokens;
  run.stretch = stretch;

  return rg_decoder_forward (self->graph->fixture->pass, rg_model_get_decoder (model), &config, &run);
}

static RgTensor *
run_stretch (const Change *self, RgTensor *tokens, const RgStretch *stretch, gboolean ends)
{
  return self->reading ? run_text (self, tokens, stretch, ends) : run_view (self, self->view, stretch, ends);
}

/* All layers but that the row is written to. */
static RgTensor *
run_changed (const Change *self, RgTensor *tokens)
{
  guint n_layers = self->reading ? rg_model_get_config (self->graph->fixture->model)->text.n_layers : rg_model_get_config (self->graph->fixture->model)->vision.n_layers;
  RgBlock *block = get_layer (self), before = *block;
  RgTensor *x = run_stretch (self, tokens, &(RgStretch){ NULL, 0, self->layer }, FALSE);
  RgLinear out = silence (&block->out), down = silence (&block->down);

  block->down = down;
  x = run_stretch (self, tokens, &(RgStretch){ x, self->layer, self->layer + 1 }, FALSE);
  *block = before;
  for (gsize d = 0; d < x->cols; d++)
    x->data[self->row * x->cols + d] += self->by * self->written[d];
  block->out = out;
  x = run_stretch (self, tokens, &(RgStretch){ x, self->layer, self->layer + 1 }, FALSE);
  *block = before;
  silence_clear (&out);
  silence_clear (&down);

  return run_stretch (self, tokens, &(RgStretch){ x, self->layer + 1, n_layers }, TRUE);
}

static double
get_score (gpointer data)
{
  Change *self = data;
  Graph *graph = self->graph;
  RgModel *model = graph->fixture->model;
  const RgModelConfig *config = rg_model_get_config (model);
  RgPass *pass = graph->fixture->pass;
  RgTensor *tokens = NULL, *x;
  guint32 last = graph->n - 1;
  double sum = 0;

  rg_pass_reset (pass);
  for (guint view = 0; view < graph->n_views; view++)
    {
      RgStretch all = { NULL, 0, config->vision.n_layers };
      RgTensor *features = !self->reading && view == self->view ? run_changed (self, NULL) : run_view (self, view, &all, TRUE);

      features = rg_projector_forward (pass, rg_model_get_projector (model), &config->projector, features, 1);
      tokens = tokens == NULL ? features : rg_concat_rows (pass, tokens, features);
    }
  x = self->reading ? run_changed (self, tokens) : run_text (self, tokens, &(RgStretch){ NULL, 0, config->text.n_layers }, TRUE);
  x = rg_decoder_logits (pass, rg_model_get_decoder (model), &config->text, rg_gather_rows (pass, x, &last, 1));
  for (gsize i = 0; i < x->cols; i++)
    sum += i == self->target.next ? 0 : exp (x->data[i]);

  return x->data[self->target.next] - log (sum);
}

/* W_O of a head times the value of a key. */
static void
find_written (Change *self, const RgBlockConfig *config, guint head, gsize key)
{
  RgBlock *block = get_layer (self);
  RgPass *pass = self->graph->fixture->pass;
  RgTensor *tokens = NULL, *x;
  gsize group = config->n_heads / config->n_kv_heads, v = (gsize) (config->n_heads + config->n_kv_heads + head / group) * config->head_dim;

  rg_pass_reset (pass);
  if (self->reading)
    tokens = rg_pass_input (pass, rg_image_state_get_tokens (self->graph->fixture->image)->rows, config->width, rg_image_state_get_tokens (self->graph->fixture->image)->data);
  x = run_stretch (self, tokens, &(RgStretch){ NULL, 0, self->layer }, FALSE);
  x = rg_linear_beside (pass, rg_norm_forward (pass, &block->norm, x, config->epsilon), block->qkv, block->n_qkv);
  for (gsize d = 0; d < config->width; d++)
    {
      self->written[d] = 0;
      for (gsize i = 0; i < config->head_dim; i++)
        self->written[d] += block->out.weight.data[d * block->out.weight.cols + head * config->head_dim + i] * x->data[key * x->cols + v + i];
    }
}

/* Some probabilities of every layer. @gradient: of the view's or the text's records */
static void
check_differences (Change *self, const RgBlockConfig *config, guint n_layers, gsize n, const float *gradient)
{
  RgRandom random;
  double largest = 0;

  rg_random_init (&random, 9, 0);
  for (self->layer = 0; self->layer < n_layers; self->layer++)
    for (guint i = 0; i < 12; i++)
      {
        guint head = rg_random_below (&random, config->n_heads);
        gsize key = rg_random_below (&random, n), at;
        double expected;

        self->row = self->reading ? key + rg_random_below (&random, n - key) : rg_random_below (&random, n);
        at = ((self->layer * config->n_heads + head) * n + self->row) * n + key;
        find_written (self, config, head, key);
        expected = numeric_derivative (&self->by, 0.02f, get_score, self);
        largest = MAX (largest, fabs (expected));
        numeric_assert_near (self->reading ? "reading" : "seeing", at, gradient[at], expected, 1e-3 * MAX (largest, 1));
      }
  g_assert_cmpfloat (largest, >, 1e-2);
}

/* The derivatives that relevancy is made of, through decoder, projector and encoder. */
static void
test_derivatives (Fixture *self, gconstpointer data)
{
  const RgModelConfig *config;
  gsize n_view;
  Graph graph;
  Change change = { .graph = &graph };
  g_autofree float *seen_grad = NULL, *read_grad = NULL;
  gsize at;

  if (self->model == NULL)
    return;

  config = rg_model_get_config (self->model);
  at = rg_contrast_get_target (&self->answer, 1, 1, &change.target);
  graph_init (&graph, self, at);
  graph_run (&graph, &change.target);
  n_view = config->vision.n_layers * config->vision.block.n_heads * graph.n_seen * graph.n_seen;
  seen_grad = g_memdup2 (graph.seen_grad, graph.n_views * n_view * sizeof (float));
  read_grad = g_memdup2 (graph.read_grad, config->text.n_layers * config->text.block.n_heads * graph.n * graph.n * sizeof (float));

  change.written = g_new (float, MAX (config->vision.block.width, config->text.block.width));
  for (change.view = 0; change.view < graph.n_views; change.view += MAX (graph.n_views - 1, 1))
    check_differences (&change, &config->vision.block, config->vision.n_layers, graph.n_seen, seen_grad + change.view * n_view);
  change.reading = TRUE;
  check_differences (&change, &config->text.block, config->text.n_layers, graph.n, read_grad);
  g_free (change.written);
  graph_clear (&graph);
}

/* --- the rest --- */

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
  static const char *const walked[] = { "llava", "idefics3", "paligemma", "qwen2-vl", "gemma3", "nano-vlm", "qwen2-5-vl" };
  static const char *const differed[] = { "llava", "idefics3", "qwen2-vl" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (walked); i++)
    {
      g_autofree char *name = g_strconcat ("/relevancy/walk/", walked[i], NULL);

      g_test_add (name, Fixture, walked[i], set_up, test_walk, tear_down);
    }
  for (guint i = 0; i < G_N_ELEMENTS (differed); i++)
    {
      g_autofree char *name = g_strconcat ("/relevancy/derivatives/", differed[i], NULL);

      g_test_add (name, Fixture, differed[i], set_up, test_derivatives, tear_down);
    }
  g_test_add ("/relevancy/progress/tiles", Fixture, "idefics3", set_up, test_progress, tear_down);
  g_test_add ("/relevancy/progress/windows", Fixture, "qwen2-5-vl", set_up, test_progress, tear_down);

  return g_test_run ();
}
