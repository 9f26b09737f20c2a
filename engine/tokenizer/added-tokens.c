/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/added-tokens.h"

#include <string.h>

#include "engine/tokenizer/character-class.h"
#include "engine/tokenizer/utf8.h"

struct _RgAddedTokens
{
  GHashTable *by_content;    /* a set of RgAddedToken */
  GHashTable *by_id;         /* id → RgAddedToken */
  gboolean first_bytes[256]; /* with which one may begin */
  GArray *lengths;           /* those that occur, longest first */
};

static guint
hash_content (gconstpointer key)
{
  const RgAddedToken *token = key;
  guint hash = 5381;

  for (gsize i = 0; i < token->length; i++)
    hash = hash * 33 + (guchar) token->content[i];

  return hash;
}

static gboolean
equal_content (gconstpointer a, gconstpointer b)
{
  const RgAddedToken *x = a, *y = b;

  return x->length == y->length && memcmp (x->content, y->content, x->length) == 0;
}

static void
free_token (gpointer data)
{
  RgAddedToken *token = data;

  g_free ((char *) token->content);
  g_free (token);
}

RgAddedTokens *
rg_added_tokens_new (void)
{
  RgAddedTokens *self = g_new0 (RgAddedTokens, 1);

  self->by_content = g_hash_table_new_full (hash_content, equal_content, free_token, NULL);
  self->by_id = g_hash_table_new (NULL, NULL);
  self->lengths = g_array_new (FALSE, FALSE, sizeof (gsize));

  return self;
}

void
rg_added_tokens_free (RgAddedTokens *self)
{
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_content);
  g_array_unref (self->lengths);
  g_free (self);
}

static void
insert_length (RgAddedTokens *self, gsize length)
{
  guint i = 0;

  while (i < self->lengths->len && g_array_index (self->lengths, gsize, i) > length)
    i++;
  if (i == self->lengths->len || g_array_index (self->lengths, gsize, i) != length)
    g_array_insert_val (self->lengths, i, length);
}

gboolean
rg_added_tokens_add (RgAddedTokens *self, const RgAddedToken *token)
{
  RgAddedToken *copy;

  g_assert (token->length >= 1 && token->length <= RG_ADDED_TOKEN_MAX_LENGTH);
  if (g_hash_table_contains (self->by_content, token))
    return FALSE;
  copy = g_memdup2 (token, sizeof *token);
  copy->content = g_strndup (token->content, token->length);
  g_hash_table_add (self->by_content, copy);
  g_hash_table_insert (self->by_id, GUINT_TO_POINTER (copy->id), copy);
  self->first_bytes[(guchar) copy->content[0]] = TRUE;
  insert_length (self, copy->length);

  return TRUE;
}

const RgAddedToken *
rg_added_tokens_find_id (const RgAddedTokens *self, guint32 id)
{
  return g_hash_table_lookup (self->by_id, GUINT_TO_POINTER (id));
}

/* Where the character before @at begins. */
static gsize
step_back (const char *text, gsize at, gunichar *code)
{
  for (gsize length = 1; length <= 4 && length <= at; length++)
    if (rg_utf8_step (text + at - length, length, code) == length && *code < RG_UTF8_INVALID)
      return at - length;
  *code = RG_UTF8_INVALID;

  return at - 1;
}

static gboolean
is_inside_word (const char *text, gsize n, gsize start, gsize end)
{
  gunichar before = ' ', after = ' ';

  if (start > 0)
    step_back (text, start, &before);
  if (end < n)
    rg_utf8_step (text + end, n - end, &after);

  return rg_is_word_character (before) || rg_is_word_character (after);
}

static gboolean
find_at (const RgAddedTokens *self, const char *text, gsize n, gsize at, gboolean special, RgAddedMatch *match)
{
  for (guint i = 0; i < self->lengths->len; i++)
    {
      RgAddedToken wanted = { .content = text + at, .length = g_array_index (self->lengths, gsize, i) };
      const RgAddedToken *token;

      if (wanted.length > n - at)
        continue;
      token = g_hash_table_lookup (self->by_content, &wanted);
      if (token == NULL || (token->special && !special) || (token->single_word && is_inside_word (text, n, at, at + wanted.length)))
        continue;
      *match = (RgAddedMatch){ token, at, at + wanted.length };
      return TRUE;
    }

  return FALSE;
}

static void
take_in_spaces (const char *text, gsize n, gsize from, RgAddedMatch *match)
{
  gunichar code;
  gsize step;

  while (match->token->strip_left && match->start > from)
    {
      gsize before = step_back (text, match->start, &code);

      if (before < from || !rg_is_white_space (code))
        break;
      match->start = before;
    }
  while (match->token->strip_right && match->end < n && rg_character_class (text + match->end, n - match->end, &step) == RG_CLASS_SPACE)
    match->end += step;
}

gboolean
rg_added_tokens_search (const RgAddedTokens *self, const char *text, gsize n, gsize from, gboolean special, RgAddedMatch *match)
{
  for (gsize at = from; at < n; at++)
    if (self->first_bytes[(guchar) text[at]] && find_at (self, text, n, at, special, match))
      {
        take_in_spaces (text, n, from, match);
        return TRUE;
      }

  return FALSE;
}
