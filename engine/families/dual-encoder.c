/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/dual-encoder.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/encoder/attention-pool.h"
#include "engine/error.h"

#define CONFIG "config.json"

struct _RgDualEncoder
{
  const RgDualFamily *family;
  RgDualConfig config;
  RgParameters *parameters; /* owned */
  RgVisionEncoder vision;
  RgDecoder text;
  RgAttentionPool pool;
  RgLinear visual_projection, text_projection; /* E × D of each side */
  RgTensor logit_scale, logit_bias;            /* 1 × 1 */
};

const RgBlockNames rg_dual_block_names = {
  .norm = "layer_norm1",
  .qkv = { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" },
  .out = "self_attn.out_proj",
  .mlp_norm = "layer_norm2",
  .up = "mlp.fc1",
  .down = "mlp.fc2",
};

const RgVisionNames rg_dual_tower_names = {
  .prefix = "vision_tower.vision_model",
  .patch = "embeddings.patch_embedding",
  .places = "embeddings.position_embedding.weight",
  .layers = "encoder.layers",
  .last_norm = "post_layernorm",
  .block = &rg_dual_block_names,
};

const RgTextNames rg_dual_text_names = {
  .prefix = "text_model",
  .embedding = "embeddings.token_embedding.weight",
  .places = "embeddings.position_embedding.weight",
  .layers = "encoder.layers",
  .last_norm = "final_layer_norm",
  .block = &rg_dual_block_names,
};

static const RgDualFamily *const families[] = { &rg_dual_family_clip, &rg_dual_family_siglip };

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
declare_number (RgDualEncoder *self, RgTensor *tensor, const char *name)
{
  rg_parameters_declare (self->parameters, tensor, 1, 1, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s", name);
}

/* Projections stand at the root of the names, or in a part of their own: "text_projection", "text_model.head". */
static void
declare_projection (RgDualEncoder *self, RgLinear *linear, gsize width, const char *name)
{
  rg_parameters_declare (self->parameters, &linear->weight, self->config.space_width, width, RG_INIT_NORMAL, 1 / sqrtf (width), RG_PARAMETER_MATRIX, "%s.weight", name);
  if (self->family->projection_bias)
    rg_parameters_declare (self->parameters, &linear->bias, 1, self->config.space_width, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s.bias", name);
}

static void
declare (RgDualEncoder *self)
{
  const RgDualFamily *family = self->family;
  const RgBlockConfig *vision = &self->config.vision.block;

  self->parameters = rg_parameters_new ();
  rg_vision_encoder_declare (&self->vision, &self->config.vision, family->vision, self->parameters);
  if (family->pool != NULL)
    rg_attention_pool_declare (&self->pool, vision->width, vision->mlp_width, self->parameters, family->pool);
  if (family->visual_projection != NULL)
    declare_projection (self, &self->visual_projection, vision->width, family->visual_projection);
  rg_decoder_declare (&self->text, &self->config.text, family->text, self->parameters);
  declare_projection (self, &self->text_projection, self->config.text.block.width, family->text_projection);
  declare_number (self, &self->logit_scale, family->logit_scale);
  if (family->logit_bias != NULL)
    declare_number (self, &self->logit_bias, family->logit_bias);
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

RgPrecision
rg_dual_encoder_get_precision (const RgDualEncoder *self, gboolean measuring)
{
  return rg_parameters_get_precision (self->parameters, measuring);
}

double
rg_dual_encoder_get_scale (const RgDualEncoder *self)
{
  return exp (self->logit_scale.data[0]);
}

double
rg_dual_encoder_get_bias (const RgDualEncoder *self)
{
  return self->logit_bias.data != NULL ? self->logit_bias.data[0] : 0;
}

/* Returns: a row a picture, N × D. */
static RgTensor *
pool_rows (RgDualEncoder *self, RgPass *pass, RgTensor *x, const RgVisionRun *run)
{
  const RgBlockConfig *config = &self->config.vision.block;
  RgAttentionPoolRun pool_run = { run->n_images, run->offsets, config->n_heads, config->epsilon, config->activation, NULL };
  guint32 *first;

  if (self->family->pool != NULL)
    return rg_attention_pool_forward (pass, &self->pool, x, &pool_run);

  first = rg_arena_alloc (pass->arena, run->n_images * sizeof *first);
  for (guint i = 0; i < run->n_images; i++)
    first[i] = run->offsets[i]; /* the class token's */

  return rg_gather_rows (pass, x, first, run->n_images);
}

RgTensor *
rg_dual_encoder_see (RgDualEncoder *self, RgPass *pass, RgTensor *pixels, const RgVisionRun *run)
{
  RgTensor *x = rg_vision_encoder_forward (pass, &self->vision, &self->config.vision, pixels, run); /* (N · T) × D */

  if (x == NULL)
    return NULL;

  x = pool_rows (self, pass, x, run); /* N × D */
  if (self->family->visual_projection != NULL)
    x = rg_linear_forward (pass, &self->visual_projection, x, NULL); /* N × E */

  return rg_normalize_rows (pass, x);
}

/* The row that stands for the text ids[first] … ids[end − 1]. */
static guint32
find_row (const RgDualConfig *config, const guint32 *ids, guint first, guint end)
{
  guint best = first;

  if (config->row == RG_TEXT_ROW_LAST)
    return end - 1;

  for (guint i = first; i < end; i++)
    {
      if (config->row == RG_TEXT_ROW_END && ids[i] == config->end)
        return i;
      if (ids[i] > ids[best])
        best = i;
    }

  return config->row == RG_TEXT_ROW_LARGEST ? best : end - 1;
}

RgTensor *
rg_dual_encoder_read (RgDualEncoder *self, RgPass *pass, const RgDecoderRun *run)
{
  guint32 *rows = rg_arena_alloc (pass->arena, run->n_texts * sizeof *rows);
  RgTensor *x = rg_decoder_forward (pass, &self->text, &self->config.text, run); /* R × D */

  if (x == NULL)
    return NULL;

  for (guint i = 0; i < run->n_texts; i++)
    rows[i] = find_row (&self->config, run->ids, run->offsets[i], run->offsets[i + 1]);
  x = rg_gather_rows (pass, x, rows, run->n_texts); /* texts × D */

  return rg_normalize_rows (pass, rg_linear_forward (pass, &self->text_projection, x, NULL));
}
