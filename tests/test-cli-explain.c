/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "tests/changed-folder.h"
#include "tests/cli-call.h"
#include "tests/fixture.h"
#include "tests/tiny-model.h"

/* regard-cli explain and eval --maps from outside: the maps that are written, what is said of them, and their scores. */

static void
test_explain (CliFixture *self, gconstpointer data)
{
  g_autofree char *out = cli_path (self, "maps");
  g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "5", "--method", "attention", "--out", out, "what is left of the house?", NULL);
  g_auto (CliResult) layer = cli_run ("explain", "--model", self->model, "--image", self->picture, "--layer", "9", "--out", out, "what is it?", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;
  JsonArray *words;

  cli_assert_done (&result);
  cli_assert_failed (&layer, 2, "layers");
  node = cli_read_json (out, "explain.json");
  object = json_node_get_object (node);
  words = json_object_get_array_member (object, "words");
  g_assert_cmpint (json_array_get_length (words), >, 0);

  for (guint i = 0; i < json_array_get_length (words); i++)
    {
      JsonObject *word = json_array_get_object_element (words, i);
      g_autoptr (RgNpy) map = cli_read_npy (out, json_object_get_string_member (word, "map"));
      g_autofree char *overlay = g_build_filename (out, json_object_get_string_member (word, "overlay"), NULL);
      guint best = json_object_get_int_member (word, "largest_row") * 4 + json_object_get_int_member (word, "largest_col");
      double sum = 0;

      g_assert_cmpuint (map->n_dims, ==, 2);
      g_assert_cmpuint (map->shape[0], ==, 4);
      g_assert_cmpuint (map->shape[1], ==, 4);
      for (guint p = 0; p < map->n_values; p++)
        {
          sum += map->values[p];
          g_assert_cmpfloat (map->values[p], <=, map->values[best]);
          g_assert_cmpfloat (map->values[p], <=, json_object_get_double_member (object, "scale"));
        }
      /* A word of one token looks as much as its map says. */
      if (json_object_get_int_member (word, "n_tokens") == 1)
        g_assert_cmpfloat_with_epsilon (sum, json_object_get_double_member (word, "image_share"), 1e-4);
      g_assert_true (g_file_test (overlay, G_FILE_TEST_EXISTS));
    }
}

/* What all methods say about a word, and what their test of it says. */
static void
check_word (JsonObject *word, const char *question, const char *unit, const char *out)
{
  JsonObject *verify = json_object_get_object_member (word, "verify");
  const char *verdict = json_object_get_string_member (verify, "verdict");
  g_autoptr (RgNpy) map = cli_read_npy (out, json_object_get_string_member (word, "map"));
  float largest = -G_MAXFLOAT, smallest = G_MAXFLOAT;

  for (guint p = 0; p < map->n_values; p++)
    {
      largest = MAX (largest, map->values[p]);
      smallest = MIN (smallest, map->values[p]);
    }
  g_assert_cmpfloat_with_epsilon (json_object_get_double_member (word, "largest"), largest, 1e-6);
  g_assert_cmpfloat_with_epsilon (json_object_get_double_member (word, "smallest"), smallest, 1e-6);
  g_assert_cmpstr (json_object_get_string_member (word, "map_question"), ==, question);
  g_assert_cmpstr (json_object_get_string_member (word, "unit"), ==, unit);
  g_assert_true (isfinite (json_object_get_double_member (word, "dependence")));
  g_assert_cmpint (json_object_get_int_member (verify, "hidden_patches"), ==, 2); /* a tenth of 16 */
  g_assert_cmpint (json_object_get_int_member (verify, "random_draws"), ==, 19);
  g_assert_true (json_object_has_member (verify, "top") && json_object_has_member (verify, "random") && json_object_has_member (verify, "bottom"));
  g_assert_true (g_str_equal (verdict, "supported") || g_str_equal (verdict, "weak") || g_str_equal (verdict, "not supported"));
}

static void
test_explain_methods (CliFixture *self, gconstpointer data)
{
  static const char *const methods[][3] = {
    { "attention", "where it looked", "share" },
    { "calibrated", "where it looked", "share" },
    { "rollout", "where it looked", "share" },
    { "patch-words", "what the patch says", "cosine" },
    { "kv-cut", "what mattered", "nats" },
    { "occlusion", "what mattered", "nats" },
    { "gradient", "would matter", "nats of odds" },
    { "direct", "would matter", "nats" },
    { "relevancy", "would matter", "relevancy" },
  };
  double dependence = 0;

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autofree char *out = cli_path (self, methods[i][0]);
      g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "3", "--method", methods[i][0], "--verify", "--out", out, "what is it?", NULL);
      g_autoptr (JsonNode) node = NULL;
      JsonArray *words;
      JsonObject *first;

      cli_assert_done (&result);
      g_assert_nonnull (strstr (result.out, "hidden: 2 patches"));
      node = cli_read_json (out, "explain.json");
      words = json_object_get_array_member (json_node_get_object (node), "words");
      g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "method"), ==, methods[i][0]);
      g_assert_cmpint (json_array_get_length (words), >, 0);
      for (guint w = 0; w < json_array_get_length (words); w++)
        check_word (json_array_get_object_element (words, w), methods[i][1], methods[i][2], out);

      /* Whatever the method, the dependence is the same. */
      first = json_array_get_object_element (words, 0);
      if (i > 0)
        g_assert_cmpfloat_with_epsilon (json_object_get_double_member (first, "dependence"), dependence, 1e-6);
      dependence = json_object_get_double_member (first, "dependence");
      g_assert_true (json_object_has_member (first, "errors") == g_str_equal (methods[i][0], "kv-cut"));
      g_assert_true (json_object_has_member (first, "shares") == g_str_equal (methods[i][2], "share"));
      if (json_object_has_member (first, "shares"))
        {
          JsonObject *shares = json_object_get_object_member (first, "shares");

          g_assert_cmpfloat_with_epsilon (json_object_get_double_member (shares, "picture") + json_object_get_double_member (shares, "null_key"), 1, 1e-4);
          g_assert_cmpfloat (json_object_get_double_member (shares, "picture"), ==, json_object_get_double_member (first, "image_share"));
          g_assert_true (json_object_get_boolean_member (shares, "text_apart"));
        }
    }
}

static void
test_explain_usage (CliFixture *self, gconstpointer data)
{
  static const char *const wrong[][4] = {
    { "--method", "magic", "--verify", "magic" },
    { "--method", "gradient", "--layer=0", "--layer" },
    { "--method", "attention", "--masks=64", "--masks" },
    { "--method", "kv-cut", "--masks=7", "even" },
    { "--method", "kv-cut", "--masks=100000", "512" },
    { "--method", "kv-cut", "--masks=-2", "even" },
    { "--method", "kv-cut", "--fill=blur", "--fill" },
    { "--method", "occlusion", "--fill=black", "black" },
    { "--method", "gradient", "--hide-sinks", "--hide-sinks" },
    { "--method", "rollout", "--contrast", "--contrast" },
    { "--method", "direct", "--against=", "--against" },
    { "--method", "attention", "--against=star", "--against" },
  };
  g_autofree char *out = cli_path (self, "maps");

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, wrong[i][0], wrong[i][1], wrong[i][2], "--out", out, "what is it?", NULL);

      cli_assert_failed (&result, 2, wrong[i][3]);
    }
}

/* What a word is held against is named; the dependence is then that of the difference. */
static void
test_explain_contrast (CliFixture *self, gconstpointer data)
{
  static const char *const ways[] = { "--max-tokens=3", "--contrast", "--against=star" };
  double dependence[3];

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *out = cli_path (self, ways[i]);
      g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "3", "--method", "kv-cut", ways[i], "--out", out, "what is it?", NULL);
      g_autoptr (JsonNode) node = NULL;
      JsonObject *word;

      cli_assert_done (&result);
      node = cli_read_json (out, "explain.json");
      word = json_array_get_object_element (json_object_get_array_member (json_node_get_object (node), "words"), 0);
      dependence[i] = json_object_get_double_member (word, "dependence");
      g_assert_true (json_object_has_member (word, "against") == (i > 0));
    }
  g_assert_cmpfloat (dependence[1], !=, dependence[0]);
}

/* What the model never says is no word to hold another against, and the reason is given: the tokenizer knows one more token, of those
 * that the model reads and never scores. */
static void
test_explain_unscored (CliFixture *self, gconstpointer data)
{
  static const char more[] = "\"added_tokens\": [{\"id\": 612, \"content\": \"<extra>\", \"special\": false, \"normalized\": false},";
  g_autofree char *fixture = fixture_path ("mllama"), *model = cli_path (self, "unscored"), *out = cli_path (self, "maps");
  g_auto (CliResult) result = { 0 };

  if (fixture == NULL)
    return;

  g_assert_cmpint (g_mkdir (model, 0700), ==, 0);
  changed_folder_write (fixture, model, "tokenizer.json", "\"added_tokens\": [", more);
  result = cli_run ("explain", "--model", model, "--image", self->picture, "--max-tokens", "1", "--method", "kv-cut", "--against=<extra>", "--out", out, "How many?", NULL);
  g_assert_cmpint (result.status, !=, 0);
  g_assert_nonnull (strstr (result.err, "never says"));
}

/* The two fills give different maps; a map is never tested by the way that it was made. */
static void
test_explain_fill (CliFixture *self, gconstpointer data)
{
  static const char *const runs[][3] = { { "occlusion", "--fill=mean", "tokens" }, { "occlusion", "--fill=blur", "tokens" }, { "kv-cut", "--masks=8", "blur" } };
  double largest[G_N_ELEMENTS (runs)];

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autofree char *out = cli_path (self, runs[i][1] + 2);
      g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "2", "--method", runs[i][0], runs[i][1], "--verify", "--out", out, "what is it?", NULL);
      g_autoptr (JsonNode) node = NULL;
      JsonObject *word;

      cli_assert_done (&result);
      node = cli_read_json (out, "explain.json");
      word = json_array_get_object_element (json_object_get_array_member (json_node_get_object (node), "words"), 0);
      largest[i] = json_object_get_double_member (word, "largest");
      g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (word, "verify"), "hidden_by"), ==, runs[i][2]);
    }
  g_assert_cmpfloat (largest[0], !=, largest[1]);
}

/* The numbers of the table, with maps or without; the first column is the answer's own. */
static void
test_explain_swap (CliFixture *self, gconstpointer data)
{
  g_autofree char *out = cli_path (self, "maps");
  g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "3", "--swap", "--other", self->picture, "--json", "what is it?", NULL);
  g_auto (CliResult) both = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "3", "--swap", "--out", out, "what is it?", NULL);
  g_auto (CliResult) alone = cli_run ("explain", "--model", self->model, "--image", self->picture, "--other", self->picture, "--out", out, "what is it?", NULL);
  g_auto (CliResult) nothing = cli_run ("explain", "--model", self->model, "--image", self->picture, "what is it?", NULL);
  g_autoptr (JsonNode) node = NULL, file = NULL;
  JsonObject *swap, *own, *other;
  JsonArray *logprobs;

  cli_assert_done (&result);
  cli_assert_done (&both);
  cli_assert_failed (&alone, 2, "--swap");
  cli_assert_failed (&nothing, 2, "--out");
  node = cli_parse_json (result.out);
  swap = json_object_get_object_member (json_node_get_object (node), "swap");
  g_assert_cmpint (json_array_get_length (json_object_get_array_member (swap, "pictures")), ==, 6);
  own = json_array_get_object_element (json_object_get_array_member (swap, "pictures"), 0);
  other = json_array_get_object_element (json_object_get_array_member (swap, "pictures"), 5);
  g_assert_cmpstr (json_object_get_string_member (own, "picture"), ==, "own");
  g_assert_cmpstr (json_object_get_string_member (own, "answer"), ==, json_object_get_string_member (json_node_get_object (node), "answer"));

  /* Another picture that is the same one changes nothing. */
  g_assert_cmpstr (json_object_get_string_member (own, "answer"), ==, json_object_get_string_member (other, "answer"));
  logprobs = json_object_get_array_member (json_array_get_object_element (json_object_get_array_member (swap, "words"), 0), "logprobs");
  g_assert_cmpint (json_array_get_length (logprobs), ==, 6);
  g_assert_cmpfloat_with_epsilon (json_array_get_double_element (logprobs, 0), json_array_get_double_element (logprobs, 5), 1e-4);
  g_assert_cmpfloat (fabs (json_array_get_double_element (logprobs, 0) - json_array_get_double_element (logprobs, 4)), >, 1e-6);

  file = cli_read_json (out, "explain.json");
  g_assert_true (json_object_has_member (json_node_get_object (file), "swap"));
  g_assert_true (json_object_has_member (json_node_get_object (file), "words"));
  g_assert_nonnull (strstr (both.out, "mirrored"));
}

/* The numbers of the first word in its table and in its array. */
static void
check_table (const char *out, const char *csv)
{
  g_autofree char *path = g_build_filename (out, csv, NULL);
  g_autofree char *text = NULL;
  g_autoptr (RgNpy) map = cli_read_npy (out, "word-00.npy");
  g_auto (GStrv) rows = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "# What mattered for “"));
  rows = g_strsplit (strstr (text, "\n0,0,0,") + 1, "\n", -1);
  for (guint p = 0; p < map->n_values; p++)
    {
      g_auto (GStrv) fields = g_strsplit (rows[p], ",", -1);

      g_assert_cmpuint (g_strv_length (fields), ==, 9);
      g_assert_cmpfloat ((float) g_ascii_strtod (fields[7], NULL), ==, map->values[p]);
    }
}

/* Every kind of file, and the same bytes the second time. */
static void
test_explain_files (CliFixture *self, gconstpointer data)
{
  static const char *const names[] = { "word-00.svg", "word-00.pdf", "word-00.csv", "word-00.npy", "../sheet.pdf", "../answer.gif" };
  g_autofree char *sheet = cli_path (self, "sheet.pdf");
  g_autofree char *frames = cli_path (self, "answer.gif");
  g_autofree char *series = cli_path (self, "series");
  g_autofree char *frame = cli_path (self, "series/frame-000.png");
  char *first[G_N_ELEMENTS (names)];
  g_autofree char *out = cli_path (self, "maps");

  for (guint run = 0; run < 2; run++)
    {
      g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "3", "--method", "kv-cut", "--masks", "8", "--out", out,
                                           "--format", "svg,pdf,csv", "--sheet", sheet, "--frames", frames, "what is it?", NULL);

      cli_assert_done (&result);
      g_assert_nonnull (strstr (result.out, "hidden: 2 patches")); /* a sheet has its maps tested */
      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        {
          g_autofree char *path = g_build_filename (out, names[i], NULL);
          g_autofree char *content = NULL;
          gsize size;

          g_assert_true (g_file_get_contents (path, &content, &size, NULL));
          if (run == 0)
            {
              first[i] = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) content, size);
            }
          else
            {
              g_autofree char *again = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) content, size);

              g_assert_cmpstr (again, ==, first[i]);
              g_free (first[i]);
            }
        }
    }
  check_table (out, "word-00.csv");

  {
    g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "2", "--frames", series, "what is it?", NULL);

    cli_assert_done (&result);
    g_assert_true (g_file_test (frame, G_FILE_TEST_EXISTS));
  }
}

static void
test_explain_destinations (CliFixture *self, gconstpointer data)
{
  static const struct
  {
    const char *option, *value;
    int status;
    const char *said;
  } wrong[] = {
    { "--format", "svg,jpg", 2, "jpg" },
    { "--format", "png,png", 2, "png" },
    { "--format", "", 2, "commas" },
    { "--sheet", "sheet.csv", 2, "pdf, svg, png" },
    { "--frames", "answer.png", 2, "gif" },
    { "--sheet", "/nowhere/sheet.pdf", 1, "/nowhere/sheet.pdf" },
    { "--frames", "/proc/answer", 1, "/proc/answer" },
    { "--json", NULL, 2, "--out" },
  };
  g_autofree char *out = cli_path (self, "maps");

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      gboolean has_out = wrong[i].value != NULL;
      g_auto (CliResult) result = cli_run ("explain", "--model", self->model, "--image", self->picture, "--max-tokens", "2", has_out ? "--out" : "--frames", out, "what is it?", wrong[i].option, wrong[i].value, NULL);

      cli_assert_failed (&result, wrong[i].status, wrong[i].said);
    }
}

/* --- scores of maps --- */

static double
map_score (JsonNode *node, const char *map, const char *score)
{
  JsonObject *maps = json_object_get_object_member (json_node_get_object (node), "maps");
  JsonObject *all = json_object_get_object_member (json_object_get_object_member (maps, map), "all");

  return json_object_get_double_member (json_object_get_object_member (all, score), "mean");
}

/* The bundled model, and one scene: maps that know nothing score chance, the one that knows everything scores all. The README's
 * tables are written beside. */
static void
test_eval_maps (CliFixture *self, gconstpointer data)
{
  g_autofree char *table = cli_path (self, "maps.md");
  g_auto (CliResult) result = cli_run ("eval", "--maps", "--count", "1", "--json", "--markdown", table, NULL);
  g_auto (CliResult) none = cli_run ("eval", "--maps", "--count", "0", NULL);
  g_autofree char *written = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;

  cli_assert_done (&result);
  cli_assert_failed (&none, 2, "--count");
  node = cli_parse_json (result.out);
  object = json_node_get_object (node);
  g_assert_cmpint (json_object_get_int_member (object, "count"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (object, "words"), >, 0);
  g_assert_cmpfloat (json_object_get_double_member (object, "dependence"), >=, 1);
  g_assert_cmpfloat (map_score (node, "oracle", "pointing"), ==, 1);
  g_assert_cmpfloat (map_score (node, "uniform", "auroc"), ==, 0.5);
  g_assert_cmpfloat (map_score (node, "encoder", "selectivity"), ==, 0);
  g_assert_true (g_file_get_contents (table, &written, NULL, NULL));
  g_assert_nonnull (strstr (written, "| calibrated | where it looked |"));
  g_assert_cmpint (g_remove (table), ==, 0);
}

/* A model that answers nothing rightly cannot be calibrated; the bundled one chooses, and what it chose is read again. */
static void
test_calibrate (CliFixture *self, gconstpointer data)
{
  g_auto (CliResult) nothing = cli_run ("calibrate", "--model", self->model, "--count", "2", NULL);
  g_auto (CliResult) usage = cli_run ("calibrate", "--model", self->model, "--count", "0", NULL);
  g_autofree char *file = g_build_filename (self->model, "attention.json", NULL);
  g_autofree char *out = cli_path (self, "maps");

  cli_assert_failed (&nothing, 1, "heads");
  cli_assert_failed (&usage, 2, "--count");

  g_assert_true (g_file_set_contents (file, "{\"layers\": [9], \"heads\": [0], \"weights\": [1]}", -1, NULL));
  {
    g_auto (CliResult) broken = cli_run ("explain", "--model", self->model, "--image", self->picture, "--out", out, "what is it?", NULL);

    cli_assert_failed (&broken, 1, "attention.json");
  }
  g_assert_cmpint (g_remove (file), ==, 0);
}

/* The words of models with random weights do not depend on the picture: that is said, and nothing is written. */
static void
test_calibrate_open (CliFixture *self, gconstpointer data)
{
  static const char *const fixtures[] = { "llava", "blip-captioning" };

  for (guint i = 0; i < G_N_ELEMENTS (fixtures); i++)
    {
      g_autofree char *dir = fixture_path (fixtures[i]);
      g_autofree char *file = dir != NULL ? g_build_filename (dir, "attention.json", NULL) : NULL;

      if (dir != NULL)
        {
          g_auto (CliResult) result = cli_run ("calibrate", "--model", dir, "--count", "12", NULL);

          cli_assert_failed (&result, 1, "do not depend on the picture");
          g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
        }
    }
}

#define ADD(path, function) g_test_add (path, CliFixture, NULL, cli_set_up, function, cli_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/cli/explain", test_explain);
  ADD ("/cli/explain/methods", test_explain_methods);
  ADD ("/cli/explain/fill", test_explain_fill);
  ADD ("/cli/explain/contrast", test_explain_contrast);
  ADD ("/cli/explain/unscored", test_explain_unscored);
  ADD ("/cli/explain/swap", test_explain_swap);
  ADD ("/cli/explain/usage", test_explain_usage);
  ADD ("/cli/explain/files", test_explain_files);
  ADD ("/cli/explain/destinations", test_explain_destinations);
  ADD ("/cli/eval/maps", test_eval_maps);
  ADD ("/cli/calibrate", test_calibrate);
  ADD ("/cli/calibrate/open", test_calibrate_open);

  return g_test_run ();
}
