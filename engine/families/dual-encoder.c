/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/dual-encoder.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"

#define CONFIG "config.json"
#define FIRST_SCALE 2.6592f /* log (1 / 0.07), what training begins with */

struct _RgDualEncoder
{
  const RgDualFamily *family;
  RgDualConfig config;
  RgParameters *parameters; /* owned */
  RgVisionEncoder vision;
  RgDecoder text;
  RgTensor visual_projection, text_projection; /* E × D of each side */
  RgTensor logit_scale;                        /* 1 × 1 */
};

static const RgDualFamily *const families[] = { &rg_dual_family_clip };

static const RgDualFamily *
find_family (const RgConfig *file, GError **error)
{
  const char *model_type;

  if (!rg_config_get_string (file, "model_type", RG_CONFIG_REQUIRED, &model_type, error))
    return NULL;

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i]->model_type, model_type) == 0)
      return families[i];

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: a model of the type “%s” does not compare pictures with texts"), CONFIG, model_type);

  return NULL;
}

gboolean
rg_dual_encoder_claims (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, CONFIG, NULL);
  g_autoptr (RgConfig) file = rg_config_open (path, NULL);

  return file != NULL && find_family (file, NULL) != NULL;
}

static void
declare_projection (RgDualEncoder *self, RgTensor *tensor, gsize width, const char *name)
{
  rg_parameters_declare (self->parameters, tensor, self->config.space_width, width, RG_INIT_NORMAL, 1 / sqrtf (width), RG_PARAMETER_MATRIX, "%s", name);
}

static void
declare (RgDualEncoder *self)
{
  const RgDualFamily *family = self->family;

  self->parameters = rg_parameters_new ();
  rg_vision_encoder_declare (&self->vision, &self->config.vision, family->vision, self->parameters);
  rg_decoder_declare (&self->text, &self->config.text, family->text, self->parameters);
  declare_projection (self, &self->visual_projection, self->config.vision.block.width, family->visual_projection);
  declare_projection (self, &self->text_projection, self->config.text.block.width, family->text_projection);
  rg_parameters_declare (self->parameters, &self->logit_scale, 1, 1, RG_INIT_CONSTANT, FIRST_SCALE, RG_PARAMETER_VECTOR, "%s", family->logit_scale);
}

RgDualEncoder *
rg_dual_encoder_load (const char *dir, GCancellable *cancellable, GError **error)
{
  g_autofree char *config_path = g_build_filename (dir, CONFIG, NULL);
  g_autoptr (RgDualEncoder) self = g_new0 (RgDualEncoder, 1);
  g_autoptr (RgConfig) file = rg_config_open (config_path, error);

  if (file == NULL)
    return NULL;

  self->family = find_family (file, error);
  if (self->family == NULL || !self->family->read (file, &self->config, error))
    return NULL;

  declare (self);
  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !rg_parameters_load (self->parameters, dir, FALSE, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
rg_dual_encoder_free (RgDualEncoder *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->parameters, rg_parameters_free);
  g_free (self);
}

const RgDualConfig *
rg_dual_encoder_get_config (const RgDualEncoder *self)
{
  return &self->config;
}

double
rg_dual_encoder_get_scale (const RgDualEncoder *self)
{
  return exp (self->logit_scale.data[0]);
}

RgTensor *
rg_dual_encoder_see (RgDualEncoder *self, RgPass *pass, RgTensor *pixels, const RgVisionRun *run)
{
  guint32 *first = rg_arena_alloc (pass->arena, run->n_images * sizeof *first);
  RgTensor *x = rg_vision_encoder_forward (pass, &self->vision, &self->config.vision, pixels, run); /* (N · T) × D */

  if (x == NULL)
    return NULL;

  for (guint i = 0; i < run->n_images; i++)
    first[i] = run->offsets[i];                       /* the row for the whole picture */
  x = rg_gather_rows (pass, x, first, run->n_images); /* N × D */

  return rg_normalize_rows (pass, rg_linear (pass, x, &self->visual_projection, NULL, NULL));
}

/* The row that stands for a text: the one that has seen all of it. */
static guint32
find_end (const RgDualConfig *config, const guint32 *ids, guint first, guint end)
{
  guint best = first;

  for (guint i = first; i < end; i++)
    {
      if (!config->legacy_end && ids[i] == config->end)
        return i;
      if (config->legacy_end && ids[i] > ids[best])
        best = i;
    }

  return config->legacy_end ? best : end - 1;
}

RgTensor *
rg_dual_encoder_read (RgDualEncoder *self, RgPass *pass, const RgDecoderRun *run)
{
  guint32 *ends = rg_arena_alloc (pass->arena, run->n_texts * sizeof *ends);
  RgTensor *x = rg_decoder_forward (pass, &self->text, &self->config.text, run); /* R × D */

  if (x == NULL)
    return NULL;

  for (guint i = 0; i < run->n_texts; i++)
    ends[i] = find_end (&self->config, run->ids, run->offsets[i], run->offsets[i + 1]);
  x = rg_gather_rows (pass, x, ends, run->n_texts); /* texts × D */

  return rg_normalize_rows (pass, rg_linear (pass, x, &self->text_projection, NULL, NULL));
}
