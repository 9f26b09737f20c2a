/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/encoder/preprocess.h"
#include "engine/encoder/residual-network.h"

/* ResNet, as Hugging Face's files keep it ("model_type": "resnet"): a residual network, the mean of its cells, and, where the
 * file has a classifier, a linear map of that mean to a score for each label. Because mean and map are linear, every cell has
 * its part in a label's score: the class activation map (Zhou et al., “Learning deep features for discriminative localization”,
 * 2016) is no estimate, its cells add up to the score. */

G_BEGIN_DECLS

/** RgResNet: a loaded model; immutable, for any thread, each with a pass of its own. */
typedef struct _RgResNet RgResNet;

/** rg_resnet_claims: Returns: whether the config.json in the folder @dir is of such a model; %FALSE also without one. */
gboolean rg_resnet_claims (const char *dir);

/**
 * rg_resnet_load:
 * @dir: a folder with config.json and weights
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_UNSUPPORTED where it is no model of this kind, another %RG_ERROR or
 *   a file error that names the file
 */
RgResNet *rg_resnet_load (const char *dir, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_resnet_free (RgResNet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgResNet, rg_resnet_free)

/**
 * rg_resnet_load_preprocess: how a picture becomes what rg_resnet_see() reads
 * @dir: the model's folder
 *
 * Returns: %FALSE with %RG_ERROR_UNSUPPORTED where its files make anything but square pictures, or as rg_preprocess_config_load()
 */
gboolean rg_resnet_load_preprocess (const char *dir, RgPreprocessConfig *preprocess, GError **error);

const RgResidualConfig *rg_resnet_get_config (const RgResNet *self);

/** rg_resnet_get_width: Returns: D, of the cells. */
guint rg_resnet_get_width (const RgResNet *self);

/** rg_resnet_get_n_labels: Returns: 0 where the file has no classifier. */
guint rg_resnet_get_n_labels (const RgResNet *self);

/** rg_resnet_get_label: Returns: (transfer none): the name of a label, as config.json has it. */
const char *rg_resnet_get_label (const RgResNet *self, guint label);

/** rg_resnet_see: as rg_residual_network_forward(). Returns: (transfer none) (nullable): (rows · cols) × D. */
RgTensor *rg_resnet_see (RgResNet *self, RgPass *pass, RgTensor *pixels, RgResidualRun *run);

/** rg_resnet_pool: Returns: (transfer none): 1 × D, the mean of the cells. */
RgTensor *rg_resnet_pool (RgResNet *self, RgPass *pass, RgTensor *cells);

/** rg_resnet_classify: @pooled: 1 × D. Returns: (transfer none): 1 × labels scores, of which the softmax is taken. */
RgTensor *rg_resnet_classify (RgResNet *self, RgPass *pass, RgTensor *pooled);

/**
 * rg_resnet_map: the class activation map
 * @cells: N × D
 * @map: (out caller-allocates): N values, whose sum is the label's score less its bias
 */
void rg_resnet_map (RgResNet *self, const RgTensor *cells, guint label, float *map);

G_END_DECLS
