/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/session.h"

#include <glib/gi18n.h>
#include <math.h>

#include "engine/decoder/prompt.h"
#include "engine/decoder/sampler.h"
#include "engine/decoder/spelling.h"
#include "engine/error.h"
#include "engine/tokenizer/detokenizer.h"

/* Tokens read in one go: progress and cancelling come between two such. */
#define CHUNK 128

struct _RgSession
{
  RgModel *model;      /* borrowed */
  RgImageState *image; /* owned */
  RgTextState *text;   /* owned */
  GArray *ids;         /* of guint32: what text has read */
  guint64 n_read;
};

/* One answer while it is written. */
typedef struct
{
  RgSession *session;
  RgPass *pass;
  const RgSampling *sampling;
  const char *given; /* NULL: the model chooses */
  RgJob *job;        /* NULL: the answer goes to text alone */
  GString *text;     /* NULL: it goes to the job */
  RgSampler *sampler;
  RgDetokenizer *detokenizer;
  float *logits;       /* V, of the next token */
  float *attention;    /* layers × heads × P of the row that gave the logits; NULL where not recorded */
  RgCandidate *ranked; /* n_alternatives */
  gsize vocabulary_size;
} Answer;

static void
answer_clear (Answer *answer)
{
  rg_sampler_free (answer->sampler);
  rg_detokenizer_free (answer->detokenizer);
  g_free (answer->logits);
  g_free (answer->attention);
  g_free (answer->ranked);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

RgSession *
rg_session_new (RgModel *model,
                RgImageState *image)
{
  RgSession *self = g_new0 (RgSession, 1);

  self->model = model;
  self->image = image;
  self->text = rg_text_state_new (model);
  self->ids = g_array_new (FALSE, FALSE, sizeof (guint32));

  return self;
}

void
rg_session_free (RgSession *self)
{
  if (self == NULL)
    return;

  rg_image_state_free (self->image);
  rg_text_state_free (self->text);
  g_array_unref (self->ids);
  g_free (self);
}

RgImageState *
rg_session_get_image (const RgSession *self)
{
  return self->image;
}

guint64
rg_session_get_n_read (const RgSession *self)
{
  return self->n_read;
}

static void
answer_init (Answer *answer,
             RgSession *session,
             RgPass *pass,
             const RgSampling *sampling)
{
  RgModel *model = session->model;
  const RgModelConfig *config = rg_model_get_config (model);

  *answer = (Answer){
    .session = session,
    .pass = pass,
    .sampling = sampling,
    .sampler = rg_sampler_new (sampling->temperature, sampling->top_k, sampling->top_p, sampling->seed),
    .detokenizer = rg_detokenizer_new (rg_model_get_tokenizer (model), TRUE),
    .vocabulary_size = config->text.vocabulary_size,
  };
  answer->logits = g_new (float, answer->vocabulary_size);
  answer->ranked = g_new (RgCandidate, MIN (sampling->n_alternatives, answer->vocabulary_size));
  if (sampling->record_attention)
    answer->attention = g_new (float, (gsize) rg_text_config_count_looks (&config->text) * config->text.block.n_heads * rg_image_state_get_n_patches (session->image));
}

/* Reads @n more ids and checks what comes out: NaN weights are told from the first row on. */
static gboolean
answer_read (Answer *answer,
             const guint32 *ids,
             gsize n,
             GError **error)
{
  RgSession *session = answer->session;

  if (!rg_model_read (session->model, answer->pass, session->image, session->text, ids, n, answer->logits, answer->attention, error))
    return FALSE;

  g_array_append_vals (session->ids, ids, n);
  session->n_read += n;

  for (gsize i = 0; i < answer->vocabulary_size; i++)
    if (!isfinite (answer->logits[i]))
      {
        g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("This model computes numbers that are not finite; its file is damaged."));
        rg_text_state_truncate (session->text, 0);
        g_array_set_size (session->ids, 0);
        return FALSE;
      }

  return TRUE;
}

/* Keeps what the text state has read of @prompt. The last token is read in any case: it gives the first scores. */
static gsize
keep_common (RgSession *self,
             GArray *prompt)
{
  gsize n = 0, max = MIN (self->ids->len, prompt->len - 1);

  while (n < max && g_array_index (self->ids, guint32, n) == g_array_index (prompt, guint32, n))
    n++;

  if (rg_model_config_reads_whole (rg_model_get_config (self->model)))
    n = 0; /* of a prompt that is read as a whole, nothing is what it was */
  rg_text_state_truncate (self->text, n);
  g_array_set_size (self->ids, n);

  return n;
}

static void
note_progress (Answer *answer,
               RgStage stage,
               double fraction)
{
  if (answer->job != NULL)
    rg_job_report_progress (answer->job, stage, fraction);
}

static gboolean
prefill (Answer *answer,
         GArray *prompt,
         GError **error)
{
  gsize begin = keep_common (answer->session, prompt);
  gsize chunk = rg_model_config_reads_whole (rg_model_get_config (answer->session->model)) ? prompt->len : CHUNK;

  note_progress (answer, RG_STAGE_PREFILL, 0);

  for (gsize done = begin; done < prompt->len;)
    {
      gsize n = MIN (prompt->len - done, chunk);

      if (!answer_read (answer, &g_array_index (prompt, guint32, done), n, error))
        return FALSE;
      done += n;
      note_progress (answer, RG_STAGE_PREFILL, (done - begin) / (double) (prompt->len - begin));
    }

  return TRUE;
}

/* The likeliest tokens at this place; the chosen one takes the last place where chance has picked one beyond them. */
static GArray *
alternatives_new (Answer *answer,
                  RgCandidate chosen)
{
  RgTokenizer *tokenizer = rg_model_get_tokenizer (answer->session->model);
  guint n = rg_sampler_rank (answer->sampler, answer->logits, answer->vocabulary_size, answer->sampling->n_alternatives, answer->ranked);
  GArray *alternatives = rg_alternatives_new ();
  gboolean is_there = FALSE;

  for (guint i = 0; i < n; i++)
    is_there |= answer->ranked[i].id == chosen.id;
  if (!is_there && n > 0)
    answer->ranked[n - 1] = chosen;

  for (guint i = 0; i < n; i++)
    {
      RgCandidate *candidate = &answer->ranked[i];
      RgAlternative alternative = { candidate->id, rg_tokenizer_decode (tokenizer, &candidate->id, 1, FALSE), candidate->logprob };

      g_array_append_val (alternatives, alternative);
    }

  return alternatives;
}

static void
report (Answer *answer,
        RgCandidate chosen)
{
  RgModel *model = answer->session->model;
  const RgTextConfig *config = &rg_model_get_config (model)->text;
  g_autoptr (RgAttention) attention = NULL;
  g_autoptr (RgToken) token = NULL;
  const char *piece = rg_detokenizer_push (answer->detokenizer, chosen.id);
  GArray *alternatives = NULL;

  if (answer->job == NULL)
    {
      g_string_append (answer->text, piece);
      return;
    }

  if (answer->attention != NULL)
    attention = rg_attention_new (rg_text_config_count_looks (config), config->block.n_heads, rg_image_state_get_n_patches (answer->session->image), answer->attention);
  if (answer->sampling->n_alternatives > 0)
    alternatives = alternatives_new (answer, chosen);

  token = rg_token_new (chosen.id, piece, chosen.logprob, attention, alternatives);
  rg_job_report_token (answer->job, token);
}

/* Returns: (transfer full): the tokens of the given answer; %NULL where the model cannot say that. */
static GArray *
spell_given (Answer *answer,
             guint max_tokens,
             GError **error)
{
  g_autoptr (GArray) ids = rg_spelling_choose (rg_model_get_tokenizer (answer->session->model), answer->given, answer->logits, answer->vocabulary_size);

  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint32, i) >= answer->vocabulary_size)
      {
        g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("This model cannot say “%s”."), answer->given);
        return NULL;
      }
  if (ids->len > max_tokens)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("In this model “%s” has %u tokens, for which there is no room."), answer->given, ids->len);
      return NULL;
    }

  return g_steal_pointer (&ids);
}

/* A given answer as if the model had said it. */
static gboolean
read_given (Answer *answer,
            guint max_tokens,
            GError **error)
{
  g_autoptr (GArray) ids = spell_given (answer, max_tokens, error);

  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      guint32 id = g_array_index (ids, guint32, i);

      if (g_cancellable_set_error_if_cancelled (answer->pass->cancellable, error))
        return FALSE;
      report (answer, (RgCandidate){ id, answer->logits[id] - rg_logits_log_sum (answer->logits, answer->vocabulary_size) });
      note_progress (answer, RG_STAGE_DECODE, (i + 1) / (double) ids->len);
      if (i + 1 < ids->len && !answer_read (answer, &id, 1, error))
        return FALSE;
    }

  return ids != NULL;
}

static gboolean
write_answer (Answer *answer,
              GArray *prompt,
              GError **error)
{
  RgModel *model = answer->session->model;
  guint n_positions = rg_model_get_config (model)->text.max_positions - rg_image_state_get_n_positions (answer->session->image);
  guint max_tokens = MIN (answer->sampling->max_tokens, n_positions - prompt->len);

  g_assert (prompt->len >= 1 && prompt->len < n_positions);
  if (!prefill (answer, prompt, error))
    return FALSE;

  note_progress (answer, RG_STAGE_DECODE, 0);
  if (answer->given != NULL)
    return read_given (answer, n_positions - prompt->len, error);

  for (guint i = 0; i < max_tokens; i++)
    {
      RgCandidate chosen;

      rg_model_mute (model, i, answer->logits);
      chosen = rg_sampler_choose (answer->sampler, answer->logits, answer->vocabulary_size);
      if (g_cancellable_set_error_if_cancelled (answer->pass->cancellable, error))
        return FALSE;
      if (rg_prompt_is_end (model, chosen.id))
        break;

      report (answer, chosen);
      note_progress (answer, RG_STAGE_DECODE, (i + 1) / (double) max_tokens);

      /* What follows the last token nobody will ask. */
      if (i + 1 < max_tokens && !answer_read (answer, &chosen.id, 1, error))
        return FALSE;
    }
  note_progress (answer, RG_STAGE_DECODE, 1);

  return TRUE;
}

gboolean
rg_session_answer (RgSession *self,
                   RgPass *pass,
                   GArray *prompt,
                   const char *given,
                   const RgSampling *sampling,
                   RgJob *job,
                   GError **error)
{
  g_auto (Answer) answer;

  answer_init (&answer, self, pass, sampling);
  answer.given = given;
  answer.job = job;
  rg_job_report_prompt_tokens (job, prompt->len);

  return write_answer (&answer, prompt, error);
}

char *
rg_session_write (RgSession *self,
                  RgPass *pass,
                  GArray *prompt,
                  guint max_tokens,
                  GError **error)
{
  RgSampling sampling = { .top_p = 1, .max_tokens = max_tokens };
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (Answer) answer;

  answer_init (&answer, self, pass, &sampling);
  answer.text = text;
  if (!write_answer (&answer, prompt, error))
    return NULL;

  return g_strdup (g_strchug (text->str));
}
