/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/answer.h"

#include "ui/answer-text.h"
#include "ui/answer-word.h"

struct _RgAnswer
{
  GObject parent_instance;

  /* Owned */
  RgTokenList *tokens;
  RgPatchGrid *grid;
  GListStore *words;
  RgExplanation *explanation; /* has the words' number */
  char *caption, *shares, *description;

  int layer, head;
  int selected;
  gboolean following;
  gboolean stretch;
  guint n_layers, n_heads;
  double scale;
};

enum
{
  PROP_TOKENS = 1,
  PROP_GRID,
  PROP_LAYER,
  PROP_HEAD,
  PROP_SELECTED,
  PROP_FOLLOWING,
  PROP_STRETCH,
  PROP_EXPLANATION,
  PROP_WORDS,
  PROP_N_WORDS,
  PROP_N_LAYERS,
  PROP_N_HEADS,
  PROP_SCALE,
  PROP_METHOD,
  PROP_CAPTION,
  PROP_SHARES,
  PROP_DESCRIPTION,
  N_PROPS
};

enum
{
  CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgAnswer, rg_answer, G_TYPE_OBJECT)

/* Borrowed from the list, which keeps it. */
static RgAnswerWord *
peek_word (RgAnswer *self,
           guint position)
{
  g_autoptr (RgAnswerWord) word = g_list_model_get_item (G_LIST_MODEL (self->words), position);

  return word;
}

static void
take_string (RgAnswer *self,
             char **field,
             char *text,
             guint property)
{
  g_autofree char *old = *field;

  *field = text;
  if (g_strcmp0 (old, text) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
update_texts (RgAnswer *self)
{
  char *caption, *shares, *description;

  rg_answer_text_write (self, &caption, &shares, &description);
  take_string (self, &self->caption, caption, PROP_CAPTION);
  take_string (self, &self->shares, shares, PROP_SHARES);
  take_string (self, &self->description, description, PROP_DESCRIPTION);
}

static double
get_word_maximum (RgAnswer *self,
                  guint position)
{
  return rg_answer_shows_record (self) ? rg_answer_word_get_maximum (peek_word (self, position))
                                       : rg_explanation_get_word_extent (self->explanation, position);
}

static void
update_scale (RgAnswer *self)
{
  double scale = 0;

  if (self->stretch && self->selected >= 0)
    scale = get_word_maximum (self, self->selected);
  else
    for (guint i = 0; i < rg_answer_get_n_words (self); i++)
      scale = MAX (scale, get_word_maximum (self, i));

  if (scale != self->scale)
    {
      self->scale = scale;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SCALE]);
    }
}

static void
emit_changed (RgAnswer *self)
{
  update_scale (self);
  update_texts (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
set_selected (RgAnswer *self,
              int position)
{
  if (self->selected == position)
    return;

  self->selected = position;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
}

static void
set_following (RgAnswer *self,
               gboolean following)
{
  if (self->following == following)
    return;

  self->following = following;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOLLOWING]);
}

static void
update_size (RgAnswer *self,
             guint *field,
             guint size,
             guint property)
{
  if (*field == size)
    return;

  *field = size;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
update_sizes (RgAnswer *self)
{
  for (guint i = 0; self->tokens != NULL && i < rg_token_list_get_length (self->tokens); i++)
    {
      RgAttention *attention = rg_token_get_attention (rg_token_list_get (self->tokens, i));

      if (attention == NULL)
        continue;

      update_size (self, &self->n_layers, rg_attention_get_n_layers (attention), PROP_N_LAYERS);
      update_size (self, &self->n_heads, rg_attention_get_n_heads (attention), PROP_N_HEADS);
      break;
    }

  /* Another model may have fewer: its answers start at the mean. */
  if (self->layer >= (int) self->n_layers || self->head >= (int) self->n_heads)
    {
      self->layer = self->layer >= (int) self->n_layers ? -1 : self->layer;
      self->head = self->head >= (int) self->n_heads ? -1 : self->head;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LAYER]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HEAD]);
    }
}

/* @renew: whether to compute their maps again. */
static void
update_words (RgAnswer *self,
              gboolean renew)
{
  guint n_old = rg_answer_get_n_words (self), n_new;

  update_sizes (self);
  rg_answer_word_sync (self->words, self->tokens, self->layer, self->head, renew);
  n_new = rg_answer_get_n_words (self);

  if (self->selected >= (int) n_new)
    set_selected (self, -1);
  if (n_new != n_old)
    {
      rg_answer_set_explanation (self, NULL);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_WORDS]);
    }
  if (self->following)
    set_selected (self, (int) n_new - 1);

  emit_changed (self);
}

static void
tokens_changed_cb (RgAnswer *self)
{
  update_words (self, FALSE);
}

static void
rg_answer_dispose (GObject *object)
{
  RgAnswer *self = RG_ANSWER (object);

  if (self->tokens != NULL)
    g_signal_handlers_disconnect_by_data (self->tokens, self);
  g_clear_object (&self->tokens);
  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  g_clear_object (&self->words);
  g_clear_pointer (&self->explanation, rg_explanation_unref);
  g_clear_pointer (&self->caption, g_free);
  g_clear_pointer (&self->shares, g_free);
  g_clear_pointer (&self->description, g_free);

  G_OBJECT_CLASS (rg_answer_parent_class)->dispose (object);
}

static void
rg_answer_get_property (GObject *object,
                        guint prop_id,
                        GValue *value,
                        GParamSpec *pspec)
{
  RgAnswer *self = RG_ANSWER (object);

  switch (prop_id)
    {
    case PROP_TOKENS:
      g_value_set_object (value, self->tokens);
      break;
    case PROP_GRID:
      g_value_set_boxed (value, self->grid);
      break;
    case PROP_LAYER:
      g_value_set_int (value, self->layer);
      break;
    case PROP_HEAD:
      g_value_set_int (value, self->head);
      break;
    case PROP_SELECTED:
      g_value_set_int (value, self->selected);
      break;
    case PROP_FOLLOWING:
      g_value_set_boolean (value, self->following);
      break;
    case PROP_STRETCH:
      g_value_set_boolean (value, self->stretch);
      break;
    case PROP_EXPLANATION:
      g_value_set_boxed (value, self->explanation);
      break;
    case PROP_WORDS:
      g_value_set_object (value, self->words);
      break;
    case PROP_N_WORDS:
      g_value_set_uint (value, rg_answer_get_n_words (self));
      break;
    case PROP_N_LAYERS:
      g_value_set_uint (value, self->n_layers);
      break;
    case PROP_N_HEADS:
      g_value_set_uint (value, self->n_heads);
      break;
    case PROP_SCALE:
      g_value_set_double (value, self->scale);
      break;
    case PROP_METHOD:
      g_value_set_uint (value, rg_answer_get_method (self));
      break;
    case PROP_CAPTION:
      g_value_set_string (value, self->caption);
      break;
    case PROP_SHARES:
      g_value_set_string (value, self->shares);
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, self->description);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_stretch (RgAnswer *self,
             gboolean stretch)
{
  if (self->stretch == stretch)
    return;

  self->stretch = stretch;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STRETCH]);
  emit_changed (self);
}

static void
rg_answer_set_property (GObject *object,
                        guint prop_id,
                        const GValue *value,
                        GParamSpec *pspec)
{
  RgAnswer *self = RG_ANSWER (object);

  switch (prop_id)
    {
    case PROP_TOKENS:
      rg_answer_set_tokens (self, g_value_get_object (value));
      break;
    case PROP_GRID:
      rg_answer_set_grid (self, g_value_get_boxed (value));
      break;
    case PROP_LAYER:
      rg_answer_set_attention_set (self, g_value_get_int (value), self->head);
      break;
    case PROP_HEAD:
      rg_answer_set_attention_set (self, self->layer, g_value_get_int (value));
      break;
    case PROP_SELECTED:
      rg_answer_select (self, g_value_get_int (value));
      break;
    case PROP_FOLLOWING:
      set_following (self, g_value_get_boolean (value));
      break;
    case PROP_STRETCH:
      set_stretch (self, g_value_get_boolean (value));
      break;
    case PROP_EXPLANATION:
      rg_answer_set_explanation (self, g_value_get_boxed (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_answer_class_init (RgAnswerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags writable = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_answer_dispose;
  object_class->get_property = rg_answer_get_property;
  object_class->set_property = rg_answer_set_property;

  properties[PROP_TOKENS] = g_param_spec_object ("tokens", NULL, NULL, RG_TYPE_TOKEN_LIST, writable);
  properties[PROP_GRID] = g_param_spec_boxed ("grid", NULL, NULL, RG_TYPE_PATCH_GRID, writable);
  properties[PROP_LAYER] = g_param_spec_int ("layer", NULL, NULL, -1, G_MAXINT, -1, writable);
  properties[PROP_HEAD] = g_param_spec_int ("head", NULL, NULL, -1, G_MAXINT, -1, writable);
  properties[PROP_SELECTED] = g_param_spec_int ("selected", NULL, NULL, -1, G_MAXINT, -1, writable);
  properties[PROP_FOLLOWING] = g_param_spec_boolean ("following", NULL, NULL, TRUE, writable);
  properties[PROP_STRETCH] = g_param_spec_boolean ("stretch", NULL, NULL, FALSE, writable);
  properties[PROP_EXPLANATION] = g_param_spec_boxed ("explanation", NULL, NULL, RG_TYPE_EXPLANATION, writable);
  properties[PROP_WORDS] = g_param_spec_object ("words", NULL, NULL, G_TYPE_LIST_MODEL, readable);
  properties[PROP_N_WORDS] = g_param_spec_uint ("n-words", NULL, NULL, 0, G_MAXUINT, 0, readable);
  properties[PROP_N_LAYERS] = g_param_spec_uint ("n-layers", NULL, NULL, 0, G_MAXUINT, 0, readable);
  properties[PROP_N_HEADS] = g_param_spec_uint ("n-heads", NULL, NULL, 0, G_MAXUINT, 0, readable);
  properties[PROP_SCALE] = g_param_spec_double ("scale", NULL, NULL, 0, G_MAXDOUBLE, 0, readable);
  properties[PROP_METHOD] = g_param_spec_uint ("method", NULL, NULL, 0, RG_N_METHODS - 1, RG_METHOD_ATTENTION, readable);
  properties[PROP_CAPTION] = g_param_spec_string ("caption", NULL, NULL, "", readable);
  properties[PROP_SHARES] = g_param_spec_string ("shares", NULL, NULL, "", readable);
  properties[PROP_DESCRIPTION] = g_param_spec_string ("description", NULL, NULL, "", readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[CHANGED] = g_signal_new ("changed", RG_TYPE_ANSWER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
rg_answer_init (RgAnswer *self)
{
  self->words = g_list_store_new (RG_TYPE_ANSWER_WORD);
  self->caption = g_strdup ("");
  self->shares = g_strdup ("");
  self->description = g_strdup ("");
  self->layer = self->head = self->selected = -1;
  self->following = TRUE;
}

RgAnswer *
rg_answer_new (void)
{
  return g_object_new (RG_TYPE_ANSWER, NULL);
}

void
rg_answer_set_tokens (RgAnswer *self,
                      RgTokenList *tokens)
{
  g_return_if_fail (RG_IS_ANSWER (self));
  g_return_if_fail (tokens == NULL || RG_IS_TOKEN_LIST (tokens));

  if (self->tokens == tokens)
    return;

  if (self->tokens != NULL)
    g_signal_handlers_disconnect_by_data (self->tokens, self);

  g_set_object (&self->tokens, tokens);
  if (tokens != NULL)
    g_signal_connect_object (tokens, "items-changed", G_CALLBACK (tokens_changed_cb), self, G_CONNECT_SWAPPED);

  /* Nothing of the old answer may be taken for the new one. */
  set_selected (self, -1);
  rg_answer_set_explanation (self, NULL);
  g_list_store_remove_all (self->words);
  set_following (self, TRUE);
  update_words (self, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TOKENS]);
}

void
rg_answer_set_grid (RgAnswer *self,
                    RgPatchGrid *grid)
{
  g_return_if_fail (RG_IS_ANSWER (self));

  if (self->grid == grid)
    return;

  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  self->grid = grid != NULL ? rg_patch_grid_ref (grid) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GRID]);
  emit_changed (self);
}

RgPatchGrid *
rg_answer_get_grid (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), NULL);

  return self->grid;
}

GListModel *
rg_answer_get_words (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), NULL);

  return G_LIST_MODEL (self->words);
}

guint
rg_answer_get_n_words (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), 0);

  return g_list_model_get_n_items (G_LIST_MODEL (self->words));
}

void
rg_answer_select (RgAnswer *self,
                  int position)
{
  g_return_if_fail (RG_IS_ANSWER (self));

  position = CLAMP (position, -1, (int) rg_answer_get_n_words (self) - 1);
  set_following (self, FALSE);

  if (self->selected == position)
    return;

  set_selected (self, position);
  emit_changed (self);
}

int
rg_answer_get_selected (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), -1);

  return self->selected;
}

void
rg_answer_set_attention_set (RgAnswer *self,
                             int layer,
                             int head)
{
  g_return_if_fail (RG_IS_ANSWER (self));

  layer = layer < (int) self->n_layers ? MAX (layer, -1) : -1;
  head = head < (int) self->n_heads ? MAX (head, -1) : -1;

  if (self->layer == layer && self->head == head)
    return;

  g_object_freeze_notify (G_OBJECT (self));
  if (self->layer != layer)
    {
      self->layer = layer;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LAYER]);
    }
  if (self->head != head)
    {
      self->head = head;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HEAD]);
    }
  update_words (self, TRUE);
  g_object_thaw_notify (G_OBJECT (self));
}

void
rg_answer_set_explanation (RgAnswer *self,
                           RgExplanation *explanation)
{
  RgMethod before;

  g_return_if_fail (RG_IS_ANSWER (self));
  g_return_if_fail (explanation == NULL || rg_explanation_get_n_words (explanation) == rg_answer_get_n_words (self));

  if (self->explanation == explanation)
    return;

  before = rg_answer_get_method (self);
  if (explanation != NULL)
    rg_explanation_ref (explanation);
  g_clear_pointer (&self->explanation, rg_explanation_unref);
  self->explanation = explanation;

  rg_answer_show_shares (self);
  emit_changed (self);
  if (rg_answer_get_method (self) != before)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_METHOD]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EXPLANATION]);
}

RgExplanation *
rg_answer_get_explanation (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), NULL);

  return self->explanation;
}

RgMethod
rg_answer_get_method (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), RG_METHOD_ATTENTION);

  return self->explanation != NULL ? rg_explanation_get_method (self->explanation) : RG_METHOD_ATTENTION;
}

RgTokenList *
rg_answer_get_tokens (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), NULL);

  return self->tokens;
}

double
rg_answer_get_scale (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), 0);

  return self->scale;
}

const char *
rg_answer_get_caption (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), "");

  return self->caption;
}

const char *
rg_answer_get_shares (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), "");

  return self->shares;
}

const char *
rg_answer_get_description (RgAnswer *self)
{
  g_return_val_if_fail (RG_IS_ANSWER (self), "");

  return self->description;
}
