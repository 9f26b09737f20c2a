/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/normalizer.h"

#include <stdlib.h>

#include "engine/tokenizer/utf8.h"

/* Below it no character decomposes or combines with the one before it. */
#define FIRST_NOT_INERT 0x300

/* A byte that is not UTF-8, carried among the characters: inert for every table of GLib. */
#define CARRIED_BYTE 0x110000u

static GString *
lowercase (const char *text, gsize length)
{
  GString *out = g_string_sized_new (length + 1);
  gunichar code;

  for (gsize i = 0, step; i < length; i += step)
    {
      step = rg_utf8_step (text + i, length - i, &code);
      if (code >= RG_UTF8_INVALID)
        g_string_append_len (out, text + i, step);
      else if (code == 0x130)
        g_string_append (out, "i\xcc\x87"); /* the only lowercase of two characters */
      else
        g_string_append_unichar (out, g_unichar_tolower (code));
    }

  return out;
}

static guint
combining_class (gunichar code)
{
  return code < FIRST_NOT_INERT || code >= CARRIED_BYTE ? 0 : (guint) g_unichar_combining_class (code);
}

static GArray *
decompose (const char *text, gsize length)
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
        g_array_append_vals (codes, parts, (guint) g_unichar_fully_decompose (code, FALSE, parts, G_N_ELEMENTS (parts)));
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
compose_text (const char *text, gsize length)
{
  g_autoptr (GArray) codes = decompose (text, length);
  gunichar *data = (gunichar *) (gpointer) codes->data;
  GString *out = g_string_sized_new (length + 1);
  guint n;

  order_marks (data, codes->len);
  n = compose (data, codes->len);
  for (guint i = 0; i < n; i++)
    if (data[i] >= CARRIED_BYTE)
      g_string_append_c (out, (char) (data[i] - CARRIED_BYTE));
    else
      g_string_append_unichar (out, data[i]);

  return out;
}

GString *
rg_normalize (RgNormalization step, const char *text, gsize length)
{
  gsize inert = 0;

  if (step == RG_NORMALIZE_LOWERCASE)
    return lowercase (text, length);
  /* 0xCC begins the spelling of U+0300; bytes below it mean nothing that could change. */
  while (inert < length && (guchar) text[inert] < 0xcc)
    inert++;

  return inert == length ? g_string_new_len (text, (gssize) length) : compose_text (text, length);
}
