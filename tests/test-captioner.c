/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "engine/error.h"
#include "engine/families/captioner.h"
#include "tests/reference.h"

typedef struct
{
  char *dir; /* %NULL where the fixture is absent */
  RgCaptioner *model;
  RgPass *pass;
} Fixture;

static void
set_up (Fixture *self, gconstpointer name)
{
  g_autoptr (GError) error = NULL;

  self->dir = fixture_path (name);
  if (self->dir == NULL)
    return;
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->model = rg_captioner_load (self->dir, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer name)
{
  g_free (self->dir);
  rg_captioner_free (self->model);
  rg_pass_free (self->pass);
}

static void
check (const Fixture *self, const char *directory, const char *name, const float *values, gsize n, double bound)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", directory, name);

  reference_check (self->dir, path, values, n, bound);
}

static void
check_rows (const Fixture *self, const char *directory, const char *name, const RgTensor *tensor)
{
  check (self, directory, name, tensor->data, tensor->rows * tensor->cols, REFERENCE_HIDDEN_BOUND);
}

/* The picture, with what every layer gives and looks at. Returns: the decoder's memory, T × D. */
static RgTensor *
see (Fixture *self, const char *directory)
{
  const RgVisionConfig *config = &rg_captioner_get_config (self->model)->vision;
  guint n_rows = rg_vision_config_n_rows (config), offsets[] = { 0, n_rows };
  gsize n_record = config->n_layers * config->block.n_heads * n_rows * n_rows;
  g_autofree char *array = g_strdup_printf ("%s/pixel_values", directory);
  g_autoptr (RgNpy) pixels = reference_array (self->dir, array);
  g_autofree float *record = g_new (float, n_record);
  RgTensor *layers[1 + RG_MAX_LAYERS], *seen;
  RgVisionRun run = { .n_images = 1, .offsets = offsets, .layers = layers, .record = record };

  seen = rg_captioner_see (self->model, self->pass, rg_pass_input (self->pass, 3 * pixels->shape[2], pixels->shape[3], pixels->values), &run);
  check_rows (self, directory, "vision.embeddings", layers[0]);
  for (guint i = 0; i < config->n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("vision.layer%u", i);

      check_rows (self, directory, name, layers[1 + i]);
    }
  check_rows (self, directory, "vision.layernorm", seen);
  check (self, directory, "vision.attn", record, n_record, REFERENCE_ATTENTION_BOUND);

  return seen;
}

/* All rows at once: layers, attention to the text and to the picture, scores; each token is the likeliest one. */
static void
check_reading (Fixture *self, const char *directory, RgTensor *seen)
{
  g_autofree char *name = g_strdup_printf ("%s/input_ids", directory);
  g_autoptr (JsonNode) node = reference_json (self->dir, name);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) generated = g_array_new (FALSE, FALSE, sizeof (guint32));
  const RgTextConfig *config = &rg_captioner_get_config (self->model)->text;
  gsize n_maps = config->n_layers * config->block.n_heads;
  g_autofree float *cross = NULL;
  g_autofree float *selfs = NULL;
  guint offsets[2] = { 0 }, memory_offsets[] = { 0, seen->rows };
  RgTensor *memory[RG_MAX_LAYERS], *layers[RG_MAX_LAYERS], *logits;
  RgDecoderRun run = { .n_texts = 1, .offsets = offsets, .memory = memory, .memory_offsets = memory_offsets, .layers = layers };

  reference_append_ids (json_object_get_array_member (json_node_get_object (node), "decoder_input_ids"), ids);
  reference_append_ids (json_object_get_array_member (json_node_get_object (node), "generated_ids"), generated);
  g_assert_cmpuint (g_array_index (ids, guint32, 0), ==, rg_captioner_get_config (self->model)->start);
  offsets[1] = run.n = ids->len;
  run.ids = (const guint32 *) ids->data;
  run.record = cross = g_new (float, n_maps *run.n * seen->rows);
  run.self_record = selfs = g_new (float, n_maps *run.n *run.n);

  rg_captioner_remember (self->model, self->pass, seen, memory);
  logits = rg_captioner_read (self->model, self->pass, &run);
  for (guint i = 0; i < config->n_layers; i++)
    {
      g_autofree char *layer = g_strdup_printf ("decoder.layer%u", i);

      check_rows (self, directory, layer, layers[i]);
    }
  check (self, directory, "attn.self", selfs, n_maps * run.n * run.n, REFERENCE_ATTENTION_BOUND);
  check (self, directory, "attn.cross", cross, n_maps * run.n * seen->rows, REFERENCE_ATTENTION_BOUND);
  check (self, directory, "generated_logits", logits->data, logits->rows * logits->cols, REFERENCE_LOGIT_BOUND);
  for (gsize r = 0; r < logits->rows; r++)
    {
      const float *row = logits->data + r * logits->cols;
      guint best = 0;

      for (guint v = 0; v < logits->cols; v++)
        best = row[v] > row[best] ? v : best;
      g_assert_cmpuint (best, ==, g_array_index (generated, guint32, r));
    }
}

static void
test_vit_gpt2 (Fixture *self, gconstpointer name)
{
  static const char *const cases[] = { "case0_landscape", "case1_portrait" };

  for (guint i = 0; self->dir != NULL && i < G_N_ELEMENTS (cases); i++)
    {
      rg_pass_reset (self->pass);
      check_reading (self, cases[i], see (self, cases[i]));
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *config;
    int code;
    const char *says;
  } bad[] = {
    { "{\"model_type\": \"clip\"}", RG_ERROR_UNSUPPORTED, "clip" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"encoder\": {\"model_type\": \"swin\"}}", RG_ERROR_UNSUPPORTED, "swin" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"model_type\": \"bert\"}}", RG_ERROR_UNSUPPORTED, "bert" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"n_embd\": 1024, \"n_head\": 16}}", RG_ERROR_UNSUPPORTED, "1024" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"n_head\": 7}}", RG_ERROR_FORMAT, "7 heads" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"eos_token_id\": 50257}", RG_ERROR_FORMAT, "eos_token_id" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"encoder\": {\"patch_size\": 15}}", RG_ERROR_FORMAT, "15" },
  };
  g_autofree char *dir = g_dir_make_tmp ("regard-captioner-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "config.json", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, bad[i].config, -1, NULL));
      g_assert_null (rg_captioner_load (dir, NULL, &error));
      g_assert_error (error, RG_ERROR, bad[i].code);
      g_assert_nonnull (strstr (error->message, bad[i].says));
    }
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/captioner/vit-gpt2", Fixture, "vit-gpt2", set_up, test_vit_gpt2, tear_down);
  g_test_add_func ("/captioner/refused", test_refused);

  return g_test_run ();
}
