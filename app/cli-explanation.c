/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-explanation.h"

#include "engine/decoder/prompt.h"
#include "engine/explain/gradient.h"
#include "engine/explain/mask-regression.h"

static const RgCliMethod methods[] = {
  { "attention", "where it looked", "share" },
  { "kv-cut", "what mattered", "nats" },
  { "occlusion", "what mattered", "nats" },
  { "gradient", "would matter", "nats of odds" },
};

enum
{
  ATTENTION,
  KV_CUT,
  OCCLUSION,
  GRADIENT,
};

const RgCliMethod *
rg_cli_method_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_equal (name, methods[i].name))
      return &methods[i];

  return NULL;
}

char *
rg_cli_method_dup_names (void)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", methods[i].name);

  return g_string_free (names, FALSE);
}

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

  if (!rg_preprocess (&sight->preprocess, question->picture, sight->pool, sight->pixels, NULL, sight->pass->cancellable, error))
    return FALSE;

  self->image = rg_model_see (sight->model, sight->pass, sight->pixels, NULL, NULL, error);

  return self->image != NULL && join_ids (self, question, error);
}

static gboolean
cut (RgCliExplanation *self, guint n_masks, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, 0);
  RgMaskOptions options = rg_mask_options_default ();

  if (n_masks > 0)
    options.n_masks = n_masks;
  self->errors = g_new0 (float, (gsize) self->words->len * tile->rows * tile->cols);

  return rg_mask_regression (tile->rows, tile->cols, &options, rg_explained_cut, &self->answer, self->words->len, self->maps, self->errors, error);
}

static gboolean
occlude (RgCliExplanation *self, RgFill fill, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, 0);
  g_auto (RgPixelHiding) hiding = { 0 };

  rg_pixel_hiding_init (&hiding, &self->answer, self->sight.pixels, fill);

  return rg_occlusion_map (tile->rows, tile->cols, RG_OCCLUSION_BLOCK, rg_pixel_hiding_apply, &hiding, self->words->len, self->maps, error);
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
  rg_pixel_hiding_init (&hiding, &self->answer, self->sight.pixels, fill);

  return rg_verdict_test (self->maps, self->words->len, n_patches, candidates, &options, rg_pixel_hiding_apply, &hiding, self->verdicts, error);
}

static gboolean
make_maps (RgCliExplanation *self, RgTokenList *tokens, const RgCliExplanationOptions *options, GError **error)
{
  gsize n_patches = rg_patch_grid_get_n_patches (self->grid);
  gboolean is_attention = self->method == &methods[ATTENTION];
  g_autofree float *map = g_new0 (float, n_patches);

  for (guint w = 0; w < self->words->len; w++)
    rg_token_list_map_word (tokens, &g_array_index (self->words, RgWord, w), options->layer, options->head,
                            is_attention ? self->maps + w * n_patches : map, &self->shares[w]);

  if (self->method == &methods[KV_CUT])
    return cut (self, options->n_masks, error);
  if (self->method == &methods[OCCLUSION])
    return occlude (self, options->fill, error);

  return is_attention || rg_gradient_map (&self->answer, self->maps, error);
}

gboolean
rg_cli_explanation_make (RgCliExplanation *self, RgCliQuestion *question, const RgCliExplanationOptions *options, GError **error)
{
  g_autoptr (RgInterrupt) interrupt = rg_interrupt_new ();
  RgTokenList *tokens = rg_job_get_tokens (question->job);
  gsize n_values;
  gint64 start, end;

  self->method = options->method;
  self->grid = rg_job_get_patch_grid (question->job);
  self->words = rg_token_list_dup_words (tokens);
  n_values = (gsize) rg_patch_grid_get_n_patches (self->grid) * self->words->len;
  self->maps = g_new0 (float, n_values);
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
  for (gsize i = 0; i < n_values; i++)
    self->scale = MAX (self->scale, self->maps[i]);
  end = g_get_monotonic_time ();
  self->map_seconds = (end - start) / (double) G_USEC_PER_SEC;
  if (options->verify && !verify (self, options->fill == RG_FILL_MEAN ? RG_FILL_BLUR : RG_FILL_MEAN, error))
    return FALSE;
  self->verify_seconds = (g_get_monotonic_time () - end) / (double) G_USEC_PER_SEC;
  rg_pass_set_cancellable (self->sight.pass, NULL); /* it goes with the interrupt */

  return TRUE;
}
