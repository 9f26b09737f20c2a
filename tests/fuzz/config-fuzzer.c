/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/formats/json-file.h"
#include "tests/fuzz/fuzz.h"

gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  static const char *const paths[] = { "a", "text_config.hidden_size", "image_mean", "image_mean[0]", "" };
  g_autofree char *text = g_memdup2 (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgConfig) config = rg_config_parse ("fuzz", text, n, &error);

  g_assert ((config == NULL) == (error != NULL));
  for (guint i = 0; config != NULL && i < G_N_ELEMENTS (paths); i++)
    {
      GError *errors[6] = { NULL };
      g_autoptr (GArray) ints = NULL;
      g_autoptr (GArray) doubles = NULL;
      const char *string = NULL;
      gboolean boolean;
      gint64 whole;
      double number;

      rg_config_get_int (config, paths[i], RG_CONFIG_REQUIRED, -10, 10, &whole, &errors[0]);
      rg_config_get_double (config, paths[i], RG_CONFIG_REQUIRED, -10, 10, &number, &errors[1]);
      rg_config_get_boolean (config, paths[i], RG_CONFIG_REQUIRED, &boolean, &errors[2]);
      if (rg_config_get_string (config, paths[i], RG_CONFIG_REQUIRED, &string, &errors[3]))
        g_assert (g_utf8_validate (string, -1, NULL));
      rg_config_get_ints (config, paths[i], RG_CONFIG_REQUIRED, -10, 10, 100, &ints, &errors[4]);
      rg_config_get_doubles (config, paths[i], RG_CONFIG_REQUIRED, -10, 10, 100, &doubles, &errors[5]);
      for (guint j = 0; j < G_N_ELEMENTS (errors); j++)
        {
          g_assert (errors[j] == NULL || g_utf8_validate (errors[j]->message, -1, NULL));
          g_clear_error (errors + j);
        }
    }

  return config != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
