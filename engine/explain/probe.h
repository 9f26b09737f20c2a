/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"
#include "engine/train/batch.h"

/* A probe: a generated scene about which the truth is known, put before a model with questions about two different
 * objects. What a map of an answer's word should show is then known to the pixel, and a map that shows the same
 * whatever was asked is found out.
 *
 * Scenes have two to six objects, so that there is always another to be asked about; where there are two, they are large. The answers
 * are the right ones, read by the model (teacher forcing); a word counts where the model would have said it, and because
 * of the picture. Open models would put it in words of their own: with them the picture has to make the word likelier, and no
 * more is asked (forced-answer.h). */

G_BEGIN_DECLS

/** RG_PROBE_WORDS: the most words of one scene. */
#define RG_PROBE_WORDS 2

/** RG_PROBE_LEAST_DEPENDENCE: nats by which the picture has to make a word likelier. */
#define RG_PROBE_LEAST_DEPENDENCE 1.0

/** RG_PROBE_SIDE: of the scenes of rg_probe_world(), in pixels. */
#define RG_PROBE_SIDE 256

/**
 * RgProbeSight: how an open model looks at a picture.
 * @preprocess: borrowed during rg_probe_init(); what would be cut into tiles with an overview is seen as one view, which is faster, and
 *   the heads are the same
 * @pool: (nullable): threads of the pass
 */
typedef struct
{
  const RgPreprocessConfig *preprocess;
  RgPool *pool;
} RgProbeSight;

/**
 * RgProbeSplit: three sets of scenes without a scene in common, whatever the seed; nor are they those of training and evaluation.
 * @RG_PROBE_CALIBRATION: for rg_calibrate()
 * @RG_PROBE_DEV: for thresholds
 * @RG_PROBE_TEST: for the scores
 */
typedef enum
{
  RG_PROBE_TEST,
  RG_PROBE_DEV,
  RG_PROBE_CALIBRATION,
} RgProbeSplit;

/**
 * RgProbeSize: by the share of the patches that show a part of the object: below 5 %, below 15 %, above.
 */
typedef enum
{
  RG_PROBE_SMALL,
  RG_PROBE_MEDIUM,
  RG_PROBE_LARGE,
  RG_N_PROBE_SIZES
} RgProbeSize;

/** rg_probe_size_get_name: Returns: "small", "medium", "large". */
const char *rg_probe_size_get_name (RgProbeSize self);

/**
 * RgProbeWord: the last word of a right answer about one object.
 * @answer: with this one word
 * @inside: P bytes, 1 for patches that show a part of the object, 0 for others; neither all nor none
 * @coverage: P shares of the patch that show the object
 * @area: share of the patches inside
 * @dependence: see rg_explained_depend()
 */
typedef struct
{
  RgExplained answer;
  guint8 *inside;
  float *coverage;
  double area, dependence;
  RgProbeSize size;
  /*< private >*/
  GArray *ids;
  RgWord word;
} RgProbeWord;

/**
 * RgProbe: for one thread.
 * @pass: its own
 * @pixels: their grid is %NULL with the bundled model, of which each patch is a square of the scene
 * @grid: patches a side, 0 where they form no square
 * @n_asked: questions of the last scene
 * @n_right: of which this many have a right answer whose probability is above one half; of open models, that could be forced
 * @n_words: of which the last word depends on the picture
 * @random: goes on from the scene's, for what else is to be random about it
 */
typedef struct
{
  RgModel *model;
  RgPass *pass;
  RgImageState *image;
  RgPixelValues pixels;
  guint grid, n_patches;
  guint n_asked, n_right, n_words;
  RgProbeWord words[RG_PROBE_WORDS];
  RgRandom random;
  /*< private >*/
  RgRecipe world;
  RgSceneOptions scenes; /* as the world has them */
  RgBatch *batch;
  RgPreprocessConfig preprocess; /* with an RgProbeSight */
  RgPixelValues *seen;           /* nullable: what pixels is then a copy of */
  RgImageState *blank;           /* nullable */
} RgProbe;

/** rg_probe_world: plain scenes for open models, with questions in English. */
void rg_probe_world (RgRecipe *world, const RgModel *model);

/**
 * rg_probe_init:
 * @sight: (nullable): of an open model
 * @world: as for rg_evaluate()
 * @cancellable: (nullable)
 *
 * Returns: %FALSE with %RG_ERROR_SHAPE where the world's pictures have another size, or as rg_preprocess(); nothing is to be cleared then
 */
gboolean rg_probe_init (RgProbe *self, RgModel *model, const RgProbeSight *sight, const RgRecipe *world, GCancellable *cancellable, GError **error);
void rg_probe_clear (RgProbe *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgProbe, rg_probe_clear)

/**
 * rg_probe_draw: the scene of a number; depends on nothing but the arguments. What was there before is gone.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_probe_draw (RgProbe *self, RgProbeSplit split, guint64 seed, guint index, GError **error);

G_END_DECLS
