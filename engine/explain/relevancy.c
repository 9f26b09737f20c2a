/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/relevancy.h"

#include <string.h>

#include "engine/explain/contrast.h"
#include "engine/explain/one-stream.h"
#include "engine/explain/seen-view.h"
#include "engine/tensor/memory.h"

/* Matrices of so many bytes are carried at once, or those of one score. */
#define MOST_CARRIED ((gsize) 256 << 20)

/* Beside what a row has of itself, which is 1, this is nothing. */
#define NOTHING 1e-15

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

/* Some scores of an answer, the picture's rows below them, of which there are R, and the text's above. */
typedef struct
{
  const RgExplained *answer;
  RgSeenView view;
  RgDescent picture;
  gsize n_out;     /* values that the encoder gives */
  float *outer;    /* scores × n_out: derivatives of those */
  float *mean;     /* R × R: Ā of one layer */
  float *product;  /* R × R */
  float *heard;    /* scores × R × R: R_ii without what a row has of itself */
  double *looked;  /* scores × R: c */
  guint n_at_once; /* scores */
} Streams;

static void
streams_clear (Streams *self)
{
  rg_descent_clear (&self->picture);
  g_aligned_free (self->outer);
  g_aligned_free (self->mean);
  g_aligned_free (self->product);
  g_aligned_free (self->heard);
  g_free (self->looked);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Streams, streams_clear)

/* @picture: (1 + P) × D */
static gboolean
ask (RgTextRecord *question, const RgExplained *answer, RgTensor *picture)
{
  const RgTextConfig *config = &rg_model_get_config (answer->model)->question_encoder;
  RgTensor *views[RG_MAX_LAYERS];

  rg_decoder_remember (answer->pass, rg_model_get_question_encoder (answer->model), config, picture, views);

  return rg_text_record_read_question (question, answer->model, answer->pass, &(RgQuestionReading){ .ids = answer->ids, .n = answer->first - 1, .picture = views });
}

/* What the encoder gave, wanting derivatives: of tiles from several of its layers. */
static RgTensor *
get_out (const Streams *self)
{
  const RgVisionConfig *config = &rg_model_get_config (self->answer->model)->vision;
  RgPass *pass = self->answer->pass;
  gsize n = self->picture.n_rows * self->picture.width, column, step;
  RgTensor *out;

  if (config->max_tiles == 0)
    return rg_descent_get_end (&self->picture);

  out = rg_pass_tensor (pass, self->view.tiles.max * self->view.tiles.n_rows, rg_vision_config_get_width (config));
  out->wants_grad = TRUE;
  for (guint layer = 0; layer <= self->picture.n_layers; layer++)
    if (rg_vision_config_find_part (config, layer, &column, &step))
      rg_tiles_put (&self->view.tiles, rg_pass_input (pass, self->picture.n_rows, self->picture.width, self->picture.rows + layer * n), out, column, step);

  return out;
}

/* What went into a layer, or came out of the last, may be part of what the encoder gives: its derivatives. */
static void
add_outer (Streams *self, guint layer, guint s)
{
  const RgVisionConfig *config = &rg_model_get_config (self->answer->model)->vision;
  gsize n = self->picture.n_rows * self->picture.width, column, step;
  float *gradients = self->picture.gradients + s * n;
  RgTensor outer = { .data = self->outer + s * self->n_out };

  if (config->max_tiles == 0 && layer == self->picture.n_layers)
    memcpy (gradients, outer.data, n * sizeof (float));
  if (config->max_tiles == 0 || !rg_vision_config_find_part (config, layer, &column, &step))
    return;

  outer.cols = rg_vision_config_get_width (config);
  outer.rows = self->n_out / outer.cols;
  rg_tiles_take (&self->view.tiles, &outer, column, step, gradients, self->picture.width);
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

/* The encoder's row that a row of the memory is of; a null key is none. */
static gsize
find_row (const Streams *self, gsize row)
{
  gsize n_before = rg_model_get_config (self->answer->model)->projector.remembers ? 1 : 0;

  if (row < n_before)
    return self->picture.n_rows;

  return self->view.tiles.max > 0 ? rg_tiles_find_row (&self->view.tiles, row) : row - n_before;
}

/* The text's part of one score: c, and derivatives of what the encoder gave. */
static gboolean
begin_score (Streams *self, guint s, const RgContrastTarget *score, GError **error)
{
  const RgExplained *answer = self->answer;
  const RgModelConfig *config = rg_model_get_config (answer->model);
  RgPass *pass = answer->pass;
  RgProjector *projector = rg_model_get_projector (answer->model);
  RgTensor *memory[RG_MAX_LAYERS], *out, *x;
  RgTextRecord record, question = { 0 };
  g_autofree double *c = NULL;

  rg_pass_reset (pass);
  out = get_out (self);
  pass->recording = TRUE;
  x = rg_projector_remember (pass, projector, &config->projector, rg_projector_forward (pass, projector, &config->projector, out, 1), 1);
  if (config->question_encoder.n_layers > 0)
    {
      if (!ask (&question, answer, x))
        return rg_text_record_cancel (pass, error);
      x = question.hidden;
    }
  rg_decoder_remember (pass, rg_model_get_decoder (answer->model), &config->text, x, memory);
  if (!rg_text_record_read (&record, answer->model, pass, answer->image, &(RgTextReading){ .ids = answer->ids, .n = score->at, .n_prompt = answer->first, .memory = memory, .attention = TRUE, .target = &score->target }, error))
    return FALSE;

  memset (self->outer + s * self->n_out, 0, self->n_out * sizeof (float));
  if (out->grad_set)
    memcpy (self->outer + s * self->n_out, out->grad, self->n_out * sizeof (float));
  memset (self->picture.gradients + s * self->picture.n_rows * self->picture.width, 0, self->picture.n_rows * self->picture.width * sizeof (float));
  add_outer (self, self->picture.n_layers, s);

  c = walk_streams (config, &record, &question);
  for (gsize row = 0; row < (question.n_keys > 0 ? question.n_keys : record.n_keys); row++)
    if (find_row (self, row) < self->picture.n_rows)
      self->looked[s * self->picture.n_rows + find_row (self, row)] = c[row];

  return TRUE;
}

/* R_ii from above: R ← R + R Ā, of which what a row has of itself is kept apart: it is the share of what comes out that has been
 * reached on the way. */
static void
follow (RgDescent *picture, guint layer, guint s, gpointer data)
{
  Streams *self = data;
  gsize n = picture->n_rows;
  float *heard = self->heard + s * n * n;
  double own = 0;

  for (guint i = layer + 1; i <= picture->n_layers; i++)
    own += rg_seen_view_get_part (&self->view, i);
  rg_gemm (self->answer->pass->pool, RG_PRECISION_F32, FALSE, FALSE, n, n, n, heard, n, self->mean, n, FALSE, self->product, n);
  for (gsize i = 0; i < n * n; i++)
    heard[i] += self->product[i] + own * self->mean[i];
  add_outer (self, layer, s);
}

/* c R̄_ii = c' (R_ii − 1) + c with c' = c / S. */
static void
end_score (const Streams *self, guint s, float *map)
{
  gsize n = self->picture.n_rows;
  const float *heard = self->heard + s * n * n;
  const double *c = self->looked + s * n;
  g_autofree double *rows = g_memdup2 (c, n * sizeof *c);

  for (gsize r = 0; r < n; r++)
    {
      double sum = 0;

      for (gsize i = 0; i < n; i++)
        sum += heard[r * n + i];
      for (gsize i = 0; sum > NOTHING && i < n; i++)
        rows[i] += c[r] * heard[r * n + i] / sum;
    }
  for (guint p = 0; p < rg_image_state_get_n_patches (self->answer->image); p++)
    map[p] += rows[find_row (self, rg_image_state_get_places (self->answer->image)[p])];
}

static gboolean
streams_begin (Streams *self, const RgExplained *answer, guint n_scores)
{
  const RgVisionConfig *config = &rg_model_get_config (answer->model)->vision;
  RgDescent *picture = &self->picture;
  gsize n;

  g_assert (!rg_model_get_config (answer->model)->projector.skip_class && rg_model_get_config (answer->model)->projector.merge == RG_MERGE_NONE);

  self->answer = answer;
  rg_seen_view_init (&self->view, answer, 0);
  rg_seen_view_prepare (&self->view, picture);
  n = picture->n_rows;
  self->n_out = config->max_tiles > 0 ? self->view.tiles.max * self->view.tiles.n_rows * rg_vision_config_get_width (config) : n * picture->width;
  self->n_at_once = CLAMP (MOST_CARRIED / (n * (n + picture->width) * sizeof (float)), 1, n_scores);
  picture->n_scores = self->n_at_once;
  picture->follow = follow;
  picture->follow_data = self;
  picture->mean = self->mean = rg_memory_new (n * n * sizeof (float));
  self->product = rg_memory_new (n * n * sizeof (float));
  self->heard = rg_memory_new (self->n_at_once * n * n * sizeof (float));
  self->outer = rg_memory_new (self->n_at_once * self->n_out * sizeof (float));
  self->looked = g_new0 (double, self->n_at_once *n);

  return rg_descent_begin (picture);
}

static gboolean
map_streams (const RgExplained *self, float *maps, GError **error)
{
  gsize n_patches = rg_image_state_get_n_patches (self->image);
  guint n_scores, n;
  g_autofree RgContrastTarget *scores = rg_contrast_list_targets (self, &n_scores);
  g_auto (Streams) streams = { 0 };

  if (!streams_begin (&streams, self, n_scores))
    return rg_text_record_cancel (self->pass, error);

  for (guint first = 0; first < n_scores; first += n)
    {
      n = streams.picture.n_scores = MIN (streams.n_at_once, n_scores - first);
      memset (streams.heard, 0, n * streams.picture.n_rows * streams.picture.n_rows * sizeof (float));
      for (guint s = 0; s < n; s++)
        if (!begin_score (&streams, s, &scores[first + s], error))
          return FALSE;
      if (!rg_descent_go_back (&streams.picture))
        return rg_text_record_cancel (self->pass, error);
      for (guint s = 0; s < n; s++)
        end_score (&streams, s, maps + scores[first + s].word * n_patches);
    }

  return TRUE;
}

guint
rg_relevancy_count_runs (const RgExplained *self)
{
  guint n;

  g_free (rg_contrast_list_targets (self, &n));

  return n * (rg_model_get_config (self->model)->text.block.cross ? 1 : 1 + self->pixels->n_views);
}

gboolean
rg_relevancy_map (const RgExplained *self, float *maps, GError **error)
{
  memset (maps, 0, self->n_words * rg_image_state_get_n_patches (self->image) * sizeof (float));

  return rg_model_get_config (self->model)->text.block.cross ? map_streams (self, maps, error) : rg_one_stream_map (self, maps, error);
}
