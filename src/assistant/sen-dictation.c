/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-dictation.h"

#include <string.h>

#include "sen-ears.h"
#include "sen-error.h"
#include "sen-vad.h"
#include "sen-wav.h"

#define POLL_MS 40
#define WAIT_US 30000
/* As much new sound makes a new text in haste worth its while. */
#define HASTE_SAMPLES (SEN_CAPTURE_RATE * 8 / 10)
/* After a pause, so much is understood with care and left alone from then on. */
#define PART_SAMPLES (SEN_CAPTURE_RATE * 12)
#define MAX_STRETCH_SECONDS 20.0f
/* So is what was said before a pause as long as this. */
#define PAUSE_SAMPLES (SEN_CAPTURE_RATE * 2)

typedef enum { GO_ON, FINISH, KEEP, FORGET } Wish;

/* One recording. The thread and the object hold it. */
typedef struct {
  gint       n_refs;             /* atomic */
  SenEars   *ears;               /* the object's; @busy says whose turn it is */
  GMutex    *busy;
  GObject   *owner;              /* of these two */
  char      *helper, *device;
  SenCancel  cancel;

  /* The thread's. */
  GArray    *samples;            /* of float: all of it */
  GArray    *stretches;          /* of SenSpeech: where somebody speaks */
  SenVad    *vad;
  guint      n_done;             /* stretches that are understood */
  int64_t    hasty_end;          /* sound up to here is in the text in haste */
  int64_t    hasty_us;           /* what that took */
  GString   *done;               /* what was understood with care */

  GMutex     lock;               /* guards what follows */
  Wish       wish;
  SenCapture *capture;
  SenDictationState state;       /* IDLE: it is over */
  char      *text;               /* so far */
  GBytes    *sound;
  GError    *error;
} Take;

struct _SenDictation {
  GObject    parent_instance;
  SenEars   *ears;
  GMutex     busy;               /* held by the take that uses them */
  char      *helper;

  Take      *take;               /* that runs, or NULL */
  guint      poll;
  SenDictationState state;
  SenSoundLevel level;
  bool       is_silent;
  gint64     start;
  char      *text;
};

enum { CHANGED, HEARD, RECORDED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenDictation, sen_dictation, G_TYPE_OBJECT)

static void
unref_take (Take *take)
{
  if (!g_atomic_int_dec_and_test (&take->n_refs))
    return;
  g_array_unref (take->samples);
  g_array_unref (take->stretches);
  sen_vad_free (take->vad);
  g_string_free (take->done, TRUE);
  g_clear_pointer (&take->sound, g_bytes_unref);
  g_clear_error (&take->error);
  g_mutex_clear (&take->lock);
  g_free (take->text);
  g_free (take->helper);
  g_free (take->device);
  g_free (take);
}

/* --- On the thread: understanding ----------------------------------------------------------------------------------------------------- */

static Wish
get_wish (Take *take)
{
  g_mutex_lock (&take->lock);
  Wish wish = take->wish;
  g_mutex_unlock (&take->lock);
  return wish;
}

static void
set_state (Take *take, SenDictationState state)
{
  g_mutex_lock (&take->lock);
  take->state = state;
  g_mutex_unlock (&take->lock);
}

typedef struct {
  const float *samples;
  size_t       n;
  GString     *text;
} Part;

static gssize
read_part (float *samples, size_t n, gpointer data, GError **error)
{
  Part *part = data;
  n = MIN (n, part->n);
  memcpy (samples, part->samples, n * sizeof (float));
  part->samples += n;
  part->n -= n;
  return (gssize) n;
}

static void
on_segment (const SenTranscriptSegment *segment, gpointer data)
{
  g_string_append (((Part *) data)->text, segment->text);
}

/* What is said in [@start, @end), appended to @text. */
static bool
understand (Take *take, int64_t start, int64_t end, bool in_haste, GString *text, GError **error)
{
  Part part = { (const float *) take->samples->data + start, (size_t) (end - start), g_string_new (NULL) };
  const SenTranscribeParams params = {
    .beam_size = in_haste ? 1 : 0, .no_fallback = in_haste, .no_vad = true, .segment = on_segment, .user_data = &part,
  };
  bool ok = sen_ears_transcribe (take->ears, &params, read_part, &part, &take->cancel, error);
  g_autofree char *said = g_strstrip (g_string_free (part.text, FALSE));
  if (ok && text->len > 0 && *said != '\0')
    g_string_append_c (text, ' ');
  if (ok)
    g_string_append (text, said);
  return ok;
}

static void
set_text (Take *take, const char *text)
{
  g_mutex_lock (&take->lock);
  g_free (take->text);
  take->text = g_strdup (text);
  g_mutex_unlock (&take->lock);
}

static bool
understand_in_haste (Take *take, int64_t start, GError **error)
{
  GString *text = g_string_new (take->done->str);
  int64_t begun = g_get_monotonic_time ();
  take->hasty_end = take->samples->len;
  bool ok = understand (take, start, take->samples->len, true, text, error);
  take->hasty_us = g_get_monotonic_time () - begun;
  if (ok)
    set_text (take, text->str);
  g_string_free (text, TRUE);
  return ok;
}

static const SenSpeech *
nth_stretch (Take *take, guint n)
{
  return n < take->stretches->len ? &g_array_index (take->stretches, SenSpeech, n) : NULL;
}

/* Stretches up to the last one that is over are one part, without long pauses. */
static bool
understand_with_care (Take *take, GError **error)
{
  const SenSpeech *first = nth_stretch (take, take->n_done), *last = nth_stretch (take, take->stretches->len - 1);
  if (!understand (take, first->start, MIN (last->end, take->samples->len), false, take->done, error))
    return false;
  take->n_done = take->stretches->len;
  set_text (take, take->done->str);
  return true;
}

/* What there is to do while somebody speaks. */
static bool
follow (Take *take, GError **error)
{
  const SenSpeech *first = nth_stretch (take, take->n_done), *last = nth_stretch (take, take->stretches->len - 1);
  bool is_speaking = sen_vad_probability (take->vad) > 0.5f;
  int64_t start = first != NULL ? first->start : sen_vad_settled (take->vad);
  bool is_part = first != NULL && (last->end - first->start > PART_SAMPLES || take->samples->len - last->end > PAUSE_SAMPLES);
  if (is_part && !is_speaking)
    return understand_with_care (take, error);
  bool is_new = is_speaking || (first != NULL && last->end > take->hasty_end);
  /* A slow machine has at least half of its time for other things. */
  int64_t enough = MAX (HASTE_SAMPLES, take->hasty_us * SEN_CAPTURE_RATE / G_USEC_PER_SEC * 2);
  if (is_new && take->samples->len - MAX (take->hasty_end, start) >= enough)
    return understand_in_haste (take, start, error);
  g_usleep (WAIT_US);
  return true;
}

/* --- On the thread: recording --------------------------------------------------------------------------------------------------------- */

static void
take_sound (Take *take)
{
  float samples[SEN_CAPTURE_RATE / 4];
  SenSpeech speech;
  for (size_t n; (n = sen_capture_read (take->capture, samples, G_N_ELEMENTS (samples))) > 0;)
    {
      g_array_append_vals (take->samples, samples, n);
      sen_vad_feed (take->vad, samples, n);
    }
  while (sen_vad_next (take->vad, &speech))
    g_array_append_val (take->stretches, speech);
}

/* Until the wish to end, or the end of the microphone. */
static bool
record (Take *take, GError **error)
{
  bool is_stopped = false;
  while (true)
    {
      SenCaptureState state = sen_capture_state (take->capture);
      take_sound (take);
      Wish wish = get_wish (take);
      if (state == SEN_CAPTURE_BROKEN)
        {
          g_propagate_error (error, sen_capture_error (take->capture));
          return false;
        }
      if (wish == FORGET || state == SEN_CAPTURE_ENDED)
        return true;
      if (state == SEN_CAPTURE_RECORDING && wish == GO_ON)
        set_state (take, SEN_DICTATION_RECORDING);
      if (!is_stopped && (wish != GO_ON || take->samples->len >= SEN_DICTATION_MAX_SECONDS * SEN_CAPTURE_RATE))
        {
          is_stopped = true;
          set_state (take, SEN_DICTATION_FINISHING);
          sen_capture_stop (take->capture);
        }
      if (is_stopped)
        g_usleep (WAIT_US / 3);
      else if (!follow (take, error) && !g_error_matches (*error, SEN_ERROR, SEN_ERROR_CANCELLED))
        return false;
      else
        g_clear_error (error);   /* work in haste that the end interrupts */
    }
}

static void
finish_vad (Take *take)
{
  SenSpeech speech;
  sen_vad_finish (take->vad);
  while (sen_vad_next (take->vad, &speech))
    g_array_append_val (take->stretches, speech);
}

/* The recording from its first word to its last; all of it when there is none. */
static void
keep_sound (Take *take)
{
  const SenSpeech *first = nth_stretch (take, 0), *last = nth_stretch (take, take->stretches->len - 1);
  int64_t start = first != NULL ? first->start : 0, end = last != NULL ? MIN (last->end, take->samples->len) : take->samples->len;
  GBytes *sound = sen_wav_new ((const float *) take->samples->data + start, (size_t) (end - start));
  g_mutex_lock (&take->lock);
  take->sound = sound;
  g_mutex_unlock (&take->lock);
}

static bool
open_capture (Take *take, GError **error)
{
  const SenCaptureParams params = { .helper = take->helper, .device = *take->device != '\0' ? take->device : NULL };
  SenCapture *capture = sen_capture_new (&params, error);
  g_mutex_lock (&take->lock);
  take->capture = capture;
  g_mutex_unlock (&take->lock);
  return capture != NULL;
}

static void
close_capture (Take *take)
{
  g_mutex_lock (&take->lock);
  SenCapture *capture = g_steal_pointer (&take->capture);
  g_mutex_unlock (&take->lock);
  sen_capture_free (capture);
}

static gboolean
let_go (gpointer owner)
{
  g_object_unref (owner);
  return G_SOURCE_REMOVE;
}

/* The recording is over, whoever ended it; from here on only being forgotten interrupts. */
static Wish
settle_wish (Take *take)
{
  g_mutex_lock (&take->lock);
  if (take->wish == GO_ON)
    take->wish = FINISH;
  Wish wish = take->wish;
  g_atomic_int_set (&take->cancel.requested, wish == FORGET);
  g_mutex_unlock (&take->lock);
  return wish;
}

static gpointer
run (gpointer data)
{
  Take *take = data;
  GObject *owner = take->owner;
  GError *error = NULL, *second = NULL;
  g_mutex_lock (take->busy);
  bool ok = get_wish (take) != FORGET && sen_ears_check (take->ears, &error) && open_capture (take, &error) && record (take, &error);
  close_capture (take);
  Wish wish = settle_wish (take);
  /* What was said before the microphone went is understood all the same. */
  if (take->samples->len > 0 && wish != FORGET)
    {
      set_state (take, SEN_DICTATION_FINISHING);
      finish_vad (take);
      if (wish == KEEP)
        keep_sound (take);
      else if (take->n_done < take->stretches->len && !understand_with_care (take, &second) && ok)
        error = g_steal_pointer (&second);
      set_text (take, take->done->str);
    }
  g_clear_error (&second);
  g_mutex_unlock (take->busy);
  g_mutex_lock (&take->lock);
  take->error = error;
  take->state = SEN_DICTATION_IDLE;
  g_mutex_unlock (&take->lock);
  unref_take (take);
  g_idle_add (let_go, owner);   /* its end is not for this thread */
  return NULL;
}

/* --- On the main context -------------------------------------------------------------------------------------------------------------- */

static void
end (SenDictation *self, Wish how)
{
  Take *take = self->take;
  if (take == NULL)
    return;
  g_mutex_lock (&take->lock);
  /* Work in haste is not waited for: settle_wish() lets what follows go on. */
  if (take->wish == GO_ON)
    {
      take->wish = how;
      g_atomic_int_set (&take->cancel.requested, 1);
    }
  g_mutex_unlock (&take->lock);
}

static void
drop_take (SenDictation *self)
{
  g_clear_handle_id (&self->poll, g_source_remove);
  g_clear_pointer (&self->take, unref_take);
  self->state = SEN_DICTATION_IDLE;
  self->level = (SenSoundLevel) { 0 };
  self->is_silent = false;
}

static void
report_end (SenDictation *self)
{
  Take *take = self->take;
  g_autofree char *text = g_strdup (take->text);
  g_autoptr (GBytes) sound = take->sound != NULL ? g_bytes_ref (take->sound) : NULL;
  g_autoptr (GError) error = g_steal_pointer (&take->error);
  Wish how = take->wish;
  drop_take (self);
  g_object_ref (self);
  if (sound != NULL)
    g_signal_emit (self, signals[RECORDED], 0, sound);
  else if (how != KEEP && (error == NULL || *text != '\0'))
    g_signal_emit (self, signals[HEARD], 0, text);
  if (error != NULL)
    g_signal_emit (self, signals[FAILED], 0, error);
  g_signal_emit (self, signals[CHANGED], 0);
  g_object_unref (self);
}

static gboolean
poll_take (gpointer data)
{
  SenDictation *self = data;
  Take *take = self->take;
  g_mutex_lock (&take->lock);
  SenDictationState state = take->state;
  if (take->capture != NULL)
    {
      self->level = sen_capture_level (take->capture);
      self->is_silent = sen_capture_is_silent (take->capture);
    }
  g_free (self->text);
  self->text = g_strdup (take->text);
  g_mutex_unlock (&take->lock);
  if (state == SEN_DICTATION_RECORDING && self->state != SEN_DICTATION_RECORDING)
    self->start = g_get_monotonic_time ();
  self->state = state;
  if (state == SEN_DICTATION_IDLE)
    {
      report_end (self);
      return G_SOURCE_REMOVE;
    }
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_CONTINUE;
}

void
sen_dictation_start (SenDictation *self, const char *device)
{
  if (self->take != NULL)
    return;
  SenVadOptions options = SEN_VAD_DEFAULTS;
  options.max_speech = MAX_STRETCH_SECONDS;
  /* Who presses a button to speak does speak: single words in stillness are lost more rarely this way. */
  options.on = 0.3f;
  options.off = 0.2f;
  options.sure = 0.4f;
  Take *take = g_new0 (Take, 1);
  *take = (Take) {
    .n_refs = 2, .ears = self->ears, .busy = &self->busy, .owner = g_object_ref (G_OBJECT (self)), .helper = g_strdup (self->helper),
    .device = g_strdup (device), .samples = g_array_new (FALSE, FALSE, sizeof (float)),
    .stretches = g_array_new (FALSE, FALSE, sizeof (SenSpeech)), .vad = sen_vad_new (&options), .done = g_string_new (NULL),
    .state = SEN_DICTATION_OPENING, .text = g_strdup (""),
  };
  g_mutex_init (&take->lock);
  self->take = take;
  self->state = SEN_DICTATION_OPENING;
  self->start = 0;
  g_free (self->text);
  self->text = g_strdup ("");
  self->poll = g_timeout_add (POLL_MS, poll_take, self);
  g_thread_unref (g_thread_new ("sen-dictation", run, take));
  g_signal_emit (self, signals[CHANGED], 0);
}

void
sen_dictation_finish (SenDictation *self)
{
  end (self, FINISH);
}

void
sen_dictation_keep (SenDictation *self)
{
  end (self, KEEP);
}

void
sen_dictation_cancel (SenDictation *self)
{
  Take *take = self->take;
  if (take == NULL)
    return;
  g_mutex_lock (&take->lock);
  take->wish = FORGET;
  g_atomic_int_set (&take->cancel.requested, 1);
  g_mutex_unlock (&take->lock);
  drop_take (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

SenDictationState
sen_dictation_state (SenDictation *self)
{
  return self->state;
}

SenSoundLevel
sen_dictation_level (SenDictation *self)
{
  return self->level;
}

double
sen_dictation_seconds (SenDictation *self)
{
  return self->start != 0 ? (double) (g_get_monotonic_time () - self->start) / G_USEC_PER_SEC : 0.0;
}

bool
sen_dictation_is_silent (SenDictation *self)
{
  return self->is_silent;
}

const char *
sen_dictation_text (SenDictation *self)
{
  return self->text;
}

static gpointer
run_rest (gpointer data)
{
  SenDictation *self = data;
  sen_ears_rest (self->ears);
  g_idle_add (let_go, self);   /* its end is not for this thread */
  return NULL;
}

/* Weights are unmapped, which takes longer than a frame. */
void
sen_dictation_rest (SenDictation *self)
{
  g_thread_unref (g_thread_new ("sen-dictation", run_rest, g_object_ref (self)));
}

SenDictation *
sen_dictation_new (const SenDebug *debug, SenModelStore *store)
{
  SenDictation *self = g_object_new (SEN_TYPE_DICTATION, NULL);
  self->ears = sen_ears_new (debug, store);
  self->helper = g_strdup (debug->capture_helper);
  return self;
}

static void
sen_dictation_finalize (GObject *object)
{
  SenDictation *self = SEN_DICTATION (object);
  drop_take (self);
  sen_ears_free (self->ears);
  g_mutex_clear (&self->busy);
  g_free (self->helper);
  g_free (self->text);
  G_OBJECT_CLASS (sen_dictation_parent_class)->finalize (object);
}

static void
sen_dictation_class_init (SenDictationClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_dictation_finalize;
#define SIGNAL(ID, name, n, ...) \
  signals[ID] = g_signal_new (name, SEN_TYPE_DICTATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, __VA_ARGS__)
  SIGNAL (CHANGED, "changed", 0, G_TYPE_NONE);
  SIGNAL (HEARD, "heard", 1, G_TYPE_STRING);
  SIGNAL (RECORDED, "recorded", 1, G_TYPE_BYTES);
  SIGNAL (FAILED, "failed", 1, G_TYPE_ERROR);
#undef SIGNAL
}

static void
sen_dictation_init (SenDictation *self)
{
  g_mutex_init (&self->busy);
  self->text = g_strdup ("");
}
