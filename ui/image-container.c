/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/image-container.h"

#include <string.h>

static guint32
read_be32 (const guint8 *at)
{
  return (guint32) at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static guint32
read_le32 (const guint8 *at)
{
  return (guint32) at[3] << 24 | at[2] << 16 | at[1] << 8 | at[0];
}

/* Signature of 8 bytes, then chunks: length (4), type (4), content, checksum (4); the last is IEND. */
static gboolean
is_png_whole (const guint8 *data,
              gsize size)
{
  for (gsize at = 8; size >= 12 && at <= size - 12;)
    {
      guint32 length = read_be32 (data + at);

      if (length > size - at - 12)
        return FALSE;
      if (memcmp (data + at + 4, "IEND", 4) == 0)
        return TRUE;
      at += (gsize) length + 12;
    }

  return FALSE;
}

/* After each start of scan, coded data in which 0xff stands for itself only before 0x00, a restart (0xd0 … 0xd7) or
 * filling (0xff). Returns: where the next marker is, or size. */
static gsize
skip_scan (const guint8 *data,
           gsize size,
           gsize at)
{
  while (at + 1 < size)
    {
      guint8 next = data[at + 1];

      if (data[at] == 0xff && next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7))
        return at;
      at++;
    }

  return size;
}

/* Markers of two bytes 0xff, code; all but a few carry a length (2, itself included); 0xd9 is the end of the image. */
static gboolean
is_jpeg_whole (const guint8 *data,
               gsize size)
{
  gsize at = 2;

  while (at + 1 < size)
    {
      guint8 code = data[at + 1];

      if (data[at] != 0xff || code == 0xff)
        {
          at++; /* filling */
          continue;
        }

      if (code == 0xd9)
        return TRUE;
      if (size - at < 4)
        return FALSE;

      at += 2 + (data[at + 2] << 8 | data[at + 3]);
      if (code == 0xda && at < size)
        at = skip_scan (data, size, at);
    }

  return FALSE;
}

/* Sub-blocks: a length byte and so many bytes, the last of length 0. Returns: what follows, or size. */
static gsize
skip_sub_blocks (const guint8 *data,
                 gsize size,
                 gsize at)
{
  while (at < size)
    {
      guint8 length = data[at++];

      if (length == 0)
        return at;
      at += length;
    }

  return size + 1;
}

/* Bytes of a colour table, from the flags of the descriptor before it. */
static gsize
get_color_table_size (guint8 flags)
{
  return flags & 0x80 ? (gsize) 3 << ((flags & 7) + 1) : 0;
}

/* Header of 13 bytes, colour table, blocks: 0x21 extension, 0x2c picture, 0x3b the end. */
static gboolean
is_gif_whole (const guint8 *data,
              gsize size)
{
  gsize at;

  if (size < 13)
    return FALSE;

  at = 13 + get_color_table_size (data[10]);
  while (at < size && data[at] == 0x21)
    at = skip_sub_blocks (data, size, at + 2);

  if (at + 10 >= size || data[at] != 0x2c)
    return FALSE;

  return skip_sub_blocks (data, size, at + 10 + get_color_table_size (data[at + 9]) + 1) <= size;
}

/* Offset of the pixels at 10, header size at 14, width, height (negative: top down), bits and compression behind it. */
static gboolean
is_bmp_whole (const guint8 *data,
              gsize size)
{
  guint32 offset, compression;
  gint64 width, height, stride;

  if (size < 34)
    return FALSE;

  compression = read_le32 (data + 30);
  /* An old header, or run lengths, whose sum no field tells. */
  if (read_le32 (data + 14) < 40 || (compression != 0 && compression != 3))
    return TRUE;

  offset = read_le32 (data + 10);
  width = (gint32) read_le32 (data + 18);
  height = ABS ((gint64) (gint32) read_le32 (data + 22));
  stride = (width * (data[28] | data[29] << 8) + 31) / 32 * 4;

  /* Nonsense is the decoder's business; here it must only not overflow. */
  if (width < 1 || stride > G_MAXINT32)
    return TRUE;

  return offset + stride * height <= (gint64) size;
}

gboolean
rg_image_container_is_whole (const guint8 *data,
                             gsize size)
{
  if (size >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
    return is_png_whole (data, size);

  if (size >= 3 && memcmp (data, "\xff\xd8\xff", 3) == 0)
    return is_jpeg_whole (data, size);

  if (size >= 6 && (memcmp (data, "GIF87a", 6) == 0 || memcmp (data, "GIF89a", 6) == 0))
    return is_gif_whole (data, size);

  if (size >= 2 && memcmp (data, "BM", 2) == 0)
    return is_bmp_whole (data, size);

  if (size >= 12 && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WEBP", 4) == 0)
    return read_le32 (data + 4) <= size - 8;

  return TRUE;
}
