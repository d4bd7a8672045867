/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explanation.h"
#include "sen-image.h"

G_BEGIN_DECLS

/**
 * An explanation to keep or to send to somebody: a page for any browser, a picture, numbers for NumPy.
 *
 * The page is one file below 5 MB: all text in it is escaped, and a content security policy forbids it to load or send anything and lets
 * only its own script and style run. Without scripts it shows the mean of all rows. Of more rows than fit it holds the last, and says so.
 *
 * Texts are in the language of the program, as gettext() has it.
 *
 * Thread-safety: reentrant; any thread.
 */

typedef struct {
  const char *title;                /* of the conversation; NULL: none */
  SenImage  **pictures;             /* [n_pictures], by number of media; NULL where it is not at hand: then the heat stands alone */
  uint32_t    n_pictures;
} SenExplainReport;

/** (transfer full) */
char   *sen_explain_report_html (const SenExplanation *explanation, const SenExplainReport *report);
/** A picture of the tinted text 1000 pixels wide, with pictures, legend and limits; long texts are cut where 12,000 rows are full, which
 *  the picture says. (transfer full) */
GBytes *sen_explain_report_png (const SenExplanation *explanation, const SenExplainReport *report, GError **error);
/** Arrays by the names of the JSON: weights, queries, tokens, ids, kinds, messages and so on; docs/explanations.md lists them.
 *  (transfer full) */
GBytes *sen_explain_report_npz (const SenExplanation *explanation, GError **error);

G_END_DECLS
