/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "history-fixture.h"
#include "sen-error.h"
#include "sen-language.h"
#include "sen-read-aloud.h"
#include "ssip-server.h"

typedef struct {
  SsipServer   *server;
  SenReadAloud *reader;
  GError       *error;
} Fixture;

static void
on_failed (SenReadAloud *reader, GError *error, Fixture *f)
{
  g_assert_null (f->error);
  f->error = g_error_copy (error);
}

static void
set_up (Fixture *f, SsipManner manner)
{
  f->server = ssip_server_new (manner);
  f->reader = sen_read_aloud_new (&(SenDebug) { .speechd_address = ssip_server_address (f->server) });
  f->error = NULL;
  g_signal_connect (f->reader, "failed", G_CALLBACK (on_failed), f);
}

static void
tear_down (Fixture *f)
{
  g_clear_object (&f->reader);
  ssip_server_free (f->server);
  g_clear_error (&f->error);
}

static bool
is_silent (gpointer reader)
{
  return !sen_read_aloud_is_on (reader);
}

static bool
has_spoken_once (gpointer server)
{
  return ssip_server_n_spoken (server) > 0;
}

static void
expect_log (Fixture *f, const char *expected)
{
  g_autofree char *log = ssip_server_take_log (f->server);
  g_assert_cmpstr (log, ==, expected);
}

/* The language is told once it is known, and once more when it turns out to be another; what would end the text does not. */
static void
test_say (void)
{
  Fixture f;
  set_up (&f, SSIP_SPEAKS);
  sen_read_aloud_set_voice (f.reader, "", 25);
  sen_read_aloud_begin (f.reader);
  g_assert_true (sen_read_aloud_is_on (f.reader));
  sen_read_aloud_say (f.reader, "Das ist der Anfang und nicht das Ende.");
  sen_read_aloud_say (f.reader, ".");
  sen_read_aloud_say (f.reader, "Ein\r\n.\r\nSTOP ALL");
  sen_read_aloud_end (f.reader);
  wait_for (is_silent, f.reader);
  g_assert_no_error (f.error);
  expect_log (&f, "LIST OUTPUT_MODULES\nSET SELF RATE 25\nSET SELF LANGUAGE de\nDas ist der Anfang und nicht das Ende.\n.\nEin  .  STOP "
              "ALL\n");

  /* A voice that was named has its own language; and again the other way. */
  sen_read_aloud_set_voice (f.reader, "English (America)\r\nQUIT", 0);
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_say (f.reader, "Und das auch.");
  sen_read_aloud_end (f.reader);
  wait_for (is_silent, f.reader);
  expect_log (&f, "SET SELF RATE 0\nSET SELF SYNTHESIS_VOICE English (America)  QUIT\nUnd das auch.\n");
  sen_read_aloud_set_voice (f.reader, "", 0);
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_say (f.reader, "This is the end of it, and that was what you have.");
  sen_read_aloud_end (f.reader);
  wait_for (is_silent, f.reader);
  g_autofree char *log = ssip_server_take_log (f.server);
  g_assert_nonnull (strstr (log, "SET SELF LANGUAGE en\nThis is the end"));

  /* Nothing to say. */
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_end (f.reader);
  g_assert_false (sen_read_aloud_is_on (f.reader));
  tear_down (&f);
}

typedef struct {
  Fixture    *f;
  GString    *log;
  const char *words;
} Waiting;

static bool
has_words (gpointer data)
{
  Waiting *waiting = data;
  g_autofree char *more = ssip_server_take_log (waiting->f->server);
  g_string_append (waiting->log, more);
  return strstr (waiting->log->str, waiting->words) != NULL;
}

/* All that the server was told until then. (transfer full) */
static char *
wait_for_words (Fixture *f, const char *words)
{
  Waiting waiting = { f, g_string_new (NULL), words };
  wait_for (has_words, &waiting);
  return g_string_free (waiting.log, FALSE);
}

static void
test_stop (void)
{
  Fixture f;
  set_up (&f, SSIP_IS_SLOW);
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_say (f.reader, "One.");
  sen_read_aloud_say (f.reader, "Two.");
  wait_for (has_spoken_once, f.server);
  sen_read_aloud_stop (f.reader);
  g_assert_false (sen_read_aloud_is_on (f.reader));
  g_autofree char *cancelled = wait_for_words (&f, "CANCEL SELF\n");
  sen_read_aloud_say (f.reader, "Nobody began this.");

  /* Another text at once, while the one before is still on its way. */
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_say (f.reader, "Three.");
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_say (f.reader, "Four.");
  g_autofree char *log = wait_for_words (&f, "Four.\n");
  g_assert_null (strstr (log, "Nobody"));
  g_assert_no_error (f.error);
  tear_down (&f);
}

/* A text that a socket does not hold at once arrives whole, though it is answered at its first byte. */
static void
test_early_answer (void)
{
  Fixture f;
  g_autofree char *text = g_strnfill (1 << 20, 'a');
  set_up (&f, SSIP_IS_HASTY);
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_say (f.reader, text);
  sen_read_aloud_end (f.reader);
  wait_for (is_silent, f.reader);
  ssip_server_set_manner (f.server, SSIP_SPEAKS);
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_say (f.reader, "Two.");
  sen_read_aloud_end (f.reader);
  wait_for (is_silent, f.reader);
  g_assert_no_error (f.error);
  g_autofree char *log = ssip_server_take_log (f.server);
  g_assert_true (strstr (log, text) != NULL);
  g_assert_true (g_str_has_suffix (log, "\nTwo.\n"));
  tear_down (&f);
}

static void
test_trouble (void)
{
  const struct { SsipManner manner; int code; const char *words; } cases[] = {
    { SSIP_HAS_NO_VOICE, SEN_ERROR_NOT_FOUND, "has no voice; install one" },
    { SSIP_REFUSES, SEN_ERROR_DEVICE, "refuses to read this aloud" },
    { SSIP_IS_MAD, SEN_ERROR_DEVICE, "makes no sense" },
    { SSIP_ENDS, SEN_ERROR_DEVICE, "has ended; try again" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture f;
      set_up (&f, cases[i].manner);
      sen_read_aloud_begin (f.reader);
      sen_read_aloud_say (f.reader, "One.");
      wait_for (is_silent, f.reader);
      g_assert_error (f.error, SEN_ERROR, cases[i].code);
      g_assert_nonnull (strstr (f.error->message, cases[i].words));
      tear_down (&f);
    }
  /* Nobody is there. */
  Fixture f = { .reader = sen_read_aloud_new (&(SenDebug) { .speechd_address = "unix_socket:/nowhere/speechd.sock" }) };
  g_signal_connect (f.reader, "failed", G_CALLBACK (on_failed), &f);
  sen_read_aloud_begin (f.reader);
  wait_for (is_silent, f.reader);
  g_assert_error (f.error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_clear_error (&f.error);
  g_object_unref (f.reader);
}

static void
on_voices (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  *(char ***) data = sen_read_aloud_list_voices_finish (result, &error);
  g_assert_no_error (error);
}

static void
on_no_voices (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_null (sen_read_aloud_list_voices_finish (result, data));
}

static bool
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static void
test_voices (void)
{
  Fixture f;
  g_auto (GStrv) voices = NULL;
  set_up (&f, SSIP_SPEAKS);
  sen_read_aloud_list_voices_async (f.reader, on_voices, &voices);
  wait_for (is_set, &voices);
  g_assert_cmpuint (g_strv_length (voices), ==, 2);
  g_assert_cmpstr (voices[0], ==, "English (America)");
  g_assert_cmpstr (voices[1], ==, "German");

  /* The way back from a voice that was named is another connection. */
  sen_read_aloud_set_voice (f.reader, "German", 0);
  sen_read_aloud_begin (f.reader);
  sen_read_aloud_say (f.reader, "One.");
  g_clear_pointer (&voices, g_strfreev);
  sen_read_aloud_list_voices_async (f.reader, on_voices, &voices);
  sen_read_aloud_set_voice (f.reader, "", 0);
  sen_read_aloud_begin (f.reader);
  wait_for (is_set, &voices);
  g_assert_cmpuint (g_strv_length (voices), ==, 2);

  /* Who asks does not keep it alive. */
  sen_read_aloud_list_voices_async (f.reader, on_no_voices, &f.error);
  g_assert_finalize_object (g_steal_pointer (&f.reader));
  wait_for (is_set, &f.error);
  g_assert_error (f.error, SEN_ERROR, SEN_ERROR_CANCELLED);
  tear_down (&f);
}

static void
test_language (void)
{
  const struct { const char *text, *code; } cases[] = {
    { "The sky is blue because of the way that light is scattered.", "en" },
    { "Der Himmel ist blau, weil das Licht an den Molekülen gestreut wird.", "de" },
    { "Le ciel est bleu parce que les molécules diffusent la lumière.", "fr" },
    { "El cielo es azul porque la luz se dispersa en las moléculas del aire.", "es" },
    { "Il cielo è blu perché la luce è diffusa dalle molecole che sono nell'aria.", "it" },
    { "Небо голубое, потому что свет рассеивается.", "ru" },
    { "空が青いのは光が散乱するからです。", "ja" },
    { "天空是蓝色的，因为光被散射。", "zh" },
    { "42", NULL }, { "", NULL }, { "Kubernetes", NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (sen_language_guess (cases[i].text), ==, cases[i].code);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/read-aloud/say", test_say);
  g_test_add_func ("/read-aloud/stop", test_stop);
  g_test_add_func ("/read-aloud/early-answer", test_early_answer);
  g_test_add_func ("/read-aloud/trouble", test_trouble);
  g_test_add_func ("/read-aloud/voices", test_voices);
  g_test_add_func ("/read-aloud/language", test_language);
  return g_test_run ();
}
