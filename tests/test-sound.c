/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/sound.h"

#include <math.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/encoder/spectrogram.h"
#include "engine/error.h"
#include "engine/formats/wav.h"
#include "tests/reference.h"

/* From the bytes of a sound file to what an encoder reads. */

/* --- files --- */

static void
append_u32 (GByteArray *file, guint32 value)
{
  const guint8 bytes[] = { value, value >> 8, value >> 16, value >> 24 };

  g_byte_array_append (file, bytes, sizeof bytes);
}

static void
append_u16 (GByteArray *file, guint value)
{
  const guint8 bytes[] = { value, value >> 8 };

  g_byte_array_append (file, bytes, sizeof bytes);
}

static GBytes *
write_wav (guint format, guint n_channels, guint rate, guint n_bits, const void *data, gsize n_bytes)
{
  GByteArray *file = g_byte_array_new ();

  g_byte_array_append (file, (const guint8 *) "RIFF", 4);
  append_u32 (file, 36 + n_bytes);
  g_byte_array_append (file, (const guint8 *) "WAVEfmt ", 8);
  append_u32 (file, 16);
  append_u16 (file, format);
  append_u16 (file, n_channels);
  append_u32 (file, rate);
  append_u32 (file, rate * n_channels * n_bits / 8);
  append_u16 (file, n_channels * n_bits / 8);
  append_u16 (file, n_bits);
  g_byte_array_append (file, (const guint8 *) "data", 4);
  append_u32 (file, n_bytes);
  g_byte_array_append (file, data, n_bytes);

  return g_byte_array_free_to_bytes (file);
}

static void
check_wav (guint format, guint n_channels, guint n_bits, const void *data, gsize n_bytes, const float *expected, gsize n)
{
  g_autoptr (GBytes) file = write_wav (format, n_channels, 22050, n_bits, data, n_bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgSound) sound = rg_wav_parse (file, "a.wav", &error);
  gsize n_samples;
  const float *samples;

  g_assert_no_error (error);
  samples = rg_sound_get_samples (sound, &n_samples);
  g_assert_cmpuint (rg_sound_get_rate (sound), ==, 22050);
  g_assert_cmpuint (n_samples, ==, n);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (samples[i], ==, expected[i]);
}

/* Every kind of sample, and channels that are mixed. */
static void
test_wav (void)
{
  static const guint8 bytes8[] = { 0, 128, 192 }, bytes16[] = { 0, 128, 0, 64, 255, 255 }, bytes24[] = { 0, 0, 128, 0, 0, 64 }, bytes32[] = { 0, 0, 0, 128, 0, 0, 0, 64 };
  static const float floats[] = { -0.25f, 0.75f };
  static const double doubles[] = { -0.25, 0.75 };

  check_wav (1, 1, 8, bytes8, 3, (const float[]){ -1, 0, 0.5f }, 3);
  check_wav (1, 1, 16, bytes16, 6, (const float[]){ -1, 0.5f, -1 / 32768.0f }, 3);
  check_wav (1, 2, 16, bytes16, 4, (const float[]){ -0.25f }, 1);
  check_wav (1, 1, 24, bytes24, 6, (const float[]){ -1, 0.5f }, 2);
  check_wav (1, 1, 32, bytes32, 8, (const float[]){ -1, 0.5f }, 2);
  check_wav (3, 1, 32, floats, 8, floats, 2);
  check_wav (3, 2, 64, doubles, 16, (const float[]){ 0.25f }, 1);
}

static void
test_wav_too_long (void)
{
  gsize n = (gsize) 4000 * RG_SOUND_MAX_SECONDS + 1;
  g_autofree guint8 *silence = g_malloc (n);
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GError) error = NULL;

  memset (silence, 128, n);
  file = write_wav (1, 1, 4000, 8, silence, n);
  g_assert_null (rg_wav_parse (file, "a.wav", &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "a.wav"));
}

/* --- another rate --- */

static RgSound *
make_tone (guint rate, double hertz, double seconds)
{
  gsize n = rate * seconds;
  float *samples = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    samples[i] = 0.5 * sin (2 * G_PI * hertz * i / rate);

  return rg_sound_new (rate, samples, n);
}

/* A tone stays the tone that it is, one that the lower rate cannot have goes. The ends, where the filter looks beyond, apart. */
static void
check_rate (guint from, guint to, double hertz, double bound)
{
  g_autoptr (RgSound) tone = make_tone (from, hertz, 0.5);
  g_autoptr (RgSound) changed = rg_sound_resample (tone, to);
  gboolean stays = hertz < MIN (from, to) / 2.0;
  gsize n;
  const float *samples = rg_sound_get_samples (changed, &n);

  g_assert_cmpuint (rg_sound_get_rate (changed), ==, to);
  g_assert_cmpuint (n, ==, (gsize) (from * 0.5) * to / from);
  for (gsize i = n / 8; i < n - n / 8; i++)
    numeric_assert_near ("sample", i, samples[i], stays ? 0.5 * sin (2 * G_PI * hertz * i / to) : 0, bound);
}

static void
test_rates (void)
{
  g_autoptr (RgSound) tone = make_tone (16000, 440, 0.1);
  g_autoptr (RgSound) same = rg_sound_resample (tone, 16000);

  g_assert_true (same == tone);
  check_rate (44100, 16000, 440, 1e-3);
  check_rate (48000, 16000, 3000, 1e-3);
  check_rate (48000, 16000, 6500, 1e-3);
  check_rate (48000, 16000, 11000, 1e-3);
  check_rate (8000, 16000, 1000, 1e-3);
  check_rate (11025, 16000, 440, 1e-3);
  check_rate (16001, 16000, 440, 1e-3);
}

/* --- spectrograms --- */

static RgSound *
load_sound (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (name, "audio.wav", NULL);
  g_autoptr (GBytes) bytes = reference_bytes (dir, path);
  g_autoptr (GError) error = NULL;
  RgSound *sound = rg_wav_parse (bytes, path, &error);

  g_assert_no_error (error);

  return sound;
}

/* The first @n_checked frames of a sound that is made @n_frames long; references have bands × frames. */
static void
check_spectrogram (const char *dir, const char *name, const char *array, gsize n_frames, gsize n_checked)
{
  RgMelConfig config = rg_mel_config_default ();
  g_autoptr (RgSound) sound = load_sound (dir, name);
  g_autofree char *path = g_strdup_printf ("%s/%s", name, array);
  g_autoptr (RgNpy) expected = reference_array (dir, path);
  g_autofree float *values = g_new (float, n_frames *config.n_bins);

  g_assert_cmpuint (expected->n_values, ==, n_checked * config.n_bins);
  g_assert_true (rg_mel_spectrogram (&config, sound, n_frames, NULL, values, NULL));
  for (gsize t = 0; t < n_checked; t++)
    for (guint b = 0; b < config.n_bins; b++)
      numeric_assert_near (name, t * config.n_bins + b, values[t * config.n_bins + b], expected->values[b * n_checked + t], 1e-4);
}

static void
test_spectrogram (void)
{
  g_autofree char *dir = fixture_path ("whisper");

  if (dir == NULL)
    return;

  check_spectrogram (dir, "case0_tones", "input_features", 200, 200);
  check_spectrogram (dir, "case1_chirp_exact", "input_features", 200, 200);
  check_spectrogram (dir, "mel30s", "log_mel_frames_0_499", 3000, 500);
}

static void
test_filters (void)
{
  RgMelConfig config = rg_mel_config_default ();
  g_autofree char *dir = fixture_path ("whisper");
  g_autofree double *filters = rg_mel_filters_new (&config);
  g_autoptr (RgNpy) expected = NULL;

  if (dir == NULL)
    return;

  expected = reference_array (dir, "mel30s/mel_filters_80x201");
  for (guint b = 0; b < 80; b++)
    for (guint f = 0; f < 201; f++)
      numeric_assert_near ("filter", b * 201 + f, filters[f * 80 + b], expected->values[b * 201 + f], 1e-7);
}

/* A pure tone is loudest in the band that holds it, whatever factors the window's length has. */
static void
test_tone (void)
{
  static const guint lengths[] = { 400, 512, 254, 362 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      RgMelConfig config = { .rate = 16000, .n_fft = lengths[i], .hop = 100, .n_bins = 20 };
      guint frequency = config.n_fft / 11;
      g_autoptr (RgSound) tone = make_tone (16000, 16000.0 * frequency / config.n_fft, 0.2);
      g_autofree double *filters = rg_mel_filters_new (&config);
      g_autofree float *values = g_new (float, 32 * 20);
      guint expected = 0, loudest = 0;

      g_assert_true (rg_mel_spectrogram (&config, tone, 32, NULL, values, NULL));
      for (guint b = 0; b < 20; b++)
        {
          expected = filters[frequency * 20 + b] > filters[frequency * 20 + expected] ? b : expected;
          loudest = values[16 * 20 + b] > values[16 * 20 + loudest] ? b : loudest;
        }
      g_assert_cmpuint (loudest, ==, expected);
    }
}

/* --- as a picture --- */

/* The picture of a sound has five columns a frame, as it is short, and the sound; the cells of the grid are moments, those behind the sound are of nothing. */
static void
test_picture (void)
{
  static const char text[] = "{\"feature_extractor_type\": \"WhisperFeatureExtractor\", \"chunk_length\": 2}";
  g_autoptr (RgSound) tone = make_tone (16000, 1500, 1);
  g_autoptr (RgImage) image = rg_mel_picture (tone, NULL, NULL);
  g_autoptr (RgPixelValues) values = NULL;
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig config;
  RgRect rect;

  g_assert_cmpuint (rg_image_get_width (image), ==, 500);
  g_assert_true (rg_image_get_sound (image) == tone);
  g_assert_true (rg_preprocess_config_parse (&config, "preprocessor_config.json", text, strlen (text), &error));
  values = rg_preprocess (&config, image, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (values->width, ==, 200);
  g_assert_cmpuint (values->n_values, ==, 200 * 80);
  g_assert_cmpuint (rg_patch_grid_get_n_patches (values->grid), ==, 100);
  rect = rg_patch_grid_get_source_rect (values->grid, 49);
  g_assert_cmpfloat_with_epsilon (rect.x, 490, 1e-9);
  g_assert_cmpfloat_with_epsilon (rect.width, 10, 1e-9);
  g_assert_cmpfloat_with_epsilon (rect.height, rg_image_get_height (image), 1e-9);
  g_assert_true (rg_rect_is_empty (rg_patch_grid_get_source_rect (values->grid, 50)));
}

/* What a model cannot hear: a picture, and more than it was trained on. */
static void
test_refused (void)
{
  static const char text[] = "{\"feature_extractor_type\": \"WhisperFeatureExtractor\", \"chunk_length\": 1}";
  g_autoptr (GBytes) pixel = g_bytes_new_static ("abc", 3);
  g_autoptr (RgImage) picture = rg_image_new (1, 1, pixel);
  g_autoptr (RgSound) tone = make_tone (8000, 440, 1.5);
  g_autoptr (RgImage) sound = rg_mel_picture (tone, NULL, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig config;

  g_assert_true (rg_preprocess_config_parse (&config, "preprocessor_config.json", text, strlen (text), NULL));
  g_assert_null (rg_preprocess (&config, picture, NULL, NULL, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (rg_preprocess (&config, sound, NULL, NULL, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "1.5"));
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_null (rg_mel_picture (tone, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sound/wav", test_wav);
  g_test_add_func ("/sound/wav/too-long", test_wav_too_long);
  g_test_add_func ("/sound/rates", test_rates);
  g_test_add_func ("/sound/spectrogram", test_spectrogram);
  g_test_add_func ("/sound/filters", test_filters);
  g_test_add_func ("/sound/tone", test_tone);
  g_test_add_func ("/sound/picture", test_picture);
  g_test_add_func ("/sound/refused", test_refused);

  return g_test_run ();
}
