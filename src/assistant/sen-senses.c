/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-senses.h"

#include <math.h>
#include <string.h>

#include "sen-attachment-reason.h"
#include "sen-ears.h"
#include "sen-encoders.h"
#include "sen-error.h"
#include "sen-json-quote.h"
#include "sen-tags.h"

/* Colours below this share of a picture are not worth a word. */
#define MIN_SHARE 0.05f
#define MAX_COLOURS 4
/* Grain and edges of a photograph pass for a word or two, or for some of a letter each, of which tesseract is never quite sure. */
#define FEW_WORDS 3
#define MIN_LETTERS 2      /* in the mean */
#define SURE 0.9f
/* What is looked at of a video. */
#define N_FRAMES 6
#define FRAME_SIDE 1280   /* text of slides and screens can be read */
/* Enough for colours, and quick to come. */
#define PICTURE_SIDE 1024
/* A region with more than this share of the picture's area does not stand out. */
#define MAX_REGION_SHARE 0.8

/* Who reads text. */
#define READER "tesseract"

/* Of a video: by it is known later that there is nothing to hear. */
#define SOUNDLESS ", without sound\n"

struct SenSenses {
  SenDecode     *decode, *shown;   /* the second for what is shown and played, so that it waits for nobody's text */
  SenModelStore *store;       /* may be NULL */
  SenDebug       debug;
  GMutex         lock;        /* one thing is understood at a time */
  SenEncoders   *encoders;    /* of pictures; under the lock */
  SenEars       *ears;        /* under the lock */
  SenEncoderDeviceGaveWay gave_way;   /* to be called, or NULL; under the lock */
  gpointer                user_data;
};

SenSenses *
sen_senses_new (const SenDebug *debug, SenModelStore *store)
{
  SenSenses *self = g_new0 (SenSenses, 1);
  self->decode = sen_decode_new (&(SenDecodeParams) { .helper = debug->decode_helper });
  self->shown = sen_decode_new (&(SenDecodeParams) { .helper = debug->decode_helper });
  self->store = store != NULL ? sen_model_store_ref (store) : NULL;
  self->debug = *debug;
  self->ears = sen_ears_new (debug, store);
  g_mutex_init (&self->lock);
  self->encoders = sen_encoders_new (&(SenEncodersParams) { .debug = debug, .decode = self->decode, .store = self->store },
                                     sen_encoding_cache_new_default ());
  return self;
}

/* Eyes and ears have a device each; to a user it is one. */
static void
on_gave_way (const char *why, gpointer data)
{
  SenSenses *self = data;
  SenEncoderDeviceGaveWay gave_way = g_steal_pointer (&self->gave_way);
  if (gave_way != NULL)
    gave_way (why, self->user_data);
}

void
sen_senses_tell (SenSenses *self, SenEncoderDeviceGaveWay gave_way, gpointer user_data)
{
  g_mutex_lock (&self->lock);
  self->gave_way = gave_way;
  self->user_data = user_data;
  sen_ears_tell (self->ears, on_gave_way, self);
  sen_encoders_tell (self->encoders, on_gave_way, self);
  g_mutex_unlock (&self->lock);
}

void
sen_senses_free (SenSenses *self)
{
  if (self == NULL)
    return;
  sen_encoders_free (self->encoders);
  sen_decode_free (self->decode);
  sen_decode_free (self->shown);
  sen_ears_free (self->ears);
  g_clear_pointer (&self->store, sen_model_store_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
sen_senses_rest (SenSenses *self)
{
  g_mutex_lock (&self->lock);
  sen_ears_rest (self->ears);
  sen_encoders_rest (self->encoders);
  g_mutex_unlock (&self->lock);
}

void
sen_impression_clear (SenImpression *impression)
{
  g_free (impression->mime);
  g_free (impression->words);
  g_free (impression->words_by);
  *impression = (SenImpression) { 0 };
}

/* What is being put together. */
typedef struct {
  SenSenses        *senses;
  const char       *path;
  SenSensesProgress progress;
  gpointer          user_data;
  SenCancel        *cancel;
  SenImpression    *impression;
  GString          *words, *by;
} Look;

static void
add_by (Look *look, const char *who)
{
  g_string_append_printf (look->by, "%s%s", look->by->len > 0 ? ", " : "", who);
}

/* --- Pictures ----------------------------------------------------------------------------------------------------------------------- */

static void
describe_colours (GString *words, const SenImage *image)
{
  const SenColours colours = sen_image_colours (image);
  int n = 0;
  for (; n < MAX_COLOURS && n < SEN_N_COLOURS && colours.share[colours.order[n]] >= MIN_SHARE; n++)
    g_string_append_printf (words, "%s%s %.0f %%", n > 0 ? ", " : "", sen_colour_name (colours.order[n]),
                            100.0 * (double) colours.share[colours.order[n]]);
  g_string_append_printf (words, "; %s",
                          colours.brightness < 0.3f ? "dark" : colours.brightness > 0.7f ? "bright" : "of medium brightness");
}

static void
describe_file (GString *words, const SenImageFacts *facts)
{
  g_string_append_printf (words, "%s picture, %d × %d pixels", facts->format != NULL ? facts->format : "A", facts->width, facts->height);
  if (facts->grey)
    g_string_append (words, ", grey");
  if (facts->n_frames > 1)
    g_string_append_printf (words, ", animated, the first of %u frames", facts->n_frames);
  g_string_append_c (words, '\n');
  if (facts->date != NULL)
    g_string_append_printf (words, "Taken: %s\n", facts->date);
  if (facts->camera != NULL)
    g_string_append_printf (words, "Camera: %s\n", facts->camera);
  if (facts->has_place)
    {
      g_string_append (words, "Place: ");
      sen_number_append (words, "%.5f", fabs (facts->latitude));
      g_string_append (words, facts->latitude < 0.0 ? "° south, " : "° north, ");
      sen_number_append (words, "%.5f", fabs (facts->longitude));
      g_string_append (words, facts->longitude < 0.0 ? "° west\n" : "° east\n");
    }
  if (facts->has_profile)
    g_string_append (words, "The file has a colour profile, which was not applied.\n");
  if (facts->damaged)
    g_string_append (words, "The file is damaged; parts of the picture may be wrong.\n");
}

static bool
says_something (const SenPictureText *text)
{
  size_t n_letters = 0;
  for (const char *c = text->text; *c != '\0'; c = g_utf8_next_char (c))
    n_letters += g_unichar_isalnum (g_utf8_get_char (c));
  bool are_words = n_letters >= MIN_LETTERS * (size_t) text->n_words;
  return (are_words && text->n_words >= FEW_WORDS) || (text->n_words > 0 && text->confidence >= SURE);
}

/* No tesseract, no text; that is no reason to see nothing: true with *@text NULL. */
static bool
take_text (SenPictureText *read, GError *failure, SenPictureText **text, GError **error)
{
  *text = read;
  if (read != NULL || !g_error_matches (failure, SEN_ERROR, SEN_ERROR_CANCELLED))
    {
      g_clear_error (&failure);
      return true;
    }
  g_propagate_error (error, failure);
  return false;
}

static bool
read_text (Look *look, GError **error)
{
  GError *failure = NULL;
  SenPictureText *read = sen_decode_read_text (look->senses->decode, look->path, NULL, look->cancel, &failure);
  g_autoptr (SenPictureText) text = NULL;
  if (!take_text (read, failure, &text, error))
    return false;
  if (text == NULL)
    return true;
  add_by (look, READER);
  if (says_something (text))
    g_string_append_printf (look->words, "Text in the picture (%.0f %% sure):\n%s\n", 100.0 * (double) text->confidence, text->text);
  else
    g_string_append (look->words, "Text in the picture: none\n");
  return true;
}

/* No model that knows, or none that works, is no reason to see nothing. */
static bool
describe_region (Look *look, const SenImageFacts *facts, GError **error)
{
  SenSenses *self = look->senses;
  g_autoptr (GError) failure = NULL;
  g_autoptr (SenModelStatus) eyes = self->store != NULL ? sen_model_store_choose (self->store, SEN_ROLE_SEE) : NULL;
  SenVitRegion region;
  if (eyes == NULL || eyes->state != SEN_MODEL_PRESENT)
    return true;
  bool is_found = sen_encoders_find_region (self->encoders, eyes->path, look->path, &region, look->cancel, &failure);
  if (g_error_matches (failure, SEN_ERROR, SEN_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return false;
    }
  if (!is_found && !g_error_matches (failure, SEN_ERROR, SEN_ERROR_NOT_FOUND))
    return true;
  /* A model that looked and saw nothing that stands out need not look again. */
  add_by (look, eyes->name);
  if (!is_found || region.width * region.height > MAX_REGION_SHARE)
    return true;
  g_string_append_printf (look->words, "Salient region: from %.0f, %.0f to %.0f, %.0f (pixels from the left and the top), %.0f %% of what "
                          "draws the eye on %.0f %% of the picture\n", region.left * facts->width, region.top * facts->height,
                          (region.left + region.width) * facts->width, (region.top + region.height) * facts->height,
                          100.0 * region.share, 100.0 * region.width * region.height);
  return true;
}

/* The same of what it shows. */
static bool
describe_tags (Look *look, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *connector = sen_tags_find (look->senses->store);
  if (connector == NULL)
    return true;
  g_autofree char *tags = sen_tags_guess (look->senses->encoders, connector, look->path, look->cancel, &failure);
  if (g_error_matches (failure, SEN_ERROR, SEN_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return false;
    }
  if (tags == NULL)
    return true;
  add_by (look, SEN_TAGS_BY);
  if (*tags != '\0')
    g_string_append_printf (look->words, "Shows, as far as can be guessed: %s\n", tags);
  return true;
}

static bool
look_at_picture (Look *look, GError **error)
{
  const SenPictureParams params = { .longest_side = PICTURE_SIDE };
  look->progress (SEN_ATTACHMENT_PICTURE, 0.0, 0.0, look->user_data);
  g_autoptr (SenImage) image = sen_decode_picture (look->senses->decode, look->path, &params, look->cancel, error);
  if (image == NULL)
    return false;
  const SenImageFacts *facts = sen_image_facts (image);
  look->impression->width = facts->width;
  look->impression->height = facts->height;
  describe_file (look->words, facts);
  g_string_append (look->words, "Colours: ");
  describe_colours (look->words, image);
  g_string_append_c (look->words, '\n');
  return describe_tags (look, error) && describe_region (look, facts, error) && read_text (look, error);
}

/* --- Videos ------------------------------------------------------------------------------------------------------------------------- */

/* Half of the work is to take the frames, half to read what stands in them. */
static void
on_frame (double done, double total, gpointer data)
{
  Look *look = data;
  look->progress (SEN_ATTACHMENT_VIDEO, done, 2.0 * total, look->user_data);
}

/* What stands in one after the other stands there once. */
static bool
read_frames (Look *look, GPtrArray *frames, GError **error)
{
  g_autofree char *last = g_strdup ("");
  bool can_read = false;
  for (guint i = 0; i < frames->len; i++)
    {
      const SenVideoFrame *frame = g_ptr_array_index (frames, i);
      GError *failure = NULL;
      g_autoptr (SenPictureText) text = NULL;
      g_string_append (look->words, "At ");
      sen_number_append (look->words, "%.1f", frame->seconds);
      g_string_append (look->words, " seconds: ");
      describe_colours (look->words, frame->image);
      g_string_append_c (look->words, '\n');
      SenPictureText *read = sen_decode_read_text_image (look->senses->decode, frame->image, look->path, NULL, look->cancel, &failure);
      if (!take_text (read, failure, &text, error))
        return false;
      look->progress (SEN_ATTACHMENT_VIDEO, frames->len + i + 1, 2.0 * frames->len, look->user_data);
      can_read = can_read || text != NULL;
      if (text == NULL || !says_something (text) || g_str_equal (text->text, last))
        continue;
      g_string_append_printf (look->words, "Text in it (%.0f %% sure):\n%s\n", 100.0 * (double) text->confidence, text->text);
      g_free (last);
      last = g_strdup (text->text);
    }
  if (can_read)
    add_by (look, READER);
  return true;
}

static bool
look_at_video (Look *look, const SenMediaInfo *info, GError **error)
{
  const SenPictureParams params = { .longest_side = FRAME_SIDE };
  look->progress (SEN_ATTACHMENT_VIDEO, 0.0, 2.0 * N_FRAMES, look->user_data);
  g_string_append_printf (look->words, "%s video, %d × %d pixels", info->format, info->width, info->height);
  if (info->duration > 0.0)
    {
      g_string_append (look->words, ", ");
      sen_number_append (look->words, "%.1f", info->duration);
      g_string_append (look->words, " seconds");
    }
  g_string_append (look->words, info->audio_codec != NULL ? "\n" : SOUNDLESS);
  g_autoptr (GPtrArray) frames = sen_decode_video_frames (look->senses->decode, look->path, N_FRAMES, &params, on_frame, look, look->cancel,
                                                          error);
  return frames != NULL && read_frames (look, frames, error);
}

/* --- Sound -------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  Look     *look;
  SenSound *sound;
  GString  *text;
  bool      has_sound;   /* a sample at least */
} Hearing;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  Hearing *hearing = data;
  gssize n_read = sen_sound_read (hearing->sound, samples, n, hearing->look->cancel, error);
  hearing->has_sound |= n_read > 0;
  return n_read;
}

static void
on_segment (const SenTranscriptSegment *segment, gpointer data)
{
  g_string_append (((Hearing *) data)->text, segment->text);
}

static void
on_heard (double seconds, gpointer data)
{
  Hearing *hearing = data;
  hearing->look->progress (SEN_ATTACHMENT_SOUND, seconds, sen_sound_duration (hearing->sound), hearing->look->user_data);
}

/* What was heard before something went wrong stands in the words. */
static bool
listen (Look *look, GError **error)
{
  SenSenses *self = look->senses;
  Hearing hearing = { .look = look };
  const SenTranscribeParams params = { .segment = on_segment, .progress = on_heard, .user_data = &hearing };
  g_autoptr (SenSound) sound = sen_decode_open_sound (self->decode, look->path, 0.0, look->cancel, error);
  if (sound == NULL)
    return false;
  hearing.sound = sound;
  on_heard (0.0, &hearing);
  if (!sen_ears_open (self->ears, error))
    return false;
  add_by (look, sen_ears_name (self->ears));
  hearing.text = g_string_new (NULL);
  bool ok = sen_ears_transcribe (self->ears, &params, read_sound, &hearing, look->cancel, error);
  /* Nothing is no silence; but a video may have an empty track beside its pictures. */
  bool is_empty = ok && !hearing.has_sound && look->impression->kind == SEN_ATTACHMENT_SOUND;
  if (is_empty)
    ok = sen_attachment_fail (error, SEN_ATTACHMENT_REASON_NO_LENGTH, "name", look->path, NULL);
  g_strstrip (hearing.text->str);
  if (look->words->len > 0)
    g_string_append (look->words, "What is said:\n");
  if (!is_empty)
    g_string_append_printf (look->words, "%s\n", *hearing.text->str != '\0' ? hearing.text->str : "(no speech)");
  g_string_free (hearing.text, TRUE);
  return ok;
}

/* --- When it is said ------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  SenSound  *sound;
  GArray    *words;   /* SenSaidWord */
  SenCancel *cancel;
} Timing;

static void
clear_said_word (gpointer data)
{
  g_free (((SenSaidWord *) data)->text);
}

static gssize
read_timed (float *samples, size_t n, gpointer data, GError **error)
{
  Timing *timing = data;
  return sen_sound_read (timing->sound, samples, n, timing->cancel, error);
}

static void
on_timed_segment (const SenTranscriptSegment *segment, gpointer data)
{
  Timing *timing = data;
  for (uint32_t i = 0; i < segment->n_words; i++)
    {
      g_autofree char *text = g_strstrip (g_strdup (segment->words[i].text));
      if (*text == '\0')
        continue;
      const SenSaidWord word = { g_steal_pointer (&text), segment->words[i].start, segment->words[i].end };
      g_array_append_val (timing->words, word);
    }
}

GArray *
sen_senses_time_words (SenSenses *self, const char *path, SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) words = g_array_new (FALSE, FALSE, sizeof (SenSaidWord));
  g_array_set_clear_func (words, clear_said_word);
  g_mutex_lock (&self->lock);
  if (sen_cancel_requested (cancel))
    {
      g_mutex_unlock (&self->lock);
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "cancelled");
      return NULL;
    }
  g_autoptr (SenSound) sound = sen_decode_open_sound (self->decode, path, 0.0, cancel, error);
  Timing timing = { sound, words, cancel };
  const SenTranscribeParams params = { .words = true, .segment = on_timed_segment, .user_data = &timing };
  bool ok = sound != NULL && sen_ears_open (self->ears, error)
            && sen_ears_transcribe (self->ears, &params, read_timed, &timing, cancel, error);
  g_clear_pointer (&sound, sen_sound_close);
  g_mutex_unlock (&self->lock);
  return ok ? g_steal_pointer (&words) : NULL;
}

/* --- All ------------------------------------------------------------------------------------------------------------------------------ */

static bool
understand (Look *look, GError **error)
{
  SenImpression *impression = look->impression;
  g_autoptr (SenMediaInfo) info = sen_decode_probe (look->senses->decode, look->path, look->cancel, error);
  if (info == NULL)
    return false;
  impression->width = info->width;
  impression->height = info->height;
  impression->seconds = info->duration;
  switch (info->kind)
    {
    case SEN_MEDIA_PICTURE:
      impression->kind = SEN_ATTACHMENT_PICTURE;
      return look_at_picture (look, error);
    case SEN_MEDIA_VIDEO:
      impression->kind = SEN_ATTACHMENT_VIDEO;
      return look_at_video (look, info, error) && (info->audio_codec == NULL || listen (look, error));
    case SEN_MEDIA_SOUND:
      impression->kind = SEN_ATTACHMENT_SOUND;
      return listen (look, error);
    }
  g_return_val_if_reached (false);
}

/* Files are kept under their hash; people know them by their name. */
static void
propagate (GError **error, GError *failure, const char *path, const char *name)
{
  g_autofree char *base = g_path_get_basename (path);
  GString *message = g_string_new (failure->message);
  g_string_replace (message, path, name, 0);
  g_string_replace (message, base, name, 0);
  g_set_error_literal (error, failure->domain, failure->code, message->str);
  g_string_free (message, TRUE);
  g_error_free (failure);
}

bool
sen_senses_understand (SenSenses *self, const char *path, const char *name, SenSensesProgress progress, gpointer user_data,
                       SenCancel *cancel, SenImpression *impression, GError **error)
{
  GError *failure = NULL;
  Look look = {
    .senses = self, .path = path, .progress = progress, .user_data = user_data, .cancel = cancel, .impression = impression,
    .words = g_string_new (NULL), .by = g_string_new (NULL),
  };
  g_mutex_lock (&self->lock);
  bool ok = understand (&look, &failure);
  g_mutex_unlock (&self->lock);
  impression->words = g_string_free (look.words, look.words->len == 0);
  impression->words_by = g_string_free (look.by, look.by->len == 0);
  if (!ok)
    propagate (error, failure, path, name);
  return ok;
}

/* The first line, which is ours, says it. */
static bool
is_soundless (SenAttachmentKind kind, const char *words)
{
  const char *end = words != NULL ? strchr (words, '\n') : NULL;
  gssize n = (gssize) strlen (SOUNDLESS);
  return kind == SEN_ATTACHMENT_VIDEO && end != NULL && end + 1 - words >= n && strncmp (end + 1 - n, SOUNDLESS, (gsize) n) == 0;
}

bool
sen_senses_can_improve (SenSenses *self, SenAttachmentKind kind, const char *words, const char *words_by)
{
  const char *by = words_by != NULL ? words_by : "";
  if (kind != SEN_ATTACHMENT_SOUND && strstr (by, READER) == NULL && sen_decode_can_read_text (NULL))
    return true;
  if (is_soundless (kind, words))
    return false;
  SenRoles role = kind == SEN_ATTACHMENT_PICTURE ? SEN_ROLE_SEE : SEN_ROLE_HEAR;
  g_autoptr (SenModelStatus) best = self->store != NULL ? sen_model_store_choose (self->store, role) : NULL;
  g_autofree char *tags = kind == SEN_ATTACHMENT_PICTURE && strstr (by, SEN_TAGS_BY) == NULL ? sen_tags_find (self->store) : NULL;
  return tags != NULL || (best != NULL && best->state == SEN_MODEL_PRESENT && strstr (by, best->name) == NULL);
}

SenImage *
sen_senses_picture (SenSenses *self, const char *path, SenAttachmentKind kind, int longest_side, SenCancel *cancel, GError **error)
{
  const SenPictureParams params = { .longest_side = longest_side };
  if (kind != SEN_ATTACHMENT_VIDEO)
    return sen_decode_picture (self->shown, path, &params, cancel, error);
  g_autoptr (GPtrArray) frames = sen_decode_video_frames (self->shown, path, 1, &params, NULL, NULL, cancel, error);
  if (frames == NULL)
    return NULL;
  if (frames->len == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_FORMAT, "the video has no frames");
      return NULL;
    }
  return sen_image_ref (((SenVideoFrame *) g_ptr_array_index (frames, 0))->image);
}

SenPeaks *
sen_senses_peaks (SenSenses *self, const char *path, size_t n_bins, SenCancel *cancel, GError **error)
{
  return sen_decode_peaks (self->shown, path, n_bins, NULL, NULL, cancel, error);
}

SenSound *
sen_senses_open_sound (SenSenses *self, const char *path, double start, SenCancel *cancel, GError **error)
{
  return sen_decode_open_sound (self->shown, path, start, cancel, error);
}

const char *
sen_senses_capture_helper (SenSenses *self)
{
  return self->debug.capture_helper;
}
