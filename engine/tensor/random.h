/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Random numbers that are the same on every machine: xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64.
 * GRand is not used because its sequence is tied to one 32-bit generator and one global lock; scenes and weights must be
 * reproducible from a 64-bit seed, in any thread. */

G_BEGIN_DECLS

typedef struct
{
  guint64 state[4];
} RgRandom;

/** rg_random_init: @stream: an independent sequence of the same @seed, for example the number of a scene. */
void rg_random_init (RgRandom *self, guint64 seed, guint64 stream);
guint64 rg_random_next (RgRandom *self);

/** rg_random_uniform: Returns: a number in [0, 1). */
double rg_random_uniform (RgRandom *self);

/** rg_random_range: Returns: a number in [low, high). */
double rg_random_range (RgRandom *self, double low, double high);

/** rg_random_below: Returns: an integer in 0 … n - 1; @n at least 1. */
guint rg_random_below (RgRandom *self, guint n);

/** rg_random_normal: Returns: a number of the standard normal distribution (Box and Muller). */
double rg_random_normal (RgRandom *self);

G_END_DECLS
