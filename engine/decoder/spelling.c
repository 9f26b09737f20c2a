/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/spelling.h"

gboolean
rg_spelling_has_space (const RgTokenizer *tokenizer, guint32 id)
{
  const char *piece = rg_tokenizer_get_piece (tokenizer, id);

  return piece != NULL && (g_str_has_prefix (piece, "Ġ") || g_str_has_prefix (piece, "▁"));
}

GArray *
rg_spelling_encode (const RgTokenizer *tokenizer, const char *text, gboolean spaced)
{
  GArray *plain = rg_tokenizer_encode (tokenizer, text, -1, RG_ENCODE_RAW);
  g_autofree char *behind_space = NULL;

  /* Many tokenizers put the space there themselves. */
  if (!spaced || (plain->len > 0 && rg_spelling_has_space (tokenizer, g_array_index (plain, guint32, 0))))
    return plain;

  g_array_unref (plain);
  behind_space = g_strconcat (" ", text, NULL);

  return rg_tokenizer_encode (tokenizer, behind_space, -1, RG_ENCODE_RAW);
}

static float
get_score (const GArray *ids, const float *logits, gsize n)
{
  return ids->len > 0 && g_array_index (ids, guint32, 0) < n ? logits[g_array_index (ids, guint32, 0)] : -G_MAXFLOAT;
}

GArray *
rg_spelling_choose (const RgTokenizer *tokenizer, const char *text, const float *logits, gsize n)
{
  g_autoptr (GArray) plain = rg_spelling_encode (tokenizer, text, FALSE);
  g_autoptr (GArray) spaced = rg_spelling_encode (tokenizer, text, TRUE);

  return g_array_ref (get_score (spaced, logits, n) > get_score (plain, logits, n) ? spaced : plain);
}
