/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"
#include "engine/tensor/kept-rows.h"

/* The memory of a picture, for those who make it; everyone else has model.h. */

G_BEGIN_DECLS

/**
 * RgImageState: owns all it points to.
 * @tokens: image tokens, P × D_text
 * @memories: for each layer keys and values, M × the cache's width, see kept-rows.h; without rows where only some layers look, and it does not
 * @places: (P) the memory's row of each image token; with a question encoder, of @question_memories
 * @prefix: (nullable) (element-type guint32): the text up to the last image token; %NULL with cross-attention
 * @positions: (nullable): rotary positions of the prefix, a row of axes each, where they do not count up by one
 * @language: of a sound, the id of the one that is spoken; 0 where the model knows but one
 * @next: the rotary position of the text behind the prefix
 * @prompt: (nullable) (element-type guint32): what follows in the text that the memory was made of, in a model that sees it all
 * @hidden: (nullable): P bytes: which image tokens were not to be seen then
 * @question_memories: without layers, or what a question encoder sees the picture by: for each of its layers keys and values, (1 + P) × the cache's width
 * @n_blind, @n_padding: see RgDecoderRun
 * @looked: (nullable): how it looked at the picture when it read @prompt: a row for each of the question's tokens, P
 *   probabilities, the mean of its layers and heads
 */
struct _RgImageState
{
  RgTensor tokens;
  RgKeptRows memories;
  guint n_layers;
  guint n_patches;
  guint32 *places;
  GArray *prefix;
  guint32 *positions;
  guint32 language;
  guint next;
  GArray *prompt;
  guint8 *hidden;
  RgKeptRows question_memories;
  guint n_blind, n_padding;
  RgTensor looked;
};

/** rg_image_state_find_memory: @memory: (out caller-allocates): for each layer, borrowed, %NULL where it has none. Returns: M, rows of the memory. */
gsize rg_image_state_find_memory (RgImageState *self, RgTensor **memory);

/** rg_image_state_find_picture: @picture: (out caller-allocates): for each layer of the question encoder what it sees the picture by, borrowed. */
void rg_image_state_find_picture (RgImageState *self, RgTensor **picture);

/**
 * rg_image_state_ask: in a model that reads its prompt as a whole, what it remembers of a picture depends on what it is asked:
 *   the memory is made again, unless it is of this very question. It then has all rows of the prompt but the last, which is
 *   read as the text's first. (Where the prompt's rows see all of one another, once more: it sees the same keys either way.) In
 *   other models nothing happens.
 * @pass: reset where the memory is made
 * @ids: the prompt behind the picture, at least one token
 * @hidden: (nullable): P bytes, not 0 for image tokens that no row of the prompt may see
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_image_state_ask (RgImageState *self, RgModel *model, RgPass *pass, const guint32 *ids, gsize n, const guint8 *hidden, GError **error);

/**
 * rg_image_state_pick: what a row of the text sees of the picture
 * @row: what it sees of the memory, in probabilities or their derivatives
 * @picked: (out caller-allocates): P values: those of the image tokens; with a question encoder, Σ over the question's rows of
 *   what is seen of them times what they saw of the picture
 */
void rg_image_state_pick (const RgImageState *self, const float *row, float *picked);

G_END_DECLS
