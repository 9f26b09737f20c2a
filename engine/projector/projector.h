/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/transformer/block.h"

/* The projector: from the encoder's space to the decoder's, where patches and words can be compared. A two-layer MLP and a
 * norm; what comes out are the image tokens. The memory that the decoder looks at is the image tokens with their places,
 * behind a null key that means "look nowhere". */

G_BEGIN_DECLS

typedef struct
{
  RgTensor up_weight, up_bias;     /* D_text × D_vision, 1 × D_text */
  RgTensor down_weight, down_bias; /* D_text × D_text, 1 × D_text */
  RgTensor norm_gain, norm_bias;   /* 1 × D_text */
  RgTensor places;                 /* P × D_text */
  RgTensor null_key;               /* 1 × D_text */
} RgProjector;

void rg_projector_declare (RgProjector *self, gsize vision_width, gsize text_width, guint n_patches, RgParameters *parameters);

/** rg_projector_forward: @x: (N · P) × D_vision. Returns: image tokens, (N · P) × D_text. */
RgTensor *rg_projector_forward (RgPass *pass, RgProjector *self, RgTensor *x);

/** rg_projector_remember: @tokens: (N · P) × D_text. Returns: the memory, (N · (1 + P)) × D_text, row 0 of each the null key. */
RgTensor *rg_projector_remember (RgPass *pass, RgProjector *self, RgTensor *tokens, guint n_images);

G_END_DECLS
