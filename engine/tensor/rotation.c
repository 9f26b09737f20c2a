/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/ops.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/compact-values.h"
#include "engine/tensor/vector-math.h"

typedef struct
{
  RgNode node;
  RgView x;
  guint n_heads;
  const RgRotation *rotation;
} RotateNode;

guint
rg_rotary_get_n_axes (const RgRotary *self)
{
  guint n = 0;

  while (n < RG_ROTARY_AXES && self->sections[n] > 0)
    n++;

  return MAX (n, 1);
}

/* The axis whose positions turn pair @i. */
static guint
find_axis (const RgRotary *self, guint i)
{
  guint axis = 0, last = rg_rotary_get_n_axes (self) - 1;

  for (guint end = self->sections[0]; axis < last && i >= end; end += self->sections[axis])
    axis++;

  return axis;
}

void
rg_rotary_stretch_evenly (RgRotaryStretch *self, float factor)
{
  *self = (RgRotaryStretch){ .factor = factor, .low = G_MAXFLOAT / 4, .high = G_MAXFLOAT / 2 }; /* turns that no pair makes */
}

static float
stretch (const RgRotaryStretch *self, float frequency)
{
  float n_turns = self->length * frequency / (2 * (float) G_PI), part;

  if (self->factor == 0)
    return frequency;

  part = CLAMP ((n_turns - self->low) / (self->high - self->low), 0, 1);

  return (1 - part) * frequency / self->factor + part * frequency;
}

RgRotation *
rg_rotation_new (RgPass *pass, const guint *positions, gsize n, const RgRotary *rotary)
{
  guint half = rotary->head_dim / 2, period = rotary->restarts ? rotary->sections[0] : half, n_axes = rg_rotary_get_n_axes (rotary);
  float *cosines = rg_arena_alloc (pass->arena, n * half * sizeof (float));
  float *sines = rg_arena_alloc (pass->arena, n * half * sizeof (float));
  RgRotation *self = rg_arena_alloc (pass->arena, sizeof *self);

  for (guint i = 0; i < half; i++)
    {
      float frequency = stretch (&rotary->stretch, powf (rotary->base, -1.0f * (i % period) / period));
      const guint *position = positions + find_axis (rotary, i);

      for (gsize r = 0; r < n; r++, position += n_axes)
        {
          cosines[r * half + i] = cosf (*position * frequency);
          sines[r * half + i] = sinf (*position * frequency);
        }
    }

  *self = (RgRotation){ .n_rows = n, .half = half, .cosines = cosines, .sines = sines };

  return self;
}

RgRotation *
rg_rotation_choose (RgPass *pass, const RgRotation *all, const guint32 *rows, gsize n)
{
  gsize half = all->half;
  float *cosines = rg_arena_alloc (pass->arena, n * half * sizeof (float));
  float *sines = rg_arena_alloc (pass->arena, n * half * sizeof (float));
  RgRotation *self = rg_arena_alloc (pass->arena, sizeof *self);

  for (gsize i = 0; i < n; i++)
    {
      g_assert (rows[i] < all->n_rows);
      memcpy (cosines + i * half, all->cosines + rows[i] * half, half * sizeof (float));
      memcpy (sines + i * half, all->sines + rows[i] * half, half * sizeof (float));
    }

  *self = *all;
  self->n_rows = n;
  self->cosines = cosines;
  self->sines = sines;

  return self;
}

/* The same for pairs that stand side by side. */
static void
turn_pairs (float *x, gsize cols, guint n_heads, const RgRotation *rotation, gsize start, gsize end, float sign)
{
  guint half = rotation->half;

  for (gsize r = start; r < end; r++)
    for (gsize p = 0; p < (gsize) n_heads * half; p++)
      {
        float *pair = x + r * cols + 2 * p, a = pair[0], b = pair[1];
        float c = rotation->cosines[r * half + p % half], s = sign * rotation->sines[r * half + p % half];

        pair[0] = a * c - b * s;
        pair[1] = b * c + a * s;
      }
}

/* Turns every pair of rows @start … @end − 1 by its angle, or back with @sign −1: the derivative of a rotation is the rotation back. */
RG_VECTORISED static void
turn (float *x, gsize cols, guint n_heads, const RgRotation *rotation, gsize start, gsize end, float sign)
{
  guint half = rotation->half;

  if (rotation->pairs)
    {
      turn_pairs (x, cols, n_heads, rotation, start, end, sign);
      return;
    }

  for (gsize r = start; r < end; r++)
    for (guint h = 0; h < n_heads; h++)
      {
        float *first = x + r * cols + (gsize) h * 2 * half, *second = first + half;
        const float *cosines = rotation->cosines + r * half, *sines = rotation->sines + r * half;

#pragma GCC ivdep
        for (guint i = 0; i < half; i++)
          {
            float a = first[i], b = second[i], c = cosines[i], s = sign * sines[i];

            first[i] = a * c - b * s;
            second[i] = b * c + a * s;
          }
      }
}

static void
rotate_backward (RgPass *pass, RgNode *node)
{
  RotateNode *self = (RotateNode *) node;
  RgTensor *x = self->x.tensor;

  if (x->rounded_grad != NULL)
    rg_compact_turn_back (x->rounded_grad + self->x.col, x->rows, x->cols, self->n_heads, self->rotation->half, self->rotation->cosines, self->rotation->sines);
  else if (x->grad != NULL)
    turn (x->grad + self->x.col, x->cols, self->n_heads, self->rotation, 0, x->rows, -1);
}

static void
turn_share (gsize start, gsize end, gpointer data)
{
  const RotateNode *self = data;

  turn (self->x.tensor->data + self->x.col, self->x.tensor->cols, self->n_heads, self->rotation, start, end, 1);
}

void
rg_rotate (RgPass *pass, RgView x, guint n_heads, const RgRotation *rotation)
{
  RotateNode whole = { .x = x, .n_heads = n_heads, .rotation = rotation };

  g_assert (x.tensor->rows <= rotation->n_rows);

  rg_pool_share (pass->pool, x.tensor->rows, RG_POOL_VALUES / (2 * n_heads * rotation->half), turn_share, &whole);

  if (pass->recording)
    {
      RotateNode *node = rg_pass_node (pass, sizeof *node, rotate_backward, NULL);

      if (rotation->pairs)
        x.tensor->rounds_grad = FALSE;
      node->x = x;
      node->n_heads = n_heads;
      node->rotation = rotation;
    }
}
