/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * RgFingerprint:
 *
 * The SHA-256 of a file, computed in a thread of its own: it takes about as long as reading a model's weights otherwise
 * does, and runs beside that.
 */
typedef struct _RgFingerprint RgFingerprint;

/**
 * rg_fingerprint_start:
 * @cancellable: (nullable): ends the computation early
 * @progress: (nullable): called with @data from that thread, with the fraction of the file's bytes that are done
 *
 * Returns: (transfer full)
 */
RgFingerprint *rg_fingerprint_start (const char *path, GCancellable *cancellable, void (*progress) (double fraction, gpointer data), gpointer data) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_fingerprint_finish:
 * @n_bytes: (out): size of the file
 *
 * Waits for the result. @self is to be freed in any case.
 *
 * Returns: (transfer full) (nullable): hexadecimal text; %NULL with a %G_FILE_ERROR or %G_IO_ERROR_CANCELLED
 */
char *rg_fingerprint_finish (RgFingerprint *self, guint64 *n_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_fingerprint_free: @self: (nullable): stopped if it still runs. */
void rg_fingerprint_free (RgFingerprint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgFingerprint, rg_fingerprint_free)

G_END_DECLS
