/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "engine/error.h"
#include "engine/tokenizer/byte-alphabet.h"
#include "engine/tokenizer/pre-tokenizer.h"
#include "tests/learn.h"

/* The definition, word for word: count all pairs anew, join the most frequent one, smaller ids first. Appends the spelling
 * of each piece learned. */
typedef struct
{
  GPtrArray *words; /* GArray of ids */
  GPtrArray *pieces;
} Naive;

static void
add_naive_word (const char *bytes, gsize n, gpointer data)
{
  Naive *naive = data;
  GArray *word = g_array_new (FALSE, FALSE, sizeof (guint));

  for (gsize i = 0; i < n; i++)
    for (guint id = 0; id < naive->pieces->len; id++)
      {
        char spelling[8] = { 0 };

        g_unichar_to_utf8 (rg_byte_to_char ((guint8) bytes[i]), spelling);
        if (strcmp (spelling, naive->pieces->pdata[id]) == 0)
          g_array_append_val (word, id);
      }
  g_assert_cmpuint (word->len, ==, n);
  g_ptr_array_add (naive->words, word);
}

static gboolean
find_naive_pair (Naive *naive, guint64 *best)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer key, value;
  guint best_count = 1;

  for (guint i = 0; i < naive->words->len; i++)
    {
      const GArray *word = naive->words->pdata[i];

      for (guint j = 0; j + 1 < word->len; j++)
        {
          guint64 pair = (guint64) g_array_index (word, guint, j) << 32 | g_array_index (word, guint, j + 1);
          guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, &pair));

          g_hash_table_insert (counts, g_memdup2 (&pair, 8), GUINT_TO_POINTER (count + 1));
        }
    }
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (GPOINTER_TO_UINT (value) > best_count || (best_count > 1 && GPOINTER_TO_UINT (value) == best_count && *(guint64 *) key < *best))
      {
        best_count = GPOINTER_TO_UINT (value);
        *best = *(guint64 *) key;
      }

  return best_count > 1;
}

static void
join_naive_pair (Naive *naive, guint64 pair)
{
  guint left = (guint) (pair >> 32), right = (guint) pair, id = 0;
  g_autofree char *merged = g_strconcat (naive->pieces->pdata[left], naive->pieces->pdata[right], NULL);

  while (id < naive->pieces->len && strcmp (naive->pieces->pdata[id], merged) != 0)
    id++;
  if (id == naive->pieces->len)
    g_ptr_array_add (naive->pieces, g_steal_pointer (&merged));
  for (guint i = 0; i < naive->words->len; i++)
    {
      GArray *word = naive->words->pdata[i];

      for (guint j = 0; j + 1 < word->len; j++)
        if (g_array_index (word, guint, j) == left && g_array_index (word, guint, j + 1) == right)
          {
            g_array_index (word, guint, j) = id;
            g_array_remove_index (word, j + 1);
          }
    }
}

static void
test_learning (void)
{
  static const RgSplitStage stage = { .rewrite = RG_REWRITE_PREFIX_SPACE, .rule = RG_SPLIT_GPT2 };
  g_auto (GStrv) lines = random_lines (1);
  g_autoptr (RgTokenizer) tokenizer = learn ((const char *const *) lines, 500);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (g_free);
  Naive naive = { words, pieces };
  guint64 pair = 0;

  for (guint id = 0; id < 261; id++)
    g_ptr_array_add (pieces, g_strdup (rg_tokenizer_get_piece (tokenizer, id)));
  for (guint i = 0; lines[i] != NULL; i++)
    rg_pre_tokenize (&stage, 1, lines[i], strlen (lines[i]), TRUE, add_naive_word, &naive);
  while (pieces->len < 500 && find_naive_pair (&naive, &pair))
    join_naive_pair (&naive, pair);
  g_assert_cmpuint (rg_tokenizer_get_size (tokenizer), ==, pieces->len);
  g_assert_cmpuint (pieces->len, >, 400);
  for (guint id = 0; id < pieces->len; id++)
    g_assert_cmpstr (rg_tokenizer_get_piece (tokenizer, id), ==, pieces->pdata[id]);
}

static void
test_vocabulary_order (void)
{
  g_auto (GStrv) lines = random_lines (2);
  g_autofree char *first = learn_text ((const char *const *) lines, 400);
  g_autofree char *second = NULL;
  guint n = g_strv_length (lines);

  for (guint i = 0; i < n / 2; i++)
    {
      char *line = lines[i];

      lines[i] = lines[n - 1 - i];
      lines[n - 1 - i] = line;
    }
  second = learn_text ((const char *const *) lines, 400);
  g_assert_cmpstr (first, ==, second);
}

static void
test_vocabulary (void)
{
  static const char *const lines[] = { "what is left of the red circle?", "the red circle is left of the house", "où est le cercle rouge ?", "\"the\\", NULL };
  g_autoptr (RgTokenizer) tokenizer = learn (lines, 400);
  g_autoptr (GArray) lower_ids = rg_tokenizer_encode (tokenizer, "The RED Circle: Où?", -1, RG_ENCODE_DEFAULT);
  g_autoptr (GArray) raw_ids = rg_tokenizer_encode (tokenizer, "I don't know <eos>", -1, RG_ENCODE_RAW);
  g_autofree char *lower = rg_tokenizer_decode (tokenizer, (const guint32 *) (gpointer) lower_ids->data, lower_ids->len, FALSE);
  g_autofree char *raw = rg_tokenizer_decode (tokenizer, (const guint32 *) (gpointer) raw_ids->data, raw_ids->len, FALSE);
  guint32 id;

  for (guint i = 0; learned_special[i] != NULL; i++)
    {
      g_assert_true (rg_tokenizer_find (tokenizer, learned_special[i], &id));
      g_assert_cmpuint (id, ==, i);
      g_assert_true (rg_tokenizer_is_special (tokenizer, id));
    }
  g_assert_true (rg_tokenizer_find (tokenizer, "!", &id));
  g_assert_cmpuint (id, ==, 5);
  g_assert_false (rg_tokenizer_is_special (tokenizer, id));
  g_assert_false (rg_tokenizer_find (tokenizer, "<mask>", &id));
  g_assert_true (rg_tokenizer_find (tokenizer, "Ġthe", &id));
  g_assert_cmpstr (rg_tokenizer_get_piece (tokenizer, id), ==, "Ġthe");
  g_assert_null (rg_tokenizer_get_piece (tokenizer, 100000));
  g_assert_cmpstr (lower, ==, " the red circle: où?");
  g_assert_cmpstr (raw, ==, " I don't know <eos>");
}

static void
test_vocabulary_errors (void)
{
  static const char *const none[] = { "", NULL }, *const some[] = { "a", NULL };
  Corpus corpus = { none, 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (rg_vocabulary_write ("/nonexistent/x", next_line, &corpus, 400, learned_special, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_VALUE);
  g_clear_error (&error);
  corpus = (Corpus){ some, 0 };
  g_assert_false (rg_vocabulary_write ("/nonexistent/x", next_line, &corpus, 260, learned_special, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_false (rg_vocabulary_write ("/nonexistent/x", next_line, &corpus, 261, learned_special, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vocabulary/learning", test_learning);
  g_test_add_func ("/vocabulary/order", test_vocabulary_order);
  g_test_add_func ("/vocabulary/written", test_vocabulary);
  g_test_add_func ("/vocabulary/errors", test_vocabulary_errors);

  return g_test_run ();
}
