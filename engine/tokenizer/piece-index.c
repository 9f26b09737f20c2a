/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/piece-index.h"

#include <stdlib.h>
#include <string.h>

typedef struct
{
  const char *piece;
  guint32 id;
} Entry;

struct _RgPieceIndex
{
  Entry *entries;
  guint n;
};

static int
compare_entries (const void *a, const void *b)
{
  return strcmp (((const Entry *) a)->piece, ((const Entry *) b)->piece);
}

RgPieceIndex *
rg_piece_index_new (const GPtrArray *pieces)
{
  RgPieceIndex *self = g_new0 (RgPieceIndex, 1);

  self->entries = g_new (Entry, (gsize) pieces->len + 1);
  for (guint32 id = 0; id < pieces->len; id++)
    if (pieces->pdata[id] != NULL)
      self->entries[self->n++] = (Entry){ pieces->pdata[id], id };
  qsort (self->entries, self->n, sizeof (Entry), compare_entries);

  return self;
}

void
rg_piece_index_free (RgPieceIndex *self)
{
  g_free (self->entries);
  g_free (self);
}

RgPieceRange
rg_piece_index_start (const RgPieceIndex *self)
{
  return (RgPieceRange){ 0, self->n, 0 };
}

/* The first entry of the range whose next byte is @byte or larger. */
static guint
lower_bound (const RgPieceIndex *self, const RgPieceRange *range, guint byte)
{
  guint low = range->first, high = range->end;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if ((guchar) self->entries[middle].piece[range->depth] < byte)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

gboolean
rg_piece_index_step (const RgPieceIndex *self, RgPieceRange *range, char byte)
{
  guint first, end;

  if (byte == '\0')
    return FALSE;
  first = lower_bound (self, range, (guchar) byte);
  end = lower_bound (self, range, (guchar) byte + 1u);
  if (first == end)
    return FALSE;
  *range = (RgPieceRange){ first, end, range->depth + 1 };

  return TRUE;
}

gboolean
rg_piece_index_get (const RgPieceIndex *self, const RgPieceRange *range, guint32 *id)
{
  const Entry *entry = self->entries + range->first;

  if (range->first == range->end || entry->piece[range->depth] != '\0')
    return FALSE;
  *id = entry->id;

  return TRUE;
}
