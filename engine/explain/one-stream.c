/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/one-stream.h"

#include <string.h>

#include "engine/explain/contrast.h"
#include "engine/explain/seen-view.h"
#include "engine/image-state.h"

/* Derivatives of so many bytes are carried at once, or those of one score. */
#define MOST_GRADIENTS ((gsize) 256 << 20)

/* Some scores of an answer on their way back, and the whole text: what the picture comes in, and what follows. */
typedef struct
{
  const RgExplained *answer;
  guint32 *ids;
  gsize n_before, n_rows;
  guint32 *positions; /* nullable: see RgDecoderRun */
  guint offsets[2];
  gsize mutual_first, mutual_end;
  RgTensor tokens;
  RgContrastTarget *scores;
  guint n_scores;
  float *gradients;  /* scores × P × D_text: with respect to image tokens */
  double *relevancy; /* scores × P */
} Stream;

/* One view, and where in @stream its tokens are. */
typedef struct
{
  Stream *stream;
  RgSeenView seen;
  gsize first, n; /* tokens */
} View;

static void
stream_clear (Stream *self)
{
  g_free (self->ids);
  g_free (self->positions);
  g_free (self->scores);
  g_free (self->gradients);
  g_free (self->relevancy);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stream, stream_clear)

/* --- the text --- */

/* Which rows see those behind them, as they did when they were read. */
static void
find_mutual (Stream *self)
{
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;
  const RgImageState *image = self->answer->image;

  if (config->sees_prompt)
    self->mutual_end = self->n_before + self->answer->first;
  if (config->mutual_image)
    {
      self->mutual_first = image->places[0];
      self->mutual_end = image->places[image->n_patches - 1] + 1;
    }
}

/* Behind the picture all axes count alike. */
static void
find_positions (Stream *self)
{
  const RgImageState *image = self->answer->image;

  if (image->positions == NULL)
    return;

  self->positions = g_new (guint32, self->n_rows * RG_ROTARY_AXES);
  memcpy (self->positions, image->positions, self->n_before * RG_ROTARY_AXES * sizeof (guint32));
  for (gsize r = self->n_before; r < self->n_rows; r++)
    for (guint a = 0; a < RG_ROTARY_AXES; a++)
      self->positions[r * RG_ROTARY_AXES + a] = image->next + r - self->n_before;
}

static void
stream_init (Stream *self, const RgExplained *answer)
{
  guint n_before;
  const guint32 *prefix = rg_image_state_get_prefix (answer->image, &n_before);

  *self = (Stream){ .answer = answer, .n_before = n_before, .n_rows = n_before + answer->n_ids - 1, .tokens = *rg_image_state_get_tokens (answer->image) };
  self->offsets[1] = self->n_rows;
  self->tokens.wants_grad = TRUE;
  self->ids = g_new (guint32, self->n_rows);
  memcpy (self->ids, prefix, n_before * sizeof (guint32));
  memcpy (self->ids + n_before, answer->ids, (answer->n_ids - 1) * sizeof (guint32));
  find_mutual (self);
  find_positions (self);
  self->scores = rg_contrast_list_targets (answer, &self->n_scores);
}

static RgTensor *
run_text (RgPass *pass, const RgStretch *stretch, RgAttentionWalk *walk, gpointer data)
{
  Stream *self = data;
  RgModel *model = self->answer->model;
  RgDecoderRun run = {
    .ids = self->ids,
    .n = self->n_rows,
    .n_texts = 1,
    .offsets = self->offsets,
    .positions = self->positions,
    .image_tokens = &self->tokens,
    .image_rows = self->answer->image->places,
    .mutual_first = self->mutual_first,
    .mutual_end = self->mutual_end,
    .walk = walk,
    .stretch = stretch,
  };

  return rg_decoder_forward (pass, rg_model_get_decoder (model), &rg_model_get_config (model)->text, &run);
}

/* Each score begins at the row that predicts its token. Returns: %FALSE if cancelled */
static gboolean
begin_scores (Stream *self, RgDescent *text, const RgContrastTarget *scores)
{
  RgModel *model = self->answer->model;
  RgPass *pass = self->answer->pass;

  for (guint s = 0; s < text->n_scores; s++)
    {
      guint32 row = self->n_before + scores[s].at - 1;
      RgTensor *hidden, *logits;

      if (rg_pass_is_cancelled (pass))
        return FALSE;

      rg_pass_reset (pass);
      hidden = rg_descent_get_end (text);
      pass->recording = TRUE;
      logits = rg_decoder_logits (pass, rg_model_get_decoder (model), &rg_model_get_config (model)->text, rg_gather_rows (pass, hidden, &row, 1));
      pass->recording = FALSE;
      rg_text_target_derive (&scores[s].target, pass, logits);
      rg_descent_differentiate (pass, pass->last, NULL, NULL, hidden, text->gradients + s * text->n_rows * text->width);
      text->relevancy[s * text->n_rows + row] = 1;
    }

  return TRUE;
}

/* From the rows of the first layer to the image tokens among them. */
static void
leave_text (Stream *self, RgDescent *text)
{
  RgPass *pass = self->answer->pass;
  gsize n_tokens = self->tokens.rows * self->tokens.cols;
  RgTensor *x;
  RgNode *last;

  rg_pass_reset (pass);
  pass->recording = TRUE;
  x = run_text (pass, &(RgStretch){ NULL, 0, 0 }, NULL, self);
  pass->recording = FALSE;
  last = pass->last;
  for (guint s = 0; s < text->n_scores; s++)
    {
      rg_descent_differentiate (pass, last, x, text->gradients + s * text->n_rows * text->width, &self->tokens, self->gradients + s * n_tokens);
      for (gsize p = 0; p < self->tokens.rows; p++)
        self->relevancy[s * self->tokens.rows + p] = text->relevancy[s * text->n_rows + self->answer->image->places[p]];
    }
  rg_pass_reset (pass);
}

static gboolean
go_through_text (Stream *self, const RgContrastTarget *scores, guint n_scores)
{
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;
  g_auto (RgDescent) text = { .answer = self->answer, .n_layers = config->n_layers, .n_heads = config->block.n_heads, .n_rows = self->n_rows, .width = config->block.width, .n_scores = n_scores, .run = run_text, .data = self };

  if (!rg_descent_begin (&text) || !begin_scores (self, &text, scores) || !rg_descent_go_back (&text))
    return FALSE;
  leave_text (self, &text);

  return TRUE;
}

/* --- the picture --- */

/* What a token has of relevancy, its rows of the encoder get in proportion to what each of them gives to it. */
static void
spread (const RgSeenView *seen, const RgDescent *view, guint s, const double *tokens)
{
  gsize n_tokens = rg_seen_view_count_patches (seen);
  const float *rows = view->rows + view->n_layers * view->n_rows * view->width, *gradients = view->gradients + s * view->n_rows * view->width;
  double *relevancy = view->relevancy + s * view->n_rows;
  g_autofree guint32 *own = g_new (guint32, rg_seen_view_count_most (seen));
  g_autofree double *gives = g_new (double, rg_seen_view_count_most (seen));

  for (gsize p = 0; p < n_tokens; p++)
    {
      guint n = rg_seen_view_find_rows (seen, p, own);
      double sum = 0;

      for (guint i = 0; i < n; i++)
        {
          gives[i] = 0;
          for (gsize d = 0; d < view->width; d++)
            gives[i] += (double) rows[own[i] * view->width + d] * gradients[own[i] * view->width + d];
          gives[i] = MAX (gives[i], 0);
          sum += gives[i];
        }
      for (guint i = 0; i < n; i++)
        relevancy[own[i]] += sum > 0 ? tokens[p] * gives[i] / sum : tokens[p] / n;
    }
}

/* From image tokens to the rows that the encoder gave. Returns: %FALSE if cancelled */
static gboolean
begin_view (const View *self, RgDescent *view)
{
  const Stream *stream = self->stream;
  RgModel *model = stream->answer->model;
  const RgProjectorConfig *config = &rg_model_get_config (model)->projector;
  RgPass *pass = stream->answer->pass;
  RgTensor *x, *tokens;
  RgNode *last;

  rg_pass_reset (pass);
  x = rg_descent_get_end (view);
  pass->recording = TRUE;
  tokens = rg_projector_forward (pass, rg_model_get_projector (model), config, x, 1);
  pass->recording = FALSE;
  g_assert (tokens->rows == self->n);
  last = pass->last;
  for (guint s = 0; s < view->n_scores; s++)
    {
      const float *gradients = stream->gradients + (s * stream->tokens.rows + self->first) * stream->tokens.cols;

      if (rg_pass_is_cancelled (pass))
        return FALSE;

      rg_descent_differentiate (pass, last, tokens, gradients, x, view->gradients + s * view->n_rows * view->width);
      spread (&self->seen, view, s, stream->relevancy + s * stream->tokens.rows + self->first);
    }

  return TRUE;
}

/* And from the rows of its first layer back to the tokens that they are shown in. */
static void
end_view (const View *self, const RgDescent *view)
{
  Stream *stream = self->stream;

  for (guint s = 0; s < view->n_scores; s++)
    rg_seen_view_sum_rows (&self->seen, view->relevancy + s * view->n_rows, stream->relevancy + s * stream->tokens.rows + self->first);
}

static gboolean
go_through_view (Stream *stream, guint number, guint n_scores)
{
  View self = { .stream = stream };
  g_auto (RgDescent) view = { 0 };

  rg_seen_view_init (&self.seen, stream->answer, number);
  rg_seen_view_prepare (&self.seen, &view);
  view.n_scores = n_scores;
  self.n = rg_seen_view_count_patches (&self.seen);
  self.first = number * self.n;
  if (!rg_descent_begin (&view) || !begin_view (&self, &view) || !rg_descent_go_back (&view))
    return FALSE;
  end_view (&self, &view);

  return TRUE;
}

/* --- both --- */

/* Scores that are gone back from at once. */
static guint
count_at_once (const Stream *self)
{
  const RgModelConfig *config = rg_model_get_config (self->answer->model);
  gsize n_seen = rg_vision_config_count_rows (&config->vision, self->answer->pixels->width, self->answer->pixels->height);
  gsize largest = MAX (self->n_rows * config->text.block.width, n_seen * config->vision.block.width) * sizeof (float);

  return CLAMP (MOST_GRADIENTS / largest, 1, self->n_scores);
}

gboolean
rg_one_stream_map (const RgExplained *self, float *maps, GError **error)
{
  g_auto (Stream) stream = { 0 };
  gsize n_patches = rg_image_state_get_n_patches (self->image);
  guint n_at_once, n;

  g_assert (n_patches > 0 && rg_image_state_get_tokens (self->image)->rows == n_patches);

  stream_init (&stream, self);
  n_at_once = count_at_once (&stream);
  stream.gradients = g_new (float, n_at_once *n_patches *stream.tokens.cols);
  stream.relevancy = g_new (double, n_at_once *n_patches);

  for (guint first = 0; first < stream.n_scores; first += n)
    {
      n = MIN (n_at_once, stream.n_scores - first);
      if (!go_through_text (&stream, stream.scores + first, n))
        return rg_text_record_cancel (self->pass, error);
      for (guint view = 0; view < self->pixels->n_views; view++)
        if (!go_through_view (&stream, view, n))
          return rg_text_record_cancel (self->pass, error);
      for (guint s = 0; s < n; s++)
        for (gsize p = 0; p < n_patches; p++)
          maps[stream.scores[first + s].word * n_patches + p] += stream.relevancy[s * n_patches + p];
    }

  return TRUE;
}
