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
  GArray *chunks;
  guint current; /* index of the chunk that is being filled */
  gsize used;    /* bytes of it that are taken */
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

gpointer
rg_arena_alloc (RgArena *self, gsize size)
{
  gpointer memory;

  size = (size + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);

  /* A later chunk may be too small for this request, but will serve a smaller one. */
  while (self->current < self->chunks->len &&
         self->used + size > g_array_index (self->chunks, Chunk, self->current).size)
    {
      self->current++;
      self->used = 0;
    }

  if (self->current == self->chunks->len)
    {
      Chunk chunk = { .size = MAX (size, CHUNK_SIZE) };

      chunk.memory = g_aligned_alloc (1, chunk.size, ALIGNMENT);
      g_array_append_val (self->chunks, chunk);
      self->reserved += chunk.size;
      self->used = 0;
    }

  memory = g_array_index (self->chunks, Chunk, self->current).memory + self->used;
  self->used += size;

  return memory;
}

void
rg_arena_reset (RgArena *self)
{
  self->current = 0;
  self->used = 0;
}

gsize
rg_arena_get_size (const RgArena *self)
{
  return self->reserved;
}
