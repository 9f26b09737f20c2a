/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/library/machine-speed.h"
#include "engine/library/model-description.h"

/* The models that are on this computer, as a list that fills while a background thread looks. Main thread. */

G_BEGIN_DECLS

#define RG_TYPE_LIBRARY_ITEM (rg_library_item_get_type ())

/** RgLibraryItem: one model; immutable. Property: "name" (read only). */
G_DECLARE_FINAL_TYPE (RgLibraryItem, rg_library_item, RG, LIBRARY_ITEM, GObject)

/** rg_library_item_get_model: Returns: (transfer none): what the model is. */
const RgModelDescription *rg_library_item_get_model (RgLibraryItem *self);

/** rg_library_item_get_fit: Returns: (transfer none): how it would run here. */
const RgFit *rg_library_item_get_fit (RgLibraryItem *self);

#define RG_TYPE_LIBRARY (rg_library_get_type ())

/**
 * RgLibrary:
 *
 * A GListModel of RgLibraryItem, in the order of discovery. Property: "scanning" (read only, notified).
 */
G_DECLARE_FINAL_TYPE (RgLibrary, rg_library, RG, LIBRARY, GObject)

RgLibrary *rg_library_new (void) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_library_scan:
 * @bundled: (nullable): the folder of the model that comes with Regard, told first
 * @chosen: (nullable): a folder of one's choice
 *
 * Empties the list and looks anew; an earlier scan ends.
 */
void rg_library_scan (RgLibrary *self, const char *bundled, const char *chosen);
gboolean rg_library_get_scanning (RgLibrary *self);

G_END_DECLS
