/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-settings.h"

G_BEGIN_DECLS

#define SEN_TYPE_MIC_ROW (sen_mic_row_get_type ())
G_DECLARE_FINAL_TYPE (SenMicRow, sen_mic_row, SEN, MIC_ROW, AdwComboRow)

/** Which microphone is spoken into. While it is seen, the list follows what is plugged in and out. @settings is borrowed;
 *  @helper: SenDebug.capture_helper, borrowed. Signal "chosen": another one stands in @settings. */
void sen_mic_row_set_settings (SenMicRow *self, SenSettings *settings, const char *helper);

G_END_DECLS
