/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * A strict reader for the JSON inside model files (RFC 8259), small because the engine sees nothing above GLib core.
 *
 * Values are a tree owned by the document and borrowed from it. Depth (64) and the number of values (4 million) are
 * limited; strings are valid UTF-8 without NUL; numbers are doubles. Errors name line and column.
 *
 * Thread-safety: immutable after parsing.
 */
typedef struct SenJsonDocument SenJsonDocument;
typedef struct SenJson SenJson;

typedef enum { SEN_JSON_NULL, SEN_JSON_BOOL, SEN_JSON_NUMBER, SEN_JSON_STRING, SEN_JSON_ARRAY, SEN_JSON_OBJECT } SenJsonKind;

/** @name is the file in messages. */
SenJsonDocument *sen_json_parse (const char *text, size_t length, const char *name, GError **error);
void             sen_json_free (SenJsonDocument *document);

const SenJson *sen_json_root (const SenJsonDocument *document);
SenJsonKind    sen_json_kind (const SenJson *value);
/** False, 0 or NULL for values of another kind. */
bool           sen_json_bool (const SenJson *value);
double         sen_json_number (const SenJson *value);
const char    *sen_json_string (const SenJson *value);
/** Elements of an array, members of an object; 0 for the rest. */
size_t         sen_json_length (const SenJson *value);
/** The element or member at @index, in the order of the text; NULL beyond the end. */
const SenJson *sen_json_at (const SenJson *value, size_t index);
/** The name of a member of an object; NULL beyond the end. */
const char    *sen_json_member_name (const SenJson *value, size_t index);
/** The member called @name, or NULL. */
const SenJson *sen_json_member (const SenJson *value, const char *name);
/** A number that is a whole one from 0 to 2^53; false otherwise. */
bool           sen_json_u64 (const SenJson *value, uint64_t *number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenJsonDocument, sen_json_free)

G_END_DECLS
