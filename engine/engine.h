/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/error.h"
#include "engine/explanation.h"
#include "engine/job.h"
#include "engine/token-list.h"
#include "engine/types.h"

/* The engine: one object, one background thread, one piece of work at a time, each a job. All functions are for the main
 * thread and return at once.
 *
 *   g_autoptr (RgEngine) engine = rg_engine_new (0);
 *   g_autoptr (RgJob) load = rg_engine_load (engine, "/usr/share/regard/model");
 *   g_autoptr (RgJob) job = rg_engine_ask (engine, image, NULL, 0, "what is left of the house?", NULL);
 *   g_signal_connect (job, "token", G_CALLBACK (show_token), view);
 */

G_BEGIN_DECLS

/**
 * RgSampling:
 * @temperature: 0 for greedy
 * @top_k: keep the k likeliest; 0 for all
 * @top_p: keep the smallest set whose probabilities reach p; 1 for all
 * @seed: of the sampler's random numbers
 * @max_tokens: end the answer after so many tokens
 * @n_alternatives: how many likeliest tokens to keep with each token
 * @record_attention: whether to keep each token's attention
 */
typedef struct
{
  double temperature;
  guint top_k;
  double top_p;
  guint64 seed;
  guint max_tokens;
  guint n_alternatives;
  gboolean record_attention;
} RgSampling;

/** rg_sampling_default: greedy, 128 tokens, 5 alternatives, attention recorded. */
RgSampling rg_sampling_default (void);

/**
 * RgTurn: one finished question and its answer, in the order of the conversation.
 */
typedef struct
{
  const char *question;
  const char *answer;
} RgTurn;

/**
 * RgAnswered: a finished answer, and what it was an answer to.
 * @turns: (array length=n_turns) (nullable): the conversation before @question
 * @max_tokens: that it was asked with: it decides how much of the conversation was read
 * @tokens: the answer
 */
typedef struct
{
  RgImage *image;
  const RgTurn *turns;
  guint n_turns;
  const char *question;
  guint max_tokens;
  RgTokenList *tokens;
} RgAnswered;

/** RG_VERIFY_NONE, RG_VERIFY_ALL: no map is tested, all are; a word's number: the map of that word. */
#define RG_VERIFY_NONE -2
#define RG_VERIFY_ALL -1

/**
 * RgExplainOptions:
 * @choices: of the method
 * @known: (nullable): an explanation of this answer by @method and @choices that is there already: it is not made again, and
 *   the verdicts are added to it
 * @verify: which maps are put to the test, from %RG_VERIFY_NONE on
 */
typedef struct
{
  RgMethod method;
  RgMethodOptions choices;
  RgExplanation *known;
  int verify;
} RgExplainOptions;

/** rg_explain_options_default: attention, the defaults of every method, nothing known, no test. */
RgExplainOptions rg_explain_options_default (void);

/**
 * RgModelInfo:
 *
 * What the window and `regard-cli info` say about a model; free with rg_model_info_free().
 * @n_layers and @n_heads are those of the attention to the picture.
 * @describes: it takes no questions; what is said to it is how its description of the picture, or what it writes down of a sound,
 *   begins, and may be empty
 * @through_question: it reads each question by itself, looking at the picture, and its answer looks at the question: where a
 *   word looked is its attention to the question's tokens times theirs to the picture
 * @listens: it hears sounds, whose pictures have them, see sound.h, and sees no others
 * @calibrated: whether heads were chosen for it, so that %RG_METHOD_CALIBRATED is more than the mean of all
 * @image_size: side in pixels of what the model sees; 0 where pictures keep their shape
 * @fingerprint: SHA-256 of the weights' file as hexadecimal text
 */
typedef struct
{
  char *name;
  char *family;
  char *path;
  char *fingerprint;
  guint64 n_parameters;
  guint64 file_bytes;
  guint n_layers, n_heads;
  gboolean describes, through_question, listens, calibrated;
  guint image_size;
  guint vocabulary_size;
} RgModelInfo;

RgModelInfo *rg_model_info_copy (const RgModelInfo *self) G_GNUC_WARN_UNUSED_RESULT;
void rg_model_info_free (RgModelInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgModelInfo, rg_model_info_free)

#define RG_TYPE_ENGINE (rg_engine_get_type ())

/**
 * RgEngine:
 *
 * Signal (main thread): "model-changed" after another model was loaded.
 */
G_DECLARE_FINAL_TYPE (RgEngine, rg_engine, RG, ENGINE, GObject)

/**
 * rg_engine_new:
 * @n_threads: compute threads, 0 for one a core
 *
 * Returns: (transfer full): an engine without a model; its worker starts with it and ends with it
 */
RgEngine *rg_engine_new (guint n_threads) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_engine_load:
 * @path: a model folder (config.json, model.safetensors, tokenizer.json, preprocessor_config.json), or a GGUF file with its
 *   second one beside it
 *
 * A load that fails or is cancelled leaves the old model working.
 *
 * Returns: (transfer full): the job
 */
RgJob *rg_engine_load (RgEngine *self, const char *path) G_GNUC_WARN_UNUSED_RESULT;

/** rg_engine_load_pair: the same, of a GGUF file with @projector: (nullable): the second one, where it does not lie beside it. */
RgJob *rg_engine_load_pair (RgEngine *self, const char *path, const char *projector) G_GNUC_WARN_UNUSED_RESULT;

/** rg_engine_dup_model_info: Returns: (transfer full) (nullable): about the model in use, %NULL while there is none. */
RgModelInfo *rg_engine_dup_model_info (RgEngine *self);

/**
 * rg_engine_see:
 *
 * Encodes @image so that a question that follows finds it in the cache, and reports its patch grid.
 *
 * Returns: (transfer full): the job
 */
RgJob *rg_engine_see (RgEngine *self, RgImage *image) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_engine_ask:
 * @turns: (array length=n_turns) (nullable): the conversation about this picture so far, copied
 * @question: any text; checked in the worker (empty, too long or invalid text fails the job with a sentence)
 * @sampling: (nullable): copied; %NULL for the default
 *
 * What was computed for the same picture and the same beginning of the conversation is not computed again.
 *
 * Returns: (transfer full): the job
 */
RgJob *rg_engine_ask (RgEngine *self, RgImage *image, const RgTurn *turns, guint n_turns, const char *question, const RgSampling *sampling) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_engine_read:
 * @answered: of another model; all is copied or referenced
 * @sampling: (nullable): what is recorded; nothing is drawn
 *
 * Asks the same, but the answer is the same, too, whatever this model would say: its text in this model's tokens, each with the
 * probability and the attention it has here. Two models can so be compared word by word.
 *
 * Returns: (transfer full): the job; it fails with %RG_ERROR_VALUE or %RG_ERROR_LIMIT where this model cannot say that
 */
RgJob *rg_engine_read (RgEngine *self, const RgAnswered *answered, const RgSampling *sampling) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_engine_explain:
 * @answered: of the model in use, finished or stopped; all is copied or referenced
 * @options: (nullable): copied; %NULL for the default
 *
 * Computes for each word of the answer a map, and how much it depends on the picture, and on request tests the maps. The
 * picture is not encoded again while it is one of the last seen. The text is read again: where a part of the picture is
 * hidden, the question's rows read another picture, too. Reports the stages EXPLAIN and VERIFY, and leaves
 * rg_job_get_explanation().
 *
 * Returns: (transfer full): the job; it fails with %RG_ERROR_VALUE where the tokens cannot be the model's
 */
RgJob *rg_engine_explain (RgEngine *self, const RgAnswered *answered, const RgExplainOptions *options) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_engine_swap:
 * @answered: as for rg_engine_explain()
 * @other: (nullable): another picture to be tried, too
 *
 * Asks the same question about other pictures: how likely the answer's words are with them, and what the model would answer.
 * Reports the stage EXPLAIN, and leaves rg_job_get_swap().
 *
 * Returns: (transfer full): the job; it fails as rg_engine_explain()'s does, or where @other cannot be seen
 */
RgJob *rg_engine_swap (RgEngine *self, const RgAnswered *answered, RgImage *other) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_engine_train:
 * @recipe: path of a recipe file, see resources/recipes
 * @out: folder for the model and its checkpoint
 *
 * Reports stage TRAIN, its fraction, and a "progress-line" (a JSON object) for each entry of the learning curve.
 *
 * Returns: (transfer full): the job
 */
RgJob *rg_engine_train (RgEngine *self, const char *recipe, const char *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
