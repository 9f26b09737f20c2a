/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/forced-answer.h"

#include <string.h>

#include "engine/decoder/prompt.h"
#include "engine/decoder/spelling.h"
#include "engine/families/family.h"

#define MAX_TOKENS 16 /* of an answer */

static RgConversation
get_conversation (const RgModel *model)
{
  return rg_model_get_config (model)->family->conversation;
}

gboolean
rg_forced_answer_is_free (const RgModel *model)
{
  return get_conversation (model) != RG_CONVERSATION_TRAINED;
}

gboolean
rg_forced_answer_takes_questions (const RgModel *model)
{
  return get_conversation (model) != RG_CONVERSATION_CAPTION;
}

/* The bundled model's way. Its last word is the tokens from the last one on that begins with a space; the answer ends with <eos>. */
static void
write_trained (RgModel *model, const char *question, const char *answer, GArray *ids, gsize *first, RgWord *word)
{
  guint start;

  rg_model_append_question (model, ids, question);
  *first = ids->len;
  rg_model_append_answer (model, ids, answer);
  if (ids->len > rg_model_get_config (model)->text.max_positions || ids->len < *first + 2)
    return;

  start = ids->len - 2;
  while (start > *first && !rg_spelling_has_space (rg_model_get_tokenizer (model), g_array_index (ids, guint32, start)))
    start--;
  *word = (RgWord){ .first = start - *first, .n = ids->len - 1 - start };
}

/* How the model would begin @text. */
static GArray *
spell_beginning (RgModel *model, RgPass *pass, RgImageState *image, const GArray *prompt, const char *text, GError **error)
{
  gsize n = rg_model_get_config (model)->text.vocabulary_size;
  g_autofree float *logits = g_new (float, n);
  g_autoptr (RgTextState) state = rg_text_state_new (model);

  if (!rg_model_read (model, pass, image, state, (const guint32 *) prompt->data, prompt->len, logits, NULL, error))
    return NULL;

  return rg_spelling_choose (rg_model_get_tokenizer (model), text, logits, n);
}

static gboolean
can_say (const RgModel *model, const GArray *ids)
{
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint32, i) >= rg_model_get_config (model)->text.vocabulary_size)
      return FALSE;

  return TRUE;
}

static gboolean
write_free (RgModel *model, RgPass *pass, RgImageState *image, const char *question, const char *answer, GArray *ids, gsize *first, RgWord *word, GError **error)
{
  const char *space = strrchr (answer, ' ');
  g_autofree char *before = space != NULL ? g_strndup (answer, space - answer) : g_strdup (answer);
  g_autoptr (GArray) prompt = rg_prompt_new (model, image, NULL, 0, rg_forced_answer_takes_questions (model) ? question : "", MAX_TOKENS, error);
  g_autoptr (GArray) beginning = prompt != NULL ? spell_beginning (model, pass, image, prompt, before, error) : NULL;
  g_autoptr (GArray) last = NULL;

  if (beginning == NULL)
    return FALSE;

  g_array_append_vals (ids, prompt->data, prompt->len);
  *first = ids->len;
  g_array_append_vals (ids, beginning->data, beginning->len);
  last = space != NULL ? rg_spelling_encode (rg_model_get_tokenizer (model), space + 1, TRUE) : g_array_ref (beginning);
  if (space != NULL)
    g_array_append_vals (ids, last->data, last->len);
  if (rg_image_state_get_n_positions (image) + ids->len <= rg_model_get_config (model)->text.max_positions && can_say (model, beginning) && can_say (model, last))
    *word = (RgWord){ .first = ids->len - *first - last->len, .n = last->len };

  return TRUE;
}

gboolean
rg_forced_answer_write (RgModel *model, RgPass *pass, RgImageState *image, const char *question, const char *answer, GArray *ids, gsize *first, RgWord *word, GError **error)
{
  g_array_set_size (ids, 0);
  *word = (RgWord){ 0 };
  if (rg_forced_answer_is_free (model))
    return write_free (model, pass, image, question, answer, ids, first, word, error);

  write_trained (model, question, answer, ids, first, word);

  return TRUE;
}
