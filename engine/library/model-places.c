/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/library/model-places.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/library/description-private.h"

#define MAX_DEPTH 8
#define MAX_ENTRIES 20000

typedef struct
{
  RgModelFound found;
  gpointer data;
  GCancellable *cancellable;
  GHashTable *seen; /* paths that were told, real ones */
  guint n_left;     /* entries of the present place */
} Walk;

/* A model that is in two places by way of a link is told once. */
static void
tell (Walk *walk, const char *path)
{
  char *real = realpath (path, NULL);
  g_autofree char *key = g_strdup (real != NULL ? real : path);
  RgModelDescription *model;

  free (real);
  if (!g_hash_table_add (walk->seen, g_steal_pointer (&key)))
    return;
  model = rg_model_description_read (path, NULL, walk->cancellable, NULL);
  if (model != NULL)
    walk->found (model, walk->data);
}

static gboolean
holds_model (const char *folder)
{
  static const char *const weights[] = { "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin" };
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);
  gboolean has_weights = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (weights) && !has_weights; i++)
    {
      g_autofree char *path = g_build_filename (folder, weights[i], NULL);

      has_weights = g_file_test (path, G_FILE_TEST_EXISTS);
    }

  return has_weights && g_file_test (config, G_FILE_TEST_EXISTS);
}

/* Vision halves are told with their language model, and for themselves only where there is none. */
static void
tell_gguf (Walk *walk, const char *folder)
{
  g_autoptr (GPtrArray) paths = _rg_gguf_list (folder);
  guint n_text = 0;

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < paths->len && !g_cancellable_is_cancelled (walk->cancellable); i++)
      {
        g_autofree char *name = g_path_get_basename (paths->pdata[i]);
        gboolean vision = strstr (name, "mmproj") != NULL;

        n_text += pass == 0 && !vision;
        if (vision == (pass == 1) && (pass == 0 || n_text == 0))
          tell (walk, paths->pdata[i]);
      }
}

static void
walk_folder (Walk *walk, const char *folder, guint depth)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  if (dir == NULL)
    return;
  if (holds_model (folder))
    tell (walk, folder);
  else
    tell_gguf (walk, folder);

  while (walk->n_left > 0 && !g_cancellable_is_cancelled (walk->cancellable) && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf status;

      walk->n_left--;
      if (depth < MAX_DEPTH && g_lstat (path, &status) == 0 && S_ISDIR (status.st_mode))
        walk_folder (walk, path, depth + 1);
    }
}

/* @path: (transfer full) (nullable). */
static void
add_place (GPtrArray *places, char *path)
{
  if (path != NULL)
    g_ptr_array_add (places, path);
}

static const char *
get_variable (const char *name)
{
  const char *value = g_getenv (name);

  return value != NULL && *value != '\0' ? value : NULL;
}

static char *
dup_hub (void)
{
  if (get_variable ("HF_HUB_CACHE") != NULL)
    return g_strdup (get_variable ("HF_HUB_CACHE"));
  if (get_variable ("HF_HOME") != NULL)
    return g_build_filename (get_variable ("HF_HOME"), "hub", NULL);

  return g_build_filename (g_get_user_cache_dir (), "huggingface", "hub", NULL);
}

void
rg_model_places_scan (const char *chosen, RgModelFound found, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *ollama = g_strdup (get_variable ("OLLAMA_MODELS"));
  const char *home = g_get_home_dir ();
  Walk walk = { found, data, cancellable, seen, 0 };

  add_place (places, g_build_filename (g_get_user_data_dir (), "regard", "models", NULL));
  add_place (places, chosen != NULL && *chosen != '\0' ? g_strdup (chosen) : NULL);
  add_place (places, dup_hub ());
  add_place (places, g_build_filename (home, ".lmstudio", "models", NULL));
  add_place (places, g_build_filename (g_get_user_cache_dir (), "lm-studio", "models", NULL));

  for (guint i = 0; i < places->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      walk.n_left = MAX_ENTRIES;
      walk_folder (&walk, places->pdata[i], 0);
    }
  if (ollama == NULL)
    ollama = g_build_filename (home, ".ollama", "models", NULL);
  rg_ollama_scan (ollama, found, data, cancellable);
}
