/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/model-folder.h"

#include <glib/gi18n.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "engine/families/family.h"

static gboolean
check_preprocess (const RgPreprocessConfig *preprocess,
                  const RgModelConfig *config,
                  GError **error)
{
  guint token_size = preprocess->patch_size * preprocess->merge_size, expected = rg_model_config_get_token_size (config);

  if (preprocess->image_size == config->vision.image_size && token_size == expected)
    return TRUE;

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

  return rg_preprocess_config_load (preprocess, preprocess_path, error) &&
         (config->family->conversation == RG_CONVERSATION_TRAINED || rg_preprocess_config_load_patches (preprocess, config_path, error)) &&
         check_preprocess (preprocess, config, error);
}

RgModel *
rg_model_folder_load (const char *path,
                      RgPreprocessConfig *preprocess,
                      GCancellable *cancellable,
                      GError **error)
{
  g_autoptr (RgModel) model = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, _ ("%s: there is no such folder."), path);
      return NULL;
    }

  model = rg_model_load (path, FALSE, cancellable, error);
  if (model == NULL || !load_preprocess (preprocess, rg_model_get_config (model), path, error))
    return NULL;

  return g_steal_pointer (&model);
}
