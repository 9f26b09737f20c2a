/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "engine/decoder/sampler.h"
#include "engine/error.h"
#include "engine/model-folder.h"
#include "tests/reference.h"
#include "ui/image-decoder.h"

/* Pairs of GGUF files against the numbers of the original code with the same weights. The last view of the fixtures is
 * resized as another program does it, and left out where the picture is ours. */

typedef struct
{
  char *dir; /* %NULL where the fixture is absent */
  RgModel *model;
  RgPreprocessConfig preprocess;
  RgPass *pass;
  JsonNode *node;
  JsonObject *facts;
} Fixture;

static void
set_up (Fixture *self, gconstpointer name)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  self->dir = fixture_path (name);
  if (self->dir == NULL)
    return;

  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->model = rg_model_folder_load (self->dir, NULL, &self->preprocess, NULL, &error);
  g_assert_no_error (error);
  path = g_build_filename (self->dir, "reference.json", NULL);
  g_assert_true (json_parser_load_from_file (parser, path, NULL));
  self->node = json_parser_steal_root (parser);
  self->facts = json_node_get_object (self->node);
}

static void
tear_down (Fixture *self, gconstpointer name)
{
  g_free (self->dir);
  rg_model_free (self->model);
  rg_pass_free (self->pass);
  g_clear_pointer (&self->node, json_node_unref);
}

static RgNpy *
read_array (const Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autoptr (GError) error = NULL;
  RgNpy *npy = rg_npy_read (path, &error);

  g_assert_no_error (error);

  return npy;
}

/* Of all views but the last, as exactly as @precision allows; fast products go through several views at a time. */
static void
check_tokens (Fixture *self, const RgPixelValues *pixels, RgPrecision precision, double bound)
{
  g_autoptr (RgNpy) expected = read_array (self, "exact-image-embeddings.npy");
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImageState) state = NULL;
  const RgTensor *tokens;

  self->pass->precision = precision;
  state = rg_model_see (self->model, self->pass, pixels, NULL, NULL, &error);
  g_assert_no_error (error);
  tokens = rg_image_state_get_tokens (state);
  g_assert_cmpuint (tokens->rows * tokens->cols, ==, expected->n_values);
  numeric_assert_same ("image tokens", tokens->data, expected->values, tokens->rows / pixels->n_views * (pixels->n_views - 1) * tokens->cols, bound);
}

/* The image tokens of the picture. */
static void
test_picture (Fixture *self, gconstpointer name)
{
  g_autofree char *path = NULL;
  g_autoptr (RgImage) image = NULL;
  g_autoptr (RgPixelValues) pixels = NULL;
  g_autoptr (GError) error = NULL;

  if (self->dir == NULL)
    return;

  path = g_build_filename (self->dir, "image.png", NULL);
  image = rg_image_decoder_load (path, &error);
  g_assert_no_error (error);
  pixels = rg_preprocess (&self->preprocess, image, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pixels->n_views, >, 1);
  check_tokens (self, pixels, RG_PRECISION_F32, REFERENCE_HIDDEN_BOUND);
  check_tokens (self, pixels, RG_PRECISION_FAST, 0.03);
}

/* The text with the original's image tokens in it, and what was generated behind it. */
static void
test_text (Fixture *self, gconstpointer name)
{
  const RgTextConfig *config;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32)), generated = g_array_new (FALSE, FALSE, sizeof (guint32)), rows = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (RgNpy) tokens = NULL, expected = NULL;
  RgTensor image_tokens = { 0 }, *logits;
  guint offsets[2] = { 0 };
  const float *answers;
  gsize n_prompt;

  if (self->dir == NULL)
    return;

  config = &rg_model_get_config (self->model)->text;
  reference_append_ids (json_object_get_array_member (self->facts, "prompt_ids"), ids);
  reference_append_ids (json_object_get_array_member (self->facts, "exact_generated"), generated);
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint32, i) == G_MAXUINT32)
      {
        g_array_index (ids, guint32, i) = rg_model_get_config (self->model)->image_token;
        g_array_append_val (rows, i);
      }
  n_prompt = ids->len;
  g_array_append_vals (ids, generated->data, generated->len - 1);
  offsets[1] = ids->len;

  tokens = read_array (self, "exact-image-embeddings.npy");
  image_tokens = (RgTensor){ .rows = rows->len, .cols = config->block.width, .data = tokens->values };
  g_assert_cmpuint (tokens->n_values, ==, image_tokens.rows * image_tokens.cols);
  rg_pass_reset (self->pass);
  logits = rg_decoder_logits (self->pass, rg_model_get_decoder (self->model), config,
                              rg_decoder_forward (self->pass, rg_model_get_decoder (self->model), config,
                                                  &(RgDecoderRun){ .ids = (const guint32 *) ids->data, .n = ids->len, .n_texts = 1, .offsets = offsets, .image_tokens = &image_tokens, .image_rows = (const guint32 *) rows->data }));

  expected = read_array (self, "exact-logits.npy");
  answers = logits->data + (n_prompt - 1) * logits->cols;
  g_assert_cmpuint (expected->n_values, ==, generated->len * logits->cols);
  numeric_assert_same ("logits", answers, expected->values, expected->n_values, REFERENCE_LOGIT_BOUND);
  for (guint i = 0; i < generated->len; i++)
    g_assert_cmpuint (rg_logits_find_best (answers + i * logits->cols, logits->cols), ==, g_array_index (generated, guint32, i));
}

/* A file of the pair by itself says what is missing. */
static void
test_alone (void)
{
  static const struct
  {
    const char *file, *said;
  } wrong[] = { { "gguf-f32/mmproj.gguf", "mmproj.gguf" }, { "gguf-f32/image.png", "image.png" } };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *path = fixture_path (wrong[i].file);
      g_autofree char *folder = g_dir_make_tmp ("regard-pair-XXXXXX", NULL);
      g_autofree char *base = g_path_get_basename (wrong[i].file);
      g_autofree char *copy = g_build_filename (folder, base, NULL);
      g_autoptr (GFile) from = path != NULL ? g_file_new_for_path (path) : NULL;
      g_autoptr (GFile) to = g_file_new_for_path (copy);
      g_autoptr (GError) error = NULL;
      RgPreprocessConfig preprocess;

      if (path == NULL)
        return;

      g_assert_true (g_file_copy (from, to, 0, NULL, NULL, NULL, NULL));
      g_assert_null (rg_model_folder_load (copy, NULL, &preprocess, NULL, &error));
      g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, wrong[i].said));
      g_assert_true (g_file_delete (to, NULL, NULL));
      g_rmdir (folder);
    }
}

int
main (int argc, char **argv)
{
  static const char *const fixtures[] = { "gguf-f32", "gguf-q8_0", "gguf-q4_K" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fixtures); i++)
    {
      g_autofree char *picture = g_strdup_printf ("/gguf-pair/%s/picture", fixtures[i]), *text = g_strdup_printf ("/gguf-pair/%s/text", fixtures[i]);

      g_test_add (picture, Fixture, fixtures[i], set_up, test_picture, tear_down);
      g_test_add (text, Fixture, fixtures[i], set_up, test_text, tear_down);
    }
  g_test_add_func ("/gguf-pair/alone", test_alone);

  return g_test_run ();
}
