/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/answer-word.h"

#include "ui/closures.h"

struct _RgAnswerWord
{
  GObject parent_instance;

  guint first, n_tokens;
  char *text;
  char *tooltip;
  char *note;                /* NULL where there is nothing to be said */
  double share, shown_share; /* -1 where there is none */
  float *map;
  guint n_patches;
  double maximum;
};

enum
{
  PROP_TEXT = 1,
  PROP_SHARE,
  PROP_TOOLTIP,
  PROP_NOTE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgAnswerWord, rg_answer_word, G_TYPE_OBJECT)

static void
rg_answer_word_finalize (GObject *object)
{
  RgAnswerWord *self = RG_ANSWER_WORD (object);

  g_free (self->text);
  g_free (self->tooltip);
  g_free (self->note);
  g_free (self->map);

  G_OBJECT_CLASS (rg_answer_word_parent_class)->finalize (object);
}

static void
rg_answer_word_get_property (GObject *object,
                             guint prop_id,
                             GValue *value,
                             GParamSpec *pspec)
{
  RgAnswerWord *self = RG_ANSWER_WORD (object);

  switch (prop_id)
    {
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_SHARE:
      g_value_set_double (value, rg_answer_word_get_share (self));
      break;
    case PROP_TOOLTIP:
      g_value_take_string (value, self->note != NULL ? g_strjoin ("\n", self->note, self->tooltip, NULL) : g_strdup (self->tooltip));
      break;
    case PROP_NOTE:
      g_value_set_string (value, self->note);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_answer_word_class_init (RgAnswerWordClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = rg_answer_word_finalize;
  object_class->get_property = rg_answer_word_get_property;

  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  properties[PROP_SHARE] = g_param_spec_double ("share", NULL, NULL, -1, 1, -1, flags);
  properties[PROP_TOOLTIP] = g_param_spec_string ("tooltip", NULL, NULL, NULL, flags);
  properties[PROP_NOTE] = g_param_spec_string ("note", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
rg_answer_word_init (RgAnswerWord *self)
{
  self->share = self->shown_share = -1;
}

RgAnswerWord *
rg_answer_word_new (void)
{
  return g_object_new (RG_TYPE_ANSWER_WORD, NULL);
}

static void
take_map (RgAnswerWord *self,
          RgTokenList *tokens,
          const RgWord *word,
          int layer,
          int head)
{
  guint n_patches = 0;
  double share = -1;

  for (guint i = 0; i < word->n; i++)
    {
      RgAttention *attention = rg_token_get_attention (rg_token_list_get (tokens, word->first + i));

      if (attention != NULL)
        n_patches = rg_attention_get_n_patches (attention);
    }

  g_clear_pointer (&self->map, g_free);
  self->n_patches = 0;
  self->maximum = 0;

  if (n_patches > 0)
    {
      g_autofree float *map = g_new0 (float, n_patches);

      if (rg_token_list_map_word (tokens, word, layer, head, map, &share))
        {
          self->n_patches = n_patches;
          for (guint i = 0; i < n_patches; i++)
            self->maximum = MAX (self->maximum, (double) map[i]);
          self->map = g_steal_pointer (&map);
        }
    }

  /* Sums of floats may end a hair above one. */
  share = share < 0 ? -1 : MIN (share, 1.0);
  if (self->share != share)
    {
      self->share = share;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHARE]);
    }
}

void
rg_answer_word_update (RgAnswerWord *self,
                       RgTokenList *tokens,
                       const RgWord *word,
                       int layer,
                       int head)
{
  g_return_if_fail (RG_IS_ANSWER_WORD (self));

  g_object_freeze_notify (G_OBJECT (self));

  if (!rg_answer_word_covers (self, word) || g_strcmp0 (self->text, word->text) != 0)
    {
      const RgAlternative *alternatives;
      double logprob = 0;
      guint n = 0;

      self->first = word->first;
      self->n_tokens = word->n;

      for (guint i = 0; i < word->n; i++)
        logprob += rg_token_get_logprob (rg_token_list_get (tokens, word->first + i));
      alternatives = rg_token_get_alternatives (rg_token_list_get (tokens, word->first), &n);

      g_free (self->text);
      self->text = g_strdup (word->text);
      g_free (self->tooltip);
      self->tooltip = rg_format_alternatives (logprob, alternatives, alternatives != NULL ? n : 0);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TOOLTIP]);
    }

  take_map (self, tokens, word, layer, head);

  g_object_thaw_notify (G_OBJECT (self));
}

void
rg_answer_word_sync (GListStore *words,
                     RgTokenList *tokens,
                     int layer,
                     int head,
                     gboolean renew)
{
  g_autoptr (GArray) now = tokens != NULL ? rg_token_list_dup_words (tokens) : NULL;
  guint n_old = g_list_model_get_n_items (G_LIST_MODEL (words)), n_new = now != NULL ? now->len : 0;

  if (n_new < n_old)
    g_list_store_splice (words, n_new, n_old - n_new, NULL, 0);

  for (guint i = 0; i < n_new; i++)
    {
      const RgWord *word = &g_array_index (now, RgWord, i);
      g_autoptr (RgAnswerWord) item = i < n_old ? g_list_model_get_item (G_LIST_MODEL (words), i) : rg_answer_word_new ();

      if (i >= n_old || renew || !rg_answer_word_covers (item, word))
        rg_answer_word_update (item, tokens, word, layer, head);
      if (i >= n_old)
        g_list_store_append (words, item);
    }
}

gboolean
rg_answer_word_covers (RgAnswerWord *self,
                       const RgWord *word)
{
  return self->first == word->first && self->n_tokens == word->n;
}

const float *
rg_answer_word_get_map (RgAnswerWord *self,
                        guint *n)
{
  *n = self->n_patches;

  return self->map;
}

double
rg_answer_word_get_maximum (RgAnswerWord *self)
{
  return self->maximum;
}

const char *
rg_answer_word_get_text (RgAnswerWord *self)
{
  g_return_val_if_fail (RG_IS_ANSWER_WORD (self), NULL);

  return self->text;
}

double
rg_answer_word_get_share (RgAnswerWord *self)
{
  g_return_val_if_fail (RG_IS_ANSWER_WORD (self), -1);

  return self->shown_share >= 0 ? self->shown_share : self->share;
}

void
rg_answer_word_set_shown_share (RgAnswerWord *self,
                                double share)
{
  g_return_if_fail (RG_IS_ANSWER_WORD (self));

  if (self->shown_share == share)
    return;

  self->shown_share = share;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHARE]);
}

const char *
rg_answer_word_get_note (RgAnswerWord *self)
{
  g_return_val_if_fail (RG_IS_ANSWER_WORD (self), NULL);

  return self->note;
}

void
rg_answer_word_take_note (RgAnswerWord *self,
                          char *note)
{
  g_return_if_fail (RG_IS_ANSWER_WORD (self));

  if (g_strcmp0 (self->note, note) == 0)
    {
      g_free (note);
      return;
    }

  g_free (self->note);
  self->note = note;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NOTE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TOOLTIP]);
}
