/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <string.h>

#include "engine/decoder/decoder.h"

/* A pass that trains makes what the first layer's maps say of a word once, however often the word stands in the texts. */

#define WIDTH 8
#define WORDS 11
#define ROWS 9 /* of two texts */

static const guint offsets[] = { 0, 4, ROWS };
static const guint32 wanted_rows[] = { 1, 3, 8 };
static const guint wanted_offsets[] = { 0, 2, 3 };
static const RgRowChoice some_rows = { wanted_rows, G_N_ELEMENTS (wanted_rows), wanted_offsets };
static const guint32 image_rows[] = { 1, 2 };

static const guint32 texts[][ROWS] = {
  { 3, 7, 3, 10, 3, 0, 7, 7, 1 }, /* in one text, and in both */
  { 5, 5, 5, 5, 5, 5, 5, 5, 5 },
  { 4, 0, 1, 2, 10, 6, 9, 8, 3 },
};

typedef struct
{
  RgTextConfig config;
  RgDecoder decoder;
  RgParameters *parameters;
  RgTensor *image; /* nullable: tokens that stand in the text */
  const RgRowChoice *wanted;
  const RgStretch *stretch;
  const guint32 *ids;
} Fixture;

static void
set_up (Fixture *self, RgTextConfig config)
{
  static const RgBlockNames apart = { "norm", { "q", "k", "v" }, "out", .mlp_norm = "mlp_norm", .up = "up", .down = "down", .q_norm = "q_norm", .k_norm = "k_norm" };
  const RgTextNames names = { "text", "words.weight", "places.weight", "kinds.weight", "first_norm", "layers", "last_norm", .block = config.block.head_norms ? &apart : &rg_block_names };
  RgRandom random;
  float *values;

  *self = (Fixture){ .config = config, .parameters = rg_parameters_new () };
  rg_decoder_declare (&self->decoder, &self->config, &names, self->parameters);
  rg_random_init (&random, 1, 0);
  rg_parameters_begin (self->parameters, &random);
  values = rg_parameters_get_values (self->parameters);
  for (gsize i = 0; i < rg_parameters_count (self->parameters); i++)
    values[i] = rg_random_range (&random, -0.6, 0.6);
}

static void
tear_down (Fixture *self)
{
  if (self->image != NULL)
    numeric_tensor_free (self->image);
  rg_parameters_free (self->parameters);
}

static RgTensor *
read_texts (RgPass *pass, Fixture *self)
{
  const RgDecoderRun run = { .ids = self->ids, .n = ROWS, .n_texts = 2, .offsets = offsets, .image_tokens = self->image, .image_rows = image_rows, .stretch = self->stretch, .wanted = self->wanted };

  return rg_decoder_forward (pass, &self->decoder, &self->config, &run);
}

static RgTextConfig
make_config (void)
{
  RgTextConfig config = { .vocabulary_size = WORDS, .max_positions = ROWS, .last_norm = TRUE, .n_layers = 2, .block = rg_block_config_new (WIDTH, 2, 12) };

  config.block.rotary_base = 100;

  return config;
}

/* --- against differences of passes that do not record --- */

static RgTensor *
decoder_op (RgPass *pass, RgTensor **in, gpointer data)
{
  return read_texts (pass, data);
}

static int
count_nodes (Fixture *self, gboolean trains)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);

  pass->recording = TRUE;
  self->decoder.embedding.wants_grad = trains;
  read_texts (pass, self);

  return pass->n_nodes;
}

/* @once: whether it makes anything of a word once */
static void
check_derivatives (const char *what, Fixture *self, gboolean once)
{
  RgDecoder *decoder = &self->decoder;
  NumericCase op = { decoder_op, { NULL }, 0, self };

  numeric_case_add (&op, &decoder->embedding);
  numeric_case_add (&op, &decoder->places);
  numeric_case_add (&op, &decoder->segment_kinds);
  numeric_case_add (&op, &decoder->layers[0].norm.gain);
  numeric_case_add (&op, &decoder->layers[0].norm.bias);
  for (guint i = 0; i < decoder->layers[0].n_qkv; i++)
    numeric_case_add (&op, &decoder->layers[0].qkv[i].weight);
  if (self->image != NULL)
    numeric_case_add (&op, self->image);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      self->ids = texts[i];
      g_assert_true ((count_nodes (self, TRUE) > count_nodes (self, FALSE)) == once);
      decoder->embedding.wants_grad = TRUE;
      numeric_check (what, &op, NULL, 0);
    }
  tear_down (self);
}

static void
test_derivatives (void)
{
  Fixture fixture;
  RgTextConfig config = make_config (), other = config;

  set_up (&fixture, config);
  check_derivatives ("rotation", &fixture, TRUE);

  set_up (&fixture, config);
  fixture.wanted = &some_rows;
  check_derivatives ("rows that are wanted of the last layer", &fixture, TRUE);

  other.block.rotary_base = 0;
  other.sees_all = other.first_norm = TRUE;
  other.n_segment_kinds = 2;
  set_up (&fixture, other);
  check_derivatives ("no positions", &fixture, TRUE);

  other = config;
  other.block.head_norms = TRUE;
  other.block.norm = RG_NORM_RMS;
  set_up (&fixture, other);
  check_derivatives ("norms of heads", &fixture, TRUE);

  other = config;
  other.block.norm_last = TRUE;
  set_up (&fixture, other);
  check_derivatives ("norms last", &fixture, TRUE);
}

/* Rows of a word differ where something is added to it or stands in its place, and where few are wanted few are made. */
static void
test_rows_that_differ (void)
{
  Fixture fixture;
  RgTextConfig config = make_config (), other = config;
  RgRandom random;

  other.learned_places = TRUE;
  set_up (&fixture, other);
  check_derivatives ("learned places", &fixture, FALSE);

  set_up (&fixture, config);
  rg_random_init (&random, 2, 0);
  fixture.image = numeric_tensor_new (&random, G_N_ELEMENTS (image_rows), WIDTH);
  check_derivatives ("image tokens", &fixture, FALSE);

  other = config;
  other.n_layers = 1;
  set_up (&fixture, other);
  fixture.wanted = &some_rows;
  check_derivatives ("the only layer", &fixture, FALSE);
}

/* --- against a pass that begins behind the words --- */

/* @x: (nullable): rows to begin with, whose derivatives are added up for each word. Returns: (transfer full): those of all parameters, of
 * the words first */
static float *
derive (Fixture *self, gboolean compact, RgTensor *x, float *y)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, compact ? RG_PRECISION_FAST : RG_PRECISION_F32);
  const RgStretch stretch = { x, 0, self->config.n_layers };
  float *grads, *grad;
  RgTensor *out;

  rg_parameters_want_grads (self->parameters, NULL);
  pass->recording = TRUE;
  pass->compact = compact;
  self->stretch = x != NULL ? &stretch : NULL;
  out = read_texts (pass, self);
  memcpy (y, out->data, ROWS * WIDTH * sizeof (float));
  grad = rg_pass_grad_added (pass, out);
  for (gsize i = 0; i < ROWS * WIDTH; i++)
    grad[i] = (float) (i * 37 % 64) / 64 - 0.5f;
  rg_pass_backward (pass);
  rg_parameters_complete_grads (self->parameters);

  grads = g_memdup2 (rg_parameters_get_grads (self->parameters), rg_parameters_count (self->parameters) * sizeof (float));
  for (gsize r = 0; x != NULL && r < ROWS; r++)
    rg_add_values (grads + self->ids[r] * WIDTH, x->grad + r * WIDTH, WIDTH);

  return grads;
}

static void
check_same (Fixture *self, gboolean compact)
{
  gsize n = rg_parameters_count (self->parameters), n_words = WORDS * WIDTH;
  float rows[ROWS * WIDTH], y[ROWS * WIDTH], same[ROWS * WIDTH];
  RgTensor x = { ROWS, WIDTH, rows, .wants_grad = TRUE };
  g_autofree float *grads = derive (self, compact, NULL, y), *expected = NULL;

  for (gsize r = 0; r < ROWS; r++)
    memcpy (rows + r * WIDTH, self->decoder.embedding.data + self->ids[r] * WIDTH, WIDTH * sizeof (float));
  expected = derive (self, compact, &x, same);

  numeric_assert_same ("values", y, same, ROWS * WIDTH, compact ? 0 : 1e-6); /* OpenBLAS sums the last of few rows in another order */
  numeric_assert_same ("words", grads, expected, n_words, compact ? 0.01 : 1e-5);
  numeric_assert_same ("weights", grads + n_words, expected + n_words, n - n_words, compact ? 0.01 : 1e-5);
}

static void
test_same (void)
{
  Fixture fixture;

  set_up (&fixture, make_config ());
  for (guint compact = 0; compact <= rg_gemm_rounds (RG_PRECISION_FAST); compact++)
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
      {
        fixture.ids = texts[i];
        check_same (&fixture, compact);
      }
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoder/derivatives", test_derivatives);
  g_test_add_func ("/decoder/rows-that-differ", test_rows_that_differ);
  g_test_add_func ("/decoder/same", test_same);

  return g_test_run ();
}
