/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "tests/cli-call.h"
#include "tests/fixture.h"
#include "tests/tiny-model.h"

/* regard-cli from outside, answering: exit status, JSON, what it writes, and what it says of bad input. */

/* --- the words of the call --- */

static void
test_usage (void)
{
  static const char *const commands[] = { "ask", "explain", "info", "models", "tokenize", "embed", "classify", "dump", "scenes", "train", "eval", "bench" };
  g_auto (CliResult) help = cli_run ("--help", NULL);
  g_auto (CliResult) version = cli_run ("--version", NULL);
  g_auto (CliResult) unknown = cli_run ("frobnicate", NULL);
  g_auto (CliResult) nothing = cli_run (NULL, NULL);

  cli_assert_done (&help);
  cli_assert_done (&version);
  g_assert_true (g_str_has_prefix (version.out, "regard-cli "));
  cli_assert_failed (&unknown, 2, "frobnicate");
  g_assert_cmpint (nothing.status, ==, 2);

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_auto (CliResult) one = cli_run (commands[i], "--help", NULL);
      g_auto (CliResult) wrong = cli_run (commands[i], "--no-such-option", NULL);

      cli_assert_done (&one);
      g_assert_nonnull (strstr (one.out, commands[i]));
      g_assert_nonnull (strstr (help.out, commands[i]));
      cli_assert_failed (&wrong, 2, "--no-such-option");
    }
}

static void
test_usage_missing (CliFixture *self, gconstpointer data)
{
  g_auto (CliResult) picture = cli_run ("ask", "--model", self->model, "what is it?", NULL);
  g_auto (CliResult) pictures = cli_run ("ask", "--model", self->model, "--image", self->picture, "--image", self->picture, "what is it?", NULL);
  g_auto (CliResult) question = cli_run ("ask", "--model", self->model, "--image", self->picture, NULL);
  g_auto (CliResult) words = cli_run ("ask", "--model", self->model, "--image", self->picture, "what", "is", NULL);
  g_auto (CliResult) number = cli_run ("ask", "--model", self->model, "--image", self->picture, "--max-tokens", "0", "what", NULL);
  g_auto (CliResult) top_p = cli_run ("ask", "--model", self->model, "--image", self->picture, "--top-p", "nan", "what", NULL);
  g_auto (CliResult) train = cli_run ("train", "small", NULL);
  g_auto (CliResult) scenes = cli_run ("scenes", "--count", "2", NULL);
  g_auto (CliResult) language = cli_run ("eval", "--model", self->model, "--count", "1", "--lang", "de", NULL);
  g_auto (CliResult) style = cli_run ("eval", "--model", self->model, "--count", "1", "--style", "cubist", NULL);
  g_auto (CliResult) method = cli_run ("explain", "--model", self->model, "--image", self->picture, "--out", self->dir, "--method", "magic", "what", NULL);
  g_auto (CliResult) prompts = cli_run ("dump", "--model", self->model, "--image", self->picture, "--out", self->dir, NULL);
  g_auto (CliResult) text = cli_run ("tokenize", "--model", self->model, NULL);
  g_auto (CliResult) embed = cli_run ("embed", "--model", self->model, NULL);

  cli_assert_failed (&picture, 2, "--image");
  cli_assert_failed (&pictures, 2, "2");
  cli_assert_failed (&question, 2, "question");
  cli_assert_failed (&words, 2, "is");
  cli_assert_failed (&number, 2, "--max-tokens");
  cli_assert_failed (&top_p, 2, "--top-p");
  cli_assert_failed (&train, 2, "--out");
  cli_assert_failed (&scenes, 2, "--out");
  cli_assert_failed (&language, 2, "de");
  cli_assert_failed (&style, 2, "cubist");
  cli_assert_failed (&method, 2, "magic");
  cli_assert_failed (&prompts, 2, "--prompt");
  cli_assert_failed (&text, 2, "--lines");
  cli_assert_failed (&embed, 2, "--image");
}

/* --- ask --- */

static void
test_ask (CliFixture *self, gconstpointer data)
{
  g_auto (CliResult) plain = cli_run ("ask", "--model", self->model, "--image", self->picture, "--max-tokens", "4", "what is left of the house?", NULL);
  g_auto (CliResult) json = cli_run ("ask", "--model", self->model, "--image", self->picture, "--max-tokens", "4", "--threads", "1", "--json", "what is left of the house?", NULL);
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *line = NULL;
  JsonObject *object, *timing;
  JsonArray *tokens;

  cli_assert_done (&plain);
  cli_assert_done (&json);
  node = cli_parse_json (json.out);
  object = json_node_get_object (node);

  line = g_strconcat (json_object_get_string_member (object, "answer"), "\n", NULL);
  g_assert_cmpstr (plain.out, ==, line);
  g_assert_cmpint (json_object_get_int_member (object, "image_tokens"), ==, 16);
  g_assert_cmpint (json_object_get_int_member (object, "prompt_tokens"), >, 3);

  tokens = json_object_get_array_member (object, "tokens");
  g_assert_cmpint (json_array_get_length (tokens), >, 0);
  for (guint i = 0; i < json_array_get_length (tokens); i++)
    {
      JsonObject *token = json_array_get_object_element (tokens, i);
      double share = json_object_get_double_member (token, "image_share");
      JsonObject *best = json_array_get_object_element (json_object_get_array_member (token, "alternatives"), 0);

      g_assert_cmpfloat (json_object_get_double_member (token, "logprob"), <=, 0);
      g_assert_true (share >= 0 && share <= 1);
      g_assert_cmpint (json_object_get_int_member (best, "id"), ==, json_object_get_int_member (token, "id"));
      g_assert_true (json_object_has_member (token, "text"));
    }

  timing = json_object_get_object_member (object, "timing");
  g_assert_cmpfloat (json_object_get_double_member (timing, "load_s"), >, 0);
  g_assert_cmpfloat (json_object_get_double_member (timing, "encode_s"), >, 0);
  g_assert_true (json_object_has_member (timing, "tokens_per_s"));
}

static void
test_ask_seed (CliFixture *self, gconstpointer data)
{
  g_auto (CliResult) a = cli_run ("ask", "--model", self->model, "--image", self->picture, "--temperature", "5", "--seed", "1", "what is it?", NULL);
  g_auto (CliResult) again = cli_run ("ask", "--model", self->model, "--image", self->picture, "--temperature", "5", "--seed", "1", "what is it?", NULL);
  g_auto (CliResult) b = cli_run ("ask", "--model", self->model, "--image", self->picture, "--temperature", "5", "--seed", "2", "what is it?", NULL);

  cli_assert_done (&a);
  g_assert_cmpstr (a.out, ==, again.out);
  g_assert_cmpstr (a.out, !=, b.out);
}

static void
test_ask_bad_question (CliFixture *self, gconstpointer data)
{
  g_autofree char *long_question = g_strnfill (100000, 'a');
  g_autofree char *many_words = NULL;
  g_auto (CliResult) empty = cli_run ("ask", "--model", self->model, "--image", self->picture, "", NULL);
  g_auto (CliResult) invalid = cli_run ("ask", "--model", self->model, "--image", self->picture, "what \xff\xc0 is it?", NULL);
  g_auto (CliResult) endless = cli_run ("ask", "--model", self->model, "--image", self->picture, long_question, NULL);
  g_auto (CliResult) wordy = { 0 };

  for (gsize i = 1; i < 100000; i += 2)
    long_question[i] = ' ';
  many_words = g_strdup (long_question);
  wordy = cli_run ("ask", "--model", self->model, "--image", self->picture, many_words, NULL);

  cli_assert_failed (&empty, 1, "question");
  cli_assert_failed (&invalid, 1, "UTF-8");
  cli_assert_failed (&endless, 1, "long");
  cli_assert_failed (&wordy, 1, "long");
}

static void
test_ask_bad_picture (CliFixture *self, gconstpointer data)
{
  g_autofree char *text = cli_path (self, "text.png");
  g_autofree char *empty = cli_path (self, "empty.png");
  g_autofree char *missing = cli_path (self, "missing.png");
  const char *const paths[] = { text, empty, missing, self->dir };

  g_assert_true (g_file_set_contents (text, "this is no picture", -1, NULL));
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *name = g_path_get_basename (paths[i]);
      g_auto (CliResult) result = cli_run ("ask", "--model", self->model, "--image", paths[i], "what is it?", NULL);

      cli_assert_failed (&result, 1, name);
    }
}

/* --- models that cannot be used --- */

static void
spoil_weights (const CliFixture *self, gsize keep, gsize at, guint32 value)
{
  g_autofree char *path = g_build_filename (self->model, RG_MODEL_WEIGHTS, NULL);
  g_autofree char *content = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  if (at > 0)
    memcpy (content + size - at, &value, sizeof value);
  g_assert_true (g_file_set_contents (path, content, keep > 0 ? size - keep : size, NULL));
}

static void
assert_model_refused (const CliFixture *self, const char *model, const char *said)
{
  g_auto (CliResult) ask = cli_run ("ask", "--model", model, "--image", self->picture, "what is it?", NULL);
  g_auto (CliResult) info = cli_run ("info", model, "--json", NULL);
  g_auto (CliResult) embed = cli_run ("embed", "--model", model, "--text", "a star", NULL);
  g_auto (CliResult) eval = cli_run ("eval", "--model", model, "--count", "1", NULL);
  g_auto (CliResult) bench = cli_run ("bench", "--model", model, NULL);

  cli_assert_failed (&ask, 1, said);
  cli_assert_failed (&info, 1, said);
  cli_assert_failed (&embed, 1, said);
  cli_assert_failed (&eval, 1, said);
  cli_assert_failed (&bench, 1, said);
}

static void
test_model_missing (CliFixture *self, gconstpointer data)
{
  g_autofree char *missing = cli_path (self, "no-model");

  assert_model_refused (self, missing, missing);
  assert_model_refused (self, self->dir, RG_MODEL_CONFIG);
  assert_model_refused (self, self->picture, self->picture);
}

static void
test_model_truncated (CliFixture *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->model, RG_MODEL_WEIGHTS, NULL);

  spoil_weights (self, 100, 0, 0);
  assert_model_refused (self, self->model, file);
}

static void
test_model_nan (CliFixture *self, gconstpointer data)
{
  spoil_weights (self, 0, 400, 0x7fc00000u);
  assert_model_refused (self, self->model, RG_MODEL_WEIGHTS);
}

static void
test_info (CliFixture *self, gconstpointer data)
{
  g_auto (CliResult) plain = cli_run ("info", self->model, NULL);
  g_auto (CliResult) json = cli_run ("info", self->model, "--json", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;

  cli_assert_done (&plain);
  cli_assert_done (&json);
  node = cli_parse_json (json.out);
  object = json_node_get_object (node);
  g_assert_cmpstr (json_object_get_string_member (object, "family"), ==, "regard");
  g_assert_cmpint (json_object_get_int_member (object, "image_size"), ==, TINY_SIDE);
  g_assert_cmpint (json_object_get_int_member (object, "positions"), ==, TINY_POSITIONS);
  g_assert_cmpint (4 * json_object_get_int_member (object, "parameters"), <, json_object_get_int_member (object, "file_bytes"));
  g_assert_cmpint (json_array_get_length (json_object_get_array_member (object, "unsupported")), ==, 0);
}

/* --- tokenize --- */

static void
test_tokenize (CliFixture *self, gconstpointer data)
{
  g_autofree char *lines = cli_path (self, "lines.txt");
  g_auto (CliResult) ids = cli_run ("tokenize", "--model", self->model, "what is it? <eos>", NULL);
  g_auto (CliResult) pieces = cli_run ("tokenize", "--model", self->model, "--json", "--no-special", "<eos>", NULL);
  g_auto (CliResult) many = { 0 };
  g_auto (GStrv) arrays = NULL;
  g_autoptr (JsonNode) special = NULL;
  g_autoptr (JsonNode) plain = NULL;
  JsonArray *array;

  cli_assert_done (&ids);
  special = cli_parse_json (ids.out);
  array = json_node_get_array (special);
  g_assert_cmpint (json_array_get_int_element (array, json_array_get_length (array) - 1), ==, 4);

  cli_assert_done (&pieces);
  plain = cli_parse_json (pieces.out);
  array = json_node_get_array (plain);
  g_assert_cmpint (json_array_get_length (array), >, 1);
  g_assert_true (json_object_has_member (json_array_get_object_element (array, 0), "piece"));

  g_assert_true (g_file_set_contents (lines, "a red star\n\n\xff\xfe\nwhat is it?", -1, NULL));
  many = cli_run ("tokenize", "--model", self->model, "--lines", lines, NULL);
  cli_assert_done (&many);
  arrays = g_strsplit (many.out, "\n", -1);
  g_assert_cmpuint (g_strv_length (arrays), ==, 5);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (JsonNode) node = cli_parse_json (arrays[i]);

      g_assert_true ((json_array_get_length (json_node_get_array (node)) == 0) == (i == 1));
    }
}

/* --- embed --- */

static void
test_embed (CliFixture *self, gconstpointer data)
{
  g_auto (CliResult) result = cli_run ("embed", "--model", self->model, "--image", self->picture, "--text", "a red star", "--text", "a blue house", "--json", NULL);
  g_auto (CliResult) invalid = cli_run ("embed", "--model", self->model, "--text", "\xff", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonArray *cosines, *items;

  cli_assert_done (&result);
  cli_assert_failed (&invalid, 1, "UTF-8");
  node = cli_parse_json (result.out);
  items = json_object_get_array_member (json_node_get_object (node), "items");
  cosines = json_object_get_array_member (json_node_get_object (node), "cosines");
  g_assert_cmpint (json_array_get_length (items), ==, 3);
  g_assert_true (json_object_has_member (json_array_get_object_element (items, 0), "image"));
  g_assert_cmpstr (json_object_get_string_member (json_array_get_object_element (items, 2), "text"), ==, "a blue house");

  for (guint a = 0; a < 3; a++)
    for (guint b = 0; b < 3; b++)
      {
        double there = json_array_get_double_element (json_array_get_array_element (cosines, a), b);
        double back = json_array_get_double_element (json_array_get_array_element (cosines, b), a);

        g_assert_cmpfloat (there, ==, back);
        g_assert_cmpfloat (ABS (there), <=, 1 + 1e-5);
        if (a == b)
          g_assert_cmpfloat_with_epsilon (there, 1, 1e-5);
      }
  g_assert_cmpfloat (json_array_get_double_element (json_array_get_array_element (cosines, 1), 2), <, 0.9999);
}

/* The same command on folders of other families, from the pictures' files and plain text, gives what the original code gives. */
static void
test_embed_family (gconstpointer family)
{
  g_autofree char *model = fixture_path (family);
  g_autofree char *picture = model == NULL ? NULL : g_build_filename (model, "reference", "image1.png", NULL);
  g_autofree char *references = model == NULL ? NULL : g_build_filename (model, "reference", NULL);
  g_autoptr (JsonNode) node = NULL;
  g_auto (CliResult) result = { 0 };
  static const struct
  {
    const char *array;
    gsize row;
  } expected[] = { { "image_embeds.npy", 1 }, { "text_embeds.npy", 2 } };
  JsonArray *items;

  if (model == NULL)
    return;

  result = cli_run ("embed", "--model", model, "--image", picture, "--text", "A red circle, on a BLUE background!", "--json", NULL);
  cli_assert_done (&result);
  node = cli_parse_json (result.out);
  items = json_object_get_array_member (json_node_get_object (node), "items");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (RgNpy) npy = cli_read_npy (references, expected[i].array);
      JsonArray *vector = json_object_get_array_member (json_array_get_object_element (items, i), "vector");

      g_assert_cmpuint (json_array_get_length (vector), ==, npy->shape[1]);
      for (guint c = 0; c < npy->shape[1]; c++)
        g_assert_cmpfloat_with_epsilon (json_array_get_double_element (vector, c), npy->values[expected[i].row * npy->shape[1] + c], 1e-5);
    }
}

/* --- dump --- */

static void
test_dump (CliFixture *self, gconstpointer data)
{
  g_autofree char *out = cli_path (self, "arrays");
  g_autofree char *prompt = cli_path (self, "prompt.json");
  g_auto (CliResult) result = cli_run ("dump", "--model", self->model, "--image", self->picture, "--question", "what is it?", "--max-tokens", "4", "--out", out, NULL);
  g_autoptr (RgNpy) pixels = NULL;
  g_autoptr (RgNpy) logits = NULL;
  g_autoptr (RgNpy) cross = NULL;
  g_autoptr (RgNpy) attention = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_auto (CliResult) bad = { 0 };
  JsonArray *generated;

  cli_assert_done (&result);
  pixels = cli_read_npy (out, "pixel_values.npy");
  g_assert_cmpuint (pixels->n_values, ==, 3 * TINY_SIDE * TINY_SIDE);

  /* Each token was the likeliest, also without the cache. */
  node = cli_read_json (out, "input_ids.json");
  generated = json_object_get_array_member (json_node_get_object (node), "generated_ids");
  logits = cli_read_npy (out, "generated_logits.npy");
  g_assert_cmpuint (logits->shape[0], ==, json_array_get_length (generated));
  for (gsize i = 0; i < logits->shape[0]; i++)
    {
      const float *row = logits->values + i * logits->shape[1];
      gsize best = 0;

      for (gsize v = 0; v < logits->shape[1]; v++)
        best = row[v] > row[best] ? v : best;
      g_assert_cmpuint (best, ==, json_array_get_int_element (generated, i));
    }

  /* Rows of probabilities; what comes later is not looked at. */
  cross = cli_read_npy (out, "attn.cross.npy");
  attention = cli_read_npy (out, "attn.self.npy");
  for (const RgNpy *const *npy = (const RgNpy *const[]){ cross, attention, NULL }; *npy != NULL; npy++)
    for (gsize i = 0; i < (*npy)->n_values; i += (*npy)->shape[3])
      {
        gsize row = i / (*npy)->shape[3] % (*npy)->shape[2];
        double sum = 0;

        for (gsize k = 0; k < (*npy)->shape[3]; k++)
          {
            sum += (*npy)->values[i + k];
            if (*npy == attention && k > row)
              g_assert_cmpfloat ((*npy)->values[i + k], ==, 0);
          }
        g_assert_cmpfloat_with_epsilon (sum, 1, 1e-4);
      }

  g_assert_true (g_file_set_contents (prompt, "[1, 2, \"three\"]", -1, NULL));
  bad = cli_run ("dump", "--model", self->model, "--image", self->picture, "--prompt-ids", prompt, "--out", out, NULL);
  cli_assert_failed (&bad, 1, prompt);
}

#define ADD(path, function) g_test_add (path, CliFixture, NULL, cli_set_up, function, cli_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cli/usage", test_usage);
  ADD ("/cli/usage/missing", test_usage_missing);
  ADD ("/cli/ask", test_ask);
  ADD ("/cli/ask/seed", test_ask_seed);
  ADD ("/cli/ask/bad-question", test_ask_bad_question);
  ADD ("/cli/ask/bad-picture", test_ask_bad_picture);
  ADD ("/cli/model/missing", test_model_missing);
  ADD ("/cli/model/truncated", test_model_truncated);
  ADD ("/cli/model/nan", test_model_nan);
  ADD ("/cli/info", test_info);
  ADD ("/cli/tokenize", test_tokenize);
  ADD ("/cli/embed", test_embed);
  g_test_add_data_func ("/cli/embed/clip", "clip", test_embed_family);
  g_test_add_data_func ("/cli/embed/siglip", "siglip", test_embed_family);
  ADD ("/cli/dump", test_dump);

  return g_test_run ();
}
