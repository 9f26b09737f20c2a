/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "engine/decoder/prompt.h"
#include "engine/error.h"
#include "engine/explain/method.h"
#include "engine/families/family.h"
#include "engine/model-folder.h"
#include "engine/sound.h"
#include "tests/fixture.h"

/* Every fixture of a family that writes, with every method: those run that README.md's table says, the others are refused, and what a
 * map's cell is about is the part of the picture that the cell is drawn over. */

#define N_ANSWER 12 /* tokens, each a word */
#define FAR 2       /* times less of what is elsewhere */

typedef struct
{
  RgModel *model;
  RgPreprocessConfig preprocess;
  RgPass *pass;
} Fixture;

/* Grey but for @region, which has a dark and a bright half. */
static RgImage *
draw (guint width, guint height, const RgRect *region)
{
  guint8 *data = g_malloc (3 * width * height);
  g_autoptr (GBytes) pixels = g_bytes_new_take (data, 3 * width * height);

  for (guint i = 0; i < width * height; i++)
    {
      double x = i % width + 0.5 - region->x, y = i / width + 0.5 - region->y;
      gboolean inside = x >= 0 && x < region->width && y >= 0 && y < region->height;

      data[3 * i] = data[3 * i + 1] = data[3 * i + 2] = !inside ? 128 : x < region->width / 2 ? 0
                                                                                              : 255;
    }

  return rg_image_new (width, height, pixels);
}

/* A picture that was seen, and an answer about it, whatever its tokens mean. */
typedef struct
{
  RgImage *picture;
  RgPixelValues *pixels;
  RgImageState *image;
  GArray *ids;
  RgWord words[N_ANSWER];
  RgExplained explained;
} Answer;

static void
answer_init (Answer *self, Fixture *fixture, RgImage *picture)
{
  gboolean asks = rg_model_get_config (fixture->model)->family->conversation != RG_CONVERSATION_CAPTION;
  g_autoptr (GError) error = NULL;
  guint first;

  self->picture = picture;
  self->pixels = rg_preprocess (&fixture->preprocess, picture, NULL, NULL, &error);
  g_assert_no_error (error);
  self->image = rg_model_see (fixture->model, fixture->pass, self->pixels, NULL, NULL, &error);
  g_assert_no_error (error);
  self->ids = rg_prompt_new (fixture->model, self->image, NULL, 0, asks ? "what is it?" : "", N_ANSWER, &error);
  g_assert_no_error (error);
  first = self->ids->len;
  for (guint32 id = 40; id < 40 + N_ANSWER; id++)
    g_array_append_val (self->ids, id);

  for (guint w = 0; w < N_ANSWER; w++)
    self->words[w] = (RgWord){ .first = w, .n = 1 };
  self->explained = (RgExplained){ .model = fixture->model, .pass = fixture->pass, .image = self->image, .pixels = self->pixels, .ids = (const guint32 *) self->ids->data, .n_ids = self->ids->len, .first = first, .words = self->words, .n_words = N_ANSWER };
}

static void
answer_clear (Answer *self)
{
  g_array_unref (self->ids);
  rg_image_state_free (self->image);
  rg_pixel_values_free (self->pixels);
  rg_image_unref (self->picture);
}

/* --- which methods run --- */

/* Whether the README has the family under this name in a row of its table: between commas, perhaps with a version behind it. */
static gboolean
is_row_of (const char *cell, const char *name)
{
  g_auto (GStrv) names = g_strsplit (cell, ",", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      const char *one = g_strstrip (names[i]);
      gsize n = strlen (name);

      if (g_str_has_prefix (one, name) && (one[n] == '\0' || (one[n] == ' ' && g_ascii_isdigit (one[n + 1]))))
        return TRUE;
    }

  return FALSE;
}

/* Returns: (transfer full): the cell that says which maps there are: "all", or "all but `NAME`, `NAME`" */
static char *
find_maps (const RgFamily *family)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "README.md", NULL), *text = NULL;
  g_autofree char *name = g_strconcat (family->name, family->conversation == RG_CONVERSATION_QUESTION ? " for questions" : "", NULL);
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], "|", -1);

      if (g_strv_length (cells) > 4 && is_row_of (cells[1], name))
        return g_strdup (g_strstrip (cells[3]));
    }
  g_error ("README.md has no row for %s", name);
}

/* The sentence says that there is none, not that there is none yet. */
static void
check_refusal (const GError *error, RgMethod method)
{
  g_autofree char *begin = g_strdup_printf ("There is no map “%s” of this model: ", rg_method_get_name (method));

  g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
  g_assert_true (g_str_has_prefix (error->message, begin));
}

static void
check_method (const RgExplained *explained, RgMethod method, const char *allowed)
{
  gsize n_values = (gsize) rg_image_state_get_n_patches (explained->image) * explained->n_words;
  g_autofree char *quoted = g_strdup_printf ("`%s`", rg_method_get_name (method));
  RgMethodOptions options = rg_method_options_default ();
  g_autofree float *maps = g_new (float, n_values);
  g_autoptr (GError) error = NULL;
  double largest = 0;

  for (gsize i = 0; i < n_values; i++)
    maps[i] = NAN;
  if (strstr (allowed, quoted) != NULL)
    {
      g_assert_false (rg_method_map (method, explained, &options, maps, NULL, &error));
      check_refusal (error, method);
      return;
    }

  rg_method_map (method, explained, &options, maps, NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n_values; i++)
    {
      g_assert_true (isfinite (maps[i]));
      largest = MAX (largest, fabsf (maps[i]));
    }
  g_assert_cmpfloat (largest, >, 0);
}

/* What is cancelled makes no map, and leaves nothing behind. */
static void
check_cancelled (const RgExplained *explained, const char *allowed)
{
  g_autofree float *maps = g_new (float, (gsize) rg_image_state_get_n_patches (explained->image) * explained->n_words);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  RgMethodOptions options = rg_method_options_default ();

  g_cancellable_cancel (cancellable);
  rg_pass_set_cancellable (explained->pass, cancellable);
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      g_autofree char *quoted = g_strdup_printf ("`%s`", rg_method_get_name (method));
      g_autoptr (GError) error = NULL;

      if (method == RG_METHOD_PATCH_WORDS || strstr (allowed, quoted) != NULL)
        continue; /* runs nothing */
      g_assert_false (rg_method_map (method, explained, &options, maps, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_false (explained->pass->recording);
      g_assert_null (explained->pass->last);
    }
  rg_pass_set_cancellable (explained->pass, NULL);
}

/* In single precision, and as models with weights of 16 bits are run: they see in half precision, and what they remember of the
 * picture is kept so, but explain in more. @allowed: see find_maps() */
static void
check_methods (Fixture *self, RgImage *picture, const char *allowed)
{
  static const RgPrecision precisions[][2] = { { RG_PRECISION_F32, RG_PRECISION_F32 }, { RG_PRECISION_FAST, RG_PRECISION_SPLIT } };

  g_assert_true (g_str_has_prefix (allowed, "all"));
  for (guint i = 0; i < G_N_ELEMENTS (precisions); i++)
    {
      Answer answer;

      self->pass->precision = precisions[i][0];
      answer_init (&answer, self, rg_image_ref (picture));
      self->pass->precision = precisions[i][1];
      for (RgMethod method = 0; method < RG_N_METHODS; method++)
        if (i == 0 || method != RG_METHOD_OCCLUSION) /* sees the picture once a square, which takes long */
          check_method (&answer.explained, method, allowed);
      check_cancelled (&answer.explained, allowed);
      answer_clear (&answer);
    }
  self->pass->precision = RG_PRECISION_F32;
}

/* --- registration --- */

static gboolean
overlap (const RgRect *a, const RgRect *b, double margin)
{
  return a->x < b->x + b->width + margin && b->x < a->x + a->width + margin && a->y < b->y + b->height + margin && b->y < a->y + a->height + margin;
}

/* How much a patch changes the answer, in whatever direction: a single word may happen not to care. */
static void
add_up (const float *maps, gsize n_patches, float *sums)
{
  for (gsize p = 0; p < n_patches; p++)
    {
      double sum = 0;

      for (gsize w = 0; w < N_ANSWER; w++)
        sum += (double) maps[w * n_patches + p] * maps[w * n_patches + p];
      sums[p] = sqrt (sum);
    }
}

/* Where there is nothing to be hidden but one region, hiding a patch changes something only where it covers the region. */
static void
check_region (Fixture *self, guint width, guint height, const RgRect *region)
{
  guint rows, cols, n_patches, best = 0;
  g_auto (RgPixelHiding) hiding = { 0 };
  g_autofree float *maps = NULL, *sums = NULL;
  g_autoptr (GError) error = NULL;
  RgRect rect;
  Answer answer;

  answer_init (&answer, self, draw (width, height, region));
  rg_explained_get_shape (&answer.explained, &rows, &cols);
  n_patches = rows * cols;
  maps = g_new (float, n_patches *answer.explained.n_words);
  rg_pixel_hiding_init (&hiding, &answer.explained, RG_FILL_MEAN);
  g_assert_true (rg_occlusion_map (rows, cols, 1, rg_pixel_hiding_apply, &hiding, answer.explained.n_words, maps, &error));

  sums = g_new (float, n_patches);
  add_up (maps, n_patches, sums);
  for (guint p = 1; p < n_patches; p++)
    if (sums[p] > sums[best])
      best = p;
  rect = rg_patch_grid_get_source_rect (answer.pixels->grid, best);
  g_assert_true (overlap (&rect, region, 0));
  for (guint p = 0; p < n_patches; p++)
    {
      rect = rg_patch_grid_get_source_rect (answer.pixels->grid, p);
      if (!overlap (&rect, region, MAX (region->width, region->height) / 2)) /* scaling blurs */
        g_assert_cmpfloat (sums[p] * FAR, <, sums[best]);
    }
  answer_clear (&answer);
}

/* Regions where single patches look, from the first to the last. */
static void
check_places (Fixture *self, guint width, guint height)
{
  RgRect nothing = { 0 };
  g_autoptr (RgImage) grey = draw (width, height, &nothing);
  g_autoptr (RgPixelValues) pixels = rg_preprocess (&self->preprocess, grey, NULL, NULL, NULL);
  guint n_patches = rg_patch_grid_get_n_patches (pixels->grid), n_checked = 0;

  for (guint i = 0; i <= 4; i++)
    {
      RgRect region = rg_patch_grid_get_source_rect (pixels->grid, i * (n_patches - 1) / 4);

      if (region.width < 3 || region.height < 3)
        continue; /* padding */
      check_region (self, width, height, &region);
      n_checked++;
    }
  g_assert_cmpuint (n_checked, >=, 2);
}

static void
test_fixture (gconstpointer data)
{
  g_autofree char *path = fixture_path (data), *gguf = path != NULL ? g_build_filename (path, "model.gguf", NULL) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) picture = NULL;
  g_autofree char *maps = NULL;
  Fixture self;

  if (path == NULL)
    return;

  self.model = rg_model_folder_load (g_file_test (gguf, G_FILE_TEST_EXISTS) ? gguf : path, NULL, &self.preprocess, NULL, &error);
  if (self.model == NULL)
    {
      g_test_skip (error->message);
      return;
    }

  self.pass = rg_pass_new (NULL, RG_PRECISION_F32);
  picture = draw (75, 52, &(RgRect){ 25, 13, 37.5, 26 });
  maps = find_maps (rg_model_get_config (self.model)->family);
  check_methods (&self, picture, maps);
  check_places (&self, 75, 52);
  check_places (&self, 60, 88);
  rg_pass_free (self.pass);
  rg_model_free (self.model);
}

/* A sound's map is over time. */
static void
test_sound (void)
{
  g_autofree char *path = fixture_path ("whisper"), *audio = path != NULL ? g_build_filename (path, "reference", "case0_tones", "audio.wav", NULL) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (RgImage) sound = NULL;
  g_autofree char *maps = NULL, *data = NULL;
  gsize n;
  Fixture self;

  if (path == NULL)
    return;

  g_assert_true (g_file_get_contents (audio, &data, &n, NULL));
  bytes = g_bytes_new (data, n);
  sound = rg_sound_read_picture (bytes, audio, NULL, &error);
  g_assert_no_error (error);
  self.model = rg_model_folder_load (path, NULL, &self.preprocess, NULL, &error);
  g_assert_no_error (error);
  self.pass = rg_pass_new (NULL, RG_PRECISION_F32);
  maps = find_maps (rg_model_get_config (self.model)->family);
  check_methods (&self, sound, maps);
  rg_pass_free (self.pass);
  rg_model_free (self.model);
}

/* The bundled model has all. */
static void
test_bundled (void)
{
  RgRect region = { 40, 30, 50, 60 };
  g_autoptr (RgImage) picture = draw (160, 160, &region);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "resources", "model", NULL);
  g_autoptr (GError) error = NULL;
  Fixture self;

  self.model = rg_model_folder_load (path, NULL, &self.preprocess, NULL, &error);
  g_assert_no_error (error);
  self.pass = rg_pass_new (NULL, RG_PRECISION_F32);
  check_methods (&self, picture, "all");
  rg_pass_free (self.pass);
  rg_model_free (self.model);
}

int
main (int argc, char **argv)
{
  static const char *const fixtures[] = { "vit-gpt2", "blip-captioning", "blip-vqa", "llava", "paligemma", "idefics3", "qwen2-vl", "qwen2-5-vl", "nano-vlm", "gemma3", "mllama", "gguf-f32" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fixtures); i++)
    {
      g_autofree char *name = g_strconcat ("/registration/", fixtures[i], NULL);

      g_test_add_data_func (name, fixtures[i], test_fixture);
    }

  g_test_add_func ("/registration/whisper", test_sound);
  g_test_add_func ("/registration/bundled", test_bundled);

  return g_test_run ();
}
