/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "ui/evidence.h"

/* Keeping what is shown: evidence as files. The end of a file's name says what it becomes. The same evidence gives the same
 * bytes, in the same language, with the same fonts and the same versions of Cairo and Pango. */

G_BEGIN_DECLS

/**
 * RgExportKind:
 * @RG_EXPORT_MAP: the map of one word: the picture with map, colour bar and label (png, svg, pdf), or its numbers with their label
 *   (csv, see rg_map_table_new()), or alone (npy: float32, rows × columns of all tiles below each other)
 * @RG_EXPORT_SHEET: the evidence sheet (pdf, svg, png)
 * @RG_EXPORT_ANSWER: the answer word by word with each word's map: an animation (gif), or, where the name has no end, a folder
 *   of numbered pictures (png)
 */
typedef enum
{
  RG_EXPORT_MAP,
  RG_EXPORT_SHEET,
  RG_EXPORT_ANSWER,
  RG_N_EXPORT_KINDS
} RgExportKind;

/** rg_export_get_endings: Returns: (transfer none) (array zero-terminated=1): the ends of names that @kind knows, the usual one first. */
const char *const *rg_export_get_endings (RgExportKind kind);

/** rg_export_check: Returns: whether @path ends as @kind knows; %FALSE with %RG_ERROR_UNSUPPORTED. Any thread. */
gboolean rg_export_check (RgExportKind kind, const char *path, GError **error);

/**
 * rg_export:
 * @word: of a map: which
 *
 * Writes @path in one step: a file that is there already is the old one or the whole new one. Any thread, not the main one of
 * a window: it takes from milliseconds to, for a long answer, seconds.
 *
 * Returns: %FALSE with %RG_ERROR_UNSUPPORTED, %RG_ERROR_LIMIT, a %G_FILE_ERROR, or %G_IO_ERROR_CANCELLED
 */
gboolean rg_export (RgExportKind kind, const RgEvidence *evidence, guint word, const char *path, GCancellable *cancellable, GError **error);

G_END_DECLS
