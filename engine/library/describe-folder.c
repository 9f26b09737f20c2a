/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model in the layout of Hugging Face: config.json and one safetensors file or several. */
#include "engine/library/description-private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "engine/encoder/preprocess.h"
#include "engine/families/family.h"
#include "engine/formats/json-file.h"
#include "engine/formats/map-file.h"
#include "engine/formats/weights-index.h"
#include "engine/formats/weights.h"

#define INDEX "model.safetensors.index.json"
#define MAX_INDEX_BYTES (64 * 1024 * 1024)
#define MAX_SIZE (1 << 20)

static guint64
get_size (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf status;

  return g_stat (path, &status) == 0 ? (guint64) status.st_size : 0;
}

/* The first of several spellings that the file has. Values that are none stay 0: a description is no loader. */
static guint
get_int (const RgConfig *file, const char *const *paths)
{
  for (; *paths != NULL; paths++)
    {
      gint64 value = 0;

      if (rg_config_has (file, *paths) && rg_config_get_int (file, *paths, RG_CONFIG_OPTIONAL, 1, MAX_SIZE, &value, NULL))
        return value;
    }

  return 0;
}

static void
read_sizes (RgModelDescription *self, const RgConfig *file)
{
  guint image = get_int (file, (const char *[]){ "vision_config.image_size", "encoder.image_size", "vit_img_size", NULL });
  guint patch = get_int (file, (const char *[]){ "vision_config.patch_size", "encoder.patch_size", "vit_patch_size", NULL });
  guint factor = get_int (file, (const char *[]){ "scale_factor", "mp_pixel_shuffle_factor", NULL });
  guint n_wanted = get_int (file, (const char *[]){ "mm_tokens_per_image", NULL });
  guint heads, pairs;

  self->vision_layers = get_int (file, (const char *[]){ "vision_config.num_hidden_layers", "vision_config.depth", "encoder.num_hidden_layers", "encoder_layers", "vit_n_blocks", NULL });
  self->vision_width = get_int (file, (const char *[]){ "vision_config.embed_dim", "vision_config.hidden_size", "encoder.hidden_size", "d_model", "vit_hidden_dim", NULL });
  self->text_layers = get_int (file, (const char *[]){ "text_config.num_hidden_layers", "decoder.n_layer", "decoder_layers", "num_hidden_layers", "lm_n_blocks", NULL });
  self->text_width = get_int (file, (const char *[]){ "text_config.hidden_size", "decoder.n_embd", "hidden_size", "d_model", "lm_hidden_dim", NULL });
  self->n_context = get_int (file, (const char *[]){ "text_config.max_position_embeddings", "decoder.n_positions", "max_position_embeddings", "max_target_positions", "lm_max_position_embeddings", NULL });
  heads = get_int (file, (const char *[]){ "text_config.num_attention_heads", "num_attention_heads", "lm_n_heads", NULL });
  pairs = get_int (file, (const char *[]){ "text_config.num_key_value_heads", "num_key_value_heads", "lm_n_kv_heads", NULL });
  if (heads > 0 && pairs > 0 && pairs < heads)
    self->text_width = (guint) ((guint64) self->text_width * pairs / heads);

  if (image > 0 && patch > 0 && image / patch <= 1024)
    self->n_patches = (image / patch) * (image / patch);
  else
    self->n_patches = get_int (file, (const char *[]){ "max_source_positions", NULL });
  self->n_views = 1;
  self->n_image_tokens = self->n_patches / (factor > 0 && factor < 64 ? factor * factor : 1);
  if (n_wanted > 0 && n_wanted < self->n_patches)
    self->n_image_tokens = n_wanted;
}

/* As many views as a square picture has whose edges are @edge, and the whole of it. */
static void
add_views (RgModelDescription *self, guint edge, guint image)
{
  if (edge >= image && edge / image <= 16)
    self->n_views = (edge / image) * (edge / image) + 1;
  self->n_image_tokens *= self->n_views;
}

/* nanoVLM cuts pictures into tiles, in releases that have tokens for the tiles' places. */
static void
read_tiles (RgModelDescription *self, const RgConfig *file)
{
  guint image = get_int (file, (const char *[]){ "vit_img_size", NULL });

  if (image > 0 && rg_config_has (file, "vlm_extra_tokens.r1c1"))
    add_views (self, get_int (file, (const char *[]){ "max_img_size", NULL }), image);
}

/* Idefics3 cuts a large picture into views as large as its encoder's, and adds the whole picture. Llama 3.2 Vision cuts any picture
 * into tiles, @n_tiles at most. */
static void
read_views (RgModelDescription *self, const char *folder, guint image, guint n_tiles)
{
  g_autofree char *path = g_build_filename (folder, "preprocessor_config.json", NULL);
  g_autoptr (RgConfig) file = rg_config_open (path, NULL);
  gboolean splits = FALSE;

  if (self->n_views == 1 && n_tiles > 0 && n_tiles <= 16)
    {
      self->n_views = n_tiles;
      self->n_image_tokens *= n_tiles;
      return;
    }
  if (file == NULL || image == 0 || !rg_config_get_boolean (file, "do_image_splitting", RG_CONFIG_OPTIONAL, &splits, NULL) || !splits)
    return;
  add_views (self, get_int (file, (const char *[]){ "size.longest_edge", NULL }), image);
}

/* Qwen2-VL keeps a picture's shape, up to an area. */
static void
read_area (RgModelDescription *self, const char *folder, const RgConfig *file)
{
  g_autofree char *path = g_build_filename (folder, "preprocessor_config.json", NULL);
  g_autoptr (RgConfig) preprocessor = rg_config_open (path, NULL);
  guint patch = get_int (file, (const char *[]){ "vision_config.patch_size", NULL }), merge = 2, n_tokens;
  gint64 area = 28 * 28 * 1280;

  if (preprocessor == NULL || self->n_patches > 0 || patch == 0 || !rg_config_has (preprocessor, "merge_size"))
    return;
  merge = MAX (get_int (preprocessor, (const char *[]){ "merge_size", NULL }), 1);
  rg_config_get_int (preprocessor, "size.longest_edge", RG_CONFIG_OPTIONAL, 1, RG_PREPROCESS_MAX_PIXELS, &area, NULL);
  rg_config_get_int (preprocessor, "max_pixels", RG_CONFIG_OPTIONAL, 1, RG_PREPROCESS_MAX_PIXELS, &area, NULL);

  n_tokens = MIN (area / ((guint64) patch * patch * merge * merge), RG_PREPROCESS_MAX_TOKENS);
  if (self->n_context > 0)
    n_tokens = MIN (n_tokens, self->n_context / 2);
  self->n_image_tokens = n_tokens;
  self->n_patches = (guint64) n_tokens * merge * merge;
}

/* Says which shard is missing before the loader stumbles over it. */
static void
check_shards (RgModelDescription *self, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, INDEX, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (RgWeightsIndex) index = NULL;
  const char *text;
  guint n;
  gsize length;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      self->file_bytes = get_size (folder, "model.safetensors");
      return;
    }
  content = rg_map_file (path, MAX_INDEX_BYTES, &error);
  text = content != NULL ? g_bytes_get_data (content, &length) : NULL;
  index = content != NULL ? rg_weights_index_parse (INDEX, text, length, &error) : NULL;
  if (index == NULL)
    {
      _rg_description_refuse (self, g_strdup (error->message));
      return;
    }
  n = rg_weights_index_get_n_shards (index);
  for (guint i = 0; i < n; i++)
    {
      const char *shard = rg_weights_index_get_shard (index, i);
      guint64 size = get_size (folder, shard);

      self->file_bytes += size;
      if (size == 0)
        _rg_description_refuse (self, g_strdup_printf (_ ("Shard %u of %u is missing: %s."), i + 1, n, shard));
    }
}

static gboolean
is_vision (const char *name)
{
  return strstr (name, "vision") != NULL || strstr (name, "visual") != NULL || g_str_has_prefix (name, "encoder.") || g_str_has_prefix (name, "model.encoder.");
}

static void
count_weights (RgModelDescription *self, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgWeights) weights = NULL;
  RgWeightCount count = { 0 };

  if (self->file_bytes == 0 && (get_size (folder, "pytorch_model.bin") > 0 || get_size (folder, "pytorch_model.bin.index.json") > 0))
    {
      _rg_description_refuse (self, g_strdup (_ ("Its weights are in PyTorch’s own format, which can hold programs; model.safetensors is needed.")));
      return;
    }
  weights = rg_weights_open (folder, &error);
  if (weights == NULL)
    {
      _rg_description_refuse (self, g_strdup (error->message));
      return;
    }
  for (guint i = 0; i < rg_weights_get_n_tensors (weights); i++)
    {
      const RgStoredTensor *tensor = rg_weights_get (weights, i);

      rg_weight_count_add (&count, tensor, is_vision (tensor->name));
    }
  _rg_description_count (self, &count);
}

void
_rg_describe_folder (RgModelDescription *self, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgConfig) file = rg_config_open (path, &error);
  const char *model_type = NULL;
  gboolean whole;
  g_autofree char *refused = NULL;

  self->path = g_strdup (folder);
  self->container = RG_MODEL_CONTAINER_FOLDER;
  if (file == NULL || !rg_family_get_model_type (file, &model_type, &error))
    {
      _rg_description_refuse (self, g_strdup (error->message));
      return;
    }
  self->model_type = rg_json_dup_excerpt (model_type);

  /* What is broken is said before what is not supported. */
  check_shards (self, folder);
  if (self->reason == NULL)
    count_weights (self, folder);
  whole = self->reason == NULL;
  refused = g_steal_pointer (&self->reason);
  _rg_description_judge (self, rg_families_find (model_type), rg_config_has (file, "vision_config") || rg_config_has (file, "vision_config.model_type") ? RG_MODEL_SENSE_PICTURE : RG_MODEL_SENSE_TEXT);
  if (!whole)
    {
      g_clear_pointer (&self->reason, g_free);
      _rg_description_refuse (self, g_steal_pointer (&refused));
    }
  read_sizes (self, file);
  read_area (self, folder, file);
  read_tiles (self, file);
  read_views (self, folder, get_int (file, (const char *[]){ "vision_config.image_size", NULL }), get_int (file, (const char *[]){ "vision_config.max_num_tiles", NULL }));
}
