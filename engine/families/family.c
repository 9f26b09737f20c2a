/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/family.h"

#include <string.h>

static const RgFamily *const families[] = {
  &rg_family_regard,
  &rg_family_blip,
  &rg_family_vit_gpt2,
  &rg_family_idefics3,
  &rg_family_smolvlm,
  &rg_family_llava,
  &rg_family_paligemma,
  &rg_family_qwen2_vl,
  &rg_family_qwen2_5_vl,
  &rg_family_whisper,
};

const RgFamily *
rg_family_find (const char *model_type)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i]->model_type, model_type) == 0)
      return families[i];

  return NULL;
}
