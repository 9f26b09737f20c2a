/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/occlusion.h"

#include <math.h>
#include <string.h>

#define N_BOXES 3

const char *
rg_fill_get_name (RgFill self)
{
  return self == RG_FILL_MEAN ? "mean" : "blur";
}

/* The mean of the 2 · radius + 1 pixels around each, with the edge's pixel going on outside. @places: of the pixels */
static void
blur_line (const float *from, float *to, const gsize *places, gsize n, int radius)
{
  double sum = 0;
  int last = n - 1;

  for (int i = -radius; i <= radius; i++)
    sum += from[places[CLAMP (i, 0, last)]];
  for (int i = 0; i <= last; i++)
    {
      to[places[i]] = sum / (2 * radius + 1);
      sum += from[places[MIN (i + radius + 1, last)]] - from[places[MAX (i - radius, 0)]];
    }
}

/* How the values of one view lie in memory. */
typedef struct
{
  gsize width, height, n_values;
  RgPixelOrder order;
} Layout;

static void
layout_init (Layout *self, const RgExplained *answer)
{
  const RgPixelValues *pixels = answer->pixels;

  *self = (Layout){ .width = pixels->width, .height = pixels->height, .n_values = pixels->n_values / pixels->n_views };
  rg_vision_config_init_order (&rg_model_get_config (answer->model)->vision, pixels->width, pixels->height, &self->order);
}

static void
layout_clear (Layout *self)
{
  rg_pixel_order_clear (&self->order);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Layout, layout_clear)

/* A plane is one channel in one frame. */
static guint
count_planes (const Layout *self)
{
  return self->order.n_channels * self->order.n_frames;
}

static gsize
get_plane (const Layout *self, guint i)
{
  return i % self->order.n_channels * self->order.channel + i / self->order.n_channels * self->order.frame;
}

/* One view, blurred in place. */
static void
blur (float *pixels, const Layout *layout, int radius)
{
  g_autofree float *other = g_new (float, layout->n_values);
  const gsize *rows = layout->order.rows, *cols = layout->order.cols;

  for (guint i = 0; i < N_BOXES; i++)
    for (guint plane = 0; plane < count_planes (layout); plane++)
      {
        gsize begin = get_plane (layout, plane);

        for (gsize y = 0; y < layout->height; y++)
          blur_line (pixels + begin + rows[y], other + begin + rows[y], cols, layout->width, radius);
        for (gsize x = 0; x < layout->width; x++)
          blur_line (other + begin + cols[x], pixels + begin + cols[x], rows, layout->height, radius);
      }
}

/* The pixels of a view that show the picture; the others are padding, in which there is nothing to hide. */
typedef struct
{
  gsize left, top, right, bottom;
} Area;

static gsize
find_pixel (double edge, gsize n)
{
  return CLAMP (ceil (edge - 0.5), 0, (double) n);
}

static Area
find_area (const RgExplained *answer, guint view, const Layout *layout)
{
  const RgPatchGrid *grid = answer->pixels->grid;
  RgRect content;

  if (grid == NULL)
    return (Area){ 0, 0, layout->width, layout->height };

  content = rg_patch_grid_get_tile (grid, view)->content;

  return (Area){ find_pixel (content.x, layout->width), find_pixel (content.y, layout->height), find_pixel (content.x + content.width, layout->width), find_pixel (content.y + content.height, layout->height) };
}

static void
fill_mean (float *pixels, const Layout *layout, const Area *area)
{
  const gsize *rows = layout->order.rows, *cols = layout->order.cols;

  for (guint plane = 0; plane < count_planes (layout); plane++)
    {
      float *values = pixels + get_plane (layout, plane);
      double sum = 0;

      for (gsize y = area->top; y < area->bottom; y++)
        for (gsize x = area->left; x < area->right; x++)
          sum += values[rows[y] + cols[x]];
      for (gsize y = area->top; y < area->bottom; y++)
        for (gsize x = area->left; x < area->right; x++)
          values[rows[y] + cols[x]] = sum / ((area->right - area->left) * (area->bottom - area->top));
    }
}

/* What is no picture becomes again what it was. */
static void
restore_padding (float *pixels, const float *original, const Layout *layout, const Area *area)
{
  for (gsize i = 0; i < layout->width * layout->height; i++)
    {
      gsize y = i / layout->width, x = i % layout->width, at = layout->order.rows[y] + layout->order.cols[x];
      gboolean shows = y >= area->top && y < area->bottom && x >= area->left && x < area->right;

      for (guint plane = 0; !shows && plane < count_planes (layout); plane++)
        pixels[at + get_plane (layout, plane)] = original[at + get_plane (layout, plane)];
    }
}

void
rg_pixel_hiding_init (RgPixelHiding *self, const RgExplained *answer, RgFill fill)
{
  const RgPixelValues *pixels = answer->pixels;
  gsize size = pixels->n_values * sizeof (float);
  g_auto (Layout) layout;
  guint rows, cols;

  layout_init (&layout, answer);
  rg_explained_get_shape (answer, &rows, &cols);
  *self = (RgPixelHiding){ .answer = answer, .fill = g_memdup2 (pixels->values, size), .changed = g_malloc (size) };

  for (guint view = 0; view < pixels->n_views; view++)
    {
      float *values = self->fill + view * layout.n_values;
      Area area = find_area (answer, view, &layout);

      if (fill == RG_FILL_MEAN)
        fill_mean (values, &layout, &area);
      else
        blur (values, &layout, layout.width / cols);
      restore_padding (values, pixels->values + view * layout.n_values, &layout, &area);
    }
}

void
rg_pixel_hiding_clear (RgPixelHiding *self)
{
  g_clear_pointer (&self->fill, g_free);
  g_clear_pointer (&self->changed, g_free);
}

/* One picture, seen without the patches. */
static gboolean
hide_pixels (RgPixelHiding *self, const guint8 *hidden, double *logprobs, GError **error)
{
  const RgExplained *answer = self->answer;
  RgPixelValues changed = *answer->pixels;
  g_auto (Layout) layout;
  guint rows, cols;
  g_autoptr (RgImageState) image = NULL;

  layout_init (&layout, answer);
  rg_explained_get_shape (answer, &rows, &cols);
  rows /= changed.n_views;
  for (gsize i = 0; i < layout.width * layout.height * changed.n_views; i++)
    {
      gsize line = i / layout.width, view = line / layout.height, y = line % layout.height, x = i % layout.width;
      gsize at = view * layout.n_values + layout.order.rows[y] + layout.order.cols[x];
      gboolean is_hidden = hidden[(view * rows + y * rows / layout.height) * cols + x * cols / layout.width] != 0;
      const float *from = is_hidden ? self->fill : answer->pixels->values;

      for (guint plane = 0; plane < count_planes (&layout); plane++)
        self->changed[at + get_plane (&layout, plane)] = from[at + get_plane (&layout, plane)];
    }

  changed.values = self->changed;
  image = rg_model_see (answer->model, answer->pass, &changed, NULL, NULL, error);

  return image != NULL && rg_explained_score (answer, image, logprobs, error);
}

gboolean
rg_pixel_hiding_apply (gpointer data, const guint8 *hidden, guint n, double *logprobs, GError **error)
{
  RgPixelHiding *self = data;
  gsize n_patches = rg_image_state_get_n_patches (self->answer->image);

  for (guint i = 0; i < n; i++)
    if (!hide_pixels (self, hidden + i * n_patches, logprobs + (gsize) i * self->answer->n_words, error))
      return FALSE;

  return TRUE;
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

  if (!hide (data, hidden, 1, whole, error))
    return FALSE;

  for (guint top = 0; top < rows; top += block)
    for (guint left = 0; left < cols; left += block)
      {
        guint bottom = MIN (top + block, rows), right = MIN (left + block, cols), n = (bottom - top) * (right - left);

        memset (hidden, 0, n_patches);
        for (guint r = top; r < bottom; r++)
          memset (hidden + r * cols + left, 1, right - left);
        if (!hide (data, hidden, 1, logprobs, error))
          return FALSE;

        for (guint r = top; r < bottom; r++)
          for (guint c = left; c < right; c++)
            for (guint w = 0; w < n_words; w++)
              maps[w * n_patches + r * cols + c] = (whole[w] - logprobs[w]) / n;
      }

  return TRUE;
}
