/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/safetensors.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/json.h"
#include "engine/formats/map-file.h"

#define MAX_HEADER_LENGTH 100000000
#define MAX_NAME_LENGTH 1024
#define METADATA "__metadata__"

struct _RgSafetensors
{
  gatomicrefcount references;
  GBytes *content;
  GStringChunk *names;
  GArray *tensors;     /* RgStoredTensor, in the order of the bytes */
  GHashTable *by_name; /* name → RgStoredTensor * */
  GHashTable *metadata;
};

/* The state of reading one header. */
typedef struct
{
  RgSafetensors *file;
  RgJsonReader *json;
  const char *name; /* of the file */
  char *label;      /* of the tensor being read, for messages */
  const guint8 *data;
  gsize n_data;
} Header;

static gboolean
read_shape (Header *header, RgStoredTensor *tensor, GError **error)
{
  RgJsonEvent event;
  guint64 size;

  if (!rg_json_reader_expect (header->json, RG_JSON_ARRAY_BEGIN, N_ ("an array for shape"), error))
    return FALSE;
  while ((event = rg_json_reader_next (header->json, error)) == RG_JSON_NUMBER)
    {
      if (tensor->n_dims == RG_STORED_MAX_DIMS)
        return rg_json_reader_fail (header->json, error, _ ("tensor %s: more than %d dimensions"), header->label, RG_STORED_MAX_DIMS);
      if (!rg_json_reader_get_uint (header->json, G_MAXSSIZE, &size))
        return rg_json_reader_fail (header->json, error, _ ("tensor %s: shape holds %s, expected whole numbers from 0"), header->label, rg_json_reader_get_text (header->json));
      tensor->shape[tensor->n_dims++] = size;
    }
  if (event == RG_JSON_ERROR)
    return FALSE;

  return event == RG_JSON_ARRAY_END ? TRUE : rg_json_reader_fail (header->json, error, _ ("tensor %s: shape must hold numbers"), header->label);
}

static gboolean
read_offsets (Header *header, RgStoredTensor *tensor, GError **error)
{
  guint64 offsets[2];

  if (!rg_json_reader_expect (header->json, RG_JSON_ARRAY_BEGIN, N_ ("an array for data_offsets"), error))
    return FALSE;
  for (guint i = 0; i < 2; i++)
    {
      if (!rg_json_reader_expect (header->json, RG_JSON_NUMBER, N_ ("two numbers in data_offsets"), error))
        return FALSE;
      if (!rg_json_reader_get_uint (header->json, header->n_data, offsets + i))
        return rg_json_reader_fail (header->json, error, _ ("tensor %s: data offset %s, expected a whole number up to %zu, the bytes that are there; the file may be cut off"), header->label, rg_json_reader_get_text (header->json), header->n_data);
    }
  if (!rg_json_reader_expect (header->json, RG_JSON_ARRAY_END, N_ ("two numbers in data_offsets"), error))
    return FALSE;
  if (offsets[1] < offsets[0])
    return rg_json_reader_fail (header->json, error, _ ("tensor %s: ends before it begins"), header->label);
  tensor->bytes = header->data + offsets[0];
  tensor->n_bytes = offsets[1] - offsets[0];

  return TRUE;
}

static gboolean
read_dtype (Header *header, RgStoredTensor *tensor, GError **error)
{
  g_autofree char *type = NULL;

  if (!rg_json_reader_expect (header->json, RG_JSON_STRING, N_ ("a string for dtype"), error))
    return FALSE;
  if (rg_dtype_from_name (rg_json_reader_get_text (header->json), &tensor->dtype) && rg_dtype_get_block_length (tensor->dtype) == 1)
    return TRUE;
  type = rg_json_dup_excerpt (rg_json_reader_get_text (header->json));
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: tensor %s has the unknown type \"%s\""), header->name, header->label, type);

  return FALSE;
}

/* One tensor's object; its name was read. */
static gboolean
read_tensor (Header *header, const char *name, GError **error)
{
  static const char *const keys[] = { "dtype", "shape", "data_offsets" };
  static gboolean (*const readers[]) (Header *, RgStoredTensor *, GError **) = { read_dtype, read_shape, read_offsets };
  RgStoredTensor tensor = { .name = g_string_chunk_insert (header->file->names, name) };
  RgJsonEvent event;
  g_autofree char *label = rg_json_dup_excerpt (name);
  gsize n_bytes;
  guint seen = 0;

  header->label = label;
  if (strlen (name) > MAX_NAME_LENGTH)
    return rg_json_reader_fail (header->json, error, _ ("a tensor's name is longer than %d bytes"), MAX_NAME_LENGTH);
  if (!rg_json_reader_expect (header->json, RG_JSON_OBJECT_BEGIN, N_ ("an object for a tensor"), error))
    return FALSE;
  while ((event = rg_json_reader_next (header->json, error)) == RG_JSON_KEY)
    {
      const char *key = rg_json_reader_get_text (header->json);
      guint i = 0;

      while (i < G_N_ELEMENTS (keys) && strcmp (key, keys[i]) != 0)
        i++;
      if (i == G_N_ELEMENTS (keys) || (seen & 1u << i) != 0)
        return rg_json_reader_fail (header->json, error, _ ("tensor %s: %s"), header->label, i < G_N_ELEMENTS (keys) ? _ ("a member is given twice") : _ ("a member other than dtype, shape and data_offsets"));
      seen |= 1u << i;
      if (!readers[i](header, &tensor, error))
        return FALSE;
    }
  if (event == RG_JSON_ERROR)
    return FALSE;
  if (seen != 7)
    return rg_json_reader_fail (header->json, error, _ ("tensor %s: dtype, shape or data_offsets is missing"), header->label);
  if (!rg_stored_tensor_count_bytes (&tensor, &n_bytes) || n_bytes != tensor.n_bytes)
    return rg_json_reader_fail (header->json, error, _ ("tensor %s: its shape and type do not fit the %zu bytes it has"), header->label, tensor.n_bytes);
  g_array_append_val (header->file->tensors, tensor);

  return TRUE;
}

static gboolean
read_metadata (Header *header, GError **error)
{
  RgJsonEvent event;

  if (header->file->metadata != NULL)
    return rg_json_reader_fail (header->json, error, _ ("two members named %s"), METADATA);
  header->file->metadata = g_hash_table_new (g_str_hash, g_str_equal);
  if (!rg_json_reader_expect (header->json, RG_JSON_OBJECT_BEGIN, N_ ("an object for __metadata__"), error))
    return FALSE;
  while ((event = rg_json_reader_next (header->json, error)) == RG_JSON_KEY)
    {
      char *key = g_string_chunk_insert (header->file->names, rg_json_reader_get_text (header->json));

      if (!rg_json_reader_expect (header->json, RG_JSON_STRING, N_ ("a string in __metadata__"), error))
        return FALSE;
      if (!g_hash_table_insert (header->file->metadata, key, g_string_chunk_insert (header->file->names, rg_json_reader_get_text (header->json))))
        return rg_json_reader_fail (header->json, error, _ ("two members of the same name in %s"), METADATA);
    }

  return event == RG_JSON_OBJECT_END;
}

static gboolean
read_header (Header *header, GError **error)
{
  RgJsonEvent event;

  if (!rg_json_reader_expect (header->json, RG_JSON_OBJECT_BEGIN, N_ ("an object"), error))
    return FALSE;
  while ((event = rg_json_reader_next (header->json, error)) == RG_JSON_KEY)
    {
      g_autofree char *name = g_strdup (rg_json_reader_get_text (header->json));

      if (!(strcmp (name, METADATA) == 0 ? read_metadata (header, error) : read_tensor (header, name, error)))
        return FALSE;
    }

  return event == RG_JSON_OBJECT_END && rg_json_reader_next (header->json, error) == RG_JSON_END;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const RgStoredTensor *x = a, *y = b;

  if (x->bytes != y->bytes)
    return (const guint8 *) x->bytes < (const guint8 *) y->bytes ? -1 : 1;

  return x->n_bytes < y->n_bytes ? -1 : x->n_bytes > y->n_bytes;
}

/* Every byte of the data belongs to one tensor, every name to one tensor. */
static gboolean
check_places (Header *header, GError **error)
{
  RgSafetensors *self = header->file;
  const guint8 *place = header->data;

  g_array_sort (self->tensors, compare_places);
  for (guint i = 0; i < self->tensors->len; i++)
    {
      RgStoredTensor *tensor = &g_array_index (self->tensors, RgStoredTensor, i);
      g_autofree char *label = NULL;
      const char *wrong = NULL;

      if ((const guint8 *) tensor->bytes != place)
        wrong = (const guint8 *) tensor->bytes < place ? _ ("overlaps another one") : _ ("begins behind bytes that belong to no tensor");
      else if (!g_hash_table_insert (self->by_name, (gpointer) tensor->name, tensor))
        wrong = _ ("is there twice");
      if (wrong != NULL)
        {
          label = rg_json_dup_excerpt (tensor->name);
          /* Translators: file, tensor, what is wrong with it: "overlaps another one". */
          g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: tensor %s %s"), header->name, label, wrong);
          return FALSE;
        }
      place += tensor->n_bytes;
    }
  if (place == header->data + header->n_data)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %zu bytes at its end belong to no tensor"), header->name, (gsize) (header->data + header->n_data - place));

  return FALSE;
}

/* The frame: length, header, data. */
static gboolean
find_header (GBytes *content, const char *name, const char **text, gsize *length, GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (content, &size);
  guint64 n;

  if (size < 8)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %zu bytes are too few for a safetensors file"), name, size);
      return FALSE;
    }
  memcpy (&n, bytes, 8);
  n = GUINT64_FROM_LE (n);
  if (n > MAX_HEADER_LENGTH || n > size - 8)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: a header of %llu bytes is announced, the file has %zu; it is cut off or no safetensors file"), name, (unsigned long long) n, size);
      return FALSE;
    }
  if (n == 0 || bytes[8] != '{')
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: the header does not begin with {, so this is no safetensors file"), name);
      return FALSE;
    }
  *text = (const char *) bytes + 8;
  *length = n;

  return TRUE;
}

RgSafetensors *
rg_safetensors_new (GBytes *content, const char *name, GError **error)
{
  g_autoptr (RgSafetensors) self = NULL;
  g_autoptr (RgJsonReader) json = NULL;
  const char *text;
  gsize length;
  Header header;

  if (!find_header (content, name, &text, &length, error))
    return NULL;
  self = g_new0 (RgSafetensors, 1);
  g_atomic_ref_count_init (&self->references);
  self->content = g_bytes_ref (content);
  self->names = g_string_chunk_new (4096);
  self->tensors = g_array_new (FALSE, FALSE, sizeof (RgStoredTensor));
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  json = rg_json_reader_new (name, text, length);
  header = (Header){ self, json, name, NULL, (const guint8 *) text + length, g_bytes_get_size (content) - 8 - length };
  if (!read_header (&header, error) || !check_places (&header, error))
    return NULL;

  return g_steal_pointer (&self);
}

RgSafetensors *
rg_safetensors_open (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autoptr (GBytes) content = rg_map_file (path, G_MAXSIZE, error);

  return content == NULL ? NULL : rg_safetensors_new (content, name, error);
}

RgSafetensors *
rg_safetensors_ref (RgSafetensors *self)
{
  g_atomic_ref_count_inc (&self->references);

  return self;
}

void
rg_safetensors_unref (RgSafetensors *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_hash_table_unref (self->by_name);
  g_clear_pointer (&self->metadata, g_hash_table_unref);
  g_array_unref (self->tensors);
  g_string_chunk_free (self->names);
  g_bytes_unref (self->content);
  g_free (self);
}

guint
rg_safetensors_get_n_tensors (const RgSafetensors *self)
{
  return self->tensors->len;
}

const RgStoredTensor *
rg_safetensors_get (const RgSafetensors *self, guint i)
{
  g_assert (i < self->tensors->len);

  return &g_array_index (self->tensors, RgStoredTensor, i);
}

const RgStoredTensor *
rg_safetensors_find (const RgSafetensors *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

const char *
rg_safetensors_get_metadata (const RgSafetensors *self, const char *key)
{
  return self->metadata == NULL ? NULL : g_hash_table_lookup (self->metadata, key);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static int
compare_for_writing (gconstpointer a, gconstpointer b)
{
  const RgStoredTensor *x = *(const RgStoredTensor *const *) a, *y = *(const RgStoredTensor *const *) b;
  guint x_bits = rg_dtype_get_block_bits (x->dtype), y_bits = rg_dtype_get_block_bits (y->dtype);

  return x_bits != y_bits ? (x_bits > y_bits ? -1 : 1) : strcmp (x->name, y->name);
}

static void
append_metadata (GString *header, GHashTable *metadata)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (metadata), (GCompareFunc) strcmp);

  g_string_append (header, "\"" METADATA "\":{");
  for (GList *i = keys; i != NULL; i = i->next)
    {
      rg_json_append_string (header, i->data);
      g_string_append_c (header, ':');
      rg_json_append_string (header, g_hash_table_lookup (metadata, i->data));
      g_string_append (header, i->next != NULL ? "," : "");
    }
  g_string_append (header, "},");
}

static GString *
format_header (GPtrArray *order, GHashTable *metadata)
{
  GString *header = g_string_new ("{");
  gsize offset = 0;

  if (metadata != NULL)
    append_metadata (header, metadata);
  for (guint i = 0; i < order->len; i++)
    {
      const RgStoredTensor *tensor = order->pdata[i];
      gsize n_bytes;

      g_assert (tensor->n_dims <= RG_STORED_MAX_DIMS && rg_stored_tensor_count_bytes (tensor, &n_bytes) && n_bytes == tensor->n_bytes);
      g_assert (rg_dtype_get_block_length (tensor->dtype) == 1);
      g_assert (strlen (tensor->name) <= MAX_NAME_LENGTH && strcmp (tensor->name, METADATA) != 0);
      rg_json_append_string (header, tensor->name);
      g_string_append_printf (header, ":{\"dtype\":\"%s\",\"shape\":[", rg_dtype_get_name (tensor->dtype));
      for (guint d = 0; d < tensor->n_dims; d++)
        g_string_append_printf (header, d == 0 ? "%" G_GSIZE_FORMAT : ",%" G_GSIZE_FORMAT, tensor->shape[d]);
      g_string_append_printf (header, "],\"data_offsets\":[%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT "]},", offset, offset + tensor->n_bytes);
      offset += tensor->n_bytes;
    }
  if (header->str[header->len - 1] == ',')
    g_string_truncate (header, header->len - 1);
  g_string_append_c (header, '}');
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');

  return header;
}

gboolean
rg_safetensors_write (const char *path, const RgStoredTensor *tensors, guint n, GHashTable *metadata, GError **error)
{
  g_autoptr (RgAtomicFile) file = NULL;
  g_autoptr (GPtrArray) order = g_ptr_array_sized_new (n);
  g_autoptr (GString) header = NULL;
  guint64 length;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (order, (gpointer) (tensors + i));
  g_ptr_array_sort (order, compare_for_writing);
  header = format_header (order, metadata);
  length = GUINT64_TO_LE ((guint64) header->len);

  file = rg_atomic_file_new (path, error);
  if (file == NULL || !rg_atomic_file_append (file, &length, 8, error) || !rg_atomic_file_append (file, header->str, header->len, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      const RgStoredTensor *tensor = order->pdata[i];

      if (!rg_atomic_file_append (file, tensor->bytes, tensor->n_bytes, error))
        return FALSE;
    }

  return rg_atomic_file_commit (file, error);
}
