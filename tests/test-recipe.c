/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tiny-recipe.h"

#include <string.h>

#include "engine/error.h"
#include "engine/train/question.h"

static void
test_values (void)
{
  RgRecipe recipe = tiny_recipe (NULL, NULL);

  g_assert_cmpuint (recipe.model.vision.image_size, ==, 32);
  g_assert_cmpuint (recipe.model.vision.patch_size, ==, 4);
  g_assert_cmpuint (recipe.model.vision.n_stem, ==, 2);
  g_assert_cmpuint (recipe.model.vision.stem[1], ==, 8);
  g_assert_cmpuint (recipe.model.vision.n_residual, ==, 1);
  g_assert_cmpuint (recipe.model.vision.n_layers, ==, 1);
  g_assert_cmpuint (recipe.model.vision.block.width, ==, 16);
  g_assert_cmpuint (recipe.model.vision.block.mlp_width, ==, 64);
  g_assert_false (recipe.model.vision.block.cross);
  g_assert_cmpfloat (recipe.model.vision.block.rotary_base, ==, 0);
  g_assert_cmpuint (recipe.model.text.n_layers, ==, 2);
  g_assert_cmpuint (recipe.model.text.max_positions, ==, 128);
  g_assert_true (recipe.model.text.block.cross);
  g_assert_cmpfloat (recipe.model.text.block.rotary_base, ==, 10000);
  g_assert_cmpuint (recipe.vocabulary_size, ==, 1200);

  g_assert_cmpuint (recipe.scenes.width, ==, 32);
  g_assert_cmpuint (recipe.scenes.kinds, ==, (G_GUINT64_CONSTANT (1) << RG_N_KINDS) - 1);
  g_assert_cmpuint (recipe.scenes.colors, ==, (1u << RG_N_COLORS) - 1);
  g_assert_cmpuint (recipe.scenes.styles, ==, 1u << RG_STYLE_FILLED | 1u << RG_STYLE_OUTLINED);
  g_assert_cmpuint (recipe.languages, ==, (1u << RG_N_LANGUAGES) - 1);
  g_assert_cmpuint (recipe.scenes.max_objects, ==, 3);
  g_assert_cmpfloat (recipe.scenes.empty, ==, 0.1);
  g_assert_true (recipe.scenes.degrade);
  g_assert_cmpfloat (recipe.aspect, ==, 0.5);
  g_assert_cmpuint (recipe.max_turns, ==, 3);
  g_assert_cmpuint (recipe.max_tokens, ==, 60);

  g_assert_cmpuint (recipe.pictures, ==, 64);
  g_assert_cmpuint (rg_recipe_get_n_steps (&recipe), ==, 8);
  g_assert_cmpuint (recipe.part, ==, 2);
  g_assert_cmpfloat (recipe.easy, ==, 0.3);
  g_assert_cmpfloat (recipe.optimizer.learning_rate, ==, 0.002);
  g_assert_cmpuint (recipe.optimizer.warmup_steps, ==, 2);
  g_assert_cmpfloat (recipe.optimizer.beta2, ==, 0.98);
  g_assert_cmpfloat (recipe.optimizer.clip, ==, 1);
}

static void
test_names (void)
{
  RgRecipe recipe = tiny_recipe ("kinds", "star;circle");

  g_assert_cmpuint (recipe.scenes.kinds, ==, G_GUINT64_CONSTANT (1) << RG_KIND_STAR | G_GUINT64_CONSTANT (1) << RG_KIND_CIRCLE);
  recipe = tiny_recipe ("languages", "fr");
  g_assert_cmpuint (recipe.languages, ==, 1u << RG_LANGUAGE_FR);
}

/* @named: the key that the message names, which is the one that does not fit where two contradict each other. */
static void
check_refused (const char *key, const char *value, const char *named_key)
{
  g_autofree char *text = tiny_recipe_text (key, value), *named = g_strdup_printf ("] %s: ", named_key);
  g_autoptr (GError) error = NULL;
  RgRecipe recipe;

  if (tiny_recipe_read (&recipe, text, &error))
    g_error ("%s=%s is not refused", key, value);
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
  if (strstr (error->message, named) == NULL || strstr (error->message, "tiny.ini") == NULL)
    g_error ("%s=%s: “%s” does not name it", key, value, error->message);
}

/* Every key has to be there, and to be what it should. */
static void
test_every_key (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;
  guint n = 0;

  g_assert_true (g_key_file_load_from_data (file, TINY_RECIPE, -1, G_KEY_FILE_NONE, NULL));
  groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, *group, NULL, NULL);

      for (char **key = keys; *key != NULL; key++, n++)
        {
          check_refused (*key, NULL, *key);
          check_refused (*key, "", *key);
          check_refused (*key, "nonsense", *key);
          check_refused (*key, "-7", *key);
          check_refused (*key, "1e30", *key);
          check_refused (*key, "nan", *key);
        }
    }
  g_assert_cmpuint (n, ==, 44);
}

static void
test_bad_values (void)
{
  static const char *const bad[][3] = {
    { "width", "18" },
    { "width", "20.5" },
    { "heads", "3", "width" },
    { "heads", "16", "width" },
    { "stem", "4;8;8;8;8" },
    { "stem", "4;0" },
    { "stem", "4;5000" },
    { "image_size", "34" },
    { "image_size", "1024" }, /* a grid of 256 × 256 */
    { "residual_convolutions", "9" },
    { "residual_convolutions", "0.5" },
    { "kinds", "star;unicorn" },
    { "colors", "star" },
    { "languages", "de" },
    { "min_objects", "33" },
    { "max_objects", "0" },
    { "max_objects", "40" },
    { "max_size", "0.2" }, /* below min_size */
    { "max_tokens", "129" },
    { "max_tokens", "31" },
    { "pictures", "7" }, /* not one batch */
    { "batch", "9" },
    { "batch", "8.5" },
    { "first_image_size", "64" },
    { "first_image_size", "30" },
    { "grow", "1.5" },
    { "seed", "0.5" },
    { "int8", "2" },
    { "beta1", "1" },
    { "clip", "0" },
    { "vocabulary", "299" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    check_refused (bad[i][0], bad[i][1], bad[i][2] != NULL ? bad[i][2] : bad[i][0]);
}

/* A key that is wrong because of another one. */
static void
check_contradiction (const char *key, const char *value, const char *old, const char *new, const char *named)
{
  g_autofree char *text = tiny_recipe_text (key, value);
  g_auto (GStrv) parts = g_strsplit (text, old, -1);
  g_autofree char *changed = g_strjoinv (new, parts);
  g_autoptr (GError) error = NULL;
  RgRecipe recipe;

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_assert_false (tiny_recipe_read (&recipe, changed, &error));
  g_assert_nonnull (strstr (error->message, named));
}

static void
test_contradictions (void)
{
  check_contradiction ("min_objects", "4", "max_objects=3", "max_objects=3", "max_objects");
  check_contradiction ("heads", "1", "\nwidth=16", "\nwidth=1024", "width");
  check_contradiction ("part", "4", "batch=8", "batch=10", "batch");
}

static void
test_no_file (void)
{
  g_autoptr (GError) error = NULL;
  RgRecipe recipe;

  g_assert_false (rg_recipe_read (&recipe, "/nowhere/a.ini", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "/nowhere/a.ini"));
  g_clear_error (&error);
  g_assert_false (tiny_recipe_read (&recipe, "no key file", &error));
  g_assert_nonnull (strstr (error->message, "tiny.ini"));
}

/* The first half of the run with small pictures, whose objects keep about their size in pixels. */
static void
test_stages (void)
{
  RgRecipe recipe = tiny_recipe ("first_image_size", "16"), early, late;

  early = rg_recipe_at (&recipe, 0);
  g_assert_cmpuint (early.model.vision.image_size, ==, 32); /* grow is 0 */

  recipe.grow = 0.5;
  recipe.scenes.min_objects = recipe.scenes.max_objects = 6;
  early = rg_recipe_at (&recipe, 3);
  late = rg_recipe_at (&recipe, 4);
  g_assert_cmpuint (early.model.vision.image_size, ==, 16);
  g_assert_cmpuint (early.scenes.width, ==, 16);
  g_assert_cmpuint (early.scenes.height, ==, 16);
  g_assert_cmpfloat (early.scenes.min_size, >, recipe.scenes.min_size);
  g_assert_cmpfloat (early.scenes.min_size, <=, early.scenes.max_size);
  g_assert_cmpuint (early.scenes.max_objects, <, 6);
  g_assert_cmpuint (early.scenes.max_objects, >=, 1);
  g_assert_cmpuint (early.scenes.min_objects, <=, early.scenes.max_objects);
  g_assert_cmpuint (late.model.vision.image_size, ==, 32);
  g_assert_cmpuint (late.scenes.max_objects, ==, 6);
  g_assert_cmpfloat (late.scenes.min_size, ==, recipe.scenes.min_size);
}

/* The recipes that come with the program, and the one to time it with. */
static void
test_own_recipes (void)
{
  static const char *const names[] = { "../resources/recipes/bundled.ini", "../resources/recipes/small.ini", "prototype.ini" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, names[i], NULL);
      g_autoptr (GError) error = NULL;
      RgRecipe recipe;

      rg_recipe_read (&recipe, path, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (rg_recipe_get_n_steps (&recipe), >, 1000);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/values", test_values);
  g_test_add_func ("/recipe/names", test_names);
  g_test_add_func ("/recipe/every-key", test_every_key);
  g_test_add_func ("/recipe/bad-values", test_bad_values);
  g_test_add_func ("/recipe/contradictions", test_contradictions);
  g_test_add_func ("/recipe/no-file", test_no_file);
  g_test_add_func ("/recipe/stages", test_stages);
  g_test_add_func ("/recipe/own-recipes", test_own_recipes);

  return g_test_run ();
}
