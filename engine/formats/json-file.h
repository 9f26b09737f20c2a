/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "engine/formats/json.h"

/* A configuration file in JSON, asked by path: "text_config.hidden_size", "image_mean[0]". The answer to a question that
 * the file does not satisfy is an error that names the file, the path, and what was expected there:
 *
 *   config.json: text_config.hidden_size: expected a whole number between 1 and 65536, found "many"
 *
 * null counts as absent, as it does for the programs that write these files. */

G_BEGIN_DECLS

/**
 * RgConfigNeed:
 * @RG_CONFIG_REQUIRED: an absent value is an error
 * @RG_CONFIG_OPTIONAL: where it is absent, the caller's variable keeps what it held
 */
typedef enum
{
  RG_CONFIG_REQUIRED,
  RG_CONFIG_OPTIONAL,
} RgConfigNeed;

/** RgConfig: immutable once read; then for any thread. */
typedef struct _RgConfig RgConfig;

/** rg_config_open: Returns: (transfer full) (nullable): %NULL with %RG_ERROR_FORMAT, %RG_ERROR_LIMIT or a %G_FILE_ERROR. */
RgConfig *rg_config_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_config_parse: as rg_config_open() on @text of @length bytes, which messages call @name. */
RgConfig *rg_config_parse (const char *name, const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_config_new: Returns: (transfer full): an empty one, to be filled by rg_config_add(). */
RgConfig *rg_config_new (const char *name) G_GNUC_WARN_UNUSED_RESULT;
void rg_config_free (RgConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgConfig, rg_config_free)

/**
 * rg_config_add:
 * @path: where the value belongs, "" for the root
 *
 * Reads the reader's next value, whole, and keeps it under @path.
 *
 * Returns: %FALSE with the error set
 */
gboolean rg_config_add (RgConfig *self, RgJsonReader *json, const char *path, GError **error);

/** rg_config_has: Returns: whether there is a value at @path, null apart. */
gboolean rg_config_has (const RgConfig *self, const char *path);

/** rg_config_get_length: Returns: how many elements the array at @path has; 0 where there is none. */
guint rg_config_get_length (const RgConfig *self, const char *path);

/** rg_config_get_int: @min and @max: both allowed. Returns: %FALSE with %RG_ERROR_FORMAT. */
gboolean rg_config_get_int (const RgConfig *self, const char *path, RgConfigNeed need, gint64 min, gint64 max, gint64 *value, GError **error);

/** rg_config_get_double: @min and @max: both allowed; infinity is never. Returns: %FALSE with %RG_ERROR_FORMAT. */
gboolean rg_config_get_double (const RgConfig *self, const char *path, RgConfigNeed need, double min, double max, double *value, GError **error);
gboolean rg_config_get_boolean (const RgConfig *self, const char *path, RgConfigNeed need, gboolean *value, GError **error);

/** rg_config_get_string: @value: (out) (transfer none): valid UTF-8, lives as long as @self. */
gboolean rg_config_get_string (const RgConfig *self, const char *path, RgConfigNeed need, const char **value, GError **error);

/**
 * rg_config_get_ints:
 * @values: (out) (transfer full) (element-type gint64): each in @min … @max
 * @max_n: how many there may be at most
 *
 * Returns: %FALSE with %RG_ERROR_FORMAT
 */
gboolean rg_config_get_ints (const RgConfig *self, const char *path, RgConfigNeed need, gint64 min, gint64 max, guint max_n, GArray **values, GError **error);

/** rg_config_get_doubles: the same for numbers; @values: (out) (transfer full) (element-type double). */
gboolean rg_config_get_doubles (const RgConfig *self, const char *path, RgConfigNeed need, double min, double max, guint max_n, GArray **values, GError **error);

G_END_DECLS
