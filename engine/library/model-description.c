/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/library/model-description.h"

#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/error.h"
#include "engine/formats/gguf.h"
#include "engine/formats/map-file.h"
#include "engine/library/description-private.h"
#include "engine/library/memory.h"

/* Of the key and value caches, which hold half of it for answers and single precision for explanations. */
#define BYTES_A_STATE sizeof (float)
#define DEFAULT_CONTEXT 2048

void
rg_weight_count_add (RgWeightCount *self, const RgStoredTensor *tensor, gboolean vision)
{
  gsize n = rg_stored_tensor_get_n_elements (tensor);

  self->n[tensor->dtype] += n;
  *(vision ? &self->vision_parameters : &self->text_parameters) += n;
  if (!vision)
    self->text_bytes += tensor->n_bytes;
}

void
_rg_description_count (RgModelDescription *self, const RgWeightCount *count)
{
  guint best = 0;

  for (guint i = 0; i < RG_N_DTYPES; i++)
    {
      self->n_parameters += count->n[i];
      best = count->n[i] > count->n[best] ? i : best;
    }
  if (self->n_parameters > 0)
    self->weight_type = g_strdup (rg_dtype_get_name (best));
  self->vision_parameters = count->vision_parameters;
  self->text_parameters = count->text_parameters;
  self->text_bytes = count->text_bytes;
}

void
_rg_description_refuse (RgModelDescription *self, char *reason)
{
  self->uses = RG_MODEL_USE_NONE;
  if (self->reason == NULL)
    self->reason = reason;
  else
    g_free (reason);
}

void
_rg_description_judge (RgModelDescription *self, const RgFamilyEntry *entry, RgModelSense sense)
{
  g_free (self->family);
  self->family = g_strdup (entry != NULL ? entry->title : self->model_type);
  sense = entry != NULL ? entry->sense : sense;
  self->listens = sense == RG_MODEL_SENSE_SOUND;
  self->uses = entry != NULL ? entry->uses : RG_MODEL_USE_NONE;

  if ((self->uses & RG_MODEL_USE_ANSWER) != 0)
    return;
  if ((self->uses & RG_MODEL_USE_EMBED) != 0 && sense == RG_MODEL_SENSE_TEXT)
    self->reason = g_strdup (_ ("This model compares texts, and words in them, and answers no questions; “regard-cli embed” runs it."));
  else if ((self->uses & RG_MODEL_USE_CLASSIFY) != 0)
    self->reason = g_strdup (_ ("This model says what is on a picture and answers no questions; “regard-cli classify” and “regard-cli embed” run it."));
  else if ((self->uses & RG_MODEL_USE_EMBED) != 0)
    self->reason = g_strdup (_ ("This model compares pictures with texts and answers no questions; “regard-cli embed” runs it."));
  else if (sense == RG_MODEL_SENSE_TEXT)
    self->reason = g_strdup (_ ("This is a text-only model: it cannot see."));
  else if (sense == RG_MODEL_SENSE_SOUND)
    self->reason = g_strdup (_ ("This is a model for sound: it cannot see."));
  else if (sense == RG_MODEL_SENSE_PICTURE_ALONE)
    self->reason = g_strdup (_ ("This model sees, but it does not speak."));
  else
    self->reason = g_strdup_printf (_ ("Models of the family %s are not supported yet."), self->family);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

static void
estimate_memory (RgModelDescription *self)
{
  guint64 available = rg_memory_get_available ();

  if (self->n_context == 0 || self->n_context > DEFAULT_CONTEXT)
    self->n_context = DEFAULT_CONTEXT;
  self->memory_bytes = self->file_bytes + self->file_bytes / 4 + (guint64) 2 * BYTES_A_STATE * self->text_layers * self->text_width * self->n_context;

  if (self->uses != RG_MODEL_USE_NONE && available > 0 && self->memory_bytes > available)
    {
      g_autofree char *needed = g_format_size (self->memory_bytes);
      g_autofree char *there = g_format_size (available);

      g_clear_pointer (&self->reason, g_free);
      /* Translators: both are sizes, such as "9 GB". */
      _rg_description_refuse (self, g_strdup_printf (_ ("It needs %s of memory, %s are free."), needed, there));
    }
}

/* --- paths -------------------------------------------------------------------------------------------------------- */

gboolean
rg_model_path_is_candidate (const char *path)
{
  return g_str_has_suffix (path, ".gguf") || g_str_has_suffix (path, ".safetensors") || g_file_test (path, G_FILE_TEST_IS_DIR);
}

/* "models--ORGANISATION--NAME" on the way is what Hugging Face's programs call a repository. */
char *
rg_model_path_dup_name (const char *path, const char *family)
{
  g_auto (GStrv) parts = g_strsplit (path, G_DIR_SEPARATOR_S, -1);
  g_autofree char *base = g_path_get_basename (path);

  for (guint i = g_strv_length (parts); i-- > 0;)
    if (g_str_has_prefix (parts[i], "models--"))
      {
        g_auto (GStrv) words = g_strsplit (parts[i] + strlen ("models--"), "--", -1);

        return g_strjoinv ("/", words);
      }
  if (family != NULL && strcmp (base, "model") == 0)
    return g_strdup (family);
  if (g_str_has_suffix (base, ".gguf"))
    base[strlen (base) - strlen (".gguf")] = '\0';

  return g_filename_display_name (base);
}

static gboolean
has_config (const char *folder)
{
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);

  return g_file_test (config, G_FILE_TEST_EXISTS);
}

/* A folder without config.json is that of its GGUF files. */
static gboolean
describe_any_folder (RgModelDescription *self, const char *folder, const char *projector, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) files = _rg_gguf_list (folder);

  if (has_config (folder) || files->len == 0)
    {
      if (!has_config (folder))
        {
          g_autofree char *shown = g_filename_display_basename (folder);

          g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: there is no model in this folder, neither a config.json with its weights nor a GGUF file. To ask about a picture, choose the picture itself."), shown);
          return FALSE;
        }
      _rg_describe_folder (self, folder);
      return TRUE;
    }

  /* The vision half's file has its name, as a rule. */
  for (guint i = 0; i < files->len; i++)
    {
      g_autofree char *name = g_path_get_basename (files->pdata[i]);

      if (strstr (name, "mmproj") == NULL)
        {
          _rg_describe_gguf (self, files->pdata[i], projector, cancellable);
          return TRUE;
        }
    }
  _rg_describe_gguf (self, files->pdata[0], projector, cancellable);

  return TRUE;
}

/* Ollama's files have no ending: what they are is told by how they begin. */
static gboolean
describe_file (RgModelDescription *self, const char *path, const char *projector, GCancellable *cancellable, GError **error)
{
  g_autofree char *shown = g_filename_display_basename (path);
  g_autoptr (GBytes) content = rg_map_file (path, G_MAXSIZE, error);

  if (content == NULL)
    return FALSE;
  if (!rg_gguf_looks_like (content) && !g_str_has_suffix (path, ".gguf"))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s is no model: neither a folder nor a GGUF file."), shown);
      return FALSE;
    }
  _rg_describe_gguf (self, path, projector, cancellable);

  return TRUE;
}

static gboolean
describe (RgModelDescription *self, const char *path, const char *projector, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *shown = g_filename_display_basename (path);
  struct stat status;

  if (stat (path, &status) != 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, _ ("%s: there is no such file or folder."), shown);
      return FALSE;
    }
  if (S_ISDIR (status.st_mode))
    return describe_any_folder (self, path, projector, cancellable, error);
  if (g_str_has_suffix (path, ".safetensors"))
    {
      if (has_config (folder))
        _rg_describe_folder (self, folder);
      else
        {
          self->path = g_strdup (path);
          _rg_description_refuse (self, g_strdup (_ ("The config.json that says what these weights are is not beside them.")));
        }

      return TRUE;
    }

  return describe_file (self, path, projector, cancellable, error);
}

RgModelDescription *
rg_model_description_read (const char *path, const char *projector, GCancellable *cancellable, GError **error)
{
  g_autoptr (RgModelDescription) self = g_new0 (RgModelDescription, 1);

  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !describe (self, path, projector, cancellable, error) || g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  self->name = rg_model_path_dup_name (self->path, self->family);
  estimate_memory (self);

  return g_steal_pointer (&self);
}

void
rg_model_description_free (RgModelDescription *self)
{
  if (self == NULL)
    return;

  g_free (self->path);
  g_free (self->projector_path);
  g_free (self->name);
  g_free (self->family);
  g_free (self->model_type);
  g_free (self->weight_type);
  g_free (self->reason);
  g_free (self);
}
