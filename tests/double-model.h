/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/seen-model.h"

#include <math.h>
#include <string.h>

/* The tiny model of seen-model.h once more, in double precision and one row at a time, for what has no other reference. Every
 * probability of attention can be changed behind the softmax, so that derivatives with respect to it are differences. */

#define D 16
#define HEADS 2
#define DIM 8
#define INNER 24
#define LAYERS 2
#define MOST_ROWS (1 + PATCHES)

/* Which attention: of the encoder, of the decoder among its rows, or to the picture. */
typedef enum
{
  DOUBLE_SEEING,
  DOUBLE_READING,
  DOUBLE_LOOKING,
  DOUBLE_N_KINDS
} DoubleKind;

/**
 * DoubleModel:
 * @patches: what the encoder's first layer begins with
 * @n: tokens of ids that are read
 * @changed, @by: (nullable): a probability, and what is added to it
 * @attention: of the run before: HEADS × rows × keys of each kind and layer
 * @start, @mlps: of the last row: what it began with, and the sum of what the MLPs wrote
 * @last: of the last row before the last norm
 * @values: of each layer and kind of the decoder: keys × D
 */
typedef struct
{
  Fixture *fixture;
  double patches[PATCHES * D];
  gsize n;
  const double *changed;
  double by;
  double attention[DOUBLE_N_KINDS][LAYERS][HEADS * MOST_ROWS * MOST_ROWS];
  double start[D], mlps[D], last[D];
  double *logits;
} DoubleModel;

static inline void
double_norm (const RgNorm *norm, const double *x, gsize rows, double *y)
{
  for (gsize r = 0; r < rows; r++, x += D, y += D)
    {
      double mean = 0, square = 0;

      for (gsize d = 0; d < D; d++)
        mean += x[d] / D;
      for (gsize d = 0; d < D; d++)
        square += (x[d] - mean) * (x[d] - mean) / D;
      for (gsize d = 0; d < D; d++)
        y[d] = (x[d] - mean) / sqrt (square + 1e-5) * norm->gain.data[d] + norm->bias.data[d];
    }
}

/* y = x Wᵀ + b, W the rows @first … @first + @out − 1 of the weight */
static inline void
double_linear (const RgLinear *linear, gsize first, const double *x, gsize rows, gsize in, gsize out, double *y)
{
  for (gsize r = 0; r < rows; r++)
    for (gsize o = 0; o < out; o++)
      {
        double sum = linear->bias.rows > 0 ? linear->bias.data[first + o] : 0;

        for (gsize i = 0; i < in; i++)
          sum += x[r * in + i] * linear->weight.data[(first + o) * in + i];
        y[r * out + o] = sum;
      }
}

static inline double
double_gelu (double x)
{
  return x / 2 * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
}

static inline void
double_rotate (double *x, gsize rows)
{
  for (gsize r = 0; r < rows; r++)
    for (gsize head = 0; head < HEADS; head++)
      for (gsize i = 0; i < DIM / 2; i++)
        {
          double *a = x + r * D + head * DIM + i, *b = a + DIM / 2, angle = r * pow (10000, -2.0 * i / DIM), before = *a;

          *a = before * cos (angle) - *b * sin (angle);
          *b = before * sin (angle) + *b * cos (angle);
        }
}

/* x += out (softmax (q kᵀ) v); the probabilities are left in @attention. */
static inline void
double_attend (DoubleModel *self, double *attention, const double *q, const double *k, const double *v, const RgLinear *out, gsize rows, gsize keys, gboolean causal, double *x)
{
  double y[MOST_ROWS * D] = { 0 }, written[MOST_ROWS * D];

  for (gsize head = 0; head < HEADS; head++)
    for (gsize r = 0; r < rows; r++)
      {
        double *p = attention + (head * rows + r) * keys, sum = 0;
        gsize n = causal ? r + 1 : keys;

        for (gsize key = 0; key < keys; key++)
          {
            double score = 0;

            for (gsize i = 0; i < DIM; i++)
              score += q[r * D + head * DIM + i] * k[key * D + head * DIM + i];
            p[key] = key < n ? exp (score / sqrt (DIM)) : 0;
            sum += p[key];
          }
        for (gsize key = 0; key < keys; key++)
          {
            p[key] = p[key] / sum + (&p[key] == self->changed ? self->by : 0);
            for (gsize i = 0; i < DIM; i++)
              y[r * D + head * DIM + i] += p[key] * v[key * D + head * DIM + i];
          }
      }

  double_linear (out, 0, y, rows, D, D, written);
  for (gsize i = 0; i < rows * D; i++)
    x[i] += written[i];
}

static inline void
double_self (DoubleModel *self, const RgBlock *block, DoubleKind kind, guint layer, gsize rows, double *x)
{
  double normed[MOST_ROWS * D], q[MOST_ROWS * D], k[MOST_ROWS * D], v[MOST_ROWS * D];

  double_norm (&block->norm, x, rows, normed);
  double_linear (&block->qkv[0], 0, normed, rows, D, D, q);
  double_linear (&block->qkv[0], D, normed, rows, D, D, k);
  double_linear (&block->qkv[0], 2 * D, normed, rows, D, D, v);
  if (kind == DOUBLE_READING)
    {
      double_rotate (q, rows);
      double_rotate (k, rows);
    }
  double_attend (self, self->attention[kind][layer], q, k, v, &block->out, rows, rows, kind == DOUBLE_READING, x);
}

static inline void
double_cross (DoubleModel *self, const RgBlock *block, guint layer, const double *memory, gsize rows, double *x)
{
  double normed[MOST_ROWS * D], q[MOST_ROWS * D], k[MOST_ROWS * D], v[MOST_ROWS * D];

  double_norm (&block->cross_norm, x, rows, normed);
  double_linear (&block->cross_q, 0, normed, rows, D, D, q);
  double_linear (&block->cross_kv[0], 0, memory, 1 + PATCHES, D, D, k);
  double_linear (&block->cross_kv[0], D, memory, 1 + PATCHES, D, D, v);
  double_attend (self, self->attention[DOUBLE_LOOKING][layer], q, k, v, &block->cross_out, rows, 1 + PATCHES, FALSE, x);
}

/* @written: what the last row's MLP wrote is added there */
static inline void
double_mlp (const RgBlock *block, gsize rows, double *x, double *written)
{
  double normed[MOST_ROWS * D], inner[MOST_ROWS * INNER], y[MOST_ROWS * D];

  double_norm (&block->mlp_norm, x, rows, normed);
  double_linear (&block->up, 0, normed, rows, D, INNER, inner);
  for (gsize i = 0; i < rows * INNER; i++)
    inner[i] = double_gelu (inner[i]);
  double_linear (&block->down, 0, inner, rows, INNER, D, y);
  for (gsize i = 0; i < rows * D; i++)
    x[i] += y[i];
  for (gsize d = 0; d < D; d++)
    written[d] += y[(rows - 1) * D + d];
}

static inline void
double_see (DoubleModel *self, double *memory)
{
  const RgVisionEncoder *encoder = rg_model_get_encoder (self->fixture->model);
  const RgProjector *projector = rg_model_get_projector (self->fixture->model);
  double x[PATCHES * D], y[PATCHES * D], ignored[D] = { 0 };

  memcpy (x, self->patches, sizeof x);
  for (guint layer = 0; layer < LAYERS; layer++)
    {
      double_self (self, &encoder->layers[layer], DOUBLE_SEEING, layer, PATCHES, x);
      double_mlp (&encoder->layers[layer], PATCHES, x, ignored);
    }
  double_norm (&encoder->last_norm, x, PATCHES, x);
  double_linear (&projector->up, 0, x, PATCHES, D, D, y);
  for (gsize i = 0; i < PATCHES * D; i++)
    y[i] = double_gelu (y[i]);
  double_linear (&projector->down, 0, y, PATCHES, D, D, x);
  double_norm (&projector->norm, x, PATCHES, x);

  for (gsize d = 0; d < D; d++)
    memory[d] = projector->null_key.data[d];
  for (gsize i = 0; i < PATCHES * D; i++)
    memory[D + i] = x[i] + projector->places.data[i];
}

/* Reads the first n ids; leaves the scores of what follows in self->logits. */
static inline void
double_run (DoubleModel *self)
{
  const RgDecoder *decoder = rg_model_get_decoder (self->fixture->model);
  double memory[(1 + PATCHES) * D], x[MOST_ROWS * D], last[D];

  g_assert_cmpuint (self->n, <=, MOST_ROWS);
  double_see (self, memory);
  for (gsize r = 0; r < self->n; r++)
    for (gsize d = 0; d < D; d++)
      x[r * D + d] = decoder->embedding.data[ids[r] * D + d];
  memcpy (self->start, x + (self->n - 1) * D, sizeof self->start);
  memset (self->mlps, 0, sizeof self->mlps);
  for (guint layer = 0; layer < LAYERS; layer++)
    {
      double_self (self, &decoder->layers[layer], DOUBLE_READING, layer, self->n, x);
      double_cross (self, &decoder->layers[layer], layer, memory, self->n, x);
      double_mlp (&decoder->layers[layer], self->n, x, self->mlps);
    }
  memcpy (self->last, x + (self->n - 1) * D, sizeof self->last);
  double_norm (&decoder->norm, self->last, 1, last);
  for (gsize id = 0; id < self->fixture->n_tokens; id++)
    {
      self->logits[id] = 0;
      for (gsize d = 0; d < D; d++)
        self->logits[id] += last[d] * decoder->embedding.data[id * D + d];
    }
}

static inline void
double_model_init (DoubleModel *self, Fixture *fixture, gsize n)
{
  RgVisionEncoder *encoder = rg_model_get_encoder (fixture->model);
  guint offsets[] = { 0, PATCHES };
  RgTensor *layers[1 + LAYERS];

  *self = (DoubleModel){ .fixture = fixture, .n = n, .logits = g_new (double, fixture->n_tokens) };
  rg_pass_reset (fixture->pass);
  rg_vision_encoder_forward (fixture->pass, encoder, &rg_model_get_config (fixture->model)->vision, rg_pass_input (fixture->pass, TINY_SIDE * TINY_SIDE, 3, fixture->pixels), &(RgVisionRun){ .n_images = 1, .offsets = offsets, .layers = layers });
  for (gsize i = 0; i < PATCHES * D; i++)
    self->patches[i] = layers[0]->data[i];
  double_run (self);
}

static inline void
double_model_clear (DoubleModel *self)
{
  g_free (self->logits);
}

/* log (p / (1 − p)) */
static inline double
double_odds (const DoubleModel *self, guint32 id)
{
  double sum = 0;

  for (gsize i = 0; i < self->fixture->n_tokens; i++)
    sum += i == id ? 0 : exp (self->logits[i]);

  return self->logits[id] - log (sum);
}
