/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/model-folder.h"

#include <glib/gi18n.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"

static gboolean
check_preprocess (const RgPreprocessConfig *preprocess,
                  const RgModelConfig *config,
                  GError **error)
{
  if (preprocess->image_size == config->vision.image_size && preprocess->patch_size == config->vision.patch_size)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s makes pictures of %u pixels with patches of %u, but %s expects %u with patches of %u."),
               RG_MODEL_PREPROCESSOR, preprocess->image_size, preprocess->patch_size,
               RG_MODEL_CONFIG, config->vision.image_size, config->vision.patch_size);

  return FALSE;
}

RgModel *
rg_model_folder_load (const char *path,
                      RgPreprocessConfig *preprocess,
                      GCancellable *cancellable,
                      GError **error)
{
  g_autofree char *preprocess_path = g_build_filename (path, RG_MODEL_PREPROCESSOR, NULL);
  g_autoptr (RgModel) model = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, _ ("%s: there is no such folder."), path);
      return NULL;
    }

  model = rg_model_load (path, FALSE, cancellable, error);
  if (model == NULL ||
      !rg_preprocess_config_load (preprocess, preprocess_path, error) ||
      !check_preprocess (preprocess, rg_model_get_config (model), error))
    return NULL;

  return g_steal_pointer (&model);
}
