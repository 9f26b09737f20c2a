/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

G_BEGIN_DECLS

#define RG_TYPE_WINDOW (rg_window_get_type ())

/**
 * RgWindow:
 *
 * The window: a picture with the map of the chosen word over it, the words under it, the conversation beside it.
 * Actions: win.open, win.paste, win.new, win.undo, win.ask, win.stop, win.regenerate, win.conversation, win.fullscreen,
 * win.model-sees, win.draw, win.verify, win.models.
 */
G_DECLARE_FINAL_TYPE (RgWindow, rg_window, RG, WINDOW, AdwApplicationWindow)

/**
 * rg_window_new:
 * @application: (nullable): whose window it is
 * @engine: answers its questions; need not have a model yet
 *
 * Returns: (transfer none): a new window, which GTK owns until it is closed
 */
RgWindow *rg_window_new (GtkApplication *application, RgEngine *engine);

/**
 * rg_window_open_image:
 * @title: (nullable): the picture's name
 *
 * Begins a conversation about @image. One that had questions can be brought back by Undo.
 */
void rg_window_open_image (RgWindow *self, RgImage *image, const char *title);

/**
 * rg_window_open_file: reads @file in the background and begins a conversation about it; says so where it is no picture. A
 * folder, a .gguf and a .safetensors go to rg_window_open_model().
 */
void rg_window_open_file (RgWindow *self, GFile *file);

/** rg_window_open_model: loads the model at @path, or says why it cannot be used; the model in use stays until it is there. */
void rg_window_open_model (RgWindow *self, const char *path);

/** rg_window_say: shows @sentence for a moment. */
void rg_window_say (RgWindow *self, const char *sentence);

/** rg_window_set_bundled_model: @path: (nullable): the folder of the model that comes with Regard, for the list of models. */
void rg_window_set_bundled_model (RgWindow *self, const char *path);

/** rg_window_set_question: puts @question into the entry, ready to be played by one click. */
void rg_window_set_question (RgWindow *self, const char *question);

/** rg_window_ask: asks about the picture as if it had been typed. */
void rg_window_ask (RgWindow *self, const char *question);

/** rg_window_follow_load: shows the progress of @job, a rg_engine_load(), and what went wrong if it fails. */
void rg_window_follow_load (RgWindow *self, RgJob *job);

/** rg_window_set_model_error: @message: (nullable): a lasting sentence above the picture about the model; %NULL for none. */
void rg_window_set_model_error (RgWindow *self, const char *message);

/** rg_window_swap_file: @file: the other picture that answers are tried on. */
void rg_window_swap_file (RgWindow *self, GFile *file);

/** rg_window_compare_model: @path: of another model, whose map is to stand beside the picture. */
void rg_window_compare_model (RgWindow *self, const char *path);

G_END_DECLS
