/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * For hotkey.py: asks for a key on the session bus, and writes what happens to it, a word a line. Ends when its input does. */
#include <stdio.h>

#include "sen-hotkey.h"

static void
say (const char *word)
{
  puts (word);
  fflush (stdout);
}

static void
on_pressed (SenHotkey *hotkey, gpointer data)
{
  say ("pressed");
}

static void
on_released (SenHotkey *hotkey, gpointer data)
{
  say ("released");
}

static void
on_changed (SenHotkey *hotkey, gpointer data)
{
  static const char *const names[] = { "asking", "bound", "absent" };
  say (names[sen_hotkey_state (hotkey)]);
}

static gboolean
on_input (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  if (bus == NULL)
    g_error ("%s", error->message);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  g_autoptr (SenHotkey) hotkey = sen_hotkey_new (bus, "speak", "Speak to Sensorium", "CTRL+ALT+d");
  g_signal_connect (hotkey, "pressed", G_CALLBACK (on_pressed), NULL);
  g_signal_connect (hotkey, "released", G_CALLBACK (on_released), NULL);
  g_signal_connect (hotkey, "changed", G_CALLBACK (on_changed), NULL);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_input, loop);
  g_main_loop_run (loop);
  g_clear_object (&hotkey);
  g_dbus_connection_flush_sync (bus, NULL, NULL);
  return 0;
}
