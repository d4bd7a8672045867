/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-error.h"

G_DEFINE_QUARK (sen-error-quark, sen_error)
