/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"
#include "engine/text-record.h"

/* Attention sinks: image tokens on which a head parks attention that it has no use for (Xiao et al., “Efficient Streaming
 * Language Models with Attention Sinks”, 2024; Kang et al., “See What You Are Told”, 2025, for pictures). They glow in every
 * map, whatever the word. A token is a sink of a head where both hold:
 *
 *   - it draws attention regardless of the word: of nine in ten rows of the text, questions and answers, it gets at least
 *     RG_SINK_TIMES the head's mean for an image token,
 *   - and brings little: its value is at most RG_SINK_VALUE as long as the head's mean. A token that is always looked at for
 *     what it says is none.
 *
 * A text of fewer than RG_SINK_ROWS rows shows no habits. */

G_BEGIN_DECLS

#define RG_SINK_TIMES 10
#define RG_SINK_VALUE 0.5
#define RG_SINK_ROWS 4

/**
 * rg_sinks_find:
 * @record: of a text about the picture, with its attention
 *
 * Returns: (transfer full): layers × heads × P bytes, 1 where the token is a sink of the head
 */
guint8 *rg_sinks_find (const RgExplained *self, const RgTextRecord *record);

G_END_DECLS
