/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Files that are cut, flipped, gigantic, empty or nothing at all: one sentence each, and the next file is read. argv[1]:
 * tests/data/media; argv[2], by hand: seconds to go on with files damaged in every way (--seed repeats a run; what costs a helper
 * is kept). */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode-fixture.h"
#include "sen-error.h"

static SenDecode *decode;

/* One sentence that starts with the file, of a length a window can show. */
static void
assert_sentence (const GError *error, const char *path)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == SEN_ERROR);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_cmpuint (strlen (error->message), <, strlen (path) + 200);
}

static void
assert_still_works (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = fixture_bmp (3, 2);
  g_autoptr (SenImage) image = sen_decode_picture_bytes (decode, bytes, "small.bmp", NULL, NULL, &error);
  g_assert_no_error (error);
}

/* --- Cut and flipped ------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  uint32_t n_read, n_refused, n_damaged, n_crashed;
} Tally;

/* Everything that can be asked of a file. */
static void
try_all (const char *path, Tally *tally)
{
  g_autoptr (GError) error = NULL;
  uint32_t n_started = sen_decode_n_started (decode);
  g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, NULL, &error);
  if (info == NULL)
    {
      assert_sentence (error, path);
      g_clear_error (&error);
    }
  g_autoptr (SenImage) image = sen_decode_picture (decode, path, NULL, NULL, &error);
  if (image == NULL)
    {
      assert_sentence (error, path);
      g_clear_error (&error);
    }
  bool heard = false;
  if (image == NULL)
    {
      g_autoptr (SenSound) sound = sen_decode_open_sound (decode, path, 0, NULL, &error);
      float samples[4000];
      gssize n = sound != NULL ? 1 : -1;
      while (sound != NULL && (n = sen_sound_read (sound, samples, G_N_ELEMENTS (samples), NULL, &error)) > 0)
        heard = true;
      if (n < 0)
        {
          assert_sentence (error, path);
          g_clear_error (&error);
        }
      g_autoptr (GPtrArray) frames = sen_decode_video_frames (decode, path, 3, NULL, NULL, NULL, NULL, &error);
      if (frames == NULL)
        {
          assert_sentence (error, path);
          g_clear_error (&error);
        }
    }
  assert_still_works ();   /* and starts the helper anew where it was lost */
  tally->n_read += image != NULL || heard;
  tally->n_refused += image == NULL && !heard;
  tally->n_damaged += image != NULL && sen_image_facts (image)->damaged;
  tally->n_crashed += sen_decode_n_started (decode) - n_started;
}

static const char *const names[] = {
  "rgba.png", "palette.png", "animated.png", "facts.png", "rgb.bmp", "rle.tga", "rgb.ppm", "alpha.pam", "animated.gif",
  "baseline.jpg", "progressive.jpg", "cmyk.jpg", "facts.jpg", "lossy.webp", "alpha.webp", "animated.webp", "lzw.tiff", "rgb16.tiff",
  "rgb.jxl", "rgb.avif", "alpha.heic", "tone.wav", "tone.mp3", "tone.ogg", "tone.opus", "tone.flac", "tone.m4a", "tone.aac",
  "tone.wma", "tone.aiff", "tone.au", "tone.wv", "tone.caf", "tone.ac3", "cover.mp3", "film.mp4", "film.webm", "film.mkv",
  "film.avi", "film.ts", "turned.mp4",
};

static char *
load (const char *name, gsize *n)
{
  g_autofree char *path = corpus_path (name);
  char *bytes = NULL;
  g_assert_true (g_file_get_contents (path, &bytes, n, NULL));
  return bytes;
}

static void
test_cut (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gsize n;
      g_autofree char *bytes = load (names[i], &n);
      Tally tally = { 0 };
      static const int parts[] = { 1, 5, 20, 50, 80, 97 };
      for (size_t k = 0; k < G_N_ELEMENTS (parts); k++)
        {
          g_autofree char *path = fixture_write ("cut", bytes, MAX (1, n * (gsize) parts[k] / 100));
          try_all (path, &tally);
          g_remove (path);
        }
      g_test_message ("%s: %u read, %u refused, %u crashes", names[i], tally.n_read, tally.n_refused, tally.n_crashed);
    }
}

/* Half a picture is none, in any format: the sentence says that it is cut short or damaged. */
static void
test_half_pictures (void)
{
  static const char *const pictures[] = {
    "rgba.png", "palette.png", "rgb.bmp", "rgb.tga", "rle.tga", "rgb.ppm", "alpha.pam", "rgb.gif", "baseline.jpg", "progressive.jpg",
    "cmyk.jpg", "lossy.webp", "alpha.webp", "lzw.tiff", "rgb16.tiff", "rgb.jxl", "rgb.avif", "rgb.heic",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      gsize n;
      g_autofree char *bytes = load (pictures[i], &n);
      g_autofree char *path = fixture_write ("half", bytes, n / 2);
      g_autoptr (GError) error = NULL;
      g_autoptr (SenImage) image = sen_decode_picture (decode, path, NULL, NULL, &error);
      g_test_message ("%s: %s", pictures[i], error != NULL ? error->message : "read");
      g_assert_null (image);
      assert_sentence (error, path);
      g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
      g_assert_true (strstr (error->message, "cut short") != NULL || strstr (error->message, "damaged") != NULL);
      g_assert_null (strstr (error->message, "crash"));
      g_remove (path);
    }
}

static void
test_flipped (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      Tally tally = { 0 };
      for (int turn = 0; turn < 12; turn++)
        {
          gsize n;
          g_autofree char *bytes = load (names[i], &n);
          /* The first turns hit headers. */
          gsize reach = turn < 4 ? MIN (n, 64) : turn < 8 ? MIN (n, 512) : n;
          for (int k = 0; k < 1 + turn % 4 * 3; k++)
            bytes[g_rand_int_range (random, 0, (gint32) reach)] ^= (char) (1 << g_rand_int_range (random, 0, 8));
          g_autofree char *path = fixture_write ("flipped", bytes, n);
          try_all (path, &tally);
          g_remove (path);
        }
      g_test_message ("%s: %u read (%u damaged), %u refused, %u crashes", names[i], tally.n_read, tally.n_damaged, tally.n_refused,
                      tally.n_crashed);
    }
}

/* --- Damaged in every way ------------------------------------------------------------------------------------------------------------- */

static double stress_seconds;

/* One change: bits, bytes that headers are afraid of, a stretch lost, doubled, moved from elsewhere or from @other; an end. */
static void
damage (GRand *random, GByteArray *bytes, const char *other, gsize n_other)
{
  static const uint8_t feared[] = { 0, 1, 0x7f, 0x80, 0xff };
  if (bytes->len < 2)
    return;
  bool at_head = g_rand_int_range (random, 0, 2) == 0;
  guint reach = at_head ? MIN (bytes->len, 1024) : bytes->len;
  guint at = (guint) g_rand_int_range (random, 0, (gint32) reach);
  guint n = (guint) g_rand_int_range (random, 1, (gint32) MIN (bytes->len - at, 256) + 1);
  switch (g_rand_int_range (random, 0, 8))
    {
    case 0:
    case 1:
      bytes->data[at] ^= (uint8_t) (1 << g_rand_int_range (random, 0, 8));
      break;
    case 2:
      memset (bytes->data + at, feared[g_rand_int_range (random, 0, G_N_ELEMENTS (feared))], MIN (n, 8));
      break;
    case 3:
      for (guint i = 0; i < n; i++)
        bytes->data[at + i] = (uint8_t) g_rand_int (random);
      break;
    case 4:
      g_byte_array_remove_range (bytes, at, n);
      break;
    case 5:
      {
        g_autofree uint8_t *copy = g_memdup2 (bytes->data + at, n);
        g_byte_array_append (bytes, copy, n);
        memmove (bytes->data + at + n, bytes->data + at, bytes->len - at - n);
        break;
      }
    case 6:
      {
        guint from = (guint) g_rand_int_range (random, 0, (gint32) n_other);
        memcpy (bytes->data + at, other + from, MIN (n, n_other - from));
        break;
      }
    default:
      g_byte_array_set_size (bytes, MAX (1, bytes->len - n));
    }
}

/* The client is the one that must not fail: try_all() holds every answer to one sentence. */
static void
test_stress (void)
{
  g_autoptr (GTimer) timer = g_timer_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  uint32_t n_slow = 0;
  Tally tally = { 0 };
  guint n_files = 0;
  for (; g_timer_elapsed (timer, NULL) < stress_seconds; n_files++)
    {
      const char *name = names[g_rand_int_range (random, 0, G_N_ELEMENTS (names))];
      const char *other_name = names[g_rand_int_range (random, 0, G_N_ELEMENTS (names))];
      gsize n, n_other;
      g_autofree char *whole = load (name, &n), *other = load (other_name, &n_other);
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_byte_array_append (bytes, (const uint8_t *) whole, (guint) n);
      for (int k = 1 << g_rand_int_range (random, 0, 6); k > 0; k--)
        damage (random, bytes, other, n_other);
      g_autofree char *path = fixture_write ("stress", bytes->data, bytes->len);
      Tally one = { 0 };
      double start = g_timer_elapsed (timer, NULL);
      try_all (path, &one);
      bool slow = g_timer_elapsed (timer, NULL) - start > 5;
      n_slow += slow;
      tally = (Tally) {
        tally.n_read + one.n_read, tally.n_refused + one.n_refused, tally.n_damaged + one.n_damaged, tally.n_crashed + one.n_crashed,
      };
      if (slow || one.n_crashed > 0)
        {
          g_autofree char *kept_name = g_strdup_printf ("kept-%u-%s", n_files, name);
          g_autofree char *kept = fixture_write (kept_name, bytes->data, bytes->len);
          g_test_message ("%s: %u helpers lost, %.1f s", kept, one.n_crashed, g_timer_elapsed (timer, NULL) - start);
        }
      g_remove (path);
    }
  g_test_message ("%u files: %u read (%u of them damaged), %u refused, %u helpers lost, %u above 5 s", n_files, tally.n_read,
                  tally.n_damaged, tally.n_refused, tally.n_crashed, n_slow);
}

/* --- Too large ------------------------------------------------------------------------------------------------------------------------ */

static void
put_be (GByteArray *out, uint32_t value)
{
  const uint8_t bytes[4] = { (uint8_t) (value >> 24), (uint8_t) (value >> 16), (uint8_t) (value >> 8), (uint8_t) value };
  g_byte_array_append (out, bytes, 4);
}

/* The checksum of PNG chunks. */
static uint32_t
png_sum (const uint8_t *bytes, size_t n)
{
  uint32_t sum = 0xffffffff;
  for (size_t i = 0; i < n; i++)
    {
      sum ^= bytes[i];
      for (int k = 0; k < 8; k++)
        sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
    }
  return ~sum;
}

static void
put_chunk (GByteArray *out, const char *name, const void *body, uint32_t n)
{
  put_be (out, n);
  guint start = out->len;
  g_byte_array_append (out, (const uint8_t *) name, 4);
  g_byte_array_append (out, body, n);
  put_be (out, png_sum (out->data + start, n + 4));
}

static GBytes *
make_png_header (uint32_t width, uint32_t height)
{
  GByteArray *out = g_byte_array_new (), *head = g_byte_array_new ();
  g_byte_array_append (out, (const uint8_t *) "\x89PNG\r\n\x1a\n", 8);
  put_be (head, width);
  put_be (head, height);
  g_byte_array_append (head, (const uint8_t *) "\x08\x02\0\0\0", 5);
  put_chunk (out, "IHDR", head->data, head->len);
  put_chunk (out, "IDAT", "\x78\x9c\x03\0\0\0\0\x01", 8);
  put_chunk (out, "IEND", "", 0);
  g_byte_array_unref (head);
  return g_byte_array_free_to_bytes (out);
}

/* A header is enough to refuse: with 200 MB of address space nothing of the sort could be taken. */
static void
test_gigantic (void)
{
  g_autoptr (SenDecode) small = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper (), .memory_bytes = 1000u << 20 });
  static const uint32_t sizes[][2] = { { 60000, 60000 }, { 70000, 10 }, { 10, 70000 }, { 0xffffffff, 0xffffffff }, { 1u << 31, 1 } };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = make_png_header (sizes[i][0], sizes[i][1]);
      g_assert_null (sen_decode_picture_bytes (small, bytes, "huge.png", NULL, NULL, &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
      g_autofree char *words = g_strdup_printf ("huge.png is %u×%u pixels", sizes[i][0], sizes[i][1]);
      g_assert_true (g_str_has_prefix (error->message, words));
    }
  g_assert_cmpuint (sen_decode_n_started (small), ==, 1);
}

/* Sizes stand in bits, the lowest first: no multiple of 8, then a class and a number for the height, a ratio (none), the same for the
 * width. What follows no longer makes sense, but nobody should get there. */
static void
lie_in_jxl (char *bytes, gsize n)
{
  char *start = memcmp (bytes, "\xff\x0a", 2) == 0 ? bytes : memmem (bytes, n, "jxlc", 4);
  g_assert_nonnull (start);
  start += start == bytes ? 2 : 6;
  const uint64_t side = 2 | (uint64_t) (60000 - 1) << 2;   /* class 2: 18 bits, less one */
  const uint64_t bits = side << 1 | side << (1 + 20 + 3);
  for (int i = 0; i < 44; i++)
    {
      char mask = (char) (1 << i % 8);
      start[i / 8] = (char) ((start[i / 8] & ~mask) | (bits >> i & 1 ? mask : 0));
    }
}

/* The same lie in the headers of the other formats. */
static void
test_gigantic_others (void)
{
  static const struct {
    const char *name;
    size_t      at, n;
    const char *bytes;
  } lies[] = {
    { "rgb.gif", 6, 4, "\x60\xea\x60\xea" },
    { "rgb.bmp", 18, 8, "\x60\xea\0\0\x60\xea\0\0" },
    { "rgb.tga", 12, 4, "\x60\xea\x60\xea" },
    { "rgb.ppm", 3, 5, "9999999999" },
    { "baseline.jpg", 0, 0, NULL },
    { "lzw.tiff", 0, 0, NULL },
    { "rgb.avif", 0, 0, NULL },
    { "rgb.heic", 0, 0, NULL },
    { "alpha.heic", 0, 0, NULL },
    { "rgb.jxl", 0, 0, NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      gsize n;
      g_autofree char *bytes = load (lies[i].name, &n);
      if (lies[i].bytes != NULL)
        memcpy (bytes + lies[i].at, lies[i].bytes, lies[i].n);
      else if (g_str_has_suffix (lies[i].name, "jpg"))
        {
          char *frame = memmem (bytes, n, "\xff\xc0", 2);
          g_assert_nonnull (frame);
          memcpy (frame + 5, "\xea\x60\xea\x60", 4);
        }
      else if (g_str_has_suffix (lies[i].name, "jxl"))
        lie_in_jxl (bytes, n);
      else if (!g_str_has_suffix (lies[i].name, "tiff"))
        {
          /* Every picture of the file is said to be large: box of the image spatial extents, its flags, width, height. */
          char *extents = bytes;
          while ((extents = memmem (extents, n - (gsize) (extents - bytes), "ispe", 4)) != NULL)
            {
              memcpy (extents + 8, "\0\0\xea\x60\0\0\xea\x60", 8);
              extents += 16;
            }
        }
      else
        {
          /* Width and height are the first two entries of the directory Pillow writes: tag, type, count, value. */
          char *width = memmem (bytes, n, "\0\x01\x03\0\x01\0\0\0", 8), *height = memmem (bytes, n, "\x01\x01\x03\0\x01\0\0\0", 8);
          g_assert_true (width != NULL && height != NULL);
          memcpy (width + 8, "\x60\xea\0\0", 4);
          memcpy (height + 8, "\x60\xea\0\0", 4);
        }
      g_autofree char *path = fixture_write (lies[i].name, bytes, n);
      g_autoptr (GError) error = NULL;
      g_assert_null (sen_decode_picture (decode, path, NULL, NULL, &error));
      g_test_message ("%s", error->message);
      assert_sentence (error, path);
      g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
      g_remove (path);
    }
  assert_still_works ();
}

/* 10,000 frames of one pixel: the first, and their number. */
static void
test_many_frames (void)
{
  static const uint8_t head[] = "GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\xff";
  static const uint8_t frame[] = "\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01";
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, head, sizeof head - 1);
  for (int i = 0; i < 10000; i++)
    g_byte_array_append (out, frame, sizeof frame);
  g_byte_array_append (out, (const uint8_t *) ";", 1);
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (out);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenImage) image = sen_decode_picture_bytes (decode, bytes, "film.gif", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_image_facts (image)->n_frames, ==, 10000);
  g_assert_cmpint (sen_image_width (image), ==, 1);
  g_assert_cmpmem (sen_image_pixels (image), 3, "\xff\0\0", 3);
}

/* --- No media ------------------------------------------------------------------------------------------------------------------------- */

static void
assert_refused (const char *path, SenError code, const char *words)
{
  for (int what = 0; what < 4; what++)
    {
      g_autoptr (GError) error = NULL;
      if (what == 0)
        g_assert_null (sen_decode_probe (decode, path, NULL, &error));
      else if (what == 1)
        g_assert_null (sen_decode_picture (decode, path, NULL, NULL, &error));
      else if (what == 2)
        g_assert_null (sen_decode_open_sound (decode, path, 0, NULL, &error));
      else
        g_assert_null (sen_decode_video_frames (decode, path, 2, NULL, NULL, NULL, NULL, &error));
      assert_sentence (error, path);
      g_test_message ("%s", error->message);
      g_assert_error (error, SEN_ERROR, (int) code);
      g_assert_nonnull (strstr (error->message, words));
    }
}

static void
test_unreadable (void)
{
  g_autofree char *missing = g_strdup_printf ("%s/sensorium-%d-missing", g_get_tmp_dir (), (int) getpid ());
  assert_refused (missing, SEN_ERROR_NOT_FOUND, "cannot be opened");
  assert_refused (g_get_tmp_dir (), SEN_ERROR_FORMAT, "not a regular file");

  g_autofree char *pipe = g_strdup_printf ("%s/sensorium-%d-pipe", g_get_tmp_dir (), (int) getpid ());
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_refused (pipe, SEN_ERROR_FORMAT, "not a regular file");
  g_remove (pipe);

  g_autofree char *empty = fixture_write ("empty.png", "", 0);
  assert_refused (empty, SEN_ERROR_FORMAT, "is empty");
  g_remove (empty);

  if (geteuid () != 0)
    {
      g_autofree char *secret = fixture_write ("secret.png", "x", 1);
      g_chmod (secret, 0);
      assert_refused (secret, SEN_ERROR_IO, "cannot be opened");
      g_remove (secret);
    }
}

static void
test_no_media (void)
{
  static const struct { const char *name, *bytes; } cases[] = {
    { "letter.txt", "Dear Sir or Madam, this is a text that no decoder should take for anything else.\n" },
    { "short.png", "a" },
    { "list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n" },
    { "list.ffconcat", "ffconcat version 1.0\nfile /etc/passwd\n" },
    { "call.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n" },
    { "drawing.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"/>\n" },
    { "paper.pdf", "%PDF-1.4\n%%EOF\n" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = fixture_write (cases[i].name, cases[i].bytes, strlen (cases[i].bytes));
      assert_refused (path, SEN_ERROR_UNSUPPORTED, "");
      g_remove (path);
    }
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  uint8_t noise[20000];
  for (size_t i = 0; i < sizeof noise; i++)
    noise[i] = (uint8_t) g_rand_int (random);
  Tally tally = { 0 };
  g_autofree char *path = fixture_write ("noise", noise, sizeof noise);
  try_all (path, &tally);
  g_remove (path);
  g_assert_cmpuint (tally.n_refused, ==, 1);
}

int
main (int argc, char **argv)
{
  decode = fixture_begin (&argc, &argv);
  assert_still_works ();
  g_test_add_func ("/damage/half-pictures", test_half_pictures);
  g_test_add_func ("/damage/cut", test_cut);
  g_test_add_func ("/damage/flipped", test_flipped);
  if (argc > 2 && (stress_seconds = g_ascii_strtod (argv[2], NULL)) > 0)
    g_test_add_func ("/damage/stress", test_stress);
  g_test_add_func ("/damage/gigantic", test_gigantic);
  g_test_add_func ("/damage/gigantic-others", test_gigantic_others);
  g_test_add_func ("/damage/many-frames", test_many_frames);
  g_test_add_func ("/damage/unreadable", test_unreadable);
  g_test_add_func ("/damage/no-media", test_no_media);
  return fixture_run (decode);
}
