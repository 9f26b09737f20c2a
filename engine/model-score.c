/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How likely a text is, and what hidden image tokens make of that; see model.h. */
#include "engine/model.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/decoder/sampler.h"
#include "engine/image-state.h"

/* Texts are scored together until a layer, or the scores, take so many multiplications, some hundredths of a second; or there are
 * so many rows that more would not be faster. */
#define MOST_PRODUCTS ((gsize) 3 << 30)
#define MOST_ROWS 512

/* The same text several times, each time with other image tokens hidden. */
typedef struct
{
  RgModel *model;
  RgPass *pass;
  RgImageState *image;
  const guint32 *ids, *against;
  gsize n, first, n_beside, n_between;
  /*< of those that are scored at once >*/
  guint n_texts;
  const guint8 *hidden; /* n_texts × P, or NULL */
  double *logprobs;     /* n_texts × n_scored */
  const RgTensor *logits;
} Scoring;

/* Text that stands between image tokens has seen those before it. Where some are hidden it is read again, in one run with the
 * text behind the picture, and its rows come first; what the memory has of it is hidden. Returns: how many rows that is */
static gsize
count_between (const RgImageState *image)
{
  return image->prefix != NULL && image->n_patches > 0 ? image->places[image->n_patches - 1] - image->places[0] + 1 - image->n_patches : 0;
}

/* Of one text. */
static gsize
count_rows (const Scoring *self)
{
  return self->n_between + self->n - 1 - self->n_beside;
}

/* Texts that are scored at once. */
static guint
count_at_once (const Scoring *self)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  gsize n_rows = count_rows (self), n_scored = self->n - self->first;
  gsize layer = n_rows * rg_block_config_count_products (&config->block), scores = n_scored * config->vocabulary_size * config->block.width;

  /* What a prompt is read as a whole with is of one mask. */
  if (rg_model_config_reads_whole (rg_model_get_config (self->model)))
    return 1;

  return CLAMP (MIN (MOST_PRODUCTS / MAX (layer, scores), MOST_ROWS / n_rows), 1, G_MAXUINT);
}

/* Returns: (transfer none): the memory's rows that are text between image tokens, n_between of them */
static const guint32 *
find_between (const Scoring *self)
{
  const RgImageState *image = self->image;
  guint32 *places = rg_arena_alloc (self->pass->arena, self->n_between * sizeof *places), place = self->n_between > 0 ? image->places[0] : 0;

  for (gsize i = 0, p = 0; i < self->n_between; place++)
    if (place == image->places[p])
      p++;
    else
      places[i++] = place;

  return places;
}

/* Returns: a byte for each row of the memory, for one text after the other */
static guint8 *
hide_memory (const Scoring *self, const guint32 *between, gsize n_memory)
{
  const RgImageState *image = self->image;
  guint8 *rows = memset (rg_arena_alloc (self->pass->arena, self->n_texts * n_memory), 0, self->n_texts * n_memory);

  for (guint t = 0; t < self->n_texts; t++)
    {
      for (guint p = 0; p < image->n_patches; p++)
        rows[t * n_memory + image->places[p]] = self->hidden[t * image->n_patches + p];
      for (gsize i = 0; i < self->n_between; i++)
        rows[t * n_memory + between[i]] = TRUE;
    }

  return rows;
}

/* The rows of one text: what stands between image tokens, as it was placed in the prefix, and what stands behind it.
 * @ends, @positions: (nullable): as in RgDecoderRun */
static void
write_text (const Scoring *self, const guint32 *between, guint32 *ids, guint32 *ends, guint32 *positions)
{
  const RgImageState *image = self->image;
  const gsize n_axes = image->positions != NULL ? RG_ROTARY_AXES : 1, n_behind = self->n - 1 - self->n_beside;

  memcpy (ids + self->n_between, self->ids + self->n_beside, n_behind * sizeof *ids);
  for (gsize i = 0; ends != NULL && i < self->n_between + n_behind; i++)
    {
      const gboolean is_between = i < self->n_between;
      const guint32 place = is_between ? between[i] : image->prefix->len;

      if (is_between)
        ids[i] = g_array_index (image->prefix, guint32, place);
      ends[i] = place;
      for (gsize a = 0; a < n_axes; a++)
        positions[i * n_axes + a] = !is_between ? image->next + i - self->n_between : image->positions != NULL ? image->positions[place * n_axes + a]
                                                                                                               : place;
    }
}

/* @run: without its ids. Returns: the tokens to be scored of all texts, × D; %NULL if cancelled */
static RgTensor *
read_copies (const Scoring *self, const guint32 *between, RgDecoderRun *run)
{
  RgArena *arena = self->pass->arena;
  gsize n_rows = count_rows (self), n_scored = self->n - self->first, n_texts = self->n_texts, n_axes = self->image->positions != NULL ? RG_ROTARY_AXES : 1;
  guint32 *ids = rg_arena_alloc (arena, n_texts * n_rows * sizeof *ids), *rows = rg_arena_alloc (arena, n_texts * n_scored * sizeof *rows);
  guint32 *ends = self->n_between > 0 ? rg_arena_alloc (arena, n_texts * n_rows * sizeof *ends) : NULL;
  guint32 *positions = self->n_between > 0 ? rg_arena_alloc (arena, n_texts * n_rows * n_axes * sizeof *positions) : NULL;
  guint *offsets = rg_arena_alloc (arena, (n_texts + 1) * sizeof *offsets), *scored_offsets = rg_arena_alloc (arena, (n_texts + 1) * sizeof *offsets);

  for (gsize t = 0; t <= n_texts; t++)
    {
      offsets[t] = t * n_rows;
      scored_offsets[t] = t * n_scored;
    }
  for (gsize t = 0; t < n_texts; t++)
    {
      write_text (self, between, ids + t * n_rows, ends != NULL ? ends + t * n_rows : NULL, positions != NULL ? positions + t * n_rows * n_axes : NULL);
      for (gsize i = 0; i < n_scored; i++)
        rows[t * n_scored + i] = (t + 1) * n_rows - n_scored + i;
    }

  run->ids = ids;
  run->n = n_texts * n_rows;
  run->alike = self->n_between == 0;
  run->n_texts = n_texts;
  run->offsets = offsets;
  run->memory_ends = ends;
  run->positions = positions;
  run->wanted = &(RgRowChoice){ .rows = rows, .n = n_texts * n_scored, .offsets = scored_offsets };

  return rg_decoder_forward (self->pass, rg_model_get_decoder (self->model), &rg_model_get_config (self->model)->text, run);
}

static void
score_row (gsize task, gpointer data)
{
  const Scoring *self = data;
  const float *logits = self->logits->data + task * self->logits->cols;
  const gsize token = task % (self->n - self->first);
  const guint32 other = self->against != NULL ? self->against[token] : RG_NO_TOKEN;

  self->logprobs[task] = logits[self->ids[self->first + token]] - (other != RG_NO_TOKEN ? logits[other] : rg_logits_log_sum (logits, self->logits->cols));
}

static gboolean
score_texts (Scoring *self, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  RgTensor *memory[RG_MAX_LAYERS], *x;
  RgDecoderRun run = { .memory = memory };
  const guint32 *between;
  gsize n_memory;

  if (!rg_image_state_ask (self->image, self->model, self->pass, self->ids, self->first, self->hidden, error))
    return FALSE;

  rg_pass_reset (self->pass);
  run.first_position = self->image->next;
  run.n_blind = self->image->n_blind;
  run.n_padding = self->image->n_padding;
  n_memory = rg_image_state_find_memory (self->image, memory);
  between = find_between (self);
  /* A question encoder has hidden what is hidden. */
  if (self->hidden != NULL && self->image->question_memories.n_layers == 0)
    run.memory_hidden = hide_memory (self, between, n_memory);
  x = read_copies (self, between, &run);
  if (x == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The answer was cancelled"));
      return FALSE;
    }

  self->logits = rg_decoder_logits (self->pass, rg_model_get_decoder (self->model), config, x); /* (texts · scored) × V */
  rg_pool_run (self->pass->pool, self->logits->rows, score_row, self);

  return TRUE;
}

gboolean
rg_model_score_hidden (RgModel *self, RgPass *pass, RgImageState *image, const RgScoredText *text, const guint8 *hidden, guint n_masks, double *logprobs, RgScoredFunc each_batch, gpointer data, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (self);
  Scoring scoring = { self, pass, image, text->ids, text->against, text->n, text->first, .n_beside = rg_model_config_reads_whole (config) ? text->first - 1 : 0 };
  guint n_at_once;

  g_assert (text->first > 0 && text->first < text->n && rg_image_state_get_n_positions (image) + text->n <= config->text.max_positions + 1);
  g_assert (hidden != NULL || n_masks == 1);

  if (hidden != NULL && !rg_model_config_reads_whole (config))
    scoring.n_between = count_between (image);
  n_at_once = count_at_once (&scoring);
  for (guint done = 0; done < n_masks; done += scoring.n_texts)
    {
      scoring.n_texts = MIN (n_masks - done, n_at_once);
      scoring.hidden = hidden != NULL ? hidden + (gsize) done * image->n_patches : NULL;
      scoring.logprobs = logprobs + done * (text->n - text->first);
      if (!score_texts (&scoring, error))
        return FALSE;
      if (each_batch != NULL)
        each_batch (scoring.n_texts, data);
    }

  return TRUE;
}

gboolean
rg_model_score (RgModel *self, RgPass *pass, RgImageState *image, const guint32 *ids, gsize n, gsize first, const guint8 *hidden, double *logprobs, GError **error)
{
  return rg_model_score_hidden (self, pass, image, &(RgScoredText){ ids, n, first }, hidden, 1, logprobs, NULL, NULL, error);
}
