/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/interrupt.h"

#include <glib-unix.h>
#include <signal.h>

struct _RgInterrupt
{
  GCancellable *cancellable;
  GMainLoop *loop;
  GThread *thread;
};

static gboolean
cancel (gpointer data)
{
  RgInterrupt *self = data;

  g_cancellable_cancel (self->cancellable);

  return G_SOURCE_REMOVE; /* GLib gives the signal back its usual meaning */
}

static void
listen (RgInterrupt *self, int number)
{
  g_autoptr (GSource) source = g_unix_signal_source_new (number);

  g_source_set_callback (source, cancel, self, NULL);
  g_source_attach (source, g_main_loop_get_context (self->loop));
}

static gpointer
run (gpointer data)
{
  g_main_loop_run (data);

  return NULL;
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);

  return G_SOURCE_REMOVE;
}

RgInterrupt *
rg_interrupt_new (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  RgInterrupt *self = g_new0 (RgInterrupt, 1);

  self->cancellable = g_cancellable_new ();
  self->loop = g_main_loop_new (context, FALSE);
  listen (self, SIGINT);
  listen (self, SIGTERM);
  self->thread = g_thread_new ("interrupt", run, self->loop);

  return self;
}

void
rg_interrupt_free (RgInterrupt *self)
{
  g_autoptr (GSource) source = NULL;

  if (self == NULL)
    return;

  /* Asked from within, or the loop might be told to end before it began. */
  source = g_idle_source_new ();
  g_source_set_callback (source, quit, self->loop, NULL);
  g_source_attach (source, g_main_loop_get_context (self->loop));
  g_thread_join (self->thread);

  g_main_loop_unref (self->loop);
  g_object_unref (self->cancellable);
  g_free (self);
}

GCancellable *
rg_interrupt_get_cancellable (RgInterrupt *self)
{
  return self->cancellable;
}
