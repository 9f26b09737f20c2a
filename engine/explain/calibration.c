/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/calibration.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/json-file.h"
#include "engine/model-folder.h"

#define MAX_FLOOR 16
#define MAX_WEIGHT 1e6

static gboolean
read_heads (RgCalibration *self, const RgTextConfig *config, RgConfig *file, GError **error)
{
  g_autoptr (GArray) layers = NULL;
  g_autoptr (GArray) heads = NULL;
  g_autoptr (GArray) weights = NULL;
  double sum = 0;

  if (!rg_config_get_ints (file, "layers", RG_CONFIG_REQUIRED, 0, rg_text_config_count_looks (config) - 1, RG_CALIBRATION_HEADS, &layers, error) ||
      !rg_config_get_ints (file, "heads", RG_CONFIG_REQUIRED, 0, config->block.n_heads - 1, RG_CALIBRATION_HEADS, &heads, error) ||
      !rg_config_get_doubles (file, "weights", RG_CONFIG_REQUIRED, 0, MAX_WEIGHT, RG_CALIBRATION_HEADS, &weights, error))
    return FALSE;

  for (guint i = 0; i < weights->len; i++)
    sum += g_array_index (weights, double, i);
  if (layers->len != weights->len || heads->len != weights->len || !(sum > 0))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: expected as many layers as heads and weights, and a weight above 0; found %u, %u and %u"),
                   RG_CALIBRATION_FILE, layers->len, heads->len, weights->len);
      return FALSE;
    }

  self->n_heads = weights->len;
  for (guint i = 0; i < self->n_heads; i++)
    self->heads[i] = (RgHeadWeight){ g_array_index (layers, gint64, i), g_array_index (heads, gint64, i), g_array_index (weights, double, i) / sum };

  return TRUE;
}

static gboolean
read_file (RgCalibration *self, const RgTextConfig *config, RgConfig *file, GError **error)
{
  *self = (RgCalibration){ 0 };

  return file != NULL &&
         read_heads (self, config, file, error) &&
         rg_config_get_double (file, "floor", RG_CONFIG_OPTIONAL, 0, MAX_FLOOR, &self->floor, error) &&
         rg_config_get_boolean (file, "value_norm", RG_CONFIG_OPTIONAL, &self->value_norm, error) &&
         rg_config_get_boolean (file, "lone_peaks", RG_CONFIG_OPTIONAL, &self->lone_peaks, error) &&
         rg_config_get_boolean (file, "smooth", RG_CONFIG_OPTIONAL, &self->smooth, error);
}

char *
rg_calibration_dup_path (const char *model)
{
  g_autofree char *weights = rg_model_folder_dup_weights_path (model);
  g_autofree char *dir = g_path_get_dirname (weights);

  /* A folder may have many such files. */
  if (g_str_has_suffix (weights, ".gguf"))
    {
      weights[strlen (weights) - strlen (".gguf")] = '\0';
      return g_strconcat (weights, "." RG_CALIBRATION_FILE, NULL);
    }

  return g_build_filename (dir, RG_CALIBRATION_FILE, NULL);
}

gboolean
rg_calibration_read (RgCalibration *self, const RgTextConfig *config, const char *model, GError **error)
{
  g_autofree char *path = rg_calibration_dup_path (model);
  g_autoptr (RgConfig) file = NULL;

  *self = (RgCalibration){ 0 };
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;

  file = rg_config_open (path, error);

  return read_file (self, config, file, error);
}

gboolean
rg_calibration_parse (RgCalibration *self, const RgTextConfig *config, const char *text, gsize length, GError **error)
{
  g_autoptr (RgConfig) file = rg_config_parse (RG_CALIBRATION_FILE, text, length, error);

  return read_file (self, config, file, error);
}

static void
append_number (GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, "%.6g", value)); /* a point in every language */
}

gboolean
rg_calibration_write (const RgCalibration *self, const char *model, GError **error)
{
  g_autofree char *path = rg_calibration_dup_path (model);
  g_autoptr (GString) text = g_string_new ("{\n  \"layers\": [");

  for (guint i = 0; i < self->n_heads; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? ", " : "", self->heads[i].layer);
  g_string_append (text, "],\n  \"heads\": [");
  for (guint i = 0; i < self->n_heads; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? ", " : "", self->heads[i].head);
  g_string_append (text, "],\n  \"weights\": [");
  for (guint i = 0; i < self->n_heads; i++)
    {
      g_string_append (text, i > 0 ? ", " : "");
      append_number (text, self->heads[i].weight);
    }
  g_string_append (text, "],\n  \"floor\": ");
  append_number (text, self->floor);
  g_string_append_printf (text, ",\n  \"value_norm\": %s,\n  \"lone_peaks\": %s,\n  \"smooth\": %s\n}\n", self->value_norm ? "true" : "false", self->lone_peaks ? "true" : "false", self->smooth ? "true" : "false");

  return rg_atomic_write (path, text->str, text->len, error);
}
