/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* What happens to a text before it is cut into pieces. Bytes that are not UTF-8 pass through every step as they are. */

G_BEGIN_DECLS

/**
 * RgNormalization:
 * @RG_NORMALIZE_LOWERCASE: every character by itself, in no language (a final sigma stays as σ, İ becomes i with a dot)
 * @RG_NORMALIZE_NFC: Unicode normalization form C (UAX 15)
 */
typedef enum
{
  RG_NORMALIZE_LOWERCASE,
  RG_NORMALIZE_NFC,
} RgNormalization;

/** rg_normalize: Returns: (transfer full): @text of @length bytes after one step. */
GString *rg_normalize (RgNormalization step, const char *text, gsize length) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
