/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/prompt.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

/* No vocabulary has pieces this long: a question of more bytes a position need not be encoded to be refused. */
#define MAX_BYTES_A_TOKEN 64

/* Tokens around a question: <bos>, <question>, <answer>. */
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

/* @limit: how many tokens the question may have. */
static gboolean
check_question (RgModel *model,
                const char *question,
                guint limit,
                GError **error)
{
  g_autoptr (GArray) ids = NULL;

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

  if (is_blank (question))
    {
      g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("Please ask a question."));
      return FALSE;
    }

  ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  rg_model_append_question (model, ids, question);
  if (limit == 0 || ids->len > limit + N_FRAME)
    {
      set_too_long (error, limit);
      return FALSE;
    }

  return TRUE;
}

static void
append_turn (RgModel *model,
             GArray *ids,
             const RgTurn *turn)
{
  rg_model_append_question (model, ids, turn->question);
  rg_model_append_answer (model, ids, turn->answer);
}

/* The first turn to be kept, so that what follows it fits into @room tokens: a conversation is cut at its beginning, and
 * has no holes. */
static guint
find_first (RgModel *model,
            const RgTurn *turns,
            guint n_turns,
            guint room)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint first = n_turns;

  while (first > 0)
    {
      const RgTurn *turn = &turns[first - 1];

      /* Like the question, a turn is not encoded where its length alone rules it out. */
      if (strlen (turn->question) + strlen (turn->answer) > (gsize) room * MAX_BYTES_A_TOKEN)
        break;

      append_turn (model, ids, turn);
      if (ids->len > room)
        break;
      first--;
    }

  return first;
}

GArray *
rg_prompt_new (RgModel *model,
               const RgTurn *turns,
               guint n_turns,
               const char *question,
               guint max_tokens,
               GError **error)
{
  guint n_positions = rg_model_get_config (model)->text.max_positions;
  guint room = n_positions - MAX (MIN (max_tokens, n_positions / 4), 1); /* of the prompt */
  g_autoptr (GArray) last = NULL;
  GArray *ids;

  if (!check_question (model, question, room > N_FRAME ? room - N_FRAME : 0, error))
    return NULL;

  last = g_array_new (FALSE, FALSE, sizeof (guint32));
  rg_model_append_question (model, last, question);

  ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = find_first (model, turns, n_turns, room - last->len); i < n_turns; i++)
    append_turn (model, ids, &turns[i]);
  rg_model_append_question (model, ids, question);

  return ids;
}

gboolean
rg_prompt_is_end (RgModel *model,
                  guint32 id)
{
  const RgModelConfig *config = rg_model_get_config (model);

  return id == config->eos || id == config->bos || id == config->question || id == config->answer;
}
