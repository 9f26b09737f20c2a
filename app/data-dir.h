/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Where Regard finds the files that came with it. */

G_BEGIN_DECLS

/**
 * rg_data_dir_build:
 * @name: a file or folder that came with Regard, such as "model"
 *
 * Looks under $REGARD_DATADIR, which `./dev` sets for a Regard that is not installed, else under the installed
 * share/regard. Says nothing about whether the file is there. Any thread.
 *
 * Returns: (transfer full): its path
 */
char *rg_data_dir_build (const char *name) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_data_dir_init_locale:
 *
 * Takes the user's locale and binds the translations ($REGARD_LOCALEDIR, else the installed ones). First thing in main().
 */
void rg_data_dir_init_locale (void);

G_END_DECLS
