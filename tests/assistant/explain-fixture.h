/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-multimodal.h"

#define EXPLAIN_N_CTX 512

/* The real small model of $SENSORIUM_TEST_MODELS on the CPU. */
typedef struct {
  SenModel   *model;
  SenDevice  *device;
  SenSession *session;
} Fixture;

/* @data: EXPLAIN_EXACT for the exact device, which is slow; or NULL. */
#define EXPLAIN_EXACT "exact"
void explain_set_up (Fixture *f, gconstpointer data);
void explain_tear_down (Fixture *f, gconstpointer data);

/* Nothing among the media enters directly. (transfer full) */
SenMultimodalPrompt *explain_prepare (const SenChatMessage *messages, size_t n, const SenPromptMedia *media, size_t n_media);
