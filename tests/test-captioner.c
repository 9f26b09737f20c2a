/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/captioner.h"
#include "tests/reference.h"
#include "tests/refused.h"

typedef struct
{
  char *dir; /* %NULL where the fixture is absent */
  RgCaptioner *model;
  RgPass *pass;
} Fixture;

/* What differs between the fixtures.
 * @ids: which ids the arrays are for; whether those are the prompt with all that was generated */
typedef struct
{
  const char *fixture, *cases[2], *vision_norm, *ids;
  gboolean ids_are_all;
} Names;

static const Names *
find_names (const char *fixture)
{
  static const Names all[] = {
    { "vit-gpt2", { "case0_landscape", "case1_portrait" }, "vision.layernorm", "decoder_input_ids", TRUE },
    { "blip-captioning", { "case0_landscape_unconditional", "case1_portrait_prompt" }, "vision.post_layernorm", "input_ids", FALSE },
  };

  return strcmp (fixture, all[0].fixture) == 0 ? &all[0] : &all[1];
}

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
see (Fixture *self, const char *directory, const Names *names)
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
  check_rows (self, directory, names->vision_norm, seen);
  check (self, directory, "vision.attn", record, n_record, REFERENCE_ATTENTION_BOUND);

  return seen;
}

/* The scores of all of @ids; what the layers give and look at as well, where it is to be @checked. */
static RgTensor *
score (Fixture *self, const char *directory, RgTensor *seen, GArray *ids, gboolean checked)
{
  const RgTextConfig *config = &rg_captioner_get_config (self->model)->text;
  gsize n = ids->len, n_maps = config->n_layers * config->block.n_heads;
  g_autofree float *cross = g_new (float, n_maps *n * seen->rows);
  g_autofree float *selfs = g_new (float, n_maps *n *n);
  guint offsets[] = { 0, n }, memory_offsets[] = { 0, seen->rows };
  RgTensor *memory[RG_MAX_LAYERS], *layers[RG_MAX_LAYERS], *logits;
  RgDecoderRun run = { .ids = (const guint32 *) ids->data, .n = n, .n_texts = 1, .offsets = offsets, .memory = memory, .memory_offsets = memory_offsets, .layers = layers, .record = cross, .self_record = selfs };

  rg_captioner_remember (self->model, self->pass, seen, memory);
  logits = rg_captioner_read (self->model, self->pass, &run);
  for (guint i = 0; checked && i < config->n_layers; i++)
    {
      g_autofree char *layer = g_strdup_printf ("decoder.layer%u", i);

      check_rows (self, directory, layer, layers[i]);
    }
  if (checked)
    {
      check (self, directory, "attn.self", selfs, n_maps * n * n, REFERENCE_ATTENTION_BOUND);
      check (self, directory, "attn.cross", cross, n_maps * n * seen->rows, REFERENCE_ATTENTION_BOUND);
    }

  return logits;
}

/* All rows at once, then what was generated behind the prompt: each token is the likeliest one. */
static void
check_reading (Fixture *self, const char *directory, RgTensor *seen, const Names *names)
{
  g_autofree char *name = g_strdup_printf ("%s/input_ids", directory);
  g_autoptr (JsonNode) node = reference_json (self->dir, name);
  JsonObject *object = json_node_get_object (node);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) generated = g_array_new (FALSE, FALSE, sizeof (guint32));
  RgTensor *logits;
  const float *rows;
  guint n_prompt;

  reference_append_ids (json_object_get_array_member (object, names->ids), ids);
  reference_append_ids (json_object_get_array_member (object, "generated_ids"), generated);
  g_assert_cmpuint (g_array_index (ids, guint32, 0), ==, rg_captioner_get_config (self->model)->start);
  logits = score (self, directory, seen, ids, TRUE);

  n_prompt = names->ids_are_all ? 1 : ids->len;
  if (!names->ids_are_all)
    {
      g_array_append_vals (ids, generated->data, generated->len - 1);
      logits = score (self, directory, seen, ids, FALSE);
    }

  rows = logits->data + (n_prompt - 1) * logits->cols;
  check (self, directory, "generated_logits", rows, generated->len * logits->cols, REFERENCE_LOGIT_BOUND);
  for (gsize r = 0; r < generated->len; r++)
    {
      const float *row = rows + r * logits->cols;
      guint best = 0;

      for (guint v = 0; v < logits->cols; v++)
        best = row[v] > row[best] ? v : best;
      g_assert_cmpuint (best, ==, g_array_index (generated, guint32, r));
    }
}

static void
test_reference (Fixture *self, gconstpointer name)
{
  const Names *names = find_names (name);

  for (guint i = 0; self->dir != NULL && i < G_N_ELEMENTS (names->cases); i++)
    {
      rg_pass_reset (self->pass);
      check_reading (self, names->cases[i], see (self, names->cases[i], names), names);
    }
}

static gboolean
load (const char *dir, GError **error)
{
  g_autoptr (RgCaptioner) model = rg_captioner_load (dir, NULL, error);

  return model != NULL;
}

static void
test_refused (void)
{
  static const RefusedConfig bad[] = {
    { "{\"model_type\": \"clip\"}", RG_ERROR_UNSUPPORTED, "clip" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"encoder\": {\"model_type\": \"swin\"}}", RG_ERROR_UNSUPPORTED, "swin" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"model_type\": \"bert\"}}", RG_ERROR_UNSUPPORTED, "bert" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"n_embd\": 1024, \"n_head\": 16}}", RG_ERROR_UNSUPPORTED, "1024" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"n_head\": 7}}", RG_ERROR_FORMAT, "7 heads" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"eos_token_id\": 50257}", RG_ERROR_FORMAT, "eos_token_id" },
    { "{\"model_type\": \"vision-encoder-decoder\", \"encoder\": {\"patch_size\": 15}}", RG_ERROR_FORMAT, "15" },
  };

  refused_check (bad, G_N_ELEMENTS (bad), load);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/captioner/blip", Fixture, "blip-captioning", set_up, test_reference, tear_down);
  g_test_add ("/captioner/vit-gpt2", Fixture, "vit-gpt2", set_up, test_reference, tear_down);
  g_test_add_func ("/captioner/refused", test_refused);

  return g_test_run ();
}
