/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/decoder/decoder.h"

/* Which heads' attention makes the map of where a model looked. Of a model's heads few follow the object that is spoken of; the
 * mean of all is dim and blurred (Kang et al., “Your Large Vision-Language Model Only Needs A Few Attention Heads For Visual
 * Grounding”, 2025). Which ones it are is a property of the model, not of a picture: chosen once, on scenes whose truth is
 * known (calibrate.h), and kept beside the weights in a file:
 *
 *   {
 *     "layers": [1, 2], "heads": [0, 0], "weights": [0.5, 0.5],    the heads and their parts
 *     "floor": 0.5,            how much of the map's mean value is taken off
 *     "value_norm": false,     whether attention is times the length of what it brings
 *     "lone_peaks": true,      whether lone peaks are taken out
 *     "smooth": true           whether neighbours share
 *   } */

G_BEGIN_DECLS

/** RG_CALIBRATION_FILE: its name in a model's folder; of a GGUF file the end of it, see rg_calibration_dup_path(). */
#define RG_CALIBRATION_FILE "attention.json"

/** RG_CALIBRATION_HEADS: the most heads that may be chosen. */
#define RG_CALIBRATION_HEADS 64

/** RgHeadWeight: a part of the map; the parts sum to 1. */
typedef struct
{
  guint layer, head;
  double weight;
} RgHeadWeight;

/**
 * RgCalibration:
 * @n_heads: of @heads; 0 for the mean of all
 * @floor: what is given everywhere is no answer to any question: so many times the map's mean is taken off in the end, and
 *   what is then below 0 becomes 0
 * @value_norm: whether a patch's attention is times the length of what the head writes for it, |W_O v|, relative to the
 *   patches' mean (Kobayashi et al., “Attention is Not Only a Weight”, 2020): attention to a patch that brings nothing counts as nothing
 * @lone_peaks: whether a value ten times as large as each of its eight neighbours becomes their mean: attention that a model
 *   parks on one patch (a sink; Kang et al., “See What You Are Told”, 2025)
 * @smooth: whether each value becomes the mean of itself and its neighbours, with weights 1 2 1 across and down: an encoder
 *   has mixed neighbouring patches, so that who looks at one reads of the others, too
 */
typedef struct
{
  RgHeadWeight heads[RG_CALIBRATION_HEADS];
  guint n_heads;
  double floor;
  gboolean value_norm, lone_peaks, smooth;
} RgCalibration;

/**
 * rg_calibration_dup_path:
 * @model: a model's folder, or a file with its weights
 *
 * Returns: (transfer full): attention.json in the folder; NAME.attention.json beside NAME.gguf
 */
char *rg_calibration_dup_path (const char *model) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_calibration_read:
 * @model: its path, as for rg_calibration_dup_path()
 * @config: the model's
 *
 * Where there is no file, @self becomes the mean of all heads, nothing taken off. Returns: %FALSE with %RG_ERROR_FORMAT, also
 *   for heads that the model does not have, %RG_ERROR_LIMIT or a %G_FILE_ERROR
 */
gboolean rg_calibration_read (RgCalibration *self, const RgTextConfig *config, const char *model, GError **error);

/** rg_calibration_parse: as rg_calibration_read() on @text of @length bytes. */
gboolean rg_calibration_parse (RgCalibration *self, const RgTextConfig *config, const char *text, gsize length, GError **error);

/** rg_calibration_write: writes the file in one step. Returns: %FALSE with a %G_FILE_ERROR */
gboolean rg_calibration_write (const RgCalibration *self, const char *model, GError **error);

G_END_DECLS
