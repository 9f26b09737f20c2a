/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/gguf-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/map-file.h"

/* What is kept in memory grows with these, not with the file. */
#define MAX_NAME_LENGTH 1024
#define MAX_KEYS 65536
#define MAX_TENSORS 131072
#define MAX_ELEMENTS (1 << 24)

/* A name of one letter and the shortest that can follow it. */
#define MIN_KEY_BYTES (8 + 1 + 4 + 1)
#define MIN_TENSOR_BYTES (8 + 1 + 4 + 8 + 4 + 8)

#define MAX_DIMS 4
#define DEFAULT_ALIGNMENT 32
#define MAX_ALIGNMENT 65536

/* The numbers are the format's; RG_N_DTYPES: known by name only. */
static const struct
{
  const char *name;
  RgDtype dtype;
} types[] = {
  [0] = { "F32", RG_DTYPE_F32 },
  [1] = { "F16", RG_DTYPE_F16 },
  [2] = { "Q4_0", RG_DTYPE_Q4_0 },
  [3] = { "Q4_1", RG_DTYPE_Q4_1 },
  [6] = { "Q5_0", RG_DTYPE_Q5_0 },
  [7] = { "Q5_1", RG_DTYPE_Q5_1 },
  [8] = { "Q8_0", RG_DTYPE_Q8_0 },
  [9] = { "Q8_1", RG_N_DTYPES },
  [10] = { "Q2_K", RG_DTYPE_Q2_K },
  [11] = { "Q3_K", RG_DTYPE_Q3_K },
  [12] = { "Q4_K", RG_DTYPE_Q4_K },
  [13] = { "Q5_K", RG_DTYPE_Q5_K },
  [14] = { "Q6_K", RG_DTYPE_Q6_K },
  [15] = { "Q8_K", RG_N_DTYPES },
  [16] = { "IQ2_XXS", RG_N_DTYPES },
  [17] = { "IQ2_XS", RG_N_DTYPES },
  [18] = { "IQ3_XXS", RG_N_DTYPES },
  [19] = { "IQ1_S", RG_N_DTYPES },
  [20] = { "IQ4_NL", RG_DTYPE_IQ4_NL },
  [21] = { "IQ3_S", RG_N_DTYPES },
  [22] = { "IQ2_S", RG_N_DTYPES },
  [23] = { "IQ4_XS", RG_DTYPE_IQ4_XS },
  [24] = { "I8", RG_DTYPE_I8 },
  [25] = { "I16", RG_DTYPE_I16 },
  [26] = { "I32", RG_DTYPE_I32 },
  [27] = { "I64", RG_DTYPE_I64 },
  [28] = { "F64", RG_DTYPE_F64 },
  [29] = { "IQ1_M", RG_N_DTYPES },
  [30] = { "BF16", RG_DTYPE_BF16 },
  [34] = { "TQ1_0", RG_N_DTYPES },
  [35] = { "TQ2_0", RG_N_DTYPES },
  [39] = { "MXFP4", RG_N_DTYPES },
  [40] = { "NVFP4", RG_N_DTYPES },
};

/* The state of reading one file. */
typedef struct
{
  RgGguf *file;
  const guint8 *bytes;
  gsize size;
  gsize place;
  char *label;     /* what is being read, for messages */
  GArray *offsets; /* guint64, one a tensor */
} Reader;

static gboolean G_GNUC_PRINTF (4, 5)
    fail (const Reader *reader, GError **error, RgError code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, RG_ERROR, code, "%s: %s", reader->file->name, message);

  return FALSE;
}

static void G_GNUC_PRINTF (2, 3)
    set_label (Reader *reader, const char *format, ...)
{
  va_list arguments;

  g_free (reader->label);
  va_start (arguments, format);
  reader->label = g_strdup_vprintf (format, arguments);
  va_end (arguments);
}

/* The one place where the file is walked. Returns: the next @n bytes; %NULL where there are fewer. */
static const guint8 *
take (Reader *reader, guint64 n, GError **error)
{
  const guint8 *bytes = reader->bytes + reader->place;

  if (n > reader->size - reader->place)
    {
      fail (reader, error, RG_ERROR_FORMAT, _ ("%s: %llu bytes are announced at byte %zu, the file has %zu; it may be cut off"), reader->label, (unsigned long long) n, reader->place, reader->size);
      return NULL;
    }
  reader->place += n;

  return bytes;
}

static gboolean
read_u32 (Reader *reader, guint32 *value, GError **error)
{
  const guint8 *bytes = take (reader, 4, error);

  if (bytes == NULL)
    return FALSE;
  *value = (guint32) rg_gguf_get_bits (bytes, 4);

  return TRUE;
}

static gboolean
read_u64 (Reader *reader, guint64 *value, GError **error)
{
  const guint8 *bytes = take (reader, 8, error);

  if (bytes == NULL)
    return FALSE;
  *value = rg_gguf_get_bits (bytes, 8);

  return TRUE;
}

/* A name; messages call what it names "@what NAME" from here on. */
static gboolean
read_name (Reader *reader, const char *what, guint64 i, const char **name, GError **error)
{
  g_autofree char *excerpt = NULL;
  const guint8 *text;
  guint64 length;

  /* Translators: "key" or "tensor", and which of them. */
  set_label (reader, _ ("%s number %llu"), what, (unsigned long long) i + 1);
  if (!read_u64 (reader, &length, error))
    return FALSE;
  if (length == 0 || length > MAX_NAME_LENGTH)
    return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: a name of %llu bytes, expected 1 to %d"), reader->label, (unsigned long long) length, MAX_NAME_LENGTH);
  text = take (reader, length, error);
  if (text == NULL)
    return FALSE;
  if (!g_utf8_validate_len ((const char *) text, length, NULL))
    return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: its name is not valid UTF-8"), reader->label);
  *name = g_string_chunk_insert_len (reader->file->names, (const char *) text, (gssize) length);
  excerpt = rg_json_dup_excerpt (*name);
  set_label (reader, "%s %s", what, excerpt);

  return TRUE;
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

static gboolean
take_values (Reader *reader, RgGgufValue *value, GError **error)
{
  const guint8 *bytes;

  value->bytes = reader->bytes + reader->place;
  if (value->kind == RG_GGUF_STRING)
    {
      for (guint i = 0; i < value->n; i++)
        {
          guint64 length;

          if (!read_u64 (reader, &length, error) || take (reader, length, error) == NULL)
            return FALSE;
        }

      return TRUE;
    }
  bytes = take (reader, (guint64) value->n * rg_gguf_kind_get_size (value->kind), error);
  if (bytes == NULL)
    return FALSE;
  for (guint i = 0; value->kind == RG_GGUF_BOOL && i < value->n; i++)
    if (bytes[i] > 1)
      return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: a bool is %u, expected 0 or 1"), reader->label, bytes[i]);

  return TRUE;
}

static gboolean
read_kind (Reader *reader, RgGgufKind *kind, GError **error)
{
  guint32 number;

  if (!read_u32 (reader, &number, error))
    return FALSE;
  if (number >= RG_GGUF_N_KINDS)
    return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: there are no values of kind %u"), reader->label, number);
  *kind = (RgGgufKind) number;

  return TRUE;
}

static gboolean
read_key (Reader *reader, guint64 i, GError **error)
{
  g_autofree RgGgufValue *value = g_new0 (RgGgufValue, 1);
  const char *key;
  guint64 n;

  value->n = 1;
  if (!read_name (reader, C_ ("GGUF", "key"), i, &key, error) || !read_kind (reader, &value->kind, error))
    return FALSE;
  if (value->kind == RG_GGUF_ARRAY)
    {
      value->array = TRUE;
      if (!read_kind (reader, &value->kind, error) || !read_u64 (reader, &n, error))
        return FALSE;
      if (value->kind == RG_GGUF_ARRAY)
        return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: an array of arrays"), reader->label);
      if (n > MAX_ELEMENTS)
        return fail (reader, error, RG_ERROR_LIMIT, _ ("%s: an array of %llu values, at most %d are expected"), reader->label, (unsigned long long) n, MAX_ELEMENTS);
      value->n = (guint) n;
    }
  if (!take_values (reader, value, error))
    return FALSE;
  if (!g_hash_table_insert (reader->file->values, (gpointer) key, g_steal_pointer (&value)))
    return fail (reader, error, RG_ERROR_FORMAT, _ ("%s is there twice"), reader->label);

  return TRUE;
}

/* --- tensors ------------------------------------------------------------------------------------------------------ */

static gboolean
read_type (Reader *reader, RgDtype *dtype, GError **error)
{
  guint32 number;

  if (!read_u32 (reader, &number, error))
    return FALSE;
  if (number >= G_N_ELEMENTS (types) || types[number].name == NULL)
    return fail (reader, error, RG_ERROR_UNSUPPORTED, _ ("%s has the unknown type %u"), reader->label, number);
  if (types[number].dtype == RG_N_DTYPES)
    return fail (reader, error, RG_ERROR_UNSUPPORTED, _ ("%s has the type %s, which Regard does not read; a file quantised as Q8_0 or Q4_K will do"), reader->label, types[number].name);
  *dtype = types[number].dtype;

  return TRUE;
}

static gboolean
read_shape (Reader *reader, RgStoredTensor *tensor, GError **error)
{
  guint32 n_dims;

  if (!read_u32 (reader, &n_dims, error))
    return FALSE;
  if (n_dims == 0 || n_dims > MAX_DIMS)
    return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: %u dimensions, expected 1 to %d"), reader->label, n_dims, MAX_DIMS);
  tensor->n_dims = n_dims;
  for (guint i = n_dims; i-- > 0;)
    {
      guint64 size;

      if (!read_u64 (reader, &size, error))
        return FALSE;
      if (size == 0 || size > G_MAXSSIZE)
        return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: a dimension of size %llu"), reader->label, (unsigned long long) size);
      tensor->shape[i] = size;
    }

  return TRUE;
}

static gboolean
read_tensor (Reader *reader, guint64 i, GError **error)
{
  RgStoredTensor tensor = { 0 };
  guint64 offset;

  if (!read_name (reader, C_ ("GGUF", "tensor"), i, &tensor.name, error) ||
      !read_shape (reader, &tensor, error) ||
      !read_type (reader, &tensor.dtype, error) ||
      !read_u64 (reader, &offset, error))
    return FALSE;
  if (tensor.shape[tensor.n_dims - 1] % rg_dtype_get_block_length (tensor.dtype) != 0)
    return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: rows of %zu elements cannot be %s, which comes in blocks of %u"), reader->label, tensor.shape[tensor.n_dims - 1], rg_dtype_get_name (tensor.dtype), rg_dtype_get_block_length (tensor.dtype));
  if (!rg_stored_tensor_count_bytes (&tensor, &tensor.n_bytes))
    return fail (reader, error, RG_ERROR_FORMAT, _ ("%s: its shape is larger than any file"), reader->label);
  g_array_append_val (reader->file->tensors, tensor);
  g_array_append_val (reader->offsets, offset);

  return TRUE;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const RgStoredTensor *x = *(const RgStoredTensor *const *) a, *y = *(const RgStoredTensor *const *) b;

  return (const guint8 *) x->bytes < (const guint8 *) y->bytes ? -1 : x->bytes != y->bytes;
}

/* The tensors' places are known; no byte belongs to two. */
static gboolean
check_overlap (Reader *reader, GError **error)
{
  g_autoptr (GPtrArray) order = g_ptr_array_sized_new (reader->file->tensors->len);

  for (guint i = 0; i < reader->file->tensors->len; i++)
    g_ptr_array_add (order, &g_array_index (reader->file->tensors, RgStoredTensor, i));
  g_ptr_array_sort (order, compare_places);
  for (guint i = 1; i < order->len; i++)
    {
      const RgStoredTensor *before = order->pdata[i - 1], *tensor = order->pdata[i];

      if ((const guint8 *) tensor->bytes < (const guint8 *) before->bytes + before->n_bytes)
        {
          g_autofree char *first = rg_json_dup_excerpt (before->name);
          g_autofree char *second = rg_json_dup_excerpt (tensor->name);

          return fail (reader, error, RG_ERROR_FORMAT, _ ("tensor %s overlaps tensor %s"), second, first);
        }
    }

  return TRUE;
}

/* Gives the tensors their bytes; the reader stands behind the table. */
static gboolean
place_tensors (Reader *reader, gsize alignment, GError **error)
{
  RgGguf *self = reader->file;
  gsize start = (reader->place + alignment - 1) / alignment * alignment;

  for (guint i = 0; i < self->tensors->len; i++)
    {
      RgStoredTensor *tensor = &g_array_index (self->tensors, RgStoredTensor, i);
      guint64 offset = g_array_index (reader->offsets, guint64, i);
      g_autofree char *excerpt = rg_json_dup_excerpt (tensor->name);

      if (offset % alignment != 0)
        return fail (reader, error, RG_ERROR_FORMAT, _ ("tensor %s: its offset %llu is no multiple of the alignment %zu"), excerpt, (unsigned long long) offset, alignment);
      if (start > reader->size || offset > reader->size - start || tensor->n_bytes > reader->size - start - offset)
        return fail (reader, error, RG_ERROR_FORMAT, _ ("tensor %s: %zu bytes at offset %llu of the data end behind the file's end; it may be cut off"), excerpt, tensor->n_bytes, (unsigned long long) offset);
      tensor->bytes = reader->bytes + start + offset;
      if (!g_hash_table_insert (self->by_name, (gpointer) tensor->name, tensor))
        return fail (reader, error, RG_ERROR_FORMAT, _ ("tensor %s is there twice"), excerpt);
    }

  return check_overlap (reader, error);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

gboolean
rg_gguf_looks_like (GBytes *content)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (content, &size);

  return size >= 4 && memcmp (bytes, "GGUF", 4) == 0;
}

static gboolean
read_header (Reader *reader, guint64 *n_tensors, guint64 *n_keys, GError **error)
{
  guint32 magic, version;

  set_label (reader, _ ("the header"));
  if (!rg_gguf_looks_like (reader->file->content))
    return fail (reader, error, RG_ERROR_FORMAT, _ ("it does not begin with GGUF, so this is no GGUF file"));
  if (!read_u32 (reader, &magic, error) || !read_u32 (reader, &version, error))
    return FALSE;
  if (version != 0 && (version & 0xffff) == 0)
    return fail (reader, error, RG_ERROR_UNSUPPORTED, _ ("the file was made for big-endian machines; one for little-endian machines is needed"));
  if (version != 2 && version != 3)
    return fail (reader, error, RG_ERROR_UNSUPPORTED, _ ("version %u of GGUF, Regard reads 2 and 3"), version);
  if (!read_u64 (reader, n_tensors, error) || !read_u64 (reader, n_keys, error))
    return FALSE;
  if (*n_tensors > (reader->size - reader->place) / MIN_TENSOR_BYTES || *n_keys > (reader->size - reader->place) / MIN_KEY_BYTES)
    return fail (reader, error, RG_ERROR_FORMAT, _ ("%llu tensors and %llu keys are announced, more than a file of %zu bytes can hold; it may be cut off"), (unsigned long long) *n_tensors, (unsigned long long) *n_keys, reader->size);
  if (*n_tensors > MAX_TENSORS || *n_keys > MAX_KEYS)
    return fail (reader, error, RG_ERROR_LIMIT, _ ("%llu tensors and %llu keys, at most %d and %d are expected"), (unsigned long long) *n_tensors, (unsigned long long) *n_keys, MAX_TENSORS, MAX_KEYS);

  return TRUE;
}

/* The keys that concern the file itself. */
static gboolean
check_keys (Reader *reader, gsize *alignment, GError **error)
{
  gint64 n_parts = 1, bytes = DEFAULT_ALIGNMENT;

  if (!rg_gguf_get_int (reader->file, "general.alignment", RG_CONFIG_OPTIONAL, 8, MAX_ALIGNMENT, &bytes, error) ||
      !rg_gguf_get_int (reader->file, "split.count", RG_CONFIG_OPTIONAL, 0, G_MAXUINT16, &n_parts, error))
    return FALSE;
  if ((bytes & (bytes - 1)) != 0)
    return fail (reader, error, RG_ERROR_FORMAT, _ ("general.alignment: expected a power of two, found %lld"), (long long) bytes);
  if (n_parts > 1)
    return fail (reader, error, RG_ERROR_UNSUPPORTED, _ ("this is one of %lld parts of a model; Regard reads models that were merged into one file"), (long long) n_parts);
  *alignment = (gsize) bytes;

  return TRUE;
}

static gboolean
read_file (Reader *reader, GError **error)
{
  guint64 n_tensors = 0, n_keys = 0;
  gsize alignment = 0;

  if (!read_header (reader, &n_tensors, &n_keys, error))
    return FALSE;
  for (guint64 i = 0; i < n_keys; i++)
    if (!read_key (reader, i, error))
      return FALSE;
  if (!check_keys (reader, &alignment, error))
    return FALSE;
  for (guint64 i = 0; i < n_tensors; i++)
    if (!read_tensor (reader, i, error))
      return FALSE;

  return place_tensors (reader, alignment, error);
}

RgGguf *
rg_gguf_new (GBytes *content, const char *name, GError **error)
{
  g_autoptr (RgGguf) self = g_new0 (RgGguf, 1);
  Reader reader = { .file = self };
  gboolean done;

  g_atomic_ref_count_init (&self->references);
  self->content = g_bytes_ref (content);
  self->name = g_strdup (name);
  self->names = g_string_chunk_new (4096);
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->tensors = g_array_new (FALSE, FALSE, sizeof (RgStoredTensor));
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  reader.bytes = g_bytes_get_data (content, &reader.size);
  reader.offsets = g_array_new (FALSE, FALSE, sizeof (guint64));
  done = read_file (&reader, error);
  g_array_unref (reader.offsets);
  g_free (reader.label);

  return done ? g_steal_pointer (&self) : NULL;
}

RgGguf *
rg_gguf_open (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autoptr (GBytes) content = rg_map_file (path, G_MAXSIZE, error);
  RgGguf *self = content != NULL ? rg_gguf_new (content, name, error) : NULL;

  if (self == NULL)
    rg_error_advise_download (error);

  return self;
}

RgGguf *
rg_gguf_ref (RgGguf *self)
{
  g_atomic_ref_count_inc (&self->references);

  return self;
}

void
rg_gguf_unref (RgGguf *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->values);
  g_array_unref (self->tensors);
  g_string_chunk_free (self->names);
  g_bytes_unref (self->content);
  g_free (self->name);
  g_free (self);
}

const char *
rg_gguf_get_name (const RgGguf *self)
{
  return self->name;
}

guint
rg_gguf_get_n_tensors (const RgGguf *self)
{
  return self->tensors->len;
}

const RgStoredTensor *
rg_gguf_get (const RgGguf *self, guint i)
{
  g_assert (i < self->tensors->len);

  return &g_array_index (self->tensors, RgStoredTensor, i);
}

const RgStoredTensor *
rg_gguf_find (const RgGguf *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}
