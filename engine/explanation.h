/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/token-list.h"
#include "engine/types.h"

/* Why an answer is as it is: what rg_engine_explain() finds out about each of its words. How it is found out stands in
 * engine/explain. */

G_BEGIN_DECLS

/**
 * RG_LEAST_DEPENDENCE: nats. A word that the picture made likelier or less likely by less than this would have been said
 * anyway; no map of it means anything. It is a third more or a quarter less likely with the picture than without.
 */
#define RG_LEAST_DEPENDENCE 0.3

/* --- what was asked ----------------------------------------------------------------------------------------------- */

/**
 * RgMethod: each answers one of four different questions, which are never to be confused.
 * @RG_METHOD_ATTENTION: where it looked: the row that predicts the word, mean over layers and heads, maximum over the word's
 *   tokens; a share of attention
 * @RG_METHOD_CALIBRATED: where it looked: rg_looked_calibrated_map(), the heads that follow objects; a share of attention
 * @RG_METHOD_ROLLOUT: where it looked: rg_rollout_map(), through the encoder back to the pixels; a share of attention
 * @RG_METHOD_KV_CUT: what mattered: rg_mask_regression() of the image-KV cut; nats
 * @RG_METHOD_OCCLUSION: what mattered: rg_occlusion_map() of the pixels; nats
 * @RG_METHOD_GRADIENT: would matter: rg_gradient_map(); nats of log-odds
 * @RG_METHOD_DIRECT: would matter: rg_direct_map(), what each patch wrote into the word's score; nats
 * @RG_METHOD_RELEVANCY: would matter: rg_relevancy_map(), gradient times attention through all layers; relevancy, which has no unit
 * @RG_METHOD_PATCH_WORDS: what the patch says: rg_patch_words_map(); a cosine
 */
typedef enum
{
  RG_METHOD_ATTENTION,
  RG_METHOD_CALIBRATED,
  RG_METHOD_ROLLOUT,
  RG_METHOD_KV_CUT,
  RG_METHOD_OCCLUSION,
  RG_METHOD_GRADIENT,
  RG_METHOD_DIRECT,
  RG_METHOD_RELEVANCY,
  RG_METHOD_PATCH_WORDS,
  RG_N_METHODS
} RgMethod;

/** RG_METHOD_DEFAULT: what is shown unless another is chosen: of the methods that cost next to nothing the best one in the README's table. */
#define RG_METHOD_DEFAULT RG_METHOD_CALIBRATED

/** rg_method_is_signed: Returns: whether a patch may speak against a word, too: its maps have values below 0. */
gboolean rg_method_is_signed (RgMethod self);

/** rg_method_is_share: Returns: whether its maps show where it looked: their values are shares of attention. */
gboolean rg_method_is_share (RgMethod self);

/** rg_method_has_contrast: Returns: whether it can say why a word and not another, see RgMethodOptions.contrastive. */
gboolean rg_method_has_contrast (RgMethod self);

/**
 * RgFill: what hidden pixels become.
 * @RG_FILL_MEAN: the mean colour of the encoder's input
 * @RG_FILL_BLUR: the input under a blur as wide as two patches (three box filters, close to a Gaussian)
 */
typedef enum
{
  RG_FILL_MEAN,
  RG_FILL_BLUR,
} RgFill;

/**
 * RgMaskOptions:
 * @n_masks: interventions, an even number, 4 … %RG_MASKS_MAX
 * @block: side of the blocks that are hidden together, in patches
 * @seed: of the masks: the same seed, the same map
 */
typedef struct
{
  guint n_masks, block;
  guint64 seed;
} RgMaskOptions;

#define RG_MASKS_MAX 512

/** RG_AGAINST_LENGTH: bytes of a word that another is held against, with the one that ends it. */
#define RG_AGAINST_LENGTH 64

/**
 * RgMethodOptions: what some methods let one choose.
 * @layer, @head: of the attention, -1 for the mean of all
 * @masks: of the kv-cut
 * @fill: of the occlusion
 * @hide_sinks: whether attention to sinks (RgSink) is left out of maps whose values are shares
 * @contrastive: whether what is explained is not a word's log-probability but by how much it exceeds that of another token in the
 *   word's place (“why cat and not dog”); of methods with rg_method_has_contrast()
 * @against: that other word, "" for the likeliest that the picture tells it from, at each place
 * @calibrated: (out): whether heads were chosen for the model, so that RG_METHOD_CALIBRATED is more than the mean of all
 */
typedef struct
{
  int layer, head;
  RgMaskOptions masks;
  RgFill fill;
  gboolean hide_sinks, contrastive;
  char against[RG_AGAINST_LENGTH];
  gboolean calibrated;
} RgMethodOptions;

/** rg_method_options_equal: Returns: whether two options lead @method to the same maps. */
gboolean rg_method_options_equal (RgMethod method, const RgMethodOptions *a, const RgMethodOptions *b);

/* --- what was found ----------------------------------------------------------------------------------------------- */

/**
 * RgSource: what a word's attention went to.
 * @RG_SOURCE_PICTURE: image tokens
 * @RG_SOURCE_NULL_KEY: the bundled model's way to look nowhere
 * @RG_SOURCE_WHOLE: captioners' row for the picture as a whole
 * @RG_SOURCE_FRAME: text around the picture: how a conversation begins, marks between tiles
 * @RG_SOURCE_QUESTION: the question, and the conversation before it
 * @RG_SOURCE_ANSWER: earlier words of the answer
 */
typedef enum
{
  RG_SOURCE_PICTURE,
  RG_SOURCE_NULL_KEY,
  RG_SOURCE_WHOLE,
  RG_SOURCE_FRAME,
  RG_SOURCE_QUESTION,
  RG_SOURCE_ANSWER,
  RG_N_SOURCES
} RgSource;

/**
 * RgShares: of the attention that a map is of. Of a word of several tokens the one counts that looked at the picture most.
 * @of: 0 … 1 each. Where image tokens stand in the text they sum to 1. With cross-attention there are two softmaxes: picture,
 *   null key and whole sum to 1, and so do question and answer, which are then the mean of all layers and heads
 * @sinks: of the part on the picture, what went to sinks (RgSink); in a map that hides them it is left out
 * @padding: of the part on the picture, what went to patches without a picture
 * @is_cross: whether there is cross-attention
 */
typedef struct
{
  double of[RG_N_SOURCES];
  double sinks, padding;
  gboolean is_cross;
} RgShares;

/**
 * RgSink: an image token on which heads park attention whatever the word, see rg_sinks_find().
 * @patch: where
 * @n_heads: heads that do
 * @share: of the map's attention that these give it, mean over the words
 */
typedef struct
{
  guint patch, n_heads;
  double share;
} RgSink;

typedef enum
{
  RG_SUPPORT_NONE,
  RG_SUPPORT_WEAK,
  RG_SUPPORT_FULL,
} RgSupport;

/**
 * RgHiding: how patches are hidden to test a map.
 * @RG_HIDING_TOKENS: their image tokens are cut out of what the text looks back at, rg_explained_cut(): all at once, in about the
 *   time that reading the picture took
 * @RG_HIDING_BLUR: their pixels are blurred, and the picture is seen again each time: the test of maps that were themselves
 *   made by cutting image tokens
 */
typedef enum
{
  RG_HIDING_TOKENS,
  RG_HIDING_BLUR,
} RgHiding;

/** rg_hiding_get_name: Returns: "tokens", "blur". */
const char *rg_hiding_get_name (RgHiding self);

/**
 * RgVerdict: about one map of one word, see rg_verdict_test(). Costs are log p (word | picture) − log p (word | hidden) in
 * nats: positive where hiding made the word less likely.
 * @k: patches hidden at a time
 * @n_random: random draws; 0 where the word was not tested
 * @n_beaten: random draws that cost less than the top k
 * @n_spared: so many of the most important patches are in no draw
 * @top, @bottom: costs of the most and of the least important patches
 * @random, @random_deviation: mean and standard deviation of the random draws' costs
 */
typedef struct
{
  guint k, n_random, n_beaten, n_spared;
  double top, bottom;
  double random, random_deviation;
  RgSupport support;
} RgVerdict;

#define RG_TYPE_EXPLANATION (rg_explanation_get_type ())

/**
 * RgExplanation:
 *
 * The maps of an answer's words by one method, how much each word depends on the picture, and the verdicts on those maps
 * that were tested. Immutable and reference counted: any thread.
 */
typedef struct _RgExplanation RgExplanation;

GType rg_explanation_get_type (void) G_GNUC_CONST;

/**
 * rg_explanation_new: all is copied.
 * @words: (array length=n_words): which tokens are a word
 * @maps: (array): n_words × P values, P patches of @grid
 * @errors: (array) (nullable): n_words × P standard errors
 * @dependence: (array length=n_words): nats, see rg_explanation_get_dependence()
 *
 * Returns: (transfer full): without verdicts
 */
RgExplanation *rg_explanation_new (RgMethod method, const RgMethodOptions *options, RgPatchGrid *grid, const RgWord *words, guint n_words, const float *maps, const float *errors, const double *dependence) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_explanation_set_shares: before anybody else has it; all is copied
 * @shares: (array) (nullable): one a word
 * @sinks: (array length=n_sinks)
 */
void rg_explanation_set_shares (RgExplanation *self, const RgShares *shares, const RgSink *sinks, guint n_sinks);

/** rg_explanation_set_against: before anybody else has it; @against: (array) (nullable): for each word the one that it was held against, copied. */
void rg_explanation_set_against (RgExplanation *self, const char *const *against);

/**
 * rg_explanation_new_tested:
 * @verdicts: (array): one a word of @self; where its n_random is 0, @self's verdict stays
 *
 * Returns: (transfer full): a copy of @self with more verdicts
 */
RgExplanation *rg_explanation_new_tested (const RgExplanation *self, const RgVerdict *verdicts) G_GNUC_WARN_UNUSED_RESULT;
RgExplanation *rg_explanation_ref (RgExplanation *self);
void rg_explanation_unref (RgExplanation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgExplanation, rg_explanation_unref)

RgMethod rg_explanation_get_method (const RgExplanation *self);

/** rg_explanation_get_options: Returns: (transfer none): what the maps were made with. */
const RgMethodOptions *rg_explanation_get_options (const RgExplanation *self);

/** rg_explanation_get_grid: Returns: (transfer none): where its patches lie. */
RgPatchGrid *rg_explanation_get_grid (const RgExplanation *self);
guint rg_explanation_get_n_words (const RgExplanation *self);

/** rg_explanation_get_word: Returns: (transfer none): word @word, 0 … n_words − 1. */
const RgWord *rg_explanation_get_word (const RgExplanation *self, guint word);

/** rg_explanation_get_map: Returns: (transfer none): P values of word @word in the method's unit; those of the next word follow. */
const float *rg_explanation_get_map (const RgExplanation *self, guint word);

/** rg_explanation_get_errors: Returns: (transfer none) (nullable): P standard errors of the map; of the kv-cut alone. */
const float *rg_explanation_get_errors (const RgExplanation *self, guint word);

/** rg_explanation_get_shares: Returns: (transfer none) (nullable): where word @word looked; %NULL of methods whose values are no shares. */
const RgShares *rg_explanation_get_shares (const RgExplanation *self, guint word);

/** rg_explanation_get_sinks: @n: (out). Returns: (transfer none) (array length=n) (nullable): by share, the largest first; of methods whose values are shares. */
const RgSink *rg_explanation_get_sinks (const RgExplanation *self, guint *n);

/** rg_explanation_get_against: Returns: (transfer none) (nullable): what word @word was held against, where that was asked for. */
const char *rg_explanation_get_against (const RgExplanation *self, guint word);

/** rg_explanation_get_word_extent: Returns: the largest distance from 0 in the map of word @word. */
double rg_explanation_get_word_extent (const RgExplanation *self, guint word);

/** rg_explanation_get_extent: Returns: the same in all maps: one scale for the whole answer. */
double rg_explanation_get_extent (const RgExplanation *self);

/**
 * rg_explanation_get_dependence:
 *
 * Returns: E = log p (word | picture) − log p (word | no picture), in nats, whatever the method; of a contrast the same of
 *   log p (word) − log p (other)
 */
double rg_explanation_get_dependence (const RgExplanation *self, guint word);

/** rg_explanation_depends: Returns: whether |E| of word @word is at least %RG_LEAST_DEPENDENCE. */
gboolean rg_explanation_depends (const RgExplanation *self, guint word);

/** rg_explanation_get_verdict: Returns: (transfer none) (nullable): on the map of word @word; %NULL where it was not tested. */
const RgVerdict *rg_explanation_get_verdict (const RgExplanation *self, guint word);

/** rg_explanation_get_hidden_by: Returns: how the tests hide patches: never how the maps were made. */
RgHiding rg_explanation_get_hidden_by (const RgExplanation *self);

G_END_DECLS
