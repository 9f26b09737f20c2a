/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The one table of kinds of models that Regard knows by name, and what it can do with each. A family that a loader learns
 * gets its uses here; then dialog, command line and drops offer it. */

G_BEGIN_DECLS

/**
 * RgModelUse: flags.
 * @RG_MODEL_USE_NONE: Regard cannot run it
 * @RG_MODEL_USE_ANSWER: it answers questions, in the window and in `regard-cli ask`
 * @RG_MODEL_USE_EMBED: `regard-cli embed` compares pictures, texts, or both by it
 * @RG_MODEL_USE_CLASSIFY: `regard-cli classify` says what is on a picture, of the labels that the model knows
 */
typedef enum
{
  RG_MODEL_USE_NONE = 0,
  RG_MODEL_USE_ANSWER = 1 << 0,
  RG_MODEL_USE_EMBED = 1 << 1,
  RG_MODEL_USE_CLASSIFY = 1 << 2,
} RgModelUse;

/**
 * RgModelSense: what goes in.
 * @RG_MODEL_SENSE_TEXT: text alone
 * @RG_MODEL_SENSE_PICTURE: pictures and text
 * @RG_MODEL_SENSE_PICTURE_ALONE: pictures; nothing is said about them in words of one's choice
 * @RG_MODEL_SENSE_SOUND: sound
 */
typedef enum
{
  RG_MODEL_SENSE_TEXT,
  RG_MODEL_SENSE_PICTURE,
  RG_MODEL_SENSE_PICTURE_ALONE,
  RG_MODEL_SENSE_SOUND,
} RgModelSense;

/**
 * RgFamilyEntry:
 * @model_type: of config.json; or of a GGUF projector, clip.projector_type
 * @title: what people call it
 * @uses: %RG_MODEL_USE_NONE for families that are only known by name
 */
typedef struct
{
  const char *model_type;
  const char *title;
  RgModelSense sense;
  RgModelUse uses;
} RgFamilyEntry;

/** rg_families_find: Returns: (transfer none) (nullable): the entry of a config.json's @model_type. Any thread. */
const RgFamilyEntry *rg_families_find (const char *model_type);

/** rg_families_find_projector: Returns: (transfer none) (nullable): the entry of a GGUF pair with this clip.projector_type. */
const RgFamilyEntry *rg_families_find_projector (const char *projector_type);

G_END_DECLS
