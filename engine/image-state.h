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
 * @language: of a sound, the id of the one that is spoken; 0 where the model knows but one
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
  guint32 language;
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

G_END_DECLS
