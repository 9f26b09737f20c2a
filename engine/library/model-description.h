/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/library/family-table.h"

/* What a model on the disk is, told from its headers: no weight is read. Files are taken as hostile. */

G_BEGIN_DECLS

/** RgModelContainer: a folder of Hugging Face's layout, or a GGUF file with the one of its vision half. */
typedef enum
{
  RG_MODEL_CONTAINER_FOLDER,
  RG_MODEL_CONTAINER_GGUF,
} RgModelContainer;

/**
 * RgModelDescription: numbers are 0, and strings %NULL, where the files do not tell.
 * @path: of the folder, or of the language model's GGUF file
 * @projector_path: of the vision half's GGUF file
 * @family: what people call its kind; the file's own word where the table does not know it
 * @model_type: of config.json, or of a GGUF pair clip.projector_type, or general.architecture
 * @weight_type: the element type of most weights, "BF16"
 * @uses: what Regard can do with it
 * @reason: one sentence about why it answers no questions in Regard; %NULL where it does
 * @memory_bytes: what answering takes: the files, a quarter more for what is computed, keys and values of @n_context tokens
 * @vision_parameters: and @text_parameters: of either half, word vectors without their output apart
 * @listens: whether what it is shown is a sound; the next then speak of that
 * @n_patches: of one view; @n_views: views of one large picture; @n_image_tokens: of all of them, in the text
 */
typedef struct
{
  char *path, *projector_path, *name, *family, *model_type, *weight_type;
  RgModelContainer container;
  RgModelUse uses;
  char *reason;
  gboolean listens;
  guint64 n_parameters, file_bytes, memory_bytes;
  guint64 vision_parameters, text_parameters, text_bytes;
  guint vision_layers, vision_width, n_patches, n_views, n_image_tokens;
  guint text_layers, text_width, n_context;
} RgModelDescription;

/**
 * rg_model_description_read:
 * @path: a folder, a .gguf file, or a .safetensors file, which stands for its folder
 * @projector: (nullable): a GGUF file with the vision half, where the one beside the language model is not meant
 *
 * A model that cannot be run is described, too, with its reason. Any thread; reads headers only.
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_UNSUPPORTED where nothing there is a model, a %G_FILE_ERROR or
 *   %G_IO_ERROR_CANCELLED
 */
RgModelDescription *rg_model_description_read (const char *path, const char *projector, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_model_description_free (RgModelDescription *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgModelDescription, rg_model_description_free)

/** rg_model_path_is_candidate: Returns: whether @path is, by kind and name alone, a folder, a .gguf or a .safetensors file. */
gboolean rg_model_path_is_candidate (const char *path);

/**
 * rg_model_path_dup_name:
 * @family: (nullable): what its family is called
 *
 * Returns: (transfer full): what people call the model at @path: "ORGANISATION/NAME" in the cache of Hugging Face's programs, where
 *   the folder's own name is that of a commit; the family's name where the folder is called "model", as Regard's own is; else the name
 *   of the folder or of the file, without ".gguf". Any thread.
 */
char *rg_model_path_dup_name (const char *path, const char *family) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
