/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-explanation.h"

#include "engine/decoder/prompt.h"

void
rg_cli_explanation_clear (RgCliExplanation *self)
{
  g_clear_pointer (&self->words, g_array_unref);
  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_pointer (&self->maps, g_free);
  g_clear_pointer (&self->errors, g_free);
  g_clear_pointer (&self->shares, g_free);
  g_clear_pointer (&self->dependence, g_free);
  g_clear_pointer (&self->verdicts, g_free);
  g_clear_pointer (&self->image, rg_image_state_free);
  rg_cli_sight_clear (&self->sight);
}

/* The conversation as the engine read it: the prompt, and the tokens that it answered. */
static gboolean
join_ids (RgCliExplanation *self, RgCliQuestion *question, GError **error)
{
  RgTokenList *tokens = rg_job_get_tokens (question->job);
  guint n_prompt;

  self->ids = rg_prompt_new (self->sight.model, NULL, 0, question->question, question->max_tokens, error);
  if (self->ids == NULL)
    return FALSE;

  n_prompt = self->ids->len;
  for (guint i = 0; i < rg_token_list_get_length (tokens); i++)
    {
      guint32 id = rg_token_get_id (rg_token_list_get (tokens, i));

      g_array_append_val (self->ids, id);
    }

  self->answer = (RgExplained){
    .model = self->sight.model,
    .pass = self->sight.pass,
    .image = self->image,
    .pixels = self->sight.pixels,
    .ids = (const guint32 *) self->ids->data,
    .n_ids = self->ids->len,
    .first = n_prompt,
    .words = (const RgWord *) self->words->data,
    .n_words = self->words->len,
  };

  return TRUE;
}

static gboolean
look (RgCliExplanation *self, RgCliQuestion *question, GError **error)
{
  RgCliSight *sight = &self->sight;

  if (!rg_cli_sight_take (sight, question->picture, error))
    return FALSE;

  self->image = rg_model_see (sight->model, sight->pass, sight->pixels, NULL, NULL, error);

  return self->image != NULL && join_ids (self, question, error);
}

/* Never by the fill of the occlusion that is tested: it would confirm itself. */
static gboolean
verify (RgCliExplanation *self, RgFill fill, GError **error)
{
  RgVerdictOptions options = rg_verdict_options_default ();
  guint n_patches = rg_patch_grid_get_n_patches (self->grid);
  g_autofree guint8 *candidates = g_malloc (n_patches);
  g_auto (RgPixelHiding) hiding = { 0 };

  for (guint p = 0; p < n_patches; p++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (self->grid, p);

      candidates[p] = rect.width > 0 && rect.height > 0;
    }
  self->verdicts = g_new0 (RgVerdict, self->words->len);
  self->hidden_by = fill;
  rg_pixel_hiding_init (&hiding, &self->answer, fill);

  return rg_verdict_test (self->maps, self->words->len, n_patches, candidates, &options, rg_pixel_hiding_apply, &hiding, self->verdicts, error);
}

static gboolean
make_maps (RgCliExplanation *self, RgTokenList *tokens, const RgCliExplanationOptions *options, GError **error)
{
  gsize n_patches = rg_patch_grid_get_n_patches (self->grid), n_values = n_patches * self->words->len;
  g_autofree float *map = g_new (float, n_patches);

  for (guint w = 0; w < self->words->len; w++)
    rg_token_list_map_word (tokens, &g_array_index (self->words, RgWord, w), options->choices.layer, options->choices.head, map, &self->shares[w]);
  if (self->method == RG_METHOD_KV_CUT)
    self->errors = g_new0 (float, n_values);

  if (!rg_method_map (self->method, &self->answer, &options->choices, self->maps, self->errors, error))
    return FALSE;

  for (gsize i = 0; i < n_values; i++)
    self->scale = MAX (self->scale, self->maps[i]);

  return TRUE;
}

gboolean
rg_cli_explanation_make (RgCliExplanation *self, RgCliQuestion *question, const RgCliExplanationOptions *options, GError **error)
{
  g_autoptr (RgInterrupt) interrupt = rg_interrupt_new ();
  RgTokenList *tokens = rg_job_get_tokens (question->job);
  gint64 start, end;

  self->method = options->method;
  self->grid = rg_job_get_patch_grid (question->job);
  self->words = rg_token_list_dup_words (tokens);
  self->maps = g_new0 (float, (gsize) rg_patch_grid_get_n_patches (self->grid) * self->words->len);
  self->shares = g_new0 (double, self->words->len);
  self->dependence = g_new0 (double, self->words->len);
  if (self->words->len == 0)
    return TRUE; /* an empty answer has nothing to explain */

  if (!rg_cli_sight_open (&self->sight, question->model, question->threads, error))
    return FALSE;
  rg_pass_set_cancellable (self->sight.pass, rg_interrupt_get_cancellable (interrupt));
  if (!look (self, question, error) || !rg_explained_depend (&self->answer, self->dependence, error))
    return FALSE;

  start = g_get_monotonic_time ();
  if (!make_maps (self, tokens, options, error))
    return FALSE;
  end = g_get_monotonic_time ();
  self->map_seconds = (end - start) / (double) G_USEC_PER_SEC;
  if (options->verify && !verify (self, options->choices.fill == RG_FILL_MEAN ? RG_FILL_BLUR : RG_FILL_MEAN, error))
    return FALSE;
  self->verify_seconds = (g_get_monotonic_time () - end) / (double) G_USEC_PER_SEC;
  rg_pass_set_cancellable (self->sight.pass, NULL); /* it goes with the interrupt */

  return TRUE;
}
