/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "engine/tokenizer/detokenizer.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/fuzz/fuzz.h"

/* Any ids, known or not, in any order: a stream must show whole characters. */
static void
stream (const RgTokenizer *tokenizer, const char *text, gsize n)
{
  g_autoptr (RgDetokenizer) detokenizer = rg_detokenizer_new (tokenizer, n & 1);

  for (gsize i = 0; i < n; i++)
    g_assert (g_utf8_validate (rg_detokenizer_push (detokenizer, (guchar) text[i]), -1, NULL));
  g_assert (g_utf8_validate (rg_detokenizer_flush (detokenizer), -1, NULL));
}

/* The first part of the input, up to a byte 0xFF, is a tokenizer.json; the rest is text for it. The byte cannot stand in
 * the first part, which is UTF-8. */
gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  const guint8 *mark = n > 0 ? memchr (bytes, 0xff, n) : NULL;
  gsize length = mark == NULL ? n : (gsize) (mark - bytes);
  gsize n_text = mark == NULL ? 0 : n - length - 1;
  g_autofree char *json = g_memdup2 (bytes, length);
  g_autofree char *text = n_text > 0 ? g_memdup2 (mark + 1, n_text) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgTokenizer) tokenizer = rg_tokenizer_new_from_json ("fuzz", json, length, &error);

  g_assert ((tokenizer == NULL) == (error != NULL));
  for (guint flags = 0; tokenizer != NULL && flags < 8; flags++)
    {
      g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text != NULL ? text : "It's 12 <eos>  x\n", text != NULL ? (gssize) n_text : -1, flags);
      g_autofree char *decoded = rg_tokenizer_decode (tokenizer, (const guint32 *) (gpointer) ids->data, ids->len, flags & 1);

      g_assert (g_utf8_validate (decoded, -1, NULL));
      for (guint i = 0; i < ids->len; i++)
        g_assert (rg_tokenizer_get_piece (tokenizer, g_array_index (ids, guint32, i)) != NULL);
    }
  if (tokenizer != NULL && text != NULL)
    stream (tokenizer, text, n_text);

  return tokenizer != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
