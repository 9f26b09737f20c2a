/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/gemm-bf16.h"

/* A convolution is a product: every output pixel's window becomes a row ("im2col"), times the kernel matrix. */

typedef struct
{
  RgNode node;
  RgConvolution spec;
  RgTensor *x, *columns;
} ColumnsNode;

gsize
rg_convolution_out (const RgConvolution *spec, gsize extent)
{
  return (extent + 2 * spec->padding - spec->kernel) / spec->stride + 1;
}

/* The part of one kernel row that lies inside the picture: input columns first … first + n − 1, and how many kernel columns
 * come before it. */
static gsize
clip_window (const RgConvolution *spec, gsize out_col, gssize *first, gsize *before)
{
  gssize left = (gssize) (out_col * spec->stride) - spec->padding;
  gssize right = left + spec->kernel;

  *before = left < 0 ? -left : 0;
  *first = MAX (left, 0);

  return MIN (right, (gssize) spec->width) - *first;
}

static gsize
count_rows (const RgConvolution *spec)
{
  return spec->is_line ? 1 : spec->kernel;
}

static gsize
count_out_rows (const RgConvolution *spec)
{
  return spec->is_line ? 1 : rg_convolution_out (spec, spec->height);
}

/* Copies windows to rows, or adds rows of floats to windows: @picture and @columns are walked in the same order.
 * @size: of an element */
static void
walk_windows (const RgConvolution *spec, gsize channels, gsize size, guint8 *picture, guint8 *columns, gboolean scatter)
{
  gsize out_h = count_out_rows (spec), out_w = rg_convolution_out (spec, spec->width), n_rows = count_rows (spec);
  gsize pixel_size = channels * size, row_size = spec->kernel * pixel_size;
  gssize above = spec->is_line ? 0 : spec->padding;

  for (gsize image = 0; image < spec->n_images; image++)
    for (gsize oy = 0; oy < out_h; oy++)
      for (gsize ox = 0; ox < out_w; ox++)
        {
          gssize first;
          gsize before, n = clip_window (spec, ox, &first, &before);

          for (guint ky = 0; ky < n_rows; ky++, columns += row_size)
            {
              gssize y = (gssize) (oy * spec->stride + ky) - above;
              guint8 *inside;

              if (y < 0 || y >= (gssize) spec->height)
                {
                  if (!scatter)
                    memset (columns, 0, row_size);
                  continue;
                }

              inside = picture + ((image * spec->height + y) * spec->width + first) * pixel_size;
              if (scatter)
                rg_add_values ((float *) inside, (const float *) (columns + before * pixel_size), n * channels);
              else
                {
                  if (n < spec->kernel)
                    memset (columns, 0, row_size);
                  memcpy (columns + before * pixel_size, inside, n * pixel_size);
                }
            }
        }
}

static void
columns_backward (RgPass *pass, RgNode *node)
{
  ColumnsNode *self = (ColumnsNode *) node;

  if (self->columns->grad != NULL)
    walk_windows (&self->spec, self->x->cols, sizeof (float), (guint8 *) rg_pass_grad_added (pass, self->x), (guint8 *) self->columns->grad, TRUE);
}

/* A picture as the products will round it: each pixel once, instead of in every window that has it. */
static RgTensor *
round_picture (RgPass *pass, const RgTensor *x)
{
  RgTensor *rounded = rg_pass_factor (pass, x->rows, x->cols);

  rg_gemm_bf16_round ((guint16 *) rounded->stored, x->data, x->rows * x->cols);

  return rounded;
}

static RgTensor *
unfold (RgPass *pass, RgTensor *x, const RgConvolution *spec)
{
  gsize n_windows = spec->n_images * count_out_rows (spec) * rg_convolution_out (spec, spec->width);
  gsize width = count_rows (spec) * spec->kernel * x->cols;
  const RgTensor *picture = pass->compact && x->stored == NULL ? round_picture (pass, x) : x;
  RgTensor *columns = picture->stored != NULL ? rg_pass_factor (pass, n_windows, width) : rg_pass_tensor (pass, n_windows, width);

  g_assert (x->rows == spec->n_images * spec->height * spec->width);
  g_assert (!spec->is_line || spec->height == 1);
  g_assert (spec->padding < spec->kernel); /* every window has a column of the picture */

  if (picture->stored != NULL)
    walk_windows (spec, x->cols, sizeof (guint16), (guint8 *) picture->stored, (guint8 *) columns->stored, FALSE);
  else
    walk_windows (spec, x->cols, sizeof (float), (guint8 *) x->data, (guint8 *) columns->data, FALSE);
  columns->wants_grad = x->wants_grad;

  if (pass->recording && x->wants_grad)
    {
      ColumnsNode *node = rg_pass_node (pass, sizeof *node, columns_backward, columns);

      node->spec = *spec;
      node->x = x;
      node->columns = columns;
    }

  return columns;
}

RgTensor *
rg_convolution (RgPass *pass, RgTensor *x, RgTensor *weight, RgTensor *bias, RgTensor *residual, const RgConvolution *spec)
{
  gboolean is_pointwise = spec->kernel == 1 && spec->stride == 1 && spec->padding == 0;

  return rg_linear (pass, is_pointwise ? x : unfold (pass, x, spec), weight, bias, residual);
}

/* --- pooling --- */

typedef struct
{
  RgNode node;
  RgTensor *x, *y;
  guint32 *sources; /* for each value of y, the row of x that it is from */
} PoolNode;

/* Whoever has the largest value gets all of the derivative. */
static void
pool_backward (RgPass *pass, RgNode *node)
{
  PoolNode *self = (PoolNode *) node;
  gsize channels = self->x->cols;
  float *grad;

  if (self->y->grad == NULL)
    return;

  grad = rg_pass_grad_added (pass, self->x);
  for (gsize i = 0; i < self->y->rows * channels; i++)
    grad[self->sources[i] * channels + i % channels] += self->y->grad[i];
}

/* @top, @left: of the window, which may reach beyond the picture. @y, @sources: a value for each channel */
static void
pool_window (const RgConvolution *spec, const RgTensor *x, gsize image, gssize top, gssize left, float *y, guint32 *sources)
{
  gssize bottom = MIN (top + (gssize) spec->kernel, (gssize) spec->height), right = MIN (left + (gssize) spec->kernel, (gssize) spec->width);

  for (gsize c = 0; c < x->cols; c++)
    y[c] = -INFINITY;
  for (gssize row = MAX (top, 0); row < bottom; row++)
    for (gssize col = MAX (left, 0); col < right; col++)
      {
        guint32 source = (image * spec->height + row) * spec->width + col;
        const float *from = x->data + source * x->cols;

        for (gsize c = 0; c < x->cols; c++)
          if (from[c] > y[c] || y[c] == -INFINITY)
            {
              y[c] = from[c];
              sources[c] = source;
            }
      }
}

RgTensor *
rg_max_pool (RgPass *pass, RgTensor *x, const RgConvolution *spec)
{
  gsize out_h = rg_convolution_out (spec, spec->height), out_w = rg_convolution_out (spec, spec->width), n = spec->n_images * out_h * out_w;
  RgTensor *y = rg_pass_tensor (pass, n, x->cols);
  guint32 *sources = rg_arena_alloc (pass->arena, n * x->cols * sizeof *sources);

  g_assert (x->rows == spec->n_images * spec->height * spec->width && x->rows <= G_MAXUINT32);
  g_assert (spec->padding < spec->kernel && !spec->is_line);

  for (gsize i = 0; i < n; i++)
    pool_window (spec, x, i / (out_h * out_w), (gssize) (i / out_w % out_h * spec->stride) - spec->padding, (gssize) (i % out_w * spec->stride) - spec->padding, y->data + i * x->cols, sources + i * x->cols);
  y->wants_grad = y->wants_grad && x->wants_grad;

  if (pass->recording && x->wants_grad)
    {
      PoolNode *node = rg_pass_node (pass, sizeof *node, pool_backward, y);

      node->x = x;
      node->y = y;
      node->sources = sources;
    }

  return y;
}

/* --- patches --- */

typedef struct
{
  RgNode node;
  RgTensor *x, *y;
  gsize n_images, channels, side;
} PatchesNode;

/* Copies planes to patches, or adds patches to planes; a step is one row of one patch. */
static void
walk_patches (const PatchesNode *spec, float *planes, float *patches, gboolean scatter)
{
  gsize width = spec->x->cols, side = spec->side, height = spec->x->rows / (spec->n_images * spec->channels);

  for (gsize image = 0; image < spec->n_images; image++)
    for (gsize top = 0; top < height; top += side)
      for (gsize left = 0; left < width; left += side)
        for (gsize c = 0; c < spec->channels; c++)
          for (gsize y = 0; y < side; y++, patches += side)
            {
              float *row = planes + ((image * spec->channels + c) * height + top + y) * width + left;

              if (scatter)
                for (gsize x = 0; x < side; x++)
                  row[x] += patches[x];
              else
                memcpy (patches, row, side * sizeof (float));
            }
}

static void
patches_backward (RgPass *pass, RgNode *node)
{
  PatchesNode *self = (PatchesNode *) node;

  if (self->y->grad != NULL)
    walk_patches (self, rg_pass_grad_added (pass, self->x), self->y->grad, TRUE);
}

RgTensor *
rg_patches (RgPass *pass, RgTensor *x, gsize n_images, gsize channels, gsize side)
{
  RgTensor *y = rg_pass_tensor (pass, x->rows * x->cols / (channels * side * side), channels * side * side);
  PatchesNode spec = { .x = x, .y = y, .n_images = n_images, .channels = channels, .side = side };

  g_assert (x->rows % (n_images * channels) == 0 && x->rows / (n_images * channels) % side == 0 && x->cols % side == 0);

  walk_patches (&spec, x->data, y->data, FALSE);
  y->wants_grad = y->wants_grad && x->wants_grad;

  if (pass->recording && x->wants_grad)
    {
      PatchesNode *node = rg_pass_node (pass, sizeof *node, patches_backward, y);
      RgNode header = node->node;

      *node = spec;
      node->node = header;
    }

  return y;
}
