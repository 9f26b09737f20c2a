/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "app/picture-file.h"
#include "engine/train/dialogue.h"

#define N_TURNS 8
#define MIN_SIDE 32
#define MAX_SIDE 4096

typedef struct
{
  char *out;
  gint64 seed;
  int count, width, height;
  gboolean json;
} Options;

/* The memory that one scene after the other is drawn in. */
typedef struct
{
  RgSceneRenderer *renderer;
  guint8 *rgb, *owner;
} Canvas;

static void
add_objects (const RgScene *scene, const guint8 *owner, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "objects");
  json_builder_begin_array (builder);
  for (guint i = 0; i < scene->objects->len; i++)
    {
      const RgObject *object = rg_scene_get_object (scene, i);
      RgRect box;
      guint n_pixels = rg_scene_get_box (scene, owner, i, &box);

      json_builder_begin_object (builder);
      rg_cli_json_string (builder, "kind", rg_kind_get_name (object->kind));
      rg_cli_json_string (builder, "color", rg_color_get_name (object->color));
      rg_cli_json_string (builder, "style", rg_style_get_name (object->style));
      rg_cli_json_rect (builder, "box", box);
      rg_cli_json_int (builder, "pixels", n_pixels);
      rg_cli_json_int (builder, "mask_value", i + 1);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_questions (const RgScene *scene, RgRandom *random, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "questions");
  json_builder_begin_array (builder);
  for (RgLanguage language = 0; language < RG_N_LANGUAGES; language++)
    {
      g_autoptr (GPtrArray) dialogue = rg_dialogue_write (scene, language, N_TURNS, random);

      for (guint i = 0; i < dialogue->len; i++)
        {
          const RgQuestion *question = g_ptr_array_index (dialogue, i);

          json_builder_begin_object (builder);
          rg_cli_json_string (builder, "language", rg_language_get_code (language));
          rg_cli_json_string (builder, "kind", rg_question_kind_get_name (question->kind));
          rg_cli_json_string (builder, "question", question->question);
          rg_cli_json_string (builder, "answer", question->answer);
          json_builder_set_member_name (builder, "follow_up");
          json_builder_add_boolean_value (builder, question->follow_up);
          rg_cli_json_int (builder, "object", question->object);
          json_builder_end_object (builder);
        }
    }
  json_builder_end_array (builder);
}

/* In the mask on the disk 0 is the backdrop, so that an object is what is not black. */
static gboolean
save_mask (const Canvas *canvas, const RgScene *scene, const char *path, GError **error)
{
  gsize n = (gsize) scene->width * scene->height;
  g_autofree guint8 *mask = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    mask[i] = canvas->owner[i] == RG_OWNER_NONE ? 0 : canvas->owner[i] + 1;

  return rg_picture_file_save_gray (mask, scene->width, scene->height, path, error);
}

/* Scene @i: its two files, and its entry in scenes.json. */
static gboolean
save_scene (const Options *options, const RgSceneOptions *world, const Canvas *canvas, guint i, JsonBuilder *builder, GError **error)
{
  g_autofree char *picture = g_strdup_printf ("scene-%05u.png", i);
  g_autofree char *mask = g_strdup_printf ("scene-%05u-mask.png", i);
  g_autofree char *picture_path = g_build_filename (options->out, picture, NULL);
  g_autofree char *mask_path = g_build_filename (options->out, mask, NULL);
  g_autoptr (RgScene) scene = NULL;
  RgRandom random;

  rg_random_init (&random, options->seed, i);
  scene = rg_scene_new_random (world, &random);
  rg_scene_render (canvas->renderer, scene, canvas->rgb, canvas->owner);

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "picture", picture);
  rg_cli_json_string (builder, "mask", mask);
  rg_cli_json_int (builder, "width", scene->width);
  rg_cli_json_int (builder, "height", scene->height);
  add_objects (scene, canvas->owner, builder);
  add_questions (scene, &random, builder);
  json_builder_end_object (builder);

  return rg_picture_file_save_rgb (canvas->rgb, scene->width, scene->height, picture_path, error) &&
         save_mask (canvas, scene, mask_path, error);
}

static gboolean
save_scenes (const Options *options, const RgSceneOptions *world, JsonBuilder *builder, GError **error)
{
  gsize n_pixels = (gsize) world->width * world->height;
  Canvas canvas = { rg_scene_renderer_new (), g_malloc (3 * n_pixels), g_malloc (n_pixels) };
  gboolean saved = TRUE;

  json_builder_begin_object (builder);
  rg_cli_json_int (builder, "seed", options->seed);
  rg_cli_json_int (builder, "count", options->count);
  json_builder_set_member_name (builder, "scenes");
  json_builder_begin_array (builder);
  for (int i = 0; saved && i < options->count; i++)
    {
      saved = save_scene (options, world, &canvas, i, builder, error);
      rg_cli_print_progress (_ ("%d of %d"), i + 1, options->count);
    }
  rg_cli_print_progress ("%s", "");
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  rg_scene_renderer_free (canvas.renderer);
  g_free (canvas.rgb);
  g_free (canvas.owner);

  return saved;
}

gboolean
rg_cli_scenes (char ***arguments, GError **error)
{
  RgSceneOptions world = rg_scene_options_default ();
  Options options = { .seed = 1, .count = 10, .width = world.width, .height = world.height };
  g_autofree char *out = NULL;
  g_autofree char *path = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const GOptionEntry entries[] = {
    { "seed", 's', 0, G_OPTION_ARG_INT64, &options.seed, N_ ("the same seed gives the same scenes (1)"), "N" },
    { "count", 'n', 0, G_OPTION_ARG_INT, &options.count, N_ ("how many (10)"), "N" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, N_ ("folder for scenes.json, pictures and masks"), N_ ("DIR") },
    { "width", 0, 0, G_OPTION_ARG_INT, &options.width, N_ ("of the pictures (128)"), "N" },
    { "height", 0, 0, G_OPTION_ARG_INT, &options.height, N_ ("of the pictures (128)"), "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("print scenes.json, too"), NULL },
    { NULL },
  };

  if (!rg_cli_parse ("scenes", "", _ ("Draws scenes of the bundled model's world with their objects, boxes, masks, questions and answers."), entries, NULL, arguments, error) ||
      !rg_cli_check_count (*arguments, 0, error))
    return FALSE;
  if (out == NULL)
    return rg_cli_fail_usage (error, _ ("--out DIR is missing"));
  if (options.count < 1 || options.seed < 0 || MIN (options.width, options.height) < MIN_SIDE || MAX (options.width, options.height) > MAX_SIDE)
    return rg_cli_fail_usage (error, _ ("--count is at least 1, --seed not negative, --width and --height between %d and %d"), MIN_SIDE, MAX_SIDE);
  if (!rg_cli_make_folder (out, error))
    return FALSE;

  options.out = out;
  world.width = options.width;
  world.height = options.height;
  path = g_build_filename (out, "scenes.json", NULL);
  if (!save_scenes (&options, &world, builder, error) || !rg_cli_save_json (builder, path, error))
    return FALSE;
  if (options.json)
    rg_cli_print_json (builder);

  return TRUE;
}
