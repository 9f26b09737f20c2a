/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

/* GGUF files made by hand, with the few keys that a description reads and one tensor of 32 × 32 numbers. */

#define TINY_GGUF_SIDE 32

static inline void
tiny_gguf_put (GByteArray *out, guint64 value, guint size)
{
  for (guint i = 0; i < size; i++)
    {
      guint8 byte = value >> 8 * i;

      g_byte_array_append (out, &byte, 1);
    }
}

static inline void
tiny_gguf_put_string (GByteArray *out, const char *text)
{
  tiny_gguf_put (out, strlen (text), 8);
  g_byte_array_append (out, (const guint8 *) text, strlen (text));
}

static inline void
tiny_gguf_put_text (GByteArray *out, const char *key, const char *value)
{
  tiny_gguf_put_string (out, key);
  tiny_gguf_put (out, 8, 4);
  tiny_gguf_put_string (out, value);
}

static inline void
tiny_gguf_put_int (GByteArray *out, const char *key, guint value)
{
  tiny_gguf_put_string (out, key);
  tiny_gguf_put (out, 4, 4);
  tiny_gguf_put (out, value, 4);
}

/* @projector: (nullable): then it is a vision half of this clip.projector_type; @n_cut: bytes to leave out at the end. */
static inline void
tiny_gguf_write (const char *path, const char *projector, guint n_cut)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();

  g_byte_array_append (out, (const guint8 *) "GGUF", 4);
  tiny_gguf_put (out, 3, 4);
  tiny_gguf_put (out, 1, 8);
  tiny_gguf_put (out, 3, 8);
  tiny_gguf_put_text (out, "general.architecture", projector != NULL ? "clip" : "llama");
  tiny_gguf_put_int (out, projector != NULL ? "clip.vision.projection_dim" : "llama.embedding_length", TINY_GGUF_SIDE);
  if (projector != NULL)
    tiny_gguf_put_text (out, "clip.projector_type", projector);
  else
    tiny_gguf_put_int (out, "llama.block_count", 2);
  tiny_gguf_put_string (out, "some.weight");
  tiny_gguf_put (out, 2, 4);
  tiny_gguf_put (out, TINY_GGUF_SIDE, 8);
  tiny_gguf_put (out, TINY_GGUF_SIDE, 8);
  tiny_gguf_put (out, 0, 4);
  tiny_gguf_put (out, 0, 8);
  while (out->len % 32 != 0)
    tiny_gguf_put (out, 0, 1);
  for (guint i = 0; i < TINY_GGUF_SIDE * TINY_GGUF_SIDE; i++)
    tiny_gguf_put (out, 0, 4);
  g_assert_true (g_file_set_contents (path, (const char *) out->data, out->len - n_cut, NULL));
}
