/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "engine/formats/npy.h"

/* Calls of the built regard-cli ($REGARD_CLI), and what the tests of it share. */

/** CliResult: one finished call; @out and @err end in NUL. */
typedef struct
{
  int status;
  char *out, *err;
} CliResult;

void cli_result_clear (CliResult *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliResult, cli_result_clear)

/** cli_run: @first: (nullable): the first word behind the program's name; then more, ended by %NULL. */
CliResult cli_run (const char *first, ...) G_GNUC_NULL_TERMINATED;

/** cli_assert_done: the exit status is 0. */
void cli_assert_done (const CliResult *result);

/** cli_assert_failed: nothing was printed but one line on standard error, which begins with the program's name and holds @said. */
void cli_assert_failed (const CliResult *result, int status, const char *said);

/** cli_parse_json: Returns: (transfer full): the value that @text is, which must be JSON. */
JsonNode *cli_parse_json (const char *text);

/** cli_read_json: the same of a file. */
JsonNode *cli_read_json (const char *dir, const char *name);

/** cli_read_npy: Returns: (transfer full): the array in the file. */
RgNpy *cli_read_npy (const char *dir, const char *name);

/** CliFixture: room for files, a model folder that knows nothing, and a picture. */
typedef struct
{
  char *dir, *model, *picture;
} CliFixture;

void cli_set_up (CliFixture *self, gconstpointer data);
void cli_tear_down (CliFixture *self, gconstpointer data);

/** cli_path: Returns: (transfer full): the path of @name in the fixture's room. */
char *cli_path (const CliFixture *self, const char *name);

void cli_assert_same_file (const char *dir_a, const char *dir_b, const char *name);
