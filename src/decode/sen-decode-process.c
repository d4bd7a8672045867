/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The helper's life: found, started, asked, timed, buried. */
#include "sen-decode-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-helper.h"

#define DEFAULT_TIME_MS 30000
#define DEFAULT_TEXT_TIME_MS 60000
#define DEFAULT_IDLE_MS 60000
#define DEFAULT_MEMORY_BYTES (G_GUINT64_CONSTANT (3) << 30)
#define CANCEL_POLL_MS 20
/* A helper that worked this long makes way for a fresh one, well before its own limit (sandbox.c) ends it in the middle of
 * a file that can do nothing for it. */
#define MAX_CPU_SECONDS 1800

struct SenDecode {
  GMutex   lock;
  char    *helper;            /* NULL until the first start when the caller named none */
  uint32_t time_ms;
  uint32_t idle_ms;
  uint64_t memory_bytes;

  pid_t    pid;               /* 0: none */
  int      socket;
  uint32_t generation;        /* counts starts */
  uint32_t last_id;
  uint8_t  packet[SEN_WIRE_MAX_PACKET];
};

SenDecode *
sen_decode_new (const SenDecodeParams *params)
{
  const SenDecodeParams none = { 0 };
  params = params != NULL ? params : &none;
  SenDecode *decode = g_new0 (SenDecode, 1);
  g_mutex_init (&decode->lock);
  decode->helper = g_strdup (params->helper);
  decode->time_ms = params->time_ms;
  decode->idle_ms = params->idle_ms != 0 ? params->idle_ms : DEFAULT_IDLE_MS;
  decode->memory_bytes = params->memory_bytes != 0 ? params->memory_bytes : DEFAULT_MEMORY_BYTES;
  decode->socket = -1;
  return decode;
}

/* A helper that closed its socket is dying already and gets so long to do so, because the true reason matters. */
#define DYING_MS 500

/* Ends the helper and returns how it ended (wait status), -1 when somebody else has reaped it. */
static int
bury (SenDecode *decode, bool dying)
{
  int status = sen_helper_end (decode->pid, dying ? DYING_MS : 0);
  close (decode->socket);
  decode->socket = -1;
  decode->pid = 0;
  return status;
}

void
sen_decode_free (SenDecode *decode)
{
  if (decode == NULL)
    return;
  if (decode->pid != 0)
    bury (decode, false);
  g_mutex_clear (&decode->lock);
  g_free (decode->helper);
  g_free (decode);
}

uint32_t
sen_decode_n_started (SenDecode *decode)
{
  g_mutex_lock (&decode->lock);
  uint32_t n = decode->generation;
  g_mutex_unlock (&decode->lock);
  return n;
}

/* --- Starting -------------------------------------------------------------------------------------------------------------------- */

static bool
start (SenDecode *decode, GError **error)
{
  if (decode->helper == NULL)
    decode->helper = sen_helper_find ("sensorium-decode", "../decode-helper");
  int pair[2];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "No socket for the decoder could be made: %s", g_strerror (errno));
      return false;
    }
  g_autofree char *idle = g_strdup_printf ("%u", decode->idle_ms);
  g_autofree char *memory = g_strdup_printf ("%" G_GUINT64_FORMAT, decode->memory_bytes);
  char *argv[] = { decode->helper, (char *) "--serve", idle, memory, NULL };
  /* The socket is its descriptor 3. */
  const int fds[] = { -1, -1, -1, pair[1] };
  static char *const environment[] = { (char *) "LC_ALL=C", (char *) "OMP_THREAD_LIMIT=1", NULL };
  int reason = sen_helper_spawn (decode->helper, argv, environment, fds, G_N_ELEMENTS (fds), &decode->pid);
  close (pair[1]);
  if (reason != 0)
    {
      close (pair[0]);
      decode->pid = 0;
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "The decoder %s could not be started: %s; install Sensorium anew",
                   decode->helper, g_strerror (reason));
      return false;
    }
  decode->socket = pair[0];
  decode->generation++;
  return true;
}

static bool
has_worked_long (const SenDecode *decode)
{
  clockid_t clock;
  struct timespec used;
  return clock_getcpuclockid (decode->pid, &clock) == 0 && clock_gettime (clock, &used) == 0 && used.tv_sec >= MAX_CPU_SECONDS;
}

/* --- Asking ---------------------------------------------------------------------------------------------------------------------- */

typedef enum { ANSWERED, GONE, TIMED_OUT, CANCELLED, NONSENSE } Outcome;

static Outcome
wait_for_packet (SenDecode *decode, int64_t deadline, SenCancel *cancel)
{
  for (;;)
    {
      if (sen_cancel_requested (cancel))
        return CANCELLED;
      int64_t left = (deadline - g_get_monotonic_time ()) / 1000;
      if (left <= 0)
        return TIMED_OUT;
      struct pollfd waiting = { .fd = decode->socket, .events = POLLIN };
      int n = poll (&waiting, 1, (int) (cancel != NULL ? MIN (left, CANCEL_POLL_MS) : left));
      if (n > 0)
        return ANSWERED;
    }
}

static Outcome
ask_once (SenDecode *decode, SenExchange *x, SenCancel *cancel)
{
  uint8_t *packet = decode->packet;
  const uint8_t *payload;
  size_t n_fds;
  int64_t deadline = g_get_monotonic_time () + (int64_t) x->request.time_ms * 1000;

  x->request.magic = SEN_WIRE_MAGIC;
  x->request.id = ++decode->last_id;
  if (!sen_wire_send (decode->socket, &x->request, sizeof x->request, NULL, 0, x->fds, x->n_fds))
    return GONE;
  Outcome outcome = wait_for_packet (decode, deadline, cancel);
  if (outcome != ANSWERED)
    return outcome;
  gssize n = sen_wire_receive (decode->socket, packet, SEN_WIRE_MAX_PACKET, &x->memfd, 1, &n_fds);
  if (n_fds == 0)
    x->memfd = -1;
  if (n == 0 || (n < 0 && errno == ECONNRESET))
    return GONE;
  if (n < 0 || !sen_wire_check_reply (packet, (size_t) n, &x->reply, &payload) || x->reply.id != x->request.id
      || x->reply.n_payload > x->max_payload)
    return NONSENSE;
  if (x->reply.n_payload > 0)
    memcpy (x->payload, payload, x->reply.n_payload);
  x->n_payload = x->reply.n_payload;
  x->answered_by = decode->generation;
  return ANSWERED;
}

static GError *
death_sentence (const SenExchange *x, Outcome outcome, int status)
{
  int signal = status != -1 && WIFSIGNALED (status) ? WTERMSIG (status) : 0;
  if (outcome == CANCELLED)
    return g_error_new (SEN_ERROR, SEN_ERROR_CANCELLED, "Reading %s was cancelled", x->name);
  SenWireReply reply = { .reason = SEN_REASON_CRASH };
  if (outcome == TIMED_OUT || signal == SIGXCPU || signal == SIGALRM)
    reply = (SenWireReply) { .reason = SEN_REASON_TIME, .a = MAX (1, x->request.time_ms / 1000) };
  else if (outcome == NONSENSE)
    reply.reason = SEN_REASON_NONSENSE;
  else if (signal == SIGSYS)
    reply.reason = SEN_REASON_FORBIDDEN;
  else if (signal == SIGKILL || signal == SIGXFSZ)
    reply.reason = SEN_REASON_KILLED;
  else if (status != -1 && WIFEXITED (status) && WEXITSTATUS (status) == 3)
    reply.reason = SEN_REASON_NO_SANDBOX;
  return sen_wire_error (&reply, x->name);
}

static bool
exchange_locked (SenDecode *decode, SenExchange *x, SenCancel *cancel, GError **error)
{
  if (decode->pid != 0 && has_worked_long (decode))
    bury (decode, false);
  for (int attempt = 0;; attempt++)
    {
      bool fresh = decode->pid == 0;
      if (x->generation != 0 && (fresh || x->generation != decode->generation))
        {
          x->stale = true;
          g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "%s must be opened again", x->name);
          return false;
        }
      if (fresh && !start (decode, error))
        return false;
      Outcome outcome = ask_once (decode, x, cancel);
      if (outcome == ANSWERED)
        return true;
      if (x->memfd >= 0)
        close (x->memfd);
      x->memfd = -1;
      int status = bury (decode, outcome == GONE);
      /* It had just gone home, as idle helpers do. */
      if (outcome == GONE && !fresh && attempt == 0 && status != -1 && WIFEXITED (status) && WEXITSTATUS (status) == 0)
        continue;
      g_propagate_error (error, death_sentence (x, outcome, status));
      return false;
    }
}

bool
sen_decode_exchange (SenDecode *decode, SenExchange *x, SenCancel *cancel, GError **error)
{
  if (x->request.time_ms == 0)
    x->request.time_ms = decode->time_ms != 0 ? decode->time_ms
                         : x->request.kind == SEN_WIRE_TEXT ? DEFAULT_TEXT_TIME_MS : DEFAULT_TIME_MS;
  if (sen_cancel_requested (cancel))
    {
      g_propagate_error (error, death_sentence (x, CANCELLED, -1));
      return false;
    }
  g_mutex_lock (&decode->lock);
  bool ok = exchange_locked (decode, x, cancel, error);
  g_mutex_unlock (&decode->lock);
  if (ok && x->reply.reason != SEN_REASON_OK)
    {
      g_propagate_error (error, sen_wire_error (&x->reply, x->name));
      ok = false;
    }
  if (!ok && x->memfd >= 0)
    {
      close (x->memfd);
      x->memfd = -1;
    }
  return ok;
}

bool
sen_decode_fault (SenDecode *decode, SenDecodeFault fault, SenCancel *cancel, GError **error)
{
  SenExchange x = sen_exchange (SEN_WIRE_FAULT, "the fault");
  x.request.n = fault;
  return sen_decode_exchange (decode, &x, cancel, error);
}
