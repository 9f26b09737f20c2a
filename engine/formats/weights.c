/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/weights.h"

#include <glib/gi18n.h>

#include "engine/error.h"
#include "engine/formats/json.h"
#include "engine/formats/map-file.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/weights-index.h"

#define ONE_FILE "model.safetensors"
#define INDEX ONE_FILE INDEX_SUFFIX
#define INDEX_SUFFIX ".index.json"
#define MAX_INDEX_BYTES (64 * 1024 * 1024)

struct _RgWeights
{
  gatomicrefcount references;
  GPtrArray *shards;    /* owned: RgSafetensors */
  RgGguf *gguf;         /* owned, nullable */
  RgWeights *joined[2]; /* owned, nullable: those that this one is made of */
  GPtrArray *tensors;   /* const RgStoredTensor *, of the files */
  GHashTable *by_name;  /* name → the same */
};

static RgWeights *
new_empty (void)
{
  RgWeights *self = g_new0 (RgWeights, 1);

  g_atomic_ref_count_init (&self->references);
  self->shards = g_ptr_array_new_with_free_func ((GDestroyNotify) rg_safetensors_unref);
  self->tensors = g_ptr_array_new ();
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);

  return self;
}

RgWeights *
rg_weights_ref (RgWeights *self)
{
  g_atomic_ref_count_inc (&self->references);

  return self;
}

void
rg_weights_unref (RgWeights *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->tensors);
  g_ptr_array_unref (self->shards);
  g_clear_pointer (&self->gguf, rg_gguf_unref);
  g_clear_pointer (&self->joined[0], rg_weights_unref);
  g_clear_pointer (&self->joined[1], rg_weights_unref);
  g_free (self);
}

static void
add_tensor (RgWeights *self, const RgStoredTensor *tensor)
{
  g_ptr_array_add (self->tensors, (gpointer) tensor);
  g_hash_table_insert (self->by_name, (gpointer) tensor->name, (gpointer) tensor);
}

/* --- one file ------------------------------------------------------------------------------------------------------ */

static gboolean
add_file (RgWeights *self, const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autoptr (GBytes) content = rg_map_file (path, G_MAXSIZE, error);
  RgSafetensors *file;

  if (content == NULL)
    return FALSE;
  if (rg_gguf_looks_like (content))
    {
      self->gguf = rg_gguf_new (content, name, error);
      for (guint i = 0; self->gguf != NULL && i < rg_gguf_get_n_tensors (self->gguf); i++)
        add_tensor (self, rg_gguf_get (self->gguf, i));

      return self->gguf != NULL;
    }
  file = rg_safetensors_new (content, name, error);
  if (file == NULL)
    return FALSE;
  g_ptr_array_add (self->shards, file);
  for (guint i = 0; i < rg_safetensors_get_n_tensors (file); i++)
    add_tensor (self, rg_safetensors_get (file, i));

  return TRUE;
}

/* --- several files -------------------------------------------------------------------------------------------------- */

static RgWeightsIndex *
open_index (const char *path, const char *name, GError **error)
{
  g_autoptr (GBytes) content = rg_map_file (path, MAX_INDEX_BYTES, error);
  const char *text;
  gsize length;

  if (content == NULL)
    return NULL;
  text = g_bytes_get_data (content, &length);

  return rg_weights_index_parse (name, text, length, error);
}

/* The tensors of shard @number, which was opened last. */
static gboolean
add_shard_tensors (RgWeights *self, const RgWeightsIndex *index, const char *name, guint number, GError **error)
{
  const RgSafetensors *shard = self->shards->pdata[number];

  for (guint i = 0; i < rg_safetensors_get_n_tensors (shard); i++)
    {
      const RgStoredTensor *tensor = rg_safetensors_get (shard, i);
      guint listed;

      if (!rg_weights_index_find (index, tensor->name, &listed))
        continue;
      if (listed != number)
        {
          g_autofree char *excerpt = rg_json_dup_excerpt (tensor->name);

          g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, "%s: tensor %s is listed in %s, but it is in %s", name, excerpt, rg_weights_index_get_shard (index, listed), rg_weights_index_get_shard (index, number));
          return FALSE;
        }
      add_tensor (self, tensor);
    }

  return TRUE;
}

static gboolean
check_complete (const RgWeights *self, const RgWeightsIndex *index, const char *name, GError **error)
{
  for (guint i = 0; i < rg_weights_index_get_n_tensors (index); i++)
    {
      guint shard;
      const char *tensor = rg_weights_index_get_tensor (index, i, &shard);

      if (rg_weights_find (self, tensor) == NULL)
        {
          g_autofree char *excerpt = rg_json_dup_excerpt (tensor);

          g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, "%s: tensor %s is listed in %s, which has no such tensor", name, excerpt, rg_weights_index_get_shard (index, shard));
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
add_indexed (RgWeights *self, const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (RgWeightsIndex) index = open_index (path, name, error);

  if (index == NULL)
    return FALSE;
  for (guint i = 0; i < rg_weights_index_get_n_shards (index); i++)
    {
      g_autofree char *shard_path = g_build_filename (folder, rg_weights_index_get_shard (index, i), NULL);
      RgSafetensors *shard = rg_safetensors_open (shard_path, error);

      if (shard == NULL)
        return FALSE;
      g_ptr_array_add (self->shards, shard);
      if (!add_shard_tensors (self, index, name, i, error))
        return FALSE;
    }

  return check_complete (self, index, name, error);
}

/* --- any of them ------------------------------------------------------------------------------------------------------ */

static gboolean
add_folder (RgWeights *self, const char *path, GError **error)
{
  g_autofree char *one = g_build_filename (path, ONE_FILE, NULL);
  g_autofree char *index = g_build_filename (path, INDEX, NULL);
  g_autofree char *name = NULL;

  if (g_file_test (one, G_FILE_TEST_EXISTS))
    return add_file (self, one, error);
  if (g_file_test (index, G_FILE_TEST_EXISTS))
    return add_indexed (self, index, error);
  name = g_filename_display_basename (path);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s: there is neither " ONE_FILE " nor " INDEX " in this folder", name);

  return FALSE;
}

RgWeights *
rg_weights_open (const char *path, GError **error)
{
  g_autoptr (RgWeights) self = new_empty ();
  gboolean done;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    done = add_folder (self, path, error);
  else if (g_str_has_suffix (path, INDEX_SUFFIX))
    done = add_indexed (self, path, error);
  else
    done = add_file (self, path, error);
  if (!done)
    rg_error_advise_download (error);

  return done ? g_steal_pointer (&self) : NULL;
}

RgWeights *
rg_weights_join (RgWeights *a, RgWeights *b, GError **error)
{
  g_autoptr (RgWeights) self = new_empty ();

  self->joined[0] = rg_weights_ref (a);
  self->joined[1] = rg_weights_ref (b);
  for (guint i = 0; i < a->tensors->len + b->tensors->len; i++)
    {
      const RgStoredTensor *tensor = i < a->tensors->len ? a->tensors->pdata[i] : b->tensors->pdata[i - a->tensors->len];

      if (rg_weights_find (self, tensor->name) != NULL)
        {
          g_autofree char *excerpt = rg_json_dup_excerpt (tensor->name);

          g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("The tensor %s is in both files."), excerpt);
          return NULL;
        }
      add_tensor (self, tensor);
    }

  return g_steal_pointer (&self);
}

guint
rg_weights_get_n_tensors (const RgWeights *self)
{
  return self->tensors->len;
}

const RgStoredTensor *
rg_weights_get (const RgWeights *self, guint i)
{
  g_assert (i < self->tensors->len);

  return self->tensors->pdata[i];
}

const RgStoredTensor *
rg_weights_find (const RgWeights *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

RgGguf *
rg_weights_get_gguf (const RgWeights *self)
{
  return self->gguf;
}
