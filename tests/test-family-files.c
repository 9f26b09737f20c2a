/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/decoder/text-positions.h"
#include "engine/error.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/weights.h"
#include "engine/model.h"
#include "tests/fixture.h"
#include "tests/refused.h"

/* What the files of open models may say, and what is refused. */

/* As today's programs name them: "language_model.model.layers…" is "model.language_model.layers…", as is Qwen2-VL's "model.layers…",
 * and so on. */
static char *
rename_part (const char *name)
{
  if (g_str_has_prefix (name, "language_model.lm_head."))
    return g_strdup (name + strlen ("language_model."));
  if (g_str_has_prefix (name, "language_model.model."))
    return g_strconcat ("model.language_model.", name + strlen ("language_model.model."), NULL);
  if (g_str_has_prefix (name, "model."))
    return g_strconcat ("model.language_model.", name + strlen ("model."), NULL);
  if (g_str_has_prefix (name, "lm_head."))
    return g_strdup (name);

  return g_strconcat ("model.", name, NULL);
}

static void
write_renamed (const char *from, const char *to)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) weights = rg_weights_open (from, &error);
  guint n = weights != NULL ? rg_weights_get_n_tensors (weights) : 0;
  g_autofree RgStoredTensor *stored = g_new (RgStoredTensor, n);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    {
      stored[i] = *rg_weights_get (weights, i);
      g_ptr_array_add (names, rename_part (stored[i].name));
      stored[i].name = g_ptr_array_index (names, i);
    }
  g_assert_true (rg_safetensors_write (to, stored, n, NULL, &error));
}

/* Files of both generations of names give the same model. */
static void
test_names (gconstpointer fixture)
{
  static const char *const files[] = { "config.json", "tokenizer.json", "generation_config.json" };
  g_autofree char *dir = fixture_path (fixture), *copy = g_dir_make_tmp ("regard-names-XXXXXX", NULL);
  g_autofree char *from = g_build_filename (dir != NULL ? dir : "", "model.safetensors", NULL), *to = g_build_filename (copy, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgModel) model = NULL, renamed = NULL;

  if (dir != NULL)
    {
      write_renamed (from, to);
      for (guint i = 0; i < G_N_ELEMENTS (files); i++)
        {
          g_autofree char *target = g_build_filename (dir, files[i], NULL), *link = g_build_filename (copy, files[i], NULL);

          g_assert_cmpint (symlink (target, link), ==, 0);
        }
      model = rg_model_load (dir, TRUE, NULL, &error);
      g_assert_no_error (error);
      renamed = rg_model_load (copy, TRUE, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (rg_parameters_get_values (rg_model_get_parameters (model)), rg_parameters_count (rg_model_get_parameters (model)) * sizeof (float),
                       rg_parameters_get_values (rg_model_get_parameters (renamed)), rg_parameters_count (rg_model_get_parameters (renamed)) * sizeof (float));
      for (guint i = 0; i < G_N_ELEMENTS (files); i++)
        {
          g_autofree char *link = g_build_filename (copy, files[i], NULL);

          g_remove (link);
        }
      g_remove (to);
    }
  g_assert_cmpint (g_rmdir (copy), ==, 0);
}

static gboolean
load (const char *dir, GError **error)
{
  RgModelConfig config;

  return rg_model_config_read (&config, dir, error);
}

/* A picture of 3 × 2 tokens takes three positions. */
static void
test_positions (void)
{
  static const guint32 ids[] = { 5, 9, 9, 9, 9, 9, 9, 5, 9 };
  static const guint32 expected[] = { 0, 0, 0, 1, 1, 1, 1, 1, 2, 1, 2, 1, 1, 2, 2, 1, 3, 1, 1, 3, 2, 4, 4, 4, 5, 5, 5 };
  const RgPixelValues pixels = { .n_views = 1, .width = 16, .height = 24 };
  RgModelConfig config = { .vision.patch_size = 4, .projector.merge_size = 2, .image_token = 9 };
  g_autofree guint32 *positions = NULL;
  guint next;

  g_assert_null (rg_text_positions_new (&config, &pixels, ids, 9, &next));
  g_assert_cmpuint (next, ==, 9);
  config.text.block.rotary_sections[0] = 2;
  positions = rg_text_positions_new (&config, &pixels, ids, 9, &next);
  g_assert_cmpmem (positions, sizeof expected, expected, sizeof expected);
  g_assert_cmpuint (next, ==, 6);
}

/* @text: of a config.json */
static RgModelConfig
read_text (const char *text)
{
  g_autofree char *dir = g_dir_make_tmp ("regard-config-XXXXXX", NULL), *path = g_build_filename (dir, "config.json", NULL);
  g_autoptr (GError) error = NULL;
  RgModelConfig config;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  rg_model_config_read (&config, dir, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);

  return config;
}

/* What the files of released models say, where no fixture does. */
static void
test_windowed (void)
{
  static const char text[] =
      "{\"model_type\": \"qwen2_5_vl\", \"hidden_size\": 2048, \"intermediate_size\": 11008, \"num_hidden_layers\": 36, \"num_attention_heads\": 16,"
      " \"num_key_value_heads\": 2, \"vocab_size\": 151936, \"max_position_embeddings\": 128000, \"rms_norm_eps\": 1e-06, \"rope_theta\": 1000000.0,"
      " \"rope_scaling\": {\"type\": \"mrope\", \"mrope_section\": [16, 24, 24]}, \"use_sliding_window\": false, \"image_token_id\": 151655,"
      " \"vision_config\": {\"depth\": 32, \"hidden_act\": \"silu\", \"hidden_size\": 1280, \"intermediate_size\": 3420, \"num_heads\": 16, \"out_hidden_size\": 2048,"
      " \"patch_size\": 14, \"spatial_merge_size\": 2, \"window_size\": 112, \"fullatt_block_indexes\": [7, 15, 23, 31], \"temporal_patch_size\": 2}}";
  RgModelConfig config = read_text (text);
  const RgVisionConfig *vision = &config.vision;

  g_assert_cmpuint (vision->window, ==, 4);
  g_assert_cmphex (vision->whole_layers, ==, 0x80808080);
  g_assert_cmpuint (vision->block.norm, ==, RG_NORM_RMS);
  g_assert_true (vision->block.gated);
  g_assert_cmpuint (vision->block.biases, ==, RG_BIAS_ALL);
  g_assert_cmpuint (vision->block.mlp_width, ==, 3420);
  g_assert_cmpuint (vision->block.rotary_sections[1], ==, 20);
  g_assert_cmpuint (config.projector.inner_width, ==, 5120);
  g_assert_cmpuint (config.projector.out_width, ==, 2048);
  g_assert_cmpuint (config.text.block.rotary_sections[2], ==, 24);
  g_assert_cmpfloat (config.text.block.rotary_base, ==, 1e6f);
  g_assert_cmpuint (rg_model_config_get_token_size (&config), ==, 28);
}

/* The same of Gemma 3: as released, and as today's programs write it. */
static void
test_local_layers (void)
{
  static const char *const texts[] = {
    "\"rope_scaling\": {\"factor\": 8.0, \"rope_type\": \"linear\"}, \"sliding_window\": 1024",
    "\"layer_types\": [\"sliding_attention\", \"sliding_attention\", \"sliding_attention\", \"sliding_attention\", \"sliding_attention\", \"full_attention\", \"sliding_attention\"],"
    " \"sliding_window\": 1024, \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"linear\", \"factor\": 8.0, \"rope_theta\": 1000000.0},"
    " \"sliding_attention\": {\"rope_type\": \"default\", \"rope_theta\": 10000.0}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"model_type\": \"gemma3\", \"vision_config\": {\"hidden_size\": 1152, \"image_size\": 896, \"num_attention_heads\": 16, \"patch_size\": 14},"
                                               " \"text_config\": {\"model_type\": \"gemma3_text\", \"hidden_size\": 2560, \"num_hidden_layers\": 7, %s}}",
                                               texts[i]);
      RgModelConfig config = read_text (text);
      RgBlockConfig local = rg_text_config_get_block (&config.text, 0), whole = rg_text_config_get_block (&config.text, 5);

      g_assert_cmphex (config.text.local_layers, ==, 0x5f);
      g_assert_cmpuint (local.window, ==, 1024);
      g_assert_cmpuint (whole.window, ==, 0);
      g_assert_cmpfloat (local.rotary_base, ==, 1e4f);
      g_assert_cmpfloat (whole.rotary_base, ==, 1e6f);
      g_assert_cmpfloat (local.rotary_stretch.factor, ==, 0);
      g_assert_cmpfloat (whole.rotary_stretch.factor, ==, 8);
      g_assert_cmpfloat (local.scale, ==, 1 / 16.0f);
      g_assert_cmpuint (local.n_kv_heads, ==, 4);
      g_assert_cmpuint (rg_model_config_get_token_size (&config), ==, 56);
    }
}

static const RefusedConfig bad[] = {
  { "{\"model_type\": \"magic\"}", RG_ERROR_UNSUPPORTED, "magic" },
  { "{\"model_type\": \"vision-encoder-decoder\", \"encoder\": {\"model_type\": \"swin\"}}", RG_ERROR_UNSUPPORTED, "swin" },
  { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"model_type\": \"bert\"}}", RG_ERROR_UNSUPPORTED, "bert" },
  { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"n_embd\": 1024, \"n_head\": 16}}", RG_ERROR_UNSUPPORTED, "1024" },
  { "{\"model_type\": \"vision-encoder-decoder\", \"decoder\": {\"n_head\": 7}}", RG_ERROR_FORMAT, "7 heads" },
  { "{\"model_type\": \"vision-encoder-decoder\", \"eos_token_id\": 50257}", RG_ERROR_FORMAT, "eos_token_id" },
  { "{\"model_type\": \"vision-encoder-decoder\", \"encoder\": {\"patch_size\": 15}}", RG_ERROR_FORMAT, "15" },
  { "{\"model_type\": \"smolvlm\", \"text_config\": {\"model_type\": \"gemma\"}}", RG_ERROR_UNSUPPORTED, "gemma" },
  { "{\"model_type\": \"smolvlm\", \"text_config\": {\"rope_scaling\": {\"rope_type\": \"yarn\"}}}", RG_ERROR_UNSUPPORTED, "yarn" },
  { "{\"model_type\": \"smolvlm\", \"text_config\": {\"num_key_value_heads\": 5}}", RG_ERROR_FORMAT, "5 heads" },
  { "{\"model_type\": \"smolvlm\", \"scale_factor\": 3, \"image_token_id\": 3}", RG_ERROR_FORMAT, "squares of 3" },
  { "{\"model_type\": \"llava\", \"vision_config\": {\"model_type\": \"siglip_vision_model\"}}", RG_ERROR_UNSUPPORTED, "siglip_vision_model" },
  { "{\"model_type\": \"llava\", \"vision_feature_layer\": [-2, -5]}", RG_ERROR_UNSUPPORTED, "vision_feature_layer" },
  { "{\"model_type\": \"llava\", \"vision_feature_layer\": -13}", RG_ERROR_FORMAT, "vision_feature_layer" },
  { "{\"model_type\": \"llava\", \"vision_feature_select_strategy\": \"full\"}", RG_ERROR_UNSUPPORTED, "full" },
  { "{\"model_type\": \"llava\", \"projector_hidden_act\": \"tanh\"}", RG_ERROR_UNSUPPORTED, "projector_hidden_act" },
  { "{\"model_type\": \"llava\", \"image_token_index\": 32000}", RG_ERROR_FORMAT, "image_token_index" },
  { "{\"model_type\": \"llava\", \"text_config\": {\"model_type\": \"gemma\"}}", RG_ERROR_UNSUPPORTED, "gemma" },
  { "{\"model_type\": \"paligemma\", \"text_config\": {\"model_type\": \"gemma2\"}}", RG_ERROR_UNSUPPORTED, "gemma2" },
  { "{\"model_type\": \"paligemma\", \"vision_config\": {\"model_type\": \"clip_vision_model\"}}", RG_ERROR_UNSUPPORTED, "clip_vision_model" },
  { "{\"model_type\": \"paligemma\", \"hidden_size\": 2048}", RG_ERROR_UNSUPPORTED, "2048" },
  { "{\"model_type\": \"paligemma\", \"text_config\": {\"head_dim\": 255}}", RG_ERROR_FORMAT, "255" },
  { "{\"model_type\": \"paligemma\", \"text_config\": {\"hidden_activation\": \"tanh\"}}", RG_ERROR_UNSUPPORTED, "tanh" },
  { "{\"model_type\": \"gemma3\", \"text_config\": {\"final_logit_softcapping\": 30.0}}", RG_ERROR_UNSUPPORTED, "final_logit_softcapping" },
  { "{\"model_type\": \"gemma3\", \"mm_tokens_per_image\": 48}", RG_ERROR_FORMAT, "48 image tokens" },
  { "{\"model_type\": \"gemma3\", \"mm_tokens_per_image\": 25}", RG_ERROR_FORMAT, "14 × 14 patches" },
  { "{\"model_type\": \"gemma3\", \"mm_tokens_per_image\": 49, \"text_config\": {\"layer_types\": [\"full_attention\"]}}", RG_ERROR_FORMAT, "layer_types[1]" },
  { "{\"model_type\": \"gemma3\", \"text_config\": {\"rope_scaling\": {\"rope_type\": \"linear\"}}}", RG_ERROR_FORMAT, "factor" },
  { "{\"model_type\": \"gemma3\", \"text_config\": {\"model_type\": \"gemma2\"}}", RG_ERROR_UNSUPPORTED, "gemma2" },
  { "{\"model_type\": \"smolvlm\", \"text_config\": {\"rope_scaling\": {\"type\": \"mrope\", \"mrope_section\": [16, 24, 24]}}}", RG_ERROR_UNSUPPORTED, "mrope" },
  { "{\"model_type\": \"qwen2_vl\", \"rope_scaling\": {\"type\": \"mrope\"}}", RG_ERROR_FORMAT, "mrope_section" },
  { "{\"model_type\": \"qwen2_vl\", \"rope_scaling\": {\"type\": \"mrope\", \"mrope_section\": [16, 24]}}", RG_ERROR_FORMAT, "2 sections" },
  { "{\"model_type\": \"qwen2_vl\", \"rope_scaling\": {\"type\": \"mrope\", \"mrope_section\": [16, 24, 25]}}", RG_ERROR_FORMAT, "65 pairs" },
  { "{\"model_type\": \"qwen2_vl\", \"rope_scaling\": {\"type\": \"yarn\", \"mrope_section\": [16, 24, 24]}}", RG_ERROR_UNSUPPORTED, "yarn" },
  { "{\"model_type\": \"qwen2_vl\", \"use_sliding_window\": true}", RG_ERROR_UNSUPPORTED, "use_sliding_window" },
  { "{\"model_type\": \"qwen2_vl\", \"hidden_size\": 1536, \"num_attention_heads\": 12, \"rope_scaling\": {\"mrope_section\": [16, 24, 24]}}", RG_ERROR_FORMAT, "3584" },
  { "{\"model_type\": \"qwen2_vl\", \"vision_config\": {\"num_heads\": 128}}", RG_ERROR_FORMAT, "width 10" },
  { "{\"vit_hidden_dim\": 768}", RG_ERROR_FORMAT, "model_type" },
  { "{\"vit_hidden_dim\": 768, \"lm_hidden_dim\": 576, \"vlm_extra_tokens\": {\"image_token\": \"<img>\"}}", RG_ERROR_UNSUPPORTED, "<img>" },
  { "{\"vit_hidden_dim\": 768, \"lm_hidden_dim\": 576, \"extra_token_amount\": 3, \"vlm_extra_tokens\": {\"image_token\": \"<|image|>\", \"r1c1\": \"<row_1_col_1>\"}}", RG_ERROR_FORMAT, "r2c1" },
  { "{\"vit_hidden_dim\": 768, \"lm_hidden_dim\": 576, \"extra_token_amount\": 67, \"vlm_extra_tokens\": {\"image_token\": \"<|image|>\"}}", RG_ERROR_FORMAT, "extra_token_amount" },
  { "{\"vit_hidden_dim\": 768, \"lm_hidden_dim\": 576, \"vit_cls_flag\": true}", RG_ERROR_UNSUPPORTED, "vit_cls_flag" },
  { "{\"vit_hidden_dim\": 768, \"lm_hidden_dim\": 576, \"mp_pixel_shuffle_factor\": 4}", RG_ERROR_FORMAT, "squares of 4" },
  { "{\"vit_hidden_dim\": 768, \"lm_hidden_dim\": 576, \"lm_n_kv_heads\": 2}", RG_ERROR_FORMAT, "9 heads" },
  { "{\"model_type\": \"qwen2_5_vl\", \"vision_config\": {\"window_size\": 27}}", RG_ERROR_FORMAT, "27 pixels" },
  { "{\"model_type\": \"qwen2_5_vl\", \"vision_config\": {\"fullatt_block_indexes\": [64]}}", RG_ERROR_FORMAT, "fullatt_block_indexes" },
  { "{\"model_type\": \"qwen2_5_vl\", \"rope_scaling\": {\"mrope_section\": [16, 24, 24]}}", RG_ERROR_FORMAT, "3584" },
};

static void
test_refused (void)
{
  refused_check (bad, G_N_ELEMENTS (bad), load);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/family-files/names/llava", "llava", test_names);
  g_test_add_data_func ("/family-files/names/paligemma", "paligemma", test_names);
  g_test_add_data_func ("/family-files/names/gemma3", "gemma3", test_names);
  g_test_add_data_func ("/family-files/names/mllama", "mllama", test_names);
  g_test_add_data_func ("/family-files/names/qwen2-vl", "qwen2-vl", test_names);
  g_test_add_data_func ("/family-files/names/qwen2-5-vl", "qwen2-5-vl", test_names);
  g_test_add_func ("/family-files/positions", test_positions);
  g_test_add_func ("/family-files/windowed", test_windowed);
  g_test_add_func ("/family-files/local-layers", test_local_layers);
  g_test_add_func ("/family-files/refused", test_refused);

  return g_test_run ();
}
