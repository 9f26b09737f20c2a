/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/token-list.h"

#include <string.h>

/* --- token -------------------------------------------------------------------------------------------------------- */

struct _RgToken
{
  GObject parent_instance;

  guint id;
  char *text;
  double logprob;
  double image_share;
  RgAttention *attention;
  GArray *alternatives; /* of RgAlternative */
};

G_DEFINE_FINAL_TYPE (RgToken, rg_token, G_TYPE_OBJECT)

static void
alternative_clear (gpointer data)
{
  RgAlternative *alternative = data;

  g_free (alternative->text);
}

GArray *
rg_alternatives_new (void)
{
  GArray *alternatives = g_array_new (FALSE, FALSE, sizeof (RgAlternative));

  g_array_set_clear_func (alternatives, alternative_clear);

  return alternatives;
}

static void
rg_token_finalize (GObject *object)
{
  RgToken *self = RG_TOKEN (object);

  g_free (self->text);
  g_clear_pointer (&self->attention, rg_attention_unref);
  g_clear_pointer (&self->alternatives, g_array_unref);

  G_OBJECT_CLASS (rg_token_parent_class)->finalize (object);
}

static void
rg_token_class_init (RgTokenClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = rg_token_finalize;
}

static void
rg_token_init (RgToken *self)
{
}

RgToken *
rg_token_new (guint id,
              const char *text,
              double logprob,
              RgAttention *attention,
              GArray *alternatives)
{
  RgToken *self = g_object_new (RG_TYPE_TOKEN, NULL);

  self->id = id;
  self->text = g_strdup (text);
  self->logprob = logprob;
  self->alternatives = alternatives;
  self->image_share = -1;

  if (attention != NULL)
    {
      g_autofree float *map = g_new (float, rg_attention_get_n_patches (attention));

      self->attention = rg_attention_ref (attention);
      self->image_share = rg_attention_map (attention, -1, -1, map);
    }

  return self;
}

guint
rg_token_get_id (RgToken *self)
{
  g_return_val_if_fail (RG_IS_TOKEN (self), 0);

  return self->id;
}

const char *
rg_token_get_text (RgToken *self)
{
  g_return_val_if_fail (RG_IS_TOKEN (self), NULL);

  return self->text;
}

double
rg_token_get_logprob (RgToken *self)
{
  g_return_val_if_fail (RG_IS_TOKEN (self), 0);

  return self->logprob;
}

RgAttention *
rg_token_get_attention (RgToken *self)
{
  g_return_val_if_fail (RG_IS_TOKEN (self), NULL);

  return self->attention;
}

double
rg_token_get_image_share (RgToken *self)
{
  g_return_val_if_fail (RG_IS_TOKEN (self), -1);

  return self->image_share;
}

const RgAlternative *
rg_token_get_alternatives (RgToken *self,
                           guint *n)
{
  g_return_val_if_fail (RG_IS_TOKEN (self), NULL);
  g_return_val_if_fail (n != NULL, NULL);

  *n = self->alternatives != NULL ? self->alternatives->len : 0;

  return *n > 0 ? (const RgAlternative *) self->alternatives->data : NULL;
}

/* --- list --------------------------------------------------------------------------------------------------------- */

struct _RgTokenList
{
  GObject parent_instance;

  GPtrArray *tokens;
};

static GType
rg_token_list_get_item_type (GListModel *model)
{
  return RG_TYPE_TOKEN;
}

static guint
rg_token_list_get_n_items (GListModel *model)
{
  return RG_TOKEN_LIST (model)->tokens->len;
}

static gpointer
rg_token_list_get_item (GListModel *model,
                        guint position)
{
  RgTokenList *self = RG_TOKEN_LIST (model);

  return position < self->tokens->len ? g_object_ref (self->tokens->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = rg_token_list_get_item_type;
  iface->get_n_items = rg_token_list_get_n_items;
  iface->get_item = rg_token_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (RgTokenList, rg_token_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
rg_token_list_finalize (GObject *object)
{
  RgTokenList *self = RG_TOKEN_LIST (object);

  g_ptr_array_unref (self->tokens);

  G_OBJECT_CLASS (rg_token_list_parent_class)->finalize (object);
}

static void
rg_token_list_class_init (RgTokenListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = rg_token_list_finalize;
}

static void
rg_token_list_init (RgTokenList *self)
{
  self->tokens = g_ptr_array_new_with_free_func (g_object_unref);
}

RgTokenList *
rg_token_list_new (void)
{
  return g_object_new (RG_TYPE_TOKEN_LIST, NULL);
}

void
rg_token_list_append (RgTokenList *self,
                      RgToken *token)
{
  g_return_if_fail (RG_IS_TOKEN_LIST (self));
  g_return_if_fail (RG_IS_TOKEN (token));

  g_ptr_array_add (self->tokens, g_object_ref (token));
  g_list_model_items_changed (G_LIST_MODEL (self), self->tokens->len - 1, 0, 1);
}

RgToken *
rg_token_list_get (RgTokenList *self,
                   guint position)
{
  g_return_val_if_fail (RG_IS_TOKEN_LIST (self), NULL);
  g_return_val_if_fail (position < self->tokens->len, NULL);

  return self->tokens->pdata[position];
}

guint
rg_token_list_get_length (RgTokenList *self)
{
  g_return_val_if_fail (RG_IS_TOKEN_LIST (self), 0);

  return self->tokens->len;
}

char *
rg_token_list_dup_text (RgTokenList *self)
{
  GString *text = g_string_new (NULL);

  g_return_val_if_fail (RG_IS_TOKEN_LIST (self), g_string_free (text, FALSE));

  for (guint i = 0; i < self->tokens->len; i++)
    g_string_append (text, rg_token_get_text (self->tokens->pdata[i]));

  return g_strchug (g_string_free (text, FALSE));
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static void
word_clear (gpointer data)
{
  RgWord *word = data;

  g_free (word->text);
}

static gboolean
is_visible (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return TRUE;

  return FALSE;
}

static gboolean
begins_with_space (const char *text)
{
  return *text != '\0' && g_unichar_isspace (g_utf8_get_char (text));
}

static void
add_word (GArray *words,
          GString *text,
          guint first,
          guint end)
{
  RgWord word = { first, end - first, NULL };

  if (!is_visible (text->str))
    return;

  word.text = g_strstrip (g_strdup (text->str));
  g_array_append_val (words, word);
  g_string_truncate (text, 0);
}

GArray *
rg_token_list_dup_words (RgTokenList *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GArray *words = g_array_new (FALSE, FALSE, sizeof (RgWord));
  gboolean after_space = FALSE;
  guint first = 0;

  g_array_set_clear_func (words, word_clear);
  g_return_val_if_fail (RG_IS_TOKEN_LIST (self), words);

  for (guint i = 0; i < self->tokens->len; i++)
    {
      const char *piece = rg_token_get_text (self->tokens->pdata[i]);
      gboolean begins = (after_space || begins_with_space (piece)) && is_visible (piece);

      /* Invisible tokens before the first word belong to it, so a word ends only once it shows something. */
      if (begins && is_visible (text->str))
        {
          add_word (words, text, first, i);
          first = i;
        }

      g_string_append (text, piece);
      if (*piece != '\0')
        after_space = g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char (piece + strlen (piece))));
    }

  add_word (words, text, first, self->tokens->len);

  return words;
}

gboolean
rg_token_list_map_word (RgTokenList *self,
                        const RgWord *word,
                        int layer,
                        int head,
                        float *map,
                        double *share)
{
  g_autofree float *one = NULL;
  double largest = 0;
  guint n_patches = 0;

  g_return_val_if_fail (RG_IS_TOKEN_LIST (self), FALSE);
  g_return_val_if_fail (word != NULL && word->first + word->n <= self->tokens->len, FALSE);

  for (guint i = word->first; i < word->first + word->n; i++)
    {
      RgAttention *attention = rg_token_get_attention (self->tokens->pdata[i]);

      if (attention == NULL)
        continue;

      if (one == NULL)
        {
          n_patches = rg_attention_get_n_patches (attention);
          one = g_new (float, n_patches);
          memset (map, 0, sizeof (float) * n_patches);
        }

      g_return_val_if_fail (rg_attention_get_n_patches (attention) == n_patches, FALSE);
      largest = MAX (largest, rg_attention_map (attention, layer, head, one));
      for (guint j = 0; j < n_patches; j++)
        map[j] = MAX (map[j], one[j]);
    }

  if (share != NULL && one != NULL)
    *share = largest;

  return one != NULL;
}
