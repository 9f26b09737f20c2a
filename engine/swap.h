/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/token-list.h"
#include "engine/types.h"

/* Would it have said the same of another picture? What rg_engine_swap() finds out: the same question and the same answer,
 * with something else in the picture's place. A word that is as likely with any picture was not read off the picture: it
 * comes from the question and from the words before it (the language prior; Goyal et al., “Making the V in VQA Matter”,
 * 2017). */

G_BEGIN_DECLS

/**
 * RgPictureKind: what stands in the picture's place.
 * @RG_PICTURE_OWN: the picture itself
 * @RG_PICTURE_NONE: nothing: what padding is to the encoder; what RgExplanation measures a word's dependence with
 * @RG_PICTURE_GRAY: the picture without its colours
 * @RG_PICTURE_NOISE: random colours
 * @RG_PICTURE_MIRRORED: the picture with left and right exchanged
 * @RG_PICTURE_OTHER: another picture
 */
typedef enum
{
  RG_PICTURE_OWN,
  RG_PICTURE_NONE,
  RG_PICTURE_GRAY,
  RG_PICTURE_NOISE,
  RG_PICTURE_MIRRORED,
  RG_PICTURE_OTHER,
  RG_N_PICTURE_KINDS
} RgPictureKind;

/** rg_picture_kind_get_name: Returns: (transfer none): "own", "none", "grey", "noise", "mirrored", "other". */
const char *rg_picture_kind_get_name (RgPictureKind self);

#define RG_TYPE_SWAP (rg_swap_get_type ())

/**
 * RgSwap:
 *
 * The log-probability of each word of an answer with each picture, and what the model would answer instead. Immutable and
 * reference counted: any thread. Pictures are numbered in the order of RgPictureKind; the first one is the answer's own.
 */
typedef struct _RgSwap RgSwap;

GType rg_swap_get_type (void) G_GNUC_CONST;

/**
 * RgSwapped: one picture of a swap.
 * @view: what the encoder got, as in RgTile
 * @answer: the model's greedy answer to the question about this picture
 */
typedef struct
{
  RgPictureKind kind;
  RgImage *view;
  char *answer;
} RgSwapped;

/**
 * rg_swap_new: all is copied or referenced.
 * @pictures: (array length=n_pictures): the first one is the own
 * @words: (array length=n_words): of the answer
 * @logprobs: (array): n_pictures × n_words natural logarithms of the words' probabilities, given the question and the words before
 *
 * Returns: (transfer full)
 */
RgSwap *rg_swap_new (const RgSwapped *pictures, guint n_pictures, const RgWord *words, guint n_words, const double *logprobs) G_GNUC_WARN_UNUSED_RESULT;
RgSwap *rg_swap_ref (RgSwap *self);
void rg_swap_unref (RgSwap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgSwap, rg_swap_unref)

guint rg_swap_get_n_pictures (const RgSwap *self);
guint rg_swap_get_n_words (const RgSwap *self);

/** rg_swap_get_picture: Returns: (transfer none): picture @picture, 0 … n_pictures − 1. */
const RgSwapped *rg_swap_get_picture (const RgSwap *self, guint picture);

/** rg_swap_get_word: Returns: (transfer none): the text of word @word, 0 … n_words − 1. */
const char *rg_swap_get_word (const RgSwap *self, guint word);

/** rg_swap_get_logprob: Returns: log p (word | picture), in nats. */
double rg_swap_get_logprob (const RgSwap *self, guint picture, guint word);

/** rg_swap_changes: Returns: whether @picture makes @word more or less likely by %RG_LEAST_DEPENDENCE or more than the own one. */
gboolean rg_swap_changes (const RgSwap *self, guint picture, guint word);

/** rg_swap_is_anyway: Returns: whether no picture changes @word: it would have been said anyway. */
gboolean rg_swap_is_anyway (const RgSwap *self, guint word);

G_END_DECLS
