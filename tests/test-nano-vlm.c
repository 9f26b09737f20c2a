/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <unistd.h>

#include "engine/decoder/prompt.h"
#include "engine/decoder/sampler.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/weights.h"
#include "engine/model-folder.h"
#include "engine/trace.h"
#include "tests/folder.h"
#include "tests/reference.h"
#include "ui/image-decoder.h"

/* Later releases have a fixture, models/nano-vlm, which test-families.c holds; here is what the others lack.
 *
 * There is no fixture of the first releases. But where Idefics 3 sees one view and has nothing around it in its text, it computes the same:
 * its fixture under nanoVLM's names must give the numbers that the fixture itself gives (test-families.c holds those against the
 * original code). The tokenizer is GPT-2's, which knows no token for images. */

#define LONGEST 8
#define QUESTION "how many?"

static const char *const renames[][2] = {
  { "model.vision_model.embeddings.patch_embedding", "vision_encoder.patch_embedding.conv" },
  { "model.vision_model.embeddings.position_embedding.weight", "vision_encoder.patch_embedding.position_embedding" },
  { "model.vision_model.encoder.layers", "vision_encoder.blocks" },
  { "model.vision_model.post_layernorm", "vision_encoder.layer_norm" },
  { "model.connector.modality_projection", "MP" },
  { "model.text_model.embed_tokens", "decoder.token_embedding" },
  { "model.text_model.layers", "decoder.blocks" },
  { "model.text_model.norm", "decoder.norm" },
  { "lm_head", "decoder.head" },
  { "post_attention_layernorm", "norm2" },
  { "input_layernorm", "norm1" },
  { ".layer_norm1", ".ln1" },
  { ".layer_norm2", ".ln2" },
  { "self_attn.o_proj", "attn.out_proj" },
  { "self_attn", "attn" },
};

/* The encoder's queries, keys and values are one map. Returns: (transfer full): its rows, from those of the three */
static float *
join (RgWeights *weights, const RgStoredTensor *q)
{
  g_auto (GStrv) parts = g_strsplit (q->name, "q_proj", 2);
  float *values = g_malloc (3 * q->n_bytes);

  for (guint i = 0; i < 3; i++)
    {
      const char *letter[] = { "q_proj", "k_proj", "v_proj" };
      g_autofree char *name = g_strjoinv (letter[i], parts);

      memcpy ((char *) values + i * q->n_bytes, rg_weights_find (weights, name)->bytes, q->n_bytes);
    }

  return values;
}

static void
write_weights (RgWeights *weights, const char *path)
{
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (RgStoredTensor));
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < rg_weights_get_n_tensors (weights); i++)
    {
      RgStoredTensor tensor = *rg_weights_get (weights, i);
      gboolean is_vision = strstr (tensor.name, "vision_model") != NULL;
      GString *name = g_string_new (tensor.name);

      for (guint r = 0; r < G_N_ELEMENTS (renames); r++)
        g_string_replace (name, renames[r][0], renames[r][1], 0);
      if (is_vision && strstr (tensor.name, "q_proj") != NULL)
        {
          g_string_replace (name, "q_proj", "qkv_proj", 0);
          tensor.bytes = join (weights, rg_weights_get (weights, i));
          g_ptr_array_add (owned, (gpointer) tensor.bytes);
          tensor.shape[0] *= 3;
          tensor.n_bytes *= 3;
        }
      tensor.name = g_string_free (name, FALSE);
      g_ptr_array_add (owned, (gpointer) tensor.name);
      if (!is_vision || (strstr (tensor.name, "k_proj") == NULL && strstr (tensor.name, ".v_proj") == NULL))
        g_array_append_val (tensors, tensor);
    }
  g_assert_true (rg_safetensors_write (path, (const RgStoredTensor *) tensors->data, tensors->len, NULL, NULL));
}

static const char *const files[] = { "config.json", "model.safetensors", "tokenizer.json" };

static char *
write_folder (RgWeights *weights, const char *tokenizer)
{
  static const char config[] =
      "{\"vit_hidden_dim\": 48, \"vit_inter_dim\": 96, \"vit_patch_size\": 8, \"vit_img_size\": 32, \"vit_n_heads\": 4, \"vit_n_blocks\": 2, \"vit_ln_eps\": 1e-06,"
      " \"vit_cls_flag\": false, \"lm_hidden_dim\": 48, \"lm_inter_dim\": 104, \"lm_rms_eps\": 1e-05, \"lm_re_base\": 100000, \"lm_max_position_embeddings\": 128,"
      " \"lm_vocab_size\": 958, \"lm_n_heads\": 4, \"lm_n_kv_heads\": 2, \"lm_n_blocks\": 2, \"lm_tie_weights\": true, \"lm_eos_token_id\": 900,"
      " \"mp_pixel_shuffle_factor\": 2}";
  char *dir = g_dir_make_tmp ("regard-nano-XXXXXX", NULL);
  g_autofree char *config_path = g_build_filename (dir, files[0], NULL), *weights_path = g_build_filename (dir, files[1], NULL), *link = g_build_filename (dir, files[2], NULL);

  g_assert_true (g_file_set_contents (config_path, config, -1, NULL));
  write_weights (weights, weights_path);
  g_assert_cmpint (symlink (tokenizer, link), ==, 0);

  return dir;
}

/* The last row's scores in one pass of Idefics 3 over image tokens and @ids. */
static const float *
read_by_idefics3 (RgModel *model, RgPass *pass, const RgPixelValues *pixels, guint n_image, const GArray *ids)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (guint32));
  RgTrace trace;

  for (guint i = 0; i < n_image; i++)
    g_array_append_val (all, rg_model_get_config (model)->image_token);
  g_array_append_vals (all, ids->data, ids->len);
  g_assert_true (rg_trace_run (&trace, model, pass, pixels, (const guint32 *) all->data, all->len, all->len, NULL));

  return trace.logits->data + (all->len - 1) * trace.logits->cols;
}

static void
check_answer (RgModel *model, RgModel *idefics3, const RgPixelValues *pixels)
{
  RgPass *pass = rg_pass_new (NULL, RG_PRECISION_F32), *other_pass = rg_pass_new (NULL, RG_PRECISION_F32);
  g_autoptr (RgImageState) image = rg_model_see (model, pass, pixels, NULL, NULL, NULL);
  g_autoptr (GArray) ids = rg_prompt_new (model, image, NULL, 0, QUESTION, LONGEST, NULL);
  g_autoptr (GArray) expected = rg_tokenizer_encode (rg_model_get_tokenizer (model), "Question: " QUESTION " Answer:", -1, RG_ENCODE_DEFAULT);
  g_autoptr (RgTextState) text = rg_text_state_new (model);
  guint n_tokens = rg_model_get_config (model)->text.vocabulary_size, n_prefix, done = 0;
  g_autofree float *logits = g_new (float, n_tokens);

  g_assert_nonnull (rg_image_state_get_prefix (image, &n_prefix));
  g_assert_cmpuint (n_prefix, ==, 4); /* image tokens alone */
  g_assert_cmpmem (ids->data, ids->len * 4, expected->data, expected->len * 4);
  for (guint i = 0; i < LONGEST; i++)
    {
      guint32 next;

      g_assert_true (rg_model_read (model, pass, image, text, (const guint32 *) ids->data + done, ids->len - done, logits, NULL, NULL));
      numeric_assert_same ("scores", logits, read_by_idefics3 (idefics3, other_pass, pixels, n_prefix, ids), n_tokens, REFERENCE_LOGIT_BOUND);
      done = ids->len;
      next = rg_logits_find_best (logits, n_tokens);
      g_array_append_val (ids, next);
    }
  rg_pass_free (pass);
  rg_pass_free (other_pass);
}

/* Bytes from 0 to 1, as they are. */
static void
check_pixels (const RgPreprocessConfig *preprocess)
{
  guint8 bytes[32 * 32 * 3];
  g_autoptr (GBytes) pixels = NULL;
  g_autoptr (RgImage) image = NULL;
  g_autoptr (RgPixelValues) seen = NULL;

  for (guint i = 0; i < 32 * 32 * 3; i++)
    bytes[i] = i * 7;
  pixels = g_bytes_new (bytes, sizeof bytes);
  image = rg_image_new (32, 32, pixels);
  seen = rg_preprocess (preprocess, image, NULL, NULL, NULL);
  g_assert_cmpuint (seen->n_views, ==, 1);
  for (guint p = 0; p < 32 * 32; p++)
    for (guint channel = 0; channel < 3; channel++)
      numeric_assert_near ("pixel", p, seen->values[channel * 32 * 32 + p], rg_image_get_pixels (image)[p * 3 + channel] / 255.0, 1e-6);
}

static void
test_same (void)
{
  g_autofree char *fixture = fixture_path ("idefics3"), *tokenizer = fixture_path ("vit-gpt2/tokenizer.json"), *source = NULL;
  g_autoptr (RgModel) idefics3 = NULL, model = NULL;
  g_autoptr (RgWeights) weights = NULL;
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig preprocess;
  g_autofree float *values = g_new (float, 3 * 32 * 32);
  RgPixelValues pixels = { .n_views = 1, .width = 32, .height = 32, .values = values, .n_values = 3 * 32 * 32 };
  g_autofree char *dir = NULL;

  if (fixture == NULL || tokenizer == NULL)
    return;

  source = g_build_filename (fixture, "model.safetensors", NULL);
  weights = rg_weights_open (source, &error);
  g_assert_no_error (error);
  dir = write_folder (weights, tokenizer);
  idefics3 = rg_model_load (fixture, FALSE, NULL, &error);
  g_assert_no_error (error);
  model = rg_model_folder_load (dir, NULL, &preprocess, NULL, &error);
  g_assert_no_error (error);

  for (guint i = 0; i < pixels.n_values; i++)
    values[i] = (i * 37 % 101) / 100.0;
  check_answer (model, idefics3, &pixels);
  check_pixels (&preprocess);
  folder_remove (dir);
}

/* --- later releases ------------------------------------------------------------------------------------------------ */

/* The overview comes first. The original makes it of numbers that were not rounded to bytes. */
static void
test_pictures (gconstpointer name)
{
  g_autofree char *dir = fixture_path ("nano-vlm");
  g_autofree char *file = g_strdup_printf ("%s/image0.png", (const char *) name), *array = g_strdup_printf ("%s/pixel_values", (const char *) name);
  g_autofree char *path = g_build_filename (dir, "reference", file, NULL);
  RgPreprocessConfig preprocess;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgModel) model = rg_model_folder_load (dir, NULL, &preprocess, NULL, &error);
  g_autoptr (RgImage) image = NULL;
  g_autoptr (RgPixelValues) seen = NULL;
  g_autoptr (RgNpy) expected = reference_array (dir, array);
  gsize n_view;

  g_assert_no_error (error);
  image = rg_image_decoder_load (path, &error);
  g_assert_no_error (error);
  seen = rg_preprocess (&preprocess, image, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (seen->n_values, ==, expected->n_values);
  g_assert_cmpuint (seen->n_views, ==, seen->rows * seen->cols + 1);
  n_view = seen->n_values / seen->n_views;
  for (gsize i = 0; i < seen->n_values; i++)
    numeric_assert_near ("value", i, seen->values[i], expected->values[i], i < n_view ? 1 / 255.0 : 1e-6);
}

/* What is written for a picture, which differs from release to release. */
static void
test_marks (void)
{
  static const struct
  {
    const char *model_type;
    RgPromptPicture picture;
    const char *expanded;
  } cases[] = {
    { "nanovlm-chat", { 0, 0, 2 }, "<|image|><|image|>" },
    { "nanovlm-tiles", { 1, 1, 1 }, "<row_1_col_1><|image|>" },
    { "nanovlm-tiles", { 2, 1, 1 }, "<row_1_col_1><|image|><row_2_col_1><|image|>" },
    { "nanovlm-overview", { 0, 0, 2 }, "<|global_image|><|image|><|image|>" },
    { "nanovlm-overview", { 1, 2, 1 }, "<|global_image|><|image|><row_1_col_1><|image|><row_1_col_2><|image|>" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const RgPromptFormat *format = rg_prompt_format_find ("t", cases[i].model_type, NULL, NULL);
      g_autofree char *expanded = rg_prompt_format_expand (format, "<|image|>", &cases[i].picture, 1, NULL);

      g_assert_cmpstr (expanded, ==, cases[i].expanded);
    }
}

/* Edges of the original's DynamicResize (32, 128, …). */
static void
test_cover (void)
{
  static const struct
  {
    gboolean grows;
    guint width, height, seen_width, seen_height;
  } cases[] = {
    { FALSE, 20, 20, 32, 32 },
    { FALSE, 70, 33, 96, 64 },
    { FALSE, 500, 100, 128, 32 },
    { FALSE, 10, 90, 32, 96 },
    { TRUE, 20, 20, 128, 128 },
    { TRUE, 70, 33, 128, 64 },
    { TRUE, 100, 101, 128, 128 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      RgPreprocessConfig config = rg_preprocess_config_default (32, 4);
      g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (3 * cases[i].width * cases[i].height), 3 * cases[i].width * cases[i].height);
      g_autoptr (RgImage) image = rg_image_new (cases[i].width, cases[i].height, bytes);
      g_autoptr (RgPixelValues) seen = NULL;
      RgPreprocessStep *step;

      config.n_steps = 0;
      config.image_size = 0;
      step = rg_preprocess_config_add_step (&config, RG_STEP_COVER, 32);
      step->max_tiles = 4;
      step->grows = cases[i].grows;
      seen = rg_preprocess (&config, image, NULL, NULL, NULL);
      g_assert_cmpuint (seen->width, ==, cases[i].seen_width);
      g_assert_cmpuint (seen->height, ==, cases[i].seen_height);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nano-vlm/same-as-idefics3", test_same);

  g_test_add_data_func ("/nano-vlm/pictures/landscape", "case0_landscape", test_pictures);
  g_test_add_data_func ("/nano-vlm/pictures/portrait", "case1_portrait", test_pictures);
  g_test_add_func ("/nano-vlm/marks", test_marks);
  g_test_add_func ("/nano-vlm/cover", test_cover);

  return g_test_run ();
}
