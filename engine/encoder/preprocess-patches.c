/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "engine/formats/json-file.h"

#define MAX_PATCH_SIZE 256
#define MAX_MERGE_SIZE 16
#define MAX_IMAGE_SIZE 4096

/* Where a family's config.json has the size of its patches, and what counts where it does not. */
static const struct
{
  const char *model_type, *patch_path;
  guint patch_size;
  const char *merge_path;
  guint merge_size;
} families[] = {
  { "clip", "vision_config.patch_size", 32, NULL, 1 },
  { "siglip", "vision_config.patch_size", 16, NULL, 1 },
  { "blip", "vision_config.patch_size", 16, NULL, 1 },
  { "vit", "patch_size", 16, NULL, 1 },
  { "vision-encoder-decoder", "encoder.patch_size", 16, NULL, 1 },
  { "llava", "vision_config.patch_size", 14, NULL, 1 },
  { "paligemma", "vision_config.patch_size", 16, NULL, 1 },
  { "idefics3", "vision_config.patch_size", 32, "scale_factor", 2 },
  { "smolvlm", "vision_config.patch_size", 32, "scale_factor", 2 },
  { "mllama", "vision_config.patch_size", 14, NULL, 1 },
};

/* The stem makes a quarter of each edge, and every stage but the first a half; the first one, too, where it is told to. */
static gboolean
read_stages (RgPreprocessConfig *config, const RgConfig *file, GError **error)
{
  guint n_given = rg_config_get_length (file, "depths"), n_stages = n_given > 0 ? n_given : 4;
  gboolean first = FALSE;

  if (!rg_config_get_boolean (file, "downsample_in_first_stage", RG_CONFIG_OPTIONAL, &first, error))
    return FALSE;
  config->patch_size = 4u << MIN (n_stages - 1 + (first ? 1 : 0), 10);

  return TRUE;
}

static gboolean
get_size (const RgConfig *file, const char *path, guint max, guint *value, GError **error)
{
  gint64 number = *value;

  if (!rg_config_get_int (file, path, RG_CONFIG_OPTIONAL, 1, max, &number, error))
    return FALSE;
  *value = (guint) number;

  return TRUE;
}

/* Gemma 3 takes the mean of as many patches as leaves the image tokens that it wants. */
static gboolean
read_means (RgPreprocessConfig *config, const RgConfig *file, GError **error)
{
  guint n_tokens = 256, image_size = 224, side = 1;

  config->patch_size = 16;
  if (!get_size (file, "vision_config.patch_size", MAX_PATCH_SIZE, &config->patch_size, error) ||
      !get_size (file, "vision_config.image_size", MAX_IMAGE_SIZE, &image_size, error) ||
      !get_size (file, "mm_tokens_per_image", MAX_IMAGE_SIZE, &n_tokens, error))
    return FALSE;
  while ((side + 1) * (side + 1) <= n_tokens)
    side++;
  config->merge_size = MAX (image_size / config->patch_size / side, 1);

  return TRUE;
}

static gboolean
read_patch_size (RgPreprocessConfig *config, const RgConfig *file, const char *name, const char *type, GError **error)
{
  g_autofree char *excerpt = rg_json_dup_excerpt (type);

  if (strcmp (type, "resnet") == 0)
    return read_stages (config, file, error);
  if (strcmp (type, "gemma3") == 0)
    return read_means (config, file, error);
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (type, families[i].model_type) == 0)
      {
        config->patch_size = families[i].patch_size;
        config->merge_size = families[i].merge_size;
        return get_size (file, families[i].patch_path, MAX_PATCH_SIZE, &config->patch_size, error) &&
               (families[i].merge_path == NULL || get_size (file, families[i].merge_path, MAX_MERGE_SIZE, &config->merge_size, error));
      }
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: models of the kind “%s” are not supported."), name, excerpt);

  return FALSE;
}

gboolean
rg_preprocess_config_load_patches (RgPreprocessConfig *config, const char *path, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (RgConfig) file = rg_config_open (path, error);
  RgPreprocessConfig parsed = *config;
  const char *type, *aspect = "";

  if (file == NULL || !rg_config_get_string (file, "model_type", RG_CONFIG_REQUIRED, &type, error) ||
      !rg_config_get_string (file, "image_aspect_ratio", RG_CONFIG_OPTIONAL, &aspect, error))
    return FALSE;
  if ((config->patch_size == 0 && !read_patch_size (&parsed, file, name, type, error)) || !rg_preprocess_config_check (&parsed, name, error))
    return FALSE;
  if (strcmp (aspect, "pad") == 0 && parsed.steps[0].kind == RG_STEP_SHORTEST)
    rg_preprocess_config_pad_square (&parsed);
  *config = parsed;

  return TRUE;
}
