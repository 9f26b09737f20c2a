/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/decoder/decoder.h"
#include "engine/encoder/vision-encoder.h"
#include "engine/formats/json-file.h"

/* Models that describe a picture and know no questions: a vision encoder whose rows are, as they are, the memory of a
 * decoder's cross-attention. */

G_BEGIN_DECLS

/**
 * RgCaptionConfig: what a family makes of its config.json.
 * @start: id that a text begins with
 * @end: id that ends it
 */
typedef struct
{
  RgVisionConfig vision;
  RgTextConfig text;
  guint32 start, end;
} RgCaptionConfig;

/**
 * RgCaptionFamily: a description.
 * @model_type: of config.json
 * @read: fills @config, with the defaults of the family's original code where the file is silent; %RG_ERROR_FORMAT, or
 *   %RG_ERROR_UNSUPPORTED for what this family may have and Regard has not
 * @aliases: (array) (nullable): tensors that files may lack, and what is then the same, see rg_parameters_set_alias()
 */
typedef struct
{
  const char *model_type;
  gboolean (*read) (const RgConfig *file, RgCaptionConfig *config, GError **error);
  const RgVisionNames *vision;
  const RgTextNames *text;
  const char *aliases[2][2];
} RgCaptionFamily;

/** rg_caption_family_blip, rg_caption_family_vit_gpt2: in blip.c and vit-gpt2.c. */
extern const RgCaptionFamily rg_caption_family_blip, rg_caption_family_vit_gpt2;

/** RgCaptioner: a loaded model; immutable, for any thread, each with a pass of its own. */
typedef struct _RgCaptioner RgCaptioner;

/**
 * rg_captioner_load:
 * @dir: a folder with config.json and weights
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_UNSUPPORTED where it is no model of this kind, another %RG_ERROR or
 *   a file error that names the file
 */
RgCaptioner *rg_captioner_load (const char *dir, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_captioner_free (RgCaptioner *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgCaptioner, rg_captioner_free)

const RgCaptionConfig *rg_captioner_get_config (const RgCaptioner *self);

/**
 * rg_captioner_see:
 * @pixels: (N · 3 · S) × S normalised pixel values
 *
 * Returns: (transfer none) (nullable): (N · T) × D, which lives until the pass is reset; %NULL if cancelled or stopped
 */
RgTensor *rg_captioner_see (RgCaptioner *self, RgPass *pass, RgTensor *pixels, const RgVisionRun *run);

/**
 * rg_captioner_remember:
 * @seen: of rg_captioner_see()
 * @memory: (out caller-allocates): for each layer of the decoder its keys and values
 */
void rg_captioner_remember (RgCaptioner *self, RgPass *pass, RgTensor *seen, RgTensor **memory);

/** rg_captioner_read: @run: with the memory. Returns: (transfer none) (nullable): scores, R × V; %NULL if cancelled. */
RgTensor *rg_captioner_read (RgCaptioner *self, RgPass *pass, const RgDecoderRun *run);

G_END_DECLS
