/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-settings.h"

#include <adwaita.h>

#define GROUP "window"
#define CHAT_GROUP "chat"

#define DEFAULT_IDLE_MINUTES 15

/* The numbers of the conversation: where they lie, what they are called, and between which bounds they make sense. */
typedef struct {
  const char *key;
  gsize       offset;
  double      low, high;
  bool        is_float;
} Number;

static const Number numbers[] = {
#define FLOAT(key, member, low, high) { key, G_STRUCT_OFFSET (SenSettings, member), low, high, true }
#define COUNT(key, member, high) { key, G_STRUCT_OFFSET (SenSettings, member), 0, high, false }
  FLOAT ("temperature", sampling.temperature, 0.0, 2.0),
  FLOAT ("top-p", sampling.top_p, 0.0, 1.0),
  FLOAT ("min-p", sampling.min_p, 0.0, 1.0),
  FLOAT ("repetition-penalty", sampling.repetition_penalty, 0.0, 2.0),
  COUNT ("top-k", sampling.top_k, 1000),
  COUNT ("max-tokens", max_tokens, 1000000),
  COUNT ("context", n_ctx, 1048576),
  COUNT ("threads", n_threads, 1024),
  COUNT ("idle-minutes", idle_minutes, 1440),
#undef FLOAT
#undef COUNT
};

static void
load_number (SenSettings *settings, GKeyFile *file, const Number *number)
{
  g_autoptr (GError) error = NULL;
  double value = g_key_file_get_double (file, CHAT_GROUP, number->key, &error);
  if (error != NULL || !(value >= number->low && value <= number->high))
    return;
  if (number->is_float)
    G_STRUCT_MEMBER (float, settings, number->offset) = (float) value;
  else
    G_STRUCT_MEMBER (uint32_t, settings, number->offset) = (uint32_t) value;
}

static void
save_number (const SenSettings *settings, GKeyFile *file, const Number *number)
{
  if (number->is_float)
    g_key_file_set_double (file, CHAT_GROUP, number->key, G_STRUCT_MEMBER (float, settings, number->offset));
  else
    g_key_file_set_uint64 (file, CHAT_GROUP, number->key, G_STRUCT_MEMBER (uint32_t, settings, number->offset));
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
  g_autoptr (GKeyFile) file = g_key_file_new ();
  settings->path = g_build_filename (g_get_user_config_dir (), "sensorium", "window.ini", NULL);
  g_key_file_load_from_file (file, settings->path, G_KEY_FILE_NONE, NULL);
  settings->model = g_key_file_get_string (file, GROUP, "model", NULL);
  settings->device = g_key_file_get_string (file, GROUP, "device", NULL);
  settings->width = g_key_file_get_integer (file, GROUP, "width", NULL);
  settings->height = g_key_file_get_integer (file, GROUP, "height", NULL);
  settings->maximized = g_key_file_get_boolean (file, GROUP, "maximized", NULL);
  settings->system_prompt = g_key_file_get_string (file, CHAT_GROUP, "system-prompt", NULL);
  settings->idle_minutes = DEFAULT_IDLE_MINUTES;
  sen_settings_reset_sampling (settings);
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    load_number (settings, file, &numbers[i]);
  int scheme = g_key_file_get_integer (file, GROUP, "scheme", NULL);
  settings->scheme = scheme > 0 && scheme < SEN_N_SCHEMES ? (SenScheme) scheme : SEN_SCHEME_SYSTEM;
  if (settings->device == NULL)
    settings->device = g_strdup ("auto");
  if (settings->system_prompt == NULL)
    settings->system_prompt = g_strdup ("");
  if (settings->width < 300 || settings->height < 300)
    {
      settings->width = 1040;
      settings->height = 760;
    }
  return settings;
}

void
sen_settings_save (const SenSettings *settings)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (settings->path);
  if (settings->model != NULL)
    g_key_file_set_string (file, GROUP, "model", settings->model);
  g_key_file_set_string (file, GROUP, "device", settings->device);
  g_key_file_set_integer (file, GROUP, "width", settings->width);
  g_key_file_set_integer (file, GROUP, "height", settings->height);
  g_key_file_set_boolean (file, GROUP, "maximized", settings->maximized);
  g_key_file_set_integer (file, GROUP, "scheme", (int) settings->scheme);
  g_key_file_set_string (file, CHAT_GROUP, "system-prompt", settings->system_prompt);
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    save_number (settings, file, &numbers[i]);
  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_key_file_save_to_file (file, settings->path, NULL);
}

void
sen_settings_free (SenSettings *settings)
{
  g_free (settings->path);
  g_free (settings->model);
  g_free (settings->device);
  g_free (settings->system_prompt);
  g_free (settings);
}
