/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#define G_SETTINGS_ENABLE_BACKEND
#include "sen-settings.h"

#include <adwaita.h>
#include <gio/gsettingsbackend.h>
#include <string.h>

/* Types as in the schema, of members as in SenSettings: 's' char *, 'u' uint32_t, 'i' int32_t, 'd' float, 'b' gboolean, 'a' char **. */
typedef struct {
  const char *name;
  char        type;
  gsize       offset;
} Key;

#define KEY(name, type, member) { name, type, G_STRUCT_OFFSET (SenSettings, member) }
static const Key keys[] = {
  KEY ("model", 's', model),
  KEY ("device", 's', device),
  KEY ("microphone", 's', microphone),
  KEY ("connectors", 'a', connectors),
  KEY ("read-aloud", 'b', read_aloud),
  KEY ("read-aloud-voice", 's', read_voice),
  KEY ("read-aloud-rate", 'i', read_rate),
  KEY ("system-prompt", 's', system_prompt),
  KEY ("index-on-mains", 'b', index_on_mains),
  KEY ("window-width", 'u', width),
  KEY ("window-height", 'u', height),
  KEY ("window-maximized", 'b', maximized),
  KEY ("max-tokens", 'u', max_tokens),
  KEY ("context", 'u', n_ctx),
  KEY ("threads", 'u', n_threads),
  KEY ("idle-minutes", 'u', idle_minutes),
  KEY ("temperature", 'd', sampling.temperature),
  KEY ("top-k", 'u', sampling.top_k),
  KEY ("top-p", 'd', sampling.top_p),
  KEY ("min-p", 'd', sampling.min_p),
  KEY ("repetition-penalty", 'd', sampling.repetition_penalty),
};
#undef KEY

static void
load_key (SenSettings *settings, const Key *key)
{
  gpointer member = G_STRUCT_MEMBER_P (settings, key->offset);
  g_autoptr (GVariant) value = g_settings_get_value (settings->store, key->name);
  switch (key->type)
    {
    case 's':
      g_free (*(char **) member);
      *(char **) member = g_variant_dup_string (value, NULL);
      break;
    case 'a':
      g_strfreev (*(char ***) member);
      *(char ***) member = g_variant_dup_strv (value, NULL);
      break;
    case 'u':
      *(uint32_t *) member = g_variant_get_uint32 (value);
      break;
    case 'i':
      *(int32_t *) member = g_variant_get_int32 (value);
      break;
    case 'd':
      *(float *) member = (float) g_variant_get_double (value);
      break;
    default:
      *(gboolean *) member = g_variant_get_boolean (value);
    }
}

/* The float that is nearest to what is stored is what is stored. */
static gboolean
is_unchanged (GVariant *stored, GVariant *value, char type)
{
  return type == 'd' ? (float) g_variant_get_double (stored) == (float) g_variant_get_double (value) : g_variant_equal (stored, value);
}

static void
save_key (const SenSettings *settings, const Key *key)
{
  gconstpointer member = G_STRUCT_MEMBER_P (settings, key->offset);
  g_autoptr (GVariant) stored = g_settings_get_value (settings->store, key->name);
  g_autoptr (GVariant) value = g_variant_ref_sink (key->type == 's' ? g_variant_new_string (*(char *const *) member)
                                                   : key->type == 'a' ? g_variant_new_strv (*(const char *const *const *) member, -1)
                                                   : key->type == 'u' ? g_variant_new_uint32 (*(const uint32_t *) member)
                                                   : key->type == 'i' ? g_variant_new_int32 (*(const int32_t *) member)
                                                   : key->type == 'd' ? g_variant_new_double (*(const float *) member)
                                                                      : g_variant_new_boolean (*(const gboolean *) member));
  if (!is_unchanged (stored, value, key->type))
    g_settings_set_value (settings->store, key->name, value);
}

static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  GSettingsSchema *schema = source != NULL ? g_settings_schema_source_lookup (source, SEN_APP_ID, TRUE) : NULL;
  if (schema != NULL)
    return schema;
  /* Installed where the desktop does not look. */
  g_autoptr (GSettingsSchemaSource) own = g_settings_schema_source_new_from_directory (SEN_SCHEMA_DIR, source, TRUE, NULL);
  return own != NULL ? g_settings_schema_source_lookup (own, SEN_APP_ID, FALSE) : NULL;
}

/* A desktop without a store forgets everything: then a file of our own. */
static GSettings *
open_store (void)
{
  g_autoptr (GSettingsSchema) schema = find_schema ();
  if (schema == NULL)
    return NULL;
  g_autoptr (GSettingsBackend) backend = g_settings_backend_get_default ();
  if (strcmp (G_OBJECT_TYPE_NAME (backend), "GMemorySettingsBackend") == 0)
    {
      g_autofree char *path = g_build_filename (g_get_user_config_dir (), "sensorium", "settings.ini", NULL);
      g_object_unref (backend);
      backend = g_keyfile_settings_backend_new (path, g_settings_schema_get_path (schema), "sensorium");
    }
  return g_settings_new_full (schema, backend, NULL);
}

void
sen_settings_reset_sampling (SenSettings *settings)
{
  settings->sampling = sen_sampling_default ();
  settings->sampling.seed = 0;
}

void
sen_settings_apply_scheme (const SenSettings *settings)
{
  static const AdwColorScheme schemes[] = {
    [SEN_SCHEME_SYSTEM] = ADW_COLOR_SCHEME_DEFAULT, [SEN_SCHEME_LIGHT] = ADW_COLOR_SCHEME_FORCE_LIGHT,
    [SEN_SCHEME_DARK] = ADW_COLOR_SCHEME_FORCE_DARK,
  };
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[settings->scheme]);
}

SenSettings *
sen_settings_load (void)
{
  SenSettings *settings = g_new0 (SenSettings, 1);
  settings->model = g_strdup ("");
  settings->device = g_strdup ("auto");
  settings->microphone = g_strdup ("");
  settings->connectors = g_new0 (char *, 1);
  settings->read_voice = g_strdup ("");
  settings->system_prompt = g_strdup ("");
  settings->index_on_mains = TRUE;
  settings->width = 1040;
  settings->height = 760;
  sen_settings_reset_sampling (settings);
  settings->store = open_store ();
  if (settings->store == NULL)
    return settings;
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    load_key (settings, &keys[i]);
  settings->scheme = (SenScheme) g_settings_get_enum (settings->store, "style");
  return settings;
}

void
sen_settings_save (const SenSettings *settings)
{
  if (settings->store == NULL)
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    save_key (settings, &keys[i]);
  if (g_settings_get_enum (settings->store, "style") != (int) settings->scheme)
    g_settings_set_enum (settings->store, "style", (int) settings->scheme);
}

void
sen_settings_free (SenSettings *settings)
{
  g_clear_object (&settings->store);
  g_free (settings->model);
  g_free (settings->device);
  g_free (settings->microphone);
  g_strfreev (settings->connectors);
  g_free (settings->read_voice);
  g_free (settings->system_prompt);
  g_free (settings);
}
