/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/scene-board.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "ui/drop-down.h"
#include "ui/scene-drawing.h"
#include "ui/scene-names.h"
#include "ui/scene-sheet.h"
#include "ui/scene-swatch.h"
#include "ui/scene-tray.h"
#include "ui/toast.h"

#define DEBOUNCE_MS 150
#define GROWTH 1.2
#define TURN (G_PI / 12)

/* Plain colours on which most of the ten can be told apart. */
static const struct
{
  const char *name;
  guint8 rgb[3];
} backgrounds[] = {
  { NC_ ("sheet", "White"), { 255, 255, 255 } },
  { NC_ ("sheet", "Grey"), { 190, 190, 190 } },
  { NC_ ("sheet", "Sand"), { 240, 228, 200 } },
  { NC_ ("sheet", "Sky"), { 205, 228, 245 } },
  { NC_ ("sheet", "Night"), { 40, 44, 60 } },
};

struct _RgSceneBoard
{
  GtkBox parent_instance;

  /* Owned References */
  RgSceneDrawing *drawing;

  /* What the next thing will be. */
  RgKind kind;
  RgColor color;
  RgStyle style;

  RgStyle styles[RG_N_STYLES]; /* of style_choice, row by row */
  guint n_styles;

  guint changed_id;  /* the debounce in progress */
  AdwToast *offer;   /* weak: to undo, while that would undo what it says */
  gboolean updating; /* the board follows the chosen object, not the other way round */

  /* Template Widgets */
  AdwToastOverlay *toasts;
  RgSceneSheet *sheet;
  RgSceneTray *tools;
  RgSceneTray *colors;
  RgSceneTray *kinds;
  GtkDropDown *style_choice;
  GtkDropDown *background_choice;

  /* Borrowed References: the buttons of colors and kinds, and the faces of those. */
  GtkToggleButton *color_buttons[RG_N_COLORS];
  GtkToggleButton *kind_buttons[RG_N_KINDS];
  RgSceneSwatch *kind_faces[RG_N_KINDS];
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RgSceneBoard, rg_scene_board, GTK_TYPE_BOX)

static void
update_actions (RgSceneBoard *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean is_chosen = rg_scene_drawing_get_selected (self->drawing) >= 0;
  guint n_objects = rg_scene_drawing_get_n_objects (self->drawing);

  gtk_widget_action_set_enabled (widget, "board.add", n_objects < RG_SCENE_MAX_OBJECTS);
  gtk_widget_action_set_enabled (widget, "board.remove", is_chosen);
  gtk_widget_action_set_enabled (widget, "board.smaller", is_chosen);
  gtk_widget_action_set_enabled (widget, "board.larger", is_chosen);
  gtk_widget_action_set_enabled (widget, "board.turn-left", is_chosen);
  gtk_widget_action_set_enabled (widget, "board.turn-right", is_chosen);
  gtk_widget_action_set_enabled (widget, "board.clear", n_objects > 0);
  gtk_widget_action_set_enabled (widget, "board.undo", rg_scene_drawing_get_can_undo (self->drawing));
}

/* The things on the buttons wear the colour and style that the next one will have. */
static void
update_faces (RgSceneBoard *self)
{
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    rg_scene_swatch_set (self->kind_faces[kind], self->color, self->style);
}

static void
show_style (RgSceneBoard *self,
            RgStyle style)
{
  for (guint i = 0; i < self->n_styles; i++)
    if (self->styles[i] == style)
      gtk_drop_down_set_selected (self->style_choice, i);
}

/* The buttons show the chosen object's colour and style. */
static void
selected_cb (RgSceneBoard *self)
{
  const RgObject *object = rg_scene_drawing_get_selected_object (self->drawing);

  if (object != NULL)
    {
      self->updating = TRUE;
      self->color = object->color;
      self->style = object->style;
      gtk_toggle_button_set_active (self->color_buttons[object->color], TRUE);
      show_style (self, object->style);
      self->updating = FALSE;
      update_faces (self);
    }

  update_actions (self);
}

static void
changed_timeout_cb (gpointer user_data)
{
  RgSceneBoard *self = RG_SCENE_BOARD (user_data);
  g_autoptr (RgImage) image = rg_scene_board_get_image (self);

  self->changed_id = 0;
  g_signal_emit (self, signals[CHANGED], 0, image);
}

static void
drawing_changed_cb (RgSceneBoard *self)
{
  rg_toast_retract (self->toasts, &self->offer);
  update_actions (self);
  g_clear_handle_id (&self->changed_id, g_source_remove);
  self->changed_id = g_timeout_add_once (DEBOUNCE_MS, changed_timeout_cb, self);
}

/* Says what went, with the way back. */
static void
offer_undo (RgSceneBoard *self,
            const char *sentence)
{
  AdwToast *toast = rg_toast_new (sentence);

  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_action_name (toast, "board.undo");
  rg_toast_show (self->toasts, toast, &self->offer);
}

static void
add_action (GtkWidget *widget,
            const char *name,
            GVariant *parameter)
{
  RgSceneBoard *self = RG_SCENE_BOARD (widget);

  rg_scene_drawing_add_anywhere (self->drawing, self->kind, self->color, self->style);
}

static void
remove_action (GtkWidget *widget,
               const char *name,
               GVariant *parameter)
{
  RgSceneBoard *self = RG_SCENE_BOARD (widget);
  const RgObject *object = rg_scene_drawing_get_selected_object (self->drawing);
  g_autofree char *thing = NULL, *sentence = NULL;

  if (object == NULL)
    return;

  thing = rg_scene_name_object (object);
  /* Translators: "star, red" */
  sentence = g_strdup_printf (_ ("Removed: %s"), thing);
  rg_scene_drawing_remove (self->drawing);
  offer_undo (self, sentence);
}

static void
clear_action (GtkWidget *widget,
              const char *name,
              GVariant *parameter)
{
  RgSceneBoard *self = RG_SCENE_BOARD (widget);

  if (rg_scene_drawing_clear (self->drawing))
    offer_undo (self, _ ("The sheet was cleared"));
}

static void
resize_action (GtkWidget *widget,
               const char *name,
               GVariant *parameter)
{
  RgSceneBoard *self = RG_SCENE_BOARD (widget);
  const RgObject *object = rg_scene_drawing_get_selected_object (self->drawing);

  if (object != NULL)
    rg_scene_drawing_resize (self->drawing, g_str_equal (name, "board.larger") ? object->size * GROWTH : object->size / GROWTH);
}

static void
turn_action (GtkWidget *widget,
             const char *name,
             GVariant *parameter)
{
  RgSceneBoard *self = RG_SCENE_BOARD (widget);
  const RgObject *object = rg_scene_drawing_get_selected_object (self->drawing);

  if (object != NULL)
    rg_scene_drawing_rotate (self->drawing, object->angle + (g_str_equal (name, "board.turn-right") ? TURN : -TURN));
}

static void
undo_action (GtkWidget *widget,
             const char *name,
             GVariant *parameter)
{
  rg_scene_board_undo (RG_SCENE_BOARD (widget));
}

/* A tap on an empty place of the sheet. */
static void
placed_cb (RgSceneBoard *self,
           double x,
           double y)
{
  if (!rg_scene_drawing_add (self->drawing, self->kind, self->color, self->style, x, y))
    gtk_widget_error_bell (GTK_WIDGET (self));
}

/* Another thing begins: what colour and style are chosen now is for it, not for the last one. */
static void
kind_clicked_cb (RgSceneBoard *self,
                 GtkToggleButton *button)
{
  self->kind = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "kind"));
  rg_scene_drawing_select (self->drawing, -1);
}

static void
color_toggled_cb (RgSceneBoard *self,
                  GtkToggleButton *button)
{
  if (!gtk_toggle_button_get_active (button) || self->updating)
    return;

  self->color = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "color"));
  rg_scene_drawing_recolor (self->drawing, self->color);
  update_faces (self);
}

static void
style_chosen_cb (RgSceneBoard *self)
{
  guint row = gtk_drop_down_get_selected (self->style_choice);

  if (self->drawing == NULL || self->updating || row >= self->n_styles)
    return;

  self->style = self->styles[row];
  rg_scene_drawing_restyle (self->drawing, self->style);
  update_faces (self);
}

static void
background_chosen_cb (RgSceneBoard *self)
{
  guint background = gtk_drop_down_get_selected (self->background_choice);

  if (self->drawing != NULL && background < G_N_ELEMENTS (backgrounds))
    rg_scene_drawing_set_background (self->drawing, backgrounds[background].rgb);
}

/* A toggle button with a thing on it; all of one tray form a group. */
static GtkToggleButton *
append_button (RgSceneBoard *self,
               RgSceneTray *tray,
               GdkPaintable *face,
               const char *name,
               GtkToggleButton *group)
{
  GtkWidget *button = gtk_toggle_button_new ();
  GtkWidget *image = gtk_image_new_from_paintable (face);

  gtk_image_set_pixel_size (GTK_IMAGE (image), 28);
  gtk_button_set_child (GTK_BUTTON (button), image);
  gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), group);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "scene-swatch");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  rg_scene_tray_append (tray, button);

  return GTK_TOGGLE_BUTTON (button);
}

static void
fill_trays (RgSceneBoard *self)
{
  for (guint kind = 0; kind < RG_N_KINDS; kind++)
    {
      g_autoptr (GdkPaintable) face = rg_scene_swatch_new (kind, self->color, self->style);
      GtkToggleButton *button = append_button (self, self->kinds, face, rg_scene_name_kind (kind), self->kind_buttons[0]);

      self->kind_faces[kind] = RG_SCENE_SWATCH (face);
      self->kind_buttons[kind] = button;
      g_object_set_data (G_OBJECT (button), "kind", GUINT_TO_POINTER (kind));
      g_signal_connect_swapped (button, "clicked", G_CALLBACK (kind_clicked_cb), self);
    }

  for (guint color = 0; color < RG_N_COLORS; color++)
    {
      g_autoptr (GdkPaintable) face = rg_scene_swatch_new (RG_KIND_CIRCLE, color, RG_STYLE_FILLED);
      GtkToggleButton *button = append_button (self, self->colors, face, rg_scene_name_color (color), self->color_buttons[0]);

      self->color_buttons[color] = button;
      g_object_set_data (G_OBJECT (button), "color", GUINT_TO_POINTER (color));
      g_signal_connect_swapped (button, "toggled", G_CALLBACK (color_toggled_cb), self);
    }
}

/* Emoji only where the system can draw them. */
static void
fill_choices (RgSceneBoard *self)
{
  g_autoptr (GtkStringList) styles = gtk_string_list_new (NULL);
  g_autoptr (GtkStringList) sheets = gtk_string_list_new (NULL);

  for (guint style = 0; style < RG_N_STYLES; style++)
    if (rg_style_is_available (style, RG_KIND_HOUSE))
      {
        self->styles[self->n_styles++] = style;
        gtk_string_list_append (styles, rg_scene_name_style (style));
      }
  for (guint i = 0; i < G_N_ELEMENTS (backgrounds); i++)
    gtk_string_list_append (sheets, g_dpgettext2 (NULL, "sheet", backgrounds[i].name));

  gtk_drop_down_set_model (self->style_choice, G_LIST_MODEL (styles));
  gtk_drop_down_set_model (self->background_choice, G_LIST_MODEL (sheets));
}

static void
rg_scene_board_dispose (GObject *object)
{
  RgSceneBoard *self = RG_SCENE_BOARD (object);

  g_clear_handle_id (&self->changed_id, g_source_remove);
  g_clear_weak_pointer (&self->offer);
  if (self->drawing != NULL)
    g_signal_handlers_disconnect_by_data (self->drawing, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_SCENE_BOARD);
  g_clear_object (&self->drawing);

  G_OBJECT_CLASS (rg_scene_board_parent_class)->dispose (object);
}

static void
rg_scene_board_class_init (RgSceneBoardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_scene_board_dispose;

  signals[CHANGED] = g_signal_new ("changed", RG_TYPE_SCENE_BOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   RG_TYPE_IMAGE);

  g_type_ensure (RG_TYPE_SCENE_SHEET);
  g_type_ensure (RG_TYPE_SCENE_TRAY);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/scene-board.ui");
  gtk_widget_class_bind_template_child (widget_class, RgSceneBoard, toasts);
  gtk_widget_class_bind_template_child (widget_class, RgSceneBoard, sheet);
  gtk_widget_class_bind_template_child (widget_class, RgSceneBoard, tools);
  gtk_widget_class_bind_template_child (widget_class, RgSceneBoard, colors);
  gtk_widget_class_bind_template_child (widget_class, RgSceneBoard, kinds);
  gtk_widget_class_bind_template_child (widget_class, RgSceneBoard, style_choice);
  gtk_widget_class_bind_template_child (widget_class, RgSceneBoard, background_choice);
  gtk_widget_class_bind_template_callback (widget_class, placed_cb);
  gtk_widget_class_bind_template_callback (widget_class, style_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, background_chosen_cb);

  gtk_widget_class_set_css_name (widget_class, "sceneboard");
  gtk_widget_class_install_action (widget_class, "board.add", NULL, add_action);
  gtk_widget_class_install_action (widget_class, "board.remove", NULL, remove_action);
  gtk_widget_class_install_action (widget_class, "board.clear", NULL, clear_action);
  gtk_widget_class_install_action (widget_class, "board.smaller", NULL, resize_action);
  gtk_widget_class_install_action (widget_class, "board.larger", NULL, resize_action);
  gtk_widget_class_install_action (widget_class, "board.turn-left", NULL, turn_action);
  gtk_widget_class_install_action (widget_class, "board.turn-right", NULL, turn_action);
  gtk_widget_class_install_action (widget_class, "board.undo", NULL, undo_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "board.undo", NULL);
}

static void
rg_scene_board_init (RgSceneBoard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  rg_drop_down_name (self->style_choice);
  rg_drop_down_name (self->background_choice);

  self->kind = RG_KIND_STAR;
  self->color = RG_COLOR_RED;
  self->style = RG_STYLE_FILLED;
  fill_trays (self);
  fill_choices (self);
  gtk_toggle_button_set_active (self->kind_buttons[self->kind], TRUE);

  self->updating = TRUE;
  gtk_toggle_button_set_active (self->color_buttons[self->color], TRUE);
  self->updating = FALSE;

  self->drawing = rg_scene_drawing_new ();
  g_signal_connect_swapped (self->drawing, "changed", G_CALLBACK (drawing_changed_cb), self);
  g_signal_connect_swapped (self->drawing, "notify::selected", G_CALLBACK (selected_cb), self);
  rg_scene_sheet_set_drawing (self->sheet, self->drawing);
  update_actions (self);
}

GtkWidget *
rg_scene_board_new (void)
{
  return g_object_new (RG_TYPE_SCENE_BOARD, NULL);
}

RgImage *
rg_scene_board_get_image (RgSceneBoard *self)
{
  g_return_val_if_fail (RG_IS_SCENE_BOARD (self), NULL);

  return rg_scene_drawing_render (self->drawing);
}

void
rg_scene_board_undo (RgSceneBoard *self)
{
  g_return_if_fail (RG_IS_SCENE_BOARD (self));

  if (!rg_scene_drawing_undo (self->drawing))
    gtk_widget_error_bell (GTK_WIDGET (self));
}
