/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * sensorium-capture: the one process that opens sound devices, for recording and for playing. sen-capture-wire.h has the words
 * it speaks. Exit status: 0 done or a reason was given, 2 started wrongly. */
#include "helper.h"

#include <errno.h>
#include <libavdevice/avdevice.h>
#include <libavutil/log.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static bool
write_all (const void *data, size_t n)
{
  const char *from = data;
  while (n > 0)
    {
      ssize_t written = write (STDOUT_FILENO, from, n);
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return false;
      from += written;
      n -= (size_t) written;
    }
  return true;
}

void
say (SenCaptureKind kind, uint32_t value, const void *data, size_t n)
{
  SenCaptureHead head = { SEN_CAPTURE_MAGIC, kind, value, (uint32_t) n };
  if (!write_all (&head, sizeof head) || !write_all (data, n))
    _exit (0);
}

void
give_up (SenCaptureReason reason, const char *detail)
{
  say (SEN_CAPTURE_REASON, reason, detail, strnlen (detail, 500));
  _exit (0);   /* no handlers of libraries that wait for a server */
}

static void *
wait_for_end (void *nothing)
{
  char bytes[64];
  while (read (STDIN_FILENO, bytes, sizeof bytes) > 0)
    ;
  _exit (0);
}

bool
watch_client (void)
{
  pthread_t thread;
  return pthread_create (&thread, NULL, wait_for_end, NULL) == 0;
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    return 2;
  signal (SIGPIPE, SIG_IGN);
  av_log_set_level (AV_LOG_QUIET);
  if (!sandbox_enter ())
    give_up (SEN_CAPTURE_NO_SANDBOX, "");
  avdevice_register_all ();
  if (strcmp (argv[1], "list") == 0)
    return list_devices ();
  if (strcmp (argv[1], "record") == 0)
    return record (argc > 2 ? argv[2] : NULL);
  if (strcmp (argv[1], "play") == 0)
    return play ();
  return 2;
}
