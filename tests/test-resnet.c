/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/resnet.h"

#include <math.h>

#include "engine/classifier.h"
#include "engine/embedder.h"
#include "tests/reference.h"
#include "tests/refused.h"
#include "ui/image-decoder.h"

/* ResNet against the numbers of its original code. */

static const char *const cases[] = { "case0", "case1" };

typedef struct
{
  char *dir; /* %NULL where the fixture is absent */
  RgResNet *model;
  RgPass *pass;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->dir = fixture_path ("resnet");
  if (self->dir == NULL)
    return;
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->model = rg_resnet_load (self->dir, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_free (self->dir);
  rg_resnet_free (self->model);
  rg_pass_free (self->pass);
}

/* From planes, as references have them, to pixels, as we have them, or back: @rows × @cols becomes @cols × @rows. */
static RgTensor *
turn (RgPass *pass, const float *values, gsize rows, gsize cols)
{
  RgTensor *turned = rg_pass_tensor (pass, cols, rows);

  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < cols; c++)
      turned->data[c * rows + r] = values[r * cols + c];

  return turned;
}

static gboolean
check (const Fixture *self, const char *name, const char *array, const RgTensor *pixels, double bound)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", name, array);
  const RgTensor *planes = turn (self->pass, pixels->data, pixels->rows, pixels->cols);

  if (!reference_has (self->dir, path))
    return FALSE;
  reference_check (self->dir, path, planes->data, planes->rows * planes->cols, bound);

  return TRUE;
}

static void
check_case (Fixture *self, const char *name, gboolean whole)
{
  g_autofree char *path = g_strdup_printf ("%s/pixel_values", name);
  g_autoptr (RgNpy) npy = reference_array (self->dir, path);
  gsize side = npy->shape[3];
  RgTensor *stages[RG_MAX_STAGES], *stem, *embedded, *cells, *pooled;
  RgResidualRun run = { .height = side, .width = side, .stages = stages, .stem = &stem, .embedded = &embedded };

  rg_pass_reset (self->pass);
  cells = rg_resnet_see (self->model, self->pass, turn (self->pass, npy->values, 3, side * side), &run);
  g_assert_cmpint (check (self, name, "stem_conv", stem, REFERENCE_HIDDEN_BOUND), ==, whole);
  g_assert_cmpint (check (self, name, "embedder", embedded, REFERENCE_HIDDEN_BOUND), ==, whole);
  for (guint s = 0; s < rg_resnet_get_config (self->model)->n_stages; s++)
    {
      g_autofree char *array = g_strdup_printf ("stage%u", s);

      g_assert_true (check (self, name, array, stages[s], REFERENCE_HIDDEN_BOUND));
    }
  g_assert_cmpuint (run.rows * run.cols, ==, cells->rows);
  pooled = rg_resnet_pool (self->model, self->pass, cells);
  g_assert_true (check (self, name, "pooled", pooled, REFERENCE_VECTOR_BOUND));
  g_assert_true (check (self, name, "logits", rg_resnet_classify (self->model, self->pass, pooled), REFERENCE_LOGIT_BOUND));
}

static void
test_reference (Fixture *self, gconstpointer data)
{
  for (guint i = 0; self->dir != NULL && i < G_N_ELEMENTS (cases); i++)
    check_case (self, cases[i], i == 0);
}

static RgImage *
load_picture (const Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, "reference", name, "image0.png", NULL);
  g_autoptr (GError) error = NULL;
  RgImage *image = rg_image_decoder_load (path, &error);

  g_assert_no_error (error);

  return image;
}

/* From the file of the picture to the labels; the map of a label adds up to its score. */
static void
test_classifier (Fixture *self, gconstpointer data)
{
  g_autoptr (RgClassifier) classifier = NULL;
  g_autoptr (GError) error = NULL;
  RgTensor *nothing, *bias;

  if (self->dir == NULL)
    return;

  classifier = rg_classifier_load (self->dir, NULL, NULL, &error);
  g_assert_no_error (error);
  nothing = rg_pass_tensor (self->pass, 1, rg_resnet_get_width (self->model));
  memset (nothing->data, 0, nothing->cols * sizeof (float));
  bias = rg_resnet_classify (self->model, self->pass, nothing);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/result", cases[i]), *logits_path = g_strdup_printf ("%s/logits", cases[i]);
      g_autoptr (JsonNode) node = reference_json (self->dir, path);
      g_autoptr (RgNpy) logits = reference_array (self->dir, logits_path);
      g_autoptr (RgImage) image = load_picture (self, cases[i]);
      JsonArray *expected = json_object_get_array_member (json_node_get_object (node), "probs");
      const RgLabel *labels;
      float map[4];
      guint n;

      g_assert_true (rg_classifier_see (classifier, image, NULL, &error));
      labels = rg_classifier_get_labels (classifier, &n);
      g_assert_cmpuint (n, ==, 10);
      g_assert_cmpint (labels[0].label, ==, json_object_get_int_member (json_node_get_object (node), "argmax"));
      g_assert_cmpstr (labels[0].name, ==, "class 3");
      g_assert_cmpuint (rg_patch_grid_get_n_patches (rg_classifier_get_grid (classifier)), ==, 4);
      for (guint l = 0; l < n; l++)
        {
          double sum = 0;

          numeric_assert_near ("probability", l, labels[l].probability, json_array_get_double_element (expected, labels[l].label), 1e-5);
          numeric_assert_near ("score", l, labels[l].score, logits->values[labels[l].label], REFERENCE_LOGIT_BOUND);
          rg_classifier_map (classifier, labels[l].label, map);
          for (guint c = 0; c < 4; c++)
            sum += map[c];
          numeric_assert_near ("map", l, sum + bias->data[labels[l].label], labels[l].score, 1e-4);
        }
    }
}

/* A map is of its own place: the cell whose values are taken away loses all it had, the others nothing. */
static void
test_map (Fixture *self, gconstpointer data)
{
  RgTensor *cells, *scores;
  float map[4], after[4];
  double before, sum = 0;

  if (self->dir == NULL)
    return;

  cells = rg_pass_tensor (self->pass, 4, rg_resnet_get_width (self->model));
  for (gsize i = 0; i < cells->rows * cells->cols; i++)
    cells->data[i] = (i * 37 % 19) / 19.0f;
  scores = rg_resnet_classify (self->model, self->pass, rg_resnet_pool (self->model, self->pass, cells));
  before = scores->data[5];
  rg_resnet_map (self->model, cells, 5, map);
  memset (cells->data + 2 * cells->cols, 0, cells->cols * sizeof (float));
  scores = rg_resnet_classify (self->model, self->pass, rg_resnet_pool (self->model, self->pass, cells));
  numeric_assert_near ("what the cell gave", 2, before - scores->data[5], map[2], 1e-5);
  rg_resnet_map (self->model, cells, 5, after);
  for (guint i = 0; i < 4; i++)
    {
      numeric_assert_near ("cell", i, after[i], i == 2 ? 0 : map[i], 0);
      sum += map[i];
    }
  g_assert_cmpfloat (ABS (sum), >, 1e-3);
}

/* Features of pictures: the pooled cells, of length 1. */
static void
test_embedder (Fixture *self, gconstpointer data)
{
  g_autoptr (RgEmbedder) embedder = NULL;
  g_autoptr (RgNpy) pooled = NULL;
  g_autoptr (RgImage) image = NULL;
  g_autoptr (GError) error = NULL;
  float vector[64];
  double length = 0;

  if (self->dir == NULL)
    return;

  embedder = rg_embedder_load (self->dir, NULL, NULL, &error);
  g_assert_no_error (error);
  pooled = reference_array (self->dir, "case1/pooled");
  image = load_picture (self, "case1");
  g_assert_cmpuint (rg_embedder_get_width (embedder), ==, G_N_ELEMENTS (vector));
  g_assert_true (rg_embedder_see (embedder, image, NULL, vector, &error));
  for (guint i = 0; i < G_N_ELEMENTS (vector); i++)
    length += (double) pooled->values[i] * pooled->values[i];
  for (guint i = 0; i < G_N_ELEMENTS (vector); i++)
    numeric_assert_near ("feature", i, vector[i], pooled->values[i] / sqrt (length), 1e-5);

  g_assert_false (rg_embedder_read (embedder, "a star", vector, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
}

/* --- what a file may not say --- */

static gboolean
load (const char *dir, GError **error)
{
  g_autoptr (RgResNet) model = rg_resnet_load (dir, NULL, error);

  return model != NULL;
}

static void
test_refused (void)
{
  static const RefusedConfig bad[] = {
    { "{}", RG_ERROR_FORMAT, "model_type" },
    { "{\"model_type\": \"regnet\"}", RG_ERROR_UNSUPPORTED, "regnet" },
    { "{\"model_type\": \"resnet\", \"depths\": [1, 2]}", RG_ERROR_FORMAT, "2 have depths" },
    { "{\"model_type\": \"resnet\", \"depths\": []}", RG_ERROR_FORMAT, "depths" },
    { "{\"model_type\": \"resnet\", \"depths\": [65, 1, 1, 1]}", RG_ERROR_FORMAT, "depths" },
    { "{\"model_type\": \"resnet\", \"hidden_sizes\": [0, 1, 1, 1]}", RG_ERROR_FORMAT, "hidden_sizes" },
    { "{\"model_type\": \"resnet\", \"num_channels\": 4}", RG_ERROR_FORMAT, "num_channels" },
    { "{\"model_type\": \"resnet\", \"layer_type\": \"dense\"}", RG_ERROR_UNSUPPORTED, "dense" },
    { "{\"model_type\": \"resnet\", \"hidden_act\": \"softplus\"}", RG_ERROR_UNSUPPORTED, "softplus" },
  };

  refused_check (bad, G_N_ELEMENTS (bad), load);
}

/* A file that makes anything but square pictures belongs to another kind of model. */
static void
test_refused_pictures (void)
{
  static const char *const bad[] = {
    "{\"feature_extractor_type\": \"WhisperFeatureExtractor\"}",
    "{\"image_processor_type\": \"Qwen2VLImageProcessor\"}",
    "{\"image_processor_type\": \"RegardImageProcessor\", \"size\": {\"height\": 128, \"width\": 128}, \"patch_size\": 8, \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, 0.5, 0.5]}",
  };
  g_autofree char *dir = g_dir_make_tmp ("regard-resnet-XXXXXX", NULL);
  g_autofree char *config = g_build_filename (dir, "config.json", NULL), *path = g_build_filename (dir, "preprocessor_config.json", NULL);

  g_assert_true (g_file_set_contents (config, "{\"model_type\": \"resnet\"}", -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      RgPreprocessConfig preprocess;
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, bad[i], -1, NULL));
      g_assert_false (rg_resnet_load_preprocess (dir, &preprocess, &error));
      g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
    }
  g_remove (path);
  g_remove (config);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

#define ADD(name, func) g_test_add ("/resnet/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("reference", test_reference);
  ADD ("classifier", test_classifier);
  ADD ("map", test_map);
  ADD ("embedder", test_embedder);
  g_test_add_func ("/resnet/refused", test_refused);
  g_test_add_func ("/resnet/refused-pictures", test_refused_pictures);

  return g_test_run ();
}
