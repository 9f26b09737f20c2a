/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "app/cli-model.h"
#include "app/interrupt.h"
#include "app/recipe-file.h"
#include "engine/error.h"
#include "engine/explain/calibrate.h"
#include "engine/explain/forced-answer.h"
#include "engine/families/family.h"

#define DEFAULT_COUNT 300
#define OPEN_COUNT 60 /* these see for longer */

static void
show_progress (guint done, guint count, gpointer data)
{
  rg_cli_print_progress (_ ("scene %u of %u"), done, count);
}

static void
report_table (const RgCalibration *calibration, const RgCalibrateReport *report)
{
  g_print (_ ("%u words: pointing and AUROC together %.4f, with the mean of all heads %.4f\n"), report->n_words, report->after, report->before);
  for (guint i = 0; i < calibration->n_heads; i++)
    g_print (_ ("  layer %u, head %u: %.3f\n"), calibration->heads[i].layer, calibration->heads[i].head, calibration->heads[i].weight);
  g_print (_ ("  taken off: %.2f times the map's mean\n"), calibration->floor);
  g_print ("  %s\n", calibration->value_norm ? _ ("times the length of the values") : _ ("without the length of the values"));
  g_print ("  %s\n", calibration->lone_peaks ? _ ("lone peaks are levelled") : _ ("lone peaks stay"));
  g_print ("  %s\n", calibration->smooth ? _ ("neighbours share") : _ ("neighbours do not share"));
}

static void
report_json (const char *model, gint64 seed, const RgCalibration *calibration, const RgCalibrateReport *report)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "model", model);
  rg_cli_json_int (builder, "seed", seed);
  rg_cli_json_int (builder, "words", report->n_words);
  rg_cli_json_number (builder, "before", report->before);
  rg_cli_json_number (builder, "after", report->after);
  rg_cli_json_int (builder, "heads", calibration->n_heads);
  rg_cli_json_number (builder, "floor", calibration->floor);
  json_builder_end_object (builder);
  rg_cli_print_json (builder);
}

static gboolean
check_eyes (const RgModel *model, GError **error)
{
  const RgFamily *family = rg_model_get_config (model)->family;

  if (family->conversation != RG_CONVERSATION_TRANSCRIPT)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("Heads are chosen by drawn scenes, and a model of %s hears; its map of where it listened stays the mean of all heads."), family->name);

  return FALSE;
}

/* Before minutes are spent on what could not be kept. */
static gboolean
check_place (const char *path, GError **error)
{
  g_autofree char *file = rg_calibration_dup_path (path);
  g_autofree char *dir = g_path_get_dirname (file);

  if (g_access (dir, W_OK) == 0)
    return TRUE;

  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_ACCES, _ ("%s: this folder cannot be written to, and the choice of heads is kept there, beside the model. Copy the model to a folder of your own."), dir);

  return FALSE;
}

/* What the command line asks for. */
typedef struct
{
  const char *path;
  gint64 seed;
  int count, threads;
  gboolean json;
} Options;

static gboolean
calibrate (const Options *options, RgModel *model, const RgPreprocessConfig *preprocess, GCancellable *cancellable, RgCalibration *calibration, RgCalibrateReport *report, GError **error)
{
  gboolean is_open = rg_forced_answer_is_free (model);
  int count = options->count != G_MININT ? options->count : is_open ? OPEN_COUNT
                                                                    : DEFAULT_COUNT;
  g_autoptr (RgPool) pool = is_open ? rg_pool_new (options->threads) : NULL;
  const RgProbeSight sight = { preprocess, pool };
  RgRecipe world;

  if (is_open)
    rg_probe_world (&world, model);
  else if (!rg_recipe_file_world (&world, model, options->path, error))
    return FALSE;

  return rg_calibrate (model, is_open ? &sight : NULL, &world, options->seed, count, show_progress, NULL, cancellable, calibration, report, error);
}

gboolean
rg_cli_calibrate (char ***arguments, GError **error)
{
  Options options = { .seed = 1, .count = G_MININT };
  g_autofree char *path = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &path, N_ ("the model's folder, in which the choice is kept"), N_ ("DIR") },
    { "seed", 's', 0, G_OPTION_ARG_INT64, &options.seed, N_ ("of scenes and questions (1)"), "N" },
    { "count", 'n', 0, G_OPTION_ARG_INT, &options.count, N_ ("scenes (300; 60 for an open model)"), "N" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options.threads, N_ ("compute threads of an open model (0: one a core)"), "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("print one JSON object"), NULL },
    { NULL },
  };
  g_autoptr (RgInterrupt) interrupt = NULL;
  g_autoptr (RgModel) model = NULL;
  RgPreprocessConfig preprocess;
  RgCalibration calibration;
  RgCalibrateReport report;

  if (!rg_cli_parse ("calibrate", "", _ ("Chooses, on scenes whose truth is known, the heads whose attention makes the map of where a model looked."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error))
    return FALSE;
  if ((options.count != G_MININT && options.count < 1) || options.seed < 0 || options.threads < 0)
    return rg_cli_fail_usage (error, _ ("--count is at least 1, --seed and --threads cannot be negative"));

  path = rg_cli_model_path (path);
  options.path = path;
  interrupt = rg_interrupt_new ();
  model = rg_cli_model_load (path, &preprocess, rg_interrupt_get_cancellable (interrupt), error);
  if (model == NULL || !check_eyes (model, error) || !check_place (path, error) ||
      !calibrate (&options, model, &preprocess, rg_interrupt_get_cancellable (interrupt), &calibration, &report, error) ||
      !rg_calibration_write (&calibration, path, error))
    return FALSE;

  rg_cli_print_progress ("%s", "");
  if (options.json)
    report_json (path, options.seed, &calibration, &report);
  else
    report_table (&calibration, &report);

  return TRUE;
}
