/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-capture-private.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sen-error.h"

enum { PIECE = SEN_CAPTURE_RATE / 10 };

struct SenPlayback {
  SenCaptureProcess process;
  GThread        *thread;
  SenPlaybackFunc func;
  void          (*notify) (gpointer data);
  gpointer        data;

  GMutex          lock;       /* guards what follows */
  bool            stopping;
  SenCaptureState state;
  GError         *error;
  uint64_t        position;
};

static bool
is_stopping (SenPlayback *playback)
{
  g_mutex_lock (&playback->lock);
  bool stopping = playback->stopping;
  g_mutex_unlock (&playback->lock);
  return stopping;
}

/* What the helper says: the position, or why not. False when it has left. */
static bool
listen (SenPlayback *playback, char *payload, GError **error)
{
  SenCaptureHead head;
  SenCaptureGot got = sen_capture_process_read (&playback->process, &head, payload, 0);
  if (got == SEN_CAPTURE_GOT && head.kind == SEN_CAPTURE_REASON && *error == NULL)
    *error = sen_capture_reason_error (head.value, payload);
  else if (got == SEN_CAPTURE_GOT)
    {
      g_mutex_lock (&playback->lock);
      playback->state = SEN_CAPTURE_RECORDING;
      if (head.kind == SEN_CAPTURE_PLAYED)
        playback->position = head.value;
      g_mutex_unlock (&playback->lock);
    }
  return got != SEN_CAPTURE_CLOSED;
}

static gpointer
play (gpointer data)
{
  SenPlayback *playback = data;
  g_autofree char *payload = g_malloc (SEN_CAPTURE_MAX_BYTES + 1);
  float samples[PIECE];
  size_t n = 0, n_sent = 0;   /* bytes of @samples */
  bool ended = false, open = true;
  GError *error = NULL;
  /* A helper that dies while it is written to must not end us: the pipe's signal is taken from this thread. */
  sigset_t broken_pipe;
  sigemptyset (&broken_pipe);
  sigaddset (&broken_pipe, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &broken_pipe, NULL);
  while (open && !is_stopping (playback))
    {
      if (!ended && n_sent == n)
        {
          n = playback->func (samples, PIECE, playback->data) * sizeof (float);
          n_sent = 0;
          ended = n == 0;
          if (ended)
            sen_capture_process_hang_up (&playback->process);
        }
      struct pollfd fds[2] = {
        { .fd = playback->process.out, .events = POLLIN },
        { .fd = ended ? -1 : playback->process.in, .events = POLLOUT },
      };
      poll (fds, 2, 100);
      if (fds[0].revents != 0)
        open = listen (playback, payload, &error);
      if (open && fds[1].revents != 0)
        {
          /* Less than the pipe holds, so that writing what poll() announced does not wait for long. */
          gssize some = write (playback->process.in, (const char *) samples + n_sent, MIN (n - n_sent, 4096));
          n_sent += some > 0 ? (size_t) some : 0;
          if (some < 0 && errno == EPIPE)
            {
              ended = true;
              sen_capture_process_hang_up (&playback->process);
            }
        }
      if (playback->notify != NULL)
        playback->notify (playback->data);
    }
  bool stopping = is_stopping (playback);
  g_mutex_lock (&playback->lock);
  if (!ended && !stopping && error == NULL)
    error = sen_capture_reason_error (SEN_CAPTURE_OUTPUT_GONE, "");
  playback->error = error;
  playback->state = error != NULL ? SEN_CAPTURE_BROKEN : SEN_CAPTURE_ENDED;
  g_mutex_unlock (&playback->lock);
  if (!stopping && playback->notify != NULL)
    playback->notify (playback->data);
  return NULL;
}

SenPlayback *
sen_playback_new (const char *helper, SenPlaybackFunc func, void (*notify) (gpointer data), gpointer data, GError **error)
{
  g_return_val_if_fail (func != NULL, NULL);
  SenCaptureProcess process;
  if (!sen_capture_process_start (&process, helper, "play", NULL, error))
    return NULL;
  SenPlayback *playback = g_new0 (SenPlayback, 1);
  g_mutex_init (&playback->lock);
  playback->process = process;
  playback->func = func;
  playback->notify = notify;
  playback->data = data;
  playback->thread = g_thread_new ("sen-playback", play, playback);
  return playback;
}

void
sen_playback_free (SenPlayback *playback)
{
  if (playback == NULL)
    return;
  g_mutex_lock (&playback->lock);
  playback->stopping = true;
  g_mutex_unlock (&playback->lock);
  g_thread_join (playback->thread);
  sen_capture_process_end (&playback->process, 0);
  g_clear_error (&playback->error);
  g_mutex_clear (&playback->lock);
  g_free (playback);
}

SenCaptureState
sen_playback_state (SenPlayback *playback)
{
  g_mutex_lock (&playback->lock);
  SenCaptureState state = playback->state;
  g_mutex_unlock (&playback->lock);
  return state;
}

GError *
sen_playback_error (SenPlayback *playback)
{
  g_mutex_lock (&playback->lock);
  GError *error = playback->error != NULL ? g_error_copy (playback->error) : NULL;
  g_mutex_unlock (&playback->lock);
  return error;
}

uint64_t
sen_playback_position (SenPlayback *playback)
{
  g_mutex_lock (&playback->lock);
  uint64_t position = playback->position;
  g_mutex_unlock (&playback->lock);
  return position;
}
