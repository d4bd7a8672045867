/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Which files let a language model see and hear. */
#include "sen-multimodal-private.h"

#include <string.h>

#include "sen-connector.h"
#include "sen-error.h"
#include "sen-gguf.h"
#include "sen-type.h"

/* --- An mmproj file ------------------------------------------------------------------------------------------------------------------- */

static bool
take_mmproj (SenMultimodal *self, const char *path, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, error);
  bool sees = false, hears = false;
  if (gguf == NULL)
    return false;
  sen_gguf_get_bool (gguf, "clip.has_vision_encoder", &sees);
  sen_gguf_get_bool (gguf, "clip.has_audio_encoder", &hears);
  if (!sees && !hears)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is no mmproj file, which would let a language model see or hear", path);
      return false;
    }
  self->mmproj = g_strdup (path);
  self->senses[SENSE_SIGHT].by = sees ? g_path_get_basename (path) : NULL;
  self->senses[SENSE_HEARING].by = hears ? g_path_get_basename (path) : NULL;
  return true;
}

/* How many of the words at the front are the name of a type: "f16", "q8 0", "q4 k m". */
static guint
count_type_words (char **words)
{
  static const char *const mixes[] = { "xs", "s", "m", "l", "xl", NULL };
  g_autofree char *two = g_strdup_printf ("%s_%s", words[0], words[1] != NULL ? words[1] : "");
  SenType type;
  if (sen_type_from_name (two, &type))
    return words[2] != NULL && g_strv_contains (mixes, words[2]) ? 3 : 2;
  return sen_type_from_name (words[0], &type) ? 1 : 0;
}

/* "mmproj-gemma-3-4b-it-f16.gguf" is "gemma-3-4b-it", "mmproj-model-f16.gguf" nothing in particular. (transfer full) */
static char *
name_of_projector (const char *file)
{
  g_autofree char *lower = g_ascii_strdown (file, (gssize) (strlen (file) - strlen (".gguf")));
  g_auto (GStrv) words = g_strsplit_set (lower, "-_.", -1);
  static const char *const other[] = { "mmproj", "model", "fp16", "fp32", "", NULL };
  GString *name = g_string_new (NULL);
  for (char **word = words; *word != NULL;)
    {
      guint n_type = count_type_words (word);
      if (n_type == 0 && !g_strv_contains (other, *word))
        g_string_append_printf (name, "%s%s", name->len > 0 ? "-" : "", *word);
      word += MAX (n_type, 1);
    }
  return g_string_free (name, FALSE);
}

/* The one beside the model that is named after it; or one without a name, where no other model can be meant. (transfer full) */
static char *
find_mmproj (const char *model_path)
{
  g_autofree char *folder = g_path_get_dirname (model_path), *base = g_path_get_basename (model_path), *best = NULL;
  g_autofree char *model = g_strdelimit (g_ascii_strdown (base, -1), "_.", '-');
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;
  size_t best_length = 0;
  guint n_models = 0, n_nameless = 0;
  g_autofree char *nameless = NULL;
  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    {
      n_models += sen_is_gguf_name (file) && !sen_is_projector_name (file);
      if (!sen_is_projector_name (file))
        continue;
      g_autofree char *name = name_of_projector (file);
      size_t length = strlen (name);
      if (length == 0)
        {
          n_nameless++;
          g_free (nameless);
          nameless = g_build_filename (folder, file, NULL);
        }
      /* Whole words: a model of 4b is none of 4. What ends the model's own is its suffix. */
      else if (length > best_length && g_str_has_prefix (model, name) && model[length] == '-')
        {
          best_length = length;
          g_free (best);
          best = g_build_filename (folder, file, NULL);
        }
    }
  if (best != NULL)
    return g_steal_pointer (&best);
  return n_models == 1 && n_nameless == 1 ? g_steal_pointer (&nameless) : NULL;
}

/* --- Connectors ----------------------------------------------------------------------------------------------------------------------- */

/* False, with an error, when something about it is bad or missing. */
static bool
take_connector (SenMultimodal *self, const char *path, GError **error)
{
  g_autoptr (SenConnector) connector = sen_connector_open (path, error);
  if (connector == NULL)
    return false;
  const SenConnectorInfo *info = sen_connector_info (connector);
  if (info->kind != SEN_CONNECTOR_SIGHT && info->kind != SEN_CONNECTOR_HEARING)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s matches with words; it does not lead into a language model", path);
      return false;
    }
  g_autoptr (GError) reason = NULL;
  char *encoder = self->store != NULL ? sen_model_store_find (self->store, info->encoder, &reason) : NULL;
  if (encoder == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "%s needs the model %s, which is not here: sensorium-cli models fetch %s",
                   info->name, info->encoder, info->encoder);
      return false;
    }
  Sense *sense = &self->senses[info->kind == SEN_CONNECTOR_SIGHT ? SENSE_SIGHT : SENSE_HEARING];
  sen_multimodal_sense_clear (sense);
  sense->connector = g_strdup (path);
  sense->encoder = encoder;
  sense->with_words = info->with_words;
  sense->by = g_strdup (info->name);
  return true;
}

static bool
is_model (SenModelStore *store, const char *name, const char *model_path)
{
  g_autofree char *path = sen_model_store_find (store, name, NULL);
  g_autofree char *here = path != NULL ? g_canonicalize_filename (path, NULL) : NULL, *wanted = g_canonicalize_filename (model_path, NULL);
  return g_strcmp0 (here, wanted) == 0;
}

/* Where the @index-th of the catalogue lies, if it was made for the model and is here. (transfer full) */
static char *
find_connector (SenModelStore *store, size_t index, const char *model_path)
{
  const SenCatalogueConnector *entry = sen_catalogue_connector (sen_model_store_catalogue (store), index);
  if (!g_str_equal (entry->kind, "sight") && !g_str_equal (entry->kind, "hearing"))
    return NULL;
  g_autofree char *path = sen_model_store_find_connector (store, entry->name);
  return path != NULL && is_model (store, entry->language_model, model_path) ? g_steal_pointer (&path) : NULL;
}

/* Those of the catalogue that were made for the model. What is missing or bad is no reason to see nothing: words are left. */
static void
find_connectors (SenMultimodal *self, const char *const *also, const char *model_path)
{
  SenCatalogue *catalogue = self->store != NULL ? sen_model_store_catalogue (self->store) : NULL;
  for (size_t i = 0; catalogue != NULL && i < sen_catalogue_n_connectors (catalogue); i++)
    {
      const SenCatalogueConnector *entry = sen_catalogue_connector (catalogue, i);
      bool is_wanted = !entry->only_by_name || (also != NULL && g_strv_contains (also, entry->name));
      g_autofree char *path = is_wanted ? find_connector (self->store, i, model_path) : NULL;
      if (path != NULL)
        take_connector (self, path, NULL);
    }
}

void
sen_multimodal_find_named (SenModelStore *store, SenModelStatus *status)
{
  SenCatalogue *catalogue = sen_model_store_catalogue (store);
  for (size_t i = 0; i < sen_catalogue_n_connectors (catalogue); i++)
    {
      const SenCatalogueConnector *entry = sen_catalogue_connector (catalogue, i);
      g_autofree char *path = entry->only_by_name ? find_connector (store, i, status->path) : NULL;
      if (path != NULL && g_str_equal (entry->kind, "sight"))
        status->may_see_by = entry;
      else if (path != NULL)
        status->may_hear_by = entry;
    }
}

/* --- All ------------------------------------------------------------------------------------------------------------------------------ */

bool
sen_multimodal_find (SenMultimodal *self, const SenMultimodalParams *params, const char *model_path, GError **error)
{
  if (g_strcmp0 (params->connector, "none") == 0)
    return true;
  if (params->mmproj != NULL)
    return take_mmproj (self, params->mmproj, error);
  g_autofree char *beside = params->connector == NULL ? find_mmproj (model_path) : NULL;
  if (beside != NULL && take_mmproj (self, beside, NULL))
    return true;
  find_connectors (self, params->also, model_path);
  if (params->connector == NULL)
    return true;
  g_autofree char *path = self->store != NULL ? sen_model_store_find (self->store, params->connector, error) : g_strdup (params->connector);
  return path != NULL && take_connector (self, path, error);
}
