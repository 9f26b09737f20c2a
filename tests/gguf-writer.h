/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/tiny-gguf.h"

/* Whole GGUF files: keys and float32 tensors in any number, written at the end. */

#define GGUF_WRITER_ALIGNMENT 32

typedef struct
{
  GByteArray *keys, *table, *data;
  guint n_keys, n_tensors;
} GgufWriter;

static inline GgufWriter
gguf_writer_new (void)
{
  return (GgufWriter){ g_byte_array_new (), g_byte_array_new (), g_byte_array_new () };
}

static inline void
gguf_writer_put_text (GgufWriter *self, const char *key, const char *value)
{
  tiny_gguf_put_text (self->keys, key, value);
  self->n_keys++;
}

static inline void
gguf_writer_put_int (GgufWriter *self, const char *key, guint value)
{
  tiny_gguf_put_int (self->keys, key, value);
  self->n_keys++;
}

static inline void
gguf_writer_put_boolean (GgufWriter *self, const char *key, gboolean value)
{
  tiny_gguf_put_string (self->keys, key);
  tiny_gguf_put (self->keys, 7, 4);
  tiny_gguf_put (self->keys, value, 1);
  self->n_keys++;
}

static inline void
gguf_writer_put_float (GgufWriter *self, const char *key, float value)
{
  tiny_gguf_put_string (self->keys, key);
  tiny_gguf_put (self->keys, 6, 4);
  g_byte_array_append (self->keys, (const guint8 *) &value, sizeof value);
  self->n_keys++;
}

/* Of numbers of four bytes; @kind: 5 for i32, 6 for f32. */
static inline void
gguf_writer_put_numbers (GgufWriter *self, const char *key, guint kind, const void *values, gsize n)
{
  tiny_gguf_put_string (self->keys, key);
  tiny_gguf_put (self->keys, 9, 4);
  tiny_gguf_put (self->keys, kind, 4);
  tiny_gguf_put (self->keys, n, 8);
  g_byte_array_append (self->keys, values, n * 4);
  self->n_keys++;
}

/* @values: (element-type utf8) */
static inline void
gguf_writer_put_strings (GgufWriter *self, const char *key, const GPtrArray *values)
{
  tiny_gguf_put_string (self->keys, key);
  tiny_gguf_put (self->keys, 9, 4);
  tiny_gguf_put (self->keys, 8, 4);
  tiny_gguf_put (self->keys, values->len, 8);
  for (guint i = 0; i < values->len; i++)
    tiny_gguf_put_string (self->keys, values->pdata[i]);
  self->n_keys++;
}

/* @shape: slowest first */
static inline void
gguf_writer_add (GgufWriter *self, const char *name, const gsize *shape, guint n_dims, const float *values)
{
  gsize n = 1;

  tiny_gguf_put_string (self->table, name);
  tiny_gguf_put (self->table, n_dims, 4);
  for (guint i = n_dims; i-- > 0;)
    {
      tiny_gguf_put (self->table, shape[i], 8);
      n *= shape[i];
    }
  tiny_gguf_put (self->table, 0, 4);
  tiny_gguf_put (self->table, self->data->len, 8);
  g_byte_array_append (self->data, (const guint8 *) values, n * sizeof *values);
  while (self->data->len % GGUF_WRITER_ALIGNMENT != 0)
    tiny_gguf_put (self->data, 0, 1);
  self->n_tensors++;
}

/* Writes the file, and ends the writer. */
static inline void
gguf_writer_finish (GgufWriter *self, const char *path)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();

  g_byte_array_append (out, (const guint8 *) "GGUF", 4);
  tiny_gguf_put (out, 3, 4);
  tiny_gguf_put (out, self->n_tensors, 8);
  tiny_gguf_put (out, self->n_keys, 8);
  g_byte_array_append (out, self->keys->data, self->keys->len);
  g_byte_array_append (out, self->table->data, self->table->len);
  while (out->len % GGUF_WRITER_ALIGNMENT != 0)
    tiny_gguf_put (out, 0, 1);
  g_byte_array_append (out, self->data->data, self->data->len);
  g_assert_true (g_file_set_contents (path, (const char *) out->data, out->len, NULL));
  g_clear_pointer (&self->keys, g_byte_array_unref);
  g_clear_pointer (&self->table, g_byte_array_unref);
  g_clear_pointer (&self->data, g_byte_array_unref);
}
