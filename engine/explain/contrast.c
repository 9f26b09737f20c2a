/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/contrast.h"

#include <glib/gi18n.h>

#include "engine/decoder/sampler.h"
#include "engine/decoder/spelling.h"
#include "engine/error.h"

guint
rg_contrast_count_targets (const RgExplained *self, guint word)
{
  return self->contrasts != NULL ? 1 : self->words[word].n;
}

gsize
rg_contrast_get_target (const RgExplained *self, guint word, guint index, RgTextTarget *target)
{
  const RgContrast *contrast = self->contrasts != NULL ? &self->contrasts[word] : NULL;
  gsize at = self->first + self->words[word].first + (contrast != NULL ? contrast->token : index);

  *target = (RgTextTarget){ self->ids[at], contrast != NULL ? contrast->id : RG_NO_TOKEN };

  return at;
}

/* Log-probabilities of what may stand in the place of each word's first token, given @image. Returns: (transfer full) (nullable): words × V */
static float *
score_first (const RgExplained *self, RgImageState *image, GError **error)
{
  RgTextReading reading = { .ids = self->ids, .n = self->n_ids - 1, .n_prompt = self->first };
  guint32 *rows;
  RgTextRecord record;
  RgTensor *logits;

  if (!rg_text_record_read (&record, self->model, self->pass, image, &reading, error))
    return NULL;

  rows = rg_arena_alloc (self->pass->arena, self->n_words * sizeof *rows);
  for (guint w = 0; w < self->n_words; w++)
    rows[w] = rg_text_record_get_row (&record, self->first + self->words[w].first);
  logits = rg_decoder_logits (self->pass, rg_model_get_decoder (self->model), &rg_model_get_config (self->model)->text, rg_gather_rows (self->pass, record.hidden, rows, self->n_words));
  for (guint w = 0; w < self->n_words; w++)
    {
      float *row = logits->data + w * logits->cols, sum = rg_logits_log_sum (row, logits->cols);

      for (gsize id = 0; id < logits->cols; id++)
        row[id] -= sum;
    }

  return g_memdup2 (logits->data, logits->rows * logits->cols * sizeof (float));
}

/* The likeliest other token than @own that the picture tells it from: that it makes likelier by at most half as many nats. Where it
 * does not make @own likelier, or everything with it, the likeliest. */
static guint32
find_rival (const float *seen, const float *blank, gsize n, guint32 own)
{
  float half = (seen[own] - blank[own]) / 2;
  gint64 best = -1, first = -1;

  for (gsize id = 0; id < n; id++)
    {
      if (id == own)
        continue;
      if (first < 0 || seen[id] > seen[first])
        first = id;
      if (seen[id] - blank[id] <= half && (best < 0 || seen[id] > seen[best]))
        best = id;
    }

  return half > 0 && best >= 0 ? best : first;
}

static gboolean
find_rivals (const RgExplained *self, RgContrast *contrasts, GError **error)
{
  gsize n = rg_model_get_config (self->model)->text.vocabulary_size;
  g_autoptr (RgImageState) blank = rg_explained_see_blank (self, error);
  g_autofree float *with = blank != NULL ? score_first (self, self->image, error) : NULL;
  g_autofree float *without = with != NULL ? score_first (self, blank, error) : NULL;

  if (without == NULL)
    return FALSE;

  for (guint w = 0; w < self->n_words; w++)
    contrasts[w] = (RgContrast){ 0, find_rival (with + w * n, without + w * n, n, self->ids[self->first + self->words[w].first]) };

  return TRUE;
}

/* The tokens of @against where the token @id begins a word. */
static GArray *
encode (const RgTokenizer *tokenizer, const char *against, guint32 id)
{
  return rg_spelling_encode (tokenizer, against, rg_spelling_has_space (tokenizer, id));
}

static gboolean
is_scored (const RgExplained *self, guint32 id)
{
  return id < rg_model_get_config (self->model)->text.vocabulary_size;
}

/* Where a word and the other part. */
static gboolean
find_parting (const RgExplained *self, const RgWord *word, const char *against, RgContrast *contrast, GError **error)
{
  const guint32 *own = self->ids + self->first + word->first;
  g_autoptr (GArray) other = encode (rg_model_get_tokenizer (self->model), against, own[0]);
  guint t = 0;

  while (t < MIN (word->n, other->len) && own[t] == g_array_index (other, guint32, t))
    t++;
  if (t < MIN (word->n, other->len) && is_scored (self, g_array_index (other, guint32, t)))
    {
      *contrast = (RgContrast){ t, g_array_index (other, guint32, t) };
      return TRUE;
    }
  if (t < MIN (word->n, other->len))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("Nothing can be held against “%s”: this model reads it, but never says it."), against);
      return FALSE;
    }

  g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("“%s” cannot be held against “%s”: it is the same word, or begins like it."), word->text != NULL ? word->text : "", against);

  return FALSE;
}

gboolean
rg_contrast_find (const RgExplained *self, const char *against, RgContrast *contrasts, GError **error)
{
  g_autoptr (GError) same = NULL;
  guint n_found = 0;

  if (*against == '\0')
    return find_rivals (self, contrasts, error);

  /* A word of the answer itself is held against the likeliest other, like the others without one. */
  if (!find_rivals (self, contrasts, error))
    return FALSE;
  for (guint w = 0; w < self->n_words; w++)
    if (find_parting (self, &self->words[w], against, &contrasts[w], same == NULL ? &same : NULL))
      n_found++;
  if (n_found == 0)
    g_propagate_error (error, g_steal_pointer (&same));

  return n_found > 0;
}

char *
rg_contrast_dup_text (const RgExplained *self, guint word, const RgContrast *contrast, const char *against)
{
  RgTokenizer *tokenizer = rg_model_get_tokenizer (self->model);
  g_autoptr (GArray) other = encode (tokenizer, against, self->ids[self->first + self->words[word].first]);

  if (contrast->token < other->len && g_array_index (other, guint32, contrast->token) == contrast->id)
    return g_strdup (against);

  return g_strstrip (rg_tokenizer_decode (tokenizer, &contrast->id, 1, FALSE));
}

RgContrastTarget *
rg_contrast_list_targets (const RgExplained *self, guint *n)
{
  RgContrastTarget *targets;

  *n = 0;
  for (guint w = 0; w < self->n_words; w++)
    *n += rg_contrast_count_targets (self, w);

  targets = g_new (RgContrastTarget, *n);
  for (guint w = 0, i = 0; w < self->n_words; w++)
    for (guint t = 0; t < rg_contrast_count_targets (self, w); t++, i++)
      {
        targets[i].word = w;
        targets[i].at = rg_contrast_get_target (self, w, t, &targets[i].target);
      }

  return targets;
}
