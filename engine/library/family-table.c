/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/library/family-table.h"

static const RgFamilyEntry families[] = {
  { "regard", "Regard", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER | RG_MODEL_USE_EMBED },
  { "clip", "CLIP", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_EMBED },
  { "siglip", "SigLIP", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_EMBED },
  { "blip", "BLIP", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "vision-encoder-decoder", "ViT-GPT2", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "idefics3", "SmolVLM", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "smolvlm", "SmolVLM2", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "llava", "LLaVA", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "nanovlm", "nanoVLM", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "nanovlm-chat", "nanoVLM", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "nanovlm-tiles", "nanoVLM", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "nanovlm-overview", "nanoVLM", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "qwen2_vl", "Qwen2-VL", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "qwen2_5_vl", "Qwen2.5-VL", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "paligemma", "PaliGemma", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "gemma3", "Gemma 3", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "mllama", "Llama 3.2 Vision", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "resnet", "ResNet", RG_MODEL_SENSE_PICTURE_ALONE, RG_MODEL_USE_EMBED | RG_MODEL_USE_CLASSIFY },
  { "vit", "ViT", RG_MODEL_SENSE_PICTURE_ALONE, RG_MODEL_USE_NONE },
  { "whisper", "Whisper", RG_MODEL_SENSE_SOUND, RG_MODEL_USE_ANSWER },
  { "bert", "BERT", RG_MODEL_SENSE_TEXT, RG_MODEL_USE_EMBED },
  { "gemma3_text", "Gemma 3", RG_MODEL_SENSE_TEXT, RG_MODEL_USE_NONE },
  { "gpt2", "GPT-2", RG_MODEL_SENSE_TEXT, RG_MODEL_USE_NONE },
  { "llama", "Llama", RG_MODEL_SENSE_TEXT, RG_MODEL_USE_NONE },
};

/* One entry each: the same family may have no GGUF loader while its folders are read. */
static const RgFamilyEntry projectors[] = {
  { "idefics3", "SmolVLM", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "mlp", "LLaVA", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "qwen2vl_merger", "Qwen2-VL", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "qwen2.5vl_merger", "Qwen2.5-VL", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
  { "gemma3", "Gemma 3", RG_MODEL_SENSE_PICTURE, RG_MODEL_USE_ANSWER },
};

static const RgFamilyEntry *
find (const RgFamilyEntry *entries, gsize n, const char *model_type)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (entries[i].model_type, model_type))
      return entries + i;

  return NULL;
}

const RgFamilyEntry *
rg_families_find (const char *model_type)
{
  return find (families, G_N_ELEMENTS (families), model_type);
}

const RgFamilyEntry *
rg_families_find_projector (const char *projector_type)
{
  return find (projectors, G_N_ELEMENTS (projectors), projector_type);
}
