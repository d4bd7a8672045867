/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-read-aloud.h"
#include "sen-settings.h"

G_BEGIN_DECLS

#define SEN_TYPE_READ_ROWS (sen_read_rows_get_type ())
G_DECLARE_FINAL_TYPE (SenReadRows, sen_read_rows, SEN, READ_ROWS, AdwPreferencesGroup)

/** Whether answers are read aloud, by which voice and how fast. speech-dispatcher is asked for voices only once somebody wants it to
 *  read. Both are borrowed. Signal "changed": something else stands in @settings. */
void sen_read_rows_set_settings (SenReadRows *self, SenSettings *settings, SenReadAloud *reader);

G_END_DECLS
