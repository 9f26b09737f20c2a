/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Cutting a text into words before merges are applied within each. The rules are those of regular expressions that
 * published tokenizers carry; they are written by hand on Unicode categories, because a general engine can be driven to
 * exponential time by a pattern, and the patterns come from files. */

G_BEGIN_DECLS

/**
 * RgSplitRule:
 * @RG_SPLIT_NONE: the whole text is one piece
 * @RG_SPLIT_GPT2: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * @RG_SPLIT_DIGITS: every character of category N by itself, what lies between them whole
 * @RG_SPLIT_NUMBERS: every run of category N, what lies between them whole
 */
typedef enum
{
  RG_SPLIT_NONE,
  RG_SPLIT_GPT2,
  RG_SPLIT_DIGITS,
  RG_SPLIT_NUMBERS,
} RgSplitRule;

/**
 * RgSplitStage:
 * @prefix_space: put a space in front of a text that does not begin with one
 *
 * One stage; each piece it makes goes through the next stage.
 */
typedef struct
{
  gboolean prefix_space;
  RgSplitRule rule;
} RgSplitStage;

/** RgPieceFunc: takes one piece, any bytes, never empty; @bytes only lives for the call. */
typedef void (*RgPieceFunc) (const char *bytes, gsize n, gpointer data);

/**
 * rg_pre_tokenize:
 * @text: (array length=n): any bytes; those that are not UTF-8 count as signs
 *
 * Calls @func for each piece in order; together they are the text, but for the spaces put in front.
 */
void rg_pre_tokenize (const RgSplitStage *stages, guint n_stages, const char *text, gsize n, RgPieceFunc func, gpointer data);

G_END_DECLS
