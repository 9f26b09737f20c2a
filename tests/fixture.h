/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Reference numbers of other people's implementations lie beside the checkout, in ../shared/fixtures, and are not part of
 * the repository, but for the smaller ones in models/. A test that needs one is skipped, and says so, where it is absent. */

/** fixture_path: Returns: (transfer full) (nullable): the path of a fixture; %NULL after g_test_skip() where it is absent. */
static inline char *
fixture_path (const char *name)
{
  char *own = g_test_build_filename (G_TEST_DIST, "models", name, NULL);
  char *path = g_test_build_filename (G_TEST_DIST, "..", "..", "shared", "fixtures", name, NULL);

  if (g_file_test (own, G_FILE_TEST_EXISTS))
    {
      g_free (path);
      return own;
    }
  g_free (own);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_test_skip_printf ("fixture %s is absent", path);
  g_free (path);

  return NULL;
}
