/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/attention-row.h"

#include <math.h>
#include <string.h>

#include "engine/tensor/attention-spec.h"
#include "engine/tensor/vector-math.h"
#include "engine/tensor/vector-product.h"

/* Keys of a task: enough to be worth one, and few enough that their values are still near when their scores are known. */
#define CHUNK 128
/* Rows of which all heads are looked at before the next ones are: memory is read in the order in which it lies. */
#define ROWS 16

/* Keys and values of which some lie before, in tensors of their own. */
typedef struct
{
  RgView k, v;
  gsize row;    /* of the first key in its tensor */
  gsize start;  /* its number among all keys */
  gsize n_keys; /* that are seen */
} Stretch;

typedef struct
{
  const RgAttentionSpec *spec;
  const float *q;
  Stretch before, own;
  guint n_kv_heads, group;
  float scale;
  gsize length;                  /* of a row of scores */
  float *scores;                 /* H × length; then e to their distance from the largest of the chunk */
  float *largest, *sums, *mixed; /* for each chunk: H, H, H × head_dim */
} Row;

/* --- one chunk ----------------------------------------------------------------------------------------------------- */

/* Returns: Σ of what @scores become; hidden keys become 0 */
RG_VECTORISED static float
exponentiate (float *scores, gsize n, const guint8 *hidden, float scale, float *largest)
{
  float most = -G_MAXFLOAT, sum = 0;

  for (gsize i = 0; hidden != NULL && i < n; i++)
    scores[i] = hidden[i] ? -G_MAXFLOAT : scores[i];

  RG_SIMD_MAX (most)
  for (gsize i = 0; i < n; i++)
    most = scores[i] > most ? scores[i] : most;

  for (gsize i = 0; i < n; i++)
    scores[i] = rg_exp ((scores[i] - most) * scale);
  for (gsize i = 0; hidden != NULL && i < n; i++)
    scores[i] = hidden[i] ? 0 : scores[i];

  RG_SIMD_SUM (sum)
  for (gsize i = 0; i < n; i++)
    sum += scores[i];
  *largest = most;

  return sum;
}

/* The part of a product that is about a head of keys or values. */
static RgVectorProduct
find_rows (const Row *self, RgView view, gsize row, gsize n, guint kv_head)
{
  const RgTensor *tensor = view.tensor;
  gsize first = row * tensor->cols + view.col + (gsize) kv_head * self->spec->head_dim;
  gboolean is_stored = tensor->stored != NULL;

  g_assert (!is_stored || tensor->dtype == RG_DTYPE_F16);

  return (RgVectorProduct){
    .dtype = is_stored ? tensor->dtype : RG_DTYPE_F32,
    .rows = n,
    .cols = self->spec->head_dim,
    .b = is_stored ? (const void *) ((const guint16 *) tensor->stored + first) : tensor->data + first,
    .ldb = tensor->cols,
    .m = self->group,
  };
}

static void
attend_to_chunk (gsize task, gpointer data)
{
  static RgVectorProductFunc *const dots[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_vector_dots) }, *const mix[RG_N_CPU_LEVELS] = { RG_LEVELS (rg_vector_mix) };
  const Row *self = data;
  const RgAttentionSpec *spec = self->spec;
  const gsize n_before = (self->before.n_keys + CHUNK - 1) / CHUNK, width = spec->head_dim;
  const Stretch *stretch = task < n_before ? &self->before : &self->own;
  const gsize first = (task < n_before ? task : task - n_before) * CHUNK, n = MIN (stretch->n_keys - first, CHUNK);
  const guint8 *hidden = spec->hidden != NULL && (task < n_before || spec->n_before == 0) ? spec->hidden + stretch->row + first : NULL;
  float *mixed = self->mixed + task * spec->n_heads * width;

  for (gsize row = first; row < first + n; row += ROWS)
    for (guint head = 0; head < self->n_kv_heads; head++)
      {
        RgVectorProduct keys = find_rows (self, stretch->k, stretch->row + row, MIN (first + n - row, ROWS), head);

        keys.a = self->q + head * self->group * width;
        keys.lda = width;
        keys.c = self->scores + head * self->group * self->length + stretch->start + row;
        keys.ldc = self->length;
        dots[rg_cpu_get_level ()](&keys);
      }

  memset (mixed, 0, spec->n_heads * width * sizeof (float));
  for (guint head = 0; head < spec->n_heads; head++)
    self->sums[task * spec->n_heads + head] = exponentiate (self->scores + head * self->length + stretch->start + first, n, hidden, self->scale, &self->largest[task * spec->n_heads + head]);
  for (guint head = 0; head < self->n_kv_heads; head++)
    {
      RgVectorProduct values = find_rows (self, stretch->v, stretch->row + first, n, head);

      values.a = self->scores + head * self->group * self->length + stretch->start + first;
      values.lda = self->length;
      values.c = mixed + head * self->group * width;
      values.ldc = width;
      mix[rg_cpu_get_level ()](&values);
    }
}

/* --- all chunks ---------------------------------------------------------------------------------------------------- */

/* What a chunk of a head counts for, in place of its sum. */
static void
weigh_chunks (Row *self, gsize n_chunks, guint head)
{
  guint n_heads = self->spec->n_heads;
  float most = -G_MAXFLOAT, total = 0;

  for (gsize c = 0; c < n_chunks; c++)
    most = MAX (most, self->largest[c * n_heads + head]);
  for (gsize c = 0; c < n_chunks; c++)
    {
      gsize at = c * n_heads + head;

      self->largest[at] = expf ((self->largest[at] - most) * self->scale);
      total += self->largest[at] * self->sums[at];
    }
  for (gsize c = 0; c < n_chunks; c++)
    self->sums[c * n_heads + head] = total > 0 ? self->largest[c * n_heads + head] / total : 0;
}

static void
add_scaled (float *y, const float *x, float factor, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] += factor * x[i];
}

static void
record_head (const Row *self, guint head, gsize n_keys)
{
  const Stretch *stretches[] = { &self->before, &self->own };
  float *record = self->spec->record + head * n_keys;
  const float *scores = self->scores + head * self->length, *weights = self->sums + head;

  memset (record, 0, n_keys * sizeof (float));
  for (guint s = 0; s < G_N_ELEMENTS (stretches); s++)
    for (gsize first = 0; first < stretches[s]->n_keys; first += CHUNK, weights += self->spec->n_heads)
      for (gsize i = first; i < MIN (first + CHUNK, stretches[s]->n_keys); i++)
        record[stretches[s]->start + i] = scores[stretches[s]->start + i] * *weights;
}

void
rg_attention_row (RgPass *pass, const float *q, RgView k, RgView v, const RgAttentionSpec *spec, gsize first_seen, gsize end_seen, gsize n_keys, float *y)
{
  gsize first_own = MAX (first_seen, spec->n_before), end_before = MIN (end_seen, spec->n_before), first_before = MIN (first_seen, end_before);
  Row self = {
    .spec = spec,
    .q = q,
    .before = { spec->before_k, spec->before_v, first_before, first_before, end_before - first_before },
    .own = { k, v, spec->k_offsets[0] + first_own - spec->n_before, first_own, MAX (end_seen, first_own) - first_own },
    .n_kv_heads = rg_attention_get_n_kv_heads (spec),
    .group = rg_attention_get_group (spec),
    .scale = rg_attention_get_scale (spec),
    .length = n_keys,
  };
  gsize n_chunks = (self.before.n_keys + CHUNK - 1) / CHUNK + (self.own.n_keys + CHUNK - 1) / CHUNK, width = spec->head_dim;

  self.scores = rg_arena_alloc (pass->arena, spec->n_heads * n_keys * sizeof (float));
  self.largest = rg_arena_alloc (pass->arena, n_chunks * spec->n_heads * sizeof (float));
  self.sums = rg_arena_alloc (pass->arena, n_chunks * spec->n_heads * sizeof (float));
  self.mixed = rg_arena_alloc (pass->arena, n_chunks * spec->n_heads * width * sizeof (float));
  memset (self.scores, 0, spec->n_heads * n_keys * sizeof (float));
  rg_pool_run (pass->pool, n_chunks, attend_to_chunk, &self);

  memset (y, 0, spec->n_heads * width * sizeof (float));
  for (guint head = 0; head < spec->n_heads; head++)
    {
      weigh_chunks (&self, n_chunks, head);
      for (gsize c = 0; c < n_chunks; c++)
        add_scaled (y + head * width, self.mixed + (c * spec->n_heads + head) * width, self.sums[c * spec->n_heads + head], width);
      if (spec->record != NULL)
        record_head (&self, head, n_keys);
    }
}
