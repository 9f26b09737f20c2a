/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/resample.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"

#define CHANNELS 3

/* Bits after the point of a weight: 32 minus 8 of a byte minus 2 for the overshoot of a filter with negative lobes. */
#define WEIGHT_BITS 22

/* Rows that one thread does between two looks at the cancellable. */
#define BAND_ROWS 16

/* --- filters ------------------------------------------------------------------------------------------------------ */

static double
sinc (double x)
{
  return x == 0 ? 1 : sin (G_PI * x) / (G_PI * x);
}

static double
lanczos (double x)
{
  return x >= -3 && x < 3 ? sinc (x) * sinc (x / 3) : 0;
}

static double
bilinear (double x)
{
  return fabs (x) < 1 ? 1 - fabs (x) : 0;
}

static double
bicubic (double x)
{
  const double a = -0.5;

  x = fabs (x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return (((x - 5) * x + 8) * x - 4) * a;

  return 0;
}

static double
box (double x)
{
  return x > -0.5 && x <= 0.5 ? 1 : 0;
}

static double
hamming (double x)
{
  return fabs (x) < 1 ? sinc (x) * (0.54 + 0.46 * cos (G_PI * x)) : 0;
}

typedef struct
{
  double (*weight) (double x);
  double support; /* beyond which the weight is 0 */
} Filter;

static const Filter filters[RG_N_FILTERS] = {
  [RG_FILTER_LANCZOS] = { lanczos, 3 },
  [RG_FILTER_BILINEAR] = { bilinear, 1 },
  [RG_FILTER_BICUBIC] = { bicubic, 2 },
  [RG_FILTER_BOX] = { box, 0.5 },
  [RG_FILTER_HAMMING] = { hamming, 1 },
};

/* --- weights ------------------------------------------------------------------------------------------------------ */

/* For every place of the result: which places of the source count, and how much. */
typedef struct
{
  guint *first;    /* n_out */
  guint *n;        /* n_out */
  gint32 *weights; /* n_out × stride, of which n count */
  gsize stride;
} Taps;

static void
taps_clear (Taps *taps)
{
  g_free (taps->first);
  g_free (taps->n);
  g_free (taps->weights);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Taps, taps_clear)

static gint32
to_fixed (double weight)
{
  double scaled = weight * (1 << WEIGHT_BITS);

  return (gint32) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

/* Weights of one place, summing to 1: those that would fall outside the picture are left out before. */
static void
taps_fill (Taps *taps,
           guint place,
           guint n_in,
           double scale,
           const Filter *filter,
           double *weights)
{
  double widening = MAX (scale, 1);
  double support = filter->support * widening;
  double centre = (place + 0.5) * scale;
  guint first = (guint) MAX (centre - support + 0.5, 0);
  guint end = (guint) MIN (centre + support + 0.5, n_in);
  double sum = 0;

  taps->first[place] = first;
  taps->n[place] = end - first;

  for (guint i = 0; i < end - first; i++)
    {
      weights[i] = filter->weight ((i + first - centre + 0.5) * (1 / widening));
      sum += weights[i];
    }

  for (guint i = 0; i < end - first; i++)
    taps->weights[place * taps->stride + i] = to_fixed (sum != 0 ? weights[i] / sum : weights[i]);
}

static gboolean
taps_init (Taps *taps,
           guint n_in,
           guint n_out,
           RgFilter filter)
{
  double scale = (double) n_in / n_out;
  g_autofree double *weights = NULL;

  taps->stride = (gsize) ceil (filters[filter].support * MAX (scale, 1)) * 2 + 1;
  taps->first = g_new (guint, n_out);
  taps->n = g_new (guint, n_out);
  taps->weights = g_try_new (gint32, n_out * taps->stride);
  weights = g_try_new (double, taps->stride);
  if (taps->weights == NULL || weights == NULL)
    return FALSE;

  for (guint place = 0; place < n_out; place++)
    taps_fill (taps, place, n_in, scale, &filters[filter], weights);

  return TRUE;
}

/* --- the two passes ----------------------------------------------------------------------------------------------- */

typedef struct
{
  const guint8 *in;
  guint8 *out;
  guint in_width;
  guint out_width;
  guint out_height;
  const Taps *taps;
  void (*row) (const void *pass, guint y);
  GCancellable *cancellable;
} Pass;

static guint8
to_byte (gint32 fixed)
{
  return CLAMP (fixed >> WEIGHT_BITS, 0, 255);
}

static void
across (const void *data,
        guint y)
{
  const Pass *pass = data;
  const guint8 *in = pass->in + (gsize) y * pass->in_width * CHANNELS;
  guint8 *out = pass->out + (gsize) y * pass->out_width * CHANNELS;

  for (guint x = 0; x < pass->out_width; x++)
    {
      const guint8 *from = in + (gsize) pass->taps->first[x] * CHANNELS;
      const gint32 *weights = pass->taps->weights + x * pass->taps->stride;
      guint n = pass->taps->n[x];
      gint32 red = 1 << (WEIGHT_BITS - 1), green = red, blue = red;

      for (guint i = 0; i < n; i++)
        {
          red += from[i * CHANNELS] * weights[i];
          green += from[i * CHANNELS + 1] * weights[i];
          blue += from[i * CHANNELS + 2] * weights[i];
        }

      out[x * CHANNELS] = to_byte (red);
      out[x * CHANNELS + 1] = to_byte (green);
      out[x * CHANNELS + 2] = to_byte (blue);
    }
}

/* The sums of a stretch of a row are kept side by side, so that the source is read row by row as it lies in memory. */
static void
down (const void *data,
      guint y)
{
  enum
  {
    STRETCH = 512
  };
  const Pass *pass = data;
  gsize length = (gsize) pass->out_width * CHANNELS;
  const guint8 *in = pass->in + (gsize) pass->taps->first[y] * length;
  const gint32 *weights = pass->taps->weights + y * pass->taps->stride;
  guint8 *out = pass->out + (gsize) y * length;

  for (gsize begin = 0; begin < length; begin += STRETCH)
    {
      gint32 sums[STRETCH];
      gsize n = MIN (length - begin, STRETCH);

      for (gsize j = 0; j < n; j++)
        sums[j] = 1 << (WEIGHT_BITS - 1);

      for (guint i = 0; i < pass->taps->n[y]; i++)
        for (gsize j = 0; j < n; j++)
          sums[j] += in[i * length + begin + j] * weights[i];

      for (gsize j = 0; j < n; j++)
        out[begin + j] = to_byte (sums[j]);
    }
}

static void
do_band (gsize band,
         gpointer data)
{
  const Pass *pass = data;
  guint end = MIN ((band + 1) * BAND_ROWS, pass->out_height);

  if (g_cancellable_is_cancelled (pass->cancellable))
    return;

  for (guint y = band * BAND_ROWS; y < end; y++)
    pass->row (pass, y);
}

static gboolean
is_out_of_memory (const void *memory,
                  RgImage *image,
                  GError **error)
{
  if (memory != NULL)
    return FALSE;

  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("There is not enough memory to resize a picture of %u × %u pixels."),
               rg_image_get_width (image), rg_image_get_height (image));

  return TRUE;
}

static RgImage *
image_new_take (guint width,
                guint height,
                guint8 *data)
{
  g_autoptr (GBytes) pixels = g_bytes_new_take (data, (gsize) CHANNELS * width * height);

  return rg_image_new (width, height, pixels);
}

/* One of the passes; the other direction stays as it is. */
static RgImage *
resample_pass (RgImage *image,
               guint width,
               guint height,
               RgFilter filter,
               RgPool *pool,
               GCancellable *cancellable,
               GError **error)
{
  gboolean is_across = width != rg_image_get_width (image);
  g_auto (Taps) taps = { 0 };
  g_autofree guint8 *out = g_try_malloc ((gsize) CHANNELS * width * height);
  gboolean is_ready;
  Pass pass;

  if (is_across)
    is_ready = taps_init (&taps, rg_image_get_width (image), width, filter);
  else
    is_ready = taps_init (&taps, rg_image_get_height (image), height, filter);

  if (is_out_of_memory (is_ready ? out : NULL, image, error))
    return NULL;

  pass = (Pass){
    .in = rg_image_get_pixels (image),
    .out = out,
    .in_width = rg_image_get_width (image),
    .out_width = width,
    .out_height = height,
    .taps = &taps,
    .row = is_across ? across : down,
    .cancellable = cancellable,
  };
  rg_pool_run (pool, (height + BAND_ROWS - 1) / BAND_ROWS, do_band, &pass);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  return image_new_take (width, height, g_steal_pointer (&out));
}

/* Places are stepped to by adding, not multiplied out: that is what Pillow's rounding depends on. */
static RgImage *
resample_nearest (RgImage *image,
                  guint width,
                  guint height,
                  GError **error)
{
  guint in_width = rg_image_get_width (image), in_height = rg_image_get_height (image);
  double step_x = (double) in_width / width, step_y = (double) in_height / height;
  const guint8 *in = rg_image_get_pixels (image);
  g_autofree guint8 *out = g_try_malloc ((gsize) CHANNELS * width * height);
  guint8 *to = out;
  double y = step_y * 0.5;

  if (is_out_of_memory (out, image, error))
    return NULL;

  for (guint row = 0; row < height; row++, y += step_y)
    {
      const guint8 *from = in + (gsize) MIN ((guint) y, in_height - 1) * in_width * CHANNELS;
      double x = step_x * 0.5;

      for (guint col = 0; col < width; col++, x += step_x, to += CHANNELS)
        memcpy (to, from + (gsize) MIN ((guint) x, in_width - 1) * CHANNELS, CHANNELS);
    }

  return image_new_take (width, height, g_steal_pointer (&out));
}

RgImage *
rg_resample (RgImage *image,
             guint width,
             guint height,
             RgFilter filter,
             RgPool *pool,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (RgImage) current = rg_image_ref (image);

  g_assert (width >= 1 && width <= G_MAXUINT16 && height >= 1 && height <= G_MAXUINT16);
  g_assert (filter < RG_N_FILTERS);

  if (filter == RG_FILTER_NEAREST)
    return resample_nearest (image, width, height, error);

  if (width != rg_image_get_width (image))
    {
      g_autoptr (RgImage) before = g_steal_pointer (&current);

      current = resample_pass (before, width, rg_image_get_height (before), filter, pool, cancellable, error);
      if (current == NULL)
        return NULL;
    }

  if (height != rg_image_get_height (current))
    {
      g_autoptr (RgImage) before = g_steal_pointer (&current);

      current = resample_pass (before, width, height, filter, pool, cancellable, error);
    }

  return g_steal_pointer (&current);
}
