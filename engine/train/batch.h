/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"
#include "engine/train/question.h"
#include "engine/train/recipe.h"

/* What one pass learns from: some pictures, a conversation about each, what every patch shows, and a caption. Made from the
 * number of the picture alone, so any thread may make any part, and a resumed run goes on with the same pictures. */

G_BEGIN_DECLS

/**
 * RgWords: the vocabulary's ids for what patches can say: the kinds and colours of the recipe's world in its languages.
 */
typedef struct
{
  guint32 ids[RG_N_CONCEPTS][RG_N_KINDS];
  guint n[RG_N_CONCEPTS];
} RgWords;

/** rg_concept_get_language: whose words those of @concept are. */
RgLanguage rg_concept_get_language (RgConcept concept);

/** rg_words_find: Errors: %RG_ERROR_VALUE where a word of the world is not one token of the vocabulary. */
gboolean rg_words_find (RgWords *self, const RgRecipe *recipe, RgTokenizer *tokenizer, GError **error);

/**
 * RgBatch:
 * @n: pictures
 * @pixels: (n · S · S) × 3
 * @image_offsets: n + 1 rows of patches: 0, P, 2P …
 * @memory_offsets: n + 1 rows of the memory: 0, 1 + P …
 * @ids: (element-type guint32): the conversations, one behind the other, each without its last token, that is predicted but never read
 * @text_offsets: n + 1 places in @ids
 * @rows: (element-type guint32): places in @ids whose next token is an answer's
 * @row_offsets: n + 1 places in @rows
 * @targets: (element-type int): those next tokens
 * @patches: for each concept n · P classes: 0 background, 1 + place in #RgWords, −1 for patches that are neither
 * @captions: (element-type guint32): tokens of the descriptions, none where the recipe has no pairs
 * @caption_offsets: n + 1 places in @captions
 */
typedef struct
{
  guint n;
  float *pixels;
  guint *image_offsets, *memory_offsets;
  GArray *ids;
  guint *text_offsets;
  GArray *rows, *targets;
  guint *row_offsets;
  int *patches[RG_N_CONCEPTS];
  GArray *captions;
  guint *caption_offsets;
  /*< private >*/
  guint64 first; /* number of its first picture */
  double hard;
  guint n_drawn; /* of its pictures */
  RgSceneRenderer *renderer;
  guint8 *rgb, *owner; /* S · S · 3 and S · S */
} RgBatch;

RgBatch *rg_batch_new (const RgRecipe *recipe) G_GNUC_WARN_UNUSED_RESULT;
void rg_batch_free (RgBatch *self);

/**
 * rg_batch_draw:
 * @recipe: that of rg_batch_new()
 * @first: number of the first picture
 * @hard: how hard the scenes are, 0 easy … 1 as the recipe says
 *
 * Draws one more of the pictures from @first on and writes its texts; a batch that holds others, or easier ones, begins anew.
 *
 * Returns: %FALSE where it holds all @n of them already
 */
gboolean rg_batch_draw (RgBatch *self, const RgRecipe *recipe, const RgModel *model, guint64 first, double hard);

/**
 * rg_batch_picture:
 * @random: decides about everything
 * @index: which of the batch's pictures is overwritten; its owner mask lies in the batch until the next call
 *
 * Draws one picture as training sees it: in a square of the encoder's size, padded with mid-grey where it is not square.
 *
 * Returns: (transfer full): what it shows
 */
RgScene *rg_batch_picture (RgBatch *self, const RgRecipe *recipe, RgRandom *random, double hard, guint index) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgBatch, rg_batch_free)

G_END_DECLS
