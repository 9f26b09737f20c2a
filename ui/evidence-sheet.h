/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/paper.h"

/* The evidence sheet: one page, A4 upright, that says why an answer is as it is and how far to believe it. The picture and
 * what the model saw of it, question and answer, a map for each word that depends on the picture, all on one scale, with its
 * share, its dependence and the verdict on it, the words that would have been said anyway, and what it takes to make it again.
 * Where there are more words than fit, those that depend on the picture most are shown, and the sheet says so. */

G_BEGIN_DECLS

/** RG_EVIDENCE_SHEET_WIDTH, RG_EVIDENCE_SHEET_HEIGHT: points. */
#define RG_EVIDENCE_SHEET_WIDTH 595.28
#define RG_EVIDENCE_SHEET_HEIGHT 841.89

/** rg_evidence_sheet_draw: @paper: white, its units points. */
void rg_evidence_sheet_draw (RgPaper *paper, const RgEvidence *evidence);

/** rg_evidence_sheet_dup_text: Returns: (transfer full): the text twin of the whole sheet, several lines. */
char *rg_evidence_sheet_dup_text (const RgEvidence *evidence);

G_END_DECLS
