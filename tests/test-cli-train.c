/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "engine/model.h"
#include "tests/cli-call.h"

/* regard-cli from outside, training: scenes, runs that stop and go on, evaluation, speed. */

/* --- scenes --- */

static void
test_scenes (CliFixture *self, gconstpointer data)
{
  g_autofree char *a = cli_path (self, "a");
  g_autofree char *b = cli_path (self, "b");
  g_autofree char *c = cli_path (self, "c");
  g_auto (CliResult) first = cli_run ("scenes", "--seed", "5", "--count", "3", "--out", a, "--json", NULL);
  g_auto (CliResult) again = cli_run ("scenes", "--seed", "5", "--count", "3", "--out", b, NULL);
  g_auto (CliResult) other = cli_run ("scenes", "--seed", "6", "--count", "3", "--out", c, NULL);
  g_autoptr (JsonNode) printed = NULL;
  g_autoptr (JsonNode) stored = cli_read_json (a, "scenes.json");
  g_autoptr (JsonNode) different = cli_read_json (c, "scenes.json");
  JsonArray *scenes;

  cli_assert_done (&first);
  cli_assert_done (&again);
  cli_assert_done (&other);
  printed = cli_parse_json (first.out);
  g_assert_true (json_node_equal (printed, stored));
  g_assert_false (json_node_equal (different, stored));
  cli_assert_same_file (a, b, "scenes.json");

  scenes = json_object_get_array_member (json_node_get_object (stored), "scenes");
  g_assert_cmpint (json_array_get_length (scenes), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      JsonObject *scene = json_array_get_object_element (scenes, i);

      cli_assert_same_file (a, b, json_object_get_string_member (scene, "picture"));
      cli_assert_same_file (a, b, json_object_get_string_member (scene, "mask"));
      g_assert_cmpint (json_array_get_length (json_object_get_array_member (scene, "questions")), >, 2);
    }
}

/* The mask has as many pixels of an object as scenes.json says, all within its box. */
static void
test_scenes_mask (CliFixture *self, gconstpointer data)
{
  g_autofree char *out = cli_path (self, "masks");
  g_auto (CliResult) result = cli_run ("scenes", "--seed", "9", "--count", "1", "--width", "96", "--height", "64", "--out", out, NULL);
  g_autofree char *path = g_build_filename (out, "scene-00000-mask.png", NULL);
  g_autoptr (JsonNode) node = cli_read_json (out, "scenes.json");
  JsonObject *scene = json_array_get_object_element (json_object_get_array_member (json_node_get_object (node), "scenes"), 0);
  JsonArray *objects = json_object_get_array_member (scene, "objects");
  cairo_surface_t *surface = cairo_image_surface_create_from_png (path);
  const guint8 *pixels = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);

  cli_assert_done (&result);
  g_assert_cmpint (cairo_image_surface_get_format (surface), ==, CAIRO_FORMAT_RGB24); /* how Cairo reads grey */
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 96);
  g_assert_cmpint (json_array_get_length (objects), >, 0);
  for (guint i = 0; i < json_array_get_length (objects); i++)
    {
      JsonObject *object = json_array_get_object_element (objects, i);
      JsonArray *box = json_object_get_array_member (object, "box");
      double left = json_array_get_double_element (box, 0), top = json_array_get_double_element (box, 1);
      double right = left + json_array_get_double_element (box, 2), bottom = top + json_array_get_double_element (box, 3);
      gint64 n = 0;

      for (int y = 0; y < 64; y++)
        for (int x = 0; x < 96; x++)
          if ((*(const guint32 *) (pixels + y * stride + 4 * x) & 0xff) == json_object_get_int_member (object, "mask_value"))
            {
              n++;
              g_assert_true (x >= left && x < right && y >= top && y < bottom);
            }
      g_assert_cmpint (n, ==, json_object_get_int_member (object, "pixels"));
    }
  cairo_surface_destroy (surface);
}

/* --- train and eval --- */

/* Six parts a step, more than have sums of their own. */
static char *
write_recipe (const CliFixture *self, const char *name, guint n_steps)
{
  g_autofree char *content = g_strdup_printf (
      "[Model]\nimage_size=32\nstem=4;8\nresidual_convolutions=0\nwidth=16\nheads=2\nencoder_layers=1\ndecoder_layers=1\nmax_positions=128\n"
      "rope_theta=10000\nvocabulary=1200\n"
      "[World]\nkinds=all\ncolors=all\nstyles=filled\nlanguages=all\nmin_objects=1\nmax_objects=3\nempty=0\nmin_size=0.2\nmax_size=0.5\n"
      "repeat=0.2\ndegrade=0\naspect=0.2\nmax_turns=2\nmax_tokens=60\n"
      "[Training]\npictures=%u\nbatch=12\npart=2\nfirst_image_size=32\ngrow=0\neasy=0.3\nworn=0.2\nalign_weight=0.5\npair_weight=0.1\nseed=1\nint8=1\n"
      "learning_rate=0.002\nwarmup_steps=2\ndecay=1\nfinal=0.02\nbeta1=0.9\nbeta2=0.98\nweight_decay=0.05\nmomentum=0\nclip=1\n",
      12 * n_steps);
  char *path = cli_path (self, name);

  g_assert_true (g_file_set_contents (path, content, -1, NULL));

  return path;
}

/* The learning curve without what the clock says. */
static char *
read_curve (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "curve.jsonl", NULL);
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GString) curve = g_string_new (NULL);

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  lines = g_strsplit (content, "\n", -1);
  for (char **line = lines; **line != '\0'; line++)
    {
      g_autoptr (JsonNode) node = cli_parse_json (*line);
      g_autofree char *text = NULL;

      json_object_remove_member (json_node_get_object (node), "seconds");
      json_object_remove_member (json_node_get_object (node), "pictures_per_s");
      text = json_to_string (node, FALSE);
      g_string_append_printf (curve, "%s\n", text);
    }

  return g_string_free (g_steal_pointer (&curve), FALSE);
}

static void
test_train_resume (CliFixture *self, gconstpointer data)
{
  g_autofree char *recipe = write_recipe (self, "recipe.ini", 6);
  g_autofree char *other = write_recipe (self, "other.ini", 7);
  g_autofree char *whole = cli_path (self, "whole");
  g_autofree char *parts = cli_path (self, "parts");
  g_auto (CliResult) all = cli_run ("train", recipe, "--out", whole, "--every", "1", "--threads", "6", NULL);
  g_auto (CliResult) first = cli_run ("train", recipe, "--out", parts, "--every", "1", "--steps", "3", "--threads", "2", NULL);
  g_auto (CliResult) wrong = cli_run ("train", other, "--out", parts, NULL);
  g_auto (CliResult) rest = cli_run ("train", "--out", parts, "--every", "1", "--threads", "1", NULL);
  g_autofree char *curve_whole = NULL;
  g_autofree char *curve_parts = NULL;

  cli_assert_done (&all);
  cli_assert_done (&first);
  g_assert_nonnull (strstr (first.err, "3"));
  cli_assert_failed (&wrong, 1, parts);
  cli_assert_done (&rest);

  curve_whole = read_curve (whole);
  curve_parts = read_curve (parts);
  g_assert_cmpstr (curve_whole, ==, curve_parts);
  cli_assert_same_file (whole, parts, RG_MODEL_WEIGHTS);
  cli_assert_same_file (whole, parts, "recipe.ini");
  g_assert_nonnull (strstr (all.out, "\"kind\":\"what\"")); /* the test at the end */
  g_assert_null (strstr (first.out, "\"kind\""));
}

/* A run that was killed wrote lines behind its checkpoint; they are taken out. */
static void
test_train_curve (CliFixture *self, gconstpointer data)
{
  g_autofree char *recipe = write_recipe (self, "recipe.ini", 6);
  g_autofree char *out = cli_path (self, "out");
  g_autofree char *path = g_build_filename (out, "curve.jsonl", NULL);
  g_auto (CliResult) first = cli_run ("train", recipe, "--out", out, "--every", "1", "--steps", "2", NULL);
  g_auto (CliResult) rest = { 0 };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *longer = NULL;

  cli_assert_done (&first);
  g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
  longer = g_strconcat (before, "{\"step\": 3, \"lost\": true}\n{\"step\": 4", NULL);
  g_assert_true (g_file_set_contents (path, longer, -1, NULL));

  rest = cli_run ("train", recipe, "--out", out, "--every", "1", "--steps", "1", NULL);
  cli_assert_done (&rest);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_true (g_str_has_prefix (after, before));
  g_assert_null (strstr (after, "lost"));
  g_assert_nonnull (strstr (after, "{\"step\": 3, \"n_steps\": 6"));
}

static void
test_train_interrupt (CliFixture *self, gconstpointer data)
{
  g_autofree char *recipe = write_recipe (self, "recipe.ini", 10000000);
  g_autofree char *out = cli_path (self, "out");
  g_autofree char *weights = g_build_filename (out, RG_MODEL_WEIGHTS, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                                                      g_getenv ("REGARD_CLI"), "train", recipe, "--out", out, "--every", "1", NULL);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (line, "{\"step\": 1,"));
  g_subprocess_send_signal (process, SIGTERM);
  do
    {
      g_free (line);
      line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
    }
  while (line != NULL);
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  g_assert_true (g_file_test (weights, G_FILE_TEST_EXISTS));
}

static void
test_train_bad (CliFixture *self, gconstpointer data)
{
  g_autofree char *broken = cli_path (self, "broken.ini");
  g_autofree char *missing = cli_path (self, "missing.ini");
  g_autofree char *good = write_recipe (self, "good.ini", 6);
  g_autofree char *out = cli_path (self, "out");
  g_auto (CliResult) absent = cli_run ("train", missing, "--out", out, NULL);
  g_auto (CliResult) unnamed = cli_run ("train", "gigantic", "--out", out, NULL);
  g_auto (CliResult) blocked = cli_run ("train", good, "--out", self->picture, NULL);
  g_auto (CliResult) refused = { 0 };

  g_assert_true (g_file_set_contents (broken, "[Model]\nimage_size=lots\n", -1, NULL));
  refused = cli_run ("train", broken, "--out", out, NULL);
  cli_assert_failed (&absent, 1, missing);
  cli_assert_failed (&unnamed, 1, "gigantic");
  cli_assert_failed (&refused, 1, broken);
  cli_assert_failed (&blocked, 1, self->picture);
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
}

static void
test_eval (CliFixture *self, gconstpointer data)
{
  g_autofree char *recipe = write_recipe (self, "recipe.ini", 6);
  g_autofree char *out = cli_path (self, "out");
  g_auto (CliResult) trained = cli_run ("train", recipe, "--out", out, "--steps", "2", NULL);
  g_auto (CliResult) one = cli_run ("eval", "--model", out, "--seed", "3", "--count", "40", "--threads", "1", "--json", NULL);
  g_auto (CliResult) two = cli_run ("eval", "--model", out, "--seed", "3", "--count", "40", "--threads", "2", "--json", NULL);
  g_auto (CliResult) french = cli_run ("eval", "--model", out, "--seed", "3", "--count", "40", "--lang", "fr", "--style", "filled", "--json", NULL);
  g_auto (CliResult) table = cli_run ("eval", "--model", out, "--count", "5", NULL);
  g_autoptr (JsonNode) both = NULL;
  g_autoptr (JsonNode) single = NULL;
  JsonObject *kinds, *kinds_fr, *chalk;
  g_autoptr (GList) names = NULL;

  cli_assert_done (&trained);
  cli_assert_done (&one);
  cli_assert_done (&table);
  g_assert_true (g_str_equal (one.out, two.out));
  cli_assert_done (&french);

  both = cli_parse_json (one.out);
  single = cli_parse_json (french.out);
  kinds = json_object_get_object_member (json_node_get_object (both), "kinds");
  kinds_fr = json_object_get_object_member (json_node_get_object (single), "kinds");
  chalk = json_object_get_object_member (json_object_get_object_member (json_node_get_object (both), "styles"), "chalk");
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (both), "count"), ==, 40);
  g_assert_cmpint (json_object_get_int_member (chalk, "count"), ==, 40);
  g_assert_true (json_object_has_member (json_node_get_object (both), "outside"));
  g_assert_true (json_object_has_member (json_node_get_object (both), "false_dont_know"));
  g_assert_cmpint (json_object_get_size (kinds), ==, 11);

  /* French is asked the same whether English is asked as well or not. */
  names = json_object_get_members (kinds);
  for (GList *name = names; name != NULL; name = name->next)
    {
      JsonNode *fr = json_object_get_member (json_object_get_object_member (kinds, name->data), "fr");

      g_assert_true (json_node_equal (fr, json_object_get_member (json_object_get_object_member (kinds_fr, name->data), "fr")));
      g_assert_false (json_object_has_member (json_object_get_object_member (kinds_fr, name->data), "en"));
    }
}

static void
test_bench (CliFixture *self, gconstpointer data)
{
  static const char *const names[] = { "sgemm_gflops", "gemm_fast_gflops", "load_s", "encode_s", "encode_sgemms", "views", "prefill_s", "explain_cut_s", "decode_tokens_per_s", "training_pictures_per_s" };
  g_autofree char *recipe = write_recipe (self, "recipe.ini", 6);
  g_autofree char *out = cli_path (self, "out");
  g_auto (CliResult) trained = cli_run ("train", recipe, "--out", out, "--steps", "1", NULL);
  g_auto (CliResult) result = cli_run ("bench", "--model", out, "--image", self->picture, "--generate", "4", "--threads", "1", "--json", NULL);
  g_autoptr (JsonNode) node = NULL;

  cli_assert_done (&trained);
  cli_assert_done (&result);
  node = cli_parse_json (result.out);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpfloat (json_object_get_double_member (json_node_get_object (node), names[i]), >, 0);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (node), "threads"), ==, 1);
}

#define ADD(path, function) g_test_add (path, CliFixture, NULL, cli_set_up, function, cli_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/cli/scenes", test_scenes);
  ADD ("/cli/scenes/mask", test_scenes_mask);
  ADD ("/cli/train/resume", test_train_resume);
  ADD ("/cli/train/curve", test_train_curve);
  ADD ("/cli/train/interrupt", test_train_interrupt);
  ADD ("/cli/train/bad", test_train_bad);
  ADD ("/cli/eval", test_eval);
  ADD ("/cli/bench", test_bench);

  return g_test_run ();
}
