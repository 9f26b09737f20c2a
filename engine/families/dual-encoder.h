/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/decoder/decoder.h"
#include "engine/encoder/vision-encoder.h"
#include "engine/formats/json-file.h"

/* Models that put pictures and texts into one space and compare them there, each side with an encoder of its own (Radford et
 * al., “CLIP”, 2021). They answer no questions; they say how well a text fits a picture. */

G_BEGIN_DECLS

/**
 * RgTextRow: which of a text's rows stands for all of it.
 * @RG_TEXT_ROW_END: the first of the end token
 * @RG_TEXT_ROW_LARGEST: the first of the largest id, as the first releases of CLIP had it
 * @RG_TEXT_ROW_LAST: the last, padding included
 */
typedef enum
{
  RG_TEXT_ROW_END,
  RG_TEXT_ROW_LARGEST,
  RG_TEXT_ROW_LAST,
} RgTextRow;

/**
 * RgDualConfig: what a family makes of its config.json.
 * @space_width: E, of the shared space
 * @row: of texts
 * @end: id of the token that ends a text
 * @padded: whether a text is always filled up to max_positions with @pad, which is read like any other token
 */
typedef struct
{
  RgVisionConfig vision;
  RgTextConfig text;
  guint space_width;
  RgTextRow row;
  guint32 end, pad;
  gboolean padded;
} RgDualConfig;

/**
 * RgDualFamily: a description.
 * @model_type: of config.json
 * @read: fills @config, with the defaults of the family's original code where the file is silent
 * @pool: (nullable): what the rows of a picture are pooled by, see RgAttentionPool; otherwise the class token's row stands
 *   for it
 * @visual_projection: (nullable): of the picture's row; %NULL where that is the vector
 * @text_projection: of the text's row
 * @projection_bias: whether they have a bias
 * @logit_scale: whole name
 * @logit_bias: (nullable): whole name, where every pair is judged by itself (Zhai et al., “Sigmoid loss”, 2023)
 */
typedef struct
{
  const char *model_type;
  gboolean (*read) (const RgConfig *file, RgDualConfig *config, GError **error);
  const RgVisionNames *vision;
  const RgTextNames *text;
  const char *pool, *visual_projection, *text_projection;
  gboolean projection_bias;
  const char *logit_scale, *logit_bias;
} RgDualFamily;

/** rg_dual_block_names, rg_dual_text_names: what all families of this kind, and those that see by such an encoder, call them in Hugging Face's files. */
extern const RgBlockNames rg_dual_block_names;

/** rg_dual_tower_names: what the families that put a SigLIP encoder before a language model call its parts. */
extern const RgVisionNames rg_dual_tower_names;
extern const RgTextNames rg_dual_text_names;

/** rg_dual_family_clip, rg_dual_family_siglip: in clip.c and siglip.c. */
extern const RgDualFamily rg_dual_family_clip, rg_dual_family_siglip;

/** RgDualEncoder: a loaded model; immutable, for any thread, each with a pass of its own. */
typedef struct _RgDualEncoder RgDualEncoder;

/** rg_dual_encoder_claims: Returns: whether the config.json in the folder @dir is of such a model; %FALSE also without one. */
gboolean rg_dual_encoder_claims (const char *dir);

/**
 * rg_dual_encoder_load:
 * @dir: a folder with config.json and weights
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_UNSUPPORTED where it is no model of this kind, another %RG_ERROR or
 *   a file error that names the file
 */
RgDualEncoder *rg_dual_encoder_load (const char *dir, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_dual_encoder_free (RgDualEncoder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgDualEncoder, rg_dual_encoder_free)

const RgDualConfig *rg_dual_encoder_get_config (const RgDualEncoder *self);

/** rg_dual_encoder_get_precision: Returns: for a pass through the model, see rg_parameters_get_precision(). */
RgPrecision rg_dual_encoder_get_precision (const RgDualEncoder *self, gboolean measuring);

/** rg_dual_encoder_get_scale: Returns: what cosines are multiplied with before they are compared; about 100. */
double rg_dual_encoder_get_scale (const RgDualEncoder *self);

/** rg_dual_encoder_get_bias: Returns: what is then added; 0 in families without. */
double rg_dual_encoder_get_bias (const RgDualEncoder *self);

/**
 * rg_dual_encoder_see:
 * @pass: keeps the result until it is reset
 * @pixels: (N · 3 · S) × S normalised pixel values
 *
 * Returns: (transfer none) (nullable): N × E rows of length 1; %NULL if cancelled or stopped
 */
RgTensor *rg_dual_encoder_see (RgDualEncoder *self, RgPass *pass, RgTensor *pixels, const RgVisionRun *run);

/**
 * rg_dual_encoder_read:
 * @run: texts with all their tokens, padding included, each at most max_positions; no memory, no caches
 *
 * Returns: (transfer none) (nullable): a row of length 1 and width E for each text; %NULL if cancelled
 */
RgTensor *rg_dual_encoder_read (RgDualEncoder *self, RgPass *pass, const RgDecoderRun *run);

G_END_DECLS
