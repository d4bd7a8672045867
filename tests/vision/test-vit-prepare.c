/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Preparing pictures against Pillow (every byte) and OpenCV (within one level), and pictures of strange shapes. */
#include <math.h>

#include "sen-vit-prepare.h"
#include "vision-golden.h"

static const char *data_dir;

static uint32_t
number (const SenJson *entry, const char *name)
{
  return (uint32_t) sen_json_number (sen_json_member (entry, name));
}

/* The bytes that normalizing with these colours took. */
static int
byte_of (float value)
{
  return (int) lrintf ((value * 0.25f + 0.5f) * 255.0f);
}

static void
compare_case (const SenJson *entry, size_t index)
{
  SenVitPreparation preparation = {
    .resize_size = number (entry, "resize_size"), .image_size = number (entry, "image_size"),
    .mean = { 0.5f, 0.5f, 0.5f }, .std = { 0.25f, 0.25f, 0.25f },
  };
  uint32_t width = number (entry, "width"), height = number (entry, "height");
  size_t n = (size_t) 3 * preparation.image_size * preparation.image_size;
  g_assert_true (sen_vit_resize_from_name (sen_json_string (sen_json_member (entry, "resize")), &preparation.resize));
  g_assert_true (sen_vit_filter_from_name (sen_json_string (sen_json_member (entry, "filter")), &preparation.filter));
  g_autofree uint8_t *rgb = golden_picture (width, height);
  g_autofree float *pixels = g_new (float, n);
  g_assert_true (sen_vit_prepare (&preparation, rgb, width, height, pixels, NULL));

  /* Lanczos' weights come from the sine of a C library, and may round to another last bit. */
  bool is_exact = preparation.filter != SEN_VIT_AREA && preparation.filter != SEN_VIT_LANCZOS;
  const SenJson *bytes = sen_json_member (entry, "bytes");
  int64_t sum = 0;
  int worst = 0, limit = is_exact ? 0 : 1;
  for (size_t i = 0; i < n; i++)
    sum += byte_of (pixels[i]);
  for (size_t k = 0; k < sen_json_length (bytes); k++)
    worst = MAX (worst, ABS (byte_of (pixels[k * 7919 % n]) - (int) sen_json_number (sen_json_at (bytes, k))));
  double expected = sen_json_number (sen_json_member (entry, "sum"));
  g_test_message ("case %zu: a byte differs by %d at most, the sum by %g of %zu", index, worst, (double) sum - expected, n);
  g_assert_cmpint (worst, <=, limit);
  if (limit == 0)
    g_assert_cmpfloat ((double) sum, ==, expected);
}

static void
test_cases (void)
{
  g_autoptr (SenJsonDocument) document = golden_read (data_dir, "prepare.json");
  for (size_t i = 0; i < sen_json_length (sen_json_root (document)); i++)
    compare_case (sen_json_at (sen_json_root (document), i), i);
}

/* One pixel, lines, and sizes that would need gigabytes if all were resized that a crop leaves out. */
static void
test_shapes (void)
{
  static const uint32_t shapes[][2] = { { 1, 1 }, { 1, 60000 }, { 60000, 1 }, { 2, 3 }, { 3000, 2 } };
  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (int resize = SEN_VIT_SHORTEST; resize <= SEN_VIT_LETTERBOX; resize++)
      for (int filter = SEN_VIT_NEAREST; filter <= SEN_VIT_AREA; filter++)
        {
          SenVitPreparation preparation = {
            .resize = (SenVitResize) resize, .filter = (SenVitFilter) filter, .resize_size = 40, .image_size = 32,
            .mean = { 0.5f, 0.5f, 0.5f }, .std = { 0.25f, 0.25f, 0.25f },
          };
          float pixels[3 * 32 * 32];
          SenVitView view;
          g_autofree uint8_t *rgb = golden_picture (shapes[i][0], shapes[i][1]);
          g_assert_true (sen_vit_prepare (&preparation, rgb, shapes[i][0], shapes[i][1], pixels, &view));
          for (size_t k = 0; k < G_N_ELEMENTS (pixels); k++)
            g_assert_true (pixels[k] >= -2.0f && pixels[k] <= 2.0f);
          g_assert_cmpfloat (view.left + view.width, <=, 32.0);
          g_assert_cmpfloat (view.picture_left + view.picture_width, <=, 1.0);
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  data_dir = argv[1];
  g_test_add_func ("/prepare/golden", test_cases);
  g_test_add_func ("/prepare/shapes", test_shapes);
  return g_test_run ();
}
