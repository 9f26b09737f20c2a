/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* What a fuzz target consists of. libFuzzer calls the first function; run-corpus.c calls the second on the files of
 * tests/corpus and compares its answer with their names. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/** rg_fuzz_read: reads @bytes as a file of the target's kind and touches all that came out. Returns: whether it was accepted. */
gboolean rg_fuzz_read (const guint8 *bytes, gsize n);
