/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib/gstdio.h>

#include "engine/tokenizer/vocabulary.h"
#include "engine/train/dialogue.h"
#include "engine/train/recipe.h"

/* A recipe for a model that is trained in seconds, with whatever a test wants to have otherwise. */

#define TINY_RECIPE                                                                                                                \
  "[Model]\nimage_size=32\nstem=4;8\nresidual_convolutions=1\nwidth=16\nheads=2\nencoder_layers=1\ndecoder_layers=2\n"             \
  "max_positions=128\nrope_theta=10000\nvocabulary=1200\n"                                                                         \
  "[World]\nkinds=all\ncolors=all\nstyles=filled;outlined\nlanguages=all\nmin_objects=1\nmax_objects=3\nempty=0.1\n"               \
  "min_size=0.25\nmax_size=0.5\nrepeat=0.2\ndegrade=1\naspect=0.5\nmax_turns=3\nmax_tokens=60\n"                                   \
  "[Training]\npictures=64\nbatch=8\npart=2\nfirst_image_size=32\ngrow=0\neasy=0.3\nworn=0.2\nalign_weight=0.5\npair_weight=0.1\n" \
  "seed=1\nint8=0\nlearning_rate=0.002\nwarmup_steps=2\ndecay=0.5\nfinal=0.02\nbeta1=0.9\nbeta2=0.98\nweight_decay=0.05\nmomentum=0\nclip=1\n"

/* @value: (nullable): leaves the key out. Returns: (transfer full): the recipe's text with another value for @key. */
static inline char *
tiny_recipe_text (const char *key, const char *value)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;

  g_assert_true (g_key_file_load_from_data (file, TINY_RECIPE, -1, G_KEY_FILE_NONE, NULL));
  groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; key != NULL && *group != NULL; group++)
    if (g_key_file_has_key (file, *group, key, NULL))
      {
        if (value != NULL)
          g_key_file_set_value (file, *group, key, value);
        else
          g_key_file_remove_key (file, *group, key, NULL);
      }

  return g_key_file_to_data (file, NULL, NULL);
}

/* As rg_recipe_read() on a file with this text. */
static inline gboolean
tiny_recipe_read (RgRecipe *recipe, const char *text, GError **error)
{
  g_autofree char *dir = g_dir_make_tmp ("regard-recipe-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "tiny.ini", NULL);
  gboolean good;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  good = rg_recipe_read (recipe, path, error);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);

  return good;
}

static inline RgRecipe
tiny_recipe (const char *key, const char *value)
{
  g_autofree char *text = tiny_recipe_text (key, value);
  g_autoptr (GError) error = NULL;
  RgRecipe recipe;

  tiny_recipe_read (&recipe, text, &error);
  g_assert_no_error (error);

  return recipe;
}

static inline void
tiny_keep_line (const char *line, gpointer data)
{
  g_ptr_array_add (data, g_utf8_strdown (line, -1));
}

typedef struct
{
  GPtrArray *lines;
  guint next;
} TinyLines;

static inline const char *
tiny_next_line (gpointer data)
{
  TinyLines *self = data;

  return self->next < self->lines->len ? g_ptr_array_index (self->lines, self->next++) : NULL;
}

/* Writes a tokenizer.json in which every word of the world is one token, sooner than the trainer would. */
static inline void
tiny_vocabulary_write (const char *dir, guint size)
{
  static const char *const special[] = { "<pad>", "<bos>", "<question>", "<answer>", "<eos>", NULL };
  g_autofree char *path = g_build_filename (dir, RG_MODEL_TOKENIZER, NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  RgSceneOptions world = rg_scene_options_default ();
  TinyLines feed = { lines, 0 };
  RgRandom random;

  rg_random_init (&random, 1, 0);
  rg_dialogue_corpus (&world, 1u << RG_LANGUAGE_EN | 1u << RG_LANGUAGE_FR, &random, 20000, tiny_keep_line, lines);
  rg_vocabulary_write (path, tiny_next_line, &feed, size, special, &error);
  g_assert_no_error (error);
}

/* Returns: (transfer full): a model of the recipe with random weights, its tokenizer in @dir. */
static inline RgModel *
tiny_recipe_model (const RgRecipe *recipe, const char *dir)
{
  g_autofree char *path = g_build_filename (dir, RG_MODEL_TOKENIZER, NULL);
  g_autoptr (GError) error = NULL;
  RgTokenizer *tokenizer = rg_tokenizer_new_from_file (path, &error);
  RgModel *model;
  RgRandom random;

  g_assert_no_error (error);
  model = rg_model_new (&recipe->model, tokenizer, &error);
  g_assert_no_error (error);
  rg_random_init (&random, recipe->seed, 0);
  rg_parameters_begin (rg_model_get_parameters (model), &random);

  return model;
}
