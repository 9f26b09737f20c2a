/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tokenizer/split-rule.h"

/* Cutting a text into words before the model is applied to each. */

G_BEGIN_DECLS

/**
 * RgRewrite:
 * @RG_REWRITE_NONE: the text stays as it is
 * @RG_REWRITE_PREFIX_SPACE: a space is put in front of a text that does not begin with one
 * @RG_REWRITE_META: every space becomes the stage's text (the "▁" of SentencePiece)
 * @RG_REWRITE_META_ALWAYS: and the text is put in front of a text that does not begin with it
 * @RG_REWRITE_META_FIRST: the same, but only at the very beginning
 */
typedef enum
{
  RG_REWRITE_NONE,
  RG_REWRITE_PREFIX_SPACE,
  RG_REWRITE_META,
  RG_REWRITE_META_ALWAYS,
  RG_REWRITE_META_FIRST,
} RgRewrite;

/**
 * RgSplitBehavior:
 * @RG_SPLIT_ISOLATED: matches and what lies between them are pieces
 * @RG_SPLIT_REMOVED: only what lies between matches
 * @RG_SPLIT_CONTIGUOUS: neighbouring matches are one piece
 * @RG_SPLIT_WITH_PREVIOUS: a match joins the piece before it, unless that is a match
 * @RG_SPLIT_WITH_NEXT: a match joins the piece behind it, unless that is a match
 */
typedef enum
{
  RG_SPLIT_ISOLATED,
  RG_SPLIT_REMOVED,
  RG_SPLIT_CONTIGUOUS,
  RG_SPLIT_WITH_PREVIOUS,
  RG_SPLIT_WITH_NEXT,
} RgSplitBehavior;

/**
 * RgSplitStage:
 * @rewrite: what happens to a text first
 * @invert: what matches counts as lying between, and the other way round
 * @text: (nullable): of %RG_SPLIT_TEXT and the %RG_REWRITE_META kinds; not empty
 *
 * One stage; each piece it makes goes through the next stage.
 */
typedef struct
{
  RgRewrite rewrite;
  RgSplitRule rule;
  RgSplitBehavior behavior;
  gboolean invert;
  const char *text;
} RgSplitStage;

/** RgPieceFunc: takes one piece, any bytes, never empty; @bytes only lives for the call. */
typedef void (*RgPieceFunc) (const char *bytes, gsize n, gpointer data);

/**
 * rg_pre_tokenize:
 * @text: (array length=n): any bytes; those that are not UTF-8 count as signs
 * @first: whether the text is the beginning, with no token before it
 *
 * Calls @func for each piece in order, in this thread.
 */
void rg_pre_tokenize (const RgSplitStage *stages, guint n_stages, const char *text, gsize n, gboolean first, RgPieceFunc func, gpointer data);

G_END_DECLS
