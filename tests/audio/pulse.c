/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "pulse.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

/* One for the whole process: environments are not to be changed once there are threads. */
static char *place;

void
pulse_set_up (Pulse *pulse)
{
  g_autoptr (GError) error = NULL;
  if (place == NULL)
    {
      place = g_dir_make_tmp ("sen-pulse-XXXXXX", &error);
      g_assert_no_error (error);
      g_autofree char *alsa = g_build_filename (place, "alsa.conf", NULL);
      g_setenv ("XDG_RUNTIME_DIR", place, TRUE);
      g_setenv ("HOME", place, TRUE);
      g_setenv ("XDG_CONFIG_HOME", place, TRUE);
      g_setenv ("ALSA_CONFIG_PATH", alsa, TRUE);
      g_unsetenv ("PULSE_SERVER");
      g_unsetenv ("DISPLAY");
      g_unsetenv ("DBUS_SESSION_BUS_ADDRESS");
    }
  pulse->folder = place;
  pulse->pid = 0;
}

static void
reset_signals (gpointer data)
{
  for (int number = 1; number < 32; number++)
    signal (number, SIG_DFL);
}

void
pulse_start (Pulse *pulse)
{
  g_autofree char *script = g_build_filename (pulse->folder, "start.pa", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (g_file_set_contents (script, "load-module module-native-protocol-unix\n", -1, NULL));
  char *argv[] = { (char *) "pulseaudio", (char *) "-n", (char *) "-F", script, (char *) "--exit-idle-time=-1", (char *) "--daemonize=no",
                   (char *) "--use-pid-file=no", (char *) "--log-target=null", NULL };
  g_spawn_async (NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, reset_signals, NULL,
                 &pulse->pid, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *answer = pulse_control (pulse, "info", NULL);
      if (answer != NULL && *answer != '\0')
        return;
      g_usleep (20000);
    }
  g_error ("PulseAudio does not start");
}

void
pulse_kill (Pulse *pulse)
{
  if (pulse->pid == 0)
    return;
  kill (pulse->pid, SIGKILL);
  waitpid (pulse->pid, NULL, 0);
  pulse->pid = 0;
}

static void
empty_place (void)
{
  g_autofree char *command = g_strdup_printf ("find '%s' -mindepth 1 -delete", place);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

void
pulse_tear_down (Pulse *pulse)
{
  pulse_kill (pulse);
  empty_place ();
}

void
pulse_forget (void)
{
  if (place != NULL)
    g_rmdir (place);
  g_clear_pointer (&place, g_free);
}

char *
pulse_control (Pulse *pulse, ...)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  va_list list;
  va_start (list, pulse);
  g_ptr_array_add (words, (gpointer) "pactl");
  for (char *word; (word = va_arg (list, char *)) != NULL;)
    g_ptr_array_add (words, word);
  va_end (list);
  g_ptr_array_add (words, NULL);
  char *out = NULL;
  g_spawn_sync (NULL, (char **) words->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, NULL, NULL);
  return out != NULL ? g_strstrip (out) : NULL;
}

char *
pulse_add_speaker (Pulse *pulse)
{
  return pulse_control (pulse, "load-module", "module-null-sink", "sink_name=speaker", "sink_properties=device.description=Speaker", NULL);
}

char *
pulse_add_microphone (Pulse *pulse)
{
  char *module = pulse_control (pulse, "load-module", "module-remap-source", "master=speaker.monitor", "source_name=mic",
                                "source_properties=\"device.description='Test microphone'\"", NULL);
  g_free (pulse_control (pulse, "set-default-source", "mic", NULL));
  return module;
}
