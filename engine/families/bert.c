/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/bert.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/families/side.h"
#include "engine/formats/weights.h"

#define CONFIG "config.json"
#define MODEL_TYPE "bert"
#define PREFIX "bert." /* of files that have more than the encoder */
#define POOLER "pooler.dense"

struct _RgBert
{
  RgTextConfig config;
  RgParameters *parameters; /* owned */
  RgDecoder text;
  gboolean has_pooler;
  RgLinear pooler; /* D × D */
  RgPooling own;   /* OWN for the pooler */
};

const RgBlockNames rg_bert_block_names = {
  .norm = "attention.output.LayerNorm",
  .qkv = { "attention.self.query", "attention.self.key", "attention.self.value" },
  .out = "attention.output.dense",
  .cross_norm = "crossattention.output.LayerNorm",
  .cross_q = "crossattention.self.query",
  .cross_kv = { "crossattention.self.key", "crossattention.self.value" },
  .cross_out = "crossattention.output.dense",
  .mlp_norm = "output.LayerNorm",
  .up = "intermediate.dense",
  .down = "output.dense",
};

static const RgTextNames text_names = {
  .prefix = "",
  .embedding = "embeddings.word_embeddings.weight",
  .places = "embeddings.position_embeddings.weight",
  .segment_kinds = "embeddings.token_type_embeddings.weight",
  .first_norm = "embeddings.LayerNorm",
  .layers = "encoder.layer",
  .block = &rg_bert_block_names,
};

gboolean
rg_bert_claims (const char *dir)
{
  return rg_side_claims (dir, MODEL_TYPE);
}

static gboolean
read_config (const RgConfig *file, RgTextConfig *config, GError **error)
{
  const RgSide side = { 768, 3072, 12, 12, 1e-12, "gelu" };
  gint64 n_tokens = 30522, max_positions = 512, n_kinds = 2;
  const char *positions = "absolute";

  if (!rg_side_require_type (file, MODEL_TYPE, error) ||
      !rg_side_read (file, RG_SIDE_WHOLE, side, &config->n_layers, &config->block, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "vocab_size", 1 << 20, &n_tokens, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "max_position_embeddings", 1 << 16, &max_positions, error) ||
      !rg_side_get_int (file, RG_SIDE_WHOLE, "type_vocab_size", 256, &n_kinds, error) ||
      !rg_config_get_string (file, "position_embedding_type", RG_CONFIG_OPTIONAL, &positions, error))
    return FALSE;

  if (strcmp (positions, "absolute") != 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: positions of the type “%s” are not supported, only “absolute”"), CONFIG, positions);
      return FALSE;
    }

  config->vocabulary_size = n_tokens;
  config->max_positions = max_positions;
  config->n_segment_kinds = n_kinds;
  config->learned_places = config->sees_all = config->first_norm = TRUE;
  config->block.norm_last = TRUE;

  return TRUE;
}

/* Sentence encoders say in a file of their own what stands for a text. */
static gboolean
read_pooling (RgBert *self, const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "1_Pooling", CONFIG, NULL);
  g_autoptr (RgConfig) file = NULL;
  gboolean mean = FALSE, cls = FALSE;

  self->own = self->has_pooler ? RG_POOLING_OWN : RG_POOLING_CLS;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;

  file = rg_config_open (path, error);
  if (file == NULL ||
      !rg_config_get_boolean (file, "pooling_mode_mean_tokens", RG_CONFIG_OPTIONAL, &mean, error) ||
      !rg_config_get_boolean (file, "pooling_mode_cls_token", RG_CONFIG_OPTIONAL, &cls, error))
    return FALSE;

  if (mean == cls)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: only the mean of all tokens or the first token alone can stand for a text"), path);
      return FALSE;
    }
  self->own = mean ? RG_POOLING_MEAN : RG_POOLING_CLS;

  return TRUE;
}

/* The two spellings of a norm's gain and bias, each with and without the prefix. */
static void
add_norm_aliases (RgParameters *parameters, const char *prefix, const char *name)
{
  static const char *const spellings[][2] = { { "weight", "gamma" }, { "bias", "beta" } };

  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++)
    {
      g_autofree char *today = g_strconcat (prefix, name, ".", spellings[i][0], NULL), *first = g_strconcat (prefix, name, ".", spellings[i][1], NULL);
      g_autofree char *prefixed = g_strconcat (PREFIX, first, NULL);

      rg_parameters_add_alias (parameters, today, first);
      rg_parameters_add_alias (parameters, today, prefixed);
    }
}

static void
declare (RgBert *self)
{
  self->parameters = rg_parameters_new ();
  rg_decoder_declare (&self->text, &self->config, &text_names, self->parameters);
  if (self->has_pooler)
    rg_linear_declare (&self->pooler, self->config.block.width, self->config.block.width, TRUE, 0, self->parameters, "", POOLER);

  rg_parameters_add_alias (self->parameters, "", PREFIX);
  add_norm_aliases (self->parameters, "", text_names.first_norm);
  for (guint i = 0; i < self->config.n_layers; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("%s.%u.", text_names.layers, i);

      add_norm_aliases (self->parameters, prefix, rg_bert_block_names.norm);
      add_norm_aliases (self->parameters, prefix, rg_bert_block_names.mlp_norm);
    }
}

RgBert *
rg_bert_load (const char *dir, GCancellable *cancellable, GError **error)
{
  g_autofree char *config_path = g_build_filename (dir, CONFIG, NULL);
  g_autoptr (RgBert) self = g_new0 (RgBert, 1);
  g_autoptr (RgConfig) file = rg_config_open (config_path, error);
  g_autoptr (RgWeights) weights = NULL;

  if (file == NULL || !read_config (file, &self->config, error) ||
      g_cancellable_set_error_if_cancelled (cancellable, error) ||
      (weights = rg_weights_open (dir, error)) == NULL)
    return NULL;

  self->has_pooler = rg_weights_find (weights, POOLER ".weight") != NULL || rg_weights_find (weights, PREFIX POOLER ".weight") != NULL;
  declare (self);
  if (!read_pooling (self, dir, error) || !rg_parameters_bind (self->parameters, weights, dir, FALSE, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
rg_bert_free (RgBert *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->parameters, rg_parameters_free);
  g_free (self);
}

const RgTextConfig *
rg_bert_get_config (const RgBert *self)
{
  return &self->config;
}

RgPrecision
rg_bert_get_precision (const RgBert *self, gboolean measuring)
{
  return rg_parameters_get_precision (self->parameters, measuring);
}

RgTensor *
rg_bert_read (RgBert *self, RgPass *pass, const RgDecoderRun *run)
{
  return rg_decoder_forward (pass, &self->text, &self->config, run);
}

RgTensor *
rg_bert_pool (RgBert *self, RgPass *pass, RgTensor *rows, const guint *offsets, guint n_texts, RgPooling pooling)
{
  RgPooling chosen = pooling == RG_POOLING_OWN ? self->own : pooling;
  RgTensor *x;

  if (chosen == RG_POOLING_MEAN)
    return rg_segment_mean (pass, rows, offsets, n_texts);

  x = rg_gather_rows (pass, rows, offsets, n_texts); /* texts × D: [CLS] */
  if (chosen == RG_POOLING_CLS)
    return x;

  x = rg_linear_forward (pass, &self->pooler, x, NULL);
  for (gsize i = 0; i < x->rows * x->cols; i++)
    x->data[i] = tanhf (x->data[i]);

  return x;
}
