/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/relevancy.h"

#include <string.h>

#include "engine/explain/contrast.h"
#include "engine/explain/one-stream.h"

/* Ā of one layer: rows × keys. @attention, @gradient: heads × rows × keys */
static void
average (const float *attention, const float *gradient, guint n_heads, gsize n, double *mean)
{
  memset (mean, 0, n * sizeof *mean);
  for (guint head = 0; head < n_heads; head++)
    for (gsize i = 0; i < n; i++)
      mean[i] += MAX ((double) attention[head * n + i] * gradient[head * n + i], 0) / n_heads;
}

/* to += a b, a: rows × inner, b: inner × cols */
static void
add_product (const double *a, const double *b, gsize rows, gsize inner, gsize cols, double *to)
{
  for (gsize r = 0; r < rows; r++)
    for (gsize i = 0; i < inner; i++)
      for (gsize c = 0; a[r * inner + i] != 0 && c < cols; c++)
        to[r * cols + c] += a[r * inner + i] * b[i * cols + c];
}

/* R ← R + Ā R */
static void
carry (const double *mean, gsize rows, gsize cols, double *relevancy)
{
  g_autofree double *before = g_memdup2 (relevancy, rows * cols * sizeof (double));

  add_product (mean, before, rows, rows, cols, relevancy);
}

/* The encoder's attention to one picture, the question's where one is read by itself, and the memory that was made of it; all in
 * the pass, which records. */
typedef struct
{
  gsize n_rows; /* T */
  guint offsets[2];
  float *attention, *gradient; /* layers × heads × T × T */
  RgTextRecord question;
  RgTensor *memory[RG_MAX_LAYERS];
} Sight;

/* @picture: (1 + P) × D */
static gboolean
ask (Sight *self, const RgExplained *answer, RgTensor *picture)
{
  const RgTextConfig *config = &rg_model_get_config (answer->model)->question_encoder;
  RgTensor *views[RG_MAX_LAYERS];

  rg_decoder_remember (answer->pass, rg_model_get_question_encoder (answer->model), config, picture, views);

  return rg_text_record_read_question (&self->question, answer->model, answer->pass, &(RgQuestionReading){ .ids = answer->ids, .n = answer->first - 1, .picture = views });
}

static gboolean
look (Sight *self, const RgExplained *answer, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (answer->model);
  RgPass *pass = answer->pass;
  RgProjector *projector = rg_model_get_projector (answer->model);
  gsize n_all;
  RgTensor *x;

  rg_pass_reset (pass);
  self->n_rows = self->offsets[1] = rg_vision_config_count_rows (&config->vision, answer->pixels->width, answer->pixels->height);
  n_all = (gsize) config->vision.n_layers * config->vision.block.n_heads * self->n_rows * self->n_rows;
  self->attention = rg_arena_alloc (pass->arena, n_all * sizeof (float));
  self->gradient = rg_arena_alloc (pass->arena, n_all * sizeof (float));

  pass->recording = TRUE;
  x = rg_vision_encoder_forward (pass, rg_model_get_encoder (answer->model), &config->vision, rg_model_get_views (answer->model, pass, answer->pixels, 0, 1),
                                 &(RgVisionRun){ .n_images = 1, .offsets = self->offsets, .record = self->attention, .record_grad = self->gradient });
  if (x == NULL)
    return rg_text_record_cancel (pass, error);

  x = rg_projector_remember (pass, projector, &config->projector, rg_projector_forward (pass, projector, &config->projector, x, 1), 1);
  if (config->question_encoder.n_layers > 0)
    {
      if (!ask (self, answer, x))
        return rg_text_record_cancel (pass, error);
      x = self->question.hidden;
    }
  rg_decoder_remember (pass, rg_model_get_decoder (answer->model), &config->text, x, self->memory);

  return TRUE;
}

/* R̄ = S⁻¹ (R − 1) + 1 */
static double *
normalise (const double *relevancy, gsize n)
{
  double *normalised = g_memdup2 (relevancy, n * n * sizeof (double));

  for (gsize r = 0; r < n; r++)
    {
      double *row = normalised + r * n, sum = 0;

      row[r] -= 1;
      for (gsize c = 0; c < n; c++)
        sum += row[c];
      for (gsize c = 0; c < n; c++)
        row[c] = sum > 0 ? row[c] / sum : 0; /* nothing was heard */
      row[r] += 1;
    }

  return normalised;
}

/* R_sq but for its last factor R̄_qq, which all layers have in common: R_sq = C R̄_qq. Returns: C, R × M */
static double *
walk_decoder (const RgTextConfig *config, const RgTextRecord *record)
{
  gsize rows = record->n_rows, keys = record->n_keys, n_self = config->block.n_heads * rows * rows, n_cross = config->block.n_heads * rows * keys;
  g_autofree double *text = g_new0 (double, rows *rows); /* R_tt */
  double *picture = g_new0 (double, rows *keys);
  g_autofree double *mean = g_new (double, rows *MAX (rows, keys));

  for (gsize r = 0; r < rows; r++)
    text[r * rows + r] = 1;

  for (guint layer = 0, look = 0, own = 0; layer < config->n_layers; layer++)
    {
      g_autofree double *normalised = NULL;
      g_autofree double *turned = g_new (double, rows *rows);

      if (rg_text_config_has_self (config, layer))
        {
          average (record->self_attention + own * n_self, record->self_gradient + own * n_self, config->block.n_heads, rows * rows, mean);
          carry (mean, rows, rows, text);
          carry (mean, rows, keys, picture);
          own++;
        }
      if (!rg_text_config_looks (config, layer))
        continue;

      normalised = normalise (text, rows);
      for (gsize r = 0; r < rows; r++)
        for (gsize c = 0; c < rows; c++)
          turned[c * rows + r] = normalised[r * rows + c];
      average (record->attention + look * n_cross, record->gradient + look * n_cross, config->block.n_heads, rows * keys, mean);
      add_product (turned, mean, rows, rows, keys, picture);
      look++;
    }

  return picture;
}

/* The last row of what was carried to the encoder's rows. With a question between, what its rows heard of the picture, R_qi, stands
 * where R̄_ii would: R_ti = C_tq R_qi. Returns: as many values as rows are looked at */
static double *
walk_streams (const RgModelConfig *config, const RgTextRecord *record, const RgTextRecord *question)
{
  g_autofree double *looked = walk_decoder (&config->text, record), *heard = NULL;
  const double *last = looked + (record->n_rows - 1) * record->n_keys;
  double *c;

  if (config->question_encoder.n_layers == 0)
    return g_memdup2 (last, record->n_keys * sizeof (double));

  heard = walk_decoder (&config->question_encoder, question);
  c = g_new0 (double, question->n_keys);
  add_product (last, heard, 1, question->n_rows, question->n_keys, c);

  return c;
}

/* c R̄_ii = c' (R_ii − 1) + c with c' = c / S: from above, row by row, R_ii itself is never made. S = R_ii 1 − 1, from below. */
static void
walk_encoder (const RgVisionConfig *config, const Sight *sight, double *c)
{
  gsize n = sight->n_rows, n_layer = config->block.n_heads * n * n;
  g_autofree double *mean = g_new (double, config->n_layers *n *n);
  g_autofree double *sums = g_new (double, n);
  g_autofree double *w = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    sums[i] = 1;
  for (guint layer = 0; layer < config->n_layers; layer++)
    {
      average (sight->attention + layer * n_layer, sight->gradient + layer * n_layer, config->block.n_heads, n * n, mean + layer * n * n);
      carry (mean + layer * n * n, n, 1, sums);
    }

  for (gsize i = 0; i < n; i++)
    w[i] = sums[i] > 1 ? c[i] / (sums[i] - 1) : 0;
  for (gsize i = 0; i < n; i++)
    c[i] -= w[i];
  for (guint layer = config->n_layers; layer-- > 0;)
    {
      g_autofree double *above = g_memdup2 (w, n * sizeof (double));

      add_product (above, mean + layer * n * n, 1, n, n, w);
    }
  for (gsize i = 0; i < n; i++)
    c[i] += w[i];
}

static gboolean
map_target (const RgExplained *self, gsize at, const RgTextTarget *target, float *map, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  RgTextReading reading = { .ids = self->ids, .n = at, .n_prompt = self->first, .attention = TRUE, .target = target };
  const guint32 *places = rg_image_state_get_places (self->image);
  g_autofree double *c = NULL;
  gsize n_before;
  RgTextRecord record;
  Sight sight = { 0 };

  if (!look (&sight, self, error))
    return FALSE;
  reading.memory = sight.memory;
  if (!rg_text_record_read (&record, self->model, self->pass, self->image, &reading, error))
    return FALSE;

  c = walk_streams (config, &record, &sight.question);
  n_before = config->projector.remembers ? 1 : 0; /* a null key was no row of the encoder */
  walk_encoder (&config->vision, &sight, c + n_before);
  for (guint p = 0; p < rg_image_state_get_n_patches (self->image); p++)
    map[p] += c[places[p]];

  return TRUE;
}

guint
rg_relevancy_count_runs (const RgExplained *self)
{
  guint n_targets = 0;

  for (guint w = 0; w < self->n_words; w++)
    n_targets += rg_contrast_count_targets (self, w);

  return rg_model_get_config (self->model)->text.block.cross ? n_targets : n_targets * (1 + self->pixels->n_views);
}

gboolean
rg_relevancy_map (const RgExplained *self, float *maps, GError **error)
{
  gsize n_patches = rg_image_state_get_n_patches (self->image);

  memset (maps, 0, self->n_words * n_patches * sizeof (float));
  if (!rg_model_get_config (self->model)->text.block.cross)
    return rg_one_stream_map (self, maps, error);

  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < rg_contrast_count_targets (self, w); t++)
      {
        RgTextTarget target;
        gsize at = rg_contrast_get_target (self, w, t, &target);

        if (!map_target (self, at, &target, maps + w * n_patches, error))
          return FALSE;
        rg_explained_note_run (self);
      }

  return TRUE;
}
