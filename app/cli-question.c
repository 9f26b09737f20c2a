/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-question.h"

#include <glib/gi18n.h>

#include "app/cli-model.h"
#include "app/cli.h"
#include "engine/error.h"
#include "ui/image-decoder.h"

void
rg_cli_question_clear (RgCliQuestion *self)
{
  g_clear_object (&self->load);
  g_clear_object (&self->job);
  g_clear_object (&self->explain_job);
  g_clear_object (&self->swap_job);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->picture, rg_image_unref);
  g_clear_pointer (&self->model, g_free);
  g_clear_pointer (&self->projector, g_free);
  g_clear_pointer (&self->images, g_strfreev);
  g_clear_pointer (&self->sounds, g_strfreev);
  g_clear_pointer (&self->question, g_free);
}

/* A model that writes down what is spoken need not be asked. */
static gboolean
check (const RgCliQuestion *self, char **words, GError **error)
{
  if (self->images != NULL && self->sounds != NULL)
    return rg_cli_fail_usage (error, _ ("--image or --audio, not both"));
  if (words[0] == NULL && self->sounds == NULL)
    return rg_cli_fail_usage (error, _ ("the question is missing"));
  if (!rg_cli_check_count (words, 1, error) || !rg_cli_model_check_images (self->sounds != NULL ? self->sounds : self->images, error))
    return FALSE;
  if (self->max_tokens < 1 || self->top_k < 0 || self->threads < 0 || !(self->temperature >= 0) || !(self->top_p > 0 && self->top_p <= 1))
    return rg_cli_fail_usage (error, _ ("--max-tokens is at least 1, --top-p between 0 and 1, and no number negative"));

  return TRUE;
}

gboolean
rg_cli_question_parse (RgCliQuestion *self, const char *command, const char *summary, const GOptionEntry *more, char ***arguments, GError **error)
{
  RgSampling sampling = rg_sampling_default ();
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &self->model, N_ ("the model's folder or GGUF file (the bundled model)"), N_ ("PATH") },
    { "mmproj", 0, 0, G_OPTION_ARG_FILENAME, &self->projector, N_ ("the second GGUF file (the one beside the model's)"), N_ ("FILE") },
    { "image", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &self->images, N_ ("the picture"), N_ ("FILE") },
    { "audio", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->sounds, N_ ("the sound (WAV), for models that listen"), N_ ("FILE") },
    { "max-tokens", 0, 0, G_OPTION_ARG_INT, &self->max_tokens, N_ ("longest answer (128)"), "N" },
    { "temperature", 0, 0, G_OPTION_ARG_DOUBLE, &self->temperature, N_ ("0 for always the likeliest (0)"), "T" },
    { "top-k", 0, 0, G_OPTION_ARG_INT, &self->top_k, N_ ("choose among the K likeliest, 0 for all (0)"), "K" },
    { "top-p", 0, 0, G_OPTION_ARG_DOUBLE, &self->top_p, N_ ("choose among the likeliest that make up P (1)"), "P" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &self->seed, N_ ("of the choice (0)"), "N" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &self->threads, N_ ("compute threads (0: one a core)"), "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("print one JSON object"), NULL },
    { NULL },
  };

  self->max_tokens = sampling.max_tokens;
  self->temperature = sampling.temperature;
  self->top_k = sampling.top_k;
  self->top_p = sampling.top_p;
  self->seed = sampling.seed;
  if (!rg_cli_parse (command, _ ("[QUESTION]"), summary, entries, more, arguments, error) || !check (self, *arguments, error))
    return FALSE;

  self->model = rg_cli_model_path (self->model);
  self->question = g_strdup ((*arguments)[0] != NULL ? (*arguments)[0] : "");
  self->is_sound = self->sounds != NULL;
  if (self->is_sound)
    self->images = g_steal_pointer (&self->sounds);

  return TRUE;
}

static void
cancel_job (GCancellable *cancellable, gpointer job)
{
  rg_job_cancel (job);
}

/* Waits for @job, which Ctrl+C ends early. */
static gboolean
wait (RgJob *job, GCancellable *cancellable, GError **error)
{
  gulong handler = g_cancellable_connect (cancellable, G_CALLBACK (cancel_job), job, NULL);

  rg_job_wait (job);
  g_cancellable_disconnect (cancellable, handler);

  if (rg_job_get_state (job) == RG_JOB_DONE)
    return TRUE;

  g_propagate_error (error, g_error_copy (rg_job_get_error (job)));

  return FALSE;
}

RgSampling
rg_cli_question_get_sampling (const RgCliQuestion *self)
{
  RgSampling sampling = rg_sampling_default ();

  sampling.temperature = self->temperature;
  sampling.top_k = self->top_k;
  sampling.top_p = self->top_p;
  sampling.seed = self->seed;
  sampling.max_tokens = self->max_tokens;

  return sampling;
}

RgAnswered
rg_cli_question_get_answered (RgCliQuestion *self)
{
  return (RgAnswered){
    .image = self->picture,
    .question = self->question,
    .max_tokens = self->max_tokens,
    .tokens = rg_job_get_tokens (self->job),
  };
}

/* A model that sees would look at the picture of a sound, and say something about that. */
static gboolean
check_sense (const RgCliQuestion *self, GError **error)
{
  g_autoptr (RgModelInfo) info = rg_engine_dup_model_info (self->engine);

  if (!self->is_sound || info->listens)
    return TRUE;

  g_set_error_literal (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("This model sees pictures; it does not listen. --audio is for models such as Whisper."));

  return FALSE;
}

gboolean
rg_cli_question_ask (RgCliQuestion *self, void (*token) (RgJob *job, RgToken *token, gpointer data), gpointer data, GError **error)
{
  g_autoptr (RgInterrupt) interrupt = rg_interrupt_new ();
  GCancellable *cancellable = rg_interrupt_get_cancellable (interrupt);
  RgSampling sampling = rg_cli_question_get_sampling (self);

  self->engine = rg_engine_new (self->threads);
  self->load = rg_engine_load_pair (self->engine, self->model, self->projector);
  if (!wait (self->load, cancellable, error))
    {
      rg_cli_model_name_file (error, self->model);
      return FALSE;
    }

  if (!check_sense (self, error))
    return FALSE;

  self->picture = rg_image_decoder_load (self->images[0], error);
  if (self->picture == NULL)
    return FALSE;

  self->job = rg_engine_ask (self->engine, self->picture, NULL, 0, self->question, &sampling);
  if (token != NULL)
    g_signal_connect (self->job, "token", G_CALLBACK (token), data);

  return wait (self->job, cancellable, error);
}

gboolean
rg_cli_question_explain (RgCliQuestion *self, const RgExplainOptions *options, GError **error)
{
  g_autoptr (RgInterrupt) interrupt = rg_interrupt_new ();
  RgAnswered answered = rg_cli_question_get_answered (self);

  self->explain_job = rg_engine_explain (self->engine, &answered, options);

  return wait (self->explain_job, rg_interrupt_get_cancellable (interrupt), error);
}

gboolean
rg_cli_question_swap (RgCliQuestion *self, const char *other, GError **error)
{
  g_autoptr (RgInterrupt) interrupt = rg_interrupt_new ();
  g_autoptr (RgImage) picture = NULL;
  RgAnswered answered = rg_cli_question_get_answered (self);

  if (other != NULL && (picture = rg_image_decoder_load (other, error)) == NULL)
    return FALSE;

  self->swap_job = rg_engine_swap (self->engine, &answered, picture);

  return wait (self->swap_job, rg_interrupt_get_cancellable (interrupt), error);
}

char *
rg_cli_question_dup_answer (RgCliQuestion *self)
{
  return rg_token_list_dup_text (rg_job_get_tokens (self->job));
}
