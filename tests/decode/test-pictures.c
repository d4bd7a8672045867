/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Every picture format comes out as the same picture. argv[1]: tests/data/media (tools/make-media-corpus.sh). */
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decode-fixture.h"
#include "sen-error.h"

#define WIDTH 60
#define HEIGHT 40

static SenDecode *decode;

static SenImage *
read_image (const char *name, const SenPictureParams *params)
{
  g_autofree char *path = corpus_path (name);
  g_autoptr (GError) error = NULL;
  SenImage *image = sen_decode_picture (decode, path, params, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (image);
  return image;
}

/* --- The picture every file shows ------------------------------------------------------------------------------------------------- */

typedef enum { RGB, GREY, RGB_ON_WHITE, GREY_ON_WHITE, RGB_ON_BLUE } Look;

static void
expected_pixel (Look look, int x, int y, int rgb[3])
{
  int across = x * 255 / (WIDTH - 1), down = y * 255 / (HEIGHT - 1);
  bool grey = look == GREY || look == GREY_ON_WHITE, opaque = look == RGB || look == GREY;
  int values[3] = { across, grey ? across : down, grey ? across : 255 - across };
  int under[3] = { 255, 255, 255 };
  if (look == RGB_ON_BLUE)
    under[0] = 0, under[1] = 0;
  for (int c = 0; c < 3; c++)
    rgb[c] = opaque ? values[c] : (values[c] * down + under[c] * (255 - down) + 127) / 255;
}

/* Largest difference of any channel of any pixel, and their mean. */
static int
difference (const SenImage *image, Look look, double *mean)
{
  const uint8_t *pixels = sen_image_pixels (image);
  int largest = 0;
  double sum = 0;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      {
        int rgb[3];
        expected_pixel (look, x, y, rgb);
        for (int c = 0; c < 3; c++)
          {
            int d = abs (rgb[c] - *pixels++);
            largest = MAX (largest, d);
            sum += d;
          }
      }
  *mean = sum / (3 * WIDTH * HEIGHT);
  return largest;
}

/* Tolerances: 0 for what loses nothing; 1 where 16 bits are rounded; lossy formats and palettes by what they measured here. */
static const struct {
  const char *name, *format;
  Look        look;
  int         largest;
  double      mean;
  uint32_t    bits, n_frames;
  bool        grey, alpha;
} pictures[] = {
  { "rgb.png", "PNG", RGB, 0, 0, 8, 1, false, false },
  { "rgba.png", "PNG", RGB_ON_WHITE, 1, 0.1, 8, 1, false, true },
  { "grey.png", "PNG", GREY, 0, 0, 8, 1, true, false },
  { "grey-alpha.png", "PNG", GREY_ON_WHITE, 1, 0.1, 8, 1, true, true },
  { "grey16.png", "PNG", GREY, 0, 0, 16, 1, true, false },
  { "rgb16.png", "PNG", RGB, 0, 0, 16, 1, false, false },
  { "palette.png", "PNG", RGB, 255, 9, 8, 1, false, true },
  { "animated.png", "PNG", RGB, 0, 0, 8, 3, false, false },
  { "facts.png", "PNG", RGB, 0, 0, 8, 1, false, false },
  { "rgb.bmp", "BMP", RGB, 0, 0, 8, 1, false, false },
  { "rgb.tga", "TGA", RGB, 0, 0, 8, 1, false, false },
  { "rle.tga", "TGA", RGB, 0, 0, 8, 1, false, false },
  { "rgb.ppm", "PNM", RGB, 0, 0, 8, 1, false, false },
  { "grey.pgm", "PNM", GREY, 0, 0, 8, 1, true, false },
  { "alpha.pam", "PNM", RGB_ON_WHITE, 1, 0.1, 8, 1, false, true },
  { "rgb.gif", "GIF", RGB, 40, 10, 8, 1, false, true },
  { "animated.gif", "GIF", RGB, 40, 10, 8, 3, false, true },
  { "baseline.jpg", "JPEG", RGB, 6, 1, 8, 1, false, false },
  { "progressive.jpg", "JPEG", RGB, 10, 1.5, 8, 1, false, false },
  { "grey.jpg", "JPEG", GREY, 2, 0.5, 8, 1, true, false },
  { "cmyk.jpg", "JPEG", RGB, 2, 0.5, 8, 1, false, false },
  { "profile.jpg", "JPEG", RGB, 10, 1.5, 8, 1, false, false },
  { "lossy.webp", "WebP", RGB, 14, 2.5, 8, 1, false, false },
  { "alpha.webp", "WebP", RGB_ON_WHITE, 1, 0.1, 8, 1, false, true },
  { "animated.webp", "WebP", RGB, 0, 0, 8, 3, false, false },
  { "lzw.tiff", "TIFF", RGB, 0, 0, 8, 1, false, false },
  { "rgb16.tiff", "TIFF", RGB, 1, 0.5, 16, 1, false, false },
  { "rgb.jxl", "JPEG XL", RGB, 0, 0, 8, 1, false, false },
  { "rgb.avif", "AVIF", RGB, 8, 2, 8, 1, false, false },
  { "rgb.heic", "HEIC", RGB, 5, 1, 8, 1, false, false },
  { "alpha.heic", "HEIC", RGB_ON_WHITE, 5, 1, 8, 1, false, true },
};

static void
test_formats (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      g_autoptr (SenImage) image = read_image (pictures[i].name, NULL);
      const SenImageFacts *facts = sen_image_facts (image);
      double mean;
      g_assert_cmpint (sen_image_width (image), ==, WIDTH);
      g_assert_cmpint (sen_image_height (image), ==, HEIGHT);
      int largest = difference (image, pictures[i].look, &mean);
      g_test_message ("%s: largest difference %d, mean %.2f", pictures[i].name, largest, mean);
      g_assert_cmpint (largest, <=, pictures[i].largest);
      g_assert_cmpfloat (mean, <=, pictures[i].mean);
      g_assert_cmpstr (facts->format, ==, pictures[i].format);
      g_assert_cmpuint (facts->bits, ==, pictures[i].bits);
      g_assert_cmpuint (facts->n_frames, ==, pictures[i].n_frames);
      g_assert_cmpint (facts->grey, ==, pictures[i].grey);
      g_assert_cmpint (facts->has_alpha, ==, pictures[i].alpha);
      g_assert_false (facts->damaged);
      g_assert_cmpint (facts->width, ==, WIDTH);
      g_assert_cmpint (facts->height, ==, HEIGHT);
    }
  g_assert_cmpuint (sen_decode_n_started (decode), ==, 1);
}

static void
put_box (GByteArray *out, const char *name, guint32 n_before, const void *before, const void *body, guint32 n)
{
  const guint32 length = GUINT32_TO_BE (8 + n_before + n);
  g_byte_array_append (out, (const guint8 *) &length, 4);
  g_byte_array_append (out, (const guint8 *) name, 4);
  g_byte_array_append (out, before, n_before);
  g_byte_array_append (out, body, n);
}

/* The codestream in parts that are shorter than its header: the size is put together from them, and so is one that is refused. */
static void
test_jxl_in_parts (void)
{
  g_autofree char *bare = corpus_path ("rgb.jxl");
  g_autofree guint8 *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (bare, (char **) &bytes, &n, NULL));
  for (int lies = 0; lies < 2; lies++)
    {
      g_autoptr (GByteArray) file = g_byte_array_new ();
      put_box (file, "JXL ", 0, NULL, "\r\n\x87\n", 4);
      put_box (file, "ftyp", 0, NULL, "jxl \0\0\0\0jxl ", 12);
      /* No multiple of 8, the longest class, 30 bits of ones: the height, in the first four bytes behind the signature. */
      if (lies)
        memset (bytes + 2, 0xfe, 5);
      for (guint32 i = 0, at = 0; at < n; i++)
        {
          guint32 n_part = i < 14 ? 1 : (guint32) n - at, number = GUINT32_TO_BE (i | (at + n_part == n ? 0x80000000u : 0));
          put_box (file, "jxlp", 4, &number, bytes + at, n_part);
          at += n_part;
        }
      g_autofree char *path = fixture_write ("parts.jxl", file->data, file->len);
      g_autoptr (GError) error = NULL;
      g_autoptr (SenImage) image = sen_decode_picture (decode, path, NULL, NULL, &error);
      g_unlink (path);
      if (lies)
        {
          g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
          continue;
        }
      double mean;
      g_assert_no_error (error);
      g_assert_cmpint (difference (image, RGB, &mean), ==, 0);
    }
}

static void
test_probe (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      g_autofree char *path = corpus_path (pictures[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (info->kind, ==, SEN_MEDIA_PICTURE);
      g_assert_cmpstr (info->format, ==, pictures[i].format);
      g_assert_cmpint (info->width, ==, WIDTH);
      g_assert_cmpint (info->height, ==, HEIGHT);
      g_assert_cmpuint (info->n_frames, ==, pictures[i].n_frames);
    }
}

static void
test_background (void)
{
  const SenPictureParams blue = { .background = 0x0000ff, .has_background = true };
  g_autoptr (SenImage) image = read_image ("rgba.png", &blue);
  double mean;
  g_assert_cmpint (difference (image, RGB_ON_BLUE, &mean), <=, 1);
}

static void
test_orientation (void)
{
  for (int i = 1; i <= 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("orientation-%d.jpg", i);
      g_autoptr (SenImage) image = read_image (name, NULL);
      double mean;
      g_assert_cmpint (sen_image_width (image), ==, WIDTH);
      g_assert_cmpint (difference (image, RGB, &mean), <=, 6);
      g_assert_cmpint (sen_image_facts (image)->orientation, ==, i);
      g_assert_cmpint (sen_image_facts (image)->width, ==, WIDTH);

      const SenPictureParams small = { .longest_side = 30 };
      g_autoptr (SenImage) shrunk = read_image (name, &small);
      g_assert_cmpint (sen_image_width (shrunk), ==, 30);
      g_assert_cmpint (sen_image_height (shrunk), ==, 20);
      /* Red grows to the right, green downwards. */
      const uint8_t *pixels = sen_image_pixels (shrunk);
      g_assert_cmpint (pixels[0], <, 40);
      g_assert_cmpint (pixels[3 * 29], >, 215);
      g_assert_cmpint (pixels[3 * 30 * 19 + 1], >, 215);
    }
  g_autoptr (SenImage) tiff = read_image ("orientation-6.tiff", NULL);
  double mean;
  g_assert_cmpint (difference (tiff, RGB, &mean), ==, 0);
  g_assert_cmpint (sen_image_facts (tiff)->orientation, ==, 6);
}

static void
test_facts (void)
{
  static const char *const names[] = { "facts.jpg", "facts.webp", "facts.png" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (SenImage) image = read_image (names[i], NULL);
      const SenImageFacts *facts = sen_image_facts (image);
      g_assert_cmpstr (facts->date, ==, "2024-05-01 12:34:56");
      g_assert_cmpstr (facts->camera, ==, "Canon EOS 80D");
      g_assert_true (facts->has_place);
      g_assert_cmpfloat_with_epsilon (facts->latitude, 48.137, 1e-4);
      g_assert_cmpfloat_with_epsilon (facts->longitude, 11.575, 1e-4);
    }
  g_autoptr (SenImage) plain = read_image ("baseline.jpg", NULL);
  g_assert_null (sen_image_facts (plain)->date);
  g_assert_null (sen_image_facts (plain)->camera);
  g_assert_false (sen_image_facts (plain)->has_place);
  g_assert_false (sen_image_facts (plain)->has_profile);
  g_autoptr (SenImage) profile = read_image ("profile.jpg", NULL);
  g_assert_true (sen_image_facts (profile)->has_profile);
}

static void
test_one_pixel (void)
{
  static const char *const names[] = { "png", "gif", "bmp", "jpg", "webp", "tga", "tiff" };
  static const int colour[3] = { 200, 100, 50 };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    for (int longest_side = 0; longest_side < 3; longest_side++)
      {
        g_autofree char *name = g_strdup_printf ("pixel.%s", names[i]);
        const SenPictureParams params = { .longest_side = longest_side };
        g_autoptr (SenImage) image = read_image (name, &params);
        g_assert_cmpint (sen_image_width (image), ==, 1);
        g_assert_cmpint (sen_image_height (image), ==, 1);
        for (int c = 0; c < 3; c++)
          g_assert_cmpint (abs (sen_image_pixels (image)[c] - colour[c]), <=, 3);
      }
}

/* A name that lies changes nothing, and neither does being in memory. */
static void
test_wrong_extension (void)
{
  g_autofree char *path = corpus_path ("rgb.png");
  g_autofree char *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_autofree char *lie = fixture_write ("holiday.jpg", bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenImage) image = sen_decode_picture (decode, lie, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (sen_image_facts (image)->format, ==, "PNG");
  g_remove (lie);

  g_autoptr (GBytes) pasted = g_bytes_new (bytes, n);
  g_autoptr (SenImage) copy = sen_decode_picture_bytes (decode, pasted, "the clipboard", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (sen_image_pixels (copy), 3 * WIDTH * HEIGHT, sen_image_pixels (image), 3 * WIDTH * HEIGHT);
}

static void
test_plain_text_pnm (void)
{
  static const char text[] = "P3\n# by hand\n2 1\n255\n255 0 0  0 0 255\n";
  static const char bits[] = "P1\n2 1\n1 0\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) colours = g_bytes_new_static (text, strlen (text));
  g_autoptr (SenImage) image = sen_decode_picture_bytes (decode, colours, "plain.ppm", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (sen_image_pixels (image), 6, "\xff\0\0\0\0\xff", 6);
  g_autoptr (GBytes) ink = g_bytes_new_static (bits, strlen (bits));
  g_autoptr (SenImage) black = sen_decode_picture_bytes (decode, ink, "plain.pbm", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (sen_image_pixels (black), 6, "\0\0\0\xff\xff\xff", 6);
}

/* Shrinking keeps what was flat flat, and means what it says: the area's mean within a few steps, no side above the limit. */
static void
test_shrinking (void)
{
  static const int sizes[][3] = { { 640, 480, 100 }, { 7, 1000, 10 }, { 1000, 3, 50 }, { 33, 33, 32 }, { 50, 20, 50 }, { 50, 20, 90 } };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      int width = sizes[i][0], height = sizes[i][1], limit = sizes[i][2];
      g_autoptr (GByteArray) out = g_byte_array_new ();
      g_autofree char *head = g_strdup_printf ("P6 %d %d 255\n", width, height);
      g_byte_array_append (out, (const uint8_t *) head, (guint) strlen (head));
      for (int at = 0; at < width * height; at++)
        {
          const uint8_t pixel[3] = { 91, (uint8_t) (at % width < width / 2 ? 0 : 255), (uint8_t) ((at / width + at % width) % 2 * 255) };
          g_byte_array_append (out, pixel, 3);
        }
      g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&out));
      const SenPictureParams params = { .longest_side = limit };
      g_autoptr (GError) error = NULL;
      g_autoptr (SenImage) image = sen_decode_picture_bytes (decode, bytes, "made.ppm", &params, NULL, &error);
      g_assert_no_error (error);
      int longest = MAX (width, height);
      g_assert_cmpint (MAX (sen_image_width (image), sen_image_height (image)), ==, MIN (limit, longest));
      const uint8_t *pixels = sen_image_pixels (image);
      int n = sen_image_width (image) * sen_image_height (image);
      for (int at = 0; at < n; at++)
        {
          g_assert_cmpint (pixels[3 * at], ==, 91);
          if (limit * 3 < longest && width > 3 * limit)
            g_assert_cmpint (abs (pixels[3 * at + 2] - 127), <=, 4);
        }
      if (sen_image_width (image) > 20)
        {
          g_assert_cmpint (pixels[1], ==, 0);
          g_assert_cmpint (pixels[3 * (sen_image_width (image) - 1) + 1], ==, 255);
        }
    }
}

static void
test_colours (void)
{
  static const struct { uint32_t rgb; SenColour name; } cases[] = {
    { 0x000000, SEN_COLOUR_BLACK }, { 0x808080, SEN_COLOUR_GREY }, { 0xffffff, SEN_COLOUR_WHITE }, { 0xe01010, SEN_COLOUR_RED },
    { 0xff8c00, SEN_COLOUR_ORANGE }, { 0x7b4a21, SEN_COLOUR_BROWN }, { 0xffe135, SEN_COLOUR_YELLOW }, { 0x228b22, SEN_COLOUR_GREEN },
    { 0x20b2aa, SEN_COLOUR_TURQUOISE }, { 0x1f4fd8, SEN_COLOUR_BLUE }, { 0x87ceeb, SEN_COLOUR_BLUE }, { 0x7d26cd, SEN_COLOUR_PURPLE },
    { 0xffb6c1, SEN_COLOUR_PINK }, { 0xff69b4, SEN_COLOUR_PINK }, { 0x8b0000, SEN_COLOUR_RED }, { 0x4b2d12, SEN_COLOUR_BROWN },
    { 0x191970, SEN_COLOUR_BLUE }, { 0xd2b48c, SEN_COLOUR_BROWN }, { 0x006400, SEN_COLOUR_GREEN }, { 0xf5f5f5, SEN_COLOUR_WHITE },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const uint8_t pixel[3] = { (uint8_t) (cases[i].rgb >> 16), (uint8_t) (cases[i].rgb >> 8), (uint8_t) cases[i].rgb };
      g_autoptr (SenImage) image = sen_image_new (1, 1, pixel);
      SenColours colours = sen_image_colours (image);
      g_test_message ("#%06x is %s", cases[i].rgb, sen_colour_name (colours.order[0]));
      g_assert_cmpstr (sen_colour_name (colours.order[0]), ==, sen_colour_name (cases[i].name));
      g_assert_cmpfloat (colours.share[cases[i].name], ==, 1);
    }
  /* Three parts white, one part red. */
  uint8_t pixels[400 * 4 * 3];
  for (size_t i = 0; i < 1600; i++)
    memcpy (pixels + 3 * i, i % 4 == 0 ? "\xe0\x10\x10" : "\xff\xff\xff", 3);
  g_autoptr (SenImage) image = sen_image_new (400, 4, pixels);
  SenColours colours = sen_image_colours (image);
  g_assert_cmpint (colours.order[0], ==, SEN_COLOUR_WHITE);
  g_assert_cmpint (colours.order[1], ==, SEN_COLOUR_RED);
  g_assert_cmpfloat_with_epsilon (colours.share[SEN_COLOUR_RED], 0.25, 0.01);
  g_assert_cmpfloat (colours.brightness, >, 0.8);
}

static void
test_text (void)
{
  static const struct { const char *name, *language, *first, *second; } cases[] = {
    { "text-eng.png", "eng", "The quick brown fox jumps", "Invoice 4711 of 3 May 2026" },
    { "text-deu.png", "deu", "Größere Bäume fällen wir", "täglich außer Montag" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = corpus_path (cases[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (SenPictureText) text = sen_decode_read_text (decode, path, NULL, NULL, &error);
      g_assert_no_error (error);
      g_auto (GStrv) lines = g_strsplit (text->text, "\n", -1);
      g_assert_cmpuint (g_strv_length (lines), ==, 2);
      g_assert_cmpstr (lines[0], ==, cases[i].first);
      g_assert_cmpstr (lines[1], ==, cases[i].second);
      g_assert_cmpfloat (text->confidence, >, 0.8);
      g_assert_cmpuint (text->n_words, >=, 7);
      if (strcmp (cases[i].language, "deu") == 0)
        g_assert_cmpstr (text->language, ==, "deu");
      g_autoptr (SenImage) image = sen_decode_picture (decode, path, NULL, NULL, &error);
      g_autoptr (SenPictureText) same = sen_decode_read_text_image (decode, image, "a frame", NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (same->text, ==, text->text);
    }
  g_autofree char *path = corpus_path ("baseline.jpg");
  g_autoptr (GError) error = NULL;
  g_autoptr (SenPictureText) nothing = sen_decode_read_text (decode, path, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (nothing->text, ==, "");
  g_assert_cmpuint (nothing->n_words, ==, 0);

  /* A look tells text from none. */
  const SenReadParams quick = { .only_if_likely = true };
  g_autofree char *written = corpus_path ("text-eng.png");
  g_autoptr (SenPictureText) seen = sen_decode_read_text (decode, written, &quick, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (seen->n_words, >=, 7);
  g_autoptr (SenPictureText) passed = sen_decode_read_text (decode, path, &quick, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (passed->text, ==, "");
  g_assert_null (passed->language);

  static const char *const strange[] = { "xxx", "../eng", "", NULL };
  g_assert_null (sen_decode_read_text (decode, path, &(SenReadParams) { .languages = strange }, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_assert_cmpuint (sen_decode_n_started (decode), ==, 1);
}

static void
test_text_languages (void)
{
  static const struct { const char *locales[4], *codes; } cases[] = {
    { { "de_AT.UTF-8", "de", "C", NULL }, "deu,eng" }, { { "en_GB", "en", NULL }, "eng" }, { { "xx", "C", NULL }, "eng" },
    { { NULL }, "eng" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) codes = sen_decode_text_languages (cases[i].locales);
      g_autofree char *joined = g_strjoinv (",", codes);
      g_assert_cmpstr (joined, ==, cases[i].codes);
    }
}

int
main (int argc, char **argv)
{
  decode = fixture_begin (&argc, &argv);
  g_test_add_func ("/pictures/formats", test_formats);
  g_test_add_func ("/pictures/jxl-in-parts", test_jxl_in_parts);
  g_test_add_func ("/pictures/probe", test_probe);
  g_test_add_func ("/pictures/background", test_background);
  g_test_add_func ("/pictures/orientation", test_orientation);
  g_test_add_func ("/pictures/facts", test_facts);
  g_test_add_func ("/pictures/one-pixel", test_one_pixel);
  g_test_add_func ("/pictures/wrong-extension", test_wrong_extension);
  g_test_add_func ("/pictures/plain-text-pnm", test_plain_text_pnm);
  g_test_add_func ("/pictures/shrinking", test_shrinking);
  g_test_add_func ("/pictures/colours", test_colours);
  g_test_add_func ("/pictures/text", test_text);
  g_test_add_func ("/pictures/text-languages", test_text_languages);
  return fixture_run (decode);
}
