/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* Ctrl+C and SIGTERM as a cancellable, for long work without a main loop. */

G_BEGIN_DECLS

/** RgInterrupt: while it lives, the first of these signals cancels; a second one ends the program as usual. */
typedef struct _RgInterrupt RgInterrupt;

/** rg_interrupt_new: Returns: (transfer full): at most one at a time. */
RgInterrupt *rg_interrupt_new (void) G_GNUC_WARN_UNUSED_RESULT;
void rg_interrupt_free (RgInterrupt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgInterrupt, rg_interrupt_free)

/** rg_interrupt_get_cancellable: Returns: (transfer none): cancelled from a thread of its own. */
GCancellable *rg_interrupt_get_cancellable (RgInterrupt *self);

G_END_DECLS
