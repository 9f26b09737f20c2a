/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/fingerprint.h"

#include "engine/formats/map-file.h"

/* Bytes between two looks at whether to stop. */
#define CHUNK (1 << 20)

struct _RgFingerprint
{
  char *path;
  GCancellable *cancellable;
  GThread *thread;
  void (*progress) (double fraction, gpointer data); /* nullable */
  gpointer data;
  gint stop; /* atomic */
  guint64 n_bytes;
  GError *error;
};

static gpointer
compute (gpointer data)
{
  RgFingerprint *self = data;
  g_autoptr (GBytes) content = rg_map_file (self->path, G_MAXSIZE, &self->error);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const guint8 *bytes;
  gsize n;

  if (content == NULL)
    return NULL;

  bytes = g_bytes_get_data (content, &n);
  self->n_bytes = n;
  for (gsize done = 0; done < n; done += CHUNK)
    {
      if (g_atomic_int_get (&self->stop) || g_cancellable_set_error_if_cancelled (self->cancellable, &self->error))
        return NULL;
      g_checksum_update (checksum, bytes + done, MIN (n - done, CHUNK));
      if (self->progress != NULL)
        self->progress (MIN (done + CHUNK, n) / (double) n, self->data);
    }

  return g_strdup (g_checksum_get_string (checksum));
}

RgFingerprint *
rg_fingerprint_start (const char *path,
                      GCancellable *cancellable,
                      void (*progress) (double fraction, gpointer data),
                      gpointer data)
{
  RgFingerprint *self = g_new0 (RgFingerprint, 1);

  self->path = g_strdup (path);
  self->progress = progress;
  self->data = data;
  g_set_object (&self->cancellable, cancellable);
  self->thread = g_thread_new ("fingerprint", compute, self);

  return self;
}

char *
rg_fingerprint_finish (RgFingerprint *self,
                       guint64 *n_bytes,
                       GError **error)
{
  char *text = g_thread_join (g_steal_pointer (&self->thread));

  *n_bytes = self->n_bytes;
  if (text == NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));

  return text;
}

void
rg_fingerprint_free (RgFingerprint *self)
{
  if (self == NULL)
    return;

  g_atomic_int_set (&self->stop, TRUE);
  if (self->thread != NULL)
    g_free (g_thread_join (self->thread));

  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_free (self->path);
  g_free (self);
}
