/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/worker.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/decoder/prompt.h"
#include "engine/decoder/session.h"
#include "engine/explain/explainer.h"
#include "engine/families/family.h"
#include "engine/explain/swapper.h"
#include "engine/formats/fingerprint.h"
#include "engine/library/model-description.h"
#include "engine/model-folder.h"
#include "engine/train/training.h"

/* Pictures whose encoding is kept: the one on the screen and the one before, for a look back and forth. */
#define N_KEPT 2

typedef struct
{
  RgImage *image;
  RgPixelValues *pixels; /* what explanations hide parts of */
  RgSession *session;
} Seen;

struct _RgWorker
{
  RgPool *pool;
  RgPass *pass;
  RgModel *model;
  RgPreprocessConfig preprocess;
  RgCalibration calibration;
  Seen seen[N_KEPT]; /* newest first; image is NULL where empty */
  guint n_encoded;
};

static void
seen_clear (Seen *seen)
{
  g_clear_pointer (&seen->session, rg_session_free);
  g_clear_pointer (&seen->pixels, rg_pixel_values_free);
  g_clear_pointer (&seen->image, rg_image_unref);
}

static void
forget_pictures (RgWorker *self)
{
  for (guint i = 0; i < N_KEPT; i++)
    seen_clear (&self->seen[i]);
}

RgWorker *
rg_worker_new (guint n_threads)
{
  RgWorker *self = g_new0 (RgWorker, 1);

  self->pool = rg_pool_new (n_threads);
  self->pass = rg_pass_new (self->pool, RG_PRECISION_F32);

  return self;
}

void
rg_worker_free (RgWorker *self)
{
  if (self == NULL)
    return;

  forget_pictures (self);
  rg_pass_free (self->pass);
  rg_model_free (self->model);
  rg_pool_free (self->pool);
  g_free (self);
}

guint
rg_worker_get_n_encoded (const RgWorker *self)
{
  return self->n_encoded;
}

guint64
rg_worker_get_n_read (const RgWorker *self,
                      RgImage *image)
{
  for (guint i = 0; i < N_KEPT; i++)
    if (self->seen[i].image == image)
      return rg_session_get_n_read (self->seen[i].session);

  return 0;
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

static RgModelInfo *
info_new (RgModel *model,
          const char *path,
          guint64 file_bytes,
          char *fingerprint)
{
  const RgModelConfig *config = rg_model_get_config (model);
  RgModelInfo *info = g_new0 (RgModelInfo, 1);

  info->name = rg_model_path_dup_name (path, config->family->name);
  info->family = g_strdup (config->family->name);
  info->describes = config->family->conversation == RG_CONVERSATION_CAPTION || config->family->conversation == RG_CONVERSATION_TRANSCRIPT;
  info->through_question = config->question_encoder.n_layers > 0;
  info->listens = config->vision.n_bands > 0;
  info->path = g_strdup (path);
  info->fingerprint = fingerprint;
  info->n_parameters = rg_parameters_count (rg_model_get_parameters (model));
  info->file_bytes = file_bytes;
  info->n_layers = rg_text_config_count_looks (&config->text);
  info->n_heads = config->text.block.n_heads;
  info->image_size = config->vision.image_size;
  info->vocabulary_size = config->text.vocabulary_size;

  return info;
}

/* Weights are read, and beside that their fingerprint is taken: how much of each, in thousandths. */
typedef struct
{
  RgJob *job;
  gint read, digested; /* atomic */
} Loading;

static void
report_loading (Loading *self)
{
  rg_job_report_progress (self->job, RG_STAGE_LOAD, (g_atomic_int_get (&self->read) + g_atomic_int_get (&self->digested)) / 2000.0);
}

static void
note_read (double fraction, gpointer data)
{
  Loading *self = data;

  g_atomic_int_set (&self->read, (gint) (999 * fraction));
  report_loading (self);
}

static void
note_digested (double fraction, gpointer data)
{
  Loading *self = data;

  g_atomic_int_set (&self->digested, (gint) (999 * fraction));
  report_loading (self);
}

RgModelInfo *
rg_worker_load (RgWorker *self,
                const char *path,
                const char *projector,
                RgJob *job,
                GError **error)
{
  GCancellable *cancellable = rg_job_get_cancellable (job);
  g_autofree char *weights_path = rg_model_folder_dup_weights_path (path);
  Loading loading = { .job = job };
  const RgLoadWatch watch = { cancellable, note_read, &loading };
  g_autoptr (RgFingerprint) fingerprint = NULL;
  g_autoptr (RgModel) model = NULL;
  RgPreprocessConfig preprocess;
  RgCalibration calibration;
  RgModelInfo *info;
  guint64 file_bytes;
  char *digest;

  rg_job_report_progress (job, RG_STAGE_LOAD, 0);
  fingerprint = rg_fingerprint_start (weights_path, cancellable, note_digested, &loading);
  model = rg_model_folder_load (path, projector, &preprocess, &watch, error);
  if (model == NULL || !rg_calibration_read (&calibration, &rg_model_get_config (model)->text, path, error))
    return NULL;

  digest = rg_fingerprint_finish (fingerprint, &file_bytes, error);
  if (digest == NULL)
    return NULL;

  /* What was computed for pictures belongs to the old model, and goes before it. */
  forget_pictures (self);
  rg_model_free (self->model);
  self->model = g_steal_pointer (&model);
  self->pass->precision = rg_model_get_precision (self->model, FALSE);
  self->preprocess = preprocess;
  self->calibration = calibration;
  rg_job_report_progress (job, RG_STAGE_LOAD, 1);

  info = info_new (self->model, path, file_bytes, digest);
  info->calibrated = calibration.n_heads > 0;

  return info;
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

static gboolean
check_model (RgWorker *self,
             GError **error)
{
  if (self->model == NULL)
    g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("There is no model yet. Please open one first."));

  return self->model != NULL;
}

static gboolean
report_layer (double fraction,
              gpointer data)
{
  RgJob *job = data;

  rg_job_report_progress (job, RG_STAGE_ENCODE, fraction);

  return !g_cancellable_is_cancelled (rg_job_get_cancellable (job));
}

/* The picture's session becomes the newest, the oldest one makes room. */
static const Seen *
keep (RgWorker *self,
      Seen seen)
{
  seen_clear (&self->seen[N_KEPT - 1]);
  memmove (&self->seen[1], &self->seen[0], sizeof (Seen) * (N_KEPT - 1));
  self->seen[0] = seen;

  return &self->seen[0];
}

static const Seen *
find_kept (RgWorker *self,
           RgImage *image,
           RgJob *job)
{
  for (guint i = 0; i < N_KEPT; i++)
    if (self->seen[i].image == image)
      {
        Seen seen = self->seen[i];

        memmove (&self->seen[1], &self->seen[0], sizeof (Seen) * i);
        self->seen[0] = seen;
        rg_job_report_patch_grid (job, seen.pixels->grid);

        return &self->seen[0];
      }

  return NULL;
}

/* What is kept of @image, which belongs to the worker. The pass has the job's cancellable. */
static const Seen *
see (RgWorker *self,
     RgImage *image,
     RgJob *job,
     GError **error)
{
  GCancellable *cancellable = rg_job_get_cancellable (job);
  const Seen *kept = find_kept (self, image, job);
  g_autoptr (RgPixelValues) pixels = NULL;
  RgImageState *state;

  if (kept != NULL)
    return kept;

  rg_job_report_progress (job, RG_STAGE_PREPROCESS, 0);
  pixels = rg_preprocess (&self->preprocess, image, self->pool, cancellable, error);
  if (pixels == NULL)
    return NULL;
  rg_job_report_patch_grid (job, pixels->grid);

  rg_job_report_progress (job, RG_STAGE_ENCODE, 0);
  state = rg_model_see (self->model, self->pass, pixels, report_layer, job, error);
  if (state == NULL)
    return NULL;
  rg_job_report_progress (job, RG_STAGE_PROJECT, 1);
  self->n_encoded++;

  return keep (self, (Seen){ rg_image_ref (image), g_steal_pointer (&pixels), rg_session_new (self->model, state) });
}

gboolean
rg_worker_see (RgWorker *self,
               RgImage *image,
               RgJob *job,
               GError **error)
{
  gboolean seen;

  if (!check_model (self, error))
    return FALSE;

  rg_pass_set_cancellable (self->pass, rg_job_get_cancellable (job));
  seen = see (self, image, job, error) != NULL;
  rg_pass_set_cancellable (self->pass, NULL);

  return seen;
}

/* --- questions ---------------------------------------------------------------------------------------------------- */

static gboolean
check_sampling (const RgSampling *sampling,
                GError **error)
{
  if (isfinite (sampling->temperature) && sampling->temperature >= 0 && sampling->top_p >= 0 && sampling->top_p <= 1)
    return TRUE;

  g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("The temperature must be 0 or more, and top-p between 0 and 1."));

  return FALSE;
}

gboolean
rg_worker_ask (RgWorker *self,
               RgImage *image,
               const RgTurn *turns,
               guint n_turns,
               const char *question,
               const char *given,
               const RgSampling *sampling,
               RgJob *job,
               GError **error)
{
  g_autoptr (GArray) prompt = NULL;
  const Seen *seen;
  gboolean answered;

  if (!check_model (self, error) || !check_sampling (sampling, error))
    return FALSE;

  /* A question that cannot be asked is refused before the picture is looked at. */
  prompt = rg_prompt_new (self->model, NULL, turns, n_turns, question, sampling->max_tokens, error);
  if (prompt == NULL)
    return FALSE;

  rg_pass_set_cancellable (self->pass, rg_job_get_cancellable (job));
  seen = see (self, image, job, error);
  if (seen != NULL)
    {
      g_array_unref (prompt);
      prompt = rg_prompt_new (self->model, rg_session_get_image (seen->session), turns, n_turns, question, sampling->max_tokens, error);
    }
  answered = seen != NULL && prompt != NULL && rg_session_answer (seen->session, self->pass, prompt, given, sampling, job, error);
  rg_pass_set_cancellable (self->pass, NULL);

  return answered;
}

/* --- explanations ------------------------------------------------------------------------------------------------- */

static gboolean
refuse_answer (GError **error)
{
  g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, _ ("This answer was given by another model."));

  return FALSE;
}

/* The conversation as it was read, the answer's tokens at its end; NULL where the model in use cannot have said that. */
static GArray *
join_ids (RgWorker *self,
          const RgImageState *image,
          const RgReadAnswer *answer,
          guint *first,
          GError **error)
{
  const RgTextConfig *text = &rg_model_get_config (self->model)->text;
  g_autoptr (GArray) ids = rg_prompt_new (self->model, image, answer->turns, answer->n_turns, answer->question, answer->max_tokens, error);
  gboolean fits;

  if (ids == NULL)
    return NULL;

  *first = ids->len;
  g_array_append_vals (ids, answer->ids->data, answer->ids->len);
  fits = rg_image_state_get_n_positions (image) + ids->len <= text->max_positions + 1;
  for (guint i = 0; i < answer->ids->len; i++)
    fits = fits && g_array_index (answer->ids, guint32, i) < text->vocabulary_size;
  if (!fits)
    {
      refuse_answer (error);
      return NULL;
    }

  return g_steal_pointer (&ids);
}

/* @seen: of the answer's picture. Everything is borrowed. */
static RgExplained
get_explained (RgWorker *self,
               const RgReadAnswer *answer,
               const Seen *seen,
               GArray *ids,
               guint first)
{
  return (RgExplained){
    .calibration = &self->calibration,
    .model = self->model,
    .pass = self->pass,
    .image = rg_session_get_image (seen->session),
    .pixels = seen->pixels,
    .ids = (const guint32 *) ids->data,
    .n_ids = ids->len,
    .first = first,
    .words = (const RgWord *) answer->words->data,
    .n_words = answer->words->len,
  };
}

/* What is to be found out about an answer; @data is the caller's. The pass has the job's cancellable. */
typedef gboolean (*FindFunc) (RgWorker *self, const RgExplained *explained, const Seen *seen, gpointer data, RgJob *job, GError **error);

static gboolean
find (RgWorker *self,
      const RgReadAnswer *answer,
      FindFunc func,
      gpointer data,
      RgJob *job,
      GError **error)
{
  g_autoptr (GArray) ids = NULL;
  gboolean found = FALSE;
  const Seen *seen;
  guint first;

  if (!check_model (self, error))
    return FALSE;

  rg_pass_set_cancellable (self->pass, rg_job_get_cancellable (job));
  seen = see (self, answer->image, job, error);
  ids = seen != NULL ? join_ids (self, rg_session_get_image (seen->session), answer, &first, error) : NULL;
  if (ids != NULL)
    {
      RgExplained explained = get_explained (self, answer, seen, ids, first);

      /* Differences between runs are to come from what was changed, not from rounding. */
      self->pass->precision = rg_model_get_precision (self->model, TRUE);
      found = func (self, &explained, seen, data, job, error);
      self->pass->precision = rg_model_get_precision (self->model, FALSE);
    }
  rg_pass_set_cancellable (self->pass, NULL);

  return found;
}

static gboolean
is_of_answer (const RgExplanation *known,
              const RgExplained *explained,
              const Seen *seen)
{
  return known == NULL || (rg_explanation_get_n_words (known) == explained->n_words &&
                           rg_patch_grid_get_n_patches (rg_explanation_get_grid (known)) == rg_patch_grid_get_n_patches (seen->pixels->grid));
}

static gboolean
explain (RgWorker *self,
         const RgExplained *explained,
         const Seen *seen,
         gpointer data,
         RgJob *job,
         GError **error)
{
  const RgExplainOptions *options = data;

  if (!is_of_answer (options->known, explained, seen))
    return refuse_answer (error);

  return rg_explainer_run (explained, seen->pixels->grid, options, job, error);
}

gboolean
rg_worker_explain (RgWorker *self,
                   const RgReadAnswer *answer,
                   const RgExplainOptions *options,
                   RgJob *job,
                   GError **error)
{
  return find (self, answer, explain, (gpointer) options, job, error);
}

static gboolean
swap (RgWorker *self,
      const RgExplained *explained,
      const Seen *seen,
      gpointer data,
      RgJob *job,
      GError **error)
{
  RgSwapRun run = *(RgSwapRun *) data;
  RgPatchGrid *grid = seen->pixels->grid;

  if (rg_image_get_sound (seen->image) != NULL)
    {
      g_set_error_literal (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("An answer can be tried on other pictures only where it was about a picture."));
      return FALSE;
    }

  run.answer = explained;
  run.session = seen->session;
  run.picture = seen->image;
  run.view = rg_patch_grid_get_tile (grid, rg_patch_grid_get_n_tiles (grid) - 1)->view;
  run.preprocess = &self->preprocess;
  run.pool = self->pool;

  return rg_swap_run (&run, job, error);
}

gboolean
rg_worker_swap (RgWorker *self,
                const RgReadAnswer *answer,
                RgImage *other,
                RgJob *job,
                GError **error)
{
  RgSwapRun run = { .other = other, .max_tokens = answer->max_tokens };

  return find (self, answer, swap, &run, job, error);
}

gboolean
rg_worker_train (RgWorker *self,
                 const char *recipe,
                 const char *out,
                 RgJob *job,
                 GError **error)
{
  return rg_training_run (recipe, out, self->pool, job, error);
}
