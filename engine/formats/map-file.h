/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * rg_map_file:
 * @max_bytes: refuse a larger file with %RG_ERROR_LIMIT; %G_MAXSIZE for no limit
 *
 * Maps a regular file for reading. Whoever shortens a mapped file makes its reader fall over, which no check here can
 * prevent; files that Regard writes are replaced, never shortened.
 *
 * Returns: (transfer full) (nullable): its content, which stays mapped until the last reference goes; %NULL with a
 *   %G_FILE_ERROR or %RG_ERROR_LIMIT
 */
GBytes *rg_map_file (const char *path, gsize max_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_map_forget: gives back the memory of the pages that lie wholly within some bytes of a mapped file, for who has a copy;
 *   they can still be read, and then come from the file again
 */
void rg_map_forget (const void *bytes, gsize n_bytes);

G_END_DECLS
