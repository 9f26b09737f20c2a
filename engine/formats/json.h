/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Reading JSON (RFC 8259) event by event: safetensors headers, tokenizer.json of some tens of megabytes and small
 * configuration files all pass through here. A tree of such a file would cost many times its size, and a recursive parser
 * falls to a file that is nothing but brackets; this reader keeps one bit a level, refuses text that is not strict JSON,
 * and hands numbers over as they are spelled, so that no digit of an offset is lost on the way. */

G_BEGIN_DECLS

/** RG_JSON_MAX_DEPTH: how deep arrays and objects may nest; real files stay below ten. */
#define RG_JSON_MAX_DEPTH 64

/**
 * RgJsonEvent:
 * @RG_JSON_KEY: the name of a member; its value follows
 * @RG_JSON_END: the document is complete
 * @RG_JSON_ERROR: the error was set; the reader must not be asked again
 */
typedef enum
{
  RG_JSON_OBJECT_BEGIN,
  RG_JSON_OBJECT_END,
  RG_JSON_ARRAY_BEGIN,
  RG_JSON_ARRAY_END,
  RG_JSON_KEY,
  RG_JSON_STRING,
  RG_JSON_NUMBER,
  RG_JSON_TRUE,
  RG_JSON_FALSE,
  RG_JSON_NULL,
  RG_JSON_END,
  RG_JSON_ERROR,
} RgJsonEvent;

/** RgJsonReader: belongs to one thread. */
typedef struct _RgJsonReader RgJsonReader;

/**
 * rg_json_reader_new:
 * @file: what error messages call the text, usually a file's name; copied
 * @text: (array length=length): not copied, must outlive the reader
 *
 * Returns: (transfer full): a reader before the first event
 */
RgJsonReader *rg_json_reader_new (const char *file, const char *text, gsize length) G_GNUC_WARN_UNUSED_RESULT;
void rg_json_reader_free (RgJsonReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgJsonReader, rg_json_reader_free)

/** rg_json_reader_next: Returns: the next event; %RG_JSON_ERROR with %RG_ERROR_FORMAT where the text is not strict JSON. */
RgJsonEvent rg_json_reader_next (RgJsonReader *self, GError **error);

/**
 * rg_json_reader_expect:
 * @what: what should stand here, for the message: "expected WHAT"; marked with N_(), translated where it is needed
 *
 * Returns: whether the next event is @wanted; the error is set where it is not
 */
gboolean rg_json_reader_expect (RgJsonReader *self, RgJsonEvent wanted, const char *what, GError **error);

/**
 * rg_json_reader_get_text:
 *
 * Returns: (transfer none): the last key, string (escapes resolved, valid UTF-8, no NUL) or number (as spelled), until
 *   the next event
 */
const char *rg_json_reader_get_text (RgJsonReader *self);

/**
 * rg_json_reader_get_uint:
 *
 * Returns: whether the last number is a whole one in 0 … @max, spelled without sign, fraction and exponent
 */
gboolean rg_json_reader_get_uint (RgJsonReader *self, guint64 max, guint64 *value);

/**
 * rg_json_reader_skip:
 * @first: the event with which the value began
 *
 * Passes over the rest of a value. Returns: %FALSE with the error set
 */
gboolean rg_json_reader_skip (RgJsonReader *self, RgJsonEvent first, GError **error);

/** rg_json_reader_fail: sets %RG_ERROR_FORMAT with "FILE: MESSAGE (byte N)", without the place at the text's end. Returns: %FALSE. */
gboolean rg_json_reader_fail (RgJsonReader *self, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/**
 * rg_json_dup_excerpt:
 *
 * Returns: (transfer full): the beginning of a text that came from a file, fit for a message: some 60 bytes at most, whole
 *   characters, one line
 */
char *rg_json_dup_excerpt (const char *text) G_GNUC_WARN_UNUSED_RESULT;

/** rg_json_append_string: appends @text, which must be valid UTF-8, to @out as a JSON string with its quotes. */
void rg_json_append_string (GString *out, const char *text);

G_END_DECLS
