/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/model.h"

#include <glib/gi18n.h>

#include "engine/error.h"
#include "engine/families/gguf-pair.h"
#include "engine/tokenizer/tokenizer-gguf.h"

struct _RgModel
{
  RgModelConfig config;
  const RgPromptFormat *prompt_format; /* NULL where it is no chat model */
  RgTokenizer *tokenizer;              /* a replica's is the source's */
  RgTokenizer *owned_tokenizer;        /* owned, nullable */
  RgParameters *parameters;            /* owned */
  RgVisionEncoder encoder;
  RgProjector projector;
  RgDecoder decoder, question_encoder;
  RgSharedSpace shared_space;
};

static gboolean
find_token (RgTokenizer *tokenizer, const char *file, const char *name, guint32 *id, GError **error)
{
  if (rg_tokenizer_find (tokenizer, name, id))
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: the token “%s”, which conversations need, is missing"), file, name);

  return FALSE;
}

static RgModel *
model_new (const RgModelConfig *config, RgTokenizer *tokenizer)
{
  const RgFamily *family = config->family;
  RgModel *self = g_new0 (RgModel, 1);

  self->config = *config;
  self->tokenizer = tokenizer;
  self->parameters = rg_parameters_new ();

  rg_vision_encoder_declare (&self->encoder, &config->vision, family->vision, self->parameters);
  rg_projector_declare (&self->projector, &config->projector, family->projector, self->parameters);
  rg_decoder_declare (&self->decoder, &config->text, family->text, self->parameters);
  if (config->question_encoder.n_layers > 0)
    rg_decoder_declare (&self->question_encoder, &config->question_encoder, family->question_encoder, self->parameters);
  if (family->conversation == RG_CONVERSATION_TRAINED)
    rg_shared_space_declare (&self->shared_space, config->text.block.width, self->parameters);
  for (guint i = 0; i < G_N_ELEMENTS (family->aliases) && family->aliases[i][0] != NULL; i++)
    rg_parameters_add_alias (self->parameters, family->aliases[i][0], family->aliases[i][1]);

  return self;
}

static void
set_projector (RgModelConfig *config)
{
  config->projector = rg_projector_config_bundled (config->vision.block.width, config->text.block.width, rg_vision_config_n_patches (&config->vision));
}

RgModel *
rg_model_new (const RgModelConfig *config, RgTokenizer *tokenizer, GError **error)
{
  RgModelConfig complete = *config;
  RgModel *self;

  complete.family = &rg_family_regard;
  complete.text.vocabulary_size = rg_tokenizer_get_size (tokenizer);
  set_projector (&complete);

  if (!find_token (tokenizer, RG_MODEL_TOKENIZER, "<bos>", &complete.bos, error) ||
      !find_token (tokenizer, RG_MODEL_TOKENIZER, "<question>", &complete.question, error) ||
      !find_token (tokenizer, RG_MODEL_TOKENIZER, "<answer>", &complete.answer, error) ||
      !find_token (tokenizer, RG_MODEL_TOKENIZER, "<eos>", &complete.eos, error))
    {
      rg_tokenizer_free (tokenizer);
      return NULL;
    }

  /* An answer is over before a token that has no place in it, too. */
  complete.n_ends = 0;
  rg_model_config_add_end (&complete, complete.eos);
  rg_model_config_add_end (&complete, complete.bos);
  rg_model_config_add_end (&complete, complete.question);
  rg_model_config_add_end (&complete, complete.answer);

  self = model_new (&complete, tokenizer);
  self->owned_tokenizer = tokenizer;

  return self;
}

RgModel *
rg_model_new_replica (RgModel *source)
{
  RgModel *self = model_new (&source->config, source->tokenizer);

  rg_parameters_share (self->parameters, source->parameters);

  return self;
}

RgModel *
rg_model_new_grown (RgModel *source, guint image_size)
{
  RgModelConfig config = source->config;
  RgModel *self;

  config.vision.image_size = image_size;
  set_projector (&config);
  self = model_new (&config, source->tokenizer);
  self->owned_tokenizer = g_steal_pointer (&source->owned_tokenizer);
  rg_parameters_grow (self->parameters, source->parameters);

  return self;
}

/* Open models may have room for more tokens than their tokenizer knows; ours has none to spare. */
static gboolean
check_vocabulary (const RgModelConfig *config, const RgTokenizer *tokenizer, const char *dir, GError **error)
{
  guint declared = config->text.vocabulary_size + config->text.n_unscored, n = rg_tokenizer_get_size (tokenizer);
  gboolean exact = config->family->conversation == RG_CONVERSATION_TRAINED;

  if (exact ? n == declared : n <= declared)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: %s speaks of %u tokens, but %s has %u"), dir, RG_MODEL_CONFIG, declared, RG_MODEL_TOKENIZER, n);

  return FALSE;
}

/* The blueprint, with a tokenizer, without weights. */
static RgModel *
begin_load (const char *dir, GError **error)
{
  g_autofree char *tokenizer_path = g_build_filename (dir, RG_MODEL_TOKENIZER, NULL);
  g_autoptr (RgTokenizer) tokenizer = NULL;
  g_autoptr (RgModel) self = NULL;
  RgModelConfig config;

  if (!rg_model_config_read (&config, dir, error))
    return NULL;

  tokenizer = rg_tokenizer_new_from_file (tokenizer_path, error);
  if (tokenizer == NULL)
    return NULL;

  if (config.family->find_tokens != NULL && !config.family->find_tokens (tokenizer, &config, error))
    return NULL;

  if (config.family->conversation == RG_CONVERSATION_TRAINED)
    self = rg_model_new (&config, g_steal_pointer (&tokenizer), error);
  else
    {
      self = model_new (&config, tokenizer);
      self->owned_tokenizer = g_steal_pointer (&tokenizer);
    }
  if (self == NULL || !check_vocabulary (&config, self->tokenizer, dir, error))
    return NULL;

  if (config.family->conversation == RG_CONVERSATION_CHAT && config.family->plan_pictures == NULL)
    {
      self->prompt_format = rg_prompt_format_load (dir, error);
      if (self->prompt_format == NULL)
        return NULL;
    }

  /* Folders that say nothing of this: as the family was trained. */
  if (config.family->plan_pictures != NULL)
    {
      self->prompt_format = rg_prompt_format_find (dir, config.family->model_type, NULL, error);
      if (self->prompt_format == NULL || !rg_prompt_format_find_image_token (self->prompt_format, self->tokenizer, &self->config.image_token, error))
        return NULL;
    }

  return g_steal_pointer (&self);
}

RgModel *
rg_model_load (const char *dir, gboolean writable, const RgLoadWatch *watch, GError **error)
{
  g_autofree char *weights_path = g_build_filename (dir, RG_MODEL_WEIGHTS, NULL);
  g_autofree char *index_path = g_strconcat (weights_path, ".index.json", NULL);
  gboolean in_shards = !g_file_test (weights_path, G_FILE_TEST_EXISTS) && g_file_test (index_path, G_FILE_TEST_EXISTS);
  g_autoptr (RgModel) self = begin_load (dir, error);

  if (self == NULL)
    return NULL;

  /* Messages name the file where there is one. */
  rg_parameters_set_watch (self->parameters, watch);
  if (!rg_parameters_load (self->parameters, in_shards ? dir : weights_path, writable, error))
    return NULL;
  rg_parameters_set_watch (self->parameters, NULL);

  return g_steal_pointer (&self);
}

/* As its chat template says, or as the family was trained. */
static gboolean
find_prompt_format (RgModel *self, const RgGguf *file, GError **error)
{
  g_autofree char *chat_template = NULL;

  if (!rg_gguf_get_string (file, "tokenizer.chat_template", RG_CONFIG_OPTIONAL, &chat_template, error))
    return FALSE;

  self->prompt_format = rg_prompt_format_find (rg_gguf_get_name (file), self->config.family->model_type, chat_template, error);
  if (self->prompt_format == NULL)
    return FALSE;

  return rg_prompt_format_find_image_token (self->prompt_format, self->tokenizer, &self->config.image_token, error);
}

static RgWeights *
open_gguf (const char *path, GError **error)
{
  g_autoptr (RgWeights) self = rg_weights_open (path, error);

  if (self == NULL || rg_weights_get_gguf (self) != NULL)
    return g_steal_pointer (&self);

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: this is no GGUF file"), path);

  return NULL;
}

RgModel *
rg_model_load_gguf (const char *path, const char *projector, const RgLoadWatch *watch, GError **error)
{
  g_autoptr (RgWeights) text = open_gguf (path, error);
  g_autoptr (RgWeights) vision = text != NULL ? open_gguf (projector, error) : NULL;
  g_autoptr (RgWeights) both = vision != NULL ? rg_weights_join (text, vision, error) : NULL;
  g_autoptr (RgModel) self = NULL;
  RgModelConfig config;
  RgTokenizer *tokenizer;

  if (both == NULL || !rg_gguf_pair_read (&config, rg_weights_get_gguf (text), rg_weights_get_gguf (vision), error))
    return NULL;

  tokenizer = rg_tokenizer_new_from_gguf (rg_weights_get_gguf (text), error);
  if (tokenizer == NULL)
    return NULL;

  self = model_new (&config, tokenizer);
  self->owned_tokenizer = tokenizer;
  rg_parameters_set_watch (self->parameters, watch);
  if (!check_vocabulary (&config, tokenizer, path, error) ||
      !find_prompt_format (self, rg_weights_get_gguf (text), error) ||
      !rg_parameters_bind (self->parameters, both, path, FALSE, error))
    return NULL;
  rg_parameters_set_watch (self->parameters, NULL);

  return g_steal_pointer (&self);
}

gboolean
rg_model_save (RgModel *self, const char *dir, GError **error)
{
  g_autofree char *weights_path = g_build_filename (dir, RG_MODEL_WEIGHTS, NULL);

  return rg_model_config_write (&self->config, dir, error) &&
         rg_parameters_save (self->parameters, weights_path, error);
}

void
rg_model_free (RgModel *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->owned_tokenizer, rg_tokenizer_free);
  rg_parameters_free (self->parameters);
  g_free (self);
}

const RgModelConfig *
rg_model_get_config (const RgModel *self)
{
  return &self->config;
}

RgTokenizer *
rg_model_get_tokenizer (const RgModel *self)
{
  return self->tokenizer;
}

RgParameters *
rg_model_get_parameters (const RgModel *self)
{
  return self->parameters;
}

RgVisionEncoder *
rg_model_get_encoder (RgModel *self)
{
  return &self->encoder;
}

RgProjector *
rg_model_get_projector (RgModel *self)
{
  return &self->projector;
}

RgDecoder *
rg_model_get_decoder (RgModel *self)
{
  return &self->decoder;
}

RgDecoder *
rg_model_get_question_encoder (RgModel *self)
{
  return &self->question_encoder;
}

RgSharedSpace *
rg_model_get_shared_space (RgModel *self)
{
  return &self->shared_space;
}

RgPrecision
rg_model_get_precision (const RgModel *self, gboolean measuring)
{
  return rg_parameters_get_precision (self->parameters, measuring);
}

guint
rg_model_get_n_patches (const RgModel *self)
{
  guint merged = self->config.projector.merge_size * self->config.projector.merge_size;

  return rg_vision_config_n_patches (&self->config.vision) / merged;
}

const RgPromptFormat *
rg_model_get_prompt_format (const RgModel *self)
{
  return self->prompt_format;
}

static void
append_text (const RgModel *self, GArray *ids, const char *text, RgEncodeFlags flags)
{
  g_autoptr (GArray) tokens = rg_tokenizer_encode (self->tokenizer, text, -1, flags);

  g_array_append_vals (ids, tokens->data, tokens->len);
}

void
rg_model_append_question (const RgModel *self, GArray *ids, const char *question)
{
  if (ids->len == 0)
    g_array_append_val (ids, self->config.bos);

  g_array_append_val (ids, self->config.question);
  append_text (self, ids, question, RG_ENCODE_DEFAULT);
  g_array_append_val (ids, self->config.answer);
}

void
rg_model_append_answer (const RgModel *self, GArray *ids, const char *answer)
{
  append_text (self, ids, answer, RG_ENCODE_RAW);
  g_array_append_val (ids, self->config.eos);
}
