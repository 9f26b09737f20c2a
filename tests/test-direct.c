/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "engine/explain/direct.h"
#include "engine/text-record.h"
#include "tests/family-case.h"

/* Direct logit attribution in all kinds of decoders: what attention writes for each key is carried on through all norms and the
 * scores, forward and in double precision, where the engine goes back from the score. */

static const FamilyNames families[] = {
  { "llava", { "case0_landscape" }, NULL, "input_ids", "question" },
  { "gemma3", { "case0_landscape" }, NULL, "input_ids", "question" },
  { "mllama", { "case0_landscape" }, NULL, "input_ids", "prompt", .before = "<|image|>", .behind = "<|eot_id|>" },
  { "vit-gpt2", { "case0_landscape" }, NULL, "decoder_input_ids", NULL, TRUE },
  { "blip-captioning", { "case1_portrait_prompt" }, NULL, "input_ids", "text" },
};

/* What is told apart: each patch, and behind them other rows of the memory and the text. */
enum
{
  MEMORY,
  TEXT,
  N_OTHERS
};

/* One row on its way up. @parts: of the stream, n × D; what is none of them is the rest */
typedef struct
{
  const RgTextConfig *config;
  const RgTextRecord *record;
  const RgImageState *image;
  gsize row, n;
  double *x, *parts;
} Stream;

/* y = W x (+ b) */
static void
map (const RgLinear *linear, gboolean bias, const double *x, double *y)
{
  for (gsize o = 0; o < linear->weight.rows; o++)
    {
      y[o] = bias && linear->bias.rows > 0 ? linear->bias.data[o] : 0;
      for (gsize i = 0; i < linear->weight.cols; i++)
        y[o] += x[i] * linear->weight.data[o * linear->weight.cols + i];
    }
}

/* In place, by mean and scale of @of. Of parts there is no bias. */
static void
normalise (const RgNorm *norm, float epsilon, const double *of, gboolean bias, double *x, gsize width)
{
  gboolean centres = norm->bias.rows > 0;
  double mean = 0, own = 0, square = 0;

  for (gsize d = 0; d < width && centres; d++)
    {
      mean += of[d] / width;
      own += x[d] / width;
    }
  for (gsize d = 0; d < width; d++)
    square += pow (of[d] - mean, 2) / width;
  for (gsize d = 0; d < width; d++)
    x[d] = (x[d] - own) / sqrt (square + epsilon) * (norm->offset + norm->gain.data[d]) + (bias && centres ? norm->bias.data[d] : 0);
}

/* The stream and its parts. */
static void
normalise_all (Stream *self, const RgNorm *norm)
{
  gsize width = self->config->block.width;
  g_autofree double *of = g_memdup2 (self->x, width * sizeof *of);

  for (gsize i = 0; i < self->n; i++)
    normalise (norm, self->config->block.epsilon, of, FALSE, self->parts + i * width, width);
  normalise (norm, self->config->block.epsilon, of, TRUE, self->x, width);
}

/* A v of one key, of all heads, added to @y. @attention: of the first head; @step: to that of the next; @v: its key's row of keys and values */
static void
look (const Stream *self, const float *attention, gsize step, const float *kv, double *y)
{
  const RgBlockConfig *block = &self->config->block;

  for (guint head = 0; head < block->n_heads; head++)
    for (guint i = 0; i < block->head_dim; i++)
      y[head * block->head_dim + i] += attention[head * step] * kv[(block->n_kv_heads + head * block->n_kv_heads / block->n_heads) * block->head_dim + i];
}

/* Which part a row of the memory is. */
static gsize
find_part (const Stream *self, gsize key)
{
  gsize n_patches = rg_image_state_get_n_patches (self->image);

  for (gsize p = 0; p < n_patches; p++)
    if (rg_image_state_get_places (self->image)[p] == key)
      return p;

  return n_patches + MEMORY;
}

/* @ys: n × H · head_dim, what each part is of A v */
static void
add (Stream *self, const RgBlock *block, const RgBlockConfig *config, const RgLinear *out, const double *ys)
{
  gsize width = config->width, inner = out->weight.cols;
  g_autofree double *sum = g_new0 (double, inner), *written = g_new (double, width), *part = g_new (double, width);
  double gate = config->gates ? tanh (block->attention_gate.data[0]) : 1;

  for (gsize i = 0; i < self->n * inner; i++)
    sum[i % inner] += ys[i];
  map (out, TRUE, sum, written);
  for (gsize i = 0; i < self->n; i++)
    {
      map (out, FALSE, ys + i * inner, part);
      if (config->out_norms)
        normalise (&block->out_norm, config->epsilon, written, FALSE, part, width);
      for (gsize d = 0; d < width; d++)
        self->parts[i * width + d] += gate * part[d];
    }
  if (config->out_norms)
    normalise (&block->out_norm, config->epsilon, written, TRUE, written, width);
  for (gsize d = 0; d < width; d++)
    self->x[d] += gate * written[d];
}

/* x + down (gelu (up (x))), of which nothing is told apart. */
static void
add_mlp (Stream *self, const RgBlock *block)
{
  gsize n = block->up.weight.rows, width = self->config->block.width;
  g_autofree double *inner = g_new (double, n), *written = g_new (double, width);

  map (&block->up, TRUE, self->x, inner);
  for (gsize i = 0; i < n; i++)
    inner[i] *= (1 + erf (inner[i] / G_SQRT2)) / 2;
  map (&block->down, TRUE, inner, written);
  for (gsize d = 0; d < width; d++)
    self->x[d] += written[d];
}

/* @look: the layer's number among those that look, and @own: among those with self-attention of their own */
static void
read_layer (Stream *self, RgBlock *block, guint layer, guint looks, guint own)
{
  RgBlockConfig config = rg_text_config_get_block (self->config, layer);
  const RgTextRecord *record = self->record;
  gsize inner = (gsize) config.n_heads * config.head_dim, n_rows = record->n_rows, n_maps = config.n_heads, text = rg_image_state_get_n_patches (self->image) + TEXT;
  g_autofree double *to_picture = g_new0 (double, self->n *inner), *to_text = g_new0 (double, self->n *inner);
  gboolean in_text = !self->config->block.cross, has_self = rg_text_config_has_self (self->config, layer);
  const float *seen = record->attention + (looks * n_maps * n_rows + self->row) * record->n_keys;
  const float *read = in_text ? seen + record->n_memory : has_self ? record->self_attention + (own * n_maps * n_rows + self->row) * n_rows
                                                                   : NULL;

  if (rg_text_config_looks (self->config, layer))
    {
      RgTensor memory = rg_image_state_copy_memory (self->image, layer);

      for (gsize key = 0; key < record->n_memory; key++)
        look (self, seen + key, n_rows * record->n_keys, memory.data + key * memory.cols, to_picture + find_part (self, key) * inner);
      g_free (memory.data);
    }
  for (gsize key = 0; has_self && key < n_rows; key++)
    look (self, read + key, n_rows * (in_text ? record->n_keys : n_rows), record->values[layer].data + key * record->values[layer].cols, (in_text ? to_picture : to_text) + text * inner);

  if (has_self)
    add (self, block, &config, &block->out, in_text ? to_picture : to_text);
  if (has_self && config.norm_last)
    normalise_all (self, &block->norm);
  if (config.cross)
    add (self, block, &config, &block->cross_out, to_picture);
  if (config.cross && config.norm_last)
    normalise_all (self, &block->cross_norm);
  if (config.norm_last)
    {
      add_mlp (self, block);
      normalise_all (self, &block->mlp_norm);
    }
}

/* What is looked up, of a decoder whose norms come last; others need not know. */
static void
begin (Stream *self, const RgDecoder *decoder, guint32 id)
{
  gsize width = self->config->block.width, row = self->row;

  for (gsize d = 0; d < width && self->config->block.norm_last; d++)
    self->x[d] = decoder->embedding.data[id * width + d] + decoder->places.data[row * width + d];
  if (self->config->first_norm)
    normalise (&decoder->first_norm, self->config->block.epsilon, self->x, TRUE, self->x, width);
}

static void
transform (Stream *self, const RgDecoder *decoder)
{
  gsize width = self->config->block.width;
  g_autofree double *inner = g_new (double, width), *part = g_new (double, width);

  map (&decoder->transform, TRUE, self->x, inner);
  for (gsize i = 0; i < self->n; i++)
    {
      map (&decoder->transform, FALSE, self->parts + i * width, part);
      for (gsize d = 0; d < width; d++)
        self->parts[i * width + d] = part[d] * (1 + erf (inner[d] / G_SQRT2)) / 2;
    }
  for (gsize d = 0; d < width; d++)
    self->x[d] = inner[d] * (1 + erf (inner[d] / G_SQRT2)) / 2;
  normalise_all (self, &decoder->scores_norm);
}

/* @scores: n + 1: of each part, then of the whole stream */
static void
run (Stream *self, RgDecoder *decoder, guint32 id, guint32 next, double *scores)
{
  const RgTextConfig *config = self->config;
  gsize width = config->block.width;
  const RgTensor *output = config->scores == RG_SCORES_WORDS ? &decoder->embedding : &decoder->scores_map.weight;

  begin (self, decoder, id);
  for (guint layer = 0, looks = 0, own = 0; layer < config->n_layers; layer++)
    {
      const float *got = self->record->layers[layer]->data + self->row * width;

      read_layer (self, &decoder->layers[layer], layer, looks, own);
      looks += rg_text_config_looks (config, layer);
      own += rg_text_config_has_self (config, layer);
      for (gsize d = 0; d < width; d++)
        {
          if (config->block.norm_last)
            numeric_assert_near ("stream", d, got[d], self->x[d], 1e-4);
          self->x[d] = got[d]; /* with what the MLP wrote */
        }
    }
  if (config->last_norm)
    normalise_all (self, &decoder->norm);
  if (config->scores == RG_SCORES_TRANSFORM)
    transform (self, decoder);
  for (gsize i = 0; i <= self->n; i++)
    {
      scores[i] = 0;
      for (gsize d = 0; d < width; d++)
        scores[i] += output->data[next * width + d] * (i < self->n ? self->parts[i * width + d] : self->x[d]);
    }
  if (config->scores == RG_SCORES_TRANSFORM)
    scores[self->n] += decoder->scores_map.bias.data[next];
}

static void
check (const RgExplained *answer, const RgDirectParts *parts, const float *map)
{
  const RgModelConfig *config = rg_model_get_config (answer->model);
  gsize n_patches = rg_image_state_get_n_patches (answer->image), n = n_patches + N_OTHERS, at = answer->first + answer->words[0].first;
  g_autofree double *x = g_new0 (double, config->text.block.width), *all = g_new0 (double, n * config->text.block.width), *scores = g_new (double, n + 1);
  RgTextRecord record;
  Stream stream = { &config->text, &record, answer->image, 0, n, x, all };
  double sum = 0, largest = 0;

  g_assert_true (rg_text_record_read (&record, answer->model, answer->pass, answer->image, &(RgTextReading){ .ids = answer->ids, .n = answer->n_ids - 1, .n_prompt = answer->first, .attention = TRUE, .values = TRUE }, NULL));
  stream.row = rg_text_record_get_row (&record, at);
  run (&stream, rg_model_get_decoder (answer->model), answer->ids[at - 1], answer->ids[at], scores);

  for (gsize p = 0; p < n_patches; p++)
    {
      numeric_assert_near ("patch", p, map[p], scores[p], 1e-4);
      largest = MAX (largest, fabs (scores[p]));
      sum += scores[p];
    }
  g_assert_cmpfloat (largest, >, 1e-3);
  numeric_assert_near ("picture", 0, parts->picture, sum, 1e-4);
  numeric_assert_near ("memory", 0, parts->memory, scores[n_patches + MEMORY], 1e-4);
  numeric_assert_near ("text", 0, parts->text, scores[n_patches + TEXT], 1e-4);
  numeric_assert_near ("score", 0, parts->score, scores[n], 1e-3);
  numeric_assert_near ("sum", 0, parts->picture + parts->memory + parts->text + parts->rest, parts->score, 1e-6);
}

static void
cancel (gpointer data)
{
  g_cancellable_cancel (data);
}

/* Between the tokens of a word, when the text has been read. */
static void
check_cancelled (const RgExplained *explained, float *map)
{
  const RgWord word = { .first = 1, .n = 2 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  RgExplained longer = *explained;

  longer.words = &word;
  longer.each_run = cancel;
  longer.data = cancellable;
  rg_pass_set_cancellable (longer.pass, cancellable);
  g_assert_false (rg_direct_map (&longer, map, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  rg_pass_set_cancellable (longer.pass, NULL);
}

static void
test_direct (FamilyCase *self, gconstpointer data)
{
  g_auto (FamilyAnswer) answer = { 0 };
  g_autofree float *map = NULL;
  RgDirectParts parts;

  if (self->dir == NULL)
    return;

  family_case_widen (self);
  family_case_open (self, self->names->cases[0]);
  family_answer_init (&answer, self, 3);
  map = g_new (float, rg_image_state_get_n_patches (answer.image));
  g_assert_true (rg_direct_map (&answer.explained, map, &parts, NULL));
  check (&answer.explained, &parts, map);
  check_cancelled (&answer.explained, map);
  family_case_close (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autofree char *path = g_strconcat ("/direct/", families[i].fixture, NULL);

      g_test_add (path, FamilyCase, &families[i], family_case_set_up, test_direct, family_case_tear_down);
    }

  return g_test_run ();
}
