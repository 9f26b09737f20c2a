/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

/* Toasts that are about what is now. One that waits its turn behind others, or whose Undo would undo something else, is worse
 * than none: an overlay has a place, a weak pointer that begins as %NULL, and what comes takes the place of what was there. */

G_BEGIN_DECLS

/** rg_toast_new: Returns: (transfer full): a toast whose sentence is never cut, as a toast's own title is in a narrow window. */
AdwToast *rg_toast_new (const char *sentence) G_GNUC_WARN_UNUSED_RESULT;

/** rg_toast_show: @toast: (transfer full): shows it in the place of the one that @place points to. */
void rg_toast_show (AdwToastOverlay *overlay, AdwToast *toast, AdwToast **place);

/** rg_toast_retract: takes back the toast that @place points to, if it still shows. */
void rg_toast_retract (AdwToastOverlay *overlay, AdwToast **place);

G_END_DECLS
