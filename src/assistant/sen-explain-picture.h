/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-image.h"

G_BEGIN_DECLS

/* Pictures as PNG, by cairo; of sen-explain-*.c alone. */

/** @image shrunk to at most @n_most pixels a side. (transfer full) */
GBytes *sen_explain_picture_png (const SenImage *image, int n_most, GError **error);

G_END_DECLS
