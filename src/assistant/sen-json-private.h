/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-error.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * JSON from files, read with a fixed idea of what must be there.
 *
 * @where names the place in messages ("catalogue: models[3]"). Members that nobody asks for are ignored, so that newer
 * files stay readable.
 */

/** Parses a document whose root is an object. Limits: 4 MiB, 32 levels. @name is the file in messages. */
JsonNode *sen_json_parse_object (const char *text, size_t length, const char *name, GError **error);

typedef struct {
  size_t max_bytes, max_values;
} SenJsonLimits;

/** The same with other limits, for files that may be large. */
JsonNode *sen_json_parse_large (const char *text, size_t length, const SenJsonLimits *limits, const char *name, GError **error);

/* Required members: false or NULL, with a SEN_ERROR_FORMAT, when absent or of another kind. Results are borrowed. */
const char *sen_json_object_string (JsonObject *object, const char *member, const char *where, GError **error);
bool        sen_json_size (JsonObject *object, const char *member, uint64_t *value, const char *where, GError **error);
JsonArray  *sen_json_array (JsonObject *object, const char *member, size_t max, const char *where, GError **error);
JsonObject *sen_json_object (JsonObject *object, const char *member, const char *where, GError **error);
/** Element @index of an array of objects. */
JsonObject *sen_json_element (JsonArray *array, size_t index, const char *where, GError **error);

/* Optional members: the default when absent or of another kind. */
const char *sen_json_string_or (JsonObject *object, const char *member, const char *fallback);
bool        sen_json_bool_or (JsonObject *object, const char *member, bool fallback);

/** Pretty text with a newline at its end. (transfer full) */
char *sen_json_to_text (JsonNode *root);

G_END_DECLS
