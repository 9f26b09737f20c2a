/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <string.h>

#include "engine/decoder/prompt.h"
#include "engine/decoder/text-positions.h"
#include "engine/explain/contrast.h"
#include "engine/image-state.h"
#include "engine/model-folder.h"
#include "tests/fixture.h"
#include "tests/tiny-model.h"

/* A fixture whose image tokens stand in the text, with a picture and an answer; and both in one graph that records, from pixels to
 * the score of a token, with all attention of all layers and its derivatives kept. */

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

static inline void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *path = fixture_path (data), *gguf = path != NULL ? g_build_filename (path, "model.gguf", NULL) : NULL;
  g_autoptr (RgImage) picture = tiny_image_new (70, 44, 3);
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig preprocess;

  if (path == NULL)
    return;

  self->model = rg_model_folder_load (g_file_test (gguf, G_FILE_TEST_EXISTS) ? gguf : path, NULL, &preprocess, NULL, &error);
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

static inline void
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

/* Everything that one score depends on; all in the pass.
 * @n: rows of the text, N
 * @n_seen: of a view, T
 * @seen, @seen_grad: views × layers × H × T × T
 * @read, @read_grad: layers × H × N × N
 * @features, @features_grad: views × T × D */
typedef struct _Graph Graph;

struct _Graph
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
  RgAttentionWalk walks[32];                                 /* of views, whose patches see windows: there is no record of that to be multiplied */
  void (*spread) (const Graph *self, guint view, double *w); /* what relevancy begins with there */
};

typedef struct
{
  RgNode node;
  Graph *graph;
  guint view;
} Tap;

/* Between projector and encoder: what the derivatives are there. */
static inline void
tap_features (RgPass *pass, RgNode *node)
{
  Tap *self = (Tap *) node;
  const RgTensor *features = self->graph->features[self->view];

  g_assert_nonnull (features->grad);
  memcpy (self->graph->features_grad[self->view], features->grad, features->rows * features->cols * sizeof (float));
  if (self->graph->walks[self->view].relevancy != NULL)
    self->graph->spread (self->graph, self->view, self->graph->walks[self->view].relevancy);
}

/* Of the first @at ids behind the prefix. */
static inline void
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

static inline void
graph_clear (Graph *self)
{
  g_free (self->ids);
  g_free (self->positions);
}

static inline float *
new_values (Graph *self, gsize n)
{
  return memset (rg_arena_alloc (self->fixture->pass->arena, n * sizeof (float)), 0, n * sizeof (float));
}

/* Returns: image tokens of all views */
static inline RgTensor *
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

      if (self->spread != NULL && config->vision.window > 0)
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
static inline void
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
