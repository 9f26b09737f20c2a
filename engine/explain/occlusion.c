/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/occlusion.h"

#include <string.h>

#define CHANNELS 3
#define N_BOXES 3

const char *
rg_fill_get_name (RgFill self)
{
  return self == RG_FILL_MEAN ? "mean" : "blur";
}

/* The mean of the 2 · radius + 1 pixels around each, with the edge's pixel going on outside. @step: between neighbours. */
static void
blur_line (const float *from, float *to, gsize n, gsize step, int radius)
{
  double sum = 0;
  int last = n - 1;

  for (int i = -radius; i <= radius; i++)
    sum += from[CLAMP (i, 0, last) * step];
  for (int i = 0; i <= last; i++)
    {
      to[i * step] = sum / (2 * radius + 1);
      sum += from[MIN (i + radius + 1, last) * step] - from[MAX (i - radius, 0) * step];
    }
}

/* @pixels: side × side × 3, blurred in place. */
static void
blur (float *pixels, gsize side, int radius)
{
  gsize row = side * CHANNELS;
  g_autofree float *other = g_new (float, side *row);

  for (guint i = 0; i < N_BOXES; i++)
    for (gsize line = 0; line < 2 * side; line++)
      for (gsize channel = 0; channel < CHANNELS; channel++)
        {
          if (line < side)
            blur_line (pixels + line * row + channel, other + line * row + channel, side, CHANNELS, radius);
          else
            blur_line (other + (line - side) * CHANNELS + channel, pixels + (line - side) * CHANNELS + channel, side, row, radius);
        }
}

static void
fill_mean (float *pixels, gsize n)
{
  for (gsize channel = 0; channel < CHANNELS; channel++)
    {
      double sum = 0;

      for (gsize i = 0; i < n; i++)
        sum += pixels[i * CHANNELS + channel];
      for (gsize i = 0; i < n; i++)
        pixels[i * CHANNELS + channel] = sum / n;
    }
}

void
rg_pixel_hiding_init (RgPixelHiding *self, const RgExplained *answer, RgFill fill)
{
  const RgVisionConfig *config = &rg_model_get_config (answer->model)->vision;
  gsize side = config->image_size, size = side * side * CHANNELS * sizeof (float);

  *self = (RgPixelHiding){ .answer = answer, .fill = g_memdup2 (answer->pixels, size), .changed = g_malloc (size) };

  if (fill == RG_FILL_MEAN)
    fill_mean (self->fill, side * side);
  else
    blur (self->fill, side, config->patch_size);
}

void
rg_pixel_hiding_clear (RgPixelHiding *self)
{
  g_clear_pointer (&self->fill, g_free);
  g_clear_pointer (&self->changed, g_free);
}

gboolean
rg_pixel_hiding_apply (gpointer data, const guint8 *hidden, double *logprobs, GError **error)
{
  RgPixelHiding *self = data;
  const RgExplained *answer = self->answer;
  const RgVisionConfig *config = &rg_model_get_config (answer->model)->vision;
  gsize side = config->image_size, size = config->patch_size, grid = side / size, run = size * CHANNELS;
  g_autoptr (RgImageState) image = NULL;

  for (gsize y = 0; y < side; y++)
    for (gsize c = 0; c < grid; c++)
      {
        gsize at = y * side * CHANNELS + c * run;

        memcpy (self->changed + at, (hidden[y / size * grid + c] ? self->fill : answer->pixels) + at, run * sizeof (float));
      }

  image = rg_model_see (answer->model, answer->pass, self->changed, NULL, NULL, error);

  return image != NULL && rg_explained_score (answer, image, NULL, logprobs, error);
}

guint
rg_occlusion_count (guint rows, guint cols, guint block)
{
  return 1 + (rows + block - 1) / block * ((cols + block - 1) / block);
}

gboolean
rg_occlusion_map (guint rows, guint cols, guint block, RgHideFunc hide, gpointer data, guint n_words, float *maps, GError **error)
{
  gsize n_patches = (gsize) rows * cols;
  g_autofree guint8 *hidden = g_malloc0 (n_patches);
  g_autofree double *whole = g_new (double, n_words);
  g_autofree double *logprobs = g_new (double, n_words);

  if (!hide (data, hidden, whole, error))
    return FALSE;

  for (guint top = 0; top < rows; top += block)
    for (guint left = 0; left < cols; left += block)
      {
        guint bottom = MIN (top + block, rows), right = MIN (left + block, cols), n = (bottom - top) * (right - left);

        memset (hidden, 0, n_patches);
        for (guint r = top; r < bottom; r++)
          memset (hidden + r * cols + left, 1, right - left);
        if (!hide (data, hidden, logprobs, error))
          return FALSE;

        for (guint r = top; r < bottom; r++)
          for (guint c = left; c < right; c++)
            for (guint w = 0; w < n_words; w++)
              maps[w * n_patches + r * cols + c] = (whole[w] - logprobs[w]) / n;
      }

  return TRUE;
}
