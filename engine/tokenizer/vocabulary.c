/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/vocabulary.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/formats/json.h"
#include "engine/tokenizer/byte-alphabet.h"
#include "engine/tokenizer/pre-tokenizer.h"
#include "engine/tokenizer/tokenizer.h"

/* A merge of something that occurs once saves nothing. */
#define MIN_FREQUENCY 2

#define PAIR(left, right) ((guint64) (left) << 32 | (right))
#define LEFT(pair) ((guint32) ((pair) >> 32))
#define RIGHT(pair) ((guint32) (pair))

/* A different word of the corpus. */
typedef struct
{
  guint64 count;
  guint n;
  guint32 *symbols;
} Word;

/* A pair of neighbours, and the words that hold or once held it, ascending; a word may stand twice. */
typedef struct
{
  guint64 pair;
  guint64 count;
  GArray *words;
} Pair;

/* What the heap holds: a pair and the count it had when it was put there. */
typedef struct
{
  guint64 count;
  Pair *pair;
} Entry;

typedef struct
{
  GHashTable *counts; /* the words' texts → guint64 */
  GString *word;
  GArray *words;
  GHashTable *pairs; /* &pair → Pair */
  GArray *heap;
  GPtrArray *pieces; /* id → spelling */
  GHashTable *ids;   /* spelling → id */
  GArray *merges;    /* guint64, in the order learned */
} Learner;

/* --- counting ----------------------------------------------------------------------------------------------------- */

static void
count_word (const char *bytes, gsize n, gpointer data)
{
  Learner *learner = data;
  guint64 *count;

  g_string_truncate (learner->word, 0);
  g_string_append_len (learner->word, bytes, (gssize) n);
  count = g_hash_table_lookup (learner->counts, learner->word->str);
  if (count == NULL)
    {
      count = g_new0 (guint64, 1);
      g_hash_table_insert (learner->counts, g_strdup (learner->word->str), count);
    }
  ++*count;
}

static void
add_piece (Learner *learner, char *piece)
{
  g_hash_table_insert (learner->ids, piece, GUINT_TO_POINTER (learner->pieces->len));
  g_ptr_array_add (learner->pieces, piece);
}

/* The single bytes, in the order of the characters that spell them; @ids: byte → id. */
static void
add_bytes (Learner *learner, guint32 *ids)
{
  for (gunichar c = 0; c < 0x144; c++)
    {
      int byte = rg_char_to_byte (c);
      char spelling[8] = { 0 };

      if (byte < 0)
        continue;
      g_unichar_to_utf8 (c, spelling);
      ids[byte] = learner->pieces->len;
      add_piece (learner, g_strdup (spelling));
    }
}

/* The order of the words is the hash table's own and changes nothing: only sums are taken over them. */
static void
add_words (Learner *learner, const guint32 *ids)
{
  GHashTableIter iter;
  gpointer text, count;

  g_hash_table_iter_init (&iter, learner->counts);
  while (g_hash_table_iter_next (&iter, &text, &count))
    {
      Word word = { *(guint64 *) count, (guint) strlen (text) };

      word.symbols = g_new (guint32, word.n);
      for (guint j = 0; j < word.n; j++)
        word.symbols[j] = ids[((const guchar *) text)[j]];
      g_array_append_val (learner->words, word);
    }
}

/* --- pairs -------------------------------------------------------------------------------------------------------- */

static gboolean
comes_first (const Entry *a, const Entry *b)
{
  return a->count != b->count ? a->count > b->count : a->pair->pair < b->pair->pair;
}

static void
push (Learner *learner, Pair *pair)
{
  Entry entry = { pair->count, pair };
  guint i = learner->heap->len;
  Entry *heap;

  g_array_append_val (learner->heap, entry);
  heap = (Entry *) (gpointer) learner->heap->data;
  for (; i > 0 && comes_first (&entry, heap + (i - 1) / 2); i = (i - 1) / 2)
    heap[i] = heap[(i - 1) / 2];
  heap[i] = entry;
}

static Entry
pop (Learner *learner)
{
  Entry *heap = (Entry *) (gpointer) learner->heap->data;
  guint n = learner->heap->len - 1, i = 0;
  Entry first = heap[0], moved = heap[n];

  g_array_set_size (learner->heap, n);
  for (guint child = 1; child < n; child = 2 * i + 1)
    {
      if (child + 1 < n && comes_first (heap + child + 1, heap + child))
        child++;
      if (!comes_first (heap + child, &moved))
        break;
      heap[i] = heap[child];
      i = child;
    }
  if (n > 0)
    heap[i] = moved;

  return first;
}

static void
free_pair (gpointer data)
{
  Pair *pair = data;

  g_array_unref (pair->words);
  g_free (pair);
}

/* One more (or, with a negative @sign, one fewer) place where @pair stands, in word @index. */
static Pair *
count_pair (Learner *learner, guint64 key, guint index, int sign)
{
  guint64 times = g_array_index (learner->words, Word, index).count;
  Pair *pair = g_hash_table_lookup (learner->pairs, &key);

  if (pair == NULL)
    {
      pair = g_new (Pair, 1);
      *pair = (Pair){ key, 0, g_array_new (FALSE, FALSE, sizeof (guint)) };
      g_hash_table_insert (learner->pairs, &pair->pair, pair);
    }
  pair->count = sign > 0 ? pair->count + times : pair->count - times;
  if (sign > 0 && (pair->words->len == 0 || g_array_index (pair->words, guint, pair->words->len - 1) != index))
    g_array_append_val (pair->words, index);

  return pair;
}

/* Joins @pair to @id wherever it stands in word @index. Pairs that thereby become more frequent are put on the heap anew;
 * an entry whose count is out of date is corrected when it comes up. */
static void
merge_word (Learner *learner, guint index, guint64 pair, guint32 id)
{
  Word *word = &g_array_index (learner->words, Word, index);
  guint kept = 0;
  gboolean found = FALSE;

  for (guint i = 0; i + 1 < word->n && !found; i++)
    found = PAIR (word->symbols[i], word->symbols[i + 1]) == pair;
  if (!found)
    return;
  for (guint i = 0; i + 1 < word->n; i++)
    count_pair (learner, PAIR (word->symbols[i], word->symbols[i + 1]), index, -1);
  for (guint i = 0; i < word->n; i++)
    if (i + 1 < word->n && PAIR (word->symbols[i], word->symbols[i + 1]) == pair)
      {
        word->symbols[kept++] = id;
        i++;
      }
    else
      word->symbols[kept++] = word->symbols[i];
  word->n = kept;
  for (guint i = 0; i + 1 < word->n; i++)
    {
      guint64 key = PAIR (word->symbols[i], word->symbols[i + 1]);
      Pair *counted = count_pair (learner, key, index, 1);

      if (LEFT (key) == id || RIGHT (key) == id)
        push (learner, counted);
    }
}

static guint32
find_or_add_merged (Learner *learner, guint64 pair)
{
  g_autofree char *spelling = g_strconcat (learner->pieces->pdata[LEFT (pair)], learner->pieces->pdata[RIGHT (pair)], NULL);
  gpointer id;

  if (!g_hash_table_lookup_extended (learner->ids, spelling, NULL, &id))
    {
      id = GUINT_TO_POINTER (learner->pieces->len);
      add_piece (learner, g_steal_pointer (&spelling));
    }

  return GPOINTER_TO_UINT (id);
}

static void
learn (Learner *learner, guint size)
{
  GHashTableIter iter;
  gpointer value;

  for (guint index = 0; index < learner->words->len; index++)
    {
      const Word *word = &g_array_index (learner->words, Word, index);

      for (guint i = 0; i + 1 < word->n; i++)
        count_pair (learner, PAIR (word->symbols[i], word->symbols[i + 1]), index, 1);
    }
  g_hash_table_iter_init (&iter, learner->pairs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    push (learner, value);

  while (learner->pieces->len < size && learner->heap->len > 0)
    {
      Entry entry = pop (learner);
      g_autoptr (GArray) words = NULL;
      guint32 id;

      if (entry.count != entry.pair->count)
        {
          if (entry.pair->count >= MIN_FREQUENCY && entry.pair->count < entry.count)
            push (learner, entry.pair);
          continue;
        }
      if (entry.count < MIN_FREQUENCY)
        break;
      id = find_or_add_merged (learner, entry.pair->pair);
      g_array_append_val (learner->merges, entry.pair->pair);
      words = g_array_ref (entry.pair->words);
      for (guint i = 0; i < words->len; i++)
        merge_word (learner, g_array_index (words, guint, i), entry.pair->pair, id);
    }
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static GString *
format_tokenizer (Learner *learner, guint n_special)
{
  static const char byte_level[] = "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}";
  GString *out = g_string_new ("{\n\"version\":\"1.0\",\n\"truncation\":null,\n\"padding\":null,\n\"added_tokens\":[");

  for (guint i = 0; i < n_special; i++)
    {
      g_string_append_printf (out, "%s\n{\"id\":%u,\"content\":", i > 0 ? "," : "", i);
      rg_json_append_string (out, learner->pieces->pdata[i]);
      g_string_append (out, ",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}");
    }
  g_string_append_printf (out, "],\n\"normalizer\":{\"type\":\"Lowercase\"},\n\"pre_tokenizer\":%s,\n\"post_processor\":null,\n\"decoder\":%s,\n", byte_level, byte_level);
  g_string_append (out, "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
                        "\"fuse_unk\":false,\"byte_fallback\":false,\"ignore_merges\":false,\n\"vocab\":{");
  for (guint i = 0; i < learner->pieces->len; i++)
    {
      g_string_append (out, i > 0 ? ",\n" : "\n");
      rg_json_append_string (out, learner->pieces->pdata[i]);
      g_string_append_printf (out, ":%u", i);
    }
  g_string_append (out, "},\n\"merges\":[");
  for (guint i = 0; i < learner->merges->len; i++)
    {
      guint64 pair = g_array_index (learner->merges, guint64, i);
      g_autofree char *joined = g_strjoin (" ", learner->pieces->pdata[LEFT (pair)], learner->pieces->pdata[RIGHT (pair)], NULL);

      g_string_append (out, i > 0 ? ",\n" : "\n");
      rg_json_append_string (out, joined);
    }
  g_string_append (out, "]}\n}\n");

  return out;
}

static void
clear_word (gpointer data)
{
  g_free (((Word *) data)->symbols);
}

static Learner *
new_learner (void)
{
  Learner *learner = g_new (Learner, 1);

  *learner = (Learner){
    .counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    .word = g_string_new (NULL),
    .words = g_array_new (FALSE, FALSE, sizeof (Word)),
    .pairs = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_pair),
    .heap = g_array_new (FALSE, FALSE, sizeof (Entry)),
    .pieces = g_ptr_array_new_with_free_func (g_free),
    .ids = g_hash_table_new (g_str_hash, g_str_equal),
    .merges = g_array_new (FALSE, FALSE, sizeof (guint64)),
  };
  g_array_set_clear_func (learner->words, clear_word);

  return learner;
}

static void
free_learner (Learner *learner)
{
  g_hash_table_unref (learner->counts);
  g_string_free (learner->word, TRUE);
  g_array_unref (learner->words);
  g_array_unref (learner->heap);
  g_hash_table_unref (learner->pairs);
  g_hash_table_unref (learner->ids);
  g_ptr_array_unref (learner->pieces);
  g_array_unref (learner->merges);
  g_free (learner);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Learner, free_learner)

gboolean
rg_vocabulary_write (const char *path, RgVocabularyFeed feed, gpointer data, guint size, const char *const *special, GError **error)
{
  static const RgSplitStage stage = { .rewrite = RG_REWRITE_PREFIX_SPACE, .rule = RG_SPLIT_GPT2 };
  g_autoptr (Learner) learner = new_learner ();
  guint n_special = g_strv_length ((char **) special);
  g_autoptr (GString) text = NULL;
  guint32 byte_ids[256];

  if (size < n_special + 256 || size > RG_TOKENIZER_MAX_SIZE)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("a vocabulary of %u pieces was asked for; %u special tokens and 256 bytes need %u, and %d is the most"), size, n_special, n_special + 256, RG_TOKENIZER_MAX_SIZE);
      return FALSE;
    }
  for (const char *line = feed (data); line != NULL; line = feed (data))
    rg_pre_tokenize (&stage, 1, line, strlen (line), TRUE, count_word, learner);
  if (g_hash_table_size (learner->counts) == 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("a vocabulary cannot be learned from an empty corpus"));
      return FALSE;
    }
  for (guint i = 0; i < n_special; i++)
    add_piece (learner, g_strdup (special[i]));
  add_bytes (learner, byte_ids);
  add_words (learner, byte_ids);
  learn (learner, size);
  text = format_tokenizer (learner, n_special);

  return rg_atomic_write (path, text->str, text->len, error);
}
