/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/json-file.h"
#include "engine/model-config.h"

/* One side of a model that has several, as "text_config" or "vision_config" of its config.json describes it. The names of
 * the sizes are the same in most families; their defaults are not. */

G_BEGIN_DECLS

/**
 * RgSide: what a family's original code takes where the file is silent.
 * @activation: "hidden_act"
 */
typedef struct
{
  gint64 width, mlp_width, n_heads, n_layers;
  double epsilon;
  const char *activation;
} RgSide;

/**
 * rg_side_read:
 * @section: of the file, such as "text_config"
 * @n_layers: (out): blocks
 * @block: (out): layer norms first, biases everywhere, no cross-attention; whatever else a family has is for the caller to set
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT or %RG_ERROR_UNSUPPORTED (an activation)
 */
gboolean rg_side_read (const RgConfig *file, const char *section, RgSide defaults, guint *n_layers, RgBlockConfig *block, GError **error);

/** RG_SIDE_WHOLE: the section of a file that describes one side without one. */
#define RG_SIDE_WHOLE ""

/** rg_side_path: Returns: (transfer full): of @key in @section. */
char *rg_side_path (const char *section, const char *key);

/** rg_side_set_block: what rg_side_read() makes of the sizes; @section is for the messages. */
gboolean rg_side_set_block (RgSide side, const char *section, RgBlockConfig *block, GError **error);

/** rg_side_get_int: @value: (inout): the number @key of @section, 1 … @max, where there is one. Returns: %FALSE with %RG_ERROR_FORMAT */
gboolean rg_side_get_int (const RgConfig *file, const char *section, const char *key, gint64 max, gint64 *value, GError **error);

/** rg_side_set_patches: Returns: %FALSE with %RG_ERROR_FORMAT where pictures of @image_size do not divide into patches. */
gboolean rg_side_set_patches (RgVisionConfig *config, gint64 image_size, gint64 patch_size, GError **error);

/**
 * rg_side_read_vision: "vision_config", which is built as rg_side_read() says, and the size of its square pictures.
 * @image_size, @patch_size: where the file is silent
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT or %RG_ERROR_UNSUPPORTED
 */
gboolean rg_side_read_vision (const RgConfig *file, RgSide defaults, gint64 image_size, gint64 patch_size, RgVisionConfig *config, GError **error);

/** rg_side_check_type: Returns: %FALSE with %RG_ERROR_UNSUPPORTED where "model_type" of @section says another than @expected. */
gboolean rg_side_check_type (const RgConfig *file, const char *section, const char *expected, GError **error);

/** rg_side_require_type: Returns: %FALSE with %RG_ERROR_FORMAT or %RG_ERROR_UNSUPPORTED where @file is of another "model_type". */
gboolean rg_side_require_type (const RgConfig *file, const char *model_type, GError **error);

/** rg_side_claims: Returns: whether the config.json in the folder @dir is of @model_type; %FALSE also without one. */
gboolean rg_side_claims (const char *dir, const char *model_type);

/** rg_side_find_activation: @name: as config.json has it; @path: where, for the message. Returns: %FALSE with %RG_ERROR_UNSUPPORTED */
gboolean rg_side_find_activation (const char *path, const char *name, RgActivation *activation, GError **error);

/** rg_side_set_identity: the encoder's rows are the image tokens as they are. */
void rg_side_set_identity (RgModelConfig *config);

G_END_DECLS
