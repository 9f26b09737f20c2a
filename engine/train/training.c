/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/training.h"

#include "engine/train/training-step.h"

/* Steps between two lines of the learning curve. */
#define STEPS_A_LINE 50

/* What an interrupted run loses at most. */
#define SAVE_INTERVAL_US (5 * 60 * G_USEC_PER_SEC)

static void
report_step (const RgTrainingStep *step,
             gpointer data)
{
  RgJob *job = data;
  g_autofree char *line = rg_training_step_to_json (step);

  rg_job_report_progress (job, RG_STAGE_TRAIN, step->step / (double) MAX (step->n_steps, 1));
  rg_job_report_line (job, line);
}

static gboolean
run_steps (RgTrainer *trainer,
           guint n_steps,
           RgJob *job,
           GError **error)
{
  gint64 saved_us = g_get_monotonic_time ();

  while (rg_trainer_get_step (trainer) < n_steps)
    {
      if (!rg_trainer_run (trainer, STEPS_A_LINE, STEPS_A_LINE, report_step, job, rg_job_get_cancellable (job), error))
        return FALSE;

      if (g_get_monotonic_time () - saved_us > SAVE_INTERVAL_US)
        {
          if (!rg_trainer_save (trainer, error))
            return FALSE;
          saved_us = g_get_monotonic_time ();
        }
    }

  return TRUE;
}

gboolean
rg_training_run (const char *recipe,
                 const char *dir,
                 RgPool *pool,
                 RgJob *job,
                 GError **error)
{
  g_autoptr (RgTrainer) trainer = NULL;
  g_autoptr (GError) stopped = NULL;
  RgRecipe parsed;

  rg_job_report_progress (job, RG_STAGE_TRAIN, 0);
  if (!rg_recipe_read (&parsed, recipe, error))
    return FALSE;

  trainer = rg_trainer_new (&parsed, dir, pool, error);
  if (trainer == NULL)
    return FALSE;

  if (run_steps (trainer, rg_recipe_get_n_steps (&parsed), job, &stopped))
    return rg_trainer_save (trainer, error);

  /* A run that was stopped is kept to go on; one that failed would only go on failing. */
  if (g_error_matches (stopped, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !rg_trainer_save (trainer, error))
    return FALSE;
  g_propagate_error (error, g_steal_pointer (&stopped));

  return FALSE;
}
