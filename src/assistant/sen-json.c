/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-json-private.h"

#define MAX_DEPTH 32

/* json-glib descends by recursion and makes an object of each value, so both are bounded before it sees the text. */
static bool
shape_is_sane (const char *text, size_t length, size_t max_values)
{
  unsigned depth = 0;
  size_t n_values = 0;
  bool in_string = false;

  for (size_t i = 0; i < length; i++)
    {
      char c = text[i];
      if (in_string)
        {
          if (c == '\\')
            i++;
          else if (c == '"')
            in_string = false;
        }
      else if (c == '"')
        in_string = true;
      else if (c == '[' || c == '{')
        {
          if (++depth > MAX_DEPTH || ++n_values > max_values)
            return false;
        }
      else if (c == ',' && ++n_values > max_values)
        return false;
      else if ((c == ']' || c == '}') && depth > 0)
        depth--;
    }
  return true;
}

JsonNode *
sen_json_parse_object (const char *text, size_t length, const char *name, GError **error)
{
  const SenJsonLimits limits = { 4u << 20, 1u << 20 };
  return sen_json_parse_large (text, length, &limits, name, error);
}

JsonNode *
sen_json_parse_large (const char *text, size_t length, const SenJsonLimits *limits, const char *name, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) local = NULL;

  bool is_utf8 = length <= limits->max_bytes && g_utf8_validate_len (text, length, NULL);
  if (length > limits->max_bytes || (is_utf8 && !shape_is_sane (text, length, limits->max_values)))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT,
                   "%s is larger than %zu bytes, nested deeper than %d levels or of more than %zu values.", name,
                   limits->max_bytes, MAX_DEPTH, limits->max_values);
      return NULL;
    }
  if (!is_utf8 || !json_parser_load_from_data (parser, text, (gssize) length, &local))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not valid JSON: %s.", name,
                   local != NULL ? local->message : "it is not UTF-8");
      return NULL;
    }
  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s does not hold a JSON object.", name);
      return NULL;
    }
  return json_node_ref (root);
}

static JsonNode *
find_member (JsonObject *object, const char *member, JsonNodeType kind, const char *kind_name, const char *where,
             GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node == NULL)
    g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"%s\" is missing.", where, member);
  else if (json_node_get_node_type (node) != kind)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"%s\" must be %s.", where, member, kind_name);
      node = NULL;
    }
  return node;
}

const char *
sen_json_object_string (JsonObject *object, const char *member, const char *where, GError **error)
{
  JsonNode *node = find_member (object, member, JSON_NODE_VALUE, "a string", where, error);
  if (node == NULL)
    return NULL;
  const char *text = json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
  if (text == NULL || *text == '\0')
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"%s\" must be a string that is not empty.", where, member);
      return NULL;
    }
  return text;
}

bool
sen_json_size (JsonObject *object, const char *member, uint64_t *value, const char *where, GError **error)
{
  JsonNode *node = find_member (object, member, JSON_NODE_VALUE, "a number", where, error);
  if (node == NULL)
    return false;
  gint64 number = json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : -1;
  if (number <= 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"%s\" must be a whole number above 0.", where, member);
      return false;
    }
  *value = (uint64_t) number;
  return true;
}

JsonArray *
sen_json_array (JsonObject *object, const char *member, size_t max, const char *where, GError **error)
{
  JsonNode *node = find_member (object, member, JSON_NODE_ARRAY, "an array", where, error);
  if (node == NULL)
    return NULL;
  JsonArray *array = json_node_get_array (node);
  if (json_array_get_length (array) > max)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s: \"%s\" has %u elements, at most %zu are allowed.", where,
                   member, json_array_get_length (array), max);
      return NULL;
    }
  return array;
}

JsonObject *
sen_json_object (JsonObject *object, const char *member, const char *where, GError **error)
{
  JsonNode *node = find_member (object, member, JSON_NODE_OBJECT, "an object", where, error);
  return node != NULL ? json_node_get_object (node) : NULL;
}

JsonObject *
sen_json_element (JsonArray *array, size_t index, const char *where, GError **error)
{
  JsonNode *node = json_array_get_element (array, (guint) index);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: element %zu must be an object.", where, index);
      return NULL;
    }
  return json_node_get_object (node);
}

const char *
sen_json_string_or (JsonObject *object, const char *member, const char *fallback)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return fallback;
  return json_node_get_string (node);
}

bool
sen_json_bool_or (JsonObject *object, const char *member, bool fallback)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return fallback;
  return json_node_get_boolean (node);
}

char *
sen_json_to_text (JsonNode *root)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  g_autofree char *text = json_generator_to_data (generator, NULL);
  /* json-glib writes this one control character as it is, which no other reader takes. */
  g_auto (GStrv) parts = g_strsplit (text, "\x1f", -1);
  g_autofree char *escaped = g_strjoinv ("\\u001f", parts);
  return g_strconcat (escaped, "\n", NULL);
}
