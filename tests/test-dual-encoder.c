/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/dual-encoder.h"

#include <glib/gstdio.h>
#include <math.h>

#include "engine/formats/safetensors.h"
#include "tests/reference.h"
#include "tests/refused.h"

typedef struct
{
  char *dir; /* %NULL where the fixture is absent */
  RgDualEncoder *model;
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
  self->model = rg_dual_encoder_load (self->dir, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer name)
{
  g_free (self->dir);
  rg_dual_encoder_free (self->model);
  rg_pass_free (self->pass);
}

/* Returns: all pictures' vectors, which live until the pass is reset. */
static RgTensor *
see (Fixture *self, const RgNpy *pixels, guint n_images, RgTensor **layers, float *record)
{
  gsize side = pixels->shape[2], n_rows = rg_vision_config_n_rows (&rg_dual_encoder_get_config (self->model)->vision);
  guint *offsets = rg_arena_alloc (self->pass->arena, (n_images + 1) * sizeof *offsets);
  RgVisionRun run = { .n_images = n_images, .offsets = offsets, .layers = layers, .record = record };

  for (guint i = 0; i <= n_images; i++)
    offsets[i] = i * n_rows;

  return rg_dual_encoder_see (self->model, self->pass, rg_pass_input (self->pass, n_images * 3 * side, side, pixels->values), &run);
}

static void
test_pictures (Fixture *self, gconstpointer name)
{
  g_autoptr (RgNpy) pixels = NULL;
  RgTensor *layers[1 + RG_MAX_LAYERS], *vectors;
  const RgVisionConfig *config;
  guint n_images;

  if (self->dir == NULL)
    return;

  config = &rg_dual_encoder_get_config (self->model)->vision;
  pixels = reference_array (self->dir, "pixel_values");
  n_images = pixels->shape[0];
  vectors = see (self, pixels, n_images, layers, NULL);
  reference_check (self->dir, config->first_norm ? "vision.pre_layrnorm" : "vision.embeddings", layers[0]->data, layers[0]->rows * layers[0]->cols, REFERENCE_HIDDEN_BOUND);
  for (guint i = 0; i < config->n_layers; i++)
    {
      g_autofree char *array = g_strdup_printf ("vision.layer%u", i);

      reference_check (self->dir, array, layers[1 + i]->data, layers[1 + i]->rows * layers[1 + i]->cols, REFERENCE_HIDDEN_BOUND);
    }
  reference_check (self->dir, "image_embeds", vectors->data, vectors->rows * vectors->cols, REFERENCE_VECTOR_BOUND);
}

/* Of the first picture: layers × heads × rows × rows out of layers × pictures × heads × rows × rows. */
static void
test_attention (Fixture *self, gconstpointer name)
{
  g_autoptr (RgNpy) pixels = NULL;
  g_autoptr (RgNpy) expected = NULL;
  g_autofree float *record = NULL;
  gsize per_layer;

  if (self->dir == NULL)
    return;

  pixels = reference_array (self->dir, "pixel_values");
  expected = reference_array (self->dir, "vision.attn");
  per_layer = expected->shape[2] * expected->shape[3] * expected->shape[4];
  record = g_new (float, expected->shape[0] * per_layer);
  see (self, pixels, 1, NULL, record);
  for (gsize layer = 0; layer < expected->shape[0]; layer++)
    numeric_assert_same ("attention", record + layer * per_layer, expected->values + layer * expected->shape[1] * per_layer, per_layer, REFERENCE_ATTENTION_BOUND);
}

/* The texts' ids, one behind the other, padded where the family wants that. Returns: their number. */
static guint
read_texts (const Fixture *self, GArray *ids, GArray *offsets)
{
  g_autoptr (JsonNode) node = reference_json (self->dir, "input_ids");
  JsonArray *texts = json_object_get_array_member (json_node_get_object (node), rg_dual_encoder_get_config (self->model)->padded ? "padded_input_ids" : "ids");

  for (guint i = 0; i < json_array_get_length (texts); i++)
    {
      g_array_append_val (offsets, ids->len);
      reference_append_ids (json_array_get_array_element (texts, i), ids);
    }
  g_array_append_val (offsets, ids->len);

  return json_array_get_length (texts);
}

/* The reference read a padded batch; what stands behind a text's end changes nothing before it. */
static void
check_text_layer (const Fixture *self, const char *name, const RgTensor *layer, const guint *offsets)
{
  g_autoptr (RgNpy) expected = reference_array (self->dir, name);
  gsize padded = expected->shape[1], cols = expected->shape[2];

  for (gsize t = 0; t < expected->shape[0]; t++)
    numeric_assert_same (name, layer->data + offsets[t] * cols, expected->values + t * padded * cols, (offsets[t + 1] - offsets[t]) * cols, REFERENCE_HIDDEN_BOUND);
}

static void
test_texts (Fixture *self, gconstpointer name)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (RgNpy) pixels = NULL;
  g_autoptr (RgNpy) expected = NULL;
  RgTensor *layers[RG_MAX_LAYERS], *texts, *pictures;
  RgDecoderRun run = { .layers = layers };

  if (self->dir == NULL)
    return;

  run.n_texts = read_texts (self, ids, offsets);
  run.ids = (const guint32 *) ids->data;
  run.n = ids->len;
  run.offsets = (const guint *) offsets->data;
  texts = rg_dual_encoder_read (self->model, self->pass, &run);
  check_text_layer (self, "text.layer0", layers[0], run.offsets);
  check_text_layer (self, "text.layer1", layers[1], run.offsets);
  reference_check (self->dir, "text_embeds", texts->data, texts->rows * texts->cols, REFERENCE_VECTOR_BOUND);

  pixels = reference_array (self->dir, "pixel_values");
  pictures = see (self, pixels, pixels->shape[0], NULL, NULL);
  expected = reference_array (self->dir, "logits_per_image");
  for (gsize i = 0; i < pictures->rows; i++)
    for (gsize t = 0; t < texts->rows; t++)
      {
        double cosine = 0;

        for (gsize c = 0; c < texts->cols; c++)
          cosine += (double) pictures->data[i * texts->cols + c] * texts->data[t * texts->cols + c];
        numeric_assert_near ("logit", t, cosine * rg_dual_encoder_get_scale (self->model) + rg_dual_encoder_get_bias (self->model), expected->values[i * texts->rows + t], REFERENCE_LOGIT_BOUND);
      }
}

/* --- weights in bfloat16 --- */

/* Returns: (transfer full): the bytes of @tensor, which is F32, in BF16: the upper halves */
static guint16 *
shorten (const RgStoredTensor *tensor, gsize n)
{
  guint16 *halves = g_new (guint16, n);

  g_assert_cmpint (tensor->dtype, ==, RG_DTYPE_F32);
  for (gsize i = 0; i < n; i++)
    memcpy (halves + i, (const guint8 *) tensor->bytes + 4 * i + 2, 2);

  return halves;
}

/* Returns: (transfer full): a folder with the fixture's model in bfloat16 */
static char *
write_short (const char *dir)
{
  g_autofree char *from = g_build_filename (dir, "model.safetensors", NULL), *config = g_build_filename (dir, "config.json", NULL), *text = NULL;
  char *copy = g_dir_make_tmp ("regard-short-XXXXXX", NULL);
  g_autofree char *to = g_build_filename (copy, "model.safetensors", NULL), *to_config = g_build_filename (copy, "config.json", NULL);
  g_autoptr (RgSafetensors) whole = rg_safetensors_open (from, NULL);
  guint n = rg_safetensors_get_n_tensors (whole);
  g_autofree RgStoredTensor *tensors = g_new (RgStoredTensor, n);
  g_autoptr (GPtrArray) bytes = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    {
      gsize n_elements;

      tensors[i] = *rg_safetensors_get (whole, i);
      n_elements = rg_stored_tensor_get_n_elements (&tensors[i]);
      g_ptr_array_add (bytes, shorten (&tensors[i], n_elements));
      tensors[i].dtype = RG_DTYPE_BF16;
      tensors[i].bytes = bytes->pdata[i];
      tensors[i].n_bytes = 2 * n_elements;
    }
  g_assert_true (rg_safetensors_write (to, tensors, n, NULL, NULL));
  g_assert_true (g_file_get_contents (config, &text, NULL, NULL) && g_file_set_contents (to_config, text, -1, NULL));

  return copy;
}

static void
remove_short (const char *dir)
{
  static const char *const names[] = { "model.safetensors", "config.json" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (dir, names[i], NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* At the precision that an answer from such a file gets, vectors keep their direction. */
static void
test_short (Fixture *self, gconstpointer name)
{
  g_autofree char *dir = NULL;
  g_autoptr (RgNpy) pixels = NULL;
  g_autofree float *exact = NULL;
  gsize n_images, width;
  RgTensor *vectors;

  if (self->dir == NULL)
    return;

  g_assert_cmpint (rg_dual_encoder_get_precision (self->model, FALSE), ==, RG_PRECISION_F32);
  dir = write_short (self->dir);
  g_clear_pointer (&self->model, rg_dual_encoder_free);
  self->model = rg_dual_encoder_load (dir, NULL, NULL);
  pixels = reference_array (self->dir, "pixel_values");
  n_images = pixels->shape[0];
  width = rg_dual_encoder_get_config (self->model)->space_width;
  exact = g_memdup2 (see (self, pixels, n_images, NULL, NULL)->data, n_images * width * sizeof (float));

  g_assert_cmpint (rg_dual_encoder_get_precision (self->model, FALSE), ==, RG_PRECISION_FAST);
  self->pass->precision = RG_PRECISION_FAST;
  rg_pass_reset (self->pass);
  vectors = see (self, pixels, n_images, NULL, NULL);
  for (gsize i = 0; i < n_images; i++)
    {
      double product = 0, a = 0, b = 0;

      for (gsize c = i * width; c < (i + 1) * width; c++)
        {
          product += (double) exact[c] * vectors->data[c];
          a += (double) exact[c] * exact[c];
          b += (double) vectors->data[c] * vectors->data[c];
        }
      g_test_message ("cosine %.7f", product / sqrt (a * b));
      g_assert_cmpfloat (product / sqrt (a * b), >, 0.9999);
    }
  remove_short (dir);
}

/* --- what a file may not say --- */

static gboolean
load (const char *dir, GError **error)
{
  g_autoptr (RgDualEncoder) model = rg_dual_encoder_load (dir, NULL, error);

  return model != NULL;
}

static void
test_refused (void)
{
  static const RefusedConfig bad[] = {
    { "{}", RG_ERROR_FORMAT, "model_type" },
    { "{\"model_type\": \"llama\"}", RG_ERROR_UNSUPPORTED, "llama" },
    { "{\"model_type\": \"clip\", \"vision_config\": {\"num_attention_heads\": 7}}", RG_ERROR_FORMAT, "7 heads" },
    { "{\"model_type\": \"clip\", \"vision_config\": {\"patch_size\": 33}}", RG_ERROR_FORMAT, "33" },
    { "{\"model_type\": \"clip\", \"vision_config\": {\"image_size\": 1e9}}", RG_ERROR_FORMAT, "image_size" },
    { "{\"model_type\": \"clip\", \"text_config\": {\"num_hidden_layers\": 65}}", RG_ERROR_FORMAT, "num_hidden_layers" },
    { "{\"model_type\": \"clip\", \"text_config\": {\"hidden_act\": \"softplus\"}}", RG_ERROR_UNSUPPORTED, "softplus" },
    { "{\"model_type\": \"siglip\", \"vision_config\": {\"patch_size\": 15}}", RG_ERROR_FORMAT, "15" },
    { "{\"model_type\": \"clip\", \"projection_dim\": 0}", RG_ERROR_FORMAT, "projection_dim" },
  };

  refused_check (bad, G_N_ELEMENTS (bad), load);
}

#define ADD(family, test, func) g_test_add ("/dual-encoder/" family "/" test, Fixture, family, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("clip", "pictures", test_pictures);
  ADD ("clip", "attention", test_attention);
  ADD ("clip", "texts", test_texts);
  ADD ("clip", "short", test_short);
  ADD ("siglip", "short", test_short);
  ADD ("siglip", "pictures", test_pictures);
  ADD ("siglip", "attention", test_attention);
  ADD ("siglip", "texts", test_texts);
  g_test_add_func ("/dual-encoder/refused", test_refused);

  return g_test_run ();
}
