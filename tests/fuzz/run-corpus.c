/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/fuzz.h"

/* Runs a fuzz target over a folder of files, one test each. A file whose name begins with "valid-" must be accepted, any
 * other refused. */

static void
test_file (gconstpointer data)
{
  const char *path = data;
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize n;

  g_file_get_contents (path, &content, &n, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rg_fuzz_read ((const guint8 *) content, n), ==, g_str_has_prefix (name, "valid-"));
}

int
main (int argc, char **argv)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  dir = g_dir_open (argv[1], 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *test = g_strconcat ("/", name, NULL);

      g_test_add_data_func_full (test, g_build_filename (argv[1], name, NULL), test_file, g_free);
    }

  return g_test_run ();
}
