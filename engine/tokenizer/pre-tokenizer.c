/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/pre-tokenizer.h"

#include <string.h>

#include "engine/tokenizer/utf8.h"

/* What is still to be done with a piece. */
typedef struct
{
  const RgSplitStage *stages;
  guint n_stages;
  RgPieceFunc func;
  gpointer data;
} Rest;

/* One stage on its way through a text; @held is a piece that may still grow. */
typedef struct
{
  const RgSplitStage *stage;
  Rest rest;
  const char *text;
  gboolean first;
  const char *held;
  gsize n_held;
  gboolean held_matched;
} Splitting;

static void run_stages (const Rest *rest, const char *text, gsize n, gboolean first);

static void
emit (Splitting *splitting, const char *piece, gsize n)
{
  run_stages (&splitting->rest, piece, n, splitting->first && piece == splitting->text);
}

static gboolean
joins (const Splitting *splitting, gboolean matched)
{
  if (splitting->n_held == 0)
    return FALSE;
  switch (splitting->stage->behavior)
    {
    case RG_SPLIT_CONTIGUOUS:
      return splitting->held_matched == matched;
    case RG_SPLIT_WITH_PREVIOUS:
      return !splitting->held_matched && matched;
    case RG_SPLIT_WITH_NEXT:
      return splitting->held_matched && !matched;
    case RG_SPLIT_ISOLATED:
    case RG_SPLIT_REMOVED:
    default:
      return FALSE;
    }
}

/* Takes the next stretch of the text. */
static void
take (Splitting *splitting, const char *piece, gsize n, gboolean matched)
{
  RgSplitBehavior behavior = splitting->stage->behavior;

  matched ^= splitting->stage->invert;
  if (n == 0 || (behavior == RG_SPLIT_REMOVED && matched))
    return;
  if (behavior == RG_SPLIT_ISOLATED || behavior == RG_SPLIT_REMOVED)
    {
      emit (splitting, piece, n);
      return;
    }
  if (joins (splitting, matched))
    splitting->n_held += n;
  else
    {
      if (splitting->n_held > 0)
        emit (splitting, splitting->held, splitting->n_held);
      splitting->held = piece;
      splitting->n_held = n;
    }
  splitting->held_matched = matched;
}

static void
split (const Rest *rest, const char *text, gsize n, gboolean first)
{
  const RgSplitStage *stage = rest->stages;
  Splitting splitting = { stage, { stage + 1, rest->n_stages - 1, rest->func, rest->data }, text, first, NULL, 0, FALSE };
  gsize start = 0, at = 0;

  if (stage->rule == RG_SPLIT_NONE)
    at = n;
  while (at < n)
    {
      gsize length = rg_split_rule_match (stage->rule, stage->text, text + at, n - at);
      gunichar code;

      if (length == 0)
        {
          at += rg_utf8_step (text + at, n - at, &code);
          continue;
        }
      take (&splitting, text + start, at - start, FALSE);
      take (&splitting, text + at, length, TRUE);
      at += length;
      start = at;
    }
  take (&splitting, text + start, at - start, FALSE);
  if (splitting.n_held > 0)
    emit (&splitting, splitting.held, splitting.n_held);
}

/* Returns: (transfer full) (nullable): %NULL where the text stays as it is. */
static GString *
rewrite (const RgSplitStage *stage, const char *text, gsize n, gboolean first)
{
  const char *space = stage->rewrite == RG_REWRITE_PREFIX_SPACE ? " " : stage->text;
  gboolean prefix = stage->rewrite == RG_REWRITE_PREFIX_SPACE || stage->rewrite == RG_REWRITE_META_ALWAYS || (stage->rewrite == RG_REWRITE_META_FIRST && first);
  GString *out;

  if (stage->rewrite == RG_REWRITE_NONE || (stage->rewrite == RG_REWRITE_PREFIX_SPACE && text[0] == ' '))
    return NULL;
  out = g_string_sized_new (n + 8);
  if (prefix && text[0] != ' ' && (n < strlen (space) || memcmp (text, space, strlen (space)) != 0))
    g_string_append (out, space);
  if (stage->rewrite == RG_REWRITE_PREFIX_SPACE)
    g_string_append_len (out, text, (gssize) n);
  else
    for (gsize i = 0; i < n; i++)
      if (text[i] == ' ')
        g_string_append (out, space);
      else
        g_string_append_c (out, text[i]);

  return out;
}

static void
run_stages (const Rest *rest, const char *text, gsize n, gboolean first)
{
  g_autoptr (GString) rewritten = NULL;

  if (n == 0)
    return;
  if (rest->n_stages == 0)
    {
      rest->func (text, n, rest->data);
      return;
    }
  rewritten = rewrite (rest->stages, text, n, first);
  if (rewritten != NULL)
    split (rest, rewritten->str, rewritten->len, first);
  else
    split (rest, text, n, first);
}

void
rg_pre_tokenize (const RgSplitStage *stages, guint n_stages, const char *text, gsize n, gboolean first, RgPieceFunc func, gpointer data)
{
  Rest rest = { stages, n_stages, func, data };

  run_stages (&rest, text, n, first);
}
