/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/batch.h"

#include <math.h>
#include <string.h>

#include "tests/folder.h"
#include "tests/tiny-recipe.h"

/* What a step of the training learns from. */

#define PART 6

typedef struct
{
  char *dir;
  RgRecipe recipe;
  RgModel *model;
  gsize n_patches, n_values;
} Fixture;

static void
fixture_init (Fixture *self, gconstpointer data)
{
  self->dir = g_dir_make_tmp ("regard-batch-XXXXXX", NULL);
  self->recipe = tiny_recipe (NULL, NULL);
  self->recipe.part = PART;
  tiny_vocabulary_write (self->dir, self->recipe.vocabulary_size);
  self->model = tiny_recipe_model (&self->recipe, self->dir);
  self->n_patches = rg_vision_config_n_patches (&self->recipe.model.vision);
  self->n_values = 3 * self->recipe.model.vision.image_size * self->recipe.model.vision.image_size;
}

static void
fixture_clear (Fixture *self, gconstpointer data)
{
  rg_model_free (self->model);
  folder_remove (self->dir);
  g_free (self->dir);
}

/* Returns: how many pictures were missing */
static guint
fill (Fixture *self, RgBatch *batch, guint64 first, double hard)
{
  guint n = 0;

  while (rg_batch_draw (batch, &self->recipe, self->model, first, hard))
    n++;

  return n;
}

static void
assert_same_array (const GArray *a, const GArray *b)
{
  g_assert_cmpmem (a->data, a->len * sizeof (guint32), b->data, b->len * sizeof (guint32));
}

static gboolean
has_same_pictures (Fixture *self, const RgBatch *a, const RgBatch *b)
{
  g_autofree float *of_a = g_new (float, self->n_values), *of_b = g_new (float, self->n_values);

  for (guint i = 0; i < PART; i++)
    {
      rg_batch_get_pixels (a, i, of_a);
      rg_batch_get_pixels (b, i, of_b);
      if (memcmp (of_a, of_b, self->n_values * sizeof (float)) != 0)
        return FALSE;
    }

  return TRUE;
}

/* A batch may be filled by and by, and forget pictures that are not wanted after all. */
static void
test_begun (Fixture *self, gconstpointer data)
{
  g_autoptr (RgBatch) batch = rg_batch_new (&self->recipe), fresh = rg_batch_new (&self->recipe);
  gsize n_offsets = (PART + 1) * sizeof (guint);

  g_assert_true (rg_batch_draw (batch, &self->recipe, self->model, 100, 1));
  g_assert_true (rg_batch_draw (batch, &self->recipe, self->model, 8, 1));
  g_assert_cmpuint (fill (self, batch, 8, 1), ==, PART - 1);
  g_assert_cmpuint (fill (self, batch, 8, 1), ==, 0);
  g_assert_cmpuint (fill (self, fresh, 8, 1), ==, PART);

  g_assert_true (has_same_pictures (self, batch, fresh));
  assert_same_array (batch->ids, fresh->ids);
  assert_same_array (batch->rows, fresh->rows);
  assert_same_array (batch->targets, fresh->targets);
  assert_same_array (batch->captions, fresh->captions);
  g_assert_cmpmem (batch->text_offsets, n_offsets, fresh->text_offsets, n_offsets);
  g_assert_cmpmem (batch->row_offsets, n_offsets, fresh->row_offsets, n_offsets);
  g_assert_cmpmem (batch->caption_offsets, n_offsets, fresh->caption_offsets, n_offsets);
  g_assert_cmpuint (batch->text_offsets[PART], ==, batch->ids->len);
  for (guint concept = 0; concept < RG_N_CONCEPTS; concept++)
    g_assert_cmpmem (batch->patches[concept], PART * self->n_patches * sizeof (int), fresh->patches[concept], PART * self->n_patches * sizeof (int));

  g_assert_cmpuint (fill (self, batch, 8, 0), ==, PART);
  g_assert_false (has_same_pictures (self, batch, fresh));
}

/* Descriptions cost time: they are there where a loss reads them, and nothing else is another without them. */
static void
test_captions (Fixture *self, gconstpointer data)
{
  g_autoptr (RgBatch) with = rg_batch_new (&self->recipe), without = rg_batch_new (&self->recipe);

  fill (self, with, 0, 1);
  g_assert_cmpuint (with->captions->len, >=, PART);
  self->recipe.pair_weight = 0;
  fill (self, without, 0, 1);
  g_assert_cmpuint (without->captions->len, ==, 0);
  g_assert_true (has_same_pictures (self, with, without));
  assert_same_array (with->ids, without->ids);
}

/* Bytes become −1 … 1; the padding of a picture that is not square is mid-grey and nobody's. */
static void
test_pixels (Fixture *self, gconstpointer data)
{
  g_autoptr (RgBatch) batch = rg_batch_new (&self->recipe);
  guint side = self->recipe.model.vision.image_size, n_narrow = 0;

  for (guint64 i = 0; i < 30; i++)
    {
      g_autoptr (RgScene) scene = NULL;
      RgRandom random;

      rg_random_init (&random, 1, i);
      scene = rg_batch_picture (batch, &self->recipe, &random, 1);
      n_narrow += scene->width < side || scene->height < side;
      for (guint p = 0; p < side * side; p++)
        {
          guint left = (side - scene->width) / 2, top = (side - scene->height) / 2, x = p % side, y = p / side;
          gboolean inside = x >= left && x < left + scene->width && y >= top && y < top + scene->height;

          g_assert_true (inside || batch->owner[p] == RG_OWNER_NONE);
          for (guint c = 0; c < 3; c++)
            {
              double value = batch->pixels[3 * p + c], byte = (value + 1) * 127.5;

              if (inside)
                g_assert_cmpfloat_with_epsilon (byte, CLAMP (rint (byte), 0, 255), 1e-4);
              else
                g_assert_cmpfloat (value, ==, 0);
            }
        }
    }
  g_assert_cmpuint (n_narrow, >, 0);
}

/* Counted pixel by pixel: half of a patch makes it an object's, a tenth spoils a background. */
static void
test_patches (Fixture *self, gconstpointer data)
{
  g_autoptr (RgBatch) batch = rg_batch_new (&self->recipe);
  guint side = self->recipe.model.vision.image_size, patch = self->recipe.model.vision.patch_size, grid = side / patch;
  guint n_owned = 0, n_background = 0;

  for (guint64 first = 0; first < 10 * PART; first += PART)
    {
      const int *says = batch->patches[RG_CONCEPT_KIND_EN] + (PART - 1) * self->n_patches;

      fill (self, batch, first, 1); /* the owner mask is that of the last picture */
      for (guint p = 0; p < grid * grid; p++)
        {
          guint counts[RG_OWNER_NONE + 1] = { 0 }, most = 0;

          for (guint i = 0; i < patch * patch; i++)
            counts[batch->owner[(p / grid * patch + i / patch) * side + p % grid * patch + i % patch]]++;
          for (guint i = 0; i < RG_SCENE_MAX_OBJECTS; i++)
            most = MAX (most, counts[i]);

          g_assert_true ((says[p] > 0) == (2 * most >= patch * patch));
          g_assert_true (says[p] != 0 || 10 * (patch * patch - counts[RG_OWNER_NONE]) < patch * patch);
          n_owned += says[p] > 0;
          n_background += says[p] == 0;
        }
    }
  g_assert_cmpuint (n_owned, >, 20);
  g_assert_cmpuint (n_background, >, 20);
}

static gboolean
has_id (const GArray *ids, guint start, guint end, guint32 id)
{
  for (guint i = start; i < end; i++)
    if (g_array_index (ids, guint32, i) == id)
      return TRUE;

  return FALSE;
}

/* Patches say the words of the recipe's world alone, and each the one that its picture's description has. */
static void
test_words (Fixture *self, gconstpointer data)
{
  static const RgConcept concepts[] = { RG_CONCEPT_KIND_EN, RG_CONCEPT_COLOR_EN };
  g_autoptr (RgBatch) batch = rg_batch_new (&self->recipe);
  g_autoptr (GError) error = NULL;
  guint n_said[2] = { 0 };
  RgWords words;

  self->recipe.languages = 1u << RG_LANGUAGE_EN;
  self->recipe.scenes.kinds = G_GUINT64_CONSTANT (1) << RG_KIND_HEART | G_GUINT64_CONSTANT (1) << RG_KIND_CAT;
  self->recipe.scenes.colors = 1u << RG_COLOR_GREEN | 1u << RG_COLOR_WHITE;
  self->recipe.scenes.min_objects = self->recipe.scenes.max_objects = 1;
  g_assert_true (rg_words_find (&words, &self->recipe, rg_model_get_tokenizer (self->model), &error));
  g_assert_cmpuint (words.n[RG_CONCEPT_KIND_FR] + words.n[RG_CONCEPT_COLOR_FR], ==, 0);

  for (guint64 first = 0; first < 10 * PART; first += PART)
    {
      fill (self, batch, first, 1);
      for (guint c = 0; c < G_N_ELEMENTS (concepts); c++)
        for (gsize p = 0; p < PART * self->n_patches; p++)
          {
            gsize picture = p / self->n_patches;
            int said = batch->patches[concepts[c]][p];

            g_assert_cmpint (said, <=, words.n[concepts[c]]);
            if (said > 0)
              g_assert_true (has_id (batch->captions, batch->caption_offsets[picture], batch->caption_offsets[picture + 1], words.ids[concepts[c]][said - 1]));
            n_said[c] |= said > 0 ? 1u << said : 0;
          }
    }
  for (guint c = 0; c < G_N_ELEMENTS (concepts); c++)
    {
      g_assert_cmpuint (words.n[concepts[c]], ==, 2);
      g_assert_cmphex (n_said[c], ==, 1u << 1 | 1u << 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/batch/begun", Fixture, NULL, fixture_init, test_begun, fixture_clear);
  g_test_add ("/batch/captions", Fixture, NULL, fixture_init, test_captions, fixture_clear);
  g_test_add ("/batch/pixels", Fixture, NULL, fixture_init, test_pixels, fixture_clear);
  g_test_add ("/batch/patches", Fixture, NULL, fixture_init, test_patches, fixture_clear);
  g_test_add ("/batch/words", Fixture, NULL, fixture_init, test_words, fixture_clear);

  return g_test_run ();
}
