/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli-question.h"
#include "app/cli.h"
#include "app/swap-report.h"
#include "engine/explain/method.h"
#include "engine/explain/verdict.h"
#include "engine/formats/npy.h"
#include "ui/export.h"

/* Where the maps of an answer go. */
typedef struct
{
  RgCliQuestion *question;
  const RgEvidence *evidence;
  const RgExplanation *explanation;
  RgPatchGrid *grid;
  char **formats;
  const char *dir;
} Folder;

/* What is written, and where: NULL for nothing. */
typedef struct
{
  char *dir, *format, *sheet, *frames;
  char **formats; /* of @format */
} Destinations;

static void
destinations_clear (Destinations *self)
{
  g_free (self->dir);
  g_free (self->format);
  g_free (self->sheet);
  g_free (self->frames);
  g_strfreev (self->formats);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Destinations, destinations_clear)

static gboolean
save_errors (const Folder *self, const float *errors, const char *name, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, 0);
  gsize shape[] = { rg_patch_grid_get_n_patches (self->grid) / tile->cols, tile->cols };
  g_autofree char *path = g_build_filename (self->dir, name, NULL);

  return rg_npy_write (path, errors, shape, G_N_ELEMENTS (shape), error);
}

/* The map of word @w in each format, and the files' names; of old the picture is called the overlay. */
static gboolean
save_map (const Folder *self, guint w, JsonBuilder *builder, GError **error)
{
  for (guint i = 0; self->formats[i] != NULL; i++)
    {
      const char *format = self->formats[i];
      g_autofree char *name = g_strdup_printf ("word-%02u.%s", w, format);
      g_autofree char *path = g_build_filename (self->dir, name, NULL);

      rg_cli_json_string (builder, g_str_equal (format, "npy") ? "map" : g_str_equal (format, "png") ? "overlay"
                                                                                                     : format,
                          name);
      if (!rg_export (RG_EXPORT_MAP, self->evidence, w, path, NULL, error))
        return FALSE;
    }

  return TRUE;
}

static void
add_verdict (JsonBuilder *builder, const RgVerdict *verdict, RgHiding hiding)
{
  json_builder_set_member_name (builder, "verify");
  json_builder_begin_object (builder);
  rg_cli_json_int (builder, "hidden_patches", verdict->k);
  rg_cli_json_string (builder, "hidden_by", rg_hiding_get_name (hiding));
  rg_cli_json_string (builder, "unit", "nats");
  rg_cli_json_number (builder, "top", verdict->top);
  rg_cli_json_number (builder, "random", verdict->random);
  rg_cli_json_number (builder, "random_deviation", verdict->random_deviation);
  rg_cli_json_int (builder, "random_draws", verdict->n_random);
  rg_cli_json_int (builder, "random_without_first", verdict->n_spared);
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

/* Shares of attention, for maps that show where it looked. With cross-attention those of the text are apart. */
static void
add_shares (JsonBuilder *builder, const RgShares *shares)
{
  static const char *const names[RG_N_SOURCES] = { "picture", "null_key", "whole_picture", "text_around_picture", "question", "earlier_words" };

  json_builder_set_member_name (builder, "shares");
  json_builder_begin_object (builder);
  for (RgSource source = 0; source < RG_N_SOURCES; source++)
    if (shares->of[source] > 0 || source == RG_SOURCE_PICTURE)
      rg_cli_json_number (builder, names[source], shares->of[source]);
  rg_cli_json_number (builder, "sinks", shares->sinks);
  rg_cli_json_number (builder, "padding", shares->padding);
  rg_cli_json_bool (builder, "text_apart", shares->is_cross);
  json_builder_end_object (builder);
}

static void
add_sinks (JsonBuilder *builder, const RgExplanation *explanation)
{
  RgPatchGrid *grid = rg_explanation_get_grid (explanation);
  guint n;
  const RgSink *sinks = rg_explanation_get_sinks (explanation, &n);

  rg_cli_json_bool (builder, "sinks_hidden", rg_explanation_get_options (explanation)->hide_sinks);
  json_builder_set_member_name (builder, "sinks");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    {
      guint tile, row, col;

      rg_patch_grid_locate (grid, sinks[i].patch, &tile, &row, &col);
      json_builder_begin_object (builder);
      rg_cli_json_int (builder, "tile", tile);
      rg_cli_json_int (builder, "row", row);
      rg_cli_json_int (builder, "col", col);
      rg_cli_json_rect (builder, "rect", rg_patch_grid_get_source_rect (grid, sinks[i].patch));
      rg_cli_json_int (builder, "heads", sinks[i].n_heads);
      rg_cli_json_number (builder, "share", sinks[i].share);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/* Word @w: its files, and its entry in explain.json. */
static gboolean
save_word (const Folder *self, guint w, JsonBuilder *builder, GError **error)
{
  const RgExplanation *explanation = self->explanation;
  const RgWord *word = rg_explanation_get_word (explanation, w);
  const RgVerdict *verdict = rg_explanation_get_verdict (explanation, w);
  const float *map = rg_explanation_get_map (explanation, w), *errors = rg_explanation_get_errors (explanation, w);
  g_autofree char *errors_npy = g_strdup_printf ("word-%02u-errors.npy", w);

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "word", word->text);
  rg_cli_json_int (builder, "first_token", word->first);
  rg_cli_json_int (builder, "n_tokens", word->n);
  if (rg_explanation_get_against (explanation, w) != NULL)
    rg_cli_json_string (builder, "against", rg_explanation_get_against (explanation, w));
  rg_cli_json_number (builder, "image_share", MAX (self->evidence->shares[w], 0));
  if (rg_explanation_get_shares (explanation, w) != NULL)
    add_shares (builder, rg_explanation_get_shares (explanation, w));
  rg_cli_json_number (builder, "dependence", rg_explanation_get_dependence (explanation, w));
  rg_cli_json_string (builder, "map_question", rg_method_get_question (rg_explanation_get_method (explanation)));
  rg_cli_json_string (builder, "unit", rg_method_get_unit (rg_explanation_get_method (explanation)));
  if (!save_map (self, w, builder, error))
    return FALSE;
  if (errors != NULL)
    rg_cli_json_string (builder, "errors", errors_npy);
  add_largest (builder, self->grid, map, errors);
  if (verdict != NULL)
    add_verdict (builder, verdict, rg_explanation_get_hidden_by (explanation));
  json_builder_end_object (builder);

  return errors == NULL || save_errors (self, errors, errors_npy, error);
}

/* The maps' files, and members of explain.json. */
static gboolean
save (const Folder *self, gboolean verified, JsonBuilder *builder, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (self->grid, 0);
  g_autoptr (RgModelInfo) info = rg_engine_dup_model_info (self->question->engine);

  if (info != NULL && info->through_question)
    rg_cli_json_string (builder, "looked_through", "question");
  rg_cli_json_string (builder, "method", rg_method_get_name (rg_explanation_get_method (self->explanation)));
  rg_cli_json_int (builder, "width", rg_image_get_width (self->question->picture));
  rg_cli_json_int (builder, "height", rg_image_get_height (self->question->picture));
  rg_cli_json_int (builder, "tiles", rg_patch_grid_get_n_tiles (self->grid));
  rg_cli_json_int (builder, "rows", tile->rows);
  rg_cli_json_int (builder, "cols", tile->cols);
  rg_cli_json_number (builder, "scale", rg_explanation_get_extent (self->explanation));
  rg_cli_json_number (builder, "map_s", rg_job_get_seconds (self->question->explain_job, RG_STAGE_EXPLAIN));
  if (rg_method_is_share (rg_explanation_get_method (self->explanation)))
    add_sinks (builder, self->explanation);
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
      const char *word = rg_explanation_get_word (explanation, w)->text, *against = rg_explanation_get_against (explanation, w);
      g_autofree char *pair = against != NULL ? g_strdup_printf ("%s / %s", word, against) : g_strdup (word);

      if (w == 0)
        {
          printf (ngettext ("hidden: %u patch; what that cost each word, in nats\n", "hidden: %u patches; what that cost each word, in nats\n", verdict->k), verdict->k);
          if (against != NULL)
            printf ("%s\n", _ ("(of its lead over the other word: the difference of their log-probabilities)"));
          printf ("%-16s %11s %11s %11s %11s\n", _ ("word"), _ ("picture"), _ ("top"), _ ("random"), _ ("bottom"));
        }
      rg_cli_print_column (pair, 16);
      rg_cli_print_nats (rg_explanation_get_dependence (explanation, w), 12);
      rg_cli_print_nats (verdict->top, 12);
      rg_cli_print_nats (verdict->random, 12);
      rg_cli_print_nats (verdict->bottom, 12);
      printf ("  %s\n", rg_support_get_name (verdict->support));
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

/* @against: (nullable): a word; otherwise, with @contrast, see rg_contrast_find(). */
static gboolean
choose_contrast (RgExplainOptions *options, gboolean contrast, const char *against, GError **error)
{
  if (!contrast && against == NULL)
    return TRUE;
  if (!rg_method_has_contrast (options->method))
    return rg_cli_fail_usage (error, _ ("--contrast and --against belong to methods of what mattered or would matter: kv-cut, occlusion, gradient, direct, relevancy"));
  if (against != NULL && (*against == '\0' || g_strlcpy (options->choices.against, against, RG_AGAINST_LENGTH) >= RG_AGAINST_LENGTH))
    return rg_cli_fail_usage (error, _ ("--against is a word of at most %d bytes"), RG_AGAINST_LENGTH - 1);

  options->choices.contrastive = TRUE;

  return TRUE;
}

static gboolean
check_sinks (const RgExplainOptions *options, GError **error)
{
  return !options->choices.hide_sinks || rg_method_is_share (options->method) || rg_cli_fail_usage (error, _ ("--hide-sinks belongs to methods of where it looked: attention, calibrated, rollout"));
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

/* Without --format a picture of each map; the numbers in any case. */
static gboolean
choose_formats (Destinations *self, GError **error)
{
  g_autofree char *list = g_strconcat ("npy,", self->format != NULL ? self->format : "png", NULL);

  self->formats = g_strsplit (list, ",", -1);
  for (guint i = 1; self->formats[i] != NULL; i++)
    if (!g_strv_contains (rg_export_get_endings (RG_EXPORT_MAP), self->formats[i]) || g_strv_contains ((const char *const *) self->formats + i + 1, self->formats[i]) || g_str_equal (self->formats[i], "npy"))
      return rg_cli_fail_usage (error, _ ("--format takes png, svg, pdf and csv, each once, with commas between them; not “%s”"), self->formats[i]);

  return TRUE;
}

static gboolean
check_ending (RgExportKind kind, const char *path, GError **error)
{
  g_autoptr (GError) wrong = NULL;

  return path == NULL || rg_export_check (kind, path, &wrong) || rg_cli_fail_usage (error, "%s", wrong->message);
}

/* Whether anything is drawn at all: for --swap alone there is no need of maps. */
static gboolean
has_maps (const Destinations *self)
{
  return self->dir != NULL || self->sheet != NULL || self->frames != NULL;
}

/* What --json says of maps are the names of their files. */
static gboolean
check_destinations (Destinations *self, gboolean json, gboolean swapped, gboolean verified, GError **error)
{
  if (!has_maps (self) ? !swapped || verified : self->dir == NULL && json && !swapped)
    return rg_cli_fail_usage (error, _ ("--out DIR is missing"));

  return choose_formats (self, error) &&
         check_ending (RG_EXPORT_SHEET, self->sheet, error) &&
         check_ending (RG_EXPORT_ANSWER, self->frames, error) &&
         (self->dir == NULL || rg_cli_make_folder (self->dir, error));
}

static RgEvidence *
collect_evidence (RgCliQuestion *question)
{
  g_autoptr (RgModelInfo) model = rg_engine_dup_model_info (question->engine);
  RgAnswered answered = rg_cli_question_get_answered (question);
  RgSampling sampling = rg_cli_question_get_sampling (question);
  RgEvidence *evidence = rg_evidence_new (&answered, rg_job_get_explanation (question->explain_job), model, &sampling);

  evidence->name = g_filename_display_basename (question->images[0]);

  return evidence;
}

static gboolean
export_all (const Destinations *to, const RgEvidence *evidence, GError **error)
{
  return (to->sheet == NULL || rg_export (RG_EXPORT_SHEET, evidence, 0, to->sheet, NULL, error)) &&
         (to->frames == NULL || rg_export (RG_EXPORT_ANSWER, evidence, 0, to->frames, NULL, error));
}

/* All that is written and said once the answer is explained. */
static gboolean
report (RgCliQuestion *question, const Destinations *to, gboolean verified, GError **error)
{
  g_autoptr (RgEvidence) evidence = has_maps (to) ? collect_evidence (question) : NULL;
  RgSwap *swap = question->swap_job != NULL ? rg_job_get_swap (question->swap_job) : NULL;
  g_autofree char *answer = rg_cli_question_dup_answer (question);
  g_autofree char *path = to->dir != NULL ? g_build_filename (to->dir, "explain.json", NULL) : NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "question", question->question);
  rg_cli_json_string (builder, "answer", answer);
  if (to->dir != NULL)
    {
      Folder folder = { question, evidence, evidence->explanation, rg_job_get_patch_grid (question->job), to->formats, to->dir };

      if (!save (&folder, verified, builder, error))
        return FALSE;
    }
  if (swap != NULL)
    rg_swap_report_json (swap, builder);
  json_builder_end_object (builder);
  if ((to->dir != NULL && !rg_cli_save_json (builder, path, error)) || !export_all (to, evidence, error))
    return FALSE;

  if (question->json)
    rg_cli_print_json (builder);
  else
    printf ("%s\n", answer);
  if (!question->json && verified)
    print_verdicts (evidence->explanation);
  if (!question->json && swap != NULL)
    rg_swap_report_table (swap);

  return TRUE;
}

static gboolean
check_other (const char *other, gboolean swapped, GError **error)
{
  return other == NULL || swapped || rg_cli_fail_usage (error, _ ("--other belongs to --swap"));
}

gboolean
rg_cli_explain (char ***arguments, GError **error)
{
  g_auto (RgCliQuestion) question = { 0 };
  g_autofree char *method = NULL;
  g_autofree char *fill = NULL;
  g_auto (Destinations) to = { 0 };
  RgExplainOptions options = rg_explain_options_default ();
  g_autofree char *other = NULL;
  g_autofree char *against = NULL;
  gboolean verified = FALSE, swapped = FALSE, contrast = FALSE;
  int n_masks = 0;
  const GOptionEntry entries[] = {
    { "method", 0, 0, G_OPTION_ARG_FILENAME, &method, N_ ("attention, calibrated, rollout: where it looked; kv-cut, occlusion: what mattered; gradient, direct, relevancy: would matter; patch-words: what the patch says (calibrated, with --layer or --head attention)"), N_ ("NAME") },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &to.dir, N_ ("folder for the maps"), N_ ("DIR") },
    { "format", 0, 0, G_OPTION_ARG_FILENAME, &to.format, N_ ("files of each map, besides .npy: png, svg, pdf, csv (png)"), N_ ("LIST") },
    { "sheet", 0, 0, G_OPTION_ARG_FILENAME, &to.sheet, N_ ("write an evidence sheet, for which every map is tested: .pdf, .svg or .png"), N_ ("FILE") },
    { "frames", 0, 0, G_OPTION_ARG_FILENAME, &to.frames, N_ ("write the answer word by word: .gif, or a folder of pictures"), N_ ("PATH") },
    { "layer", 0, 0, G_OPTION_ARG_INT, &options.choices.layer, N_ ("one layer, from 0 (mean of all)"), "N" },
    { "head", 0, 0, G_OPTION_ARG_INT, &options.choices.head, N_ ("one head, from 0 (mean of all)"), "N" },
    { "masks", 0, 0, G_OPTION_ARG_INT, &n_masks, N_ ("random masks of the kv-cut (64)"), "N" },
    { "fill", 0, 0, G_OPTION_ARG_FILENAME, &fill, N_ ("what the occlusion hides pixels with, mean or blur (mean)"), N_ ("NAME") },
    { "hide-sinks", 0, 0, G_OPTION_ARG_NONE, &options.choices.hide_sinks, N_ ("leave out attention that is parked on patches whatever the word"), NULL },
    { "contrast", 0, 0, G_OPTION_ARG_NONE, &contrast, N_ ("why each word and not the likeliest other that the picture tells it from"), NULL },
    { "against", 0, 0, G_OPTION_ARG_STRING, &against, N_ ("why each word and not this one"), N_ ("WORD") },
    { "verify", 0, 0, G_OPTION_ARG_NONE, &verified, N_ ("hide what each map calls important and see whether it was"), NULL },
    { "swap", 0, 0, G_OPTION_ARG_NONE, &swapped, N_ ("try the answer with no picture, in grey, on noise and mirrored"), NULL },
    { "other", 0, 0, G_OPTION_ARG_FILENAME, &other, N_ ("and on this picture"), N_ ("FILE") },
    { NULL },
  };

  if (!rg_cli_question_parse (&question, "explain", _ ("Answers a question and shows for each word of the answer where it looked, or what mattered."), entries, arguments, error))
    return FALSE;

  verified |= to.sheet != NULL;
  if (options.choices.layer != -1 || options.choices.head != -1)
    options.method = RG_METHOD_ATTENTION; /* unless another is named */
  options.verify = verified ? RG_VERIFY_ALL : RG_VERIFY_NONE;
  if (!check_other (other, swapped, error) ||
      !choose_method (&options.method, method, error) ||
      !check_layer (&options, error) ||
      !choose_masks (&options, n_masks, error) ||
      !choose_fill (&options, fill, error) ||
      !choose_contrast (&options, contrast, against, error) ||
      !check_sinks (&options, error) ||
      !check_destinations (&to, question.json, swapped, verified, error) ||
      !rg_cli_question_ask (&question, NULL, NULL, error) ||
      !check_record (question.engine, options.choices.layer, options.choices.head, error) ||
      (has_maps (&to) && !rg_cli_question_explain (&question, &options, error)) ||
      (swapped && !rg_cli_question_swap (&question, other, error)))
    return FALSE;

  return report (&question, &to, verified, error);
}
