/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/curve.h"

#include <string.h>

#include "engine/formats/atomic-file.h"

#define STEP "{\"step\": "

struct _RgCurve
{
  char *path;
  GOutputStream *stream;
};

static gboolean
is_until (const char *line, guint step)
{
  return g_str_has_prefix (line, STEP) && g_ascii_strtoull (line + strlen (STEP), NULL, 10) <= step;
}

/* Takes out what lies behind @step. */
static gboolean
trim (const char *path, guint step, GError **error)
{
  g_autoptr (GString) kept = g_string_new (NULL);
  g_autoptr (GError) missing = NULL;
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length;

  if (!g_file_get_contents (path, &content, &length, &missing))
    {
      if (g_error_matches (missing, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_propagate_prefixed_error (error, g_steal_pointer (&missing), "%s: ", path);
      return FALSE;
    }

  lines = g_strsplit (content, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (is_until (*line, step))
      g_string_append_printf (kept, "%s\n", *line);

  return kept->len == length || rg_atomic_write (path, kept->str, kept->len, error);
}

RgCurve *
rg_curve_open (const char *path, guint step, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GFileOutputStream *stream;
  RgCurve *self;

  if (!trim (path, step, error))
    return NULL;

  stream = g_file_append_to (file, G_FILE_CREATE_NONE, NULL, error);
  if (stream == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }

  self = g_new0 (RgCurve, 1);
  self->path = g_strdup (path);
  self->stream = G_OUTPUT_STREAM (stream);

  return self;
}

void
rg_curve_free (RgCurve *self)
{
  if (self == NULL)
    return;

  g_object_unref (self->stream);
  g_free (self->path);
  g_free (self);
}

gboolean
rg_curve_append (RgCurve *self, const char *line, GError **error)
{
  g_autofree char *ended = g_strconcat (line, "\n", NULL);

  if (g_output_stream_write_all (self->stream, ended, strlen (ended), NULL, NULL, error))
    return TRUE;

  g_prefix_error (error, "%s: ", self->path);

  return FALSE;
}
