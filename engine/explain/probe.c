/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/probe.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/explain/forced-answer.h"
#include "engine/train/evaluate.h"

/* Training takes the pictures from number 1 on, evaluation those from 2⁴⁰ on. */
#define FIRST_SCENE(split) (G_GUINT64_CONSTANT (1) << (41 + (split)))
#define N_TRIES 16 /* kinds of question tried for a scene */
#define N_CROWDS 3
#define LEAST_LARGE 0.9 /* of the largest object's size */
#define CROWDING 0.33   /* by which power scenes with more objects have smaller ones */
#define MEDIUM 0.05
#define LARGE 0.15

const char *
rg_probe_size_get_name (RgProbeSize self)
{
  static const char *const names[] = { "small", "medium", "large" };

  return names[self];
}

void
rg_probe_world (RgRecipe *world, const RgModel *model)
{
  rg_evaluation_world (world, model);
  world->model.vision = (RgVisionConfig){ .image_size = RG_PROBE_SIDE, .patch_size = RG_PROBE_SIDE / 16, .block = world->model.vision.block };
  world->scenes.width = world->scenes.height = RG_PROBE_SIDE;
  world->scenes.degrade = FALSE;
  world->languages = 1u << RG_LANGUAGE_EN;
  world->aspect = 0;
}

static gboolean
check_world (const RgModel *model, const RgRecipe *world, GError **error)
{
  const RgVisionConfig *vision = &rg_model_get_config (model)->vision;

  if (world->model.vision.image_size == vision->image_size && world->model.vision.patch_size == vision->patch_size)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("The recipe's pictures of %u pixels do not fit the model, which sees %u"), world->model.vision.image_size, vision->image_size);

  return FALSE;
}

/* The scene as the batch drew it, made ready in the model's own way. */
static gboolean
prepare (RgProbe *self, GError **error)
{
  gsize side = self->world.model.vision.image_size;
  g_autoptr (GBytes) bytes = g_bytes_new (self->batch->rgb, side * side * 3);
  g_autoptr (RgImage) image = rg_image_new (side, side, bytes);
  RgPixelValues *seen = rg_preprocess (&self->preprocess, image, self->pass->pool, self->pass->cancellable, error);

  if (seen == NULL)
    return FALSE;

  g_clear_pointer (&self->seen, rg_pixel_values_free);
  self->seen = seen;
  self->pixels = *seen;

  return TRUE;
}

/* How the model sees scenes of this size, found out with an empty one. */
static gboolean
measure_sight (RgProbe *self, const RgProbeSight *sight, GError **error)
{
  gsize side = self->world.model.vision.image_size;
  const RgTile *tile;

  self->preprocess = *sight->preprocess;
  rg_preprocess_config_unsplit (&self->preprocess);
  memset (self->batch->rgb, 0, side * side * 3);
  if (!prepare (self, error))
    return FALSE;

  tile = rg_patch_grid_get_tile (self->pixels.grid, 0);
  self->grid = self->pixels.n_views == 1 && tile->rows == tile->cols ? tile->rows : 0;
  self->n_patches = rg_patch_grid_get_n_patches (self->pixels.grid);

  return TRUE;
}

gboolean
rg_probe_init (RgProbe *self, RgModel *model, const RgProbeSight *sight, const RgRecipe *world, GCancellable *cancellable, GError **error)
{
  const RgVisionConfig *vision = &world->model.vision;

  if (sight == NULL && !check_world (model, world, error))
    return FALSE;

  *self = (RgProbe){ .model = model, .grid = vision->image_size / vision->patch_size, .n_patches = rg_model_get_n_patches (model), .world = *world, .scenes = world->scenes };
  self->world.part = 1;
  self->world.scenes.worn = 0;
  self->world.scenes.empty = 0;
  self->world.scenes.min_objects = RG_PROBE_WORDS;
  self->pass = sight == NULL ? rg_pass_new (NULL, RG_PRECISION_F32) : rg_pass_new (sight->pool, rg_model_get_precision (model, TRUE));
  rg_pass_set_cancellable (self->pass, cancellable);
  self->batch = rg_batch_new (&self->world);
  self->pixels = rg_pixel_values_borrow (vision->image_size, self->batch->pixels);
  for (guint i = 0; i < RG_PROBE_WORDS; i++)
    self->words[i].ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (sight != NULL && !measure_sight (self, sight, error))
    {
      rg_probe_clear (self);
      return FALSE;
    }

  for (guint i = 0; i < RG_PROBE_WORDS; i++)
    {
      self->words[i].inside = g_malloc (self->n_patches);
      self->words[i].coverage = g_new (float, self->n_patches);
    }

  return TRUE;
}

void
rg_probe_clear (RgProbe *self)
{
  if (self->pass == NULL)
    return;

  for (guint i = 0; i < RG_PROBE_WORDS; i++)
    {
      g_clear_pointer (&self->words[i].inside, g_free);
      g_clear_pointer (&self->words[i].coverage, g_free);
      g_array_unref (self->words[i].ids);
    }
  g_clear_pointer (&self->image, rg_image_state_free);
  g_clear_pointer (&self->blank, rg_image_state_free);
  g_clear_pointer (&self->seen, rg_pixel_values_free);
  rg_batch_free (self->batch);
  g_clear_pointer (&self->pass, rg_pass_free);
}

/* Which part of the scene an image token sees; empty for padding. */
static RgRect
get_rect (const RgProbe *self, gsize p)
{
  gsize size;

  if (self->pixels.grid != NULL)
    return rg_patch_grid_get_source_rect (self->pixels.grid, p);

  size = self->world.model.vision.image_size / self->grid;

  return (RgRect){ p % self->grid * size, p / self->grid * size, size, size };
}

/* How much of @rect shows the object; pixels at its edge may belong to it in part. */
static float
cover (const RgProbe *self, int object, RgRect rect)
{
  gsize side = self->world.model.vision.image_size, bottom = MIN (ceil (rect.y + rect.height), side), right = MIN (ceil (rect.x + rect.width), side);
  float covered = 0;

  for (gsize y = rect.y; y < bottom; y++)
    for (gsize x = rect.x; x < right; x++)
      if (self->batch->owner[y * side + x] == object)
        {
          RgRect part = rg_rect_intersect (rect, (RgRect){ x, y, 1, 1 });

          covered += (float) (part.width * part.height / (rect.width * rect.height));
        }

  return covered;
}

/* Where the object of @word is. Returns: whether it is seen and does not fill the picture. */
static gboolean
find_object (RgProbe *self, int object, RgProbeWord *word)
{
  guint n_inside = 0;

  for (gsize p = 0; p < self->n_patches; p++)
    {
      word->coverage[p] = cover (self, object, get_rect (self, p));
      n_inside += word->inside[p] = word->coverage[p] > 0;
    }

  word->area = (double) n_inside / self->n_patches;
  word->size = word->area < MEDIUM ? RG_PROBE_SMALL : word->area < LARGE ? RG_PROBE_MEDIUM
                                                                         : RG_PROBE_LARGE;

  return n_inside > 0 && n_inside < self->n_patches;
}

/* As rg_explained_depend(), but that the blank picture, which is the same for all, is seen once. */
static gboolean
measure_dependence (RgProbe *self, RgProbeWord *word, GError **error)
{
  double without;

  if (self->blank == NULL)
    self->blank = rg_explained_see_blank (&word->answer, error);
  if (self->blank == NULL ||
      !rg_explained_score (&word->answer, self->image, &word->dependence, error) ||
      !rg_explained_score (&word->answer, self->blank, &without, error))
    return FALSE;

  word->dependence -= without;

  return TRUE;
}

/* Reads question and answer. @right: (out): whether the answer would have been given, or may be forced. Its last word is left in @word. */
static gboolean
read_answer (RgProbe *self, const RgQuestion *question, RgProbeWord *word, gboolean *right, GError **error)
{
  RgExplained *answer = &word->answer;
  double whole;
  RgWord last;

  *right = FALSE;
  *answer = (RgExplained){ .model = self->model, .pass = self->pass, .image = self->image, .pixels = &self->pixels, .words = &word->word, .n_words = 1 };
  if (!rg_forced_answer_write (self->model, self->pass, self->image, question->question, question->answer, word->ids, &answer->first, &last, error))
    return FALSE;
  answer->ids = (const guint32 *) word->ids->data;
  answer->n_ids = word->ids->len;
  if (last.n == 0)
    return TRUE;

  *right = rg_forced_answer_is_free (self->model);
  if (!*right)
    {
      word->word = (RgWord){ .n = answer->n_ids - answer->first };
      if (!rg_explained_score (answer, self->image, &whole, error))
        return FALSE;
      *right = whole >= -G_LN2;
    }
  word->word = last;

  return !*right || measure_dependence (self, word, error);
}

/* Of a model's own words only nouns and colours are asked for: what it would call a place or a number is its own affair. */
static guint
count_kinds (const RgProbe *self)
{
  return rg_forced_answer_is_free (self->model) ? RG_QUESTION_KIND_EXISTS : RG_QUESTION_KIND_DESCRIBE;
}

/* A description begins with what there is, not with its colour. */
static gboolean
is_said (const RgProbe *self, RgQuestionKind kind)
{
  return kind != RG_QUESTION_KIND_COLOR || rg_forced_answer_takes_questions (self->model);
}

/* A question about an object that was not yet asked about. @asked: (out) */
static gboolean
ask (RgProbe *self, const RgScene *scene, guint64 *seen, gboolean *asked, GError **error)
{
  RgLanguage language = rg_random_below (&self->random, RG_N_LANGUAGES);
  RgQuestionKind kind = rg_random_below (&self->random, count_kinds (self));
  RgProbeWord *word = &self->words[self->n_words];
  RgQuestion question = { 0 };
  gboolean right, done = TRUE;

  *asked = self->world.languages & 1u << language && is_said (self, kind) && rg_question_write (scene, kind, language, &self->random, &question) &&
           question.object >= 0 && !(*seen >> question.object & 1) && find_object (self, question.object, word);
  if (*asked)
    {
      *seen |= G_GUINT64_CONSTANT (1) << question.object;
      done = read_answer (self, &question, word, &right, error);
      self->n_right += done && right;
      self->n_words += done && right && word->dependence >= RG_PROBE_LEAST_DEPENDENCE;
    }
  rg_question_clear (&question);

  return done;
}

/* Training has objects as large as these only in scenes of one. */
static void
choose_scene (RgProbe *self, guint crowd)
{
  RgSceneOptions *scenes = &self->world.scenes;

  scenes->max_objects = CLAMP (self->scenes.max_objects, RG_PROBE_WORDS, RG_PROBE_WORDS * (1 + crowd));
  scenes->min_size = crowd > 0 ? self->scenes.min_size : MAX (self->scenes.min_size, self->scenes.max_size * LEAST_LARGE);
  scenes->max_size = crowd > 0 ? self->scenes.max_size : self->scenes.max_size * pow (RG_PROBE_WORDS, CROWDING);
}

gboolean
rg_probe_draw (RgProbe *self, RgProbeSplit split, guint64 seed, guint index, GError **error)
{
  g_autoptr (RgScene) scene = NULL;
  guint64 seen = 0;

  g_clear_pointer (&self->image, rg_image_state_free);
  self->n_asked = self->n_right = self->n_words = 0;
  rg_random_init (&self->random, seed, FIRST_SCENE (split) + index);

  choose_scene (self, index % N_CROWDS);
  scene = rg_batch_picture (self->batch, &self->world, &self->random, 1);
  if (self->seen != NULL && !prepare (self, error))
    return FALSE;
  self->image = rg_model_see (self->model, self->pass, &self->pixels, NULL, NULL, error);
  if (self->image == NULL)
    return FALSE;

  for (guint try = 0; try < N_TRIES && self->n_asked < RG_PROBE_WORDS; try++)
    {
      gboolean asked;

      if (!ask (self, scene, &seen, &asked, error))
        return FALSE;
      self->n_asked += asked;
    }

  return TRUE;
}
