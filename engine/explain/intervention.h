/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/calibration.h"
#include "engine/explanation.h"
#include "engine/model.h"
#include "engine/token-list.h"

/* Interventions: a part of the picture is hidden, and the words of an answer that is already there are scored again. Only a
 * map made this way may say “what mattered”: it is about what the model does, not about what its attention looks like (Jain
 * and Wallace, 2019; Covert, Lundberg and Lee, “Explaining by Removing”, 2021).
 *
 * The image-KV cut: all that the picture gives to an answer passes through the keys and values of cross-attention. Cutting
 * image tokens there is therefore a complete intervention that needs neither the encoder nor the generation again: one run
 * of the text's rows gives all words (teacher forcing). It attributes to image tokens; since the encoder has mixed the
 * patches, what a token holds may have come from another patch's pixels. Hiding pixels instead (occlusion.h) has no such
 * doubt, but encodes the picture each time.
 *
 * What is no patch is not cut: a null key, or the row for the whole picture that captioners and BLIP have beside its patches. What
 * that row holds stays when all patches are cut. A question encoder reads its question again without the tokens that are cut.
 *
 * Where image tokens stand in the text, other tokens may stand between them, as the marks of Idefics3's tiles do. They have
 * seen the image tokens before them, so they are read again with those that are cut hidden, and nothing of the picture is left
 * where all are. PaliGemma likewise reads its prompt again.
 *
 * A word's log-probability is the sum of its tokens', in nats: the probability of the whole word. */

G_BEGIN_DECLS

/**
 * RgContrast: what a word is held against, see contrast.h.
 * @token: number of the word's token in whose place the other one might stand
 * @id: the other one
 */
typedef struct
{
  guint token;
  guint32 id;
} RgContrast;

/**
 * RgExplained: an answer to be explained; everything is borrowed.
 * @pass: of the calling thread; its cancellable is looked at once a layer
 * @image: the picture, P image tokens
 * @pixels: what @image was made of
 * @ids: the conversation from its beginning, the answer's tokens at its end
 * @first: the answer's first token in @ids, at least 1
 * @words: which tokens are a word; RgWord.first counts from the answer's first token
 * @calibration: (nullable): which heads make the map of where the model looked; the mean of all without
 * @contrasts: (nullable): one a word: what is explained is then not log p of the word but by how much it exceeds that of the other
 * @each_run: (nullable): called with @data after each run of the model, as a measure of what is done
 */
typedef struct
{
  RgModel *model;
  RgPass *pass;
  RgImageState *image;
  const RgPixelValues *pixels;
  const guint32 *ids;
  gsize n_ids, first;
  const RgWord *words;
  guint n_words;
  const RgCalibration *calibration;
  const RgContrast *contrasts;
  void (*each_run) (gpointer data);
  gpointer data;
} RgExplained;

/**
 * rg_explained_get_shape: how the image tokens lie
 * @rows: (out): from top to bottom; several views stand one below the other
 * @cols: (out): from left to right
 */
void rg_explained_get_shape (const RgExplained *self, guint *rows, guint *cols);

/** rg_explained_note_run: for methods that run the model by other ways than rg_explained_score(). */
void rg_explained_note_run (const RgExplained *self);

/**
 * rg_explained_score:
 * @image: the picture that the text is read with, the answer's own or a changed one
 * @logprobs: (out caller-allocates): for each word its log-probability in nats, or what it exceeds the other's by
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_explained_score (const RgExplained *self, RgImageState *image, double *logprobs, GError **error);

/**
 * RgHideFunc: some interventions, one @hidden after the other; together they may take less time than each for itself.
 * @hidden: @n × P bytes, not 0 for patches to be hidden
 * @logprobs: (out caller-allocates): @n times, for each word its log-probability in nats with those patches hidden
 *
 * Returns: %FALSE with an error, for example %G_IO_ERROR_CANCELLED; the whole explanation then ends
 */
typedef gboolean (*RgHideFunc) (gpointer data, const guint8 *hidden, guint n, double *logprobs, GError **error);

/** rg_explained_cut: the image-KV cut; an RgHideFunc whose @data is an RgExplained. See rg_model_score_hidden(). */
gboolean rg_explained_cut (gpointer data, const guint8 *hidden, guint n, double *logprobs, GError **error);

/**
 * rg_explained_see_blank: a picture of nothing: what padding is to the encoder.
 *
 * Returns: (transfer full) (nullable): %NULL with %G_IO_ERROR_CANCELLED
 */
RgImageState *rg_explained_see_blank (const RgExplained *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_explained_depend:
 * @dependence: (out caller-allocates): for each word E = log p (word | picture) − log p (word | blank), in nats: how much more
 *   likely the word is because of the picture than where there is none, only the grey of padding, which is seen like any
 *   picture. Near 0: the question and the words before were enough, and no map of this word means much; negative: the
 *   picture spoke against it. All image tokens cut instead would be a state that no model was trained for, and its favourite
 *   words would seem to need no picture
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_explained_depend (const RgExplained *self, double *dependence, GError **error);

G_END_DECLS
