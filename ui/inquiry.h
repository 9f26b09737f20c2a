/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/engine.h"

/* Why an answer is as it is: what the engine has found out about it so far, by which methods, and what it is finding out now.
 * One for each answer, so that going back to an answer brings all of it back at once. */

G_BEGIN_DECLS

#define RG_TYPE_INQUIRY (rg_inquiry_get_type ())

/**
 * RgInquiry:
 *
 * Signals: "changed": something was found, or the work began or ended; "progress": its job's stage or fraction is another;
 * "failed" (string): it could not be found out, and why. One that goes away cancels its job.
 */
G_DECLARE_FINAL_TYPE (RgInquiry, rg_inquiry, RG, INQUIRY, GObject)

/**
 * rg_inquiry_new:
 * @answered: copied; nothing is asked of the engine until its tokens are complete
 * @sampling: that it was asked with, copied
 */
RgInquiry *rg_inquiry_new (RgEngine *engine, const RgAnswered *answered, const RgSampling *sampling) G_GNUC_WARN_UNUSED_RESULT;

/** rg_inquiry_get_answered: Returns: (transfer none): the answer, and what it was an answer to. */
const RgAnswered *rg_inquiry_get_answered (RgInquiry *self);

/** rg_inquiry_get_sampling: Returns: (transfer none): how its tokens were chosen. */
const RgSampling *rg_inquiry_get_sampling (RgInquiry *self);

/** rg_inquiry_get_model: Returns: (transfer none) (nullable): the model that it is about, once something was found. */
const RgModelInfo *rg_inquiry_get_model (RgInquiry *self);

/**
 * rg_inquiry_set_choices: what is wanted of maps from now on; those that were made with other choices are forgotten.
 * @choices: layer and head count where sinks are hidden only: otherwise the recorded attention has them all
 */
void rg_inquiry_set_choices (RgInquiry *self, const RgMethodOptions *choices);

/** rg_inquiry_get_explanation: Returns: (transfer none) (nullable): what was found by @method last. */
RgExplanation *rg_inquiry_get_explanation (RgInquiry *self, RgMethod method);

/**
 * rg_inquiry_get_verdict:
 * @layer, @head: of the attention whose map it is about, -1 for the mean; of other methods -1
 * @word: or %RG_VERIFY_ALL
 *
 * Returns: (transfer none) (nullable): the explanation that has a verdict on exactly this map of @word, or of all words
 */
RgExplanation *rg_inquiry_get_verdict (RgInquiry *self, RgMethod method, int layer, int head, int word);

/**
 * rg_inquiry_explain:
 * @again: whether to try once more what failed or was given up
 *
 * Finds the maps by @method, unless they are known or on their way.
 */
void rg_inquiry_explain (RgInquiry *self, RgMethod method, gboolean again);

/** rg_inquiry_verify: puts the map of @word to the test, unless it was; @layer, @head, @word: as for rg_inquiry_get_verdict(). */
void rg_inquiry_verify (RgInquiry *self, RgMethod method, int layer, int head, int word);

/** rg_inquiry_swap: tries the answer on other pictures, unless that was done; @other: (nullable): one of them. */
void rg_inquiry_swap (RgInquiry *self, RgImage *other);

/** rg_inquiry_get_swap: Returns: (transfer none) (nullable): what rg_inquiry_swap() found last; %NULL while it is on its way. */
RgSwap *rg_inquiry_get_swap (RgInquiry *self);

/** rg_inquiry_get_job: Returns: (transfer none) (nullable): the work that goes on now. */
RgJob *rg_inquiry_get_job (RgInquiry *self);

/** rg_inquiry_is_verifying: Returns: whether that is the test of a map. */
gboolean rg_inquiry_is_verifying (RgInquiry *self);

/** rg_inquiry_is_swapping: Returns: whether that is rg_inquiry_swap(). */
gboolean rg_inquiry_is_swapping (RgInquiry *self);

/** rg_inquiry_cancel: stops it; what was found stays. */
void rg_inquiry_cancel (RgInquiry *self);

/** rg_inquiry_give_up: stops it because somebody does not want to wait: it is not begun again unless asked for. */
void rg_inquiry_give_up (RgInquiry *self);

G_END_DECLS
