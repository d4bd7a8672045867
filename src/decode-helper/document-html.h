/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "document.h"

/** A page of HTML on its way into blocks of @document; books are made of many. NULL without memory. */
typedef struct Html Html;

Html *html_new (Document *document);
/** The next part, UTF-8, cut anywhere between characters. */
void  html_push (Html *html, const char *text, size_t n_bytes, bool is_last);
void  html_free (Html *html);
