/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <poppler.h>

#include "document.h"

/** NULL with a reason. The descriptor stays the caller's. */
PopplerDocument *pdf_open (File file, SenWireReply *reply);
