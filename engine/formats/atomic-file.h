/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Writing a file so that a reader finds the old one or the whole new one: a temporary file in the same folder, flushed to
 * the disk, then renamed over the target. */

G_BEGIN_DECLS

/** RgAtomicFile: a file being written; belongs to one thread. */
typedef struct _RgAtomicFile RgAtomicFile;

/** rg_atomic_file_new: Returns: (transfer full) (nullable): %NULL with a %G_FILE_ERROR where the folder refuses it. */
RgAtomicFile *rg_atomic_file_new (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_atomic_file_free: removes the temporary file unless it was committed. */
void rg_atomic_file_free (RgAtomicFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgAtomicFile, rg_atomic_file_free)

/** rg_atomic_file_append: Returns: %FALSE with a %G_FILE_ERROR, for example where the disk is full. */
gboolean rg_atomic_file_append (RgAtomicFile *self, const void *bytes, gsize n, GError **error);

/** rg_atomic_file_commit: puts the file in its place. Nothing may be appended afterwards. */
gboolean rg_atomic_file_commit (RgAtomicFile *self, GError **error);

/** rg_atomic_write: the whole of it in one call. */
gboolean rg_atomic_write (const char *path, const void *bytes, gsize n, GError **error);

G_END_DECLS
