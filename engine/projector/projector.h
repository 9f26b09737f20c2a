/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/transformer/block.h"

/* The projector: from the encoder's space to the decoder's. What comes out are the image tokens. Families differ in which of
 * these steps they take:
 *
 *   rows     the encoder's; the row for the whole picture may be left out
 *   merge    several neighbouring patches become one row
 *   norm     of the encoder's width
 *   map      up, or down (activation (up)), or nothing
 *   norm     of the decoder's width
 *
 * A decoder with cross-attention looks at a memory of them; the bundled model's has places, and a null key in front that means
 * "look nowhere". */

G_BEGIN_DECLS

/**
 * RgMerge: how s · s patches become one row
 * @RG_MERGE_NONE: they do not
 * @RG_MERGE_SHUFFLE: the patches of a square stand side by side, row by row (Shi et al., 2016, the other way round)
 * @RG_MERGE_BLOCKS: likewise, of an encoder that has the patches of each square one behind the other
 * @RG_MERGE_MEAN: the mean of the patches of a square
 */
typedef enum
{
  RG_MERGE_NONE,
  RG_MERGE_SHUFFLE,
  RG_MERGE_BLOCKS,
  RG_MERGE_MEAN,
} RgMerge;

/**
 * RgProjectorConfig:
 * @in_width: D_vision
 * @out_width: D_text
 * @n_patches: P, of one picture; for the places alone
 * @skip_class: whether the first row of each picture is left out
 * @merge_size: s
 * @merged_norm: whether there is a norm between merge and map, of the kind @merged_norm_kind
 * @epsilon: of that norm
 * @n_maps: 0, 1 or 2
 * @inner_width: between two maps; 0 for @out_width
 * @bias: of the maps
 * @activation: between two maps
 * @last_norm: whether there is a norm (layer norm) at the end
 * @remembers: whether the memory has places and a null key
 */
typedef struct
{
  gsize in_width, out_width;
  guint n_patches;
  gboolean skip_class;
  RgMerge merge;
  guint merge_size;
  gboolean merged_norm;
  RgNormKind merged_norm_kind;
  float epsilon;
  guint n_maps;
  gsize inner_width;
  gboolean bias;
  RgActivation activation;
  gboolean last_norm, remembers;
} RgProjectorConfig;

/** RgProjectorNames: what a family calls the parts; see RgVisionNames. @in_out: of the maps, see rg_parameters_set_in_out(). */
typedef struct
{
  const char *prefix, *merged_norm, *up, *down, *last_norm;
  gboolean in_out;
} RgProjectorNames;

/** rg_projector_names: those of the bundled model. */
extern const RgProjectorNames rg_projector_names;

typedef struct
{
  RgNorm merged_norm; /* D_vision, or s² · D_vision where patches stand side by side */
  RgLinear up;        /* D_text or D_inner × s² · D_vision, or D_vision */
  RgLinear down;      /* D_text × D_inner */
  RgNorm norm;        /* D_text */
  RgTensor places;    /* P × D_text */
  RgTensor null_key;  /* 1 × D_text */
} RgProjector;

/** rg_projector_config_bundled: that of the bundled model. */
RgProjectorConfig rg_projector_config_bundled (gsize vision_width, gsize text_width, guint n_patches);

/** rg_projector_declare: @names: (nullable): where it has no weights. */
void rg_projector_declare (RgProjector *self, const RgProjectorConfig *config, const RgProjectorNames *names, RgParameters *parameters);

/**
 * rg_projector_forward:
 * @x: (N · T) × D_vision
 * @n_images: N
 *
 * Returns: image tokens, (N · P) × D_text
 */
RgTensor *rg_projector_forward (RgPass *pass, RgProjector *self, const RgProjectorConfig *config, RgTensor *x, guint n_images);

/**
 * rg_projector_config_find_rows:
 * @n_rows: T, the encoder's for one picture
 * @token: of that picture
 * @rows: (out caller-allocates): s² row numbers
 *
 * Returns: of how many rows of the encoder the image token was made
 */
guint rg_projector_config_find_rows (const RgProjectorConfig *config, gsize n_rows, guint token, guint32 *rows);

/** rg_projector_remember: @tokens: (N · P) × D_text. Returns: the memory of a decoder with cross-attention, (N · (1 + P)) × D_text, or @tokens. */
RgTensor *rg_projector_remember (RgPass *pass, RgProjector *self, const RgProjectorConfig *config, RgTensor *tokens, guint n_images);

G_END_DECLS
