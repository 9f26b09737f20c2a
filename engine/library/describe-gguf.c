/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of two GGUF files: the language model, and beside it the vision half ("mmproj"), whose general.architecture is clip. */
#include "engine/library/description-private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "engine/families/gguf-pair.h"
#include "engine/formats/gguf.h"
#include "engine/formats/json.h"

#define MAX_FILES 256
#define MAX_SIZE (1 << 20)
#define VISION_ARCHITECTURE "clip"

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
_rg_gguf_list (const char *folder)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && paths->len < MAX_FILES && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".gguf"))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (paths, compare_paths);

  return paths;
}

static char *
dup_string (const RgGguf *file, const char *key)
{
  g_autofree char *value = NULL;

  rg_gguf_get_string (file, key, RG_CONFIG_OPTIONAL, &value, NULL);

  return value != NULL ? rg_json_dup_excerpt (value) : NULL;
}

/* @prefix: (nullable): with a dot behind it. Returns: 0 where there is no such number. */
static guint
get_int (const RgGguf *file, const char *prefix, const char *key)
{
  g_autofree char *path = prefix != NULL ? g_strconcat (prefix, ".", key, NULL) : g_strdup (key);
  gint64 value = 0;

  return rg_gguf_get_int (file, path, RG_CONFIG_OPTIONAL, 1, MAX_SIZE, &value, NULL) ? (guint) value : 0;
}

static gboolean
is_vision (const RgGguf *file)
{
  g_autofree char *architecture = dup_string (file, "general.architecture");

  return g_strcmp0 (architecture, VISION_ARCHITECTURE) == 0;
}

static guint
get_width (const RgGguf *file)
{
  g_autofree char *architecture = dup_string (file, "general.architecture");

  return is_vision (file) ? rg_gguf_pair_get_token_width (file) : get_int (file, architecture, "embedding_length");
}

/* The other half among the files beside @path: one whose vectors are as wide; those named after it come first. */
static char *
find_half (const char *path, const RgGguf *file, gboolean vision, GCancellable *cancellable)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GPtrArray) paths = _rg_gguf_list (folder);

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < paths->len && !g_cancellable_is_cancelled (cancellable); i++)
      {
        g_autofree char *name = g_path_get_basename (paths->pdata[i]);
        g_autoptr (RgGguf) other = NULL;

        if (g_str_equal (paths->pdata[i], path) || (strstr (name, "mmproj") != NULL) != (pass == 0 ? vision : !vision))
          continue;
        other = rg_gguf_open (paths->pdata[i], NULL);
        if (other != NULL && is_vision (other) == vision && get_width (other) == get_width (file))
          return g_strdup (paths->pdata[i]);
      }

  return NULL;
}

static void
count_file (RgModelDescription *self, const RgGguf *file, const char *path, RgWeightCount *count)
{
  GStatBuf status;

  if (g_stat (path, &status) == 0)
    self->file_bytes += (guint64) status.st_size;
  for (guint i = 0; i < rg_gguf_get_n_tensors (file); i++)
    rg_weight_count_add (count, rg_gguf_get (file, i), is_vision (file));
}

static void
read_text (RgModelDescription *self, const RgGguf *file)
{
  g_autofree char *architecture = dup_string (file, "general.architecture");
  guint heads, pairs;

  self->model_type = g_strdup (architecture);
  self->text_layers = get_int (file, architecture, "block_count");
  self->text_width = get_int (file, architecture, "embedding_length");
  self->n_context = get_int (file, architecture, "context_length");
  heads = get_int (file, architecture, "attention.head_count");
  pairs = get_int (file, architecture, "attention.head_count_kv");
  if (heads > 0 && pairs > 0 && pairs < heads)
    self->text_width = (guint) ((guint64) self->text_width * pairs / heads);
}

static void
read_vision (RgModelDescription *self, const RgGguf *file)
{
  guint image = get_int (file, "clip.vision", "image_size"), patch = get_int (file, "clip.vision", "patch_size");
  guint factor = get_int (file, "clip.vision", "projector.scale_factor"), edge = get_int (file, "clip.vision", "preproc_image_size");

  g_free (self->model_type);
  self->model_type = dup_string (file, "clip.projector_type");
  if (self->model_type == NULL)
    self->model_type = dup_string (file, "clip.vision.projector_type");
  if (factor == 0 && g_strcmp0 (self->model_type, "gemma3") == 0)
    factor = 4; /* as all its files mean it, and older ones do not say */
  self->vision_layers = get_int (file, "clip.vision", "block_count");
  self->vision_width = get_int (file, "clip.vision", "embedding_length");
  if (image > 0 && patch > 0 && image / patch <= 1024)
    self->n_patches = (image / patch) * (image / patch);
  self->n_views = edge > image && image > 0 && edge / image <= 16 ? (edge / image) * (edge / image) + 1 : 1;
  self->n_image_tokens = self->n_views * (self->n_patches / (factor > 0 && factor < 64 ? factor * factor : 1));
}

static void
judge_pair (RgModelDescription *self)
{
  const RgFamilyEntry *entry = self->model_type != NULL ? rg_families_find_projector (self->model_type) : NULL;

  _rg_description_judge (self, entry, RG_MODEL_SENSE_PICTURE);
  if (entry == NULL)
    {
      g_clear_pointer (&self->reason, g_free);
      _rg_description_refuse (self, g_strdup_printf (_ ("The projector %s is not supported yet."), self->model_type != NULL ? self->model_type : "?"));
    }
}

/* @path: the language model's, or the lone file's. */
static void
describe_halves (RgModelDescription *self, const RgGguf *text, const RgGguf *vision)
{
  RgWeightCount count = { 0 };

  if (text != NULL)
    {
      read_text (self, text);
      count_file (self, text, self->path, &count);
    }
  if (vision != NULL)
    {
      read_vision (self, vision);
      count_file (self, vision, self->projector_path, &count);
    }
  _rg_description_count (self, &count);

  if (text == NULL)
    _rg_description_refuse (self, g_strdup (_ ("This is only the vision half (mmproj): its language model is missing.")));
  else if (rg_gguf_get_n_tensors (text) == 0)
    _rg_description_refuse (self, g_strdup (_ ("This file holds a vocabulary alone, no model.")));
  else if (vision == NULL)
    _rg_description_judge (self, rg_families_find (self->model_type != NULL ? self->model_type : ""), RG_MODEL_SENSE_TEXT);
  else
    judge_pair (self);
  if (self->family == NULL)
    self->family = g_strdup (self->model_type);
}

void
_rg_describe_gguf (RgModelDescription *self, const char *path, const char *projector, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = rg_gguf_open (path, &error);
  g_autoptr (RgGguf) other = NULL;
  g_autofree char *other_path = NULL;
  gboolean vision;

  self->path = g_strdup (path);
  self->container = RG_MODEL_CONTAINER_GGUF;
  if (file == NULL)
    {
      _rg_description_refuse (self, g_strdup (error->message));
      return;
    }

  vision = is_vision (file);
  other_path = projector != NULL && !vision ? g_strdup (projector) : find_half (path, file, !vision, cancellable);
  other = other_path != NULL ? rg_gguf_open (other_path, &error) : NULL;
  if (error != NULL || (other != NULL && is_vision (other) == vision))
    {
      _rg_description_refuse (self, error != NULL ? g_strdup (error->message) : g_strdup_printf (_ ("%s is no vision half (mmproj)."), rg_gguf_get_name (other)));
      return;
    }
  if (vision)
    {
      self->projector_path = g_steal_pointer (&self->path);
      self->path = other != NULL ? g_steal_pointer (&other_path) : g_strdup (path);
    }
  else
    self->projector_path = g_steal_pointer (&other_path);
  describe_halves (self, vision ? other : file, vision ? file : other);
}
