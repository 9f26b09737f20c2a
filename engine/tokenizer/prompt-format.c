/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/prompt-format.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/json.h"

#define MAX_MODEL_TYPES 3
#define MAX_TELL_TALES 5

struct _RgPromptFormat
{
  const char *name;
  const char *model_types[MAX_MODEL_TYPES];
  const char *tell_tales[MAX_TELL_TALES]; /* all of them stand in the family's chat template */

  /* begin, then for each turn: question, pictures, text, question_end, answer, …, answer_end; the last ends with answer. */
  const char *begin;
  const char *question, *question_without_picture;
  const char *picture; /* holds the mark */
  const char *text;
  const char *question_end;
  const char *answer, *answer_end;
  gboolean single; /* questions, no conversations */

  /* A mark becomes, for each view: view, place, marks; and row_end behind a row of tiles, overview before the last view
   * where there are tiles, picture_end behind all. */
  const char *mark;
  const char *spare_mark; /* for a vocabulary without the mark; NULL where there is none such */
  const char *view, *row_end, *overview, *picture_end;
  const char *whole;       /* precedes the marks of a view of the whole picture */
  gboolean places;         /* those of a tile are preceded by where it belongs: <row_1_col_2> */
  gboolean overview_first; /* before the tiles */
  gboolean tiles_alone;    /* there is no overview of a picture that was cut */
  gboolean once;           /* the picture is one token, as its views are looked at from beside the text */

  RgEncodeFlags flags;
};

/* Later nanoVLMs, by how they see a picture. */
#define NANO_VLM_CHAT(type, ...)                      \
  {                                                   \
    .name = "nanoVLM",                                \
    .model_types = { type },                          \
    .tell_tales = { "<|im_start|>", "<|im_end|>" },   \
    .begin = "",                                      \
    .question = "<|im_start|>user\n",                 \
    .question_without_picture = "<|im_start|>user\n", \
    .picture = "<|image|>",                           \
    .text = "",                                       \
    .question_end = "<|im_end|>\n",                   \
    .answer = "<|im_start|>assistant\n",              \
    .answer_end = "<|im_end|>\n",                     \
    .mark = "<|image|>",                              \
    __VA_ARGS__                                       \
  }

/* Idefics3 and SmolVLM (Marafioti et al. 2025), LLaVA 1.5 (Liu et al. 2023), Qwen2-VL (Wang et al. 2024), PaliGemma (Beyer
 * et al. 2024), Gemma 3 (Gemma Team 2025), Llama 3.2 Vision (Meta 2024). Where the prompt spells the token of its beginning, the tokenizer must not
 * add another. */
static const RgPromptFormat formats[] = {
  {
      .name = "SmolVLM",
      .model_types = { "idefics3", "smolvlm" },
      .tell_tales = { "<|im_start|>", "capitalize", "<end_of_utterance>", "Assistant:", "<image>" },
      .begin = "<|im_start|>",
      .question = "User:",
      .question_without_picture = "User: ",
      .picture = "<image>",
      .text = "",
      .question_end = "<end_of_utterance>\n",
      .answer = "Assistant:",
      .answer_end = "<end_of_utterance>\n",
      .mark = "<image>",
      .view = "<fake_token_around_image>",
      .row_end = "\n",
      .overview = "\n",
      .picture_end = "<fake_token_around_image>",
      .whole = "<global-img>",
      .places = TRUE,
  },
  {
      .name = "LLaVA",
      .model_types = { "llava" },
      .tell_tales = { "upper()", "<image>", "ASSISTANT:" },
      .begin = "",
      .question = "USER: ",
      .question_without_picture = "USER: ",
      .picture = "<image>\n",
      .text = "",
      .question_end = " ",
      .answer = "ASSISTANT:",
      .answer_end = " ",
      .mark = "<image>",
      .spare_mark = "<unk>", /* in files with Llama's own vocabulary; text never is, where every byte has a piece */
      .flags = RG_ENCODE_TEMPLATE,
  },
  {
      .name = "Qwen2-VL",
      .model_types = { "qwen2_vl", "qwen2_5_vl" },
      .tell_tales = { "<|im_start|>", "You are a helpful assistant.", "<|vision_start|><|image_pad|><|vision_end|>", "<|im_end|>" },
      .begin = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n",
      .question = "<|im_start|>user\n",
      .question_without_picture = "<|im_start|>user\n",
      .picture = "<|vision_start|><|image_pad|><|vision_end|>",
      .text = "",
      .question_end = "<|im_end|>\n",
      .answer = "<|im_start|>assistant\n",
      .answer_end = "<|im_end|>\n",
      .mark = "<|image_pad|>",
  },
  {
      .name = "nanoVLM",
      .model_types = { "nanovlm" },
      .begin = "",
      .question = "",
      .question_without_picture = "",
      .picture = "<image>",
      .text = "Question: ",
      .question_end = " Answer:",
      .answer = "",
      .answer_end = "",
      .single = TRUE,
      .mark = "<image>",
      .spare_mark = "<|endoftext|>", /* what an answer ends with, which no text has */
  },
  NANO_VLM_CHAT ("nanovlm-chat", .flags = RG_ENCODE_DEFAULT),
  NANO_VLM_CHAT ("nanovlm-tiles", .places = TRUE, .tiles_alone = TRUE),
  NANO_VLM_CHAT ("nanovlm-overview", .places = TRUE, .overview_first = TRUE, .whole = "<|global_image|>"),
  {
      .name = "PaliGemma",
      .model_types = { "paligemma" },
      .begin = "",
      .question = "",
      .question_without_picture = "",
      .picture = "<image>",
      .text = "<bos>",
      .question_end = "\n",
      .answer = "",
      .answer_end = "",
      .single = TRUE,
      .mark = "<image>",
  },
  {
      .name = "Gemma 3",
      .model_types = { "gemma3" },
      .tell_tales = { "<start_of_turn>", "<start_of_image>", "<end_of_turn>", "model" },
      .begin = "<bos>",
      .question = "<start_of_turn>user\n",
      .question_without_picture = "<start_of_turn>user\n",
      .picture = "<image_soft_token>",
      .text = "",
      .question_end = "<end_of_turn>\n",
      .answer = "<start_of_turn>model\n",
      .answer_end = "<end_of_turn>\n",
      .mark = "<image_soft_token>",
      .spare_mark = "<pad>", /* in files that end before it; no text has it */
      .view = "\n\n<start_of_image>",
      .picture_end = "<end_of_image>\n\n",
  },
  {
      .name = "Llama Vision",
      .model_types = { "mllama" },
      .tell_tales = { "<|start_header_id|>", "<|end_header_id|>", "<|image|>", "<|eot_id|>" },
      .begin = "<|begin_of_text|>",
      .question = "<|start_header_id|>user<|end_header_id|>\n\n",
      .question_without_picture = "<|start_header_id|>user<|end_header_id|>\n\n",
      .picture = "<|image|>",
      .text = "",
      .question_end = "<|eot_id|>",
      .answer = "<|start_header_id|>assistant<|end_header_id|>\n\n",
      .answer_end = "<|eot_id|>",
      .mark = "<|image|>",
      .once = TRUE,
  },
};

const char *
rg_prompt_format_get_name (const RgPromptFormat *self)
{
  return self->name;
}

const char *
rg_prompt_format_get_image_mark (const RgPromptFormat *self)
{
  return self->mark;
}

/* --- recognition -------------------------------------------------------------------------------------------------- */

static gboolean
is_family (const RgPromptFormat *format, const char *model_type)
{
  for (guint i = 0; i < MAX_MODEL_TYPES && format->model_types[i] != NULL; i++)
    if (strcmp (format->model_types[i], model_type) == 0)
      return TRUE;

  return FALSE;
}

/* A family without tell-tales has no chat template: any is another one's. */
static gboolean
is_template (const RgPromptFormat *format, const char *chat_template)
{
  for (guint i = 0; i < MAX_TELL_TALES && format->tell_tales[i] != NULL; i++)
    if (strstr (chat_template, format->tell_tales[i]) == NULL)
      return FALSE;

  return format->tell_tales[0] != NULL;
}

const RgPromptFormat *
rg_prompt_format_find (const char *name, const char *model_type, const char *chat_template, GError **error)
{
  g_autofree char *excerpt = rg_json_dup_excerpt (model_type);
  gboolean known = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      if (!is_family (&formats[i], model_type))
        continue;
      if (chat_template == NULL || is_template (&formats[i], chat_template))
        return &formats[i];
      known = TRUE;
    }
  if (known)
    g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: this chat template is not one that models of the kind “%s” are known to have; please use the model as it was published."), name, excerpt);
  else
    g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: models of the kind “%s” are not supported."), name, excerpt);

  return NULL;
}

/* --- turns → prompt ----------------------------------------------------------------------------------------------- */

static gboolean
refuse_sign (const char *sign, GError **error)
{
  g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("To this model “%s” is a sign of its own and no text; please write it differently."), sign);

  return FALSE;
}

/* What a person writes must stay text: "<image>" in a question would be taken for a picture. A special token may also
 * stand for what the vocabulary lacks, which is no reason to refuse it. */
static gboolean
check_text (const RgPromptFormat *self, const RgTokenizer *tokenizer, const char *text, GError **error)
{
  g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text, -1, RG_ENCODE_SPECIAL);

  if (strstr (text, self->mark) != NULL)
    return refuse_sign (self->mark, error);
  for (guint i = 0; i < ids->len; i++)
    {
      guint32 id = g_array_index (ids, guint32, i);
      const char *piece = rg_tokenizer_get_piece (tokenizer, id);

      if (rg_tokenizer_is_special (tokenizer, id) && strstr (text, piece) != NULL)
        return refuse_sign (piece, error);
    }

  return TRUE;
}

static void
append_question (const RgPromptFormat *self, const RgPromptTurn *turn, GString *prompt)
{
  g_string_append (prompt, turn->n_pictures > 0 ? self->question : self->question_without_picture);
  for (guint i = 0; i < turn->n_pictures; i++)
    g_string_append (prompt, self->picture);
  g_string_append (prompt, self->text);
  g_string_append (prompt, turn->question);
  g_string_append (prompt, self->question_end);
}

/* An answer that is known stands behind a space where the model's own would begin with one. */
static void
append_answer (const RgPromptFormat *self, const RgPromptTurn *turn, GString *prompt)
{
  g_string_append (prompt, self->answer);
  if (turn->answer == NULL)
    return;
  if (g_str_has_suffix (self->answer, ":"))
    g_string_append_c (prompt, ' ');
  g_string_append (prompt, turn->answer);
  g_string_append (prompt, self->answer_end);
}

char *
rg_prompt_format_render (const RgPromptFormat *self, const RgTokenizer *tokenizer, const RgPromptTurn *turns, guint n_turns, GError **error)
{
  g_autoptr (GString) prompt = g_string_new (self->begin);

  if (self->single && n_turns > 1)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s answers single questions, it knows no conversations."), self->name);
      return NULL;
    }
  for (guint i = 0; i < n_turns; i++)
    {
      if (!check_text (self, tokenizer, turns[i].question, error) || (turns[i].answer != NULL && !check_text (self, tokenizer, turns[i].answer, error)))
        return NULL;
      append_question (self, &turns[i], prompt);
      append_answer (self, &turns[i], prompt);
    }

  return g_string_free (g_steal_pointer (&prompt), FALSE);
}

/* --- prompt → expanded -------------------------------------------------------------------------------------------- */

static void
append_marks (const RgPromptFormat *self, guint n, GString *out)
{
  for (guint i = 0; i < n; i++)
    g_string_append (out, self->mark);
}

static void
append_text (GString *out, const char *text)
{
  g_string_append (out, text != NULL ? text : "");
}

static void
append_tile (const RgPromptFormat *self, const RgPromptPicture *picture, guint row, guint col, GString *out)
{
  append_text (out, self->view);
  if (self->places)
    g_string_append_printf (out, "<row_%u_col_%u>", row + 1, col + 1);
  append_marks (self, picture->n_tokens, out);
  if (col + 1 == picture->cols)
    append_text (out, self->row_end);
}

static void
append_whole (const RgPromptFormat *self, const RgPromptPicture *picture, GString *out)
{
  append_text (out, self->view);
  append_text (out, self->whole);
  append_marks (self, self->once ? 1 : picture->n_tokens, out);
}

static void
append_picture (const RgPromptFormat *self, const RgPromptPicture *picture, GString *out)
{
  guint n_tiles = self->once ? 0 : picture->rows * picture->cols;

  if (self->overview_first)
    append_whole (self, picture, out);
  for (guint i = 0; i < n_tiles; i++)
    append_tile (self, picture, i / picture->cols, i % picture->cols, out);
  if (n_tiles > 0)
    append_text (out, self->overview);
  if (!self->overview_first && !(self->tiles_alone && n_tiles > 0))
    append_whole (self, picture, out);
  append_text (out, self->picture_end);
}

char *
rg_prompt_format_expand (const RgPromptFormat *self, const char *prompt, const RgPromptPicture *pictures, guint n_pictures, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (prompt, self->mark, -1);
  g_autoptr (GString) out = g_string_new (NULL);
  guint n_marks = MAX (g_strv_length (parts), 1) - 1;

  if (n_marks != n_pictures)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("The prompt has %u places for pictures (%s), but there are %u pictures."), n_marks, self->mark, n_pictures);
      return NULL;
    }
  append_text (out, parts[0]);
  for (guint i = 0; i < n_pictures; i++)
    {
      append_picture (self, &pictures[i], out);
      g_string_append (out, parts[i + 1]);
    }

  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- expanded → ids ----------------------------------------------------------------------------------------------- */

/* Returns: (nullable): which of the two marks @tokenizer has. */
static const char *
find_mark (const RgPromptFormat *self, const RgTokenizer *tokenizer, guint32 *id)
{
  const char *const marks[] = { self->mark, self->spare_mark };

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    if (marks[i] != NULL && rg_tokenizer_find (tokenizer, marks[i], id) && rg_tokenizer_is_special (tokenizer, *id))
      return marks[i];

  return NULL;
}

gboolean
rg_prompt_format_find_image_token (const RgPromptFormat *self, const RgTokenizer *tokenizer, guint32 *image_token, GError **error)
{
  if (find_mark (self, tokenizer, image_token) != NULL)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("The tokenizer has no special token “%s”, which %s writes for a picture."), self->mark, self->name);

  return FALSE;
}

GArray *
rg_prompt_format_encode (const RgPromptFormat *self, const RgTokenizer *tokenizer, const char *expanded, guint32 *image_token, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (expanded, self->mark, -1);
  g_autofree char *text = NULL;
  guint32 id;

  if (!rg_prompt_format_find_image_token (self, tokenizer, &id, error))
    return NULL;
  if (image_token != NULL)
    *image_token = id;

  text = g_strjoinv (find_mark (self, tokenizer, &id), parts);

  return rg_tokenizer_encode (tokenizer, text, -1, self->flags | RG_ENCODE_SPECIAL);
}
