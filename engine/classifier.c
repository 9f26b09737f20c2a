/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/classifier.h"

#include <glib/gi18n.h>
#include <math.h>

#include "engine/error.h"
#include "engine/families/resnet.h"

struct _RgClassifier
{
  RgResNet *model;
  RgPreprocessConfig preprocess;
  RgPool *pool; /* borrowed, nullable */
  RgPass *pass;
  RgTensor *cells;   /* of the pass */
  RgPatchGrid *grid; /* nullable */
  RgLabel *labels;   /* likeliest first */
};

static gboolean
load (RgClassifier *self, const char *path, GCancellable *cancellable, GError **error)
{
  self->model = rg_resnet_load (path, cancellable, error);
  if (self->model == NULL)
    return FALSE;
  if (rg_resnet_get_n_labels (self->model) == 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("%s: this file has no classifier: the model makes vectors of pictures, but knows no labels"), path);
      return FALSE;
    }

  self->labels = g_new0 (RgLabel, rg_resnet_get_n_labels (self->model));

  return rg_resnet_load_preprocess (path, &self->preprocess, error);
}

RgClassifier *
rg_classifier_load (const char *path, RgPool *pool, GCancellable *cancellable, GError **error)
{
  g_autoptr (RgClassifier) self = g_new0 (RgClassifier, 1);

  self->pool = pool;
  self->pass = rg_pass_new (pool, RG_PRECISION_F32);

  return load (self, path, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

void
rg_classifier_free (RgClassifier *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  g_clear_pointer (&self->model, rg_resnet_free);
  rg_pass_free (self->pass);
  g_free (self->labels);
  g_free (self);
}

static int
compare_labels (gconstpointer a, gconstpointer b)
{
  const RgLabel *first = a, *second = b;

  return first->score != second->score ? (first->score < second->score) - (first->score > second->score) : (int) first->label - (int) second->label;
}

static void
rank (RgClassifier *self, const RgTensor *scores)
{
  guint n = scores->cols;
  double sum = 0;

  for (guint i = 0; i < n; i++)
    self->labels[i] = (RgLabel){ .label = i, .name = rg_resnet_get_label (self->model, i), .score = scores->data[i] };
  qsort (self->labels, n, sizeof *self->labels, compare_labels);
  for (guint i = 0; i < n; i++)
    sum += exp (self->labels[i].score - self->labels[0].score);
  for (guint i = 0; i < n; i++)
    self->labels[i].probability = exp (self->labels[i].score - self->labels[0].score) / sum;
}

/* The map has a value for each cell that there is, the grid is what the preprocessing thinks of the model. */
static gboolean
check_grid (const RgClassifier *self, const RgPixelValues *seen, const RgResidualRun *run, GError **error)
{
  const RgTile *tile = rg_patch_grid_get_tile (seen->grid, 0);

  if (seen->n_views == 1 && tile->rows == run->rows && tile->cols == run->cols)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("pictures of %u × %u pixels do not divide into the %zu × %zu cells of this model"), seen->width, seen->height, run->cols, run->rows);

  return FALSE;
}

gboolean
rg_classifier_see (RgClassifier *self, RgImage *image, GCancellable *cancellable, GError **error)
{
  g_autoptr (RgPixelValues) seen = rg_preprocess (&self->preprocess, image, self->pool, cancellable, error);
  RgResidualRun run = { 0 };

  if (seen == NULL)
    return FALSE;

  run.height = seen->height;
  run.width = seen->width;
  rg_pass_reset (self->pass);
  rg_pass_set_cancellable (self->pass, cancellable);
  self->cells = rg_resnet_see (self->model, self->pass, rg_pass_input (self->pass, run.height * run.width, 3, seen->values), &run);
  rg_pass_set_cancellable (self->pass, NULL);
  if (self->cells == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));
      return FALSE;
    }
  if (!check_grid (self, seen, &run, error))
    return FALSE;

  rank (self, rg_resnet_classify (self->model, self->pass, rg_resnet_pool (self->model, self->pass, self->cells)));
  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  self->grid = rg_patch_grid_ref (seen->grid);

  return TRUE;
}

const RgLabel *
rg_classifier_get_labels (const RgClassifier *self, guint *n)
{
  *n = rg_resnet_get_n_labels (self->model);

  return self->labels;
}

RgPatchGrid *
rg_classifier_get_grid (const RgClassifier *self)
{
  return self->grid;
}

void
rg_classifier_map (const RgClassifier *self, guint label, float *map)
{
  g_assert (self->grid != NULL && label < rg_resnet_get_n_labels (self->model));

  rg_resnet_map (self->model, self->cells, label, map);
}
