/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/map-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/error.h"

static GBytes *
map_descriptor (int fd, const char *name, gsize max_bytes, GError **error)
{
  g_autoptr (GMappedFile) map = NULL;
  g_autoptr (GError) cause = NULL;
  struct stat status;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    {
      g_set_error (error, G_FILE_ERROR, S_ISDIR (status.st_mode) ? G_FILE_ERROR_ISDIR : G_FILE_ERROR_INVAL, _ ("%s: not a file"), name);
      return NULL;
    }
  if ((guint64) status.st_size > max_bytes)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: %llu bytes, at most %zu are expected of such a file"), name, (unsigned long long) status.st_size, max_bytes);
      return NULL;
    }
  map = g_mapped_file_new_from_fd (fd, FALSE, &cause);
  if (map == NULL)
    {
      g_set_error (error, G_FILE_ERROR, cause->code, "%s: %s", name, cause->message);
      return NULL;
    }

  return g_mapped_file_get_bytes (map);
}

GBytes *
rg_map_file (const char *path, gsize max_bytes, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  /* Without O_NONBLOCK, opening a pipe somebody left in a model's folder would wait for ever. */
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  GBytes *bytes;

  if (fd < 0)
    {
      int code = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), _ ("%s: cannot be opened: %s"), name, g_strerror (code));
      return NULL;
    }
  bytes = map_descriptor (fd, name, max_bytes, error);
  close (fd);

  return bytes;
}

void
rg_map_forget (const void *bytes, gsize n_bytes)
{
  const gsize page = sysconf (_SC_PAGESIZE);
  const gsize start = ((gsize) bytes + page - 1) / page * page, end = ((gsize) bytes + n_bytes) / page * page;

  if (start < end)
    madvise ((gpointer) start, end - start, MADV_DONTNEED);
}
