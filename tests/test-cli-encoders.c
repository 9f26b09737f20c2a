/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "engine/formats/npy.h"
#include "tests/cli-call.h"
#include "tests/fixture.h"
#include "tests/folder.h"

/* The command line on models that encode alone (BERT, ResNet), and on one that listens (Whisper). */

/* A word in three sentences, and the sentences themselves. */
static void
test_embed_word (void)
{
  static const char *const sentences[] = { "She sat on the bank of the river.", "He put the money in the bank.", "The bank closed early on Friday because of the storm." };
  g_autofree char *model = fixture_path ("bert");
  g_autofree char *path = model == NULL ? NULL : g_build_filename (model, "reference", "meta.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (JsonNode) node = NULL;
  JsonArray *expected, *cosines;

  if (model == NULL)
    return;

  {
    g_auto (CliResult) words = cli_run ("embed", "--model", model, "--word", "Bank", "--json", sentences[0], sentences[1], sentences[2], NULL);
    g_auto (CliResult) texts = cli_run ("embed", "--model", model, "--pooling", "mean", sentences[0], "--text", sentences[1], NULL);
    g_auto (CliResult) absent = cli_run ("embed", "--model", model, "--word", "lamp", sentences[0], NULL);
    g_auto (CliResult) picture = cli_run ("embed", "--model", model, "--image", path, NULL);
    g_auto (CliResult) layer = cli_run ("embed", "--model", model, "--word", "bank", "--layer", "4", sentences[0], NULL);
    g_auto (CliResult) pooling = cli_run ("embed", "--model", model, "--pooling", "sum", sentences[0], NULL);

    cli_assert_done (&words);
    cli_assert_done (&texts);
    cli_assert_failed (&absent, 1, "lamp");
    cli_assert_failed (&picture, 1, "meta.json");
    cli_assert_failed (&layer, 2, "--layer");
    cli_assert_failed (&pooling, 2, "sum");
    node = cli_parse_json (words.out);
  }

  g_assert_true (json_parser_load_from_file (parser, path, NULL));
  expected = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "word_cosines");
  cosines = json_object_get_array_member (json_node_get_object (node), "cosines");
  for (guint a = 0; a < 3; a++)
    for (guint b = 0; b < 3; b++)
      g_assert_cmpfloat_with_epsilon (json_array_get_double_element (json_array_get_array_element (cosines, a), b), json_array_get_double_element (json_array_get_array_element (expected, a), b), 1e-4);
}

/* --- classify --- */

static void
test_classify (void)
{
  g_autofree char *model = fixture_path ("resnet");
  g_autofree char *picture = model == NULL ? NULL : g_build_filename (model, "reference", "case0", "image0.png", NULL);
  g_autofree char *dir = NULL, *file = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (RgNpy) map = NULL;
  JsonArray *labels;

  if (model == NULL)
    return;

  dir = g_dir_make_tmp ("regard-classify-XXXXXX", NULL);
  {
    g_auto (CliResult) report = cli_run ("classify", "--model", model, "--image", picture, "--out", dir, "--top", "2", "--json", NULL);
    g_auto (CliResult) text = cli_run ("classify", "--model", model, "--image", picture, NULL);
    g_auto (CliResult) none = cli_run ("classify", "--image", picture, NULL);
    g_auto (CliResult) few = cli_run ("classify", "--model", model, "--image", picture, "--top", "0", NULL);

    cli_assert_done (&report);
    cli_assert_done (&text);
    cli_assert_failed (&none, 2, "--model");
    cli_assert_failed (&few, 2, "--top");
    g_assert_nonnull (strstr (text.out, "class 3\n"));
    node = cli_parse_json (report.out);
  }
  labels = json_object_get_array_member (json_node_get_object (node), "labels");
  g_assert_cmpuint (json_array_get_length (labels), ==, 2);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (labels, 0), "label"), ==, 3);
  g_assert_cmpfloat_with_epsilon (json_object_get_double_member (json_array_get_object_element (labels, 0), "probability"), 0.9998, 1e-4);
  map = cli_read_npy (dir, "label-01.npy");
  g_assert_cmpuint (map->shape[0] * map->shape[1], ==, 4);
  file = g_build_filename (dir, "label-01.png", NULL);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  folder_remove (dir);
}

/* --- sound --- */

/* A model that listens writes down what is spoken, unasked; its maps are over time. */
static void
test_sound (void)
{
  g_autofree char *model = fixture_path ("whisper");
  g_autofree char *sound = model == NULL ? NULL : g_build_filename (model, "reference", "case0_tones", "audio.wav", NULL);
  g_autofree char *reference = model == NULL ? NULL : g_build_filename (model, "reference", "case0_tones", NULL);
  g_autofree char *dir = NULL, *json = NULL;
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (RgNpy) map = NULL, features = NULL, expected = NULL;
  static const gint64 ids[] = { 207, 172, 460, 460 }; /* of the reference, where some tokens are muted */
  JsonArray *tokens;

  if (model == NULL)
    return;

  dir = g_dir_make_tmp ("regard-sound-XXXXXX", NULL);
  {
    g_auto (CliResult) ask = cli_run ("ask", "--model", model, "--audio", sound, "--max-tokens", "4", "--json", NULL);
    g_auto (CliResult) explain = cli_run ("explain", "--model", model, "--audio", sound, "--max-tokens", "4", "--out", dir, NULL);
    g_auto (CliResult) dump = cli_run ("dump", "--model", model, "--audio", sound, "--question", "", "--max-tokens", "12", "--out", dir, NULL);

    cli_assert_done (&ask);
    cli_assert_done (&explain);
    cli_assert_done (&dump);
    answer = cli_parse_json (ask.out);
  }

  tokens = json_object_get_array_member (json_node_get_object (answer), "tokens");
  g_assert_cmpuint (json_array_get_length (tokens), ==, G_N_ELEMENTS (ids));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (tokens, i), "id"), ==, ids[i]);
  map = cli_read_npy (dir, "word-00.npy");
  g_assert_cmpuint (map->shape[0], ==, 1);
  g_assert_cmpuint (map->shape[1], ==, 100);

  features = cli_read_npy (dir, "input_features.npy");
  expected = cli_read_npy (reference, "input_features.npy");
  g_assert_cmpuint (features->n_values, ==, expected->n_values);
  for (gsize i = 0; i < features->n_values; i++)
    g_assert_cmpfloat_with_epsilon (features->values[i], expected->values[i], 1e-3);
  json = g_build_filename (dir, "input_ids.json", NULL);
  g_assert_true (json_parser_load_from_file (parser, json, NULL));
  tokens = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "input_ids");
  g_assert_cmpuint (json_array_get_length (tokens), ==, 4);
  g_assert_cmpint (json_array_get_int_element (tokens, 3), ==, 712);
  tokens = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "generated_ids");
  g_assert_cmpint (json_array_get_int_element (tokens, 0), ==, 432);
  folder_remove (dir);
}

static void
test_sound_refused (void)
{
  g_autofree char *model = fixture_path ("whisper");
  g_autofree char *sound = model == NULL ? NULL : g_build_filename (model, "reference", "case0_tones", "audio.wav", NULL);

  if (model == NULL)
    return;

  {
    g_auto (CliResult) picture = cli_run ("ask", "--model", model, "--image", g_getenv ("REGARD_CLI"), "", NULL);
    g_auto (CliResult) both = cli_run ("ask", "--model", model, "--image", sound, "--audio", sound, NULL);
    g_auto (CliResult) deaf = cli_run ("ask", "--audio", sound, "what is it?", NULL);
    g_auto (CliResult) swap = cli_run ("explain", "--model", model, "--audio", sound, "--swap", NULL);

    cli_assert_failed (&picture, 1, "picture");
    cli_assert_failed (&both, 2, "--audio");
    cli_assert_failed (&deaf, 1, "listen");
    cli_assert_failed (&swap, 1, "pictures");
  }
}

/* --- dump of encoders --- */

/* Every array of a folder is that of the reference. */
static void
check_same_arrays (const char *dir, const char *expected_dir, const char *const *names)
{
  for (; *names != NULL; names++)
    {
      g_autofree char *file = g_strconcat (*names, ".npy", NULL);
      g_autoptr (RgNpy) npy = cli_read_npy (dir, file), expected = cli_read_npy (expected_dir, file);

      g_assert_cmpuint (npy->n_dims, ==, expected->n_dims);
      g_assert_cmpmem (npy->shape, npy->n_dims * sizeof (gsize), expected->shape, npy->n_dims * sizeof (gsize));
      for (gsize i = 0; i < npy->n_values; i++)
        g_assert_cmpfloat_with_epsilon (npy->values[i], expected->values[i], 1e-3);
    }
}

static void
test_dump_encoders (void)
{
  static const char *const of_text[] = { "hidden0", "hidden3", "attn.self", "pooler_output", NULL };
  static const char *const of_picture[] = { "pixel_values", "stem_conv", "embedder", "stage0", "stage1", "stage2", "stage3", "pooled", "logits", NULL };
  g_autofree char *bert = fixture_path ("bert"), *resnet = bert == NULL ? NULL : fixture_path ("resnet");
  g_autofree char *sentence = NULL, *example = NULL, *picture = NULL, *dir = NULL;

  if (resnet == NULL)
    return;

  sentence = g_build_filename (bert, "reference", "sentence1", NULL);
  example = g_build_filename (resnet, "reference", "case0", NULL);
  picture = g_build_filename (example, "image0.png", NULL);
  dir = g_dir_make_tmp ("regard-encoders-XXXXXX", NULL);
  {
    g_auto (CliResult) text = cli_run ("dump", "--model", bert, "--prompt", "He put the money in the bank.", "--out", dir, NULL);
    g_auto (CliResult) seen = cli_run ("dump", "--model", resnet, "--image", picture, "--out", dir, NULL);
    g_auto (CliResult) blind = cli_run ("dump", "--model", bert, "--image", picture, "--out", dir, NULL);

    cli_assert_done (&text);
    cli_assert_done (&seen);
    cli_assert_failed (&blind, 2, "--prompt");
  }
  check_same_arrays (dir, sentence, of_text);
  check_same_arrays (dir, example, of_picture);
  folder_remove (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli-encoders/embed-word", test_embed_word);
  g_test_add_func ("/cli-encoders/classify", test_classify);
  g_test_add_func ("/cli-encoders/sound", test_sound);
  g_test_add_func ("/cli-encoders/sound-refused", test_sound_refused);
  g_test_add_func ("/cli-encoders/dump", test_dump_encoders);

  return g_test_run ();
}
