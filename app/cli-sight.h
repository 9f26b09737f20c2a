/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model-folder.h"

/* A model with a pass of its own, for commands that look inside it rather than ask. */

G_BEGIN_DECLS

/**
 * RgCliSight: clear with rg_cli_sight_clear().
 * @seen: (nullable): the picture looked at last
 */
typedef struct
{
  RgModel *model;
  RgPreprocessConfig preprocess;
  RgPool *pool;
  RgPass *pass;
  RgPixelValues *seen;
} RgCliSight;

/**
 * rg_cli_sight_open:
 * @model: (transfer none): its folder
 * @n_threads: 0 for one a core
 * @measuring: see rg_model_get_precision()
 */
gboolean rg_cli_sight_open (RgCliSight *self, const char *model, guint n_threads, gboolean measuring, GError **error);
void rg_cli_sight_clear (RgCliSight *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgCliSight, rg_cli_sight_clear)

/** rg_cli_sight_take: makes the values of @image and keeps them as @self->pixels. */
gboolean rg_cli_sight_take (RgCliSight *self, RgImage *image, GError **error);

/** rg_cli_sight_prepare: the same with the picture in the file @path. */
gboolean rg_cli_sight_prepare (RgCliSight *self, const char *path, GError **error);

G_END_DECLS
