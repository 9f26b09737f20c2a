/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/decoder/decoder.h"
#include "engine/encoder/vision-encoder.h"
#include "engine/projector/projector.h"

/* The blueprint of a model: what its config.json says, in the words of the parts. The bundled model's files are described in
 * MODEL.md, those of open models in their families. */

G_BEGIN_DECLS

/** RgFamily: see engine/families/family.h. */
typedef struct _RgFamily RgFamily;

/** RG_MODEL_CONFIG: the file in a model folder. */
#define RG_MODEL_CONFIG "config.json"

/** RG_MAX_ENDS: tokens that may end an answer. */
#define RG_MAX_ENDS 8

/** RG_MAX_START, RG_MAX_MUTED: see RgModelConfig. */
#define RG_MAX_START 4
#define RG_MAX_MUTED 256

/**
 * RgModelConfig:
 * @question_encoder: of no layers in most families. In the others it reads the question whole and looks at the picture, and the
 *   decoder looks at what it made of the question's tokens, not at the picture
 * @bos: id that a text begins with
 * @question, @answer, @eos: of the bundled model's conversations
 * @image_token: where image tokens stand in the text, in a decoder without cross-attention
 * @ends: of which each ends an answer
 * @first_language, @n_languages: in models that write down what is spoken, the ids of the languages, one after the other. The one
 *   that the model hears stands behind @bos. None where it knows but one
 * @start: ids behind that, which say what is to be done
 * @n_extra_tokens: the last of the vocabulary that are this model's own, and not of the tokenizer that it took over
 * @muted: ids that are never chosen in an answer, though the model may score them best, and as its first token @first_muted, too
 */
typedef struct
{
  const RgFamily *family;
  RgVisionConfig vision;
  RgProjectorConfig projector;
  RgTextConfig text, question_encoder;
  guint32 bos, question, answer, eos;
  guint32 image_token;
  guint32 ends[RG_MAX_ENDS];
  guint n_ends;
  guint32 first_language;
  guint n_languages;
  guint32 start[RG_MAX_START], muted[RG_MAX_MUTED], first_muted[RG_MAX_ENDS];
  guint n_start, n_muted, n_first_muted, n_extra_tokens;
} RgModelConfig;

/**
 * rg_model_config_read:
 * @config: (out): all but what the tokenizer knows
 * @dir: with config.json and, in some families, generation_config.json
 *
 * Errors: %RG_ERROR; %RG_ERROR_UNSUPPORTED for a family, or something in it, that Regard has not
 */
gboolean rg_model_config_read (RgModelConfig *config, const char *dir, GError **error);

/** rg_model_config_write: config.json and preprocessor_config.json of the bundled model's family, each atomically. */
gboolean rg_model_config_write (const RgModelConfig *config, const char *dir, GError **error);

/** rg_model_config_get_token_size: Returns: side in pixels of what one image token sees of a view. */
guint rg_model_config_get_token_size (const RgModelConfig *config);

/** rg_model_config_reads_whole: Returns: whether what it remembers of a picture depends on the prompt, which is read as a whole. */
gboolean rg_model_config_reads_whole (const RgModelConfig *config);

/** rg_model_config_add_end: @id: a further one that ends an answer, unless there is no room. */
void rg_model_config_add_end (RgModelConfig *config, guint32 id);

G_END_DECLS
