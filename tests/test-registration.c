/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/decoder/prompt.h"
#include "engine/error.h"
#include "engine/explain/method.h"
#include "engine/families/family.h"
#include "engine/model-folder.h"
#include "tests/fixture.h"

/* Every fixture of a family that writes, with every method: each that can be made of the model runs, and what a map's cell is about is
 * the part of the picture that the cell is drawn over. */

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

static void
check_methods (Fixture *self, guint width, guint height)
{
  RgRect region = { width / 3.0, height / 4.0, width / 2.0, height / 2.0 };
  gsize n_values;
  guint n_made = 0;
  Answer answer;

  answer_init (&answer, self, draw (width, height, &region));
  n_values = (gsize) rg_image_state_get_n_patches (answer.image) * answer.explained.n_words;
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    {
      RgMethodOptions options = rg_method_options_default ();
      g_autofree float *maps = g_new (float, n_values);
      g_autoptr (GError) error = NULL;
      double largest = 0;

      for (gsize i = 0; i < n_values; i++)
        maps[i] = NAN;
      if (!rg_method_map (method, &answer.explained, &options, maps, NULL, &error))
        {
          g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
          g_test_message ("%s: %s", rg_method_get_name (method), error->message);
          continue;
        }
      for (gsize i = 0; i < n_values; i++)
        {
          g_assert_true (isfinite (maps[i]));
          largest = MAX (largest, fabsf (maps[i]));
        }
      g_assert_cmpfloat (largest, >, 0);
      n_made++;
    }
  g_assert_cmpuint (n_made, >=, 4); /* where it looked, what mattered by both ways, what would matter */
  answer_clear (&answer);
}

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
  check_methods (&self, 75, 52);
  check_places (&self, 75, 52);
  check_places (&self, 60, 88);
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

  return g_test_run ();
}
