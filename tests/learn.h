/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib/gstdio.h>
#include <string.h>

#include "engine/tensor/random.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/vocabulary.h"

/* Tokenizers learned in a test from a few lines. */

static const char *const learned_special[] = { "<pad>", "<bos>", "<question>", "<answer>", "<eos>", NULL };

typedef struct
{
  const char *const *lines;
  guint next;
} Corpus;

static inline const char *
next_line (gpointer data)
{
  Corpus *corpus = data;

  return corpus->lines[corpus->next] == NULL ? NULL : corpus->lines[corpus->next++];
}

/* The tokenizer.json learned from @lines, as text. */
static inline char *
learn_text (const char *const *lines, guint size)
{
  g_autofree char *folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);
  Corpus corpus = { lines, 0 };
  g_autoptr (GError) error = NULL;
  char *text;

  rg_vocabulary_write (path, next_line, &corpus, size, learned_special, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);

  return text;
}

static inline RgTokenizer *
parse_tokenizer (const char *text)
{
  g_autoptr (GError) error = NULL;
  RgTokenizer *tokenizer = rg_tokenizer_new_from_json ("tokenizer.json", text, strlen (text), &error);

  g_assert_no_error (error);

  return tokenizer;
}

static inline RgTokenizer *
learn (const char *const *lines, guint size)
{
  g_autofree char *text = learn_text (lines, size);

  return parse_tokenizer (text);
}

/* 300 lines of words from an alphabet of five letters: pairs overlap and tie all the time. */
static inline char **
random_lines (guint64 seed)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();
  RgRandom random;

  rg_random_init (&random, seed, 0);
  for (guint i = 0; i < 300; i++)
    {
      GString *line = g_string_new (NULL);
      guint n = 5 + rg_random_below (&random, 30);

      for (guint j = 0; j < n; j++)
        g_string_append_c (line, "aabcde  '9"[rg_random_below (&random, 10)]);
      g_ptr_array_add (lines, g_string_free (line, FALSE));
    }
  g_ptr_array_add (lines, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&lines), FALSE);
}
