/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/parameters.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/map-file.h"
#include "engine/formats/safetensors.h"
#include "engine/tensor/memory.h"
#include "engine/tensor/pass.h"
#include "engine/transformer/places.h"

/* How a name begins here, and in another file. */
typedef struct
{
  char *name, *alias;
} Alias;

typedef struct
{
  char *name;
  RgTensor *tensor;
  RgInit init;
  float scale;
  RgParameterKind kind;
  gboolean in_out; /* the file has the matrix's transpose */
  guint window;    /* the file has the columns as channels × so many places, 0 where it has not */
} Entry;

struct _RgParameters
{
  GArray *entries;
  GArray *aliases;
  gboolean in_out; /* like the next, of the entries to come */
  guint window;
  gsize count;
  gsize n_short;            /* values that the file has in less than single precision */
  float *values;            /* (count) owned, %NULL while the values are mapped or another's */
  float *grads;             /* (count, or with @sums those that are no matrices) owned, nullable */
  RgParameters *sums;       /* borrowed, nullable: whose derivatives these are added to */
  RgWeights *weights;       /* where mapped values live, nullable */
  GPtrArray *copies;        /* widened or turned tensors of a mapped file */
  GPtrArray *panels;        /* of the tensors that are packed */
  const RgLoadWatch *watch; /* borrowed, nullable */
};

static void
clear_entry (gpointer data)
{
  g_free (((Entry *) data)->name);
}

static void
clear_alias (gpointer data)
{
  g_free (((Alias *) data)->name);
  g_free (((Alias *) data)->alias);
}

RgParameters *
rg_parameters_new (void)
{
  RgParameters *self = g_new0 (RgParameters, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, clear_entry);
  self->aliases = g_array_new (FALSE, FALSE, sizeof (Alias));
  g_array_set_clear_func (self->aliases, clear_alias);
  self->copies = g_ptr_array_new_with_free_func (g_free);
  self->panels = g_ptr_array_new_with_free_func ((GDestroyNotify) rg_panels_free);

  return self;
}

void
rg_parameters_free (RgParameters *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->entries);
  g_array_unref (self->aliases);
  g_ptr_array_unref (self->copies);
  g_ptr_array_unref (self->panels);
  g_clear_pointer (&self->weights, rg_weights_unref);
  g_aligned_free (self->values);
  g_aligned_free (self->grads);
  g_free (self);
}

void
rg_parameters_declare (RgParameters *self, RgTensor *tensor, gsize rows, gsize cols, RgInit init, float scale, RgParameterKind kind, const char *format, ...)
{
  Entry entry = { .tensor = tensor, .init = init, .scale = scale, .kind = kind, .in_out = self->in_out && kind == RG_PARAMETER_MATRIX, .window = kind == RG_PARAMETER_MATRIX ? self->window : 0 };
  va_list args;

  va_start (args, format);
  entry.name = g_strdup_vprintf (format, args);
  va_end (args);
  if (entry.name[0] == '.') /* a part without a prefix */
    memmove (entry.name, entry.name + 1, strlen (entry.name));

  *tensor = (RgTensor){ .rows = rows, .cols = cols };
  g_array_append_val (self->entries, entry);
  self->count += rows * cols;
}

void
rg_parameters_set_in_out (RgParameters *self, gboolean in_out)
{
  self->in_out = in_out;
}

void
rg_parameters_set_window (RgParameters *self, guint n)
{
  self->window = n;
}

gsize
rg_parameters_count (const RgParameters *self)
{
  return self->count;
}

static Entry *
entry_at (RgParameters *self, guint i)
{
  return &g_array_index (self->entries, Entry, i);
}

void
rg_parameters_add_alias (RgParameters *self, const char *name, const char *alias)
{
  Alias pair = { g_strdup (name), g_strdup (alias) };

  g_array_append_val (self->aliases, pair);
}

static void
allocate_values (RgParameters *self)
{
  float *next;

  self->values = next = rg_memory_new (self->count * sizeof (float));
  for (guint i = 0; i < self->entries->len; i++)
    {
      RgTensor *tensor = entry_at (self, i)->tensor;

      tensor->data = next;
      next += tensor->rows * tensor->cols;
    }
}

void
rg_parameters_begin (RgParameters *self, RgRandom *random)
{
  allocate_values (self);

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = entry_at (self, i);
      gsize n = entry->tensor->rows * entry->tensor->cols;

      if (entry->init == RG_INIT_PLACES)
        rg_places_fill (entry->tensor, entry->scale);
      else
        for (gsize j = 0; j < n; j++)
          entry->tensor->data[j] = entry->init == RG_INIT_NORMAL ? entry->scale * rg_random_normal (random) : entry->scale;
    }
}

void
rg_parameters_grow (RgParameters *self, RgParameters *source)
{
  g_assert (self->entries->len == source->entries->len);

  allocate_values (self);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = entry_at (self, i);
      RgTensor *tensor = entry->tensor, *from = entry_at (source, i)->tensor;

      g_assert (tensor->cols == from->cols && (tensor->rows == from->rows || entry->init == RG_INIT_PLACES));

      if (tensor->rows == from->rows)
        memcpy (tensor->data, from->data, tensor->rows * tensor->cols * sizeof (float));
      else
        rg_places_grow (tensor, from, entry->scale);
    }
}

void
rg_parameters_share (RgParameters *self, RgParameters *source)
{
  g_assert (self->entries->len == source->entries->len);

  for (guint i = 0; i < self->entries->len; i++)
    {
      RgTensor *tensor = entry_at (self, i)->tensor, *from = entry_at (source, i)->tensor;

      g_assert (tensor->rows == from->rows && tensor->cols == from->cols);
      tensor->data = from->data;
      tensor->stored = from->stored;
      tensor->dtype = from->dtype;
      tensor->panels = from->panels;
    }

  self->n_short = source->n_short;
}

static void
fill_panels (gsize task, gpointer data)
{
  RgParameters *self = data;
  const Entry *entry = entry_at (self, task);

  if (entry->tensor->panels != NULL)
    rg_panels_fill ((RgPanels *) entry->tensor->panels, entry->tensor->data);
}

void
rg_parameters_pack (RgParameters *self, RgPool *pool, gboolean int8)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = entry_at (self, i);
      RgPanels *panels;

      if (entry->kind == RG_PARAMETER_VECTOR || entry->tensor->panels != NULL)
        continue;
      g_assert (entry->tensor->stored == NULL);
      panels = rg_panels_new (entry->tensor->rows, entry->tensor->cols, int8 && entry->kind == RG_PARAMETER_MATRIX);
      entry->tensor->panels = panels;
      g_ptr_array_add (self->panels, panels);
    }

  rg_pool_run (pool, self->entries->len, fill_panels, self);
}

static gsize
count_values (const RgTensor *tensor)
{
  return tensor->rows * tensor->cols;
}

/* One op a pass uses a row of a matrix; tables and vectors may have several uses, whose sum comes first. */
static gboolean
joins_sums (const RgParameters *self, const Entry *entry)
{
  return self->sums != NULL && entry->kind == RG_PARAMETER_MATRIX;
}

void
rg_parameters_want_grads (RgParameters *self, RgParameters *sums)
{
  gsize n = 0, start = 0;

  self->sums = sums;
  for (guint i = 0; i < self->entries->len; i++)
    n += joins_sums (self, entry_at (self, i)) ? 0 : count_values (entry_at (self, i)->tensor);
  if (self->grads == NULL)
    self->grads = rg_memory_new (n * sizeof (float));

  for (guint i = 0; i < self->entries->len; i++)
    {
      RgTensor *tensor = entry_at (self, i)->tensor;
      gboolean joins = joins_sums (self, entry_at (self, i));

      g_assert (tensor->stored == NULL);
      tensor->grad = joins ? entry_at (sums, i)->tensor->grad : self->grads + start;
      tensor->grad_set = joins;
      tensor->wants_grad = TRUE;
      start += joins ? 0 : count_values (tensor);
    }
}

void
rg_parameters_complete_grads (RgParameters *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      RgTensor *tensor = entry_at (self, i)->tensor;

      if (!tensor->grad_set)
        memset (tensor->grad, 0, count_values (tensor) * sizeof (float));
      else if (self->sums != NULL && !joins_sums (self, entry_at (self, i)))
        rg_add_values (entry_at (self->sums, i)->tensor->grad, tensor->grad, count_values (tensor));
      tensor->grad_set = TRUE;
    }
}

/* Files keep vectors without a row number, and kernels with all their dimensions: somewhere there is a cut with @rows before
 * and @cols behind it. */
static gboolean
has_shape (const RgStoredTensor *stored, gsize rows, gsize cols)
{
  gsize before = 1;

  if (rg_stored_tensor_get_n_elements (stored) != rows * cols)
    return FALSE;

  for (guint i = 0; before != rows && i < stored->n_dims; i++)
    before *= stored->shape[i];

  return before == rows;
}

static const RgStoredTensor *
find (const RgParameters *self, RgWeights *weights, const char *name)
{
  const RgStoredTensor *stored = rg_weights_find (weights, name);

  for (guint i = 0; stored == NULL && i < self->aliases->len; i++)
    {
      const Alias *pair = &g_array_index (self->aliases, Alias, i);
      g_autofree char *other = g_str_has_prefix (name, pair->name) ? g_strconcat (pair->alias, name + strlen (pair->name), NULL) : NULL;

      if (other != NULL)
        stored = rg_weights_find (weights, other);
    }

  return stored;
}

/* Finds the tensor in the file and checks everything about it but its values. */
static const RgStoredTensor *
lookup (const RgParameters *self, RgWeights *weights, const Entry *entry, const char *path, GError **error)
{
  const RgStoredTensor *stored = find (self, weights, entry->name);
  gsize rows = entry->tensor->rows, cols = entry->tensor->cols;

  if (stored == NULL)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: the tensor “%s” is missing"), path, entry->name);
      return NULL;
    }

  if (entry->in_out ? !has_shape (stored, cols, rows) : !has_shape (stored, rows, cols))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: the tensor “%s” should have the shape %zu × %zu"), path, entry->name, entry->in_out ? cols : rows, entry->in_out ? rows : cols);
      return NULL;
    }

  return stored;
}

/* @to: rows × cols, from cols × rows elements of @size bytes. */
static void
transpose (guint8 *to, const guint8 *from, gsize rows, gsize cols, gsize size)
{
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < cols; c++)
      memcpy (to + (r * cols + c) * size, from + (c * rows + r) * size, size);
}

static gboolean
is_turned (const Entry *entry)
{
  return entry->in_out || entry->window > 1;
}

/* From the file's order to ours; elements of @size bytes. */
static void
turn (const Entry *entry, guint8 *to, const guint8 *from, gsize size)
{
  const RgTensor *tensor = entry->tensor;
  gsize n_row = tensor->cols * size;

  if (entry->in_out)
    transpose (to, from, tensor->rows, tensor->cols, size);
  else
    for (gsize r = 0; r < tensor->rows; r++)
      transpose (to + r * n_row, from + r * n_row, entry->window, tensor->cols / entry->window, size);
}

/* Whether the tensor can be used as it lies in the file, or, turned, in a copy of the same type: the ops that read matrices and
 * tables know all types, those that read vectors do not, and only single rows are taken for vectors. */
static gboolean
keeps_type (const RgParameters *self, const Entry *entry, const RgStoredTensor *stored)
{
  const RgTensor *tensor = entry->tensor;
  guint length = rg_dtype_get_block_length (stored->dtype);

  if (self->values != NULL || (is_turned (entry) && length > 1))
    return FALSE;
  if (stored->dtype == RG_DTYPE_F32 && !is_turned (entry) && (gsize) stored->bytes % sizeof (float) == 0)
    return TRUE;

  return entry->kind != RG_PARAMETER_VECTOR && tensor->rows > 1 && tensor->cols % length == 0;
}

static gpointer
allocate_copy (RgParameters *self, gsize n_bytes)
{
  gpointer copy = g_malloc (n_bytes);

  g_ptr_array_add (self->copies, copy);

  return copy;
}

/* Maps the tensor. */
static void
keep_stored (RgParameters *self, const Entry *entry, const RgStoredTensor *stored)
{
  RgTensor *tensor = entry->tensor;
  const void *bytes = stored->bytes;

  if (is_turned (entry))
    {
      gpointer turned = allocate_copy (self, stored->n_bytes);

      turn (entry, turned, stored->bytes, stored->n_bytes / (tensor->rows * tensor->cols));
      rg_map_forget (stored->bytes, stored->n_bytes);
      bytes = turned;
    }

  tensor->dtype = stored->dtype;
  if (stored->dtype == RG_DTYPE_F32 && (gsize) bytes % sizeof (float) == 0)
    tensor->data = (float *) bytes;
  else
    tensor->stored = bytes;
}

/* Copies the tensor in single precision. */
static void
widen_stored (RgParameters *self, const Entry *entry, const RgStoredTensor *stored)
{
  RgTensor *tensor = entry->tensor;
  gsize n = tensor->rows * tensor->cols;

  if (self->values == NULL)
    tensor->data = allocate_copy (self, n * sizeof (float));
  rg_dtype_to_f32 (stored->dtype, stored->bytes, tensor->data, n);
  if (is_turned (entry))
    {
      g_autofree float *turned = g_memdup2 (tensor->data, n * sizeof (float));

      turn (entry, (guint8 *) tensor->data, (const guint8 *) turned, sizeof (float));
    }
}

static gboolean
load_entry (RgParameters *self, const Entry *entry, const RgStoredTensor *stored, const char *path, GError **error)
{
  gsize n = entry->tensor->rows * entry->tensor->cols;

  if (!rg_dtype_is_weight (stored->dtype))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s: the tensor “%s” is of the type %s, which weights never have"), path, entry->name, rg_dtype_get_name (stored->dtype));
      return FALSE;
    }
  if (!rg_dtype_are_finite (stored->dtype, stored->bytes, n))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("%s: the tensor “%s” holds values that are not numbers"), path, entry->name);
      return FALSE;
    }

  if (keeps_type (self, entry, stored))
    keep_stored (self, entry, stored);
  else
    widen_stored (self, entry, stored);

  if (stored->dtype != RG_DTYPE_F32)
    self->n_short += n;

  return TRUE;
}

gboolean
rg_parameters_bind (RgParameters *self, RgWeights *weights, const char *path, gboolean writable, GError **error)
{
  g_autofree const RgStoredTensor **stored = g_new (const RgStoredTensor *, self->entries->len);
  gsize n_bytes = 0, done = 0;

  self->weights = rg_weights_ref (weights);
  for (guint i = 0; i < self->entries->len; i++)
    {
      stored[i] = lookup (self, self->weights, entry_at (self, i), path, error);
      if (stored[i] == NULL)
        return FALSE;
      n_bytes += stored[i]->n_bytes;
    }

  if (writable)
    allocate_values (self);

  for (guint i = 0; i < self->entries->len; i++)
    {
      if ((self->watch != NULL && g_cancellable_set_error_if_cancelled (self->watch->cancellable, error)) ||
          !load_entry (self, entry_at (self, i), stored[i], path, error))
        return FALSE;

      done += stored[i]->n_bytes;
      if (self->watch != NULL && self->watch->progress != NULL)
        self->watch->progress (done / (double) MAX (n_bytes, 1), self->watch->data);
    }

  return TRUE;
}

void
rg_parameters_set_watch (RgParameters *self, const RgLoadWatch *watch)
{
  self->watch = watch;
}

RgPrecision
rg_parameters_get_precision (const RgParameters *self, gboolean measuring)
{
  if (self->n_short <= self->count / 2)
    return RG_PRECISION_F32;

  return measuring ? RG_PRECISION_SPLIT : RG_PRECISION_FAST;
}

gboolean
rg_parameters_load (RgParameters *self, const char *path, gboolean writable, GError **error)
{
  g_autoptr (RgWeights) weights = rg_weights_open (path, error);

  return weights != NULL && rg_parameters_bind (self, weights, path, writable, error);
}

gboolean
rg_parameters_save (RgParameters *self, const char *path, GError **error)
{
  g_autofree RgStoredTensor *stored = g_new0 (RgStoredTensor, self->entries->len);

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = entry_at (self, i);

      g_assert (entry->tensor->stored == NULL);
      stored[i] = (RgStoredTensor){
        .name = entry->name,
        .dtype = RG_DTYPE_F32,
        .n_dims = 2,
        .shape = { entry->tensor->rows, entry->tensor->cols },
        .bytes = entry->tensor->data,
        .n_bytes = entry->tensor->rows * entry->tensor->cols * sizeof (float),
      };
    }

  return rg_safetensors_write (path, stored, self->entries->len, NULL, error);
}

float *
rg_parameters_get_values (RgParameters *self)
{
  return self->values;
}

float *
rg_parameters_get_grads (RgParameters *self)
{
  return self->grads;
}

void
rg_parameters_visit (RgParameters *self, RgParametersFunc func, gpointer data)
{
  gsize start = 0;

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = entry_at (self, i);
      gsize rows = entry->tensor->rows, cols = entry->tensor->cols;

      func (start, rows, cols, entry->kind, data);
      start += rows * cols;
    }
}
