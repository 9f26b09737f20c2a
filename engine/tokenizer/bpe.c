/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/bpe.h"

#define NONE G_MAXUINT32
/* Symbols of a word that is merged without asking for memory. */
#define SHORT_WORD 32
/* That wait at a time in a word of n symbols: its pairs, and with each merge two new ones for the one that had its turn. */
#define MOST_CANDIDATES(n) (2 * (gsize) (n))

typedef struct
{
  guint64 pair; /* left << 32 | right, or NO_PAIR */
  guint32 rank;
  guint32 merged;
} Merge;

#define NO_PAIR G_MAXUINT64

/* Open addressing: a lookup a symbol is what encoding consists of. */
struct _RgBpe
{
  Merge *slots;
  guint bits; /* 2^bits slots */
  guint n;
};

/* A merge that waits for its turn. It is stale once one of the two symbols has become something else. */
typedef struct
{
  guint32 rank;
  guint32 place;
  guint32 left, right, merged;
} Candidate;

/* One word while it is merged: symbols in a doubly linked list, candidates in a binary heap. */
typedef struct
{
  const RgBpe *bpe;
  guint32 *ids;
  guint32 *next, *previous;
  Candidate *heap;
  guint n_heap;
} Word;

static Merge *
new_slots (guint bits)
{
  Merge *slots = g_new (Merge, (gsize) 1 << bits);

  for (gsize i = 0; i < (gsize) 1 << bits; i++)
    slots[i].pair = NO_PAIR;

  return slots;
}

RgBpe *
rg_bpe_new (void)
{
  RgBpe *self = g_new0 (RgBpe, 1);

  self->bits = 10;
  self->slots = new_slots (self->bits);

  return self;
}

void
rg_bpe_free (RgBpe *self)
{
  g_free (self->slots);
  g_free (self);
}

/* The slot that holds @pair, or the free one where it belongs. */
static Merge *
find_slot (Merge *slots, guint bits, guint64 pair)
{
  guint64 hash = pair ^ pair >> 32;
  gsize i;

  hash *= G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  hash = (hash ^ hash >> 29) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  i = (gsize) (hash >> (64 - bits));
  while (slots[i].pair != pair && slots[i].pair != NO_PAIR)
    i = (i + 1) & (((gsize) 1 << bits) - 1);

  return slots + i;
}

static void
grow (RgBpe *self)
{
  Merge *slots = new_slots (self->bits + 1);

  for (gsize i = 0; i < (gsize) 1 << self->bits; i++)
    if (self->slots[i].pair != NO_PAIR)
      *find_slot (slots, self->bits + 1, self->slots[i].pair) = self->slots[i];
  g_free (self->slots);
  self->slots = slots;
  self->bits++;
}

void
rg_bpe_add (RgBpe *self, guint32 left, guint32 right, guint32 rank, guint32 merged)
{
  guint64 pair = (guint64) left << 32 | right;
  Merge *slot;

  if (2 * (gsize) self->n >= (gsize) 1 << self->bits)
    grow (self);
  slot = find_slot (self->slots, self->bits, pair);
  self->n += slot->pair == NO_PAIR;
  *slot = (Merge){ pair, rank, merged };
}

static gboolean
comes_first (const Candidate *a, const Candidate *b)
{
  return a->rank != b->rank ? a->rank < b->rank : a->place < b->place;
}

static void
push (Word *word, const Candidate *candidate)
{
  Candidate *heap = word->heap;
  guint i = word->n_heap++;

  while (i > 0 && comes_first (candidate, heap + (i - 1) / 2))
    {
      heap[i] = heap[(i - 1) / 2];
      i = (i - 1) / 2;
    }
  heap[i] = *candidate;
}

static Candidate
pop (Word *word)
{
  Candidate *heap = word->heap;
  guint n = --word->n_heap, i = 0;
  Candidate first = heap[0], moved = heap[n];

  for (guint child = 1; child < n; child = 2 * i + 1)
    {
      if (child + 1 < n && comes_first (heap + child + 1, heap + child))
        child++;
      if (!comes_first (heap + child, &moved))
        break;
      heap[i] = heap[child];
      i = child;
    }
  if (n > 0)
    heap[i] = moved;

  return first;
}

/* Offers the pair that begins at @place. */
static void
offer (Word *word, guint32 place)
{
  guint32 right = place == NONE ? NONE : word->next[place];
  const Merge *merge;

  if (right == NONE)
    return;
  merge = find_slot (word->bpe->slots, word->bpe->bits, (guint64) word->ids[place] << 32 | word->ids[right]);
  if (merge->pair != NO_PAIR)
    push (word, &(Candidate){ merge->rank, place, word->ids[place], word->ids[right], merge->merged });
}

static void
apply (Word *word, const Candidate *candidate)
{
  guint32 place = candidate->place, right = word->next[place];

  /* A symbol that was swallowed holds NONE, which is no candidate's left. */
  if (word->ids[place] != candidate->left || right == NONE || word->ids[right] != candidate->right)
    return;
  word->ids[place] = candidate->merged;
  word->ids[right] = NONE;
  word->next[place] = word->next[right];
  if (word->next[place] != NONE)
    word->previous[word->next[place]] = place;
  offer (word, word->previous[place]);
  offer (word, place);
}

void
rg_bpe_merge (const RgBpe *self, GArray *ids, guint start)
{
  guint n = ids->len - start, kept = 0;
  guint32 short_links[2 * SHORT_WORD];
  Candidate short_heap[MOST_CANDIDATES (SHORT_WORD)];
  g_autofree guint32 *long_links = n > SHORT_WORD ? g_new (guint32, 2 * (gsize) n) : NULL;
  g_autofree Candidate *long_heap = n > SHORT_WORD ? g_new (Candidate, MOST_CANDIDATES (n)) : NULL;
  guint32 *links = n > SHORT_WORD ? long_links : short_links;
  Word word = { self, NULL, links, links + n, n > SHORT_WORD ? long_heap : short_heap };

  if (n < 2)
    return;
  word.ids = &g_array_index (ids, guint32, start);
  for (guint32 i = 0; i < n; i++)
    {
      word.next[i] = i + 1 < n ? i + 1 : NONE;
      word.previous[i] = i > 0 ? i - 1 : NONE;
    }
  for (guint32 i = 0; i + 1 < n; i++)
    offer (&word, i);
  while (word.n_heap > 0)
    {
      Candidate candidate = pop (&word);

      apply (&word, &candidate);
    }
  for (guint i = 0; i < n; i++)
    if (word.ids[i] != NONE)
      word.ids[kept++] = word.ids[i];
  g_array_set_size (ids, start + kept);
}
