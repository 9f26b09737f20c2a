/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-model.h"
#include "engine/embedder.h"
#include "ui/image-decoder.h"

typedef struct
{
  char *model, *pooling, *word;
  char **images, **texts;
  int layer, threads;
  gboolean json;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->model);
  g_free (self->pooling);
  g_free (self->word);
  g_strfreev (self->images);
  g_strfreev (self->texts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Unit vectors of pictures first, then of texts, or of a word in each of them. */
typedef struct
{
  guint n, n_images, width;
  char **names; /* borrowed */
  float *vectors;
} Vectors;

static void
vectors_clear (Vectors *self)
{
  g_clear_pointer (&self->names, g_free);
  g_clear_pointer (&self->vectors, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Vectors, vectors_clear)

static gboolean
embed_image (RgEmbedder *embedder, const char *path, float *vector, GError **error)
{
  g_autoptr (RgImage) image = rg_image_decoder_load (path, error);

  return image != NULL && rg_embedder_see (embedder, image, NULL, vector, error);
}

static gboolean
embed_text (RgEmbedder *embedder, const Options *options, const char *text, float *vector, GError **error)
{
  guint n_layers = rg_embedder_get_n_layers (embedder);

  if (options->word == NULL)
    return rg_embedder_read (embedder, text, vector, error);

  return rg_embedder_read_word (embedder, text, options->word, options->layer < 0 ? n_layers : (guint) options->layer, vector, error);
}

static gboolean
embed (RgEmbedder *embedder, const Options *options, Vectors *vectors, GError **error)
{
  guint n_images = options->images != NULL ? g_strv_length (options->images) : 0, n_texts = options->texts != NULL ? g_strv_length (options->texts) : 0;

  vectors->n = n_images + n_texts;
  vectors->n_images = n_images;
  vectors->width = rg_embedder_get_width (embedder);
  vectors->names = g_new (char *, vectors->n);
  vectors->vectors = g_new (float, (gsize) vectors->n * vectors->width);

  for (guint i = 0; i < vectors->n; i++)
    {
      float *vector = vectors->vectors + (gsize) i * vectors->width;

      vectors->names[i] = i < n_images ? options->images[i] : options->texts[i - n_images];
      if (!(i < n_images ? embed_image (embedder, vectors->names[i], vector, error) : embed_text (embedder, options, vectors->names[i], vector, error)))
        return FALSE;
    }

  return TRUE;
}

static double
get_cosine (const Vectors *self, guint a, guint b)
{
  const float *u = self->vectors + (gsize) a * self->width, *v = self->vectors + (gsize) b * self->width;
  double sum = 0;

  for (guint i = 0; i < self->width; i++)
    sum += (double) u[i] * v[i];

  return sum;
}

static void
print_json (const Vectors *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->n; i++)
    {
      json_builder_begin_object (builder);
      rg_cli_json_string (builder, i < self->n_images ? "image" : "text", self->names[i]);
      json_builder_set_member_name (builder, "vector");
      rg_cli_json_floats (builder, self->vectors + (gsize) i * self->width, self->width);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);

  json_builder_set_member_name (builder, "cosines");
  json_builder_begin_array (builder);
  for (guint a = 0; a < self->n; a++)
    {
      json_builder_begin_array (builder);
      for (guint b = 0; b < self->n; b++)
        json_builder_add_double_value (builder, get_cosine (self, a, b));
      json_builder_end_array (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  rg_cli_print_json (builder);
}

static void
print_table (const Vectors *self)
{
  for (guint a = 0; a < self->n; a++)
    {
      for (guint b = 0; b < self->n; b++)
        printf ("%7.3f", get_cosine (self, a, b));
      printf ("  %s\n", self->names[a]);
    }
}

/* --- the words of the call --- */

static gboolean
find_pooling (const char *name, RgPooling *pooling, GError **error)
{
  static const char *const names[] = { [RG_POOLING_OWN] = "own", [RG_POOLING_CLS] = "cls", [RG_POOLING_MEAN] = "mean" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (name == NULL || g_str_equal (name, names[i]))
      {
        *pooling = i;
        return TRUE;
      }

  return rg_cli_fail_usage (error, _ ("--pooling is own, cls or mean, not “%s”"), name);
}

/* Texts may also stand by themselves, behind the options. */
static gboolean
check (Options *self, char **words, GError **error)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  if (self->texts != NULL)
    g_strv_builder_addv (texts, (const char **) self->texts);
  g_strv_builder_addv (texts, (const char **) words);
  g_strfreev (self->texts);
  self->texts = g_strv_builder_end (texts);

  if ((self->images == NULL && self->texts[0] == NULL) || self->threads < 0)
    return rg_cli_fail_usage (error, _ ("at least one --image or text, and --threads not negative"));
  if (self->word != NULL ? self->images != NULL || self->pooling != NULL : self->layer >= 0)
    return rg_cli_fail_usage (error, _ ("--word goes with texts, not with --image or --pooling, and --layer with --word"));

  return TRUE;
}

/* What depends on the model. */
static gboolean
set_up (const Options *options, RgEmbedder *embedder, RgPooling pooling, GError **error)
{
  guint n_layers = rg_embedder_get_n_layers (embedder);

  if (n_layers > 0 && options->layer > (int) n_layers)
    return rg_cli_fail_usage (error, _ ("--layer is between 0, before the first layer, and %u"), n_layers);

  return rg_embedder_set_pooling (embedder, pooling, error);
}

gboolean
rg_cli_embed (char ***arguments, GError **error)
{
  g_auto (Options) options = { .layer = -1 };
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model, N_ ("the model's folder (the bundled model)"), N_ ("DIR") },
    { "image", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.images, N_ ("a picture; may be repeated"), N_ ("FILE") },
    { "text", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.texts, N_ ("a caption; may be repeated"), N_ ("TEXT") },
    { "pooling", 0, 0, G_OPTION_ARG_STRING, &options.pooling, N_ ("what of a text encoder stands for a text: own, cls or mean (own)"), N_ ("NAME") },
    { "word", 'w', 0, G_OPTION_ARG_FILENAME, &options.word, N_ ("compare what this word means in each text (text encoders)"), N_ ("WORD") },
    { "layer", 0, 0, G_OPTION_ARG_INT, &options.layer, N_ ("after so many layers, with --word (all)"), "N" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options.threads, N_ ("compute threads (0: one a core)"), "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("print vectors and cosines as one JSON object"), NULL },
    { NULL },
  };
  g_autoptr (RgPool) pool = NULL;
  g_autoptr (RgEmbedder) embedder = NULL;
  g_auto (Vectors) vectors = { 0 };
  RgPooling pooling = RG_POOLING_OWN;

  if (!rg_cli_parse ("embed", _ ("[TEXT…]"), _ ("Compares pictures and texts, or a word in several texts, by the vectors that a model makes of them."), entries, NULL, arguments, error) ||
      !check (&options, *arguments, error) || !find_pooling (options.pooling, &pooling, error))
    return FALSE;

  options.model = rg_cli_model_path (options.model);
  pool = rg_pool_new (options.threads);
  embedder = rg_embedder_load (options.model, pool, NULL, error);
  if (embedder == NULL)
    {
      rg_cli_model_name_file (error, options.model);
      return FALSE;
    }
  if (!set_up (&options, embedder, pooling, error) || !embed (embedder, &options, &vectors, error))
    return FALSE;

  if (options.json)
    print_json (&vectors);
  else
    print_table (&vectors);

  return TRUE;
}
