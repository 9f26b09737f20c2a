/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define RG_TYPE_APPLICATION (rg_application_get_type ())

/**
 * RgApplication:
 *
 * The running program: one instance a session, which owns the engine and loads the bundled model as it starts. A picture
 * given on the command line, or by a second `regard picture.jpg`, opens in the window in front.
 * Actions: app.sample (shows the next sample picture), app.preferences, app.shortcuts, app.about, app.quit.
 */
G_DECLARE_FINAL_TYPE (RgApplication, rg_application, RG, APPLICATION, AdwApplication)

RgApplication *rg_application_new (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
