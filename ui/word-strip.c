/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/word-strip.h"

#include <glib/gi18n.h>

#include "ui/word-chip.h"
#include "ui/wrap-layout.h"

#define SPACING 6

/* A longer answer scrolls, so that the picture stays the largest thing: where there is little width, sooner. */
#define MAX_LINES 3
#define MAX_LINES_NARROW 2
#define NARROW_WIDTH 480

/* Words wrap. The window folds the conversation for natural widths: not for a long answer. */
#define NATURAL_WIDTH 300

struct _RgWordStrip
{
  GtkWidget parent_instance;

  /* Children */
  GtkWidget *scroller;
  GtkWidget *box;

  /* Owned */
  RgAnswer *answer;
  GPtrArray *chips; /* of RgWordChip, in the order of the words; borrowed from the widget tree */

  guint scroll_id;
  int width; /* that the lines were made for */

  gboolean show_shares;
};

enum
{
  PROP_ANSWER = 1,
  PROP_SHOW_SHARES,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgWordStrip, rg_word_strip, GTK_TYPE_WIDGET)

/* Keeps the chosen word in sight; idle, because a chip that has just come has no place yet. */
static void
scroll_cb (gpointer user_data)
{
  RgWordStrip *self = user_data;
  int selected = self->answer != NULL ? rg_answer_get_selected (self->answer) : -1;
  graphene_rect_t bounds;

  self->scroll_id = 0;

  if (selected < 0 || selected >= (int) self->chips->len || !gtk_widget_compute_bounds (g_ptr_array_index (self->chips, selected), self->box, &bounds))
    return;

  gtk_adjustment_clamp_page (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)),
                             bounds.origin.y, bounds.origin.y + bounds.size.height);
}

static void
update_selected (RgWordStrip *self)
{
  int selected = self->answer != NULL ? rg_answer_get_selected (self->answer) : -1;

  for (guint i = 0; i < self->chips->len; i++)
    gtk_toggle_button_set_active (g_ptr_array_index (self->chips, i), (int) i == selected);

  if (self->scroll_id == 0)
    self->scroll_id = g_idle_add_once (scroll_cb, self);
}

static void
clicked_cb (RgWordStrip *self,
            GtkWidget *chip)
{
  guint position;

  if (!g_ptr_array_find (self->chips, chip, &position))
    return;

  rg_answer_select (self->answer, (int) position == rg_answer_get_selected (self->answer) ? -1 : (int) position);
  update_selected (self);
}

static void
words_changed_cb (RgWordStrip *self,
                  guint position,
                  guint removed,
                  guint added,
                  GListModel *words)
{
  for (guint i = 0; i < removed; i++)
    {
      gtk_widget_unparent (g_ptr_array_index (self->chips, position));
      g_ptr_array_remove_index (self->chips, position);
    }

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (RgAnswerWord) word = g_list_model_get_item (words, i);
      GtkWidget *chip = rg_word_chip_new (word);

      g_object_bind_property (self, "show-shares", chip, "show-share", G_BINDING_SYNC_CREATE);
      g_signal_connect_object (chip, "clicked", G_CALLBACK (clicked_cb), self, G_CONNECT_SWAPPED);
      gtk_widget_insert_after (chip, self->box, i > 0 ? g_ptr_array_index (self->chips, i - 1) : NULL);
      g_ptr_array_insert (self->chips, i, chip);
    }

  update_selected (self);
}

static gboolean
key_pressed_cb (RgWordStrip *self,
                guint key,
                guint keycode,
                GdkModifierType state)
{
  int forward = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL ? -1 : 1;
  int last = (int) self->chips->len - 1;
  int position;

  if (self->answer == NULL || last < 0 || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;

  position = rg_answer_get_selected (self->answer);

  switch (key)
    {
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      position += forward;
      break;
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      position -= forward;
      break;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      position = 0;
      break;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      position = last;
      break;
    default:
      return GDK_EVENT_PROPAGATE;
    }

  if (position < 0 || position > last)
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return GDK_EVENT_STOP;
    }

  rg_answer_select (self->answer, position);
  gtk_widget_grab_focus (g_ptr_array_index (self->chips, position));

  return GDK_EVENT_STOP;
}

static GtkSizeRequestMode
rg_word_strip_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* GtkScrolledWindow asks for the height of one line, whatever the width: ask the words themselves. */
static void
rg_word_strip_measure (GtkWidget *widget,
                       GtkOrientation orientation,
                       int for_size,
                       int *minimum,
                       int *natural,
                       int *minimum_baseline,
                       int *natural_baseline)
{
  RgWordStrip *self = RG_WORD_STRIP (widget);
  int n_lines = for_size >= 0 && for_size < NARROW_WIDTH ? MAX_LINES_NARROW : MAX_LINES;
  int line;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      gtk_widget_measure (self->box, orientation, -1, minimum, natural, NULL, NULL);
      *natural = CLAMP (*natural, *minimum, MAX (*minimum, NATURAL_WIDTH));
      return;
    }

  gtk_widget_measure (self->box, orientation, -1, &line, NULL, NULL, NULL);
  gtk_widget_measure (self->box, orientation, for_size, NULL, natural, NULL, NULL);
  *natural = MIN (*natural, n_lines * line + (n_lines - 1) * SPACING);
  *minimum = MIN (*natural, line);
}

static void
rg_word_strip_size_allocate (GtkWidget *widget,
                             int width,
                             int height,
                             int baseline)
{
  RgWordStrip *self = RG_WORD_STRIP (widget);

  gtk_widget_size_allocate (self->scroller, &(GtkAllocation){ 0, 0, width, height }, -1);

  /* Other lines, but the same word is looked at. */
  if (self->scroll_id == 0 && width != self->width)
    self->scroll_id = g_idle_add_once (scroll_cb, self);
  self->width = width;
}

static void
rg_word_strip_dispose (GObject *object)
{
  RgWordStrip *self = RG_WORD_STRIP (object);

  rg_word_strip_set_answer (self, NULL);
  g_clear_handle_id (&self->scroll_id, g_source_remove);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);

  G_OBJECT_CLASS (rg_word_strip_parent_class)->dispose (object);
}

static void
rg_word_strip_finalize (GObject *object)
{
  g_ptr_array_unref (RG_WORD_STRIP (object)->chips);

  G_OBJECT_CLASS (rg_word_strip_parent_class)->finalize (object);
}

static void
rg_word_strip_get_property (GObject *object,
                            guint prop_id,
                            GValue *value,
                            GParamSpec *pspec)
{
  RgWordStrip *self = RG_WORD_STRIP (object);

  switch (prop_id)
    {
    case PROP_ANSWER:
      g_value_set_object (value, self->answer);
      break;
    case PROP_SHOW_SHARES:
      g_value_set_boolean (value, self->show_shares);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_word_strip_set_property (GObject *object,
                            guint prop_id,
                            const GValue *value,
                            GParamSpec *pspec)
{
  RgWordStrip *self = RG_WORD_STRIP (object);

  switch (prop_id)
    {
    case PROP_ANSWER:
      rg_word_strip_set_answer (self, g_value_get_object (value));
      break;
    case PROP_SHOW_SHARES:
      if (self->show_shares != g_value_get_boolean (value))
        {
          self->show_shares = g_value_get_boolean (value);
          g_object_notify_by_pspec (object, pspec);
        }
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_word_strip_class_init (RgWordStripClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_word_strip_dispose;
  object_class->finalize = rg_word_strip_finalize;
  object_class->get_property = rg_word_strip_get_property;
  object_class->set_property = rg_word_strip_set_property;

  widget_class->get_request_mode = rg_word_strip_get_request_mode;
  widget_class->measure = rg_word_strip_measure;
  widget_class->size_allocate = rg_word_strip_size_allocate;

  properties[PROP_ANSWER] = g_param_spec_object ("answer", NULL, NULL, RG_TYPE_ANSWER, flags);
  properties[PROP_SHOW_SHARES] = g_param_spec_boolean ("show-shares", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "wordstrip");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
rg_word_strip_init (RgWordStrip *self)
{
  GtkEventController *key = gtk_event_controller_key_new ();

  self->chips = g_ptr_array_new ();
  self->show_shares = TRUE;

  /* In the middle, over the whole width where the words need it. */
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_halign (self->box, GTK_ALIGN_CENTER);
  gtk_widget_set_layout_manager (self->box, rg_wrap_layout_new (SPACING));

  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->box);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));

  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Words of the answer"), -1);
}

GtkWidget *
rg_word_strip_new (void)
{
  return g_object_new (RG_TYPE_WORD_STRIP, NULL);
}

void
rg_word_strip_set_answer (RgWordStrip *self,
                          RgAnswer *answer)
{
  g_return_if_fail (RG_IS_WORD_STRIP (self));
  g_return_if_fail (answer == NULL || RG_IS_ANSWER (answer));

  if (self->answer == answer)
    return;

  if (self->answer != NULL)
    {
      GListModel *words = rg_answer_get_words (self->answer);

      g_signal_handlers_disconnect_by_data (self->answer, self);
      g_signal_handlers_disconnect_by_data (words, self);
      words_changed_cb (self, 0, self->chips->len, 0, words);
    }

  g_set_object (&self->answer, answer);

  if (answer != NULL)
    {
      GListModel *words = rg_answer_get_words (answer);

      g_signal_connect_object (words, "items-changed", G_CALLBACK (words_changed_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (answer, "notify::selected", G_CALLBACK (update_selected), self, G_CONNECT_SWAPPED);
      words_changed_cb (self, 0, 0, g_list_model_get_n_items (words), words);
    }

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ANSWER]);
}
