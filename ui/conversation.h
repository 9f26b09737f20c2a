/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/engine.h"
#include "ui/exchange.h"

/* What the window holds: a picture and the questions asked about it, oldest first. Immutable in its picture, except that a
 * drawing may change under it; New and Open put another conversation in its place, and Undo puts it back. */

G_BEGIN_DECLS

#define RG_TYPE_CONVERSATION (rg_conversation_get_type ())

/**
 * RgConversation: a GListModel of RgExchange.
 */
G_DECLARE_FINAL_TYPE (RgConversation, rg_conversation, RG, CONVERSATION, GObject)

/** rg_conversation_new: @image: (nullable): the picture; @title: (nullable): its name. */
RgConversation *rg_conversation_new (RgImage *image, const char *title) G_GNUC_WARN_UNUSED_RESULT;
RgImage *rg_conversation_get_image (RgConversation *self);
const char *rg_conversation_get_title (RgConversation *self);

/** rg_conversation_set_image: the drawing changed: later questions are about @image, earlier exchanges keep theirs. */
void rg_conversation_set_image (RgConversation *self, RgImage *image);

guint rg_conversation_get_length (RgConversation *self);

/** rg_conversation_get_last: Returns: (transfer none) (nullable): the newest exchange. */
RgExchange *rg_conversation_get_last (RgConversation *self);
void rg_conversation_append (RgConversation *self, RgExchange *exchange);

/** rg_conversation_cancel: stops whatever is being answered. */
void rg_conversation_cancel (RgConversation *self);

/**
 * rg_conversation_dup_turns:
 * @before: the exchange that the turns precede
 *
 * Returns: (transfer container) (element-type RgTurn): finished exchanges before @before about its very picture, oldest
 *   first; the texts are borrowed from the exchanges
 */
GArray *rg_conversation_dup_turns (RgConversation *self, RgExchange *before);

G_END_DECLS
