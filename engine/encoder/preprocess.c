/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/encoder/preprocess.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/encoder/frame.h"
#include "engine/error.h"

#define CHANNELS 3
#define MAX_SIDE 65535

/* The byte nearest to mid-grey, for what is shown of the bundled model's padding; the encoder gets exactly 0 there. */
#define GREY 128

/* Qwen2-VL refuses what is thinner. */
#define MAX_ASPECT 200

RgPreprocessConfig
rg_preprocess_config_default (guint image_size, guint patch_size)
{
  return (RgPreprocessConfig){
    .n_steps = 1,
    .steps = { { .kind = RG_STEP_LETTERBOX, .size = image_size, .fill = { GREY, GREY, GREY } } },
    .image_size = image_size,
    .patch_size = patch_size,
    .merge_size = 1,
    .n_frames = 1,
    .layout = RG_PIXEL_LAYOUT_PIXELS,
    .scale = 1 / 255.0,
    .mean = { 0.5f, 0.5f, 0.5f },
    .std = { 0.5f, 0.5f, 0.5f },
    .filter = RG_FILTER_BILINEAR,
    .blank_padding = TRUE,
  };
}

RgPreprocessStep *
rg_preprocess_config_add_step (RgPreprocessConfig *config, RgStepKind kind, guint size)
{
  RgPreprocessStep *step = &config->steps[config->n_steps++];

  g_assert (config->n_steps <= RG_PREPROCESS_MAX_STEPS);
  *step = (RgPreprocessStep){ .kind = kind, .size = size };

  return step;
}

void
rg_preprocess_config_add_tiles (RgPreprocessConfig *config, guint longest, guint tile)
{
  rg_preprocess_config_add_step (config, RG_STEP_LONGEST, longest);
  rg_preprocess_config_add_step (config, RG_STEP_MULTIPLE, tile);
  rg_preprocess_config_add_step (config, RG_STEP_SPLIT, tile)->overview = TRUE;
  config->image_size = tile;
}

void
rg_preprocess_config_pad_square (RgPreprocessConfig *config)
{
  g_assert (config->n_steps < RG_PREPROCESS_MAX_STEPS);
  memmove (&config->steps[1], &config->steps[0], sizeof config->steps[0] * config->n_steps++);
  config->steps[0] = (RgPreprocessStep){ .kind = RG_STEP_SQUARE };
  for (guint i = 0; i < CHANNELS; i++)
    config->steps[0].fill[i] = (guint8) CLAMP (config->mean[i] * 255, 0, 255);
}

/* What leads to the tiles, multiples of their size, goes with them. */
void
rg_preprocess_config_unsplit (RgPreprocessConfig *config)
{
  RgPreprocessStep *last = &config->steps[config->n_steps - 1];

  if (last->kind != RG_STEP_SPLIT || !last->overview)
    return;
  if (config->n_steps > 1 && (last[-1].kind == RG_STEP_MULTIPLE || last[-1].kind == RG_STEP_COVER))
    {
      last--;
      config->n_steps--;
    }
  *last = (RgPreprocessStep){ .kind = RG_STEP_RESIZE, .size = last->size };
}

static gboolean
check_area (const RgPreprocessStep *step, const char *name, GError **error)
{
  if (step->min_pixels <= step->max_pixels && step->size * step->size <= step->max_pixels)
    return TRUE;
  g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: no picture has between %u (min_pixels) and %u (max_pixels) pixels in blocks of %u × %u."), name, step->min_pixels, step->max_pixels, step->size, step->size);

  return FALSE;
}

void
rg_preprocess_config_limit_tokens (RgPreprocessConfig *config, guint n_tokens)
{
  for (guint i = 0; i < config->n_steps; i++)
    {
      RgPreprocessStep *step = &config->steps[i];

      if (step->kind != RG_STEP_PIXELS)
        continue;
      step->max_pixels = MIN (step->max_pixels, (guint64) MAX (n_tokens, 1) * step->size * step->size);
      step->min_pixels = MIN (step->min_pixels, step->max_pixels);
    }
}

gboolean
rg_preprocess_config_check (const RgPreprocessConfig *config, const char *name, GError **error)
{
  guint cell = config->patch_size * config->merge_size, side = config->image_size;
  const RgPreprocessStep *first = &config->steps[0];

  for (guint i = 0; i < config->n_steps; i++)
    if (config->steps[i].kind == RG_STEP_PIXELS && !check_area (&config->steps[i], name, error))
      return FALSE;
  if (first->kind == RG_STEP_LONGEST && first->size > RG_PREPROCESS_MAX_TILES * side)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: a longest edge of %u pixels makes more than %d tiles of %u pixels on a side."), name, first->size, RG_PREPROCESS_MAX_TILES, side);
      return FALSE;
    }
  if (first->kind == RG_STEP_COVER && first->max_tiles > RG_PREPROCESS_MAX_TILES)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("%s: a longest edge of %u pixels makes more than %d tiles of %u pixels on a side."), name, first->max_tiles * first->size, RG_PREPROCESS_MAX_TILES, side);
      return FALSE;
    }
  if (side > 0 && cell > side)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: an image token stands for %u × %u pixels, but a view has only %u × %u."), name, cell, cell, side, side);
      return FALSE;
    }

  return TRUE;
}

RgPixelValues
rg_pixel_values_borrow (guint side, float *values)
{
  return (RgPixelValues){ .n_views = 1, .width = side, .height = side, .values = values, .n_values = (gsize) side * side * 3 };
}

void
rg_pixel_values_free (RgPixelValues *self)
{
  g_clear_pointer (&self->grid, rg_patch_grid_unref);
  g_free (self->values);
  g_free (self);
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

/* A picture on its way; its steps change the first frame, and only the last step makes more of it. */
typedef struct
{
  const RgPreprocessConfig *config;
  RgPool *pool;
  GCancellable *cancellable;
  GArray *frames; /* RgFrame */
  guint rows, cols;
} Run;

/* The frame under work, and its size. */
typedef struct
{
  RgFrame *frame;
  guint width, height;
} Sight;

static Sight
look (const Run *run)
{
  RgFrame *frame = &g_array_index (run->frames, RgFrame, 0);

  return (Sight){ frame, rg_image_get_width (frame->pixels), rg_image_get_height (frame->pixels) };
}

static gboolean
fail_thin (Sight sight, GError **error)
{
  g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("A picture of %u × %u pixels is too long and thin for this model; please crop it."), sight.width, sight.height);

  return FALSE;
}

static gboolean
resize (const Run *run, gsize width, gsize height, GError **error)
{
  if (width > MAX_SIDE || height > MAX_SIDE)
    return fail_thin (look (run), error);

  return rg_frame_resize (look (run).frame, MAX (width, 1), MAX (height, 1), run->config->filter, run->pool, run->cancellable, error);
}

static gboolean
resize_square (Run *run, const RgPreprocessStep *step, GError **error)
{
  return resize (run, step->size, step->size, error);
}

static gboolean
resize_shortest (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  gsize side = step->size;

  if (sight.width <= sight.height)
    return resize (run, side, side * sight.height / sight.width, error);

  return resize (run, side * sight.width / sight.height, side, error);
}

static gsize
make_even (gsize n)
{
  return n + n % 2;
}

/* The roundings here and below are those of the original, which computes with the quotient of the edges. */
static gboolean
resize_longest (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  double aspect = (double) sight.width / sight.height;

  if (sight.width >= sight.height)
    return resize (run, step->size, make_even ((gsize) (step->size / aspect)), error);

  return resize (run, make_even ((gsize) (step->size * aspect)), step->size, error);
}

static gsize
round_up (gsize n, gsize multiple)
{
  return MAX ((n + multiple - 1) / multiple, 1) * multiple;
}

static gboolean
resize_multiple (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  double aspect = (double) sight.width / sight.height;
  gsize width = round_up (sight.width, step->size), height = round_up (sight.height, step->size);

  if (sight.width >= sight.height)
    height = round_up ((gsize) (width / aspect), step->size);
  else
    width = round_up ((gsize) (height * aspect), step->size);

  return resize (run, width, height, error);
}

static gboolean
resize_cover (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  guint longer = MAX (sight.width, sight.height), shorter = MIN (sight.width, sight.height), size = step->size;
  gsize most = (gsize) step->max_tiles * size, target = step->grows ? most : MIN (most, round_up (longer, size));
  double scale = (double) target / longer;
  gsize other = MAX (ceil (shorter * scale / size), 1) * size;

  return sight.width >= sight.height ? resize (run, target, other, error) : resize (run, other, target, error);
}

/* A half is rounded to the even number, as Python does. */
static gboolean
resize_pixels (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  double area = (double) sight.width * sight.height, size = step->size;
  double width = MAX (rint (sight.width / size), 1) * size, height = MAX (rint (sight.height / size), 1) * size;

  if (MAX (sight.width, sight.height) > (gsize) MAX_ASPECT * MIN (sight.width, sight.height))
    return fail_thin (sight, error);
  if (width * height > step->max_pixels)
    {
      double beta = sqrt (area / step->max_pixels);

      width = MAX (floor (sight.width / beta / size), 1) * size;
      height = MAX (floor (sight.height / beta / size), 1) * size;
    }
  else if (width * height < step->min_pixels)
    {
      double beta = sqrt (step->min_pixels / area);

      width = ceil (sight.width * beta / size) * size;
      height = ceil (sight.height * beta / size) * size;
    }

  return resize (run, (gsize) width, (gsize) height, error);
}

/* A line one pixel thin stays at least one pixel thick. */
static gboolean
letterbox (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  guint side = step->size;
  double scale = (double) side / MAX (sight.width, sight.height);
  guint width = CLAMP ((guint) lround (sight.width * scale), 1, side), height = CLAMP ((guint) lround (sight.height * scale), 1, side);

  return resize (run, width, height, error) &&
         rg_frame_window (sight.frame, -(int) ((side - width) / 2), -(int) ((side - height) / 2), side, side, step->fill, error);
}

/* By how much a picture grows that just fits on @rows × @cols tiles. */
static double
get_canvas_scale (Sight sight, guint side, guint rows, guint cols)
{
  double across = (double) cols * side / sight.width, down = (double) rows * side / sight.height;

  return MIN (across, down);
}

/* Of two that let the picture grow, the one that does so less is better; else the one that shrinks it less; of equal ones
 * the one with fewer tiles, and then the first. */
static gboolean
is_better (double scale, double best)
{
  if (scale >= 1)
    return best < 1 || scale < best;

  return best < 1 && scale > best;
}

static void
choose_canvas (Sight sight, const RgPreprocessStep *step, guint *rows, guint *cols)
{
  double best = 0;

  *rows = *cols = 1;
  for (guint r = 1; r <= step->max_tiles; r++)
    for (guint c = 1; r * c <= step->max_tiles; c++)
      {
        double scale = get_canvas_scale (sight, step->size, r, c);

        if (best > 0 && !is_better (scale, best) && !(scale == best && r * c < *rows * *cols))
          continue;
        best = scale;
        *rows = r;
        *cols = c;
      }
}

static gboolean
resize_canvas (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  guint rows, cols;
  gsize width, height;
  double across, down;

  choose_canvas (sight, step, &rows, &cols);
  width = CLAMP (sight.width, step->size, cols * step->size);
  height = CLAMP (sight.height, step->size, rows * step->size);
  across = (double) width / sight.width;
  down = (double) height / sight.height;
  if (across < down)
    height = MIN (MAX ((gsize) floor (sight.height * across), 1), height);
  else
    width = MIN (MAX ((gsize) floor (sight.width * down), 1), width);

  return resize (run, width, height, error) &&
         rg_frame_window (sight.frame, 0, 0, cols * step->size, rows * step->size, step->fill, error);
}

static gboolean
pad_square (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  guint side = MAX (sight.width, sight.height);

  return rg_frame_window (sight.frame, -(int) ((side - sight.width) / 2), -(int) ((side - sight.height) / 2), side, side, step->fill, error);
}

/* Half of it, rounded down, below 0 as well. */
static int
half (int n)
{
  return (n - (n < 0 && n % 2 != 0)) / 2;
}

static gboolean
crop (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  int side = step->size;

  return rg_frame_window (sight.frame, half ((int) sight.width - side), half ((int) sight.height - side), side, side, step->fill, error);
}

static gboolean
add_tile (Run *run, const RgFrame *whole, const RgPreprocessStep *step, guint row, guint col, GError **error)
{
  RgFrame tile = rg_frame_copy (whole);

  g_array_append_val (run->frames, tile);

  return rg_frame_window (&g_array_index (run->frames, RgFrame, run->frames->len - 1), col * step->size, row * step->size, step->size, step->size, step->fill, error);
}

static gboolean
split (Run *run, const RgPreprocessStep *step, GError **error)
{
  Sight sight = look (run);
  guint rows = sight.height / step->size, cols = sight.width / step->size;
  g_auto (RgFrame) whole = rg_frame_copy (sight.frame);

  if (step->overview && rows * cols == 1)
    return TRUE;
  run->rows = rows;
  run->cols = cols;
  for (guint i = 0; i < rows * cols; i++)
    if (!add_tile (run, &whole, step, i / cols, i % cols, error))
      return FALSE;
  if (step->overview)
    {
      RgFrame overview;

      if (!rg_frame_resize (look (run).frame, step->size, step->size, step->overview_first ? RG_FILTER_BILINEAR : run->config->filter, run->pool, run->cancellable, error))
        return FALSE;
      if (step->overview_first)
        return TRUE; /* where it is */
      overview = rg_frame_copy (look (run).frame);
      g_array_append_val (run->frames, overview);
    }
  g_array_remove_index (run->frames, 0);

  return TRUE;
}

static gboolean
run_step (Run *run, const RgPreprocessStep *step, GError **error)
{
  static gboolean (*const kinds[]) (Run *, const RgPreprocessStep *, GError **) = {
    [RG_STEP_RESIZE] = resize_square,
    [RG_STEP_SHORTEST] = resize_shortest,
    [RG_STEP_LONGEST] = resize_longest,
    [RG_STEP_MULTIPLE] = resize_multiple,
    [RG_STEP_COVER] = resize_cover,
    [RG_STEP_PIXELS] = resize_pixels,
    [RG_STEP_LETTERBOX] = letterbox,
    [RG_STEP_CANVAS] = resize_canvas,
    [RG_STEP_SQUARE] = pad_square,
    [RG_STEP_CROP] = crop,
    [RG_STEP_SPLIT] = split,
  };

  return kinds[step->kind](run, step, error);
}

/* --- values ------------------------------------------------------------------------------------------------------- */

/* Writes the pixels of @area, a part of the frame. */
static void
write_area (const RgPreprocessConfig *config, RgImage *pixels, RgRect area, const RgPixelOrder *order, float *values)
{
  guint width = rg_image_get_width (pixels);
  float numbers[CHANNELS][256];

  for (guint channel = 0; channel < CHANNELS; channel++)
    for (guint byte = 0; byte < 256; byte++)
      numbers[channel][byte] = ((float) (byte * config->scale) - config->mean[channel]) / config->std[channel];
  for (guint y = (guint) area.y; y < (guint) (area.y + area.height); y++)
    for (guint x = (guint) area.x; x < (guint) (area.x + area.width); x++)
      {
        const guint8 *bytes = rg_image_get_pixels (pixels) + ((gsize) y * width + x) * CHANNELS;
        float *to = values + order->rows[y] + order->cols[x];

        for (guint channel = 0; channel < CHANNELS; channel++)
          for (guint frame = 0; frame < order->n_frames; frame++)
            to[channel * order->channel + frame * order->frame] = numbers[channel][bytes[channel]];
      }
}

static gboolean
write_values (const Run *run, RgPixelValues *out, GError **error)
{
  const RgPreprocessConfig *config = run->config;
  gsize n_view = (gsize) CHANNELS * config->n_frames * out->width * out->height;
  g_auto (RgPixelOrder) order = { 0 };

  out->n_values = n_view * out->n_views;
  out->values = g_try_new0 (float, out->n_values);
  if (out->values == NULL)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("There is not enough memory for a picture of %u views of %u × %u pixels."), out->n_views, out->width, out->height);
      return FALSE;
    }
  rg_pixel_order_init (&order, config->layout, out->width, out->height, config->patch_size, config->merge_size, config->n_frames);
  for (guint i = 0; i < out->n_views; i++)
    {
      const RgFrame *frame = &g_array_index (run->frames, RgFrame, i);
      RgRect area = config->blank_padding ? frame->content : (RgRect){ 0, 0, out->width, out->height };

      write_area (config, frame->pixels, area, &order, out->values + i * n_view);
    }

  return TRUE;
}

/* --- the grid ----------------------------------------------------------------------------------------------------- */

/* Takes what the encoder does not see off the frames, which have been written by then. */
static gboolean
build_grid (Run *run, RgImage *image, RgPixelValues *out, GError **error)
{
  const RgPreprocessConfig *config = run->config;
  guint cell = config->patch_size * config->merge_size;
  guint cell_width = cell > 0 ? cell : out->width, cell_height = cell > 0 ? cell : out->height;
  guint rows = out->height / cell_height, cols = out->width / cell_width;
  g_autofree RgTile *tiles = g_new0 (RgTile, out->n_views);

  for (guint i = 0; i < out->n_views; i++)
    {
      RgFrame *frame = &g_array_index (run->frames, RgFrame, i);

      if (!rg_frame_window (frame, 0, 0, cols * cell_width, rows * cell_height, config->steps[0].fill, error))
        return FALSE;
      tiles[i] = (RgTile){ frame->pixels, rows, cols, frame->content, frame->source };
    }
  out->grid = rg_patch_grid_new (tiles, out->n_views, rg_image_get_width (image), rg_image_get_height (image));

  return TRUE;
}

RgPixelValues *
rg_preprocess (const RgPreprocessConfig *config, RgImage *image, RgPool *pool, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (RgFrame));
  g_autoptr (RgPixelValues) out = g_new0 (RgPixelValues, 1);
  Run run = { config, pool, cancellable, frames };
  RgFrame first;

  if (config->mel.n_bins > 0)
    return _rg_preprocess_sound (config, image, cancellable, error);

  g_array_set_clear_func (frames, (GDestroyNotify) rg_frame_clear);
  rg_frame_init (&first, image);
  g_array_append_val (frames, first);
  for (guint i = 0; i < config->n_steps; i++)
    if (!run_step (&run, &config->steps[i], error))
      return NULL;

  out->n_views = frames->len;
  out->rows = run.rows;
  out->cols = run.cols;
  out->width = look (&run).width;
  out->height = look (&run).height;
  if (!write_values (&run, out, error) || !build_grid (&run, image, out, error))
    return NULL;

  return g_steal_pointer (&out);
}
