/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "engine/error.h"
#include "engine/tokenizer/detokenizer.h"
#include "engine/tokenizer/normalizer.h"
#include "engine/tokenizer/pre-tokenizer.h"
#include "engine/tokenizer/tokenizer.h"

/* The kinds of tokenizer.json other than byte-level BPE, on files of a few pieces. JSON is spelled with ` for ". */

#define WORD_PIECE(rest, pieces) "{`model`:{`type`:`WordPiece`,`unk_token`:`?`,`vocab`:{`?`:0," pieces "}},`pre_tokenizer`:{`type`:`BertPreTokenizer`}" rest "}"
#define UNIGRAM(rest, pieces) "{`model`:{`type`:`Unigram`,`unk_id`:0" rest ",`vocab`:[[`?`,0]," pieces "]}}"
#define CHARACTERS(rest, option) "{`model`:{`type`:`BPE`,`unk_token`:`?`" option ",`vocab`:{`?`:0,`a`:1,`b`:2,`ab`:3,`▁`:4,`▁a`:5,`<0xC3>`:6,`<0xA9>`:7},`merges`:[`a b`,`▁ a`]}" rest "}"

static RgTokenizer *
try_parse (const char *json, GError **error)
{
  g_autofree char *text = g_strdelimit (g_strdup (json), "`", '"');

  return rg_tokenizer_new_from_json ("t", text, strlen (text), error);
}

static RgTokenizer *
parse (const char *json)
{
  g_autoptr (GError) error = NULL;
  RgTokenizer *tokenizer = try_parse (json, &error);

  g_assert_no_error (error);

  return tokenizer;
}

static void
assert_ids (const char *json, const char *text, RgEncodeFlags flags, const char *expected)
{
  g_autoptr (RgTokenizer) tokenizer = parse (json);
  g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text, -1, flags);
  g_autoptr (GString) spelled = g_string_new (NULL);

  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (spelled, i == 0 ? "%u" : " %u", g_array_index (ids, guint32, i));
  g_assert_cmpstr (spelled->str, ==, expected);
}

static void
assert_error (const char *json, int code, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgTokenizer) tokenizer = try_parse (json, &error);

  g_assert_null (tokenizer);
  g_assert_error (error, RG_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}

/* What each id of @ids shows when it comes, and what is left at the end, with | between. */
static void
assert_stream (const char *json, const char *ids, gboolean skip_special, const char *expected)
{
  g_autoptr (RgTokenizer) tokenizer = parse (json);
  g_autoptr (RgDetokenizer) stream = rg_detokenizer_new (tokenizer, skip_special);
  g_auto (GStrv) numbers = g_strsplit (ids, " ", -1);
  g_autoptr (GString) shown = g_string_new (NULL);

  for (guint i = 0; numbers[i] != NULL; i++)
    g_string_append_printf (shown, "%s|", rg_detokenizer_push (stream, (guint32) g_ascii_strtoull (numbers[i], NULL, 10)));
  g_string_append (shown, rg_detokenizer_flush (stream));
  g_assert_cmpstr (shown->str, ==, expected);
}

/* --- models ------------------------------------------------------------------------------------------------------- */

static void
test_word_piece (void)
{
  static const char json[] = WORD_PIECE ("", "`un`:1,`##aff`:2,`##able`:3,`##a`:4,`u`:5,`##é`:6,`!`:7");
  g_autofree char *just = g_strnfill (99, 'a'), *long_word = g_strconcat ("u", just, NULL), *too_long = g_strconcat (long_word, "a", NULL);
  g_autofree char *expected = NULL;
  g_autoptr (GString) ids = g_string_new ("5");

  assert_ids (json, "unaffable", 0, "1 2 3");
  assert_ids (json, "unaffablx u\xc3\xa9!", 0, "0 5 6 7");
  assert_ids (json, "aff", 0, "0");
  assert_ids (json, "", 0, "");
  for (guint i = 0; i < 99; i++)
    g_string_append (ids, " 4");
  assert_ids (json, long_word, 0, ids->str);
  assert_ids (json, too_long, 0, "0");
  assert_ids (WORD_PIECE (",`added_tokens`:[{`id`:9,`content`:`una`,`special`:true}]", "`un`:1,`##a`:2"), "una", 0, "1 2");
}

static void
test_unigram (void)
{
  /* 1: a, 2: b, 3: ab, 4: bc, 5: c */
  assert_ids (UNIGRAM ("", "[`a`,-1],[`b`,-1],[`ab`,-1.5],[`bc`,-3],[`c`,-1]"), "abc", 0, "3 5");
  assert_ids (UNIGRAM ("", "[`a`,-1],[`b`,-1],[`ab`,-2.5],[`bc`,-1.5],[`c`,-1]"), "abc", 0, "1 4");
  /* Of equal sums the way found first. */
  assert_ids (UNIGRAM ("", "[`a`,-1],[`b`,-1],[`ab`,-2]"), "ab", 0, "3");
  assert_ids (UNIGRAM ("", "[`a`,-1],[`ab`,-2]"), "axxéb", 0, "1 0");
  /* An unknown character counts 10 less than the smallest score, which is -1 here. */
  assert_ids (UNIGRAM ("", "[`a`,9],[`xa`,-1]"), "xa", 0, "2");
  assert_ids (UNIGRAM ("", "[`a`,11],[`xa`,-1]"), "xa", 0, "0 1");
  assert_ids (UNIGRAM (",`byte_fallback`:true", "[`a`,-1],[`<0xC3>`,-1],[`<0xA9>`,-1]"), "aéa", 0, "1 2 3 1");
  assert_ids (UNIGRAM (",`byte_fallback`:true", "[`a`,-1],[`<0xC3>`,-1]"), "aéa", 0, "1 0 1");
  assert_error ("{`model`:{`type`:`Unigram`,`vocab`:[[`a`,-1]]}}", RG_ERROR_FORMAT, "t: the unknown token (model.unk_token, model.unk_id) is missing, which this model needs");
  assert_error ("{`model`:{`type`:`Unigram`,`unk_id`:1,`vocab`:[[`a`,-1]]}}", RG_ERROR_FORMAT, "t: model.unk_id: expected a whole number between 0 and 0, found 1");
  assert_error (UNIGRAM ("", "[`a`,1e999]"), RG_ERROR_FORMAT, "t: the score of the piece \"a\" in model.vocab is out of range (byte 65)");
  assert_error ("{`model`:{`type`:`Unigram`,`unk_id`:0,`vocab`:{`a`:0}}}", RG_ERROR_FORMAT, "t: model.vocab: expected an array of pieces and scores");
}

static void
test_characters (void)
{
  assert_ids (CHARACTERS ("", ""), "abba", 0, "3 2 1");
  assert_ids (CHARACTERS ("", ""), "axxb", 0, "1 0 0 2");
  assert_ids (CHARACTERS ("", ",`fuse_unk`:true"), "axxb", 0, "1 0 2");
  assert_ids (CHARACTERS ("", ",`byte_fallback`:true"), "aéè", 0, "1 6 7 0");
  assert_ids (CHARACTERS (",`normalizer`:{`type`:`Sequence`,`normalizers`:[{`type`:`Prepend`,`prepend`:`▁`},{`type`:`Replace`,`pattern`:{`String`:` `},`content`:`▁`}]}", ""), "ab a", 0, "4 3 5");
  assert_ids (CHARACTERS (",`pre_tokenizer`:{`type`:`Metaspace`}", ""), "a ab  a", 0, "5 4 3 4 5");
  assert_ids (CHARACTERS (",`pre_tokenizer`:{`type`:`Metaspace`,`prepend_scheme`:`never`}", ""), "a a", 0, "1 5");
  assert_ids (CHARACTERS (",`added_tokens`:[{`id`:9,`content`:`<x>`,`special`:true}],`pre_tokenizer`:{`type`:`Metaspace`,`prepend_scheme`:`first`}", ""), "a<x>a", RG_ENCODE_SPECIAL, "5 9 1");
  assert_ids (CHARACTERS (",`added_tokens`:[{`id`:9,`content`:`<x>`,`special`:true}],`pre_tokenizer`:{`type`:`Metaspace`,`prepend_scheme`:`always`}", ""), "a<x>a", RG_ENCODE_SPECIAL, "5 9 5");
  assert_ids (CHARACTERS (",`pre_tokenizer`:{`type`:`Sequence`,`pretokenizers`:[{`type`:`WhitespaceSplit`},{`type`:`Metaspace`,`prepend_scheme`:`first`}]}", ""), "a a", 0, "5 1");
}

/* CLIP's: a word's last symbol is another one. And a word that is a piece, though no merge leads to it. */
static void
test_bytes (void)
{
  static const char suffix[] = "{`model`:{`type`:`BPE`,`end_of_word_suffix`:`</w>`,`vocab`:{`a`:0,`b</w>`:1,`ab</w>`:2,`a</w>`:3},`merges`:[`a b</w>`]},"
                               "`pre_tokenizer`:{`type`:`Sequence`,`pretokenizers`:[{`type`:`Split`,`pattern`:{`Regex`:`'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|[^\\\\s\\\\p{L}\\\\p{N}]+`},`behavior`:`Removed`,`invert`:true},{`type`:`ByteLevel`,`add_prefix_space`:false}]}}";
  static const char whole[] = "{`model`:{`ignore_merges`:true,`vocab`:{`a`:0,`b`:1,`Ġab`:2,`Ġ`:3},`merges`:[]},`pre_tokenizer`:{`type`:`ByteLevel`,`add_prefix_space`:false}}";

  assert_ids (suffix, " ab aab\na", 0, "2 0 2 3");
  assert_stream (suffix, "2 0 2 3", TRUE, "ab| a|ab| a|");
  assert_stream (suffix, "2 0 2 3", FALSE, "ab| a|ab| a| ");
  assert_ids (whole, "ab ab", 0, "0 1 2");
}

/* --- decoding ----------------------------------------------------------------------------------------------------- */

static void
test_streams (void)
{
  static const char words[] = WORD_PIECE (",`added_tokens`:[{`id`:0,`content`:`?`,`special`:true}]", "`un`:1,`##aff`:2,`.`:3,`'s`:4,`\\\"`:5");
  static const char llama[] = CHARACTERS (",`decoder`:{`type`:`Sequence`,`decoders`:[{`type`:`Replace`,`pattern`:{`String`:`▁`},`content`:` `},{`type`:`ByteFallback`},{`type`:`Fuse`},{`type`:`Strip`,`content`:` `,`start`:1,`stop`:0}]}", ",`byte_fallback`:true");

  assert_stream (words, "1 2 1 3 5 4 1", FALSE, "un|aff| un|.| \"|'s| un|");
  assert_stream (words, "0 1 0 2 99", TRUE, "|un||aff||");
  assert_stream (words, "0 1 2 0", FALSE, "?| un|aff|?|");
  assert_stream (words, "2 2", FALSE, "##aff|aff|");
  assert_stream (llama, "5 5 3", FALSE, "a| a|ab|");
  assert_stream (llama, "4 4 1", FALSE, "| |a|");
  assert_stream (llama, "5 6 7 6", FALSE, "a||é||�");
  assert_stream (llama, "7 6 6 1 6 5", FALSE, "�||�|�a||� a|");
  assert_stream (UNIGRAM (",`byte_fallback`:true", "[`a`,-1],[`<0xE2>`,-1],[`<0x82>`,-1]"), "2 3 1 2 3", FALSE, "||��a|||��");
  assert_stream (CHARACTERS (",`pre_tokenizer`:{`type`:`Metaspace`},`decoder`:{`type`:`Metaspace`}", ""), "4 5 5 1", FALSE, "| a| a|a|");
  assert_stream (CHARACTERS (",`decoder`:{`type`:`Metaspace`,`prepend_scheme`:`never`}", ""), "5 5", FALSE, " a| a|");
}

/* --- what stands around ------------------------------------------------------------------------------------------- */

#define ADDED "`added_tokens`:[{`id`:8,`content`:`<b>`,`special`:true},{`id`:9,`content`:`<e>`,`special`:true}]"
#define SINGLE(rest) "{`type`:`TemplateProcessing`,`single`:[" rest "],`special_tokens`:{`<b>`:{`ids`:[8]},`<e>`:{`ids`:[9,9]},`<z>`:{`ids`:[7]}}}"
#define BEGIN "{`SpecialToken`:{`id`:`<b>`}},"
#define TEXT "{`Sequence`:{`id`:`A`}}"
#define END ",{`SpecialToken`:{`id`:`<e>`}}"

static void
test_template (void)
{
  assert_ids (WORD_PIECE ("," ADDED ",`post_processor`:" SINGLE (BEGIN TEXT END), "`a`:1"), "a", RG_ENCODE_TEMPLATE, "8 1 9 9");
  assert_ids (WORD_PIECE ("," ADDED ",`post_processor`:" SINGLE (BEGIN TEXT END), "`a`:1"), "a", 0, "1");
  assert_ids (WORD_PIECE ("," ADDED ",`post_processor`:{`type`:`BertProcessing`,`cls`:[`<b>`,8],`sep`:[`<e>`,9]}", "`a`:1"), "", RG_ENCODE_TEMPLATE, "8 9");
  assert_ids (WORD_PIECE ("," ADDED ",`post_processor`:{`type`:`Sequence`,`processors`:[{`type`:`ByteLevel`}," SINGLE (BEGIN TEXT) ",{`type`:`RobertaProcessing`,`cls`:[`<e>`,9],`sep`:[`<e>`,9]}]}", "`a`:1"), "a", RG_ENCODE_TEMPLATE, "9 8 1 9");
  assert_error (WORD_PIECE ("," ADDED ",`post_processor`:" SINGLE ("{`SpecialToken`:{`id`:`<z>`}}," TEXT), "`a`:1"), RG_ERROR_FORMAT, "t: post_processor.special_tokens.<z>.ids: no piece has the id 7");
  assert_error (WORD_PIECE ("," ADDED ",`post_processor`:" SINGLE (TEXT "," TEXT), "`a`:1"), RG_ERROR_UNSUPPORTED, "t: the template for a single text with the part \"A\" is not supported yet");
  assert_error (WORD_PIECE ("," ADDED ",`post_processor`:{`type`:`TemplateProcessing`,`single`:[]}", "`a`:1"), RG_ERROR_FORMAT, "t: post_processor.single: the text \"A\" is missing");
}

#define ONE_ADDED(flags) WORD_PIECE (",`added_tokens`:[{`id`:9,`content`:`xa`," flags "}]", "`a`:1,`x`:2,`##a`:3,`##x`:4")

static void
test_added (void)
{
  assert_ids (ONE_ADDED ("`normalized`:false"), "axa xa", 0, "1 9 9");
  assert_ids (ONE_ADDED ("`normalized`:false,`single_word`:true"), "axa xa xax (xa)", 0, "1 4 3 9 2 3 4 0 9 0");
  assert_ids (ONE_ADDED ("`normalized`:false,`single_word`:true"), "xaxa éxa xa", 0, "2 3 4 3 0 9");
  assert_stream ("{`model`:{`vocab`:{`a`:0,`Ġ`:1},`merges`:[]},`pre_tokenizer`:{`type`:`ByteLevel`,`add_prefix_space`:false}}", "0 1 0", FALSE, "a| |a|");
  assert_ids ("{`added_tokens`:[{`id`:9,`content`:`<m>`,`lstrip`:true}],`model`:{`vocab`:{`a`:0,`Ġ`:1},`merges`:[]},`pre_tokenizer`:{`type`:`ByteLevel`,`add_prefix_space`:false}}", "a  <m> a", 0, "0 9 1 0");
  assert_ids ("{`added_tokens`:[{`id`:9,`content`:`<m>`,`rstrip`:true}],`model`:{`vocab`:{`a`:0,`Ġ`:1},`merges`:[]},`pre_tokenizer`:{`type`:`ByteLevel`,`add_prefix_space`:false}}", "a <m> \xc2\xa0\xe3\x80\x80 a <m>", 0, "0 1 9 0 1 9");
}

/* --- before the model --------------------------------------------------------------------------------------------- */

static void
assert_normal (RgNormalizer normalizer, const char *text, const char *expected)
{
  g_autoptr (GString) out = rg_normalize (&normalizer, text, strlen (text));

  g_assert_cmpstr (out->str, ==, expected);
}

static void
test_normalizers (void)
{
  static const char *const texts[] = { "ﬁ½é\xcc\xa3Å", "각한", "ｶﾞ①", "a\xcc\x81\xcc\xa3", "plain" };
  RgNormalizer signs = { .step = RG_NORMALIZE_REPLACE, .replacement = { .content = "" } };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *nfd = g_utf8_normalize (texts[i], -1, G_NORMALIZE_NFD), *nfkc = g_utf8_normalize (texts[i], -1, G_NORMALIZE_NFKC), *nfkd = g_utf8_normalize (texts[i], -1, G_NORMALIZE_NFKD);

      assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_NFD }, texts[i], nfd);
      assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_NFKC }, texts[i], nfkc);
      assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_NFKD }, texts[i], nfkd);
    }
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_STRIP_ACCENTS }, "e\xcc\x81क\xe0\xa4\xbfx\xff", "eकx\xff");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_STRIP_NON_SPACING }, "e\xcc\x81क\xe0\xa4\xbf", "eक\xe0\xa4\xbf");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_STRIP, .left = TRUE }, " \t a \n", "a \n");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_STRIP, .right = TRUE }, " a\xe3\x80\x80\n", " a");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_STRIP, .left = TRUE, .right = TRUE }, " \n ", "");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_PREPEND, .text = "▁" }, "a", "▁a");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_PREPEND, .text = "▁" }, "", "");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_REPLACE, .replacement = { .text = "aa", .content = "b" } }, "aaaaa", "bba");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_REPLACE, .replacement = { .pattern = RG_REPLACE_WHITE_SPACE, .content = " " } }, "a \n\xc2\xa0 b", "a b");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_REPLACE, .replacement = { .pattern = RG_REPLACE_SPACES, .content = "_" } }, "a b   c", "a b_c");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_CLEAN }, "a\tb\x07\xe2\x80\x8b\xef\xbf\xbd\xe3\x80\x80é", "a b é");
  assert_normal ((RgNormalizer){ .step = RG_NORMALIZE_ISOLATE_HAN }, "a我b", "a 我 b");

  g_assert_true (rg_replacement_find (&signs.replacement, "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]\\^_`{|}~]"));
  assert_normal (signs, "a!b-c]d\\e^f€", "abcdef€");
  g_assert_false (rg_replacement_find (&signs.replacement, "[^!]"));
  g_assert_false (rg_replacement_find (&signs.replacement, "[!-~]"));
  g_assert_false (rg_replacement_find (&signs.replacement, "[a]"));
  g_assert_false (rg_replacement_find (&signs.replacement, "[&&]"));
  g_assert_false (rg_replacement_find (&signs.replacement, "[]"));
  g_assert_false (rg_replacement_find (&signs.replacement, "[!\\]"));
}

static void
append_piece (const char *bytes, gsize n, gpointer data)
{
  g_string_append_len (data, bytes, (gssize) n);
  g_string_append_c (data, '|');
}

static void
assert_pieces (RgSplitStage stage, const char *text, const char *expected)
{
  g_autoptr (GString) pieces = g_string_new (NULL);

  rg_pre_tokenize (&stage, 1, text, strlen (text), TRUE, append_piece, pieces);
  g_assert_cmpstr (pieces->str, ==, expected);
}

static void
test_splits (void)
{
  static const RgSplitStage llama = { .rule = RG_SPLIT_LLAMA3 }, qwen = { .rule = RG_SPLIT_QWEN2 };

  assert_pieces (llama, "Hello, world! it'SX 12345", "Hello|,| world|!| it|'S|X| |123|45|");
  assert_pieces (llama, "a\n\n b \t\n  c\n", "a|\n\n| b| \t\n| | c|\n|");
  assert_pieces (llama, "x =\r\n\ty;\n\n  ", "x| =\r\n|\ty|;\n\n|  |");
  assert_pieces (llama, "\"été\" $(x)   '", "\"été|\"| $(|x|)|  | '|");
  assert_pieces (llama, " \n", " \n|");
  assert_pieces (qwen, "a 123 '12", "a| |1|2|3| '|1|2|");
  assert_pieces ((RgSplitStage){ .rule = RG_SPLIT_CLIP, .behavior = RG_SPLIT_REMOVED, .invert = TRUE }, "it's 12 o'clock!!'s", "it|'s|1|2|o|'|clock|!!'|s|");
  assert_pieces ((RgSplitStage){ .rule = RG_SPLIT_WORDS, .behavior = RG_SPLIT_REMOVED, .invert = TRUE }, "l’été_2 => ok\xff?", "l|’|été_2|=>|ok|\xff?|");
  assert_pieces ((RgSplitStage){ .rule = RG_SPLIT_SPACES, .behavior = RG_SPLIT_REMOVED }, "  a  b ", "a|b|");
  assert_pieces ((RgSplitStage){ .rule = RG_SPLIT_PUNCTUATION }, "a--b+c€", "a|-|-|b|+|c€|");
  assert_pieces ((RgSplitStage){ .rule = RG_SPLIT_PUNCTUATION, .behavior = RG_SPLIT_CONTIGUOUS }, "a--b", "a|--|b|");
  assert_pieces ((RgSplitStage){ .rule = RG_SPLIT_TEXT, .text = "-", .behavior = RG_SPLIT_WITH_PREVIOUS }, "the-final--countdown", "the-|final-|-|countdown|");
  assert_pieces ((RgSplitStage){ .rule = RG_SPLIT_TEXT, .text = "-", .behavior = RG_SPLIT_WITH_NEXT }, "the-final--countdown", "the|-final|-|-countdown|");
  assert_pieces ((RgSplitStage){ .rule = RG_SPLIT_TEXT, .text = "-" }, "the-final--countdown", "the|-|final|-|-|countdown|");
  assert_pieces ((RgSplitStage){ .rewrite = RG_REWRITE_META_ALWAYS, .rule = RG_SPLIT_TEXT, .text = "▁", .behavior = RG_SPLIT_WITH_NEXT }, "Hey  my", "▁Hey|▁|▁my|");
}

/* --- refusals ----------------------------------------------------------------------------------------------------- */

static void
test_limits (void)
{
  g_autofree char *x = g_strnfill (257, 'x'), *piece = g_strconcat ("[`", x, "`,-1]", NULL), *long_piece = g_strconcat ("{`model`:{`type`:`Unigram`,`unk_id`:0,`vocab`:[[`?`,0],", piece, "]}}", NULL);
  g_autoptr (GString) growing = g_string_new (NULL);

  assert_error (long_piece, RG_ERROR_LIMIT, "t: piece 1 of the Unigram model has no score or is longer than 256 bytes");
  for (guint i = 0; i < 7; i++)
    g_string_append (growing, "{`type`:`Replace`,`pattern`:{`String`:`a`},`content`:`aa`},");
  g_string_truncate (growing, growing->len - 1);
  g_string_prepend (growing, "{`normalizer`:{`type`:`Sequence`,`normalizers`:[");
  g_string_append (growing, "]},`model`:{`vocab`:{},`merges`:[]}}");
  assert_error (growing->str, RG_ERROR_LIMIT, "t: the normalizer makes a text more than 64 times longer");
  assert_error (WORD_PIECE (",`normalizer`:{`type`:`Replace`,`pattern`:{`String`:``},`content`:`a`}", "`a`:1"), RG_ERROR_FORMAT, "t: normalizer.pattern.String: the text is empty");
  assert_error (WORD_PIECE (",`normalizer`:{`type`:`Replace`,`pattern`:{`Regex`:`(a+)+`},`content`:`a`}", "`a`:1"), RG_ERROR_UNSUPPORTED, "t: the pattern of the normalizer Replace \"(a+)+\" is not supported yet");
  assert_error (WORD_PIECE ("", "``:1"), RG_ERROR_FORMAT, "t: an empty piece in model.vocab (byte 64)");
  assert_error ("{`model`:{`type`:`WordPiece`,`vocab`:{`a`:1}}}", RG_ERROR_FORMAT, "t: the unknown token (model.unk_token, model.unk_id) is missing, which this model needs");
  assert_error ("{`model`:{`type`:`WordPiece`,`unk_token`:`a`,`max_input_chars_per_word`:1000000,`vocab`:{`a`:1}}}", RG_ERROR_FORMAT, "t: model.max_input_chars_per_word: expected a whole number between 1 and 1000, found 1000000");
}

/* Texts of one word that punish whatever is quadratic; the suite's time limit is the judge. */
static void
test_long_words (void)
{
  g_autoptr (GString) pieces = g_string_new (NULL), steps = g_string_new (NULL);
  g_autofree char *unigram = NULL, *word_piece = NULL, *word = g_strnfill (100000, 'a'), *other = g_strnfill (100000, 'b');
  const char *kinds[3] = { NULL, NULL, CHARACTERS ("", "") };

  for (guint i = 1; i <= 256; i++)
    {
      g_autofree char *run = g_strnfill (i, 'a');

      g_string_append_printf (pieces, ",[`%s`,-%u]", run, 300 - i);
      g_string_append_printf (steps, ",`##%sb`:%u", run, i);
    }
  unigram = g_strdup_printf ("{`model`:{`type`:`Unigram`,`unk_id`:0,`vocab`:[[`?`,0]%s]}}", pieces->str);
  word_piece = g_strdup_printf ("{`model`:{`type`:`WordPiece`,`unk_token`:`?`,`max_input_chars_per_word`:1000,`vocab`:{`?`:0,`a`:300,`##a`:301%s}}}", steps->str);
  kinds[0] = unigram;
  kinds[1] = word_piece;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (RgTokenizer) tokenizer = parse (kinds[i]);
      g_autoptr (GArray) long_word = rg_tokenizer_encode (tokenizer, word, -1, 0), unknown = rg_tokenizer_encode (tokenizer, other, -1, 0);

      g_assert_cmpuint (long_word->len, >, 0);
      g_assert_cmpuint (unknown->len, >, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer-kinds/word-piece", test_word_piece);
  g_test_add_func ("/tokenizer-kinds/unigram", test_unigram);
  g_test_add_func ("/tokenizer-kinds/characters", test_characters);
  g_test_add_func ("/tokenizer-kinds/bytes", test_bytes);
  g_test_add_func ("/tokenizer-kinds/streams", test_streams);
  g_test_add_func ("/tokenizer-kinds/template", test_template);
  g_test_add_func ("/tokenizer-kinds/added", test_added);
  g_test_add_func ("/tokenizer-kinds/normalizers", test_normalizers);
  g_test_add_func ("/tokenizer-kinds/splits", test_splits);
  g_test_add_func ("/tokenizer-kinds/limits", test_limits);
  g_test_add_func ("/tokenizer-kinds/long-words", test_long_words);

  return g_test_run ();
}
