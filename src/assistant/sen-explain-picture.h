/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-image.h"

G_BEGIN_DECLS

/** Pictures as PNG, by cairo; of sen-explain-*.c alone. Reentrant. */

/** @image shrunk to at most @n_most pixels a side. SEN_ERROR_NO_MEMORY, or _INVALID for what cairo cannot draw. (transfer full) */
GBytes *sen_explain_picture_png (const SenImage *image, int n_most, GError **error);

G_END_DECLS
