/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-find-encoders.h"

/* The real models ($SENSORIUM_TEST_MODELS) with the connectors in @connectors; without any when @models is false. */
SenModelStore   *find_models (const char *connectors, bool models);
/* Of these, on two threads of the CPU. */
SenFindEncoders *find_encoders (SenModelStore *store);
float            dot (const float *a, const float *b, uint32_t n);
