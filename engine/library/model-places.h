/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/library/model-description.h"

/* Where models lie on a computer: Regard's own folder, one of one's choice, and those of the programs that fetch models. */

G_BEGIN_DECLS

/** RgModelFound: @model: (transfer full). */
typedef void (*RgModelFound) (RgModelDescription *model, gpointer data);

/**
 * rg_model_places_scan:
 * @chosen: (nullable): a folder of one's choice
 * @found: called for every model, in this thread
 *
 * Looks through $XDG_DATA_HOME/regard/models, @chosen, the cache of Hugging Face's programs, LM Studio's and Ollama's folders.
 * Links to folders are not followed, and a place ends after 20 000 entries or 8 folders deep.
 */
void rg_model_places_scan (const char *chosen, RgModelFound found, gpointer data, GCancellable *cancellable);

/** rg_ollama_scan: models of the folder @root, by its manifests; what leads out of @root/blobs is left out. */
void rg_ollama_scan (const char *root, RgModelFound found, gpointer data, GCancellable *cancellable);

G_END_DECLS
