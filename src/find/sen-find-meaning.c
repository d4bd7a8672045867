/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What a request means, as vectors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sen-embedding.h"
#include "sen-error.h"
#include "sen-find-passages.h"
#include "sen-find-private.h"
#include "sen-find-reason.h"

/* Texts that are remembered; a window asks for the same again with every filter that is set. */
#define MAX_REMEMBERED 256
/* A document that is not indexed is likened by its first passages, a video by as many pictures. */
#define MAX_PASSAGES 16
#define N_FRAMES 6
/* A recording by its beginning: as much of it as is indexed. */
#define MAX_SOUND_SECONDS 600

/* --- Spaces --------------------------------------------------------------------------------------------------------------------------- */

static void
set_role (SenFindResults *results, SenSpaceRole role, SenFindRoleState state, const char *sentence, const char *model)
{
  results->info.roles[role] = (SenFindRole) { state, sen_find_results_keep (results, sentence), sen_find_results_keep (results, model) };
}

static bool
has_models (SenFind *self, SenFindResults *results, SenSpaceRole role)
{
  const char *model = sen_find_encoders_lacks (self->encoders, role);
  if (model == NULL)
    return true;
  static const SenFindReason lacks[] = {
    [SEN_SPACE_TEXT] = SEN_FIND_REASON_TEXTS_LACK, [SEN_SPACE_SIGHT] = SEN_FIND_REASON_PICTURES_LACK,
    [SEN_SPACE_SOUND] = SEN_FIND_REASON_SOUNDS_LACK,
  };
  g_autofree char *sentence = sen_find_say (lacks[role], "model", model, NULL);
  set_role (results, role, SEN_FIND_ROLE_NO_MODEL, sentence, model);
  return false;
}

/* Whether what is stored was made by the models that are here. */
static bool
check_identity (SenFind *self, SenFindResults *results, SenSpaceRole role, const char *stored, uint32_t stored_n_embd, SenCancel *cancel)
{
  g_autoptr (GError) error = NULL;
  uint32_t n_embd = 0;
  const char *identity = sen_find_encoders_identity (self->encoders, role, &n_embd, cancel, &error);
  if (identity == NULL)
    {
      set_role (results, role, SEN_FIND_ROLE_FAILED, error->message, NULL);
      return false;
    }
  if (strcmp (identity, stored) == 0 && n_embd == stored_n_embd)
    return true;
  static const SenFindReason others[] = {
    [SEN_SPACE_TEXT] = SEN_FIND_REASON_TEXTS_OTHER, [SEN_SPACE_SIGHT] = SEN_FIND_REASON_PICTURES_OTHER,
    [SEN_SPACE_SOUND] = SEN_FIND_REASON_SOUNDS_OTHER,
  };
  g_autofree char *sentence = sen_find_say (others[role], NULL);
  set_role (results, role, SEN_FIND_ROLE_OTHER_MODEL, sentence, NULL);
  return false;
}

bool
sen_find_open_spaces (SenFind *self, SenFindResults *results, SenFindSpace *spaces, SenCancel *cancel)
{
  for (int i = 0; i < SEN_N_SPACE_ROLES; i++)
    {
      SenSpaceRole role = (SenSpaceRole) i;
      g_autoptr (GError) error = NULL;
      g_autofree char *stored = NULL;
      SenSpace space = { 0 };
      spaces[role] = (SenFindSpace) { 0 };
      if (sen_cancel_requested (cancel))
        return false;
      if (!sen_store_current_space (self->store, role, &space, &stored, &error))
        set_role (results, role, SEN_FIND_ROLE_FAILED, error->message, NULL);
      else if (!has_models (self, results, role))
        continue;
      else if (space.space == 0 || space.n_vectors == 0)
        set_role (results, role, SEN_FIND_ROLE_EMPTY, NULL, NULL);
      else if (check_identity (self, results, role, stored, space.n_embd, cancel))
        {
          set_role (results, role, SEN_FIND_ROLE_SEARCHED, NULL, NULL);
          spaces[role].space = space;
        }
    }
  return !sen_cancel_requested (cancel);
}

/* Encoders write as many numbers as their model makes, and the index may have been made with another one. Asked before anything is encoded
 * into a buffer of @n_embd. */
static bool
check_length (SenFind *self, SenSpaceRole role, uint32_t n_embd, SenCancel *cancel, GError **error)
{
  uint32_t made = 0;
  if (sen_find_encoders_identity (self->encoders, role, &made, cancel, error) == NULL)
    return false;
  if (made == n_embd)
    return true;
  g_autofree char *here = g_strdup_printf ("%u", made), *known = g_strdup_printf ("%u", n_embd);
  return sen_find_fail (error, SEN_FIND_REASON_OTHER_LENGTH, "made", here, "known", known, NULL);
}

/* --- Texts ---------------------------------------------------------------------------------------------------------------------------- */

/* f32 [n_embd], remembered: valid until the next call. */
static const float *
encode_text (SenFind *self, SenSpaceRole role, const char *text, uint32_t n_embd, SenCancel *cancel, GError **error)
{
  g_autofree char *key = g_strdup_printf ("%d %u %s", role, n_embd, text);
  const float *known = g_hash_table_lookup (self->vectors, key);
  if (known != NULL)
    return known;
  g_autofree float *vector = g_new (float, n_embd);
  /* Whatever is typed goes through the encoder of texts. */
  if (!check_length (self, role, n_embd, cancel, error) || !check_length (self, SEN_SPACE_TEXT, n_embd, cancel, error)
      || !sen_find_encoders_query (self->encoders, role, text, vector, cancel, error))
    return NULL;
  self->is_warm = true;
  if (g_hash_table_size (self->vectors) >= MAX_REMEMBERED)
    g_hash_table_remove_all (self->vectors);
  known = vector;
  g_hash_table_insert (self->vectors, g_steal_pointer (&key), g_steal_pointer (&vector));
  return known;
}

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

/* The mean of vectors. */
typedef struct {
  double  *sums;
  uint32_t n_embd, n;
} Mean;

static void
add_to_mean (int64_t chunk, const float *values, gpointer data)
{
  Mean *mean = data;
  for (uint32_t i = 0; i < mean->n_embd; i++)
    mean->sums[i] += (double) values[i];
  mean->n++;
}

static SenSpaceRole
role_of (SenFileKind kind)
{
  return kind == SEN_FILE_PICTURE || kind == SEN_FILE_VIDEO ? SEN_SPACE_SIGHT : kind == SEN_FILE_SOUND ? SEN_SPACE_SOUND : SEN_SPACE_TEXT;
}

/* What the index has of a file that is still what it was. *@found false: nothing. */
static bool
read_indexed (SenFind *self, const char *path, const SenFindSpace *spaces, Mean *mean, SenSpaceRole *role, bool *found, GError **error)
{
  SenStoredFile stored;
  struct stat status;
  *found = false;
  if (!sen_store_find_file (self->store, path, &stored, error))
    return false;
  if (stored.file == 0 || stat (path, &status) != 0 || (uint64_t) status.st_size != stored.stamp.size_bytes
      || status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status.st_mtim.tv_nsec != stored.stamp.mtime_ns)
    return true;
  /* A recording without a vector of its own is what is said in it. */
  const SenSpaceRole roles[] = { role_of (stored.kind), SEN_SPACE_TEXT };
  for (size_t i = 0; i < G_N_ELEMENTS (roles) && mean->n == 0; i++)
    {
      const SenSpace *space = &spaces[roles[i]].space;
      *role = roles[i];
      if (space->space != 0 && space->n_embd == mean->n_embd
          && !sen_store_each_vector (self->store, space->space, stored.content, add_to_mean, mean, NULL, error))
        return false;
    }
  *found = mean->n > 0;
  return true;
}

typedef struct {
  SenSound  *sound;
  SenCancel *cancel;
  size_t     n_left;
} Hearing;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  Hearing *hearing = data;
  gssize got = hearing->n_left > 0 ? sen_sound_read (hearing->sound, samples, MIN (n, hearing->n_left), hearing->cancel, error) : 0;
  hearing->n_left -= (size_t) MAX (got, 0);
  return got;
}

static bool
encode_picture (SenFind *self, const SenImage *image, Mean *mean, SenCancel *cancel, GError **error)
{
  g_autofree float *vector = g_new (float, mean->n_embd);
  if (!check_length (self, SEN_SPACE_SIGHT, mean->n_embd, cancel, error)
      || !sen_find_encoders_picture (self->encoders, image, vector, cancel, error))
    return false;
  add_to_mean (0, vector, mean);
  return true;
}

static bool
encode_picture_file (SenFind *self, const char *path, Mean *mean, SenCancel *cancel, GError **error)
{
  const SenPictureParams params = { .longest_side = SEN_FIND_PICTURE_SIDE };
  g_autoptr (SenImage) image = sen_decode_picture (self->decode, path, &params, cancel, error);
  return image != NULL && encode_picture (self, image, mean, cancel, error);
}

static bool
encode_video (SenFind *self, const char *path, Mean *mean, SenCancel *cancel, GError **error)
{
  const SenPictureParams params = { .longest_side = SEN_FIND_PICTURE_SIDE };
  g_autoptr (GPtrArray) frames = sen_decode_video_frames (self->decode, path, N_FRAMES, &params, NULL, NULL, cancel, error);
  bool ok = frames != NULL;
  for (guint i = 0; ok && i < frames->len; i++)
    ok = encode_picture (self, ((SenVideoFrame *) frames->pdata[i])->image, mean, cancel, error);
  return ok;
}

static bool
encode_sound (SenFind *self, const char *path, Mean *mean, SenCancel *cancel, GError **error)
{
  g_autofree float *vector = g_new (float, mean->n_embd);
  g_autoptr (SenSound) sound = sen_decode_open_sound (self->decode, path, 0.0, cancel, error);
  Hearing hearing = { sound, cancel, (size_t) MAX_SOUND_SECONDS * SEN_SOUND_RATE };
  if (sound == NULL || !check_length (self, SEN_SPACE_SOUND, mean->n_embd, cancel, error)
      || !sen_find_encoders_sound (self->encoders, read_sound, &hearing, vector, cancel, error))
    return false;
  add_to_mean (0, vector, mean);
  return true;
}

static bool
encode_document (SenFind *self, const char *path, Mean *mean, SenCancel *cancel, GError **error)
{
  g_autofree float *vector = g_new (float, mean->n_embd);
  g_autoptr (SenTokenizer) tokenizer = sen_find_encoders_tokenizer (self->encoders, cancel, error);
  g_autoptr (GPtrArray) texts
    = tokenizer != NULL ? sen_find_read_passages (self->decode, path, tokenizer, MAX_PASSAGES, cancel, error) : NULL;
  bool ok = texts != NULL && check_length (self, SEN_SPACE_TEXT, mean->n_embd, cancel, error);
  for (guint i = 0; ok && i < texts->len; i++)
    {
      ok = sen_find_encoders_text (self->encoders, texts->pdata[i], vector, cancel, error);
      if (ok)
        add_to_mean (0, vector, mean);
    }
  return ok;
}

static bool
encode_file (SenFind *self, const char *path, Mean *mean, SenSpaceRole *role, SenCancel *cancel, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (self->encoders == NULL || self->decode == NULL)
    {
      g_autofree char *name = g_filename_display_name (path);
      return sen_find_fail (error, SEN_FIND_REASON_NOT_INDEXED, "name", name, NULL);
    }
  g_autoptr (SenMediaInfo) media = sen_decode_probe (self->decode, path, cancel, &failure);
  self->is_warm = true;
  if (media != NULL)
    {
      *role = media->kind == SEN_MEDIA_SOUND ? SEN_SPACE_SOUND : SEN_SPACE_SIGHT;
      return media->kind == SEN_MEDIA_SOUND   ? encode_sound (self, path, mean, cancel, error)
             : media->kind == SEN_MEDIA_VIDEO ? encode_video (self, path, mean, cancel, error)
                                              : encode_picture_file (self, path, mean, cancel, error);
    }
  *role = SEN_SPACE_TEXT;
  if (g_error_matches (failure, SEN_ERROR, SEN_ERROR_UNSUPPORTED) || g_error_matches (failure, SEN_ERROR, SEN_ERROR_FORMAT))
    return encode_document (self, path, mean, cancel, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return false;
}

char *
sen_find_real_path (const char *path)
{
  char *real = realpath (path, NULL), *absolute = real != NULL ? g_strdup (real) : g_canonicalize_filename (path, NULL);
  free (real);
  return absolute;
}

/* What the file at @path is like, f32 [n_embd]. (transfer full) */
static float *
read_file (SenFind *self, const char *path, const SenFindSpace *spaces, uint32_t n_embd, SenSpaceRole *role, SenCancel *cancel,
           GError **error)
{
  g_autofree double *sums = g_new0 (double, n_embd);
  g_autofree char *absolute = sen_find_real_path (path);
  Mean mean = { sums, n_embd, 0 };
  bool found;
  if (!read_indexed (self, absolute, spaces, &mean, role, &found, error)
      || (!found && !encode_file (self, absolute, &mean, role, cancel, error)))
    return NULL;
  g_autofree float *vector = g_new (float, n_embd);
  if (sen_embedding_to_unit (sums, n_embd, vector))
    return g_steal_pointer (&vector);
  g_autofree char *name = g_filename_display_name (path);
  sen_find_fail (error, SEN_FIND_REASON_NOTHING_ALIKE, "name", name, NULL);
  return NULL;
}

/* --- Things --------------------------------------------------------------------------------------------------------------------------- */

static void
clear_thing (gpointer data)
{
  SenFindThing *thing = data;
  g_free (thing->text);
  g_free (thing->vector);
}

GArray *
sen_find_things_new (void)
{
  GArray *things = g_array_new (FALSE, FALSE, sizeof (SenFindThing));
  g_array_set_clear_func (things, clear_thing);
  return things;
}

static float *
read_picture (SenFind *self, const SenImage *picture, uint32_t n_embd, SenCancel *cancel, GError **error)
{
  g_autofree float *vector = g_new (float, n_embd);
  self->is_warm = true;
  bool ok = check_length (self, SEN_SPACE_SIGHT, n_embd, cancel, error)
            && sen_find_encoders_picture (self->encoders, picture, vector, cancel, error);
  return ok ? g_steal_pointer (&vector) : NULL;
}

/* All spaces have one length, as they are one space; sen_find_mix() refuses where one was made by another model. */
static uint32_t
find_n_embd (const SenFindSpace *spaces)
{
  uint32_t n_embd = 0;
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    n_embd = MAX (n_embd, spaces[role].space.n_embd);
  return n_embd;
}

bool
sen_find_add_things (SenFind *self, const SenFindRequest *request, const SenQuery *query, const SenFindSpace *spaces, GArray *things,
                     SenSpaceRole *role, SenCancel *cancel, GError **error)
{
  uint32_t n_embd = find_n_embd (spaces);
  if (n_embd == 0)
    return true;
  if (request->like != NULL)
    {
      SenFindThing thing = { .n_embd = n_embd, .weight = 1.0f };
      thing.vector = read_file (self, request->like, spaces, n_embd, role, cancel, error);
      if (thing.vector != NULL)
        g_array_append_val (things, thing);
      return thing.vector != NULL;
    }
  if (sen_query_has_words (query))
    g_array_append_vals (things, &(SenFindThing) { .text = g_strdup (query->meaning), .weight = 1.0f }, 1);
  for (uint32_t i = 0; i < request->n_parts; i++)
    {
      const SenFindPart *part = &request->parts[i];
      SenSpaceRole ignored;
      SenFindThing thing = { .n_embd = n_embd, .weight = part->weight };
      if (part->text != NULL)
        thing.text = g_strdup (part->text);
      else if (part->picture != NULL)
        thing.vector = read_picture (self, part->picture, n_embd, cancel, error);
      else
        thing.vector = read_file (self, part->path, spaces, n_embd, &ignored, cancel, error);
      if (thing.text == NULL && thing.vector == NULL)
        return false;
      g_array_append_val (things, thing);
    }
  return true;
}

/* How far a vector spreads the likenesses of a space; 1 where it does not. */
static bool
find_deviation (SenFind *self, const SenSpace *space, const float *vector, double *deviation, SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  SenSpread spread;
  bool ok = sen_store_search_meaning (self->store, space->space, vector, NULL, 1, hits, &spread, cancel, error);
  *deviation = ok && spread.deviation > 0.0 ? spread.deviation : 1.0;
  return ok;
}

bool
sen_find_mix (SenFind *self, const GArray *things, SenSpaceRole role, const SenSpace *space, float *vector, SenCancel *cancel,
              GError **error)
{
  g_autofree double *sums = g_new0 (double, space->n_embd);
  for (guint i = 0; i < things->len; i++)
    {
      const SenFindThing *thing = &g_array_index (things, SenFindThing, i);
      if (thing->vector != NULL && thing->n_embd != space->n_embd)
        return sen_find_fail (error, SEN_FIND_REASON_MISFIT, NULL);
      const float *values = thing->vector != NULL ? thing->vector : encode_text (self, role, thing->text, space->n_embd, cancel, error);
      double deviation = 1.0;
      if (values == NULL || (things->len > 1 && !find_deviation (self, space, values, &deviation, cancel, error)))
        return false;
      for (uint32_t j = 0; j < space->n_embd; j++)
        sums[j] += (double) thing->weight / deviation * (double) values[j];
    }
  return sen_embedding_to_unit (sums, space->n_embd, vector);
}
