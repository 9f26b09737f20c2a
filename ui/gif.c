/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/gif.h"

#include <string.h>

#include "ui/color-table.h"

#define CLEAR 256
#define END 257
#define MOST_CODES 4096

struct _RgGif
{
  guint width, height;
  RgColorTable *table;
  GByteArray *file;
};

RgGif *
rg_gif_new (guint width,
            guint height)
{
  RgGif *self = g_new0 (RgGif, 1);

  self->width = width;
  self->height = height;
  self->table = rg_color_table_new ();
  self->file = g_byte_array_new ();

  return self;
}

void
rg_gif_free (RgGif *self)
{
  rg_color_table_free (self->table);
  g_clear_pointer (&self->file, g_byte_array_unref);
  g_free (self);
}

void
rg_gif_count (RgGif *self,
              cairo_surface_t *frame)
{
  rg_color_table_count (self->table, frame);
}

static void
append_number (GByteArray *file,
               guint value)
{
  const guint8 bytes[2] = { value & 0xff, value >> 8 };

  g_byte_array_append (file, bytes, sizeof bytes);
}

static void
append_head (RgGif *self)
{
  static const guint8 sizes[] = { 0xf7, 0, 0 };
  guint8 colors[RG_COLOR_TABLE_SIZE][3];
  static const guint8 loop[] = "\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00";

  g_byte_array_append (self->file, (const guint8 *) "GIF89a", 6);
  append_number (self->file, self->width);
  append_number (self->file, self->height);
  g_byte_array_append (self->file, sizes, sizeof sizes);
  rg_color_table_choose (self->table, colors);
  g_byte_array_append (self->file, colors[0], sizeof colors);
  g_byte_array_append (self->file, loop, sizeof loop); /* the last 0 ends the block */
}

/* Codes on their way into the file. */
typedef struct
{
  GByteArray *file;
  guint8 block[256]; /* the first byte is the length of the rest */
  guint32 bits;
  guint n_bits;
} Codes;

static void
flush_block (Codes *self)
{
  if (self->block[0] > 0)
    g_byte_array_append (self->file, self->block, self->block[0] + 1);
  self->block[0] = 0;
}

static void
append_code (Codes *self,
             guint code,
             guint size)
{
  self->bits |= code << self->n_bits;
  for (self->n_bits += size; self->n_bits >= 8; self->n_bits -= 8)
    {
      self->block[++self->block[0]] = self->bits & 0xff;
      self->bits >>= 8;
      if (self->block[0] == 255)
        flush_block (self);
    }
}

/* Lempel-Ziv-Welch: @longer[code][index] is the code of that code's string with one more pixel, 0 where there is none. */
static void
append_pixels (RgGif *self,
               cairo_surface_t *frame)
{
  g_autofree guint16 (*longer)[RG_COLOR_TABLE_SIZE] = g_malloc0 (MOST_CODES * sizeof *longer);
  const guint8 *data = cairo_image_surface_get_data (frame);
  Codes codes = { .file = self->file };
  guint size = 9, last = END; /* the latest code given out */
  int code = -1;

  append_code (&codes, CLEAR, size);
  for (guint y = 0; y < self->height; y++)
    {
      const guint32 *row = (const guint32 *) (data + (gsize) y * cairo_image_surface_get_stride (frame));

      for (guint x = 0; x < self->width; x++)
        {
          guint index = rg_color_table_find (self->table, row[x]);

          if (code < 0 || longer[code][index] != 0)
            {
              code = code < 0 ? (int) index : longer[code][index];
              continue;
            }

          append_code (&codes, code, size);
          longer[code][index] = (guint16) ++last;
          size += last >> size;
          if (last == MOST_CODES - 1)
            {
              append_code (&codes, CLEAR, size);
              memset (longer, 0, MOST_CODES * sizeof *longer);
              size = 9;
              last = END;
            }
          code = (int) index;
        }
    }

  append_code (&codes, code, size);
  size += (last + 1) >> size; /* whoever reads it has given out one code more by now */
  append_code (&codes, END, size);
  append_code (&codes, 0, 7); /* the last bits fill a byte */
  flush_block (&codes);
}

void
rg_gif_append (RgGif *self,
               cairo_surface_t *frame,
               guint centiseconds)
{
  static const guint8 control[] = { 0x21, 0xf9, 4, 0 }, rest[] = { 0, 0, 0x2c, 0, 0, 0, 0 }, depth[] = { 0, 8 }, end = 0;

  if (self->file->len == 0)
    append_head (self);

  g_byte_array_append (self->file, control, sizeof control);
  append_number (self->file, centiseconds);
  g_byte_array_append (self->file, rest, sizeof rest);
  append_number (self->file, self->width);
  append_number (self->file, self->height);
  g_byte_array_append (self->file, depth, sizeof depth);
  append_pixels (self, frame);
  g_byte_array_append (self->file, &end, 1);
}

GBytes *
rg_gif_finish (RgGif *self)
{
  static const guint8 trailer = 0x3b;

  g_byte_array_append (self->file, &trailer, 1);

  return g_byte_array_free_to_bytes (g_steal_pointer (&self->file));
}
