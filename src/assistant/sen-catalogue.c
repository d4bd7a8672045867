/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-catalogue.h"

#include "sen-assistant-resources.h"
#include "sen-json-private.h"

#include <gio/gio.h>
#include <string.h>

#define FORMAT_VERSION 1
#define MAX_MODELS 1000
#define MAX_FILES 64
#define MAX_SOURCES 8
#define MAX_PARTS 1000
#define MAX_FILE_BYTES (UINT64_C (1) << 40)
#define MAX_NAME 100

struct SenCatalogue {
  gatomicrefcount        n_refs;
  SenCatalogueEntry     *entries;
  size_t                 n_entries;
  SenCatalogueConnector *connectors;
  size_t                 n_connectors;
};

static const struct {
  SenRoles    role;
  const char *name;
} role_names[] = {
  { SEN_ROLE_CHAT, "chat" }, { SEN_ROLE_COMPLETE, "complete" }, { SEN_ROLE_SEE, "see" },
  { SEN_ROLE_HEAR, "hear" }, { SEN_ROLE_FIND, "find" },
};

const char *
sen_role_name (SenRoles role)
{
  for (size_t i = 0; i < G_N_ELEMENTS (role_names); i++)
    if (role_names[i].role == role)
      return role_names[i].name;
  return NULL;
}

static void
entry_clear (SenCatalogueEntry *entry)
{
  for (size_t s = 0; s < entry->n_sources; s++)
    {
      SenCatalogueSource *source = &entry->sources[s];
      for (size_t f = 0; source->files != NULL && f < entry->n_files; f++)
        {
          SenSourceFile *file = &source->files[f];
          for (size_t p = 0; p < file->n_parts; p++)
            {
              g_free (file->parts[p].package);
              g_free (file->parts[p].version);
              g_free (file->parts[p].member);
              g_free (file->parts[p].sha256);
            }
          g_free (file->parts);
          g_free (file->url);
        }
      g_free (source->files);
    }
  g_free (entry->sources);
  for (size_t f = 0; f < entry->n_files; f++)
    {
      g_free (entry->files[f].name);
      g_free (entry->files[f].sha256);
    }
  g_free (entry->files);
  g_free (entry->name);
  g_free (entry->title);
  g_free (entry->summary);
  g_free (entry->licence_name);
  g_free (entry->licence_url);
  g_free (entry->terms_url);
}

static void
connector_clear (SenCatalogueConnector *connector)
{
  g_free (connector->name);
  g_free (connector->title);
  g_free (connector->kind);
  g_free (connector->encoder);
  g_free (connector->language_model);
}

SenCatalogue *
sen_catalogue_ref (SenCatalogue *catalogue)
{
  g_atomic_ref_count_inc (&catalogue->n_refs);
  return catalogue;
}

void
sen_catalogue_unref (SenCatalogue *catalogue)
{
  if (catalogue == NULL || !g_atomic_ref_count_dec (&catalogue->n_refs))
    return;
  for (size_t i = 0; i < catalogue->n_entries; i++)
    entry_clear (&catalogue->entries[i]);
  g_free (catalogue->entries);
  for (size_t i = 0; i < catalogue->n_connectors; i++)
    connector_clear (&catalogue->connectors[i]);
  g_free (catalogue->connectors);
  g_free (catalogue);
}

size_t
sen_catalogue_n_entries (const SenCatalogue *catalogue)
{
  return catalogue->n_entries;
}

const SenCatalogueEntry *
sen_catalogue_entry (const SenCatalogue *catalogue, size_t index)
{
  g_return_val_if_fail (index < catalogue->n_entries, NULL);
  return &catalogue->entries[index];
}

const SenCatalogueEntry *
sen_catalogue_find (const SenCatalogue *catalogue, const char *name)
{
  for (size_t i = 0; i < catalogue->n_entries; i++)
    if (strcmp (catalogue->entries[i].name, name) == 0)
      return &catalogue->entries[i];
  return NULL;
}

size_t
sen_catalogue_n_connectors (const SenCatalogue *catalogue)
{
  return catalogue->n_connectors;
}

const SenCatalogueConnector *
sen_catalogue_connector (const SenCatalogue *catalogue, size_t index)
{
  g_return_val_if_fail (index < catalogue->n_connectors, NULL);
  return &catalogue->connectors[index];
}

const SenCatalogueConnector *
sen_catalogue_find_connector (const SenCatalogue *catalogue, const char *name)
{
  for (size_t i = 0; i < catalogue->n_connectors; i++)
    if (strcmp (catalogue->connectors[i].name, name) == 0)
      return &catalogue->connectors[i];
  return NULL;
}

bool
sen_catalogue_name_is_valid (const char *name)
{
  size_t length = strlen (name);
  if (length == 0 || length > MAX_NAME || !g_ascii_isalnum (name[0]))
    return false;
  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isalnum (name[i]) && strchr ("._-", name[i]) == NULL)
      return false;
  /* The store gives these endings a meaning of its own. */
  return !g_str_has_suffix (name, ".partial") && !g_str_has_suffix (name, ".lock");
}

static char *
read_name (JsonObject *object, const char *member, const char *where, GError **error)
{
  const char *text = sen_json_object_string (object, member, where, error);
  if (text == NULL)
    return NULL;
  if (!sen_catalogue_name_is_valid (text))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT,
                   "%s: \"%s\" must be letters, digits and \"._-\", starting with a letter or digit.", where, member);
      return NULL;
    }
  return g_strdup (text);
}

static char *
read_sha256 (JsonObject *object, const char *where, GError **error)
{
  const char *text = sen_json_object_string (object, "sha256", where, error);
  if (text == NULL)
    return NULL;
  if (strlen (text) != 64 || strspn (text, "0123456789abcdef") != 64)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"sha256\" must be 64 lower-case hex digits.", where);
      return NULL;
    }
  return g_strdup (text);
}

static bool
read_size (JsonObject *object, uint64_t *size, const char *where, GError **error)
{
  if (!sen_json_size (object, "size", size, where, error))
    return false;
  if (*size > MAX_FILE_BYTES)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s: \"size\" is over 1 TiB.", where);
      return false;
    }
  return true;
}

/* Plain HTTP is only taken from this machine: for tests and local mirrors. */
static bool
url_is_acceptable (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0' || g_uri_get_userinfo (uri) != NULL)
    return false;
  if (strcmp (g_uri_get_scheme (uri), "https") == 0)
    return true;
  return strcmp (g_uri_get_scheme (uri), "http") == 0 && strcmp (g_uri_get_host (uri), "127.0.0.1") == 0;
}

static char *
read_url (JsonObject *object, const char *member, const char *where, GError **error)
{
  const char *text = sen_json_object_string (object, member, where, error);
  if (text == NULL)
    return NULL;
  if (!url_is_acceptable (text))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"%s\" must be an https URL.", where, member);
      return NULL;
    }
  return g_strdup (text);
}

static bool
read_parts (SenSourceFile *out, const SenCatalogueFile *file, JsonObject *object, const char *where, GError **error)
{
  JsonArray *parts = sen_json_array (object, "parts", MAX_PARTS, where, error);
  if (parts == NULL)
    return false;
  size_t n = json_array_get_length (parts);
  uint64_t sum = 0;
  out->parts = g_new0 (SenCataloguePart, n);
  out->n_parts = n;
  for (size_t i = 0; i < n; i++)
    {
      g_autofree char *here = g_strdup_printf ("%s: parts[%zu]", where, i);
      JsonObject *item = sen_json_element (parts, i, where, error);
      if (item == NULL)
        return false;
      SenCataloguePart *part = &out->parts[i];
      const char *member = NULL;
      if ((part->package = read_name (item, "package", here, error)) == NULL
          || (part->version = read_name (item, "version", here, error)) == NULL
          || (member = sen_json_object_string (item, "member", here, error)) == NULL
          || (part->sha256 = read_sha256 (item, here, error)) == NULL
          || !read_size (item, &part->size_bytes, here, error))
        return false;
      part->member = g_strdup (member);
      sum += part->size_bytes;  /* at most 1000 times 1 TiB: cannot overflow */
    }
  if (sum != file->size_bytes)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT,
                   "%s: the parts of \"%s\" add up to %" G_GUINT64_FORMAT " bytes, the file has %" G_GUINT64_FORMAT ".",
                   where, file->name, sum, file->size_bytes);
      return false;
    }
  return true;
}

static bool
read_source (SenCatalogueSource *source, const SenCatalogueEntry *entry, JsonObject *object, const char *where,
             GError **error)
{
  const char *type = sen_json_object_string (object, "type", where, error);
  if (type == NULL)
    return false;
  if (strcmp (type, "hub") == 0)
    source->kind = SEN_SOURCE_HUB;
  else if (strcmp (type, "package") == 0)
    source->kind = SEN_SOURCE_PACKAGE;
  else
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: \"type\" is \"%s\"; hub and package are known.", where,
                   type);
      return false;
    }
  if (source->kind == SEN_SOURCE_PACKAGE)
    {
      const char *registry = sen_json_object_string (object, "registry", where, error);
      if (registry == NULL)
        return false;
      if (strcmp (registry, "pypi") != 0)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: \"registry\" is \"%s\"; pypi is known.", where,
                       registry);
          return false;
        }
    }

  JsonArray *files = sen_json_array (object, "files", MAX_FILES, where, error);
  if (files == NULL)
    return false;
  source->files = g_new0 (SenSourceFile, entry->n_files);
  for (size_t i = 0; i < json_array_get_length (files); i++)
    {
      JsonObject *item = sen_json_element (files, i, where, error);
      const char *name = item != NULL ? sen_json_object_string (item, "name", where, error) : NULL;
      if (name == NULL)
        return false;
      size_t f = 0;
      while (f < entry->n_files && strcmp (entry->files[f].name, name) != 0)
        f++;
      if (f == entry->n_files || source->files[f].url != NULL || source->files[f].parts != NULL)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"%s\" is not a file of the model, or given twice.",
                       where, name);
          return false;
        }
      if (source->kind == SEN_SOURCE_HUB)
        {
          if ((source->files[f].url = read_url (item, "url", where, error)) == NULL)
            return false;
        }
      else if (!read_parts (&source->files[f], &entry->files[f], item, where, error))
        return false;
    }
  for (size_t f = 0; f < entry->n_files; f++)
    if (source->files[f].url == NULL && source->files[f].parts == NULL)
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: the file \"%s\" is missing.", where, entry->files[f].name);
        return false;
      }
  return true;
}

static bool
read_files (SenCatalogueEntry *entry, JsonObject *object, const char *where, GError **error)
{
  JsonArray *files = sen_json_array (object, "files", MAX_FILES, where, error);
  if (files == NULL)
    return false;
  size_t n = json_array_get_length (files);
  if (n == 0 || (n != 1 && !entry->is_folder))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT,
                   "%s: a model has one file, or is a folder of one or more; it has %zu.", where, n);
      return false;
    }
  entry->files = g_new0 (SenCatalogueFile, n);
  entry->n_files = n;
  for (size_t i = 0; i < n; i++)
    {
      g_autofree char *here = g_strdup_printf ("%s: files[%zu]", where, i);
      JsonObject *item = sen_json_element (files, i, where, error);
      SenCatalogueFile *file = &entry->files[i];
      if (item == NULL
          || (file->name = read_name (item, "name", here, error)) == NULL
          || (file->sha256 = read_sha256 (item, here, error)) == NULL
          || !read_size (item, &file->size_bytes, here, error))
        return false;
      entry->size_bytes += file->size_bytes;
      for (size_t j = 0; j < i; j++)
        if (strcmp (entry->files[j].name, file->name) == 0)
          {
            g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: the file \"%s\" is given twice.", where, file->name);
            return false;
          }
    }
  return true;
}

static bool
read_roles (SenCatalogueEntry *entry, JsonObject *object, const char *where, GError **error)
{
  JsonArray *roles = sen_json_array (object, "roles", G_N_ELEMENTS (role_names), where, error);
  if (roles == NULL)
    return false;
  for (size_t i = 0; i < json_array_get_length (roles); i++)
    {
      JsonNode *node = json_array_get_element (roles, (guint) i);
      const char *text = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
      size_t r = 0;
      while (r < G_N_ELEMENTS (role_names) && g_strcmp0 (role_names[r].name, text) != 0)
        r++;
      if (r == G_N_ELEMENTS (role_names))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT,
                       "%s: the role \"%s\" is none of chat, complete, see, hear, find.", where, text != NULL ? text : "");
          return false;
        }
      entry->roles |= role_names[r].role;
    }
  if (entry->roles == 0)
    g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: a model needs a role.", where);
  return entry->roles != 0;
}

static bool
read_entry (SenCatalogueEntry *entry, JsonObject *object, const char *where, GError **error)
{
  const char *title;
  const char *summary;

  if ((entry->name = read_name (object, "name", where, error)) == NULL
      || (title = sen_json_object_string (object, "title", entry->name, error)) == NULL
      || (summary = sen_json_object_string (object, "summary", entry->name, error)) == NULL
      || !read_roles (entry, object, entry->name, error)
      || !sen_json_size (object, "parameters", &entry->n_params, entry->name, error)
      || !sen_json_size (object, "memory_bytes", &entry->memory_bytes, entry->name, error))
    return false;
  where = entry->name;
  entry->title = g_strdup (title);
  entry->summary = g_strdup (summary);
  entry->is_folder = sen_json_bool_or (object, "folder", false);

  JsonObject *licence = sen_json_object (object, "licence", where, error);
  if (licence == NULL)
    return false;
  const char *licence_name = sen_json_object_string (licence, "name", where, error);
  if (licence_name == NULL || (entry->licence_url = read_url (licence, "url", where, error)) == NULL)
    return false;
  entry->licence_name = g_strdup (licence_name);
  if (sen_json_bool_or (licence, "must_accept", false)
      && (entry->terms_url = read_url (licence, "terms_url", where, error)) == NULL)
    return false;

  if (!read_files (entry, object, where, error))
    return false;
  JsonArray *sources = sen_json_array (object, "sources", MAX_SOURCES, where, error);
  if (sources == NULL)
    return false;
  entry->n_sources = json_array_get_length (sources);
  entry->sources = g_new0 (SenCatalogueSource, entry->n_sources);
  if (entry->n_sources == 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: a model needs a source.", where);
      return false;
    }
  for (size_t i = 0; i < entry->n_sources; i++)
    {
      g_autofree char *here = g_strdup_printf ("%s: sources[%zu]", where, i);
      JsonObject *item = sen_json_element (sources, i, where, error);
      if (item == NULL || !read_source (&entry->sources[i], entry, item, here, error))
        return false;
    }
  return true;
}

/* They may be missing. */
static bool
read_figures (SenCatalogueConnector *connector, JsonObject *object, const char *where, GError **error)
{
  static const char *const measures[] = { [SEN_MEASURE_KINDS] = "kinds", [SEN_MEASURE_SPEECH] = "speech" };
  const char *measure;
  if (!json_object_has_member (object, "figures"))
    return true;
  JsonObject *figures = sen_json_object (object, "figures", where, error);
  if (figures == NULL || (measure = sen_json_object_string (figures, "of", where, error)) == NULL)
    return false;
  for (SenConnectorMeasure i = SEN_MEASURE_KINDS; i < G_N_ELEMENTS (measures); i++)
    if (strcmp (measure, measures[i]) == 0)
      connector->measure = i;
  if (connector->measure != SEN_MEASURE_NONE)
    return sen_json_size (figures, "directly", &connector->directly, where, error)
           && sen_json_size (figures, "in_words", &connector->in_words, where, error);
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"of\" is none of kinds, speech.", where);
  return false;
}

static bool
read_connector (SenCatalogueConnector *connector, JsonObject *object, const char *where, GError **error)
{
  static const char *const kinds[] = { "sight", "hearing", "match-image", "match-audio", NULL };
  const char *title, *kind;
  if ((connector->name = read_name (object, "name", where, error)) == NULL
      || (title = sen_json_object_string (object, "title", where, error)) == NULL
      || (kind = sen_json_object_string (object, "kind", where, error)) == NULL
      || (connector->encoder = read_name (object, "encoder", where, error)) == NULL
      || (connector->language_model = read_name (object, "language_model", where, error)) == NULL)
    return false;
  connector->title = g_strdup (title);
  connector->kind = g_strdup (kind);
  connector->only_by_name = sen_json_bool_or (object, "only_by_name", false);
  if (g_strv_contains (kinds, kind))
    return read_figures (connector, object, where, error);
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"kind\" is none of sight, hearing, match-image, match-audio.", where);
  return false;
}

/* They may be missing altogether, as in catalogues of other people. */
static bool
read_connectors (SenCatalogue *catalogue, JsonObject *object, const char *name, GError **error)
{
  bool has_connectors = json_object_has_member (object, "connectors");
  JsonArray *connectors = has_connectors ? sen_json_array (object, "connectors", MAX_MODELS, name, error) : NULL;
  if (connectors == NULL)
    return !json_object_has_member (object, "connectors");
  catalogue->n_connectors = json_array_get_length (connectors);
  catalogue->connectors = g_new0 (SenCatalogueConnector, catalogue->n_connectors);
  for (size_t i = 0; i < catalogue->n_connectors; i++)
    {
      g_autofree char *where = g_strdup_printf ("%s: connectors[%zu]", name, i);
      JsonObject *item = sen_json_element (connectors, i, name, error);
      if (item == NULL || !read_connector (&catalogue->connectors[i], item, where, error))
        return false;
    }
  return true;
}

/* Two models must never share a place in a folder: names and the names of single files are one namespace. */
static bool
check_collisions (const SenCatalogue *catalogue, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (size_t i = 0; i < catalogue->n_entries + catalogue->n_connectors; i++)
    {
      const SenCatalogueEntry *entry = i < catalogue->n_entries ? &catalogue->entries[i] : NULL;
      const char *name = entry != NULL ? entry->name : catalogue->connectors[i - catalogue->n_entries].name;
      bool fresh = g_hash_table_add (seen, (gpointer) name);
      if (fresh && entry != NULL && !entry->is_folder && strcmp (entry->files[0].name, entry->name) != 0)
        fresh = g_hash_table_add (seen, entry->files[0].name);
      if (!fresh)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: its name or its file's name is taken by another model.", name);
          return false;
        }
    }
  return true;
}

SenCatalogue *
sen_catalogue_new_from_text (const char *text, size_t length, const char *name, GError **error)
{
  g_autoptr (JsonNode) root = sen_json_parse_object (text, length, name, error);
  if (root == NULL)
    return NULL;
  JsonObject *object = json_node_get_object (root);
  uint64_t version;
  if (!sen_json_size (object, "version", &version, name, error))
    return NULL;
  if (version != FORMAT_VERSION)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED,
                   "%s has version %" G_GUINT64_FORMAT "; this program reads version %d, so use a newer one.", name,
                   version, FORMAT_VERSION);
      return NULL;
    }
  JsonArray *models = sen_json_array (object, "models", MAX_MODELS, name, error);
  if (models == NULL)
    return NULL;

  g_autoptr (SenCatalogue) catalogue = g_new0 (SenCatalogue, 1);
  g_atomic_ref_count_init (&catalogue->n_refs);
  catalogue->n_entries = json_array_get_length (models);
  catalogue->entries = g_new0 (SenCatalogueEntry, catalogue->n_entries);
  for (size_t i = 0; i < catalogue->n_entries; i++)
    {
      g_autofree char *where = g_strdup_printf ("%s: models[%zu]", name, i);
      JsonObject *item = sen_json_element (models, i, name, error);
      if (item == NULL || !read_entry (&catalogue->entries[i], item, where, error))
        return NULL;
    }
  if (!read_connectors (catalogue, object, name, error) || !check_collisions (catalogue, error))
    return NULL;
  return g_steal_pointer (&catalogue);
}

SenCatalogue *
sen_catalogue_new_builtin (GError **error)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (sen_assistant_get_resource (),
                                                     "/io/github/sensorium/Sensorium/catalogue.json",
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (bytes == NULL)
    return NULL;
  size_t length;
  const char *text = g_bytes_get_data (bytes, &length);
  return sen_catalogue_new_from_text (text, length, "the built-in catalogue", error);
}
