/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The merges of byte-pair encoding (Sennrich, Haddow and Birch 2016): within one word, the neighbours whose merge was
 * learned earliest are joined first, the leftmost of equal ones first, until nothing can be joined. */

G_BEGIN_DECLS

/** RgBpe: a table of merges; after the last rg_bpe_add() immutable and for any thread. */
typedef struct _RgBpe RgBpe;

RgBpe *rg_bpe_new (void) G_GNUC_WARN_UNUSED_RESULT;
void rg_bpe_free (RgBpe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgBpe, rg_bpe_free)

/** rg_bpe_add: @left before @right become @merged; smaller @rank first. A pair that is there already takes the new rank. */
void rg_bpe_add (RgBpe *self, guint32 left, guint32 right, guint32 rank, guint32 merged);

/**
 * rg_bpe_merge:
 * @ids: (element-type guint32): from @start to its end the symbols of one word; joined in place
 *
 * Time grows as n log n of the word's length.
 */
void rg_bpe_merge (const RgBpe *self, GArray *ids, guint start);

G_END_DECLS
