/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>

#include "app/cli-model.h"
#include "app/interrupt.h"
#include "app/recipe-file.h"
#include "engine/error.h"
#include "engine/explain/calibrate.h"
#include "engine/families/family.h"

#define DEFAULT_COUNT 300

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

/* The scenes' questions and answers are in the words that the bundled model learnt to answer in. */
static gboolean
check_world (const RgModel *model, GError **error)
{
  const RgFamily *family = rg_model_get_config (model)->family;

  if (family->conversation == RG_CONVERSATION_TRAINED)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("Heads are chosen by questions about drawn scenes whose answers are one certain word, as Regard’s own models give them. A model of %s puts it in words of its own, so that nothing would be measured; its map of where it looked stays the mean of all heads."), family->name);

  return FALSE;
}

gboolean
rg_cli_calibrate (char ***arguments, GError **error)
{
  g_autofree char *path = NULL;
  gint64 seed = 1;
  int count = DEFAULT_COUNT;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &path, N_ ("the model's folder, in which the choice is kept"), N_ ("DIR") },
    { "seed", 's', 0, G_OPTION_ARG_INT64, &seed, N_ ("of scenes and questions (1)"), "N" },
    { "count", 'n', 0, G_OPTION_ARG_INT, &count, N_ ("scenes (300)"), "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one JSON object"), NULL },
    { NULL },
  };
  g_autoptr (RgInterrupt) interrupt = NULL;
  g_autoptr (RgModel) model = NULL;
  RgPreprocessConfig preprocess;
  RgCalibration calibration;
  RgCalibrateReport report;
  RgRecipe world;

  if (!rg_cli_parse ("calibrate", "", _ ("Chooses, on scenes whose truth is known, the heads whose attention makes the map of where a model looked."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error))
    return FALSE;
  if (count < 1 || seed < 0)
    return rg_cli_fail_usage (error, _ ("--count is at least 1, --seed cannot be negative"));

  path = rg_cli_model_path (path);
  interrupt = rg_interrupt_new ();
  model = rg_cli_model_load (path, &preprocess, rg_interrupt_get_cancellable (interrupt), error);
  if (model == NULL || !check_world (model, error) ||
      !rg_recipe_file_world (&world, model, path, error) ||
      !rg_calibrate (model, &world, seed, count, show_progress, NULL, rg_interrupt_get_cancellable (interrupt), &calibration, &report, error) ||
      !rg_calibration_write (&calibration, path, error))
    return FALSE;

  rg_cli_print_progress ("%s", "");
  if (json)
    report_json (path, seed, &calibration, &report);
  else
    report_table (&calibration, &report);

  return TRUE;
}
