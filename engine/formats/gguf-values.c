/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/gguf-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"

#define MAX_STRING_LENGTH (16 * 1024 * 1024)

/* Bytes of a string that a message may show; rg_json_dup_excerpt() shortens further. */
#define SHOWN_LENGTH 256

static const struct
{
  const char *name;
  guint size;
  gboolean whole;
  gboolean negative;
} kinds[RG_GGUF_N_KINDS] = {
  [RG_GGUF_U8] = { "u8", 1, TRUE, FALSE },
  [RG_GGUF_I8] = { "i8", 1, TRUE, TRUE },
  [RG_GGUF_U16] = { "u16", 2, TRUE, FALSE },
  [RG_GGUF_I16] = { "i16", 2, TRUE, TRUE },
  [RG_GGUF_U32] = { "u32", 4, TRUE, FALSE },
  [RG_GGUF_I32] = { "i32", 4, TRUE, TRUE },
  [RG_GGUF_F32] = { "f32", 4, FALSE, TRUE },
  [RG_GGUF_BOOL] = { "bool", 1, FALSE, FALSE },
  [RG_GGUF_STRING] = { "string", 0, FALSE, FALSE },
  [RG_GGUF_ARRAY] = { "array", 0, FALSE, FALSE },
  [RG_GGUF_U64] = { "u64", 8, TRUE, FALSE },
  [RG_GGUF_I64] = { "i64", 8, TRUE, TRUE },
  [RG_GGUF_F64] = { "f64", 8, FALSE, TRUE },
};

guint
rg_gguf_kind_get_size (RgGgufKind kind)
{
  g_assert (kind < RG_GGUF_N_KINDS);

  return kinds[kind].size;
}

/* --- one value as a number or a string ---------------------------------------------------------------------------- */

/* Whether it is a whole number that fits. */
static gboolean
get_whole (RgGgufKind kind, const guint8 *bytes, gint64 *value)
{
  guint size = kinds[kind].size;
  guint64 bits;

  if (!kinds[kind].whole)
    return FALSE;
  bits = rg_gguf_get_bits (bytes, size);
  if (!kinds[kind].negative && bits > G_MAXINT64)
    return FALSE;
  if (kinds[kind].negative && bits >> (8 * size - 1) != 0)
    bits |= size < 8 ? G_MAXUINT64 << 8 * size : 0;
  *value = (gint64) bits;

  return TRUE;
}

static gboolean
get_real (RgGgufKind kind, const guint8 *bytes, double *value)
{
  guint64 bits = rg_gguf_get_bits (bytes, kinds[kind].size);
  guint32 low = (guint32) bits;
  float single;

  if (kind == RG_GGUF_F64)
    memcpy (value, &bits, 8);
  else if (kind == RG_GGUF_F32)
    {
      memcpy (&single, &low, 4);
      *value = (double) single;
    }

  return kind == RG_GGUF_F32 || kind == RG_GGUF_F64;
}

static RgGgufString
get_text (const guint8 *bytes)
{
  return (RgGgufString){ (const char *) bytes + 8, rg_gguf_get_bits (bytes, 8) };
}

/* --- what a question gets when the file has no answer -------------------------------------------------------------- */

static char *
describe (const RgGgufValue *value)
{
  gint64 whole;
  double real;

  if (value->array)
    return g_strdup_printf (_ ("an array of %u of kind %s"), value->n, kinds[value->kind].name);
  if (get_whole (value->kind, value->bytes, &whole))
    return g_strdup_printf ("%" G_GINT64_FORMAT, whole);
  if (kinds[value->kind].whole)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, rg_gguf_get_bits (value->bytes, 8));
  if (get_real (value->kind, value->bytes, &real))
    return g_strdup_printf (_ ("the %s %g"), kinds[value->kind].name, real);
  if (value->kind == RG_GGUF_STRING)
    {
      RgGgufString string = get_text (value->bytes);
      g_autofree char *text = g_utf8_make_valid (string.text, (gssize) MIN (string.length, SHOWN_LENGTH));
      g_autofree char *excerpt = rg_json_dup_excerpt (text);

      return g_strdup_printf ("\"%s\"", excerpt);
    }

  return g_strdup (value->bytes[0] != 0 ? "true" : "false");
}

static gboolean G_GNUC_PRINTF (5, 6)
    fail (const RgGguf *self, const char *key, const RgGgufValue *value, GError **error, const char *format, ...)
{
  g_autofree char *found = value == NULL ? NULL : describe (value);
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *expected = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (value == NULL)
    g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s is missing, expected %s"), self->name, key, expected);
  else
    g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: expected %s, found %s"), self->name, key, expected, found);

  return FALSE;
}

/* --- questions about single values -------------------------------------------------------------------------------- */

static const RgGgufValue *
find (const RgGguf *self, const char *key)
{
  return g_hash_table_lookup (self->values, key);
}

gboolean
rg_gguf_has (const RgGguf *self, const char *key)
{
  return find (self, key) != NULL;
}

guint
rg_gguf_get_length (const RgGguf *self, const char *key)
{
  const RgGgufValue *value = find (self, key);

  return value == NULL || !value->array ? 0 : value->n;
}

gboolean
rg_gguf_get_int (const RgGguf *self, const char *key, RgConfigNeed need, gint64 min, gint64 max, gint64 *value, GError **error)
{
  const RgGgufValue *found = find (self, key);
  gint64 number;

  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found == NULL || found->array || !get_whole (found->kind, found->bytes, &number) || number < min || number > max)
    return fail (self, key, found, error, _ ("a whole number between %lld and %lld"), (long long) min, (long long) max);
  *value = number;

  return TRUE;
}

gboolean
rg_gguf_get_double (const RgGguf *self, const char *key, RgConfigNeed need, double min, double max, double *value, GError **error)
{
  const RgGgufValue *found = find (self, key);
  double number;

  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found == NULL || found->array || !get_real (found->kind, found->bytes, &number) || !isfinite (number) || number < min || number > max)
    return fail (self, key, found, error, _ ("an f32 or f64 between %g and %g"), min, max);
  *value = number;

  return TRUE;
}

gboolean
rg_gguf_get_boolean (const RgGguf *self, const char *key, RgConfigNeed need, gboolean *value, GError **error)
{
  const RgGgufValue *found = find (self, key);

  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found == NULL || found->array || found->kind != RG_GGUF_BOOL)
    return fail (self, key, found, error, _ ("a bool"));
  *value = found->bytes[0] != 0;

  return TRUE;
}

gboolean
rg_gguf_get_string (const RgGguf *self, const char *key, RgConfigNeed need, char **value, GError **error)
{
  const RgGgufValue *found = find (self, key);
  RgGgufString string;

  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found == NULL || found->array || found->kind != RG_GGUF_STRING)
    return fail (self, key, found, error, _ ("a string"));
  string = get_text (found->bytes);
  if (string.length > MAX_STRING_LENGTH)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: %s: a string of %zu bytes, at most %d are expected"), self->name, key, string.length, MAX_STRING_LENGTH);
      return FALSE;
    }
  if (!g_utf8_validate_len (string.text, string.length, NULL))
    return fail (self, key, found, error, _ ("valid UTF-8"));
  *value = g_strndup (string.text, string.length);

  return TRUE;
}

/* --- questions about arrays --------------------------------------------------------------------------------------- */

/* The array under the key, empty or not, of at most @max_n elements; @found stays %NULL where an optional one is absent. */
static gboolean
find_array (const RgGguf *self, const char *key, RgConfigNeed need, guint max_n, const char *what, const RgGgufValue **found, GError **error)
{
  *found = find (self, key);
  if (*found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (*found == NULL || !(*found)->array || (*found)->n > max_n)
    return fail (self, key, *found, error, _ ("an array of at most %u %s"), max_n, what);

  return TRUE;
}

gboolean
rg_gguf_get_ints (const RgGguf *self, const char *key, RgConfigNeed need, gint64 min, gint64 max, guint max_n, GArray **values, GError **error)
{
  g_autoptr (GArray) array = g_array_new (FALSE, FALSE, sizeof (gint64));
  const RgGgufValue *found;

  if (!find_array (self, key, need, max_n, _ ("whole numbers"), &found, error))
    return FALSE;
  if (found == NULL)
    return TRUE;
  for (guint i = 0; i < found->n; i++)
    {
      gint64 number;

      if (!get_whole (found->kind, found->bytes + (gsize) i * kinds[found->kind].size, &number) || number < min || number > max)
        return fail (self, key, found, error, _ ("whole numbers between %lld and %lld, also at place %u"), (long long) min, (long long) max, i);
      g_array_append_val (array, number);
    }
  *values = g_steal_pointer (&array);

  return TRUE;
}

gboolean
rg_gguf_get_doubles (const RgGguf *self, const char *key, RgConfigNeed need, double min, double max, guint max_n, GArray **values, GError **error)
{
  g_autoptr (GArray) array = g_array_new (FALSE, FALSE, sizeof (double));
  const RgGgufValue *found;

  if (!find_array (self, key, need, max_n, _ ("numbers"), &found, error))
    return FALSE;
  if (found == NULL)
    return TRUE;
  for (guint i = 0; i < found->n; i++)
    {
      double number;

      if (!get_real (found->kind, found->bytes + (gsize) i * kinds[found->kind].size, &number) || !isfinite (number) || number < min || number > max)
        return fail (self, key, found, error, _ ("numbers of kind f32 or f64 between %g and %g, also at place %u"), min, max, i);
      g_array_append_val (array, number);
    }
  *values = g_steal_pointer (&array);

  return TRUE;
}

gboolean
rg_gguf_get_strings (const RgGguf *self, const char *key, RgConfigNeed need, guint max_n, GArray **values, GError **error)
{
  g_autoptr (GArray) array = g_array_new (FALSE, FALSE, sizeof (RgGgufString));
  const RgGgufValue *found;
  const guint8 *place;

  if (!find_array (self, key, need, max_n, _ ("strings"), &found, error))
    return FALSE;
  if (found == NULL)
    return TRUE;
  if (found->kind != RG_GGUF_STRING)
    return fail (self, key, found, error, _ ("strings"));
  place = found->bytes;
  for (guint i = 0; i < found->n; i++)
    {
      RgGgufString string = get_text (place);

      g_array_append_val (array, string);
      place += 8 + string.length;
    }
  *values = g_steal_pointer (&array);

  return TRUE;
}
