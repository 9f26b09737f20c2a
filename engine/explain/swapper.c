/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/swapper.h"

#include "engine/altered-image.h"

/* Seen, scored, answered. */
#define STEPS 3

/* Of the noise: any number does, as long as it stays the same. */
#define SEED 0

typedef struct
{
  const RgSwapRun *run;
  RgJob *job;
  GArray *prompt; /* of guint32: the conversation up to the answer */
  guint done, n_pictures;
  RgSwapped pictures[RG_N_PICTURE_KINDS];
  double *logprobs; /* n_pictures × n_words */
} Swap;

static void
swap_clear (Swap *self)
{
  for (guint i = 0; i < RG_N_PICTURE_KINDS; i++)
    {
      g_clear_pointer (&self->pictures[i].view, rg_image_unref);
      g_clear_pointer (&self->pictures[i].answer, g_free);
    }
  g_clear_pointer (&self->prompt, g_array_unref);
  g_clear_pointer (&self->logprobs, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Swap, swap_clear)

static void
note_step (Swap *self)
{
  rg_job_report_progress (self->job, RG_STAGE_EXPLAIN, ++self->done / (double) (STEPS * self->n_pictures));
}

/* @kind: one that is a picture at all. Returns: (transfer full) (nullable): %NULL with %G_IO_ERROR_CANCELLED */
static RgImage *
make_picture (const Swap *self, RgPictureKind kind, GError **error)
{
  const RgSwapRun *run = self->run;
  GCancellable *cancellable = rg_job_get_cancellable (self->job);

  switch (kind)
    {
    case RG_PICTURE_OTHER:
      return rg_image_ref (run->other);
    case RG_PICTURE_MIRRORED:
      return rg_image_new_mirrored (run->picture, cancellable, error);
    case RG_PICTURE_NOISE:
      return rg_image_new_noise (run->picture, MAX (rg_image_get_width (run->view), rg_image_get_height (run->view)), SEED);
    case RG_PICTURE_GRAY:
      return rg_image_new_gray (run->picture, cancellable, error);
    case RG_PICTURE_OWN:
      return rg_image_ref (run->picture);
    case RG_PICTURE_NONE:
    case RG_N_PICTURE_KINDS:
    default:
      g_assert_not_reached ();
    }
}

/* A view of one colour, that of 0 to the encoder. */
static RgImage *
make_blank_view (const RgSwapRun *run)
{
  gsize n = (gsize) rg_image_get_width (run->view) * rg_image_get_height (run->view);
  guint8 *pixels = g_malloc (3 * n);
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, 3 * n);

  for (gsize i = 0; i < 3 * n; i++)
    pixels[i] = CLAMP (run->preprocess->mean[i % 3] / run->preprocess->scale + 0.5, 0, 255);

  return rg_image_new (rg_image_get_width (run->view), rg_image_get_height (run->view), bytes);
}

/* Of the views of a picture the one that shows most of it. */
static RgImage *
find_overview (const RgPatchGrid *grid)
{
  const RgTile *best = rg_patch_grid_get_tile (grid, 0);

  for (guint i = 1; i < rg_patch_grid_get_n_tiles (grid); i++)
    {
      const RgTile *tile = rg_patch_grid_get_tile (grid, i);

      if (tile->source.width * tile->source.height >= best->source.width * best->source.height)
        best = tile;
    }

  return best->view;
}

/* What the encoder makes of a picture. @view: (out): what it gets. */
static RgImageState *
see_picture (const Swap *self, RgPictureKind kind, RgImage **view, GError **error)
{
  const RgSwapRun *run = self->run;
  g_autoptr (RgImage) picture = make_picture (self, kind, error);
  g_autoptr (RgPixelValues) pixels = NULL;

  if (picture == NULL)
    return NULL;

  pixels = rg_preprocess (run->preprocess, picture, run->pool, rg_job_get_cancellable (self->job), error);
  if (pixels == NULL)
    return NULL;

  *view = rg_image_ref (find_overview (pixels->grid));

  return rg_model_see (run->answer->model, run->answer->pass, pixels, NULL, NULL, error);
}

/* Returns: (transfer full) (nullable): a session in which nothing was asked. */
static RgSession *
see (const Swap *self, RgPictureKind kind, RgImage **view, GError **error)
{
  const RgExplained *answer = self->run->answer;
  RgImageState *state;

  if (kind == RG_PICTURE_NONE)
    {
      *view = make_blank_view (self->run);
      state = rg_explained_see_blank (answer, error);
    }
  else
    {
      state = see_picture (self, kind, view, error);
    }

  return state != NULL ? rg_session_new (answer->model, state) : NULL;
}

/* Takes the next place. */
static gboolean
try_picture (Swap *self, guint place, RgPictureKind kind, GError **error)
{
  const RgSwapRun *run = self->run;
  RgSwapped *swapped = &self->pictures[place];
  g_autoptr (RgSession) made = NULL;
  RgSession *session = run->session;

  swapped->kind = kind;
  if (kind == RG_PICTURE_OWN)
    swapped->view = rg_image_ref (run->view);
  else
    session = made = see (self, kind, &swapped->view, error);
  if (session == NULL)
    return FALSE;
  note_step (self);

  if (!rg_explained_score (run->answer, rg_session_get_image (session), self->logprobs + (gsize) place * run->answer->n_words, error))
    return FALSE;
  note_step (self);

  swapped->answer = rg_session_write (session, run->answer->pass, self->prompt, run->max_tokens, error);
  if (swapped->answer == NULL)
    return FALSE;
  note_step (self);

  return TRUE;
}

gboolean
rg_swap_run (const RgSwapRun *run, RgJob *job, GError **error)
{
  guint n_pictures = run->other != NULL ? RG_N_PICTURE_KINDS : RG_N_PICTURE_KINDS - 1;
  const RgExplained *answer = run->answer;
  g_auto (Swap) self = { .run = run, .job = job, .n_pictures = n_pictures };
  g_autoptr (RgSwap) swap = NULL;

  self.prompt = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_array_append_vals (self.prompt, answer->ids, answer->first);
  self.logprobs = g_new (double, (gsize) n_pictures * answer->n_words);

  rg_job_report_progress (job, RG_STAGE_EXPLAIN, 0);
  for (guint i = 0; i < n_pictures; i++)
    if (!try_picture (&self, i, (RgPictureKind) i, error))
      return FALSE;

  swap = rg_swap_new (self.pictures, n_pictures, answer->words, answer->n_words, self.logprobs);
  rg_job_report_result (job, RG_TYPE_SWAP, swap);

  return TRUE;
}
