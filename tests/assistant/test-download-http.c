/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* An HTTP server of which each answer can be told to be wrong in one way. */
typedef struct {
  GSocketService *service;
  GBytes         *content;
  char           *base;            /* http://127.0.0.1:PORT */
  GMutex          lock;
  const char     *etag;
  size_t          cut_after;       /* bytes of the body per connection; 0: all */
  unsigned        n_cuts_left;     /* how many connections are cut; after that all is sent */
  bool            no_ranges;
  bool            wrong_range;
  bool            no_length;
  bool            stall;
  size_t          lie_length;      /* Content-Length, 0: the truth */
  const char     *redirect;        /* Location for /redirect */
  unsigned        n_requests;
  GString        *ranges;          /* the Range headers that came, joined by commas */
  GString        *if_ranges;
} Server;

static char *
header (char **lines, const char *name)
{
  size_t n = strlen (name);
  for (char **line = lines; *line != NULL; line++)
    if (g_ascii_strncasecmp (*line, name, n) == 0 && (*line)[n] == ':')
      return g_strstrip (g_strdup (*line + n + 1));
  return NULL;
}

static gboolean
on_connection (GThreadedSocketService *service, GSocketConnection *connection, GObject *source, gpointer user_data)
{
  Server *server = user_data;
  g_autoptr (GDataInputStream) in = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  char *line;

  g_data_input_stream_set_newline_type (in, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  while ((line = g_data_input_stream_read_line (in, NULL, NULL, NULL)) != NULL && *line != '\0')
    g_ptr_array_add (lines, line);
  g_free (line);
  if (lines->len == 0)
    return TRUE;
  g_ptr_array_add (lines, NULL);
  char **all = (char **) lines->pdata;
  g_autofree char *range = header (all, "Range");
  g_autofree char *if_range = header (all, "If-Range");
  g_autoptr (GString) head = g_string_new ("HTTP/1.1 ");
  size_t size;
  const uint8_t *data = g_bytes_get_data (server->content, &size);
  size_t start = 0;

  g_mutex_lock (&server->lock);
  server->n_requests++;
  if (range != NULL)
    g_string_append_printf (server->ranges, "%s,", range);
  if (if_range != NULL)
    g_string_append_printf (server->if_ranges, "%s,", if_range);
  bool partial = range != NULL && !server->no_ranges
                 && (if_range == NULL || g_strcmp0 (if_range, server->etag) == 0);
  if (partial && g_str_has_prefix (range, "bytes="))
    start = (size_t) g_ascii_strtoull (range + 6, NULL, 10);
  bool cut = server->cut_after > 0 && server->n_cuts_left > 0;
  if (cut)
    server->n_cuts_left--;
  size_t n_send = cut ? MIN (size - start, server->cut_after) : size - start;

  if (g_str_has_prefix (all[0], "GET /missing"))
    {
      g_string_append (head, "404 Not Found\r\n");
      n_send = 0;
    }
  else if (g_str_has_prefix (all[0], "GET /redirect"))
    {
      g_string_append_printf (head, "302 Found\r\nLocation: %s\r\n", server->redirect);
      n_send = 0;
    }
  else if (partial && start >= size)
    {
      g_string_append (head, "416 Range Not Satisfiable\r\n");
      n_send = 0;
    }
  else if (partial)
    g_string_append_printf (head, "206 Partial Content\r\nContent-Range: bytes %zu-%zu/%zu\r\n",
                            server->wrong_range ? start + 1 : start, size - 1, size);
  else
    g_string_append (head, "200 OK\r\n");
  if (server->etag != NULL)
    g_string_append_printf (head, "ETag: %s\r\n", server->etag);
  if (!server->no_length)
    g_string_append_printf (head, "Content-Length: %zu\r\n",
                            n_send == 0 ? 0 : server->lie_length > 0 ? server->lie_length : size - start);
  g_string_append (head, "Connection: close\r\n\r\n");
  bool stall = server->stall;
  g_mutex_unlock (&server->lock);

  g_output_stream_write_all (out, head->str, head->len, NULL, NULL, NULL);
  if (stall)
    {
      g_output_stream_write_all (out, data, 1000, NULL, NULL, NULL);
      /* Until the other side goes. */
      char rest[100];
      while (g_input_stream_read (G_INPUT_STREAM (in), rest, sizeof rest, NULL, NULL) > 0)
        continue;
    }
  else
    g_output_stream_write_all (out, data + start, n_send, NULL, NULL, NULL);
  return TRUE;
}

typedef struct {
  Fixture common;
  Server  server;
} HttpFixture;

static void
set_up (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Server *server = &fixture->server;
  fixture_set_up (&fixture->common, NULL);
  server->content = g_bytes_ref (fixture->common.content);
  server->etag = "\"one\"";
  server->ranges = g_string_new (NULL);
  server->if_ranges = g_string_new (NULL);
  server->service = g_threaded_socket_service_new (8);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) got = NULL;
  g_socket_listener_add_address (G_SOCKET_LISTENER (server->service), wanted, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &got, &error);
  g_assert_no_error (error);
  server->base = g_strdup_printf ("http://127.0.0.1:%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got)));
  g_signal_connect (server->service, "run", G_CALLBACK (on_connection), server);
  g_socket_service_start (server->service);
}

static void
tear_down (HttpFixture *fixture, gconstpointer data)
{
  Server *server = &fixture->server;
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  g_object_unref (server->service);
  g_bytes_unref (server->content);
  g_free (server->base);
  g_string_free (server->ranges, TRUE);
  g_string_free (server->if_ranges, TRUE);
  fixture_tear_down (&fixture->common, NULL);
}

static SenModelStore *
hub_store (HttpFixture *fixture, const char *page)
{
  g_autofree char *url = g_strconcat (fixture->server.base, page, NULL);
  g_autofree char *hub = fixture_hub (url);
  g_autofree char *text = fixture_catalogue_text (&fixture->common, hub, false);
  return fixture_store (&fixture->common, text, 0);
}

/* Fetches from the one hub; NULL or the error. */
static GError *
try_fetch (HttpFixture *fixture, const char *page)
{
  g_autoptr (SenModelStore) store = hub_store (fixture, page);
  GError *error = NULL;
  g_autofree char *path = fixture_fetch (&fixture->common, store, "tiny", NULL, &error);
  if (path != NULL)
    {
      g_assert_no_error (error);
      fixture_assert_model_is_right (&fixture->common, path);
      g_assert_false (fixture_exists (&fixture->common, "tiny.gguf.partial"));
      g_assert_false (fixture_exists (&fixture->common, "tiny.gguf.partial.etag"));
      g_assert_false (fixture_exists (&fixture->common, ".tiny.lock"));
      g_autoptr (SenModelStatus) status = sen_model_store_status (store, "tiny", NULL);
      g_assert_cmpint (status->state, ==, SEN_MODEL_PRESENT);
      g_assert_true (status->verified);
    }
  return error;
}

static void
leave_partial (HttpFixture *fixture, const void *data, size_t size)
{
  g_mkdir_with_parents (fixture->common.data_dir, 0755);
  fixture_write (fixture->common.data_dir, "tiny.gguf.partial", data, size);
}

static void
test_plain (HttpFixture *fixture, gconstpointer data)
{
  g_assert_no_error (try_fetch (fixture, "/file"));
  g_assert_cmpuint (fixture->server.n_requests, ==, 1);
  /* Once more: it is there, nobody is asked. */
  g_assert_no_error (try_fetch (fixture, "/file"));
  g_assert_cmpuint (fixture->server.n_requests, ==, 1);
}

static void
test_cut_lines (HttpFixture *fixture, gconstpointer data)
{
  fixture->server.cut_after = 100000;
  fixture->server.n_cuts_left = 2;
  g_assert_no_error (try_fetch (fixture, "/file"));
  g_assert_cmpuint (fixture->server.n_requests, ==, 3);
  g_assert_cmpstr (fixture->server.ranges->str, ==, "bytes=100000-,bytes=200000-,");
  g_assert_cmpstr (fixture->server.if_ranges->str, ==, "\"one\",\"one\",");
}

/* A line that never gets further is given up, and what came is kept for the next time. */
static void
test_gives_up_and_resumes (HttpFixture *fixture, gconstpointer data)
{
  fixture->server.cut_after = 1000;
  fixture->server.n_cuts_left = 1;
  fixture->server.lie_length = 0;
  fixture->server.wrong_range = true;
  g_autoptr (GError) error = try_fetch (fixture, "/file");
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NETWORK);
  g_autofree char *partial = fixture_path (&fixture->common, "tiny.gguf.partial");
  g_autofree char *text = NULL;
  size_t length;
  g_assert_true (g_file_get_contents (partial, &text, &length, NULL));
  g_assert_cmpuint (length, ==, 1000);
  g_autoptr (SenModelStore) store = hub_store (fixture, "/file");
  g_autoptr (SenModelStatus) status = sen_model_store_status (store, "tiny", NULL);
  g_assert_cmpint (status->state, ==, SEN_MODEL_PARTIAL);
  g_assert_cmpuint (status->size_bytes, ==, 1000);

  fixture->server.wrong_range = false;
  g_string_truncate (fixture->server.ranges, 0);
  g_assert_no_error (try_fetch (fixture, "/file"));
  g_assert_cmpstr (fixture->server.ranges->str, ==, "bytes=1000-,");
}

static void
test_left_over (HttpFixture *fixture, gconstpointer data)
{
  const uint8_t *content = g_bytes_get_data (fixture->common.content, NULL);
  const size_t sizes[] = { 1, 65536, CONTENT_BYTES - 1, CONTENT_BYTES };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *model = fixture_path (&fixture->common, "tiny.gguf");
      g_autofree uint8_t *wrong = g_malloc0 (sizes[i]);
      leave_partial (fixture, content, sizes[i]);
      g_assert_no_error (try_fetch (fixture, "/file"));
      g_unlink (model);
      /* The wrong beginning is only seen at the end, and mended by a second try. */
      leave_partial (fixture, wrong, sizes[i]);
      g_assert_no_error (try_fetch (fixture, "/file"));
      g_unlink (model);
    }
  g_autofree char *longer = g_strnfill (CONTENT_BYTES + 1, 'x');
  leave_partial (fixture, longer, CONTENT_BYTES + 1);
  g_assert_no_error (try_fetch (fixture, "/file"));
}

static void
test_no_ranges (HttpFixture *fixture, gconstpointer data)
{
  fixture->server.no_ranges = true;
  fixture->server.cut_after = 100000;
  fixture->server.n_cuts_left = 1;
  g_assert_no_error (try_fetch (fixture, "/file"));
  g_assert_cmpuint (fixture->server.n_requests, ==, 2);
}

/* The file behind the URL changed meanwhile: its new ETag makes the server send all of it. */
static void
test_changed_file (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *stale = g_strnfill (5000, 'x');
  leave_partial (fixture, stale, 5000);
  g_autofree char *etag = g_strdup_printf ("%s/file\n\"old\"\n", fixture->server.base);
  fixture_write (fixture->common.data_dir, "tiny.gguf.partial.etag", etag, strlen (etag));
  g_assert_no_error (try_fetch (fixture, "/file"));
  g_assert_cmpuint (fixture->server.n_requests, ==, 1);
  g_assert_cmpstr (fixture->server.if_ranges->str, ==, "\"old\",");
}

static void
test_wrong_content (HttpFixture *fixture, gconstpointer data)
{
  g_autofree uint8_t *other = g_malloc0 (CONTENT_BYTES);
  g_bytes_unref (fixture->server.content);
  fixture->server.content = g_bytes_new (other, CONTENT_BYTES);
  g_autoptr (GError) error = try_fetch (fixture, "/file");
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM);
  g_assert_nonnull (strstr (error->message, "SHA-256"));
}

static void
test_wrong_size (HttpFixture *fixture, gconstpointer data)
{
  fixture->server.lie_length = CONTENT_BYTES + 1;
  g_autoptr (GError) error = try_fetch (fixture, "/file");
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM);
  g_assert_nonnull (strstr (error->message, "300001"));
  g_clear_error (&error);

  /* Without a length, more is only noticed when it comes. */
  fixture->server.no_length = true;
  g_autofree uint8_t *longer = g_malloc0 (CONTENT_BYTES * 2);
  g_bytes_unref (fixture->server.content);
  fixture->server.content = g_bytes_new (longer, CONTENT_BYTES * 2);
  error = try_fetch (fixture, "/file");
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM);
  g_assert_nonnull (strstr (error->message, "More than"));
}

static void
test_redirects (HttpFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *location;
    bool        works;
  } cases[] = {
    { "/file", true }, { "/redirect", false }, { "http://localhost/file", false }, { "http://example.org/file", false },
    { "ftp://127.0.0.1/file", false }, { "file:///etc/passwd", false }, { "", false }, { "http://", false },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fixture->server.redirect = cases[i].location;
      fixture->server.n_requests = 0;
      g_autoptr (GError) error = try_fetch (fixture, "/redirect");
      g_test_message ("%s: %s", cases[i].location, error != NULL ? error->message : "works");
      g_assert_cmpint (error == NULL, ==, cases[i].works);
      if (error != NULL)
        g_assert_error (error, SEN_ERROR, SEN_ERROR_NETWORK);
      g_assert_cmpuint (fixture->server.n_requests, <=, 6);
      g_autofree char *model = fixture_path (&fixture->common, "tiny.gguf");
      g_unlink (model);
    }
}

static void
test_next_source (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *missing = g_strconcat (fixture->server.base, "/missing", NULL);
  g_autofree char *there = g_strconcat (fixture->server.base, "/file", NULL);
  const char *nobody = "http://127.0.0.1:1/file";
  const char *urls[][3] = { { missing, nobody, there }, { missing, nobody, missing } };
  for (size_t i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autofree char *first = fixture_hub (urls[i][0]);
      g_autofree char *second = fixture_hub (urls[i][1]);
      g_autofree char *third = fixture_hub (urls[i][2]);
      g_autofree char *sources = g_strjoin (", ", first, second, third, NULL);
      g_autofree char *text = fixture_catalogue_text (&fixture->common, sources, false);
      g_autoptr (SenModelStore) store = fixture_store (&fixture->common, text, 0);
      g_autoptr (GError) error = NULL;
      g_autofree char *path = fixture_fetch (&fixture->common, store, "tiny", NULL, &error);
      if (i == 0)
        {
          fixture_assert_model_is_right (&fixture->common, path);
          g_unlink (path);
          continue;
        }
      g_assert_error (error, SEN_ERROR, SEN_ERROR_NETWORK);
      g_assert_nonnull (strstr (error->message, "404"));
    }
}

static void
test_disk_is_full (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *url = g_strconcat (fixture->server.base, "/file", NULL);
  g_autofree char *hub = fixture_hub (url);
  g_autofree char *text = fixture_catalogue_text (&fixture->common, hub, false);
  g_autoptr (SenModelStore) store = fixture_store (&fixture->common, text, 1000);
  g_autoptr (GError) error = NULL;
  g_assert_null (fixture_fetch (&fixture->common, store, "tiny", NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_DISK_FULL);
  g_assert_cmpuint (fixture->server.n_requests, ==, 0);
}

static void
test_folder_cannot_be_written (HttpFixture *fixture, gconstpointer data)
{
  /* A file where the folder should be: refused for everybody, root too. */
  fixture_write (fixture->common.root, "models", "x", 1);
  g_autoptr (GError) error = try_fetch (fixture, "/file");
  g_assert_error (error, SEN_ERROR, SEN_ERROR_IO);
  g_assert_cmpuint (fixture->server.n_requests, ==, 0);
  g_clear_error (&error);
  g_unlink (fixture->common.data_dir);

  /* Root may write everywhere, so root becomes nobody for a moment. */
  bool is_root = geteuid () == 0;
  g_assert_cmpint (g_mkdir (fixture->common.data_dir, 0555), ==, 0);
  g_assert_cmpint (g_chmod (fixture->common.root, 0755), ==, 0);
  if (is_root)
    g_assert_cmpint (setresuid (65534, 65534, 0), ==, 0);
  error = try_fetch (fixture, "/file");
  if (is_root)
    g_assert_cmpint (setresuid (0, 0, 0), ==, 0);
  g_assert_error (error, SEN_ERROR, SEN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "cannot be written"));
  g_assert_cmpuint (fixture->server.n_requests, ==, 0);
}

typedef struct {
  SenModelStore *store;
  GCancellable  *cancellable;
} Stalled;

/* Cancels once all has arrived that was sent. */
static gboolean
on_look (gpointer user_data)
{
  Stalled *stalled = user_data;
  g_autoptr (SenModelStatus) status = sen_model_store_status (stalled->store, "tiny", NULL);
  if (status->state != SEN_MODEL_PARTIAL || status->size_bytes < 1000)
    return G_SOURCE_CONTINUE;
  g_cancellable_cancel (stalled->cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_cancel (HttpFixture *fixture, gconstpointer data)
{
  fixture->server.stall = true;
  g_autoptr (SenModelStore) store = hub_store (fixture, "/file");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Stalled stalled = { store, cancellable };
  g_timeout_add (20, on_look, &stalled);
  g_assert_null (fixture_fetch (&fixture->common, store, "tiny", cancellable, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_autoptr (SenModelStatus) status = sen_model_store_status (store, "tiny", NULL);
  g_assert_cmpint (status->state, ==, SEN_MODEL_PARTIAL);
  g_assert_cmpuint (status->size_bytes, ==, 1000);
}

static void
test_lock (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *lock_path = fixture_path (&fixture->common, ".tiny.lock");
  g_assert_cmpint (g_mkdir (fixture->common.data_dir, 0755), ==, 0);
  int fd = g_open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  g_autoptr (GError) error = try_fetch (fixture, "/file");
  g_assert_error (error, SEN_ERROR, SEN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "Another process"));
  /* A process that dies leaves the file, not the lock. */
  close (fd);
  g_assert_no_error (try_fetch (fixture, "/file"));
}

/* What lies damaged under the final name is only replaced by something whole. */
static void
test_replaces_damaged (HttpFixture *fixture, gconstpointer data)
{
  g_autofree uint8_t *wrong = g_malloc0 (CONTENT_BYTES);
  g_assert_cmpint (g_mkdir (fixture->common.data_dir, 0755), ==, 0);
  fixture_write (fixture->common.data_dir, "tiny.gguf", wrong, CONTENT_BYTES);
  g_assert_no_error (try_fetch (fixture, "/file"));
  fixture_write (fixture->common.data_dir, "tiny.gguf", wrong, 10);
  g_assert_no_error (try_fetch (fixture, "/file"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const struct {
    const char *name;
    void (*run) (HttpFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/download/plain", test_plain },
    { "/download/cut-lines", test_cut_lines },
    { "/download/gives-up-and-resumes", test_gives_up_and_resumes },
    { "/download/left-over", test_left_over },
    { "/download/no-ranges", test_no_ranges },
    { "/download/changed-file", test_changed_file },
    { "/download/wrong-content", test_wrong_content },
    { "/download/wrong-size", test_wrong_size },
    { "/download/redirects", test_redirects },
    { "/download/next-source", test_next_source },
    { "/download/disk-is-full", test_disk_is_full },
    { "/download/folder-cannot-be-written", test_folder_cannot_be_written },
    { "/download/cancel", test_cancel },
    { "/download/lock", test_lock },
    { "/download/replaces-damaged", test_replaces_damaged },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, HttpFixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
