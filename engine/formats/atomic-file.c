/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct _RgAtomicFile
{
  char *path;
  char *temporary;
  int fd; /* -1 once committed */
};

static gboolean
fail (const char *path, int code, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), _ ("%s: cannot be written: %s"), name, g_strerror (code));

  return FALSE;
}

RgAtomicFile *
rg_atomic_file_new (const char *path, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  /* 0666 less the person's umask: a model that others on this computer may read stays readable. */
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0666);
  RgAtomicFile *self;

  if (fd < 0)
    {
      fail (path, errno, error);
      return NULL;
    }
  self = g_new0 (RgAtomicFile, 1);
  self->path = g_strdup (path);
  self->temporary = g_steal_pointer (&temporary);
  self->fd = fd;

  return self;
}

void
rg_atomic_file_free (RgAtomicFile *self)
{
  if (self->fd >= 0)
    {
      close (self->fd);
      g_unlink (self->temporary);
    }
  g_free (self->temporary);
  g_free (self->path);
  g_free (self);
}

gboolean
rg_atomic_file_append (RgAtomicFile *self, const void *bytes, gsize n, GError **error)
{
  const guint8 *rest = bytes;

  g_assert (self->fd >= 0);
  while (n > 0)
    {
      gssize written = write (self->fd, rest, MIN (n, G_MAXINT32));

      if (written < 0 && errno != EINTR)
        return fail (self->path, errno, error);
      if (written > 0)
        {
          rest += written;
          n -= (gsize) written;
        }
    }

  return TRUE;
}

/* The rename is durable only once the folder itself is on the disk. Some file systems refuse to flush a folder; the file
 * is complete all the same, so that is no failure. */
static void
flush_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    {
      fsync (fd);
      close (fd);
    }
}

gboolean
rg_atomic_file_commit (RgAtomicFile *self, GError **error)
{
  int fd = self->fd;

  g_assert (fd >= 0);
  /* Until the rename, freeing has to remove the temporary file, so the descriptor is given up last. */
  if (fsync (fd) != 0)
    return fail (self->path, errno, error);
  if (g_rename (self->temporary, self->path) != 0)
    return fail (self->path, errno, error);
  self->fd = -1;
  close (fd);
  flush_folder (self->path);

  return TRUE;
}

gboolean
rg_atomic_write (const char *path, const void *bytes, gsize n, GError **error)
{
  g_autoptr (RgAtomicFile) file = rg_atomic_file_new (path, error);

  return file != NULL && rg_atomic_file_append (file, bytes, n, error) && rg_atomic_file_commit (file, error);
}
