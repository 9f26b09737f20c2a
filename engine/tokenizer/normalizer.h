/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/replacement.h"

/* What happens to a text before it is cut into pieces. Bytes that are not UTF-8 pass through every step as they are. */

G_BEGIN_DECLS

/**
 * RgNormalization:
 * @RG_NORMALIZE_LOWERCASE: every character by itself, in no language (a final sigma stays as σ, İ becomes i with a dot)
 * @RG_NORMALIZE_NFC: Unicode normalization forms (UAX 15)
 * @RG_NORMALIZE_STRIP_ACCENTS: combining marks are dropped, category M
 * @RG_NORMALIZE_STRIP_NON_SPACING: only those of category Mn
 * @RG_NORMALIZE_STRIP: white space is dropped at the ends
 * @RG_NORMALIZE_PREPEND: the text is put in front of a text that is not empty
 * @RG_NORMALIZE_REPLACE: the replacement
 * @RG_NORMALIZE_CLEAN: NUL, U+FFFD and categories C are dropped, white space becomes a space (BERT, Devlin et al. 2018)
 * @RG_NORMALIZE_ISOLATE_HAN: a space on both sides of every Chinese character (BERT)
 */
typedef enum
{
  RG_NORMALIZE_LOWERCASE,
  RG_NORMALIZE_NFC,
  RG_NORMALIZE_NFD,
  RG_NORMALIZE_NFKC,
  RG_NORMALIZE_NFKD,
  RG_NORMALIZE_STRIP_ACCENTS,
  RG_NORMALIZE_STRIP_NON_SPACING,
  RG_NORMALIZE_STRIP,
  RG_NORMALIZE_PREPEND,
  RG_NORMALIZE_REPLACE,
  RG_NORMALIZE_CLEAN,
  RG_NORMALIZE_ISOLATE_HAN,
} RgNormalization;

/**
 * RgNormalizer:
 * @text: of %RG_NORMALIZE_PREPEND
 * @left: whether %RG_NORMALIZE_STRIP works at the beginning
 * @right: whether it works at the end
 *
 * One step. The texts belong to whoever fills it in.
 */
typedef struct
{
  RgNormalization step;
  const char *text;
  gboolean left, right;
  RgReplacement replacement;
} RgNormalizer;

/** rg_normalize: Returns: (transfer full): @text of @length bytes after one step. Any thread. */
GString *rg_normalize (const RgNormalizer *self, const char *text, gsize length) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
