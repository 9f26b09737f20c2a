/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/array-folder.h"
#include "app/cli-dump-encoder.h"
#include "app/cli-model.h"
#include "app/cli-sight.h"
#include "engine/decoder/prompt.h"
#include "engine/decoder/sampler.h"
#include "engine/error.h"
#include "engine/trace.h"

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

/* With as many image tokens as the picture has; with cross-attention it has no place in the text. */
static GArray *
encode_prompt (RgCliSight *sight, const char *prompt, GError **error)
{
  const RgPromptFormat *format = rg_model_get_prompt_format (sight->model);
  const RgTokenizer *tokenizer = rg_model_get_tokenizer (sight->model);
  g_auto (GStrv) parts = g_strsplit (prompt, IMAGE_PLACE, -1);
  RgPromptPicture picture;
  g_autofree char *text = NULL, *expanded = NULL;

  if (format == NULL)
    {
      text = g_strjoinv ("", parts);
      return rg_tokenizer_encode (tokenizer, text, -1, RG_ENCODE_SPECIAL);
    }

  picture = (RgPromptPicture){ sight->seen->rows, sight->seen->cols, rg_patch_grid_get_n_patches (sight->seen->grid) / sight->seen->n_views };
  text = g_strjoinv (rg_prompt_format_get_image_mark (format), parts);
  expanded = rg_prompt_format_expand (format, text, &picture, 1, error);

  return expanded != NULL ? rg_prompt_format_encode (format, tokenizer, expanded, NULL, error) : NULL;
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

/* A question in the form that the model expects: the text up to the last image token, and what follows it. */
static GArray *
write_question (RgCliSight *sight, const RgImageState *image, const char *question, guint max_tokens, GError **error)
{
  g_autoptr (GArray) behind = rg_prompt_new (sight->model, image, NULL, 0, question, max_tokens, error);
  guint n_prefix;
  const guint32 *prefix = rg_image_state_get_prefix (image, &n_prefix);
  GArray *ids;

  if (behind == NULL)
    return NULL;

  ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_array_append_vals (ids, prefix, n_prefix);
  g_array_append_vals (ids, behind->data, behind->len);

  return ids;
}

/* Returns: (transfer full) (nullable): the ids that the run begins with. */
static GArray *
make_prompt (const Options *options, RgCliSight *sight, const RgImageState *image, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (sight->model)->text;
  g_autoptr (GArray) ids = NULL;

  if (options->question != NULL)
    ids = write_question (sight, image, options->question, options->max_tokens, error);
  else if (options->prompt != NULL)
    ids = encode_prompt (sight, options->prompt, error);
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
    if (g_array_index (ids, guint32, i) >= config->vocabulary_size + config->n_unscored)
      {
        g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("The vocabulary has no token %u"), g_array_index (ids, guint32, i));
        return NULL;
      }

  return g_steal_pointer (&ids);
}

/* --- the run --- */

/* What of @prompt follows the picture: all of it, where the picture is not in the text. */
static gboolean
skip_prefix (const RgImageState *image, const GArray *prompt, const guint32 **next, gsize *n, GError **error)
{
  guint n_prefix;
  const guint32 *prefix = rg_image_state_get_prefix (image, &n_prefix);

  *next = (const guint32 *) prompt->data + n_prefix;
  *n = prompt->len - n_prefix;
  if (prompt->len > n_prefix && (n_prefix == 0 || memcmp (prompt->data, prefix, n_prefix * sizeof (guint32)) == 0))
    return TRUE;

  g_set_error_literal (error, RG_ERROR, RG_ERROR_SHAPE, _ ("The prompt has to begin as the model writes it around this picture; --question does so"));

  return FALSE;
}

/* The likeliest tokens after @prompt, <eos> included where it comes. Returns: (transfer full) (nullable): their ids */
static GArray *
generate (RgCliSight *sight, RgImageState *image, GArray *prompt, guint max_tokens, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (sight->model);
  guint max_positions = config->text.max_positions - rg_image_state_get_n_positions (image);
  g_autoptr (GArray) generated = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (RgTextState) text = rg_text_state_new (sight->model);
  g_autofree float *logits = g_new (float, config->text.vocabulary_size);
  const guint32 *next;
  gsize n;

  if (!skip_prefix (image, prompt, &next, &n, error))
    return NULL;

  while (generated->len < max_tokens && rg_text_state_get_n_tokens (text) + n <= max_positions)
    {
      guint32 id;

      if (!rg_model_read (sight->model, sight->pass, image, text, next, n, logits, NULL, error))
        return NULL;

      id = rg_logits_find_best (logits, config->text.vocabulary_size);
      g_array_append_val (generated, id);
      if (rg_prompt_is_end (sight->model, id))
        break;
      next = &g_array_index (generated, guint32, generated->len - 1);
      n = 1;
    }

  return g_steal_pointer (&generated);
}

static void
save_layers (RgArrayFolder *self, const char *part, RgTensor *const *layers, guint n_layers, guint n_parts)
{
  for (guint i = 0; i < n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.layer%u", part, i);

      rg_array_folder_save_rows (self, name, layers[i], n_parts);
    }
}

/* Files have one plane a channel; encoders may have another order. */
static void
save_pixels (RgArrayFolder *self, const RgCliSight *sight)
{
  const RgPixelValues *seen = sight->seen;
  gsize n_view = seen->n_values / seen->n_views;
  g_autofree float *planes = g_new (float, (gsize) seen->n_views * 3 * seen->height * seen->width);
  g_auto (RgPixelOrder) order = { 0 };
  float *to = planes;

  rg_vision_config_init_order (&rg_model_get_config (sight->model)->vision, seen->width, seen->height, &order);
  for (guint view = 0; view < seen->n_views; view++)
    for (gsize channel = 0; channel < 3; channel++)
      for (guint y = 0; y < seen->height; y++)
        for (guint x = 0; x < seen->width; x++)
          *to++ = seen->values[view * n_view + channel * order.channel + order.rows[y] + order.cols[x]];
  rg_array_folder_save (self, "pixel_values", planes, 4, seen->n_views, 3, seen->height, seen->width);
}

/* What a question encoder read, before the decoder. */
static void
save_question (RgArrayFolder *self, const RgTextConfig *config, const RgTrace *trace)
{
  gsize n = trace->question[0]->rows;

  save_layers (self, "question", trace->question, config->n_layers, 1);
  rg_array_folder_save (self, "question.attn.self", trace->question_attention, 4, config->n_layers, config->block.n_heads, n, n);
  rg_array_folder_save (self, "question.attn.cross", trace->question_looks, 4, config->n_layers, config->block.n_heads, n, trace->tokens->rows);
}

/* All of it in one pass without caches: what the run with caches must agree with. */
static void
save_trace (RgArrayFolder *self, const RgModelConfig *config, const RgTrace *trace, gsize n_generated)
{
  const RgVisionConfig *vision = &config->vision;
  const RgTextConfig *text = &config->text;
  gsize n_rows = trace->n_vision_rows, n = trace->hidden->rows, first = n - n_generated;

  rg_array_folder_save_rows (self, "vision.embeddings", trace->vision[0], trace->n_views);
  save_layers (self, "vision", trace->vision + 1, vision->n_layers + vision->n_global_layers, trace->n_views);
  if (trace->vision_attention != NULL)
    rg_array_folder_save (self, "vision.attn", trace->vision_attention, 4, (gsize) vision->n_layers * trace->n_views, vision->block.n_heads, n_rows, n_rows);
  rg_array_folder_save_rows (self, "vision.norm", trace->features, trace->n_views);
  rg_array_folder_save_rows (self, "projector", trace->tokens, trace->n_views);
  if (trace->question_looks != NULL)
    save_question (self, &config->question_encoder, trace);

  save_layers (self, "decoder", trace->text, text->n_layers, 1);
  rg_array_folder_save_rows (self, "decoder.norm", trace->hidden, 1);
  rg_array_folder_save_rows (self, "logits", trace->logits, 1);
  rg_array_folder_save (self, "generated_logits", trace->logits->data + first * trace->logits->cols, 2, 0, 0, n_generated, trace->logits->cols);
  rg_array_folder_save (self, "attn.self", trace->self_attention, 4, rg_text_config_count_self (text), text->block.n_heads, n, n);
  if (trace->cross_attention != NULL)
    rg_array_folder_save (self, "attn.cross", trace->cross_attention, 4, rg_text_config_count_looks (text), text->block.n_heads, n, trace->n_memory);
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
  rg_cli_json_string (builder, "note", "decoder arrays: one forward over input_ids and generated_ids without the last; attn.cross: column 0 is the null key or the row of the whole picture, where there is one; behind a question encoder decoder arrays have the rows behind the question, and attn.cross its rows; vision.attn: layers × views");
  json_builder_end_object (builder);

  return rg_cli_save_json (builder, path, error);
}

static gboolean
dump (const Options *options, RgCliSight *sight, GError **error)
{
  g_autoptr (GArray) prompt = NULL;
  g_autoptr (GArray) generated = NULL;
  g_autoptr (GArray) ids = NULL;
  g_autoptr (RgImageState) image = NULL;
  RgArrayFolder folder = { .dir = options->out };
  RgTrace trace;

  if (!rg_cli_sight_prepare (sight, options->images[0], error))
    return FALSE;

  image = rg_model_see (sight->model, sight->pass, sight->seen, NULL, NULL, error);
  prompt = image != NULL ? make_prompt (options, sight, image, error) : NULL;
  generated = prompt != NULL ? generate (sight, image, prompt, options->max_tokens, error) : NULL;
  if (generated == NULL)
    return FALSE;

  ids = g_array_copy (prompt);
  if (generated->len > 1)
    g_array_append_vals (ids, generated->data, generated->len - 1);
  if (!rg_trace_run (&trace, sight->model, sight->pass, sight->seen, (const guint32 *) ids->data, ids->len, prompt->len, error))
    return FALSE;

  if (sight->preprocess.mel.n_bins > 0)
    rg_array_folder_save_planes (&folder, "input_features", rg_pass_input (sight->pass, sight->seen->width, sight->seen->height, sight->seen->values), 0, sight->seen->width);
  else
    save_pixels (&folder, sight);
  save_trace (&folder, rg_model_get_config (sight->model), &trace, ids->len - prompt->len + 1);
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
    { "audio", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.images, N_ ("the sound (WAV), for models that listen"), N_ ("FILE") },
    { "question", 0, 0, G_OPTION_ARG_FILENAME, &options.question, N_ ("a question, in the form that the model expects"), N_ ("TEXT") },
    { "prompt", 0, 0, G_OPTION_ARG_FILENAME, &options.prompt, N_ ("text as it is, special tokens by name"), N_ ("TEXT") },
    { "prompt-ids", 0, 0, G_OPTION_ARG_FILENAME, &options.prompt_ids, N_ ("a JSON array of token ids"), N_ ("FILE") },
    { "max-tokens", 0, 0, G_OPTION_ARG_INT, &options.max_tokens, N_ ("longest answer (32)"), "N" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options.threads, N_ ("compute threads (0: one a core)"), "N" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &options.out, N_ ("folder for the arrays"), N_ ("DIR") },
    { NULL },
  };

  if (!rg_cli_parse ("dump", "", _ ("Writes the numbers of one greedy run, or of an encoder, as .npy files, for comparing with other programs."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error))
    return FALSE;
  if (options.out == NULL)
    return rg_cli_fail_usage (error, _ ("--out DIR is missing"));
  if (options.model != NULL && rg_cli_dump_is_encoder (options.model))
    return rg_cli_dump_encoder (options.model, options.images != NULL ? options.images[0] : NULL, options.prompt, options.out, error);
  if (!rg_cli_model_check_images (options.images, error))
    return FALSE;
  if ((options.question != NULL) + (options.prompt != NULL) + (options.prompt_ids != NULL) != 1)
    return rg_cli_fail_usage (error, _ ("one of --question, --prompt and --prompt-ids"));
  if (options.max_tokens < 1 || options.threads < 0)
    return rg_cli_fail_usage (error, _ ("--max-tokens is at least 1, --threads not negative"));

  options.model = rg_cli_model_path (options.model);

  return rg_cli_sight_open (&sight, options.model, options.threads, TRUE, error) && rg_cli_make_folder (options.out, error) && dump (&options, &sight, error);
}
