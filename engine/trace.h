/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"

/* The trace: every number on the way of one picture and one text through a model, for comparing with other programs. The whole
 * text is read in one pass without caches, which is what reading in parts has to agree with. */

G_BEGIN_DECLS

/**
 * RgTrace: all lives in the pass until it is reset. N views of T rows, R rows of text, M rows of memory.
 * @n_views: N; 1 where a picture is seen as tiles at once
 * @n_vision_rows: T
 * @vision: what went into the encoder's first layer, then what each layer gave, (N · T) × D_vision
 * @vision_attention: (nullable): layers × N × heads × T × T probabilities; not of tiles at once, whose T is too large for it
 * @features: what the encoder gave in the end, (N · T) × D_vision
 * @tokens: image tokens, (N · P) × D_text
 * @question: what each layer of the question encoder gave, Q × D_text, where there is one; @text is then of the ids behind
 *   those Q, and the memory is their rows
 * @question_attention: layers × heads × Q × Q probabilities
 * @question_looks: layers × heads × Q × (1 + P), the picture's rows
 * @text: what each layer of the decoder gave, R × D_text
 * @hidden: what it gave in the end, R × D_text
 * @logits: R × V
 * @self_attention: layers that have it × heads × R × R probabilities
 * @cross_attention: (nullable): layers that look × heads × R × M
 * @n_memory: M
 */
typedef struct
{
  guint n_views;
  gsize n_vision_rows;
  RgTensor *vision[1 + RG_MAX_LAYERS];
  float *vision_attention;
  RgTensor *features, *tokens;
  RgTensor *question[RG_MAX_LAYERS];
  float *question_attention, *question_looks;
  RgTensor *text[RG_MAX_LAYERS];
  RgTensor *hidden, *logits;
  float *self_attention, *cross_attention;
  gsize n_memory;
} RgTrace;

/**
 * rg_trace_run:
 * @pass: reset by this call
 * @pixels: (nullable): %NULL for text alone, in models that have image tokens in their text
 * @ids: @n tokens; in such models with as many image tokens among them as the picture has
 * @n_prompt: how many of them are the prompt; the others are an answer
 * @self: (out caller-allocates)
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, or %RG_ERROR_SHAPE where the picture and @ids do not fit together
 */
gboolean rg_trace_run (RgTrace *self, RgModel *model, RgPass *pass, const RgPixelValues *pixels, const guint32 *ids, gsize n, gsize n_prompt, GError **error);

G_END_DECLS
