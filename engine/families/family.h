/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/encoder/preprocess.h"
#include "engine/formats/json-file.h"
#include "engine/model-config.h"
#include "engine/tokenizer/tokenizer.h"

/* A family of models that look at a picture and write: how its config.json is read, and what it calls its parts. The parts are
 * the same for all. */

G_BEGIN_DECLS

/**
 * RG_FAMILY_NANO_VLM …: what a config.json without a model type, but with nanoVLM's sizes, is taken to be of: the first releases, and
 * those with tokens of their own and turns, which see a picture as one view, as tiles, or as tiles behind an overview.
 */
#define RG_FAMILY_NANO_VLM "nanovlm"
#define RG_FAMILY_NANO_VLM_CHAT "nanovlm-chat"
#define RG_FAMILY_NANO_VLM_TILES "nanovlm-tiles"
#define RG_FAMILY_NANO_VLM_OVERVIEW "nanovlm-overview"

/** RG_MAX_ALIASES: see RgFamily. */
#define RG_MAX_ALIASES 8

/**
 * RG_ALIASES_OF_TODAY: Hugging Face's programs have renamed the parts of LLaVA and its relatives; files by both are about.
 */
#define RG_ALIASES_OF_TODAY                                                            \
  { "language_model.lm_head.", "lm_head." },                                           \
      { "language_model.lm_head.weight", "language_model.model.embed_tokens.weight" }, \
      { "language_model.lm_head.weight", "model.language_model.embed_tokens.weight" }, \
      { "language_model.model.", "model.language_model." },                            \
      { "vision_tower.", "model.vision_tower." },                                      \
      { "multi_modal_projector.", "model.multi_modal_projector." },

/**
 * RgConversation: how one talks to a family.
 * @RG_CONVERSATION_TRAINED: <bos> <question> … <answer> … <eos>: the bundled model
 * @RG_CONVERSATION_CAPTION: it takes no questions, it describes; what is said to it is how the description begins
 * @RG_CONVERSATION_QUESTION: one question, which is read whole before the answer is begun, each by itself
 * @RG_CONVERSATION_TRANSCRIPT: it takes no questions, it writes down what is spoken; what is said to it is how that begins
 * @RG_CONVERSATION_CHAT: in the form of its chat template, see RgPromptFormat
 */
typedef enum
{
  RG_CONVERSATION_TRAINED,
  RG_CONVERSATION_CAPTION,
  RG_CONVERSATION_QUESTION,
  RG_CONVERSATION_TRANSCRIPT,
  RG_CONVERSATION_CHAT,
} RgConversation;

/**
 * RgFamily: a description.
 * @model_type: of config.json
 * @architecture: (nullable): of config.json, where families share a model type; the one without is the other's
 * @name: as people write it
 * @read: fills @config, with the defaults of the family's original code where the file is silent; %RG_ERROR_FORMAT, or
 *   %RG_ERROR_UNSUPPORTED for what this family may have and Regard has not
 * @plan_pictures: (nullable): for folders without preprocessor_config.json, which are those without a model type: how pictures
 *   are made ready; @file is config.json. %RG_ERROR_FORMAT
 * @read_generation: (nullable): completes @config from generation_config.json; %NULL where only what ends an answer is wanted
 * @find_tokens: (nullable): completes @config by tokens that the tokenizer knows by name, or learns here
 * @projector: (nullable): where it has no weights
 * @question_encoder: (nullable): where RgModelConfig has one
 * @aliases: other names of the same, and what is the same where a file has it only once: see rg_parameters_add_alias()
 */
struct _RgFamily
{
  const char *model_type, *architecture, *name;
  RgConversation conversation;
  gboolean (*read) (const RgConfig *file, RgModelConfig *config, GError **error);
  gboolean (*plan_pictures) (const RgConfig *file, const RgModelConfig *config, RgPreprocessConfig *preprocess, GError **error);
  gboolean (*read_generation) (const RgConfig *file, RgModelConfig *config, GError **error);
  gboolean (*find_tokens) (RgTokenizer *tokenizer, RgModelConfig *config, GError **error);
  const RgVisionNames *vision;
  const RgProjectorNames *projector;
  const RgTextNames *text, *question_encoder;
  const char *aliases[RG_MAX_ALIASES][2];
};

/** rg_family_find: Returns: (transfer none) (nullable): by the model type of a config.json, and @architecture (nullable), the first it names. */
const RgFamily *rg_family_find (const char *model_type, const char *architecture);

/** rg_family_get_model_type: @type: (out) (transfer none): of a config.json. Returns: %FALSE with %RG_ERROR_FORMAT where it tells none */
gboolean rg_family_get_model_type (const RgConfig *file, const char **type, GError **error);

/** rg_family_regard …: in regard.c and so on. */
extern const RgFamily rg_family_regard, rg_family_blip, rg_family_blip_vqa, rg_family_gemma3, rg_family_vit_gpt2, rg_family_idefics3, rg_family_smolvlm, rg_family_llava, rg_family_mllama, rg_family_nano_vlm, rg_family_nano_vlm_chat, rg_family_nano_vlm_tiles, rg_family_nano_vlm_overview, rg_family_paligemma,
    rg_family_qwen2_vl, rg_family_qwen2_5_vl, rg_family_whisper;

G_END_DECLS
