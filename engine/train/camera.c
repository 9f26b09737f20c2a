/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/camera.h"

#include <math.h>
#include <string.h>

/* What a cheap camera and a saved file do to a picture. */

/* One pass of (1 2 1)/4 each way; edges repeat. */
static void
blur (guint8 *rgb, guint8 *scratch, guint width, guint height)
{
  gsize stride = 3 * (gsize) width;
  for (guint y = 0; y < height; y++)
    {
      const guint8 *row = rgb + y * stride;
      guint8 *out = scratch + y * stride;
      memcpy (out, row, 3);
      memcpy (out + stride - 3, row + stride - 3, 3);
      for (gsize i = 3; i + 3 < stride; i++)
        out[i] = (guint8) ((row[i - 3] + 2 * row[i] + row[i + 3] + 2) >> 2);
    }
  for (guint y = 0; y < height; y++)
    {
      const guint8 *row = scratch + y * stride;
      const guint8 *above = y > 0 ? row - stride : row, *below = y + 1 < height ? row + stride : row;
      guint8 *out = rgb + y * stride;
      for (gsize i = 0; i < stride; i++)
        out[i] = (guint8) ((above[i] + 2 * row[i] + below[i] + 2) >> 2);
    }
}

static void
expose (guint8 *rgb, gsize n, double gain, double offset)
{
  guint8 table[256];
  for (int v = 0; v < 256; v++)
    table[v] = (guint8) CLAMP (lrint ((v - 128) * gain + 128 + offset), 0, 255);
  for (gsize i = 0; i < n; i++)
    rgb[i] = table[rgb[i]];
}

/* Four random bytes added up are near enough to a normal distribution of σ 147.8; one 64-bit number serves two channels. */
static void
add_noise (guint8 *rgb, gsize n, double sigma, guint64 seed)
{
  gint32 scale = (gint32) lrint (sigma / 147.8 * 65536);
  guint64 state = seed | 1;
  for (gsize i = 0; i < n; i += 2)
    {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      guint64 pairs = (state & G_GUINT64_CONSTANT (0x00ff00ff00ff00ff)) + ((state >> 8) & G_GUINT64_CONSTANT (0x00ff00ff00ff00ff));
      guint32 sums = (guint32) (pairs + (pairs >> 32));
      gint32 a = (gint32) (sums & 0xffff) - 510, b = (gint32) (sums >> 16) - 510;
      gint32 v = rgb[i] + ((a * scale + 32768) >> 16);
      rgb[i] = (guint8) CLAMP (v, 0, 255);
      if (i + 1 < n)
        {
          v = rgb[i + 1] + ((b * scale + 32768) >> 16);
          rgb[i + 1] = (guint8) CLAMP (v, 0, 255);
        }
    }
}

/* --- block coding ------------------------------------------------------------------------------------------------- */

/* ITU-T T.81, annex K: the luminance table, used for colour too, where it is applied to blocks of twice the size. */
static const guint8 quantization[64] = {
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99
};

typedef struct
{
  float cosine[8][8], transposed[8][8];
  float step[64], inverse_step[64];
} Coder;

static void
coder_init (Coder *self, guint quality)
{
  double scale = quality < 50 ? 50. / quality : 2 - quality / 50.;
  for (int u = 0; u < 8; u++)
    for (int x = 0; x < 8; x++)
      {
        self->cosine[u][x] = (float) (cos ((2 * x + 1) * u * G_PI / 16) * (u == 0 ? sqrt (.125) : .5));
        self->transposed[x][u] = self->cosine[u][x];
      }
  for (int i = 0; i < 64; i++)
    {
      self->step[i] = (float) MAX (1, quantization[i] * scale);
      self->inverse_step[i] = 1 / self->step[i];
    }
}

/* out = a in b, all 8 × 8. */
static void
sandwich (const float a[8][8], const float in[8][8], const float b[8][8], float out[8][8])
{
  float half[8][8] = { { 0 } };
  memset (out, 0, 64 * sizeof (float));
  for (int i = 0; i < 8; i++)
    for (int k = 0; k < 8; k++)
      for (int j = 0; j < 8; j++)
        half[i][j] += a[i][k] * in[k][j];
  for (int i = 0; i < 8; i++)
    for (int k = 0; k < 8; k++)
      for (int j = 0; j < 8; j++)
        out[i][j] += half[i][k] * b[k][j];
}

static void
code_block (const Coder *self, float block[8][8])
{
  float spectrum[8][8];
  /* Adding and taking away 1.5 · 2²³ rounds to a whole number in two additions, which the compiler can do eight at once. */
  const float magic = 12582912.f;
  sandwich (self->cosine, (const float (*)[8]) block, self->transposed, spectrum);
  for (int i = 0; i < 64; i++)
    {
      float rounded = spectrum[i / 8][i % 8] * self->inverse_step[i] + magic;
      spectrum[i / 8][i % 8] = (rounded - magic) * self->step[i];
    }
  sandwich (self->transposed, (const float (*)[8]) spectrum, self->cosine, block);
}

static guint8
to_byte (float value)
{
  return (guint8) CLAMP (value + .5f, 0.f, 255.f);
}

/* 16 × 16 pixels at (@x0, @y0): four blocks of luma, one of each difference at half the resolution; edges repeat. */
static void
code_macroblock (const Coder *self, guint8 *rgb, guint width, guint height, guint x0, guint y0)
{
  float luma[4][8][8], blue[8][8] = { { 0 } }, red[8][8] = { { 0 } };
  for (guint i = 0; i < 16; i++)
    for (guint j = 0; j < 16; j++)
      {
        const guint8 *p = rgb + 3 * ((gsize) MIN (y0 + i, height - 1) * width + MIN (x0 + j, width - 1));
        float y = .299f * p[0] + .587f * p[1] + .114f * p[2];
        luma[(i / 8) * 2 + j / 8][i % 8][j % 8] = y - 128;
        blue[i / 2][j / 2] += (p[2] - y) * (.564f / 4);
        red[i / 2][j / 2] += (p[0] - y) * (.713f / 4);
      }
  for (int i = 0; i < 4; i++)
    code_block (self, luma[i]);
  code_block (self, blue);
  code_block (self, red);

  for (guint i = 0; i < 16 && y0 + i < height; i++)
    for (guint j = 0; j < 16 && x0 + j < width; j++)
      {
        guint8 *p = rgb + 3 * ((gsize) (y0 + i) * width + x0 + j);
        float y = luma[(i / 8) * 2 + j / 8][i % 8][j % 8] + 128, cb = blue[i / 2][j / 2], cr = red[i / 2][j / 2];
        p[0] = to_byte (y + 1.402f * cr);
        p[1] = to_byte (y - .344f * cb - .714f * cr);
        p[2] = to_byte (y + 1.772f * cb);
      }
}

static void
code_blocks (guint8 *rgb, guint width, guint height, guint quality)
{
  Coder coder;
  coder_init (&coder, CLAMP (quality, 1, 100));
  for (guint y = 0; y < height; y += 16)
    for (guint x = 0; x < width; x += 16)
      code_macroblock (&coder, rgb, width, height, x, y);
}

void
rg_camera_expose (const RgScene *scene, guint8 *rgb, guint8 *scratch)
{
  gsize n = 3 * (gsize) scene->width * scene->height;
  for (guint i = 0; i < scene->blur; i++)
    blur (rgb, scratch, scene->width, scene->height);
  if (scene->gain != 1 || scene->offset != 0)
    expose (rgb, n, scene->gain, scene->offset);
  if (scene->noise > 0)
    add_noise (rgb, n, scene->noise, scene->seed);
  if (scene->jpeg > 0)
    code_blocks (rgb, scene->width, scene->height, scene->jpeg);
}
