/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/tokenizer.h"

/* How a family of open models wants a conversation about pictures to be written, in three steps, each what the original
 * processor does:
 *
 *   turns     "Describe it."
 *   prompt    "<|im_start|>User:<image>Describe it.<end_of_utterance>\nAssistant:"
 *   expanded  "…User:<fake_token_around_image><global-img><image><image>…<fake_token_around_image>Describe it.…"
 *   ids       1, 11126, 42, 49189, 49152, 49190 …: one for each image token
 *
 * A model folder brings its chat template as a program in Jinja. Running programs from files is out of the question, and
 * there are few different ones: a template is recognised by words that only it has, and what it writes is described here
 * in C. One that is not recognised is refused. */

G_BEGIN_DECLS

/** RgPromptFormat: one of the descriptions, which live as long as the program; immutable, for any thread. */
typedef struct _RgPromptFormat RgPromptFormat;

/**
 * RgPromptTurn:
 * @n_pictures: those that stand in front of the question
 * @answer: (nullable): what the model said, without white space around it; %NULL in the last turn, which it is to answer
 */
typedef struct
{
  const char *question;
  guint n_pictures;
  const char *answer;
} RgPromptTurn;

/**
 * RgPromptPicture: of an RgPixelValues
 * @rows: and @cols: of its tiles; 0 where the picture was not cut
 * @n_tokens: image tokens of each view: rows × cols of its patch grid
 */
typedef struct
{
  guint rows, cols;
  guint n_tokens;
} RgPromptPicture;

/**
 * rg_prompt_format_find:
 * @name: what messages call the place that the template comes from
 * @model_type: of config.json
 * @chat_template: (nullable): in Jinja; %NULL for what the family was trained with
 *
 * Returns: (transfer none) (nullable): %NULL with %RG_ERROR_UNSUPPORTED
 */
const RgPromptFormat *rg_prompt_format_find (const char *name, const char *model_type, const char *chat_template, GError **error);

/**
 * rg_prompt_format_load:
 * @folder: of a model: config.json, and the first there is of chat_template.jinja, chat_template.json,
 *   tokenizer_config.json that has a template
 *
 * Returns: (transfer none) (nullable): %NULL with %RG_ERROR_UNSUPPORTED, %RG_ERROR_FORMAT or a %G_FILE_ERROR
 */
const RgPromptFormat *rg_prompt_format_load (const char *folder, GError **error);

/** rg_prompt_format_get_name: Returns: (transfer none): a short name: "SmolVLM". */
const char *rg_prompt_format_get_name (const RgPromptFormat *self);

/** rg_prompt_format_get_image_mark: Returns: (transfer none): the token that stands for an image token: "<image>". */
const char *rg_prompt_format_get_image_mark (const RgPromptFormat *self);

/**
 * rg_prompt_format_render:
 * @tokenizer: whose special tokens must not occur in the turns
 * @turns: (array length=n_turns): oldest first; at least one
 *
 * Returns: (transfer full) (nullable): the prompt; %NULL with %RG_ERROR_VALUE (a text that contains a special token) or
 *   %RG_ERROR_UNSUPPORTED (a conversation with a family that knows single questions only)
 */
char *rg_prompt_format_render (const RgPromptFormat *self, const RgTokenizer *tokenizer, const RgPromptTurn *turns, guint n_turns, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_prompt_format_expand:
 * @prompt: with one mark a picture
 * @pictures: (array length=n_pictures): in the order of their marks
 *
 * Returns: (transfer full) (nullable): the prompt with as many marks as there are image tokens, and what the family writes
 *   around them; %NULL with %RG_ERROR_SHAPE where the numbers of marks and pictures differ
 */
char *rg_prompt_format_expand (const RgPromptFormat *self, const char *prompt, const RgPromptPicture *pictures, guint n_pictures, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_prompt_format_find_image_token:
 * @image_token: (out): the id at the places of image tokens: the mark's, or, where a family's files may lack it, that of a token
 *   which text never becomes
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT
 */
gboolean rg_prompt_format_find_image_token (const RgPromptFormat *self, const RgTokenizer *tokenizer, guint32 *image_token, GError **error);

/**
 * rg_prompt_format_encode:
 * @expanded: of rg_prompt_format_expand()
 * @image_token: (out) (optional): the id at the places of image tokens
 *
 * Returns: (transfer full) (nullable) (element-type guint32): the ids; %NULL with %RG_ERROR_FORMAT where @tokenizer does
 *   not know the mark as one token
 */
GArray *rg_prompt_format_encode (const RgPromptFormat *self, const RgTokenizer *tokenizer, const char *expanded, guint32 *image_token, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
