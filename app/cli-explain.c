/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <cairo.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli-question.h"
#include "app/cli.h"
#include "app/picture-file.h"
#include "app/swap-report.h"
#include "engine/explain/method.h"
#include "engine/explain/verdict.h"
#include "engine/formats/npy.h"
#include "ui/heatmap.h"

#define OVERLAY_SIDE 768 /* longer side of an overlay, pixels */

static const RgHeatmapStyle style = { .palette = RG_PALETTE_INFERNO, .opacity = 0.75 };

/* Where the maps of an answer go. */
typedef struct
{
  RgCliQuestion *question;
  const RgExplanation *explanation;
  RgPatchGrid *grid;
  const char *dir;
} Folder;

/* The picture under the map, at a size that shows both. */
static gboolean
save_overlay (const Folder *self, const float *map, const char *path, GError **error)
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
  scaled.scale = rg_explanation_get_extent (self->explanation);
  scaled.is_signed = rg_method_is_signed (rg_explanation_get_method (self->explanation));
  rg_heatmap_draw (cr, self->grid, map, &scaled);
  cairo_destroy (cr);

  saved = rg_picture_file_save (surface, path, error);
  cairo_surface_destroy (surface);
  cairo_surface_destroy (below);

  return saved;
}

static gboolean
save_array (const Folder *self, const float *values, const char *name, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, 0);
  gsize shape[] = { rg_patch_grid_get_n_patches (self->grid) / tile->cols, tile->cols };
  g_autofree char *path = g_build_filename (self->dir, name, NULL);

  return rg_npy_write (path, values, shape, G_N_ELEMENTS (shape), error);
}

static void
add_verdict (JsonBuilder *builder, const RgVerdict *verdict, RgFill fill)
{
  json_builder_set_member_name (builder, "verify");
  json_builder_begin_object (builder);
  rg_cli_json_int (builder, "hidden_patches", verdict->k);
  rg_cli_json_string (builder, "hidden_by", rg_fill_get_name (fill));
  rg_cli_json_string (builder, "unit", "nats");
  rg_cli_json_number (builder, "top", verdict->top);
  rg_cli_json_number (builder, "random", verdict->random);
  rg_cli_json_number (builder, "random_deviation", verdict->random_deviation);
  rg_cli_json_int (builder, "random_draws", verdict->n_random);
  rg_cli_json_int (builder, "random_beaten", verdict->n_beaten);
  rg_cli_json_number (builder, "bottom", verdict->bottom);
  rg_cli_json_string (builder, "verdict", rg_support_get_name (verdict->support));
  json_builder_end_object (builder);
}

static void
add_largest (JsonBuilder *builder, const RgPatchGrid *grid, const float *map, const float *errors)
{
  const RgTile *tile = rg_patch_grid_get_tile (grid, 0);
  guint n_patches = rg_patch_grid_get_n_patches (grid), best = 0, worst = 0;

  for (guint i = 1; i < n_patches; i++)
    {
      best = map[i] > map[best] ? i : best;
      worst = map[i] < map[worst] ? i : worst;
    }

  rg_cli_json_number (builder, "largest", map[best]);
  rg_cli_json_int (builder, "largest_row", best / tile->cols);
  rg_cli_json_int (builder, "largest_col", best % tile->cols);
  rg_cli_json_rect (builder, "largest_rect", rg_patch_grid_get_source_rect (grid, best));
  rg_cli_json_number (builder, "smallest", map[worst]);
  if (errors != NULL)
    rg_cli_json_number (builder, "largest_error", errors[best]);
}

/* Word @w: its files, and its entry in explain.json. */
static gboolean
save_word (const Folder *self, guint w, JsonBuilder *builder, GError **error)
{
  const RgExplanation *explanation = self->explanation;
  const RgMethodOptions *choices = rg_explanation_get_options (explanation);
  const RgWord *word = rg_explanation_get_word (explanation, w);
  const RgVerdict *verdict = rg_explanation_get_verdict (explanation, w);
  const float *map = rg_explanation_get_map (explanation, w), *errors = rg_explanation_get_errors (explanation, w);
  g_autofree char *npy = g_strdup_printf ("word-%02u.npy", w);
  g_autofree char *png = g_strdup_printf ("word-%02u.png", w);
  g_autofree char *errors_npy = g_strdup_printf ("word-%02u-errors.npy", w);
  g_autofree char *png_path = g_build_filename (self->dir, png, NULL);
  g_autofree float *attention = g_new (float, rg_patch_grid_get_n_patches (self->grid));
  double share = 0;

  rg_token_list_map_word (rg_job_get_tokens (self->question->job), word, choices->layer, choices->head, attention, &share);
  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "word", word->text);
  rg_cli_json_int (builder, "first_token", word->first);
  rg_cli_json_int (builder, "n_tokens", word->n);
  rg_cli_json_number (builder, "image_share", share);
  rg_cli_json_number (builder, "dependence", rg_explanation_get_dependence (explanation, w));
  rg_cli_json_string (builder, "map_question", rg_method_get_question (rg_explanation_get_method (explanation)));
  rg_cli_json_string (builder, "unit", rg_method_get_unit (rg_explanation_get_method (explanation)));
  rg_cli_json_string (builder, "map", npy);
  rg_cli_json_string (builder, "overlay", png);
  if (errors != NULL)
    rg_cli_json_string (builder, "errors", errors_npy);
  add_largest (builder, self->grid, map, errors);
  if (verdict != NULL)
    add_verdict (builder, verdict, rg_explanation_get_hidden_by (explanation));
  json_builder_end_object (builder);

  return save_array (self, map, npy, error) &&
         (errors == NULL || save_array (self, errors, errors_npy, error)) &&
         save_overlay (self, map, png_path, error);
}

/* The maps' files, and members of explain.json. */
static gboolean
save (const Folder *self, gboolean verified, JsonBuilder *builder, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, 0);

  rg_cli_json_string (builder, "method", rg_method_get_name (rg_explanation_get_method (self->explanation)));
  rg_cli_json_int (builder, "width", rg_image_get_width (self->question->picture));
  rg_cli_json_int (builder, "height", rg_image_get_height (self->question->picture));
  rg_cli_json_int (builder, "tiles", rg_patch_grid_get_n_tiles (self->grid));
  rg_cli_json_int (builder, "rows", tile->rows);
  rg_cli_json_int (builder, "cols", tile->cols);
  rg_cli_json_number (builder, "scale", rg_explanation_get_extent (self->explanation));
  rg_cli_json_number (builder, "map_s", rg_job_get_seconds (self->question->explain_job, RG_STAGE_EXPLAIN));
  if (verified)
    rg_cli_json_number (builder, "verify_s", rg_job_get_seconds (self->question->explain_job, RG_STAGE_VERIFY));
  json_builder_set_member_name (builder, "words");
  json_builder_begin_array (builder);
  for (guint w = 0; w < rg_explanation_get_n_words (self->explanation); w++)
    if (!save_word (self, w, builder, error))
      return FALSE;
  json_builder_end_array (builder);

  return TRUE;
}

/* What hiding cost each word, in nats. */
static void
print_verdicts (const RgExplanation *explanation)
{
  for (guint w = 0; w < rg_explanation_get_n_words (explanation); w++)
    {
      const RgVerdict *verdict = rg_explanation_get_verdict (explanation, w);

      if (w == 0)
        {
          printf (ngettext ("hidden: %u patch; what that cost each word, in nats\n", "hidden: %u patches; what that cost each word, in nats\n", verdict->k), verdict->k);
          printf ("%-16s %11s %11s %11s %11s\n", _ ("word"), _ ("picture"), _ ("top"), _ ("random"), _ ("bottom"));
        }
      printf ("%-16s %11.2f %11.2f %11.2f %11.2f  %s\n", rg_explanation_get_word (explanation, w)->text, rg_explanation_get_dependence (explanation, w),
              verdict->top, verdict->random, verdict->bottom, rg_support_get_name (verdict->support));
    }
}

static gboolean
choose_method (RgMethod *method, const char *name, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  if (name == NULL || rg_method_find (name, method))
    return TRUE;

  for (RgMethod i = 0; i < RG_N_METHODS; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", rg_method_get_name (i));

  return rg_cli_fail_usage (error, _ ("there is no method “%s”; there are: %s"), name, names->str);
}

static gboolean
check_layer (const RgExplainOptions *options, GError **error)
{
  if (options->choices.layer < -1 || options->choices.head < -1)
    return rg_cli_fail_usage (error, _ ("--layer and --head count from 0"));
  if ((options->choices.layer >= 0 || options->choices.head >= 0) && options->method != RG_METHOD_ATTENTION)
    return rg_cli_fail_usage (error, _ ("--layer and --head belong to --method attention"));

  return TRUE;
}

static gboolean
choose_masks (RgExplainOptions *options, int n_masks, GError **error)
{
  if (n_masks == 0)
    return TRUE;
  if (options->method != RG_METHOD_KV_CUT)
    return rg_cli_fail_usage (error, _ ("--masks belongs to --method kv-cut"));
  if (n_masks < 4 || n_masks > RG_MASKS_MAX || n_masks % 2 != 0)
    return rg_cli_fail_usage (error, _ ("--masks is an even number between 4 and %d"), RG_MASKS_MAX);

  options->choices.masks.n_masks = n_masks;

  return TRUE;
}

static gboolean
choose_fill (RgExplainOptions *options, const char *name, GError **error)
{
  if (name == NULL)
    return TRUE;

  if (options->method != RG_METHOD_OCCLUSION)
    return rg_cli_fail_usage (error, _ ("--fill belongs to --method occlusion"));
  if (g_str_equal (name, rg_fill_get_name (RG_FILL_BLUR)))
    options->choices.fill = RG_FILL_BLUR;
  else if (!g_str_equal (name, rg_fill_get_name (RG_FILL_MEAN)))
    return rg_cli_fail_usage (error, _ ("--fill is mean or blur, not “%s”"), name);

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

/* All that is written and said once the answer is explained. @out: NULL where the maps are not asked for. */
static gboolean
report (RgCliQuestion *question, const char *out, gboolean verified, GError **error)
{
  RgSwap *swap = question->swap_job != NULL ? rg_job_get_swap (question->swap_job) : NULL;
  g_autofree char *answer = rg_cli_question_dup_answer (question);
  g_autofree char *path = out != NULL ? g_build_filename (out, "explain.json", NULL) : NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "question", question->question);
  rg_cli_json_string (builder, "answer", answer);
  if (out != NULL)
    {
      Folder folder = { question, rg_job_get_explanation (question->explain_job), rg_job_get_patch_grid (question->job), out };

      if (!save (&folder, verified, builder, error))
        return FALSE;
    }
  if (swap != NULL)
    rg_swap_report_json (swap, builder);
  json_builder_end_object (builder);
  if (out != NULL && !rg_cli_save_json (builder, path, error))
    return FALSE;

  if (question->json)
    rg_cli_print_json (builder);
  else
    printf ("%s\n", answer);
  if (!question->json && verified)
    print_verdicts (rg_job_get_explanation (question->explain_job));
  if (!question->json && swap != NULL)
    rg_swap_report_table (swap);

  return TRUE;
}

/* With --swap alone there is no need of maps. */
static gboolean
check_out (const char *out, gboolean swapped, gboolean verified, const char *other, GError **error)
{
  if (out == NULL && (!swapped || verified))
    return rg_cli_fail_usage (error, _ ("--out DIR is missing"));
  if (other != NULL && !swapped)
    return rg_cli_fail_usage (error, _ ("--other belongs to --swap"));

  return TRUE;
}

gboolean
rg_cli_explain (char ***arguments, GError **error)
{
  g_auto (RgCliQuestion) question = { 0 };
  g_autofree char *method = NULL;
  g_autofree char *fill = NULL;
  g_autofree char *out = NULL;
  RgExplainOptions options = rg_explain_options_default ();
  g_autofree char *other = NULL;
  gboolean verified = FALSE, swapped = FALSE;
  int n_masks = 0;
  const GOptionEntry entries[] = {
    { "method", 0, 0, G_OPTION_ARG_FILENAME, &method, N_ ("attention, calibrated, rollout: where it looked; kv-cut, occlusion: what mattered; gradient: would matter; patch-words: what the patch says (calibrated, with --layer or --head attention)"), N_ ("NAME") },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, N_ ("folder for the maps"), N_ ("DIR") },
    { "layer", 0, 0, G_OPTION_ARG_INT, &options.choices.layer, N_ ("one layer, from 0 (mean of all)"), "N" },
    { "head", 0, 0, G_OPTION_ARG_INT, &options.choices.head, N_ ("one head, from 0 (mean of all)"), "N" },
    { "masks", 0, 0, G_OPTION_ARG_INT, &n_masks, N_ ("random masks of the kv-cut (64)"), "N" },
    { "fill", 0, 0, G_OPTION_ARG_FILENAME, &fill, N_ ("what the occlusion hides pixels with, mean or blur (mean)"), N_ ("NAME") },
    { "verify", 0, 0, G_OPTION_ARG_NONE, &verified, N_ ("hide what each map calls important and see whether it was"), NULL },
    { "swap", 0, 0, G_OPTION_ARG_NONE, &swapped, N_ ("try the answer with no picture, in grey, on noise and mirrored"), NULL },
    { "other", 0, 0, G_OPTION_ARG_FILENAME, &other, N_ ("and on this picture"), N_ ("FILE") },
    { NULL },
  };

  if (!rg_cli_question_parse (&question, "explain", _ ("Answers a question and shows for each word of the answer where it looked, or what mattered."), entries, arguments, error))
    return FALSE;

  if (options.choices.layer != -1 || options.choices.head != -1)
    options.method = RG_METHOD_ATTENTION; /* unless another is named */
  options.verify = verified ? RG_VERIFY_ALL : RG_VERIFY_NONE;
  if (!check_out (out, swapped, verified, other, error) ||
      !choose_method (&options.method, method, error) ||
      !check_layer (&options, error) ||
      !choose_masks (&options, n_masks, error) ||
      !choose_fill (&options, fill, error) ||
      (out != NULL && !rg_cli_make_folder (out, error)) ||
      !rg_cli_question_ask (&question, NULL, NULL, error) ||
      !check_record (question.engine, options.choices.layer, options.choices.head, error) ||
      (out != NULL && !rg_cli_question_explain (&question, &options, error)) ||
      (swapped && !rg_cli_question_swap (&question, other, error)))
    return FALSE;

  return report (&question, out, verified, error);
}
