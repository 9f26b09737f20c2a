/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/evaluate.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/decoder/sampler.h"
#include "engine/error.h"
#include "engine/train/batch.h"
#include "engine/train/dialogue.h"
#include "engine/train/phrases.h"

#define FIRST_SCENE (G_GUINT64_CONSTANT (1) << 40)
#define MAX_ANSWER 48 /* tokens */
#define N_TURNS 4
#define SCENES_A_ROUND 16 /* for each thread, between two reports */

/* What one thread works with. */
typedef struct
{
  RgPass *pass;
  RgBatch *batch;
  RgTextState *text;
  RgImageState *image;
  RgScene *scene;
  GArray *ids;
  float *logits;    /* V */
  float *attention; /* layers × heads × P, of the last row */
  float *map;       /* P, of the answer's last token but the end */
} Examiner;

typedef struct
{
  RgModel *model;
  RgRecipe world;
  guint64 seed;
  GCancellable *cancellable; /* nullable */
  Examiner *examiners;
  RgEvaluation *sheets; /* one a scene of this round */
  guint first, n;       /* the scenes of this round */
  int next;             /* atomic */
} Examination;

void
rg_evaluation_world (RgRecipe *recipe, const RgModel *model)
{
  *recipe = (RgRecipe){
    .model = *rg_model_get_config (model),
    .scenes = rg_scene_options_default (),
    .languages = (1u << RG_N_LANGUAGES) - 1,
    .aspect = 0.3,
    .max_turns = N_TURNS,
  };
  recipe->scenes.width = recipe->scenes.height = recipe->model.vision.image_size;
}

double
rg_score_get_accuracy (const RgScore *self)
{
  return self->n > 0 ? (double) self->right / self->n : 0;
}

static void
score (RgScore *self, gboolean right)
{
  self->n++;
  self->right += right;
}

static void
examiner_init (Examiner *self, const Examination *examination)
{
  RgModel *model = examination->model;
  const RgModelConfig *config = rg_model_get_config (model);
  gsize n_patches = rg_model_get_n_patches (model);

  *self = (Examiner){
    .pass = rg_pass_new (NULL, RG_PRECISION_F32),
    .batch = rg_batch_new (&examination->world),
    .text = rg_text_state_new (model),
    .ids = g_array_new (FALSE, FALSE, sizeof (guint32)),
    .logits = g_new (float, config->text.vocabulary_size),
    .attention = g_new (float, config->text.n_layers * config->text.block.n_heads * n_patches),
    .map = g_new (float, n_patches),
  };
  rg_pass_set_cancellable (self->pass, examination->cancellable);
}

static void
examiner_clear (Examiner *self)
{
  rg_pass_free (self->pass);
  rg_batch_free (self->batch);
  rg_text_state_free (self->text);
  g_array_unref (self->ids);
  g_free (self->logits);
  g_free (self->attention);
  g_free (self->map);
}

static void
mean_map (const float *attention, gsize n_maps, gsize n_patches, float *map)
{
  for (gsize p = 0; p < n_patches; p++)
    {
      float sum = 0;

      for (gsize i = 0; i < n_maps; i++)
        sum += attention[i * n_patches + p];
      map[p] = sum / n_maps;
    }
}

/* The likeliest answer to @question, asked after what @self->text has read; what was answered is then read as well.
 * Returns: (transfer full) (nullable): NULL if cancelled. */
static char *
answer (Examiner *self, RgModel *model, const char *question)
{
  const RgModelConfig *config = rg_model_get_config (model);
  gsize n_maps = (gsize) config->text.n_layers * config->text.block.n_heads;
  guint asked;

  g_array_set_size (self->ids, 0);
  if (rg_text_state_get_n_tokens (self->text) > 0)
    g_array_append_val (self->ids, config->eos);
  rg_model_append_question (model, self->ids, question);
  asked = self->ids->len;
  if (rg_text_state_get_n_tokens (self->text) + asked + MAX_ANSWER > config->text.max_positions)
    return g_strdup ("");

  for (guint read = 0; self->ids->len < asked + MAX_ANSWER;)
    {
      const guint32 *ids = (const guint32 *) self->ids->data;
      guint32 id;

      if (!rg_model_read (model, self->pass, self->image, self->text, ids + read, self->ids->len - read, self->logits, self->attention, NULL))
        return NULL;

      read = self->ids->len;
      id = rg_logits_find_best (self->logits, config->text.vocabulary_size);
      if (id == config->eos)
        break;
      mean_map (self->attention, n_maps, rg_model_get_n_patches (model), self->map);
      g_array_append_val (self->ids, id);
    }

  return rg_tokenizer_decode (rg_model_get_tokenizer (model), (const guint32 *) self->ids->data + asked, self->ids->len - asked, TRUE);
}

static gboolean
is_dont_know (const char *given)
{
  return rg_question_answers_match (rg_phrases_en[RG_FORM_UNKNOWN][0], given) || rg_question_answers_match (rg_phrases_fr[RG_FORM_UNKNOWN][0], given);
}

static gboolean
is_right (const RgQuestion *question, const char *given)
{
  return question->kind == RG_QUESTION_KIND_DESCRIBE ? rg_question_same_objects (question->answer, given) : rg_question_answers_match (question->answer, given);
}

static gboolean
shows_object (const Examiner *self, const RgVisionConfig *config, gsize patch, int object)
{
  gsize side = config->image_size, size = config->patch_size, grid = side / size;
  gsize top = patch / grid * size, left = patch % grid * size;

  for (gsize y = top; y < top + size; y++)
    for (gsize x = left; x < left + size; x++)
      if (self->batch->owner[y * side + x] == object)
        return TRUE;

  return FALSE;
}

static void
score_map (const Examiner *self, const RgModel *model, int object, RgMapScore *score)
{
  const RgVisionConfig *config = &rg_model_get_config (model)->vision;
  gsize n_patches = rg_model_get_n_patches (model), best = 0, n_shown = 0;
  double inside = 0, total = 0;

  for (gsize p = 0; p < n_patches; p++)
    {
      total += self->map[p];
      if (self->map[p] > self->map[best])
        best = p;
      if (shows_object (self, config, p, object))
        {
          n_shown++;
          inside += self->map[p];
        }
    }

  score->n++;
  score->hits += shows_object (self, config, best, object);
  score->inside += total > 0 ? inside / total : 0;
  score->chance += (double) n_shown / n_patches;
}

/* Asks @question first. Returns: FALSE if cancelled. */
static gboolean
examine_first (Examiner *self, RgModel *model, const RgQuestion *question, RgEvaluation *sheet)
{
  g_autofree char *given = NULL;
  gboolean right;

  rg_text_state_truncate (self->text, 0);
  given = answer (self, model, question->question);
  if (given == NULL)
    return FALSE;

  right = is_right (question, given);
  score (&sheet->kinds[question->kind][question->language], right);
  if (question->kind == RG_QUESTION_KIND_DESCRIBE)
    score (&sheet->exact_descriptions[question->language], rg_question_answers_match (question->answer, given));
  if (question->kind != RG_QUESTION_KIND_OUTSIDE)
    score (&sheet->false_dont_know[question->language], is_dont_know (given));
  if (right && question->object >= 0)
    score_map (self, model, question->object, &sheet->maps);

  return TRUE;
}

static gboolean
examine_dialogue (Examiner *self, RgModel *model, RgLanguage language, RgRandom *random, RgEvaluation *sheet)
{
  g_autoptr (GPtrArray) questions = rg_dialogue_write (self->scene, language, N_TURNS, random);

  rg_text_state_truncate (self->text, 0);
  for (guint i = 0; i < questions->len; i++)
    {
      const RgQuestion *question = g_ptr_array_index (questions, i);
      g_autofree char *given = answer (self, model, question->question);

      if (given == NULL)
        return FALSE;
      score (&sheet->dialogue[language], is_right (question, given));
    }

  return TRUE;
}

static gboolean
examine_language (Examiner *self, RgModel *model, RgLanguage language, RgRandom *random, RgEvaluation *sheet)
{
  for (RgQuestionKind kind = 0; kind < RG_N_QUESTION_KINDS; kind++)
    {
      RgQuestion question = { 0 };
      gboolean asked = TRUE, done;

      if (kind == RG_QUESTION_KIND_OUTSIDE)
        rg_question_write_outside (language, TRUE, TRUE, random, &question);
      else
        asked = rg_question_write (self->scene, kind, language, random, &question);

      done = !asked || examine_first (self, model, &question, sheet);
      rg_question_clear (&question);
      if (!done)
        return FALSE;
    }

  return examine_dialogue (self, model, language, random, sheet);
}

static void
examine_scene (Examiner *self, const Examination *examination, guint index, RgEvaluation *sheet)
{
  RgModel *model = examination->model;
  RgPixelValues pixels;
  RgRandom random;

  rg_random_init (&random, examination->seed, FIRST_SCENE + index);
  self->scene = rg_batch_picture (self->batch, &examination->world, &random, 1);
  pixels = rg_pixel_values_borrow (rg_model_get_config (model)->vision.image_size, self->batch->pixels);
  self->image = rg_model_see (model, self->pass, &pixels, NULL, NULL, NULL);

  for (RgLanguage language = 0; self->image != NULL && language < RG_N_LANGUAGES; language++)
    {
      RgRandom wording;

      /* A generator of its own, so that one language alone is asked the same as beside the other. */
      rg_random_init (&wording, rg_random_next (&random), language);
      if (examination->world.languages & 1u << language && !examine_language (self, model, language, &wording, sheet))
        break;
    }

  g_clear_pointer (&self->image, rg_image_state_free);
  g_clear_pointer (&self->scene, rg_scene_free);
}

static void
run_examiner (gsize task, gpointer data)
{
  Examination *self = data;
  guint i;

  while ((i = g_atomic_int_add (&self->next, 1)) < self->n && !g_cancellable_is_cancelled (self->cancellable))
    examine_scene (&self->examiners[task], self, self->first + i, &self->sheets[i]);
}

static void
add_scores (RgScore *sum, const RgScore *part, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      sum[i].n += part[i].n;
      sum[i].right += part[i].right;
    }
}

/* Scene by scene in their order, so that the sums of fractions are the same whatever thread did what. */
static void
add_sheet (RgEvaluation *sum, const RgEvaluation *sheet)
{
  add_scores (sum->kinds[0], sheet->kinds[0], RG_N_QUESTION_KINDS * RG_N_LANGUAGES);
  add_scores (sum->exact_descriptions, sheet->exact_descriptions, RG_N_LANGUAGES);
  add_scores (sum->false_dont_know, sheet->false_dont_know, RG_N_LANGUAGES);
  add_scores (sum->dialogue, sheet->dialogue, RG_N_LANGUAGES);
  sum->maps.n += sheet->maps.n;
  sum->maps.hits += sheet->maps.hits;
  sum->maps.inside += sheet->maps.inside;
  sum->maps.chance += sheet->maps.chance;
  sum->count++;
}

static void
run_rounds (Examination *self, guint count, RgPool *pool, RgEvaluationFunc func, gpointer data, RgEvaluation *result)
{
  guint n_threads = rg_pool_get_n_threads (pool), a_round = SCENES_A_ROUND * n_threads;
  g_autofree RgEvaluation *sheets = g_new (RgEvaluation, a_round);
  g_autofree Examiner *examiners = g_new (Examiner, n_threads);

  self->sheets = sheets;
  self->examiners = examiners;
  for (guint i = 0; i < n_threads; i++)
    examiner_init (&examiners[i], self);

  while (self->first < count && !g_cancellable_is_cancelled (self->cancellable))
    {
      self->n = MIN (a_round, count - self->first);
      self->next = 0;
      memset (sheets, 0, self->n * sizeof *sheets);
      rg_pool_run (pool, n_threads, run_examiner, self);

      for (guint i = 0; i < self->n; i++)
        add_sheet (result, &sheets[i]);
      self->first += self->n;
      if (func != NULL)
        func (self->first, count, data);
    }

  for (guint i = 0; i < n_threads; i++)
    examiner_clear (&examiners[i]);
}

gboolean
rg_evaluate (RgModel *model, const RgRecipe *world, guint64 seed, guint count, RgPool *pool, RgEvaluationFunc func, gpointer data, GCancellable *cancellable, RgEvaluation *result, GError **error)
{
  const RgVisionConfig *vision = &rg_model_get_config (model)->vision;
  Examination examination = { .model = model, .world = *world, .seed = seed, .cancellable = cancellable };

  if (world->model.vision.image_size != vision->image_size || world->model.vision.patch_size != vision->patch_size)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("The recipe's pictures of %u pixels do not fit the model, which sees %u"), world->model.vision.image_size, vision->image_size);
      return FALSE;
    }

  *result = (RgEvaluation){ 0 };
  examination.world.part = 1;
  examination.world.scenes.worn = 0;
  run_rounds (&examination, count, pool, func, data, result);

  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}
