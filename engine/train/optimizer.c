/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/optimizer.h"

#include <glib/gi18n.h>
#include <math.h>

#include "engine/error.h"
#include "engine/formats/safetensors.h"
#include "engine/tensor/memory.h"
#include "engine/tensor/vector-math.h"
#include "engine/train/orthogonal.h"

#define CHUNK 32768   /* values a task of the pool takes */
#define PIECE 256     /* values of each part that are added up at a time */
#define LIKE_ADAM 0.2 /* root mean square of AdamW's steps, about */

/* Values that one task updates: a piece of the flat arrays, or a matrix. */
typedef struct
{
  gsize start, n;
  gboolean decays;
  gsize rows, cols; /* of a matrix for Muon, otherwise 0 */
} Span;

struct _RgOptimizer
{
  RgOptimizerConfig config;
  float *values; /* (count) borrowed */
  gsize count;
  float *first, *second; /* (count) moments of the derivatives */
  GArray *spans;
  double *squares; /* (chunks) sum of squares of each chunk */
  guint step;
};

double
rg_optimizer_rate (const RgOptimizerConfig *config, guint step, guint n_steps)
{
  double start = (1 - config->decay) * n_steps, fall = 1;

  if (step >= start && n_steps > start)
    fall = config->final + (1 - config->final) * 0.5 * (1 + cos (G_PI * (step - start) / (n_steps - start)));

  return config->learning_rate * MIN (1.0, (step + 1.0) / MAX (1, config->warmup_steps)) * fall;
}

static void
add_spans (gsize start, gsize rows, gsize cols, RgParameterKind kind, gpointer data)
{
  RgOptimizer *self = data;
  gboolean whole = kind == RG_PARAMETER_MATRIX && self->config.momentum > 0;
  gsize n = rows * cols;

  for (gsize done = 0; done < n;)
    {
      Span span = { .start = start + done, .n = whole ? n : MIN (CHUNK, n - done), .decays = kind != RG_PARAMETER_VECTOR };

      if (whole)
        {
          span.rows = rows;
          span.cols = cols;
        }
      g_array_append_val (self->spans, span);
      done += span.n;
    }
}

RgOptimizer *
rg_optimizer_new (const RgOptimizerConfig *config, RgParameters *parameters, guint step)
{
  RgOptimizer *self = g_new0 (RgOptimizer, 1);

  self->config = *config;
  self->step = step;
  self->values = rg_parameters_get_values (parameters);
  self->count = rg_parameters_count (parameters);
  self->first = rg_memory_new0 (self->count * sizeof (float));
  self->second = rg_memory_new0 (self->count * sizeof (float));
  self->spans = g_array_new (FALSE, FALSE, sizeof (Span));
  self->squares = g_new (double, self->count / CHUNK + 1);
  rg_parameters_visit (parameters, add_spans, self);

  return self;
}

void
rg_optimizer_free (RgOptimizer *self)
{
  if (self == NULL)
    return;

  g_aligned_free (self->first);
  g_aligned_free (self->second);
  g_array_unref (self->spans);
  g_free (self->squares);
  g_free (self);
}

guint
rg_optimizer_get_step (const RgOptimizer *self)
{
  return self->step;
}

/* What the two loops need. */
typedef struct
{
  RgOptimizer *optimizer;
  float *const *grads;
  guint n_grads;
  float factor; /* of clipping */
  float rate, first_rate, second_scale, decay;
} Update;

/* The parts' derivatives have long left the caches: what comes next is called for while this is added. */
RG_VECTORISED static void
add_span (float *to, const float *from, gsize n)
{
  for (gsize i = 0; i < n; i += 16)
    __builtin_prefetch (from + PIECE + i);
  for (gsize i = 0; i < n; i++)
    to[i] += from[i];
}

RG_VECTORISED static double
sum_squares (const float *x, gsize n)
{
  float sum = 0;

  RG_SIMD_SUM (sum)
  for (gsize i = 0; i < n; i++)
    sum += x[i] * x[i];

  return sum;
}

static void
reduce_chunk (gsize task, gpointer data)
{
  Update *update = data;
  RgOptimizer *self = update->optimizer;
  gsize start = task * CHUNK, n = MIN (CHUNK, self->count - start);

  for (gsize at = start; at < start + n; at += PIECE)
    for (guint i = 1; i < update->n_grads; i++)
      add_span (update->grads[0] + at, update->grads[i] + at, MIN (PIECE, start + n - at));

  self->squares[task] = sum_squares (update->grads[0] + start, n);
}

RG_VECTORISED static void
adam_span (float *value, float *first, float *second, const float *grad, gsize n, float decay, const Update *u, float beta1, float beta2, float epsilon)
{
  for (gsize i = 0; i < n; i++)
    {
      float g = grad[i] * u->factor;
      float m = beta1 * first[i] + (1 - beta1) * g;
      float v = beta2 * second[i] + (1 - beta2) * g * g;

      first[i] = m;
      second[i] = v;
      value[i] -= u->first_rate * m / (sqrtf (v * u->second_scale) + epsilon) + decay * value[i];
    }
}

/* Nesterov's momentum, which looks one step ahead. */
RG_VECTORISED static void
gain_momentum (float *update, float *momentum, const float *grad, gsize n, float factor, float keep)
{
  for (gsize i = 0; i < n; i++)
    {
      float g = grad[i] * factor;
      float m = keep * momentum[i] + g;

      momentum[i] = m;
      update[i] = keep * m + g;
    }
}

RG_VECTORISED static void
move_span (float *value, const float *update, gsize n, float rate, float decay)
{
  for (gsize i = 0; i < n; i++)
    value[i] -= rate * update[i] + decay * value[i];
}

/* For the update of one matrix after the other and for rg_orthogonalize(): it stays in the core's cache. */
static RgScratch rooms = RG_SCRATCH_INIT;

static void
update_span (gsize task, gpointer data)
{
  Update *u = data;
  RgOptimizer *self = u->optimizer;
  const Span *span = &g_array_index (self->spans, Span, task);
  float *value = self->values + span->start, *first = self->first + span->start;
  const float *grad = u->grads[0] + span->start;
  float decay = span->decays ? u->decay : 0, *room;

  if (span->rows == 0)
    {
      adam_span (value, first, self->second + span->start, grad, span->n, decay, u, self->config.beta1, self->config.beta2, self->config.epsilon);
      return;
    }

  room = rg_scratch_get (&rooms, (span->n + rg_orthogonalize_room (span->rows, span->cols)) * sizeof (float));
  gain_momentum (room, first, grad, span->n, u->factor, self->config.momentum);
  rg_orthogonalize (room, span->rows, span->cols, room + span->n);
  move_span (value, room, span->n, u->rate * LIKE_ADAM * sqrt (MAX (span->rows, span->cols)), decay);
}

double
rg_optimizer_update (RgOptimizer *self, RgPool *pool, float *const *grads, guint n_grads, double rate)
{
  gsize n_chunks = (self->count + CHUNK - 1) / CHUNK;
  Update update = { .optimizer = self, .grads = grads, .n_grads = n_grads };
  double norm = 0;

  rg_pool_run (pool, n_chunks, reduce_chunk, &update);
  for (gsize i = 0; i < n_chunks; i++)
    norm += self->squares[i];
  norm = sqrt (norm);

  if (!isfinite (norm))
    return norm;

  self->step++;
  update.factor = norm > self->config.clip ? self->config.clip / norm : 1;
  update.rate = rate;
  update.first_rate = rate / (1 - pow (self->config.beta1, self->step));
  update.second_scale = 1 / (1 - pow (self->config.beta2, self->step));
  update.decay = rate * self->config.weight_decay;
  rg_pool_run (pool, self->spans->len, update_span, &update);

  return norm;
}

static RgStoredTensor
moment (const char *name, const float *values, gsize count)
{
  return (RgStoredTensor){ .name = name, .dtype = RG_DTYPE_F32, .n_dims = 1, .shape = { count }, .bytes = values, .n_bytes = count * sizeof (float) };
}

gboolean
rg_optimizer_save (RgOptimizer *self, const char *path, GError **error)
{
  RgStoredTensor tensors[] = { moment ("first_moment", self->first, self->count), moment ("second_moment", self->second, self->count) };
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  g_hash_table_insert (metadata, (gpointer) "step", g_strdup_printf ("%u", self->step));

  return rg_safetensors_write (path, tensors, G_N_ELEMENTS (tensors), metadata, error);
}

gboolean
rg_optimizer_load (RgOptimizer *self, const char *path, GError **error)
{
  g_autoptr (RgSafetensors) file = rg_safetensors_open (path, error);
  const RgStoredTensor *first, *second;
  const char *step;
  guint64 n_steps;

  if (file == NULL)
    return FALSE;

  first = rg_safetensors_find (file, "first_moment");
  second = rg_safetensors_find (file, "second_moment");
  step = rg_safetensors_get_metadata (file, "step");

  if (first == NULL || second == NULL || step == NULL || !g_ascii_string_to_unsigned (step, 10, 0, G_MAXUINT, &n_steps, NULL) ||
      first->dtype != RG_DTYPE_F32 || second->dtype != RG_DTYPE_F32 ||
      rg_stored_tensor_get_n_elements (first) != self->count || rg_stored_tensor_get_n_elements (second) != self->count)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: this checkpoint is not of the model that is being trained"), path);
      return FALSE;
    }

  rg_dtype_to_f32 (first->dtype, first->bytes, self->first, self->count);
  rg_dtype_to_f32 (second->dtype, second->bytes, self->second, self->count);
  self->step = n_steps;

  return TRUE;
}
