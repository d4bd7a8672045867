/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * sensorium-decode --serve IDLE_MS MEMORY_BYTES: answers requests on descriptor 3 until the client hangs up or nothing came for
 * IDLE_MS. Exit status: 0 went home, 2 started wrongly, 3 no sandbox, 4 the client spoke nonsense. */
#include <errno.h>
#include <fcntl.h>
#include <libavutil/log.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "document.h"
#include "helper.h"
#include "sen-decode.h"

#define SOCKET 3

typedef struct {
  Sound    *sound;
  Video    *video;
  Document *document;
} Handle;

typedef struct {
  Handle   handles[SEN_WIRE_MAX_HANDLES];   /* handle n is at n - 1 */
  float    samples[SEN_WIRE_MAX_PAYLOAD / sizeof (float)];
  uint8_t  packet[sizeof (SenWireRequest) + 1];
  SenWireReply reply;
  const void *payload;
  int      memfd;
} Server;

/* --- Faults ---------------------------------------------------------------------------------------------------------------------- */

static void
misbehave (uint32_t fault)
{
  char *const argv[] = { (char *) "/bin/true", NULL };
  switch ((SenDecodeFault) fault)
    {
    case SEN_DECODE_FAULT_NONE:
      break;
    case SEN_DECODE_FAULT_OPEN:
      open ("/etc/passwd", O_RDONLY | O_CLOEXEC);
      break;
    case SEN_DECODE_FAULT_SOCKET:
      socket (AF_INET, SOCK_STREAM, 0);
      break;
    case SEN_DECODE_FAULT_EXEC:
      execv (argv[0], argv);
      break;
    case SEN_DECODE_FAULT_CRASH:
      /* A sanitizer's report would try to open files first. */
      signal (SIGSEGV, SIG_DFL);
      raise (SIGSEGV);
      break;
    case SEN_DECODE_FAULT_SPIN:
      for (volatile bool on = true; on;)
        ;
      break;
    case SEN_DECODE_FAULT_MEMORY:
      for (volatile char *block; (block = malloc (64 << 20)) != NULL;)
        for (size_t i = 0; i < 64 << 20; i += 4096)
          block[i] = 1;
      break;
    }
}

/* --- Requests -------------------------------------------------------------------------------------------------------------------- */

static Handle *
free_handle (Server *server)
{
  for (uint32_t i = 0; i < SEN_WIRE_MAX_HANDLES; i++)
    if (server->handles[i].sound == NULL && server->handles[i].video == NULL && server->handles[i].document == NULL)
      {
        server->reply.handle = i + 1;
        return &server->handles[i];
      }
  fail_with (&server->reply, SEN_REASON_BUSY, SEN_WIRE_MAX_HANDLES, 0);
  return NULL;
}

static Handle *
find_handle (Server *server, uint32_t handle)
{
  if (handle >= 1 && handle <= SEN_WIRE_MAX_HANDLES)
    return &server->handles[handle - 1];
  fail (&server->reply, SEN_REASON_BAD_REQUEST);
  return NULL;
}

/* By the first bytes, into the reply; false when it is no picture, or nothing could be read. */
static bool
note_picture_format (Server *server, const File *file)
{
  uint8_t head[64];
  gssize n = file_read (file, 0, head, sizeof head);
  const char *format = n > 0 ? picture_format (head, (size_t) n) : NULL;
  if (format != NULL)
    g_strlcpy (server->reply.format, format, sizeof server->reply.format);
  return format != NULL;
}

/* The descriptor goes to what is opened; -1 in its place says so. */
static void
open_stream (Server *server, const SenWireRequest *request, int *fd)
{
  Handle *handle = free_handle (server);
  File file = { .fd = *fd, .size = request->file_size };
  bool sound = request->kind == SEN_WIRE_SOUND_OPEN;
  if (handle == NULL)
    return;
  if (note_picture_format (server, &file))
    {
      fail (&server->reply, sound ? SEN_REASON_NO_SOUND : SEN_REASON_NO_VIDEO);
      return;
    }
  *fd = -1;
  if (sound)
    handle->sound = sound_open (file, request->seconds, &server->reply);
  else
    handle->video = video_open (file, &server->reply);
}

static void
open_document (Server *server, const SenWireRequest *request, int *fd)
{
  Handle *handle = free_handle (server);
  File file = { .fd = *fd, .size = request->file_size };
  if (handle == NULL)
    return;
  handle->document = document_open (file, (SenDocumentKind) request->n, request->n_skip, &server->reply);
  if (handle->document == NULL)
    return;
  *fd = -1;
  server->payload = server->samples;
  document_describe (handle->document, server->samples, sizeof server->samples, &server->reply);
}

static void
read_stream (Server *server, const SenWireRequest *request)
{
  Handle *handle = find_handle (server, request->handle);
  if (handle == NULL)
    return;
  if (request->kind == SEN_WIRE_SOUND_READ && handle->sound != NULL)
    {
      server->payload = server->samples;
      sound_read (handle->sound, server->samples, request->n, &server->reply);
    }
  else if (request->kind == SEN_WIRE_VIDEO_FRAME && handle->video != NULL)
    video_frame (handle->video, request, &server->memfd, &server->reply);
  else if (request->kind == SEN_WIRE_DOCUMENT_READ && handle->document != NULL)
    {
      server->payload = server->samples;
      document_read (handle->document, (uint8_t *) server->samples, sizeof server->samples, &server->reply);
    }
  else
    fail (&server->reply, SEN_REASON_BAD_REQUEST);
}

static void
close_stream (Server *server, uint32_t number)
{
  Handle *handle = find_handle (server, number);
  if (handle == NULL)
    return;
  sound_close (handle->sound);
  video_close (handle->video);
  document_close (handle->document);
  *handle = (Handle) { 0 };
}

static void
probe (Server *server, const SenWireRequest *request, int *fd)
{
  File file = { .fd = *fd, .size = request->file_size };
  if (note_picture_format (server, &file))
    {
      server->reply.media = SEN_MEDIA_PICTURE;
      picture_read (&file, request, NULL, &server->reply);
      return;
    }
  Media media;
  *fd = -1;
  if (media_open (&media, file, &server->reply))
    {
      media_describe (&media, &server->reply);
      server->payload = server->samples;
      media_name (&media, (char *) server->samples, sizeof server->samples, &server->reply);
      media_close (&media);
    }
}

static void
serve (Server *server, const SenWireRequest *request, int *fds)
{
  File file = { .fd = fds[0], .size = request->file_size };
  switch ((SenWireKind) request->kind)
    {
    case SEN_WIRE_PROBE:
      probe (server, request, &fds[0]);
      break;
    case SEN_WIRE_PICTURE:
      picture_read (&file, request, &server->memfd, &server->reply);
      break;
    case SEN_WIRE_TEXT:
      server->payload = server->samples;
      text_read (&file, request, fds + 1, (char *) server->samples, sizeof server->samples, &server->reply);
      break;
    case SEN_WIRE_SOUND_OPEN:
    case SEN_WIRE_VIDEO_OPEN:
      open_stream (server, request, &fds[0]);
      break;
    case SEN_WIRE_DOCUMENT_OPEN:
      open_document (server, request, &fds[0]);
      break;
    case SEN_WIRE_SOUND_READ:
    case SEN_WIRE_VIDEO_FRAME:
    case SEN_WIRE_DOCUMENT_READ:
      read_stream (server, request);
      break;
    case SEN_WIRE_CLOSE:
      close_stream (server, request->handle);
      break;
    case SEN_WIRE_FAULT:
      misbehave (request->n);
      fail (&server->reply, SEN_REASON_MEMORY);
      break;
    case SEN_WIRE_N_KINDS:
      break;
    }
}

/* --- The loop -------------------------------------------------------------------------------------------------------------------- */

/* Should the client be gone or stuck, a timer ends us a little after it would have. */
static void
set_timer (uint32_t time_ms)
{
  struct itimerval timer = { .it_value = { .tv_sec = time_ms > 0 ? time_ms / 1000 + 5 : 0 } };
  setitimer (ITIMER_REAL, &timer, NULL);
}

/* One request and its reply; false at the end of the conversation. */
static bool
answer (Server *server)
{
  int fds[SEN_WIRE_MAX_FDS];
  size_t n_fds;
  SenWireRequest request;
  gssize n = sen_wire_receive (SOCKET, server->packet, sizeof server->packet, fds, G_N_ELEMENTS (fds), &n_fds);
  if (n == 0 || (n < 0 && errno == ECONNRESET))
    return false;
  if (n < 0 || !sen_wire_check_request (server->packet, (size_t) n, n_fds, &request))
    _exit (4);

  server->reply = (SenWireReply) { .magic = SEN_WIRE_MAGIC, .id = request.id };
  server->payload = NULL;
  server->memfd = -1;
  set_timer (request.time_ms);
  serve (server, &request, fds);
  set_timer (0);
  for (size_t i = 0; i < n_fds; i++)
    if (fds[i] >= 0)
      close (fds[i]);

  if (server->reply.reason != SEN_REASON_OK || server->payload == NULL)
    server->reply.n_payload = 0;
  bool sent = sen_wire_send (SOCKET, &server->reply, sizeof server->reply, server->payload, server->reply.n_payload,
                             &server->memfd, server->memfd >= 0 ? 1 : 0);
  if (server->memfd >= 0)
    close (server->memfd);
  return sent;
}

int
main (int argc, char **argv)
{
  static Server server;
  if (argc != 4 || strcmp (argv[1], "--serve") != 0)
    {
      fprintf (stderr, "sensorium-decode reads media for Sensorium, which starts it; it has no use by hand.\n");
      return 2;
    }
  int idle_ms = (int) strtol (argv[2], NULL, 10);
  av_log_set_level (AV_LOG_QUIET);
  if (!sandbox_enter (strtoull (argv[3], NULL, 10)))
    _exit (3);
  for (;;)
    {
      struct pollfd waiting = { .fd = SOCKET, .events = POLLIN };
      int n = poll (&waiting, 1, idle_ms);
      if (n == 0 || (n > 0 && !answer (&server)))
        _exit (0);
    }
}
