/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/family.h"

#include <string.h>

static const RgFamily *const families[] = {
  &rg_family_regard,
  &rg_family_blip_vqa,
  &rg_family_blip,
  &rg_family_vit_gpt2,
  &rg_family_idefics3,
  &rg_family_smolvlm,
  &rg_family_llava,
  &rg_family_mllama,
  &rg_family_nano_vlm,
  &rg_family_nano_vlm_chat,
  &rg_family_nano_vlm_tiles,
  &rg_family_nano_vlm_overview,
  &rg_family_paligemma,
  &rg_family_gemma3,
  &rg_family_qwen2_vl,
  &rg_family_qwen2_5_vl,
  &rg_family_whisper,
};

gboolean
rg_family_get_model_type (const RgConfig *file, const char **type, GError **error)
{
  if (rg_config_has (file, "model_type") || !rg_config_has (file, "vit_hidden_dim") || !rg_config_has (file, "lm_hidden_dim"))
    return rg_config_get_string (file, "model_type", RG_CONFIG_REQUIRED, type, error);

  if (rg_config_has (file, "vlm_extra_tokens.global_image_token"))
    *type = RG_FAMILY_NANO_VLM_OVERVIEW;
  else if (rg_config_has (file, "vlm_extra_tokens.r1c1"))
    *type = RG_FAMILY_NANO_VLM_TILES;
  else
    *type = rg_config_has (file, "vlm_extra_tokens.image_token") ? RG_FAMILY_NANO_VLM_CHAT : RG_FAMILY_NANO_VLM;

  return TRUE;
}

const RgFamily *
rg_family_find (const char *model_type, const char *architecture)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i]->model_type, model_type) == 0 &&
        (families[i]->architecture == NULL || g_strcmp0 (families[i]->architecture, architecture) == 0))
      return families[i];

  return NULL;
}
