/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"

/* The memory of a picture, for those who make it; everyone else has model.h. */

G_BEGIN_DECLS

/**
 * RgImageState: owns all it points to.
 * @tokens: image tokens, P × D_text
 * @memories: for each layer keys and values, M × the cache's width
 * @places: (P) the memory's row of each image token
 * @prefix: (nullable) (element-type guint32): the text up to the last image token; %NULL with cross-attention
 * @next: the rotary position of the text behind the prefix
 * @prompt: (nullable) (element-type guint32): what follows in the text that the memory was made of, in a model that sees it all
 * @hidden: (nullable): P bytes: which image tokens were not to be seen then
 */
struct _RgImageState
{
  RgTensor tokens;
  RgTensor *memories;
  guint n_layers;
  guint n_patches;
  guint32 *places;
  GArray *prefix;
  guint next;
  GArray *prompt;
  guint8 *hidden;
};

/**
 * rg_image_state_ask: in a model that sees its prompt as a whole, what it remembers of a picture depends on what it is asked:
 *   the memory is made again, unless it is of this very question. It then has all rows of the prompt but the last, which is
 *   read once more, as the text's first: it sees the same keys either way. In other models nothing happens.
 * @pass: reset where the memory is made
 * @ids: the prompt behind the picture, at least one token
 * @hidden: (nullable): P bytes, not 0 for image tokens that no row of the prompt may see
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_image_state_ask (RgImageState *self, RgModel *model, RgPass *pass, const guint32 *ids, gsize n, const guint8 *hidden, GError **error);

/** rg_image_state_find_memory: @memory: (out caller-allocates): for each layer, borrowed. Returns: M, rows of the memory. */
gsize rg_image_state_find_memory (RgImageState *self, RgTensor **memory);

/** rg_image_state_get_first_position: Returns: that of the first row behind the memory: with cross-attention, the text has positions of its own. */
guint rg_image_state_get_first_position (const RgImageState *self);

/**
 * rg_image_state_spread:
 * @hidden: (nullable): P bytes
 * @n_rows: of the memory, or of the text that the picture stands in
 *
 * Returns: (transfer none) (nullable): a byte for each row, in the pass; %NULL without @hidden
 */
guint8 *rg_image_state_spread (const RgImageState *self, RgPass *pass, const guint8 *hidden, gsize n_rows);

G_END_DECLS
