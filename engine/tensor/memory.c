/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/memory.h"

#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define LARGE_PAGE ((gsize) 2 << 20)
/* What is not larger may stay unused for the most part, and the system clears whole pages. */
#define SMALL_ARRAY ((gsize) 4 << 20)

gpointer
rg_memory_new (gsize size)
{
  gpointer memory = g_aligned_alloc (1, size, size <= SMALL_ARRAY ? ALIGNMENT : LARGE_PAGE);

  /* A wish only: it may fail. What is less than a page at the end stays in small ones. */
  if (size > SMALL_ARRAY)
    madvise (memory, size / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);

  return memory;
}

gpointer
rg_memory_new0 (gsize size)
{
  return memset (rg_memory_new (size), 0, size);
}

gpointer
rg_scratch_get (RgScratch *self, gsize size)
{
  gpointer memory = g_private_get (&self->memory);

  if (memory == NULL || GPOINTER_TO_SIZE (g_private_get (&self->size)) < size)
    {
      memory = rg_memory_new (size);
      g_private_replace (&self->memory, memory);
      g_private_set (&self->size, GSIZE_TO_POINTER (size));
    }

  return memory;
}
