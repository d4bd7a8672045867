/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"

G_BEGIN_DECLS

/**
 * Copies of whole blocks of vectors (sen-vectors.h) in a device's memory, and their products with a query. The device has the first so
 * many; what it has not, or not yet, is left to the CPU: each search but the first brings some more, so that none waits long. They take
 * about a quarter of the memory that is free at most, since a language model has a better use for it. A device that fails is not asked
 * again.
 *
 * Only codes are brought, and only products come back. Scales, ids, what was removed and what a query lets through stay with the CPU, which
 * so finds the same whoever has multiplied.
 */
typedef struct SenDeviceVectors SenDeviceVectors;

/** @block_rows: a multiple of SEN_SCAN_ROWS; @stride as n_col of sen_scan_new(). Nothing is done while all blocks together have fewer than
 *  @from_bytes bytes of codes. */
SenDeviceVectors *sen_device_vectors_new (SenDevice *device, uint32_t block_rows, uint32_t stride, uint64_t from_bytes);
void              sen_device_vectors_free (SenDeviceVectors *self);
SenDevice        *sen_device_vectors_device (const SenDeviceVectors *self);
/** Blocks that are there. */
uint64_t          sen_device_vectors_count (const SenDeviceVectors *self);
/** Blocks are others from now on. */
void              sen_device_vectors_clear (SenDeviceVectors *self);
/** It is not to be asked any more. */
void              sen_device_vectors_give_up (SenDeviceVectors *self);

/** The codes [block_rows][stride] of a block that is full; it never changes. */
typedef const int8_t *(*SenDeviceVectorsBlock) (uint64_t block, gpointer data);

/** Multiplies what is there with @query [stride], once some of @n_blocks more were brought. Of how many blocks, from the first on, there
 *  are products now; 0 when that failed or was cancelled. */
uint64_t sen_device_vectors_run (SenDeviceVectors *self, const int8_t *query, uint64_t n_blocks, SenDeviceVectorsBlock block, gpointer data,
                                 SenCancel *cancel);
/** @products [block_rows]. May be called from several threads at once. */
void     sen_device_vectors_read (const SenDeviceVectors *self, uint64_t block, int32_t *products);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenDeviceVectors, sen_device_vectors_free)

G_END_DECLS
