/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"
#include "engine/text-record.h"

/* Contrasts: why “cat” and not “dog”. What is explained is log p (word) − log p (other) where the two part, given all that was
 * said before: the difference of two logits, in which whatever speaks for both cancels (Jacovi et al., “Contrastive
 * Explanations for Model Interpretability”, 2021; Yin and Neubig, “Interpreting Language Models with Contrastive
 * Explanations”, 2022). An intervention measures it exactly, a gradient to first order.
 *
 * Where nobody names the other word it is the likeliest one that the picture tells the word from: that seeing the picture instead of
 * a blank one makes likelier by at most half as many nats as the word itself. The likeliest of all may be the same thing in another
 * way, a synonym or the word of another language, which the picture speaks for as much: nothing in it would say why the one and
 * not the other. */

G_BEGIN_DECLS

/**
 * rg_contrast_find: what each word is held against, at the first of its tokens that is another.
 * @against: another word, or "" for the likeliest token, where the word begins, that the picture tells it from
 * @contrasts: (out caller-allocates): one a word
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, or %RG_ERROR_VALUE where @against says nothing or is one of the words itself
 */
gboolean rg_contrast_find (const RgExplained *self, const char *against, RgContrast *contrasts, GError **error);

/** rg_contrast_dup_text: Returns: (transfer full): what word @word is held against, as people read it: @against, or the token. */
char *rg_contrast_dup_text (const RgExplained *self, guint word, const RgContrast *contrast, const char *against);

/** rg_contrast_count_targets: Returns: how many scores are explained of word @word: those of all its tokens, or the one with a contrast. */
guint rg_contrast_count_targets (const RgExplained *self, guint word);

/** rg_contrast_get_target: @target: (out): number @index of them. Returns: which token of the text it is about. */
gsize rg_contrast_get_target (const RgExplained *self, guint word, guint index, RgTextTarget *target);

/**
 * RgContrastTarget: one score of an answer.
 * @word: of which word
 * @at: see rg_contrast_get_target()
 */
typedef struct
{
  guint word;
  gsize at;
  RgTextTarget target;
} RgContrastTarget;

/** rg_contrast_list_targets: @n: (out): how many. Returns: (transfer full): those of all words */
RgContrastTarget *rg_contrast_list_targets (const RgExplained *self, guint *n);

G_END_DECLS
