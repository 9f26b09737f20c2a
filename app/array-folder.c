/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/array-folder.h"

#include "engine/formats/npy.h"

void
rg_array_folder_save (RgArrayFolder *self, const char *name, const float *values, guint n_dims, gsize a, gsize b, gsize c, gsize d)
{
  const gsize shape[] = { a, b, c, d };
  g_autofree char *file = g_strconcat (name, ".npy", NULL);
  g_autofree char *path = g_build_filename (self->dir, file, NULL);

  if (self->error == NULL)
    rg_npy_write (path, values, shape + 4 - n_dims, n_dims, &self->error);
}

void
rg_array_folder_save_rows (RgArrayFolder *self, const char *name, const RgTensor *tensor, guint n_parts)
{
  rg_array_folder_save (self, name, tensor->data, 3, 0, n_parts, tensor->rows / n_parts, tensor->cols);
}

void
rg_array_folder_save_planes (RgArrayFolder *self, const char *name, const RgTensor *tensor, gsize height, gsize width)
{
  g_autofree float *planes = g_new (float, tensor->rows * tensor->cols);

  for (gsize r = 0; r < tensor->rows; r++)
    for (gsize c = 0; c < tensor->cols; c++)
      planes[c * tensor->rows + r] = tensor->data[r * tensor->cols + c];
  if (height > 0)
    rg_array_folder_save (self, name, planes, 4, 1, tensor->cols, height, width);
  else
    rg_array_folder_save (self, name, planes, 3, 0, 1, tensor->cols, width);
}
