/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/trainer.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>

#include "engine/error.h"
#include "engine/tensor/gemm-int8.h"
#include "engine/tokenizer/vocabulary.h"
#include "engine/train/dialogue.h"

#define CHECKPOINT "checkpoint.safetensors"
#define CORPUS_LINES 200000

/* So many parts of a batch have derivatives of their own; the others add theirs to them, so that there are fewer arrays to add up in the
 * end. Not the number of threads: other sums would make another model. */
#define MOST_SUMS 4

/* One part of a batch: a replica of the model, and what it learns from. */
typedef struct _Part Part;
struct _Part
{
  RgModel *model;
  RgBatch *batch;
  int n_nodes;    /* of its pass */
  int n_backward; /* atomic: of those that have gone backward */
  RgLosses losses;
  Part *earlier; /* that the same worker has done */
};

struct _RgTrainer
{
  RgRecipe recipe;
  RgRecipe stage; /* the recipe as it is at this step */
  char *dir;
  RgPool *pool; /* borrowed */
  RgModel *model;
  RgWords words;
  RgOptimizer *optimizer;
  guint n_parts, n_sums, n_workers;
  Part *parts;     /* (n_parts); the derivatives of part i go to those of part i mod n_sums */
  float **grads;   /* (n_sums) of the first parts, flat */
  RgPass **passes; /* (n_workers) */
  int next_part;   /* atomic: the next part that a worker may take */
  guint n_steps;
};

/* The corpus, line by line: questions in lower case, as the tokenizer will see them, answers as they are spelled. */
typedef struct
{
  GPtrArray *lines;
  guint next;
} Corpus;

static void
keep_line (const char *line, gpointer data)
{
  Corpus *corpus = data;
  gboolean is_question = corpus->lines->len % 2 == 0;

  g_ptr_array_add (corpus->lines, is_question ? g_utf8_strdown (line, -1) : g_strdup (line));
}

static const char *
next_line (gpointer data)
{
  Corpus *corpus = data;

  return corpus->next < corpus->lines->len ? g_ptr_array_index (corpus->lines, corpus->next++) : NULL;
}

static gboolean
make_vocabulary (const RgRecipe *recipe, const char *path, GError **error)
{
  static const char *const special[] = { "<pad>", "<bos>", "<question>", "<answer>", "<eos>", NULL };
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  Corpus corpus = { .lines = lines };
  RgRandom random;

  rg_random_init (&random, recipe->seed, G_MAXUINT64);
  rg_dialogue_corpus (&recipe->scenes, recipe->languages, &random, CORPUS_LINES, keep_line, &corpus);

  return rg_vocabulary_write (path, next_line, &corpus, recipe->vocabulary_size, special, error);
}

static gboolean
make_folder (const char *dir, GError **error)
{
  if (g_mkdir_with_parents (dir, 0777) == 0)
    return TRUE;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), _ ("%s: the folder cannot be made: %s"), dir, g_strerror (errno));

  return FALSE;
}

static RgModel *
begin_model (const RgRecipe *recipe, const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, RG_MODEL_TOKENIZER, NULL);
  g_autoptr (RgModel) model = NULL;
  RgTokenizer *tokenizer;
  RgRandom random;

  if (!make_folder (dir, error) ||
      (!g_file_test (path, G_FILE_TEST_EXISTS) && !make_vocabulary (recipe, path, error)))
    return NULL;

  tokenizer = rg_tokenizer_new_from_file (path, error);
  if (tokenizer == NULL)
    return NULL;

  model = rg_model_new (&recipe->model, tokenizer, error);
  if (model == NULL)
    return NULL;

  rg_random_init (&random, recipe->seed, 0);
  rg_parameters_begin (rg_model_get_parameters (model), &random);

  return g_steal_pointer (&model);
}

/* All parts multiply by the same weights. At first, and after each change of theirs. */
static void
pack (RgTrainer *self)
{
  if (rg_gemm_rounds (RG_PRECISION_FAST))
    rg_parameters_pack (rg_model_get_parameters (self->parts[0].model), self->pool, self->recipe.int8 && rg_gemm_int8_is_supported ());
}

static void
want_grads (RgTrainer *self)
{
  for (guint i = 0; i < self->n_parts; i++)
    rg_parameters_want_grads (rg_model_get_parameters (self->parts[i].model), i < self->n_sums ? NULL : rg_model_get_parameters (self->parts[i % self->n_sums].model));
}

static void
make_parts (RgTrainer *self)
{
  const RgRecipe *stage = &self->stage;

  self->n_parts = stage->batch / stage->part;
  self->n_sums = MIN (self->n_parts, MOST_SUMS);
  self->n_workers = MIN (self->n_parts, rg_pool_get_n_threads (self->pool));
  self->parts = g_new0 (Part, self->n_parts);
  self->grads = g_new0 (float *, self->n_sums);
  self->passes = g_new0 (RgPass *, self->n_workers);

  for (guint i = 0; i < self->n_parts; i++)
    {
      Part *part = &self->parts[i];

      /* The first packs the weights for all; the model itself, which others read, too, has no panels that could be out of date. */
      part->model = rg_model_new_replica (i == 0 ? self->model : self->parts[0].model);
      if (i == 0)
        pack (self);
      part->batch = rg_batch_new (stage);
    }
  want_grads (self); /* there is memory to point to */
  for (guint i = 0; i < self->n_sums; i++)
    self->grads[i] = rg_parameters_get_grads (rg_model_get_parameters (self->parts[i].model));

  for (guint i = 0; i < self->n_workers; i++)
    {
      self->passes[i] = rg_pass_new (NULL, RG_PRECISION_FAST);
      self->passes[i]->recording = TRUE;
      self->passes[i]->compact = rg_gemm_rounds (RG_PRECISION_FAST);
    }
}

static void
free_parts (RgTrainer *self)
{
  for (guint i = 0; i < self->n_workers; i++)
    rg_pass_free (self->passes[i]);
  for (guint i = self->n_parts; i-- > 0;) /* the first one's panels are the others' */
    {
      rg_model_free (self->parts[i].model);
      rg_batch_free (self->parts[i].batch);
    }
  g_clear_pointer (&self->passes, g_free);
  g_clear_pointer (&self->grads, g_free);
  g_clear_pointer (&self->parts, g_free);
}

/* Goes on with larger pictures where the recipe says so. The moments begin anew: places have another shape. */
static void
grow (RgTrainer *self)
{
  guint step = rg_trainer_get_step (self);
  RgModel *model;

  self->stage = rg_recipe_at (&self->recipe, step);
  if (self->stage.model.vision.image_size == rg_model_get_config (self->model)->vision.image_size)
    return;

  free_parts (self);
  rg_optimizer_free (self->optimizer);

  model = rg_model_new_grown (self->model, self->stage.model.vision.image_size);
  rg_model_free (self->model);
  self->model = model;
  self->optimizer = rg_optimizer_new (&self->recipe.optimizer, rg_model_get_parameters (model), step);
  make_parts (self);
}

/* Whether a model is what the recipe makes, at the picture size of one part of the run or the other. */
static gboolean
is_made_by (const RgModelConfig *model, const RgRecipe *recipe)
{
  const RgVisionConfig *a = &model->vision, *b = &recipe->model.vision;
  const RgTextConfig *c = &model->text, *d = &recipe->model.text;

  for (guint i = 0; i < MIN (a->n_stem, b->n_stem); i++)
    if (a->stem[i] != b->stem[i])
      return FALSE;

  return (a->image_size == b->image_size || a->image_size == recipe->first_image_size) && a->patch_size == b->patch_size &&
         a->n_stem == b->n_stem && a->n_residual == b->n_residual && a->n_layers == b->n_layers && rg_block_config_equal (&a->block, &b->block) &&
         c->max_positions == d->max_positions && c->n_layers == d->n_layers && rg_block_config_equal (&c->block, &d->block);
}

RgTrainer *
rg_trainer_new (const RgRecipe *recipe, const char *dir, RgPool *pool, GError **error)
{
  g_autoptr (RgTrainer) self = g_new0 (RgTrainer, 1);
  g_autofree char *checkpoint = g_build_filename (dir, CHECKPOINT, NULL);
  gboolean resume = g_file_test (checkpoint, G_FILE_TEST_EXISTS);

  self->recipe = *recipe;
  self->stage = rg_recipe_at (recipe, 0);
  self->dir = g_strdup (dir);
  self->pool = pool;
  self->n_steps = rg_recipe_get_n_steps (recipe);
  self->model = resume ? rg_model_load (dir, TRUE, NULL, error) : begin_model (&self->stage, dir, error);

  if (self->model != NULL && !is_made_by (rg_model_get_config (self->model), recipe))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("%s: the training in this folder was begun with another recipe; choose another folder"), dir);
      return NULL;
    }

  if (self->model == NULL || !rg_words_find (&self->words, &self->recipe, rg_model_get_tokenizer (self->model), error))
    return NULL;

  self->optimizer = rg_optimizer_new (&recipe->optimizer, rg_model_get_parameters (self->model), 0);
  if (resume)
    {
      if (!rg_optimizer_load (self->optimizer, checkpoint, error))
        return NULL;
      self->stage.model.vision.image_size = rg_model_get_config (self->model)->vision.image_size;
    }

  make_parts (self);

  return g_steal_pointer (&self);
}

void
rg_trainer_free (RgTrainer *self)
{
  if (self == NULL)
    return;

  free_parts (self);
  rg_optimizer_free (self->optimizer);
  rg_model_free (self->model);
  g_free (self->dir);
  g_free (self);
}

RgModel *
rg_trainer_get_model (RgTrainer *self)
{
  return self->model;
}

guint
rg_trainer_get_step (const RgTrainer *self)
{
  return rg_optimizer_get_step (self->optimizer);
}

/* Which part of the scenes is at full difficulty: all of them once the easy beginning is over. */
static double
get_hard (const RgTrainer *self, guint step)
{
  double done = (double) step / self->n_steps;

  return self->recipe.easy > 0 ? MIN (1, done / self->recipe.easy) : 1;
}

/* Draws one more picture for a part of a step. Returns: %FALSE where the part has all of them */
static gboolean
draw (RgTrainer *self, Part *part, guint step)
{
  guint64 first = (guint64) step * self->recipe.batch + (guint64) (part - self->parts) * self->stage.part;

  return rg_batch_draw (part->batch, &self->stage, part->model, first, get_hard (self, step));
}

static gboolean
are_done (RgTrainer *self)
{
  for (guint i = self->n_parts; i-- > 0;)
    if (g_atomic_int_get (&self->parts[i].n_backward) != G_MAXINT)
      return FALSE;

  return TRUE;
}

/* While others are at their last parts, a worker without one draws for the next step, in the batches that it is done with. Behind the
 * last step nobody needs that; it costs nobody time, either. */
static void
draw_ahead (RgTrainer *self, Part *mine, guint step)
{
  for (Part *part = mine; part != NULL; part = part->earlier)
    while (!are_done (self) && draw (self, part, step + 1))
      ;
}

/* Parts are taken in their order, so the one that a part goes backward behind, as both have the same sums, is done or on its way. */
static void
run_worker (gsize task, gpointer data)
{
  RgTrainer *self = data;
  RgPass *pass = self->passes[task];
  guint step = rg_trainer_get_step (self), i;
  Part *mine = NULL;

  while ((i = g_atomic_int_add (&self->next_part, 1)) < self->n_parts)
    {
      Part *part = &self->parts[i];

      while (draw (self, part, step))
        ;
      rg_pass_reset (pass);
      part->losses = rg_objective_forward (pass, part->model, &self->stage, &self->words, part->batch, 1.0 / self->n_parts);
      part->n_nodes = pass->n_nodes;
      rg_pass_backward_behind (pass, i < self->n_sums ? NULL : &self->parts[i - self->n_sums].n_backward, &part->n_backward);
      part->earlier = mine;
      mine = part;
    }

  draw_ahead (self, mine, step);
}

static void
complete_sum (gsize task, gpointer data)
{
  RgTrainer *self = data;

  for (guint i = task; i < self->n_parts; i += self->n_sums)
    rg_parameters_complete_grads (rg_model_get_parameters (self->parts[i].model));
}

/* The derivatives of a batch, as @grads. */
static void
derive (RgTrainer *self, RgLosses *losses)
{
  want_grads (self);
  for (guint i = 0; i < self->n_parts; i++)
    self->parts[i].n_backward = 0;
  self->next_part = 0;

  rg_pool_run (self->pool, self->n_workers, run_worker, self);
  rg_pool_run (self->pool, self->n_sums, complete_sum, self);

  for (guint i = 0; i < self->n_parts; i++)
    {
      g_assert (self->parts[i].n_nodes == self->parts[0].n_nodes);
      rg_losses_add (losses, &self->parts[i].losses);
    }
}

gboolean
rg_trainer_run (RgTrainer *self, guint n_steps, guint every, RgTrainingFunc func, gpointer data, GCancellable *cancellable, GError **error)
{
  guint last = MIN (self->n_steps, rg_trainer_get_step (self) + n_steps);
  RgTrainingStep report = { .n_steps = self->n_steps };
  gint64 start = g_get_monotonic_time ();
  guint steps = 0;

  while (rg_trainer_get_step (self) < last)
    {
      guint step = rg_trainer_get_step (self);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;

      grow (self);
      derive (self, &report.losses);
      report.rate = rg_optimizer_rate (&self->recipe.optimizer, step, self->n_steps);
      report.norm = rg_optimizer_update (self->optimizer, self->pool, self->grads, self->n_sums, report.rate);
      if (!isfinite (report.norm))
        {
          g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("The training came apart at step %u: the derivatives are not numbers any more; a lower learning rate may help"), step);
          return FALSE;
        }

      pack (self);
      steps++;
      step++;
      if (step % every == 0 || step == last)
        {
          report.step = step;
          report.pictures = (guint64) step * self->recipe.batch;
          report.seconds = (g_get_monotonic_time () - start) * 1e-6;
          report.pictures_per_s = steps * self->recipe.batch / report.seconds;
          if (func != NULL)
            func (&report, data);
          report.losses = (RgLosses){ 0 };
          steps = 0;
          start = g_get_monotonic_time ();
        }
    }

  return TRUE;
}

gboolean
rg_trainer_save (RgTrainer *self, GError **error)
{
  g_autofree char *checkpoint = g_build_filename (self->dir, CHECKPOINT, NULL);

  return rg_model_save (self->model, self->dir, error) && rg_optimizer_save (self->optimizer, checkpoint, error);
}
