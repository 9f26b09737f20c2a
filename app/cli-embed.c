/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-model.h"
#include "engine/embedder.h"
#include "ui/image-decoder.h"

/* Unit vectors of pictures first, then of texts. */
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
embed (RgEmbedder *embedder, char **images, char **texts, Vectors *vectors, GError **error)
{
  guint n_images = images != NULL ? g_strv_length (images) : 0, n_texts = texts != NULL ? g_strv_length (texts) : 0;

  vectors->n = n_images + n_texts;
  vectors->n_images = n_images;
  vectors->width = rg_embedder_get_width (embedder);
  vectors->names = g_new (char *, vectors->n);
  vectors->vectors = g_new (float, (gsize) vectors->n * vectors->width);

  for (guint i = 0; i < vectors->n; i++)
    {
      float *vector = vectors->vectors + (gsize) i * vectors->width;

      vectors->names[i] = i < n_images ? images[i] : texts[i - n_images];
      if (!(i < n_images ? embed_image (embedder, vectors->names[i], vector, error) : rg_embedder_read (embedder, vectors->names[i], vector, error)))
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

gboolean
rg_cli_embed (char ***arguments, GError **error)
{
  g_autofree char *model = NULL;
  g_auto (GStrv) images = NULL;
  g_auto (GStrv) texts = NULL;
  gboolean json = FALSE;
  int threads = 0;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model, N_ ("the model's folder (the bundled model)"), N_ ("DIR") },
    { "image", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &images, N_ ("a picture; may be repeated"), N_ ("FILE") },
    { "text", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &texts, N_ ("a caption; may be repeated"), N_ ("TEXT") },
    { "threads", 't', 0, G_OPTION_ARG_INT, &threads, N_ ("compute threads (0: one a core)"), "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print vectors and cosines as one JSON object"), NULL },
    { NULL },
  };
  g_autoptr (RgPool) pool = NULL;
  g_autoptr (RgEmbedder) embedder = NULL;
  g_auto (Vectors) vectors = { 0 };

  if (!rg_cli_parse ("embed", "", _ ("Compares pictures and texts in the space that a model has for both."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error))
    return FALSE;
  if ((images == NULL && texts == NULL) || threads < 0)
    return rg_cli_fail_usage (error, _ ("at least one --image or --text, and --threads not negative"));

  model = rg_cli_model_path (model);
  pool = rg_pool_new (threads);
  embedder = rg_embedder_load (model, pool, NULL, error);
  if (embedder == NULL)
    {
      rg_cli_model_name_file (error, model);
      return FALSE;
    }
  if (!embed (embedder, images, texts, &vectors, error))
    return FALSE;

  if (json)
    print_json (&vectors);
  else
    print_table (&vectors);

  return TRUE;
}
