/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/word-chip.h"

#include "ui/closures.h"

struct _RgWordChip
{
  GtkToggleButton parent_instance;

  /* Template Widgets */
  GtkLevelBar *bar;

  /* Owned */
  RgAnswerWord *word;

  gboolean show_share;
};

enum
{
  PROP_WORD = 1,
  PROP_SHOW_SHARE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgWordChip, rg_word_chip, GTK_TYPE_TOGGLE_BUTTON)

static void
update_accessible (RgWordChip *self)
{
  g_autofree char *label = rg_format_word (rg_answer_word_get_text (self->word), rg_answer_word_get_share (self->word));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

/* Of a word that would have been said anyway the share on the picture means little, however large; the tooltip, which is the
 * accessible description as well, says so. */
static void
update_note (RgWordChip *self)
{
  if (rg_answer_word_get_note (self->word) != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "anyway");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "anyway");
}

static void
rg_word_chip_constructed (GObject *object)
{
  RgWordChip *self = RG_WORD_CHIP (object);

  G_OBJECT_CLASS (rg_word_chip_parent_class)->constructed (object);

  /* Not in the template: there an object may not be bound to an expression of itself, GTK 4.8 loses its watch. */
  g_object_bind_property (self->word, "tooltip", self, "tooltip-text", G_BINDING_SYNC_CREATE);

  g_signal_connect_object (self->word, "notify::text", G_CALLBACK (update_accessible), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->word, "notify::share", G_CALLBACK (update_accessible), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->word, "notify::note", G_CALLBACK (update_note), self, G_CONNECT_SWAPPED);
  update_accessible (self);
  update_note (self);
}

static void
rg_word_chip_dispose (GObject *object)
{
  RgWordChip *self = RG_WORD_CHIP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_WORD_CHIP);
  g_clear_object (&self->word);

  G_OBJECT_CLASS (rg_word_chip_parent_class)->dispose (object);
}

static void
rg_word_chip_get_property (GObject *object,
                           guint prop_id,
                           GValue *value,
                           GParamSpec *pspec)
{
  RgWordChip *self = RG_WORD_CHIP (object);

  switch (prop_id)
    {
    case PROP_WORD:
      g_value_set_object (value, self->word);
      break;
    case PROP_SHOW_SHARE:
      g_value_set_boolean (value, self->show_share);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_word_chip_set_property (GObject *object,
                           guint prop_id,
                           const GValue *value,
                           GParamSpec *pspec)
{
  RgWordChip *self = RG_WORD_CHIP (object);

  switch (prop_id)
    {
    case PROP_WORD:
      self->word = g_value_dup_object (value);
      break;
    case PROP_SHOW_SHARE:
      if (self->show_share != g_value_get_boolean (value))
        {
          self->show_share = g_value_get_boolean (value);
          g_object_notify_by_pspec (object, pspec);
        }
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_word_chip_class_init (RgWordChipClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->constructed = rg_word_chip_constructed;
  object_class->dispose = rg_word_chip_dispose;
  object_class->get_property = rg_word_chip_get_property;
  object_class->set_property = rg_word_chip_set_property;

  properties[PROP_WORD] = g_param_spec_object ("word", NULL, NULL, RG_TYPE_ANSWER_WORD,
                                               G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SHOW_SHARE] = g_param_spec_boolean ("show-share", NULL, NULL, TRUE,
                                                      G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/word-chip.ui");
  gtk_widget_class_bind_template_child (widget_class, RgWordChip, bar);
  gtk_widget_class_bind_template_callback (widget_class, rg_closure_get_bar_value);
  gtk_widget_class_bind_template_callback (widget_class, rg_closure_format_share);
}

static void
rg_word_chip_init (RgWordChip *self)
{
  self->show_share = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));

  /* A small share is no alarm: one colour for all. */
  gtk_level_bar_remove_offset_value (self->bar, GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (self->bar, GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (self->bar, GTK_LEVEL_BAR_OFFSET_FULL);
}

GtkWidget *
rg_word_chip_new (RgAnswerWord *word)
{
  g_return_val_if_fail (RG_IS_ANSWER_WORD (word), NULL);

  return g_object_new (RG_TYPE_WORD_CHIP, "word", word, NULL);
}
