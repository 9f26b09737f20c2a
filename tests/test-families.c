/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/decoder/sampler.h"
#include "engine/decoder/text-positions.h"
#include "engine/explain/method.h"
#include "engine/explain/occlusion.h"
#include "engine/trace.h"
#include "tests/family-case.h"

/* The families of open models against the numbers of their original code: every layer, every attention, the scores and the
 * tokens that follow; then the same once more in parts, as questions are answered: the picture first, the text behind it. */

static const FamilyNames all_names[] = {
  { "vit-gpt2", { "case0_landscape", "case1_portrait" }, "vision.layernorm", "decoder_input_ids", NULL, TRUE, NULL },
  { "blip-captioning", { "case0_landscape_unconditional", "case1_portrait_prompt" }, "vision.post_layernorm", "input_ids", "text", FALSE, NULL },
  { "blip-vqa", { "case0_landscape", "case1_portrait" }, "vision.post_layernorm", "decoder_input_ids", "question", TRUE, NULL, "input_ids" },
  { "llava", { "case0_landscape", "case1_portrait" }, "vision.layer1", "input_ids", "question", FALSE, NULL },
  { "paligemma", { "case0_landscape", "case1_portrait" }, "vision.post_layernorm", "input_ids", "prompt", FALSE, NULL },
  { "idefics3", { "case0_landscape", "case1_portrait", "case2_nosplit" }, "vision.post_layernorm", "input_ids", "question", FALSE, NULL },
  { "mllama", { "case0_landscape", "case1_portrait" }, "vision.output", "input_ids", "prompt", FALSE, NULL, NULL, "<|image|>", "<|eot_id|>" },
  { "qwen2-vl", { "case0_landscape", "case1_portrait", "case2_text_only" }, NULL, "input_ids", "question", FALSE, "merger" },
  { "qwen2-5-vl", { "case0_landscape", "case1_portrait" }, NULL, "input_ids", "question", FALSE, "merger" },
  { "nano-vlm", { "case0_landscape", "case1_portrait" }, "vision.post_layernorm", "input_ids", "question", FALSE, "projector" },
  { "gemma3", { "case0_landscape", "case1_portrait" }, "vision.post_layernorm", "input_ids", "question", FALSE, "projector" },
};

static const FamilyNames any_shape = { .fixture = "qwen2-vl" }, any_tiles = { .fixture = "mllama" };

/* Some cases have none of the encoder's. */
static void
check_layers (const FamilyCase *self, const char *part, RgTensor *const *layers, guint n_layers)
{
  g_autofree char *first = g_strdup_printf ("%s/%s.layer0", self->name, part);

  if (g_str_equal (part, "vision") && self->names->before != NULL && !reference_has (self->dir, first))
    return;

  for (guint i = 0; i < n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.layer%u", part, i);

      g_assert_true (family_case_check_rows (self, name, layers[i]));
    }
}

static void
check_scores (const FamilyCase *self, const RgTensor *logits)
{
  gsize n_last = MIN (logits->rows, 8);

  g_assert_true (self->names->ids_are_all ||
                 family_case_check (self, "logits", logits->data, logits->rows * logits->cols, REFERENCE_LOGIT_BOUND) ||
                 family_case_check (self, "logits_last8", logits->data + (logits->rows - n_last) * logits->cols, n_last * logits->cols, REFERENCE_LOGIT_BOUND));
}

static void
check_vision (const FamilyCase *self, const RgTrace *trace)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  const FamilyNames *names = self->names;
  gsize n_looks = config->vision.n_layers * self->pixels.n_views * config->vision.block.n_heads;

  family_case_check_rows (self, config->vision.first_norm ? "vision.pre_layrnorm" : "vision.embeddings", trace->vision[0]);
  g_assert_true (config->vision.image_size > 0 || family_case_check_rows (self, "vision.patch_embed", trace->vision[0]));
  check_layers (self, "vision", trace->vision + 1, config->vision.n_layers);
  family_case_check (self, "vision.attn", trace->vision_attention, n_looks * trace->n_vision_rows * trace->n_vision_rows, REFERENCE_ATTENTION_BOUND);
  g_assert_true (names->features == NULL || family_case_check_rows (self, names->features, trace->features));
  g_assert_true (family_case_check_rows (self, names->tokens != NULL ? names->tokens : "projector", trace->tokens) || names->tokens == NULL);
}

/* Of tiles that are seen at once: patches, what they become, and the layers behind the last norm. */
static void
check_tiles (FamilyCase *self, const RgTrace *trace)
{
  const RgVisionConfig *config = &rg_model_get_config (self->model)->vision;
  RgVisionEncoder *encoder = rg_model_get_encoder (self->model);
  gsize width = config->block.width, n_rows = rg_vision_config_n_rows (config);
  RgTiles shown = { self->pixels.n_views, config->max_tiles, 0, n_rows };
  g_autofree char *name = g_strdup_printf ("%s/vision.patch_conv", self->name);
  RgTensor *entered = rg_pass_tensor (self->pass, shown.max * n_rows, width), *patches = rg_pass_tensor (self->pass, shown.max * (n_rows - 1), width), *seen;

  if (!reference_has (self->dir, name))
    return;

  seen = rg_linear_forward (self->pass, &encoder->patch, rg_patches (self->pass, rg_model_get_views (self->model, self->pass, &self->pixels, 0, 1), shown.n, 3, config->patch_size), NULL);
  memset (patches->data, 0, patches->rows * width * sizeof (float));
  memcpy (patches->data, seen->data, seen->rows * width * sizeof (float));
  g_assert_true (family_case_check_rows (self, "vision.patch_conv", patches));
  rg_tiles_put (&shown, trace->vision[0], entered, 0, 1);
  g_assert_true (family_case_check_rows (self, "vision.layernorm_pre", entered));
  g_assert_true (family_case_check_rows (self, "vision.layernorm_post", rg_norm_forward (self->pass, &encoder->last_norm, trace->vision[config->n_layers], config->block.epsilon)));
  for (guint i = 0; i < config->n_global_layers; i++)
    {
      g_autofree char *layer = g_strdup_printf ("vision.global%u", i);

      g_assert_true (family_case_check_rows (self, layer, trace->vision[1 + config->n_layers + i]));
    }
}

static void
check_question (const FamilyCase *self, const RgTrace *trace)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->question_encoder;
  gsize n = self->n_prompt - 1, n_maps = config->n_layers * config->block.n_heads;

  check_layers (self, "question", trace->question, config->n_layers);
  g_assert_true (family_case_check (self, "question.attn.self", trace->question_attention, n_maps * n * n, REFERENCE_ATTENTION_BOUND));
  g_assert_true (family_case_check (self, "question.attn.cross", trace->question_looks, n_maps * n * trace->tokens->rows, REFERENCE_ATTENTION_BOUND));
}

static void
check_trace (FamilyCase *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  gsize n = self->ids->len, n_heads = config->text.block.n_heads, n_maps = rg_text_config_count_self (&config->text) * n_heads;
  g_autoptr (GError) error = NULL;
  RgTrace trace;

  rg_trace_run (&trace, self->model, self->pass, self->npy != NULL ? &self->pixels : NULL, (const guint32 *) self->ids->data, n, self->n_prompt, &error);
  g_assert_no_error (error);

  if (self->npy != NULL)
    check_vision (self, &trace);
  if (config->vision.max_tiles > 0)
    check_tiles (self, &trace);
  if (self->names->question_ids != NULL)
    check_question (self, &trace);
  n = trace.hidden->rows;
  check_layers (self, "decoder", trace.text, config->text.n_layers);
  family_case_check_rows (self, "decoder.final_norm", trace.hidden);
  g_assert_true (family_case_check_either (self, "attn.self", "decoder.attn.self", trace.self_attention, n_maps * n * n, REFERENCE_ATTENTION_BOUND));
  g_assert_true (!config->text.block.cross || family_case_check_either (self, "attn.cross", "decoder.attn.cross", trace.cross_attention, rg_text_config_count_looks (&config->text) * n_heads * n * trace.n_memory, REFERENCE_ATTENTION_BOUND));
  check_scores (self, trace.logits);
}

/* The same once more, with the answer behind the prompt. */
static void
check_trace_of_answer (FamilyCase *self)
{
  gsize n_tokens = rg_model_get_config (self->model)->text.vocabulary_size, n = self->generated->len;
  g_autoptr (GArray) ids = g_array_copy (self->ids);
  RgTrace trace;

  if (self->names->ids_are_all)
    return;

  g_array_append_vals (ids, self->generated->data, n - 1);
  g_assert_true (rg_trace_run (&trace, self->model, self->pass, &self->pixels, (const guint32 *) ids->data, ids->len, self->n_prompt, NULL));
  g_assert_true (family_case_check (self, "generated_logits", trace.logits->data + (self->n_prompt - 1) * n_tokens, n * n_tokens, REFERENCE_LOGIT_BOUND));
}

/* Rotary positions of three axes, where the model has them. */
static void
check_positions (const FamilyCase *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  guint next;
  g_autofree guint32 *positions = rg_text_positions_new (config, self->npy != NULL ? &self->pixels : NULL, (const guint32 *) self->ids->data, self->ids->len, &next);
  JsonArray *axes;

  g_assert_true ((positions != NULL) == json_object_has_member (self->facts, "position_ids_thw"));
  if (positions == NULL)
    return;

  axes = json_object_get_array_member (self->facts, "position_ids_thw");
  for (guint axis = 0; axis < RG_ROTARY_AXES; axis++)
    for (guint i = 0; i < self->ids->len; i++)
      g_assert_cmpuint (positions[i * RG_ROTARY_AXES + axis], ==, json_array_get_int_element (json_array_get_array_element (axes, axis), i));
  g_assert_cmpint (next, ==, self->ids->len + json_object_get_int_member (self->facts, "rope_delta"));
}

/* Other work on the same picture, with none of its tokens to be seen and with another question. */
static void
disturb (FamilyCase *self, RgImageState *image, const GArray *prompt, guint32 answer)
{
  g_autoptr (GArray) ids = g_array_copy ((GArray *) prompt);
  g_autofree guint8 *hidden = g_malloc (rg_image_state_get_n_patches (image));
  g_autofree float *logits = g_new (float, rg_model_get_config (self->model)->text.vocabulary_size);
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);
  double logprob;

  memset (hidden, 1, rg_image_state_get_n_patches (image));
  g_array_append_val (ids, answer);
  g_assert_true (rg_model_score (self->model, self->pass, image, (const guint32 *) ids->data, ids->len, ids->len - 1, hidden, &logprob, NULL));
  g_assert_true (rg_model_read (self->model, self->pass, image, text, (const guint32 *) ids->data, ids->len, logits, NULL, NULL));
  g_assert_cmpuint (rg_text_state_get_n_tokens (text), ==, ids->len);
}

/* The token that follows is the original's each time, with its scores and, for the first, its attention to the picture. */
static void
check_answer (FamilyCase *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  gsize n_tokens = config->text.vocabulary_size;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImageState) image = rg_model_see (self->model, self->pass, &self->pixels, NULL, NULL, &error);
  g_autoptr (GArray) prompt = family_case_write_prompt (self, image);
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);
  g_autofree float *logits = g_new (float, n_tokens * self->generated->len);
  const guint32 *next = (const guint32 *) prompt->data;
  gsize n = prompt->len;

  g_assert_no_error (error);
  for (guint i = 0; i < self->generated->len; i++)
    {
      g_assert_true (rg_model_read (self->model, self->pass, image, text, next, n, logits + i * n_tokens, NULL, NULL));
      next = &g_array_index (self->generated, guint32, i);
      n = 1;
      g_assert_cmpuint (rg_logits_find_best (logits + i * n_tokens, n_tokens), ==, *next);
      if (i == 0)
        disturb (self, image, prompt, *next);
    }
  g_assert_true (family_case_check (self, "generated_logits", logits, n_tokens * self->generated->len, REFERENCE_LOGIT_BOUND));
}

/* The text in one pass, in which nobody sees an image token. */
static double
score_blind (FamilyCase *self, const RgImageState *image, const GArray *ids)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  guint n_prefix;
  const guint32 *prefix = rg_image_state_get_prefix (image, &n_prefix), *places = rg_image_state_get_places (image);
  gsize n = n_prefix + ids->len - 1;
  guint offsets[] = { 0, n };
  g_autofree guint32 *all = g_new (guint32, n);
  g_autofree guint8 *hidden = g_malloc0 (n);
  g_autofree guint32 *positions = NULL;
  const float *last;
  RgTensor *logits;
  guint next;

  memcpy (all, prefix, n_prefix * sizeof *all);
  memcpy (all + n_prefix, ids->data, (ids->len - 1) * sizeof *all);
  positions = rg_text_positions_new (config, &self->pixels, all, n, &next);
  for (guint p = 0; p < rg_image_state_get_n_patches (image); p++)
    hidden[places[p]] = 1;

  rg_pass_reset (self->pass);
  logits = rg_decoder_logits (self->pass, rg_model_get_decoder (self->model), &config->text,
                              rg_decoder_forward (self->pass, rg_model_get_decoder (self->model), &config->text,
                                                  &(RgDecoderRun){ .ids = all, .n = n, .n_texts = 1, .offsets = offsets, .positions = positions, .mutual_end = config->text.sees_prompt ? n : 0, .memory_hidden = hidden }));
  last = logits->data + (n - 1) * logits->cols;

  return last[g_array_index (ids, guint32, ids->len - 1)] - rg_logits_log_sum (last, logits->cols);
}

/* Without any image token to be seen, it makes no difference what the picture is, nor that there was one. */
static void
check_hidden (FamilyCase *self, const GArray *ids, const guint8 *hidden, double blind)
{
  g_autofree float *values = g_new0 (float, self->pixels.n_values);
  RgPixelValues other = self->pixels;
  g_autoptr (RgImageState) image = NULL;
  double logprob;

  other.values = values;
  image = rg_model_see (self->model, self->pass, &other, NULL, NULL, NULL);
  g_assert_true (rg_model_score (self->model, self->pass, image, (const guint32 *) ids->data, ids->len, ids->len - 1, hidden, &logprob, NULL));
  numeric_assert_near ("score without the picture", 0, logprob, blind, 1e-5);
  numeric_assert_near ("score of a blind pass", 0, score_blind (self, image, ids), blind, 1e-4);
  g_assert_true (rg_model_score (self->model, self->pass, image, (const guint32 *) ids->data, ids->len, ids->len - 1, NULL, &logprob, NULL));
  g_assert_cmpfloat (ABS (logprob - blind), >, 1e-3);
}

/* Of the last row at image token @p: its own, or Σ over the question's rows of what it sees of them times what they see. */
static double
find_look (const FamilyCase *self, const RgTrace *trace, const RgImageState *image, gsize map, gsize p)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  gsize n = trace->hidden->rows, last = map * n + n - 1, n_maps = config->text.n_layers * config->text.block.n_heads, n_tokens = trace->tokens->rows, place = 0;
  double sum = 0;

  if (self->names->question_ids != NULL)
    {
      for (gsize q = 0; q < trace->n_memory; q++)
        for (gsize i = 0; i < n_maps; i++)
          sum += trace->cross_attention[last * trace->n_memory + q] * trace->question_looks[(i * trace->n_memory + q) * n_tokens + 1 + p] / n_maps;
      return sum;
    }
  if (config->text.block.cross)
    return trace->cross_attention[last * trace->n_memory + rg_image_state_get_places (image)[p]];

  for (gsize found = 0, i = 0; found <= p; i++)
    if (g_array_index (self->ids, guint32, i) == config->image_token)
      {
        found++;
        place = i;
      }

  return trace->self_attention[last * n + place];
}

/* Each image token hidden alone: all together are as likely as one after the other. */
static void
check_together (FamilyCase *self, RgImageState *image, const GArray *ids)
{
  guint n_patches = rg_image_state_get_n_patches (image);
  g_autofree guint8 *hidden = g_malloc0 (n_patches * n_patches);
  g_autofree double *got = g_new (double, n_patches);

  for (guint p = 0; p < n_patches; p++)
    hidden[p * n_patches + p] = 1;
  g_assert_true (rg_model_score_hidden (self->model, self->pass, image, &(RgScoredText){ (const guint32 *) ids->data, ids->len, ids->len - 1 }, hidden, n_patches, got, NULL, NULL, NULL));
  for (guint p = 0; p < n_patches; p++)
    {
      double alone;

      g_assert_true (rg_model_score (self->model, self->pass, image, (const guint32 *) ids->data, ids->len, ids->len - 1, hidden + p * n_patches, &alone, NULL));
      numeric_assert_near ("mask", p, got[p], alone, 1e-5);
    }
}

/* What a single pass over the whole text gives, reading behind the picture gives as well: attention, scores, and what is left
 * when image tokens are hidden one way or the other. */
static void
check_parts (FamilyCase *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  g_autoptr (RgImageState) image = rg_model_see (self->model, self->pass, &self->pixels, NULL, NULL, NULL);
  g_autoptr (GArray) prompt = family_case_write_prompt (self, image);
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);
  gsize n_maps = rg_text_config_count_looks (&config->text) * config->text.block.n_heads, n_patches = rg_image_state_get_n_patches (image), n = self->n_prompt;
  g_autofree float *read = g_new (float, n_maps *n_patches), *differentiated = g_new (float, n_maps *n_patches), *gradient = g_new (float, n_maps *n_patches);
  g_autofree float *logits = g_new (float, config->text.vocabulary_size);
  g_autofree guint8 *hidden = g_malloc0 (n_patches);
  guint32 answer = g_array_index (self->generated, guint32, 0);
  double seen, unhidden, blind;
  RgTrace trace;

  g_assert_true (rg_model_read (self->model, self->pass, image, text, (const guint32 *) prompt->data, prompt->len, logits, read, NULL));
  g_assert_true (rg_model_differentiate (self->model, self->pass, image, (const guint32 *) prompt->data, prompt->len, prompt->len, answer, differentiated, config->question_encoder.n_layers == 0 ? gradient : NULL, NULL));
  numeric_assert_same ("attention of both", differentiated, read, n_maps * n_patches, 1e-5);

  rg_trace_run (&trace, self->model, self->pass, &self->pixels, (const guint32 *) self->ids->data, n, n, NULL);
  for (gsize map = 0; map < n_maps; map++)
    for (gsize p = 0; p < n_patches; p++)
      numeric_assert_near ("attention", map * n_patches + p, read[map * n_patches + p], find_look (self, &trace, image, map, p), 1e-5);

  g_array_append_val (prompt, answer);
  seen = logits[answer] - rg_logits_log_sum (logits, config->text.vocabulary_size);
  g_assert_true (rg_model_score (self->model, self->pass, image, (const guint32 *) prompt->data, prompt->len, prompt->len - 1, hidden, &unhidden, NULL));
  numeric_assert_near ("score", 0, unhidden, seen, 1e-4);
  memset (hidden, 1, n_patches);
  g_assert_true (rg_model_score (self->model, self->pass, image, (const guint32 *) prompt->data, prompt->len, prompt->len - 1, hidden, &blind, NULL));
  g_assert_cmpfloat (ABS (blind - seen), >, 1e-3);
  check_together (self, image, prompt);
  if (!config->text.block.cross)
    check_hidden (self, prompt, hidden, blind);
}

/* Methods that this family has no map of: patches say nothing in words where there are no words among them, and
 * write nothing into words where only the question is looked at. */
static gboolean
may_refuse (const RgModelConfig *config, RgMethod method)
{
  return (method == RG_METHOD_PATCH_WORDS && config->text.block.cross) ||
         (method == RG_METHOD_DIRECT && config->question_encoder.n_layers > 0);
}

static double
sum_values (const float *values, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (isfinite (values[i]));
      sum += values[i];
    }

  return sum;
}

/* Every method makes a map, and says what else was looked at. */
static void
check_maps (FamilyCase *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  g_auto (FamilyAnswer) answer = { 0 };
  RgMethodOptions options = rg_method_options_default ();
  g_autofree float *map = NULL;
  gsize n_patches;
  double looked = 0;

  family_answer_init (&answer, self, 3);
  n_patches = rg_image_state_get_n_patches (answer.image);
  map = g_new (float, n_patches);
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      g_autoptr (GError) error = NULL;
      RgShares shares;
      double sum = 0, value;

      if (method == RG_METHOD_OCCLUSION)
        continue; /* sees the picture once a square, which takes long */
      if (!rg_method_map (method, &answer.explained, &options, map, &(RgMethodFindings){ .shares = &shares }, &error))
        {
          g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
          g_assert_true (may_refuse (config, method));
          continue;
        }
      g_assert_false (may_refuse (config, method));
      value = sum_values (map, n_patches);
      if (!rg_method_is_share (method))
        continue;

      for (RgSource source = 0; source < RG_N_SOURCES; source++)
        sum += shares.of[source];
      numeric_assert_near ("shares", method, sum, config->text.block.cross ? 2 : 1, 1e-4);
      g_assert_cmpfloat (shares.of[RG_SOURCE_ANSWER], >, 0);
      if (method == RG_METHOD_ATTENTION)
        looked = value;
      numeric_assert_near ("picture", method, shares.of[RG_SOURCE_PICTURE], looked, 1e-4);
      if (method == RG_METHOD_ROLLOUT && !config->vision.class_token)
        numeric_assert_near ("traced back", 0, value, looked, 1e-4);
      if (method == RG_METHOD_ROLLOUT)
        g_assert_cmpfloat (value, >, looked / 8);
    }
}

/* Where patches come one behind the other, hiding an image token changes its patches' values, and these alone. */
static void
check_hiding (FamilyCase *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  g_autoptr (RgImageState) image = rg_model_see (self->model, self->pass, &self->pixels, NULL, NULL, NULL);
  RgWord word = { .n = 1 };
  RgExplained answer = { self->model, self->pass, image, &self->pixels, (const guint32 *) self->generated->data, 2, 1, &word, 1, NULL, NULL };
  guint n_patches = rg_image_state_get_n_patches (image), token = n_patches / 2;
  gsize length = self->pixels.n_values / n_patches, area = config->vision.patch_size * config->vision.patch_size, plane = area * config->vision.n_frames;
  g_autofree guint8 *hidden = g_malloc0 (n_patches);
  double sums[3] = { 0 }, logprob;

  if (config->vision.image_size > 0)
    return;

  for (gsize i = 0; i < self->pixels.n_values; i++)
    sums[i / plane % 3] += self->pixels.values[i];
  hidden[token] = 1;
  for (RgFill fill = RG_FILL_MEAN; fill <= RG_FILL_BLUR; fill++)
    {
      g_auto (RgPixelHiding) hiding = { 0 };

      rg_pixel_hiding_init (&hiding, &answer, fill);
      g_assert_true (rg_pixel_hiding_apply (&hiding, hidden, 1, &logprob, NULL));
      for (gsize i = 0; i < self->pixels.n_values; i++)
        {
          gboolean is_hidden = i / length == token;

          g_assert_cmpfloat (hiding.changed[i], ==, is_hidden ? hiding.fill[i] : self->pixels.values[i]);
          if (fill == RG_FILL_MEAN)
            numeric_assert_near ("mean", i, hiding.fill[i], sums[i / plane % 3] / (self->pixels.n_values / 3), 1e-5);
          g_assert_cmpfloat (hiding.fill[i], ==, hiding.fill[i / plane * plane + i % area]); /* all frames */
        }
    }
}

/* A picture whose text is read in several parts. */
static void
test_large (FamilyCase *self, gconstpointer data)
{
  guint rows = 13, cols = 23, side;
  g_autofree float *values = NULL, *logits = NULL;
  g_autoptr (RgImageState) image = NULL;
  g_autoptr (RgTextState) text = NULL;
  g_autoptr (GArray) prompt = NULL, ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint n_prefix, n_tokens;
  const guint32 *prefix;
  RgTrace trace;

  if (self->dir == NULL)
    return;

  side = rg_model_config_get_token_size (rg_model_get_config (self->model));
  n_tokens = rg_model_get_config (self->model)->text.vocabulary_size;
  self->pixels = (RgPixelValues){ .n_views = 1, .width = cols * side, .height = rows * side, .n_values = (gsize) rows * cols * side * side * 6 };
  self->pixels.values = values = g_new (float, self->pixels.n_values);
  for (gsize i = 0; i < self->pixels.n_values; i++)
    values[i] = sinf (i % 7919);

  image = rg_model_see (self->model, self->pass, &self->pixels, NULL, NULL, NULL);
  g_assert_cmpuint (rg_image_state_get_n_patches (image), ==, rows * cols);
  prompt = rg_prompt_new (self->model, image, NULL, 0, "How?", 12, NULL);
  text = rg_text_state_new (self->model);
  logits = g_new (float, n_tokens);
  g_assert_true (rg_model_read (self->model, self->pass, image, text, (const guint32 *) prompt->data, prompt->len, logits, NULL, NULL));

  prefix = rg_image_state_get_prefix (image, &n_prefix);
  g_array_append_vals (ids, prefix, n_prefix);
  g_array_append_vals (ids, prompt->data, prompt->len);
  g_assert_true (rg_trace_run (&trace, self->model, self->pass, &self->pixels, (const guint32 *) ids->data, ids->len, ids->len, NULL));
  numeric_assert_same ("scores", logits, trace.logits->data + (ids->len - 1) * n_tokens, n_tokens, 1e-4);
}

/* What does not fit is refused, before anything is computed. */
static void
test_shapes (FamilyCase *self, gconstpointer data)
{
  static const guint sizes[][3] = { { 24, 16, 1 }, { 16, 24, 1 }, { 0, 16, 1 }, { 16, 16, 2 }, { 1600, 1600, 1 } };

  for (guint i = 0; self->dir != NULL && i < G_N_ELEMENTS (sizes); i++)
    {
      RgError expected = sizes[i][0] > 1000 ? RG_ERROR_LIMIT : RG_ERROR_SHAPE;
      g_autoptr (GError) error = NULL;

      self->pixels = (RgPixelValues){ .width = sizes[i][0], .height = sizes[i][1], .n_views = sizes[i][2] };
      g_assert_null (rg_model_see (self->model, self->pass, &self->pixels, NULL, NULL, &error));
      g_assert_error (error, RG_ERROR, expected);
    }
}

/* The same of tiles: more than there is room for, and not as many as there are. */
static void
test_tile_shapes (FamilyCase *self, gconstpointer data)
{
  static const guint shapes[][3] = { { 1, 5, 5 }, { 3, 2, 6 }, { 0, 0, 1 }, { 1, 3, 2 }, { 1, 1, 2 } };

  for (guint i = 0; self->dir != NULL && i < G_N_ELEMENTS (shapes); i++)
    {
      guint side = rg_model_get_config (self->model)->vision.image_size;
      g_autoptr (GError) error = NULL;

      self->pixels = (RgPixelValues){ .width = side, .height = side, .rows = shapes[i][0], .cols = shapes[i][1], .n_views = shapes[i][2] };
      g_assert_null (rg_model_see (self->model, self->pass, &self->pixels, NULL, NULL, &error));
      g_assert_error (error, RG_ERROR, RG_ERROR_SHAPE);
    }
}

static void
test_reference (FamilyCase *self, gconstpointer data)
{
  for (guint i = 0; self->dir != NULL && i < G_N_ELEMENTS (self->names->cases) && self->names->cases[i] != NULL; i++)
    {
      family_case_open (self, self->names->cases[i]);
      check_trace (self);
      check_positions (self);
      if (self->npy != NULL)
        {
          check_trace_of_answer (self);
          check_answer (self);
          check_parts (self);
          check_maps (self);
          check_hiding (self);
        }
      family_case_close (self);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (all_names); i++)
    {
      g_autofree char *path = g_strconcat ("/families/", all_names[i].fixture, NULL);

      g_test_add (path, FamilyCase, &all_names[i], family_case_set_up, test_reference, family_case_tear_down);
    }
  g_test_add ("/families/large-picture", FamilyCase, &any_shape, family_case_set_up, test_large, family_case_tear_down);
  g_test_add ("/families/tile-shapes", FamilyCase, &any_tiles, family_case_set_up, test_tile_shapes, family_case_tear_down);
  g_test_add ("/families/shapes", FamilyCase, &any_shape, family_case_set_up, test_shapes, family_case_tear_down);

  return g_test_run ();
}
