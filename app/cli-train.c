/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/curve.h"
#include "app/data-dir.h"
#include "app/evaluation-report.h"
#include "app/interrupt.h"
#include "app/recipe-file.h"
#include "engine/error.h"
#include "engine/train/training-step.h"

#define DEFAULT_RECIPE "bundled"
#define DEFAULT_EVERY 50
#define SAVE_STEPS 1000
#define TEST_SCENES 200 /* at the end of a run */
#define TEST_SEED 1

/* A run while it goes on. */
typedef struct
{
  RgTrainer *trainer;
  RgCurve *curve;
  GCancellable *cancellable; /* cancelled by a failure, too */
  guint saved_at;
  GError *error; /* of reporting or saving */
} Run;

static void
report (const RgTrainingStep *step, gpointer data)
{
  g_autofree char *line = rg_training_step_to_json (step);
  Run *run = data;
  gboolean done = TRUE;

  if (run->error != NULL)
    return;

  puts (line);
  fflush (stdout);
  done = rg_curve_append (run->curve, line, &run->error);
  if (done && step->step >= run->saved_at + SAVE_STEPS)
    {
      done = rg_trainer_save (run->trainer, &run->error);
      run->saved_at = step->step;
    }
  if (!done)
    g_cancellable_cancel (run->cancellable);
}

/* The file that @name means: a path, or one of the recipes that came with Regard; without a name that of the run that lies
 * in @dir. Returns: (transfer full) */
static char *
find_recipe (const char *name, const char *dir)
{
  g_autofree char *begun = rg_recipe_file_in (dir);
  g_autofree char *relative = NULL;

  if (name == NULL && g_file_test (begun, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&begun);
  if (name == NULL)
    name = DEFAULT_RECIPE;
  if (strchr (name, G_DIR_SEPARATOR) != NULL || g_str_has_suffix (name, ".ini"))
    return g_strdup (name);

  relative = g_strdup_printf ("recipes/%s.ini", name);

  return rg_data_dir_build (relative);
}

static gboolean
test (RgModel *model, const RgRecipe *recipe, RgPool *pool, GCancellable *cancellable, GError **error)
{
  RgEvaluation evaluation;

  if (!rg_evaluate (model, recipe, TEST_SEED, TEST_SCENES, pool, NULL, NULL, cancellable, &evaluation, error))
    return FALSE;

  rg_evaluation_report_lines (&evaluation, recipe->languages);

  return TRUE;
}

/* Trains, saves whatever came of it, and tests a run that reached its end. */
static gboolean
run_training (Run *run, const RgRecipe *recipe, RgPool *pool, guint n_steps, guint every, GError **error)
{
  g_autoptr (GError) stopped = NULL;
  gboolean ran = rg_trainer_run (run->trainer, n_steps, every, report, run, run->cancellable, &stopped);
  gboolean interrupted = g_error_matches (stopped, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  if (run->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&run->error));
      return FALSE;
    }

  if (!ran && !interrupted)
    {
      g_propagate_error (error, g_steal_pointer (&stopped));
      return FALSE;
    }

  if (!rg_trainer_save (run->trainer, error))
    return FALSE;

  if (rg_trainer_get_step (run->trainer) >= rg_recipe_get_n_steps (recipe))
    return test (rg_trainer_get_model (run->trainer), recipe, pool, run->cancellable, error);

  fprintf (stderr, _ ("Stopped at step %u of %u. The same command goes on from there.\n"), rg_trainer_get_step (run->trainer), rg_recipe_get_n_steps (recipe));

  return TRUE;
}

static gboolean
train (const char *recipe_path, const char *dir, guint n_threads, guint n_steps, guint every, GError **error)
{
  g_autofree char *curve_path = g_build_filename (dir, "curve.jsonl", NULL);
  g_autoptr (RgInterrupt) interrupt = NULL;
  g_autoptr (RgPool) pool = NULL;
  g_autoptr (RgTrainer) trainer = NULL;
  g_autoptr (RgCurve) curve = NULL;
  RgRecipe recipe;
  Run run = { 0 };

  if (!rg_recipe_read (&recipe, recipe_path, error) ||
      !rg_cli_make_folder (dir, error) ||
      !rg_recipe_file_keep (recipe_path, dir, error))
    return FALSE;

  pool = rg_pool_new (n_threads);
  trainer = rg_trainer_new (&recipe, dir, pool, error);
  if (trainer == NULL)
    return FALSE;

  curve = rg_curve_open (curve_path, rg_trainer_get_step (trainer), error);
  if (curve == NULL)
    return FALSE;

  interrupt = rg_interrupt_new ();
  run = (Run){ .trainer = trainer, .curve = curve, .cancellable = rg_interrupt_get_cancellable (interrupt), .saved_at = rg_trainer_get_step (trainer) };

  return run_training (&run, &recipe, pool, n_steps, every, error);
}

gboolean
rg_cli_train (char ***arguments, GError **error)
{
  g_autofree char *out = NULL;
  g_autofree char *recipe = NULL;
  int threads = 0, steps = -1, every = DEFAULT_EVERY;
  const GOptionEntry entries[] = {
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, N_ ("folder for the model; a run that was stopped there goes on"), N_ ("DIR") },
    { "threads", 't', 0, G_OPTION_ARG_INT, &threads, N_ ("compute threads (0: one a core)"), "N" },
    { "steps", 's', 0, G_OPTION_ARG_INT, &steps, N_ ("stop after so many steps"), "N" },
    { "every", 'e', 0, G_OPTION_ARG_INT, &every, N_ ("steps between two lines of the learning curve (50)"), "N" },
    { NULL },
  };

  if (!rg_cli_parse ("train", _ ("[RECIPE]"), _ ("Trains a model from a recipe: a file, or the name of one that came with Regard (bundled, small)."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 1, error))
    return FALSE;
  if (out == NULL)
    return rg_cli_fail_usage (error, _ ("--out DIR is missing"));
  if (threads < 0 || every < 1 || steps < -1)
    return rg_cli_fail_usage (error, _ ("--threads and --steps cannot be negative, and --every is at least 1"));

  recipe = find_recipe ((*arguments)[0], out);

  return train (recipe, out, threads, steps < 0 ? G_MAXUINT / 2 : (guint) steps, every, error);
}
