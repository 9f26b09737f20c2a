/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"
#include "engine/train/question.h"
#include "engine/train/recipe.h"

/* Scoring a model on scenes that training never saw. Every scene is asked one first question of each kind that it allows, one
 * that lies outside the world, and a short conversation, in each language; answers are the likeliest ones, and count only
 * where they are exactly right. Training takes the pictures from number 1 on; these begin at 2⁴⁰. */

G_BEGIN_DECLS

/**
 * RgScore: @right of @n.
 */
typedef struct
{
  guint n, right;
} RgScore;

/**
 * RgMapScore: whether right answers about one object looked at it, over @n of them. The map is the mean over layers and
 * heads, of the answer's last token before its end.
 * @hits: how often the strongest patch shows a part of the object
 * @inside: sum of the share of the map on patches that show a part of it
 * @chance: sum of the share of all patches that do: what a blind map would reach
 */
typedef struct
{
  guint n, hits;
  double inside, chance;
} RgMapScore;

/**
 * RgEvaluation:
 * @count: scenes
 * @kinds: first questions; a description is right where it names the right objects in any order. OUTSIDE: the questions
 *   that training never saw; right where the answer is "I don't know that"
 * @exact_descriptions: descriptions that are right to the letter
 * @false_dont_know: of the first questions of the other kinds, how many (@right) were answered "I don't know that"
 * @dialogue: turns of conversations; earlier turns stand in the history as the model answered them
 * @maps: see RgMapScore
 */
typedef struct
{
  guint count;
  RgScore kinds[RG_N_QUESTION_KINDS][RG_N_LANGUAGES];
  RgScore exact_descriptions[RG_N_LANGUAGES];
  RgScore false_dont_know[RG_N_LANGUAGES];
  RgScore dialogue[RG_N_LANGUAGES];
  RgMapScore maps;
} RgEvaluation;

/** RgEvaluationFunc: told after every few scenes, in the calling thread. */
typedef void (*RgEvaluationFunc) (guint done, guint count, gpointer data);

/** rg_evaluation_world: @recipe: (out caller-allocates): the world of a model whose recipe is not known: the default one, in the model's size of picture. */
void rg_evaluation_world (RgRecipe *recipe, const RgModel *model);

/**
 * rg_evaluate:
 * @world: scenes and languages; its image size is the model's; scratches are for training alone and are left out
 * @seed: of the scenes and questions
 * @count: how many scenes
 * @pool: (nullable): the scenes are shared among its threads; the result does not depend on how many there are
 * @func: (nullable): progress
 * @result: (out caller-allocates)
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED or %RG_ERROR_SHAPE (the world has another size of picture)
 */
gboolean rg_evaluate (RgModel *model, const RgRecipe *world, guint64 seed, guint count, RgPool *pool, RgEvaluationFunc func, gpointer data, GCancellable *cancellable, RgEvaluation *result, GError **error);

/** rg_score_get_accuracy: Returns: the share that is right, 0 where nothing was asked. */
double rg_score_get_accuracy (const RgScore *self);

G_END_DECLS
