/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cancel.h"
#include "sen-cpu.h"
#include "sen-device.h"
#include "sen-pool.h"

G_BEGIN_DECLS

/**
 * The nearest of many vectors, exactly: every one is compared, in 8 bits, and who asks compares the best again with what they were made
 * of. Each vector has a scale of its own, value = scale · code, |code| ≤ 127; a query is taken the same way.
 *
 *   block    codes i8 [SEN_VECTORS_BLOCK][stride], scale f32 [SEN_VECTORS_BLOCK], then id, chunk, content i64 [SEN_VECTORS_BLOCK] each;
 *            stride: n_embd, rounded up to SEN_MV_I8_MULTIPLE with zeros
 *   map      a file: a head of SEN_VECTORS_HEAD_BYTES and whole blocks, in the order of ids. It is mapped, so its pages are the page
 *            cache's and not this program's. Blocks are added at its end, and the head counts them once they are on the disk
 *   tail     what came after the last whole block of the map, in memory
 *
 * A map is nothing but a copy: it is told apart by a key, and one that is missing, damaged, or of another key counts as empty. Who owns the
 * vectors adds what came after sen_vectors_last_id(), in order, and removes what is gone.
 *
 * The scan is the op mul_mv_i8 of the CPU's kernels over blocks, shared out over the threads of a pool; or a device multiplies that has
 * copies of blocks (sen_vectors_set_device()). What comes of either are the same whole numbers, and all else is done here, so it finds the
 * same to the bit.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenVectors SenVectors;

#define SEN_VECTORS_BLOCK 1024u
#define SEN_VECTORS_KEY_BYTES 32
#define SEN_VECTORS_HEAD_BYTES 4096u

typedef struct {
  const char *path;          /* of the map; NULL: in memory only */
  uint8_t     key[SEN_VECTORS_KEY_BYTES];
  uint32_t    n_embd;        /* 1 to 65536 */
  SenIsa      isa;
  SenPool    *pool;          /* borrowed */
} SenVectorsParams;

/** Never fails: what can't be read is empty. */
SenVectors *sen_vectors_new (const SenVectorsParams *params);
void        sen_vectors_free (SenVectors *vectors);

uint64_t sen_vectors_count (const SenVectors *vectors);     /* those that were removed, too */
uint64_t sen_vectors_n_removed (const SenVectors *vectors);
/** 0 when it is empty. */
int64_t  sen_vectors_last_id (const SenVectors *vectors);
/** A number of its owner's, kept with the map: 0 in a new one. */
int64_t  sen_vectors_mark (const SenVectors *vectors);
/** Empties it, and the map with the next save; @mark is kept from then on. */
void     sen_vectors_reset (SenVectors *vectors, int64_t mark);

/** Ids grow. @values[n_embd] are finite. */
void sen_vectors_add (SenVectors *vectors, int64_t id, int64_t chunk, int64_t content, const float *values);
/** Unknown ids are passed over. */
void sen_vectors_remove (SenVectors *vectors, int64_t id);
/** Whether sen_vectors_save() has something to do. */
bool sen_vectors_wants_save (const SenVectors *vectors);
/** Puts whole blocks of the tail into the map, once there are a few; a disk that can't be written leaves them where they are. */
void sen_vectors_save (SenVectors *vectors);

/** From now on searches let @device multiply what it has of whole blocks, and bring it more of them (sen-device-vectors.h), once there are
 *  @from_bytes bytes of codes. One that has no room or fails costs nothing but time. NULL: the CPU again; what the device has is given
 *  back. Setting the same again changes nothing. */
void     sen_vectors_set_device (SenVectors *vectors, SenDevice *device, uint64_t from_bytes);
/** How many vectors it has. */
uint64_t sen_vectors_n_on_device (const SenVectors *vectors);

typedef struct {
  int64_t id, chunk, content;
  float   score;             /* Σ query · vector */
} SenNeighbour;

/** Whether a content may be found at all. */
typedef bool (*SenVectorsFilter) (int64_t content, gpointer data);

typedef struct {
  const float     *values;   /* [n_embd] */
  uint32_t         n;        /* as many are wanted */
  SenVectorsFilter filter;   /* NULL: all. Called from the threads of the pool */
  gpointer         data;
} SenVectorsQuery;

/** Adds the n nearest to @found (of SenNeighbour), best first; among equals the lowest id. @n_compared, @mean and @deviation are of the
 *  scores of all that were compared, whether or not the filter lets them through. False when it was cancelled, or when the map was
 *  truncated meanwhile: then it is empty, and to be filled again. */
bool sen_vectors_search (SenVectors *vectors, const SenVectorsQuery *query, GArray *found, uint64_t *n_compared, double *mean,
                         double *deviation, SenCancel *cancel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenVectors, sen_vectors_free)

G_END_DECLS
