/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Llama 3.2 Vision (Grattafiori et al., “The Llama 3 herd of models”, 2024), “Mllama” in its files: a Llama that looks at the
 * picture in some layers, which have gated cross-attention in place of self-attention; and an encoder that sees a picture's tiles
 * at once, with what went into some of its layers beside what comes out. */
#include "engine/families/family.h"
#include "engine/families/language-model.h"

#include <glib/gi18n.h>

#include "engine/error.h"

#define VISION "vision_config"
#define SHAPES VISION ".supported_aspect_ratios"
#define KEPT VISION ".intermediate_layers_indices"
#define LOOKING "text_config.cross_attention_layers"

/* Word vectors behind those of the vocabulary: the picture's mark, and room. */
#define N_UNSCORED 8

static const RgBlockNames vision_block_names = {
  .norm = "input_layernorm",
  .qkv = { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" },
  .out = "self_attn.o_proj",
  .mlp_norm = "post_attention_layernorm",
  .up = "mlp.fc1",
  .down = "mlp.fc2",
  .attention_gate = "gate_attn",
  .mlp_gate = "gate_ffn",
};

static const RgTileNames tile_names = {
  .before = "pre_tile_positional_embedding.embedding.weight",
  .before_gate = "pre_tile_positional_embedding.gate",
  .after = "post_tile_positional_embedding.embedding.weight",
  .after_gate = "post_tile_positional_embedding.gate",
  .places = "gated_positional_embedding.tile_embedding.weight",
  .places_gate = "gated_positional_embedding.gate",
};

static const RgVisionNames vision_names = {
  .prefix = "vision_model",
  .patch = "patch_embedding",
  .class_token = "class_embedding",
  .places = "gated_positional_embedding.embedding",
  .first_norm = "layernorm_pre",
  .layers = "transformer.layers",
  .last_norm = "layernorm_post",
  .global_layers = "global_transformer.layers",
  .tiles = &tile_names,
  .block = &vision_block_names,
};

static const RgProjectorNames projector_names = {
  .prefix = "",
  .up = "multi_modal_projector",
};

static const RgTextNames text_names = {
  .prefix = "language_model.model",
  .embedding = "embed_tokens.weight",
  .layers = "layers",
  .last_norm = "norm",
  .scores_map = "language_model.lm_head",
  .block = &rg_language_block_names,
  .looking_block = &rg_language_looking_names,
};

/* A list of layers as a bit for each; where the file is silent, @bits stays as it is. */
static gboolean
read_layers (const RgConfig *file, const char *path, guint first, guint n_layers, guint64 *bits, GError **error)
{
  g_autoptr (GArray) layers = NULL;

  if (!rg_config_has (file, path))
    return TRUE;
  if (!rg_config_get_ints (file, path, RG_CONFIG_REQUIRED, first, n_layers - 1, RG_MAX_LAYERS, &layers, error))
    return FALSE;

  *bits = 0;
  for (guint i = 0; i < layers->len; i++)
    *bits |= G_GUINT64_CONSTANT (1) << g_array_index (layers, gint64, i);

  return TRUE;
}

/* The ways in which tiles may lie have numbers, by their place in this list. */
static gboolean
check_shapes (const RgConfig *file, guint max_tiles, GError **error)
{
  guint n = rg_tiles_count_shapes (max_tiles), n_listed = rg_config_get_length (file, SHAPES);

  for (guint i = 0; i < n_listed; i++)
    {
      g_autofree char *path = g_strdup_printf (SHAPES "[%u]", i);
      g_autoptr (GArray) shape = NULL;
      guint rows = 0, cols = 0;

      if (!rg_config_get_ints (file, path, RG_CONFIG_REQUIRED, 1, max_tiles, 2, &shape, error))
        return FALSE;
      if (i < n)
        rg_tiles_get_shape (max_tiles, i + 1, &rows, &cols);
      if (n_listed != n || shape->len != 2 || rows != g_array_index (shape, gint64, 0) || cols != g_array_index (shape, gint64, 1))
        {
          g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: only all shapes of at most %u tiles, in rising order, are supported"), path, max_tiles);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
read_vision (const RgConfig *file, RgVisionConfig *config, GError **error)
{
  static const guint usually_kept[] = { 3, 7, 15, 23, 30 };
  RgSide side = { 1280, 5120, 16, 32, 1e-5, "gelu" };
  gint64 image_size = 448, patch_size = 14, n_global_layers = 8, max_tiles = 4, width = 7680;

  if (!rg_side_check_type (file, VISION, "mllama_vision_model", error) ||
      !rg_side_get_int (file, VISION, "hidden_size", 16384, &side.width, error) ||
      !rg_side_get_int (file, VISION, "intermediate_size", 65536, &side.mlp_width, error) ||
      !rg_side_get_int (file, VISION, "attention_heads", 256, &side.n_heads, error) ||
      !rg_side_get_int (file, VISION, "num_hidden_layers", RG_MAX_LAYERS - 1, &side.n_layers, error) ||
      !rg_side_get_int (file, VISION, "num_global_layers", RG_MAX_LAYERS - side.n_layers, &n_global_layers, error) ||
      !rg_config_get_double (file, VISION ".norm_eps", RG_CONFIG_OPTIONAL, 1e-12, 1, &side.epsilon, error) ||
      !rg_config_get_string (file, VISION ".hidden_act", RG_CONFIG_OPTIONAL, &side.activation, error) ||
      !rg_side_get_int (file, VISION, "image_size", 4096, &image_size, error) ||
      !rg_side_get_int (file, VISION, "patch_size", 1024, &patch_size, error) ||
      !rg_side_get_int (file, VISION, "max_num_tiles", 16, &max_tiles, error) ||
      !rg_side_get_int (file, VISION, "vision_output_dim", 1 << 20, &width, error) ||
      !check_shapes (file, max_tiles, error) ||
      !rg_side_set_block (side, VISION, &config->block, error) ||
      !rg_side_set_patches (config, image_size, patch_size, error))
    return FALSE;

  config->block.biases = RG_BIAS_MLP;
  config->n_layers = side.n_layers;
  config->n_global_layers = n_global_layers;
  config->max_tiles = max_tiles;
  config->class_token = config->first_norm = config->last_norm = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (usually_kept); i++)
    config->kept_layers |= usually_kept[i] < config->n_layers ? G_GUINT64_CONSTANT (1) << usually_kept[i] : 0;
  if (!read_layers (file, KEPT, 0, config->n_layers, &config->kept_layers, error))
    return FALSE;
  if (rg_vision_config_get_width (config) == (gsize) width)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: %u is not the width of the layers that are kept, %u"), VISION ".vision_output_dim", (guint) width, (guint) rg_vision_config_get_width (config));

  return FALSE;
}

static gboolean
read_mllama (const RgConfig *file, RgModelConfig *config, GError **error)
{
  RgTextConfig *text = &config->text;
  gint64 image_token = 128256;

  if (!read_vision (file, &config->vision, error) ||
      !rg_language_model_read (file, "text_config", text, error))
    return FALSE;

  text->n_unscored = N_UNSCORED;
  for (guint i = 3; i < text->n_layers; i += 5)
    text->looking_layers |= G_GUINT64_CONSTANT (1) << i;
  if (!read_layers (file, LOOKING, 1, text->n_layers, &text->looking_layers, error) ||
      !rg_config_get_int (file, "image_token_index", RG_CONFIG_OPTIONAL, 0, text->vocabulary_size + N_UNSCORED - 1, &image_token, error) ||
      !rg_config_get_int (file, "image_token_id", RG_CONFIG_OPTIONAL, 0, text->vocabulary_size + N_UNSCORED - 1, &image_token, error))
    return FALSE;
  if (text->looking_layers == 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: no layer looks at the picture"), LOOKING);
      return FALSE;
    }

  text->block.cross = TRUE;
  text->block.memory_width = text->block.width;
  config->image_token = image_token;
  config->projector = (RgProjectorConfig){
    .in_width = rg_vision_config_get_width (&config->vision),
    .out_width = text->block.width,
    .merge_size = 1,
    .n_maps = 1,
    .bias = TRUE,
  };

  return TRUE;
}

const RgFamily rg_family_mllama = {
  .model_type = "mllama",
  .name = "Llama 3.2 Vision",
  .conversation = RG_CONVERSATION_CHAT,
  .read = read_mllama,
  .vision = &vision_names,
  .projector = &projector_names,
  .text = &text_names,
  .aliases = {
      { "language_model.lm_head.", "lm_head." },
      { "language_model.model.", "model.language_model." },
      { "vision_model.", "model.vision_model." },
      { "multi_modal_projector.", "model.multi_modal_projector." },
  },
};
