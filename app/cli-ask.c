/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-question.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli.h"

static void
print_token (RgJob *job, RgToken *token, gpointer data)
{
  const char *text = rg_token_get_text (token);
  gboolean *begun = data;

  /* The first word brings the space before it. */
  if (!*begun && *text == ' ')
    text++;
  *begun = *begun || *text != '\0';
  fputs (text, stdout);
  fflush (stdout);
}

static void
add_token (JsonBuilder *builder, RgToken *token)
{
  guint n;
  const RgAlternative *alternatives = rg_token_get_alternatives (token, &n);

  json_builder_begin_object (builder);
  rg_cli_json_int (builder, "id", rg_token_get_id (token));
  rg_cli_json_string (builder, "text", rg_token_get_text (token));
  rg_cli_json_number (builder, "logprob", rg_token_get_logprob (token));
  rg_cli_json_number (builder, "image_share", rg_token_get_image_share (token));
  json_builder_set_member_name (builder, "alternatives");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    {
      json_builder_begin_object (builder);
      rg_cli_json_int (builder, "id", alternatives[i].id);
      rg_cli_json_string (builder, "text", alternatives[i].text);
      rg_cli_json_number (builder, "logprob", alternatives[i].logprob);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_timing (JsonBuilder *builder, RgCliQuestion *question)
{
  static const struct
  {
    const char *name;
    RgStage stage;
  } stages[] = {
    { "preprocess_s", RG_STAGE_PREPROCESS },
    { "encode_s", RG_STAGE_ENCODE },
    { "prefill_s", RG_STAGE_PREFILL },
    { "decode_s", RG_STAGE_DECODE },
  };
  double decode = rg_job_get_seconds (question->job, RG_STAGE_DECODE);
  guint n = rg_token_list_get_length (rg_job_get_tokens (question->job));

  json_builder_set_member_name (builder, "timing");
  json_builder_begin_object (builder);
  rg_cli_json_number (builder, "load_s", rg_job_get_seconds (question->load, RG_STAGE_LOAD));
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    rg_cli_json_number (builder, stages[i].name, rg_job_get_seconds (question->job, stages[i].stage));
  rg_cli_json_number (builder, "tokens_per_s", decode > 0 ? n / decode : 0);
  json_builder_end_object (builder);
}

static void
print_report (RgCliQuestion *question)
{
  RgTokenList *tokens = rg_job_get_tokens (question->job);
  g_autofree char *answer = rg_cli_question_dup_answer (question);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "answer", answer);
  json_builder_set_member_name (builder, "tokens");
  json_builder_begin_array (builder);
  for (guint i = 0; i < rg_token_list_get_length (tokens); i++)
    add_token (builder, rg_token_list_get (tokens, i));
  json_builder_end_array (builder);
  rg_cli_json_int (builder, "image_tokens", rg_patch_grid_get_n_patches (rg_job_get_patch_grid (question->job)));
  rg_cli_json_int (builder, "prompt_tokens", rg_job_get_n_prompt_tokens (question->job));
  add_timing (builder, question);
  json_builder_end_object (builder);
  rg_cli_print_json (builder);
}

gboolean
rg_cli_ask (char ***arguments, GError **error)
{
  g_auto (RgCliQuestion) question = { 0 };
  gboolean begun = FALSE;

  if (!rg_cli_question_parse (&question, "ask", _ ("Answers a question about a picture."), NULL, arguments, error))
    return FALSE;

  if (!rg_cli_question_ask (&question, question.json ? NULL : print_token, &begun, error))
    {
      if (begun)
        putchar ('\n');
      return FALSE;
    }

  if (question.json)
    print_report (&question);
  else
    putchar ('\n');

  return TRUE;
}
