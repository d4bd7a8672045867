/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-download-private.h"

#include "sen-error.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#define MAX_REDIRECTS 5
#define MAX_FAILURES 5        /* in a row, without a byte between them */
#define SILENCE_S 60          /* a line that says nothing for so long is cut */
#define CHUNK_BYTES (64u * 1024)

static char *
etag_path (const SenPartial *partial)
{
  return g_strconcat (partial->path, ".etag", NULL);
}

/* The ETag that the bytes so far came with, if they came from this URL; it lets the server say that its file changed. */
static char *
load_etag (const SenPartial *partial, const char *url)
{
  g_autofree char *path = etag_path (partial);
  g_autofree char *text = NULL;
  size_t length;
  if (!g_file_get_contents (path, &text, &length, NULL) || length > 4096)
    return NULL;
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);
  if (g_strv_length (lines) < 2 || strcmp (lines[0], url) != 0 || *lines[1] == '\0')
    return NULL;
  return g_strdup (lines[1]);
}

/* Only a strong ETag promises equal bytes. */
static void
save_etag (const SenPartial *partial, const char *url, const char *etag)
{
  g_autofree char *path = etag_path (partial);
  if (etag == NULL || etag[0] != '"' || strlen (etag) > 1024)
    {
      g_unlink (path);
      return;
    }
  g_autofree char *text = g_strdup_printf ("%s\n%s\n", url, etag);
  g_file_set_contents (path, text, -1, NULL);
}

static bool
network_error (GError **error, const char *host, const char *what)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_NETWORK, "%s: %s.", host, what);
  return false;
}

static bool
io_error (GError **error, const char *host, const GError *cause)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CANCELLED, "The download was stopped.");
      return false;
    }
  g_autofree char *text = g_strdup (cause->message);
  g_strchomp (text);
  if (g_str_has_suffix (text, "."))
    text[strlen (text) - 1] = '\0';
  return network_error (error, host, text);
}

static bool
is_redirect (guint status)
{
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A redirect may lead to another host, never from HTTPS to something that can be read and changed on the way. */
static GUri *
redirect_target (GUri *from, const char *location)
{
  g_autoptr (GUri) to = location != NULL ? g_uri_parse_relative (from, location, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  if (to == NULL || g_uri_get_host (to) == NULL || *g_uri_get_host (to) == '\0')
    return NULL;
  const char *scheme = g_uri_get_scheme (to);
  bool allowed = strcmp (scheme, "https") == 0
                 || (strcmp (scheme, "http") == 0 && strcmp (g_uri_get_scheme (from), "http") == 0
                     && strcmp (g_uri_get_host (to), "127.0.0.1") == 0);
  return allowed ? g_steal_pointer (&to) : NULL;
}

static SoupMessage *
new_request (GUri *uri, const SenPartial *partial, const char *etag)
{
  SoupMessage *message = soup_message_new_from_uri ("GET", uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  /* Content is bytes to be hashed: never compressed, sniffed or otherwise interpreted. */
  soup_message_disable_feature (message, SOUP_TYPE_CONTENT_DECODER);
  soup_message_headers_replace (headers, "Accept-Encoding", "identity");
  if (partial->size_bytes > 0)
    {
      soup_message_headers_set_range (headers, (goffset) partial->size_bytes, -1);
      if (etag != NULL)
        soup_message_headers_replace (headers, "If-Range", etag);
    }
  return message;
}

/* Sends the request and follows redirects; *message_out is the one that was answered. */
static GInputStream *
send_request (SenFetchJob *job, SoupSession *session, const char *url, const SenPartial *partial, const char *etag,
              SoupMessage **message_out, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  if (uri == NULL)
    {
      network_error (error, url, "the address cannot be read");
      return NULL;
    }
  for (unsigned hop = 0; hop <= MAX_REDIRECTS; hop++)
    {
      g_autoptr (SoupMessage) message = new_request (uri, partial, etag);
      g_autoptr (GError) local = NULL;
      g_autoptr (GInputStream) stream = soup_session_send (session, message, job->cancellable, &local);
      if (stream == NULL)
        {
          io_error (error, g_uri_get_host (uri), local);
          return NULL;
        }
      if (!is_redirect (soup_message_get_status (message)))
        {
          *message_out = g_steal_pointer (&message);
          return g_steal_pointer (&stream);
        }
      const char *location = soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
      g_autoptr (GUri) target = redirect_target (uri, location);
      if (target == NULL)
        {
          network_error (error, g_uri_get_host (uri), "it redirects to an address that is not safe");
          return NULL;
        }
      g_input_stream_close (stream, NULL, NULL);
      g_uri_unref (uri);
      uri = g_steal_pointer (&target);
    }
  network_error (error, g_uri_get_host (uri), "it redirects too often");
  return NULL;
}

/* Agrees with the server on where its bytes begin; cuts the partial file when it sends all of them. */
static bool
check_answer (SenFetchJob *job, SoupMessage *message, const char *url, SenPartial *partial, uint64_t base,
              GError **error)
{
  const char *host = g_uri_get_host (soup_message_get_uri (message));
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  guint status = soup_message_get_status (message);
  uint64_t expected = partial->file->size_bytes;
  goffset start = 0, end = 0, total = -1;

  if (status == 206)
    {
      if (!soup_message_headers_get_content_range (headers, &start, &end, &total)
          || (uint64_t) start != partial->size_bytes)
        return network_error (error, host, "it answered with another range than the one asked for");
      /* Only now that there is something to add is it worth reading what an earlier fetch left. */
      if (!partial->is_hashed)
        {
          sen_fetch_stage (job, SEN_FETCH_CHECKING);
          if (!sen_partial_cut (partial, partial->size_bytes, job, base, error))
            return false;
        }
    }
  else if (status == 200)
    {
      if (partial->size_bytes > 0 && !sen_partial_cut (partial, 0, job, base, error))
        return false;
      save_etag (partial, url, soup_message_headers_get_one (headers, "ETag"));
      if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH)
        total = soup_message_headers_get_content_length (headers);
    }
  else if (status == 416)
    {
      if (!sen_partial_cut (partial, 0, job, base, error))
        return false;
      return network_error (error, host, "it does not have the rest of the file");
    }
  else
    {
      g_autofree char *what = g_strdup_printf ("it answered %u %s", status, soup_status_get_phrase (status));
      return network_error (error, host, what);
    }
  if (total >= 0 && (uint64_t) total != expected)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM,
                   "%s: its file has %" G_GINT64_FORMAT " bytes, expected %" G_GUINT64_FORMAT ".", host, (gint64) total,
                   expected);
      sen_partial_cut (partial, 0, job, base, NULL);
      return false;
    }
  return true;
}

static bool
download_once (SenFetchJob *job, SoupSession *session, const char *url, SenPartial *partial, uint64_t base,
               bool *answered, GError **error)
{
  g_autofree char *etag = load_etag (partial, url);
  g_autoptr (SoupMessage) message = NULL;
  g_autofree uint8_t *chunk = g_malloc (CHUNK_BYTES);

  sen_fetch_stage (job, SEN_FETCH_CONNECTING);
  g_autoptr (GInputStream) stream = send_request (job, session, url, partial, etag, &message, error);
  if (stream == NULL || !check_answer (job, message, url, partial, base, error))
    return false;
  *answered = true;
  const char *host = g_uri_get_host (soup_message_get_uri (message));
  sen_fetch_stage (job, SEN_FETCH_DOWNLOADING);
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      gssize n = g_input_stream_read (stream, chunk, CHUNK_BYTES, job->cancellable, &local);
      if (n < 0)
        return io_error (error, host, local);
      if (n == 0)
        break;
      if (!sen_partial_append (partial, chunk, (size_t) n, error))
        {
          if (g_error_matches (error != NULL ? *error : NULL, SEN_ERROR, SEN_ERROR_CHECKSUM))
            sen_partial_cut (partial, 0, job, base, NULL);
          return false;
        }
      sen_fetch_arrived (job, (uint64_t) n);
      sen_fetch_done_bytes (job, base + partial->size_bytes);
    }
  if (partial->size_bytes < partial->file->size_bytes)
    return network_error (error, host, "the connection ended before the file did");
  return true;
}

/* Sleeps unless cancelled. */
static void
wait_ms (SenFetchJob *job, unsigned ms)
{
  GPollFD fd;
  if (job->cancellable != NULL && g_cancellable_make_pollfd (job->cancellable, &fd))
    {
      g_poll (&fd, 1, (int) ms);
      g_cancellable_release_fd (job->cancellable);
    }
  else
    g_usleep (ms * 1000ul);
}

bool
sen_download_http (SenFetchJob *job, const char *url, SenPartial *partial, uint64_t base, GError **error)
{
  uint64_t left = partial->file->size_bytes - partial->size_bytes;
  if (!sen_fetch_check_disk (job, left, error))
    return false;
  if (left == 0)
    {
      sen_fetch_stage (job, SEN_FETCH_CHECKING);
      return partial->is_hashed || sen_partial_cut (partial, partial->size_bytes, job, base, error);
    }

  g_autoptr (SoupSession) session = soup_session_new_with_options ("user-agent", "Sensorium", "timeout", SILENCE_S,
                                                                   NULL);
  bool answered = false;
  for (unsigned failures = 0;;)
    {
      g_autoptr (GError) local = NULL;
      uint64_t before = partial->size_bytes;
      if (download_once (job, session, url, partial, base, &answered, &local))
        {
          g_autofree char *etag = etag_path (partial);
          g_unlink (etag);
          return true;
        }
      failures = partial->size_bytes > before ? 1 : failures + 1;
      /* A server that never answered is left for the next source at once; a line that broke is worth patience. */
      if (!g_error_matches (local, SEN_ERROR, SEN_ERROR_NETWORK) || !answered || failures >= MAX_FAILURES)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return false;
        }
      sen_fetch_stage (job, SEN_FETCH_CONNECTING);
      wait_ms (job, job->retry_wait_ms << (failures - 1));
      if (!sen_fetch_check_cancelled (job, error))
        return false;
    }
}
