/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "engine/formats/weights-index.h"
#include "tests/fuzz/fuzz.h"

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  g_autofree char *text = g_memdup2 (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeightsIndex) index = rg_weights_index_parse ("fuzz", text, n, &error);

  g_assert ((index == NULL) == (error != NULL));
  for (guint i = 0; index != NULL && i < rg_weights_index_get_n_shards (index); i++)
    {
      g_autofree char *name = g_path_get_basename (rg_weights_index_get_shard (index, i));

      g_assert (strcmp (name, rg_weights_index_get_shard (index, i)) == 0 && strcmp (name, "..") != 0);
    }
  for (guint i = 0; index != NULL && i < rg_weights_index_get_n_tensors (index); i++)
    {
      guint shard, same;
      const char *name = rg_weights_index_get_tensor (index, i, &shard);

      g_assert (shard < rg_weights_index_get_n_shards (index));
      g_assert (rg_weights_index_find (index, name, &same) && same == shard);
    }

  return index != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
