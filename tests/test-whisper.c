/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/decoder/prompt.h"
#include "engine/decoder/sampler.h"
#include "engine/formats/wav.h"
#include "engine/model-folder.h"
#include "engine/trace.h"
#include "tests/reference.h"
#include "tests/refused.h"

/* Whisper against the numbers of its original code: every layer on the way from the sound's spectrogram to the words, then once
 * more from the file and in parts, as questions are answered. */

static const char *const cases[] = { "case0_tones", "case1_chirp_exact" };

typedef struct
{
  char *dir; /* %NULL where the fixture is absent */
  RgModel *model;
  RgPreprocessConfig preprocess;
  RgPass *pass;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->dir = fixture_path ("whisper");
  if (self->dir == NULL)
    return;
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->model = rg_model_folder_load (self->dir, NULL, &self->preprocess, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_free (self->dir);
  rg_model_free (self->model);
  rg_pass_free (self->pass);
}

/* One case of the fixture. */
typedef struct
{
  const char *name;
  JsonNode *node;
  JsonObject *facts;
  GArray *prompt, *ids, *generated;
} Case;

static GArray *
read_ids (JsonObject *facts, const char *name)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint32));

  reference_append_ids (json_object_get_array_member (facts, name), ids);

  return ids;
}

static void
case_init (Case *self, const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/input_ids", name);

  self->name = name;
  self->node = reference_json (fixture->dir, path);
  self->facts = json_node_get_object (self->node);
  self->prompt = read_ids (self->facts, "decoder_prompt");
  self->ids = read_ids (self->facts, "decoder_input_ids");
  self->generated = read_ids (self->facts, "generated_ids");
}

static void
case_clear (Case *self)
{
  json_node_unref (self->node);
  g_array_unref (self->prompt);
  g_array_unref (self->ids);
  g_array_unref (self->generated);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Case, case_clear)

static void
check (const Fixture *self, const Case *example, const char *name, const float *values, gsize n, double bound)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", example->name, name);

  reference_check (self->dir, path, values, n, bound);
}

static void
check_rows (const Fixture *self, const Case *example, const char *name, const RgTensor *rows)
{
  check (self, example, name, rows->data, rows->rows * rows->cols, REFERENCE_HIDDEN_BOUND);
}

static void
check_layers (const Fixture *self, const Case *example, const char *part, RgTensor *const *layers, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.layer%u", part, i);

      check_rows (self, example, name, layers[i]);
    }
}

/* The spectrogram of the reference, as we have it: frames × bands. */
static RgPixelValues
read_features (const Fixture *self, const Case *example, float **values)
{
  g_autofree char *path = g_strdup_printf ("%s/input_features", example->name);
  g_autoptr (RgNpy) npy = reference_array (self->dir, path);
  guint n_bands = npy->shape[1], n_frames = npy->shape[2];

  *values = g_new (float, npy->n_values);
  for (guint t = 0; t < n_frames; t++)
    for (guint b = 0; b < n_bands; b++)
      (*values)[t * n_bands + b] = npy->values[b * n_frames + t];

  return (RgPixelValues){ .n_views = 1, .width = n_frames, .height = n_bands, .values = *values, .n_values = npy->n_values };
}

static RgImage *
load_sound (const Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (name, "audio.wav", NULL);
  g_autoptr (GBytes) bytes = reference_bytes (self->dir, path);
  g_autoptr (GError) error = NULL;
  RgImage *image = rg_sound_read_picture (bytes, path, NULL, &error);

  g_assert_no_error (error);

  return image;
}

/* Everything in one pass. */
static void
check_trace (Fixture *self, const Case *example)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  guint heads = config->text.block.n_heads, n_prompt = example->prompt->len;
  g_autofree float *values = NULL;
  RgPixelValues features = read_features (self, example, &values);
  g_autoptr (GError) error = NULL;
  RgTrace trace;

  rg_trace_run (&trace, self->model, self->pass, &features, (const guint32 *) example->ids->data, example->ids->len, n_prompt, &error);
  g_assert_no_error (error);
  check_rows (self, example, "encoder.layer0_in", trace.vision[0]);
  check_layers (self, example, "encoder", trace.vision + 1, config->vision.n_layers);
  check_rows (self, example, "encoder.final", trace.features);
  if (example->name == cases[0])
    check (self, example, "encoder.attn", trace.vision_attention, config->vision.block.n_heads * trace.n_vision_rows * trace.n_vision_rows, REFERENCE_ATTENTION_BOUND);
  check_layers (self, example, "decoder", trace.text, config->text.n_layers);
  check_rows (self, example, "decoder.final_norm", trace.hidden);
  g_assert_cmpuint (trace.n_memory, ==, trace.n_vision_rows);
  check (self, example, "attn.self", trace.self_attention, (gsize) config->text.n_layers * heads * example->ids->len * example->ids->len, REFERENCE_ATTENTION_BOUND);
  check (self, example, "attn.cross", trace.cross_attention, (gsize) config->text.n_layers * heads * example->ids->len * trace.n_memory, REFERENCE_ATTENTION_BOUND);
  check (self, example, "generated_logits", trace.logits->data + (n_prompt - 1) * trace.logits->cols, example->generated->len * trace.logits->cols, REFERENCE_LOGIT_BOUND);
}

/* From the file of the sound: the language that it hears, the prompt, the tokens that follow one by one; and those that follow where
 * some are muted. */
static void
check_answer (Fixture *self, const Case *example)
{
  guint n_tokens = rg_model_get_config (self->model)->text.vocabulary_size;
  g_autoptr (RgImage) sound = load_sound (self, example->name);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgPixelValues) seen = rg_preprocess (&self->preprocess, sound, NULL, NULL, &error);
  g_autoptr (RgImageState) state = rg_model_see (self->model, self->pass, seen, NULL, NULL, &error);
  g_autoptr (GArray) prompt = rg_prompt_new (self->model, state, NULL, 0, "", 12, &error);
  g_autoptr (GArray) muted = read_ids (example->facts, "generate_suppressed");
  g_autofree float *logits = g_new (float, n_tokens);

  g_assert_no_error (error);
  g_assert_cmpmem (prompt->data, prompt->len * 4, example->prompt->data, example->prompt->len * 4);
  for (guint mute = 0; mute < 2; mute++)
    {
      g_autoptr (RgTextState) text = rg_text_state_new (self->model);
      const guint32 *expected = mute ? (const guint32 *) muted->data + prompt->len : (const guint32 *) example->generated->data, *next = (const guint32 *) prompt->data;
      guint n_expected = mute ? muted->len - prompt->len : example->generated->len;
      gsize n = prompt->len;

      for (guint i = 0; i < n_expected; i++)
        {
          g_assert_true (rg_model_read (self->model, self->pass, state, text, next, n, logits, NULL, NULL));
          if (mute)
            rg_model_mute (self->model, i, logits);
          next = expected + i;
          n = 1;
          g_assert_cmpuint (rg_logits_find_best (logits, n_tokens), ==, *next);
        }
    }
}

/* The language is told by the scores of the languages alone. */
static void
check_language (Fixture *self, const Case *example)
{
  g_autofree char *path = g_strdup_printf ("%s/language_logits", example->name);
  g_autoptr (RgNpy) expected = reference_array (self->dir, path);
  const RgModelConfig *config = rg_model_get_config (self->model);
  g_autofree float *values = NULL, *logits = g_new (float, config->text.vocabulary_size);
  RgPixelValues features = read_features (self, example, &values);
  g_autoptr (RgImageState) state = rg_model_see (self->model, self->pass, &features, NULL, NULL, NULL);
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);

  g_assert_cmpuint (config->n_languages, ==, expected->n_values);
  g_assert_true (rg_model_read (self->model, self->pass, state, text, &config->bos, 1, logits, NULL, NULL));
  numeric_assert_same ("languages", logits + config->first_language, expected->values, expected->n_values, REFERENCE_LOGIT_BOUND);
  g_assert_cmpuint (rg_image_state_get_language (state), ==, config->first_language + rg_logits_find_best (expected->values, expected->n_values));
}

/* A word's attention to each moment, read in parts, is that of the single pass. */
static void
check_attention (Fixture *self, const Case *example)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  gsize n_maps = config->text.n_layers * config->text.block.n_heads, n_places, n = example->prompt->len;
  g_autofree float *values = NULL, *attention = NULL, *logits = g_new (float, config->text.vocabulary_size);
  RgPixelValues features = read_features (self, example, &values);
  g_autoptr (RgImageState) state = rg_model_see (self->model, self->pass, &features, NULL, NULL, NULL);
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);
  g_autofree char *path = g_strdup_printf ("%s/attn.cross", example->name);
  g_autoptr (RgNpy) expected = reference_array (self->dir, path);

  n_places = rg_image_state_get_n_patches (state);
  g_assert_cmpuint (n_places, ==, features.width / 2);
  attention = g_new (float, n_maps *n_places);
  g_assert_true (rg_model_read (self->model, self->pass, state, text, (const guint32 *) example->prompt->data, n, logits, attention, NULL));
  for (gsize map = 0; map < n_maps; map++)
    numeric_assert_same ("attention", attention + map * n_places, expected->values + (map * example->ids->len + n - 1) * n_places, n_places, REFERENCE_ATTENTION_BOUND);
}

static void
test_reference (Fixture *self, gconstpointer data)
{
  for (guint i = 0; self->dir != NULL && i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Case) example;

      case_init (&example, self, cases[i]);
      check_trace (self, &example);
      check_language (self, &example);
      check_answer (self, &example);
      check_attention (self, &example);
    }
}

/* What is said to it is how the text begins, behind what tells it what to do. */
static void
test_prompt (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) prompt = NULL;
  g_autoptr (GArray) words = NULL;

  if (self->dir == NULL)
    return;

  prompt = rg_prompt_new (self->model, NULL, NULL, 0, "can e", 12, NULL);
  words = rg_tokenizer_encode (rg_model_get_tokenizer (self->model), "can e", -1, RG_ENCODE_DEFAULT);
  g_assert_cmpuint (prompt->len, ==, 4 + words->len);
  g_assert_cmpmem (&g_array_index (prompt, guint32, 4), words->len * 4, words->data, words->len * 4);
  g_assert_cmpuint (g_array_index (prompt, guint32, 2), ==, 708);
}

/* What the fixture's files mute: some tokens always, some as the first alone. */
static void
test_muted (Fixture *self, gconstpointer data)
{
  static const guint32 always[] = { 1, 25, 228, 701, 711 }, at_first[] = { 220, 432, 700 };
  guint n_tokens, n_silent = 0;
  g_autofree float *logits = NULL;

  if (self->dir == NULL)
    return;

  n_tokens = rg_model_get_config (self->model)->text.vocabulary_size;
  logits = g_new0 (float, n_tokens);
  rg_model_mute (self->model, 1, logits);
  for (guint i = 0; i < G_N_ELEMENTS (always); i++)
    g_assert_cmpfloat (logits[always[i]], ==, -INFINITY);
  for (guint i = 0; i < n_tokens; i++)
    n_silent += logits[i] != 0;
  g_assert_cmpuint (n_silent, ==, 15);
  for (guint i = 0; i < G_N_ELEMENTS (at_first); i++)
    g_assert_cmpfloat (logits[at_first[i]], ==, 0);
  rg_model_mute (self->model, 0, logits);
  for (guint i = 0; i < G_N_ELEMENTS (at_first); i++)
    g_assert_cmpfloat (logits[at_first[i]], ==, -INFINITY);
}

/* --- what a file may not say --- */

static gboolean
load (const char *dir, GError **error)
{
  g_autoptr (RgModel) model = rg_model_load (dir, FALSE, NULL, error);

  return model != NULL;
}

static void
test_refused (void)
{
  static const RefusedConfig bad[] = {
    { "{\"model_type\": \"whisper\", \"encoder_attention_heads\": 7}", RG_ERROR_FORMAT, "7 heads" },
    { "{\"model_type\": \"whisper\", \"decoder_layers\": 65}", RG_ERROR_FORMAT, "decoder_layers" },
    { "{\"model_type\": \"whisper\", \"vocab_size\": 264}", RG_ERROR_FORMAT, "vocab_size" },
    { "{\"model_type\": \"whisper\", \"num_mel_bins\": 0}", RG_ERROR_FORMAT, "num_mel_bins" },
    { "{\"model_type\": \"whisper\", \"max_source_positions\": 1e9}", RG_ERROR_FORMAT, "max_source_positions" },
    { "{\"model_type\": \"whisper\", \"activation_function\": \"softplus\"}", RG_ERROR_UNSUPPORTED, "softplus" },
    { "{\"model_type\": \"whisper\", \"decoder_start_token_id\": 51865}", RG_ERROR_FORMAT, "decoder_start_token_id" },
    { "{\"model_type\": \"whisper\", \"suppress_tokens\": [1, 51865]}", RG_ERROR_FORMAT, "suppress_tokens" },
  };

  refused_check (bad, G_N_ELEMENTS (bad), load);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/whisper/reference", Fixture, NULL, set_up, test_reference, tear_down);
  g_test_add ("/whisper/muted", Fixture, NULL, set_up, test_muted, tear_down);
  g_test_add ("/whisper/prompt", Fixture, NULL, set_up, test_prompt, tear_down);
  g_test_add_func ("/whisper/refused", test_refused);

  return g_test_run ();
}
