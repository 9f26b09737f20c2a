/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/resnet.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "engine/families/side.h"

#define CONFIG "config.json"
#define PREPROCESSOR "preprocessor_config.json"
#define MODEL_TYPE "resnet"
#define PREFIX "resnet"
#define CLASSIFIER "classifier.1"
#define MAX_LABELS (1 << 16)

struct _RgResNet
{
  RgResidualConfig config;
  RgParameters *parameters; /* owned */
  RgResidualNetwork *network;
  RgLinear classifier; /* labels × D */
  guint n_labels;
  char **labels; /* (n_labels) */
};

gboolean
rg_resnet_claims (const char *dir)
{
  return rg_side_claims (dir, MODEL_TYPE);
}

/* Widths and depths go together; where both are absent they are those of ResNet-50. */
static gboolean
read_stages (const RgConfig *file, RgResidualConfig *config, GError **error)
{
  static const gint64 usual_widths[] = { 256, 512, 1024, 2048 }, usual_depths[] = { 3, 4, 6, 3 };
  g_autoptr (GArray) widths = NULL;
  g_autoptr (GArray) depths = NULL;

  if (!rg_config_get_ints (file, "hidden_sizes", RG_CONFIG_OPTIONAL, 1, 8192, RG_MAX_STAGES, &widths, error) ||
      !rg_config_get_ints (file, "depths", RG_CONFIG_OPTIONAL, 1, RG_MAX_UNITS, RG_MAX_STAGES, &depths, error))
    return FALSE;

  config->n_stages = widths != NULL ? widths->len : G_N_ELEMENTS (usual_widths);
  if (config->n_stages == 0 || config->n_stages != (depths != NULL ? depths->len : G_N_ELEMENTS (usual_depths)))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %u stages have widths (hidden_sizes), but %u have depths"), CONFIG, config->n_stages, (guint) (depths != NULL ? depths->len : G_N_ELEMENTS (usual_depths)));
      return FALSE;
    }

  for (guint s = 0; s < config->n_stages; s++)
    {
      config->widths[s] = widths != NULL ? g_array_index (widths, gint64, s) : usual_widths[s];
      config->depths[s] = depths != NULL ? g_array_index (depths, gint64, s) : usual_depths[s];
    }

  return TRUE;
}

static gboolean
read_config (const RgConfig *file, RgResidualConfig *config, GError **error)
{
  const char *kind = "bottleneck", *activation = "relu";
  gint64 n_channels = 3, stem = 64;

  if (!rg_side_require_type (file, MODEL_TYPE, error) || !read_stages (file, config, error) ||
      !rg_config_get_int (file, "num_channels", RG_CONFIG_OPTIONAL, 3, 3, &n_channels, error) ||
      !rg_config_get_int (file, "embedding_size", RG_CONFIG_OPTIONAL, 1, 8192, &stem, error) ||
      !rg_config_get_string (file, "layer_type", RG_CONFIG_OPTIONAL, &kind, error) ||
      !rg_config_get_string (file, "hidden_act", RG_CONFIG_OPTIONAL, &activation, error) ||
      !rg_config_get_boolean (file, "downsample_in_first_stage", RG_CONFIG_OPTIONAL, &config->halve_first, error) ||
      !rg_config_get_boolean (file, "downsample_in_bottleneck", RG_CONFIG_OPTIONAL, &config->halve_narrow, error) ||
      !rg_side_find_activation ("hidden_act", activation, &config->activation, error))
    return FALSE;

  config->stem = stem;
  config->bottleneck = strcmp (kind, "bottleneck") == 0;
  if (config->bottleneck || strcmp (kind, "basic") == 0)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: layers of the type “%s” are not supported, only “bottleneck” and “basic”"), CONFIG, kind);

  return FALSE;
}

/* Names of labels that the file does not have are made up, as the original code does it. */
static gboolean
read_labels (RgResNet *self, const RgConfig *file, GError **error)
{
  self->labels = g_new0 (char *, self->n_labels + 1);
  for (guint i = 0; i < self->n_labels; i++)
    {
      g_autofree char *path = g_strdup_printf ("id2label.%u", i);
      const char *name = NULL;

      if (!rg_config_get_string (file, path, RG_CONFIG_OPTIONAL, &name, error))
        return FALSE;
      self->labels[i] = name != NULL ? g_strdup (name) : g_strdup_printf ("LABEL_%u", i);
    }

  return TRUE;
}

static gboolean
load_weights (RgResNet *self, RgWeights *weights, const char *dir, GError **error)
{
  const RgStoredTensor *classifier = rg_weights_find (weights, CLASSIFIER ".weight");

  self->n_labels = classifier != NULL && classifier->n_dims == 2 ? MIN (classifier->shape[0], MAX_LABELS) : 0;
  self->parameters = rg_parameters_new ();
  self->network = rg_residual_network_new (&self->config, self->parameters, PREFIX);
  rg_parameters_add_alias (self->parameters, PREFIX ".", "");
  if (self->n_labels > 0)
    rg_linear_declare (&self->classifier, self->n_labels, rg_resnet_get_width (self), TRUE, 0, self->parameters, "", CLASSIFIER);

  if (!rg_parameters_bind (self->parameters, weights, dir, TRUE, error))
    return FALSE;
  if (rg_residual_network_fold (self->network))
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("%s: a batch norm has a negative variance"), dir);

  return FALSE;
}

RgResNet *
rg_resnet_load (const char *dir, GCancellable *cancellable, GError **error)
{
  g_autofree char *config_path = g_build_filename (dir, CONFIG, NULL);
  g_autoptr (RgResNet) self = g_new0 (RgResNet, 1);
  g_autoptr (RgConfig) file = rg_config_open (config_path, error);
  g_autoptr (RgWeights) weights = NULL;

  if (file == NULL || !read_config (file, &self->config, error) ||
      g_cancellable_set_error_if_cancelled (cancellable, error) ||
      (weights = rg_weights_open (dir, error)) == NULL ||
      !load_weights (self, weights, dir, error) || !read_labels (self, file, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
rg_resnet_free (RgResNet *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->network, rg_residual_network_free);
  g_clear_pointer (&self->parameters, rg_parameters_free);
  g_strfreev (self->labels);
  g_free (self);
}

gboolean
rg_resnet_load_preprocess (const char *dir, RgPreprocessConfig *preprocess, GError **error)
{
  g_autofree char *config_path = g_build_filename (dir, CONFIG, NULL);
  g_autofree char *preprocess_path = g_build_filename (dir, PREPROCESSOR, NULL);

  if (!rg_preprocess_config_load (preprocess, preprocess_path, error) ||
      !rg_preprocess_config_load_patches (preprocess, config_path, error))
    return FALSE;

  if (preprocess->layout != RG_PIXEL_LAYOUT_PLANES || preprocess->image_size == 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s makes no square pictures, which ResNet needs"), preprocess_path);
      return FALSE;
    }
  preprocess->layout = RG_PIXEL_LAYOUT_PIXELS;

  return TRUE;
}

const RgResidualConfig *
rg_resnet_get_config (const RgResNet *self)
{
  return &self->config;
}

guint
rg_resnet_get_width (const RgResNet *self)
{
  return self->config.widths[self->config.n_stages - 1];
}

guint
rg_resnet_get_n_labels (const RgResNet *self)
{
  return self->n_labels;
}

const char *
rg_resnet_get_label (const RgResNet *self, guint label)
{
  return self->labels[label];
}

RgTensor *
rg_resnet_see (RgResNet *self, RgPass *pass, RgTensor *pixels, RgResidualRun *run)
{
  return rg_residual_network_forward (pass, self->network, pixels, run);
}

RgTensor *
rg_resnet_pool (RgResNet *self, RgPass *pass, RgTensor *cells)
{
  guint *offsets = rg_arena_alloc (pass->arena, 2 * sizeof *offsets);

  offsets[0] = 0;
  offsets[1] = cells->rows;

  return rg_segment_mean (pass, cells, offsets, 1);
}

RgTensor *
rg_resnet_classify (RgResNet *self, RgPass *pass, RgTensor *pooled)
{
  return rg_linear_forward (pass, &self->classifier, pooled, NULL);
}

void
rg_resnet_map (RgResNet *self, const RgTensor *cells, guint label, float *map)
{
  const float *weight = self->classifier.weight.data + label * cells->cols;

  for (gsize i = 0; i < cells->rows; i++)
    {
      double sum = 0;

      for (gsize c = 0; c < cells->cols; c++)
        sum += (double) weight[c] * cells->data[i * cells->cols + c];
      map[i] = sum / cells->rows;
    }
}
