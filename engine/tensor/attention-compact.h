/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/ops.h"

/* Attention of a training step: the part of rg_attention() for compact passes that record. Queries, keys, values and probabilities are
 * kept in bfloat16, as the products read them, those of a head one row behind the other. */

G_BEGIN_DECLS

/** rg_attention_can_be_compact: whether @spec asks for nothing but attention, in segments, causal or not. */
gboolean rg_attention_can_be_compact (const RgAttentionSpec *spec);

/** rg_attention_compact: as rg_attention(), its result as rg_pass_factor() makes it; only where rg_gemm_rounds(FAST). */
RgTensor *rg_attention_compact (RgPass *pass, RgView q, RgView k, RgView v, const RgAttentionSpec *spec);

G_END_DECLS
