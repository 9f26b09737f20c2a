/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-model.h"

/* One text, one line: a JSON array of objects with id and piece, or the ids alone. */
static void
print_tokens (const RgTokenizer *tokenizer, const char *text, gssize length, RgEncodeFlags flags, gboolean json)
{
  g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text, length, flags);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < ids->len; i++)
    {
      guint32 id = g_array_index (ids, guint32, i);

      if (!json)
        {
          json_builder_add_int_value (builder, id);
          continue;
        }
      json_builder_begin_object (builder);
      rg_cli_json_int (builder, "id", id);
      rg_cli_json_string (builder, "piece", rg_tokenizer_get_piece (tokenizer, id));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  rg_cli_print_json (builder);
}

static gboolean
tokenize_lines (const RgTokenizer *tokenizer, const char *path, RgEncodeFlags flags, gboolean json, GError **error)
{
  g_autofree char *content = NULL;
  const char *line, *end;
  gsize length;

  if (!g_file_get_contents (path, &content, &length, error))
    return FALSE;

  /* Lines may hold any byte, NUL as well. */
  end = content + length;
  for (line = content; line < end;)
    {
      const char *stop = memchr (line, '\n', end - line);

      if (stop == NULL)
        stop = end;
      print_tokens (tokenizer, line, stop - line, flags, json);
      line = stop + 1;
    }

  return TRUE;
}

/* --model names a model's folder, or a tokenizer.json. */
static RgTokenizer *
load_tokenizer (const char *model, GError **error)
{
  g_autofree char *path = g_file_test (model, G_FILE_TEST_IS_DIR) ? g_build_filename (model, RG_MODEL_TOKENIZER, NULL) : g_strdup (model);
  RgTokenizer *tokenizer = rg_tokenizer_new_from_file (path, error);

  if (tokenizer == NULL)
    rg_cli_model_name_file (error, model);

  return tokenizer;
}

gboolean
rg_cli_tokenize (char ***arguments, GError **error)
{
  g_autofree char *model = NULL;
  g_autofree char *lines = NULL;
  g_autoptr (RgTokenizer) tokenizer = NULL;
  gboolean no_special = FALSE, json = FALSE;
  RgEncodeFlags flags;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model, N_ ("the model's folder, or its tokenizer.json (the bundled model)"), N_ ("DIR") },
    { "lines", 0, 0, G_OPTION_ARG_FILENAME, &lines, N_ ("a file with one text a line"), N_ ("FILE") },
    { "no-special", 0, 0, G_OPTION_ARG_NONE, &no_special, N_ ("take the names of special tokens as plain text"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print ids with their pieces"), NULL },
    { NULL },
  };

  if (!rg_cli_parse ("tokenize", _ ("[TEXT]"), _ ("Cuts text into a model's tokens: one JSON array a text."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 1, error))
    return FALSE;
  if (((*arguments)[0] == NULL) == (lines == NULL))
    return rg_cli_fail_usage (error, _ ("either a text or --lines FILE"));

  model = rg_cli_model_path (model);
  tokenizer = load_tokenizer (model, error);
  if (tokenizer == NULL)
    return FALSE;

  flags = no_special ? RG_ENCODE_DEFAULT : RG_ENCODE_SPECIAL;
  if (lines != NULL)
    return tokenize_lines (tokenizer, lines, flags, json, error);

  print_tokens (tokenizer, (*arguments)[0], -1, flags, json);

  return TRUE;
}
