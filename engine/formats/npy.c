/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/npy.h"

#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/dtype.h"
#include "engine/formats/map-file.h"

static const char magic[] = "\x93NUMPY\x01";

#define PREAMBLE 10
#define ALIGNMENT 64

typedef struct
{
  const char *cursor, *end;
} Scanner;

static void
skip_space (Scanner *scanner)
{
  while (scanner->cursor < scanner->end && g_ascii_isspace (*scanner->cursor))
    scanner->cursor++;
}

static gboolean
take (Scanner *scanner, const char *word)
{
  gsize n = strlen (word);

  skip_space (scanner);
  if ((gsize) (scanner->end - scanner->cursor) < n || memcmp (scanner->cursor, word, n) != 0)
    return FALSE;
  scanner->cursor += n;

  return TRUE;
}

static gboolean
take_size (Scanner *scanner, gsize *size)
{
  const char *first;

  skip_space (scanner);
  first = scanner->cursor;
  *size = 0;
  while (scanner->cursor < scanner->end && g_ascii_isdigit (*scanner->cursor))
    if (!g_size_checked_mul (size, *size, 10) || !g_size_checked_add (size, *size, (gsize) (*scanner->cursor++ - '0')))
      return FALSE;

  return scanner->cursor > first;
}

/* "(2, 3)", "(5,)", "()". */
static gboolean
take_shape (Scanner *scanner, RgNpy *npy)
{
  if (!take (scanner, "("))
    return FALSE;
  while (!take (scanner, ")"))
    {
      if (npy->n_dims == RG_NPY_MAX_DIMS || !take_size (scanner, npy->shape + npy->n_dims))
        return FALSE;
      npy->n_dims++;
      if (take (scanner, ","))
        continue;

      return take (scanner, ")");
    }

  return TRUE;
}

/* Returns: what is wrong, or %NULL. */
static const char *
parse_header (Scanner *scanner, RgNpy *npy, int *code)
{
  gboolean descr = FALSE, order = FALSE, shape = FALSE;

  *code = RG_ERROR_FORMAT;
  if (!take (scanner, "{"))
    return "its header is no dictionary";
  while (!take (scanner, "}"))
    {
      if (!descr && take (scanner, "'descr'"))
        {
          *code = RG_ERROR_UNSUPPORTED;
          descr = TRUE;
          if (!take (scanner, ":") || !take (scanner, "'<f4'"))
            return "its elements are not little-endian float32";
        }
      else if (!order && take (scanner, "'fortran_order'"))
        {
          *code = RG_ERROR_UNSUPPORTED;
          order = TRUE;
          if (!take (scanner, ":") || !take (scanner, "False"))
            return "its elements are not in C order";
        }
      else if (!shape && take (scanner, "'shape'"))
        {
          shape = TRUE;
          if (!take (scanner, ":") || !take_shape (scanner, npy))
            return "its shape is malformed or has more than 8 dimensions";
        }
      else
        return "its header has unknown or repeated members";
      *code = RG_ERROR_FORMAT;
      if (take (scanner, ","))
        continue;
      if (!take (scanner, "}"))
        return "its header is malformed";
      break;
    }
  skip_space (scanner);

  return descr && order && shape && scanner->cursor == scanner->end ? NULL : "its header is incomplete or something follows it";
}

/* The product of the shape; zero sizes are left for the end, so that no order of sizes hides an overflow. */
static gboolean
count_values (RgNpy *npy, gsize *n_bytes)
{
  gboolean empty = FALSE;

  *n_bytes = sizeof (float);
  for (guint i = 0; i < npy->n_dims; i++)
    {
      if (npy->shape[i] == 0)
        empty = TRUE;
      else if (!g_size_checked_mul (n_bytes, *n_bytes, npy->shape[i]))
        return FALSE;
    }
  if (empty)
    *n_bytes = 0;
  npy->n_values = *n_bytes / sizeof (float);

  return TRUE;
}

static const char *
parse (RgNpy *npy, const guint8 *bytes, gsize size, int *code)
{
  Scanner scanner;
  gsize length, n_bytes;
  const char *wrong;

  *code = RG_ERROR_FORMAT;
  if (size < PREAMBLE || memcmp (bytes, magic, 6) != 0)
    return "it is no NumPy array";
  *code = RG_ERROR_UNSUPPORTED;
  if (bytes[6] != 1 || bytes[7] != 0)
    return "its version is not 1.0";
  *code = RG_ERROR_FORMAT;
  length = bytes[8] | (gsize) bytes[9] << 8;
  if (length > size - PREAMBLE)
    return "it is cut off";
  scanner = (Scanner){ (const char *) bytes + PREAMBLE, (const char *) bytes + PREAMBLE + length };
  wrong = parse_header (&scanner, npy, code);
  if (wrong != NULL)
    return wrong;
  if (!count_values (npy, &n_bytes) || n_bytes != size - PREAMBLE - length)
    return "its shape does not fit its size";
  npy->values = g_try_malloc (MAX (n_bytes, 1));
  *code = RG_ERROR_LIMIT;
  if (npy->values == NULL)
    return "there is not enough memory for it";
  rg_dtype_to_f32 (RG_DTYPE_F32, bytes + PREAMBLE + length, npy->values, npy->n_values);

  return NULL;
}

RgNpy *
rg_npy_parse (GBytes *content, const char *name, GError **error)
{
  g_autoptr (RgNpy) npy = g_new0 (RgNpy, 1);
  gsize size;
  const guint8 *bytes = g_bytes_get_data (content, &size);
  int code;
  const char *wrong = parse (npy, bytes, size, &code);

  if (wrong == NULL)
    return g_steal_pointer (&npy);
  g_set_error (error, RG_ERROR, code, "%s: %s", name, wrong);

  return NULL;
}

RgNpy *
rg_npy_read (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autoptr (GBytes) content = rg_map_file (path, G_MAXSIZE, error);

  return content == NULL ? NULL : rg_npy_parse (content, name, error);
}

void
rg_npy_free (RgNpy *self)
{
  g_free (self->values);
  g_free (self);
}

static gboolean
append_values (RgAtomicFile *file, const float *values, gsize n, GError **error)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  return rg_atomic_file_append (file, values, n * sizeof (float), error);
#else
  for (gsize i = 0; i < n; i++)
    {
      guint32 bits;

      memcpy (&bits, values + i, 4);
      bits = GUINT32_TO_LE (bits);
      if (!rg_atomic_file_append (file, &bits, 4, error))
        return FALSE;
    }

  return TRUE;
#endif
}

gboolean
rg_npy_write (const char *path, const float *values, const gsize *shape, guint n_dims, GError **error)
{
  g_autoptr (GString) header = g_string_new (NULL);
  g_autoptr (RgAtomicFile) file = NULL;
  gsize n = 1, length;

  g_assert (n_dims <= RG_NPY_MAX_DIMS);
  g_string_append_len (header, magic, 8);
  g_string_append (header, "  {'descr': '<f4', 'fortran_order': False, 'shape': (");
  for (guint i = 0; i < n_dims; i++)
    {
      n *= shape[i];
      g_string_append_printf (header, i == 0 ? "%" G_GSIZE_FORMAT : " %" G_GSIZE_FORMAT, shape[i]);
      if (i + 1 < n_dims || n_dims == 1)
        g_string_append_c (header, ',');
    }
  g_string_append (header, "), }");
  while ((header->len + 1) % ALIGNMENT != 0)
    g_string_append_c (header, ' ');
  g_string_append_c (header, '\n');
  length = header->len - PREAMBLE;
  header->str[8] = (char) (length & 0xff);
  header->str[9] = (char) (length >> 8);

  file = rg_atomic_file_new (path, error);

  return file != NULL && rg_atomic_file_append (file, header->str, header->len, error) && append_values (file, values, n, error) && rg_atomic_file_commit (file, error);
}
