/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-machine.h"

#include <string.h>

#include "sen-cpu.h"
#include "sen-device-rate.h"

/* The matrices of models are smaller than the one that is measured with, and of several types: measured with SmolLM2 135M and
 * Qwen2.5-Coder 1.5B on two threads, 257 and 32 tokens/s where the matrix alone had 51 GB/s. */
#define PART_OF_RATE 0.7
/* Beside the weights: attention, norms, the sampler, waking threads for each of a hundred steps. */
#define SECONDS_PER_TOKEN 0.001

static uint64_t
read_field (const char *meminfo, const char *name)
{
  const char *line = strstr (meminfo, name);
  return line != NULL ? g_ascii_strtoull (line + strlen (name), NULL, 10) * 1024 : 0;
}

void
sen_machine_read_memory (SenMachine *self, const char *meminfo)
{
  self->memory_bytes = read_field (meminfo, "MemTotal:");
  self->available_bytes = read_field (meminfo, "MemAvailable:");
}

SenMachine
sen_machine_measure (const SenDebug *debug)
{
  SenMachine self = { 0 };
  g_autofree char *meminfo = NULL;
  if (g_file_get_contents ("/proc/meminfo", &meminfo, NULL, NULL))
    sen_machine_read_memory (&self, meminfo);
  const SenCpuParams params = { .isa = debug != NULL ? debug->cpu_isa : NULL };
  g_autoptr (SenDevice) device = sen_cpu_device_new (&params, NULL);
  if (device != NULL)
    self.weight_rate = sen_device_measure_rate (device, NULL);
  return self;
}

double
sen_machine_speed (const SenMachine *self, const SenCatalogueEntry *entry)
{
  if (self->weight_rate <= 0.0)
    return 0.0;
  return 1.0 / ((double) entry->size_bytes / (PART_OF_RATE * self->weight_rate) + SECONDS_PER_TOKEN);
}

SenRoom
sen_machine_room (const SenMachine *self, const SenCatalogueEntry *entry)
{
  if (self->memory_bytes == 0)
    return SEN_ROOM_UNKNOWN;
  if (entry->memory_bytes > self->memory_bytes)
    return SEN_ROOM_NONE;
  return entry->memory_bytes > self->available_bytes ? SEN_ROOM_TIGHT : SEN_ROOM_PLENTY;
}
