/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/image-decoder.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/sound.h"
#include "ui/image-container.h"

#define CHUNK (64 * 1024)

/* What the loader's signals tell while it eats the file. */
typedef struct
{
  int width, height; /* as the file announces them, before orientation */
  int rows_seen;     /* rows from the top that have been decoded */
  gboolean is_png;
  gboolean refused_format;
  gboolean refused_size;
} Reading;

/* gdk-pixbuf brings readers of formats that nobody sends and few people test; these are the ones a picture comes in. */
static const char *const formats[] = {
  "png", "jpeg", "webp", "gif", "bmp", "tiff", "svg", "pnm", "avif", "heif/avif", "heif", "jxl", NULL
};

static void
take_message (GError **error,
              RgError code,
              char *message)
{
  g_set_error_literal (error, RG_ERROR, code, message);
  g_free (message);
}

/* Formats that pictures are saved in nowadays and that gdk-pixbuf reads only with the help of another package. */
static const struct
{
  const char *name, *reader; /* as people call it; as gdk-pixbuf does */
  const char *package;       /* of Debian */
  gsize at, length;
  const char *magic;
} extra_formats[] = {
  { "WebP", "webp", "webp-pixbuf-loader", 8, 4, "WEBP" },
  { "AVIF", "avif", "libavif-gdk-pixbuf", 4, 8, "ftypavif" },
  { "HEIC", "heif", "heif-gdk-pixbuf", 4, 7, "ftyphei" },
  { "HEIC", "heif", "heif-gdk-pixbuf", 4, 8, "ftypmif1" },
};

static gboolean
has_reader (const char *name)
{
  g_autoptr (GSList) readers = gdk_pixbuf_get_formats ();

  for (GSList *link = readers; link != NULL; link = link->next)
    {
      g_autofree char *other = gdk_pixbuf_format_get_name (link->data);

      if (g_str_equal (other, name))
        return TRUE;
    }

  return FALSE;
}

/* @data, @size: the start of the file, as far as it is known */
static void
set_error_no_picture (GError **error,
                      const char *name,
                      const guint8 *data,
                      gsize size)
{
  for (guint i = 0; i < G_N_ELEMENTS (extra_formats); i++)
    if (size >= extra_formats[i].at + extra_formats[i].length &&
        memcmp (data + extra_formats[i].at, extra_formats[i].magic, extra_formats[i].length) == 0 && !has_reader (extra_formats[i].reader))
      {
        take_message (error, RG_ERROR_UNSUPPORTED,
                      /* Translators: a file; twice the name of a format, such as WebP; the name of a package. */
                      name != NULL ? g_strdup_printf (_ ("“%s” is a %s picture, and this computer cannot read %s: save it as PNG or JPEG, or install what reads it (on Debian: %s)."), name, extra_formats[i].name, extra_formats[i].name, extra_formats[i].package)
                                   : g_strdup_printf (_ ("This is a %s picture, and this computer cannot read %s: save it as PNG or JPEG, or install what reads it (on Debian: %s)."), extra_formats[i].name, extra_formats[i].name, extra_formats[i].package));
        return;
      }

  take_message (error, RG_ERROR_FORMAT,
                name != NULL ? g_strdup_printf (_ ("“%s” is not a picture that Regard can read."), name)
                             : g_strdup (_ ("This is not a picture that Regard can read.")));
}

static void
set_error_damaged (GError **error,
                   const char *name)
{
  take_message (error, RG_ERROR_FORMAT,
                name != NULL ? g_strdup_printf (_ ("“%s” is damaged or was cut short, so Regard cannot read it."), name)
                             : g_strdup (_ ("This picture is damaged or was cut short, so Regard cannot read it.")));
}

static void
set_error_too_large (GError **error,
                     const char *name)
{
  take_message (error, RG_ERROR_LIMIT,
                name != NULL ? g_strdup_printf (_ ("“%s” is too large for Regard; make the picture smaller and try again."), name)
                             : g_strdup (_ ("This picture is too large for Regard; make it smaller and try again.")));
}

/* What the system says repeats the whole path, in its own words. */
static void
set_error_not_opened (GError **error,
                      const char *name,
                      const GError *reason)
{
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_set_error (error, reason->domain, reason->code, _ ("There is no file “%s”."), name);
  else if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    g_set_error (error, reason->domain, reason->code, _ ("You may not read “%s”: change its permissions and try again."), name);
  else
    g_set_error (error, reason->domain, reason->code, _ ("“%s” could not be opened: %s"), name, reason->message);
}

/* The factor, at most 1, that brings so many pixels down to what is kept. */
static double
get_scale (int width,
           int height)
{
  return MIN (1.0, sqrt ((double) RG_IMAGE_DECODER_MAX_KEPT / ((double) width * height)));
}

static int
scale_side (int side,
            double scale)
{
  return MAX (1, (int) floor (side * scale));
}

/* Announced sizes are refused before a byte is allocated for them: a loader that is asked for 0 × 0 stops. */
static void
size_prepared_cb (GdkPixbufLoader *loader,
                  int width,
                  int height,
                  gpointer user_data)
{
  Reading *reading = user_data;
  g_autofree char *format = gdk_pixbuf_format_get_name (gdk_pixbuf_loader_get_format (loader));
  gboolean is_jpeg = g_str_equal (format, "jpeg");
  gint64 max_pixels = is_jpeg ? RG_IMAGE_DECODER_MAX_PIXELS_JPEG : RG_IMAGE_DECODER_MAX_PIXELS;

  reading->width = width;
  reading->height = height;
  reading->is_png = g_str_equal (format, "png");
  reading->refused_format = !g_strv_contains (formats, format);
  reading->refused_size = width > RG_IMAGE_DECODER_MAX_SIDE || height > RG_IMAGE_DECODER_MAX_SIDE ||
                          (gint64) width * height > max_pixels;

  if (reading->refused_format || reading->refused_size)
    {
      gdk_pixbuf_loader_set_size (loader, 0, 0);
    }
  else if (get_scale (width, height) < 1)
    {
      double scale = get_scale (width, height);

      gdk_pixbuf_loader_set_size (loader, scale_side (width, scale), scale_side (height, scale));
    }
}

static void
area_updated_cb (GdkPixbufLoader *loader,
                 int x,
                 int y,
                 int width,
                 int height,
                 gpointer user_data)
{
  Reading *reading = user_data;

  reading->rows_seen = MAX (reading->rows_seen, y + height);
}

/* A PNG whose compressed data ends early leaves its last rows black, and gdk-pixbuf says nothing; the rows that were
 * reported tell. A picture that is made smaller while it is read reports none. */
static gboolean
lacks_rows (const Reading *reading)
{
  return reading->is_png && get_scale (reading->width, reading->height) == 1 && reading->rows_seen < reading->height;
}

/* Returns: whether the loader took everything; it is closed in any case, as it must be. */
static gboolean
feed (GdkPixbufLoader *loader,
      const guint8 *data,
      gsize size,
      GCancellable *cancellable)
{
  gboolean taken = TRUE;

  for (gsize at = 0; at < size && taken; at += CHUNK)
    taken = !g_cancellable_is_cancelled (cancellable) &&
            gdk_pixbuf_loader_write (loader, data + at, MIN (CHUNK, size - at), NULL);

  return gdk_pixbuf_loader_close (loader, NULL) && taken;
}

/* One byte of colour of a pixel of opacity alpha on white, rounded. */
static guint8
lay_on_white (guint8 value,
              guint8 alpha)
{
  return (value * alpha + 255 * (255 - alpha) + 127) / 255;
}

static RgImage *
flatten (GdkPixbuf *pixbuf)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  int n_channels = gdk_pixbuf_get_n_channels (pixbuf), stride = gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  gsize size = (gsize) 3 * width * height;
  guint8 *rgb = g_try_malloc (size), *out = rgb;
  g_autoptr (GBytes) bytes = NULL;

  if (rgb == NULL)
    return NULL;

  for (int y = 0; y < height; y++)
    {
      const guint8 *in = pixels + (gsize) y * stride;

      if (n_channels == 3)
        {
          memcpy (out, in, (gsize) 3 * width);
          out += (gsize) 3 * width;
          continue;
        }

      for (int x = 0; x < width; x++, in += 4)
        for (int c = 0; c < 3; c++)
          *out++ = lay_on_white (in[c], in[3]);
    }

  bytes = g_bytes_new_take (rgb, size);

  return rg_image_new (width, height, bytes);
}

RgImage *
rg_image_decoder_convert (GdkPixbuf *pixbuf,
                          const char *name,
                          GError **error)
{
  g_autoptr (GdkPixbuf) fitted = NULL;
  g_autoptr (GdkPixbuf) upright = NULL;
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  double scale = get_scale (width, height);
  RgImage *image = NULL;

  if (scale < 1)
    fitted = gdk_pixbuf_scale_simple (pixbuf, scale_side (width, scale), scale_side (height, scale), GDK_INTERP_BILINEAR);
  else
    fitted = g_object_ref (pixbuf);

  if (fitted != NULL)
    {
      /* A scaled copy does not carry the orientation; its source does. */
      const char *orientation = gdk_pixbuf_get_option (pixbuf, "orientation");

      if (fitted != pixbuf && orientation != NULL)
        gdk_pixbuf_set_option (fitted, "orientation", orientation);
      upright = gdk_pixbuf_apply_embedded_orientation (fitted);
    }

  /* Of a narrow strip that was made smaller, the long side may still be too long. */
  if (upright != NULL && MAX (gdk_pixbuf_get_width (upright), gdk_pixbuf_get_height (upright)) <= RG_IMAGE_DECODER_MAX_SIDE)
    image = flatten (upright);
  if (image == NULL)
    set_error_too_large (error, name);

  return image;
}

RgImage *
rg_image_decoder_load_bytes (GBytes *bytes,
                             const char *name,
                             GCancellable *cancellable,
                             GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = NULL;
  Reading reading = { 0 };
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gboolean taken;

  if (rg_sound_is_file (bytes))
    return rg_sound_read_picture (bytes, name, cancellable, error);

  loader = gdk_pixbuf_loader_new ();
  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), &reading);
  g_signal_connect (loader, "area-updated", G_CALLBACK (area_updated_cb), &reading);
  taken = feed (loader, data, size, cancellable);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  /* No size: nothing in the file was understood. */
  if (reading.width < 1 || reading.height < 1 || reading.refused_format)
    {
      set_error_no_picture (error, name, data, size);
      return NULL;
    }

  if (reading.refused_size)
    {
      set_error_too_large (error, name);
      return NULL;
    }

  if (!taken || lacks_rows (&reading) || !rg_image_container_is_whole (data, size) ||
      gdk_pixbuf_loader_get_pixbuf (loader) == NULL)
    {
      set_error_damaged (error, name);
      return NULL;
    }

  return rg_image_decoder_convert (gdk_pixbuf_loader_get_pixbuf (loader), name, error);
}

/* Reads at most the limit and one byte, whatever size the file claims to have; %NULL with what the system said. */
static GBytes *
read_all (GFile *file,
          GCancellable *cancellable,
          GError **error)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);
  g_autoptr (GByteArray) content = g_byte_array_new ();
  g_autofree guint8 *chunk = g_malloc (CHUNK);

  if (stream == NULL)
    return NULL;

  while (content->len <= RG_IMAGE_DECODER_MAX_BYTES)
    {
      gssize n = g_input_stream_read (G_INPUT_STREAM (stream), chunk, CHUNK, cancellable, error);

      if (n < 0)
        return NULL;
      if (n == 0)
        break;
      g_byte_array_append (content, chunk, n);
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&content));
}

/* A file that GIO would fetch. Trash, phones, archives and the like have a native path, or a scheme that stays at home. */
static gboolean
is_remote (GFile *file)
{
  static const char *const schemes[] = { "http", "https", "ftp", "ftps", "sftp", "ssh", "smb", "nfs", "afp", "dav", "davs", "google-drive" };

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_file_has_uri_scheme (file, schemes[i]))
      return TRUE;

  return FALSE;
}

RgImage *
rg_image_decoder_load_file (GFile *file,
                            GCancellable *cancellable,
                            GError **error)
{
  g_autofree char *base_name = g_file_get_basename (file);
  g_autofree char *name = base_name != NULL ? g_filename_display_name (base_name) : g_file_get_uri (file);
  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GFileType type;

  if (is_remote (file))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("“%s” is not on this computer, and Regard opens no network connection: save it first, then open the file."), name);
      return NULL;
    }

  type = g_file_query_file_type (file, G_FILE_QUERY_INFO_NONE, cancellable);
  if (type == G_FILE_TYPE_DIRECTORY)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_FORMAT, _ ("“%s” is a folder, not a picture."), name);
      return NULL;
    }

  /* A pipe or a device may never end. */
  if (type == G_FILE_TYPE_SPECIAL)
    {
      set_error_no_picture (error, name, NULL, 0);
      return NULL;
    }

  bytes = read_all (file, cancellable, &reason);
  if (bytes == NULL && g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }

  if (bytes == NULL)
    {
      set_error_not_opened (error, name, reason);
      return NULL;
    }

  if (g_bytes_get_size (bytes) > RG_IMAGE_DECODER_MAX_BYTES)
    {
      set_error_too_large (error, name);
      return NULL;
    }

  return rg_image_decoder_load_bytes (bytes, name, cancellable, error);
}

RgImage *
rg_image_decoder_load (const char *path,
                       GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  return rg_image_decoder_load_file (file, NULL, error);
}
