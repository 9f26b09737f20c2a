/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/residual-network.h"

#include <math.h>

#define CHANNELS 3
#define EPSILON 1e-5 /* of the batch norms; no file has another */

/* A convolution and its batch norm: as the file has them, and folded. */
typedef struct
{
  guint out, size, stride;
  RgTensor weight, gain, bias, mean, variance; /* out × (size² · in), the others 1 × out */
  RgTensor kernel, shift;                      /* out × (size² · in), 1 × out; owned data */
} Filter;

/* @n: convolutions, of which there are up to three. */
typedef struct
{
  Filter convolutions[3], shortcut;
  guint n;
  gboolean has_shortcut;
} Unit;

struct _RgResidualNetwork
{
  RgResidualConfig config;
  Filter stem;
  Unit *units[RG_MAX_STAGES]; /* owned */
};

static void declare_filter (Filter *self, RgParameters *parameters, guint in, guint out, guint size, guint stride, const char *format, ...) G_GNUC_PRINTF (7, 8);

static void
declare_filter (Filter *self, RgParameters *parameters, guint in, guint out, guint size, guint stride, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);

  *self = (Filter){ .out = out, .size = size, .stride = stride };
  rg_parameters_set_window (parameters, size * size);
  rg_parameters_declare (parameters, &self->weight, out, (gsize) in * size * size, RG_INIT_NORMAL, 0, RG_PARAMETER_MATRIX, "%s.convolution.weight", name);
  rg_parameters_set_window (parameters, 0);
  rg_parameters_declare (parameters, &self->gain, 1, out, RG_INIT_CONSTANT, 1, RG_PARAMETER_VECTOR, "%s.normalization.weight", name);
  rg_parameters_declare (parameters, &self->bias, 1, out, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.normalization.bias", name);
  rg_parameters_declare (parameters, &self->mean, 1, out, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.normalization.running_mean", name);
  rg_parameters_declare (parameters, &self->variance, 1, out, RG_INIT_CONSTANT, 1, RG_PARAMETER_VECTOR, "%s.normalization.running_var", name);
}

static void
declare_unit (Unit *self, const RgResidualConfig *config, RgParameters *parameters, const char *name, guint in, guint out, guint stride)
{
  guint inner = MAX (out / 4, 1), narrow = config->halve_narrow ? stride : 1;

  if (config->bottleneck)
    {
      declare_filter (&self->convolutions[self->n++], parameters, in, inner, 1, narrow, "%s.layer.0", name);
      declare_filter (&self->convolutions[self->n++], parameters, inner, inner, 3, stride / narrow, "%s.layer.1", name);
      declare_filter (&self->convolutions[self->n++], parameters, inner, out, 1, 1, "%s.layer.2", name);
    }
  else
    {
      declare_filter (&self->convolutions[self->n++], parameters, in, out, 3, stride, "%s.layer.0", name);
      declare_filter (&self->convolutions[self->n++], parameters, out, out, 3, 1, "%s.layer.1", name);
    }

  self->has_shortcut = in != out || stride != 1;
  if (self->has_shortcut)
    declare_filter (&self->shortcut, parameters, in, out, 1, stride, "%s.shortcut", name);
}

RgResidualNetwork *
rg_residual_network_new (const RgResidualConfig *config, RgParameters *parameters, const char *prefix)
{
  RgResidualNetwork *self = g_new0 (RgResidualNetwork, 1);
  guint width = config->stem;

  self->config = *config;
  declare_filter (&self->stem, parameters, CHANNELS, width, 7, 2, "%s.embedder.embedder", prefix);
  for (guint s = 0; s < config->n_stages; s++)
    {
      self->units[s] = g_new0 (Unit, config->depths[s]);
      for (guint u = 0; u < config->depths[s]; u++)
        {
          g_autofree char *name = g_strdup_printf ("%s.encoder.stages.%u.layers.%u", prefix, s, u);

          declare_unit (&self->units[s][u], config, parameters, name, width, config->widths[s], u == 0 && (s > 0 || config->halve_first) ? 2 : 1);
          width = config->widths[s];
        }
    }

  return self;
}

/* --- all convolutions ---------------------------------------------------------------------------------------------- */

/* Returns: %FALSE to stop */
typedef gboolean (*FilterFunc) (Filter *filter);

static gboolean
visit (RgResidualNetwork *self, FilterFunc func)
{
  gboolean go_on = func (&self->stem);

  for (guint s = 0; s < self->config.n_stages; s++)
    for (guint u = 0; u < self->config.depths[s]; u++)
      {
        Unit *unit = &self->units[s][u];

        for (guint i = 0; go_on && i < unit->n; i++)
          go_on = func (&unit->convolutions[i]);
        if (go_on && unit->has_shortcut)
          go_on = func (&unit->shortcut);
      }

  return go_on;
}

/* (w ∗ x − mean) / √(variance + ε) · gain + bias = (w · a) ∗ x + (bias − mean · a), a = gain / √(variance + ε). */
static gboolean
fold (Filter *self)
{
  gsize n = self->weight.cols;

  self->kernel = (RgTensor){ .rows = self->out, .cols = n, .data = g_new (float, self->out *n) };
  self->shift = (RgTensor){ .rows = 1, .cols = self->out, .data = g_new (float, self->out) };
  for (gsize o = 0; o < self->out; o++)
    {
      double a = self->gain.data[o] / sqrt (self->variance.data[o] + EPSILON);

      if (!(self->variance.data[o] >= 0))
        return FALSE;
      self->shift.data[o] = self->bias.data[o] - self->mean.data[o] * a;
      for (gsize i = 0; i < n; i++)
        self->kernel.data[o * n + i] = self->weight.data[o * n + i] * a;
    }

  return TRUE;
}

static gboolean
clear (Filter *self)
{
  g_free (self->kernel.data);
  g_free (self->shift.data);

  return TRUE;
}

gboolean
rg_residual_network_fold (RgResidualNetwork *self)
{
  return visit (self, fold);
}

void
rg_residual_network_free (RgResidualNetwork *self)
{
  if (self == NULL)
    return;

  visit (self, clear);
  for (guint s = 0; s < self->config.n_stages; s++)
    g_free (self->units[s]);
  g_free (self);
}

/* --- forward ------------------------------------------------------------------------------------------------------- */

/* @spec: (inout): its extent becomes that of the output */
static RgTensor *
convolve (RgPass *pass, Filter *filter, RgTensor *x, RgTensor *residual, RgConvolution *spec)
{
  RgTensor *y;

  spec->kernel = filter->size;
  spec->stride = filter->stride;
  spec->padding = filter->size / 2;
  y = rg_convolution (pass, x, &filter->kernel, &filter->shift, residual, spec);
  spec->height = rg_convolution_out (spec, spec->height);
  spec->width = rg_convolution_out (spec, spec->width);

  return y;
}

static RgTensor *
run_unit (RgPass *pass, Unit *unit, RgActivation activation, RgTensor *x, RgConvolution *spec)
{
  RgConvolution aside = *spec;
  RgTensor *shortcut = unit->has_shortcut ? convolve (pass, &unit->shortcut, x, NULL, &aside) : x;

  for (guint i = 0; i < unit->n; i++)
    x = rg_activate (pass, convolve (pass, &unit->convolutions[i], x, i + 1 == unit->n ? shortcut : NULL, spec), activation);

  return x;
}

RgTensor *
rg_residual_network_forward (RgPass *pass, RgResidualNetwork *self, RgTensor *pixels, RgResidualRun *run)
{
  const RgResidualConfig *config = &self->config;
  RgConvolution spec = { .n_images = 1, .height = run->height, .width = run->width };
  gboolean keeps_all = run->stages != NULL || run->stem != NULL || run->embedded != NULL;
  RgArenaMark mark = rg_arena_mark (pass->arena);
  RgTensor *x = rg_activate (pass, convolve (pass, &self->stem, pixels, NULL, &spec), config->activation); /* (S/2 · S/2) × C */

  if (run->stem != NULL)
    *run->stem = x;

  spec.kernel = 3;
  spec.stride = 2;
  spec.padding = 1;
  x = rg_max_pool (pass, x, &spec); /* (S/4 · S/4) × C */
  spec.height = rg_convolution_out (&spec, spec.height);
  spec.width = rg_convolution_out (&spec, spec.width);
  if (run->embedded != NULL)
    *run->embedded = x;

  for (guint s = 0; s < config->n_stages; s++)
    {
      for (guint u = 0; u < config->depths[s]; u++)
        {
          if (rg_pass_is_cancelled (pass))
            return NULL;
          x = run_unit (pass, &self->units[s][u], config->activation, x, &spec); /* … × widths[s] */
          if (!keeps_all && !pass->recording)
            x = rg_pass_keep (pass, mark, x);
        }
      if (run->stages != NULL)
        run->stages[s] = x;
    }
  run->rows = spec.height;
  run->cols = spec.width;

  return x;
}
