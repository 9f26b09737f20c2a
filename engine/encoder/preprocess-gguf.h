/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/encoder/preprocess.h"
#include "engine/formats/gguf.h"

/* The way of a picture as the second file of a GGUF model tells it, the one with the vision encoder ("mmproj"), whose
 * general.architecture is "clip":
 *
 *   clip.projector_type                 which family: "idefics3", "mlp" (LLaVA 1.5), "qwen2vl_merger", "qwen2.5vl_merger"
 *   clip.vision.image_size, patch_size  side of a view and of a patch
 *   clip.vision.image_mean, image_std   f32[3]
 *   clip.vision.projector.scale_factor  of idefics3, patches on a side of an image token
 *   clip.vision.preproc_image_size      of idefics3, the longest edge
 *   clip.vision.spatial_merge_size      of qwen2vl_merger; and image_min_pixels, image_max_pixels
 *
 * The file does not say how sizes are changed; that is what the family's original processor does. */

G_BEGIN_DECLS

/**
 * rg_preprocess_config_load_gguf:
 *
 * Any thread. The patches are known afterwards.
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT or %RG_ERROR_UNSUPPORTED (another family)
 */
gboolean rg_preprocess_config_load_gguf (RgPreprocessConfig *config, const RgGguf *file, GError **error);

G_END_DECLS
