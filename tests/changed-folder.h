/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <unistd.h>

/** changed_folder_write: fills the empty folder @to with what @from has, as links, but for @file, in which @what, which is there once, is @by. */
static inline void
changed_folder_write (const char *from, const char *to, const char *file, const char *what, const char *by)
{
  g_autoptr (GDir) listing = g_dir_open (from, 0, NULL);
  g_autofree char *source = g_build_filename (from, file, NULL), *copy = g_build_filename (to, file, NULL), *text = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *changed = NULL;
  const char *name;

  g_assert_true (g_file_get_contents (source, &text, NULL, NULL));
  parts = g_strsplit (text, what, -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  changed = g_strjoinv (by, parts);
  g_assert_true (g_file_set_contents (copy, changed, -1, NULL));

  while ((name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *target = g_build_filename (from, name, NULL), *link = g_build_filename (to, name, NULL);

      if (!g_str_equal (name, file) && g_file_test (target, G_FILE_TEST_IS_REGULAR))
        g_assert_cmpint (symlink (target, link), ==, 0);
    }
}
