/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/encoder/preprocess.h"
#include "engine/model.h"

G_BEGIN_DECLS

/**
 * rg_model_folder_load:
 * @path: a folder with the four files of a model, or a GGUF file, or a folder that has one
 * @projector: (nullable): the second GGUF file, where the one beside @path is not meant
 * @preprocess: (out caller-allocates): how pictures are made ready for it
 * @watch: (nullable): looked at between the files
 *
 * What answering needs; rg_model_load() loads less, for training.
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR, also where the files contradict one another, a %G_FILE_ERROR, or
 *   %G_IO_ERROR_CANCELLED
 */
RgModel *rg_model_folder_load (const char *path, const char *projector, RgPreprocessConfig *preprocess, const RgLoadWatch *watch, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_model_folder_dup_weights_path: Returns: (transfer full): the file by which a model at @path is told from others. */
char *rg_model_folder_dup_weights_path (const char *path) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
