/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Large arrays. A training step walks through far more memory than the caches hold; in the system's large pages, where it has
 * them, it does so half as fast again. */

G_BEGIN_DECLS

/** rg_memory_new: Returns: (transfer full): @size bytes at a multiple of 64, not cleared; for g_aligned_free(). */
gpointer rg_memory_new (gsize size) G_GNUC_WARN_UNUSED_RESULT;

/** rg_memory_new0: as rg_memory_new(), cleared. */
gpointer rg_memory_new0 (gsize size) G_GNUC_WARN_UNUSED_RESULT;

/**
 * RgScratch: memory that each thread has for one purpose, and keeps until it ends; a static variable.
 */
typedef struct
{
  GPrivate memory, size;
} RgScratch;

#define RG_SCRATCH_INIT                       \
  {                                           \
    G_PRIVATE_INIT (g_aligned_free), { NULL } \
  }

/** rg_scratch_get: Returns: (transfer none): @size bytes or more at a multiple of 64, the calling thread's until it asks again. */
gpointer rg_scratch_get (RgScratch *self, gsize size);

G_END_DECLS
