/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/preprocess-file.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/json-file.h"

#define CHANNELS 3
#define MAX_SIZE 4096
#define MAX_PATCH_SIZE 256
#define MAX_MERGE_SIZE 16
#define MAX_FRAMES 8
#define MAX_TILES 64
#define MAX_BINS 512
#define MAX_FFT 8192
#define MAX_SOUND_FRAMES 60000
#define FRAMES_A_TOKEN 2 /* the stride of Whisper's second convolution */

/* ConvNext resizes pictures below this size to a little more, and crops. */
#define CROP_BELOW 384

#define CLIP_MEAN                        \
  {                                      \
    0.48145466f, 0.4578275f, 0.40821073f \
  }
#define CLIP_STD                          \
  {                                       \
    0.26862954f, 0.26130258f, 0.27577711f \
  }
#define IMAGENET_MEAN      \
  {                        \
    0.485f, 0.456f, 0.406f \
  }
#define IMAGENET_STD       \
  {                        \
    0.229f, 0.224f, 0.225f \
  }
#define HALF         \
  {                  \
    0.5f, 0.5f, 0.5f \
  }

typedef struct
{
  const char *name;
  const RgConfig *file;
  RgPreprocessConfig *config;
  guint default_size;
} Reader;

/* What a processor does where its file does not say it. */
typedef struct
{
  const char *name; /* before "ImageProcessor" */
  gboolean (*plan) (Reader *reader, GError **error);
  guint size;
  RgFilter filter;
  float mean[CHANNELS], std[CHANNELS];
} Processor;

static gboolean
fail_unsupported (const Reader *reader, const char *key, const char *value, GError **error)
{
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: “%s” being %s is not supported."), reader->name, key, value);

  return FALSE;
}

static gboolean
get_flag (const Reader *reader, const char *key, gboolean *value, GError **error)
{
  return rg_config_get_boolean (reader->file, key, RG_CONFIG_OPTIONAL, value, error);
}

static gboolean
get_size (const Reader *reader, const char *key, guint min, guint max, guint *value, GError **error)
{
  gint64 number = *value;

  if (!rg_config_get_int (reader->file, key, RG_CONFIG_OPTIONAL, min, max, &number, error))
    return FALSE;
  *value = (guint) number;

  return TRUE;
}

/* --- sizes -------------------------------------------------------------------------------------------------------- */

/* The square that @key asks for, as a number or by two edges; absent, @value stays. */
static gboolean
get_square (const Reader *reader, const char *key, guint *value, GError **error)
{
  g_autofree char *height_path = g_strconcat (key, ".height", NULL), *width_path = g_strconcat (key, ".width", NULL);
  gint64 height, width;

  if (!rg_config_has (reader->file, height_path) && !rg_config_has (reader->file, width_path))
    return get_size (reader, key, 1, MAX_SIZE, value, error);
  if (!rg_config_get_int (reader->file, height_path, RG_CONFIG_REQUIRED, 1, MAX_SIZE, &height, error) ||
      !rg_config_get_int (reader->file, width_path, RG_CONFIG_REQUIRED, 1, MAX_SIZE, &width, error))
    return FALSE;
  if (width != height)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: “%s” of %d × %d pixels is not supported; it must be square."), reader->name, key, (int) width, (int) height);
      return FALSE;
    }
  *value = (guint) height;

  return TRUE;
}

/* One edge that @key asks for, as a number or as @edge of an object; absent, @value stays. */
static gboolean
get_edge (const Reader *reader, const char *key, const char *edge, guint *value, GError **error)
{
  g_autofree char *path = g_strconcat (key, ".", edge, NULL);

  return get_size (reader, rg_config_has (reader->file, path) ? path : key, 1, MAX_SIZE, value, error);
}

/* --- the ways of a picture ---------------------------------------------------------------------------------------- */

static gboolean
plan_letterbox (Reader *reader, GError **error)
{
  RgPreprocessConfig *config = reader->config;
  gint64 height, width, patch;
  gboolean pad = TRUE;

  if (!rg_config_get_int (reader->file, "size.height", RG_CONFIG_REQUIRED, 1, MAX_SIZE, &height, error) ||
      !rg_config_get_int (reader->file, "size.width", RG_CONFIG_REQUIRED, 1, MAX_SIZE, &width, error) ||
      !rg_config_get_int (reader->file, "patch_size", RG_CONFIG_REQUIRED, 1, MAX_SIZE, &patch, error) ||
      !get_flag (reader, "do_pad", &pad, error))
    return FALSE;
  if (width != height || height % patch != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT,
                   _ ("%s: a picture of %d × %d pixels cannot be cut into patches of %d pixels; it must be square and a multiple of the patch size."),
                   reader->name, (int) width, (int) height, (int) patch);
      return FALSE;
    }
  if (!pad)
    return fail_unsupported (reader, "do_pad", "false", error);
  *config = rg_preprocess_config_default ((guint) height, (guint) patch);

  return TRUE;
}

/* Resized to a square, whatever the aspect. */
static gboolean
plan_square (Reader *reader, GError **error)
{
  guint size = reader->default_size;

  if (!get_square (reader, "size", &size, error))
    return FALSE;
  rg_preprocess_config_add_step (reader->config, RG_STEP_RESIZE, size);
  reader->config->image_size = size;

  return TRUE;
}

/* Resized by the shorter edge, of which the centre is cut out. */
static gboolean
plan_crop (Reader *reader, GError **error)
{
  RgPreprocessConfig *config = reader->config;
  guint crop_size = reader->default_size, size = reader->default_size;
  gboolean crop = TRUE;

  if (rg_config_has (reader->file, "size.height"))
    {
      if (!plan_square (reader, error))
        return FALSE;
      size = config->image_size;
    }
  else
    {
      if (!get_edge (reader, "size", "shortest_edge", &size, error))
        return FALSE;
      rg_preprocess_config_add_step (config, RG_STEP_SHORTEST, size);
    }
  if (!get_flag (reader, "do_center_crop", &crop, error) || !get_square (reader, "crop_size", &crop_size, error))
    return FALSE;
  if (crop)
    rg_preprocess_config_add_step (config, RG_STEP_CROP, crop_size);
  else if (config->steps[0].kind != RG_STEP_RESIZE)
    return fail_unsupported (reader, "do_center_crop", "false", error);
  config->image_size = crop ? crop_size : size;

  return TRUE;
}

/* Small ones are resized to a little more than is cut out of the centre. */
static gboolean
plan_crop_share (Reader *reader, GError **error)
{
  guint size = reader->default_size;
  double share = 224 / 256.0;

  if (rg_config_has (reader->file, "size.height"))
    return plan_square (reader, error);
  if (!get_edge (reader, "size", "shortest_edge", &size, error) ||
      !rg_config_get_double (reader->file, "crop_pct", RG_CONFIG_OPTIONAL, 0.1, 1, &share, error))
    return FALSE;
  if (size < CROP_BELOW)
    {
      rg_preprocess_config_add_step (reader->config, RG_STEP_SHORTEST, (guint) (size / share));
      rg_preprocess_config_add_step (reader->config, RG_STEP_CROP, size);
    }
  else
    rg_preprocess_config_add_step (reader->config, RG_STEP_RESIZE, size);
  reader->config->image_size = size;

  return TRUE;
}

/* Tiles of a resized picture, and the whole of it. */
static gboolean
plan_tiles (Reader *reader, GError **error)
{
  RgPreprocessConfig *config = reader->config;
  guint tile = reader->default_size, longest = 4 * tile;
  gboolean split = TRUE;

  if (!get_edge (reader, "size", "longest_edge", &longest, error) ||
      !get_edge (reader, "max_image_size", "longest_edge", &tile, error) ||
      !get_flag (reader, "do_image_splitting", &split, error))
    return FALSE;
  rg_preprocess_config_add_tiles (config, longest, tile);
  if (!split)
    rg_preprocess_config_unsplit (config);

  return TRUE;
}

/* Newer files give the limits of the area under "size", though they are no edges. */
static gboolean
get_area (const Reader *reader, const char *key, const char *newer, guint *value, GError **error)
{
  return get_size (reader, newer, 1, RG_PREPROCESS_MAX_PIXELS, value, error) && get_size (reader, key, 1, RG_PREPROCESS_MAX_PIXELS, value, error);
}

/* About the picture's own size, in whole blocks of patches. */
static gboolean
plan_patches (Reader *reader, GError **error)
{
  RgPreprocessConfig *config = reader->config;
  RgPreprocessStep *step = rg_preprocess_config_add_step (config, RG_STEP_PIXELS, 0);

  config->layout = RG_PIXEL_LAYOUT_PATCHES;
  config->patch_size = 14;
  config->merge_size = config->n_frames = 2;
  step->min_pixels = 56 * 56;
  step->max_pixels = 28 * 28 * 1280;
  if (!get_size (reader, "patch_size", 1, MAX_PATCH_SIZE, &config->patch_size, error) ||
      !get_size (reader, "merge_size", 1, MAX_MERGE_SIZE, &config->merge_size, error) ||
      !get_size (reader, "temporal_patch_size", 1, MAX_FRAMES, &config->n_frames, error) ||
      !get_area (reader, "min_pixels", "size.shortest_edge", &step->min_pixels, error) ||
      !get_area (reader, "max_pixels", "size.longest_edge", &step->max_pixels, error))
    return FALSE;
  step->size = config->patch_size * config->merge_size;

  return TRUE;
}

/* Tiles of a picture that was padded to the shape of some of them. */
static gboolean
plan_canvas (Reader *reader, GError **error)
{
  RgPreprocessConfig *config = reader->config;
  guint size = reader->default_size, max_tiles = 4;
  gboolean pad = TRUE;

  if (!get_square (reader, "size", &size, error) ||
      !get_size (reader, "max_image_tiles", 1, MAX_TILES, &max_tiles, error) ||
      !get_flag (reader, "do_pad", &pad, error))
    return FALSE;
  if (!pad)
    return fail_unsupported (reader, "do_pad", "false", error);
  rg_preprocess_config_add_step (config, RG_STEP_CANVAS, size)->max_tiles = max_tiles;
  rg_preprocess_config_add_step (config, RG_STEP_SPLIT, size);
  config->image_size = size;

  return TRUE;
}

/* A sound is no picture, but its spectrogram takes the place of one. */
static gboolean
plan_sound (Reader *reader, GError **error)
{
  RgPreprocessConfig *config = reader->config;
  RgMelConfig *mel = &config->mel;
  guint seconds = 30;

  *mel = rg_mel_config_default ();
  if (!get_size (reader, "feature_size", 8, MAX_BINS, &mel->n_bins, error) ||
      !get_size (reader, "sampling_rate", RG_SOUND_MIN_RATE, RG_SOUND_MAX_RATE, &mel->rate, error) ||
      !get_size (reader, "n_fft", 16, MAX_FFT, &mel->n_fft, error) ||
      !get_size (reader, "hop_length", 16, MAX_FFT, &mel->hop, error) ||
      !get_size (reader, "chunk_length", 1, RG_SOUND_MAX_SECONDS, &seconds, error))
    return FALSE;
  if (mel->n_fft % 2 != 0 || mel->hop > mel->n_fft || (guint64) seconds * mel->rate / mel->hop > MAX_SOUND_FRAMES)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: windows of %u samples every %u do not make a spectrogram of %u seconds."), reader->name, mel->n_fft, mel->hop, seconds);
      return FALSE;
    }
  config->layout = RG_PIXEL_LAYOUT_FRAMES;
  config->image_size = seconds * mel->rate / mel->hop;
  config->patch_size = FRAMES_A_TOKEN;

  return TRUE;
}

static const Processor processors[] = {
  { "Regard", plan_letterbox, 0, RG_FILTER_BILINEAR, HALF, HALF },
  { "CLIP", plan_crop, 224, RG_FILTER_BICUBIC, CLIP_MEAN, CLIP_STD },
  { "Llava", plan_crop, 224, RG_FILTER_BICUBIC, CLIP_MEAN, CLIP_STD },
  { "Bit", plan_crop, 224, RG_FILTER_BICUBIC, CLIP_MEAN, CLIP_STD },
  { "ViT", plan_square, 224, RG_FILTER_BILINEAR, HALF, HALF },
  { "Siglip", plan_square, 224, RG_FILTER_BICUBIC, HALF, HALF },
  { "Gemma3", plan_square, 224, RG_FILTER_BILINEAR, HALF, HALF },
  { "Blip", plan_square, 384, RG_FILTER_BICUBIC, CLIP_MEAN, CLIP_STD },
  { "ConvNext", plan_crop_share, CROP_BELOW, RG_FILTER_BILINEAR, IMAGENET_MEAN, IMAGENET_STD },
  { "Idefics3", plan_tiles, 364, RG_FILTER_LANCZOS, HALF, HALF },
  { "SmolVLM", plan_tiles, 364, RG_FILTER_LANCZOS, HALF, HALF },
  { "Qwen2VL", plan_patches, 0, RG_FILTER_BICUBIC, CLIP_MEAN, CLIP_STD },
  { "Mllama", plan_canvas, 224, RG_FILTER_BILINEAR, HALF, HALF },
  { "Whisper", plan_sound, 0, RG_FILTER_BILINEAR, HALF, HALF },
};

/* --- the whole file ----------------------------------------------------------------------------------------------- */

/* "CLIPImageProcessor", "CLIPImageProcessorFast" and "CLIPFeatureExtractor" are one. */
static gboolean
is_processor (const char *type, const char *name)
{
  static const char *const endings[] = { "ImageProcessor", "ImageProcessorFast", "FeatureExtractor" };
  gsize length = strlen (name);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (strncmp (type, name, length) == 0 && strcmp (type + length, endings[i]) == 0)
      return TRUE;

  return FALSE;
}

static const Processor *
find_processor (const Reader *reader, GError **error)
{
  gboolean old = !rg_config_has (reader->file, "image_processor_type") && rg_config_has (reader->file, "feature_extractor_type");
  g_autofree char *excerpt = NULL;
  const char *type;

  if (!rg_config_get_string (reader->file, old ? "feature_extractor_type" : "image_processor_type", RG_CONFIG_REQUIRED, &type, error))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (processors); i++)
    if (is_processor (type, processors[i].name))
      return &processors[i];
  excerpt = rg_json_dup_excerpt (type);
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: the image processor “%s” is not supported."), reader->name, excerpt);

  return NULL;
}

/* Where the processor has a default, three numbers or none. */
static gboolean
get_channels (const Reader *reader, const char *key, RgConfigNeed need, double min, float values[CHANNELS], GError **error)
{
  if (need == RG_CONFIG_OPTIONAL && !rg_config_has (reader->file, key))
    return TRUE;
  for (guint i = 0; i < CHANNELS; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s[%u]", key, i);
      double value;

      if (!rg_config_get_double (reader->file, path, RG_CONFIG_REQUIRED, min, 10, &value, error))
        return FALSE;
      values[i] = (float) value;
    }

  return TRUE;
}

/* What becomes of the bytes. A step that is switched off leaves them as they are. */
static gboolean
read_numbers (Reader *reader, const Processor *processor, GError **error)
{
  RgPreprocessConfig *config = reader->config;
  RgConfigNeed need = processor->size == 0 && processor->plan == plan_letterbox ? RG_CONFIG_REQUIRED : RG_CONFIG_OPTIONAL;
  gboolean rescale = TRUE, normalize = TRUE;
  gint64 filter = processor->filter;

  config->scale = 1 / 255.0;
  memcpy (config->mean, processor->mean, sizeof config->mean);
  memcpy (config->std, processor->std, sizeof config->std);
  if (!get_channels (reader, "image_mean", need, -10, config->mean, error) ||
      !get_channels (reader, "image_std", need, 1e-3, config->std, error) ||
      !rg_config_get_double (reader->file, "rescale_factor", RG_CONFIG_OPTIONAL, 1e-6, 1, &config->scale, error) ||
      !rg_config_get_int (reader->file, "resample", RG_CONFIG_OPTIONAL, 0, RG_N_FILTERS - 1, &filter, error) ||
      !get_flag (reader, "do_rescale", &rescale, error) ||
      !get_flag (reader, "do_normalize", &normalize, error))
    return FALSE;
  config->filter = (RgFilter) filter;
  if (!rescale)
    config->scale = 1;
  for (guint i = 0; !normalize && i < CHANNELS; i++)
    {
      config->mean[i] = 0;
      config->std[i] = 1;
    }

  return TRUE;
}

static gboolean
read_config (Reader *reader, GError **error)
{
  RgPreprocessConfig *config = reader->config;
  const Processor *processor = find_processor (reader, error);
  gboolean do_resize = TRUE, pad = FALSE;

  if (processor == NULL || !get_flag (reader, "do_resize", &do_resize, error))
    return FALSE;
  if (!do_resize)
    return fail_unsupported (reader, "do_resize", "false", error);
  *config = (RgPreprocessConfig){ .merge_size = 1, .n_frames = 1, .layout = RG_PIXEL_LAYOUT_PLANES };
  reader->default_size = processor->size;
  if (!processor->plan (reader, error) || !read_numbers (reader, processor, error))
    return FALSE;
  if (processor->plan == plan_crop)
    {
      if (!get_flag (reader, "do_pad", &pad, error))
        return FALSE;
      if (pad)
        rg_preprocess_config_pad_square (config);
    }

  return TRUE;
}

static gboolean
read_file (RgPreprocessConfig *config, const char *name, RgConfig *file, GError **error)
{
  RgPreprocessConfig parsed;
  Reader reader = { name, file, &parsed, 0 };

  if (!read_config (&reader, error) || !rg_preprocess_config_check (&parsed, name, error))
    return FALSE;
  *config = parsed;

  return TRUE;
}

gboolean
rg_preprocess_config_parse (RgPreprocessConfig *config, const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr (RgConfig) file = rg_config_parse (name, text, length, error);

  return file != NULL && read_file (config, name, file, error);
}

gboolean
rg_preprocess_config_load (RgPreprocessConfig *config, const char *path, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (RgConfig) file = rg_config_open (path, error);

  return file != NULL && read_file (config, name, file, error);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void
append_channels (GString *json, const char *key, const float values[CHANNELS])
{
  g_string_append_printf (json, "  \"%s\": [", key);

  for (guint i = 0; i < CHANNELS; i++)
    {
      char buffer[G_ASCII_DTOSTR_BUF_SIZE];

      /* Nine digits bring every float32 back; the user's locale must not put a comma in. */
      g_string_append (json, i > 0 ? ", " : "");
      g_string_append (json, g_ascii_formatd (buffer, sizeof buffer, "%.9g", values[i]));
    }

  g_string_append (json, "],\n");
}

gboolean
rg_preprocess_config_save (const RgPreprocessConfig *config, const char *path, GError **error)
{
  g_autoptr (GString) json = g_string_new ("{\n  \"image_processor_type\": \"RegardImageProcessor\",\n");

  g_assert (config->n_steps == 1 && config->steps[0].kind == RG_STEP_LETTERBOX);
  g_string_append_printf (json, "  \"size\": {\"height\": %u, \"width\": %u},\n", config->image_size, config->image_size);
  g_string_append_printf (json, "  \"patch_size\": %u,\n", config->patch_size);
  append_channels (json, "image_mean", config->mean);
  append_channels (json, "image_std", config->std);
  g_string_append_printf (json, "  \"do_pad\": true,\n  \"resample\": %d\n}\n", config->filter);

  return rg_atomic_write (path, json->str, json->len, error);
}
