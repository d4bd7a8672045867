/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-capture-private.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"

#define LIST_MS 5000
/* A device may need a moment to wake (Bluetooth, a suspended card). */
#define OPEN_MS 8000
#define STUCK_MS 4000
/* After the wish to stop, the rest of what was said. */
#define STOP_MS 800

enum {
  RING = 60 * SEN_CAPTURE_RATE,
  BLOCK = SEN_CAPTURE_RATE / 30,
};

/* 16-bit silence with the last bit of dither in it is not the noise of any microphone. */
#define NOTHING (1.5f / 32768.0f)

struct SenCapture {
  SenCaptureProcess process;    /* the thread's, but for process.in */
  GThread *thread;
  void   (*notify) (gpointer data);
  gpointer data;
  char    *asked;               /* the device's id, for sentences */

  GMutex          lock;         /* guards what follows */
  bool            stopping;
  SenCaptureState state;
  GError         *error;
  char           *device_name;
  float          *ring;         /* sample i at i % RING */
  uint64_t        n_recorded, n_read;
  SenSoundLevel   level;
  float           block_peak;
  double          block_sum;
  int             n_block;
  bool            heard;        /* anything but silence */
};

/* --- Devices ------------------------------------------------------------------------------------------------------------------ */

void
sen_microphone_free (SenMicrophone *microphone)
{
  if (microphone == NULL)
    return;
  g_free (microphone->id);
  g_free (microphone->name);
  g_free (microphone);
}

static int
compare_microphones (gconstpointer a, gconstpointer b)
{
  const SenMicrophone *x = *(SenMicrophone *const *) a, *y = *(SenMicrophone *const *) b;
  if (x->is_monitor != y->is_monitor)
    return x->is_monitor - y->is_monitor;
  if (x->is_default != y->is_default)
    return y->is_default - x->is_default;
  return g_utf8_collate (x->name, y->name);
}

static void
add_microphone (GPtrArray *list, const SenCaptureHead *head, const char *payload)
{
  const char *name = memchr (payload, '\0', head->n);
  if (name == NULL || list->len >= SEN_CAPTURE_MAX_DEVICES || !g_utf8_validate (payload, -1, NULL))
    return;
  SenMicrophone *microphone = g_new0 (SenMicrophone, 1);
  microphone->id = g_strdup (payload);
  microphone->name = g_utf8_make_valid (name + 1, (gssize) (payload + head->n - name - 1));
  microphone->is_default = head->value & SEN_CAPTURE_DEFAULT;
  microphone->is_monitor = head->value & SEN_CAPTURE_MONITOR;
  g_ptr_array_add (list, microphone);
}

GPtrArray *
sen_capture_list (const char *helper, GError **error)
{
  SenCaptureProcess process;
  if (!sen_capture_process_start (&process, helper, "list", NULL, error))
    return NULL;

  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_microphone_free);
  g_autofree char *payload = g_malloc (SEN_CAPTURE_MAX_BYTES + 1);
  g_autoptr (GError) reason = NULL;
  int64_t deadline = g_get_monotonic_time () + LIST_MS * 1000;
  SenCaptureHead head;
  SenCaptureGot got;
  while ((got = sen_capture_process_read (&process, &head, payload, (int) ((deadline - g_get_monotonic_time ()) / 1000)))
         == SEN_CAPTURE_GOT)
    {
      if (head.kind == SEN_CAPTURE_DEVICE)
        add_microphone (list, &head, payload);
      else if (head.kind == SEN_CAPTURE_REASON && reason == NULL)
        reason = sen_capture_reason_error (head.value, payload);
    }
  sen_capture_process_end (&process, got == SEN_CAPTURE_CLOSED ? 500 : 0);
  if (got == SEN_CAPTURE_TIMEOUT && reason == NULL)
    reason = sen_capture_reason_error (SEN_CAPTURE_NO_ANSWER, "");
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  g_ptr_array_sort (list, compare_microphones);
  return g_steal_pointer (&list);
}

/* --- Recording, on the capture's thread ---------------------------------------------------------------------------------------- */

static void
take_samples (SenCapture *capture, const char *payload, size_t n)
{
  g_mutex_lock (&capture->lock);
  if (capture->state == SEN_CAPTURE_OPENING)
    capture->state = SEN_CAPTURE_RECORDING;
  for (size_t i = 0; i < n; i++)
    {
      float x;
      memcpy (&x, payload + i * sizeof x, sizeof x);
      x = isfinite (x) ? CLAMP (x, -1.0f, 1.0f) : 0.0f;
      capture->ring[capture->n_recorded++ % RING] = x;
      capture->heard = capture->heard || fabsf (x) > NOTHING;
      capture->block_peak = MAX (capture->block_peak, fabsf (x));
      capture->block_sum += x * x;
      if (++capture->n_block == BLOCK)
        {
          capture->level = (SenSoundLevel) { (float) sqrt (capture->block_sum / BLOCK), capture->block_peak };
          capture->block_peak = 0.0f;
          capture->block_sum = 0.0;
          capture->n_block = 0;
        }
    }
  g_mutex_unlock (&capture->lock);
}

/* Takes over @error. */
static void
finish (SenCapture *capture, GError *error)
{
  g_mutex_lock (&capture->lock);
  capture->level = (SenSoundLevel) { 0 };
  capture->state = error != NULL ? SEN_CAPTURE_BROKEN : SEN_CAPTURE_ENDED;
  capture->error = error;
  g_mutex_unlock (&capture->lock);
}

static bool
is_stopping (SenCapture *capture)
{
  g_mutex_lock (&capture->lock);
  bool stopping = capture->stopping;
  g_mutex_unlock (&capture->lock);
  return stopping;
}

static gpointer
record (gpointer data)
{
  SenCapture *capture = data;
  g_autofree char *payload = g_malloc (SEN_CAPTURE_MAX_BYTES + 1);
  SenCaptureHead head;
  GError *error = NULL;
  int64_t heard_last = g_get_monotonic_time (), stopped_at = 0;
  bool any = false, done = false;
  while (!done)
    {
      SenCaptureGot got = sen_capture_process_read (&capture->process, &head, payload, 100);
      int64_t now = g_get_monotonic_time ();
      bool stopping = is_stopping (capture);
      if (stopping && stopped_at == 0)
        stopped_at = now;
      if (got == SEN_CAPTURE_GOT && head.kind == SEN_CAPTURE_SAMPLES)
        {
          take_samples (capture, payload, head.n / sizeof (float));
          heard_last = now;
          any = true;
        }
      else if (got == SEN_CAPTURE_GOT && head.kind == SEN_CAPTURE_STARTED)
        {
          g_mutex_lock (&capture->lock);
          g_free (capture->device_name);
          capture->device_name = g_utf8_make_valid (payload, -1);
          g_mutex_unlock (&capture->lock);
        }
      else if (got == SEN_CAPTURE_GOT && head.kind == SEN_CAPTURE_REASON && error == NULL && !stopping)
        error = sen_capture_reason_error (head.value, payload);
      else if (got == SEN_CAPTURE_CLOSED)
        {
          if (error == NULL && !stopping)
            error = sen_capture_reason_error (any ? SEN_CAPTURE_GONE : SEN_CAPTURE_DIED, "");
          done = true;
        }
      else if (got == SEN_CAPTURE_TIMEOUT && stopped_at == 0 && now - heard_last > (any ? STUCK_MS : OPEN_MS) * (int64_t) 1000)
        {
          g_autofree char *name = sen_capture_device_name (capture);
          error = sen_capture_reason_error (SEN_CAPTURE_STUCK, name != NULL ? name : capture->asked);
          done = true;
        }
      done = done || (stopped_at != 0 && now - stopped_at > STOP_MS * 1000);
      if (!done && capture->notify != NULL)
        capture->notify (capture->data);
    }
  finish (capture, error);
  if (capture->notify != NULL)
    capture->notify (capture->data);
  return NULL;
}

/* --- Outside -------------------------------------------------------------------------------------------------------------------- */

SenCapture *
sen_capture_new (const SenCaptureParams *params, GError **error)
{
  g_return_val_if_fail (params != NULL, NULL);
  SenCaptureProcess process;
  if (!sen_capture_process_start (&process, params->helper, "record", params->device, error))
    return NULL;
  SenCapture *capture = g_new0 (SenCapture, 1);
  g_mutex_init (&capture->lock);
  capture->process = process;
  capture->notify = params->notify;
  capture->data = params->data;
  const char *colon = params->device != NULL ? strchr (params->device, ':') : NULL;
  capture->asked = g_strdup (colon != NULL ? colon + 1 : "");
  capture->ring = g_new (float, RING);
  capture->thread = g_thread_new ("sen-capture", record, capture);
  return capture;
}

void
sen_capture_stop (SenCapture *capture)
{
  g_return_if_fail (capture != NULL);
  g_mutex_lock (&capture->lock);
  bool first = !capture->stopping;
  capture->stopping = true;
  g_mutex_unlock (&capture->lock);
  if (first)
    sen_capture_process_hang_up (&capture->process);
}

void
sen_capture_free (SenCapture *capture)
{
  if (capture == NULL)
    return;
  sen_capture_stop (capture);
  g_thread_join (capture->thread);
  sen_capture_process_end (&capture->process, 0);
  g_clear_error (&capture->error);
  g_mutex_clear (&capture->lock);
  g_free (capture->device_name);
  g_free (capture->asked);
  g_free (capture->ring);
  g_free (capture);
}

SenCaptureState
sen_capture_state (SenCapture *capture)
{
  g_mutex_lock (&capture->lock);
  SenCaptureState state = capture->state;
  g_mutex_unlock (&capture->lock);
  return state;
}

GError *
sen_capture_error (SenCapture *capture)
{
  g_mutex_lock (&capture->lock);
  GError *error = capture->error != NULL ? g_error_copy (capture->error) : NULL;
  g_mutex_unlock (&capture->lock);
  return error;
}

char *
sen_capture_device_name (SenCapture *capture)
{
  g_mutex_lock (&capture->lock);
  char *name = g_strdup (capture->device_name);
  g_mutex_unlock (&capture->lock);
  return name;
}

SenSoundLevel
sen_capture_level (SenCapture *capture)
{
  g_mutex_lock (&capture->lock);
  SenSoundLevel level = capture->level;
  g_mutex_unlock (&capture->lock);
  return level;
}

bool
sen_capture_is_silent (SenCapture *capture)
{
  g_mutex_lock (&capture->lock);
  bool silent = !capture->heard && capture->n_recorded >= SEN_CAPTURE_RATE;
  g_mutex_unlock (&capture->lock);
  return silent;
}

size_t
sen_capture_read (SenCapture *capture, float *samples, size_t n)
{
  g_mutex_lock (&capture->lock);
  if (capture->n_recorded - capture->n_read > RING)
    capture->n_read = capture->n_recorded - RING;
  n = MIN (n, capture->n_recorded - capture->n_read);
  for (size_t i = 0; i < n; i++)
    samples[i] = capture->ring[capture->n_read++ % RING];
  g_mutex_unlock (&capture->lock);
  return n;
}

float
sen_level_height (float level)
{
  return level > 0.001f ? CLAMP (1.0f + 20.0f * log10f (level) / 60.0f, 0.0f, 1.0f) : 0.0f;
}
