/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-download.h"
#include "sen-machine.h"

G_BEGIN_DECLS

#define SEN_TYPE_MODEL_ROW (sen_model_row_get_type ())
G_DECLARE_FINAL_TYPE (SenModelRow, sen_model_row, SEN, MODEL_ROW, GtkListBoxRow)

/** One model: what it is, what it needs, under which licence; Get with progress and cancel in place, then Use. Signals:
 *  "use" (char *path), "fetched" (char *path), "remove" (char *name). The store is borrowed for the row's life, @status is copied. */
SenModelRow *sen_model_row_new (SenModelStore *store, const SenModelStatus *status);
const char  *sen_model_row_path (SenModelRow *self);
const char  *sen_model_row_title (SenModelRow *self);
gboolean     sen_model_row_is_fetching (SenModelRow *self);
/** How quick it would be here, and whether it fits, once that is known. */
void         sen_model_row_set_machine (SenModelRow *self, const SenMachine *machine);
void         sen_model_row_set_current (SenModelRow *self, gboolean current);

G_END_DECLS
