/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/side.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

char *
rg_side_path (const char *section, const char *key)
{
  return g_strconcat (section, *section != '\0' ? "." : "", key, NULL);
}

gboolean
rg_side_get_int (const RgConfig *file, const char *section, const char *key, gint64 max, gint64 *value, GError **error)
{
  g_autofree char *path = rg_side_path (section, key);

  return rg_config_get_int (file, path, RG_CONFIG_OPTIONAL, 1, max, value, error);
}

gboolean
rg_side_find_activation (const char *path, const char *name, RgActivation *activation, GError **error)
{
  static const struct
  {
    const char *name;
    RgActivation activation;
  } known[] = {
    { "quick_gelu", RG_ACTIVATION_GELU_QUICK },
    { "gelu", RG_ACTIVATION_GELU_ERF },
    { "gelu_new", RG_ACTIVATION_GELU_TANH },
    { "gelu_pytorch_tanh", RG_ACTIVATION_GELU_TANH },
    { "silu", RG_ACTIVATION_SILU },
    { "relu", RG_ACTIVATION_RELU },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].name, name) == 0)
      {
        *activation = known[i].activation;
        return TRUE;
      }

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: the activation “%s” is not supported"), path, name);

  return FALSE;
}

gboolean
rg_side_set_block (RgSide side, const char *section, RgBlockConfig *block, GError **error)
{
  g_autofree char *activation_path = rg_side_path (section, "hidden_act"), *heads_path = rg_side_path (section, "num_attention_heads");
  RgActivation activation;

  if (!rg_side_find_activation (activation_path, side.activation, &activation, error))
    return FALSE;

  if (side.width % side.n_heads != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: %s: a width of %u does not divide into %u heads"), heads_path, (guint) side.width, (guint) side.n_heads);
      return FALSE;
    }

  *block = rg_block_config_new (side.width, side.n_heads, side.mlp_width);
  block->epsilon = side.epsilon;
  block->activation = activation;
  block->biases = RG_BIAS_ALL;

  return TRUE;
}

gboolean
rg_side_read (const RgConfig *file, const char *section, RgSide side, guint *n_layers, RgBlockConfig *block, GError **error)
{
  g_autofree char *epsilon_path = rg_side_path (section, "layer_norm_eps");
  g_autofree char *activation_path = rg_side_path (section, "hidden_act");

  if (!rg_side_get_int (file, section, "hidden_size", 16384, &side.width, error) ||
      !rg_side_get_int (file, section, "intermediate_size", 65536, &side.mlp_width, error) ||
      !rg_side_get_int (file, section, "num_attention_heads", 256, &side.n_heads, error) ||
      !rg_side_get_int (file, section, "num_hidden_layers", RG_MAX_LAYERS, &side.n_layers, error) ||
      !rg_config_get_double (file, epsilon_path, RG_CONFIG_OPTIONAL, 1e-12, 1, &side.epsilon, error) ||
      !rg_config_get_string (file, activation_path, RG_CONFIG_OPTIONAL, &side.activation, error))
    return FALSE;

  *n_layers = side.n_layers;

  return rg_side_set_block (side, section, block, error);
}

gboolean
rg_side_set_patches (RgVisionConfig *config, gint64 image_size, gint64 patch_size, GError **error)
{
  if (image_size % patch_size != 0 || image_size / patch_size > 256)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("config.json: pictures of %u pixels do not divide into patches of %u"), (guint) image_size, (guint) patch_size);
      return FALSE;
    }

  config->image_size = image_size;
  config->patch_size = patch_size;

  return TRUE;
}

gboolean
rg_side_read_vision (const RgConfig *file, RgSide defaults, gint64 image_size, gint64 patch_size, RgVisionConfig *config, GError **error)
{
  return rg_side_read (file, "vision_config", defaults, &config->n_layers, &config->block, error) &&
         rg_side_get_int (file, "vision_config", "image_size", 4096, &image_size, error) &&
         rg_side_get_int (file, "vision_config", "patch_size", 1024, &patch_size, error) &&
         rg_side_set_patches (config, image_size, patch_size, error);
}

gboolean
rg_side_check_type (const RgConfig *file, const char *section, const char *expected, GError **error)
{
  g_autofree char *path = g_strconcat (section, ".model_type", NULL);
  const char *model_type = expected;

  if (!rg_config_get_string (file, path, RG_CONFIG_OPTIONAL, &model_type, error))
    return FALSE;
  if (strcmp (model_type, expected) == 0)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: %s: “%s” is not supported, only “%s”"), path, model_type, expected);

  return FALSE;
}

gboolean
rg_side_require_type (const RgConfig *file, const char *model_type, GError **error)
{
  const char *type;

  if (!rg_config_get_string (file, "model_type", RG_CONFIG_REQUIRED, &type, error))
    return FALSE;
  if (strcmp (type, model_type) == 0)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("config.json: this is a model of the type “%s”, not “%s”"), type, model_type);

  return FALSE;
}

gboolean
rg_side_claims (const char *dir, const char *model_type)
{
  g_autofree char *path = g_build_filename (dir, RG_MODEL_CONFIG, NULL);
  g_autoptr (RgConfig) file = rg_config_open (path, NULL);

  return file != NULL && rg_side_require_type (file, model_type, NULL);
}

void
rg_side_set_identity (RgModelConfig *config)
{
  gsize width = config->vision.block.width;

  config->projector = (RgProjectorConfig){ .in_width = width, .out_width = width, .merge_size = 1 };
}
