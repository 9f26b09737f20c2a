/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-model.h"
#include "app/cli-sight.h"
#include "engine/error.h"

#define MAX_TEXT_BYTES 65536

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
embed_image (RgCliSight *sight, const char *path, float *vector, GError **error)
{
  guint offsets[] = { 0, rg_model_get_n_patches (sight->model) };
  g_autoptr (RgImageState) state = NULL;
  RgTensor tokens;

  if (!rg_cli_sight_prepare (sight, path, error))
    return FALSE;

  state = rg_model_see (sight->model, sight->pass, sight->pixels, NULL, NULL, error);
  if (state == NULL)
    return FALSE;

  rg_pass_reset (sight->pass);
  tokens = *rg_image_state_get_tokens (state);
  memcpy (vector, rg_shared_space_picture (sight->pass, rg_model_get_shared_space (sight->model), &tokens, offsets, 1)->data, tokens.cols * sizeof (float));

  return TRUE;
}

static gboolean
embed_text (RgCliSight *sight, const char *text, float *vector, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  RgDecoder *decoder = rg_model_get_decoder (sight->model);
  guint offsets[2] = { 0 };

  if (strlen (text) > MAX_TEXT_BYTES || !g_utf8_validate (text, -1, NULL) || *text == '\0')
    {
      g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("--text: a text is UTF-8, not empty, and has at most %d bytes"), MAX_TEXT_BYTES);
      return FALSE;
    }

  /* A caption, as training reads it. */
  rg_model_append_answer (sight->model, ids, text);
  offsets[1] = ids->len;
  rg_pass_reset (sight->pass);
  memcpy (vector, rg_shared_space_caption (sight->pass, rg_model_get_shared_space (sight->model), &decoder->embedding, (const guint32 *) ids->data, offsets, 1)->data, decoder->embedding.cols * sizeof (float));

  return TRUE;
}

static gboolean
embed (RgCliSight *sight, char **images, char **texts, Vectors *vectors, GError **error)
{
  guint n_images = images != NULL ? g_strv_length (images) : 0, n_texts = texts != NULL ? g_strv_length (texts) : 0;

  vectors->n = n_images + n_texts;
  vectors->n_images = n_images;
  vectors->width = rg_model_get_config (sight->model)->text.block.width;
  vectors->names = g_new (char *, vectors->n);
  vectors->vectors = g_new (float, (gsize) vectors->n * vectors->width);

  for (guint i = 0; i < vectors->n; i++)
    {
      float *vector = vectors->vectors + (gsize) i * vectors->width;

      vectors->names[i] = i < n_images ? images[i] : texts[i - n_images];
      if (!(i < n_images ? embed_image (sight, vectors->names[i], vector, error) : embed_text (sight, vectors->names[i], vector, error)))
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
  g_auto (RgCliSight) sight = { 0 };
  g_auto (Vectors) vectors = { 0 };

  if (!rg_cli_parse ("embed", "", _ ("Compares pictures and texts in the space that a model has for both."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error))
    return FALSE;
  if ((images == NULL && texts == NULL) || threads < 0)
    return rg_cli_fail_usage (error, _ ("at least one --image or --text, and --threads not negative"));

  model = rg_cli_model_path (model);
  if (!rg_cli_sight_open (&sight, model, threads, error) || !embed (&sight, images, texts, &vectors, error))
    return FALSE;

  if (json)
    print_json (&vectors);
  else
    print_table (&vectors);

  return TRUE;
}
