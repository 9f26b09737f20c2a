/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/random.h"

#include <math.h>

static guint64
splitmix64 (guint64 *state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);

  return z ^ (z >> 31);
}

void
rg_random_init (RgRandom *self, guint64 seed, guint64 stream)
{
  guint64 mix = seed;

  mix = splitmix64 (&mix) ^ (stream * G_GUINT64_CONSTANT (0xd1342543de82ef95));

  for (guint i = 0; i < 4; i++)
    self->state[i] = splitmix64 (&mix);
}

static guint64
rotate_left (guint64 x, int k)
{
  return (x << k) | (x >> (64 - k));
}

guint64
rg_random_next (RgRandom *self)
{
  guint64 *s = self->state;
  guint64 result = rotate_left (s[1] * 5, 7) * 9;
  guint64 t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate_left (s[3], 45);

  return result;
}

double
rg_random_uniform (RgRandom *self)
{
  return (double) (rg_random_next (self) >> 11) * 0x1.0p-53;
}

double
rg_random_range (RgRandom *self, double low, double high)
{
  return low + (high - low) * rg_random_uniform (self);
}

guint
rg_random_below (RgRandom *self, guint n)
{
  g_assert (n > 0);

  return (guint) (rg_random_uniform (self) * n);
}

double
rg_random_normal (RgRandom *self)
{
  double u = 1 - rg_random_uniform (self);
  double v = rg_random_uniform (self);

  return sqrt (-2 * log (u)) * cos (2 * G_PI * v);
}
