/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/vision-encoder.h"

#include <math.h>

#include "engine/encoder/windows.h"

#define SOUND_KERNEL 3

const RgVisionNames rg_vision_names = {
  .prefix = "vision_model",
  .patch = "patch_embedding",
  .places = "position_embedding.weight",
  .layers = "layers",
  .last_norm = "norm",
  .block = &rg_block_names,
};

/* The first kernel covers its stride twice, the others overlap by one pixel. */
static guint
stem_kernel (guint i)
{
  return i == 0 ? 4 : 3;
}

guint
rg_vision_config_n_patches (const RgVisionConfig *config)
{
  guint side = config->image_size / config->patch_size;

  return config->n_bands > 0 ? side : side * side;
}

guint
rg_vision_config_n_rows (const RgVisionConfig *config)
{
  return rg_vision_config_n_patches (config) + (config->class_token ? 1 : 0);
}

guint
rg_vision_config_count_rows (const RgVisionConfig *config, guint width, guint height)
{
  guint rows = config->n_bands > 0 ? 1 : height / config->patch_size;

  return (width / config->patch_size) * rows + (config->class_token ? 1 : 0);
}

static guint
count_kept (const RgVisionConfig *config)
{
  guint n = 0;

  for (guint i = 0; i < config->n_layers; i++)
    n += config->kept_layers >> i & 1;

  return n;
}

guint
rg_vision_config_count_layers (const RgVisionConfig *config)
{
  return config->n_layers + config->n_global_layers;
}

void
rg_vision_config_init_tiles (const RgVisionConfig *config, guint rows, guint cols, RgTiles *self)
{
  *self = (RgTiles){ rows * cols, config->max_tiles, rg_tiles_find_shape (config->max_tiles, rows, cols), rg_vision_config_n_rows (config) };
}

gboolean
rg_vision_config_find_part (const RgVisionConfig *config, guint layer, gsize *column, gsize *step)
{
  gboolean is_end = layer == rg_vision_config_count_layers (config);

  *step = is_end ? 1 : count_kept (config);
  *column = is_end ? 0 : config->block.width;
  for (guint i = 0; i < layer && !is_end; i++)
    *column += config->kept_layers >> i & 1;

  return is_end || (layer < config->n_layers && (config->kept_layers >> layer & 1) != 0);
}

gsize
rg_vision_config_get_width (const RgVisionConfig *config)
{
  return config->block.width * (1 + count_kept (config));
}

double
rg_vision_config_count_products (const RgVisionConfig *config, guint width, guint height)
{
  double n_rows = rg_vision_config_count_rows (config, width, height), scores = 2.0 * config->block.n_heads * config->block.head_dim;

  return config->n_layers * n_rows * (rg_block_config_count_products (&config->block) + n_rows * scores);
}

gboolean
rg_vision_config_fits (const RgVisionConfig *config, guint width, guint height)
{
  guint unit = config->patch_size * config->block_size;

  if (config->image_size > 0)
    return width == config->image_size && height == (config->n_bands > 0 ? config->n_bands : config->image_size);

  return width > 0 && height > 0 && width % unit == 0 && height % unit == 0;
}

static RgPixelLayout
get_layout (const RgVisionConfig *config)
{
  if (config->n_bands > 0)
    return RG_PIXEL_LAYOUT_FRAMES;

  if (config->image_size == 0)
    return RG_PIXEL_LAYOUT_PATCHES;

  return config->n_stem > 0 ? RG_PIXEL_LAYOUT_PIXELS : RG_PIXEL_LAYOUT_PLANES;
}

/* Values of one patch of a picture that keeps its shape. */
static gsize
get_patch_length (const RgVisionConfig *config)
{
  return (gsize) 3 * config->n_frames * config->patch_size * config->patch_size;
}

void
rg_vision_config_init_order (const RgVisionConfig *config, guint width, guint height, RgPixelOrder *order)
{
  rg_pixel_order_init (order, get_layout (config), width, height, config->patch_size, config->block_size, config->n_frames);
}

RgTensor *
rg_vision_config_views (const RgVisionConfig *config, RgPass *pass, guint width, guint height, const float *values, guint n)
{
  switch (get_layout (config))
    {
    case RG_PIXEL_LAYOUT_PATCHES:
      return rg_pass_input (pass, (gsize) n * rg_vision_config_count_rows (config, width, height), get_patch_length (config), values);

    case RG_PIXEL_LAYOUT_FRAMES:
      return rg_pass_input (pass, (gsize) n * width, height, values);

    case RG_PIXEL_LAYOUT_PIXELS:
      return rg_pass_input (pass, (gsize) n * width * height, 3, values);

    case RG_PIXEL_LAYOUT_PLANES:
    default:
      return rg_pass_input (pass, (gsize) n * 3 * height, width, values);
    }
}

/* Returns: the channels of what patches are made of. */
static gsize
declare_stem (RgVisionEncoder *self, const RgVisionConfig *config, RgParameters *parameters, const char *prefix)
{
  gsize channels = 3;

  for (guint i = 0; i < config->n_stem; i++)
    {
      g_autofree char *name = g_strdup_printf ("stem.%u", i);
      gsize window = (gsize) stem_kernel (i) * stem_kernel (i) * channels;

      channels = config->stem[i];
      /* He et al., 2015: keeps the size of the signal through the stem. */
      rg_linear_declare (&self->stem[i], channels, window, TRUE, sqrtf (2.0f / window), parameters, prefix, name);
    }

  for (guint i = 0; i < config->n_residual; i++)
    {
      g_autofree char *name = g_strdup_printf ("residual.%u", i);

      rg_linear_declare (&self->residual[i], channels, 9 * channels, TRUE, sqrtf (0.5f / (9 * channels)), parameters, prefix, name);
    }

  if (config->image_size == 0)
    return get_patch_length (config);

  return config->n_stem > 0 ? channels : (gsize) 3 * config->patch_size * config->patch_size;
}

/* Of three frames, then of three of what came of them. */
static void
declare_convolutions (RgVisionEncoder *self, const RgVisionConfig *config, RgParameters *parameters, const RgVisionNames *names)
{
  gsize channels = config->n_bands;

  rg_parameters_set_window (parameters, SOUND_KERNEL);
  for (guint i = 0; i < G_N_ELEMENTS (names->convolutions); i++)
    {
      rg_linear_declare (&self->stem[i], config->block.width, SOUND_KERNEL * channels, TRUE, sqrtf (2.0f / (SOUND_KERNEL * channels)), parameters, names->prefix, names->convolutions[i]);
      channels = config->block.width;
    }
  rg_parameters_set_window (parameters, 0);
}

static void
declare_patches (RgVisionEncoder *self, const RgVisionConfig *config, const RgVisionNames *names, RgParameters *parameters)
{
  gsize channels = declare_stem (self, config, parameters, names->prefix);

  rg_linear_declare (&self->patch, config->block.width, channels, config->patch_bias, sqrtf (1.0f / channels), parameters, names->prefix, names->patch);
  if (config->frames_apart)
    rg_parameters_declare (parameters, &self->later_patch.weight, config->block.width, channels, RG_INIT_NORMAL, sqrtf (1.0f / channels), RG_PARAMETER_MATRIX, "%s.%s", names->prefix, names->later_patch);
}

/* The global layers have gates. */
static RgBlockConfig
get_block (const RgVisionConfig *config, guint layer)
{
  RgBlockConfig block = config->block;

  block.gates = layer >= config->n_layers;

  return block;
}

void
rg_vision_encoder_declare (RgVisionEncoder *self, const RgVisionConfig *config, const RgVisionNames *names, RgParameters *parameters)
{
  gsize d = config->block.width;

  if (config->n_bands > 0)
    declare_convolutions (self, config, parameters, names);
  else
    declare_patches (self, config, names, parameters);
  if (config->class_token)
    rg_parameters_declare (parameters, &self->class_token, 1, d, RG_INIT_NORMAL, 0.02f, RG_PARAMETER_VECTOR, "%s.%s", names->prefix, names->class_token);
  if (config->block.rotary_base == 0)
    rg_parameters_declare (parameters, &self->places, rg_vision_config_n_rows (config), d, config->class_token ? RG_INIT_NORMAL : RG_INIT_PLACES, config->class_token ? 0.02f : 0.5f, RG_PARAMETER_VECTOR, "%s.%s", names->prefix, names->places);
  if (config->first_norm)
    rg_norm_declare (&self->first_norm, config->block.norm, d, parameters, names->prefix, names->first_norm);

  if (config->max_tiles > 0)
    rg_tile_embeddings_declare (&self->tiles, config->max_tiles, rg_vision_config_n_rows (config), d, names->tiles, parameters, names->prefix);

  for (guint i = 0; i < config->n_layers + config->n_global_layers; i++)
    {
      gboolean is_global = i >= config->n_layers;
      g_autofree char *prefix = g_strdup_printf ("%s.%s.%u", names->prefix, is_global ? names->global_layers : names->layers, is_global ? i - config->n_layers : i);
      RgBlockConfig block = get_block (config, i);

      rg_block_declare (&self->layers[i], &block, names->block, parameters, prefix);
    }

  if (config->last_norm)
    rg_norm_declare (&self->last_norm, config->block.norm, d, parameters, names->prefix, names->last_norm);
}

/* GELU before every convolution but the first, so that the residual ones add to what they read. */
static RgTensor *
stem_forward (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *x, guint n_images)
{
  RgConvolution convolution = { .n_images = n_images, .height = config->image_size, .width = config->image_size, .stride = 2, .padding = 1 };

  for (guint i = 0; i < config->n_stem; i++)
    {
      convolution.kernel = stem_kernel (i);
      x = rg_convolution (pass, i > 0 ? rg_activate_factor (pass, x, RG_ACTIVATION_GELU_TANH) : x, &self->stem[i].weight, &self->stem[i].bias, NULL, &convolution); /* … × C_i */
      convolution.height = convolution.width = rg_convolution_out (&convolution, convolution.width);
    }

  convolution.kernel = 3;
  convolution.stride = 1;
  for (guint i = 0; i < config->n_residual; i++)
    x = rg_convolution (pass, rg_activate_factor (pass, x, RG_ACTIVATION_GELU_TANH), &self->residual[i].weight, &self->residual[i].bias, x, &convolution); /* (N · P) × C_last */

  return rg_activate_factor (pass, x, RG_ACTIVATION_GELU_TANH);
}

/* Row and column of each patch, in the order that patches come in, or that of windows. */
static RgRotation *
rotate_places (RgPass *pass, const RgVisionConfig *config, guint width, guint height, const RgWindows *windows)
{
  g_auto (RgPixelOrder) order = { 0 };
  RgRotary rotary = rg_block_config_get_rotary (&config->block);
  gsize n = rg_vision_config_count_rows (config, width, height), length = get_patch_length (config);
  guint32 *places = rg_arena_alloc (pass->arena, n * 2 * sizeof *places);

  rg_vision_config_init_order (config, width, height, &order);
  for (guint y = 0; y < height; y += config->patch_size)
    for (guint x = 0; x < width; x += config->patch_size)
      {
        guint row = (order.rows[y] + order.cols[x]) / length;
        guint32 *place = places + (windows != NULL ? windows->places[row] : row) * 2;

        place[0] = y / config->patch_size;
        place[1] = x / config->patch_size;
      }

  return rg_rotation_new (pass, places, n, &rotary);
}

/* A spectrogram, frames × bands, becomes a row of every other frame: (N · frames/2) × D. */
static RgTensor *
hear (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *frames, guint n_images)
{
  RgConvolution convolution = { .n_images = n_images, .height = 1, .width = config->image_size, .kernel = SOUND_KERNEL, .stride = 1, .padding = 1, .is_line = TRUE };
  RgTensor *x = rg_convolution (pass, frames, &self->stem[0].weight, &self->stem[0].bias, NULL, &convolution); /* (N · frames) × D */

  convolution.stride = config->patch_size;
  x = rg_activate (pass, x, config->block.activation);

  return rg_activate (pass, rg_convolution (pass, x, &self->stem[1].weight, &self->stem[1].bias, NULL, &convolution), config->block.activation);
}

/* Pixels become the rows that the patches' map reads. */
static RgTensor *
cut_patches (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *pixels, guint n_images)
{
  if (config->image_size == 0)
    return pixels;

  if (config->n_stem > 0)
    return stem_forward (pass, self, config, pixels, n_images); /* (N · P) × C_last */

  return rg_patches (pass, pixels, n_images, 3, config->patch_size); /* (N · P) × (3 · patch_size²) */
}

static RgTensor *
map_patches (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *patches)
{
  RgTensor *x = rg_linear_forward (pass, &self->patch, patches, NULL);

  return config->frames_apart ? rg_linear_forward (pass, &self->later_patch, patches, x) : x;
}

static RgWindows *
make_windows (RgPass *pass, const RgVisionConfig *config, const RgVisionRun *run)
{
  guint block = config->block_size, side = config->patch_size * block;

  return config->window > 0 ? rg_windows_new (pass, run->height / side, run->width / side, block * block, config->window) : NULL;
}

/* @record: (nullable): H × T × T probabilities */
static RgTensor *
run_windowed (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, guint layer, const RgWindows *windows, RgTensor *x, RgBlockRun run, float *record)
{
  if ((config->whole_layers >> layer & 1) == 0)
    {
      run.n_segments = windows->n;
      run.offsets = windows->offsets;
    }
  if (record != NULL)
    run.self_record = rg_arena_alloc (pass->arena, config->block.n_heads * x->rows * x->rows * sizeof (float));

  x = rg_block_forward (pass, &self->layers[layer], &config->block, x, &run);
  if (record != NULL)
    rg_windows_spread (windows, run.n_segments, run.offsets, config->block.n_heads, run.self_record, record);

  return x;
}

/* In the picture's order. */
static RgTensor *
unsort (RgPass *pass, const RgWindows *windows, RgTensor *x)
{
  return windows != NULL ? rg_gather_rows (pass, x, windows->places, x->rows) : x;
}

/* All tiles at once. @patches: (nullable): (n · P) × D, where the stretch begins with them */
static RgTensor *
run_tiles (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, const RgTensor *patches, const RgVisionRun *run)
{
  guint n_all = rg_vision_config_count_layers (config), *offsets = rg_arena_alloc (pass->arena, 2 * sizeof *offsets);
  RgStretch stretch = run->stretch != NULL ? *run->stretch : (RgStretch){ NULL, 0, n_all };
  RgTensor *out = run->stretch == NULL ? rg_pass_tensor (pass, config->max_tiles * rg_vision_config_n_rows (config), rg_vision_config_get_width (config)) : NULL, *x = stretch.x;
  gsize column, step;
  RgBlockRun block_run = { .n_segments = 1, .offsets = offsets, .hidden_each = TRUE, .walk = run->walk };
  RgArenaMark mark;
  RgTiles tiles;

  rg_vision_config_init_tiles (config, run->tile_rows, run->tile_cols, &tiles);
  block_run.memory_hidden = rg_tiles_hide (pass, &tiles);
  offsets[0] = 0;
  offsets[1] = rg_tiles_count_rows (&tiles);
  mark = rg_arena_mark (pass->arena);
  if (x == NULL)
    x = rg_tiles_enter (pass, &tiles, &self->tiles, patches, &self->class_token, &self->places, &self->first_norm, config->block.epsilon);
  if (run->layers != NULL)
    run->layers[0] = x;
  for (guint i = stretch.first; i < stretch.end; i++)
    {
      RgBlockConfig block = get_block (config, i);

      if (rg_pass_is_cancelled (pass) || (run->each_layer != NULL && !run->each_layer ((i + 1) / (n_all + 1.0), run->data)))
        return NULL;

      if (out != NULL && rg_vision_config_find_part (config, i, &column, &step))
        rg_tiles_put (&tiles, x, out, column, step);
      if (i == config->n_layers)
        x = rg_tiles_mark (pass, &tiles, &self->tiles, rg_norm_forward (pass, &self->last_norm, x, config->block.epsilon));
      x = rg_block_forward (pass, &self->layers[i], &block, x, &block_run);
      if (run->layers != NULL)
        run->layers[1 + i] = x;
      else if (!pass->recording)
        x = rg_pass_keep (pass, mark, x);
    }
  if (out == NULL)
    return x;

  rg_vision_config_find_part (config, n_all, &column, &step);
  rg_tiles_put (&tiles, x, out, column, step);

  return out;
}

/* Pixels become the rows of the first layer, (N · T) × D. */
static RgTensor *
enter (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *pixels, guint n_images)
{
  RgTensor *x;

  if (config->n_bands > 0)
    x = hear (pass, self, config, pixels, n_images); /* (N · P) × D */
  else
    x = map_patches (pass, self, config, cut_patches (pass, self, config, pixels, n_images)); /* (N · P) × D */
  if (config->max_tiles > 0)
    return x;

  if (config->class_token)
    x = rg_prepend_row (pass, x, &self->class_token, n_images); /* (N · T) × D */
  if (config->block.rotary_base == 0)
    x = rg_add_repeated (pass, x, &self->places);

  return config->first_norm ? rg_norm_forward (pass, &self->first_norm, x, config->block.epsilon) : x;
}

RgTensor *
rg_vision_encoder_forward (RgPass *pass, RgVisionEncoder *self, const RgVisionConfig *config, RgTensor *pixels, const RgVisionRun *run)
{
  gsize n_rows = config->max_tiles > 0 ? 0 : run->offsets[1] - run->offsets[0];
  double n_steps = config->n_layers + 1;
  RgStretch stretch = run->stretch != NULL ? *run->stretch : (RgStretch){ NULL, 0, config->n_layers };
  RgBlockRun block_run = { .n_segments = run->n_images, .offsets = run->offsets, .walk = run->walk };
  RgWindows *windows = make_windows (pass, config, run);
  RgArenaMark mark;
  RgTensor *x;

  if (config->block.rotary_base > 0)
    block_run.rotation = rotate_places (pass, config, run->width, run->height, windows);
  mark = rg_arena_mark (pass->arena);

  if (config->max_tiles > 0)
    return run_tiles (pass, self, config, stretch.x == NULL ? enter (pass, self, config, pixels, run->tile_rows * run->tile_cols) : NULL, run);

  x = stretch.x != NULL ? stretch.x : enter (pass, self, config, pixels, run->n_images);
  if (run->layers != NULL)
    run->layers[0] = x;
  if (windows != NULL)
    x = rg_gather_rows (pass, x, windows->order, x->rows);
  if (run->walk != NULL)
    run->walk->order = windows != NULL ? windows->order : NULL;

  for (guint i = stretch.first; i < stretch.end; i++)
    {
      float *record;

      if (rg_pass_is_cancelled (pass) || (run->each_layer != NULL && !run->each_layer ((i + 1) / n_steps, run->data)))
        return NULL;

      record = run->record != NULL ? run->record + i * config->block.n_heads * n_rows * n_rows : NULL;
      block_run.self_record = record;
      block_run.self_record_grad = run->record_grad != NULL ? run->record_grad + i * config->block.n_heads * n_rows * n_rows : NULL;
      if (windows != NULL)
        x = run_windowed (pass, self, config, i, windows, x, block_run, record);
      else
        x = rg_block_forward (pass, &self->layers[i], &config->block, x, &block_run); /* (N · T) × D */
      if (run->layers != NULL)
        run->layers[1 + i] = unsort (pass, windows, x);
      else if (!pass->recording)
        x = rg_pass_keep (pass, mark, x);
    }

  x = unsort (pass, windows, x);

  return config->last_norm && stretch.end == config->n_layers ? rg_norm_forward (pass, &self->last_norm, x, config->block.epsilon) : x;
}
