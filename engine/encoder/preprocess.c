/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/preprocess.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/json-file.h"

#define CHANNELS 3
#define MAX_IMAGE_SIZE 4096
#define PROCESSOR "RegardImageProcessor"

/* The byte nearest to mid-grey, for what is shown of the padding; the encoder gets exactly 0 there. */
#define PADDING 128

/* --- configuration ------------------------------------------------------------------------------------------------ */

RgPreprocessConfig
rg_preprocess_config_default (guint image_size,
                              guint patch_size)
{
  return (RgPreprocessConfig){
    .image_size = image_size,
    .patch_size = patch_size,
    .mean = { 0.5f, 0.5f, 0.5f },
    .std = { 0.5f, 0.5f, 0.5f },
    .filter = RG_FILTER_BILINEAR,
  };
}

static gboolean
load_channels (RgConfig *file,
               const char *key,
               double min,
               float values[CHANNELS],
               GError **error)
{
  for (guint i = 0; i < CHANNELS; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s[%u]", key, i);
      double value;

      if (!rg_config_get_double (file, path, RG_CONFIG_REQUIRED, min, 10, &value, error))
        return FALSE;
      values[i] = value;
    }

  return TRUE;
}

static gboolean
load_sizes (RgPreprocessConfig *config,
            RgConfig *file,
            const char *name,
            GError **error)
{
  gint64 height, width, patch;

  if (!rg_config_get_int (file, "size.height", RG_CONFIG_REQUIRED, 1, MAX_IMAGE_SIZE, &height, error) ||
      !rg_config_get_int (file, "size.width", RG_CONFIG_REQUIRED, 1, MAX_IMAGE_SIZE, &width, error) ||
      !rg_config_get_int (file, "patch_size", RG_CONFIG_REQUIRED, 1, MAX_IMAGE_SIZE, &patch, error))
    return FALSE;

  if (width != height || height % patch != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT,
                   _ ("%s: a picture of %d × %d pixels cannot be cut into patches of %d pixels; it must be square and a multiple of the patch size."),
                   name, (int) width, (int) height, (int) patch);
      return FALSE;
    }
  config->image_size = height;
  config->patch_size = patch;

  return TRUE;
}

gboolean
rg_preprocess_config_load (RgPreprocessConfig *config,
                           const char *path,
                           GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (RgConfig) file = rg_config_open (path, error);
  const char *processor;
  gboolean pad = TRUE;
  gint64 filter = RG_FILTER_BILINEAR;

  if (file == NULL || !rg_config_get_string (file, "image_processor_type", RG_CONFIG_REQUIRED, &processor, error))
    return FALSE;

  if (!g_str_equal (processor, PROCESSOR))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: the image processor “%s” is not supported."), name, processor);
      return FALSE;
    }

  if (!load_sizes (config, file, name, error) ||
      !load_channels (file, "image_mean", -10, config->mean, error) ||
      !load_channels (file, "image_std", 1e-3, config->std, error) ||
      !rg_config_get_boolean (file, "do_pad", RG_CONFIG_OPTIONAL, &pad, error) ||
      !rg_config_get_int (file, "resample", RG_CONFIG_OPTIONAL, 0, RG_N_FILTERS - 1, &filter, error))
    return FALSE;

  if (!pad)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: pictures without padding (do_pad) are not supported."), name);
      return FALSE;
    }
  config->filter = filter;

  return TRUE;
}

static void
append_channels (GString *json,
                 const char *key,
                 const float values[CHANNELS])
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
rg_preprocess_config_save (const RgPreprocessConfig *config,
                           const char *path,
                           GError **error)
{
  g_autoptr (GString) json = g_string_new ("{\n  \"image_processor_type\": \"" PROCESSOR "\",\n");

  g_string_append_printf (json, "  \"size\": {\"height\": %u, \"width\": %u},\n", config->image_size, config->image_size);
  g_string_append_printf (json, "  \"patch_size\": %u,\n", config->patch_size);
  append_channels (json, "image_mean", config->mean);
  append_channels (json, "image_std", config->std);
  g_string_append_printf (json, "  \"do_pad\": true,\n  \"resample\": %d\n}\n", config->filter);

  return rg_atomic_write (path, json->str, json->len, error);
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

typedef struct
{
  guint x, y, width, height;
} Place;

/* Where the picture lies in the square. A line one pixel thin stays at least one pixel thick. */
static Place
place_in_square (RgImage *image,
                 guint side)
{
  guint width = rg_image_get_width (image), height = rg_image_get_height (image);
  double scale = (double) side / MAX (width, height);
  Place place;

  place.width = CLAMP ((guint) lround (width * scale), 1, side);
  place.height = CLAMP ((guint) lround (height * scale), 1, side);
  place.x = (side - place.width) / 2;
  place.y = (side - place.height) / 2;

  return place;
}

static void
normalise (const RgPreprocessConfig *config,
           RgImage *content,
           Place place,
           float *pixel_values)
{
  guint side = config->image_size;
  float values[CHANNELS][256];

  for (guint channel = 0; channel < CHANNELS; channel++)
    for (guint byte = 0; byte < 256; byte++)
      values[channel][byte] = (byte / 255.0f - config->mean[channel]) / config->std[channel];

  memset (pixel_values, 0, sizeof (float) * CHANNELS * side * side);
  for (guint y = 0; y < place.height; y++)
    {
      const guint8 *from = rg_image_get_pixels (content) + (gsize) y * place.width * CHANNELS;
      float *to = pixel_values + ((gsize) (place.y + y) * side + place.x) * CHANNELS;

      for (guint i = 0; i < place.width * CHANNELS; i++)
        to[i] = values[i % CHANNELS][from[i]];
    }
}

static RgPatchGrid *
grid_new (const RgPreprocessConfig *config,
          RgImage *image,
          RgImage *content,
          Place place)
{
  guint side = config->image_size;
  gsize size = (gsize) CHANNELS * side * side;
  guint8 *data = g_malloc (size);
  g_autoptr (GBytes) pixels = g_bytes_new_take (data, size);
  g_autoptr (RgImage) view = NULL;
  RgTile tile;

  memset (data, PADDING, size);
  for (guint y = 0; y < place.height; y++)
    memcpy (data + ((gsize) (place.y + y) * side + place.x) * CHANNELS,
            rg_image_get_pixels (content) + (gsize) y * place.width * CHANNELS,
            (gsize) place.width * CHANNELS);

  view = rg_image_new (side, side, pixels);
  tile = (RgTile){
    .view = view,
    .rows = side / config->patch_size,
    .cols = side / config->patch_size,
    .content = { place.x, place.y, place.width, place.height },
    .source = { 0, 0, rg_image_get_width (image), rg_image_get_height (image) },
  };

  return rg_patch_grid_new (&tile, 1, rg_image_get_width (image), rg_image_get_height (image));
}

gboolean
rg_preprocess (const RgPreprocessConfig *config,
               RgImage *image,
               RgPool *pool,
               float *pixel_values,
               RgPatchGrid **grid,
               GCancellable *cancellable,
               GError **error)
{
  Place place = place_in_square (image, config->image_size);
  g_autoptr (RgImage) content = rg_resample (image, place.width, place.height, config->filter, pool, cancellable, error);

  if (content == NULL)
    return FALSE;

  normalise (config, content, place, pixel_values);
  if (grid != NULL)
    *grid = grid_new (config, image, content, place);

  return TRUE;
}
