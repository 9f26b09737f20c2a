/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/library/machine-speed.h"

#include <math.h>

#include "engine/formats/atomic-file.h"
#include "engine/formats/dtype.h"
#include "engine/library/memory.h"
#include "engine/tensor/gemm.h"

#define M 1024
#define N 3072
#define K 768
#define VECTOR_SIDE 4096 /* 64 MiB of numbers: more than a cache holds */
#define SECONDS 0.15
#define MIN_PRODUCTS 4
#define WORDS_A_TOKEN 0.75
#define GROUP "speed"

typedef struct
{
  RgPrecision precision;
  gsize m, n, k;
} Product;

/* Products a second, of the fastest one: other programs come and go. 0 if cancelled. */
static double
measure (RgPool *pool, Product size, GCancellable *cancellable)
{
  g_autofree float *a = g_new (float, size.m *size.k);
  g_autofree float *b = g_new (float, size.n *size.k);
  g_autofree float *c = g_new (float, size.m *size.n);
  gint64 begin, best = G_MAXINT64;

  for (gsize i = 0; i < size.m * size.k; i++)
    a[i] = 0.25f;
  for (gsize i = 0; i < size.n * size.k; i++)
    b[i] = 0.5f;

  begin = g_get_monotonic_time ();
  for (guint i = 0; i < MIN_PRODUCTS || g_get_monotonic_time () - begin < SECONDS * G_USEC_PER_SEC; i++)
    {
      gint64 before = g_get_monotonic_time ();

      if (g_cancellable_is_cancelled (cancellable))
        return 0;
      rg_gemm (pool, size.precision, FALSE, TRUE, size.m, size.n, size.k, a, size.k, b, size.k, FALSE, c, size.n);
      best = MIN (best, MAX (g_get_monotonic_time () - before, 1));
    }

  return 1e6 / best;
}

static char *
dup_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "regard", "speed.ini", NULL);
}

static gboolean
is_rate (double value)
{
  return isfinite (value) && value > 0;
}

static gboolean
read_kept (RgMachineSpeed *speed, const char *path, const char *processor)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *of = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  of = g_key_file_get_string (file, GROUP, "processor", NULL);
  speed->flops = g_key_file_get_double (file, GROUP, "flops", NULL);
  speed->fast_flops = g_key_file_get_double (file, GROUP, "fast-flops", NULL);
  speed->bytes = g_key_file_get_double (file, GROUP, "bytes", NULL);
  speed->measured_at = g_key_file_get_int64 (file, GROUP, "measured-at", NULL);

  return g_strcmp0 (of, processor) == 0 && is_rate (speed->flops) && is_rate (speed->fast_flops) && is_rate (speed->bytes);
}

static void
keep (const RgMachineSpeed *speed, const char *path, const char *processor)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *text = NULL;
  gsize length;

  g_key_file_set_string (file, GROUP, "processor", processor);
  g_key_file_set_double (file, GROUP, "flops", speed->flops);
  g_key_file_set_double (file, GROUP, "fast-flops", speed->fast_flops);
  g_key_file_set_double (file, GROUP, "bytes", speed->bytes);
  g_key_file_set_int64 (file, GROUP, "measured-at", speed->measured_at);
  text = g_key_file_to_data (file, &length, NULL);
  /* Where it cannot be kept, it is measured again. */
  if (g_mkdir_with_parents (folder, 0700) == 0)
    rg_atomic_write (path, text, length, NULL);
}

RgMachineSpeed
rg_machine_speed_measure (GCancellable *cancellable)
{
  g_autofree char *processor = g_strdup_printf ("%s × %u", rg_gemm_describe (), g_get_num_processors ());
  g_autofree char *path = dup_path ();
  g_autoptr (RgPool) pool = NULL;
  RgMachineSpeed speed = { 0 };

  if (read_kept (&speed, path, processor))
    return speed;

  pool = rg_pool_new (0);
  speed = (RgMachineSpeed){
    .flops = 2.0 * M * N * K * measure (pool, (Product){ RG_PRECISION_F32, M, N, K }, cancellable),
    .fast_flops = 2.0 * M * N * K * measure (pool, (Product){ RG_PRECISION_FAST, M, N, K }, cancellable),
    .bytes = sizeof (float) * (double) VECTOR_SIDE * VECTOR_SIDE * measure (pool, (Product){ RG_PRECISION_F32, 1, VECTOR_SIDE, VECTOR_SIDE }, cancellable),
    .measured_at = g_get_real_time () / G_USEC_PER_SEC,
  };
  if (g_cancellable_is_cancelled (cancellable))
    return (RgMachineSpeed){ 0 };
  keep (&speed, path, processor);

  return speed;
}

RgFit
rg_fit_estimate (const RgModelDescription *model, const RgMachineSpeed *speed)
{
  double patches = (double) model->n_patches * model->n_views;
  gboolean writes = (model->uses & (RG_MODEL_USE_EMBED | RG_MODEL_USE_CLASSIFY)) == 0 || (model->uses & RG_MODEL_USE_ANSWER) != 0;
  /* Every weight once a row, and in every layer the products of the patches of a view with one another. */
  double flops = 2 * patches * model->vision_parameters + 4.0 * patches * model->n_patches * model->vision_width * model->vision_layers + 2.0 * model->n_image_tokens * model->text_parameters;

  /* As rg_parameters_get_precision(). */
  double rate = g_strcmp0 (model->weight_type, rg_dtype_get_name (RG_DTYPE_F32)) == 0 ? speed->flops : speed->fast_flops;

  return (RgFit){
    .memory_bytes = model->memory_bytes,
    .available_bytes = rg_memory_get_available (),
    .see_seconds = rate > 0 && patches > 0 && model->vision_parameters > 0 ? flops / rate : NAN,
    .words_per_second = writes && speed->bytes > 0 && model->text_bytes > 0 ? WORDS_A_TOKEN * speed->bytes / model->text_bytes : NAN,
  };
}

double
rg_fit_round (double value)
{
  double step;

  if (!isfinite (value) || !(value > 0))
    return value;

  step = pow (10, floor (log10 (value)) - 1);

  /* A power of ten below 1 is no exact number, but the one that it is divided by is. */
  return step < 1 ? round (value / step) / round (1 / step) : round (value / step) * step;
}
