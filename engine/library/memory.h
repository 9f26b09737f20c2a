/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** rg_memory_get_available: Returns: bytes that programs can still take without swapping; 0 where the system does not say. */
guint64 rg_memory_get_available (void);

G_END_DECLS
