/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "engine/types.h"

/* `regard-cli`: the engine without a display. Flags, JSON and exit status are a contract with scripts: 0 done; 1 the work
 * failed, with one line on standard error; 2 the words of the call are off. */

G_BEGIN_DECLS

/**
 * RgCommand:
 * @run: does the work; @arguments begin behind the command's name, and may be taken from. Errors of %G_OPTION_ERROR are the
 *   caller's words, all others the work's
 */
typedef struct
{
  const char *name;
  const char *summary;
  gboolean (*run) (char ***arguments, GError **error);
} RgCommand;

/** rg_cli_run: @argv: of main(). Returns: the exit status. */
int rg_cli_run (int argc, char **argv);

/**
 * rg_cli_parse:
 * @command: the command's name, for the help
 * @words: what may stand behind the options, for the help
 * @summary: what the command does, for the help
 * @more: (nullable): further options
 * @arguments: (inout): on success only what is no option is left
 *
 * `--help` prints and ends the program.
 */
gboolean rg_cli_parse (const char *command, const char *words, const char *summary, const GOptionEntry *entries, const GOptionEntry *more, char ***arguments, GError **error);

/** rg_cli_fail_usage: sets an error about the words of the call. Returns: %FALSE */
gboolean rg_cli_fail_usage (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** rg_cli_check_count: Returns: whether @arguments has at most @max words; %G_OPTION_ERROR names the first too many. */
gboolean rg_cli_check_count (char **arguments, guint max, GError **error);

/** rg_cli_make_folder: makes @path and what is missing above it. */
gboolean rg_cli_make_folder (const char *path, GError **error);

/** rg_cli_print_json: prints a finished value as one line. */
void rg_cli_print_json (JsonBuilder *builder);

/** rg_cli_save_json: writes a finished value to @path in one step, laid out for people. */
gboolean rg_cli_save_json (JsonBuilder *builder, const char *path, GError **error);

/** rg_cli_json_int, …: adds a member to the object that @builder is in. */
void rg_cli_json_int (JsonBuilder *builder, const char *name, gint64 value);
void rg_cli_json_bool (JsonBuilder *builder, const char *name, gboolean value);
void rg_cli_json_string (JsonBuilder *builder, const char *name, const char *value);

/** rg_cli_json_number: the same; null where @value is not finite, which JSON has no word for. */
void rg_cli_json_number (JsonBuilder *builder, const char *name, double value);

/** rg_cli_json_rect: the same; an array of x, y, width, height. */
void rg_cli_json_rect (JsonBuilder *builder, const char *name, RgRect rect);

/** rg_cli_json_floats: adds an array of @n numbers. */
void rg_cli_json_floats (JsonBuilder *builder, const float *values, gsize n);

/** rg_cli_print_column: prints @text and spaces up to @width characters. */
void rg_cli_print_column (const char *text, int width);

/** rg_cli_print_nats: prints @value to two decimals, flush right in @width characters; what rounds to nothing has no sign. */
void rg_cli_print_nats (double value, int width);

/** rg_cli_print_progress: shows a line on standard error where that is a terminal; "" takes it away. */
void rg_cli_print_progress (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* The commands. */
gboolean rg_cli_ask (char ***arguments, GError **error);
gboolean rg_cli_bench (char ***arguments, GError **error);
gboolean rg_cli_calibrate (char ***arguments, GError **error);
gboolean rg_cli_classify (char ***arguments, GError **error);
gboolean rg_cli_dump (char ***arguments, GError **error);
gboolean rg_cli_embed (char ***arguments, GError **error);
gboolean rg_cli_eval (char ***arguments, GError **error);
gboolean rg_cli_explain (char ***arguments, GError **error);
gboolean rg_cli_info (char ***arguments, GError **error);
gboolean rg_cli_models (char ***arguments, GError **error);
gboolean rg_cli_scenes (char ***arguments, GError **error);
gboolean rg_cli_tokenize (char ***arguments, GError **error);
gboolean rg_cli_train (char ***arguments, GError **error);

G_END_DECLS
