/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/json-file.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/map-file.h"

#define MAX_FILE_BYTES (16 * 1024 * 1024)

/* All paths together: long names around many small values would otherwise multiply. */
#define MAX_PATH_BYTES (64 * 1024 * 1024)

typedef struct
{
  RgJsonEvent kind;
  guint length;     /* of an array */
  const char *text; /* of a string or number */
} Value;

struct _RgConfig
{
  char *name;
  GHashTable *values; /* path → Value */
  GStringChunk *texts;
  gsize path_bytes;
};

RgConfig *
rg_config_new (const char *name)
{
  RgConfig *self = g_new0 (RgConfig, 1);

  self->name = g_strdup (name);
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->texts = g_string_chunk_new (1024);

  return self;
}

void
rg_config_free (RgConfig *self)
{
  g_hash_table_unref (self->values);
  g_string_chunk_free (self->texts);
  g_free (self->name);
  g_free (self);
}

static gboolean add_value (RgConfig *self, RgJsonReader *json, GString *path, RgJsonEvent event, GError **error);

static gboolean
add_members (RgConfig *self, RgJsonReader *json, GString *path, GError **error)
{
  gsize length = path->len;
  RgJsonEvent event;

  while ((event = rg_json_reader_next (json, error)) == RG_JSON_KEY)
    {
      g_string_append_printf (path, length > 0 ? ".%s" : "%s", rg_json_reader_get_text (json));
      if (!add_value (self, json, path, rg_json_reader_next (json, error), error))
        return FALSE;
      g_string_truncate (path, length);
    }

  return event == RG_JSON_OBJECT_END;
}

static gboolean
add_elements (RgConfig *self, RgJsonReader *json, GString *path, Value *array, GError **error)
{
  gsize length = path->len;
  RgJsonEvent event;

  while ((event = rg_json_reader_next (json, error)) != RG_JSON_ARRAY_END)
    {
      g_string_append_printf (path, "[%u]", array->length++);
      if (!add_value (self, json, path, event, error))
        return FALSE;
      g_string_truncate (path, length);
    }

  return TRUE;
}

/* The reader's limit on depth is this recursion's, too. */
static gboolean
add_value (RgConfig *self, RgJsonReader *json, GString *path, RgJsonEvent event, GError **error)
{
  Value *value;

  if (event == RG_JSON_ERROR)
    return FALSE;
  self->path_bytes += path->len + 1;
  if (self->path_bytes > MAX_PATH_BYTES)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: more values than any configuration needs"), self->name);
      return FALSE;
    }
  value = g_new0 (Value, 1);
  value->kind = event;
  if (event == RG_JSON_STRING || event == RG_JSON_NUMBER)
    value->text = g_string_chunk_insert (self->texts, rg_json_reader_get_text (json));
  if (!g_hash_table_insert (self->values, g_string_chunk_insert (self->texts, path->str), value))
    {
      g_autofree char *excerpt = rg_json_dup_excerpt (path->str);

      return rg_json_reader_fail (json, error, _ ("%s is given twice"), excerpt);
    }
  if (event == RG_JSON_OBJECT_BEGIN)
    return add_members (self, json, path, error);
  if (event == RG_JSON_ARRAY_BEGIN)
    return add_elements (self, json, path, value, error);

  return TRUE;
}

gboolean
rg_config_add (RgConfig *self, RgJsonReader *json, const char *path, GError **error)
{
  g_autoptr (GString) where = g_string_new (path);

  return add_value (self, json, where, rg_json_reader_next (json, error), error);
}

RgConfig *
rg_config_parse (const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr (RgJsonReader) json = rg_json_reader_new (name, text, length);
  g_autoptr (RgConfig) self = rg_config_new (name);

  if (!rg_config_add (self, json, "", error) || rg_json_reader_next (json, error) != RG_JSON_END)
    return NULL;
  if (((Value *) g_hash_table_lookup (self->values, ""))->kind != RG_JSON_OBJECT_BEGIN)
    {
      rg_json_reader_fail (json, error, "expected an object");
      return NULL;
    }

  return g_steal_pointer (&self);
}

RgConfig *
rg_config_open (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autoptr (GBytes) content = rg_map_file (path, MAX_FILE_BYTES, error);
  gsize length;
  const char *text;

  if (content == NULL)
    return NULL;
  text = g_bytes_get_data (content, &length);

  return rg_config_parse (name, text, length, error);
}

static const Value *
find (const RgConfig *self, const char *path)
{
  const Value *value = g_hash_table_lookup (self->values, path);

  return value == NULL || value->kind == RG_JSON_NULL ? NULL : value;
}

gboolean
rg_config_has (const RgConfig *self, const char *path)
{
  return find (self, path) != NULL;
}

guint
rg_config_get_length (const RgConfig *self, const char *path)
{
  const Value *value = find (self, path);

  return value == NULL ? 0 : value->length;
}

/* Sets the error "FILE: PATH: expected WHAT, found VALUE". */
static gboolean
fail (const RgConfig *self, const char *path, const Value *value, const char *what, GError **error)
{
  static const char *const kinds[] = {
    [RG_JSON_OBJECT_BEGIN] = N_ ("an object"),
    [RG_JSON_ARRAY_BEGIN] = N_ ("an array"),
    [RG_JSON_TRUE] = "true",
    [RG_JSON_FALSE] = "false",
  };

  if (value == NULL)
    g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s is missing, expected %s"), self->name, path, what);
  else if (value->kind == RG_JSON_STRING)
    {
      g_autofree char *excerpt = rg_json_dup_excerpt (value->text);

      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: expected %s, found \"%s\""), self->name, path, what, excerpt);
    }
  else
    g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: %s: expected %s, found %s"), self->name, path, what, value->kind == RG_JSON_NUMBER ? value->text : _ (kinds[value->kind]));

  return FALSE;
}

gboolean
rg_config_get_int (const RgConfig *self, const char *path, RgConfigNeed need, gint64 min, gint64 max, gint64 *value, GError **error)
{
  const Value *found = find (self, path);
  g_autofree char *what = NULL;

  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found != NULL && found->kind == RG_JSON_NUMBER && g_ascii_string_to_signed (found->text, 10, min, max, value, NULL))
    return TRUE;
  what = g_strdup_printf (_ ("a whole number between %lld and %lld"), (long long) min, (long long) max);

  return fail (self, path, found, what, error);
}

gboolean
rg_config_get_double (const RgConfig *self, const char *path, RgConfigNeed need, double min, double max, double *value, GError **error)
{
  const Value *found = find (self, path);
  g_autofree char *what = NULL;

  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found != NULL && found->kind == RG_JSON_NUMBER)
    {
      double number = g_ascii_strtod (found->text, NULL);

      if (isfinite (number) && number >= min && number <= max)
        {
          *value = number;
          return TRUE;
        }
    }
  what = g_strdup_printf (_ ("a number between %g and %g"), min, max);

  return fail (self, path, found, what, error);
}

gboolean
rg_config_get_boolean (const RgConfig *self, const char *path, RgConfigNeed need, gboolean *value, GError **error)
{
  const Value *found = find (self, path);

  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found == NULL || (found->kind != RG_JSON_TRUE && found->kind != RG_JSON_FALSE))
    return fail (self, path, found, _ ("true or false"), error);
  *value = found->kind == RG_JSON_TRUE;

  return TRUE;
}

gboolean
rg_config_get_string (const RgConfig *self, const char *path, RgConfigNeed need, const char **value, GError **error)
{
  const Value *found = find (self, path);

  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found == NULL || found->kind != RG_JSON_STRING)
    return fail (self, path, found, _ ("a string"), error);
  *value = found->text;

  return TRUE;
}

/* Whether there is an array of at most @max_n elements; @done where the answer is already final. */
static gboolean
check_array (const RgConfig *self, const char *path, RgConfigNeed need, guint max_n, gboolean *done, GError **error)
{
  const Value *found = find (self, path);
  g_autofree char *what = NULL;

  *done = TRUE;
  if (found == NULL && need == RG_CONFIG_OPTIONAL)
    return TRUE;
  if (found == NULL || found->kind != RG_JSON_ARRAY_BEGIN || found->length > max_n)
    {
      what = g_strdup_printf (_ ("an array of at most %u numbers"), max_n);
      return fail (self, path, found, what, error);
    }
  *done = FALSE;

  return TRUE;
}

gboolean
rg_config_get_ints (const RgConfig *self, const char *path, RgConfigNeed need, gint64 min, gint64 max, guint max_n, GArray **values, GError **error)
{
  g_autoptr (GArray) array = NULL;
  gboolean done;

  if (!check_array (self, path, need, max_n, &done, error))
    return FALSE;
  if (done)
    return TRUE;
  array = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < rg_config_get_length (self, path); i++)
    {
      g_autofree char *element = g_strdup_printf ("%s[%u]", path, i);
      gint64 value;

      if (!rg_config_get_int (self, element, RG_CONFIG_REQUIRED, min, max, &value, error))
        return FALSE;
      g_array_append_val (array, value);
    }
  *values = g_steal_pointer (&array);

  return TRUE;
}

gboolean
rg_config_get_doubles (const RgConfig *self, const char *path, RgConfigNeed need, double min, double max, guint max_n, GArray **values, GError **error)
{
  g_autoptr (GArray) array = NULL;
  gboolean done;

  if (!check_array (self, path, need, max_n, &done, error))
    return FALSE;
  if (done)
    return TRUE;
  array = g_array_new (FALSE, FALSE, sizeof (double));
  for (guint i = 0; i < rg_config_get_length (self, path); i++)
    {
      g_autofree char *element = g_strdup_printf ("%s[%u]", path, i);
      double value;

      if (!rg_config_get_double (self, element, RG_CONFIG_REQUIRED, min, max, &value, error))
        return FALSE;
      g_array_append_val (array, value);
    }
  *values = g_steal_pointer (&array);

  return TRUE;
}
