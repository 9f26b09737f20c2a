/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/formats/stored-tensor.h"
#include "engine/library/model-description.h"

/* For the files that fill a description: describe-folder.c and describe-gguf.c. Each keeps what goes wrong as the
 * description's reason; only cancelling is an error. */

G_BEGIN_DECLS

/** RgWeightCount: what the tensors of a model add up to. */
typedef struct
{
  guint64 n[RG_N_DTYPES];
  guint64 vision_parameters, text_parameters, text_bytes;
} RgWeightCount;

void rg_weight_count_add (RgWeightCount *self, const RgStoredTensor *tensor, gboolean vision);

/** _rg_description_count: takes over the sums, and names the commonest type. */
void _rg_description_count (RgModelDescription *self, const RgWeightCount *count);

/** _rg_description_refuse: sets the reason, unless there is an earlier one; @reason: (transfer full). */
void _rg_description_refuse (RgModelDescription *self, char *reason);

/** _rg_description_judge: family, uses and reason from the table; @entry: (nullable): of a type that the table has. */
void _rg_description_judge (RgModelDescription *self, const RgFamilyEntry *entry, RgModelSense sense);

void _rg_describe_folder (RgModelDescription *self, const char *folder);
void _rg_describe_gguf (RgModelDescription *self, const char *path, const char *projector, GCancellable *cancellable);

/** _rg_gguf_list: Returns: (transfer full): paths of the GGUF files in @folder, sorted, at most 256. */
GPtrArray *_rg_gguf_list (const char *folder);

G_END_DECLS
