/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/decoder/sampler.h"
#include "engine/explain/looked.h"
#include "engine/explain/relevancy.h"
#include "engine/explain/rollout.h"
#include "engine/text-record.h"
#include "tests/family-case.h"
#include "tests/relevancy-rules.h"

/* Maps of a model that sees all tiles of a picture at once: its encoder once more, block by block in a single pass that keeps all
 * attention, and what is carried back through it matrix by matrix in double precision. */

static const FamilyNames names = { "mllama", { "case0_landscape", "case1_portrait" }, NULL, "input_ids", "prompt", .before = "<|image|>", .behind = "<|eot_id|>" };

/* @x: what goes into the first layer. @attention, @gradient: of each layer H × R × R. Lives in the pass */
typedef struct
{
  RgModel *model;
  RgPass *pass;
  RgTiles tiles;
  gsize n_rows;
  guint n_layers, n_heads;
  guint offsets[2];
  RgTensor *x;
  float *attention[RG_MAX_LAYERS], *gradient[RG_MAX_LAYERS];
  RgLinear map; /* the projector's, its columns sorted */
  RgTensor *memory[RG_MAX_LAYERS];
} Sight;

static void
sight_init (Sight *self, FamilyCase *example)
{
  const RgVisionConfig *config = &rg_model_get_config (example->model)->vision;
  RgTensor *layers[1 + RG_MAX_LAYERS];

  *self = (Sight){ .model = example->model, .pass = example->pass, .n_heads = config->block.n_heads };
  rg_vision_config_init_tiles (config, example->pixels.rows, example->pixels.cols, &self->tiles);
  self->n_rows = self->offsets[1] = rg_tiles_count_rows (&self->tiles);
  self->n_layers = rg_vision_config_count_layers (config);
  rg_pass_reset (self->pass);
  rg_vision_encoder_forward (self->pass, rg_model_get_encoder (self->model), config, rg_model_get_views (self->model, self->pass, &example->pixels, 0, 1), &(RgVisionRun){ .n_images = 1, .tile_rows = example->pixels.rows, .tile_cols = example->pixels.cols, .layers = layers });
  self->x = layers[0];
  self->x->wants_grad = TRUE;
}

/* What was kept lies feature by feature side by side; here it is one part behind the other. */
static void
sort_columns (Sight *self, guint n_parts)
{
  const RgLinear *up = &rg_model_get_projector (self->model)->up;
  gsize d = up->weight.cols / n_parts, n = n_parts - 1;

  self->map = (RgLinear){ *rg_pass_tensor (self->pass, up->weight.rows, up->weight.cols), up->bias };
  self->map.weight.wants_grad = FALSE;
  for (gsize o = 0; o < up->weight.rows; o++)
    for (gsize c = 0; c < up->weight.cols; c++)
      {
        gsize feature = c < d ? c : (c - d) % d, part = c < d ? 0 : 1 + (c - d) / d;

        self->map.weight.data[o * up->weight.cols + c] = up->weight.data[o * up->weight.cols + (c < d ? c : d + feature * n + part - 1)];
      }
}

/* The whole encoder and what the decoder remembers of it. */
static void
run (Sight *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  RgVisionEncoder *encoder = rg_model_get_encoder (self->model);
  gsize n = self->n_heads * self->n_rows * self->n_rows * sizeof (float), n_seen = self->tiles.max * self->tiles.n_rows;
  RgTensor *x = self->x, *parts[RG_MAX_LAYERS], *all;
  guint32 *rows = rg_arena_alloc (self->pass->arena, n_seen * sizeof *rows);
  guint n_parts = 1;

  for (guint i = 0; i < self->n_layers; i++)
    {
      RgBlockConfig block = config->vision.block;
      RgBlockRun block_run = { .n_segments = 1, .offsets = self->offsets, .memory_hidden = rg_tiles_hide (self->pass, &self->tiles), .hidden_each = TRUE };

      block.gates = i >= config->vision.n_layers;
      block_run.self_record = self->attention[i] = rg_arena_alloc (self->pass->arena, n);
      block_run.self_record_grad = self->gradient[i] = self->pass->recording ? rg_arena_alloc (self->pass->arena, n) : NULL;
      if ((config->vision.kept_layers >> i & 1) != 0)
        parts[n_parts++] = x;
      if (i == config->vision.n_layers)
        x = rg_tiles_mark (self->pass, &self->tiles, &encoder->tiles, rg_norm_forward (self->pass, &encoder->last_norm, x, config->vision.block.epsilon));
      x = rg_block_forward (self->pass, &encoder->layers[i], &block, x, &block_run);
    }
  parts[0] = x;

  for (gsize r = 0; r < n_seen; r++)
    rows[r] = rg_tiles_find_row (&self->tiles, r);
  all = parts[0];
  for (guint i = 1; i < n_parts; i++)
    all = rg_join_columns (self->pass, all, parts[i]);
  sort_columns (self, n_parts);
  rg_decoder_remember (self->pass, rg_model_get_decoder (self->model), &config->text, rg_linear_forward (self->pass, &self->map, rg_gather_rows (self->pass, all, rows, n_seen), NULL), self->memory);
}

/* It is the same encoder. */
static void
check_memory (const Sight *self, const RgImageState *image)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;

  for (guint i = 0; i < config->n_layers; i++)
    if (rg_text_config_looks (config, i))
      {
        RgTensor memory = rg_image_state_copy_memory (image, i);

        numeric_assert_same ("memory", self->memory[i]->data, memory.data, memory.rows * memory.cols, 1e-4);
        g_free (memory.data);
      }
}

/* log (p / (1 − p)) of what follows @n tokens, without derivatives. */
static double
score (Sight *self, RgImageState *image, const RgExplained *answer, gsize n)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  RgTensor *logits;
  guint32 last = n - 1;
  RgTextRecord record;
  float own;

  run (self);
  g_assert_true (rg_text_record_read (&record, self->model, self->pass, image, &(RgTextReading){ .ids = answer->ids, .n = n, .n_prompt = answer->first, .memory = self->memory }, NULL));
  logits = rg_decoder_logits (self->pass, rg_model_get_decoder (self->model), config, rg_gather_rows (self->pass, record.hidden, &last, 1));
  own = logits->data[answer->ids[n]];
  logits->data[answer->ids[n]] = -INFINITY;

  return own - rg_logits_log_sum (logits->data, logits->cols);
}

/* Derivatives through decoder, projector, gates and tiles, against differences. */
static void
check_gradient (FamilyCase *example, RgImageState *image, const RgExplained *answer, gsize n, const float *gradient)
{
  double largest = 0;
  Sight sight;

  sight_init (&sight, example);
  for (gsize i = 0; i < sight.n_rows * sight.x->cols; i++)
    largest = MAX (largest, sight.x->data[i] != 0 ? fabsf (gradient[i]) : 0);
  for (gsize i = 5; i < sight.n_rows * sight.x->cols; i += 97)
    {
      const float step = 1e-2f;
      float before = sight.x->data[i];
      RgArenaMark mark = rg_arena_mark (sight.pass->arena);
      double higher, lower;

      if (before == 0)
        continue; /* of a row of zeros, where norms bend sharply */
      sight.x->data[i] = before + step;
      higher = score (&sight, image, answer, n);
      sight.x->data[i] = before - step;
      lower = score (&sight, image, answer, n);
      sight.x->data[i] = before;
      rg_arena_release (sight.pass->arena, mark);
      numeric_assert_near ("derivative", i, gradient[i], (higher - lower) / (2 * step), 0.005 * largest);
    }
  g_assert_cmpfloat (largest, >, 1e-3);
}

/* --- relevancy --- */

/* Mean over heads. @gradient: (nullable). Returns: (transfer full) */
static double *
average (const float *attention, const float *gradient, guint n_heads, gsize n)
{
  double *mean = g_new0 (double, n);

  for (gsize i = 0; i < n_heads * n; i++)
    mean[i % n] += (gradient != NULL ? MAX ((double) attention[i] * gradient[i], 0) : attention[i]) / n_heads;

  return mean;
}

/* From the first layer up: what is kept has heard less. @half: of rollout, otherwise of relevancy. Returns: (transfer full): R × R */
static double *
walk_encoder (const Sight *self, gboolean half)
{
  const RgVisionConfig *config = &rg_model_get_config (self->model)->vision;
  const RgVisionEncoder *encoder = rg_model_get_encoder (self->model);
  gsize n = self->n_rows;
  g_autofree double *seen = relevancy_new_identity (n);
  double *all = g_new0 (double, n *n), part = (double) config->block.width / rg_vision_config_get_width (config);

  for (guint layer = 0; layer <= self->n_layers; layer++)
    {
      g_autofree double *mean = NULL;
      double gate = layer >= config->n_layers && layer < self->n_layers ? fabs (tanh (encoder->layers[layer].attention_gate.data[0])) : 1;

      for (gsize i = 0; i < n * n && (layer == self->n_layers || (config->kept_layers >> layer & 1) != 0); i++)
        all[i] += part * seen[i];
      if (layer == self->n_layers)
        break;

      mean = average (self->attention[layer], half ? NULL : self->gradient[layer], self->n_heads, n * n);
      for (gsize i = 0; i < n * n && half; i++)
        mean[i] *= gate;
      relevancy_multiply (mean, seen, n, n, n, seen);
      for (gsize i = 0; i < n * n && half; i++)
        seen[i] /= 1 + gate;
    }

  return all;
}

/* The last row of what the text heard. */
static double *
walk_text (const Sight *self, const RgTextRecord *record)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  gsize n = record->n_rows, keys = record->n_keys, n_heads = config->block.n_heads;
  g_autofree double *read = relevancy_new_identity (n), *looked = g_new0 (double, n *keys);

  for (guint layer = 0, look = 0, own = 0; layer < config->n_layers; layer++)
    if (rg_text_config_looks (config, layer))
      {
        g_autofree double *mean = average (record->attention + look * n_heads * n * keys, record->gradient + look * n_heads * n * keys, n_heads, n * keys), *turned = relevancy_new_normalised (read, n, TRUE);

        relevancy_multiply (turned, mean, n, n, keys, looked);
        look++;
      }
    else
      {
        g_autofree double *mean = average (record->self_attention + own * n_heads * n * n, record->self_gradient + own * n_heads * n * n, n_heads, n * n);

        relevancy_multiply (mean, read, n, n, n, read);
        relevancy_multiply (mean, looked, n, n, keys, looked);
        own++;
      }

  return g_memdup2 (looked + (n - 1) * keys, keys * sizeof (double));
}

/* What rows have that are looked at goes to the rows of the encoder's first layer. @rows: keys. Returns: (transfer full): of each patch */
static double *
carry (const Sight *self, const RgImageState *image, const double *seen, const double *rows, gsize keys)
{
  gsize n_patches = rg_image_state_get_n_patches (image), n = self->n_rows;
  double *map = g_new0 (double, n_patches);

  for (gsize p = 0; p < n_patches; p++)
    for (gsize key = 0; key < keys; key++)
      map[p] += rows[key] * seen[rg_tiles_find_row (&self->tiles, key) * n + rg_tiles_find_row (&self->tiles, rg_image_state_get_places (image)[p])];

  return map;
}

static void
check_relevancy (FamilyCase *example, RgImageState *image, const RgExplained *answer, gsize at)
{
  gsize n_patches = rg_image_state_get_n_patches (image);
  g_autofree float *got = g_new (float, n_patches), *gradient = NULL;
  g_autofree double *seen = NULL, *normalised = NULL, *looked = NULL, *expected = NULL;
  RgTextTarget target = { answer->ids[at], RG_NO_TOKEN };
  RgTextRecord record;
  Sight sight;

  g_assert_true (rg_relevancy_map (answer, got, NULL));
  g_assert_false (example->pass->recording);

  sight_init (&sight, example);
  example->pass->recording = TRUE;
  run (&sight);
  check_memory (&sight, image);
  g_assert_true (rg_text_record_read (&record, example->model, example->pass, image, &(RgTextReading){ .ids = answer->ids, .n = at, .n_prompt = answer->first, .memory = sight.memory, .attention = TRUE, .target = &target }, NULL));
  seen = walk_encoder (&sight, FALSE);
  normalised = relevancy_new_normalised (seen, sight.n_rows, FALSE);
  looked = walk_text (&sight, &record);
  expected = carry (&sight, image, normalised, looked, record.n_keys);
  g_assert_cmpfloat (expected[0], >, 1e-2);
  numeric_assert_all_near ("relevancy", got, expected, n_patches, 1e-5);

  gradient = g_memdup2 (sight.x->grad, sight.n_rows * sight.x->cols * sizeof (float));
  check_gradient (example, image, answer, at, gradient);
}

static void
check_rollout (FamilyCase *example, RgImageState *image, const RgExplained *answer)
{
  gsize n_patches = rg_image_state_get_n_patches (image), n_keys;
  g_autofree float *got = g_new (float, n_patches), *looked = g_new (float, n_patches);
  g_autofree double *seen = NULL, *rows = NULL, *expected = NULL;
  Sight sight;

  g_assert_true (rg_looked_map (answer, NULL, -1, -1, looked, NULL));
  g_assert_true (rg_rollout_map (answer, NULL, got, NULL));

  sight_init (&sight, example);
  run (&sight);
  n_keys = sight.tiles.max * sight.tiles.n_rows;
  rows = g_new0 (double, n_keys);
  for (gsize p = 0; p < n_patches; p++)
    rows[rg_image_state_get_places (image)[p]] = looked[p];
  seen = walk_encoder (&sight, TRUE);
  expected = carry (&sight, image, seen, rows, n_keys);
  g_assert_cmpfloat (expected[0], >, 1e-3);
  numeric_assert_all_near ("rollout", got, expected, n_patches, 1e-6);
}

static void
test_maps (FamilyCase *self, gconstpointer data)
{
  if (self->dir == NULL)
    return;

  family_case_widen (self);
  for (guint i = 0; i < 2; i++)
    {
      g_auto (FamilyAnswer) answer = { 0 };

      family_case_open (self, self->names->cases[i]);
      family_answer_init (&answer, self, 2);
      check_rollout (self, answer.image, &answer.explained);
      check_relevancy (self, answer.image, &answer.explained, answer.explained.first + answer.word.first);
      family_case_close (self);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/seen-tiles/maps", FamilyCase, &names, family_case_set_up, test_maps, family_case_tear_down);

  return g_test_run ();
}
