/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/cli-call.h"

#include <gio/gio.h>
#include <string.h>

#include "tests/folder.h"
#include "tests/tiny-model.h"

void
cli_result_clear (CliResult *self)
{
  g_clear_pointer (&self->out, g_free);
  g_clear_pointer (&self->err, g_free);
}

static char *
dup_bytes (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return g_strndup (data != NULL ? data : "", size);
}

/* An array of words behind the program's name. */
static GPtrArray *
words_new (va_list arguments)
{
  GPtrArray *words = g_ptr_array_new ();
  const char *word;

  g_ptr_array_add (words, (gpointer) g_getenv ("REGARD_CLI"));
  while ((word = va_arg (arguments, const char *)) != NULL)
    g_ptr_array_add (words, (gpointer) word);
  g_ptr_array_add (words, NULL);

  return words;
}

CliResult
cli_run (const char *first, ...)
{
  g_autoptr (GPtrArray) words = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) err = NULL;
  CliResult result;
  va_list arguments;

  va_start (arguments, first);
  words = words_new (arguments);
  va_end (arguments);
  g_ptr_array_insert (words, 1, (gpointer) first);

  process = g_subprocess_newv ((const char *const *) words->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  g_assert_no_error (error);
  g_subprocess_communicate (process, NULL, NULL, &out, &err, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));

  result = (CliResult){ g_subprocess_get_exit_status (process), dup_bytes (out), dup_bytes (err) };

  return result;
}

void
cli_assert_done (const CliResult *result)
{
  if (result->status != 0)
    g_test_message ("%s", result->err);
  g_assert_cmpint (result->status, ==, 0);
}

void
cli_assert_failed (const CliResult *result, int status, const char *said)
{
  g_assert_cmpint (result->status, ==, status);
  g_assert_true (g_str_has_prefix (result->err, "regard-cli: "));
  g_assert_true (strchr (result->err, '\n') == result->err + strlen (result->err) - 1);
  g_assert_cmpstr (result->out, ==, "");
  if (strstr (result->err, said) == NULL)
    g_test_message ("“%s” does not say “%s”", result->err, said);
  g_assert_nonnull (strstr (result->err, said));
}

JsonNode *
cli_parse_json (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);

  return node;
}

static void
save_picture (const char *path)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 48, 32);
  cairo_t *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, 0.8, 0.1, 0.1);
  cairo_arc (cr, 16, 16, 10, 0, 7);
  cairo_fill (cr);
  cairo_destroy (cr);
  g_assert_cmpint (cairo_surface_write_to_png (surface, path), ==, CAIRO_STATUS_SUCCESS);
  cairo_surface_destroy (surface);
}

void
cli_set_up (CliFixture *self, gconstpointer data)
{
  self->dir = g_dir_make_tmp ("regard-cli-XXXXXX", NULL);
  self->model = tiny_folder_new (7, 3);
  self->picture = g_build_filename (self->dir, "picture.png", NULL);
  save_picture (self->picture);
}

void
cli_tear_down (CliFixture *self, gconstpointer data)
{
  folder_remove (self->dir);
  folder_remove (self->model);
  g_free (self->dir);
  g_free (self->model);
  g_free (self->picture);
}

char *
cli_path (const CliFixture *self, const char *name)
{
  return g_build_filename (self->dir, name, NULL);
}

void
cli_assert_same_file (const char *dir_a, const char *dir_b, const char *name)
{
  g_autofree char *path_a = g_build_filename (dir_a, name, NULL);
  g_autofree char *path_b = g_build_filename (dir_b, name, NULL);
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  gsize n_a, n_b;

  g_assert_true (g_file_get_contents (path_a, &a, &n_a, NULL));
  g_assert_true (g_file_get_contents (path_b, &b, &n_b, NULL));
  g_assert_cmpmem (a, n_a, b, n_b);
}

JsonNode *
cli_read_json (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));

  return cli_parse_json (content);
}

RgNpy *
cli_read_npy (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;
  RgNpy *npy = rg_npy_read (path, &error);

  g_assert_no_error (error);

  return npy;
}
