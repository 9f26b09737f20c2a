/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/tensor.h"

/* The arrays that `regard-cli dump` writes, a .npy file each. */

G_BEGIN_DECLS

/**
 * RgArrayFolder: a folder of arrays, which remembers the first failure
 * @error: (nullable): whoever saves looks at it in the end
 */
typedef struct
{
  const char *dir;
  GError *error;
} RgArrayFolder;

/** rg_array_folder_save: @name: without the file's ending; @n_dims: up to 4: the last of @a … @d are the shape. */
void rg_array_folder_save (RgArrayFolder *self, const char *name, const float *values, guint n_dims, gsize a, gsize b, gsize c, gsize d);

/** rg_array_folder_save_rows: parts × rows × columns; @n_parts: views or texts, one below the other. */
void rg_array_folder_save_rows (RgArrayFolder *self, const char *name, const RgTensor *tensor, guint n_parts);

/** rg_array_folder_save_planes: 1 × columns × @height × @width of a tensor with a row a place; 1 × columns × @width where @height is 0. */
void rg_array_folder_save_planes (RgArrayFolder *self, const char *name, const RgTensor *tensor, gsize height, gsize width);

G_END_DECLS
