/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-dictation.h"

G_BEGIN_DECLS

#define SEN_TYPE_MIC_BAR (sen_mic_bar_get_type ())
G_DECLARE_FINAL_TYPE (SenMicBar, sen_mic_bar, SEN, MIC_BAR, GtkWidget)

/** What @dictation hears: loudness, time, words so far, and buttons that keep the sound or forget it. Only there while it records
 *  or understands. */
GtkWidget *sen_mic_bar_new (SenDictation *dictation);

G_END_DECLS
