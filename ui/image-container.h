/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Where a picture file ends. Decoders show half a file with grey or black below and say nothing; this tells beforehand. */

G_BEGIN_DECLS

/**
 * rg_image_container_is_whole:
 * @data: (array length=size): the content of a file
 *
 * Walks the chunks of PNG, the markers of JPEG, the blocks of GIF (to the end of the first frame), and compares the sizes
 * that BMP and WebP announce. Never reads beyond @size, and decodes nothing. Any thread.
 *
 * Returns: %FALSE if the file ends before the picture does; %TRUE also for every other format
 */
gboolean rg_image_container_is_whole (const guint8 *data, gsize size);

G_END_DECLS
