/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SEN_TYPE_MIC_METER (sen_mic_meter_get_type ())
G_DECLARE_FINAL_TYPE (SenMicMeter, sen_mic_meter, SEN, MIC_METER, GtkWidget)

/** How loud it was during the last seconds, the latest at the end. */
GtkWidget *sen_mic_meter_new (void);
/** @height: 0 to 1, sen_level_height(). */
void       sen_mic_meter_add (SenMicMeter *self, float height);
void       sen_mic_meter_clear (SenMicMeter *self);

G_END_DECLS
