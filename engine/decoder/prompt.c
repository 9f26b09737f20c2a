/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/prompt.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/families/family.h"

/* No vocabulary has pieces this long: a question of more bytes a position need not be encoded to be refused. */
#define MAX_BYTES_A_TOKEN 64

/* Tokens around a question, about: <bos>, <question>, <answer>. */
#define N_FRAME 3

static gboolean
is_blank (const char *text)
{
  while (*text != '\0' && g_unichar_isspace (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);

  return *text == '\0';
}

static void
set_too_long (GError **error,
              guint limit)
{
  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("The question is too long: this model reads at most %u tokens, about %u words."), limit, limit * 2 / 3);
}

static void
set_no_question (GError **error)
{
  g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("Please ask a question."));
}

/* --- the ways to write a conversation --- */

static GArray *
write_trained (RgModel *model, const RgTurn *turns, guint n_turns, const char *question)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < n_turns; i++)
    {
      rg_model_append_question (model, ids, turns[i].question);
      rg_model_append_answer (model, ids, turns[i].answer);
    }
  rg_model_append_question (model, ids, question);

  return ids;
}

/* What is said to a captioner is how its caption begins; it knows no turns. */
static GArray *
write_caption (RgModel *model, const char *beginning)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) tokens = rg_tokenizer_encode (rg_model_get_tokenizer (model), is_blank (beginning) ? "" : beginning, -1, RG_ENCODE_DEFAULT);

  g_array_append_val (ids, rg_model_get_config (model)->bos);
  g_array_append_vals (ids, tokens->data, tokens->len);

  return ids;
}

/* The question, as its encoder reads it, and what the answer begins with; it knows no turns. */
static GArray *
write_question (RgModel *model, const char *question, GError **error)
{
  g_autoptr (GArray) ids = rg_tokenizer_encode (rg_model_get_tokenizer (model), question, -1, RG_ENCODE_TEMPLATE);

  if (ids->len == 0)
    {
      set_no_question (error);
      return NULL;
    }
  g_array_append_val (ids, rg_model_get_config (model)->bos);

  return g_steal_pointer (&ids);
}

/* The language that is heard, what is to be done, and how the text begins. */
static GArray *
write_transcript (RgModel *model, const RgImageState *image, const char *beginning)
{
  const RgModelConfig *config = rg_model_get_config (model);
  guint32 language = image != NULL ? rg_image_state_get_language (image) : config->first_language;
  GArray *ids = write_caption (model, beginning);

  g_array_insert_vals (ids, 1, config->start, config->n_start);
  if (config->n_languages > 0)
    g_array_insert_val (ids, 1, language);

  return ids;
}

/* What the format writes, behind the last image token where these are read before: the same for a picture of one token as for any
 * other. */
static GArray *
write_chat (RgModel *model, const RgTurn *turns, guint n_turns, const char *question, GError **error)
{
  const RgPromptFormat *format = rg_model_get_prompt_format (model);
  const RgTokenizer *tokenizer = rg_model_get_tokenizer (model);
  const RgPromptPicture picture = { .n_tokens = 1 };
  g_autofree RgPromptTurn *written = g_new0 (RgPromptTurn, n_turns + 1);
  g_autofree char *prompt = NULL, *expanded = NULL;
  guint32 image_token;
  GArray *ids;
  guint behind;

  for (guint i = 0; i < n_turns; i++)
    written[i] = (RgPromptTurn){ turns[i].question, 0, turns[i].answer };
  written[n_turns].question = question;
  written[0].n_pictures = 1;

  prompt = rg_prompt_format_render (format, tokenizer, written, n_turns + 1, error);
  expanded = prompt != NULL ? rg_prompt_format_expand (format, prompt, &picture, 1, error) : NULL;
  ids = expanded != NULL ? rg_prompt_format_encode (format, tokenizer, expanded, &image_token, error) : NULL;
  if (ids == NULL)
    return NULL;

  if (rg_model_get_config (model)->text.block.cross)
    return ids;

  for (behind = ids->len; behind > 0 && g_array_index (ids, guint32, behind - 1) != image_token;)
    behind--;
  g_array_remove_range (ids, 0, behind);

  return ids;
}

static GArray *
write_ids (RgModel *model, const RgImageState *image, const RgTurn *turns, guint n_turns, const char *question, GError **error)
{
  switch (rg_model_get_config (model)->family->conversation)
    {
    case RG_CONVERSATION_CHAT:
      return write_chat (model, turns, n_turns, question, error);

    case RG_CONVERSATION_CAPTION:
      return write_caption (model, question);

    case RG_CONVERSATION_QUESTION:
      return write_question (model, question, error);

    case RG_CONVERSATION_TRANSCRIPT:
      return write_transcript (model, image, question);

    case RG_CONVERSATION_TRAINED:
    default:
      return write_trained (model, turns, n_turns, question);
    }
}

/* --- what fits --- */

/* Whether it has something to say before it is asked. */
static gboolean
speaks_unasked (RgModel *model)
{
  RgConversation conversation = rg_model_get_config (model)->family->conversation;

  return conversation == RG_CONVERSATION_CAPTION || conversation == RG_CONVERSATION_TRANSCRIPT;
}

/* @limit: how many tokens the question may have. */
static gboolean
check_question (RgModel *model,
                const char *question,
                guint limit,
                GError **error)
{
  if (strlen (question) > (gsize) limit * MAX_BYTES_A_TOKEN)
    {
      set_too_long (error, limit);
      return FALSE;
    }

  if (!g_utf8_validate (question, -1, NULL))
    {
      g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("The question is not valid text (UTF-8)."));
      return FALSE;
    }

  if (is_blank (question) && !speaks_unasked (model))
    {
      set_no_question (error);
      return FALSE;
    }

  return TRUE;
}

/* Whether a conversation is so long that it need not be encoded to be too long for @room tokens. */
static gboolean
is_hopeless (const RgTurn *turns, guint n_turns, guint room)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < n_turns; i++)
    n_bytes += strlen (turns[i].question) + strlen (turns[i].answer);

  return n_bytes > (gsize) room * MAX_BYTES_A_TOKEN;
}

GArray *
rg_prompt_new (RgModel *model,
               const RgImageState *image,
               const RgTurn *turns,
               guint n_turns,
               const char *question,
               guint max_tokens,
               GError **error)
{
  guint n_positions = rg_model_get_config (model)->text.max_positions - (image != NULL ? rg_image_state_get_n_positions (image) : 0);
  guint room = n_positions - MAX (MIN (max_tokens, n_positions / 4), 1); /* of the prompt */
  guint limit = room > N_FRAME ? room - N_FRAME : 0;
  g_autoptr (GArray) ids = NULL;

  if (!check_question (model, question, limit, error))
    return NULL;

  /* A conversation is cut at its beginning, and has no holes. */
  for (guint first = 0; first <= n_turns; first++)
    {
      g_clear_pointer (&ids, g_array_unref);
      if (first < n_turns && is_hopeless (turns + first, n_turns - first, room))
        continue;

      ids = write_ids (model, image, turns + first, n_turns - first, question, error);
      if (ids == NULL)
        return NULL;
      if (ids->len <= room && limit > 0)
        return g_steal_pointer (&ids);
    }

  set_too_long (error, limit);

  return NULL;
}

gboolean
rg_prompt_is_end (RgModel *model,
                  guint32 id)
{
  const RgModelConfig *config = rg_model_get_config (model);

  for (guint i = 0; i < config->n_ends; i++)
    if (config->ends[i] == id)
      return TRUE;

  return FALSE;
}
