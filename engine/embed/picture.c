/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CNNs: they read nothing; a picture's vector is the mean of its cells. */
#include "engine/embed/kind.h"

#include "engine/families/resnet.h"

static gboolean
load (RgEmbedder *self, const char *path, GCancellable *cancellable, GError **error)
{
  self->model = rg_resnet_load (path, cancellable, error);

  return self->model != NULL && rg_resnet_load_preprocess (path, &self->preprocess, error);
}

static void
free_model (gpointer model)
{
  rg_resnet_free (model);
}

static guint
get_width (const RgEmbedder *self)
{
  return rg_resnet_get_width (self->model);
}

static RgTensor *
see (RgEmbedder *self, const RgPixelValues *seen, GError **error)
{
  RgTensor *cells = rg_resnet_see (self->model, self->pass, rg_pass_input (self->pass, (gsize) seen->height * seen->width, 3, seen->values), &(RgResidualRun){ .height = seen->height, .width = seen->width });

  if (cells == NULL)
    {
      _rg_embedder_set_cancelled (error);
      return NULL;
    }

  return rg_resnet_pool (self->model, self->pass, cells);
}

const RgEmbedderKind _rg_embedder_picture = { rg_resnet_claims, load, free_model, get_width, .see = see };
