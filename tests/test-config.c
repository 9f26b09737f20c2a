/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/json-file.h"

static const char sample[] =
    "{\n"
    "  \"model_type\": \"vit\", \"hidden_size\": 64, \"big\": 1000000000000000019884624838656, \"negative\": -3,\n"
    "  \"eps\": 1e-6, \"whole\": 2.0, \"flag\": true, \"off\": false, \"none\": null, \"text\": \"caf\\u00e9 \\ud83d\\ude00 \\\"\\/\\n\",\n"
    "  \"text_config\": {\"hidden_size\": \"many\", \"rope\": {\"theta\": 10000}},\n"
    "  \"image_mean\": [0.5, 1, -2e-1], \"sizes\": [1, 2, 3], \"mixed\": [1, \"x\"], \"empty\": [],\n"
    "  \"layers\": [{\"n\": 1}, {\"n\": 2}]\n"
    "}\n";

static RgConfig *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RgConfig *config = rg_config_parse ("config.json", text, strlen (text), &error);

  g_assert_no_error (error);

  return config;
}

static void
test_values (void)
{
  g_autoptr (RgConfig) config = parse (sample);
  const char *text = NULL;
  gint64 whole = 0;
  double number = 0;
  gboolean flag = FALSE;

  g_assert_true (rg_config_get_int (config, "hidden_size", RG_CONFIG_REQUIRED, 64, 64, &whole, NULL) && whole == 64);
  g_assert_true (rg_config_get_int (config, "negative", RG_CONFIG_REQUIRED, -3, 0, &whole, NULL) && whole == -3);
  g_assert_true (rg_config_get_int (config, "text_config.rope.theta", RG_CONFIG_REQUIRED, 1, 100000, &whole, NULL) && whole == 10000);
  g_assert_true (rg_config_get_int (config, "layers[1].n", RG_CONFIG_REQUIRED, 0, 9, &whole, NULL) && whole == 2);
  g_assert_true (rg_config_get_double (config, "eps", RG_CONFIG_REQUIRED, 0, 1, &number, NULL) && number == 1e-6);
  g_assert_true (rg_config_get_double (config, "hidden_size", RG_CONFIG_REQUIRED, 0, 100, &number, NULL) && number == 64);
  g_assert_true (rg_config_get_boolean (config, "flag", RG_CONFIG_REQUIRED, &flag, NULL) && flag);
  g_assert_true (rg_config_get_boolean (config, "off", RG_CONFIG_REQUIRED, &flag, NULL) && !flag);
  g_assert_true (rg_config_get_string (config, "text", RG_CONFIG_REQUIRED, &text, NULL));
  g_assert_cmpstr (text, ==, "café 😀 \"/\n");
  g_assert_true (rg_config_has (config, "text_config"));
  g_assert_false (rg_config_has (config, "none"));
  g_assert_false (rg_config_has (config, "hidden"));
  g_assert_cmpuint (rg_config_get_length (config, "layers"), ==, 2);
  g_assert_cmpuint (rg_config_get_length (config, "flag"), ==, 0);
}

static void
test_arrays (void)
{
  g_autoptr (RgConfig) config = parse (sample);
  g_autoptr (GArray) ints = NULL;
  g_autoptr (GArray) doubles = NULL;
  g_autoptr (GArray) empty = NULL;
  g_autoptr (GArray) refused = NULL;

  g_assert_true (rg_config_get_ints (config, "sizes", RG_CONFIG_REQUIRED, 1, 3, 3, &ints, NULL));
  g_assert_cmpuint (ints->len, ==, 3);
  g_assert_cmpint (g_array_index (ints, gint64, 2), ==, 3);
  g_assert_true (rg_config_get_doubles (config, "image_mean", RG_CONFIG_REQUIRED, -1, 1, 3, &doubles, NULL));
  g_assert_cmpuint (doubles->len, ==, 3);
  g_assert_cmpfloat (g_array_index (doubles, double, 2), ==, -0.2);
  g_assert_true (rg_config_get_ints (config, "empty", RG_CONFIG_REQUIRED, 1, 3, 3, &empty, NULL));
  g_assert_cmpuint (empty->len, ==, 0);
  g_assert_false (rg_config_get_ints (config, "sizes", RG_CONFIG_REQUIRED, 1, 3, 2, &refused, NULL));
  g_assert_false (rg_config_get_ints (config, "sizes", RG_CONFIG_REQUIRED, 1, 2, 3, &refused, NULL));
  g_assert_false (rg_config_get_ints (config, "mixed", RG_CONFIG_REQUIRED, 1, 3, 3, &refused, NULL));
  g_assert_true (rg_config_get_doubles (config, "none", RG_CONFIG_OPTIONAL, 1, 3, 3, &refused, NULL));
  g_assert_null (refused);
}

/* What is absent and optional leaves the default; what is present and wrong is never passed over. */
static void
test_optional (void)
{
  g_autoptr (RgConfig) config = parse (sample);
  g_autoptr (GError) error = NULL;
  gint64 whole = 17;
  double number = 0.25;

  g_assert_true (rg_config_get_int (config, "absent", RG_CONFIG_OPTIONAL, 0, 9, &whole, NULL));
  g_assert_true (rg_config_get_int (config, "none", RG_CONFIG_OPTIONAL, 0, 9, &whole, NULL));
  g_assert_cmpint (whole, ==, 17);
  g_assert_true (rg_config_get_double (config, "text_config.eps", RG_CONFIG_OPTIONAL, 0, 1, &number, NULL));
  g_assert_cmpfloat (number, ==, 0.25);
  g_assert_false (rg_config_get_int (config, "hidden_size", RG_CONFIG_OPTIONAL, 0, 9, &whole, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
  g_assert_cmpint (whole, ==, 17);
}

static void
assert_message (RgConfig *config, const char *path, gint64 max, const char *expected)
{
  g_autoptr (GError) error = NULL;
  gint64 value;

  g_assert_false (rg_config_get_int (config, path, RG_CONFIG_REQUIRED, 1, max, &value, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_messages (void)
{
  g_autoptr (RgConfig) config = parse (sample);
  g_autoptr (GError) error = NULL;
  const char *text;
  double number;

  assert_message (config, "text_config.hidden_size", 65536, "config.json: text_config.hidden_size: expected a whole number between 1 and 65536, found \"many\"");
  assert_message (config, "hidden_size", 8, "config.json: hidden_size: expected a whole number between 1 and 8, found 64");
  assert_message (config, "big", 8, "config.json: big: expected a whole number between 1 and 8, found 1000000000000000019884624838656");
  assert_message (config, "whole", 8, "config.json: whole: expected a whole number between 1 and 8, found 2.0");
  assert_message (config, "flag", 8, "config.json: flag: expected a whole number between 1 and 8, found true");
  assert_message (config, "text_config", 8, "config.json: text_config: expected a whole number between 1 and 8, found an object");
  assert_message (config, "sizes", 8, "config.json: sizes: expected a whole number between 1 and 8, found an array");
  assert_message (config, "none", 8, "config.json: none is missing, expected a whole number between 1 and 8");
  g_assert_false (rg_config_get_string (config, "eps", RG_CONFIG_REQUIRED, &text, &error));
  g_assert_cmpstr (error->message, ==, "config.json: eps: expected a string, found 1e-6");
  g_clear_error (&error);
  g_assert_false (rg_config_get_double (config, "text_config.rope.theta", RG_CONFIG_REQUIRED, 0, 1, &number, &error));
  g_assert_cmpstr (error->message, ==, "config.json: text_config.rope.theta: expected a number between 0 and 1, found 10000");
}

/* tests/corpus says what is refused; here, where and why, and that a bomb is refused before it costs anything. */
static void
test_refusals (void)
{
  static const struct
  {
    const char *text, *message;
  } cases[] = {
    { "{\"a\":1,\"a\":2}", "c: a is given twice (byte 12)" },
    { "{\"a\":01}", "c: malformed number (byte 6)" },
    { "[1]", "c: expected an object" },
    { "{\"a\":\"\\u0000\"}", "c: the character U+0000 in a string (byte 12)" },
    { "{\"a\":[1,]}", "c: expected a JSON value (byte 8)" },
    { "{} {}", "c: something follows the end of the document (byte 3)" },
  };
  g_autofree char *bomb = g_strnfill (1000000, '[');
  g_autoptr (RgConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RgConfig) refused = rg_config_parse ("c", cases[i].text, strlen (cases[i].text), &error);

      g_assert_null (refused);
      g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
      g_assert_cmpstr (error->message, ==, cases[i].message);
      g_clear_error (&error);
    }
  config = rg_config_parse ("c", bomb, 1000000, &error);
  g_assert_null (config);
  g_assert_cmpstr (error->message, ==, "c: nested deeper than 64 levels (byte 64)");
}

/* A long name around many values: each path repeats it, so the sum is limited, not the file alone. */
static void
test_path_bomb (void)
{
  g_autoptr (GString) text = g_string_new ("{\"");
  g_autoptr (RgConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append_c (text, 'n');
  g_string_append (text, "\":[0");
  for (guint i = 0; i < 2000; i++)
    g_string_append (text, ",0");
  g_string_append (text, "]}");
  config = rg_config_parse ("c", text->str, text->len, &error);
  g_assert_null (config);
  g_assert_error (error, RG_ERROR, RG_ERROR_LIMIT);
}

static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (RgConfig) config = NULL;
  g_autoptr (RgConfig) absent = NULL;
  g_autoptr (RgConfig) large = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *spaces = g_strnfill (17 * 1024 * 1024, ' ');

  absent = rg_config_open (path, &error);
  g_assert_null (absent);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_assert_true (rg_atomic_write (path, "{}", 2, NULL));
  g_assert_true (rg_atomic_write (path, sample, strlen (sample), NULL));
  config = rg_config_open (path, &error);
  g_assert_no_error (error);
  g_assert_true (rg_config_has (config, "model_type"));
  g_assert_true (rg_atomic_write (path, spaces, strlen (spaces), NULL));
  large = rg_config_open (path, &error);
  g_assert_null (large);
  g_assert_error (error, RG_ERROR, RG_ERROR_LIMIT);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_append_string (void)
{
  static const char text[] = "a\"b\\c\n\x01 é😀/";
  g_autoptr (GString) out = g_string_new ("[");
  g_autoptr (RgJsonReader) json = NULL;

  rg_json_append_string (out, text);
  g_assert_cmpstr (out->str, ==, "[\"a\\\"b\\\\c\\u000a\\u0001 é😀/\"");
  json = rg_json_reader_new ("t", out->str + 1, out->len - 1);
  g_assert_cmpint (rg_json_reader_next (json, NULL), ==, RG_JSON_STRING);
  g_assert_cmpstr (rg_json_reader_get_text (json), ==, text);
  g_assert_cmpint (rg_json_reader_next (json, NULL), ==, RG_JSON_END);
}

static void
test_excerpt (void)
{
  g_autoptr (GString) text = g_string_new ("one\ntwo ");
  g_autofree char *excerpt = NULL;

  while (text->len < 200)
    g_string_append (text, "é");
  excerpt = rg_json_dup_excerpt (text->str);
  g_assert_true (g_str_has_prefix (excerpt, "one�two é"));
  g_assert_true (g_str_has_suffix (excerpt, "é…"));
  g_assert_cmpuint (strlen (excerpt), <, 70);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/values", test_values);
  g_test_add_func ("/config/arrays", test_arrays);
  g_test_add_func ("/config/optional", test_optional);
  g_test_add_func ("/config/messages", test_messages);
  g_test_add_func ("/config/refusals", test_refusals);
  g_test_add_func ("/config/path-bomb", test_path_bomb);
  g_test_add_func ("/config/files", test_files);
  g_test_add_func ("/json/append-string", test_append_string);
  g_test_add_func ("/json/excerpt", test_excerpt);

  return g_test_run ();
}
