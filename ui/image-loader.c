/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/image-loader.h"

#include "ui/image-decoder.h"

/* Worker. */
static void
load_file_thread (GTask *task,
                  gpointer source_object,
                  gpointer task_data,
                  GCancellable *cancellable)
{
  GError *error = NULL;
  RgImage *image = rg_image_decoder_load_file (G_FILE (task_data), cancellable, &error);

  if (image != NULL)
    g_task_return_pointer (task, image, (GDestroyNotify) rg_image_unref);
  else
    g_task_return_error (task, error);
}

/* Worker. */
static void
load_bytes_thread (GTask *task,
                   gpointer source_object,
                   gpointer task_data,
                   GCancellable *cancellable)
{
  GError *error = NULL;
  RgImage *image = rg_image_decoder_load_bytes (task_data, NULL, cancellable, &error);

  if (image != NULL)
    g_task_return_pointer (task, image, (GDestroyNotify) rg_image_unref);
  else
    g_task_return_error (task, error);
}

/* Worker; the pixels of a texture are immutable. */
static void
load_texture_thread (GTask *task,
                     gpointer source_object,
                     gpointer task_data,
                     GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_get_from_texture (GDK_TEXTURE (task_data));
  RgImage *image = rg_image_decoder_convert (pixbuf, NULL, &error);

  if (image != NULL)
    g_task_return_pointer (task, image, (GDestroyNotify) rg_image_unref);
  else
    g_task_return_error (task, error);
}

static void
run (gpointer data,
     GDestroyNotify free_data,
     GTaskThreadFunc thread,
     GCancellable *cancellable,
     GAsyncReadyCallback callback,
     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, run);
  g_task_set_task_data (task, data, free_data);
  g_task_run_in_thread (task, thread);
}

void
rg_image_loader_load_async (GFile *file,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (G_IS_FILE (file));

  run (g_object_ref (file), g_object_unref, load_file_thread, cancellable, callback, user_data);
}

void
rg_image_loader_load_bytes_async (GBytes *bytes,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_return_if_fail (bytes != NULL);

  run (g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref, load_bytes_thread, cancellable, callback, user_data);
}

void
rg_image_loader_load_texture_async (GdkTexture *texture,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_return_if_fail (GDK_IS_TEXTURE (texture));

  run (g_object_ref (texture), g_object_unref, load_texture_thread, cancellable, callback, user_data);
}

RgImage *
rg_image_loader_load_finish (GAsyncResult *result,
                             GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL) && g_async_result_is_tagged (result, run), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GdkTexture *
rg_image_to_texture (RgImage *image)
{
  gsize stride = (gsize) 3 * rg_image_get_width (image);
  g_autoptr (GBytes) bytes = NULL;

  bytes = g_bytes_new_with_free_func (rg_image_get_pixels (image), stride * rg_image_get_height (image),
                                      (GDestroyNotify) rg_image_unref, rg_image_ref (image));

  return gdk_memory_texture_new (rg_image_get_width (image), rg_image_get_height (image), GDK_MEMORY_R8G8B8, bytes, stride);
}
