/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "engine/tokenizer/tokenizer.h"
#include "tests/fuzz/fuzz.h"

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
  for (guint flags = 0; tokenizer != NULL && flags < 4; flags++)
    {
      g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text != NULL ? text : "It's 12 <eos>  x\n", text != NULL ? (gssize) n_text : -1, flags);
      g_autofree char *decoded = rg_tokenizer_decode (tokenizer, (const guint32 *) (gpointer) ids->data, ids->len, flags & 1);

      g_assert (g_utf8_validate (decoded, -1, NULL));
      for (guint i = 0; i < ids->len; i++)
        g_assert (rg_tokenizer_get_piece (tokenizer, g_array_index (ids, guint32, i)) != NULL);
    }

  return tokenizer != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
