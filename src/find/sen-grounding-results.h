/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding.h"

G_BEGIN_DECLS

/** What is known of a file now. */
typedef struct {
  uint64_t size_bytes;
  int64_t  mtime_ns;
} SenGroundingFile;

/** @source as something that was found, for who shows those: one result, with its text as the passage that matches. (transfer full) */
SenFindResults *sen_grounding_to_results (const SenSource *source, const SenGroundingFile *file);

G_END_DECLS
