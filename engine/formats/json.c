/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/json.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"

/* Longer than any number that a double can need, and the message quotes it. */
#define MAX_NUMBER_LENGTH 100

#define EXCERPT_LENGTH 60

/* What may stand at the cursor. */
typedef enum
{
  AT_START,
  AT_VALUE,
  AT_FIRST_VALUE,
  AT_FIRST_KEY,
  AFTER_VALUE,
  AT_END,
} Place;

struct _RgJsonReader
{
  char *file;
  const char *start, *cursor, *end;
  GString *text;
  Place place;
  guint depth;
  guint64 objects; /* bit d: level d is an object */
};

G_STATIC_ASSERT (RG_JSON_MAX_DEPTH <= 64);

RgJsonReader *
rg_json_reader_new (const char *file, const char *text, gsize length)
{
  RgJsonReader *self = g_new0 (RgJsonReader, 1);

  self->file = g_strdup (file);
  self->start = self->cursor = length > 0 ? text : ""; /* an empty file is mapped to no address */
  self->end = self->start + length;
  self->text = g_string_new (NULL);
  self->place = AT_START;

  return self;
}

void
rg_json_reader_free (RgJsonReader *self)
{
  g_string_free (self->text, TRUE);
  g_free (self->file);
  g_free (self);
}

gboolean
rg_json_reader_fail (RgJsonReader *self, GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* Behind the end, what is wrong lies in what was read before; the place would mislead. */
  if (self->cursor < self->end)
    g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s (byte %zu)"), self->file, message, (gsize) (self->cursor - self->start));
  else
    g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s"), self->file, message);

  return FALSE;
}

const char *
rg_json_reader_get_text (RgJsonReader *self)
{
  return self->text->str;
}

gboolean
rg_json_reader_get_uint (RgJsonReader *self, guint64 max, guint64 *value)
{
  /* Strict JSON has no leading zeros and no plus sign, so the spelling is the value's only one. */
  return g_ascii_isdigit (self->text->str[0]) && g_ascii_string_to_unsigned (self->text->str, 10, 0, max, value, NULL);
}

static void
skip_space (RgJsonReader *self)
{
  while (self->cursor < self->end && (*self->cursor == ' ' || *self->cursor == '\n' || *self->cursor == '\r' || *self->cursor == '\t'))
    self->cursor++;
}

/* Four hexadecimal digits after "\u". */
static gboolean
read_hex (RgJsonReader *self, gunichar *code)
{
  if (self->end - self->cursor < 4)
    return FALSE;
  *code = 0;

  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (*self->cursor++);

      if (digit < 0)
        return FALSE;
      *code = *code << 4 | (gunichar) digit;
    }

  return TRUE;
}

/* The cursor stands behind "\u". A character beyond the basic plane comes as a pair of surrogates. */
static gboolean
read_unicode_escape (RgJsonReader *self, GError **error)
{
  gunichar code, low;

  if (!read_hex (self, &code))
    return rg_json_reader_fail (self, error, _ ("expected four hexadecimal digits after \\u"));
  if (code >= 0xd800 && code < 0xdc00)
    {
      if (self->end - self->cursor < 6 || self->cursor[0] != '\\' || self->cursor[1] != 'u')
        return rg_json_reader_fail (self, error, _ ("half a surrogate pair in a string"));
      self->cursor += 2;
      if (!read_hex (self, &low) || low < 0xdc00 || low > 0xdfff)
        return rg_json_reader_fail (self, error, _ ("half a surrogate pair in a string"));
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
  else if (code >= 0xdc00 && code <= 0xdfff)
    return rg_json_reader_fail (self, error, _ ("half a surrogate pair in a string"));
  /* Strings are handed over as C strings; a NUL would make two different names look the same. */
  if (code == 0)
    return rg_json_reader_fail (self, error, _ ("the character U+0000 in a string"));
  g_string_append_unichar (self->text, code);

  return TRUE;
}

static gboolean
read_escape (RgJsonReader *self, GError **error)
{
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  const char *letter;

  if (++self->cursor >= self->end)
    return rg_json_reader_fail (self, error, _ ("the text ends within a string"));
  if (*self->cursor == 'u')
    {
      self->cursor++;
      return read_unicode_escape (self, error);
    }
  letter = *self->cursor == '\0' ? NULL : strchr (letters, *self->cursor);
  if (letter == NULL)
    return rg_json_reader_fail (self, error, _ ("unknown escape in a string"));
  g_string_append_c (self->text, meanings[letter - letters]);
  self->cursor++;

  return TRUE;
}

static gboolean
read_string (RgJsonReader *self, GError **error)
{
  g_string_truncate (self->text, 0);
  self->cursor++;

  for (;;)
    {
      const char *run = self->cursor;

      while (self->cursor < self->end && *self->cursor != '"' && *self->cursor != '\\' && (guchar) *self->cursor >= 0x20)
        self->cursor++;
      g_string_append_len (self->text, run, self->cursor - run);
      if (self->cursor >= self->end)
        return rg_json_reader_fail (self, error, _ ("the text ends within a string"));
      if (*self->cursor == '"')
        {
          self->cursor++;
          return TRUE;
        }
      if (*self->cursor != '\\')
        return rg_json_reader_fail (self, error, _ ("a control character in a string"));
      if (!read_escape (self, error))
        return FALSE;
    }
}

static gboolean
read_digits (RgJsonReader *self)
{
  const char *first = self->cursor;

  while (self->cursor < self->end && g_ascii_isdigit (*self->cursor))
    self->cursor++;

  return self->cursor > first;
}

static gboolean
read_number (RgJsonReader *self, GError **error)
{
  const char *first = self->cursor;
  gboolean good;

  if (*self->cursor == '-')
    self->cursor++;
  if (self->cursor < self->end && *self->cursor == '0')
    {
      self->cursor++;
      good = !(self->cursor < self->end && g_ascii_isdigit (*self->cursor));
    }
  else
    good = read_digits (self);
  if (good && self->cursor < self->end && *self->cursor == '.')
    {
      self->cursor++;
      good = read_digits (self);
    }
  if (good && self->cursor < self->end && (*self->cursor == 'e' || *self->cursor == 'E'))
    {
      self->cursor++;
      if (self->cursor < self->end && (*self->cursor == '+' || *self->cursor == '-'))
        self->cursor++;
      good = read_digits (self);
    }
  if (!good || self->cursor - first > MAX_NUMBER_LENGTH)
    return rg_json_reader_fail (self, error, _ ("malformed number"));
  g_string_truncate (self->text, 0);
  g_string_append_len (self->text, first, self->cursor - first);

  return TRUE;
}

static gboolean
read_word (RgJsonReader *self, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (self->end - self->cursor) < length || memcmp (self->cursor, word, length) != 0)
    return FALSE;
  self->cursor += length;

  return TRUE;
}

static RgJsonEvent
open_level (RgJsonReader *self, gboolean object, GError **error)
{
  if (self->depth == RG_JSON_MAX_DEPTH)
    {
      rg_json_reader_fail (self, error, _ ("nested deeper than %d levels"), RG_JSON_MAX_DEPTH);
      return RG_JSON_ERROR;
    }
  self->objects = (self->objects & ~(G_GUINT64_CONSTANT (1) << self->depth)) | (guint64) object << self->depth;
  self->depth++;
  self->cursor++;
  self->place = object ? AT_FIRST_KEY : AT_FIRST_VALUE;

  return object ? RG_JSON_OBJECT_BEGIN : RG_JSON_ARRAY_BEGIN;
}

static gboolean
in_object (RgJsonReader *self)
{
  return (self->objects >> (self->depth - 1)) & 1;
}

static RgJsonEvent
close_level (RgJsonReader *self)
{
  RgJsonEvent event = in_object (self) ? RG_JSON_OBJECT_END : RG_JSON_ARRAY_END;

  self->depth--;
  self->cursor++;
  self->place = self->depth == 0 ? AT_END : AFTER_VALUE;

  return event;
}

static RgJsonEvent
read_value (RgJsonReader *self, GError **error)
{
  char c = self->cursor < self->end ? *self->cursor : '\0';

  if (c == '{' || c == '[')
    return open_level (self, c == '{', error);
  self->place = self->depth == 0 ? AT_END : AFTER_VALUE;
  if (c == '"')
    return read_string (self, error) ? RG_JSON_STRING : RG_JSON_ERROR;
  if (c == '-' || g_ascii_isdigit (c))
    return read_number (self, error) ? RG_JSON_NUMBER : RG_JSON_ERROR;
  if (read_word (self, "true"))
    return RG_JSON_TRUE;
  if (read_word (self, "false"))
    return RG_JSON_FALSE;
  if (read_word (self, "null"))
    return RG_JSON_NULL;
  rg_json_reader_fail (self, error, self->cursor < self->end ? _ ("expected a JSON value") : _ ("the text ends where a value should stand"));

  return RG_JSON_ERROR;
}

static RgJsonEvent
read_key (RgJsonReader *self, GError **error)
{
  if (self->cursor >= self->end || *self->cursor != '"')
    {
      rg_json_reader_fail (self, error, _ ("expected a name in quotes"));
      return RG_JSON_ERROR;
    }
  if (!read_string (self, error))
    return RG_JSON_ERROR;
  skip_space (self);
  if (self->cursor >= self->end || *self->cursor != ':')
    {
      rg_json_reader_fail (self, error, _ ("expected a colon after a name"));
      return RG_JSON_ERROR;
    }
  self->cursor++;
  self->place = AT_VALUE;

  return RG_JSON_KEY;
}

/* Behind a value: a comma, or the end of the level. */
static RgJsonEvent
read_separator (RgJsonReader *self, GError **error)
{
  char c = self->cursor < self->end ? *self->cursor : '\0';

  if (c == (in_object (self) ? '}' : ']'))
    return close_level (self);
  if (c != ',')
    {
      rg_json_reader_fail (self, error, _ ("expected a comma or a closing bracket"));
      return RG_JSON_ERROR;
    }
  self->cursor++;
  skip_space (self);

  return in_object (self) ? read_key (self, error) : read_value (self, error);
}

RgJsonEvent
rg_json_reader_next (RgJsonReader *self, GError **error)
{
  const char *bad;

  skip_space (self);
  switch (self->place)
    {
    case AT_START:
      if (!g_utf8_validate_len (self->start, (gsize) (self->end - self->start), &bad))
        {
          self->cursor = bad;
          rg_json_reader_fail (self, error, _ ("the text is not valid UTF-8"));
          return RG_JSON_ERROR;
        }
      return read_value (self, error);
    case AT_FIRST_VALUE:
      if (self->cursor < self->end && *self->cursor == ']')
        return close_level (self);
      return read_value (self, error);
    case AT_VALUE:
      return read_value (self, error);
    case AT_FIRST_KEY:
      if (self->cursor < self->end && *self->cursor == '}')
        return close_level (self);
      return read_key (self, error);
    case AFTER_VALUE:
      return read_separator (self, error);
    case AT_END:
      if (self->cursor == self->end)
        return RG_JSON_END;
      rg_json_reader_fail (self, error, _ ("something follows the end of the document"));
      return RG_JSON_ERROR;
    default:
      g_assert_not_reached ();
    }
}

gboolean
rg_json_reader_expect (RgJsonReader *self, RgJsonEvent wanted, const char *what, GError **error)
{
  RgJsonEvent event = rg_json_reader_next (self, error);

  if (event == RG_JSON_ERROR)
    return FALSE;

  return event == wanted ? TRUE : rg_json_reader_fail (self, error, _ ("expected %s"), _ (what));
}

gboolean
rg_json_reader_skip (RgJsonReader *self, RgJsonEvent first, GError **error)
{
  guint depth = self->depth - 1;

  if (first != RG_JSON_OBJECT_BEGIN && first != RG_JSON_ARRAY_BEGIN)
    return TRUE;
  while (self->depth > depth)
    if (rg_json_reader_next (self, error) == RG_JSON_ERROR)
      return FALSE;

  return TRUE;
}

char *
rg_json_dup_excerpt (const char *text)
{
  GString *excerpt = g_string_new (NULL);

  for (; *text != '\0' && excerpt->len < EXCERPT_LENGTH; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      g_string_append_unichar (excerpt, g_unichar_isprint (c) ? c : 0xfffd);
    }
  g_string_append (excerpt, *text != '\0' ? "…" : "");

  return g_string_free (excerpt, FALSE);
}

void
rg_json_append_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *c = text; *c != '\0'; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (out, "\\%c", *c);
    else if ((guchar) *c < 0x20)
      g_string_append_printf (out, "\\u%04x", *c);
    else
      g_string_append_c (out, *c);
  g_string_append_c (out, '"');
}
