/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/wav.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"

#define HEADER_BYTES 12
#define CHUNK_BYTES 8
#define FORMAT_BYTES 16
#define EXTENDED_BYTES 40
#define SUBFORMAT_AT 24

#define FORMAT_WHOLE 1
#define FORMAT_FLOAT 3
#define FORMAT_EXTENDED 0xFFFE

#define MAX_CHANNELS 32

/* What "fmt " says, and where "data" is. */
typedef struct
{
  guint format, n_channels, rate, n_bits;
  const guint8 *data;
  gsize n_bytes;
} Wave;

static guint
read_u16 (const guint8 *at)
{
  return at[0] | at[1] << 8;
}

static guint32
read_u32 (const guint8 *at)
{
  return at[0] | at[1] << 8 | at[2] << 16 | (guint32) at[3] << 24;
}

gboolean
rg_wav_is (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size >= HEADER_BYTES && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WAVE", 4) == 0;
}

static const char *
get_name (const char *name)
{
  return name != NULL ? name : _ ("This sound");
}

static gboolean
fail_damaged (const char *name, GError **error)
{
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s is damaged or was cut short, so Regard cannot read it."), get_name (name));

  return FALSE;
}

static void
read_format (Wave *self, const guint8 *chunk, gsize size)
{
  self->format = read_u16 (chunk);
  self->n_channels = read_u16 (chunk + 2);
  self->rate = read_u32 (chunk + 4);
  self->n_bits = read_u16 (chunk + 14);
  if (self->format == FORMAT_EXTENDED && size >= EXTENDED_BYTES)
    self->format = read_u16 (chunk + SUBFORMAT_AT);
}

/* Of several chunks of a kind the first counts; what is unknown is passed over. */
static gboolean
find_chunks (Wave *self, const guint8 *file, gsize size, const char *name, GError **error)
{
  for (gsize at = HEADER_BYTES; size - at >= CHUNK_BYTES && self->data == NULL;)
    {
      const guint8 *chunk = file + at + CHUNK_BYTES;
      gsize length = read_u32 (file + at + 4), room = size - at - CHUNK_BYTES;

      if (length > room)
        return fail_damaged (name, error);
      if (memcmp (file + at, "fmt ", 4) == 0 && self->n_channels == 0)
        {
          if (length < FORMAT_BYTES)
            return fail_damaged (name, error);
          read_format (self, chunk, length);
        }
      if (memcmp (file + at, "data", 4) == 0)
        {
          self->data = chunk;
          self->n_bytes = length;
        }
      at += CHUNK_BYTES + MIN (length + length % 2, room);
    }

  return (self->data != NULL && self->n_channels > 0) || fail_damaged (name, error);
}

static gboolean
check (const Wave *self, const char *name, GError **error)
{
  gboolean is_known = (self->format == FORMAT_WHOLE && (self->n_bits == 8 || self->n_bits == 16 || self->n_bits == 24 || self->n_bits == 32)) ||
                      (self->format == FORMAT_FLOAT && (self->n_bits == 32 || self->n_bits == 64));

  if (!is_known)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s has samples of a kind that Regard cannot read (format %u of %u bits); please save it as WAV with PCM of 16 bits."), get_name (name), self->format, self->n_bits);
      return FALSE;
    }
  if (self->rate < RG_SOUND_MIN_RATE || self->rate > RG_SOUND_MAX_RATE || self->n_channels > MAX_CHANNELS)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s has %u channels of %u samples a second; Regard reads up to %d channels of %d to %d."), get_name (name), self->n_channels, self->rate, MAX_CHANNELS, RG_SOUND_MIN_RATE, RG_SOUND_MAX_RATE);
      return FALSE;
    }
  if (self->n_bytes / (self->n_bits / 8) / self->n_channels > (gsize) self->rate * RG_SOUND_MAX_SECONDS)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s is longer than the %d seconds that Regard reads; please cut it."), get_name (name), RG_SOUND_MAX_SECONDS);
      return FALSE;
    }

  return TRUE;
}

static double
read_sample (const Wave *self, const guint8 *at)
{
  guint64 wide;
  double value;
  float number;

  switch (self->n_bits)
    {
    case 8:
      return (at[0] - 128) / 128.0;

    case 16:
      return (gint16) read_u16 (at) / 32768.0;

    case 24:
      return (gint32) ((guint32) at[0] << 8 | (guint32) at[1] << 16 | (guint32) at[2] << 24) / 2147483648.0;

    case 64:
      wide = read_u32 (at) | (guint64) read_u32 (at + 4) << 32;
      memcpy (&value, &wide, sizeof value);
      return value;

    case 32:
    default:
      if (self->format == FORMAT_WHOLE)
        return (gint32) read_u32 (at) / 2147483648.0;
      memcpy (&number, &(guint32){ read_u32 (at) }, sizeof number);
      return number;
    }
}

RgSound *
rg_wav_parse (GBytes *bytes, const char *name, GError **error)
{
  Wave wave = { 0 };
  gsize size, n, n_sample;
  const guint8 *file = g_bytes_get_data (bytes, &size);
  g_autofree float *samples = NULL;

  if (!rg_wav_is (bytes))
    {
      fail_damaged (name, error);
      return NULL;
    }
  if (!find_chunks (&wave, file, size, name, error) || !check (&wave, name, error))
    return NULL;

  n_sample = wave.n_bits / 8;
  n = wave.n_bytes / n_sample / wave.n_channels;
  samples = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    {
      double sum = 0;

      for (guint c = 0; c < wave.n_channels; c++)
        sum += read_sample (&wave, wave.data + (i * wave.n_channels + c) * n_sample);
      samples[i] = sum / wave.n_channels;
      if (!isfinite (samples[i]))
        n = 0;
    }
  if (n == 0)
    {
      fail_damaged (name, error);
      return NULL;
    }

  return rg_sound_new (wave.rate, g_steal_pointer (&samples), n);
}
