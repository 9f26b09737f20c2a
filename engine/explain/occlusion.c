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

/* How the values of one view lie in memory. */
typedef struct
{
  gsize width, height;
  gsize col, row, channel; /* steps */
} Layout;

static Layout
get_layout (const RgExplained *answer)
{
  gsize width = answer->pixels->width, height = answer->pixels->height;

  if (rg_model_get_config (answer->model)->vision.n_stem > 0)
    return (Layout){ width, height, CHANNELS, CHANNELS * width, 1 };

  return (Layout){ width, height, 1, width, width * height };
}

/* One view, blurred in place. */
static void
blur (float *pixels, const Layout *layout, int radius)
{
  g_autofree float *other = g_new (float, layout->width * layout->height * CHANNELS);

  for (guint i = 0; i < N_BOXES; i++)
    for (gsize channel = 0; channel < CHANNELS; channel++)
      {
        gsize begin = channel * layout->channel;

        for (gsize y = 0; y < layout->height; y++)
          blur_line (pixels + begin + y * layout->row, other + begin + y * layout->row, layout->width, layout->col, radius);
        for (gsize x = 0; x < layout->width; x++)
          blur_line (other + begin + x * layout->col, pixels + begin + x * layout->col, layout->height, layout->row, radius);
      }
}

static void
fill_mean (float *pixels, const Layout *layout)
{
  gsize n = layout->width * layout->height;

  for (gsize channel = 0; channel < CHANNELS; channel++)
    {
      float *values = pixels + channel * layout->channel;
      double sum = 0;

      for (gsize i = 0; i < n; i++)
        sum += values[i * layout->col];
      for (gsize i = 0; i < n; i++)
        values[i * layout->col] = sum / n;
    }
}

void
rg_pixel_hiding_init (RgPixelHiding *self, const RgExplained *answer, RgFill fill)
{
  const RgPixelValues *pixels = answer->pixels;
  Layout layout = get_layout (answer);
  gsize size = pixels->n_values * sizeof (float);
  guint rows, cols;

  rg_explained_get_shape (answer, &rows, &cols);
  *self = (RgPixelHiding){ .answer = answer, .fill = g_memdup2 (pixels->values, size), .changed = g_malloc (size) };

  for (guint view = 0; view < pixels->n_views; view++)
    {
      float *values = self->fill + view * layout.width * layout.height * CHANNELS;

      if (fill == RG_FILL_MEAN)
        fill_mean (values, &layout);
      else
        blur (values, &layout, layout.width / cols);
    }
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
  RgPixelValues changed = *answer->pixels;
  Layout layout = get_layout (answer);
  gsize area = layout.width * layout.height;
  guint rows, cols;
  g_autoptr (RgImageState) image = NULL;

  rg_explained_get_shape (answer, &rows, &cols);
  rows /= changed.n_views;
  for (gsize i = 0; i < area * changed.n_views; i++)
    {
      gsize view = i / area, y = i % area / layout.width, x = i % layout.width;
      gsize at = view * area * CHANNELS + y * layout.row + x * layout.col;
      gboolean is_hidden = hidden[(view * rows + y * rows / layout.height) * cols + x * cols / layout.width] != 0;
      const float *from = is_hidden ? self->fill : answer->pixels->values;

      for (gsize channel = 0; channel < CHANNELS; channel++)
        self->changed[at + channel * layout.channel] = from[at + channel * layout.channel];
    }

  changed.values = self->changed;
  image = rg_model_see (answer->model, answer->pass, &changed, NULL, NULL, error);

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
