/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Opening: what the file says, checked, and its weights. The net is in sen-connector-net.c. */
#include "sen-connector-private.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-file.h"

/* More than any connector has; keeps every product below in 32 bits. */
#define MAX_WIDTH 16384
#define MAX_STACK 256
#define MAX_TAP 63
#define MAX_PIECE 65536
#define MAX_SIDE 64
#define MAX_TEXT 256
/* Numbers of all features of one picture or window. */
#define MAX_FEATURES (1u << 24)
/* Positions of Whisper's encoder in a window. */
#define N_POSITION (SEN_WHISPER_FRAMES / 2)

#define VERSION 1
#define KEY(name) "sensorium.connector." name

static const char *const kind_names[] = { "sight", "hearing", "match-image", "match-audio" };

const char *
sen_connector_kind_name (SenConnectorKind kind)
{
  return kind_names[kind];
}

static bool
fail (const SenConnector *connector, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static bool
fail (const SenConnector *connector, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is no sound connector: %s", connector->path, what);
  return false;
}

/* --- Metadata ------------------------------------------------------------------------------------------------------------------ */

static bool
is_connector (const SenGguf *gguf)
{
  g_autofree char *architecture = sen_gguf_dup_string (gguf, "general.architecture");
  return g_strcmp0 (architecture, "sensorium-connector") == 0;
}

bool
sen_connector_is_file (const char *path)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, NULL);
  return gguf != NULL && is_connector (gguf);
}

static bool
read_number (const SenConnector *connector, SenGguf *gguf, const char *key, uint32_t max, uint32_t *value, GError **error)
{
  if (!sen_gguf_get_u32 (gguf, key, value) || *value == 0 || *value > max)
    return fail (connector, error, "%s is missing or not from 1 to %u", key, max);
  return true;
}

static bool
read_real (const SenConnector *connector, SenGguf *gguf, const char *key, float standard, float *value, GError **error)
{
  if (!sen_gguf_has (gguf, key, NULL))
    *value = standard;
  else if (!sen_gguf_get_f32 (gguf, key, value) || !isfinite (*value))
    return fail (connector, error, "%s is no number", key);
  return true;
}

/* Text that reaches a prompt, a template or a message. @standard NULL: it must be there. */
static bool
read_text (const SenConnector *connector, SenGguf *gguf, const char *key, const char *standard, char **text, GError **error)
{
  *text = sen_gguf_has (gguf, key, NULL) || standard == NULL ? sen_gguf_dup_string (gguf, key) : g_strdup (standard);
  if (*text == NULL || strlen (*text) > MAX_TEXT || !g_utf8_validate (*text, -1, NULL))
    return fail (connector, error, "%s is missing, too long or no text", key);
  return true;
}

static bool
read_kind (SenConnector *connector, SenGguf *gguf, GError **error)
{
  uint32_t version = 0;
  g_autofree char *kind = sen_gguf_dup_string (gguf, KEY ("kind"));
  if (!is_connector (gguf))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is no connector of Sensorium's", connector->path);
      return false;
    }
  if (!sen_gguf_get_u32 (gguf, KEY ("version"), &version) || version != VERSION)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is a connector of version %u; version %u is understood", connector->path,
                   version, VERSION);
      return false;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (kind_names); i++)
    if (g_strcmp0 (kind, kind_names[i]) == 0)
      {
        connector->info.kind = (SenConnectorKind) i;
        return true;
      }
  return fail (connector, error, KEY ("kind") " is none that is known");
}

static bool
read_layers (SenConnector *connector, SenGguf *gguf, GError **error)
{
  SenConnectorInfo *info = &connector->info;
  size_t n = 0;
  if (!sen_gguf_get_array (gguf, KEY ("layers"), NULL, &n) || n == 0 || n > SEN_CONNECTOR_MAX_LAYERS)
    return fail (connector, error, KEY ("layers") " is missing or not of 1 to %d", SEN_CONNECTOR_MAX_LAYERS);
  for (size_t i = 0; i < n; i++)
    {
      int64_t layer = -1;
      if (!sen_gguf_array_i64 (gguf, KEY ("layers"), i, &layer) || layer < 0 || layer > UINT16_MAX)
        return fail (connector, error, KEY ("layers") " names no layer");
      info->layers[i] = (uint32_t) layer;
    }
  info->n_layers = (uint32_t) n;
  return true;
}

static bool
read_pieces (SenConnector *connector, SenGguf *gguf, GError **error)
{
  SenConnectorInfo *info = &connector->info;
  size_t n = 0;
  if (!sen_gguf_get_array (gguf, KEY ("tokens"), NULL, &n) || n == 0 || n > MAX_PIECE)
    return fail (connector, error, KEY ("tokens") " is missing or not of 1 to %d", MAX_PIECE);
  info->pieces = g_new (int32_t, n);
  info->n_piece = (uint32_t) n;
  for (size_t i = 0; i < n; i++)
    {
      int64_t token = -1;
      if (!sen_gguf_array_i64 (gguf, KEY ("tokens"), i, &token) || token < 0 || token > INT32_MAX)
        return fail (connector, error, KEY ("tokens") " names no token");
      info->pieces[i] = (int32_t) token;
    }
  return true;
}

static bool
read_sound (SenConnector *connector, SenGguf *gguf, GError **error)
{
  SenConnectorInfo *info = &connector->info;
  if (!read_number (connector, gguf, KEY ("n_stack"), MAX_STACK, &info->n_stack, error)
      || !read_number (connector, gguf, KEY ("n_tap"), MAX_TAP, &info->n_tap, error)
      || !read_number (connector, gguf, KEY ("n_hidden2"), MAX_WIDTH, &info->n_hidden2, error))
    return false;
  if (N_POSITION % info->n_stack != 0 || info->n_tap % 2 == 0)
    return fail (connector, error, KEY ("n_stack") " does not divide %d, or " KEY ("n_tap") " is even", N_POSITION);
  return true;
}

/* How many rows of features a result is made of, and how many results there are. */
static bool
read_shape (SenConnector *connector, SenGguf *gguf, GError **error)
{
  SenConnectorInfo *info = &connector->info;
  info->n_out_max = 1;
  if (info->kind != SEN_CONNECTOR_HEARING && !read_number (connector, gguf, KEY ("n_embd"), MAX_WIDTH, &info->n_embd, error))
    return false;
  switch (info->kind)
    {
    case SEN_CONNECTOR_SIGHT:
      if (!read_layers (connector, gguf, error) || !read_number (connector, gguf, KEY ("n_side"), MAX_SIDE, &info->n_side, error))
        return false;
      info->n_out_max = info->n_side * info->n_side;
      return true;
    case SEN_CONNECTOR_HEARING:
      if (!read_sound (connector, gguf, error) || !read_pieces (connector, gguf, error))
        return false;
      info->n_out_max = N_POSITION / info->n_stack;
      return true;
    case SEN_CONNECTOR_MATCH_IMAGE:
      return read_layers (connector, gguf, error);
    case SEN_CONNECTOR_MATCH_AUDIO:
      return read_sound (connector, gguf, error)
             && read_number (connector, gguf, KEY ("n_hidden3"), MAX_WIDTH, &info->n_hidden3, error);
    }
  g_return_val_if_reached (false);
}

#define PLACE "%s"

/* One place, which a label is put into. */
static bool
read_prompt (SenConnector *connector, SenGguf *gguf, GError **error)
{
  if (!read_text (connector, gguf, KEY ("prompt"), PLACE, &connector->info.prompt, error))
    return false;
  const char *place = strstr (connector->info.prompt, PLACE);
  return (place != NULL && strstr (place + 1, PLACE) == NULL) || fail (connector, error, KEY ("prompt") " has not one place for a label");
}

static bool
check_size (const SenConnector *connector, GError **error)
{
  const SenConnectorInfo *info = &connector->info;
  bool is_sound = info->n_tap > 0;
  uint64_t n_rows = is_sound ? N_POSITION / info->n_stack : info->n_out_max;
  uint64_t n_row = is_sound ? MAX (MAX (info->n_stack * info->n_feature, info->n_tap * info->n_hidden), info->n_piece)
                            : sen_connector_n_row (info);
  uint64_t n = n_rows * n_row, n_given = (uint64_t) info->n_out_max * info->n_embd;
  if (n > MAX_FEATURES)
    return fail (connector, error, "it reads %" G_GUINT64_FORMAT " numbers at a time, more than %u", n, MAX_FEATURES);
  return n_given <= MAX_FEATURES
         || fail (connector, error, "it gives %" G_GUINT64_FORMAT " numbers at a time, more than %u", n_given, MAX_FEATURES);
}

static bool
read_hidden (SenConnector *connector, SenGguf *gguf, GError **error)
{
  SenConnectorInfo *info = &connector->info;
  bool is_picture = info->kind == SEN_CONNECTOR_SIGHT || info->kind == SEN_CONNECTOR_MATCH_IMAGE;
  return (is_picture && !sen_gguf_has (gguf, KEY ("n_hidden"), NULL))
         || read_number (connector, gguf, KEY ("n_hidden"), MAX_WIDTH, &info->n_hidden, error);
}

static bool
read_metadata (SenConnector *connector, SenGguf *gguf, GError **error)
{
  SenConnectorInfo *info = &connector->info;
  info->with_words = true;
  sen_gguf_get_bool (gguf, KEY ("with_words"), &info->with_words);
  return read_kind (connector, gguf, error)
         && read_text (connector, gguf, "general.name", "connector", &info->name, error)
         && read_text (connector, gguf, KEY ("encoder"), NULL, &info->encoder, error)
         && read_text (connector, gguf, KEY ("language_model"), NULL, &info->language_model, error)
         && read_text (connector, gguf, KEY ("before"), "", &info->before, error)
         && read_text (connector, gguf, KEY ("after"), "", &info->after, error)
         && read_prompt (connector, gguf, error)
         && read_number (connector, gguf, KEY ("n_feature"), MAX_WIDTH, &info->n_feature, error)
         && read_hidden (connector, gguf, error)
         && read_real (connector, gguf, KEY ("norm_eps"), 1e-5f, &connector->eps, error)
         && read_real (connector, gguf, KEY ("scale"), 1.0f, &info->scale, error)
         && read_real (connector, gguf, KEY ("bias"), 0.0f, &info->bias, error)
         && read_real (connector, gguf, KEY ("threshold"), 0.0f, &info->threshold, error)
         && read_shape (connector, gguf, error) && check_size (connector, error);
}

/* --- Opening -------------------------------------------------------------------------------------------------------------------- */

static bool
bind_affine (SenConnector *connector, SenAffine *affine, const char *name, uint32_t n_out, uint32_t n_in, GError **error)
{
  return sen_affine_bind (affine, connector->weights, name, n_out, n_in, SEN_REQUIRED, error)
         && (affine->b != NULL || fail (connector, error, "%s has no bias", name));
}

/* Those of the kind; the others stay without. */
static bool
bind_last (SenConnector *connector, GError **error)
{
  const SenConnectorInfo *info = &connector->info;
  switch (info->kind)
    {
    case SEN_CONNECTOR_HEARING:
      return bind_affine (connector, &connector->last, "mlp.2", info->n_piece + 1, info->n_hidden2, error);
    case SEN_CONNECTOR_MATCH_AUDIO:
      return bind_affine (connector, &connector->head_first, "head.0", info->n_hidden3, info->n_hidden2, error)
             && bind_affine (connector, &connector->head_last, "head.2", info->n_embd, info->n_hidden3, error);
    case SEN_CONNECTOR_SIGHT:
    case SEN_CONNECTOR_MATCH_IMAGE:
      return bind_affine (connector, &connector->last, "mlp.2", info->n_embd, info->n_hidden, error);
    }
  g_return_val_if_reached (false);
}

static bool
bind_weights (SenConnector *connector, SenGguf *gguf, GError **error)
{
  const SenConnectorInfo *info = &connector->info;
  connector->weights = sen_weight_table_new (gguf, "connector");
  if (info->n_tap == 0 && info->n_hidden == 0)
    return bind_affine (connector, &connector->first, "mlp.0", info->n_embd, sen_connector_n_row (info), error);
  if (info->n_tap == 0)
    return bind_affine (connector, &connector->first, "mlp.0", info->n_hidden, sen_connector_n_row (info), error)
           && bind_last (connector, error);
  return bind_affine (connector, &connector->norm, "norm", info->n_feature, 0, error)
         && bind_affine (connector, &connector->first, "mlp.0", info->n_hidden, info->n_stack * info->n_feature, error)
         && bind_affine (connector, &connector->second, "mlp.1", info->n_hidden2, info->n_tap * info->n_hidden, error)
         && bind_last (connector, error);
}

static SenConnector *
open_gguf (SenGguf *gguf, const char *path, GError **error)
{
  g_autoptr (SenConnector) connector = g_new0 (SenConnector, 1);
  g_atomic_ref_count_init (&connector->ref_count);
  connector->path = g_strdup (path);
  if (!read_metadata (connector, gguf, error) || !bind_weights (connector, gguf, error))
    return NULL;
  return g_steal_pointer (&connector);
}

SenConnector *
sen_connector_open (const char *path, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, error);
  return gguf != NULL ? open_gguf (gguf, path, error) : NULL;
}

SenConnector *
sen_connector_open_bytes (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open_bytes (bytes, name, error);
  return gguf != NULL ? open_gguf (gguf, name, error) : NULL;
}

SenConnector *
sen_connector_ref (SenConnector *connector)
{
  g_atomic_ref_count_inc (&connector->ref_count);
  return connector;
}

void
sen_connector_unref (SenConnector *connector)
{
  if (connector == NULL || !g_atomic_ref_count_dec (&connector->ref_count))
    return;
  SenConnectorInfo *info = &connector->info;
  g_clear_pointer (&connector->weights, sen_weight_table_unref);
  g_free (info->name);
  g_free (info->encoder);
  g_free (info->language_model);
  g_free (info->before);
  g_free (info->after);
  g_free (info->prompt);
  g_free (info->pieces);
  g_free (connector->path);
  g_free (connector);
}

const SenConnectorInfo *
sen_connector_info (const SenConnector *connector)
{
  return &connector->info;
}

char *
sen_connector_dup_identity (const SenConnector *connector)
{
  return sen_file_dup_identity (connector->path);
}

char *
sen_connector_prompt (const SenConnector *connector, const char *label)
{
  const char *prompt = connector->info.prompt, *place = strstr (prompt, PLACE);
  return g_strdup_printf ("%.*s%s%s", (int) (place - prompt), prompt, label, place + strlen (PLACE));
}

/* --- What it fits to ---------------------------------------------------------------------------------------------------------------- */

static bool
misfit (const SenConnector *connector, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static bool
misfit (const SenConnector *connector, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "the connector %s does not fit: %s", connector->info.name, what);
  return false;
}

bool
sen_connector_check_vit (const SenConnector *connector, const SenVit *vit, GError **error)
{
  const SenConnectorInfo *info = &connector->info;
  const SenVitInfo *eyes = sen_vit_info (vit);
  if (info->kind != SEN_CONNECTOR_SIGHT && info->kind != SEN_CONNECTOR_MATCH_IMAGE)
    return misfit (connector, error, "it is for sound, and %s sees pictures", eyes->name);
  if (eyes->n_embd != info->n_feature)
    return misfit (connector, error, "it reads %u numbers of a patch, and %s gives %u", info->n_feature, eyes->name, eyes->n_embd);
  for (uint32_t i = 0; i < info->n_layers; i++)
    if (info->layers[i] > eyes->n_layer)
      return misfit (connector, error, "it reads layer %u, and %s has %u", info->layers[i], eyes->name, eyes->n_layer);
  if (!eyes->has_class)
    return misfit (connector, error, "it reads a class token, which %s has not", eyes->name);
  if (info->kind == SEN_CONNECTOR_SIGHT && eyes->n_side % info->n_side != 0)
    return misfit (connector, error, "%u × %u patches do not make a grid of %u × %u", eyes->n_side, eyes->n_side, info->n_side,
                   info->n_side);
  return true;
}

bool
sen_connector_check_whisper (const SenConnector *connector, const SenWhisper *whisper, GError **error)
{
  const SenConnectorInfo *info = &connector->info;
  const SenWhisperInfo *ears = sen_whisper_info (whisper);
  if (info->kind != SEN_CONNECTOR_HEARING && info->kind != SEN_CONNECTOR_MATCH_AUDIO)
    return misfit (connector, error, "it is for pictures, and %s hears", ears->name);
  if (ears->n_embd != info->n_feature)
    return misfit (connector, error, "it reads %u numbers of a moment, and %s gives %u", info->n_feature, ears->name, ears->n_embd);
  if (ears->n_position != N_POSITION)
    return misfit (connector, error, "%s hears %u moments at a time instead of %d", ears->name, ears->n_position, N_POSITION);
  return true;
}

bool
sen_connector_check_model (const SenConnector *connector, const char *name, uint32_t n_embd, uint32_t n_vocab, GError **error)
{
  const SenConnectorInfo *info = &connector->info;
  if (info->kind != SEN_CONNECTOR_HEARING && info->n_embd != n_embd)
    return misfit (connector, error, "it is made for %s, whose embeddings have %u numbers; those of %s have %u", info->language_model,
                   info->n_embd, name, n_embd);
  for (uint32_t i = 0; i < info->n_piece; i++)
    if ((uint32_t) info->pieces[i] >= n_vocab)
      return misfit (connector, error, "it is made for %s, which has a token %d; %s has %u", info->language_model, info->pieces[i], name,
                     n_vocab);
  return true;
}

/* --- Labels ------------------------------------------------------------------------------------------------------------------------ */

void
sen_connector_softmax (const SenConnector *connector, const float *cosines, size_t n, float *probabilities)
{
  double scale = (double) connector->info.scale, bias = (double) connector->info.bias, largest = -INFINITY, sum = 0.0;
  for (size_t i = 0; i < n; i++)
    largest = MAX (largest, scale * (double) cosines[i] + bias);
  for (size_t i = 0; i < n; i++)
    {
      double e = exp (scale * (double) cosines[i] + bias - largest);
      probabilities[i] = (float) e;
      sum += e;
    }
  for (size_t i = 0; i < n; i++)
    probabilities[i] = (float) ((double) probabilities[i] / sum);
}
