/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/resource.h>

#include "app/bench-explain.h"
#include "app/bench-products.h"
#include "app/cli-model.h"
#include "app/cli-sight.h"
#include "app/recipe-file.h"
#include "engine/decoder/prompt.h"
#include "engine/families/family.h"
#include "engine/tensor/gemm.h"
#include "engine/train/trainer.h"
#include "ui/image-decoder.h"

#define TRAINING_STEPS 4 /* after one to warm up */
#define TRAINING_BATCH 64
#define QUESTION "what is left of the house?"

/* What was measured; 0 where nothing was. */
typedef struct
{
  RgBenchProducts products;
  RgBenchExplain explain;
  double load_s, preprocess_s, encode_s, prefill_s, decode_s, decode_tokens_per_s;
  double encode_gflops;
  guint n_views, image_tokens, prompt_tokens;
  double training_pictures_per_s;
} Rates;

/* --- answering --- */

typedef struct
{
  RgCliSight *sight;
  const char *model;
  RgImage *picture;
  RgImageState *image;
  RgTextState *text;
  GArray *prompt;
  float *logits;
  guint n_generate;
  gboolean leaves_out_explain;
} Answering;

static void
load (gpointer data)
{
  Answering *self = data;
  RgPreprocessConfig preprocess;

  rg_model_free (rg_model_folder_load (self->model, NULL, &preprocess, NULL, NULL));
}

static void
preprocess (gpointer data)
{
  Answering *self = data;

  rg_cli_sight_take (self->sight, self->picture, NULL);
}

static void
see (gpointer data)
{
  Answering *self = data;

  g_clear_pointer (&self->image, rg_image_state_free);
  self->image = rg_model_see (self->sight->model, self->sight->pass, self->sight->seen, NULL, NULL, NULL);
}

static gboolean
read_ids (Answering *self, const guint32 *ids, guint n)
{
  return rg_model_read (self->sight->model, self->sight->pass, self->image, self->text, ids, n, self->logits, NULL, NULL);
}

static void
prefill (gpointer data)
{
  Answering *self = data;

  rg_text_state_truncate (self->text, 0);
  read_ids (self, (const guint32 *) self->prompt->data, self->prompt->len);
}

/* Operations of the encoder's layers for all views of the picture; views that see one another are no more than the rest. */
static double
count_operations (const RgCliSight *sight)
{
  const RgPixelValues *seen = sight->seen;

  return 2.0 * seen->n_views * rg_vision_config_count_products (&rg_model_get_config (sight->model)->vision, seen->width, seen->height);
}

/* Always the same token: what it is makes no difference to the time. */
static void
decode (gpointer data)
{
  Answering *self = data;

  rg_text_state_truncate (self->text, self->prompt->len);
  for (guint i = 0; i < self->n_generate; i++)
    read_ids (self, (const guint32 *) self->prompt->data, 1);
}

static gboolean
measure_answering (Answering *self, Rates *rates, GError **error)
{
  const RgTextConfig *text = &rg_model_get_config (self->sight->model)->text;

  rates->load_s = rg_bench_measure (load, self);
  rates->preprocess_s = rg_bench_measure (preprocess, self);
  rates->encode_s = rg_bench_measure (see, self);
  rates->encode_gflops = 1e-9 * count_operations (self->sight) / rates->encode_s;
  rates->n_views = self->sight->seen->n_views;
  rates->image_tokens = rg_image_state_get_n_patches (self->image);

  self->prompt = rg_prompt_new (self->sight->model, self->image, NULL, 0, QUESTION, 1, error);
  if (self->prompt == NULL)
    return FALSE;

  self->n_generate = MIN (self->n_generate, text->max_positions - rg_image_state_get_n_positions (self->image) - self->prompt->len);
  self->text = rg_text_state_new (self->sight->model);
  self->logits = g_new (float, text->vocabulary_size);
  rates->prefill_s = rg_bench_measure (prefill, self);
  rates->decode_s = rg_bench_measure (decode, self);
  rates->decode_tokens_per_s = self->n_generate / rates->decode_s;
  rates->prompt_tokens = self->prompt->len;
  if (!self->leaves_out_explain)
    rg_bench_explain_measure (&rates->explain, self->sight, self->image, self->prompt);

  return TRUE;
}

static void
answering_clear (Answering *self)
{
  g_clear_pointer (&self->picture, rg_image_unref);
  g_clear_pointer (&self->image, rg_image_state_free);
  g_clear_pointer (&self->text, rg_text_state_free);
  g_clear_pointer (&self->prompt, g_array_unref);
  g_clear_pointer (&self->logits, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answering, answering_clear)

/* --- training --- */

static void
keep_rate (const RgTrainingStep *step, gpointer data)
{
  double *rate = data;

  *rate = step->pictures_per_s;
}

/* A few steps of a model of the same sizes from nothing, in the world of the model's recipe. */
static RgRecipe
make_recipe (const RgRecipe *world, const RgModel *model)
{
  RgRecipe recipe = *world;
  const RgTextConfig *text = &rg_model_get_config (model)->text;

  recipe.model = *rg_model_get_config (model);
  recipe.first_image_size = recipe.model.vision.image_size;
  recipe.grow = 0;
  recipe.easy = 0;
  recipe.max_turns = MAX (recipe.max_turns, 1);
  recipe.max_tokens = recipe.max_tokens > 0 ? recipe.max_tokens : MIN (140, text->max_positions);
  recipe.batch = TRAINING_BATCH;
  recipe.part = 8;
  recipe.pictures = TRAINING_BATCH * (TRAINING_STEPS + 1);
  recipe.align_weight = 0.5;
  recipe.pair_weight = 0.1;
  recipe.optimizer = (RgOptimizerConfig){ .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .clip = 1 };

  return recipe;
}

static gboolean
train_in (const char *dir, const RgRecipe *recipe, const char *model, RgPool *pool, Rates *rates, GError **error)
{
  g_autofree char *from = g_build_filename (model, RG_MODEL_TOKENIZER, NULL);
  g_autofree char *to = g_build_filename (dir, RG_MODEL_TOKENIZER, NULL);
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);
  g_autoptr (RgTrainer) trainer = NULL;
  gboolean ran;

  /* With the model's vocabulary, so that none need be learned. */
  if (!g_file_copy (source, target, G_FILE_COPY_NONE, NULL, NULL, NULL, error))
    return FALSE;

  trainer = rg_trainer_new (recipe, dir, pool, error);
  ran = trainer != NULL &&
        rg_trainer_run (trainer, 1, 1, NULL, NULL, NULL, error) &&
        rg_trainer_run (trainer, TRAINING_STEPS, TRAINING_STEPS, keep_rate, &rates->training_pictures_per_s, NULL, error);
  g_unlink (to);

  return ran;
}

static gboolean
measure_training (const RgCliSight *sight, const char *model, Rates *rates, GError **error)
{
  g_autofree char *dir = NULL;
  RgRecipe world, recipe;
  gboolean ran;

  if (!rg_recipe_file_world (&world, sight->model, model, error))
    return FALSE;

  recipe = make_recipe (&world, sight->model);
  dir = g_dir_make_tmp ("regard-bench-XXXXXX", error);
  if (dir == NULL)
    return FALSE;

  ran = train_in (dir, &recipe, model, sight->pool, rates, error);
  g_rmdir (dir);

  return ran;
}

/* Of the model, or, where it is of a family that is not trained here, the bundled one. */
static gboolean
measure_training_of (const RgCliSight *sight, const char *model, int n_threads, Rates *rates, GError **error)
{
  g_autofree char *bundled = NULL;
  g_auto (RgCliSight) other = { 0 };

  if (rg_model_get_config (sight->model)->family == &rg_family_regard)
    return measure_training (sight, model, rates, error);

  bundled = rg_cli_model_path (NULL);

  return rg_cli_sight_open (&other, bundled, n_threads, FALSE, error) && measure_training (&other, bundled, rates, error);
}

/* --- the report --- */

static gint64
get_peak_memory (void)
{
  struct rusage usage;

  return getrusage (RUSAGE_SELF, &usage) == 0 ? (gint64) usage.ru_maxrss * 1024 : 0;
}

/* One row of the report. */
static void
report_number (JsonBuilder *builder, const char *name, double value, const char *unit, gboolean json)
{
  rg_cli_json_number (builder, name, value);
  if (!json)
    printf ("%-26s %12.6g %s\n", name, value, unit);
}

static void
report_types (JsonBuilder *builder, const RgBenchProducts *products, gboolean json)
{
  for (guint i = 0; i < RG_BENCH_N_TYPES; i++)
    {
      g_autofree char *type = g_ascii_strdown (rg_dtype_get_name (products->types[i].dtype), -1);
      g_autofree char *row = g_strdup_printf ("row_%s_gbytes_per_s", type);
      g_autofree char *rows = g_strdup_printf ("rows_%s_gflops", type);

      report_number (builder, row, products->types[i].row_gbytes, "GB/s", json);
      report_number (builder, rows, products->types[i].rows_gflops, "GFLOP/s", json);
    }
}

static void
report (const Rates *rates, guint n_threads, gint64 peak, gboolean json)
{
  double prefill_s = rates->preprocess_s + rates->encode_s + rates->prefill_s; /* until the first word of the answer is known */
  const struct
  {
    const char *name, *unit;
    double value;
  } rows[] = {
    { "sgemm_gflops", "GFLOP/s", rates->products.blas_gflops },
    { "gemm_f32_gflops", "GFLOP/s", rates->products.f32_gflops },
    { "gemm_fast_gflops", "GFLOP/s", rates->products.fast_gflops },
    { "load_s", "s", rates->load_s },
    { "preprocess_s", "s", rates->preprocess_s },
    { "encode_s", "s", rates->encode_s },
    { "encode_gflops", "GFLOP/s", rates->encode_gflops },
    { "encode_sgemms", "1", rates->encode_gflops / rates->products.blas_gflops },
    { "prefill_s", "s", rates->prefill_s },
    { "prefill_tokens_per_s", "1/s", rates->prompt_tokens / rates->prefill_s },
    { "decode_s", "s", rates->decode_s },
    { "decode_tokens_per_s", "1/s", rates->decode_tokens_per_s },
    { "explain_cut_s", "s", rates->explain.cut_s },
    { "explain_cut_prefills", "1", rates->explain.cut_s / prefill_s },
    { "explain_word_s", "s", rates->explain.word_s },
    { "explain_word_prefills", "1", rates->explain.word_s / prefill_s },
    { "explain_test_s", "s", rates->explain.test_s },
    { "explain_test_prefills", "1", rates->explain.test_s / prefill_s },
    { "training_pictures_per_s", "1/s", rates->training_pictures_per_s },
  };
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "gemm", rg_gemm_describe ());
  rg_cli_json_int (builder, "threads", n_threads);
  report_number (builder, "views", rates->n_views, "", json);
  report_number (builder, "image_tokens", rates->image_tokens, "", json);
  rg_cli_json_int (builder, "prompt_tokens", rates->prompt_tokens);
  rg_cli_json_int (builder, "answer_tokens", rates->explain.n_tokens);
  rg_cli_json_int (builder, "explain_test_masks", rates->explain.n_tests);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].value > 0)
      report_number (builder, rows[i].name, rows[i].value, rows[i].unit, json);
  report_types (builder, &rates->products, json);
  rg_cli_json_int (builder, "answering_memory_bytes", peak);
  json_builder_end_object (builder);
  if (json)
    rg_cli_print_json (builder);
}

/* The picture of the call, or a scene. */
static gboolean
open_picture (Answering *self, const char *path, GError **error)
{
  RgSceneOptions world = rg_scene_options_default ();
  g_autoptr (RgSceneRenderer) renderer = NULL;
  g_autoptr (RgScene) scene = NULL;
  g_autoptr (GBytes) pixels = NULL;
  guint8 *rgb;
  RgRandom random;

  if (path != NULL)
    {
      self->picture = rg_image_decoder_load (path, error);
      return self->picture != NULL;
    }

  rg_random_init (&random, 1, 0);
  scene = rg_scene_new_random (&world, &random);
  renderer = rg_scene_renderer_new ();
  rgb = g_malloc (3 * world.width * world.height);
  rg_scene_render (renderer, scene, rgb, NULL);
  pixels = g_bytes_new_take (rgb, 3 * world.width * world.height);
  self->picture = rg_image_new (world.width, world.height, pixels);

  return TRUE;
}

gboolean
rg_cli_bench (char ***arguments, GError **error)
{
  g_autofree char *model = NULL;
  g_autofree char *image = NULL;
  int generate = 32, threads = 0;
  gboolean json = FALSE, leaves_out_explain = FALSE;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model, N_ ("the model's folder (the bundled model)"), N_ ("DIR") },
    { "image", 'i', 0, G_OPTION_ARG_FILENAME, &image, N_ ("a picture (a scene)"), N_ ("FILE") },
    { "generate", 'g', 0, G_OPTION_ARG_INT, &generate, N_ ("tokens to write (32)"), "N" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &threads, N_ ("compute threads (0: one a core)"), "N" },
    { "no-explain", 0, 0, G_OPTION_ARG_NONE, &leaves_out_explain, N_ ("leave out explanations, which look at the picture some hundred times"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one JSON object"), NULL },
    { NULL },
  };
  g_auto (RgCliSight) sight = { 0 };
  g_auto (Answering) answering = { 0 };
  Rates rates = { 0 };
  gint64 peak;

  if (!rg_cli_parse ("bench", "", _ ("Measures how fast this machine multiplies, answers and trains; the fastest of a few runs counts."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error))
    return FALSE;
  if (generate < 1 || threads < 0)
    return rg_cli_fail_usage (error, _ ("--generate is at least 1, --threads not negative"));

  model = rg_cli_model_path (model);
  answering = (Answering){ .sight = &sight, .model = model, .n_generate = generate, .leaves_out_explain = leaves_out_explain };
  if (!rg_cli_sight_open (&sight, model, threads, FALSE, error) || !open_picture (&answering, image, error) || !measure_answering (&answering, &rates, error))
    return FALSE;

  peak = get_peak_memory ();
  rg_bench_products_measure (&rates.products, sight.pool);
  if (!measure_training_of (&sight, model, threads, &rates, error))
    return FALSE;
  report (&rates, rg_pool_get_n_threads (sight.pool), peak, json);

  return TRUE;
}
