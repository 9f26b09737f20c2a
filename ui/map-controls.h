/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "ui/answer.h"
#include "ui/palette.h"

G_BEGIN_DECLS

#define RG_TYPE_MAP_CONTROLS (rg_map_controls_get_type ())

/**
 * RgMapControls:
 *
 * How the map is drawn and of what: the method, opacity, palette, cells or smooth, the scale, and which layer and head.
 * What is left out or held against what: "hide-sinks", "contrast" (boolean), "against" (string, "" for the likeliest other
 * token); "calibrated" (boolean: whether heads were chosen for the model; without, their map is called what it is).
 * Properties: "answer" (RgAnswer, whose "layer", "head" and "stretch" it sets), "method" (uint, RgMethod, the one that is
 * wanted, which the answer may have to wait for), "palette" (RgPalette), "map-opacity" (double), "smooth" (boolean); bind the
 * last three to the picture and to the settings.
 */
G_DECLARE_FINAL_TYPE (RgMapControls, rg_map_controls, RG, MAP_CONTROLS, GtkBox)

GtkWidget *rg_map_controls_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_map_controls_set_answer: @answer: (nullable): set from now on, and followed. */
void rg_map_controls_set_answer (RgMapControls *self, RgAnswer *answer);
RgMethod rg_map_controls_get_method (RgMapControls *self);
void rg_map_controls_set_method (RgMapControls *self, RgMethod method);

G_END_DECLS
