/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/question-facts.h"

#include <math.h>

/* A box that covers more than this share of a place makes the place "not empty" to some eyes. */
#define COVER_DOUBT 0.15
/* Between these slopes (across over along) people disagree whether an object is "left of" or "above". */
#define SLOPE_INSIDE 1.0
#define SLOPE_OUTSIDE 1.75
/* Nearer than this along a direction is "at the same height", in shares of the longer side. */
#define LEVEL 0.03

guint
rg_facts_count (const RgScene *scene, int kind, int color)
{
  guint n = 0;
  for (guint i = 0; i < scene->objects->len; i++)
    {
      const RgObject *object = rg_scene_get_object (scene, i);
      if ((kind == RG_ANY || kind == (int) object->kind) && (color == RG_ANY || color == (int) object->color))
        n++;
    }
  return n;
}

int
rg_facts_find (const RgScene *scene, int kind, int color)
{
  int found = -1;
  for (guint i = 0; i < scene->objects->len; i++)
    {
      const RgObject *object = rg_scene_get_object (scene, i);
      if ((kind == RG_ANY || kind == (int) object->kind) && (color == RG_ANY || color == (int) object->color))
        {
          if (found >= 0)
            return -1;
          found = i;
        }
    }
  return found;
}

/* Returns: the third of a share 0 … 1, or -1 near a line. */
static int
find_third (double share)
{
  for (int line = 1; line <= 2; line++)
    if (fabs (share - line / 3.0) < RG_FACTS_PLACE_MARGIN)
      return -1;
  return CLAMP ((int) (share * 3), 0, 2);
}

int
rg_facts_place (const RgScene *scene, int object)
{
  const RgObject *self = rg_scene_get_object (scene, object);
  int column = find_third (self->x / scene->width), row = find_third (self->y / scene->height);
  return column < 0 || row < 0 ? -1 : row * 3 + column;
}

/* Returns: the share of the third @row, @column that the box of @object covers. */
static double
cover_place (const RgScene *scene, const RgObject *object, int row, int column)
{
  double w = scene->width / 3.0, h = scene->height / 3.0;
  /* A drawing fills about three quarters of its box. */
  double half = object->size * 0.87;
  double dx = MIN (object->x + half, (column + 1) * w) - MAX (object->x - half, column * w);
  double dy = MIN (object->y + half, (row + 1) * h) - MAX (object->y - half, row * h);
  return dx <= 0 || dy <= 0 ? 0 : dx * dy / (w * h);
}

/* Whether the centre of @object is in the third or at most the margin away from it. */
static gboolean
touches_place (const RgScene *scene, const RgObject *object, int row, int column)
{
  double u = object->x / scene->width, v = object->y / scene->height;
  return u > column / 3.0 - RG_FACTS_PLACE_MARGIN && u < (column + 1) / 3.0 + RG_FACTS_PLACE_MARGIN &&
         v > row / 3.0 - RG_FACTS_PLACE_MARGIN && v < (row + 1) / 3.0 + RG_FACTS_PLACE_MARGIN;
}

/* Whether a third is clearly empty, clearly holds one object (*object), or neither (FALSE). */
static gboolean
look_at_third (const RgScene *scene, int row, int column, int *object)
{
  *object = -1;
  for (guint i = 0; i < scene->objects->len; i++)
    if (rg_facts_place (scene, i) == row * 3 + column)
      {
        if (*object >= 0)
          return FALSE;
        *object = i;
      }
    else if (touches_place (scene, rg_scene_get_object (scene, i), row, column) || cover_place (scene, rg_scene_get_object (scene, i), row, column) > COVER_DOUBT)
      return FALSE;
  return TRUE;
}

gboolean
rg_facts_at (const RgScene *scene, int place, int *object)
{
  int row = place / 3, column = place % 3, other;
  if (!look_at_third (scene, row, column, object))
    return FALSE;
  for (int k = 0; k < 3; k++)
    {
      if (column == 1 && row != 1 && k != 1 && (!look_at_third (scene, row, k, &other) || other >= 0))
        return FALSE;
      if (row == 1 && column != 1 && k != 1 && (!look_at_third (scene, k, column, &other) || other >= 0))
        return FALSE;
    }
  return TRUE;
}

gboolean
rg_facts_beside (const RgScene *scene, int object, RgSide side, int *neighbour)
{
  static const int directions[RG_N_SIDES][2] = { { -1, 0 }, { 1, 0 }, { 0, -1 }, { 0, 1 } };
  const RgObject *self = rg_scene_get_object (scene, object);
  double longer = MAX (scene->width, scene->height);
  *neighbour = -1;
  for (guint i = 0; i < scene->objects->len; i++)
    {
      const RgObject *other = rg_scene_get_object (scene, i);
      double dx = other->x - self->x, dy = other->y - self->y;
      double along = dx * directions[side][0] + dy * directions[side][1];
      double across = fabs (directions[side][0] != 0 ? dy : dx);
      if ((int) i == object || along <= LEVEL * longer || across >= SLOPE_OUTSIDE * along)
        continue;
      if (*neighbour >= 0 || along < RG_FACTS_SIDE_MARGIN * longer || across > SLOPE_INSIDE * along)
        return FALSE;
      *neighbour = i;
    }
  return TRUE;
}

gboolean
rg_facts_bigger (const RgScene *scene, int a, int b)
{
  return rg_scene_get_object (scene, a)->size >= RG_FACTS_SIZE_RATIO * rg_scene_get_object (scene, b)->size;
}

int
rg_facts_extreme (const RgScene *scene, gboolean biggest)
{
  int n = scene->objects->len;
  for (int i = 0; i < n; i++)
    {
      gboolean wins = n > 1;
      for (int k = 0; k < n && wins; k++)
        wins = k == i || (biggest ? rg_facts_bigger (scene, i, k) : rg_facts_bigger (scene, k, i));
      if (wins)
        return i;
    }
  return -1;
}

static int
compare_from_left (gconstpointer a, gconstpointer b, gpointer scene)
{
  const RgObject *one = rg_scene_get_object (scene, *(const int *) a), *two = rg_scene_get_object (scene, *(const int *) b);
  if (one->x != two->x)
    return one->x < two->x ? -1 : 1;
  return one->y < two->y ? -1 : one->y > two->y;
}

GArray *
rg_facts_from_left (const RgScene *scene)
{
  GArray *order = g_array_new (FALSE, FALSE, sizeof (int));
  for (int i = 0; i < (int) scene->objects->len; i++)
    g_array_append_val (order, i);
  g_array_sort_with_data (order, compare_from_left, (gpointer) scene);
  return order;
}
