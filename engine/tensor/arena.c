/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/arena.h"

#include "engine/tensor/memory.h"

#define ALIGNMENT 64
#define CHUNK_SIZE ((gsize) 4 << 20)

typedef struct
{
  guint8 *memory;
  gsize size;
} Chunk;

struct _RgArena
{
  GArray *chunks;
  guint current; /* the one that is being filled; those behind it wait */
  gsize used;    /* bytes of it that are taken */
  gsize filled;  /* bytes that are taken in those before it */
  gsize peak;    /* the most bytes that were taken since the reset */
  gsize reserved;
};

static void
clear_chunk (gpointer data)
{
  g_aligned_free (((Chunk *) data)->memory);
}

RgArena *
rg_arena_new (void)
{
  RgArena *self = g_new0 (RgArena, 1);

  self->chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));
  g_array_set_clear_func (self->chunks, clear_chunk);

  return self;
}

void
rg_arena_free (RgArena *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->chunks);
  g_free (self);
}

static Chunk *
get_chunk (RgArena *self, guint i)
{
  return i < self->chunks->len ? &g_array_index (self->chunks, Chunk, i) : NULL;
}

static void
insert_chunk (RgArena *self, guint at, gsize size)
{
  Chunk chunk = { .memory = rg_memory_new (size), .size = size };

  g_array_insert_val (self->chunks, at, chunk);
  self->reserved += size;
}

/* To the next chunk, a new one where the next has no room for @size bytes. */
static void
move_on (RgArena *self, gsize size)
{
  guint next = self->chunks->len > 0 ? self->current + 1 : 0;
  Chunk *chunk = get_chunk (self, next);

  if (chunk == NULL || chunk->size < size)
    insert_chunk (self, next, MAX (size, CHUNK_SIZE));
  self->current = next;
  self->filled += self->used;
  self->used = 0;
}

gpointer
rg_arena_alloc (RgArena *self, gsize size)
{
  Chunk *chunk = get_chunk (self, self->current);
  gpointer memory;

  size = (size + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
  if (chunk == NULL || self->used + size > chunk->size)
    move_on (self, size);

  memory = get_chunk (self, self->current)->memory + self->used;
  self->used += size;
  self->peak = MAX (self->peak, self->filled + self->used);

  return memory;
}

RgArenaMark
rg_arena_mark (const RgArena *self)
{
  return (RgArenaMark){ self->current, self->used, self->filled };
}

void
rg_arena_release (RgArena *self, RgArenaMark mark)
{
  self->current = mark.chunk;
  self->used = mark.used;
  self->filled = mark.filled;
}

/* Chunks that were added one by one fit the pass that made them only: in another order of sizes their ends would be wasted,
 * and more of them would be added from pass to pass. One piece serves every pass that is not larger than this one. */
void
rg_arena_reset (RgArena *self)
{
  gsize peak = self->peak;

  rg_arena_release (self, (RgArenaMark){ 0 });
  self->peak = 0;
  if (self->chunks->len > 1)
    {
      g_array_set_size (self->chunks, 0);
      self->reserved = 0;
      insert_chunk (self, 0, peak + peak / 8);
    }
}

gsize
rg_arena_get_size (const RgArena *self)
{
  return self->reserved;
}
