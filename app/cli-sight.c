/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-sight.h"

#include "app/cli-model.h"
#include "ui/image-decoder.h"

gboolean
rg_cli_sight_open (RgCliSight *self, const char *model, guint n_threads, gboolean measuring, GError **error)
{
  self->model = rg_cli_model_load (model, &self->preprocess, NULL, error);
  if (self->model == NULL)
    return FALSE;

  self->pool = rg_pool_new (n_threads);
  self->pass = rg_pass_new (self->pool, rg_model_get_precision (self->model, measuring));

  return TRUE;
}

void
rg_cli_sight_clear (RgCliSight *self)
{
  g_clear_pointer (&self->pass, rg_pass_free);
  g_clear_pointer (&self->pool, rg_pool_free);
  g_clear_pointer (&self->model, rg_model_free);
  g_clear_pointer (&self->seen, rg_pixel_values_free);
}

gboolean
rg_cli_sight_take (RgCliSight *self, RgImage *image, GError **error)
{
  RgPixelValues *seen = rg_preprocess (&self->preprocess, image, self->pool, self->pass->cancellable, error);

  if (seen == NULL)
    return FALSE;
  g_clear_pointer (&self->seen, rg_pixel_values_free);
  self->seen = seen;

  return TRUE;
}

gboolean
rg_cli_sight_prepare (RgCliSight *self, const char *path, GError **error)
{
  g_autoptr (RgImage) image = rg_image_decoder_load (path, error);

  return image != NULL && rg_cli_sight_take (self, image, error);
}
