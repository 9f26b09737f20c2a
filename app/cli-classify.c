/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "app/cli-model.h"
#include "engine/classifier.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/npy.h"
#include "ui/drawing-file.h"
#include "ui/heatmap.h"
#include "ui/image-decoder.h"
#include "ui/picture-surface.h"

#define DEFAULT_TOP 5
#define OPACITY 0.8

typedef struct
{
  char *model, *out;
  char **images;
  int top, threads;
  gboolean json;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->model);
  g_free (self->out);
  g_strfreev (self->images);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* --- maps ---------------------------------------------------------------------------------------------------------- */

/* One label's map over the picture. */
typedef struct
{
  RgImage *image;
  RgPatchGrid *grid;
  const float *map;
  double scale;
} Overlay;

static void
draw_overlay (cairo_t *cr, gpointer data)
{
  const Overlay *self = data;
  const RgHeatmapStyle style = { .is_signed = TRUE, .scale = self->scale, .opacity = OPACITY };
  cairo_surface_t *picture = rg_picture_surface_new (rg_image_get_pixels (self->image), rg_image_get_width (self->image), rg_image_get_height (self->image));

  cairo_set_source_surface (cr, picture, 0, 0);
  cairo_paint (cr);
  rg_heatmap_draw (cr, self->grid, self->map, &style);
  cairo_surface_destroy (picture);
}

static gboolean
save_overlay (Overlay *self, const char *path, GError **error)
{
  const RgDrawing drawing = { rg_image_get_width (self->image), rg_image_get_height (self->image), 1, NULL, NULL, draw_overlay, self };
  g_autoptr (GBytes) file = rg_drawing_file_new (&drawing, RG_DRAWING_PNG, error);

  return file != NULL && rg_atomic_write (path, g_bytes_get_data (file, NULL), g_bytes_get_size (file), error);
}

static gboolean
save_map (const Options *options, guint rank, Overlay *overlay, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (overlay->grid, 0);
  const gsize shape[] = { tile->rows, tile->cols };
  g_autofree char *npy_name = g_strdup_printf ("label-%02u.npy", rank), *png_name = g_strdup_printf ("label-%02u.png", rank);
  g_autofree char *npy = g_build_filename (options->out, npy_name, NULL), *png = g_build_filename (options->out, png_name, NULL);

  return rg_npy_write (npy, overlay->map, shape, G_N_ELEMENTS (shape), error) && save_overlay (overlay, png, error);
}

/* The maps of the labels that are printed, all on one scale. */
static gboolean
save_maps (const Options *options, const RgClassifier *classifier, RgImage *image, const RgLabel *labels, guint n, GError **error)
{
  RgPatchGrid *grid = rg_classifier_get_grid (classifier);
  guint n_cells = rg_patch_grid_get_n_patches (grid);
  g_autofree float *maps = g_new (float, (gsize) n *n_cells);
  double scale = 0;

  if (!rg_cli_make_folder (options->out, error))
    return FALSE;

  for (guint i = 0; i < n; i++)
    rg_classifier_map (classifier, labels[i].label, maps + (gsize) i * n_cells);
  for (gsize i = 0; i < (gsize) n * n_cells; i++)
    scale = MAX (scale, fabs (maps[i]));
  for (guint i = 0; i < n; i++)
    if (!save_map (options, i, &(Overlay){ image, grid, maps + (gsize) i * n_cells, scale }, error))
      return FALSE;

  return TRUE;
}

/* --- what is said -------------------------------------------------------------------------------------------------- */

static void
print_labels (const RgLabel *labels, guint n)
{
  for (guint i = 0; i < n; i++)
    printf ("%6.2f %%  %8.3f  %s\n", 100 * labels[i].probability, labels[i].score, labels[i].name);
}

static void
print_report (const Options *options, const RgClassifier *classifier, const RgLabel *labels, guint n)
{
  const RgTile *tile = rg_patch_grid_get_tile (rg_classifier_get_grid (classifier), 0);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "image", options->images[0]);
  rg_cli_json_int (builder, "rows", tile->rows);
  rg_cli_json_int (builder, "cols", tile->cols);
  json_builder_set_member_name (builder, "labels");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    {
      json_builder_begin_object (builder);
      rg_cli_json_int (builder, "label", labels[i].label);
      rg_cli_json_string (builder, "name", labels[i].name);
      rg_cli_json_number (builder, "probability", labels[i].probability);
      rg_cli_json_number (builder, "score", labels[i].score);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  rg_cli_print_json (builder);
}

gboolean
rg_cli_classify (char ***arguments, GError **error)
{
  g_auto (Options) options = { .top = DEFAULT_TOP };
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model, N_ ("the model's folder"), N_ ("DIR") },
    { "image", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.images, N_ ("the picture"), N_ ("FILE") },
    { "top", 0, 0, G_OPTION_ARG_INT, &options.top, N_ ("so many labels, the likeliest first (5)"), "N" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &options.out, N_ ("folder for each label's map: what spoke for it, and what against it"), N_ ("DIR") },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options.threads, N_ ("compute threads (0: one a core)"), "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("print one JSON object"), NULL },
    { NULL },
  };
  g_autoptr (RgPool) pool = NULL;
  g_autoptr (RgClassifier) classifier = NULL;
  g_autoptr (RgImage) image = NULL;
  const RgLabel *labels;
  guint n;

  if (!rg_cli_parse ("classify", "", _ ("Says what is on a picture, of the labels that a CNN such as ResNet was trained to tell apart: probability, score, label."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error) || !rg_cli_model_check_images (options.images, error))
    return FALSE;
  if (options.model == NULL)
    return rg_cli_fail_usage (error, _ ("--model DIR is missing"));
  if (options.top < 1 || options.threads < 0)
    return rg_cli_fail_usage (error, _ ("--top is at least 1, --threads not negative"));

  pool = rg_pool_new (options.threads);
  classifier = rg_classifier_load (options.model, pool, NULL, error);
  if (classifier == NULL)
    {
      rg_cli_model_name_file (error, options.model);
      return FALSE;
    }

  image = rg_image_decoder_load (options.images[0], error);
  if (image == NULL || !rg_classifier_see (classifier, image, NULL, error))
    return FALSE;

  labels = rg_classifier_get_labels (classifier, &n);
  n = MIN (n, (guint) options.top);
  if (options.out != NULL && !save_maps (&options, classifier, image, labels, n, error))
    return FALSE;
  if (options.json)
    print_report (&options, classifier, labels, n);
  else
    print_labels (labels, n);

  return TRUE;
}
