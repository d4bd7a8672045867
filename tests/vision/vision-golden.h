/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What tools/make-golden-vision.py wrote, and the formulas it shares with the tests: pictures and weights that are stored
 * nowhere. */
#pragma once

#include "sen-device.h"
#include "sen-json-reader.h"

/** "reference", an instruction set of the CPU, "cpu" (the best one) or "vulkan"; exact. NULL when the machine lacks it: the test has been
 *  skipped then. */
SenDevice *golden_open_device (const char *name, bool exact);

SenJsonDocument *golden_read (const char *folder, const char *file);
/** uint8 [height][width][3]. (transfer full) */
uint8_t *golden_picture (uint32_t width, uint32_t height);
/** Makes a folder with config.json, preprocessor_config.json and model.safetensors of an entry of tiny.json. (transfer full) */
char    *golden_make_model (const SenJson *entry);
void     golden_remove_folder (const char *folder);

/** The difference of @values[n] from the numbers kept of them, relative to these: |a - b| / |b| as Euclidean lengths. */
double golden_difference (const SenJson *kept, const float *values, size_t n);
