/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/color-table.h"

#include <string.h>

#define SIDE 32 /* colours are told apart by the upper 5 bits of each channel */
#define N_CELLS (SIDE * SIDE * SIDE)

/* The pixels that fell into one cell of the colour cube. */
typedef struct
{
  guint64 n, sum[3];
} Cell;

/* A part of the cube, ends included. */
typedef struct
{
  int low[3], high[3];
  guint64 n;
} Box;

struct _RgColorTable
{
  Cell cells[N_CELLS];
  guint8 indices[N_CELLS]; /* in the table */
};

RgColorTable *
rg_color_table_new (void)
{
  return g_new0 (RgColorTable, 1);
}

void
rg_color_table_free (RgColorTable *self)
{
  g_free (self);
}

static guint
get_cell (guint32 pixel)
{
  return (pixel >> 19 & 31) * SIDE * SIDE + (pixel >> 11 & 31) * SIDE + (pixel >> 3 & 31);
}

guint
rg_color_table_find (const RgColorTable *self,
                     guint32 pixel)
{
  return self->indices[get_cell (pixel)];
}

void
rg_color_table_count (RgColorTable *self,
                      cairo_surface_t *picture)
{
  const guint8 *data = cairo_image_surface_get_data (picture);
  int width = cairo_image_surface_get_width (picture), height = cairo_image_surface_get_height (picture);

  for (int y = 0; y < height; y++)
    {
      const guint32 *row = (const guint32 *) (data + (gsize) y * cairo_image_surface_get_stride (picture));

      for (int x = 0; x < width; x++)
        {
          Cell *cell = &self->cells[get_cell (row[x])];

          cell->n++;
          for (guint i = 0; i < 3; i++)
            cell->sum[i] += row[x] >> (16 - 8 * i) & 0xff;
        }
    }
}

/* Calls for each cell of @box, which @i, @j, @k count. */
#define FOR_EACH_CELL(box)                                \
  for (int i = (box)->low[0]; i <= (box)->high[0]; i++)   \
    for (int j = (box)->low[1]; j <= (box)->high[1]; j++) \
      for (int k = (box)->low[2]; k <= (box)->high[2]; k++)

/* Makes @box as small as its pixels allow, and counts them. */
static void
shrink (const RgColorTable *self,
        Box *box)
{
  Box small = { { SIDE, SIDE, SIDE }, { -1, -1, -1 }, 0 };

  FOR_EACH_CELL (box)
  {
    const int at[3] = { i, j, k };
    guint64 n = self->cells[(i * SIDE + j) * SIDE + k].n;

    small.n += n;
    for (guint axis = 0; n > 0 && axis < 3; axis++)
      {
        small.low[axis] = MIN (small.low[axis], at[axis]);
        small.high[axis] = MAX (small.high[axis], at[axis]);
      }
  }
  *box = small;
}

static guint
get_longest_axis (const Box *box)
{
  guint longest = 0;

  for (guint axis = 1; axis < 3; axis++)
    if (box->high[axis] - box->low[axis] > box->high[longest] - box->low[longest])
      longest = axis;

  return longest;
}

/* How much is won by cutting @box: its length counts twice, or the white of the paper would take all colours. */
static double
get_weight (const Box *box)
{
  guint axis = get_longest_axis (box);
  double length = box->high[axis] - box->low[axis];

  return length * length * (double) box->n;
}

/* Cuts @box across its longest axis so that about half of its pixels go to @rest. */
static void
cut (const RgColorTable *self,
     Box *box,
     Box *rest)
{
  guint axis = get_longest_axis (box);
  guint64 slices[SIDE] = { 0 }, below = 0;
  int at = box->low[axis];

  FOR_EACH_CELL (box)
  {
    const int place[3] = { i, j, k };

    slices[place[axis]] += self->cells[(i * SIDE + j) * SIDE + k].n;
  }
  while (at < box->high[axis] - 1 && below + slices[at] < box->n / 2)
    below += slices[at++];

  *rest = *box;
  box->high[axis] = at;
  rest->low[axis] = at + 1;
  shrink (self, box);
  shrink (self, rest);
}

/* The mean colour of @box, the @index-th of the table; its cells are told. */
static void
set_color (RgColorTable *self,
           const Box *box,
           guint index,
           guint8 rgb[3])
{
  guint64 sum[3] = { 0 };

  FOR_EACH_CELL (box)
  {
    guint cell = (i * SIDE + j) * SIDE + k;

    self->indices[cell] = (guint8) index;
    for (guint channel = 0; channel < 3; channel++)
      sum[channel] += self->cells[cell].sum[channel];
  }

  for (guint channel = 0; channel < 3; channel++)
    rgb[channel] = (guint8) ((sum[channel] + box->n / 2) / box->n);
}

void
rg_color_table_choose (RgColorTable *self,
                       guint8 colors[RG_COLOR_TABLE_SIZE][3])
{
  Box boxes[RG_COLOR_TABLE_SIZE] = { { { 0, 0, 0 }, { SIDE - 1, SIDE - 1, SIDE - 1 }, 0 } };
  guint n = 1;

  memset (colors, 0, RG_COLOR_TABLE_SIZE * 3);
  shrink (self, &boxes[0]);
  if (boxes[0].n == 0)
    return;

  for (; n < RG_COLOR_TABLE_SIZE; n++)
    {
      guint widest = 0;

      for (guint b = 1; b < n; b++)
        if (get_weight (&boxes[b]) > get_weight (&boxes[widest]))
          widest = b;
      if (!(get_weight (&boxes[widest]) > 0))
        break;
      cut (self, &boxes[widest], &boxes[n]);
    }

  for (guint b = 0; b < n; b++)
    set_color (self, &boxes[b], b, colors[b]);
}
