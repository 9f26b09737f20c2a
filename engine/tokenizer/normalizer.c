/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/normalizer.h"

#include <stdlib.h>

#include "engine/tokenizer/character-class.h"
#include "engine/tokenizer/utf8.h"

/* Below it no character decomposes or combines with the one before it. */
#define FIRST_NOT_INERT 0x300

/* A byte that is not UTF-8, carried among the characters: inert for every table of GLib. */
#define CARRIED_BYTE 0x110000u

/* --- characters by themselves ------------------------------------------------------------------------------------- */

typedef void (*AppendFunc) (GString *out, gunichar code);

static GString *
map_characters (const char *text, gsize length, AppendFunc append)
{
  GString *out = g_string_sized_new (length + 1);
  gunichar code;

  for (gsize i = 0, step; i < length; i += step)
    {
      step = rg_utf8_step (text + i, length - i, &code);
      if (code >= RG_UTF8_INVALID)
        g_string_append_len (out, text + i, (gssize) step);
      else
        append (out, code);
    }

  return out;
}

static void
append_lowercase (GString *out, gunichar code)
{
  if (code < 0x80)
    g_string_append_c (out, g_ascii_tolower ((char) code));
  else if (code == 0x130)
    g_string_append (out, "i\xcc\x87"); /* the only lowercase of two characters */
  else if (code >= 0x2160 && code <= 0x216f)
    g_string_append_unichar (out, code + 0x10); /* Ⅷ: GLib lowers letters alone */
  else if (code >= 0x24b6 && code <= 0x24cf)
    g_string_append_unichar (out, code + 0x1a); /* Ⓐ */
  else
    g_string_append_unichar (out, g_unichar_tolower (code));
}

static void
append_unless_mark (GString *out, gunichar code)
{
  if (!g_unichar_ismark (code))
    g_string_append_unichar (out, code);
}

static void
append_unless_non_spacing (GString *out, gunichar code)
{
  if (g_unichar_type (code) != G_UNICODE_NON_SPACING_MARK)
    g_string_append_unichar (out, code);
}

static void
append_clean (GString *out, gunichar code)
{
  if (code == '\t' || code == '\n' || code == '\r')
    {
      g_string_append_c (out, ' ');
      return;
    }
  switch (g_unichar_type (code))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
      return;
    default:
      if (code != 0xfffd)
        g_string_append_unichar (out, rg_is_white_space (code) ? ' ' : code);
    }
}

/* The stretches that BERT's authors listed, their slip at 2B820 included. */
static gboolean
is_han (gunichar c)
{
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
         (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static void
append_isolated (GString *out, gunichar code)
{
  gboolean han = is_han (code);

  if (han)
    g_string_append_c (out, ' ');
  g_string_append_unichar (out, code);
  if (han)
    g_string_append_c (out, ' ');
}

static GString *
strip (const RgNormalizer *self, const char *text, gsize length)
{
  gsize start = 0, end = 0, step;

  while (self->left && start < length && rg_character_class (text + start, length - start, &step) == RG_CLASS_SPACE)
    start += step;
  end = start;
  for (gsize i = start; i < length; i += step)
    if (rg_character_class (text + i, length - i, &step) != RG_CLASS_SPACE)
      end = i + step;
  if (!self->right)
    end = length;

  return g_string_new_len (text + start, (gssize) (end - start));
}

/* --- decomposition and composition -------------------------------------------------------------------------------- */

static guint
combining_class (gunichar code)
{
  return code < FIRST_NOT_INERT || code >= CARRIED_BYTE ? 0 : (guint) g_unichar_combining_class (code);
}

static GArray *
decompose (const char *text, gsize length, gboolean compatible)
{
  GArray *codes = g_array_sized_new (FALSE, FALSE, sizeof (gunichar), (guint) length);
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH], code;

  for (gsize i = 0, step; i < length; i += step)
    {
      step = rg_utf8_step (text + i, length - i, &code);
      if (code >= RG_UTF8_INVALID)
        for (gsize j = 0; j < step; j++)
          {
            parts[0] = CARRIED_BYTE + (guchar) text[i + j];
            g_array_append_vals (codes, parts, 1);
          }
      else
        g_array_append_vals (codes, parts, (guint) g_unichar_fully_decompose (code, compatible, parts, G_N_ELEMENTS (parts)));
    }

  return codes;
}

static int
compare_keys (const void *a, const void *b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return x < y ? -1 : x > y;
}

/* Puts each run of marks into the order of their classes. Sorting proper, not GLib's exchange of neighbours: a text of
 * nothing but marks would take it the square of its length. */
static void
order_marks (gunichar *codes, guint n)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < n; i++)
    {
      guint first = i, class;

      g_array_set_size (keys, 0);
      while (i < n && (class = combining_class (codes[i])) != 0)
        {
          /* The place within the run between class and character keeps equal classes in their order. */
          guint64 key = (guint64) class << 53 | (guint64) (i - first) << 21 | codes[i];

          g_array_append_val (keys, key);
          i++;
        }
      if (keys->len < 2)
        continue;
      qsort (keys->data, keys->len, sizeof (guint64), compare_keys);
      for (guint j = 0; j < keys->len; j++)
        codes[first + j] = (gunichar) (g_array_index (keys, guint64, j) & 0x1fffff);
    }
}

/* Joins each character with the last starter before it where nothing of the same or a higher class stands between. */
static guint
compose (gunichar *codes, guint n)
{
  guint kept = 0, starter = 0, last_class = 0;
  gboolean have_starter = FALSE;

  for (guint i = 0; i < n; i++)
    {
      guint class = combining_class (codes[i]);
      gboolean reachable = have_starter && (kept == starter + 1 || last_class < class);

      gunichar composite;

      if (reachable && codes[i] < CARRIED_BYTE && codes[starter] < CARRIED_BYTE && g_unichar_compose (codes[starter], codes[i], &composite))
        {
          codes[starter] = composite;
          continue;
        }
      if (class == 0)
        {
          have_starter = TRUE;
          starter = kept;
        }
      last_class = class;
      codes[kept++] = codes[i];
    }

  return kept;
}

static GString *
normal_form (RgNormalization form, const char *text, gsize length)
{
  gboolean composed = form == RG_NORMALIZE_NFC || form == RG_NORMALIZE_NFKC;
  g_autoptr (GArray) codes = NULL;
  gunichar *data;
  gsize inert = 0;
  GString *out;
  guint n;

  /* 0xCC begins the spelling of U+0300; bytes below it mean nothing that NFC could change. ASCII is the same in every form. */
  while (inert < length && (guchar) text[inert] < (form == RG_NORMALIZE_NFC ? 0xcc : 0x80))
    inert++;
  if (inert == length)
    return g_string_new_len (text, (gssize) length);

  codes = decompose (text, length, form == RG_NORMALIZE_NFKC || form == RG_NORMALIZE_NFKD);
  data = (gunichar *) (gpointer) codes->data;
  order_marks (data, codes->len);
  n = composed ? compose (data, codes->len) : codes->len;
  out = g_string_sized_new (length + 1);
  for (guint i = 0; i < n; i++)
    if (data[i] >= CARRIED_BYTE)
      g_string_append_c (out, (char) (data[i] - CARRIED_BYTE));
    else
      g_string_append_unichar (out, data[i]);

  return out;
}

GString *
rg_normalize (const RgNormalizer *self, const char *text, gsize length)
{
  GString *out;

  switch (self->step)
    {
    case RG_NORMALIZE_LOWERCASE:
      return map_characters (text, length, append_lowercase);
    case RG_NORMALIZE_STRIP_ACCENTS:
      return map_characters (text, length, append_unless_mark);
    case RG_NORMALIZE_STRIP_NON_SPACING:
      return map_characters (text, length, append_unless_non_spacing);
    case RG_NORMALIZE_CLEAN:
      return map_characters (text, length, append_clean);
    case RG_NORMALIZE_ISOLATE_HAN:
      return map_characters (text, length, append_isolated);
    case RG_NORMALIZE_STRIP:
      return strip (self, text, length);
    case RG_NORMALIZE_REPLACE:
      return rg_replacement_apply (&self->replacement, text, length);
    case RG_NORMALIZE_PREPEND:
      out = g_string_new (length > 0 ? self->text : "");
      return g_string_append_len (out, text, (gssize) length);
    case RG_NORMALIZE_NFC:
    case RG_NORMALIZE_NFD:
    case RG_NORMALIZE_NFKC:
    case RG_NORMALIZE_NFKD:
    default:
      return normal_form (self->step, text, length);
    }
}
