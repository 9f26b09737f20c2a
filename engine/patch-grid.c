/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/types.h"

struct _RgPatchGrid
{
  gatomicrefcount ref_count;
  RgTile *tiles; /* n_tiles, each owning a reference on its view */
  guint n_tiles;
  guint n_patches;
  RgRect original;
};

G_DEFINE_BOXED_TYPE (RgPatchGrid, rg_patch_grid, rg_patch_grid_ref, rg_patch_grid_unref)

RgRect
rg_rect_intersect (RgRect a,
                   RgRect b)
{
  double left = MAX (a.x, b.x);
  double top = MAX (a.y, b.y);
  double right = MIN (a.x + a.width, b.x + b.width);
  double bottom = MIN (a.y + a.height, b.y + b.height);

  return (RgRect){ left, top, MAX (right - left, 0), MAX (bottom - top, 0) };
}

gboolean
rg_rect_is_empty (RgRect rect)
{
  return rect.width <= 0 || rect.height <= 0;
}

/* Half open, so that a point on the line between two patches belongs to one of them only. */
static gboolean
holds (RgRect rect,
       double x,
       double y)
{
  return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}

RgPatchGrid *
rg_patch_grid_new (const RgTile *tiles,
                   guint n_tiles,
                   guint original_width,
                   guint original_height)
{
  RgPatchGrid *self = g_new0 (RgPatchGrid, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->tiles = g_memdup2 (tiles, sizeof (RgTile) * n_tiles);
  self->n_tiles = n_tiles;
  self->original = (RgRect){ 0, 0, original_width, original_height };

  for (guint i = 0; i < n_tiles; i++)
    {
      g_assert (tiles[i].view != NULL && tiles[i].rows >= 1 && tiles[i].cols >= 1);
      rg_image_ref (tiles[i].view);
      self->n_patches += tiles[i].rows * tiles[i].cols;
    }

  return self;
}

RgPatchGrid *
rg_patch_grid_ref (RgPatchGrid *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
rg_patch_grid_unref (RgPatchGrid *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  for (guint i = 0; i < self->n_tiles; i++)
    rg_image_unref (self->tiles[i].view);

  g_free (self->tiles);
  g_free (self);
}

guint
rg_patch_grid_get_n_tiles (const RgPatchGrid *self)
{
  return self->n_tiles;
}

RgRect
rg_patch_grid_get_original (const RgPatchGrid *self)
{
  return self->original;
}

const RgTile *
rg_patch_grid_get_tile (const RgPatchGrid *self,
                        guint tile)
{
  g_assert (tile < self->n_tiles);

  return &self->tiles[tile];
}

guint
rg_patch_grid_get_n_patches (const RgPatchGrid *self)
{
  return self->n_patches;
}

void
rg_patch_grid_locate (const RgPatchGrid *self,
                      guint patch,
                      guint *tile,
                      guint *row,
                      guint *col)
{
  guint t = 0;

  g_assert (patch < self->n_patches);

  while (patch >= self->tiles[t].rows * self->tiles[t].cols)
    {
      patch -= self->tiles[t].rows * self->tiles[t].cols;
      t++;
    }

  if (tile != NULL)
    *tile = t;
  if (row != NULL)
    *row = patch / self->tiles[t].cols;
  if (col != NULL)
    *col = patch % self->tiles[t].cols;
}

RgRect
rg_patch_grid_get_view_rect (const RgPatchGrid *self,
                             guint patch)
{
  guint tile, row, col;
  double width, height;

  rg_patch_grid_locate (self, patch, &tile, &row, &col);
  width = (double) rg_image_get_width (self->tiles[tile].view) / self->tiles[tile].cols;
  height = (double) rg_image_get_height (self->tiles[tile].view) / self->tiles[tile].rows;

  return (RgRect){ col * width, row * height, width, height };
}

RgRect
rg_patch_grid_get_source_rect (const RgPatchGrid *self,
                               guint patch)
{
  const RgTile *tile;
  RgRect seen;
  double scale_x, scale_y;
  guint t;

  rg_patch_grid_locate (self, patch, &t, NULL, NULL);
  tile = &self->tiles[t];
  seen = rg_rect_intersect (rg_patch_grid_get_view_rect (self, patch), tile->content);
  if (rg_rect_is_empty (seen))
    return (RgRect){ 0 };

  scale_x = tile->source.width / tile->content.width;
  scale_y = tile->source.height / tile->content.height;
  seen = (RgRect){
    tile->source.x + (seen.x - tile->content.x) * scale_x,
    tile->source.y + (seen.y - tile->content.y) * scale_y,
    seen.width * scale_x,
    seen.height * scale_y,
  };
  seen = rg_rect_intersect (seen, self->original);

  return rg_rect_is_empty (seen) ? (RgRect){ 0 } : seen;
}

int
rg_patch_grid_find (const RgPatchGrid *self,
                    double x,
                    double y)
{
  double finest = G_MAXDOUBLE;
  int found = -1;

  for (guint patch = 0; patch < self->n_patches; patch++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (self, patch);

      /* Patches at the picture's edge may be clipped, so fineness is compared by a whole patch of the tile. */
      if (holds (rect, x, y))
        {
          const RgTile *tile;
          double area;
          guint t;

          rg_patch_grid_locate (self, patch, &t, NULL, NULL);
          tile = &self->tiles[t];
          area = tile->source.width * tile->source.height / (tile->content.width * tile->content.height) *
                 rg_image_get_width (tile->view) * rg_image_get_height (tile->view) / ((double) tile->rows * tile->cols);
          if (area < finest)
            {
              finest = area;
              found = patch;
            }
        }
    }

  return found;
}
