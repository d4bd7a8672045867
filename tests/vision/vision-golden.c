/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "vision-golden.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-vulkan.h"

#define STEP 7919

SenDevice *
golden_open_device (const char *name, bool exact)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams cpu = { .isa = strcmp (name, "cpu") == 0 ? NULL : name, .n_threads = 2, .exact = exact };
  const SenVulkanParams vulkan = { .exact = exact };
  SenDevice *device = strcmp (name, "vulkan") == 0 ? sen_vulkan_device_new (&vulkan, &error) : sen_cpu_device_new (&cpu, &error);
  if (device == NULL)
    {
      g_autofree char *reason = g_strdup_printf ("hardware: %s", error->message);
      g_test_skip (reason);
    }
  return device;
}

SenJsonDocument *
golden_read (const char *folder, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, file, NULL), *text = NULL;
  size_t length;
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  SenJsonDocument *document = sen_json_parse (text, length, path, &error);
  g_assert_no_error (error);
  return document;
}

uint8_t *
golden_picture (uint32_t width, uint32_t height)
{
  uint8_t *rgb = g_new (uint8_t, (size_t) width * height * 3);
  for (uint64_t y = 0; y < height; y++)
    for (uint64_t x = 0; x < width; x++)
      for (uint64_t c = 0; c < 3; c++)
        {
          uint64_t noise = ((x * 73856093) ^ (y * 19349663) ^ (c * 83492791)) & 0xffffffff;
          uint64_t value = x * 150 / width + y * 60 / height + ((x / 13 ^ y / 9) & 1) * (20 + 30 * c) + ((noise >> 7) & 31);
          rgb[(y * width + x) * 3 + c] = (uint8_t) MIN (value, 255);
        }
  return rgb;
}

static float
weight_at (const char *name, uint64_t seed, uint64_t i, bool is_vector)
{
  uint64_t h = ((i + (seed & 0xffffffff)) * 2654435761u) & 0xffffffff;
  h ^= h >> 15;
  h = (h * 2246822519u) & 0xffffffff;
  h ^= h >> 13;
  double v = (double) h / 2147483648.0 - 1.0;
  if (is_vector)
    return (float) (g_str_has_suffix (name, "weight") || strstr (name, "lambda") != NULL ? 1.0 + 0.3 * v : 0.2 * v);
  return (float) (v * (strstr (name, "embed") || strstr (name, "token") || strstr (name, "probe") ? 0.5 : 0.25));
}

static void
add_tensor (const SenJson *tensor, GString *header, GByteArray *data)
{
  const char *name = sen_json_string (sen_json_at (tensor, 0));
  const SenJson *shape = sen_json_at (tensor, 1);
  uint64_t n = 1, seed = 0xcbf29ce484222325ull;
  for (const char *c = name; *c != '\0'; c++)
    seed = (seed ^ (uint8_t) *c) * 0x100000001b3ull;
  g_string_append_printf (header, "%c\"%s\":{\"dtype\":\"F32\",\"shape\":[", data->len > 0 ? ',' : '{', name);
  for (size_t i = 0; i < sen_json_length (shape); i++)
    {
      uint64_t extent = (uint64_t) sen_json_number (sen_json_at (shape, i));
      g_string_append_printf (header, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", extent);
      n *= extent;
    }
  g_string_append_printf (header, "],\"data_offsets\":[%u,%u]}", data->len, data->len + (guint) n * 4);
  for (uint64_t i = 0; i < n; i++)
    {
      float value = weight_at (name, seed, i, sen_json_length (shape) == 1);
      g_byte_array_append (data, (const uint8_t *) &value, sizeof value);
    }
}

static void
write_text (const char *folder, const char *file, const char *text, gssize length)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_assert_true (g_file_set_contents (path, text, length, NULL));
}

char *
golden_make_model (const SenJson *entry)
{
  char *folder = g_dir_make_tmp ("sen-vision-XXXXXX", NULL);
  const SenJson *tensors = sen_json_member (entry, "tensors");
  g_autoptr (GString) header = g_string_new (NULL);
  g_autoptr (GByteArray) data = g_byte_array_new (), file = g_byte_array_new ();
  for (size_t i = 0; i < sen_json_length (tensors); i++)
    add_tensor (sen_json_at (tensors, i), header, data);
  g_string_append_c (header, '}');
  uint64_t length = GUINT64_TO_LE (header->len);
  g_byte_array_append (file, (const uint8_t *) &length, sizeof length);
  g_byte_array_append (file, (const uint8_t *) header->str, (guint) header->len);
  g_byte_array_append (file, data->data, data->len);
  write_text (folder, "model.safetensors", (const char *) file->data, file->len);
  write_text (folder, "config.json", sen_json_string (sen_json_member (entry, "config")), -1);
  write_text (folder, "preprocessor_config.json", sen_json_string (sen_json_member (entry, "preprocessor")), -1);
  return folder;
}

void
golden_remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

double
golden_difference (const SenJson *kept, const float *values, size_t n)
{
  double difference = 0.0, length = 0.0;
  g_assert_cmpuint (sen_json_length (kept), >, 0);
  for (size_t k = 0; k < sen_json_length (kept); k++)
    {
      double expected = sen_json_number (sen_json_at (kept, k)), value = (double) values[k * STEP % n];
      difference += (value - expected) * (value - expected);
      length += expected * expected;
    }
  return sqrt (difference / length);
}
