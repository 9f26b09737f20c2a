/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/encoder/preprocess.h"
#include "engine/model-config.h"
#include "engine/projector/shared-space.h"
#include "engine/tokenizer/prompt-format.h"

/* A model: its configuration, its parts with their weights, its tokenizer. Blueprint (RgModelConfig), weights (RgModel) and
 * run state (RgImageState, RgTextState, RgPass) are apart: one model serves any number of states.
 *
 * All that a picture gives to an answer is a memory: for each layer of the decoder keys and values that its text looks back
 * at. With cross-attention they are made of the image tokens alone (the bundled model, see MODEL.md, and captioners). Where
 * image tokens stand in the text, they are those of self-attention for the text up to the last image token, which is the same
 * for every question. Where a question encoder looks at the picture, they are made of what it makes of the question. Reading,
 * scoring and explaining are then the same for all. */

G_BEGIN_DECLS

typedef struct _RgModel RgModel;

/** RG_MODEL_WEIGHTS, …: the files of a model folder, beside %RG_MODEL_CONFIG. */
#define RG_MODEL_WEIGHTS "model.safetensors"
#define RG_MODEL_TOKENIZER "tokenizer.json"
#define RG_MODEL_PREPROCESSOR "preprocessor_config.json"

/**
 * rg_model_new: one of the bundled model's family
 * @tokenizer: (transfer full): its size and special tokens complete @config
 *
 * Returns: (transfer full) (nullable): a model without weights: see rg_model_get_parameters(); %NULL if the tokenizer lacks
 *   a token that conversations need
 */
RgModel *rg_model_new (const RgModelConfig *config, RgTokenizer *tokenizer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_model_new_replica: a model of the same blueprint whose weights and tokenizer are @source's, which must outlive it; for
 *   another thread. Returns: (transfer full)
 */
RgModel *rg_model_new_replica (RgModel *source) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_model_new_grown: a model with a copy of @source's weights for pictures of @image_size, see rg_parameters_grow(). Its
 *   tokenizer is @source's, which is taken from it: @source may only be freed afterwards. Returns: (transfer full)
 */
RgModel *rg_model_new_grown (RgModel *source, guint image_size) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_model_load:
 * @dir: a folder with the four files above, and what else the family's files have; weights may lie in several files
 * @writable: whether the weights will be trained further (otherwise they stay mapped from the file)
 * @watch: (nullable)
 *
 * Returns: (transfer full) (nullable): the model; %NULL with %RG_ERROR or a file error that names the file
 */
RgModel *rg_model_load (const char *dir, gboolean writable, const RgLoadWatch *watch, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_model_load_gguf: the same of a GGUF file and its "mmproj", see gguf-pair.h; weights stay mapped from the files
 * @path: the language model
 * @projector: the vision encoder and the projector
 */
RgModel *rg_model_load_gguf (const char *path, const char *projector, const RgLoadWatch *watch, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_model_save: writes config.json, model.safetensors and preprocessor_config.json, each atomically. */
gboolean rg_model_save (RgModel *self, const char *dir, GError **error);
void rg_model_free (RgModel *self);

const RgModelConfig *rg_model_get_config (const RgModel *self);
RgTokenizer *rg_model_get_tokenizer (const RgModel *self);
RgParameters *rg_model_get_parameters (const RgModel *self);
RgVisionEncoder *rg_model_get_encoder (RgModel *self);
RgProjector *rg_model_get_projector (RgModel *self);
RgDecoder *rg_model_get_decoder (RgModel *self);

/** rg_model_get_question_encoder: Returns: (transfer none): without weights where the configuration has none. */
RgDecoder *rg_model_get_question_encoder (RgModel *self);
RgSharedSpace *rg_model_get_shared_space (RgModel *self);

/** rg_model_get_precision: Returns: for a pass through the model, see rg_parameters_get_precision(). */
RgPrecision rg_model_get_precision (const RgModel *self, gboolean measuring);

/** rg_model_get_n_patches: Returns: image tokens of one view of a picture, 0 where pictures keep their shape; the whole picture's are its state's. */
guint rg_model_get_n_patches (const RgModel *self);

/** rg_model_get_prompt_format: Returns: (transfer none) (nullable): how conversations are written, %NULL where it is no chat model. */
const RgPromptFormat *rg_model_get_prompt_format (const RgModel *self);

/**
 * rg_model_append_question: <question>, the question's tokens, <answer>; <bos> before that where @ids is empty.
 * @ids: (element-type guint32)
 */
void rg_model_append_question (const RgModel *self, GArray *ids, const char *question);

/** rg_model_append_answer: the answer's tokens as they are spelled, and <eos>. @ids: (element-type guint32) */
void rg_model_append_answer (const RgModel *self, GArray *ids, const char *answer);

/* --- run state ---------------------------------------------------------------------------------------------------- */

/**
 * RgImageState: the memory of one picture. Computed once, used for every question; in a model that reads its prompt as a whole
 *   (rg_model_config_reads_whole()) only the image tokens are, and the memory depends on the question, see rg_model_read().
 */
typedef struct _RgImageState RgImageState;

/** rg_model_get_views: Returns: (transfer none): @n views as rg_vision_encoder_forward() wants them, over the values of @pixels. */
RgTensor *rg_model_get_views (const RgModel *self, RgPass *pass, const RgPixelValues *pixels, guint first, guint n);

/**
 * rg_model_see:
 * @pass: reset by this call
 * @pixels: its grid may be %NULL where there is one view
 * @each_layer: (nullable): progress, and the way to stop
 *
 * Returns: (transfer full) (nullable): %NULL with %G_IO_ERROR_CANCELLED, or %RG_ERROR_SHAPE where @pixels are not for this
 *   model, or %RG_ERROR_LIMIT where the picture has more image tokens than the decoder has positions
 */
RgImageState *rg_model_see (RgModel *self, RgPass *pass, const RgPixelValues *pixels, RgLayerFunc each_layer, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_image_state_free (RgImageState *self);

/** rg_image_state_get_tokens: Returns: (transfer none): what the projector made, a row an image token (and one for the whole picture, in captioners). */
const RgTensor *rg_image_state_get_tokens (const RgImageState *self);

/** rg_image_state_get_n_patches: Returns: P, image tokens that have a place in the picture. */
guint rg_image_state_get_n_patches (const RgImageState *self);

/**
 * rg_image_state_get_n_positions: Returns: how many tokens of the longest text the picture takes, those before it included; 0
 *   with cross-attention. Where rotary positions have axes, the text behind is rotated as if there were fewer.
 */
guint rg_image_state_get_n_positions (const RgImageState *self);

/** rg_image_state_get_prefix: Returns: (transfer none) (nullable) (array length=n): the ids that the picture comes in, up to its last token. */
const guint32 *rg_image_state_get_prefix (const RgImageState *self, guint *n);

/** rg_image_state_get_language: Returns: the id of the language that is spoken in a sound; 0 where the model knows but one. */
guint32 rg_image_state_get_language (const RgImageState *self);

/**
 * rg_image_state_copy_memory:
 * @layer: of the decoder, one that looks
 *
 * Returns: (transfer full): keys and values in single precision, M × 2 · n_kv_heads · head_dim, whose @data g_free() frees; which rows are
 *   image tokens, rg_image_state_get_places() says
 */
RgTensor rg_image_state_copy_memory (const RgImageState *self, guint layer) G_GNUC_WARN_UNUSED_RESULT;

/** rg_image_state_get_places: Returns: (transfer none): P rows of the memory: where each image token is. */
const guint32 *rg_image_state_get_places (const RgImageState *self);

/** RgTextState: the keys and values of the text read so far. */
typedef struct _RgTextState RgTextState;

/** rg_text_state_new: Returns: (transfer full): nothing read; its memory grows with what is read. */
RgTextState *rg_text_state_new (RgModel *model) G_GNUC_WARN_UNUSED_RESULT;
void rg_text_state_free (RgTextState *self);
gsize rg_text_state_get_n_tokens (const RgTextState *self);

/** rg_text_state_truncate: forgets all but the first @n tokens; a prompt that is seen as a whole is kept or forgotten as a whole. */
void rg_text_state_truncate (RgTextState *self, gsize n);

/**
 * rg_model_read: reads @n more tokens of the text that follows the picture.
 * @pass: reset by this call
 * @ids: at least one; with those before and the picture's, at most max_positions; in a model that sees its prompt as a whole,
 *   the first of @text are the whole prompt
 * @logits: (out caller-allocates): V scores of the token that follows
 * @attention: (out caller-allocates) (nullable): layers that look × heads × P probabilities of the last token read. With a question
 *   encoder, whose rows are what the decoder looks at: Σ over them of the token's attention to the row, times the row's own
 *   attention to the image token, the mean of the encoder's layers and heads
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED; @text is then as it was
 */
gboolean rg_model_read (RgModel *self, RgPass *pass, RgImageState *image, RgTextState *text, const guint32 *ids, gsize n, float *logits, float *attention, GError **error);

/**
 * rg_model_mute: makes tokens that an answer must not have, see RgModelConfig.muted, impossible
 * @n_answered: tokens that the answer has already
 * @logits: (inout): V scores
 */
void rg_model_mute (const RgModel *self, guint n_answered, float *logits);

/**
 * rg_model_score: how likely a text that is already there is, all rows at once (teacher forcing, Williams and Zipser, 1989).
 * @pass: reset by this call
 * @ids: @n tokens from the beginning of the conversation on, at most 1 + max_positions
 * @first: the first token to be scored, 1 … @n − 1: those before are the prompt
 * @hidden: (nullable): P bytes, not 0 for image tokens that no row of the text may see: their keys and values are cut out of
 *   the memory in all layers, what is left shares the attention; what is no image token (a null key) always stays. In a model
 *   that reads its prompt as a whole, it is read again without them, and where they stand in it, the other image tokens do not
 *   see them either
 * @logprobs: (out caller-allocates): @n − @first natural logarithms of the probabilities of ids[first] … ids[n − 1], each
 *   given all the tokens before it
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_model_score (RgModel *self, RgPass *pass, RgImageState *image, const guint32 *ids, gsize n, gsize first, const guint8 *hidden, double *logprobs, GError **error);

/**
 * RgScoredText: see rg_model_score().
 * @against: (nullable) (array): for each of the @n − @first tokens another that might stand there, or %RG_NO_TOKEN: its score is
 *   then log p (token) − log p (other)
 */
typedef struct
{
  const guint32 *ids;
  gsize n, first;
  const guint32 *against;
} RgScoredText;

/** RgScoredFunc: @n: masks of rg_model_score_hidden() that are done, since the last call. */
typedef void (*RgScoredFunc) (guint n, gpointer data);

/**
 * rg_model_score_hidden: the same for many ways of hiding: the copies of the text are read together, each with its own part of the
 *   memory hidden, so that it takes less time than one after the other
 * @hidden: @n_masks × P bytes; %NULL only for a single text
 * @logprobs: (out caller-allocates): @n_masks × (n − first) scores
 * @each_batch: (nullable) (scope call): called with @data
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_model_score_hidden (RgModel *self, RgPass *pass, RgImageState *image, const RgScoredText *text, const guint8 *hidden, guint n_masks, double *logprobs, RgScoredFunc each_batch, gpointer data, GError **error);

/**
 * rg_model_differentiate: the last row's attention to the picture, and what it does to the next token, by the backward pass.
 * @pass: reset by this call, and left without nodes
 * @ids: @n tokens from the beginning of the conversation on, at most max_positions
 * @n_prompt: how many of them are the prompt
 * @next: the token that would follow them
 * @attention: (out caller-allocates): layers × heads × P probabilities of the row that predicts @next
 * @gradient: (out caller-allocates) (nullable): layers × heads × P derivatives of the log-odds log (p / (1 − p)) of @next with respect to
 *   each of them, the others and what earlier rows looked at staying as they are, in nats. The derivative of log p is
 *   1 − p times that, and says nothing any more where the model is sure. %NULL with a question encoder
 *
 * Weights that want derivatives (those of a model in training) get some added.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_model_differentiate (RgModel *self, RgPass *pass, RgImageState *image, const guint32 *ids, gsize n, gsize n_prompt, guint32 next, float *attention, float *gradient, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgModel, rg_model_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgImageState, rg_image_state_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgTextState, rg_text_state_free)

G_END_DECLS
