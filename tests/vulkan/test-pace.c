/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * How much work a submission gets. The devices are made up: so many multiply-adds a second and so much for each submission, so no
 * clock is asked. */
#include "pace.h"

typedef struct {
  double macs_per_second, overhead_seconds;
} Device;

static double
run (const Device *device, double macs)
{
  return device->overhead_seconds + macs / device->macs_per_second;
}

/* From the slowest device that is of use to the fastest there are: after a few submissions each lasts what it should, the first
 * ones too long at most on a device slower than any that is guessed. */
static void
test_finds_pace (void)
{
  static const Device devices[] = {
    { 1e9, 1e-3 }, { 10e9, 50e-6 }, { 20e9, 0 }, { 0.3e12, 50e-6 }, { 5e12, 20e-6 }, { 50e12, 100e-6 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      SenVkPace pace;
      sen_vk_pace_init (&pace);
      for (int j = 0; j < 40; j++)
        {
          double macs = sen_vk_pace_macs (&pace), seconds = run (&devices[i], macs);
          if (j > 0 || devices[i].macs_per_second >= 10e9)
            g_assert_cmpfloat (seconds, <=, 0.05);
          if (j > 20)
            g_assert_cmpfloat (seconds, >=, 0.01);
          sen_vk_pace_note (&pace, macs, seconds);
        }
    }
}

/* Small submissions, which say little, and hiccups do not spoil it for long. */
static void
test_recovers (void)
{
  const Device device = { 1e12, 100e-6 };
  SenVkPace pace;
  sen_vk_pace_init (&pace);
  for (int i = 0; i < 40; i++)
    sen_vk_pace_note (&pace, sen_vk_pace_macs (&pace), run (&device, sen_vk_pace_macs (&pace)));
  double settled = sen_vk_pace_macs (&pace);

  for (int i = 0; i < 1000; i++)
    sen_vk_pace_note (&pace, 1e6, run (&device, 1e6));
  g_assert_cmpfloat (sen_vk_pace_macs (&pace), ==, settled);

  sen_vk_pace_note (&pace, settled, 2.0);
  g_assert_cmpfloat (sen_vk_pace_macs (&pace), <, 0.05 * settled);
  g_assert_cmpfloat (sen_vk_pace_macs (&pace), >, 0.0);
  for (int i = 0; i < 10; i++)
    sen_vk_pace_note (&pace, sen_vk_pace_macs (&pace), run (&device, sen_vk_pace_macs (&pace)));
  g_assert_cmpfloat (sen_vk_pace_macs (&pace), >, 0.8 * settled);
}

/* A slow device, whatever the model: the shortest batch of the largest block. */
static void
test_largest_op (void)
{
  const SenVkPace slow = { .macs_per_second = 5.4e9 };
  double seconds = sen_vk_pace_max_tokens (&slow, SEN_VK_BLOCK_WEIGHTS) * (double) SEN_VK_BLOCK_WEIGHTS / slow.macs_per_second;
  g_assert_cmpfloat (seconds, <=, 0.05);
}

static void
test_batches (void)
{
  const SenVkPace slow = { .macs_per_second = 10e9 };
  g_assert_cmpuint (sen_vk_pace_max_tokens (&slow, 0.0), ==, G_MAXUINT32);
  g_assert_cmpuint (sen_vk_pace_max_tokens (&slow, 1e-3), ==, G_MAXUINT32);
  g_assert_cmpuint (sen_vk_pace_max_tokens (&slow, 8960.0 * 1536.0), ==, 16);
  g_assert_cmpuint (sen_vk_pace_max_tokens (&slow, 1e12), ==, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pace/finds-pace", test_finds_pace);
  g_test_add_func ("/pace/recovers", test_recovers);
  g_test_add_func ("/pace/largest-op", test_largest_op);
  g_test_add_func ("/pace/batches", test_batches);
  return g_test_run ();
}
