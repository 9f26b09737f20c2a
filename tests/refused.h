/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib/gstdio.h>
#include <string.h>

#include "engine/error.h"

/* A config.json that a family has to refuse, and words of the message. */
typedef struct
{
  const char *config;
  int code; /* of RG_ERROR */
  const char *says;
} RefusedConfig;

/* Returns: whether a folder was loaded, which it must not be. */
typedef gboolean (*RefusedLoad) (const char *dir, GError **error);

static inline void
refused_check (const RefusedConfig *bad, gsize n, RefusedLoad load)
{
  g_autofree char *dir = g_dir_make_tmp ("regard-refused-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "config.json", NULL);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, bad[i].config, -1, NULL));
      g_assert_false (load (dir, &error));
      g_assert_error (error, RG_ERROR, bad[i].code);
      g_assert_nonnull (strstr (error->message, bad[i].says));
    }
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}
