/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/encoder/preprocess.h"

/* preprocessor_config.json, the way of a picture that a model was trained with. The keys are those of the image processors
 * of Hugging Face transformers; where one is absent, the processor's own default counts.
 *
 *   {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 224} | {"height": 224, "width": 224} | 224,
 *    "do_center_crop": true, "crop_size": {"height": 224, "width": 224} | 224, "do_pad": false, "crop_pct": 0.875,
 *    "max_image_size": {"longest_edge": 512}, "do_image_splitting": true, "max_image_tiles": 4,
 *    "min_pixels": 3136, "max_pixels": 12845056, "patch_size": 14, "merge_size": 2, "temporal_patch_size": 2,
 *    "resample": 3, "do_rescale": true, "rescale_factor": 0.00392, "do_normalize": true,
 *    "image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28]}
 *
 *   {"image_processor_type": "RegardImageProcessor", "size": {"height": 128, "width": 128}, "patch_size": 8,
 *    "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_pad": true, "resample": 2}
 *
 *   {"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 80, "sampling_rate": 16000, "n_fft": 400,
 *    "hop_length": 160, "chunk_length": 30}
 *
 * Known are the processors CLIP, Llava, Bit, ViT, Siglip, Blip, ConvNext, Idefics3, SmolVLM, Qwen2VL, Mllama,
 * Whisper and Regard; older files call them feature extractors (feature_extractor_type). The fast ones are taken as those they
 * replace. */

G_BEGIN_DECLS

/**
 * rg_preprocess_config_load:
 * @path: a preprocessor_config.json
 *
 * The size of patches is only known afterwards where the file has it (Regard, Qwen2VL); see rg_preprocess_config_load_patches().
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT, %RG_ERROR_UNSUPPORTED (another processor, a step that is switched off) or a
 *   %G_FILE_ERROR
 */
gboolean rg_preprocess_config_load (RgPreprocessConfig *config, const char *path, GError **error);

/** rg_preprocess_config_parse: the same on @text of @length bytes, which messages call @name. */
gboolean rg_preprocess_config_parse (RgPreprocessConfig *config, const char *name, const char *text, gsize length, GError **error);

/**
 * rg_preprocess_config_load_patches:
 * @path: a config.json
 *
 * Completes a configuration by what the model does with the views: @patch_size and @merge_size, so that the patch grid has
 * a cell for each image token, and LLaVA's padding to a square ("image_aspect_ratio": "pad"). For a ResNet a patch is what
 * one cell of the last stage stands for. Models whose preprocessor_config.json has it all are left as they are.
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT, %RG_ERROR_UNSUPPORTED (a model_type that is not known) or a %G_FILE_ERROR
 */
gboolean rg_preprocess_config_load_patches (RgPreprocessConfig *config, const char *path, GError **error);

/** rg_preprocess_config_save: of the bundled model's kind only. Returns: %FALSE with a %G_FILE_ERROR, an old file untouched. */
gboolean rg_preprocess_config_save (const RgPreprocessConfig *config, const char *path, GError **error);

G_END_DECLS
