/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/job.h"
#include "ui/inquiry.h"

/* One question about one picture, and its answer as it comes. */

G_BEGIN_DECLS

#define RG_TYPE_EXCHANGE (rg_exchange_get_type ())

/**
 * RgExchange:
 *
 * Properties (read only, notified): "question" (string), "answer" (string, grows), "status" (string: what is being done, or
 * what went wrong; empty for a finished answer), "busy" (boolean), "failed" (boolean), "grid" (RgPatchGrid), "job" (RgJob).
 * Signal "finished" after its job ended.
 * An exchange that goes away cancels its job.
 */
G_DECLARE_FINAL_TYPE (RgExchange, rg_exchange, RG, EXCHANGE, GObject)

RgExchange *rg_exchange_new (RgImage *image, const char *question) G_GNUC_WARN_UNUSED_RESULT;

/** rg_exchange_take_job: @job: (transfer full): answers the question from now on, in place of an earlier one. */
void rg_exchange_take_job (RgExchange *self, RgJob *job);

/** rg_exchange_take_inquiry: @inquiry: (transfer full): about the answer of the present job; another job ends it. */
void rg_exchange_take_inquiry (RgExchange *self, RgInquiry *inquiry);

/** rg_exchange_get_inquiry: Returns: (transfer none) (nullable): what is known about why the answer is as it is. */
RgInquiry *rg_exchange_get_inquiry (RgExchange *self);

/** rg_exchange_cancel: asks a running job to stop; the words so far stay. */
void rg_exchange_cancel (RgExchange *self);

/** rg_exchange_set_image: the question is about @image from now on; ask again for an answer that is. */
void rg_exchange_set_image (RgExchange *self, RgImage *image);
RgImage *rg_exchange_get_image (RgExchange *self);
RgJob *rg_exchange_get_job (RgExchange *self);
RgPatchGrid *rg_exchange_get_grid (RgExchange *self);
const char *rg_exchange_get_question (RgExchange *self);
const char *rg_exchange_get_answer (RgExchange *self);
const char *rg_exchange_get_status (RgExchange *self);
gboolean rg_exchange_get_busy (RgExchange *self);
gboolean rg_exchange_get_failed (RgExchange *self);

G_END_DECLS
