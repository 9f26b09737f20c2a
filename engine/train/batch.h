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
 * @pixels: (S · S) × 3: what rg_batch_picture() drew; those of the others come from rg_batch_get_pixels()
 */
typedef struct
{
  guint n;
  guint *image_offsets, *memory_offsets;
  GArray *ids;
  guint *text_offsets;
  GArray *rows, *targets;
  guint *row_offsets;
  int *patches[RG_N_CONCEPTS];
  GArray *captions;
  guint *caption_offsets;
  float *pixels;
  /*< private >*/
  guint side;
  guint64 first; /* number of its first picture */
  double hard;
  guint n_drawn; /* of its pictures */
  RgSceneRenderer *renderer;
  guint8 *rgb;             /* n pictures, each with room for S · S · 3 */
  guint *widths, *heights; /* (n) */
  guint8 *owner;           /* S · S, of the picture that was drawn last */
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
 * rg_batch_get_pixels:
 * @pixels: (out) (array length=S·S·3): a picture as the encoder sees it, padded with mid-grey where it is not square
 *
 * Bytes are kept until they are wanted, a quarter of the memory, as what a step sees is drawn long before.
 */
void rg_batch_get_pixels (const RgBatch *self, guint index, float *pixels);

/**
 * rg_batch_picture:
 * @random: decides about everything
 *
 * Draws one picture as training sees it, over the batch's first; its owner mask and pixels lie in the batch until the next call.
 *
 * Returns: (transfer full): what it shows
 */
RgScene *rg_batch_picture (RgBatch *self, const RgRecipe *recipe, RgRandom *random, double hard) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgBatch, rg_batch_free)

G_END_DECLS
