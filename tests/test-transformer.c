/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#include "engine/transformer/block.h"

#define WIDTH 8
#define HEADS 2
#define ROWS 7   /* of text */
#define MEMORY 5 /* rows that cross-attention sees */

/* A block with weights that are large enough to matter, and something for it to read. */
typedef struct
{
  RgBlockConfig config;
  RgBlock block;
  RgParameters *parameters;
  RgPass *pass;
  RgTensor *x, *memory;
  const RgRowChoice *keep;
} Fixture;

static void
set_up_block (Fixture *self, RgBlockConfig config, const RgBlockNames *names)
{
  RgRandom random;
  float *values;

  *self = (Fixture){ .config = config, .parameters = rg_parameters_new () };
  rg_block_declare (&self->block, &self->config, names, self->parameters, "layers.0");

  rg_random_init (&random, 1, 0);
  rg_parameters_begin (self->parameters, &random);
  values = rg_parameters_get_values (self->parameters);
  for (gsize i = 0; i < rg_parameters_count (self->parameters); i++)
    values[i] = rg_random_range (&random, -0.6, 0.6);

  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->x = numeric_tensor_new (&random, ROWS, WIDTH);
  self->memory = numeric_tensor_new (&random, MEMORY, WIDTH);
}

static void
set_up (Fixture *self, gboolean cross, float rotary_base)
{
  RgBlockConfig config = rg_block_config_new (WIDTH, HEADS, 12);

  config.cross = cross;
  config.rotary_base = rotary_base;
  set_up_block (self, config, &rg_block_names);
}

static void
tear_down (Fixture *self)
{
  numeric_tensor_free (self->x);
  numeric_tensor_free (self->memory);
  rg_pass_free (self->pass);
  rg_parameters_free (self->parameters);
}

static const guint positions[] = { 0, 1, 2, 3, 4, 5, 6 };

static RgRotation *
turn (const Fixture *self, RgPass *pass, const guint *places, gsize n)
{
  RgRotary rotary = rg_block_config_get_rotary (&self->config);

  return rotary.base > 0 ? rg_rotation_new (pass, places, n, &rotary) : NULL;
}

/* All rows at once; @record, @self_record: (nullable). Returns: (transfer full): ROWS × WIDTH. */
static float *
run_whole (Fixture *self, gboolean causal, float *record, float *self_record)
{
  static const guint offsets[] = { 0, ROWS }, memory_offsets[] = { 0, MEMORY };
  RgBlockRun run = { .n_segments = 1, .offsets = offsets, .causal = causal, .memory_offsets = memory_offsets, .record = record, .self_record = self_record };

  rg_pass_reset (self->pass);
  run.rotation = turn (self, self->pass, positions, ROWS);
  if (self->config.cross)
    run.memory = rg_block_remember (self->pass, &self->block, &self->config, self->memory);

  return g_memdup2 (rg_block_forward (self->pass, &self->block, &self->config, self->x, &run)->data, ROWS * WIDTH * sizeof (float));
}

/* --- derivatives --- */

/* Inputs: x, memory, then the block's tensors, which the op uses where they are. */
static RgTensor *
block_op (RgPass *pass, RgTensor **in, gpointer data)
{
  static const guint offsets[] = { 0, 3, ROWS }, memory_offsets[] = { 0, 2, MEMORY }, places[] = { 0, 1, 2, 0, 1, 2, 3 };
  Fixture *self = data;
  RgBlockRun run = { .n_segments = 2, .offsets = offsets, .causal = TRUE, .rotation = turn (self, pass, places, ROWS), .memory_offsets = memory_offsets, .keep = self->keep };

  if (self->config.cross)
    run.memory = rg_block_remember (pass, &self->block, &self->config, in[1]);

  return rg_block_forward (pass, &self->block, &self->config, in[0], &run);
}

static void
add_linear (NumericCase *op, RgLinear *linear)
{
  numeric_case_add (op, &linear->weight);
  numeric_case_add (op, &linear->bias);
}

static void
add_norm (NumericCase *op, RgNorm *norm)
{
  numeric_case_add (op, &norm->gain);
  numeric_case_add (op, &norm->bias);
}

static void
check_derivatives_of (Fixture *fixture)
{
  RgBlock *b = &fixture->block;
  NumericCase op = { block_op, { NULL }, 0, fixture };

  op.inputs[op.n_inputs++] = fixture->x;
  op.inputs[op.n_inputs++] = fixture->memory;
  fixture->memory->wants_grad = fixture->config.cross;
  for (guint i = 0; i < 3; i++)
    add_linear (&op, &b->qkv[i]);
  for (guint i = 0; i < 2; i++)
    add_linear (&op, &b->cross_kv[i]);
  add_norm (&op, &b->norm);
  add_linear (&op, &b->out);
  add_norm (&op, &b->cross_norm);
  add_linear (&op, &b->cross_q);
  add_linear (&op, &b->cross_out);
  add_norm (&op, &b->mlp_norm);
  add_linear (&op, &b->gate);
  add_linear (&op, &b->up);
  add_linear (&op, &b->down);
  numeric_check ("block", &op, NULL, 0);
}

static void
check_derivatives (gboolean cross, float rotary_base, const RgRowChoice *keep)
{
  Fixture fixture;

  set_up (&fixture, cross, rotary_base);
  fixture.keep = keep;
  check_derivatives_of (&fixture);
  tear_down (&fixture);
}

static void
test_derivatives (void)
{
  check_derivatives (TRUE, 100, NULL);
  check_derivatives (FALSE, 0, NULL);
}

/* As Llama's blocks are, as BERT's with cross-attention are, and as those that look in place of self-attention, with gates. */
static void
test_families (void)
{
  static const RgBlockNames names = { "norm", { "q", "k", "v" }, "out", "cross_norm", "cross_q", { "cross_k", "cross_v" }, "cross_out", "mlp_norm", "gate", "up", "down" };
  RgBlockNames gated_names = names;
  Fixture fixture;
  RgBlockConfig llama = rg_block_config_new (WIDTH, 2, 12), bert = llama, looking;

  llama.n_kv_heads = 1;
  llama.head_dim = 6;
  llama.norm = RG_NORM_RMS;
  llama.activation = RG_ACTIVATION_SILU;
  llama.gated = TRUE;
  llama.rotary_base = 100;
  set_up_block (&fixture, llama, &names);
  check_derivatives_of (&fixture);
  tear_down (&fixture);

  looking = llama;
  looking.cross = looking.cross_alone = looking.gates = TRUE;
  looking.rotary_base = 0;
  gated_names.attention_gate = "attention_gate";
  gated_names.mlp_gate = "mlp_gate";
  set_up_block (&fixture, looking, &gated_names);
  check_derivatives_of (&fixture);
  tear_down (&fixture);

  bert.cross = TRUE;
  bert.norm_last = TRUE;
  bert.activation = RG_ACTIVATION_GELU_ERF;
  bert.biases = RG_BIAS_ALL;
  set_up_block (&fixture, bert, &names);
  check_derivatives_of (&fixture);
  tear_down (&fixture);
}

/* --- rows that are wanted --- */

static const guint32 kept[] = { 1, 2, 6 };
static const guint kept_offsets[] = { 0, 2, 3 }; /* two of the first segment, one of the second */
static const RgRowChoice choice = { kept, G_N_ELEMENTS (kept), kept_offsets };

static void
test_keep (void)
{
  Fixture fixture;
  g_autofree float *all = NULL;
  RgTensor *some;

  set_up (&fixture, TRUE, 100);
  all = g_memdup2 (block_op (fixture.pass, (RgTensor *[]){ fixture.x, fixture.memory }, &fixture)->data, ROWS * WIDTH * sizeof (float));
  fixture.keep = &choice;
  some = block_op (fixture.pass, (RgTensor *[]){ fixture.x, fixture.memory }, &fixture);
  g_assert_cmpuint (some->rows, ==, G_N_ELEMENTS (kept));
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    numeric_assert_same ("a row that is wanted", some->data + i * WIDTH, all + kept[i] * WIDTH, WIDTH, 1e-6);
  tear_down (&fixture);

  check_derivatives (TRUE, 100, &choice);
  check_derivatives (FALSE, 0, &choice);
}

/* --- cache --- */

/* Reads the rows in steps of the lengths in @steps, each seeing the earlier ones through the cache. */
static void
check_cache (Fixture *self, const guint *steps, const float *whole)
{
  static const guint memory_offsets[] = { 0, MEMORY };
  g_autofree float *rows = g_new (float, ROWS * 2 * WIDTH);
  RgBlockCache cache = { { .rows = ROWS, .cols = 2 * WIDTH, .data = rows }, 0 };
  guint done = 0;

  while (done < ROWS)
    {
      guint offsets[] = { 0, *steps++ };
      RgTensor x = { offsets[1], WIDTH, self->x->data + done * WIDTH };
      RgBlockRun run = { .n_segments = 1, .offsets = offsets, .causal = TRUE, .rotation = turn (self, self->pass, positions + done, offsets[1]), .cache = &cache, .memory_offsets = memory_offsets };
      RgTensor *y;

      rg_pass_reset (self->pass);
      if (self->config.cross)
        run.memory = rg_block_remember (self->pass, &self->block, &self->config, self->memory);
      y = rg_block_forward (self->pass, &self->block, &self->config, &x, &run);
      numeric_assert_same ("cached", y->data, whole + done * WIDTH, offsets[1] * WIDTH, 1e-5);
      done += offsets[1];
      g_assert_cmpuint (cache.n_rows, ==, done);
    }
}

static void
test_cache (void)
{
  for (guint cross = 0; cross < 2; cross++)
    {
      Fixture fixture;
      g_autofree float *whole = NULL;

      set_up (&fixture, cross, 100);
      whole = run_whole (&fixture, TRUE, NULL, NULL);
      check_cache (&fixture, (guint[]){ 1, 1, 1, 1, 1, 1, 1 }, whole);
      check_cache (&fixture, (guint[]){ 3, 4 }, whole);
      check_cache (&fixture, (guint[]){ 5, 1, 1 }, whole);
      check_cache (&fixture, (guint[]){ ROWS }, whole);
      tear_down (&fixture);
    }
}

/* --- who sees whom --- */

/* Which rows of what comes out change when one row of what goes in does. */
static void
check_reach (gboolean causal)
{
  Fixture fixture;
  g_autofree float *before = NULL;

  set_up (&fixture, TRUE, 100);
  before = run_whole (&fixture, causal, NULL, NULL);
  for (guint changed = 0; changed < ROWS; changed++)
    {
      g_autofree float *after = NULL;
      float was = fixture.x->data[changed * WIDTH];

      fixture.x->data[changed * WIDTH] += 0.5f;
      after = run_whole (&fixture, causal, NULL, NULL);
      fixture.x->data[changed * WIDTH] = was; /* subtracting would round */

      for (guint r = 0; r < ROWS; r++)
        g_assert_true ((memcmp (before + r * WIDTH, after + r * WIDTH, WIDTH * sizeof (float)) != 0) == (!causal || r >= changed));
    }
  tear_down (&fixture);
}

static void
test_reach (void)
{
  check_reach (TRUE);
  check_reach (FALSE);
}

/* Texts of a batch are as if each were alone. */
static void
test_segments (void)
{
  static const guint offsets[] = { 0, 3, ROWS }, memory_offsets[] = { 0, 2, MEMORY };
  Fixture fixture;
  g_autofree float *both = NULL;

  set_up (&fixture, TRUE, 100);
  both = g_memdup2 (block_op (fixture.pass, (RgTensor *[]){ fixture.x, fixture.memory }, &fixture)->data, ROWS * WIDTH * sizeof (float));

  for (guint s = 0; s < 2; s++)
    {
      guint one[] = { 0, offsets[s + 1] - offsets[s] }, one_memory[] = { 0, memory_offsets[s + 1] - memory_offsets[s] };
      RgTensor x = { one[1], WIDTH, fixture.x->data + offsets[s] * WIDTH };
      RgTensor memory = { one_memory[1], WIDTH, fixture.memory->data + memory_offsets[s] * WIDTH };
      RgBlockRun run = { .n_segments = 1, .offsets = one, .causal = TRUE, .memory_offsets = one_memory };

      rg_pass_reset (fixture.pass);
      run.rotation = turn (&fixture, fixture.pass, positions, one[1]);
      run.memory = rg_block_remember (fixture.pass, &fixture.block, &fixture.config, &memory);
      numeric_assert_same ("segment", rg_block_forward (fixture.pass, &fixture.block, &fixture.config, &x, &run)->data, both + offsets[s] * WIDTH, one[1] * WIDTH, 1e-6);
    }
  tear_down (&fixture);
}

/* A block that has cross-attention reads text alone where there is no picture. */
static void
test_without_memory (void)
{
  static const guint offsets[] = { 0, ROWS };
  RgBlockRun run = { .n_segments = 1, .offsets = offsets, .causal = TRUE };
  Fixture fixture;
  RgBlockConfig plain;
  g_autofree float *y = NULL;

  set_up (&fixture, TRUE, 100);
  plain = fixture.config;
  plain.cross = FALSE;
  run.rotation = turn (&fixture, fixture.pass, positions, ROWS);
  y = g_memdup2 (rg_block_forward (fixture.pass, &fixture.block, &plain, fixture.x, &run)->data, ROWS * WIDTH * sizeof (float));
  numeric_assert_same ("text alone", rg_block_forward (fixture.pass, &fixture.block, &fixture.config, fixture.x, &run)->data, y, ROWS * WIDTH, 0);
  tear_down (&fixture);
}

static void
test_records (void)
{
  Fixture fixture;
  float cross[HEADS * ROWS * MEMORY], self[HEADS * ROWS * ROWS];
  g_autofree float *fast = NULL, *recorded = NULL;

  set_up (&fixture, TRUE, 100);
  fast = run_whole (&fixture, TRUE, NULL, NULL);
  recorded = run_whole (&fixture, TRUE, cross, self);
  numeric_assert_same ("recorded", recorded, fast, ROWS * WIDTH, 0);

  for (guint i = 0; i < HEADS * ROWS; i++)
    {
      double sums[2] = { 0 };

      for (guint k = 0; k < MEMORY; k++)
        sums[0] += cross[i * MEMORY + k];
      for (guint k = 0; k < ROWS; k++)
        sums[1] += self[i * ROWS + k];
      numeric_assert_near ("cross-attention", i, sums[0], 1, 1e-6);
      numeric_assert_near ("self-attention", i, sums[1], 1, 1e-6);
      g_assert_true (i % ROWS == ROWS - 1 || self[i * ROWS + ROWS - 1] == 0);
    }
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transformer/derivatives", test_derivatives);
  g_test_add_func ("/transformer/families", test_families);
  g_test_add_func ("/transformer/keep", test_keep);
  g_test_add_func ("/transformer/cache", test_cache);
  g_test_add_func ("/transformer/reach", test_reach);
  g_test_add_func ("/transformer/segments", test_segments);
  g_test_add_func ("/transformer/without-memory", test_without_memory);
  g_test_add_func ("/transformer/records", test_records);

  return g_test_run ();
}
