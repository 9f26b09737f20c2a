/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The alphabet of byte-level vocabularies (GPT-2, Radford et al. 2019): each byte is spelled as one visible character, so
 * that pieces can be stored as text. 0x21–0x7E, 0xA1–0xAC and 0xAE–0xFF stand for themselves; the other 68 bytes are, in
 * their order, U+0100 … U+0143: a space is Ġ, a line feed Ċ. */

G_BEGIN_DECLS

/** rg_byte_to_char: Returns: the character that spells @byte. */
gunichar rg_byte_to_char (guint8 byte);

/** rg_char_to_byte: Returns: the byte that @c spells, or -1. */
int rg_char_to_byte (gunichar c);

G_END_DECLS
