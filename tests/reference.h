/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "engine/formats/npy.h"
#include "tests/fixture.h"
#include "tests/numeric.h"

/* What the original code computed for a fixture (Hugging Face transformers, float32), and how near we have to come: the
 * bounds of the fixtures' README. @dir is a fixture's path. */

#define REFERENCE_HIDDEN_BOUND 1e-4
#define REFERENCE_ATTENTION_BOUND 5e-5
#define REFERENCE_VECTOR_BOUND 1e-4
#define REFERENCE_LOGIT_BOUND 1e-3

/* @name: "image_embeds", "case0/logits". Returns: (transfer full) */
static inline RgNpy *
reference_array (const char *dir, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/reference/%s.npy", dir, name);
  g_autoptr (GError) error = NULL;
  RgNpy *npy = rg_npy_read (path, &error);

  g_assert_no_error (error);

  return npy;
}

/* Returns: whether there is an array @name. */
static inline gboolean
reference_has (const char *dir, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/reference/%s.npy", dir, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* @name: of a file that is no array, "case0/audio.wav". Returns: (transfer full): its content */
static inline GBytes *
reference_bytes (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, "reference", name, NULL);
  char *content;
  gsize n;

  g_assert_true (g_file_get_contents (path, &content, &n, NULL));

  return g_bytes_new_take (content, n);
}

/* Fails unless @values are the first @n of the array @name. */
static inline void
reference_check (const char *dir, const char *name, const float *values, gsize n, double bound)
{
  g_autoptr (RgNpy) expected = reference_array (dir, name);

  g_assert_cmpuint (n, <=, expected->n_values);
  numeric_assert_same (name, values, expected->values, n, bound);
}

/* @name: "input_ids", "case0/input_ids". Returns: (transfer full): the file's object */
static inline JsonNode *
reference_json (const char *dir, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/reference/%s.json", dir, name);
  g_autoptr (JsonParser) parser = json_parser_new ();

  g_assert_true (json_parser_load_from_file (parser, path, NULL));

  return json_parser_steal_root (parser);
}

/* Appends the numbers of @array to @ids (element-type guint32). */
static inline void
reference_append_ids (JsonArray *array, GArray *ids)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      guint32 id = json_array_get_int_element (array, i);

      g_array_append_val (ids, id);
    }
}
