/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/spectrogram.h"

#include <math.h>
#include <string.h>

#define FLOOR 1e-10 /* of a band's power */
#define RANGE 8     /* powers of ten below the loudest */

/* Rows of the drawing for each band. */
#define BAND_HEIGHT 3

/* Of the picture of a sound, about: shorter ones get wider frames. */
#define LEAST_WIDTH 480

/* Frames between two looks at the cancellable. */
#define CHUNK 64

RgMelConfig
rg_mel_config_default (void)
{
  return (RgMelConfig){ .rate = 16000, .n_fft = 400, .hop = 160, .n_bins = 80 };
}

gsize
rg_mel_config_count_frames (const RgMelConfig *config, gsize n)
{
  return (n + config->hop - 1) / config->hop;
}

/* --- the Fourier transform ----------------------------------------------------------------------------------------- */

typedef struct
{
  double re, im;
} Complex;

/* @turns: exp (−2πi k / n) for k = 0 … n − 1; @scratch: n */
typedef struct
{
  guint n;
  Complex *turns, *scratch;
} Fourier;

static void
fourier_init (Fourier *self, guint n)
{
  *self = (Fourier){ n, g_new (Complex, n), g_new (Complex, n) };
  for (guint k = 0; k < n; k++)
    self->turns[k] = (Complex){ cos (2 * G_PI * k / n), -sin (2 * G_PI * k / n) };
}

static void
fourier_clear (Fourier *self)
{
  g_free (self->turns);
  g_free (self->scratch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fourier, fourier_clear)

static guint
find_factor (guint n)
{
  for (guint p = 2; p * p <= n; p++)
    if (n % p == 0)
      return p;

  return n;
}

/* Of the @n values at @in, @stride apart: those of @p shorter transforms are put together (Cooley and Tukey, 1965). */
static void
transform (const Fourier *self, const double *in, guint stride, Complex *out, guint n)
{
  guint p = n > 1 ? find_factor (n) : 1, m = n / p;

  if (n == 1)
    {
      *out = (Complex){ *in, 0 };
      return;
    }

  for (guint r = 0; r < p; r++)
    transform (self, in + r * stride, stride * p, out + r * m, m);
  memcpy (self->scratch, out, n * sizeof *out);
  for (guint k = 0; k < n; k++)
    {
      Complex sum = { 0, 0 };

      for (guint r = 0; r < p; r++)
        {
          const Complex *part = &self->scratch[r * m + k % m], *turn = &self->turns[(guint64) r * k % n * stride];

          sum.re += part->re * turn->re - part->im * turn->im;
          sum.im += part->re * turn->im + part->im * turn->re;
        }
      out[k] = sum;
    }
}

/* --- bands --------------------------------------------------------------------------------------------------------- */

/* Slaney's scale: linear to 1000 Hz, then a step a factor of 6.4^(1/27). */
static double
to_mel (double hertz)
{
  return hertz < 1000 ? 3 * hertz / 200 : 15 + 27 * log (hertz / 1000) / log (6.4);
}

static double
to_hertz (double mel)
{
  return mel < 15 ? 200 * mel / 3 : 1000 * exp ((mel - 15) * log (6.4) / 27);
}

double *
rg_mel_filters_new (const RgMelConfig *config)
{
  guint n_frequencies = config->n_fft / 2 + 1, n_bins = config->n_bins;
  double top = to_mel (config->rate / 2.0);
  double *filters = g_new (double, (gsize) n_frequencies *n_bins);

  for (guint b = 0; b < n_bins; b++)
    {
      double low = to_hertz (top * b / (n_bins + 1)), middle = to_hertz (top * (b + 1) / (n_bins + 1)), high = to_hertz (top * (b + 2) / (n_bins + 1));

      for (guint f = 0; f < n_frequencies; f++)
        {
          double hertz = (double) f * config->rate / config->n_fft;
          double weight = MIN ((hertz - low) / (middle - low), (high - hertz) / (high - middle));

          filters[(gsize) f * n_bins + b] = MAX (weight, 0) * 2 / (high - low);
        }
    }

  return filters;
}

/* --- the spectrogram ----------------------------------------------------------------------------------------------- */

typedef struct
{
  const RgMelConfig *config;
  const float *samples;
  gsize n, n_all; /* without and with the silence behind them */
  double *window, *filters, *frame, *powers;
  Complex *spectrum;
  Fourier fourier;
} Run;

static void
run_init (Run *self, const RgMelConfig *config, const RgSound *sound, gsize n_frames)
{
  *self = (Run){ .config = config, .n_all = n_frames * config->hop };
  self->samples = rg_sound_get_samples (sound, &self->n);
  self->n = MIN (self->n, self->n_all);
  self->window = g_new (double, config->n_fft);
  self->frame = g_new (double, config->n_fft);
  self->spectrum = g_new (Complex, config->n_fft);
  self->powers = g_new (double, config->n_bins);
  self->filters = rg_mel_filters_new (config);
  fourier_init (&self->fourier, config->n_fft);
  for (guint i = 0; i < config->n_fft; i++)
    self->window[i] = 0.5 - 0.5 * cos (2 * G_PI * i / config->n_fft);
}

static void
run_clear (Run *self)
{
  g_free (self->window);
  g_free (self->frame);
  g_free (self->spectrum);
  g_free (self->powers);
  g_free (self->filters);
  fourier_clear (&self->fourier);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* The sample at @at, which may lie before the beginning or behind the end, where the sound is mirrored. */
static double
get_sample (const Run *self, gssize at)
{
  gssize last = (gssize) self->n_all - 1;

  while (at < 0 || at > last)
    at = at < 0 ? -at : 2 * last - at;

  return at < (gssize) self->n ? self->samples[at] : 0;
}

/* Returns: whether there is anything but silence. */
static gboolean
cut_frame (Run *self, gsize t)
{
  gssize begin = (gssize) (t * self->config->hop) - self->config->n_fft / 2;
  gboolean sounds = FALSE;

  for (guint i = 0; i < self->config->n_fft; i++)
    {
      double sample = get_sample (self, begin + i);

      self->frame[i] = sample * self->window[i];
      sounds = sounds || sample != 0;
    }

  return sounds;
}

/* @values: n_bins logarithms */
static void
measure_frame (Run *self, gsize t, float *values)
{
  guint n_bins = self->config->n_bins, n_frequencies = self->config->n_fft / 2 + 1;

  memset (self->powers, 0, n_bins * sizeof *self->powers);
  if (cut_frame (self, t))
    {
      transform (&self->fourier, self->frame, 1, self->spectrum, self->config->n_fft);
      for (guint f = 0; f < n_frequencies; f++)
        {
          double power = self->spectrum[f].re * self->spectrum[f].re + self->spectrum[f].im * self->spectrum[f].im;
          const double *weights = self->filters + (gsize) f * n_bins;

          for (guint b = 0; b < n_bins; b++)
            self->powers[b] += weights[b] * power;
        }
    }
  for (guint b = 0; b < n_bins; b++)
    values[b] = log10 (MAX (self->powers[b], FLOOR));
}

gboolean
rg_mel_spectrogram (const RgMelConfig *config, const RgSound *sound, gsize n_frames, GCancellable *cancellable, float *values, GError **error)
{
  gsize n = n_frames * config->n_bins;
  float largest = -INFINITY;
  g_auto (Run) run;

  g_assert (rg_sound_get_rate (sound) == config->rate && n_frames > 0);

  run_init (&run, config, sound, n_frames);
  for (gsize t = 0; t < n_frames; t++)
    {
      if (t % CHUNK == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      measure_frame (&run, t, values + t * config->n_bins);
    }

  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, values[i]);
  for (gsize i = 0; i < n; i++)
    values[i] = (MAX (values[i], largest - RANGE) + 4) / 4;

  return TRUE;
}

RgImage *
rg_mel_draw (const float *values, gsize n_frames, guint n_bins, guint frame_width, RgSound *sound)
{
  gsize width = n_frames * frame_width, height = (gsize) n_bins * BAND_HEIGHT;
  guint8 *pixels = g_malloc (3 * width * height);
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, 3 * width * height);
  float lowest = INFINITY, highest = -INFINITY;

  for (gsize i = 0; i < n_frames * n_bins; i++)
    {
      lowest = MIN (lowest, values[i]);
      highest = MAX (highest, values[i]);
    }
  for (gsize y = 0; y < height; y++)
    for (gsize x = 0; x < width; x++)
      {
        float value = values[x / frame_width * n_bins + n_bins - 1 - y / BAND_HEIGHT];

        memset (pixels + 3 * (y * width + x), highest > lowest ? (int) (255 * (value - lowest) / (highest - lowest) + 0.5f) : 0, 3);
      }

  return rg_image_new_of_sound (width, height, bytes, sound);
}

RgImage *
rg_mel_picture (RgSound *sound, GCancellable *cancellable, GError **error)
{
  RgMelConfig config = rg_mel_config_default ();
  g_autoptr (RgSound) heard = rg_sound_resample (sound, config.rate);
  g_autofree float *values = NULL;
  gsize n_samples, n_frames;

  rg_sound_get_samples (heard, &n_samples);
  n_frames = rg_mel_config_count_frames (&config, n_samples);
  values = g_new (float, n_frames *config.n_bins);
  if (!rg_mel_spectrogram (&config, heard, n_frames, cancellable, values, error))
    return NULL;

  return rg_mel_draw (values, n_frames, config.n_bins, n_frames < LEAST_WIDTH ? (LEAST_WIDTH + n_frames - 1) / n_frames : 1, sound);
}
