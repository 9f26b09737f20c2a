/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/cli-model.h"
#include "app/evaluation-report.h"
#include "app/interrupt.h"
#include "app/map-report.h"
#include "app/recipe-file.h"
#include "engine/formats/atomic-file.h"

#define HELD_OUT RG_STYLE_CHALK
#define DEFAULT_COUNT 2000
#define DEFAULT_MAPS 200

/* What the words of the call ask for. */
typedef struct
{
  char *model, *language, *style;
  int threads, count;
  gint64 seed;
  char *markdown;
  gboolean json, maps;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->model);
  g_free (self->language);
  g_free (self->style);
  g_free (self->markdown);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
show_progress (guint done, guint count, gpointer data)
{
  rg_cli_print_progress (_ ("%s: %u of %u"), (const char *) data, done, count);
}

/* The bits of a named style, "trained" and "held-out" included; 0 where there is none of this name. */
static guint
find_styles (const char *name, guint trained)
{
  if (g_str_equal (name, "trained"))
    return trained;
  if (g_str_equal (name, "held-out"))
    return 1u << HELD_OUT;
  for (guint i = 0; i < RG_N_STYLES; i++)
    if (g_str_equal (name, rg_style_get_name (i)))
      return 1u << i;

  return 0;
}

static gboolean
choose_languages (const Options *options, RgRecipe *world, GError **error)
{
  guint chosen = 0;

  if (options->language == NULL)
    return TRUE;

  for (guint i = 0; i < RG_N_LANGUAGES; i++)
    if (g_str_equal (options->language, rg_language_get_code (i)))
      chosen = 1u << i;
  if (chosen == 0)
    return rg_cli_fail_usage (error, _ ("--lang is en or fr, not “%s”"), options->language);

  world->languages = chosen;

  return TRUE;
}

static void
begin_report (const Options *options, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "model", options->model);
  rg_cli_json_int (builder, "seed", options->seed);
}

/* The styles asked for, and beside the trained ones the style that training never saw. */
static gboolean
evaluate (const Options *options, RgModel *model, RgRecipe *world, RgPool *pool, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const char *title = options->style != NULL ? options->style : "trained";
  guint styles = find_styles (title, world->scenes.styles);
  RgEvaluation main_part, held_out;

  if (styles == 0)
    return rg_cli_fail_usage (error, _ ("there is no style “%s”"), title);

  world->scenes.styles = styles;
  if (!rg_evaluate (model, world, options->seed, options->count, pool, show_progress, (gpointer) title, cancellable, &main_part, error))
    return FALSE;

  if (options->style == NULL)
    {
      world->scenes.styles = 1u << HELD_OUT;
      if (!rg_evaluate (model, world, options->seed, options->count, pool, show_progress, (gpointer) rg_style_get_name (HELD_OUT), cancellable, &held_out, error))
        return FALSE;
    }
  rg_cli_print_progress ("%s", "");

  if (!options->json)
    {
      rg_evaluation_report_table (&main_part, world->languages, title);
      if (options->style == NULL)
        rg_evaluation_report_table (&held_out, world->languages, rg_style_get_name (HELD_OUT));
      return TRUE;
    }

  begin_report (options, builder);
  rg_evaluation_report_json (&main_part, world->languages, builder);
  json_builder_set_member_name (builder, "styles");
  json_builder_begin_object (builder);
  if (options->style == NULL)
    {
      json_builder_set_member_name (builder, rg_style_get_name (HELD_OUT));
      json_builder_begin_object (builder);
      rg_evaluation_report_json (&held_out, world->languages, builder);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  rg_cli_print_json (builder);

  return TRUE;
}

/* The maps in place of the answers. */
static gboolean
evaluate_maps (const Options *options, RgModel *model, RgRecipe *world, RgPool *pool, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const char *title = options->style != NULL ? options->style : "trained";
  RgCalibration calibration;
  RgMapBenchmark result;

  world->scenes.styles = find_styles (title, world->scenes.styles);
  if (world->scenes.styles == 0)
    return rg_cli_fail_usage (error, _ ("there is no style “%s”"), title);
  if (!rg_calibration_read (&calibration, &rg_model_get_config (model)->text, options->model, error) ||
      !rg_map_benchmark (model, &calibration, world, options->seed, options->count, pool, show_progress, (gpointer) title, cancellable, &result, error))
    return FALSE;
  rg_cli_print_progress ("%s", "");

  if (options->markdown != NULL)
    {
      g_autofree char *text = rg_map_report_markdown (&result);

      if (!rg_atomic_write (options->markdown, text, strlen (text), error))
        return FALSE;
    }

  if (!options->json)
    {
      rg_map_report_table (&result, title);
      return TRUE;
    }

  begin_report (options, builder);
  rg_map_report_json (&result, builder);
  json_builder_end_object (builder);
  rg_cli_print_json (builder);

  return TRUE;
}

gboolean
rg_cli_eval (char ***arguments, GError **error)
{
  g_auto (Options) options = { .seed = 1, .count = G_MININT };
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model, N_ ("the model's folder"), N_ ("DIR") },
    { "seed", 's', 0, G_OPTION_ARG_INT64, &options.seed, N_ ("of scenes and questions (1)"), "N" },
    { "count", 'n', 0, G_OPTION_ARG_INT, &options.count, N_ ("scenes (2000; 200 with --maps)"), "N" },
    { "lang", 'l', 0, G_OPTION_ARG_FILENAME, &options.language, N_ ("one language only"), "en|fr" },
    { "style", 0, 0, G_OPTION_ARG_FILENAME, &options.style, N_ ("trained, held-out, or the name of a style (trained and held-out)"), N_ ("NAME") },
    { "maps", 0, 0, G_OPTION_ARG_NONE, &options.maps, N_ ("score the maps against the objects in place of the answers"), NULL },
    { "markdown", 0, 0, G_OPTION_ARG_FILENAME, &options.markdown, N_ ("with --maps: write the README's tables to a file as well"), N_ ("FILE") },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options.threads, N_ ("compute threads (0: one a core)"), "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("print one JSON object"), NULL },
    { NULL },
  };
  g_autoptr (RgInterrupt) interrupt = NULL;
  g_autoptr (RgModel) model = NULL;
  g_autoptr (RgPool) pool = NULL;
  RgPreprocessConfig preprocess;
  RgRecipe world;

  if (!rg_cli_parse ("eval", "", _ ("Scores a model on scenes it never saw."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error))
    return FALSE;
  if (options.count == G_MININT)
    options.count = options.maps ? DEFAULT_MAPS : DEFAULT_COUNT;
  if (options.count < 1 || options.threads < 0 || options.seed < 0)
    return rg_cli_fail_usage (error, _ ("--count is at least 1, --seed and --threads cannot be negative"));

  options.model = rg_cli_model_path (options.model);
  interrupt = rg_interrupt_new ();
  model = rg_cli_model_load (options.model, &preprocess, rg_interrupt_get_cancellable (interrupt), error);
  if (model == NULL ||
      !rg_recipe_file_world (&world, model, options.model, error) ||
      !choose_languages (&options, &world, error))
    return FALSE;

  pool = rg_pool_new (options.threads);

  return (options.maps ? evaluate_maps : evaluate) (&options, model, &world, pool, rg_interrupt_get_cancellable (interrupt), error);
}
