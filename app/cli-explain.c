/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli-question.h"

#include <cairo.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli.h"
#include "app/picture-file.h"
#include "engine/formats/npy.h"
#include "ui/heatmap.h"

#define ATTENTION "attention"
#define OVERLAY_SIDE 768 /* longer side of an overlay, pixels */

static const RgHeatmapStyle style = { .palette = RG_PALETTE_INFERNO, .opacity = 0.75 };

/* The maps of an answer's words: row w of @maps belongs to word w. */
typedef struct
{
  RgCliQuestion *question;
  const char *dir;
  RgPatchGrid *grid; /* borrowed */
  GArray *words;     /* of RgWord */
  float *maps;
  double *shares;
  float scale; /* the largest value of all words */
} Maps;

static void
maps_init (Maps *self, RgCliQuestion *question, int layer, int head, const char *dir)
{
  RgTokenList *tokens = rg_job_get_tokens (question->job);
  gsize n_patches;

  *self = (Maps){ .question = question, .dir = dir, .grid = rg_job_get_patch_grid (question->job), .words = rg_token_list_dup_words (tokens) };
  n_patches = rg_patch_grid_get_n_patches (self->grid);
  self->maps = g_new0 (float, n_patches * self->words->len);
  self->shares = g_new0 (double, self->words->len);

  for (guint w = 0; w < self->words->len; w++)
    rg_token_list_map_word (tokens, &g_array_index (self->words, RgWord, w), layer, head, self->maps + w * n_patches, &self->shares[w]);
  for (gsize i = 0; i < n_patches * self->words->len; i++)
    self->scale = MAX (self->scale, self->maps[i]);
}

static void
maps_clear (Maps *self)
{
  g_clear_pointer (&self->words, g_array_unref);
  g_clear_pointer (&self->maps, g_free);
  g_clear_pointer (&self->shares, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Maps, maps_clear)

/* The picture under the map, at a size that shows both. */
static gboolean
save_overlay (const Maps *self, const float *map, const char *path, GError **error)
{
  RgImage *picture = self->question->picture;
  guint width = rg_image_get_width (picture), height = rg_image_get_height (picture);
  double zoom = (double) OVERLAY_SIDE / MAX (width, height);
  RgHeatmapStyle scaled = style;
  cairo_surface_t *below = rg_picture_file_surface (picture);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, MAX (1, width * zoom), MAX (1, height * zoom));
  cairo_t *cr = cairo_create (surface);
  gboolean saved;

  cairo_scale (cr, zoom, zoom);
  cairo_set_source_surface (cr, below, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), zoom > 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
  cairo_paint (cr);

  /* One scale for the whole answer, so that faint words look faint. */
  scaled.scale = self->scale;
  rg_heatmap_draw (cr, self->grid, map, &scaled);
  cairo_destroy (cr);

  saved = rg_picture_file_save (surface, path, error);
  cairo_surface_destroy (surface);
  cairo_surface_destroy (below);

  return saved;
}

/* Word @w: its two files, and its entry in explain.json. */
static gboolean
save_word (const Maps *self, guint w, JsonBuilder *builder, GError **error)
{
  const RgWord *word = &g_array_index (self->words, RgWord, w);
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, 0);
  gsize n_patches = rg_patch_grid_get_n_patches (self->grid), shape[] = { n_patches / tile->cols, tile->cols };
  const float *map = self->maps + w * n_patches;
  g_autofree char *npy = g_strdup_printf ("word-%02u.npy", w);
  g_autofree char *png = g_strdup_printf ("word-%02u.png", w);
  g_autofree char *npy_path = g_build_filename (self->dir, npy, NULL);
  g_autofree char *png_path = g_build_filename (self->dir, png, NULL);
  guint best = 0;

  for (guint i = 1; i < n_patches; i++)
    if (map[i] > map[best])
      best = i;

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "word", word->text);
  rg_cli_json_int (builder, "first_token", word->first);
  rg_cli_json_int (builder, "n_tokens", word->n);
  rg_cli_json_number (builder, "image_share", self->shares[w]);
  rg_cli_json_string (builder, "map", npy);
  rg_cli_json_string (builder, "overlay", png);
  rg_cli_json_number (builder, "largest", map[best]);
  rg_cli_json_int (builder, "largest_row", best / tile->cols);
  rg_cli_json_int (builder, "largest_col", best % tile->cols);
  rg_cli_json_rect (builder, "largest_rect", rg_patch_grid_get_source_rect (self->grid, best));
  json_builder_end_object (builder);

  return rg_npy_write (npy_path, map, shape, G_N_ELEMENTS (shape), error) && save_overlay (self, map, png_path, error);
}

static gboolean
save (const Maps *self, const char *method, JsonBuilder *builder, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, 0);
  g_autofree char *answer = rg_cli_question_dup_answer (self->question);

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "method", method);
  rg_cli_json_string (builder, "question", self->question->question);
  rg_cli_json_string (builder, "answer", answer);
  rg_cli_json_int (builder, "width", rg_image_get_width (self->question->picture));
  rg_cli_json_int (builder, "height", rg_image_get_height (self->question->picture));
  rg_cli_json_int (builder, "tiles", rg_patch_grid_get_n_tiles (self->grid));
  rg_cli_json_int (builder, "rows", tile->rows);
  rg_cli_json_int (builder, "cols", tile->cols);
  rg_cli_json_number (builder, "scale", self->scale);
  json_builder_set_member_name (builder, "words");
  json_builder_begin_array (builder);
  for (guint w = 0; w < self->words->len; w++)
    if (!save_word (self, w, builder, error))
      return FALSE;
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  return TRUE;
}

static gboolean
check_options (const char *method, const char *out, int layer, int head, GError **error)
{
  if (out == NULL)
    return rg_cli_fail_usage (error, _ ("--out DIR is missing"));
  if (!g_str_equal (method, ATTENTION))
    return rg_cli_fail_usage (error, _ ("there is no method “%s”; there is: attention"), method);
  if (layer < -1 || head < -1)
    return rg_cli_fail_usage (error, _ ("--layer and --head count from 0"));

  return TRUE;
}

/* Which layers and heads there are is known after loading only. */
static gboolean
check_record (RgEngine *engine, int layer, int head, GError **error)
{
  g_autoptr (RgModelInfo) info = rg_engine_dup_model_info (engine);

  if (layer < (int) info->n_layers && head < (int) info->n_heads)
    return TRUE;

  return rg_cli_fail_usage (error, _ ("this model has %u layers and %u heads"), info->n_layers, info->n_heads);
}

gboolean
rg_cli_explain (char ***arguments, GError **error)
{
  g_auto (RgCliQuestion) question = { 0 };
  g_auto (Maps) maps = { 0 };
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *method = NULL;
  g_autofree char *out = NULL;
  g_autofree char *path = NULL;
  g_autofree char *answer = NULL;
  int layer = -1, head = -1;
  const GOptionEntry entries[] = {
    { "method", 0, 0, G_OPTION_ARG_FILENAME, &method, N_ ("attention: where it looked"), N_ ("NAME") },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, N_ ("folder for the maps"), N_ ("DIR") },
    { "layer", 0, 0, G_OPTION_ARG_INT, &layer, N_ ("one layer, from 0 (mean of all)"), "N" },
    { "head", 0, 0, G_OPTION_ARG_INT, &head, N_ ("one head, from 0 (mean of all)"), "N" },
    { NULL },
  };

  if (!rg_cli_question_parse (&question, "explain", _ ("Answers a question and shows where each word of the answer looked."), entries, arguments, error) ||
      !check_options (method != NULL ? method : ATTENTION, out, layer, head, error) ||
      !rg_cli_make_folder (out, error) ||
      !rg_cli_question_ask (&question, NULL, NULL, error) ||
      !check_record (question.engine, layer, head, error))
    return FALSE;

  maps_init (&maps, &question, layer, head, out);
  if (!save (&maps, ATTENTION, builder, error))
    return FALSE;

  path = g_build_filename (out, "explain.json", NULL);
  if (!rg_cli_save_json (builder, path, error))
    return FALSE;

  answer = rg_cli_question_dup_answer (&question);
  if (question.json)
    rg_cli_print_json (builder);
  else
    printf ("%s\n", answer);

  return TRUE;
}
