/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-capture-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-helper.h"
#include "sen-sentence.h"

extern char **environ;

static void
close_end (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* Two pipes whose ends are all above standard error, so that dup2() in the child never meets itself. */
static bool
make_pipes (int to[2], int from[2])
{
  if (pipe2 (to, O_CLOEXEC) == 0)
    {
      if (pipe2 (from, O_CLOEXEC) == 0)
        {
          if (MIN (MIN (to[0], to[1]), MIN (from[0], from[1])) > 2)
            return true;
          close (from[0]);
          close (from[1]);
          errno = EBADF;
        }
      close (to[0]);
      close (to[1]);
    }
  return false;
}

bool
sen_capture_process_start (SenCaptureProcess *process, const char *helper, const char *mode, const char *argument, GError **error)
{
  g_autofree char *path = helper != NULL ? g_strdup (helper) : sen_helper_find ("sensorium-capture", "../capture-helper");
  int to[2], from[2];
  *process = (SenCaptureProcess) { .pid = 0, .in = -1, .out = -1 };
  if (!make_pipes (to, from))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "The microphone could not be opened: %s", g_strerror (errno));
      return false;
    }
  char *argv[] = { path, (char *) mode, (char *) argument, NULL };
  const int fds[] = { to[0], from[1], -1 };   /* libraries chat on standard error */
  int reason = sen_helper_spawn (path, argv, environ, fds, G_N_ELEMENTS (fds), &process->pid);
  close (to[0]);
  close (from[1]);
  process->in = to[1];
  process->out = from[0];
  if (reason != 0)
    {
      process->pid = 0;
      sen_capture_process_end (process, 0);
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "The program for sound, %s, could not be started: %s; install Sensorium anew",
                   path, g_strerror (reason));
      return false;
    }
  return true;
}

void
sen_capture_process_hang_up (SenCaptureProcess *process)
{
  close_end (&process->in);
}

void
sen_capture_process_end (SenCaptureProcess *process, int patience_ms)
{
  close_end (&process->in);
  close_end (&process->out);
  if (process->pid == 0)
    return;
  sen_helper_end (process->pid, patience_ms);
  process->pid = 0;
}

static SenCaptureGot
read_all (int fd, void *data, size_t n, int64_t deadline)
{
  char *to = data;
  while (n > 0)
    {
      struct pollfd waiting = { .fd = fd, .events = POLLIN };
      int64_t left = (deadline - g_get_monotonic_time ()) / 1000;
      int ready = poll (&waiting, 1, (int) MAX (left, 0));
      if (ready == 0)
        return SEN_CAPTURE_TIMEOUT;
      gssize some = ready > 0 ? read (fd, to, n) : -1;
      if (some < 0 && errno == EINTR)
        continue;
      if (some <= 0)
        return SEN_CAPTURE_CLOSED;
      to += some;
      n -= (size_t) some;
    }
  return SEN_CAPTURE_GOT;
}

SenCaptureGot
sen_capture_process_read (SenCaptureProcess *process, SenCaptureHead *head, char *payload, int timeout_ms)
{
  SenCaptureGot got = read_all (process->out, head, sizeof *head, g_get_monotonic_time () + (int64_t) timeout_ms * 1000);
  if (got != SEN_CAPTURE_GOT)
    return got;
  if (head->magic != SEN_CAPTURE_MAGIC || head->n > SEN_CAPTURE_MAX_BYTES || head->kind > SEN_CAPTURE_REASON
      || (head->kind == SEN_CAPTURE_SAMPLES && head->n % sizeof (float) != 0))
    return SEN_CAPTURE_CLOSED;
  /* A message is written in one go; one that stays unfinished is as good as none. */
  got = read_all (process->out, payload, head->n, g_get_monotonic_time () + G_USEC_PER_SEC);
  payload[head->n] = '\0';
  return got == SEN_CAPTURE_GOT ? SEN_CAPTURE_GOT : SEN_CAPTURE_CLOSED;
}

#define N_(text) text
static const struct { int code; const char *sentence; } reasons[] = {
#define REASON(name, code, sentence) { SEN_ERROR_##code, sentence },
#include "capture-reasons.def"
#undef REASON
};

GError *
sen_capture_reason_error (uint32_t reason, const char *detail)
{
  if (reason >= SEN_CAPTURE_N_REASONS)
    reason = SEN_CAPTURE_FAILED;
  g_autofree char *clean = g_utf8_make_valid (detail, -1);
  for (char *c = clean; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  g_autofree char *message = sen_capture_fill (reasons[reason].sentence, clean);
  return g_error_new_literal (SEN_ERROR, reasons[reason].code, message);
}

char *
sen_capture_fill (const char *sentence, const char *detail)
{
  return sen_sentence_fill (sentence, "device", detail, "detail", detail, NULL);
}

const char *
sen_capture_sentence (const GError *error, char **detail)
{
  for (size_t i = 0; error->domain == SEN_ERROR && i < G_N_ELEMENTS (reasons); i++)
    {
      char *found = sen_sentence_translate (error->message, reasons[i].sentence, "{device}{detail}");
      if (found == NULL)
        continue;
      *detail = found;
      return reasons[i].sentence;
    }
  return NULL;
}
