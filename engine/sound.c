/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/sound.h"

#include <math.h>

#include "engine/encoder/spectrogram.h"
#include "engine/formats/wav.h"

#define N_CROSSINGS 32
#define ROLL_OFF 0.95 /* of half of the lower rate: where the filter begins to fall */

struct _RgSound
{
  gatomicrefcount ref_count;
  guint rate;
  float *samples;
  gsize n;
};

RgSound *
rg_sound_new (guint rate, float *samples, gsize n)
{
  RgSound *self = g_new0 (RgSound, 1);

  g_assert (rate >= RG_SOUND_MIN_RATE && rate <= RG_SOUND_MAX_RATE);
  g_assert (n >= 1 && n <= (gsize) rate * RG_SOUND_MAX_SECONDS);

  g_atomic_ref_count_init (&self->ref_count);
  self->rate = rate;
  self->samples = samples;
  self->n = n;

  return self;
}

RgSound *
rg_sound_ref (RgSound *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
rg_sound_unref (RgSound *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->samples);
  g_free (self);
}

guint
rg_sound_get_rate (const RgSound *self)
{
  return self->rate;
}

const float *
rg_sound_get_samples (const RgSound *self, gsize *n)
{
  *n = self->n;

  return self->samples;
}

/* --- another rate -------------------------------------------------------------------------------------------------- */

static guint
find_common (guint a, guint b)
{
  while (b != 0)
    {
      guint rest = a % b;

      a = b;
      b = rest;
    }

  return a;
}

/* New samples lie at few places between the old ones: n_phases of them, 1 / n_phases apart, each with its own weights. */
typedef struct
{
  guint n_phases, n_taps;
  int first;      /* old sample of the first tap, from the one at or before the new sample */
  float *weights; /* n_phases × n_taps */
} Kernel;

static void
kernel_init (Kernel *self, guint from, guint to)
{
  double cutoff = ROLL_OFF * MIN (1, (double) to / from), reach = N_CROSSINGS / cutoff;

  self->n_phases = to / find_common (from, to);
  self->first = -(int) ceil (reach);
  self->n_taps = 2 * (guint) ceil (reach) + 1;
  self->weights = g_new (float, (gsize) self->n_phases * self->n_taps);
  for (guint phase = 0; phase < self->n_phases; phase++)
    {
      float *weights = self->weights + (gsize) phase * self->n_taps;
      double sum = 0;

      for (guint tap = 0; tap < self->n_taps; tap++)
        {
          double x = self->first + (double) tap - (double) phase / self->n_phases;
          double sinc = x == 0 ? 1 : sin (G_PI * cutoff * x) / (G_PI * cutoff * x);

          weights[tap] = fabs (x) < reach ? sinc * (0.5 + 0.5 * cos (G_PI * x / reach)) : 0;
          sum += weights[tap];
        }
      for (guint tap = 0; tap < self->n_taps; tap++)
        weights[tap] /= sum;
    }
}

RgSound *
rg_sound_resample (RgSound *self, guint rate)
{
  gsize n = MAX (self->n * (guint64) rate / self->rate, 1);
  Kernel kernel;
  float *samples;

  if (rate == self->rate)
    return rg_sound_ref (self);

  kernel_init (&kernel, self->rate, rate);
  samples = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    {
      guint64 at = (guint64) i * self->rate;
      const float *weights = kernel.weights + (gsize) (at % rate / (rate / kernel.n_phases)) * kernel.n_taps;
      gint64 first = (gint64) (at / rate) + kernel.first;
      gint64 begin = MAX (-first, 0), end = MIN ((gint64) kernel.n_taps, (gint64) self->n - first);
      double sum = 0;

      for (gint64 tap = begin; tap < end; tap++)
        sum += (double) weights[tap] * self->samples[first + tap];
      samples[i] = sum;
    }
  g_free (kernel.weights);

  return rg_sound_new (rate, samples, n);
}

/* --- files --------------------------------------------------------------------------------------------------------- */

gboolean
rg_sound_is_file (GBytes *bytes)
{
  return rg_wav_is (bytes);
}

RgImage *
rg_sound_read_picture (GBytes *bytes, const char *name, GCancellable *cancellable, GError **error)
{
  g_autoptr (RgSound) sound = rg_wav_parse (bytes, name, error);

  return sound != NULL ? rg_mel_picture (sound, cancellable, error) : NULL;
}
