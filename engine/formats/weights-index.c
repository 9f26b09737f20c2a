/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/weights-index.h"

#include <string.h>

#include "engine/error.h"
#include "engine/formats/json.h"

/* Every shard is a mapping of its own. */
#define MAX_SHARDS 1024

typedef struct
{
  const char *name;
  guint shard;
} Entry;

struct _RgWeightsIndex
{
  GStringChunk *names;
  GPtrArray *shards;     /* their names */
  GArray *entries;       /* Entry, in the order of the file */
  GHashTable *by_shard;  /* name → number + 1 */
  GHashTable *by_tensor; /* name → place in entries + 1 */
};

void
rg_weights_index_free (RgWeightsIndex *self)
{
  g_hash_table_unref (self->by_tensor);
  g_hash_table_unref (self->by_shard);
  g_array_unref (self->entries);
  g_ptr_array_unref (self->shards);
  g_string_chunk_free (self->names);
  g_free (self);
}

/* Whether it names a file of the index's own folder, on every system. */
static gboolean
is_file_name (const char *name)
{
  return *name != '\0' && *name != '.' && strpbrk (name, "/\\:") == NULL && strstr (name, "..") == NULL;
}

/* The number of the shard of this name, a new one where there is none yet; G_MAXUINT with the error set. */
static guint
add_shard (RgWeightsIndex *self, RgJsonReader *json, const char *file, const char *name, GError **error)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_shard, name));

  if (number > 0)
    return number - 1;
  if (!is_file_name (name))
    {
      g_autofree char *excerpt = rg_json_dup_excerpt (name);

      rg_json_reader_fail (json, error, "\"%s\" is no name of a file in the model's folder", excerpt);
      return G_MAXUINT;
    }
  if (self->shards->len == MAX_SHARDS)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, "%s: more than %d files of weights", file, MAX_SHARDS);
      return G_MAXUINT;
    }
  g_ptr_array_add (self->shards, g_string_chunk_insert (self->names, name));
  g_hash_table_insert (self->by_shard, self->shards->pdata[self->shards->len - 1], GUINT_TO_POINTER (self->shards->len));

  return self->shards->len - 1;
}

static gboolean
read_map (RgWeightsIndex *self, RgJsonReader *json, const char *file, GError **error)
{
  RgJsonEvent event;

  if (!rg_json_reader_expect (json, RG_JSON_OBJECT_BEGIN, "an object for weight_map", error))
    return FALSE;
  while ((event = rg_json_reader_next (json, error)) == RG_JSON_KEY)
    {
      Entry entry = { g_string_chunk_insert (self->names, rg_json_reader_get_text (json)), 0 };

      if (!rg_json_reader_expect (json, RG_JSON_STRING, "the name of a file", error))
        return FALSE;
      entry.shard = add_shard (self, json, file, rg_json_reader_get_text (json), error);
      if (entry.shard == G_MAXUINT)
        return FALSE;
      g_array_append_val (self->entries, entry);
      if (!g_hash_table_insert (self->by_tensor, (gpointer) entry.name, GUINT_TO_POINTER (self->entries->len)))
        {
          g_autofree char *excerpt = rg_json_dup_excerpt (entry.name);

          return rg_json_reader_fail (json, error, "tensor %s is listed twice", excerpt);
        }
    }

  return event == RG_JSON_OBJECT_END;
}

static gboolean
read_index (RgWeightsIndex *self, RgJsonReader *json, const char *file, GError **error)
{
  RgJsonEvent event;
  gboolean seen = FALSE;

  if (!rg_json_reader_expect (json, RG_JSON_OBJECT_BEGIN, "an object", error))
    return FALSE;
  while ((event = rg_json_reader_next (json, error)) == RG_JSON_KEY)
    {
      if (strcmp (rg_json_reader_get_text (json), "weight_map") == 0)
        {
          if (seen)
            return rg_json_reader_fail (json, error, "two members named weight_map");
          seen = TRUE;
          if (!read_map (self, json, file, error))
            return FALSE;
          continue;
        }
      event = rg_json_reader_next (json, error);
      if (event == RG_JSON_ERROR || !rg_json_reader_skip (json, event, error))
        return FALSE;
    }
  if (event != RG_JSON_OBJECT_END || rg_json_reader_next (json, error) != RG_JSON_END)
    return FALSE;

  return self->entries->len > 0 ? TRUE : rg_json_reader_fail (json, error, "weight_map lists no tensors");
}

RgWeightsIndex *
rg_weights_index_parse (const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr (RgJsonReader) json = rg_json_reader_new (name, text, length);
  g_autoptr (RgWeightsIndex) self = g_new0 (RgWeightsIndex, 1);

  self->names = g_string_chunk_new (4096);
  self->shards = g_ptr_array_new ();
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  self->by_shard = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_tensor = g_hash_table_new (g_str_hash, g_str_equal);

  return read_index (self, json, name, error) ? g_steal_pointer (&self) : NULL;
}

guint
rg_weights_index_get_n_shards (const RgWeightsIndex *self)
{
  return self->shards->len;
}

const char *
rg_weights_index_get_shard (const RgWeightsIndex *self, guint i)
{
  g_assert (i < self->shards->len);

  return self->shards->pdata[i];
}

guint
rg_weights_index_get_n_tensors (const RgWeightsIndex *self)
{
  return self->entries->len;
}

const char *
rg_weights_index_get_tensor (const RgWeightsIndex *self, guint i, guint *shard)
{
  const Entry *entry = &g_array_index (self->entries, Entry, i);

  g_assert (i < self->entries->len);
  *shard = entry->shard;

  return entry->name;
}

gboolean
rg_weights_index_find (const RgWeightsIndex *self, const char *name, guint *shard)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_tensor, name));

  if (place == 0)
    return FALSE;
  *shard = g_array_index (self->entries, Entry, place - 1).shard;

  return TRUE;
}
