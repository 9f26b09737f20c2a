/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ollama keeps a model as layers: manifests/REGISTRY/NAMESPACE/MODEL/TAG is a JSON object that lists them,
 *
 *   {"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:64 hexadecimal digits", …}, …]}
 *
 * and blobs/sha256-DIGITS is the layer: a GGUF file for the model, and another for its projector. */
#include "engine/library/model-places.h"

#include <glib/gstdio.h>
#include <string.h>

#include "engine/formats/json-file.h"

#define MAX_MANIFESTS 2000
#define MAX_LAYERS 64
#define MAX_DEPTH 5
#define DIGEST "sha256:"
#define N_DIGITS 64

/* Returns: (transfer full) (nullable): the file, for a digest that is one: no other name leads into the file system. */
static char *
dup_blob (const char *root, const char *digest)
{
  const char *digits = digest + strlen (DIGEST);
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  GStatBuf status;

  if (!g_str_has_prefix (digest, DIGEST) || strlen (digits) != N_DIGITS || strspn (digits, "0123456789abcdef") != N_DIGITS)
    return NULL;
  name = g_strconcat ("sha256-", digits, NULL);
  path = g_build_filename (root, "blobs", name, NULL);

  return g_lstat (path, &status) == 0 && S_ISREG (status.st_mode) ? g_steal_pointer (&path) : NULL;
}

static char *
find_layer (const RgConfig *manifest, const char *root, const char *kind)
{
  guint n = MIN (rg_config_get_length (manifest, "layers"), MAX_LAYERS);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *kind_path = g_strdup_printf ("layers[%u].mediaType", i);
      g_autofree char *digest_path = g_strdup_printf ("layers[%u].digest", i);
      const char *found = NULL, *digest = NULL;

      if (rg_config_get_string (manifest, kind_path, RG_CONFIG_REQUIRED, &found, NULL) && g_str_equal (found, kind) &&
          rg_config_get_string (manifest, digest_path, RG_CONFIG_REQUIRED, &digest, NULL))
        return dup_blob (root, digest);
    }

  return NULL;
}

static void
tell (const char *root, const char *path, const char *name, RgModelFound found, gpointer data, GCancellable *cancellable)
{
  g_autoptr (RgConfig) manifest = rg_config_open (path, NULL);
  g_autofree char *text = manifest != NULL ? find_layer (manifest, root, "application/vnd.ollama.image.model") : NULL;
  g_autofree char *vision = text != NULL ? find_layer (manifest, root, "application/vnd.ollama.image.projector") : NULL;
  RgModelDescription *model = text != NULL ? rg_model_description_read (text, vision, cancellable, NULL) : NULL;

  if (model == NULL)
    return;
  g_free (model->name);
  model->name = g_strdup (name);
  found (model, data);
}

/* @name: MODEL of the folder's path, for the tags in it. */
static void
walk (const char *root, const char *folder, const char *name, guint depth, guint *n_left, RgModelFound found, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && *n_left > 0 && !g_cancellable_is_cancelled (cancellable) && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, entry, NULL);
      g_autofree char *shown = g_filename_display_name (entry);
      g_autofree char *tagged = g_strdup_printf ("%s:%s", name, shown);
      GStatBuf status;

      --*n_left;
      if (g_lstat (path, &status) != 0)
        continue;
      if (S_ISREG (status.st_mode))
        tell (root, path, tagged, found, data, cancellable);
      else if (S_ISDIR (status.st_mode) && depth < MAX_DEPTH)
        walk (root, path, shown, depth + 1, n_left, found, data, cancellable);
    }
}

void
rg_ollama_scan (const char *root, RgModelFound found, gpointer data, GCancellable *cancellable)
{
  g_autofree char *manifests = g_build_filename (root, "manifests", NULL);
  guint n_left = MAX_MANIFESTS;

  walk (root, manifests, "", 0, &n_left, found, data, cancellable);
}
