/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/arena.h"

#define ALIGNMENT 64
#define CHUNK_SIZE ((gsize) 4 << 20)

typedef struct
{
  guint8 *memory;
  gsize size;
} Chunk;

struct _RgArena
{
  GArray *chunks; /* the last one is being filled */
  gsize used;     /* bytes of it that are taken */
  gsize filled;   /* bytes that are taken in those before it */
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
last_chunk (RgArena *self)
{
  return self->chunks->len > 0 ? &g_array_index (self->chunks, Chunk, self->chunks->len - 1) : NULL;
}

static void
add_chunk (RgArena *self, gsize size)
{
  Chunk chunk = { .memory = g_aligned_alloc (1, size, ALIGNMENT), .size = size };

  g_array_append_val (self->chunks, chunk);
  self->reserved += size;
  self->filled += self->used;
  self->used = 0;
}

gpointer
rg_arena_alloc (RgArena *self, gsize size)
{
  gpointer memory;

  size = (size + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);

  if (self->chunks->len == 0 || self->used + size > last_chunk (self)->size)
    add_chunk (self, MAX (size, CHUNK_SIZE));

  memory = last_chunk (self)->memory + self->used;
  self->used += size;

  return memory;
}

/* Chunks that were added one by one fit the pass that made them only: in another order of sizes their ends would be wasted,
 * and more of them would be added from pass to pass. One piece serves every pass that is not larger than this one. */
void
rg_arena_reset (RgArena *self)
{
  gsize total = self->filled + self->used;

  self->filled = 0;
  self->used = 0;

  if (self->chunks->len > 1)
    {
      g_array_set_size (self->chunks, 0);
      self->reserved = 0;
      add_chunk (self, total + total / 8);
    }
}

gsize
rg_arena_get_size (const RgArena *self)
{
  return self->reserved;
}
