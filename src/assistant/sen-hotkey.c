/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-hotkey.h"

#include <stdbool.h>
#include <string.h>

#define NAME "org.freedesktop.portal.Desktop"
#define PATH "/org/freedesktop/portal/desktop"
#define INTERFACE "org.freedesktop.portal.GlobalShortcuts"

struct _SenHotkey {
  GObject          parent_instance;
  GDBusConnection *bus;
  GCancellable    *cancellable;
  char            *id, *description, *trigger;
  char            *session;         /* path, NULL before */
  char            *path;            /* on which the answer to the last call is expected */
  void           (*answered) (SenHotkey *self, GVariant *results);
  guint            response;        /* subscriptions, 0: none */
  guint            activated, deactivated;
  SenHotkeyState   state;
};

enum { PRESSED, RELEASED, CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenHotkey, sen_hotkey, G_TYPE_OBJECT)

static void
set_state (SenHotkey *self, SenHotkeyState state)
{
  self->state = state;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Requests: a call answers with a path, on which a signal brings the result -------------------------------------------------------- */

static void
unsubscribe (SenHotkey *self, guint *subscription)
{
  if (*subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, *subscription);
  *subscription = 0;
}

/* Response (how it ended, results): 0 is well. */
static void
on_response (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *signal, GVariant *parameters,
             gpointer data)
{
  SenHotkey *self = data;
  guint32 how = 2;
  g_autoptr (GVariant) results = NULL;
  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    g_variant_get (parameters, "(u@a{sv})", &how, &results);
  unsubscribe (self, &self->response);
  if (how == 0)
    self->answered (self, results);
  else
    set_state (self, SEN_HOTKEY_ABSENT);
}

static void
listen_for_response (SenHotkey *self, const char *path)
{
  unsubscribe (self, &self->response);
  self->response = g_dbus_connection_signal_subscribe (self->bus, NAME, "org.freedesktop.portal.Request", "Response", path, NULL,
                                                       G_DBUS_SIGNAL_FLAGS_NONE, on_response, self, NULL);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenHotkey) self = data;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  const char *path = NULL;
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (reply == NULL)
    {
      unsubscribe (self, &self->response);
      set_state (self, SEN_HOTKEY_ABSENT);
      return;
    }
  /* Portals before 0.9 choose the path themselves. */
  g_variant_get (reply, "(&o)", &path);
  if (self->response != 0 && strcmp (path, self->path) != 0)
    listen_for_response (self, path);
}

/* Takes over the floating @parameters, whose last member, the options, came from new_options(). */
static void
call (SenHotkey *self, const char *method, GVariant *parameters, void (*answered) (SenHotkey *self, GVariant *results))
{
  self->answered = answered;
  g_dbus_connection_call (self->bus, NAME, PATH, INTERFACE, method, parameters, G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1,
                          self->cancellable, on_called, g_object_ref (self));
}

/* Options with a token, by which the path of the answer is known before it can come. */
static GVariantBuilder *
new_options (SenHotkey *self)
{
  static guint n_asked;
  g_autofree char *token = g_strdup_printf ("sensoriumkey%u", ++n_asked);
  g_autofree char *sender = g_strdelimit (g_strdup (g_dbus_connection_get_unique_name (self->bus) + 1), ".", '_');
  g_free (self->path);
  self->path = g_strdup_printf (PATH "/request/%s/%s", sender, token);
  GVariantBuilder *options = g_variant_builder_new (G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (options, "{sv}", "handle_token", g_variant_new_string (token));
  listen_for_response (self, self->path);
  return options;
}

/* --- The shortcut --------------------------------------------------------------------------------------------------------------------- */

/* Activated, Deactivated (session, id, time, options). */
static void
on_key (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *signal, GVariant *parameters,
        gpointer data)
{
  SenHotkey *self = data;
  const char *session, *id;
  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(osta{sv})")))
    return;
  g_variant_get_child (parameters, 0, "&o", &session);
  g_variant_get_child (parameters, 1, "&s", &id);
  if (strcmp (session, self->session) == 0 && strcmp (id, self->id) == 0)
    g_signal_emit (self, signals[strcmp (signal, "Activated") == 0 ? PRESSED : RELEASED], 0);
}

static void
on_bound (SenHotkey *self, GVariant *results)
{
  set_state (self, SEN_HOTKEY_BOUND);
}

static void
on_session (SenHotkey *self, GVariant *results)
{
  const char *session = NULL;
  /* A string, though it is a path. */
  if (!g_variant_lookup (results, "session_handle", "&s", &session) || !g_variant_is_object_path (session))
    {
      set_state (self, SEN_HOTKEY_ABSENT);
      return;
    }
  self->session = g_strdup (session);
  self->activated = g_dbus_connection_signal_subscribe (self->bus, NAME, INTERFACE, "Activated", PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                        on_key, self, NULL);
  self->deactivated = g_dbus_connection_signal_subscribe (self->bus, NAME, INTERFACE, "Deactivated", PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                          on_key, self, NULL);
  g_autoptr (GVariantBuilder) options = new_options (self);
  GVariantBuilder shortcuts, shortcut;
  g_variant_builder_init (&shortcut, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&shortcut, "{sv}", "description", g_variant_new_string (self->description));
  g_variant_builder_add (&shortcut, "{sv}", "preferred_trigger", g_variant_new_string (self->trigger));
  g_variant_builder_init (&shortcuts, G_VARIANT_TYPE ("a(sa{sv})"));
  g_variant_builder_add (&shortcuts, "(sa{sv})", self->id, &shortcut);
  call (self, "BindShortcuts", g_variant_new ("(oa(sa{sv})sa{sv})", session, &shortcuts, "", options), on_bound);
}

SenHotkeyState
sen_hotkey_state (SenHotkey *self)
{
  return self->state;
}

SenHotkey *
sen_hotkey_new (GDBusConnection *bus, const char *id, const char *description, const char *trigger)
{
  SenHotkey *self = g_object_new (SEN_TYPE_HOTKEY, NULL);
  self->bus = g_object_ref (bus);
  self->id = g_strdup (id);
  self->description = g_strdup (description);
  self->trigger = g_strdup (trigger);
  g_autoptr (GVariantBuilder) options = new_options (self);
  g_variant_builder_add (options, "{sv}", "session_handle_token", g_variant_new_string ("sensorium"));
  call (self, "CreateSession", g_variant_new ("(a{sv})", options), on_session);
  return self;
}

/* --- The object ----------------------------------------------------------------------------------------------------------------------- */

static void
sen_hotkey_dispose (GObject *object)
{
  SenHotkey *self = SEN_HOTKEY (object);
  if (self->bus != NULL)
    {
      unsubscribe (self, &self->response);
      unsubscribe (self, &self->activated);
      unsubscribe (self, &self->deactivated);
      /* The key is free again. */
      if (self->session != NULL)
        g_dbus_connection_call (self->bus, NAME, self->session, "org.freedesktop.portal.Session", "Close", NULL, NULL,
                                G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
    }
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (sen_hotkey_parent_class)->dispose (object);
}

static void
sen_hotkey_finalize (GObject *object)
{
  SenHotkey *self = SEN_HOTKEY (object);
  g_object_unref (self->cancellable);
  g_free (self->path);
  g_free (self->session);
  g_free (self->id);
  g_free (self->description);
  g_free (self->trigger);
  G_OBJECT_CLASS (sen_hotkey_parent_class)->finalize (object);
}

static void
sen_hotkey_class_init (SenHotkeyClass *class)
{
  static const char *const names[] = { "pressed", "released", "changed" };
  G_OBJECT_CLASS (class)->dispose = sen_hotkey_dispose;
  G_OBJECT_CLASS (class)->finalize = sen_hotkey_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], SEN_TYPE_HOTKEY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_hotkey_init (SenHotkey *self)
{
  self->cancellable = g_cancellable_new ();
}
