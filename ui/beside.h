/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/inquiry.h"

/* What a map beside the picture is about, where that is not the answer itself: the answer's own words with another picture, or what
 * another model answers to the same question about the same picture. The other model has an engine of its own, so that the first
 * stays as it is; its weights are mapped from its file, and are given back with it. */

G_BEGIN_DECLS

#define RG_TYPE_BESIDE (rg_beside_get_type ())

/**
 * RgBeside:
 *
 * Signals: "changed": something was found, or how far the work is; "failed" (string): it cannot be found out, and why.
 */
G_DECLARE_FINAL_TYPE (RgBeside, rg_beside, RG, BESIDE, GObject)

RgBeside *rg_beside_new (void) G_GNUC_WARN_UNUSED_RESULT;

/** rg_beside_take_picture: from now on it is about @picture: the words of @inquiry's answer, read by the same @engine. */
void rg_beside_take_picture (RgBeside *self, RgEngine *engine, RgInquiry *inquiry, RgImage *picture);

/**
 * rg_beside_take_model: from now on it is about the model at @path, which is loaded and asked what @inquiry's answer is to.
 * @given: whether it is made to say @inquiry's answer, see rg_engine_read(), so that its maps are of the same words
 */
void rg_beside_take_model (RgBeside *self, RgInquiry *inquiry, const char *path, gboolean given);

/** rg_beside_clear: about nothing; another model is given back. */
void rg_beside_clear (RgBeside *self);

/** rg_beside_get_inquiry: Returns: (transfer none) (nullable): about its words; %NULL while there are none. */
RgInquiry *rg_beside_get_inquiry (RgBeside *self);

/** rg_beside_get_job: Returns: (transfer none) (nullable): the work that goes on now. */
RgJob *rg_beside_get_job (RgBeside *self);

/** rg_beside_dup_model_name: Returns: (transfer full) (nullable): of another model, once it is loaded. */
char *rg_beside_dup_model_name (RgBeside *self);

G_END_DECLS
