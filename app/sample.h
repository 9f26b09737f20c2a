/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "ui/window.h"

/* The pictures that come with Regard, each with a question that its own model can answer. */

G_BEGIN_DECLS

/** RG_N_SAMPLES: how many there are. */
#define RG_N_SAMPLES 4

/**
 * rg_sample_open:
 * @sample: 0 … RG_N_SAMPLES - 1
 *
 * Reads the picture in the background, then shows it in @window with its question ready to be played by one click.
 * A window that was closed meanwhile is left alone.
 */
void rg_sample_open (guint sample, RgWindow *window);

/** rg_sample_get_file: Returns: (transfer full): the picture, a file in the program's own resources */
GFile *rg_sample_get_file (guint sample) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
