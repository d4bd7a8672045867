/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-machine.h"

static void
test_memory (void)
{
  SenMachine machine = { 0 };
  SenCatalogueEntry entry = { .memory_bytes = 1500000000 };
  g_assert_cmpint (sen_machine_room (&machine, &entry), ==, SEN_ROOM_UNKNOWN);
  sen_machine_read_memory (&machine, "MemTotal:        2097152 kB\nMemFree:  10 kB\nMemAvailable:    1572864 kB\nBuffers: 1 kB\n");
  g_assert_cmpuint (machine.memory_bytes, ==, 2097152ull * 1024);
  g_assert_cmpuint (machine.available_bytes, ==, 1572864ull * 1024);
  g_assert_cmpint (sen_machine_room (&machine, &entry), ==, SEN_ROOM_PLENTY);
  entry.memory_bytes = 2000000000;
  g_assert_cmpint (sen_machine_room (&machine, &entry), ==, SEN_ROOM_TIGHT);
  entry.memory_bytes = 3000000000;
  g_assert_cmpint (sen_machine_room (&machine, &entry), ==, SEN_ROOM_NONE);
  sen_machine_read_memory (&machine, "nonsense");
  g_assert_cmpint (sen_machine_room (&machine, &entry), ==, SEN_ROOM_UNKNOWN);
}

static void
test_speed (void)
{
  SenMachine machine = { 0 };
  SenCatalogueEntry small = { .size_bytes = 100000000 }, large = { .size_bytes = 1000000000 };
  g_assert_cmpfloat (sen_machine_speed (&machine, &small), ==, 0.0);
  machine.weight_rate = 20e9;
  g_assert_cmpfloat_with_epsilon (sen_machine_speed (&machine, &small), 122.8, 0.1);
  g_assert_cmpfloat_with_epsilon (sen_machine_speed (&machine, &large), 13.8, 0.1);
}

/* The real one, with the slowest kernels there are: it ends, and says something. */
static void
test_measure (void)
{
  SenMachine machine = sen_machine_measure (&(SenDebug) { .cpu_isa = "portable" });
  g_assert_cmpfloat (machine.weight_rate, >, 0.0);
  g_assert_cmpuint (machine.memory_bytes, >, machine.available_bytes);
  g_test_message ("%.1f GB of weights a second by portable kernels", machine.weight_rate / 1e9);
  machine = sen_machine_measure (NULL);
  g_test_message ("%.1f GB of weights a second by the best", machine.weight_rate / 1e9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/machine/memory", test_memory);
  g_test_add_func ("/machine/speed", test_speed);
  g_test_add_func ("/machine/measure", test_measure);
  return g_test_run ();
}
