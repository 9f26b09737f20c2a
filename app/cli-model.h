/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model-folder.h"

/* Models and pictures that the words of a call name. */

G_BEGIN_DECLS

/** rg_cli_model_path: @given: (nullable) (transfer full): --model. Returns: (transfer full): it, or the bundled model's folder. */
char *rg_cli_model_path (char *given) G_GNUC_WARN_UNUSED_RESULT;

/** rg_cli_model_name_file: puts @path in front of a message that names a file in it only by its name. */
void rg_cli_model_name_file (GError **error, const char *path);

/** rg_cli_model_load: as rg_model_folder_load() with messages that name the folder. @preprocess: (out caller-allocates) */
RgModel *rg_cli_model_load (const char *path, RgPreprocessConfig *preprocess, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_cli_model_check_images: whether @images (nullable) names exactly one picture; else a %G_OPTION_ERROR. */
gboolean rg_cli_model_check_images (char **images, GError **error);

G_END_DECLS
