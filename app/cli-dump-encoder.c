/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-dump-encoder.h"

#include <glib/gi18n.h>

#include "app/array-folder.h"
#include "app/cli.h"
#include "engine/error.h"
#include "engine/families/bert.h"
#include "engine/families/resnet.h"
#include "engine/model.h"
#include "ui/image-decoder.h"

gboolean
rg_cli_dump_is_encoder (const char *model)
{
  return rg_bert_claims (model) || rg_resnet_claims (model);
}

static gboolean
finish (RgArrayFolder *folder, GError **error)
{
  if (folder->error == NULL)
    return TRUE;

  g_propagate_error (error, folder->error);

  return FALSE;
}

/* --- texts --------------------------------------------------------------------------------------------------------- */

static void
save_text (RgArrayFolder *folder, RgBert *bert, RgPass *pass, const GArray *ids)
{
  const RgTextConfig *config = rg_bert_get_config (bert);
  gsize n = ids->len;
  guint offsets[] = { 0, n };
  float *record = rg_arena_alloc (pass->arena, config->n_layers * config->block.n_heads * n * n * sizeof *record);
  RgTensor *hidden[1 + RG_MAX_LAYERS];
  RgTensor *rows = rg_bert_read (bert, pass, &(RgDecoderRun){ .ids = (const guint32 *) ids->data, .n = n, .n_texts = 1, .offsets = offsets, .self_record = record, .embedded = &hidden[0], .layers = hidden + 1 });

  for (guint i = 0; i <= config->n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("hidden%u", i);

      rg_array_folder_save_rows (folder, name, hidden[i], 1);
    }
  rg_array_folder_save (folder, "attn.self", record, 4, config->n_layers, config->block.n_heads, n, n);
  rg_array_folder_save (folder, "pooler_output", rg_bert_pool (bert, pass, rows, offsets, 1, RG_POOLING_OWN)->data, 2, 0, 0, 1, config->block.width);
}

static gboolean
save_ids (const char *out, const char *text, const GArray *ids, GError **error)
{
  g_autofree char *path = g_build_filename (out, "input_ids.json", NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "text", text);
  json_builder_set_member_name (builder, "input_ids");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ids->len; i++)
    json_builder_add_int_value (builder, g_array_index (ids, guint32, i));
  json_builder_end_array (builder);
  rg_cli_json_string (builder, "note", "hidden0: word vectors with their places; hiddenN: after layer N; pooler_output: what stands for the text");
  json_builder_end_object (builder);

  return rg_cli_save_json (builder, path, error);
}

static gboolean
dump_text (RgPass *pass, const char *model, const char *text, const char *out, GError **error)
{
  g_autofree char *tokenizer_path = g_build_filename (model, RG_MODEL_TOKENIZER, NULL);
  g_autoptr (RgBert) bert = rg_bert_load (model, NULL, error);
  g_autoptr (RgTokenizer) tokenizer = bert != NULL ? rg_tokenizer_new_from_file (tokenizer_path, error) : NULL;
  g_autoptr (GArray) ids = NULL;
  RgArrayFolder folder = { .dir = out };

  if (tokenizer == NULL)
    return FALSE;

  ids = rg_tokenizer_encode (tokenizer, text, -1, RG_ENCODE_TEMPLATE);
  if (ids->len == 0 || ids->len > rg_bert_get_config (bert)->max_positions || rg_tokenizer_get_size (tokenizer) > rg_bert_get_config (bert)->vocabulary_size)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("The text has %u tokens; this model reads between 1 and %u"), ids->len, rg_bert_get_config (bert)->max_positions);
      return FALSE;
    }
  save_text (&folder, bert, pass, ids);

  return finish (&folder, error) && save_ids (out, text, ids, error);
}

/* --- pictures ------------------------------------------------------------------------------------------------------ */

static void
save_picture (RgArrayFolder *folder, RgResNet *resnet, RgPass *pass, const RgPixelValues *seen)
{
  RgTensor *stages[RG_MAX_STAGES], *stem, *embedded, *cells, *pooled, *pixels = rg_pass_input (pass, (gsize) seen->height * seen->width, 3, seen->values);
  RgResidualRun run = { .height = seen->height, .width = seen->width, .stages = stages, .stem = &stem, .embedded = &embedded };
  gsize height = (seen->height + 1) / 2, width = (seen->width + 1) / 2;

  cells = rg_resnet_see (resnet, pass, pixels, &run);
  pooled = rg_resnet_pool (resnet, pass, cells);
  rg_array_folder_save_planes (folder, "pixel_values", pixels, seen->height, seen->width);
  rg_array_folder_save_planes (folder, "stem_conv", stem, height, width);
  height = (height + 1) / 2;
  width = (width + 1) / 2;
  rg_array_folder_save_planes (folder, "embedder", embedded, height, width);
  for (guint s = 0; s < rg_resnet_get_config (resnet)->n_stages; s++)
    {
      g_autofree char *name = g_strdup_printf ("stage%u", s);

      if (s > 0 || rg_resnet_get_config (resnet)->halve_first)
        {
          height = (height + 1) / 2;
          width = (width + 1) / 2;
        }
      rg_array_folder_save_planes (folder, name, stages[s], height, width);
    }
  rg_array_folder_save_planes (folder, "pooled", pooled, 1, 1);
  if (rg_resnet_get_n_labels (resnet) > 0)
    rg_array_folder_save (folder, "logits", rg_resnet_classify (resnet, pass, pooled)->data, 2, 0, 0, 1, rg_resnet_get_n_labels (resnet));
}

static gboolean
dump_picture (RgPass *pass, const char *model, const char *path, const char *out, GError **error)
{
  g_autoptr (RgResNet) resnet = rg_resnet_load (model, NULL, error);
  g_autoptr (RgImage) image = resnet != NULL ? rg_image_decoder_load (path, error) : NULL;
  g_autoptr (RgPixelValues) seen = NULL;
  RgArrayFolder folder = { .dir = out };
  RgPreprocessConfig preprocess;

  if (image == NULL || !rg_resnet_load_preprocess (model, &preprocess, error))
    return FALSE;

  seen = rg_preprocess (&preprocess, image, NULL, NULL, error);
  if (seen == NULL)
    return FALSE;
  save_picture (&folder, resnet, pass, seen);

  return finish (&folder, error);
}

gboolean
rg_cli_dump_encoder (const char *model, const char *image, const char *text, const char *out, GError **error)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  gboolean reads = rg_bert_claims (model);

  if (reads ? text == NULL || image != NULL : image == NULL || text != NULL)
    return reads ? rg_cli_fail_usage (error, _ ("this model reads: --prompt TEXT, and no picture")) : rg_cli_fail_usage (error, _ ("this model sees: --image FILE, and no text"));

  return rg_cli_make_folder (out, error) && (reads ? dump_text (pass, model, text, out, error) : dump_picture (pass, model, image, out, error));
}
