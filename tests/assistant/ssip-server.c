/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "ssip-server.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>

struct SsipServer {
  gint            manner;   /* atomic */
  GSocketService *service;
  char           *folder, *path, *address;
  GMutex          lock;     /* guards what follows */
  GString        *log;
  guint           n_spoken;
};

static void
note (SsipServer *server, const char *line)
{
  static const char *const dull[] = { "SPEAK", "SET SELF CLIENT_NAME", "SET SELF NOTIFICATION", "SET SELF PRIORITY",
                                      "SET SELF PUNCTUATION" };
  for (gsize i = 0; i < G_N_ELEMENTS (dull); i++)
    if (g_str_has_prefix (line, dull[i]))
      return;
  g_mutex_lock (&server->lock);
  g_string_append_printf (server->log, "%s\n", line);
  g_mutex_unlock (&server->lock);
}

static void
answer (GOutputStream *out, const char *text)
{
  g_output_stream_write_all (out, text, strlen (text), NULL, NULL, NULL);
}

static void
tell_event (GOutputStream *out, guint message, int code, const char *name)
{
  g_autofree char *text = g_strdup_printf ("%d-%u\r\n%d-1\r\n%d %s\r\n", code, message, code, code, name);
  answer (out, text);
}

static void
take_text (SsipServer *server, GDataInputStream *in, GOutputStream *out, guint *first, guint *next)
{
  g_autofree char *queued = g_strdup_printf ("225-%u\r\n225 OK MESSAGE QUEUED\r\n", *next);
  bool is_hasty = g_atomic_int_get (&server->manner) == SSIP_IS_HASTY;
  answer (out, "230 OK RECEIVING DATA\r\n");
  if (is_hasty)
    {
      g_buffered_input_stream_fill (G_BUFFERED_INPUT_STREAM (in), 1, NULL, NULL);
      answer (out, queued);
      tell_event (out, (*first)++, 702, "END");
    }
  while (g_atomic_int_get (&server->manner) == SSIP_IS_HASTY)
    g_usleep (1000);
  for (char *line; (line = g_data_input_stream_read_line (in, NULL, NULL, NULL)) != NULL && strcmp (line, ".") != 0; g_free (line))
    note (server, line[0] == '.' ? line + 1 : line);
  if (!is_hasty)
    answer (out, queued);
  g_mutex_lock (&server->lock);
  server->n_spoken++;
  g_mutex_unlock (&server->lock);
  (*next)++;
  for (; g_atomic_int_get (&server->manner) == SSIP_SPEAKS && *first < *next; (*first)++)
    tell_event (out, *first, 702, "END");
}

static gboolean
on_run (GThreadedSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
  SsipServer *server = data;
  g_autoptr (GDataInputStream) in = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  guint first = 1, next = 1;   /* messages that are not heard yet; the one to come */
  g_data_input_stream_set_newline_type (in, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  for (char *line; (line = g_data_input_stream_read_line (in, NULL, NULL, NULL)) != NULL; g_free (line))
    {
      note (server, line);
      bool is_speak = strcmp (line, "SPEAK") == 0;
      if (g_atomic_int_get (&server->manner) == SSIP_IS_MAD)
        answer (out, "what?\r\n");
      else if (is_speak && g_atomic_int_get (&server->manner) == SSIP_REFUSES)
        answer (out, "304 ERR NO OUTPUT MODULE\r\n");
      else if (is_speak && g_atomic_int_get (&server->manner) == SSIP_ENDS)
        {
          g_free (line);
          break;
        }
      else if (is_speak)
        take_text (server, in, out, &first, &next);
      else if (strcmp (line, "LIST OUTPUT_MODULES") == 0)
        answer (out, g_atomic_int_get (&server->manner) == SSIP_HAS_NO_VOICE ? "250-dummy\r\n250 OK MODULE LIST SENT\r\n"
                                                          : "250-espeak-ng\r\n250-dummy\r\n250 OK MODULE LIST SENT\r\n");
      else if (strcmp (line, "LIST SYNTHESIS_VOICES") == 0)
        answer (out, "249-German\tde\tnone\r\n249-German+Ann\tde\tAnn\r\n249-English (America)\ten-US\tnone\r\n249-German\tde\tnone\r\n"
                     "249 OK VOICE LIST SENT\r\n");
      else
        answer (out, "208 OK\r\n");
      for (; strcmp (line, "CANCEL SELF") == 0 && first < next; first++)
        tell_event (out, first, 703, "CANCELED");
    }
  return TRUE;
}

void
ssip_server_set_manner (SsipServer *server, SsipManner manner)
{
  g_atomic_int_set (&server->manner, (gint) manner);
}

SsipServer *
ssip_server_new (SsipManner manner)
{
  g_autoptr (GError) error = NULL;
  SsipServer *server = g_new0 (SsipServer, 1);
  ssip_server_set_manner (server, manner);
  g_mutex_init (&server->lock);
  server->log = g_string_new (NULL);
  server->folder = g_dir_make_tmp ("sen-ssip-XXXXXX", &error);
  g_assert_no_error (error);
  server->path = g_build_filename (server->folder, "speechd.sock", NULL);
  server->address = g_strconcat ("unix_socket:", server->path, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (server->path);
  server->service = g_threaded_socket_service_new (4);
  g_socket_listener_add_address (G_SOCKET_LISTENER (server->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL,
                                 &error);
  g_assert_no_error (error);
  g_signal_connect (server->service, "run", G_CALLBACK (on_run), server);
  g_socket_service_start (server->service);
  return server;
}

void
ssip_server_free (SsipServer *server)
{
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  /* Its threads end with their connections, and hold it so long. */
  while (g_atomic_int_get (&G_OBJECT (server->service)->ref_count) > 1)
    g_main_context_iteration (NULL, FALSE);
  g_object_unref (server->service);
  g_unlink (server->path);
  g_rmdir (server->folder);
  g_mutex_clear (&server->lock);
  g_string_free (server->log, TRUE);
  g_free (server->folder);
  g_free (server->path);
  g_free (server->address);
  g_free (server);
}

const char *
ssip_server_address (SsipServer *server)
{
  return server->address;
}

char *
ssip_server_take_log (SsipServer *server)
{
  g_mutex_lock (&server->lock);
  char *log = g_strdup (server->log->str);
  g_string_truncate (server->log, 0);
  g_mutex_unlock (&server->lock);
  return log;
}

guint
ssip_server_n_spoken (SsipServer *server)
{
  g_mutex_lock (&server->lock);
  guint n = server->n_spoken;
  g_mutex_unlock (&server->lock);
  return n;
}
