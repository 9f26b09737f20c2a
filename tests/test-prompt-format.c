/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/prompt-format.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "engine/encoder/preprocess-file.h"
#include "engine/error.h"
#include "tests/fixture.h"
#include "ui/image-decoder.h"

/* The prompts of the open models, from a question and a picture to ids, against those of the original processors. */

typedef struct
{
  const char *folder, *reference;
  const char *question;
  const char *name;
} Case;

static const Case cases[] = {
  { "idefics3", "case0_landscape", "Can you describe this image?", "SmolVLM" },
  { "idefics3", "case1_portrait", "What is in the picture, and why?", "SmolVLM" },
  { "idefics3", "case2_nosplit", "Describe it.", "SmolVLM" },
  { "idefics3", "case3_text_only", "What is the capital of France?", "SmolVLM" },
  { "llava", "case0_landscape", "What's in the image?", "LLaVA" },
  { "llava", "case1_portrait", "Describe the picture in detail.", "LLaVA" },
  { "qwen2-vl", "case0_landscape", "Describe this image.", "Qwen2-VL" },
  { "qwen2-vl", "case1_portrait", "How many circles are there?", "Qwen2-VL" },
  { "qwen2-vl", "case2_text_only", "Hello, who are you?", "Qwen2-VL" },
  { "paligemma", "case0_landscape", "describe en", "PaliGemma" },
  { "paligemma", "case1_portrait", "answer en What color is the circle?", "PaliGemma" },
  { "gemma3", "case0_landscape", "Describe it.", "Gemma 3" },
  { "gemma3", "case1_portrait", "Is there a circle, and where?", "Gemma 3" },
  { "qwen2-5-vl", "case0_landscape", "Describe this image.", "Qwen2-VL" },
  { "qwen2-5-vl", "case1_portrait", "How many circles are there?", "Qwen2-VL" },
  { "mllama", "case0_landscape", "Describe this image.", "Llama Vision" },
  { "mllama", "case1_portrait", "How many?", "Llama Vision" },
};

static RgTokenizer *
load_tokenizer (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);
  g_autoptr (GError) error = NULL;
  RgTokenizer *tokenizer = rg_tokenizer_new_from_file (path, &error);

  g_assert_no_error (error);

  return tokenizer;
}

/* What the preprocessing of the folder makes of the case's picture. */
static RgPromptPicture
see (const char *folder, const char *reference)
{
  g_autofree char *file = g_build_filename (folder, "preprocessor_config.json", NULL), *model = g_build_filename (folder, "config.json", NULL);
  g_autofree char *image_path = g_build_filename (folder, "reference", reference, "image0.png", NULL);
  g_autoptr (RgImage) image = NULL;
  g_autoptr (RgPixelValues) seen = NULL;
  g_autoptr (GError) error = NULL;
  RgPreprocessConfig config;

  rg_preprocess_config_load (&config, file, &error);
  g_assert_no_error (error);
  rg_preprocess_config_load_patches (&config, model, &error);
  g_assert_no_error (error);
  /* An option of the call that made the reference, not of the file. */
  if (g_str_has_suffix (reference, "nosplit"))
    rg_preprocess_config_unsplit (&config);
  image = rg_image_decoder_load (image_path, &error);
  g_assert_no_error (error);
  seen = rg_preprocess (&config, image, NULL, NULL, &error);
  g_assert_no_error (error);

  return (RgPromptPicture){ seen->rows, seen->cols, rg_patch_grid_get_n_patches (seen->grid) / seen->n_views };
}

static void
assert_ids (GArray *ids, JsonArray *expected)
{
  for (guint i = 0; i < MIN (ids->len, json_array_get_length (expected)); i++)
    g_assert_cmpint (g_array_index (ids, guint32, i), ==, json_array_get_int_element (expected, i));
  g_assert_cmpuint (ids->len, ==, json_array_get_length (expected));
}

/* PaliGemma's and Gemma 3's processors write what stands for a picture later than ours. */
static void
assert_texts (const Case *test, JsonObject *reference, const char *prompt, const char *expanded)
{
  if (strstr (test->folder, "gemma") == NULL)
    g_assert_cmpstr (prompt, ==, json_object_get_string_member (reference, "prompt"));
  if (json_object_has_member (reference, "expanded_prompt"))
    g_assert_cmpstr (expanded, ==, json_object_get_string_member (reference, "expanded_prompt"));
}

static void
test_ids (gconstpointer data)
{
  const Case *test = data;
  g_autofree char *folder = fixture_path (test->folder);
  g_autofree char *reference_path = NULL, *prompt = NULL, *expanded = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (RgTokenizer) tokenizer = NULL;
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GError) error = NULL;
  const RgPromptFormat *format;
  RgPromptPicture picture;
  RgPromptTurn turn = { test->question };
  JsonObject *reference;
  guint32 image_token;

  if (folder == NULL)
    return;
  reference_path = g_build_filename (folder, "reference", test->reference, "input_ids.json", NULL);
  json_parser_load_from_file (parser, reference_path, &error);
  g_assert_no_error (error);
  reference = json_node_get_object (json_parser_get_root (parser));
  turn.n_pictures = g_str_has_suffix (test->reference, "text_only") ? 0 : 1;
  if (turn.n_pictures > 0)
    picture = see (folder, test->reference);

  format = rg_prompt_format_load (folder, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rg_prompt_format_get_name (format), ==, test->name);
  tokenizer = load_tokenizer (folder);
  prompt = rg_prompt_format_render (format, tokenizer, &turn, 1, &error);
  g_assert_no_error (error);
  expanded = rg_prompt_format_expand (format, prompt, &picture, turn.n_pictures, &error);
  g_assert_no_error (error);
  assert_texts (test, reference, prompt, expanded);
  ids = rg_prompt_format_encode (format, tokenizer, expanded, &image_token, &error);
  g_assert_no_error (error);
  assert_ids (ids, json_object_get_array_member (reference, "input_ids"));
  g_assert_cmpint (image_token, ==, json_object_get_int_member (reference, "image_token_id"));
}

/* --- texts beside a picture --------------------------------------------------------------------------------------- */

/* Of one text or several; @first: whether the token "bos_id" stands before the ids. */
static void
assert_texts_ids (const char *name, const char *reference, const char *text_key, const char *ids_key, RgEncodeFlags flags, gboolean first)
{
  g_autofree char *folder = fixture_path (name);
  g_autofree char *path = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (RgTokenizer) tokenizer = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *root;
  gboolean many;

  if (folder == NULL)
    return;
  path = g_build_filename (folder, "reference", reference, "input_ids.json", NULL);
  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  root = json_node_get_object (json_parser_get_root (parser));
  tokenizer = load_tokenizer (folder);
  many = JSON_NODE_HOLDS_ARRAY (json_object_get_member (root, text_key));
  for (guint i = 0; i < (many ? json_array_get_length (json_object_get_array_member (root, text_key)) : 1); i++)
    {
      const char *text = many ? json_array_get_string_element (json_object_get_array_member (root, text_key), i) : json_object_get_string_member (root, text_key);
      JsonArray *expected = many ? json_array_get_array_element (json_object_get_array_member (root, ids_key), i) : json_object_get_array_member (root, ids_key);
      g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, text, -1, flags);

      if (first)
        {
          guint32 bos = (guint32) json_object_get_int_member (root, "bos_id");

          g_array_prepend_val (ids, bos);
        }
      assert_ids (ids, expected);
    }
}

/* CLIP and SigLIP compare texts with pictures, BLIP answers a question or goes on from a beginning, before which stands a
 * token that only its configuration knows. */
static void
test_texts (void)
{
  assert_texts_ids ("clip", ".", "texts", "ids", RG_ENCODE_TEMPLATE, FALSE);
  assert_texts_ids ("siglip", ".", "texts", "ids", RG_ENCODE_TEMPLATE, FALSE);
  assert_texts_ids ("blip-vqa", "case0_landscape", "question", "input_ids", RG_ENCODE_TEMPLATE, FALSE);
  assert_texts_ids ("blip-vqa", "case1_portrait", "question", "input_ids", RG_ENCODE_TEMPLATE, FALSE);
  assert_texts_ids ("blip-captioning", "case1_portrait_prompt", "text", "input_ids", RG_ENCODE_DEFAULT, TRUE);
}

/* --- without the references --------------------------------------------------------------------------------------- */

/* A vocabulary of bytes and of the marks that a family needs. */
static RgTokenizer *
tokenizer_new (const char *const *special)
{
  g_autoptr (GString) json = g_string_new ("{\"added_tokens\": [");
  g_autoptr (GError) error = NULL;
  RgTokenizer *tokenizer;

  for (guint i = 0; special[i] != NULL; i++)
    g_string_append_printf (json, "%s{\"id\": %u, \"content\": \"%s\", \"special\": true, \"normalized\": false}", i > 0 ? ", " : "", 1 + i, special[i]);
  g_string_append (json, "], \"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"decoder\": {\"type\": \"ByteLevel\"}}");
  tokenizer = rg_tokenizer_new_from_json ("t", json->str, json->len, &error);
  g_assert_no_error (error);

  return tokenizer;
}

static const char *const marks[] = { "<image>", "<|image_pad|>", NULL };

static void
test_conversation (void)
{
  static const struct
  {
    const char *model_type, *prompt;
  } families[] = {
    { "smolvlm", "<|im_start|>User:<image>What?<end_of_utterance>\nAssistant: A cat.<end_of_utterance>\nUser: Why?<end_of_utterance>\nAssistant:" },
    { "llava", "USER: <image>\nWhat? ASSISTANT: A cat. USER: Why? ASSISTANT:" },
    { "qwen2_5_vl", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>What?<|im_end|>\n<|im_start|>assistant\nA cat.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n" },
    { "gemma3", "<bos><start_of_turn>user\n<image_soft_token>What?<end_of_turn>\n<start_of_turn>model\nA cat.<end_of_turn>\n<start_of_turn>user\nWhy?<end_of_turn>\n<start_of_turn>model\n" },
    { "mllama", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n<|image|>What?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nA cat.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" },
  };
  static const RgPromptTurn turns[] = { { "What?", 1, "A cat." }, { "Why?", 0, NULL } };
  g_autoptr (RgTokenizer) tokenizer = tokenizer_new (marks);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      const RgPromptFormat *format = rg_prompt_format_find ("t", families[i].model_type, NULL, &error);
      g_autofree char *prompt = NULL;

      g_assert_no_error (error);
      prompt = rg_prompt_format_render (format, tokenizer, turns, 2, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (prompt, ==, families[i].prompt);
    }
  g_assert_null (rg_prompt_format_render (rg_prompt_format_find ("t", "paligemma", NULL, NULL), tokenizer, turns, 2, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
}

/* Two pictures, one of them cut; each stands where its mark was. */
static void
test_pictures (void)
{
  static const RgPromptPicture pictures[] = { { 0, 0, 2 }, { 1, 2, 1 } };
  const RgPromptFormat *format = rg_prompt_format_find ("t", "smolvlm", NULL, NULL);
  g_autofree char *expanded = rg_prompt_format_expand (format, "a<image>b<image>c", pictures, 2, NULL);
  g_autofree char *once = rg_prompt_format_expand (rg_prompt_format_find ("t", "mllama", NULL, NULL), "<|image|>a", pictures + 1, 1, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (expanded, ==, "a<fake_token_around_image><global-img><image><image><fake_token_around_image>b"
                                 "<fake_token_around_image><row_1_col_1><image><fake_token_around_image><row_1_col_2><image>\n"
                                 "\n<fake_token_around_image><global-img><image><fake_token_around_image>c");
  g_assert_cmpstr (once, ==, "<|image|>a");
  g_assert_null (rg_prompt_format_expand (format, "a<image>", pictures, 2, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_null (rg_prompt_format_expand (format, "", pictures, 1, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_SHAPE);
}

/* A picture's mark in a question is refused by name; the word alone is not. */
static void
test_special (void)
{
  static const RgPromptTurn bad[] = { { "is this <image> red", 1, NULL }, { "What?", 1, "an <|image_pad|>" } }, good = { "is this image> red", 1, NULL };
  const RgPromptFormat *format = rg_prompt_format_find ("t", "llava", NULL, NULL);
  g_autoptr (RgTokenizer) tokenizer = tokenizer_new (marks), other = tokenizer_new (marks + 1);
  g_autofree char *prompt = rg_prompt_format_render (format, tokenizer, &good, 1, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (prompt);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (rg_prompt_format_render (format, tokenizer, &bad[i], 1, &error));
      g_assert_error (error, RG_ERROR, RG_ERROR_VALUE);
      g_test_message ("%s", error->message);
      g_clear_error (&error);
    }
  g_assert_null (rg_prompt_format_encode (format, other, "<image>", NULL, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
}

/* --- recognition -------------------------------------------------------------------------------------------------- */

static void
test_unknown (void)
{
  static const struct
  {
    const char *model_type, *chat_template;
  } bad[] = {
    { "fuyu", NULL },
    { "", NULL },
    { "smolvlm", "" },
    { "smolvlm", "<|im_start|>{{ message['role'] | capitalize }}<end_of_utterance><image>" },
    { "qwen2_vl", "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>{% endfor %}" },
    { "paligemma", "{{ bos_token }}" },
    { "mllama", "USER: <image> ASSISTANT:" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (rg_prompt_format_find ("t", bad[i].model_type, bad[i].chat_template, &error));
      g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
      g_test_message ("%s", error->message);
    }
}

#define VICUNA "{{ message['role'].upper() }}: <image> ASSISTANT:"

/* Every place of a template, and which of two counts. */
static void
test_folder (void)
{
  static const struct
  {
    const char *file, *content;
    int code; /* of RgError, or -1 */
  } steps[] = {
    { "config.json", "{\"model_type\": \"llava\"}", -1 },
    { "tokenizer_config.json", "{\"chat_template\": null}", -1 },
    { "tokenizer_config.json", "{\"chat_template\": \"" VICUNA "\"}", -1 },
    { "tokenizer_config.json", "{\"chat_template\": \"other\"}", RG_ERROR_UNSUPPORTED },
    { "tokenizer_config.json", "{\"chat_template\": 7}", RG_ERROR_FORMAT },
    { "chat_template.json", "{\"chat_template\": [{\"name\": \"tools\", \"template\": \"other\"}, {\"name\": \"default\", \"template\": \"" VICUNA "\"}]}", -1 },
    { "chat_template.json", "{\"chat_template\": [{\"name\": \"tools\", \"template\": \"other\"}]}", RG_ERROR_UNSUPPORTED },
    { "chat_template.json", "[]", RG_ERROR_FORMAT },
    { "chat_template.jinja", VICUNA, -1 },
    { "chat_template.jinja", "", RG_ERROR_UNSUPPORTED },
    { "config.json", "{}", RG_ERROR_FORMAT },
  };
  g_autofree char *folder = g_dir_make_tmp ("regard-prompt-XXXXXX", NULL);

  g_assert_null (rg_prompt_format_load (folder, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *path = g_build_filename (folder, steps[i].file, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, steps[i].content, -1, NULL));
      g_assert_cmpint (rg_prompt_format_load (folder, &error) != NULL, ==, steps[i].code < 0);
      if (steps[i].code >= 0)
        g_assert_error (error, RG_ERROR, steps[i].code);
    }
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *path = g_build_filename (folder, steps[i].file, NULL);

      g_remove (path);
    }
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strdup_printf ("/prompt-format/ids/%s/%s", cases[i].folder, cases[i].reference);

      g_test_add_data_func (name, &cases[i], test_ids);
    }
  g_test_add_func ("/prompt-format/texts", test_texts);
  g_test_add_func ("/prompt-format/conversation", test_conversation);
  g_test_add_func ("/prompt-format/pictures", test_pictures);
  g_test_add_func ("/prompt-format/special", test_special);
  g_test_add_func ("/prompt-format/unknown", test_unknown);
  g_test_add_func ("/prompt-format/folder", test_folder);

  return g_test_run ();
}
