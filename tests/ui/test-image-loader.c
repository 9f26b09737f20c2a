/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/image-decoder.h"
#include "ui/image-loader.h"

#include <glib/gstdio.h>
#include <string.h>

#include "engine/error.h"

#define WIDTH 48
#define HEIGHT 32

/* Corners in the order top left, top right, bottom left, bottom right. */
static const guint8 corners[4][3] = { { 230, 20, 20 }, { 20, 200, 20 }, { 20, 20, 230 }, { 240, 230, 20 } };

/* A picture whose four quarters have the colours of its corners. */
static GdkPixbuf *
make_pixbuf (gboolean has_alpha,
             int width,
             int height)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, has_alpha, 8, width, height);
  guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);
  int n_channels = gdk_pixbuf_get_n_channels (pixbuf);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        guint8 *pixel = pixels + y * gdk_pixbuf_get_rowstride (pixbuf) + x * n_channels;

        memcpy (pixel, corners[(y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0)], 3);
        if (has_alpha)
          pixel[3] = 255;
      }

  return pixbuf;
}

static GBytes *
encode (GdkPixbuf *pixbuf,
        const char *type)
{
  g_autoptr (GError) error = NULL;
  char *data = NULL;
  gsize size = 0;

  gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, type, &error, NULL);
  g_assert_no_error (error);

  return g_bytes_new_take (data, size);
}

static GBytes *
make_file (const char *type)
{
  g_autoptr (GdkPixbuf) pixbuf = make_pixbuf (FALSE, WIDTH, HEIGHT);

  return encode (pixbuf, type);
}

/* An Exif segment with one entry, the orientation, put behind the JPEG's first marker. */
static GBytes *
add_orientation (GBytes *jpeg,
                 guint8 orientation,
                 gboolean big_endian)
{
  static const guint8 head[] = { 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0 };
  const guint8 big[] = { 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0 };
  const guint8 little[] = { 'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0 };
  GByteArray *file = g_byte_array_new ();
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (jpeg, &size);

  g_assert_cmpuint (sizeof big, ==, 26);
  g_byte_array_append (file, data, 2);
  g_byte_array_append (file, head, sizeof head);
  g_byte_array_append (file, big_endian ? big : little, 26);
  g_byte_array_append (file, data + 2, size - 2);

  return g_byte_array_free_to_bytes (file);
}

/* Which of the four corner colours stands at a point; JPEG keeps them apart easily. */
static int
find_corner (RgImage *image,
             guint x,
             guint y)
{
  const guint8 *pixel = rg_image_get_pixels (image) + 3 * (y * rg_image_get_width (image) + x);

  for (int i = 0; i < 4; i++)
    if (ABS (pixel[0] - corners[i][0]) < 40 && ABS (pixel[1] - corners[i][1]) < 40 && ABS (pixel[2] - corners[i][2]) < 40)
      return i;

  return -1;
}

static void
assert_corners (RgImage *image,
                const int expected[4])
{
  guint right = rg_image_get_width (image) - 5, bottom = rg_image_get_height (image) - 5;

  g_assert_cmpint (find_corner (image, 4, 4), ==, expected[0]);
  g_assert_cmpint (find_corner (image, right, 4), ==, expected[1]);
  g_assert_cmpint (find_corner (image, 4, bottom), ==, expected[2]);
  g_assert_cmpint (find_corner (image, right, bottom), ==, expected[3]);
}

/* Upright corners for each orientation, from the Exif standard: which side of the scene row 0 and column 0 of the stored
 * picture are. 1 top/left, 2 top/right, 3 bottom/right, 4 bottom/left, 5 left/top, 6 right/top, 7 right/bottom, 8 left/bottom. */
static const int upright[9][4] = {
  { 0, 1, 2, 3 }, { 0, 1, 2, 3 }, { 1, 0, 3, 2 }, { 3, 2, 1, 0 }, { 2, 3, 0, 1 }, { 0, 2, 1, 3 }, { 2, 0, 3, 1 }, { 3, 1, 2, 0 }, { 1, 3, 0, 2 }
};

static void
test_orientation (gconstpointer data)
{
  int orientation = GPOINTER_TO_INT (data);
  g_autoptr (GBytes) jpeg = make_file ("jpeg");

  for (int big_endian = 0; big_endian < 2; big_endian++)
    {
      g_autoptr (GBytes) file = add_orientation (jpeg, orientation, big_endian);
      g_autoptr (GError) error = NULL;
      g_autoptr (RgImage) image = rg_image_decoder_load_bytes (file, "x.jpg", NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (rg_image_get_width (image), ==, orientation >= 5 ? HEIGHT : WIDTH);
      g_assert_cmpuint (rg_image_get_height (image), ==, orientation >= 5 ? WIDTH : HEIGHT);
      assert_corners (image, upright[orientation]);
    }
}

/* A camera's picture that is made smaller while it is read must still be turned. */
static void
test_orientation_scaled (void)
{
  g_autoptr (GdkPixbuf) pixbuf = make_pixbuf (FALSE, 6400, 4800);
  g_autoptr (GBytes) jpeg = encode (pixbuf, "jpeg");
  g_autoptr (GBytes) file = add_orientation (jpeg, 6, TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = rg_image_decoder_load_bytes (file, "x.jpg", NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (rg_image_get_width (image) * rg_image_get_height (image), <=, RG_IMAGE_DECODER_MAX_KEPT);
  g_assert_cmpfloat_with_epsilon ((double) rg_image_get_height (image) / rg_image_get_width (image), 4.0 / 3, 0.01);
  assert_corners (image, upright[6]);
}

static void
test_formats (void)
{
  const char *types[] = { "png", "jpeg", "bmp", "tiff" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GBytes) file = make_file (types[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (RgImage) image = rg_image_decoder_load_bytes (file, NULL, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (rg_image_get_width (image), ==, WIDTH);
      g_assert_cmpuint (rg_image_get_height (image), ==, HEIGHT);
      assert_corners (image, upright[1]);
    }
}

static void
test_alpha (void)
{
  g_autoptr (GdkPixbuf) pixbuf = make_pixbuf (TRUE, WIDTH, HEIGHT);
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = NULL;
  guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);
  const guint8 *result;

  pixels[3] = 0;       /* nothing: white */
  pixels[4 + 3] = 128; /* half */
  file = encode (pixbuf, "png");
  image = rg_image_decoder_load_bytes (file, NULL, NULL, &error);
  g_assert_no_error (error);

  result = rg_image_get_pixels (image);
  g_assert_cmpmem (result, 3, ((guint8[]){ 255, 255, 255 }), 3);
  g_assert_cmpint (result[3], ==, (230 * 128 + 255 * 127 + 127) / 255);
  g_assert_cmpint (result[4], ==, (20 * 128 + 255 * 127 + 127) / 255);
  g_assert_cmpmem (result + 6, 3, corners[0], 3);
}

static void
assert_refused (GBytes *file,
                GCancellable *cancellable,
                GQuark domain,
                int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = rg_image_decoder_load_bytes (file, "x.jpg", cancellable, &error);

  g_assert_null (image);
  g_assert_error (error, domain, code);
  if (domain == RG_ERROR)
    {
      g_assert_nonnull (strstr (error->message, "“x.jpg”"));
      g_assert_null (strchr (error->message, '\n'));
      g_assert_true (g_str_has_suffix (error->message, "."));
    }
}

static guint32
crc32 (const guint8 *data,
       gsize size)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < size; i++)
    {
      crc ^= data[i];
      for (int bit = 0; bit < 8; bit++)
        crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }

  return ~crc;
}

/* A PNG of a few hundred bytes that announces width × height; the checksum is right, so that the reader believes it. */
static GBytes *
announce_png (guint32 width,
              guint32 height)
{
  g_autoptr (GBytes) png = make_file ("png");
  gsize size = g_bytes_get_size (png);
  guint8 *data = g_memdup2 (g_bytes_get_data (png, NULL), size);
  guint32 fields[2] = { GUINT32_TO_BE (width), GUINT32_TO_BE (height) }, crc;

  memcpy (data + 16, fields, 8);
  crc = GUINT32_TO_BE (crc32 (data + 12, 17));
  memcpy (data + 29, &crc, 4);

  return g_bytes_new_take (data, size);
}

/* A JPEG whose frame header announces width × height. */
static GBytes *
announce_jpeg (guint16 width,
               guint16 height)
{
  g_autoptr (GBytes) jpeg = make_file ("jpeg");
  gsize size = g_bytes_get_size (jpeg);
  guint8 *data = g_memdup2 (g_bytes_get_data (jpeg, NULL), size);
  guint16 fields[2] = { GUINT16_TO_BE (height), GUINT16_TO_BE (width) };

  for (gsize i = 2; i + 9 < size; i += 2 + data[i + 2] * 256 + data[i + 3])
    if (data[i] == 0xff && data[i + 1] == 0xc0)
      {
        memcpy (data + i + 5, fields, 4);
        break;
      }

  return g_bytes_new_take (data, size);
}

/* Cut anywhere, a picture is refused with a sentence; nothing is ever shown half. */
static void
test_truncated (void)
{
  const char *types[] = { "png", "jpeg", "bmp", "tiff" };
  /* Black on white, 2 × 1, as an editor that has never heard of us wrote it. */
  static const guint8 gif[] = { 'G', 'I', 'F', '8', '9', 'a', 2, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0,
                                0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 2, 0, 1, 0, 0, 2, 2, 0x44, 0x0a, 0, 0x3b };
  g_autoptr (GBytes) animation = g_bytes_new_static (gif, sizeof gif);
  g_autoptr (GBytes) animation_cut = g_bytes_new_static (gif, sizeof gif - 4);
  g_autoptr (GBytes) few_rows = announce_png (WIDTH, HEIGHT + 8);
  g_autoptr (RgImage) first_frame = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GBytes) whole = make_file (types[i]);
      gsize size = g_bytes_get_size (whole);

      for (gsize n = 0; n < size; n += MAX (1, MIN (size / 60, size - n - 1)))
        {
          g_autoptr (GBytes) part = g_bytes_new_from_bytes (whole, 0, n);

          assert_refused (part, NULL, RG_ERROR, RG_ERROR_FORMAT);
        }
    }

  first_frame = rg_image_decoder_load_bytes (animation, NULL, NULL, NULL);
  g_assert_nonnull (first_frame);
  g_assert_cmpuint (rg_image_get_width (first_frame), ==, 2);
  assert_refused (animation_cut, NULL, RG_ERROR, RG_ERROR_FORMAT);
  assert_refused (few_rows, NULL, RG_ERROR, RG_ERROR_FORMAT);
}

/* Damage in any byte gives a picture or a sentence, never a crash; the sanitizer build listens. */
static void
test_damaged (void)
{
  const char *types[] = { "png", "jpeg", "bmp", "tiff" };
  guint n_refused = 0;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GBytes) whole = make_file (types[i]);
      gsize size = g_bytes_get_size (whole);

      for (gsize n = 0; n < MIN (size, 400); n += 3)
        {
          guint8 *data = g_memdup2 (g_bytes_get_data (whole, NULL), size);
          g_autoptr (GBytes) file = g_bytes_new_take (data, size);
          g_autoptr (GError) error = NULL;
          g_autoptr (RgImage) image = NULL;

          data[n] ^= 0xff;
          image = rg_image_decoder_load_bytes (file, "x.jpg", NULL, &error);
          g_assert_true ((image == NULL) == (error != NULL));
          n_refused += image == NULL;
        }
    }

  g_assert_cmpuint (n_refused, >, 0);
}

static void
test_mislabelled (void)
{
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) text = g_bytes_new_static ("This is a letter to a friend, not a picture.\n", 45);
  g_autoptr (GBytes) html = g_bytes_new_static ("<!DOCTYPE html><html><body>404</body></html>", 44);
  g_autoptr (GBytes) zeros = g_bytes_new_take (g_malloc0 (5000), 5000);
  g_autoptr (GBytes) icon = g_bytes_new_static ("/* XPM */\nstatic char *x[] = {\n\"1 1 1 1\",\n\"a c #000\",\n\"a\"};\n", 60);

  assert_refused (empty, NULL, RG_ERROR, RG_ERROR_FORMAT);
  assert_refused (text, NULL, RG_ERROR, RG_ERROR_FORMAT);
  assert_refused (html, NULL, RG_ERROR, RG_ERROR_FORMAT);
  assert_refused (zeros, NULL, RG_ERROR, RG_ERROR_FORMAT);
  assert_refused (icon, NULL, RG_ERROR, RG_ERROR_FORMAT);
}

/* What a browser saves, where nothing reads it: the sentence says what it is and what helps. */
static void
test_other_formats (void)
{
  g_autoptr (GSList) readers = gdk_pixbuf_get_formats ();
  const char *header = "RIFF\x24\0\0\0WEBPVP8 ";
  g_autoptr (GBytes) webp = g_bytes_new_static (header, 16);
  g_autoptr (GError) error = NULL;
  gboolean is_read = FALSE;

  for (GSList *link = readers; link != NULL; link = link->next)
    {
      g_autofree char *name = gdk_pixbuf_format_get_name (link->data);

      is_read |= g_str_equal (name, "webp");
    }

  assert_refused (webp, NULL, RG_ERROR, is_read ? RG_ERROR_FORMAT : RG_ERROR_UNSUPPORTED);
  g_assert_null (rg_image_decoder_load_bytes (webp, NULL, NULL, &error));
  g_assert_true ((strstr (error->message, "webp-pixbuf-loader") == NULL) == is_read);
}

static void
test_announced (void)
{
  g_autoptr (GBytes) wide = announce_png (70000, 10);
  g_autoptr (GBytes) bomb = announce_png (60000, 60000);
  g_autoptr (GBytes) large = announce_png (20000, 6000);
  g_autoptr (GBytes) jpeg = announce_jpeg (65000, 65000);
  g_autoptr (GBytes) svg = g_bytes_new_static ("<svg xmlns='http://www.w3.org/2000/svg' width='60000' height='60000'/>", 70);

  assert_refused (wide, NULL, RG_ERROR, RG_ERROR_LIMIT);
  assert_refused (bomb, NULL, RG_ERROR, RG_ERROR_LIMIT);
  assert_refused (large, NULL, RG_ERROR, RG_ERROR_LIMIT);
  assert_refused (jpeg, NULL, RG_ERROR, RG_ERROR_LIMIT);
  assert_refused (svg, NULL, RG_ERROR, RG_ERROR_LIMIT);
}

static void
test_cancelled (void)
{
  g_autoptr (GBytes) png = make_file ("png");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  assert_refused (png, cancellable, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_paths (void)
{
  g_autofree char *folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "picture.png", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing.png", NULL);
  g_autoptr (GBytes) png = make_file ("png");
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = NULL;
  g_autoptr (RgImage) none = NULL;

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), NULL));
  image = rg_image_decoder_load (path, &error);
  g_assert_no_error (error);
  assert_corners (image, upright[1]);

  none = rg_image_decoder_load (folder, &error);
  g_assert_null (none);
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "folder"));
  g_clear_error (&error);

  none = rg_image_decoder_load (missing, &error);
  g_assert_null (none);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, "There is no file “missing.png”.");
  g_clear_error (&error);

  none = rg_image_decoder_load ("/dev/zero", &error);
  g_assert_null (none);
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);

  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
keep_result_cb (GObject *source,
                GAsyncResult *result,
                gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static RgImage *
finish (GAsyncResult **kept,
        GError **error)
{
  RgImage *image;

  while (*kept == NULL)
    g_main_context_iteration (NULL, TRUE);

  image = rg_image_loader_load_finish (*kept, error);
  g_clear_object (kept);

  return image;
}

static void
test_async (void)
{
  g_autoptr (GBytes) png = make_file ("png");
  g_autoptr (GBytes) nothing = g_bytes_new_static ("nothing", 7);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) from_bytes = NULL;
  g_autoptr (RgImage) from_texture = NULL;
  g_autoptr (RgImage) none = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  GAsyncResult *kept = NULL;

  rg_image_loader_load_bytes_async (png, NULL, keep_result_cb, &kept);
  from_bytes = finish (&kept, &error);
  g_assert_no_error (error);
  assert_corners (from_bytes, upright[1]);

  texture = rg_image_to_texture (from_bytes);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, WIDTH);
  rg_image_loader_load_texture_async (texture, NULL, keep_result_cb, &kept);
  from_texture = finish (&kept, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (rg_image_get_pixels (from_texture), 3 * WIDTH * HEIGHT, rg_image_get_pixels (from_bytes), 3 * WIDTH * HEIGHT);

  rg_image_loader_load_bytes_async (nothing, NULL, keep_result_cb, &kept);
  none = finish (&kept, &error);
  g_assert_null (none);
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
}

static void
test_async_file (void)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = NULL;
  GAsyncResult *kept = NULL;

  rg_image_loader_load_async (file, NULL, keep_result_cb, &kept);
  image = finish (&kept, &error);
  g_assert_null (image);
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
  g_clear_error (&error);

  g_cancellable_cancel (cancellable);
  rg_image_loader_load_async (file, cancellable, keep_result_cb, &kept);
  image = finish (&kept, &error);
  g_assert_null (image);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Nothing is fetched: what lies elsewhere is refused by its address alone. */
static void
test_remote (void)
{
  static const char *const uris[] = { "https://example.org/star.png", "HTTP://example.org/star.png", "sftp://example.org/star.png", "smb://example.org/a/star.png" };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (GFile) file = g_file_new_for_uri (uris[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (rg_image_decoder_load_file (file, NULL, &error));
      g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, "star.png"));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (int orientation = 1; orientation <= 8; orientation++)
    {
      g_autofree char *path = g_strdup_printf ("/image-decoder/orientation/%d", orientation);

      g_test_add_data_func (path, GINT_TO_POINTER (orientation), test_orientation);
    }
  g_test_add_func ("/image-decoder/orientation/scaled", test_orientation_scaled);
  g_test_add_func ("/image-decoder/formats", test_formats);
  g_test_add_func ("/image-decoder/alpha", test_alpha);
  g_test_add_func ("/image-decoder/truncated", test_truncated);
  g_test_add_func ("/image-decoder/damaged", test_damaged);
  g_test_add_func ("/image-decoder/mislabelled", test_mislabelled);
  g_test_add_func ("/image-decoder/other-formats", test_other_formats);
  g_test_add_func ("/image-decoder/announced", test_announced);
  g_test_add_func ("/image-decoder/cancelled", test_cancelled);
  g_test_add_func ("/image-decoder/paths", test_paths);
  g_test_add_func ("/image-loader/async", test_async);
  g_test_add_func ("/image-decoder/remote", test_remote);
  g_test_add_func ("/image-loader/async-file", test_async_file);

  return g_test_run ();
}
