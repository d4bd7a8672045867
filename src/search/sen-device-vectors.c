/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-device-vectors.h"

#include "sen-error.h"

/* What one search brings: 20 ms over a slow bus. */
#define BYTES_PER_SEARCH (64u << 20)
/* Of the memory that is free a space takes this part at most; there are three of them. */
#define ROOM_PART 4

struct SenDeviceVectors {
  SenDevice *device;
  SenScan   *scan;          /* NULL: nothing is there */
  uint32_t   block_rows, stride;
  uint64_t   from_bytes;
  uint64_t   n_max;         /* blocks that there is room for */
  bool       was_asked, has_failed;
};

SenDeviceVectors *
sen_device_vectors_new (SenDevice *device, uint32_t block_rows, uint32_t stride, uint64_t from_bytes)
{
  SenDeviceVectors *self = g_new0 (SenDeviceVectors, 1);
  self->device = sen_device_ref (device);
  self->block_rows = block_rows;
  self->stride = stride;
  self->from_bytes = from_bytes;
  return self;
}

void
sen_device_vectors_free (SenDeviceVectors *self)
{
  if (self == NULL)
    return;
  sen_scan_free (self->scan);
  sen_device_unref (self->device);
  g_free (self);
}

SenDevice *
sen_device_vectors_device (const SenDeviceVectors *self)
{
  return self->device;
}

uint64_t
sen_device_vectors_count (const SenDeviceVectors *self)
{
  return self->scan != NULL ? sen_scan_n_rows (self->scan) / self->block_rows : 0;
}

void
sen_device_vectors_clear (SenDeviceVectors *self)
{
  g_clear_pointer (&self->scan, sen_scan_free);
}

void
sen_device_vectors_give_up (SenDeviceVectors *self)
{
  self->has_failed = true;
  g_clear_pointer (&self->scan, sen_scan_free);
}

static uint64_t
block_bytes (const SenDeviceVectors *self)
{
  return (uint64_t) self->block_rows * self->stride;
}

static bool
bring (SenDeviceVectors *self, uint64_t n_blocks, SenDeviceVectorsBlock block, gpointer data, GError **error)
{
  if (self->scan == NULL)
    {
      self->scan = sen_scan_new (self->device, self->stride, error);
      self->n_max = sen_device_budget_bytes (self->device) / ROOM_PART / block_bytes (self);
    }
  if (self->scan == NULL)
    return false;
  uint64_t first = sen_device_vectors_count (self), end = MIN (n_blocks, self->n_max);
  if (first >= end)
    return true;
  uint32_t n = (uint32_t) MIN (end - first, MAX (BYTES_PER_SEARCH / block_bytes (self), 1));
  g_autofree const int8_t **blocks = g_new (const int8_t *, n);
  for (uint32_t i = 0; i < n; i++)
    blocks[i] = block (first + i, data);
  g_autoptr (GError) failure = NULL;
  if (sen_scan_add (self->scan, blocks, n, self->block_rows, &failure))
    return true;
  /* No more than this, then. */
  self->n_max = first;
  if (first > 0 && g_error_matches (failure, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY))
    return true;
  g_propagate_error (error, g_steal_pointer (&failure));
  return false;
}

uint64_t
sen_device_vectors_run (SenDeviceVectors *self, const int8_t *query, uint64_t n_blocks, SenDeviceVectorsBlock block, gpointer data,
                        SenCancel *cancel)
{
  g_autoptr (GError) error = NULL;
  if (self->has_failed || n_blocks == 0 || n_blocks * block_bytes (self) < self->from_bytes)
    return 0;
  /* A search that may be the only one is not to pay for others. */
  if (!self->was_asked)
    {
      self->was_asked = true;
      return 0;
    }
  if (bring (self, n_blocks, block, data, &error) && sen_scan_run (self->scan, query, cancel, &error))
    return sen_device_vectors_count (self);
  if (!g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED))
    sen_device_vectors_give_up (self);
  return 0;
}

void
sen_device_vectors_read (const SenDeviceVectors *self, uint64_t block, int32_t *products)
{
  sen_scan_read (self->scan, block * self->block_rows, self->block_rows, products);
}
