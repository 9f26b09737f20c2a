/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/probe.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"

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

gboolean
rg_probe_init (RgProbe *self, RgModel *model, const RgRecipe *world, GCancellable *cancellable, GError **error)
{
  const RgVisionConfig *vision = &rg_model_get_config (model)->vision;

  if (world->model.vision.image_size != vision->image_size || world->model.vision.patch_size != vision->patch_size)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("The recipe's pictures of %u pixels do not fit the model, which sees %u"), world->model.vision.image_size, vision->image_size);
      return FALSE;
    }

  *self = (RgProbe){ .model = model, .grid = vision->image_size / vision->patch_size, .n_patches = rg_model_get_n_patches (model), .world = *world, .scenes = world->scenes };
  self->world.part = 1;
  self->world.scenes.worn = 0;
  self->world.scenes.empty = 0;
  self->world.scenes.min_objects = RG_PROBE_WORDS;
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  rg_pass_set_cancellable (self->pass, cancellable);
  self->batch = rg_batch_new (&self->world);
  self->pixels = rg_pixel_values_borrow (vision->image_size, self->batch->pixels);

  for (guint i = 0; i < RG_PROBE_WORDS; i++)
    {
      self->words[i].inside = g_malloc (self->n_patches);
      self->words[i].coverage = g_new (float, self->n_patches);
      self->words[i].ids = g_array_new (FALSE, FALSE, sizeof (guint32));
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
      g_free (self->words[i].inside);
      g_free (self->words[i].coverage);
      g_array_unref (self->words[i].ids);
    }
  g_clear_pointer (&self->image, rg_image_state_free);
  rg_batch_free (self->batch);
  g_clear_pointer (&self->pass, rg_pass_free);
}

/* Where the object of @word is. Returns: whether it is seen and does not fill the picture. */
static gboolean
find_object (RgProbe *self, int object, RgProbeWord *word)
{
  gsize side = self->world.model.vision.image_size, size = side / self->grid;
  guint n_inside = 0;

  memset (word->coverage, 0, self->n_patches * sizeof (float));
  for (gsize p = 0; p < side * side; p++)
    if (self->batch->owner[p] == object)
      word->coverage[p / side / size * self->grid + p % side / size] += 1.0f / (size * size);
  for (gsize p = 0; p < self->n_patches; p++)
    n_inside += word->inside[p] = word->coverage[p] > 0;

  word->area = (double) n_inside / self->n_patches;
  word->size = word->area < MEDIUM ? RG_PROBE_SMALL : word->area < LARGE ? RG_PROBE_MEDIUM
                                                                         : RG_PROBE_LARGE;

  return n_inside > 0 && n_inside < self->n_patches;
}

/* The tokens from the last one that begins with a space on; the answer ends with <eos>. */
static RgWord
find_last_word (const RgProbe *self, const RgExplained *answer)
{
  RgTokenizer *tokenizer = rg_model_get_tokenizer (self->model);
  guint start = answer->n_ids - 2;

  while (start > answer->first && !g_str_has_prefix (rg_tokenizer_get_piece (tokenizer, answer->ids[start]), "Ġ"))
    start--;

  return (RgWord){ .first = start - answer->first, .n = answer->n_ids - 1 - start };
}

/* Reads question and answer. @right: (out): whether the answer would have been given. Its last word is left in @word. */
static gboolean
read_answer (RgProbe *self, const RgQuestion *question, RgProbeWord *word, gboolean *right, GError **error)
{
  RgExplained *answer = &word->answer;
  double whole;

  g_array_set_size (word->ids, 0);
  rg_model_append_question (self->model, word->ids, question->question);
  *answer = (RgExplained){ .model = self->model, .pass = self->pass, .image = self->image, .pixels = &self->pixels, .first = word->ids->len, .words = &word->word, .n_words = 1 };
  rg_model_append_answer (self->model, word->ids, question->answer);
  answer->ids = (const guint32 *) word->ids->data;
  answer->n_ids = word->ids->len;
  *right = FALSE;
  if (answer->n_ids > rg_model_get_config (self->model)->text.max_positions || answer->n_ids < answer->first + 2)
    return TRUE;

  word->word = (RgWord){ .n = answer->n_ids - answer->first };
  if (!rg_explained_score (answer, self->image, &whole, error))
    return FALSE;
  *right = whole >= -G_LN2;
  word->word = find_last_word (self, answer);

  return !*right || rg_explained_depend (answer, &word->dependence, error);
}

/* A question about an object that was not yet asked about. @asked: (out) */
static gboolean
ask (RgProbe *self, const RgScene *scene, guint64 *seen, gboolean *asked, GError **error)
{
  RgLanguage language = rg_random_below (&self->random, RG_N_LANGUAGES);
  RgQuestionKind kind = rg_random_below (&self->random, RG_QUESTION_KIND_DESCRIBE);
  RgProbeWord *word = &self->words[self->n_words];
  RgQuestion question = { 0 };
  gboolean right, done = TRUE;

  *asked = self->world.languages & 1u << language && rg_question_write (scene, kind, language, &self->random, &question) &&
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
  scene = rg_batch_picture (self->batch, &self->world, &self->random, 1, 0);
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
