/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/bench-explain.h"

#include "app/bench-products.h"
#include "engine/decoder/prompt.h"
#include "engine/decoder/sampler.h"
#include "engine/explain/mask-regression.h"
#include "engine/explain/verdict.h"

#define N_WORDS 32 /* the longest answer */

typedef struct
{
  RgExplained answer;
  guint n_patches;
  float *maps; /* n_words × P */
  int word;    /* to be tested */
} Work;

static void
cut (gpointer data)
{
  Work *self = data;
  RgMaskOptions options = rg_mask_options_default ();
  guint rows, cols;

  options.n_masks = RG_BENCH_MASKS;
  rg_explained_get_shape (&self->answer, &rows, &cols);
  rg_mask_regression (rows, cols, &options, rg_explained_cut, &self->answer, self->answer.n_words, self->maps, NULL, NULL);
}

static guint
count_tests (const Work *self)
{
  RgVerdictOptions options = rg_verdict_options_default ();

  return rg_verdict_count (self->maps, self->answer.n_words, self->n_patches, NULL, &options);
}

static void
test (gpointer data)
{
  Work *self = data;
  RgVerdictOptions options = rg_verdict_options_default ();
  RgVerdict verdicts[N_WORDS];

  options.word = self->word;
  rg_verdict_test (self->maps, self->answer.n_words, self->n_patches, NULL, &options, rg_explained_cut, &self->answer, verdicts, NULL);
}

/* Appends the likeliest answer, as far as there is room. Returns: how many tokens it has, at least 1 */
static guint
answer (const RgCliSight *sight, RgImageState *image, GArray *ids)
{
  const RgTextConfig *config = &rg_model_get_config (sight->model)->text;
  guint n_prompt = ids->len, n_read = 0, n_most = MIN (N_WORDS, config->max_positions - rg_image_state_get_n_positions (image) - n_prompt);
  g_autoptr (RgTextState) text = rg_text_state_new (sight->model);
  g_autofree float *logits = g_new (float, config->vocabulary_size);

  while (ids->len - n_prompt < n_most)
    {
      guint32 id;

      rg_model_read (sight->model, sight->pass, image, text, (const guint32 *) ids->data + n_read, ids->len - n_read, logits, NULL, NULL);
      n_read = ids->len;
      id = rg_logits_find_best (logits, config->vocabulary_size);
      if (rg_prompt_is_end (sight->model, id) && ids->len > n_prompt)
        break;
      g_array_append_val (ids, id);
    }

  return ids->len - n_prompt;
}

void
rg_bench_explain_measure (RgBenchExplain *self, const RgCliSight *sight, RgImageState *image, const GArray *prompt)
{
  g_autoptr (GArray) ids = g_array_copy ((GArray *) prompt);
  guint n_words = answer (sight, image, ids), n_patches = rg_image_state_get_n_patches (image);
  g_autofree float *maps = g_new0 (float, (gsize) n_words *n_patches);
  RgWord words[N_WORDS];
  Work work;

  for (guint w = 0; w < n_words; w++)
    words[w] = (RgWord){ .first = w, .n = 1 };

  work = (Work){
    .answer = { .model = sight->model, .pass = sight->pass, .image = image, .pixels = sight->seen, .ids = (const guint32 *) ids->data, .n_ids = ids->len, .first = prompt->len, .words = words, .n_words = n_words },
    .n_patches = n_patches,
    .maps = maps,
  };
  self->n_tokens = n_words;
  sight->pass->precision = rg_model_get_precision (sight->model, TRUE); /* as the window explains */
  self->cut_s = rg_bench_measure (cut, &work);
  self->word_s = rg_bench_measure (test, &work);
  work.word = RG_VERDICT_ALL;
  self->n_tests = count_tests (&work);
  self->test_s = rg_bench_measure (test, &work);
  sight->pass->precision = rg_model_get_precision (sight->model, FALSE);
}
