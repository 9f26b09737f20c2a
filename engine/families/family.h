/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/json-file.h"
#include "engine/model-config.h"
#include "engine/tokenizer/tokenizer.h"

/* A family of models that look at a picture and write: how its config.json is read, and what it calls its parts. The parts are
 * the same for all. */

G_BEGIN_DECLS

/** RG_MAX_ALIASES: see RgFamily. */
#define RG_MAX_ALIASES 8

/**
 * RG_ALIASES_OF_TODAY: Hugging Face's programs have renamed the parts of LLaVA and its relatives; files by both are about.
 */
#define RG_ALIASES_OF_TODAY                                                              \
  {                                                                                      \
    { "language_model.lm_head.", "lm_head." },                                           \
        { "language_model.lm_head.weight", "language_model.model.embed_tokens.weight" }, \
        { "language_model.lm_head.weight", "model.language_model.embed_tokens.weight" }, \
        { "language_model.model.", "model.language_model." },                            \
        { "vision_tower.", "model.vision_tower." },                                      \
        { "multi_modal_projector.", "model.multi_modal_projector." },                    \
  }

/**
 * RgConversation: how one talks to a family.
 * @RG_CONVERSATION_TRAINED: <bos> <question> … <answer> … <eos>: the bundled model
 * @RG_CONVERSATION_CAPTION: it takes no questions, it describes; what is said to it is how the description begins
 * @RG_CONVERSATION_TRANSCRIPT: it takes no questions, it writes down what is spoken; what is said to it is how that begins
 * @RG_CONVERSATION_CHAT: in the form of its chat template, see RgPromptFormat
 */
typedef enum
{
  RG_CONVERSATION_TRAINED,
  RG_CONVERSATION_CAPTION,
  RG_CONVERSATION_TRANSCRIPT,
  RG_CONVERSATION_CHAT,
} RgConversation;

/**
 * RgFamily: a description.
 * @model_type: of config.json
 * @name: as people write it
 * @read: fills @config, with the defaults of the family's original code where the file is silent; %RG_ERROR_FORMAT, or
 *   %RG_ERROR_UNSUPPORTED for what this family may have and Regard has not
 * @read_generation: (nullable): completes @config from generation_config.json; %NULL where only what ends an answer is wanted
 * @find_tokens: (nullable): completes @config by tokens that the tokenizer knows by name
 * @projector: (nullable): where it has no weights
 * @aliases: other names of the same, and what is the same where a file has it only once: see rg_parameters_add_alias()
 */
struct _RgFamily
{
  const char *model_type, *name;
  RgConversation conversation;
  gboolean (*read) (const RgConfig *file, RgModelConfig *config, GError **error);
  gboolean (*read_generation) (const RgConfig *file, RgModelConfig *config, GError **error);
  gboolean (*find_tokens) (const RgTokenizer *tokenizer, RgModelConfig *config, GError **error);
  const RgVisionNames *vision;
  const RgProjectorNames *projector;
  const RgTextNames *text;
  const char *aliases[RG_MAX_ALIASES][2];
};

/** rg_family_find: Returns: (transfer none) (nullable): by the model type of a config.json. */
const RgFamily *rg_family_find (const char *model_type);

/** rg_family_regard …: in regard.c and so on. */
extern const RgFamily rg_family_regard, rg_family_blip, rg_family_vit_gpt2, rg_family_idefics3, rg_family_smolvlm, rg_family_llava, rg_family_paligemma,
    rg_family_qwen2_vl, rg_family_qwen2_5_vl, rg_family_whisper;

G_END_DECLS
