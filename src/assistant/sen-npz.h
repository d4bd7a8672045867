/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Arrays for NumPy: an uncompressed ZIP archive with a file of NumPy's format 1.0 in it for each array, as np.savez() writes it. Without
 * times and names of machines, so the same arrays are the same bytes.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenNpz SenNpz;

SenNpz *sen_npz_new (void);
void    sen_npz_free (SenNpz *npz);

#define SEN_NPZ_MAX_DIMS 4

typedef struct {
  const char *name;                      /* plain ASCII, without an ending */
  char        kind;                      /* 'f', 'i', 'u' of the machine's own byte order; 'U': characters in UCS-4 */
  uint32_t    item_bytes;                /* of 'U' all of one text */
  uint32_t    n_dims;
  size_t      shape[SEN_NPZ_MAX_DIMS];   /* slowest first */
  const void *data;
} SenNpzArray;

/** Copies it. */
void sen_npz_add (SenNpz *npz, const SenNpzArray *array);
/** Adds a one-dimensional array of @texts[@n] (UTF-8), each cut at 64 characters. */
void sen_npz_add_texts (SenNpz *npz, const char *name, const char *const *texts, size_t n);

/** The archive, and @npz is empty. NULL with SEN_ERROR_LIMIT when it would be larger than 1 GiB. (transfer full) */
GBytes *sen_npz_finish (SenNpz *npz, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenNpz, sen_npz_free)

G_END_DECLS
