/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What rg_utf8_step() finds in place of a character: bytes that are none, or the beginning of one that the text cuts off. */
#define RG_UTF8_INVALID 0x110000u
#define RG_UTF8_INCOMPLETE 0x110001u

/**
 * rg_utf8_step:
 * @bytes: (array length=n): any bytes, @n at least 1
 * @code: (out): a character, %RG_UTF8_INVALID or %RG_UTF8_INCOMPLETE
 *
 * Finds the first character, or the longest beginning that no character has (the Unicode standard's "maximal subpart",
 * table 3-7), which a reader shows as one U+FFFD.
 *
 * Returns: its length in bytes, at least 1
 */
gsize rg_utf8_step (const char *bytes, gsize n, gunichar *code);

/** rg_utf8_repair: Returns: (transfer full): @bytes with U+FFFD for each stretch that is no character; NUL stays. */
GString *rg_utf8_repair (const char *bytes, gsize n) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
