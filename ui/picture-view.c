/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/picture-view.h"

#include <glib/gi18n.h>

#include "ui/heatmap.h"
#include "ui/image-loader.h"
#include "ui/map-text.h"
#include "ui/patch-walk.h"
#include "ui/sink-marks.h"

struct _RgPictureView
{
  GtkWidget parent_instance;

  /* Child, over all of it */
  GtkWidget *box_frame;

  /* Owned */
  RgImage *image;
  GdkTexture *texture;
  RgAnswer *answer;
  char *title;

  RgPalette palette;
  double map_opacity;
  gboolean smooth;
  int patch;
};

enum
{
  PROP_IMAGE = 1,
  PROP_TITLE,
  PROP_ANSWER,
  PROP_PALETTE,
  PROP_MAP_OPACITY,
  PROP_SMOOTH,
  PROP_PATCH,
  PROP_GRID,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgPictureView, rg_picture_view, GTK_TYPE_WIDGET)

static RgPatchGrid *
get_grid (RgPictureView *self)
{
  return self->answer != NULL ? rg_answer_get_grid (self->answer) : NULL;
}

static RgRect
get_picture_rect (RgPictureView *self)
{
  return rg_picture_view_fit (gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)),
                              rg_image_get_width (self->image), rg_image_get_height (self->image));
}

/* Name, and the text twin of what is drawn. */
static void
update_accessible (RgPictureView *self)
{
  RgPatchGrid *grid = get_grid (self);
  g_autofree char *patch_text = NULL;
  const char *text = self->answer != NULL ? rg_answer_get_description (self->answer) : "";

  if (self->patch >= 0 && grid != NULL)
    text = patch_text = rg_map_text_describe_patch (grid, rg_answer_get_method (self->answer), rg_answer_get_map (self->answer), self->patch);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, self->title != NULL ? self->title : _ ("Picture"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
}

static void
answer_changed_cb (RgPictureView *self)
{
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
grid_changed_cb (RgPictureView *self)
{
  /* A patch of the old grid is none of the new one. */
  rg_picture_view_set_patch (self, -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GRID]);
}

static void
point_at (RgPictureView *self,
          double x,
          double y)
{
  RgPatchGrid *grid = get_grid (self);
  int patch = -1;

  if (grid != NULL && self->image != NULL)
    {
      RgRect rect = get_picture_rect (self);

      if (rect.width > 0 && x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height)
        patch = rg_patch_grid_find (grid,
                                    (x - rect.x) * rg_image_get_width (self->image) / rect.width,
                                    (y - rect.y) * rg_image_get_height (self->image) / rect.height);
    }

  rg_picture_view_set_patch (self, patch);
}

static void
motion_cb (RgPictureView *self,
           double x,
           double y)
{
  point_at (self, x, y);
}

static void
leave_cb (RgPictureView *self)
{
  rg_picture_view_set_patch (self, -1);
}

static void
pressed_cb (RgPictureView *self,
            int n_press,
            double x,
            double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  point_at (self, x, y);
}

static gboolean
key_pressed_cb (RgPictureView *self,
                guint key,
                guint keycode,
                GdkModifierType state)
{
  int patch = self->patch;

  if (!rg_patch_walk (get_grid (self), key, state, &patch))
    return GDK_EVENT_PROPAGATE;

  rg_picture_view_set_patch (self, patch);

  return GDK_EVENT_STOP;
}

/* Two lines, dark and bright, from the ends of the palette: visible on any picture. */
static void
draw_outline (RgPictureView *self,
              cairo_t *cr,
              const RgRect *rect,
              double pixel)
{
  static const double inset[2] = { 0, 1.5 };

  if (rect->width <= 0 || rect->height <= 0)
    return;

  for (guint i = 0; i < 2; i++)
    {
      guint8 rgb[3];

      rg_palette_get_color (self->palette, i, rgb);
      cairo_set_source_rgb (cr, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0);
      cairo_set_line_width (cr, 1.5 * pixel);
      cairo_rectangle (cr, rect->x + inset[i] * pixel, rect->y + inset[i] * pixel,
                       MAX (rect->width - 2 * inset[i] * pixel, pixel), MAX (rect->height - 2 * inset[i] * pixel, pixel));
      cairo_stroke (cr);
    }
}

static void
draw_overlay (RgPictureView *self,
              cairo_t *cr,
              const RgRect *rect)
{
  RgPatchGrid *grid = get_grid (self);
  double scale = rect->width / rg_image_get_width (self->image);
  const float *map;

  if (grid == NULL)
    return;

  cairo_translate (cr, rect->x, rect->y);
  cairo_scale (cr, scale, rect->height / rg_image_get_height (self->image));

  map = rg_answer_get_map (self->answer);
  if (map != NULL)
    {
      RgHeatmapStyle style = {
        .palette = self->palette,
        .is_signed = rg_method_is_signed (rg_answer_get_method (self->answer)),
        .scale = rg_answer_get_scale (self->answer),
        .opacity = self->map_opacity,
        .smooth = self->smooth,
      };

      rg_heatmap_draw (cr, grid, map, &style);
    }
  /* Where the map's sinks are known, its shares are told. */
  if (map != NULL && *rg_answer_get_shares (self->answer) != '\0')
    rg_sink_marks_draw (cr, rg_answer_get_explanation (self->answer), 1 / scale);

  if (self->patch >= 0)
    {
      RgRect patch = rg_patch_grid_get_source_rect (grid, self->patch);

      draw_outline (self, cr, &patch, 1 / scale);
    }
}

/* A picture with a white ground had no edges in a light window. */
static void
draw_edge (GtkSnapshot *snapshot,
           const graphene_rect_t *bounds)
{
  const GdkRGBA grey = { 0.5, 0.5, 0.5, 0.4 };
  GskRoundedRect edge;

  gsk_rounded_rect_init_from_rect (&edge, bounds, 0);
  gtk_snapshot_append_border (snapshot, &edge, (const float[4]){ 1, 1, 1, 1 }, (const GdkRGBA[4]){ grey, grey, grey, grey });
}

static void
draw_picture (RgPictureView *self,
              GtkSnapshot *snapshot)
{
  graphene_rect_t bounds;
  RgRect rect;
  cairo_t *cr;

  if (self->image == NULL)
    return;

  rect = get_picture_rect (self);
  if (rect.width < 1 || rect.height < 1)
    return;

  bounds = GRAPHENE_RECT_INIT ((float) rect.x, (float) rect.y, (float) rect.width, (float) rect.height);
  gtk_snapshot_append_texture (snapshot, self->texture, &bounds);
  draw_edge (snapshot, &bounds);

  if (self->answer == NULL)
    return;

  cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  draw_overlay (self, cr, &rect);
  cairo_destroy (cr);
}

static void
rg_picture_view_snapshot (GtkWidget *widget,
                          GtkSnapshot *snapshot)
{
  RgPictureView *self = RG_PICTURE_VIEW (widget);

  draw_picture (self, snapshot);
  gtk_widget_snapshot_child (widget, self->box_frame, snapshot);
}

static void
rg_picture_view_size_allocate (GtkWidget *widget,
                               int width,
                               int height,
                               int baseline)
{
  GtkWidget *frame = RG_PICTURE_VIEW (widget)->box_frame;

  if (gtk_widget_should_layout (frame))
    gtk_widget_allocate (frame, width, height, baseline, NULL);
}

static void
rg_picture_view_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  *minimum = 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 480;
}

static void
rg_picture_view_dispose (GObject *object)
{
  RgPictureView *self = RG_PICTURE_VIEW (object);

  rg_picture_view_set_answer (self, NULL);
  g_clear_pointer (&self->box_frame, gtk_widget_unparent);
  g_clear_pointer (&self->image, rg_image_unref);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->title, g_free);

  G_OBJECT_CLASS (rg_picture_view_parent_class)->dispose (object);
}

static void
rg_picture_view_get_property (GObject *object,
                              guint prop_id,
                              GValue *value,
                              GParamSpec *pspec)
{
  RgPictureView *self = RG_PICTURE_VIEW (object);

  switch (prop_id)
    {
    case PROP_IMAGE:
      g_value_set_boxed (value, self->image);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_ANSWER:
      g_value_set_object (value, self->answer);
      break;
    case PROP_PALETTE:
      g_value_set_enum (value, self->palette);
      break;
    case PROP_MAP_OPACITY:
      g_value_set_double (value, self->map_opacity);
      break;
    case PROP_SMOOTH:
      g_value_set_boolean (value, self->smooth);
      break;
    case PROP_PATCH:
      g_value_set_int (value, self->patch);
      break;
    case PROP_GRID:
      g_value_set_boxed (value, get_grid (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
notify_drawn (RgPictureView *self,
              guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
rg_picture_view_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  RgPictureView *self = RG_PICTURE_VIEW (object);

  switch (prop_id)
    {
    case PROP_IMAGE:
      rg_picture_view_set_image (self, g_value_get_boxed (value));
      break;
    case PROP_TITLE:
      if (g_strcmp0 (self->title, g_value_get_string (value)) != 0)
        {
          g_free (self->title);
          self->title = g_value_dup_string (value);
          update_accessible (self);
          notify_drawn (self, PROP_TITLE);
        }
      break;
    case PROP_ANSWER:
      rg_picture_view_set_answer (self, g_value_get_object (value));
      break;
    case PROP_PALETTE:
      if (self->palette != (RgPalette) g_value_get_enum (value))
        {
          self->palette = g_value_get_enum (value);
          notify_drawn (self, PROP_PALETTE);
        }
      break;
    case PROP_MAP_OPACITY:
      if (self->map_opacity != g_value_get_double (value))
        {
          self->map_opacity = g_value_get_double (value);
          notify_drawn (self, PROP_MAP_OPACITY);
        }
      break;
    case PROP_SMOOTH:
      if (self->smooth != g_value_get_boolean (value))
        {
          self->smooth = g_value_get_boolean (value);
          notify_drawn (self, PROP_SMOOTH);
        }
      break;
    case PROP_PATCH:
      rg_picture_view_set_patch (self, g_value_get_int (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_picture_view_class_init (RgPictureViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = rg_picture_view_dispose;
  object_class->get_property = rg_picture_view_get_property;
  object_class->set_property = rg_picture_view_set_property;

  widget_class->snapshot = rg_picture_view_snapshot;
  widget_class->measure = rg_picture_view_measure;
  widget_class->size_allocate = rg_picture_view_size_allocate;

  properties[PROP_IMAGE] = g_param_spec_boxed ("image", NULL, NULL, RG_TYPE_IMAGE, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_ANSWER] = g_param_spec_object ("answer", NULL, NULL, RG_TYPE_ANSWER, flags);
  properties[PROP_PALETTE] = g_param_spec_enum ("palette", NULL, NULL, RG_TYPE_PALETTE, RG_PALETTE_INFERNO, flags);
  properties[PROP_MAP_OPACITY] = g_param_spec_double ("map-opacity", NULL, NULL, 0, 1, 0.65, flags);
  properties[PROP_SMOOTH] = g_param_spec_boolean ("smooth", NULL, NULL, FALSE, flags);
  properties[PROP_PATCH] = g_param_spec_int ("patch", NULL, NULL, -1, G_MAXINT, -1, flags);
  properties[PROP_GRID] = g_param_spec_boxed ("grid", NULL, NULL, RG_TYPE_PATCH_GRID,
                                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "pictureview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
rg_picture_view_init (RgPictureView *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  self->map_opacity = 0.65;
  self->patch = -1;

  self->box_frame = rg_box_frame_new ();
  gtk_widget_set_visible (self->box_frame, FALSE);
  gtk_widget_set_parent (self->box_frame, GTK_WIDGET (self));

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);

  g_signal_connect_swapped (motion, "enter", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);

  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);

  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));

  update_accessible (self);
}

GtkWidget *
rg_picture_view_new (void)
{
  return g_object_new (RG_TYPE_PICTURE_VIEW, NULL);
}

void
rg_picture_view_set_image (RgPictureView *self,
                           RgImage *image)
{
  g_return_if_fail (RG_IS_PICTURE_VIEW (self));

  if (self->image == image)
    return;

  g_clear_object (&self->texture);
  g_clear_pointer (&self->image, rg_image_unref);

  if (image != NULL)
    {
      self->image = rg_image_ref (image);
      self->texture = rg_image_to_texture (image);
    }

  rg_box_frame_set_size (RG_BOX_FRAME (self->box_frame), image != NULL ? rg_image_get_width (image) : 0, image != NULL ? rg_image_get_height (image) : 0);
  rg_picture_view_set_patch (self, -1);
  notify_drawn (self, PROP_IMAGE);
}

void
rg_picture_view_set_answer (RgPictureView *self,
                            RgAnswer *answer)
{
  g_return_if_fail (RG_IS_PICTURE_VIEW (self));
  g_return_if_fail (answer == NULL || RG_IS_ANSWER (answer));

  if (self->answer == answer)
    return;

  if (self->answer != NULL)
    g_signal_handlers_disconnect_by_data (self->answer, self);

  g_set_object (&self->answer, answer);

  if (answer != NULL)
    {
      g_signal_connect_object (answer, "changed", G_CALLBACK (answer_changed_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (answer, "notify::grid", G_CALLBACK (grid_changed_cb), self, G_CONNECT_SWAPPED);
      answer_changed_cb (self);
    }

  grid_changed_cb (self);

  notify_drawn (self, PROP_ANSWER);
}

void
rg_picture_view_set_patch (RgPictureView *self,
                           int patch)
{
  RgPatchGrid *grid;

  g_return_if_fail (RG_IS_PICTURE_VIEW (self));

  grid = get_grid (self);
  if (grid == NULL || patch >= (int) rg_patch_grid_get_n_patches (grid))
    patch = -1;

  if (self->patch == patch)
    return;

  self->patch = patch;
  update_accessible (self);
  notify_drawn (self, PROP_PATCH);
}

RgBoxFrame *
rg_picture_view_get_box_frame (RgPictureView *self)
{
  g_return_val_if_fail (RG_IS_PICTURE_VIEW (self), NULL);

  return RG_BOX_FRAME (self->box_frame);
}

int
rg_picture_view_get_patch (RgPictureView *self)
{
  g_return_val_if_fail (RG_IS_PICTURE_VIEW (self), -1);

  return self->patch;
}

RgRect
rg_picture_view_fit (double area_width,
                     double area_height,
                     guint width,
                     guint height)
{
  RgRect rect = { 0 };
  double scale;

  if (width == 0 || height == 0 || !(area_width > 0) || !(area_height > 0))
    return rect;

  scale = MIN (area_width / width, area_height / height);
  rect.width = width * scale;
  rect.height = height * scale;
  rect.x = (area_width - rect.width) / 2;
  rect.y = (area_height - rect.height) / 2;

  return rect;
}
