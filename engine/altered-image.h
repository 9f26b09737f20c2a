/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/types.h"

/* Pictures made from another one, for questions of the kind “and if it had looked different?”. Pure functions, any thread. */

G_BEGIN_DECLS

/**
 * rg_image_new_cropped:
 * @rect: in pixels of @self; rounded outwards to whole pixels
 *
 * Returns: (transfer full) (nullable): the part of @self inside @rect; %NULL where they have nothing in common
 */
RgImage *rg_image_new_cropped (RgImage *self, RgRect rect) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_image_new_mirrored:
 * @cancellable: (nullable): looked at once a row
 *
 * Returns: (transfer full) (nullable): @self with left and right exchanged; %NULL with %G_IO_ERROR_CANCELLED
 */
RgImage *rg_image_new_mirrored (RgImage *self, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_image_new_gray:
 * @cancellable: (nullable): looked at once a row
 *
 * Returns: (transfer full) (nullable): @self without its colours: each pixel's luma, by ITU-R BT.601; %NULL with
 *   %G_IO_ERROR_CANCELLED
 */
RgImage *rg_image_new_gray (RgImage *self, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_image_new_noise:
 * @longer: its longer side in pixels, at least 1; finer noise than a model sees would be averaged to grey
 * @seed: the same seed, the same noise
 *
 * Returns: (transfer full): independent random colours, about as wide and high in proportion as @self
 */
RgImage *rg_image_new_noise (RgImage *self, guint longer, guint64 seed) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
