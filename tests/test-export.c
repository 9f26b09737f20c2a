/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/npy.h"
#include "tests/folder.h"
#include "tests/ui/answer-fixture.h"
#include "ui/color-scale.h"
#include "ui/evidence-sheet.h"
#include "ui/evidence-text.h"
#include "ui/export.h"
#include "ui/map-table.h"

/* What is kept of an answer: the same bytes each time, the numbers of the map, the label that goes with it, and animations
 * that others can read. */

#define QUESTION "what is <left> of\nthe house & tree?"

typedef struct
{
  char *dir;
  RgEvidence *evidence;
} Fixture;

/* Of "a red star" as fixture_explanation_new() has it, with a standard error a patch and a verdict on the last word. */
static RgExplanation *
explanation_new (RgMethod method)
{
  RgMethodOptions options;
  g_autoptr (RgExplanation) plain = fixture_explanation_new (method);
  RgVerdict verdicts[3] = { { 0 }, { 0 }, { .k = 2, .n_random = 19, .n_beaten = 19, .top = 3.82, .random = 0.2, .random_deviation = 0.3, .support = RG_SUPPORT_FULL } };
  g_autoptr (RgExplanation) explanation = NULL;
  float errors[3 * FIXTURE_PATCHES];
  RgWord words[3];
  double dependence[3];

  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    errors[i] = 1.0f / (3.0f + (float) i); /* takes all digits */
  for (guint w = 0; w < 3; w++)
    {
      words[w] = *rg_explanation_get_word (plain, w);
      dependence[w] = rg_explanation_get_dependence (plain, w);
    }
  options = *rg_explanation_get_options (plain);
  options.calibrated = TRUE;
  explanation = rg_explanation_new (method, &options, rg_explanation_get_grid (plain), words, 3, rg_explanation_get_map (plain, 0),
                                    method == RG_METHOD_KV_CUT ? errors : NULL, dependence);

  return rg_explanation_new_tested (explanation, verdicts);
}

static RgEvidence *
evidence_new (RgExplanation *explanation,
              RgTokenList *tokens,
              const char *question)
{
  g_autoptr (RgImage) picture = fixture_image_new (400, 400, 128);
  RgAnswered answered = { .image = picture, .question = question, .tokens = tokens };
  RgModelInfo model = { .name = "tiny", .family = "regard", .fingerprint = "0123456789abcdef0123456789abcdef", .n_parameters = 12345 };
  RgSampling sampling = rg_sampling_default ();
  RgEvidence *evidence = rg_evidence_new (&answered, explanation, &model, &sampling);

  evidence->name = g_strdup ("gray.png");

  return evidence;
}

static void
set_up (Fixture *self,
        gconstpointer data)
{
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  g_autoptr (RgExplanation) explanation = explanation_new (GPOINTER_TO_UINT (data));

  self->dir = g_dir_make_tmp ("regard-export-XXXXXX", NULL);
  self->evidence = evidence_new (explanation, tokens, QUESTION);
}

static void
tear_down (Fixture *self,
           gconstpointer data)
{
  folder_remove (self->dir);
  g_free (self->dir);
  rg_evidence_free (self->evidence);
}

/* Returns: (transfer full): the bytes of the file. */
static GBytes *export(const Fixture *self,
                      RgExportKind kind,
                      guint word,
                      const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *content;
  gsize size;

  rg_export (kind, self->evidence, word, path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &content, &size, NULL));

  return g_bytes_new_take (content, size);
}

/* Whether @bytes has @text somewhere. */
static gboolean
has_text (GBytes *bytes,
          const char *text)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return memmem (data, size, text, strlen (text)) != NULL;
}

/* --- any file ----------------------------------------------------------------------------------------------------- */

static void
test_same_bytes (Fixture *self,
                 gconstpointer data)
{
  self->evidence->style.smooth = rg_explanation_get_method (self->evidence->explanation) == RG_METHOD_KV_CUT;
  for (RgExportKind kind = 0; kind < RG_N_EXPORT_KINDS; kind++)
    for (const char *const *ending = rg_export_get_endings (kind); *ending != NULL; ending++)
      {
        g_autofree char *name = g_strdup_printf ("a.%s", *ending);
        g_autofree char *other_name = g_strdup_printf ("b.%s", *ending);
        g_autoptr (GBytes) first = export(self, kind, 1, name);
        g_autoptr (GBytes) other = export(self, kind, 2, other_name);
        g_autoptr (GBytes) again = export(self, kind, 1, name);

        g_test_message ("%s: %" G_GSIZE_FORMAT " bytes", name, g_bytes_get_size (first));
        g_assert_cmpuint (g_bytes_get_size (first), >, 100);
        g_assert_true (g_bytes_equal (first, again));
        g_assert_true (g_bytes_equal (first, other) == (kind != RG_EXPORT_MAP));
      }
}

/* @text as a string object of a PDF that is not ASCII: UTF-16, big end first, in hexadecimal. */
static char *
encode_for_pdf (const char *text)
{
  glong n;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (text, -1, NULL, &n, NULL);
  GString *hex = g_string_new (NULL);

  for (glong i = 0; i < n; i++)
    g_string_append_printf (hex, "%04X", units[i]);

  return g_string_free (hex, FALSE);
}

static void
test_label (Fixture *self,
            gconstpointer data)
{
  g_autofree char *label = rg_evidence_dup_label (self->evidence, 2);
  g_autofree char *escaped = g_markup_escape_text (label, -1);
  g_autofree char *hex = encode_for_pdf (label);
  g_auto (GStrv) lines = g_strsplit (label, "\n", -1);
  g_autoptr (GBytes) svg = export(self, RG_EXPORT_MAP, 2, "map.svg");
  g_autoptr (GBytes) pdf = export(self, RG_EXPORT_MAP, 2, "map.pdf");
  g_autoptr (GBytes) csv = export(self, RG_EXPORT_MAP, 2, "map.csv");

  /* Question answered, method, layers and heads, unit, share, scale, model. */
  g_assert_cmpstr (lines[0], ==, "what is <left> of the house & tree?");
  g_assert_cmpstr (lines[1], ==, "a red star");
  g_assert_cmpstr (lines[2], ==, "Where it looked: attention of the word “star”, mean of 2 layers × 3 heads · 75\u00a0% on the picture");
  g_assert_cmpstr (lines[3], ==, "Looked (attention) · unit: share of attention · +6.64\u00a0nats from the whole picture · one scale for all words of the answer");
  g_assert_cmpstr (lines[4], ==, "Colours from 0 to 50\u00a0% of the attention in one patch");
  g_assert_nonnull (strstr (lines[5], "model “tiny”, SHA-256 0123456789ab…"));
  g_assert_null (lines[6]);

  g_assert_true (has_text (svg, escaped));
  g_assert_true (has_text (pdf, hex));
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *comment = g_strdup_printf ("# %s\n", lines[i]);

      g_assert_true (has_text (csv, comment));
    }
}

/* Shares of attention are spoken of alike, however the heads were chosen. */
static void
test_label_of_chosen_heads (Fixture *self,
                            gconstpointer data)
{
  g_autofree char *caption = rg_evidence_dup_caption (self->evidence, 2), *details = rg_evidence_dup_details (self->evidence, 2);
  g_autofree char *maps = rg_evidence_text_maps (self->evidence);
  g_autofree char *middle = rg_color_scale_format (RG_METHOD_CALIBRATED, 0.5, 1);

  g_assert_cmpstr (caption, ==, "Where it looked: attention of the word “star”, the heads that follow objects · 75\u00a0% on the picture");
  g_assert_true (g_str_has_prefix (details, "Looked (calibrated heads) · unit: share of attention · +6.64\u00a0nats from the whole picture"));
  g_assert_true (g_str_has_prefix (maps, "Looked (calibrated heads): the heads that follow objects. Colours from 0 to 50\u00a0%"));
  g_assert_cmpstr (middle, ==, "25\u00a0%");
}

/* Whatever is kept says how attention was divided, and of heads that nobody chose that nobody did. */
static void
test_shares (Fixture *self,
             gconstpointer data)
{
  g_autoptr (RgExplanation) plain = fixture_explanation_new (RG_METHOD_CALIBRATED);
  g_autoptr (RgEvidence) evidence = NULL;
  RgShares shares[3] = { { .of = { 0.5 } }, { .of = { 0.25 } }, { .of = { 0.6, 0.4, 0, 0, 1 }, .sinks = 0.1, .is_cross = TRUE } };
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  g_autofree char *details = NULL, *numbers = NULL, *label = NULL;

  rg_explanation_set_shares (plain, shares, NULL, 0);
  evidence = evidence_new (plain, tokens, "what is it?");
  g_assert_cmpfloat (evidence->shares[1], ==, 0.25);
  details = rg_evidence_dup_details (evidence, 2);
  numbers = rg_evidence_text_numbers (evidence, 2);
  label = rg_evidence_dup_label (evidence, 2);
  g_assert_true (g_str_has_prefix (details, "Looked (mean of all heads)"));
  g_assert_true (g_str_has_suffix (details, "\nLooking: picture 60\u00a0% (of which sinks 10\u00a0%), nowhere 40\u00a0% · Reading: question 100\u00a0%"));
  g_assert_nonnull (strstr (numbers, "nowhere 40"));
  g_assert_nonnull (strstr (label, "nowhere 40"));
}

/* The letters on the page, as others read them. */
static void
test_page_text (Fixture *self,
                gconstpointer data)
{
  g_autofree char *tool = g_find_program_in_path ("pdftotext");
  g_autofree char *path = g_build_filename (self->dir, "sheet.pdf", NULL);
  g_autoptr (GBytes) pdf = export(self, RG_EXPORT_SHEET, 0, "sheet.pdf");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (has_text (pdf, "/Count 1\n"));
  g_assert_true (has_text (pdf, "/CreationDate (19700101000000Z)"));
  if (tool == NULL)
    {
      g_test_skip ("SKIPPED: pdftotext is missing, the letters of the PDF are not read");
      return;
    }

  g_spawn_sync (NULL, (char *[]){ tool, "-raw", path, "-", NULL }, NULL, 0, NULL, NULL, &text, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "Evidence sheet"));
  g_assert_nonnull (strstr (text, "“star”: the test supports the map"));
  g_assert_nonnull (strstr (text, "Attention is not proof."));
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static void
test_table (Fixture *self,
            gconstpointer data)
{
  const float *map = rg_explanation_get_map (self->evidence->explanation, 2), *errors = rg_explanation_get_errors (self->evidence->explanation, 2);
  g_autoptr (GBytes) csv = export(self, RG_EXPORT_MAP, 2, "map.csv");
  g_autofree char *text = g_strndup (g_bytes_get_data (csv, NULL), g_bytes_get_size (csv));
  g_auto (GStrv) lines = g_strsplit (strstr (text, "tile,"), "\n", -1);

  g_assert_cmpstr (lines[0], ==, "tile,row,col,x,y,width,height,value,standard_error");
  for (guint p = 0; p < FIXTURE_PATCHES; p++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[p + 1], ",", -1);
      const double expected[] = { 0, p / 4, p % 4, p % 4 * 100, p / 4 * 100, 100, 100 };

      g_assert_cmpuint (g_strv_length (fields), ==, 9);
      for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
        g_assert_cmpfloat (g_ascii_strtod (fields[i], NULL), ==, expected[i]);
      g_assert_cmpfloat ((float) g_ascii_strtod (fields[7], NULL), ==, map[p]);
      g_assert_cmpfloat ((float) g_ascii_strtod (fields[8], NULL), ==, errors[p]);
    }
  g_assert_cmpstr (lines[FIXTURE_PATCHES + 1], ==, "");
}

static void
test_npy (Fixture *self,
          gconstpointer data)
{
  const float *map = rg_explanation_get_map (self->evidence->explanation, 1);
  g_autoptr (GBytes) file = export(self, RG_EXPORT_MAP, 1, "map.npy");
  g_autoptr (GError) error = NULL;
  g_autoptr (RgNpy) array = rg_npy_parse (file, "map.npy", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (array->n_dims, ==, 2);
  g_assert_cmpuint (array->shape[0], ==, FIXTURE_ROWS);
  g_assert_cmpuint (array->shape[1], ==, FIXTURE_COLS);
  g_assert_cmpmem (array->values, array->n_values * sizeof (float), map, FIXTURE_PATCHES * sizeof (float));
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

static GdkPixbuf *
load (const Fixture *self,
      const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autoptr (GError) error = NULL;
  GdkPixbuf *pixbuf = gdk_pixbuf_new_from_file (path, &error);

  g_assert_no_error (error);

  return pixbuf;
}

/* The colour at @x, @y, of a picture 768 wide below a margin of 20. */
static const guint8 *
get_pixel (const GdkPixbuf *pixbuf,
           double x,
           double y)
{
  int column = (int) (20 + 768 * x), row = (int) (20 + 768 * y);

  return gdk_pixbuf_read_pixels (pixbuf) + row * gdk_pixbuf_get_rowstride (pixbuf) + column * gdk_pixbuf_get_n_channels (pixbuf);
}

/* The map lies where the word's patch is; a word that does not depend on the picture has none, and the caption says so. */
static void
test_picture (Fixture *self,
              gconstpointer data)
{
  g_autoptr (GBytes) anyway_file = export(self, RG_EXPORT_MAP, 0, "anyway.png");
  g_autoptr (GBytes) red_file = export(self, RG_EXPORT_MAP, 1, "red.png");
  g_autoptr (GdkPixbuf) anyway = load (self, "anyway.png");
  g_autoptr (GdkPixbuf) red = load (self, "red.png");
  g_autofree char *caption = rg_evidence_dup_caption (self->evidence, 0);
  static const guint8 gray[3] = { 128, 128, 128 };

  g_assert_cmpmem (get_pixel (anyway, 1 / 8.0, 1 / 8.0), 3, gray, 3);
  g_assert_cmpmem (get_pixel (red, 1 / 8.0, 1 / 8.0), 3, gray, 3);
  g_assert_cmpint (get_pixel (red, 3 / 8.0, 3 / 8.0)[0], >, 200); /* patch 5, the strongest of all: nearly inferno's pale yellow */
  g_assert_nonnull (strstr (caption, "anyway"));
}

/* A stretched map says so, and does not look like the same map on the scale of the answer. */
static void
test_stretched (Fixture *self,
                gconstpointer data)
{
  g_autoptr (GBytes) plain = export(self, RG_EXPORT_MAP, 2, "plain.png");
  g_autoptr (GBytes) stretched = NULL;
  g_autofree char *label = NULL;

  self->evidence->stretched = TRUE;
  self->evidence->style.scale = rg_explanation_get_word_extent (self->evidence->explanation, 2);
  stretched = export(self, RG_EXPORT_MAP, 2, "stretched.png");
  label = rg_evidence_dup_label (self->evidence, 2);
  g_assert_false (g_bytes_equal (plain, stretched));
  g_assert_nonnull (strstr (label, "stretched"));
  g_assert_nonnull (strstr (label, "from 0 to 40\u00a0%"));
}

/* --- animation ---------------------------------------------------------------------------------------------------- */

/* Of all channels of all pixels. */
static double
get_mean_difference (const GdkPixbuf *a,
                     const GdkPixbuf *b)
{
  int width = gdk_pixbuf_get_width (a), height = gdk_pixbuf_get_height (a);
  double sum = 0;

  g_assert_cmpint (gdk_pixbuf_get_width (b), ==, width);
  g_assert_cmpint (gdk_pixbuf_get_height (b), ==, height);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int i = 0; i < 3; i++)
        sum += abs (gdk_pixbuf_read_pixels (a)[y * gdk_pixbuf_get_rowstride (a) + x * gdk_pixbuf_get_n_channels (a) + i] -
                    gdk_pixbuf_read_pixels (b)[y * gdk_pixbuf_get_rowstride (b) + x * gdk_pixbuf_get_n_channels (b) + i]);

  return sum / (3.0 * width * height);
}

/* Animation and series show the same, frame by frame; the last frame stays longer. */
static void
test_answer (Fixture *self,
             gconstpointer data)
{
  g_autoptr (GBytes) gif = export(self, RG_EXPORT_ANSWER, 0, "answer.gif");
  g_autofree char *path = g_build_filename (self->dir, "answer.gif", NULL);
  g_autofree char *series = g_build_filename (self->dir, "series", NULL);
  g_autofree char *fourth = g_build_filename (series, "frame-003.png", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbufAnimation) animation = gdk_pixbuf_animation_new_from_file (path, &error);
  g_autoptr (GdkPixbufAnimationIter) iter = NULL;
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  GTimeVal now = { 0 };

  g_assert_no_error (error);
  g_assert_true (rg_export (RG_EXPORT_ANSWER, self->evidence, 0, series, NULL, &error));
  g_assert_false (gdk_pixbuf_animation_is_static_image (animation));
  iter = gdk_pixbuf_animation_get_iter (animation, &now);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("series/frame-%03u.png", i);
      g_autoptr (GdkPixbuf) frame = load (self, name);

      g_assert_cmpfloat (get_mean_difference (gdk_pixbuf_animation_iter_get_pixbuf (iter), frame), <, 1);
      g_assert_cmpint (gdk_pixbuf_animation_iter_get_delay_time (iter), ==, i < 2 ? 900 : 3000);
      g_time_val_add (&now, 1000L * gdk_pixbuf_animation_iter_get_delay_time (iter));
      gdk_pixbuf_animation_iter_advance (iter, &now);
    }
  G_GNUC_END_IGNORE_DEPRECATIONS

  /* After the third comes the first again. */
  g_assert_cmpint (gdk_pixbuf_animation_iter_get_delay_time (iter), ==, 900);
  g_assert_false (g_file_test (fourth, G_FILE_TEST_EXISTS));
}

/* --- what nobody expects ------------------------------------------------------------------------------------------ */

static void
test_refused (Fixture *self,
              gconstpointer data)
{
  static const struct
  {
    RgExportKind kind;
    const char *name;
    GQuark (*domain) (void);
    const char *said;
  } cases[] = {
    { RG_EXPORT_MAP, "map.jpg", rg_error_quark, "png, svg, pdf, csv, npy" },
    { RG_EXPORT_MAP, "png", rg_error_quark, "“png”" },
    { RG_EXPORT_SHEET, "sheet.csv", rg_error_quark, "pdf, svg, png" },
    { RG_EXPORT_ANSWER, "answer.png", rg_error_quark, "gif" },
    { RG_EXPORT_MAP, "nowhere/map.png", g_file_error_quark, "nowhere/map.png" },
    { RG_EXPORT_MAP, "nowhere/map.npy", g_file_error_quark, "nowhere/map.npy" },
    { RG_EXPORT_SHEET, "folder.pdf", g_file_error_quark, "folder.pdf" },
    { RG_EXPORT_ANSWER, "file", g_file_error_quark, "file" },
  };
  g_autofree char *folder = g_build_filename (self->dir, "folder.pdf", NULL);
  g_autofree char *file = g_build_filename (self->dir, "file", NULL);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_build_filename (self->dir, cases[i].name, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (rg_export (cases[i].kind, self->evidence, 0, path, NULL, &error));
      g_test_message ("%s", error->message);
      g_assert_cmpuint (error->domain, ==, cases[i].domain ());
      g_assert_nonnull (strstr (error->message, cases[i].said));
    }
}

static void
test_cancelled (Fixture *self,
                gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->dir, "answer.gif", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (rg_export (RG_EXPORT_ANSWER, self->evidence, 0, path, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* More words than one page holds, an endless question, and characters that no file may have: still one page. */
static void
test_much (Fixture *self,
           gconstpointer data)
{
  enum
  {
    N_WORDS = 300
  };
  g_autoptr (RgTokenList) tokens = rg_token_list_new ();
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  g_autoptr (RgExplanation) explanation = NULL;
  g_autofree float *maps = g_new0 (float, N_WORDS *FIXTURE_PATCHES);
  g_autofree char *question = g_strnfill (100000, 'w');
  g_autoptr (GBytes) pdf = NULL;
  g_autoptr (GBytes) svg = NULL;
  RgMethodOptions options = { .layer = -1, .head = -1 };
  RgWord words[N_WORDS];
  double dependence[N_WORDS];

  memcpy (question, "\x01\x1b]\xff ", 5);
  for (guint w = 0; w < N_WORDS; w++)
    {
      words[w] = (RgWord){ w, 1, (char *) "extraordinarily" };
      dependence[w] = w;
      maps[w * FIXTURE_PATCHES + w % FIXTURE_PATCHES] = 1;
      fixture_append (tokens, " extraordinarily", 0, 0.5);
    }
  explanation = rg_explanation_new (RG_METHOD_ATTENTION, &options, grid, words, N_WORDS, maps, NULL, dependence);
  rg_evidence_free (self->evidence);
  self->evidence = evidence_new (explanation, tokens, question);

  pdf = export(self, RG_EXPORT_SHEET, 0, "much.pdf");
  svg = export(self, RG_EXPORT_MAP, N_WORDS - 1, "much.svg");
  g_assert_true (has_text (pdf, "/Count 1\n"));
  g_assert_true (g_utf8_validate (g_bytes_get_data (svg, NULL), g_bytes_get_size (svg), NULL));
  g_assert_false (has_text (svg, "\x1b"));
}

/* A picture cut into two parts, beside a view of the whole that has padding: each part has rows of its own. */
static void
test_tiles (Fixture *self,
            gconstpointer data)
{
  g_autoptr (RgImage) view = fixture_image_new (32, 32, 200);
  const RgTile tiles[] = {
    { view, 2, 2, { 0, 0, 32, 32 }, { 0, 0, 200, 200 } },
    { view, 2, 2, { 0, 0, 32, 32 }, { 200, 0, 200, 200 } },
    { view, 2, 2, { 0, 0, 32, 16 }, { 0, 0, 400, 200 } },
  };
  g_autoptr (RgPatchGrid) grid = rg_patch_grid_new (tiles, 3, 400, 200);
  g_autoptr (RgTokenList) tokens = fixture_tokens_new ();
  g_autoptr (RgExplanation) explanation = NULL;
  g_autoptr (GBytes) csv = NULL;
  g_autoptr (GBytes) npy = NULL;
  g_autoptr (GBytes) sheet = NULL;
  g_autoptr (RgNpy) array = NULL;
  const RgWord words[] = { { 0, 1, (char *) "a" } };
  const double dependence[] = { 1 };
  RgMethodOptions options = { .layer = -1, .head = -1 };
  float map[12];

  for (guint i = 0; i < 12; i++)
    map[i] = (float) i;
  explanation = rg_explanation_new (RG_METHOD_GRADIENT, &options, grid, words, 1, map, NULL, dependence);
  rg_evidence_free (self->evidence);
  self->evidence = evidence_new (explanation, tokens, QUESTION);

  csv = export(self, RG_EXPORT_MAP, 0, "map.csv");
  g_assert_true (has_text (csv, "\n0,0,1,100,0,100,100,1\n"));
  g_assert_true (has_text (csv, "\n1,1,0,200,100,100,100,6\n"));
  g_assert_true (has_text (csv, "\n2,0,1,200,0,200,200,9\n"));
  g_assert_true (has_text (csv, "\n2,1,1,0,0,0,0,11\n"));
  npy = export(self, RG_EXPORT_MAP, 0, "map.npy");
  array = rg_npy_parse (npy, "map.npy", NULL);
  g_assert_cmpuint (array->shape[0], ==, 6);
  g_assert_cmpuint (array->shape[1], ==, 2);
  sheet = export(self, RG_EXPORT_SHEET, 0, "sheet.svg");
  g_assert_true (has_text (sheet, "3 parts of 32 × 32 pixels, 2 × 2 patches each"));
  g_assert_true (has_text (sheet, "and 2 more parts in the same way"));
}

static void
test_no_words (Fixture *self,
               gconstpointer data)
{
  g_autoptr (RgTokenList) tokens = rg_token_list_new ();
  g_autoptr (RgPatchGrid) grid = fixture_grid_new ();
  RgMethodOptions options = { .layer = -1, .head = -1 };
  g_autoptr (RgExplanation) explanation = rg_explanation_new (RG_METHOD_ATTENTION, &options, grid, NULL, 0, NULL, NULL, NULL);
  g_autofree char *path = g_build_filename (self->dir, "answer.gif", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sheet = NULL;

  rg_evidence_free (self->evidence);
  self->evidence = evidence_new (explanation, tokens, QUESTION);
  g_assert_false (rg_export (RG_EXPORT_ANSWER, self->evidence, 0, path, NULL, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_VALUE);
  sheet = export(self, RG_EXPORT_SHEET, 0, "sheet.pdf"); /* it still says what was asked */
}

#define ADD(path, method, function) g_test_add (path, Fixture, GUINT_TO_POINTER (method), set_up, function, tear_down)

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/export/same-bytes/attention", RG_METHOD_ATTENTION, test_same_bytes);
  ADD ("/export/same-bytes/kv-cut", RG_METHOD_KV_CUT, test_same_bytes);
  ADD ("/export/label", RG_METHOD_ATTENTION, test_label);
  ADD ("/export/label/chosen-heads", RG_METHOD_CALIBRATED, test_label_of_chosen_heads);
  ADD ("/export/shares", RG_METHOD_CALIBRATED, test_shares);
  ADD ("/export/page-text", RG_METHOD_ATTENTION, test_page_text);
  ADD ("/export/table", RG_METHOD_KV_CUT, test_table);
  ADD ("/export/npy", RG_METHOD_GRADIENT, test_npy);
  ADD ("/export/picture", RG_METHOD_ATTENTION, test_picture);
  ADD ("/export/stretched", RG_METHOD_ATTENTION, test_stretched);
  ADD ("/export/answer", RG_METHOD_OCCLUSION, test_answer);
  ADD ("/export/refused", RG_METHOD_ATTENTION, test_refused);
  ADD ("/export/cancelled", RG_METHOD_ATTENTION, test_cancelled);
  ADD ("/export/tiles", RG_METHOD_ATTENTION, test_tiles);
  ADD ("/export/no-words", RG_METHOD_ATTENTION, test_no_words);
  ADD ("/export/much", RG_METHOD_ATTENTION, test_much);

  return g_test_run ();
}
