/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cli.h"
#include "sen-index-store.h"

G_BEGIN_DECLS

/** What `index` prints at its end and `status` at any time. */

/** Members of a JSON object, without the braces: "folders", "files", "contents", "passages", "to_do", "failed", "spaces", "failures". */
bool index_report_json (SenStore *store, GString *json, GError **error);
/** The same for people; failures a line each. */
bool index_report_text (SenStore *store, GString *text, GError **error);
/** The failures alone, a line each. */
bool index_report_failures (SenStore *store, GString *text, GError **error);

G_END_DECLS
