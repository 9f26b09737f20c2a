/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/byte-alphabet.h"

/* The hidden bytes are three stretches: 0x00–0x20 (33 of them), 0x7F–0xA0 (34) and 0xAD. */
gunichar
rg_byte_to_char (guint8 byte)
{
  if (byte <= 0x20)
    return 0x100u + byte;
  if (byte >= 0x7f && byte <= 0xa0)
    return 0x100u + 33 + (byte - 0x7fu);

  return byte == 0xad ? 0x143u : byte;
}

int
rg_char_to_byte (gunichar c)
{
  if (c >= 0x100)
    return c > 0x143 ? -1 : c == 0x143 ? 0xad
                        : c <= 0x120   ? (int) c - 0x100
                                       : (int) c - 0x121 + 0x7f;

  return rg_byte_to_char ((guint8) c) == c ? (int) c : -1;
}
