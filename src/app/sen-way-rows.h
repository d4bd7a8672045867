/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-model-store.h"

G_BEGIN_DECLS

#define SEN_TYPE_WAY_ROWS (sen_way_rows_get_type ())
G_DECLARE_FINAL_TYPE (SenWayRows, sen_way_rows, SEN, WAY_ROWS, AdwPreferencesGroup)

/** How pictures and recordings reach one model: through words, or directly by a connector that the catalogue has by name only, and how well
 *  that does. Hidden where there is nothing to choose. Signal "chosen" (name of the connector, whether it is to be used). */

/** @model: one of @models (SenModelStatus), or NULL. @used: names of connectors. */
void sen_way_rows_show (SenWayRows *self, const SenModelStatus *model, GPtrArray *models, const char *const *used);

G_END_DECLS
