/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <poppler.h>

#include "document.h"

/** NULL with a reason. The descriptor stays the caller's. */
PopplerDocument *pdf_open (File file, SenWireReply *reply);

/** A page as it looks, white where nothing is; [height][width][3], malloc(), the sizes in @reply. NULL with a reason. Letters in fonts
 *  that the file does not bring are missing. */
uint8_t *pdf_draw_page (File file, uint32_t page, int longest_side, SenWireReply *reply);
