/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/captioner.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

#define CONFIG "config.json"

struct _RgCaptioner
{
  RgCaptionConfig config;
  RgParameters *parameters; /* owned */
  RgVisionEncoder vision;
  RgDecoder text;
};

static const RgCaptionFamily *const families[] = { &rg_caption_family_blip, &rg_caption_family_vit_gpt2 };

static const RgCaptionFamily *
find_family (const RgConfig *file, GError **error)
{
  const char *model_type;

  if (!rg_config_get_string (file, "model_type", RG_CONFIG_REQUIRED, &model_type, error))
    return NULL;

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i]->model_type, model_type) == 0)
      return families[i];

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: a model of the type “%s” is none that describes pictures by cross-attention"), CONFIG, model_type);

  return NULL;
}

RgCaptioner *
rg_captioner_load (const char *dir, GCancellable *cancellable, GError **error)
{
  g_autofree char *config_path = g_build_filename (dir, CONFIG, NULL);
  g_autoptr (RgCaptioner) self = g_new0 (RgCaptioner, 1);
  g_autoptr (RgConfig) file = rg_config_open (config_path, error);
  const RgCaptionFamily *family = file != NULL ? find_family (file, error) : NULL;

  if (family == NULL || !family->read (file, &self->config, error))
    return NULL;

  self->parameters = rg_parameters_new ();
  rg_vision_encoder_declare (&self->vision, &self->config.vision, family->vision, self->parameters);
  rg_decoder_declare (&self->text, &self->config.text, family->text, self->parameters);
  for (guint i = 0; i < G_N_ELEMENTS (family->aliases) && family->aliases[i][0] != NULL; i++)
    rg_parameters_set_alias (self->parameters, family->aliases[i][0], family->aliases[i][1]);
  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !rg_parameters_load (self->parameters, dir, FALSE, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
rg_captioner_free (RgCaptioner *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->parameters, rg_parameters_free);
  g_free (self);
}

const RgCaptionConfig *
rg_captioner_get_config (const RgCaptioner *self)
{
  return &self->config;
}

RgTensor *
rg_captioner_see (RgCaptioner *self, RgPass *pass, RgTensor *pixels, const RgVisionRun *run)
{
  return rg_vision_encoder_forward (pass, &self->vision, &self->config.vision, pixels, run);
}

void
rg_captioner_remember (RgCaptioner *self, RgPass *pass, RgTensor *seen, RgTensor **memory)
{
  for (guint i = 0; i < self->config.text.n_layers; i++)
    memory[i] = rg_block_remember (pass, &self->text.layers[i], seen);
}

RgTensor *
rg_captioner_read (RgCaptioner *self, RgPass *pass, const RgDecoderRun *run)
{
  RgTensor *hidden = rg_decoder_forward (pass, &self->text, &self->config.text, run);

  return hidden != NULL ? rg_decoder_logits (pass, &self->text, &self->config.text, hidden) : NULL;
}
