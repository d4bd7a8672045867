/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-model-store.h"

G_BEGIN_DECLS

/** Free disk to pretend, for tests; 0 to ask. */
uint64_t sen_model_store_fake_free_disk_bytes (const SenModelStore *store);

G_END_DECLS
