/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/data-dir.h"
#include "config.h"
#include "engine/formats/atomic-file.h"

#define PROGRAM "regard-cli"
#define STATUS_FAILED 1
#define STATUS_USAGE 2

static const RgCommand commands[] = {
  { "ask", N_ ("answer a question about a picture"), rg_cli_ask },
  { "explain", N_ ("answer, and show where each word of the answer looked"), rg_cli_explain },
  { "info", N_ ("say what a model is"), rg_cli_info },
  { "models", N_ ("list the models on this computer"), rg_cli_models },
  { "tokenize", N_ ("cut text into a model's tokens"), rg_cli_tokenize },
  { "embed", N_ ("compare pictures and texts in a model's shared space"), rg_cli_embed },
  { "classify", N_ ("say what is on a picture, of the labels that a model knows"), rg_cli_classify },
  { "dump", N_ ("write the numbers of one run, for comparing"), rg_cli_dump },
  { "scenes", N_ ("draw scenes with questions and answers"), rg_cli_scenes },
  { "train", N_ ("train a model from a recipe"), rg_cli_train },
  { "eval", N_ ("score a model on scenes it never saw"), rg_cli_eval },
  { "calibrate", N_ ("choose the heads whose attention makes the map"), rg_cli_calibrate },
  { "bench", N_ ("measure this machine's speed"), rg_cli_bench },
};

static void
print_usage (FILE *out)
{
  fprintf (out, _ ("Usage: %s COMMAND [OPTION…]\n\nCommands:\n"), PROGRAM);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  %-10s %s\n", commands[i].name, _ (commands[i].summary));
  fprintf (out, _ ("\n“%s COMMAND --help” says more about a command.\n"), PROGRAM);
}

/* One line, whatever the message quotes. */
static void
print_error (const char *message)
{
  g_autofree char *line = g_utf8_make_valid (message, -1);

  for (char *c = line; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  fprintf (stderr, "%s: %s\n", PROGRAM, line);
}

static int
run_command (const RgCommand *command, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) arguments = g_strdupv (argv);

  if (command->run (&arguments, &error))
    return 0;

  rg_cli_print_progress ("%s", "");
  print_error (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? _ ("stopped before the end") : error->message);

  return error->domain == G_OPTION_ERROR ? STATUS_USAGE : STATUS_FAILED;
}

int
rg_cli_run (int argc, char **argv)
{
  rg_data_dir_init_locale ();
  setlocale (LC_NUMERIC, "C"); /* numbers are for programs, too */
  g_set_prgname (PROGRAM);

  if (argc < 2)
    {
      print_usage (stderr);
      return STATUS_USAGE;
    }

  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") || g_str_equal (argv[1], "help"))
    {
      print_usage (stdout);
      return 0;
    }

  if (g_str_equal (argv[1], "--version"))
    {
      printf ("%s %s\n", PROGRAM, RG_VERSION);
      return 0;
    }

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      return run_command (&commands[i], argv + 2);

  {
    g_autofree char *message = g_strdup_printf (_ ("there is no command “%s”; “%s --help” names them"), argv[1], PROGRAM);

    print_error (message);
  }

  return STATUS_USAGE;
}

gboolean
rg_cli_parse (const char *command, const char *words, const char *summary, const GOptionEntry *entries, const GOptionEntry *more, char ***arguments, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s %s", PROGRAM, command);
  g_autoptr (GOptionContext) context = g_option_context_new (words);
  GPtrArray *words_in = g_ptr_array_new ();
  gboolean parsed;
  char **strv;

  /* The parser expects the program's name first, and takes it as it is for the help. */
  g_ptr_array_add (words_in, g_strdup (name));
  for (char **argument = *arguments; *argument != NULL; argument++)
    g_ptr_array_add (words_in, *argument);
  g_ptr_array_add (words_in, NULL);
  g_free (*arguments);
  strv = (char **) g_ptr_array_free (words_in, FALSE);

  g_set_prgname (name);
  g_option_context_set_summary (context, summary);
  g_option_context_set_translation_domain (context, RG_GETTEXT_DOMAIN);
  g_option_context_add_main_entries (context, entries, RG_GETTEXT_DOMAIN);
  if (more != NULL)
    g_option_context_add_main_entries (context, more, RG_GETTEXT_DOMAIN);
  parsed = g_option_context_parse_strv (context, &strv, error);
  g_set_prgname (PROGRAM);

  /* Without the name again. */
  *arguments = g_strdupv (strv[0] != NULL ? strv + 1 : strv);
  g_strfreev (strv);

  return parsed;
}

gboolean
rg_cli_fail_usage (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);

  return FALSE;
}

gboolean
rg_cli_check_count (char **arguments, guint max, GError **error)
{
  if (g_strv_length (arguments) <= max)
    return TRUE;

  return rg_cli_fail_usage (error, _ ("“%s” is one word too many"), arguments[max]);
}

gboolean
rg_cli_make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0777) == 0)
    return TRUE;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), _ ("%s: the folder cannot be made: %s"), path, g_strerror (errno));

  return FALSE;
}

static char *
generate (JsonBuilder *builder, gboolean pretty)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  JsonNode *root = json_builder_get_root (builder);
  char *text;

  json_generator_set_pretty (generator, pretty);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  json_node_unref (root);

  return text;
}

void
rg_cli_print_json (JsonBuilder *builder)
{
  g_autofree char *text = generate (builder, FALSE);

  puts (text);
}

void
rg_cli_print_column (const char *text, int width)
{
  /* printf() pads to bytes. */
  printf ("%s%*s", text, MAX (0, width - (int) g_utf8_strlen (text, -1)), "");
}

void
rg_cli_print_nats (double value, int width)
{
  printf ("%*.2f", width, fabs (value) < 0.005 ? 0 : value);
}

void
rg_cli_json_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
rg_cli_json_bool (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
rg_cli_json_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_number (JsonBuilder *builder, double value)
{
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
rg_cli_json_number (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  add_number (builder, value);
}

void
rg_cli_json_rect (JsonBuilder *builder, const char *name, RgRect rect)
{
  const double sides[] = { rect.x, rect.y, rect.width, rect.height };

  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    add_number (builder, sides[i]);
  json_builder_end_array (builder);
}

void
rg_cli_json_floats (JsonBuilder *builder, const float *values, gsize n)
{
  json_builder_begin_array (builder);
  for (gsize i = 0; i < n; i++)
    add_number (builder, values[i]);
  json_builder_end_array (builder);
}

gboolean
rg_cli_save_json (JsonBuilder *builder, const char *path, GError **error)
{
  g_autofree char *text = generate (builder, TRUE);
  g_autofree char *lines = g_strconcat (text, "\n", NULL);

  return rg_atomic_write (path, lines, strlen (lines), error);
}

void
rg_cli_print_progress (const char *format, ...)
{
  va_list arguments;

  if (!isatty (STDERR_FILENO))
    return;

  fputs ("\r\033[K", stderr);
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fflush (stderr);
}
