/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/tokenizer-gguf.h"
#include "tests/fuzz/fuzz.h"

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  /* A copy of exactly this size, so that the sanitizer sees a read behind its end. */
  g_autoptr (GBytes) content = g_bytes_new (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = rg_gguf_new (content, "fuzz", &error);
  g_autoptr (RgTokenizer) tokenizer = file == NULL ? NULL : rg_tokenizer_new_from_gguf (file, &error);

  g_assert ((tokenizer == NULL) == (error != NULL));
  g_assert (error == NULL || g_utf8_validate (error->message, -1, NULL));
  /* The file goes first: nothing of it may be needed. */
  g_clear_pointer (&file, rg_gguf_unref);
  g_clear_pointer (&content, g_bytes_unref);
  for (guint flags = 0; tokenizer != NULL && flags < 8; flags++)
    {
      g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, "It's 12 <s> aab  x\n\xff", -1, flags);
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
