/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "ui/exchange.h"

G_BEGIN_DECLS

#define RG_TYPE_EXCHANGE_ROW (rg_exchange_row_get_type ())

/**
 * RgExchangeRow: a question and its answer in the list. Property "exchange" (RgExchange, construct only).
 */
G_DECLARE_FINAL_TYPE (RgExchangeRow, rg_exchange_row, RG, EXCHANGE_ROW, GtkListBoxRow)

GtkWidget *rg_exchange_row_new (RgExchange *exchange) G_GNUC_WARN_UNUSED_RESULT;
RgExchange *rg_exchange_row_get_exchange (RgExchangeRow *self);

G_END_DECLS
