/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/model-folder.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "engine/encoder/preprocess-gguf.h"
#include "engine/families/family.h"
#include "engine/library/model-description.h"

/* Half of the text is for words. */
static void
limit_tokens (RgPreprocessConfig *preprocess, const RgModelConfig *config)
{
  rg_preprocess_config_limit_tokens (preprocess, MIN (RG_PREPROCESS_MAX_TOKENS, config->text.max_positions / 2));
}

static gboolean
check_preprocess (const RgPreprocessConfig *preprocess,
                  const RgModelConfig *config,
                  GError **error)
{
  guint token_size = preprocess->patch_size * preprocess->merge_size, expected = rg_model_config_get_token_size (config);

  if (preprocess->image_size == config->vision.image_size && token_size == expected && preprocess->mel.n_bins == config->vision.n_bands)
    return TRUE;

  if (preprocess->mel.n_bins > 0 || config->vision.n_bands > 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s makes spectrograms of %u frames of %u bands, but %s expects %u of %u."),
                   RG_MODEL_PREPROCESSOR, preprocess->image_size, preprocess->mel.n_bins,
                   RG_MODEL_CONFIG, config->vision.image_size, config->vision.n_bands);
      return FALSE;
    }

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s makes pictures of %u pixels with patches of %u, but %s expects %u with patches of %u."),
               RG_MODEL_PREPROCESSOR, preprocess->image_size, token_size,
               RG_MODEL_CONFIG, config->vision.image_size, expected);

  return FALSE;
}

/* Files of open models say in config.json how large a patch is. */
static gboolean
load_preprocess (RgPreprocessConfig *preprocess,
                 const RgModelConfig *config,
                 const char *path,
                 GError **error)
{
  g_autofree char *preprocess_path = g_build_filename (path, RG_MODEL_PREPROCESSOR, NULL);
  g_autofree char *config_path = g_build_filename (path, RG_MODEL_CONFIG, NULL);

  if (config->family->plan_pictures != NULL)
    {
      g_autoptr (RgConfig) file = rg_config_open (config_path, error);

      return file != NULL && config->family->plan_pictures (file, config, preprocess, error) && rg_preprocess_config_check (preprocess, RG_MODEL_CONFIG, error);
    }

  return rg_preprocess_config_load (preprocess, preprocess_path, error) &&
         (config->family->conversation == RG_CONVERSATION_TRAINED || rg_preprocess_config_load_patches (preprocess, config_path, error)) &&
         check_preprocess (preprocess, config, error);
}

static GCancellable *
get_cancellable (const RgLoadWatch *watch)
{
  return watch != NULL ? watch->cancellable : NULL;
}

/* What the file alone says is known before it is loaded: a model that cannot run is refused with the reason. */
static RgModel *
load_described (const char *path,
                const char *projector,
                RgPreprocessConfig *preprocess,
                const RgLoadWatch *watch,
                GError **error)
{
  g_autoptr (RgModelDescription) description = rg_model_description_read (path, projector, get_cancellable (watch), error);
  g_autoptr (RgModel) model = NULL;
  g_autoptr (RgGguf) vision = NULL;

  if (description == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }

  if (description->container == RG_MODEL_CONTAINER_FOLDER && (description->uses & RG_MODEL_USE_ANSWER) != 0)
    return rg_model_folder_load (description->path, NULL, preprocess, watch, error);

  if ((description->uses & RG_MODEL_USE_ANSWER) == 0 || description->projector_path == NULL)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, "%s: %s", path, description->reason != NULL ? description->reason : _ ("Regard cannot run this model."));
      return NULL;
    }

  model = rg_model_load_gguf (description->path, description->projector_path, watch, error);
  vision = model != NULL ? rg_gguf_open (description->projector_path, error) : NULL;
  if (vision == NULL ||
      !rg_preprocess_config_load_gguf (preprocess, vision, error) ||
      !check_preprocess (preprocess, rg_model_get_config (model), error))
    return NULL;
  limit_tokens (preprocess, rg_model_get_config (model));

  return g_steal_pointer (&model);
}

/* Returns: (transfer full) (nullable): the path of the first by name, a language model rather than its second file. */
static char *
find_gguf (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *best = NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      gboolean is_second = strstr (name, "mmproj") != NULL, best_is_second = best != NULL && strstr (best, "mmproj") != NULL;

      if (!g_str_has_suffix (name, ".gguf") || (best != NULL && (is_second > best_is_second || (is_second == best_is_second && strcmp (name, best) > 0))))
        continue;
      g_free (best);
      best = g_strdup (name);
    }

  return best != NULL ? g_build_filename (folder, best, NULL) : NULL;
}

char *
rg_model_folder_dup_weights_path (const char *path)
{
  g_autofree char *one = g_build_filename (path, RG_MODEL_WEIGHTS, NULL);
  g_autofree char *index = g_strconcat (one, ".index.json", NULL);
  char *gguf;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_strdup (path);
  if (g_file_test (one, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&one);
  if (g_file_test (index, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&index);

  gguf = find_gguf (path);

  return gguf != NULL ? gguf : g_steal_pointer (&one);
}

/* What a model is good for says more than that it is of a type which answers no questions. */
static void
explain_refusal (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (RgModelDescription) description = NULL;

  if (error == NULL || !g_error_matches (*error, RG_ERROR, RG_ERROR_UNSUPPORTED))
    return;

  description = rg_model_description_read (path, NULL, cancellable, NULL);
  if (description == NULL || (description->uses & RG_MODEL_USE_ANSWER) != 0 || description->reason == NULL)
    return;

  g_clear_error (error);
  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, "%s: %s", path, description->reason);
}

RgModel *
rg_model_folder_load (const char *path,
                      const char *projector,
                      RgPreprocessConfig *preprocess,
                      const RgLoadWatch *watch,
                      GError **error)
{
  g_autofree char *config_path = g_build_filename (path, RG_MODEL_CONFIG, NULL);
  g_autofree char *gguf = find_gguf (path);
  gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  g_autoptr (RgModel) model = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, _ ("%s: there is no such folder."), path);
      return NULL;
    }

  if (!is_folder || (!g_file_test (config_path, G_FILE_TEST_EXISTS) && gguf != NULL))
    return load_described (path, projector, preprocess, watch, error);

  model = rg_model_load (path, FALSE, watch, error);
  if (model == NULL)
    explain_refusal (path, get_cancellable (watch), error);
  if (model == NULL || !load_preprocess (preprocess, rg_model_get_config (model), path, error))
    return NULL;
  limit_tokens (preprocess, rg_model_get_config (model));

  return g_steal_pointer (&model);
}
