/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* The learning curve of a run: one JSON object a line, in a file that grows. */

G_BEGIN_DECLS

typedef struct _RgCurve RgCurve;

/**
 * rg_curve_open:
 * @path: made where it is missing
 * @step: where the run goes on: later lines, of a run that was killed after its last checkpoint, are taken out
 *
 * Returns: (transfer full) (nullable): %NULL with a file error
 */
RgCurve *rg_curve_open (const char *path, guint step, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_curve_free (RgCurve *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgCurve, rg_curve_free)

/** rg_curve_append: @line: without line break; on the disk when this returns. */
gboolean rg_curve_append (RgCurve *self, const char *line, GError **error);

G_END_DECLS
