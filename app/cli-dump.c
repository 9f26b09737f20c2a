/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-model.h"
#include "app/cli-sight.h"
#include "engine/decoder/prompt.h"
#include "engine/decoder/sampler.h"
#include "engine/error.h"
#include "engine/formats/npy.h"

#define DEFAULT_TOKENS 32
#define IMAGE_PLACE "<image>"

typedef struct
{
  char *model, *question, *prompt, *prompt_ids, *out;
  char **images;
  int max_tokens, threads;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->model);
  g_free (self->question);
  g_free (self->prompt);
  g_free (self->prompt_ids);
  g_free (self->out);
  g_strfreev (self->images);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* --- the prompt --- */

/* The model looks at the picture by cross-attention: the picture has no place in the text. */
static GArray *
encode_prompt (RgModel *model, const char *prompt)
{
  g_auto (GStrv) parts = g_strsplit (prompt, IMAGE_PLACE, -1);
  g_autofree char *text = g_strjoinv ("", parts);

  return rg_tokenizer_encode (rg_model_get_tokenizer (model), text, -1, RG_ENCODE_SPECIAL);
}

static GArray *
read_ids (const char *path, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  JsonNode *root;
  JsonArray *array;

  if (!json_parser_load_from_file (parser, path, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }

  root = json_parser_get_root (parser);
  array = root != NULL && JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      gint64 value = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : -1;
      guint32 id = value;

      if (value < 0 || value > G_MAXINT32)
        array = NULL;
      else
        g_array_append_val (ids, id);
    }

  if (array == NULL)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: expected a JSON array of token ids"), path);
      return NULL;
    }

  return g_steal_pointer (&ids);
}

/* Returns: (transfer full) (nullable): the ids that the run begins with. */
static GArray *
make_prompt (const Options *options, RgModel *model, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (model)->text;
  g_autoptr (GArray) ids = NULL;

  if (options->question != NULL)
    ids = rg_prompt_new (model, NULL, 0, options->question, options->max_tokens, error);
  else if (options->prompt != NULL)
    ids = encode_prompt (model, options->prompt);
  else
    ids = read_ids (options->prompt_ids, error);
  if (ids == NULL)
    return NULL;

  if (ids->len == 0 || ids->len >= config->max_positions)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("The prompt has %u tokens; this model reads between 1 and %u"), ids->len, config->max_positions - 1);
      return NULL;
    }

  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint32, i) >= config->vocabulary_size)
      {
        g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("The vocabulary has no token %u"), g_array_index (ids, guint32, i));
        return NULL;
      }

  return g_steal_pointer (&ids);
}

/* --- the run --- */

/* The likeliest tokens after @prompt, <eos> included where it comes. Returns: (transfer full): their ids */
static GArray *
generate (RgCliSight *sight, RgImageState *image, GArray *prompt, guint max_tokens)
{
  const RgModelConfig *config = rg_model_get_config (sight->model);
  RgTextState *text = rg_text_state_new (sight->model);
  GArray *generated = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree float *logits = g_new (float, config->text.vocabulary_size);
  const guint32 *next = (const guint32 *) prompt->data;
  gsize n = prompt->len;

  while (generated->len < max_tokens && rg_text_state_get_n_tokens (text) + n <= config->text.max_positions)
    {
      guint32 id;

      if (!rg_model_read (sight->model, sight->pass, image, text, next, n, logits, NULL, NULL))
        break;

      id = rg_logits_find_best (logits, config->text.vocabulary_size);
      g_array_append_val (generated, id);
      if (rg_prompt_is_end (sight->model, id))
        break;
      next = &g_array_index (generated, guint32, generated->len - 1);
      n = 1;
    }
  rg_text_state_free (text);

  return generated;
}

/* A folder of arrays, which remembers the first failure. */
typedef struct
{
  const char *dir;
  GError *error;
} Folder;

static void
save_array (Folder *self, const char *name, const float *values, guint n_dims, gsize a, gsize b, gsize c, gsize d)
{
  const gsize shape[] = { a, b, c, d };
  g_autofree char *file = g_strconcat (name, ".npy", NULL);
  g_autofree char *path = g_build_filename (self->dir, file, NULL);

  if (self->error == NULL)
    rg_npy_write (path, values, shape + 4 - n_dims, n_dims, &self->error);
}

static void
save_rows (Folder *self, const char *name, const RgTensor *tensor)
{
  save_array (self, name, tensor->data, 3, 0, 1, tensor->rows, tensor->cols);
}

/* The engine keeps a pixel's channels together; files have one plane a channel. */
static void
save_pixels (Folder *self, const RgCliSight *sight)
{
  gsize side = sight->preprocess.image_size, area = side * side;
  g_autofree float *planes = g_new (float, area * 3);

  for (gsize i = 0; i < area; i++)
    for (gsize channel = 0; channel < 3; channel++)
      planes[channel * area + i] = sight->pixels[i * 3 + channel];
  save_array (self, "pixel_values", planes, 4, 1, 3, side, side);
}

/* All of it in one pass without caches: what the run with caches must agree with. */
static void
save_run (Folder *self, RgCliSight *sight, GArray *ids, guint n_prompt)
{
  RgModel *model = sight->model;
  RgPass *pass = sight->pass;
  RgDecoder *decoder = rg_model_get_decoder (model);
  const RgModelConfig *config = rg_model_get_config (model);
  const RgTextConfig *text = &config->text;
  gsize side = sight->preprocess.image_size, n = ids->len, n_patches = rg_model_get_n_patches (model), n_maps = (gsize) text->n_layers * text->block.n_heads;
  guint image_offsets[] = { 0, n_patches }, text_offsets[] = { 0, n }, memory_offsets[] = { 0, 1 + n_patches };
  g_autofree float *cross = g_new0 (float, n_maps *n *(1 + n_patches));
  g_autofree float *selfs = g_new0 (float, n_maps *n *n);
  gsize n_rows = rg_vision_config_n_rows (&config->vision);
  g_autofree float *looks = g_new (float, config->vision.n_layers * config->vision.block.n_heads * n_rows * n_rows);
  RgTensor *memory[RG_MAX_LAYERS], *layers[RG_MAX_LAYERS], *vision_layers[1 + RG_MAX_LAYERS], *features, *tokens, *remembered, *hidden, *logits;
  RgDecoderRun run = { .ids = (const guint32 *) ids->data, .n = n, .n_texts = 1, .offsets = text_offsets, .memory = memory, .memory_offsets = memory_offsets, .record = cross, .self_record = selfs, .layers = layers };

  rg_pass_reset (pass);
  features = rg_vision_encoder_forward (pass, rg_model_get_encoder (model), &config->vision, rg_pass_input (pass, side * side, 3, sight->pixels), &(RgVisionRun){ .n_images = 1, .offsets = image_offsets, .layers = vision_layers, .record = looks });
  save_rows (self, "vision.embeddings", vision_layers[0]);
  for (guint i = 0; i < config->vision.n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("vision.layer%u", i);

      save_rows (self, name, vision_layers[1 + i]);
    }
  save_array (self, "vision.attn", looks, 4, config->vision.n_layers, config->vision.block.n_heads, n_rows, n_rows);
  save_rows (self, "vision.norm", features);
  tokens = rg_projector_forward (pass, rg_model_get_projector (model), features);
  save_rows (self, "projector", tokens);
  remembered = rg_projector_remember (pass, rg_model_get_projector (model), tokens, 1);
  for (guint i = 0; i < text->n_layers; i++)
    memory[i] = rg_block_remember (pass, &decoder->layers[i], remembered);

  hidden = rg_decoder_forward (pass, decoder, text, &run);
  for (guint i = 0; i < text->n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("decoder.layer%u", i);

      save_rows (self, name, layers[i]);
    }
  save_rows (self, "decoder.norm", hidden);
  logits = rg_decoder_logits (pass, decoder, text, hidden);
  save_rows (self, "logits", logits);
  save_array (self, "generated_logits", logits->data + (n_prompt - 1) * logits->cols, 2, 0, 0, n - n_prompt + 1, logits->cols);
  save_array (self, "attn.self", selfs, 4, text->n_layers, text->block.n_heads, n, n);
  save_array (self, "attn.cross", cross, 4, text->n_layers, text->block.n_heads, n, 1 + n_patches);
}

static void
add_ids (JsonBuilder *builder, const char *name, GArray *ids)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < ids->len; i++)
    json_builder_add_int_value (builder, g_array_index (ids, guint32, i));
  json_builder_end_array (builder);
}

static gboolean
save_ids (const Options *options, RgModel *model, GArray *prompt, GArray *generated, GError **error)
{
  g_autofree char *path = g_build_filename (options->out, "input_ids.json", NULL);
  g_autofree char *text = rg_tokenizer_decode (rg_model_get_tokenizer (model), (const guint32 *) generated->data, generated->len, TRUE);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "image", options->images[0]);
  add_ids (builder, "input_ids", prompt);
  add_ids (builder, "generated_ids", generated);
  rg_cli_json_string (builder, "generated_text", text);
  rg_cli_json_string (builder, "note", "decoder arrays: one forward over input_ids and generated_ids without the last; attn.cross: column 0 is the null key");
  json_builder_end_object (builder);

  return rg_cli_save_json (builder, path, error);
}

static gboolean
dump (const Options *options, RgCliSight *sight, GError **error)
{
  g_autoptr (GArray) prompt = make_prompt (options, sight->model, error);
  g_autoptr (GArray) generated = NULL;
  g_autoptr (GArray) ids = NULL;
  g_autoptr (RgImageState) image = NULL;
  Folder folder = { .dir = options->out };

  if (prompt == NULL || !rg_cli_sight_prepare (sight, options->images[0], error))
    return FALSE;

  image = rg_model_see (sight->model, sight->pass, sight->pixels, NULL, NULL, error);
  if (image == NULL)
    return FALSE;

  generated = generate (sight, image, prompt, options->max_tokens);
  ids = g_array_copy (prompt);
  if (generated->len > 1)
    g_array_append_vals (ids, generated->data, generated->len - 1);

  save_pixels (&folder, sight);
  save_run (&folder, sight, ids, prompt->len);
  if (folder.error != NULL)
    {
      g_propagate_error (error, folder.error);
      return FALSE;
    }

  return save_ids (options, sight->model, prompt, generated, error);
}

gboolean
rg_cli_dump (char ***arguments, GError **error)
{
  g_auto (Options) options = { .max_tokens = DEFAULT_TOKENS };
  g_auto (RgCliSight) sight = { 0 };
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model, N_ ("the model's folder (the bundled model)"), N_ ("DIR") },
    { "image", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.images, N_ ("the picture"), N_ ("FILE") },
    { "question", 0, 0, G_OPTION_ARG_FILENAME, &options.question, N_ ("a question, in the form that the model expects"), N_ ("TEXT") },
    { "prompt", 0, 0, G_OPTION_ARG_FILENAME, &options.prompt, N_ ("text as it is, special tokens by name"), N_ ("TEXT") },
    { "prompt-ids", 0, 0, G_OPTION_ARG_FILENAME, &options.prompt_ids, N_ ("a JSON array of token ids"), N_ ("FILE") },
    { "max-tokens", 0, 0, G_OPTION_ARG_INT, &options.max_tokens, N_ ("longest answer (32)"), "N" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options.threads, N_ ("compute threads (0: one a core)"), "N" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &options.out, N_ ("folder for the arrays"), N_ ("DIR") },
    { NULL },
  };

  if (!rg_cli_parse ("dump", "", _ ("Writes the numbers of one greedy run as .npy files, for comparing with other programs."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error) || !rg_cli_model_check_images (options.images, error))
    return FALSE;
  if (options.out == NULL)
    return rg_cli_fail_usage (error, _ ("--out DIR is missing"));
  if ((options.question != NULL) + (options.prompt != NULL) + (options.prompt_ids != NULL) != 1)
    return rg_cli_fail_usage (error, _ ("one of --question, --prompt and --prompt-ids"));
  if (options.max_tokens < 1 || options.threads < 0)
    return rg_cli_fail_usage (error, _ ("--max-tokens is at least 1, --threads not negative"));

  options.model = rg_cli_model_path (options.model);

  return rg_cli_sight_open (&sight, options.model, options.threads, error) && rg_cli_make_folder (options.out, error) && dump (&options, &sight, error);
}
