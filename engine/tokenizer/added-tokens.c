/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/added-tokens.h"

#include <string.h>

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
rg_added_tokens_add (RgAddedTokens *self, const char *content, guint32 id, gboolean special)
{
  RgAddedToken *token = g_new (RgAddedToken, 1);

  *token = (RgAddedToken){ g_strdup (content), strlen (content), id, special };
  g_assert (token->length >= 1 && token->length <= RG_ADDED_TOKEN_MAX_LENGTH);
  if (g_hash_table_contains (self->by_content, token))
    {
      free_token (token);
      return FALSE;
    }
  g_hash_table_add (self->by_content, token);
  g_hash_table_insert (self->by_id, GUINT_TO_POINTER (id), token);
  self->first_bytes[(guchar) content[0]] = TRUE;
  insert_length (self, token->length);

  return TRUE;
}

const RgAddedToken *
rg_added_tokens_find_id (const RgAddedTokens *self, guint32 id)
{
  return g_hash_table_lookup (self->by_id, GUINT_TO_POINTER (id));
}

const RgAddedToken *
rg_added_tokens_search (const RgAddedTokens *self, const char *text, gsize n, gboolean special, gsize *at)
{
  for (*at = 0; *at < n; (*at)++)
    {
      if (!self->first_bytes[(guchar) text[*at]])
        continue;
      for (guint i = 0; i < self->lengths->len; i++)
        {
          RgAddedToken wanted = { text + *at, g_array_index (self->lengths, gsize, i) };
          const RgAddedToken *token;

          if (wanted.length > n - *at)
            continue;
          token = g_hash_table_lookup (self->by_content, &wanted);
          if (token != NULL && (special || !token->special))
            return token;
        }
    }

  return NULL;
}
