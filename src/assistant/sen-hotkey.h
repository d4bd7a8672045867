/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SEN_TYPE_HOTKEY (sen_hotkey_get_type ())
G_DECLARE_FINAL_TYPE (SenHotkey, sen_hotkey, SEN, HOTKEY, GObject)

/**
 * A key that works whichever window is in front: the desktop's portal org.freedesktop.portal.GlobalShortcuts. The desktop asks the
 * user, who may choose another key or none. Where there is no such portal nothing happens, and nothing is said.
 *
 * Signals: "pressed", "released"; "changed": the state.
 *
 * Thread-safety: main context only.
 */
typedef enum {
  SEN_HOTKEY_ASKING,
  SEN_HOTKEY_BOUND,
  SEN_HOTKEY_ABSENT,   /* no portal, or the user does not want it */
} SenHotkeyState;

/** @id: for the portal to remember. @description: for people. @trigger: what is proposed, by the XDG shortcuts specification:
 *  "CTRL+ALT+d". */
SenHotkey     *sen_hotkey_new (GDBusConnection *bus, const char *id, const char *description, const char *trigger);
SenHotkeyState sen_hotkey_state (SenHotkey *self);

G_END_DECLS
