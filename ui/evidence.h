/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/engine.h"
#include "ui/heatmap.h"

/* What there is to show for an answer: picture, question, maps, what is known about the words, and what it was made with. It
 * is what all exports are made of, and needs no display. */

G_BEGIN_DECLS

/**
 * RgEvidence: everything is its own or referenced, and stays as it is after rg_evidence_new(): any thread.
 * @name: (nullable): of the picture, for people
 * @n_earlier: questions about the picture before this one, which the model had read, too
 * @answer: the whole text
 * @shares: one a word: of its attention on the picture, for the layers and heads of the maps (of all, where a map is no share), 0 … 1; -1 where it was not recorded
 * @n_layers, @n_heads: of the attention; 0 where it was not recorded
 * @style: how maps are drawn; its scale is that of the answer, or where @stretched of one word
 */
typedef struct
{
  RgImage *picture;
  char *name;
  char *question, *answer;
  guint n_earlier;
  RgExplanation *explanation;
  double *shares;
  guint n_layers, n_heads;
  RgModelInfo *model;
  RgSampling sampling;
  RgHeatmapStyle style;
  gboolean stretched;
} RgEvidence;

/**
 * rg_evidence_new:
 * @explanation: of @answered by @model
 * @sampling: that @answered was asked with
 *
 * Main thread. The style is inferno's flat cells at three quarters of their strength, on one scale for the answer; whoever
 * wants another sets it before anybody else sees the evidence.
 *
 * Returns: (transfer full): the evidence
 */
RgEvidence *rg_evidence_new (const RgAnswered *answered, RgExplanation *explanation, const RgModelInfo *model, const RgSampling *sampling) G_GNUC_WARN_UNUSED_RESULT;
void rg_evidence_free (RgEvidence *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgEvidence, rg_evidence_free)

/** rg_evidence_dup_caption: Returns: (transfer full): the sentence under the map of @word, or that there is none. */
char *rg_evidence_dup_caption (const RgEvidence *self, guint word);

/** rg_evidence_dup_details: Returns: (transfer full): method, unit, share on the picture or dependence, and kind of scale; on a second line, where the map's values are shares, how attention was divided. */
char *rg_evidence_dup_details (const RgEvidence *self, guint word);

/** rg_evidence_dup_source: Returns: (transfer full): program and version, model and the beginning of its fingerprint. */
char *rg_evidence_dup_source (const RgEvidence *self);

/**
 * rg_evidence_dup_label:
 *
 * Returns: (transfer full): all that goes with the map of @word wherever the map goes, several lines: question, answer,
 *   caption, details, what the colours mean, source
 */
char *rg_evidence_dup_label (const RgEvidence *self, guint word);

/** rg_evidence_dup_line: Returns: (transfer full): @text in one line: without line feeds and other control characters. */
char *rg_evidence_dup_line (const char *text);

G_END_DECLS
