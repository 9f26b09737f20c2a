/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/training-step.h"

#include <math.h>

/* JSON has no NaN, and its point is a point in every language. */
static void
append_number (GString *line, const char *name, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (line, ", \"%s\": ", name);
  g_string_append (line, isfinite (value) ? g_ascii_formatd (buffer, sizeof buffer, "%.6g", value) : "null");
}

char *
rg_training_step_to_json (const RgTrainingStep *self)
{
  const RgLosses *losses = &self->losses;
  GString *line = g_string_new (NULL);
  double n_parts = MAX (losses->n_parts, 1);

  g_string_append_printf (line, "{\"step\": %u, \"n_steps\": %u, \"pictures\": %" G_GUINT64_FORMAT, self->step, self->n_steps, self->pictures);
  append_number (line, "seconds", self->seconds);
  append_number (line, "answers", losses->answers / n_parts);
  append_number (line, "patches", losses->patches / n_parts);
  append_number (line, "pairs", losses->pairs / n_parts);
  append_number (line, "token_accuracy", losses->n_right / (double) MAX (losses->n_answers, 1));
  append_number (line, "rate", self->rate);
  append_number (line, "norm", self->norm);
  append_number (line, "pictures_per_s", self->pictures_per_s);
  g_string_append_c (line, '}');

  return g_string_free (line, FALSE);
}
