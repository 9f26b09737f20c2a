/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/interrupt.h"
#include "engine/engine.h"

/* A question about a picture, as `ask` and `explain` put it: their common options, and the answer by the engine. */

G_BEGIN_DECLS

/**
 * RgCliQuestion: clear with rg_cli_question_clear().
 * @model, @image, @question: from the words of the call
 * @picture, @load, @job: after rg_cli_question_ask(): what was asked about, and the finished jobs
 * @explain_job: after rg_cli_question_explain(): the finished job
 * @swap_job: after rg_cli_question_swap(): the finished job
 */
typedef struct
{
  char *model, *projector;
  char **images; /* pictures or sounds, whichever the model takes */
  char **sounds; /* of --audio, until they are among the images */
  gboolean is_sound;
  char *question;
  int max_tokens, top_k, threads;
  double temperature, top_p;
  gint64 seed;
  gboolean json;
  /*< after the answer >*/
  RgImage *picture;
  RgEngine *engine;
  RgJob *load, *job, *explain_job, *swap_job;
} RgCliQuestion;

void rg_cli_question_clear (RgCliQuestion *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgCliQuestion, rg_cli_question_clear)

/** rg_cli_question_parse: @more: options of this command alone; otherwise as rg_cli_parse(). */
gboolean rg_cli_question_parse (RgCliQuestion *self, const char *command, const char *summary, const GOptionEntry *more, char ***arguments, GError **error);

/**
 * rg_cli_question_ask:
 * @token: (nullable): called for each token while the answer grows
 *
 * Loads the model and asks; runs the main loop meanwhile. Ctrl+C cancels.
 */
gboolean rg_cli_question_ask (RgCliQuestion *self, void (*token) (RgJob *job, RgToken *token, gpointer data), gpointer data, GError **error);

/** rg_cli_question_explain: explains the answer that rg_cli_question_ask() got. Ctrl+C cancels. */
gboolean rg_cli_question_explain (RgCliQuestion *self, const RgExplainOptions *options, GError **error);

/** rg_cli_question_swap: tries the answer on other pictures. @other: (nullable): file of one of them. Ctrl+C cancels. */
gboolean rg_cli_question_swap (RgCliQuestion *self, const char *other, GError **error);

/** rg_cli_question_get_answered: Returns: the answer that rg_cli_question_ask() got, its members borrowed. */
RgAnswered rg_cli_question_get_answered (RgCliQuestion *self);

/** rg_cli_question_get_sampling: Returns: how its tokens are chosen. */
RgSampling rg_cli_question_get_sampling (const RgCliQuestion *self);

/** rg_cli_question_dup_answer: Returns: (transfer full): the text of the answer. */
char *rg_cli_question_dup_answer (RgCliQuestion *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
