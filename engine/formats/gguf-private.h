/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/gguf.h"

/* What gguf.c, which reads the file, and gguf-values.c, which answers questions about its values, share. */

G_BEGIN_DECLS

/** RgGgufKind: the numbers are the format's. */
typedef enum
{
  RG_GGUF_U8,
  RG_GGUF_I8,
  RG_GGUF_U16,
  RG_GGUF_I16,
  RG_GGUF_U32,
  RG_GGUF_I32,
  RG_GGUF_F32,
  RG_GGUF_BOOL,
  RG_GGUF_STRING,
  RG_GGUF_ARRAY,
  RG_GGUF_U64,
  RG_GGUF_I64,
  RG_GGUF_F64,
  RG_GGUF_N_KINDS,
} RgGgufKind;

/**
 * RgGgufValue: checked to lie within the file, strings and all.
 * @kind: of an array: of its elements
 * @n: elements of an array, otherwise 1
 * @bytes: in the file; those of a string begin with its length
 */
typedef struct
{
  RgGgufKind kind;
  gboolean array;
  guint n;
  const guint8 *bytes;
} RgGgufValue;

struct _RgGguf
{
  gatomicrefcount references;
  GBytes *content;
  char *name; /* of the file, for messages */
  GStringChunk *names;
  GHashTable *values;  /* key → RgGgufValue */
  GArray *tensors;     /* RgStoredTensor, in the order of the table */
  GHashTable *by_name; /* name → RgStoredTensor * */
};

/** rg_gguf_kind_get_size: Returns: bytes of a value; 0 for strings and arrays, whose values tell. */
guint rg_gguf_kind_get_size (RgGgufKind kind);

/** rg_gguf_get_bits: Returns: the little-endian number of @size bytes, at most eight. */
static inline guint64
rg_gguf_get_bits (const guint8 *bytes, guint size)
{
  guint64 bits = 0;

  for (guint i = 0; i < size; i++)
    bits |= (guint64) bytes[i] << 8 * i;

  return bits;
}

G_END_DECLS
