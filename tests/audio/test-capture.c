/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pulse.h"
#include "sen-capture-wire.h"
#include "sen-capture.h"
#include "sen-error.h"
#include "sound.h"

static char *helper;

/* Much longer than anything takes: these loops end when something happened. */
#define PATIENCE 60

static void
wait_for_state (SenCapture *capture, SenCaptureState state)
{
  for (int i = 0; i < PATIENCE * 100 && sen_capture_state (capture) != state; i++)
    {
      if (state != SEN_CAPTURE_BROKEN && sen_capture_state (capture) == SEN_CAPTURE_BROKEN)
        {
          g_autoptr (GError) error = sen_capture_error (capture);
          g_error ("%s", error->message);
        }
      g_usleep (10000);
    }
  g_assert_cmpint (sen_capture_state (capture), ==, state);
}

static SenCapture *
start (const char *device)
{
  g_autoptr (GError) error = NULL;
  SenCapture *capture = sen_capture_new (&(SenCaptureParams) { .helper = helper, .device = device }, &error);
  g_assert_no_error (error);
  return capture;
}

static void
expect_broken (SenCapture *capture, int code, const char *words)
{
  wait_for_state (capture, SEN_CAPTURE_BROKEN);
  g_autoptr (GError) error = sen_capture_error (capture);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_error (error, SEN_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
read_all (SenCapture *capture, GArray *sound)
{
  float samples[1000];
  for (size_t n; (n = sen_capture_read (capture, samples, G_N_ELEMENTS (samples))) > 0;)
    g_array_append_vals (sound, samples, n);
}

/* Reads until there are @seconds of it. */
static void
record (SenCapture *capture, GArray *sound, double seconds)
{
  for (int i = 0; i < PATIENCE * 100 && sound->len < seconds * SEN_CAPTURE_RATE; i++)
    {
      read_all (capture, sound);
      g_usleep (10000);
    }
  g_assert_cmpint (sound->len, >=, seconds * SEN_CAPTURE_RATE);
}

static void
test_no_server (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = sen_capture_list (helper, &error);
  g_assert_error (error, SEN_ERROR, SEN_ERROR_DEVICE);
  g_assert_null (list);
  g_assert_nonnull (strstr (error->message, "No sound server answers"));
  g_autoptr (SenCapture) capture = start (NULL);
  expect_broken (capture, SEN_ERROR_DEVICE, "No sound server answers");
  pulse_tear_down (&pulse);
}

static void
test_list (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *speaker = pulse_add_speaker (&pulse), *mic = pulse_add_microphone (&pulse);
  g_autofree char *other = pulse_control (&pulse, "load-module", "module-null-source", "source_name=other",
                                          "description=\"Änother one\"", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = sen_capture_list (helper, &error);
  g_assert_no_error (error);
  g_assert_cmpint (list->len, ==, 3);
  const SenMicrophone *first = list->pdata[0], *second = list->pdata[1], *last = list->pdata[2];
  g_assert_cmpstr (first->id, ==, "pulse:mic");
  g_assert_cmpstr (first->name, ==, "Test microphone");
  g_assert_true (first->is_default);
  g_assert_false (first->is_monitor);
  g_assert_cmpstr (second->id, ==, "pulse:other");
  g_assert_cmpstr (second->name, ==, "Änother one");
  g_assert_false (second->is_default);
  g_assert_true (last->is_monitor);
  g_assert_cmpstr (last->name, ==, "Speaker");
  pulse_tear_down (&pulse);
}

/* Where in @sound the @n samples at @piece are most alike, and how much (1: the same but for loudness). */
static double
likeness (const GArray *sound, const float *piece, int n)
{
  const float *x = (const float *) sound->data;
  double energy = 0.0, own = 1e-9, best = 0.0;
  for (int i = 0; i < n; i++)
    energy += piece[i] * piece[i];
  for (int i = 0; i < n; i++)
    own += x[i] * x[i];
  for (guint at = 0; at + n < sound->len; at++)
    {
      float dot = 0.0f;
      for (int i = 0; i < n; i++)
        dot += x[at + i] * piece[i];
      best = fmax (best, dot / sqrt (energy * fmax (own, 1e-6)));
      own += x[at + n] * x[at + n] - x[at] * x[at];
    }
  return best;
}

typedef struct {
  GArray *sound;
  guint   at;
  int     n_notified;   /* atomic */
} Player;

static size_t
give_samples (float *samples, size_t n, gpointer data)
{
  Player *player = data;
  n = MIN (n, player->sound->len - player->at);
  memcpy (samples, player->sound->data + player->at * sizeof (float), n * sizeof (float));
  player->at += n;
  return n;
}

static void
count (gpointer data)
{
  g_atomic_int_inc (&((Player *) data)->n_notified);
}

#define N_PIECES 6
#define MOST_ROUNDS 30

/* What is played into the loudspeaker arrives at the microphone: both directions in one. */
static void
test_record (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *speaker = pulse_add_speaker (&pulse), *mic = pulse_add_microphone (&pulse);
  g_autoptr (GArray) clip = sound_read ("boat.wav"), sound = sound_noise (0, 0, 0, 1);
  sound_scale (clip, -6.0);
  g_autoptr (SenCapture) capture = start (NULL);
  wait_for_state (capture, SEN_CAPTURE_RECORDING);
  g_autofree char *name = sen_capture_device_name (capture);
  g_assert_cmpstr (name, ==, "Test microphone");

  /* A busy machine may tear the sound: it is played until enough of its pieces were heard. */
  float loudest = 0.0f, loudest_peak = 0.0f;
  int n_steps = 0, n_notified = 0, n_found = 0;
  bool is_found[N_PIECES] = { false };
  for (int i = 0; i < MOST_ROUNDS && (n_found < 3 || n_steps <= 5 || n_notified <= 5 || loudest <= 0.05f || loudest_peak <= 0.1f); i++)
    {
      g_autoptr (GError) error = NULL;
      Player player = { .sound = clip };
      g_autoptr (SenPlayback) playback = sen_playback_new (helper, give_samples, count, &player, &error);
      g_assert_no_error (error);
      uint64_t position = 0;
      while (sen_playback_state (playback) < SEN_CAPTURE_ENDED)
        {
          read_all (capture, sound);
          SenSoundLevel level = sen_capture_level (capture);
          loudest = fmaxf (loudest, level.rms);
          loudest_peak = fmaxf (loudest_peak, level.peak);
          g_assert_cmpfloat (level.rms, <=, level.peak);
          g_assert_cmpint (sen_playback_position (playback), >=, position);
          n_steps += sen_playback_position (playback) > position;
          position = sen_playback_position (playback);
          g_usleep (5000);
        }
      g_assert_null (sen_playback_error (playback));
      g_assert_cmpint (sen_playback_state (playback), ==, SEN_CAPTURE_ENDED);
      g_assert_cmpint (sen_playback_position (playback), ==, clip->len);
      n_notified += g_atomic_int_get (&player.n_notified);
      record (capture, sound, sound->len / (double) SEN_CAPTURE_RATE + 1.0);
      n_found = 0;
      for (int j = 0; j < N_PIECES; j++)
        {
          double like = is_found[j] ? 1.0 : likeness (sound, (const float *) clip->data + 6000 + j * 6000, 1600);
          g_test_message ("piece %d: likeness %.3f", j, like);
          is_found[j] = like > 0.9;
          n_found += is_found[j];
        }
      g_array_set_size (sound, 0);
    }
  sen_capture_stop (capture);
  wait_for_state (capture, SEN_CAPTURE_ENDED);
  read_all (capture, sound);
  g_assert_null (sen_capture_error (capture));
  g_assert_false (sen_capture_is_silent (capture));
  g_assert_cmpint (n_steps, >, 5);
  g_assert_cmpint (n_notified, >, 5);
  /* The level meter showed it. A clip at -6 dB has frames louder than -26 dB. And its pieces are in it. */
  g_assert_cmpfloat (loudest, >, 0.05f);
  g_assert_cmpfloat (loudest_peak, >, 0.1f);
  g_assert_cmpint (n_found, >=, 3);
  pulse_tear_down (&pulse);
}

static void
test_no_microphone (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *speaker = pulse_add_speaker (&pulse);
  g_autoptr (SenCapture) capture = start (NULL), chosen = start ("pulse:blue-yeti"), monitor = start ("pulse:speaker.monitor");
  expect_broken (capture, SEN_ERROR_NOT_FOUND, "There is no microphone");
  expect_broken (chosen, SEN_ERROR_NOT_FOUND, "The microphone blue-yeti is not connected");
  /* What the computer plays can be chosen, but is never taken for a microphone. */
  wait_for_state (monitor, SEN_CAPTURE_RECORDING);
  pulse_tear_down (&pulse);
}

static void
test_silence (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *other = pulse_control (&pulse, "load-module", "module-null-source", "source_name=dead", NULL);
  g_autoptr (SenCapture) capture = start ("pulse:dead");
  g_autoptr (GArray) sound = sound_noise (0, 0, 0, 1);
  g_assert_false (sen_capture_is_silent (capture));   /* nothing is known yet */
  record (capture, sound, 1.1);
  g_assert_true (sen_capture_is_silent (capture));
  g_assert_cmpfloat (sen_level_height (sen_capture_level (capture).rms), ==, 0.0f);
  pulse_tear_down (&pulse);
}

static void
test_unplugged (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *module = pulse_control (&pulse, "load-module", "module-null-source", "source_name=usb", NULL);
  g_autoptr (SenCapture) capture = start ("pulse:usb");
  g_autoptr (GArray) sound = sound_noise (0, 0, 0, 1);
  record (capture, sound, 0.5);
  g_free (pulse_control (&pulse, "unload-module", module, NULL));
  expect_broken (capture, SEN_ERROR_DEVICE, "was disconnected; what you said before is kept");
  read_all (capture, sound);
  g_assert_cmpint (sound->len, >=, SEN_CAPTURE_RATE / 2);
  pulse_tear_down (&pulse);
}

static void
test_server_dies (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *module = pulse_control (&pulse, "load-module", "module-null-source", "source_name=mic", NULL);
  g_autofree char *speaker = pulse_add_speaker (&pulse);
  g_autoptr (SenCapture) capture = start (NULL);
  g_autoptr (GArray) sound = sound_noise (0, 0, 0, 1), long_one = sound_noise (60.0, 0, -40, 1);
  g_autoptr (GError) error = NULL;
  Player player = { .sound = long_one };
  g_autoptr (SenPlayback) playback = sen_playback_new (helper, give_samples, NULL, &player, &error);
  g_assert_no_error (error);
  record (capture, sound, 0.5);
  for (int i = 0; i < PATIENCE * 100 && sen_playback_position (playback) == 0; i++)
    g_usleep (10000);
  pulse_kill (&pulse);
  expect_broken (capture, SEN_ERROR_DEVICE, "was disconnected; what you said before is kept");
  for (int i = 0; i < PATIENCE * 100 && sen_playback_state (playback) != SEN_CAPTURE_BROKEN; i++)
    g_usleep (10000);
  g_autoptr (GError) gone = sen_playback_error (playback);
  g_assert_error (gone, SEN_ERROR, SEN_ERROR_DEVICE);
  pulse_tear_down (&pulse);
}

/* --- A server that lets nobody in ------------------------------------------------------------------------------------------------ */

/* One packet of PulseAudio's protocol: length, channel, offset, flags; then 'L' and a number for the command, and the same for its tag.
 * The answer is ERROR, the tag, ACCESS. */
static void
refuse (int fd)
{
  guint8 head[20], body[1024];
  struct timeval patience = { .tv_sec = PATIENCE };
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (recv (fd, head, sizeof head, MSG_WAITALL) == sizeof head)
    {
      gsize n = (gsize) head[2] << 8 | head[3];
      const guint8 answer[] = { 0, 0, 0, 15, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'L', 0, 0, 0, 0 };
      const guint8 access[] = { 'L', 0, 0, 0, 1 };
      if (n <= sizeof body && recv (fd, body, n, MSG_WAITALL) == (gssize) n && send (fd, answer, sizeof answer, MSG_NOSIGNAL) > 0
          && send (fd, body + 5, 5, MSG_NOSIGNAL) > 0 && send (fd, access, sizeof access, MSG_NOSIGNAL) > 0)
        recv (fd, body, sizeof body, 0);   /* it goes */
    }
  close (fd);
}

static gpointer
serve (gpointer data)
{
  int fd;
  while ((fd = accept (GPOINTER_TO_INT (data), NULL, NULL)) >= 0)
    refuse (fd);
  return NULL;
}

static void
test_denied (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *folder = g_build_filename (pulse.folder, "pulse", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (g_snprintf (address.sun_path, sizeof address.sun_path, "%s/native", folder), <, (int) sizeof address.sun_path);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  GThread *server = g_thread_new ("server", serve, GINT_TO_POINTER (fd));

  g_autoptr (GError) error = NULL;
  g_assert_null (sen_capture_list (helper, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_DEVICE);
  g_assert_nonnull (strstr (error->message, "may not use the microphone"));
  g_autoptr (SenCapture) capture = start (NULL);
  expect_broken (capture, SEN_ERROR_DEVICE, "may not use the microphone");
  shutdown (fd, SHUT_RDWR);
  g_thread_join (server);
  close (fd);
  pulse_tear_down (&pulse);
}

/* The process that listens: no new privileges, a filter of system calls in every thread, none of our files. */
static void
test_sandbox (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *module = pulse_control (&pulse, "load-module", "module-null-source", "source_name=mic", NULL);
  g_autofree char *secret = g_build_filename (pulse.folder, "secret", NULL);
  g_assert_true (g_file_set_contents (secret, "x", 1, NULL));
  int fd = g_open (secret, O_RDONLY, 0);   /* not close-on-exec */
  g_autoptr (SenCapture) capture = start (NULL);
  wait_for_state (capture, SEN_CAPTURE_RECORDING);

  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  g_autofree char *parent = g_strdup_printf ("PPid:\t%d\n", getpid ());
  int n_threads = 0;
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "status", NULL), *status = NULL;
      if (!g_ascii_isdigit (*name) || !g_file_get_contents (path, &status, NULL, NULL) || strstr (status, parent) == NULL
          || !g_str_has_prefix (status, "Name:\tsensorium-captu"))
        continue;
      g_autofree char *tasks = g_build_filename ("/proc", name, "task", NULL), *fds = g_build_filename ("/proc", name, "fd", NULL);
      g_autoptr (GDir) threads = g_dir_open (tasks, 0, NULL), open_files = g_dir_open (fds, 0, NULL);
      for (const char *thread; (thread = g_dir_read_name (threads)) != NULL; n_threads++)
        {
          g_autofree char *one = g_build_filename (tasks, thread, "status", NULL), *text = NULL;
          g_assert_true (g_file_get_contents (one, &text, NULL, NULL));
          g_assert_nonnull (strstr (text, "NoNewPrivs:\t1\n"));
          g_assert_nonnull (strstr (text, "Seccomp:\t2\n"));
          g_assert_nonnull (strstr (text, "Seccomp_filters:\t2\n"));
        }
      for (const char *number; open_files != NULL && (number = g_dir_read_name (open_files)) != NULL;)
        {
          g_autofree char *link = g_build_filename (fds, number, NULL), *target = g_file_read_link (link, NULL);
          g_assert_cmpstr (target, !=, secret);
        }
    }
  g_assert_cmpint (n_threads, >=, 2);   /* libpulse's, the one that watches us, and the main one */
  close (fd);
  pulse_tear_down (&pulse);
}

/* A helper that is not ours, broken in its own way. */
static char *
write_script (Pulse *pulse, const char *text)
{
  char *path = g_build_filename (pulse->folder, "fake-capture", NULL);
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\n%s\n", text);
  g_assert_true (g_file_set_contents_full (path, script, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  return path;
}

static char *
message (SenCaptureKind kind, uint32_t value, const char *text)
{
  SenCaptureHead head = { SEN_CAPTURE_MAGIC, kind, value, (uint32_t) strlen (text) };
  GString *octal = g_string_new ("printf '");
  for (size_t i = 0; i < sizeof head; i++)
    g_string_append_printf (octal, "\\%03o", ((const unsigned char *) &head)[i]);
  g_string_append_printf (octal, "%s'", text);
  return g_string_free (octal, FALSE);
}

static void
test_broken_helpers (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  g_autofree char *denied = message (SEN_CAPTURE_REASON, SEN_CAPTURE_DENIED, "mic"), *odd = message (99, 0, "x");
  g_autofree char *unknown = message (SEN_CAPTURE_REASON, 12345, "x"), *samples = message (SEN_CAPTURE_SAMPLES, 0, "abc");
  g_autofree char *device = message (SEN_CAPTURE_DEVICE, 0, "no terminator"), *dies = g_strdup_printf ("%s; kill -9 $$", device);
  const struct { const char *script; int code; const char *words; } cases[] = {
    { denied, SEN_ERROR_DEVICE, "allow it in the privacy settings" },
    { odd, SEN_ERROR_DEVICE, "ended unexpectedly; try again" },
    { unknown, SEN_ERROR_DEVICE, "The sound system refuses" },
    { samples, SEN_ERROR_DEVICE, "ended unexpectedly; try again" },
    { dies, SEN_ERROR_DEVICE, "ended unexpectedly; try again" },
    { "head -c 100000 /dev/urandom", SEN_ERROR_DEVICE, "ended unexpectedly; try again" },
    { "exit 3", SEN_ERROR_DEVICE, "ended unexpectedly; try again" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_script (&pulse, cases[i].script);
      g_autoptr (GError) error = NULL;
      g_autoptr (SenCapture) capture = sen_capture_new (&(SenCaptureParams) { .helper = path }, &error);
      g_assert_no_error (error);
      expect_broken (capture, cases[i].code, cases[i].words);
      g_autoptr (GPtrArray) list = sen_capture_list (path, &error);   /* an empty list, or the reason; never more */
      g_assert_true (list == NULL ? error != NULL : list->len == 0);
    }
  /* One that never ends is ended. */
  g_autofree char *path = write_script (&pulse, "exec sleep 1000");
  g_autoptr (SenCapture) capture = sen_capture_new (&(SenCaptureParams) { .helper = path }, NULL);
  sen_capture_stop (capture);
  wait_for_state (capture, SEN_CAPTURE_ENDED);

  g_autoptr (GError) error = NULL;
  g_assert_null (sen_capture_new (&(SenCaptureParams) { .helper = "/nowhere/sensorium-capture" }, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_DEVICE);
  g_assert_nonnull (strstr (error->message, "/nowhere/sensorium-capture"));
  pulse_tear_down (&pulse);
}

/* Without a server there is ALSA, here with a card that is none. */
static void
test_alsa (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  g_assert_true (g_file_set_contents (g_getenv ("ALSA_CONFIG_PATH"), "pcm.default { type null hint { show on description \"A card\" } }\n",
                                      -1, NULL));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = sen_capture_list (helper, &error);
  g_assert_no_error (error);
  g_assert_cmpint (list->len, ==, 1);
  const SenMicrophone *card = list->pdata[0];
  g_assert_cmpstr (card->id, ==, "alsa:default");
  g_assert_cmpstr (card->name, ==, "A card");
  g_autoptr (SenCapture) capture = start (NULL);
  wait_for_state (capture, SEN_CAPTURE_RECORDING);
  pulse_tear_down (&pulse);
}

static void
test_sentences (void)
{
  g_autoptr (GError) known = g_error_new_literal (SEN_ERROR, SEN_ERROR_DEVICE, "The microphone Blue {Yeti} is in use by another program; "
                                                  "close that one and try again");
  g_autoptr (GError) plain = g_error_new_literal (SEN_ERROR, SEN_ERROR_NOT_FOUND, "There is no microphone; connect one and try again");
  g_autoptr (GError) other = g_error_new_literal (SEN_ERROR, SEN_ERROR_DEVICE, "The microphone");
  g_autofree char *name = NULL, *nothing = NULL;
  g_assert_cmpstr (sen_capture_sentence (known, &name), ==,
                   "The microphone {device} is in use by another program; close that one and try again");
  g_assert_cmpstr (name, ==, "Blue {Yeti}");
  g_autofree char *german = sen_capture_fill ("Das Mikrofon {device} ist belegt", name);
  g_assert_cmpstr (german, ==, "Das Mikrofon Blue {Yeti} ist belegt");
  g_assert_cmpstr (sen_capture_sentence (plain, &nothing), ==, plain->message);
  g_assert_cmpstr (nothing, ==, "");
  g_assert_null (sen_capture_sentence (other, &name));
}

static void
test_level_height (void)
{
  g_assert_cmpfloat (sen_level_height (0.0f), ==, 0.0f);
  g_assert_cmpfloat (sen_level_height (NAN), ==, 0.0f);
  g_assert_cmpfloat_with_epsilon (sen_level_height (1.0f), 1.0f, 1e-6);
  g_assert_cmpfloat_with_epsilon (sen_level_height (2.0f), 1.0f, 1e-6);
  g_assert_cmpfloat_with_epsilon (sen_level_height (0.0316228f), 0.5f, 1e-4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  helper = g_strdup (g_getenv ("SENSORIUM_CAPTURE_HELPER"));
  g_test_add_func ("/capture/no-server", test_no_server);
  g_test_add_func ("/capture/list", test_list);
  g_test_add_func ("/capture/record", test_record);
  g_test_add_func ("/capture/no-microphone", test_no_microphone);
  g_test_add_func ("/capture/silence", test_silence);
  g_test_add_func ("/capture/unplugged", test_unplugged);
  g_test_add_func ("/capture/server-dies", test_server_dies);
  g_test_add_func ("/capture/denied", test_denied);
  g_test_add_func ("/capture/sandbox", test_sandbox);
  g_test_add_func ("/capture/broken-helpers", test_broken_helpers);
  g_test_add_func ("/capture/alsa", test_alsa);
  g_test_add_func ("/capture/sentences", test_sentences);
  g_test_add_func ("/capture/level-height", test_level_height);
  int result = g_test_run ();
  g_free (helper);
  pulse_forget ();
  return result;
}
