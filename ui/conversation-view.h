/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "ui/conversation.h"

G_BEGIN_DECLS

#define RG_TYPE_CONVERSATION_VIEW (rg_conversation_view_get_type ())

/**
 * RgConversationView:
 *
 * The questions and answers beside the picture, the newest in sight. Buttons name the actions "win.regenerate" and
 * "win.new". Property "conversation" (RgConversation). Signal "chosen" (RgExchange): somebody wants to see its maps again.
 */
G_DECLARE_FINAL_TYPE (RgConversationView, rg_conversation_view, RG, CONVERSATION_VIEW, GtkBox)

GtkWidget *rg_conversation_view_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_conversation_view_set_conversation: @conversation: (nullable): shown from now on, and followed. */
void rg_conversation_view_set_conversation (RgConversationView *self, RgConversation *conversation);

/** rg_conversation_view_select: marks @exchange as the one whose maps are shown. */
void rg_conversation_view_select (RgConversationView *self, RgExchange *exchange);

G_END_DECLS
