/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/preprocess-gguf.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

#define KEY(name) "clip.vision." name

#define CHANNELS 3
#define MAX_SIZE 4096
#define MAX_PATCH_SIZE 256
#define MAX_MERGE_SIZE 16

/* Edges that SmolVLM's pictures get where the file does not say it. */
#define DEFAULT_TILES 4

static gboolean
get_size (const RgGguf *file, const char *key, RgConfigNeed need, guint max, guint *value, GError **error)
{
  gint64 number = *value;

  if (!rg_gguf_get_int (file, key, need, 1, max, &number, error))
    return FALSE;
  *value = (guint) number;

  return TRUE;
}

static gboolean
get_channels (const RgGguf *file, const char *key, double min, float values[CHANNELS], GError **error)
{
  g_autoptr (GArray) numbers = NULL;

  if (!rg_gguf_get_doubles (file, key, RG_CONFIG_REQUIRED, min, 10, CHANNELS, &numbers, error))
    return FALSE;
  if (numbers->len != CHANNELS)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s has %u elements, one for each of red, green and blue is expected"), rg_gguf_get_name (file), key, numbers->len);
      return FALSE;
    }
  for (guint i = 0; i < CHANNELS; i++)
    values[i] = (float) g_array_index (numbers, double, i);

  return TRUE;
}

/* --- families ----------------------------------------------------------------------------------------------------- */

static gboolean
plan_idefics3 (RgPreprocessConfig *config, const RgGguf *file, GError **error)
{
  guint tile = 0, longest;

  config->filter = RG_FILTER_LANCZOS;
  config->merge_size = 2;
  if (!get_size (file, KEY ("image_size"), RG_CONFIG_REQUIRED, MAX_SIZE, &tile, error))
    return FALSE;
  longest = MIN (DEFAULT_TILES * tile, MAX_SIZE);
  if (!get_size (file, KEY ("preproc_image_size"), RG_CONFIG_OPTIONAL, MAX_SIZE, &longest, error) ||
      !get_size (file, KEY ("projector.scale_factor"), RG_CONFIG_OPTIONAL, MAX_MERGE_SIZE, &config->merge_size, error))
    return FALSE;
  rg_preprocess_config_add_tiles (config, longest, tile);

  return TRUE;
}

/* As the original does it, which keeps no shape. */
static gboolean
plan_gemma3 (RgPreprocessConfig *config, const RgGguf *file, GError **error)
{
  config->filter = RG_FILTER_BILINEAR;
  config->merge_size = 4;
  if (!get_size (file, KEY ("image_size"), RG_CONFIG_REQUIRED, MAX_SIZE, &config->image_size, error) ||
      !get_size (file, KEY ("projector.scale_factor"), RG_CONFIG_OPTIONAL, MAX_MERGE_SIZE, &config->merge_size, error))
    return FALSE;
  rg_preprocess_config_add_step (config, RG_STEP_RESIZE, config->image_size);

  return TRUE;
}

/* Padded to a square, as LLaVA 1.5 was trained. */
static gboolean
plan_mlp (RgPreprocessConfig *config, const RgGguf *file, GError **error)
{
  if (!get_size (file, KEY ("image_size"), RG_CONFIG_REQUIRED, MAX_SIZE, &config->image_size, error))
    return FALSE;
  rg_preprocess_config_add_step (config, RG_STEP_RESIZE, config->image_size);
  rg_preprocess_config_pad_square (config);

  return TRUE;
}

static gboolean
plan_qwen2vl (RgPreprocessConfig *config, const RgGguf *file, GError **error)
{
  RgPreprocessStep *step = rg_preprocess_config_add_step (config, RG_STEP_PIXELS, 0);

  config->layout = RG_PIXEL_LAYOUT_PATCHES;
  config->merge_size = 2; /* and one frame: the file has a map for each of the two, see RgVisionConfig.frames_apart */
  step->min_pixels = 56 * 56;
  step->max_pixels = 28 * 28 * 1280;
  if (!get_size (file, KEY ("spatial_merge_size"), RG_CONFIG_OPTIONAL, MAX_MERGE_SIZE, &config->merge_size, error) ||
      !get_size (file, KEY ("image_min_pixels"), RG_CONFIG_OPTIONAL, RG_PREPROCESS_MAX_PIXELS, &step->min_pixels, error) ||
      !get_size (file, KEY ("image_max_pixels"), RG_CONFIG_OPTIONAL, RG_PREPROCESS_MAX_PIXELS, &step->max_pixels, error))
    return FALSE;
  step->size = config->patch_size * config->merge_size;

  return TRUE;
}

static const struct
{
  const char *projector;
  gboolean (*plan) (RgPreprocessConfig *config, const RgGguf *file, GError **error);
} families[] = {
  { "idefics3", plan_idefics3 },
  { "mlp", plan_mlp },
  { "gemma3", plan_gemma3 },
  { "qwen2vl_merger", plan_qwen2vl },
  { "qwen2.5vl_merger", plan_qwen2vl },
};

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static gboolean
run_plan (RgPreprocessConfig *config, const RgGguf *file, GError **error)
{
  const char *key = rg_gguf_has (file, "clip.projector_type") ? "clip.projector_type" : KEY ("projector_type");
  g_autofree char *projector = NULL, *excerpt = NULL;

  if (!rg_gguf_get_string (file, key, RG_CONFIG_REQUIRED, &projector, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (projector, families[i].projector) == 0)
      return families[i].plan (config, file, error);
  excerpt = rg_json_dup_excerpt (projector);
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: %s: “%s” is not supported"), rg_gguf_get_name (file), key, excerpt);

  return FALSE;
}

gboolean
rg_preprocess_config_load_gguf (RgPreprocessConfig *config, const RgGguf *file, GError **error)
{
  RgPreprocessConfig parsed = { .merge_size = 1, .n_frames = 1, .layout = RG_PIXEL_LAYOUT_PLANES, .scale = 1 / 255.0, .filter = RG_FILTER_BICUBIC };

  if (!get_channels (file, KEY ("image_mean"), -10, parsed.mean, error) ||
      !get_channels (file, KEY ("image_std"), 1e-3, parsed.std, error) ||
      !get_size (file, KEY ("patch_size"), RG_CONFIG_REQUIRED, MAX_PATCH_SIZE, &parsed.patch_size, error) ||
      !run_plan (&parsed, file, error) || !rg_preprocess_config_check (&parsed, rg_gguf_get_name (file), error))
    return FALSE;
  *config = parsed;

  return TRUE;
}
