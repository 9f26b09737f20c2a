/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/evidence.h"

/* What an evidence sheet says in words. Pure functions, any thread; all return (transfer full) one sentence or more. */

G_BEGIN_DECLS

/** rg_evidence_text_picture: name and size of the picture. */
char *rg_evidence_text_picture (const RgEvidence *evidence);

/** rg_evidence_text_view: size and patches of what the model saw. */
char *rg_evidence_text_view (const RgEvidence *evidence);

/** rg_evidence_text_maps: what kind of maps, of what, and on which scale. */
char *rg_evidence_text_maps (const RgEvidence *evidence);

/** rg_evidence_text_verdict: whether the map of @word holds, or that it was not tested. */
char *rg_evidence_text_verdict (const RgEvidence *evidence, guint word);

/** rg_evidence_text_numbers: share and dependence of @word, and what hiding its patches cost, where that was tested. */
char *rg_evidence_text_numbers (const RgEvidence *evidence, guint word);

/** rg_evidence_text_anyway: Returns: (nullable): the words that do not depend on the picture; %NULL where all do. */
char *rg_evidence_text_anyway (const RgEvidence *evidence);

/** rg_evidence_text_origin: all that is needed to make the same maps again, a line each: model, picture, preprocessing, answer, maps, test. */
char *rg_evidence_text_origin (const RgEvidence *evidence);

/** rg_evidence_text_caution: Returns: (transfer none): that attention is not proof. */
const char *rg_evidence_text_caution (void);

G_END_DECLS
