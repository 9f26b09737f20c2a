/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/decoder/prompt.h"
#include "engine/encoder/tiles.h"
#include "engine/explain/intervention.h"
#include "engine/image-state.h"
#include "engine/model.h"
#include "tests/reference.h"

/* A model of one of the families of open models, and what its original code computed for some pictures and questions. */

/* What differs between the fixtures.
 * @ids: which ids the arrays are for; whether those are the prompt with all that was generated
 * @features: (nullable): what the encoder gives in the end
 * @tokens: (nullable): what the projector gives, where it is not called that
 * @question_ids: (nullable): ids that a question encoder reads before those
 * @before, @behind: (nullable): marks between which the question stands in a longer text */
typedef struct
{
  const char *fixture, *cases[3], *features, *ids, *question;
  gboolean ids_are_all;
  const char *tokens, *question_ids, *before, *behind;
} FamilyNames;

/* One case of a fixture. */
typedef struct
{
  const FamilyNames *names;
  char *dir; /* %NULL where the fixture is absent */
  const char *name;
  RgModel *model;
  RgPass *pass;
  JsonNode *node;
  JsonObject *facts;
  RgNpy *npy;
  RgPixelValues pixels;
  GArray *ids, *generated;
  guint n_prompt; /* of the ids */
} FamilyCase;

static inline void
family_case_set_up (FamilyCase *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->names = data;
  self->dir = fixture_path (self->names->fixture);
  if (self->dir == NULL)
    return;
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->model = rg_model_load (self->dir, FALSE, NULL, &error);
  g_assert_no_error (error);
}

static inline void
family_case_tear_down (FamilyCase *self, gconstpointer data)
{
  g_free (self->dir);
  rg_model_free (self->model);
  rg_pass_free (self->pass);
}

/* @name: of the case's facts. Returns: (nullable): a list of numbers about its picture */
static inline JsonArray *
family_case_get_grid (const FamilyCase *self, const char *name)
{
  return json_object_has_member (self->facts, name) ? json_array_get_array_element (json_object_get_array_member (self->facts, name), 0) : NULL;
}

/* Planes, or a row a patch. */
static inline void
family_case_set_pixels (FamilyCase *self)
{
  const RgVisionConfig *config = &rg_model_get_config (self->model)->vision;
  JsonArray *tiles = family_case_get_grid (self, "rows_cols"), *patches = family_case_get_grid (self, "image_grid_thw"), *shapes = family_case_get_grid (self, "aspect_ratio_ids");
  const gsize *shape = self->npy->shape;
  guint n_dims = self->npy->n_dims;

  self->pixels = (RgPixelValues){ .values = self->npy->values, .n_values = self->npy->n_values };
  self->pixels.n_views = patches != NULL ? 1 : shape[n_dims - 4];
  self->pixels.height = patches != NULL ? json_array_get_int_element (patches, 1) * config->patch_size : shape[n_dims - 2];
  self->pixels.width = patches != NULL ? json_array_get_int_element (patches, 2) * config->patch_size : shape[n_dims - 1];
  if (tiles != NULL)
    {
      self->pixels.rows = json_array_get_int_element (tiles, 0);
      self->pixels.cols = json_array_get_int_element (tiles, 1);
    }
  if (shapes != NULL)
    {
      rg_tiles_get_shape (config->max_tiles, json_array_get_int_element (shapes, 0), &self->pixels.rows, &self->pixels.cols);
      g_assert_cmpuint (self->pixels.n_views, ==, config->max_tiles);
      self->pixels.n_values = self->pixels.n_values / config->max_tiles * self->pixels.rows * self->pixels.cols;
      self->pixels.n_views = self->pixels.rows * self->pixels.cols;
    }
}

/* The picture, if there is one, as the original code saw it, and the ids that it read. */
static inline void
family_case_open (FamilyCase *self, const char *name)
{
  g_autofree char *ids = g_strdup_printf ("%s/input_ids", name), *pixels = g_strdup_printf ("%s/pixel_values", name);
  self->name = name;
  self->node = reference_json (self->dir, ids);
  self->facts = json_node_get_object (self->node);
  self->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->generated = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (self->names->question_ids != NULL)
    reference_append_ids (json_object_get_array_member (self->facts, self->names->question_ids), self->ids);
  self->n_prompt = self->ids->len + 1;
  reference_append_ids (json_object_get_array_member (self->facts, self->names->ids), self->ids);
  reference_append_ids (json_object_get_array_member (self->facts, "generated_ids"), self->generated);
  if (!self->names->ids_are_all)
    self->n_prompt = self->ids->len;

  self->npy = reference_has (self->dir, pixels) ? reference_array (self->dir, pixels) : NULL;
  if (self->npy != NULL)
    family_case_set_pixels (self);
}

static inline void
family_case_close (FamilyCase *self)
{
  json_node_unref (self->node);
  g_clear_pointer (&self->npy, rg_npy_free);
  g_array_unref (self->ids);
  g_array_unref (self->generated);
}

/* Returns: whether there is such an array; there are fewer of them for some cases */
static inline gboolean
family_case_check (const FamilyCase *self, const char *name, const float *values, gsize n, double bound)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", self->name, name);

  if (!reference_has (self->dir, path))
    return FALSE;
  reference_check (self->dir, path, values, n, bound);

  return TRUE;
}

static inline gboolean
family_case_check_either (const FamilyCase *self, const char *name, const char *other_name, const float *values, gsize n, double bound)
{
  return family_case_check (self, name, values, n, bound) || family_case_check (self, other_name, values, n, bound);
}

static inline gboolean
family_case_check_rows (const FamilyCase *self, const char *name, const RgTensor *tensor)
{
  return family_case_check (self, name, tensor->data, tensor->rows * tensor->cols, REFERENCE_HIDDEN_BOUND);
}

/* The ids behind the picture. */
static inline GArray *
family_case_write_prompt (const FamilyCase *self, const RgImageState *image)
{
  const char *text = self->names->question != NULL && !json_object_get_null_member (self->facts, self->names->question) ? json_object_get_string_member (self->facts, self->names->question) : "";
  const char *from = self->names->before != NULL ? strstr (text, self->names->before) + strlen (self->names->before) : text;
  g_autofree char *question = self->names->behind != NULL ? g_strndup (from, strstr (from, self->names->behind) - from) : g_strdup (from);
  g_autoptr (GError) error = NULL;
  GArray *prompt = rg_prompt_new (self->model, image, NULL, 0, question, 12, &error);
  guint n_prefix;
  const guint32 *prefix = rg_image_state_get_prefix (image, &n_prefix);

  g_assert_no_error (error);
  g_assert_cmpuint (n_prefix + prompt->len, ==, self->n_prompt);
  g_assert_cmpmem (prefix, n_prefix * 4, self->ids->data, n_prefix * 4);
  g_assert_cmpmem (prompt->data, prompt->len * 4, (guint32 *) self->ids->data + n_prefix, prompt->len * 4);

  return prompt;
}

/* The model once more with weights in single precision, which tests can read. */
static inline void
family_case_widen (FamilyCase *self)
{
  g_autoptr (GError) error = NULL;

  rg_model_free (self->model);
  self->model = rg_model_load (self->dir, TRUE, NULL, &error);
  g_assert_no_error (error);
}

/* A case whose picture was seen, and the first tokens that follow, of which a word is explained. */
typedef struct
{
  RgImageState *image;
  GArray *ids;
  RgWord word;
  RgExplained explained;
} FamilyAnswer;

/* @n: tokens of the answer, of which the second is the word */
static inline void
family_answer_init (FamilyAnswer *self, FamilyCase *example, guint n)
{
  self->image = rg_model_see (example->model, example->pass, &example->pixels, NULL, NULL, NULL);
  self->ids = family_case_write_prompt (example, self->image);
  self->word = (RgWord){ .first = 1, .n = 1 };
  self->explained = (RgExplained){ .model = example->model, .pass = example->pass, .image = self->image, .pixels = &example->pixels, .first = self->ids->len, .words = &self->word, .n_words = 1 };
  for (guint i = 0; i < n; i++)
    g_array_append_val (self->ids, g_array_index (example->generated, guint32, MIN (i, example->generated->len - 1)));
  self->explained.ids = (const guint32 *) self->ids->data;
  self->explained.n_ids = self->ids->len;
}

static inline void
family_answer_clear (FamilyAnswer *self)
{
  rg_image_state_free (self->image);
  g_array_unref (self->ids);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FamilyAnswer, family_answer_clear)
