/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "engine/error.h"
#include "engine/formats/json-file.h"
#include "engine/formats/map-file.h"
#include "engine/tokenizer/prompt-format.h"

/* Where a model folder keeps its chat template, newest habit first:
 *
 *   chat_template.jinja    the text itself
 *   chat_template.json     {"chat_template": "…"}
 *   tokenizer_config.json  {"chat_template": "…" | [{"name": "default", "template": "…"}, …]} */

#define MAX_BYTES (1024 * 1024)

static gboolean
read_jinja (const char *path, char **chat_template, GError **error)
{
  g_autoptr (GBytes) content = rg_map_file (path, MAX_BYTES, error);
  gsize n;
  const char *text;

  if (content == NULL)
    return FALSE;
  text = g_bytes_get_data (content, &n);
  *chat_template = g_strndup (text != NULL ? text : "", n);

  return TRUE;
}

/* Of several templates, the default one; the others are for tools and the like. */
static char *
find_path (const RgConfig *file)
{
  guint n = rg_config_get_length (file, "chat_template");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name_path = g_strdup_printf ("chat_template[%u].name", i);
      const char *name = NULL;

      if (rg_config_get_string (file, name_path, RG_CONFIG_OPTIONAL, &name, NULL) && g_strcmp0 (name, "default") == 0)
        return g_strdup_printf ("chat_template[%u].template", i);
    }

  return g_strdup (n > 0 ? "chat_template[0].template" : "chat_template");
}

/* Leaves @chat_template as it is where the file has none. */
static gboolean
read_json (const char *path, char **chat_template, GError **error)
{
  g_autoptr (RgConfig) file = rg_config_open (path, error);
  g_autofree char *text_path = file == NULL ? NULL : find_path (file);
  const char *text = NULL;

  if (file == NULL || !rg_config_get_string (file, text_path, RG_CONFIG_OPTIONAL, &text, error))
    return FALSE;
  *chat_template = g_strdup (text);

  return TRUE;
}

const RgPromptFormat *
rg_prompt_format_load (const char *folder, GError **error)
{
  static const struct
  {
    const char *name;
    gboolean (*read) (const char *path, char **chat_template, GError **error);
  } places[] = {
    { "chat_template.jinja", read_jinja },
    { "chat_template.json", read_json },
    { "tokenizer_config.json", read_json },
  };
  g_autofree char *config_path = g_build_filename (folder, "config.json", NULL);
  g_autofree char *chat_template = NULL;
  g_autoptr (RgConfig) config = rg_config_open (config_path, error);
  const char *model_type, *name = "config.json";

  if (config == NULL || !rg_config_get_string (config, "model_type", RG_CONFIG_REQUIRED, &model_type, error))
    return NULL;
  for (guint i = 0; chat_template == NULL && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_build_filename (folder, places[i].name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      if (!places[i].read (path, &chat_template, error))
        return NULL;
      if (chat_template != NULL)
        name = places[i].name;
    }

  return rg_prompt_format_find (name, model_type, chat_template, error);
}
