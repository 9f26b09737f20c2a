/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "tests/numeric.h"
#include "tests/whole-graph.h"

/* Derivatives with respect to attention, from the score of a token back through decoder, projector and encoder, against differences. */

#define STEP 0.04f
#define N_TRIED 12 /* of a layer */

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
  RgTensor *tokens = NULL, *x, *value;
  gsize group = config->n_heads / config->n_kv_heads, v = (gsize) (config->n_heads + config->n_kv_heads + head / group) * config->head_dim;

  rg_pass_reset (pass);
  if (self->reading)
    tokens = rg_pass_input (pass, rg_image_state_get_tokens (self->graph->fixture->image)->rows, config->width, rg_image_state_get_tokens (self->graph->fixture->image)->data);
  x = run_stretch (self, tokens, &(RgStretch){ NULL, 0, self->layer }, FALSE);
  x = rg_linear_beside (pass, rg_norm_forward (pass, &block->norm, x, config->epsilon), block->qkv, block->n_qkv);
  value = rg_pass_tensor (pass, 1, (gsize) config->n_heads * config->head_dim);
  memset (value->data, 0, value->cols * sizeof (float));
  memcpy (value->data + head * config->head_dim, x->data + key * x->cols + v, config->head_dim * sizeof (float));
  memcpy (self->written, rg_linear (pass, value, &block->out.weight, NULL, NULL)->data, config->width * sizeof (float));
}

/* Some probabilities of every layer. @gradient: of the view's or the text's records */
static void
check_differences (Change *self, const RgBlockConfig *config, guint n_layers, gsize n, const float *gradient)
{
  double got[RG_MAX_LAYERS * N_TRIED], expected[RG_MAX_LAYERS * N_TRIED], largest = 0;
  RgRandom random;

  rg_random_init (&random, 9, 0);
  for (guint i = 0; i < n_layers * N_TRIED; i++)
    {
      guint head = rg_random_below (&random, config->n_heads);
      gsize key = rg_random_below (&random, n);

      self->layer = i / N_TRIED;
      self->row = self->reading ? key + rg_random_below (&random, n - key) : rg_random_below (&random, n);
      if (self->reading && i % 3 == 0)
        self->row = n - 1; /* all there is of a decoder of one layer */
      find_written (self, config, head, key);
      got[i] = gradient[((self->layer * config->n_heads + head) * n + self->row) * n + key];
      expected[i] = numeric_derivative (&self->by, STEP, get_score, self);
      largest = MAX (largest, fabs (expected[i]));
    }

  g_assert_cmpfloat (largest, >, 1e-3);
  for (guint i = 0; i < n_layers * N_TRIED; i++)
    numeric_assert_near (self->reading ? "reading" : "seeing", i, got[i], expected[i], 1e-2 * largest);
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

int
main (int argc, char **argv)
{
  static const char *const fixtures[] = { "llava", "idefics3", "qwen2-vl", "paligemma", "nano-vlm", "gguf-q8_0", "gguf-q4_K" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fixtures); i++)
    {
      g_autofree char *name = g_strconcat ("/derivatives/", fixtures[i], NULL);

      g_test_add (name, Fixture, fixtures[i], set_up, test_derivatives, tear_down);
    }

  return g_test_run ();
}
