/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-ssip-private.h"

#include <gio/gunixsocketaddress.h>
#include <stdbool.h>
#include <string.h>

#include "sen-error.h"

#define N_(text) text

/* An answer, or a connection once speech-dispatcher was started. */
#define PATIENCE_S 10
#define RETRY_MS 100
#define MAX_LINE 4096
#define MAX_LINES 50000   /* a synthesizer has every variant of every voice */

typedef struct {
  char         *text;    /* NULL: on its way */
  SenSsipAnswer answer;
} Command;

/* What callbacks of asynchronous calls hold, which may come after the end. */
typedef struct {
  gint     n_refs;
  SenSsip *ssip;       /* NULL: it has ended */
} Link;

/* A text on its way, which an answer that comes early, or the end, does not take along. */
typedef struct {
  Link *link;
  char *text;
} Writing;

struct SenSsip {
  const SenSsipFuncs *funcs;
  gpointer            data;
  Link               *link;
  GSocketAddress     *address;
  gboolean            may_spawn;
  gint64              give_up;      /* when it is no longer tried to connect */

  GSocketConnection *connection;    /* NULL before */
  GCancellable      *cancellable;
  GQueue             commands;      /* of Command: the first one is on its way */
  gboolean           is_sent, is_writing;
  guint              timer;         /* for the answer, or for the next attempt */

  GByteArray *input;                /* a line that is not whole */
  guint8      piece[4096];
  GPtrArray  *lines, *event;        /* of the answer, of an event, so far */
};

static void
unref_link (Link *link)
{
  if (--link->n_refs == 0)
    g_free (link);
}

static Link *
ref_link (SenSsip *self)
{
  self->link->n_refs++;
  return self->link;
}

/* The one that a callback is for, or NULL; gives up its hold. */
static SenSsip *
take_link (gpointer data)
{
  Link *link = data;
  SenSsip *self = link->ssip;
  unref_link (link);
  return self;
}

static void
free_command (gpointer data)
{
  Command *command = data;
  g_free (command->text);
  g_free (command);
}

/* The last thing that it does. */
static void
fail (SenSsip *self, int code, const char *sentence)
{
  g_autoptr (GError) error = g_error_new_literal (SEN_ERROR, code, sentence);
  self->funcs->failed (error, self->data);
}

static gboolean
on_timeout (gpointer data)
{
  SenSsip *self = data;
  self->timer = 0;
  fail (self, SEN_ERROR_DEVICE, N_("speech-dispatcher does not answer; log out and in again"));
  return G_SOURCE_REMOVE;
}

/* --- Commands ---------------------------------------------------------------------------------------------------------------------- */

static void write_next (SenSsip *self);

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Writing *writing = data;
  SenSsip *self = take_link (writing->link);
  bool ok = g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  g_free (writing->text);
  g_free (writing);
  if (self == NULL)
    return;
  self->is_writing = FALSE;
  if (ok)
    write_next (self);
  else
    fail (self, SEN_ERROR_DEVICE, N_("speech-dispatcher has ended; try again"));
}

static void
write_next (SenSsip *self)
{
  Command *command = g_queue_peek_head (&self->commands);
  if (self->connection == NULL || self->is_sent || self->is_writing || command == NULL)
    return;
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
  Writing *writing = g_new (Writing, 1);
  *writing = (Writing) { .link = ref_link (self), .text = g_steal_pointer (&command->text) };
  self->is_sent = self->is_writing = TRUE;
  self->timer = g_timeout_add_seconds (PATIENCE_S, on_timeout, self);
  g_output_stream_write_all_async (out, writing->text, strlen (writing->text), G_PRIORITY_DEFAULT, self->cancellable, on_written, writing);
}

static Command *
new_command (const char *text, SenSsipAnswer answer)
{
  Command *command = g_new (Command, 1);
  *command = (Command) { .text = g_strconcat (text, "\r\n", NULL), .answer = answer };
  return command;
}

void
sen_ssip_send (SenSsip *self, const char *command, SenSsipAnswer answer)
{
  g_queue_push_tail (&self->commands, new_command (command, answer));
  write_next (self);
}

void
sen_ssip_send_data (SenSsip *self, const char *data, SenSsipAnswer answer)
{
  g_queue_push_head (&self->commands, new_command (data, answer));
  write_next (self);
}

/* --- Answers ----------------------------------------------------------------------------------------------------------------------- */

/* False when it has ended by that. */
static bool
take_answer (SenSsip *self, int code)
{
  Command *command = self->is_sent ? g_queue_pop_head (&self->commands) : NULL;
  if (command == NULL)
    {
      fail (self, SEN_ERROR_DEVICE, N_("speech-dispatcher says what makes no sense; log out and in again"));
      return false;
    }
  g_autoptr (GPtrArray) lines = self->lines;
  Link *link = ref_link (self);
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->is_sent = FALSE;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (command->answer != NULL)
    command->answer (self, code, lines, self->data);
  free_command (command);
  if (take_link (link) == NULL)
    return false;
  write_next (self);
  return true;
}

static bool
take_event (SenSsip *self, int code)
{
  g_autofree char *message = self->event->len > 0 ? g_strdup (g_ptr_array_index (self->event, 0)) : NULL;
  Link *link = ref_link (self);
  g_ptr_array_set_size (self->event, 0);
  if (message != NULL)
    self->funcs->event (code, message, self->data);
  return take_link (link) != NULL;
}

/* "250-words" goes on, "250 words" ends. */
static bool
take_line (SenSsip *self, const char *line)
{
  bool is_number = g_ascii_isdigit (line[0]) && g_ascii_isdigit (line[1]) && g_ascii_isdigit (line[2]);
  GPtrArray *lines = line[0] == '7' ? self->event : self->lines;
  if (!is_number || (line[3] != '-' && line[3] != ' ') || lines->len >= MAX_LINES)
    {
      fail (self, SEN_ERROR_DEVICE, N_("speech-dispatcher says what makes no sense; log out and in again"));
      return false;
    }
  int code = (int) g_ascii_strtoll (line, NULL, 10);
  if (line[3] == '-')
    {
      g_ptr_array_add (lines, g_utf8_make_valid (line + 4, -1));
      return true;
    }
  return line[0] == '7' ? take_event (self, code) : take_answer (self, code);
}

static void on_read (GObject *source, GAsyncResult *result, gpointer data);

static void
read_on (SenSsip *self)
{
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));
  g_input_stream_read_async (in, self->piece, sizeof self->piece, G_PRIORITY_DEFAULT, self->cancellable, on_read, ref_link (self));
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  SenSsip *self = take_link (data);
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);
  if (self == NULL)
    return;
  if (n <= 0)
    {
      fail (self, SEN_ERROR_DEVICE, N_("speech-dispatcher has ended; try again"));
      return;
    }
  g_byte_array_append (self->input, self->piece, (guint) n);
  for (guint8 *end; (end = memchr (self->input->data, '\n', self->input->len)) != NULL;)
    {
      guint length = (guint) (end - self->input->data);
      g_autofree char *line = g_strndup ((const char *) self->input->data, length);
      g_byte_array_remove_range (self->input, 0, length + 1);
      if (!take_line (self, g_strchomp (line)))
        return;
    }
  if (self->input->len > MAX_LINE)
    fail (self, SEN_ERROR_DEVICE, N_("speech-dispatcher says what makes no sense; log out and in again"));
  else
    read_on (self);
}

/* --- Connecting -------------------------------------------------------------------------------------------------------------------- */

static void try_to_connect (SenSsip *self);

static gboolean
on_retry (gpointer data)
{
  SenSsip *self = data;
  self->timer = 0;
  try_to_connect (self);
  return G_SOURCE_REMOVE;
}

static void
on_spawned (GObject *source, GAsyncResult *result, gpointer data)
{
  SenSsip *self = take_link (data);
  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  /* It goes into the background, and listens a moment later. */
  if (self != NULL)
    self->timer = g_timeout_add (RETRY_MS, on_retry, self);
}

static void
spawn (SenSsip *self)
{
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                                                      "speech-dispatcher", "--spawn", NULL);
  self->may_spawn = FALSE;
  if (process == NULL)
    fail (self, SEN_ERROR_NOT_FOUND, N_("There is no speech-dispatcher, which reads aloud; install it and try again"));
  else
    g_subprocess_wait_async (process, self->cancellable, on_spawned, ref_link (self));
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  SenSsip *self = take_link (data);
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, NULL);
  if (self == NULL)
    return;
  if (connection != NULL)
    {
      self->connection = g_steal_pointer (&connection);
      read_on (self);
      write_next (self);
    }
  else if (self->may_spawn)
    spawn (self);
  else if (g_get_monotonic_time () < self->give_up)
    self->timer = g_timeout_add (RETRY_MS, on_retry, self);
  else
    fail (self, SEN_ERROR_NOT_FOUND, N_("speech-dispatcher, which reads aloud, does not run; start it and try again"));
}

static void
try_to_connect (SenSsip *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (self->address), self->cancellable, on_connected, ref_link (self));
}

static gboolean
on_start (gpointer data)
{
  SenSsip *self = data;
  self->timer = 0;
  try_to_connect (self);
  return G_SOURCE_REMOVE;
}

SenSsip *
sen_ssip_new (const char *address, const SenSsipFuncs *funcs, gpointer data)
{
  const char *method = "unix_socket:";
  SenSsip *self = g_new0 (SenSsip, 1);
  self->funcs = funcs;
  self->data = data;
  self->link = g_new (Link, 1);
  *self->link = (Link) { .n_refs = 1, .ssip = self };
  g_autofree char *usual = g_build_filename (g_get_user_runtime_dir (), "speech-dispatcher", "speechd.sock", NULL);
  bool is_given = address != NULL && g_str_has_prefix (address, method);
  self->address = g_unix_socket_address_new (is_given ? address + strlen (method) : usual);
  self->may_spawn = !is_given;
  self->give_up = g_get_monotonic_time () + (is_given ? 0 : PATIENCE_S * G_USEC_PER_SEC);
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->commands);
  self->input = g_byte_array_new ();
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->event = g_ptr_array_new_with_free_func (g_free);
  self->timer = g_idle_add (on_start, self);   /* so that nothing fails before this returns */
  return self;
}

void
sen_ssip_free (SenSsip *self)
{
  if (self == NULL)
    return;
  const char *end = "CANCEL SELF\r\nQUIT\r\n";
  self->link->ssip = NULL;
  unref_link (self->link);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->connection != NULL)
    {
      GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
      g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (out), end, strlen (end), NULL, NULL);
    }
  g_clear_object (&self->connection);
  g_object_unref (self->cancellable);
  g_object_unref (self->address);
  g_queue_clear_full (&self->commands, free_command);
  g_byte_array_unref (self->input);
  g_ptr_array_unref (self->lines);
  g_ptr_array_unref (self->event);
  g_free (self);
}
