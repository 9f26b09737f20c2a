/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/unigram.h"

#include <math.h>

#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/utf8.h"

#define UNKNOWN_PENALTY 10.0

/* The best way to a place between two bytes: its sum, and the last piece on it. */
typedef struct
{
  double sum;
  gsize from;
  guint32 id; /* RG_NO_TOKEN: a character without a piece */
} Node;

static void
offer (Node *node, double sum, gsize from, guint32 id)
{
  if (sum > node->sum)
    *node = (Node){ sum, from, id };
}

static void
extend (const RgUnigram *self, const char *text, gsize n, gsize at, Node *nodes)
{
  RgPieceRange range = rg_piece_index_start (self->index);
  gboolean whole_character = FALSE;
  gunichar code;
  gsize step = rg_utf8_step (text + at, n - at, &code);
  guint32 id;

  for (gsize end = at; end < n && rg_piece_index_step (self->index, &range, text[end]);)
    {
      end++;
      if (!rg_piece_index_get (self->index, &range, &id))
        continue;
      offer (nodes + end, nodes[at].sum + self->scores[id], at, id);
      whole_character |= end - at == step;
    }
  if (!whole_character)
    offer (nodes + at + step, nodes[at].sum + self->smallest - UNKNOWN_PENALTY, at, RG_NO_TOKEN);
}

/* A stretch of characters without pieces. */
static void
append_unknown (const RgUnigram *self, const char *text, gsize n, GArray *ids)
{
  gboolean spelled = self->byte_ids != NULL;

  for (gsize i = 0; i < n && spelled; i++)
    spelled = self->byte_ids[(guchar) text[i]] != RG_NO_TOKEN;
  if (!spelled)
    g_array_append_val (ids, self->unknown);
  else
    for (gsize i = 0; i < n; i++)
      g_array_append_val (ids, self->byte_ids[(guchar) text[i]]);
}

/* Follows the best way, which is known from its end, forwards. */
static void
append_way (const RgUnigram *self, const char *text, gsize n, const Node *nodes, GArray *ids)
{
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  gsize unknown = 0;

  for (gsize end = n; end > 0; end = nodes[end].from)
    g_array_append_val (ends, end);
  for (guint i = ends->len; i-- > 0;)
    {
      gsize end = g_array_index (ends, gsize, i);
      const Node *node = nodes + end;

      if (node->id == RG_NO_TOKEN)
        {
          unknown += end - node->from;
          if (i > 0 && nodes[g_array_index (ends, gsize, i - 1)].id == RG_NO_TOKEN)
            continue;
          append_unknown (self, text + end - unknown, unknown, ids);
          unknown = 0;
        }
      else
        g_array_append_val (ids, node->id);
    }
}

void
rg_unigram_encode (const RgUnigram *self, const char *text, gsize n, GArray *ids)
{
  g_autofree Node *nodes = g_new (Node, n + 1);
  gunichar code;

  nodes[0].sum = 0;
  for (gsize i = 1; i <= n; i++)
    nodes[i] = (Node){ -INFINITY, 0, RG_NO_TOKEN };
  for (gsize at = 0; at < n; at += rg_utf8_step (text + at, n - at, &code))
    extend (self, text, n, at, nodes);
  append_way (self, text, n, nodes, ids);
}
