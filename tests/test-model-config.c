/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tiny-model.h"

#include <locale.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/safetensors.h"
#include "engine/model-config.h"

/* Model folders that are not in order: every one is refused with a sentence that names what is wrong. */

typedef struct
{
  char *dir;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->dir = tiny_folder_new (1, 1);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tiny_folder_remove (self->dir);
}

static char *
read_text (const Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));

  return g_strdup (text);
}

static void
write_text (const Fixture *self, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Puts @new where @old is, which must be there once. */
static void
edit (const Fixture *self, const char *name, const char *old, const char *new)
{
  g_autofree char *text = read_text (self, name);
  g_auto (GStrv) parts = g_strsplit (text, old, -1);
  g_autofree char *edited = g_strjoinv (new, parts);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  write_text (self, name, edited);
}

static void
check_refused (const Fixture *self, const char *first, const char *second)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rg_model_load (self->dir, FALSE, NULL, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, first) == NULL || strstr (error->message, second) == NULL)
    g_error ("“%s” does not name “%s” and “%s”", error->message, first, second);
}

/* What may not stand in a config.json, and a word of the sentence that says so. Sections are found by a neighbour. */
static const struct
{
  const char *old, *new, *names;
} edits[] = {
  { "\"model_type\": \"regard\"", "\"model_type\": \"magic\"", "magic" },
  { "\"model_type\": \"regard\"", "\"model_type\": 3", "model_type" },
  { "\"model_type\": \"regard\",", "", "model_type" },
  { "\"image_size\": 32", "\"image_size\": 33", "33" },
  { "\"image_size\": 32", "\"image_size\": 0", "image_size" },
  { "\"image_size\": 32", "\"image_size\": -32", "image_size" },
  { "\"image_size\": 32", "\"image_size\": 1e300", "image_size" },
  { "\"image_size\": 32", "\"image_size\": \"large\"", "image_size" },
  { "\"image_size\": 32", "\"image_size\": 4096", "4096" },
  { "\"patch_size\": 8", "\"patch_size\": 16", "16" },
  { "\"stem_channels\": [4, 6, 8]", "\"stem_channels\": [4, 6]", "2 convolutions" },
  { "\"stem_channels\": [4, 6, 8]", "\"stem_channels\": []", "0 convolutions" },
  { "\"stem_channels\": [4, 6, 8]", "\"stem_channels\": [4, 6, 8, 8, 8]", "stem_channels" },
  { "\"stem_channels\": [4, 6, 8]", "\"stem_channels\": [4, 0, 8]", "stem_channels" },
  { "\"num_residual_convolutions\": 0", "\"num_residual_convolutions\": 9", "num_residual_convolutions" },
  { "\"vocab_size\": ", "\"vocab_size\": 1", RG_MODEL_TOKENIZER },
  { "\"vocab_size\": ", "\"vocab_size\": -", "vocab_size" },
  { "\"max_position_embeddings\": 64", "\"max_position_embeddings\": 0", "max_position_embeddings" },
  { "\"max_position_embeddings\": 64", "\"max_position_embeddings\": 1000000", "max_position_embeddings" },
  { "\"rope_theta\": 10000", "\"rope_theta\": 0", "rope_theta" },
  { "\"rope_theta\": 10000", "\"rope_theta\": \"NaN\"", "rope_theta" },
  { "{", "[", RG_MODEL_CONFIG },
};

static void
test_config (Fixture *self, gconstpointer data)
{
  g_autofree char *good = read_text (self, RG_MODEL_CONFIG);

  for (guint i = 0; i < G_N_ELEMENTS (edits); i++)
    {
      const char *start = strstr (good, edits[i].old);
      g_autofree char *bad = NULL;

      g_assert_nonnull (start);
      bad = g_strdup_printf ("%.*s%s%s", (int) (start - good), good, edits[i].new, start + strlen (edits[i].old));
      write_text (self, RG_MODEL_CONFIG, bad);
      check_refused (self, RG_MODEL_CONFIG, edits[i].names);
    }
}

/* Numbers that both sections have, in one of them. */
static void
test_sections (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *key, *value, *names;
  } bad[] = {
    { "hidden_size", "18", "18" },
    { "hidden_size", "100000", "hidden_size" },
    { "hidden_size", "0", "hidden_size" },
    { "num_attention_heads", "3", "3 heads" },
    { "num_attention_heads", "16", "16 heads" },
    { "num_attention_heads", "0", "num_attention_heads" },
    { "num_hidden_layers", "65", "num_hidden_layers" },
    { "num_hidden_layers", "null", "num_hidden_layers" },
    { "intermediate_size", "[]", "intermediate_size" },
  };
  static const char *const sections[] = { "vision_config", "text_config" };
  g_autofree char *good = read_text (self, RG_MODEL_CONFIG);

  for (guint s = 0; s < 2; s++)
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
      {
        const char *start = strstr (strstr (good, sections[s]), bad[i].key);
        const char *value = strchr (start, ':') + 1, *end = value + strcspn (value, ",\n");
        g_autofree char *text = g_strdup_printf ("%.*s%s%s", (int) (value - good), good, bad[i].value, end);

        write_text (self, RG_MODEL_CONFIG, text);
        check_refused (self, sections[s], bad[i].names);
      }
}

/* The configuration asks for tensors that the file does not have, or has in another shape. */
static void
test_other_weights (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *old, *new, *names;
  } bad[] = {
    { "\"num_residual_convolutions\": 0", "\"num_residual_convolutions\": 1", "vision_model.residual.0.weight" },
    { "\"stem_channels\": [4, 6, 8]", "\"stem_channels\": [4, 7, 8]", "vision_model.stem.1.weight" },
    { "\"image_size\": 32", "\"image_size\": 64", "vision_model.position_embedding.weight" },
  };
  g_autofree char *good = read_text (self, RG_MODEL_CONFIG);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      edit (self, RG_MODEL_CONFIG, bad[i].old, bad[i].new);
      check_refused (self, RG_MODEL_WEIGHTS, bad[i].names);
      write_text (self, RG_MODEL_CONFIG, good);
    }
}

static void
test_missing_files (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { RG_MODEL_CONFIG, RG_MODEL_TOKENIZER, RG_MODEL_WEIGHTS };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->dir, names[i], NULL), *away = g_strconcat (path, ".away", NULL);

      g_assert_cmpint (g_rename (path, away), ==, 0);
      check_refused (self, names[i], "cannot be opened");
      g_assert_true (g_file_set_contents (path, "", 0, NULL));
      check_refused (self, names[i], "");
      g_assert_cmpint (g_rename (away, path), ==, 0);
    }
}

/* A conversation needs its four tokens. */
static void
test_missing_token (Fixture *self, gconstpointer data)
{
  static const char *const with[] = { "<bos>", "<question>", "<answer>", "<eos>" };
  g_autofree char *path = g_build_filename (self->dir, RG_MODEL_TOKENIZER, NULL);

  for (guint without = 0; without < 4; without++)
    {
      const char *special[6] = { "<pad>" };
      guint next = 0, n = 1;

      for (guint i = 0; i < 4; i++)
        if (i != without)
          special[n++] = with[i];
      g_assert_true (rg_vocabulary_write (path, tiny_corpus_next, &next, 360, special, NULL));
      check_refused (self, RG_MODEL_TOKENIZER, with[without]);
    }
}

static void
test_truncated_weights (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->dir, RG_MODEL_WEIGHTS, NULL);
  g_autofree char *content = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  for (gsize keep = 0; keep < size; keep += 1 + size / 20)
    {
      g_assert_true (g_file_set_contents (path, content, keep, NULL));
      check_refused (self, RG_MODEL_WEIGHTS, "");
    }
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (rg_model_load (self->dir, FALSE, &(RgLoadWatch){ .cancellable = cancellable }, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

typedef struct
{
  guint n_calls;
  double last;
  GCancellable *cancellable; /* nullable: to be cancelled halfway */
} Watched;

static void
note (double fraction, gpointer data)
{
  Watched *self = data;

  g_assert_cmpfloat (fraction, >, self->last);
  self->last = fraction;
  self->n_calls++;
  if (self->cancellable != NULL && fraction > 0.5)
    g_cancellable_cancel (self->cancellable);
}

/* Tensor by tensor, by their bytes; cancelling stops between two of them. */
static void
test_watched (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Watched all = { 0 }, half = { .cancellable = cancellable };
  g_autoptr (RgModel) model = rg_model_load (self->dir, FALSE, &(RgLoadWatch){ NULL, note, &all }, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (all.n_calls, >, 20);
  g_assert_cmpfloat (all.last, ==, 1);

  g_assert_null (rg_model_load (self->dir, FALSE, &(RgLoadWatch){ cancellable, note, &half }, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (half.n_calls, <, all.n_calls);
}

/* What is written is read again, in every language. */
static void
test_round_trip (Fixture *self, gconstpointer data)
{
  static const char *const locales[] = { "C", "fr_FR.UTF-8", "de_DE.UTF-8" };

  for (guint i = 0; i < G_N_ELEMENTS (locales); i++)
    {
      g_autoptr (GError) error = NULL;
      RgModelConfig written = tiny_config (), read;

      if (setlocale (LC_NUMERIC, locales[i]) == NULL)
        continue;

      written.text.vocabulary_size = 360;
      written.vision.n_residual = 2;
      g_assert_true (rg_model_config_write (&written, self->dir, &error));
      g_assert_true (rg_model_config_read (&read, self->dir, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (read.vision.image_size, ==, TINY_SIDE);
      g_assert_cmpuint (read.vision.n_residual, ==, 2);
      g_assert_cmpuint (read.vision.stem[1], ==, 6);
      g_assert_cmpuint (read.vision.block.mlp_width, ==, 24);
      g_assert_cmpuint (read.text.vocabulary_size, ==, 360);
      g_assert_cmpuint (read.text.max_positions, ==, TINY_POSITIONS);
      g_assert_cmpfloat (read.text.block.rotary_base, ==, 10000);
      g_assert_true (read.text.block.cross && !read.vision.block.cross);
    }
  setlocale (LC_NUMERIC, "C");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/model-config/config", test_config);
  ADD ("/model-config/sections", test_sections);
  ADD ("/model-config/other-weights", test_other_weights);
  ADD ("/model-config/missing-files", test_missing_files);
  ADD ("/model-config/missing-token", test_missing_token);
  ADD ("/model-config/truncated-weights", test_truncated_weights);
  ADD ("/model-config/cancelled", test_cancelled);
  ADD ("/model-config/watched", test_watched);
  ADD ("/model-config/round-trip", test_round_trip);

  return g_test_run ();
}
