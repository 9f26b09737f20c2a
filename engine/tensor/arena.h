/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Memory for one pass: handed out by moving a pointer, given back all at once. It stays with the arena between passes, so a
 * training step faults no page in after the first ones (giving memory back to the system between steps costs more than the
 * arithmetic). One thread at a time. */

G_BEGIN_DECLS

typedef struct _RgArena RgArena;

RgArena *rg_arena_new (void) G_GNUC_WARN_UNUSED_RESULT;
void rg_arena_free (RgArena *self);

/** rg_arena_alloc: Returns: @size bytes at a multiple of 64, not cleared; valid until the next rg_arena_reset(). */
gpointer rg_arena_alloc (RgArena *self, gsize size);

/** RgArenaMark: how far an arena is filled. */
typedef struct
{
  guint chunk;
  gsize used, filled;
} RgArenaMark;

RgArenaMark rg_arena_mark (const RgArena *self);

/** rg_arena_release: takes back what was handed out since @mark was made. Its bytes stay as they are until the next rg_arena_alloc(). */
void rg_arena_release (RgArena *self, RgArenaMark mark);

/** rg_arena_reset: takes everything back; memory stays reserved, an eighth more than the largest pass so far needed. */
void rg_arena_reset (RgArena *self);

/** rg_arena_get_size: Returns: bytes reserved from the system. */
gsize rg_arena_get_size (const RgArena *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgArena, rg_arena_free)

G_END_DECLS
