/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/families/bert.h"

#include "engine/embedder.h"
#include "engine/formats/safetensors.h"
#include "tests/folder.h"
#include "tests/reference.h"
#include "tests/refused.h"

/* BERT against the numbers of its original code. */

static const char *const sentences[] = { "sentence0", "sentence1", "sentence2" };

typedef struct
{
  char *dir; /* %NULL where the fixture is absent */
  RgBert *model;
  RgPass *pass;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->dir = fixture_path ("bert");
  if (self->dir == NULL)
    return;
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->model = rg_bert_load (self->dir, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_free (self->dir);
  rg_bert_free (self->model);
  rg_pass_free (self->pass);
}

static void
check (const Fixture *self, const char *sentence, const char *name, const float *values, gsize n, double bound)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", sentence, name);

  reference_check (self->dir, path, values, n, bound);
}

/* Everything on the way of one text: what the layers give, what they attend to, what stands for the text. */
static void
check_sentence (Fixture *self, const char *sentence)
{
  const RgTextConfig *config = rg_bert_get_config (self->model);
  g_autofree char *path = g_strdup_printf ("%s/input_ids", sentence);
  g_autoptr (JsonNode) node = reference_json (self->dir, path);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  RgTensor *layers[1 + RG_MAX_LAYERS], *rows, *pooled;
  guint offsets[2] = { 0 };
  float *record;
  gsize n_maps;

  reference_append_ids (json_object_get_array_member (json_node_get_object (node), "input_ids"), ids);
  offsets[1] = ids->len;
  n_maps = config->n_layers * config->block.n_heads * ids->len * ids->len;
  rg_pass_reset (self->pass);
  record = rg_arena_alloc (self->pass->arena, n_maps * sizeof *record);
  rows = rg_bert_read (self->model, self->pass, &(RgDecoderRun){ .ids = (const guint32 *) ids->data, .n = ids->len, .n_texts = 1, .offsets = offsets, .self_record = record, .embedded = &layers[0], .layers = layers + 1 });
  pooled = rg_bert_pool (self->model, self->pass, rows, offsets, 1, RG_POOLING_OWN);

  for (guint i = 0; i <= config->n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("hidden%u", i);

      check (self, sentence, name, layers[i]->data, layers[i]->rows * layers[i]->cols, REFERENCE_HIDDEN_BOUND);
    }
  check (self, sentence, "last_hidden_state", rows->data, rows->rows * rows->cols, REFERENCE_HIDDEN_BOUND);
  check (self, sentence, "attn.self", record, n_maps, REFERENCE_ATTENTION_BOUND);
  check (self, sentence, "pooler_output", pooled->data, pooled->cols, REFERENCE_VECTOR_BOUND);
}

static void
test_reference (Fixture *self, gconstpointer data)
{
  for (guint i = 0; self->dir != NULL && i < G_N_ELEMENTS (sentences); i++)
    check_sentence (self, sentences[i]);
}

/* Several texts at once are what each is by itself. */
static void
test_batch (Fixture *self, gconstpointer data)
{
  static const guint32 ids[] = { 101, 1101, 1405, 117, 102, 101, 1405, 102 };
  static const guint both[] = { 0, 5, 8 }, one[] = { 0, 3 };
  RgTensor *together, *alone;

  if (self->dir == NULL)
    return;

  together = rg_bert_read (self->model, self->pass, &(RgDecoderRun){ .ids = ids, .n = 8, .n_texts = 2, .offsets = both });
  alone = rg_bert_read (self->model, self->pass, &(RgDecoderRun){ .ids = ids + 5, .n = 3, .n_texts = 1, .offsets = one });
  numeric_assert_same ("rows", together->data + 5 * together->cols, alone->data, alone->rows * alone->cols, 1e-6);
  together = rg_bert_pool (self->model, self->pass, together, both, 2, RG_POOLING_MEAN);
  alone = rg_bert_pool (self->model, self->pass, alone, one, 1, RG_POOLING_MEAN);
  numeric_assert_same ("mean", together->data + together->cols, alone->data, alone->cols, 1e-6);
}

/* --- other files --- */

/* As files of today have them: no prefix, weight and bias everywhere. */
static char *
respell (const char *name)
{
  g_autoptr (GString) text = g_string_new (g_str_has_prefix (name, "bert.") ? name + strlen ("bert.") : name);

  g_string_replace (text, ".gamma", ".weight", 0);
  g_string_replace (text, ".beta", ".bias", 0);

  return g_strdup (text->str);
}

/* @pooler: whether the file has one. Returns: (transfer full): a folder with the fixture's model under other names */
static char *
rewrite (const Fixture *self, gboolean pooler)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) weights = rg_weights_open (self->dir, &error);
  g_autofree char *dir = g_dir_make_tmp ("regard-bert-XXXXXX", &error), *path = g_build_filename (dir, "model.safetensors", NULL);
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (RgStoredTensor));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  static const char *const copied[] = { "config.json", "tokenizer.json" };

  for (guint i = 0; i < rg_weights_get_n_tensors (weights); i++)
    {
      RgStoredTensor tensor = *rg_weights_get (weights, i);

      tensor.name = respell (tensor.name);
      g_ptr_array_add (names, (gpointer) tensor.name);
      if (pooler || strstr (tensor.name, "pooler") == NULL)
        g_array_append_val (tensors, tensor);
    }
  rg_safetensors_write (path, (const RgStoredTensor *) tensors->data, tensors->len, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (copied); i++)
    {
      g_autofree char *from = g_build_filename (self->dir, copied[i], NULL), *to = g_build_filename (dir, copied[i], NULL);
      g_autofree char *text = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (from, &text, &length, NULL));
      g_assert_true (g_file_set_contents (to, text, length, NULL));
    }

  return g_steal_pointer (&dir);
}

static RgEmbedder *
open_embedder (const char *dir)
{
  g_autoptr (GError) error = NULL;
  RgEmbedder *self = rg_embedder_load (dir, NULL, NULL, &error);

  g_assert_no_error (error);

  return self;
}

static void
check_text (RgEmbedder *a, RgPooling pooling_a, RgEmbedder *b, RgPooling pooling_b, gboolean same)
{
  float u[64], v[64], largest = 0;

  g_assert_cmpuint (rg_embedder_get_width (a), ==, 64);
  g_assert_true (rg_embedder_set_pooling (a, pooling_a, NULL) && rg_embedder_read (a, "the bank of the river", u, NULL));
  g_assert_true (rg_embedder_set_pooling (b, pooling_b, NULL) && rg_embedder_read (b, "the bank of the river", v, NULL));
  for (guint i = 0; i < 64; i++)
    largest = MAX (largest, ABS (u[i] - v[i]));
  g_assert_cmpint (largest < 1e-6, ==, same);
}

/* What stands for a text: the pooler; without one the first row; or what a sentence encoder's file says. */
static void
test_files (Fixture *self, gconstpointer data)
{
  g_autofree char *whole = NULL, *bare = NULL, *folder = NULL, *file = NULL;
  g_autoptr (RgEmbedder) original = NULL;
  g_autoptr (RgEmbedder) today = NULL;
  g_autoptr (RgEmbedder) first = NULL;
  g_autoptr (RgEmbedder) sentence = NULL;
  g_autoptr (GError) error = NULL;

  if (self->dir == NULL)
    return;

  whole = rewrite (self, TRUE);
  bare = rewrite (self, FALSE);
  original = open_embedder (self->dir);
  today = open_embedder (whole);
  first = open_embedder (bare);
  folder = g_build_filename (bare, "1_Pooling", NULL);
  file = g_build_filename (folder, "config.json", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "{\"pooling_mode_cls_token\": false, \"pooling_mode_mean_tokens\": true}", -1, NULL));
  sentence = open_embedder (bare);

  check_text (original, RG_POOLING_OWN, today, RG_POOLING_OWN, TRUE);
  check_text (original, RG_POOLING_OWN, original, RG_POOLING_CLS, FALSE);
  check_text (original, RG_POOLING_OWN, first, RG_POOLING_OWN, FALSE);
  check_text (original, RG_POOLING_CLS, first, RG_POOLING_OWN, TRUE);
  check_text (original, RG_POOLING_MEAN, sentence, RG_POOLING_OWN, TRUE);

  g_assert_true (g_file_set_contents (file, "{\"pooling_mode_max_tokens\": true}", -1, NULL));
  g_assert_null (rg_bert_load (bare, NULL, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
  folder_remove (whole);
  folder_remove (bare);
}

/* --- words --- */

/* A word's rows before the first layer depend on its place alone, afterwards on its company; a part of a word is no word. */
static void
test_words (Fixture *self, gconstpointer data)
{
  g_autoptr (RgEmbedder) embedder = NULL;
  g_autoptr (GError) error = NULL;
  float river[64], money[64], empty = 0, context = 0;

  if (self->dir == NULL)
    return;

  embedder = open_embedder (self->dir);
  g_assert_cmpuint (rg_embedder_get_n_layers (embedder), ==, 3);
  for (guint layer = 0; layer <= 3; layer += 3)
    {
      float *largest = layer == 0 ? &empty : &context;

      g_assert_true (rg_embedder_read_word (embedder, "a bank of the river", "bank", layer, river, NULL));
      g_assert_true (rg_embedder_read_word (embedder, "a BANK for the money", "Bank", layer, money, NULL));
      for (guint i = 0; i < 64; i++)
        *largest = MAX (*largest, ABS (river[i] - money[i]));
    }
  g_assert_cmpfloat (empty, ==, 0);
  g_assert_cmpfloat (context, >, 0.01);

  /* "banks" is "bank" and a piece that goes on from it. */
  g_assert_false (rg_embedder_read_word (embedder, "the banks", "bank", 3, river, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_false (rg_embedder_read_word (embedder, "the river", "", 3, river, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_VALUE);
}

static void
test_long (Fixture *self, gconstpointer data)
{
  g_autoptr (RgEmbedder) embedder = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  float vector[64];

  if (self->dir == NULL)
    return;

  embedder = open_embedder (self->dir);
  for (guint i = 0; i < 1000; i++)
    g_string_append (text, "the river ");
  g_assert_true (rg_embedder_read (embedder, text->str, vector, NULL));
}

/* --- what a file may not say --- */

static gboolean
load (const char *dir, GError **error)
{
  g_autoptr (RgBert) model = rg_bert_load (dir, NULL, error);

  return model != NULL;
}

static void
test_refused (void)
{
  static const RefusedConfig bad[] = {
    { "{}", RG_ERROR_FORMAT, "model_type" },
    { "{\"model_type\": \"gpt2\"}", RG_ERROR_UNSUPPORTED, "gpt2" },
    { "{\"model_type\": \"bert\", \"num_attention_heads\": 7}", RG_ERROR_FORMAT, "7 heads" },
    { "{\"model_type\": \"bert\", \"num_hidden_layers\": 65}", RG_ERROR_FORMAT, "num_hidden_layers" },
    { "{\"model_type\": \"bert\", \"type_vocab_size\": 0}", RG_ERROR_FORMAT, "type_vocab_size" },
    { "{\"model_type\": \"bert\", \"hidden_act\": \"softplus\"}", RG_ERROR_UNSUPPORTED, "softplus" },
    { "{\"model_type\": \"bert\", \"position_embedding_type\": \"relative_key\"}", RG_ERROR_UNSUPPORTED, "relative_key" },
  };

  refused_check (bad, G_N_ELEMENTS (bad), load);
}

#define ADD(name, func) g_test_add ("/bert/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("reference", test_reference);
  ADD ("batch", test_batch);
  ADD ("files", test_files);
  ADD ("words", test_words);
  ADD ("long", test_long);
  g_test_add_func ("/bert/refused", test_refused);

  return g_test_run ();
}
