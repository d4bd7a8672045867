/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

#include "sen-window.h"

struct _SenApplication {
  AdwApplication parent_instance;
  SenDebug       debug;
  SenEngine     *engine;
  SenModelStore *store;
  SenInventory  *inventory;
  SenSettings   *settings;
  SenHistory    *history;
  SenPerception *perception;
  SenFindService *finding;

  /* Options for tests and screenshots. */
  gboolean exit_after_startup, report_startup;
  char    *demo_prompt;
  char   **demo_files;
  char    *demo_find, *demo_ask;
  int      demo_look;
  char    *demo_ways;
  char    *screenshot;
  char    *window_size;
};

G_DEFINE_FINAL_TYPE (SenApplication, sen_application, ADW_TYPE_APPLICATION)

static void
show_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const char *const developers[] = { "The Sensorium authors", NULL };
  GtkWindow *parent = gtk_application_get_active_window (data);
  adw_show_about_window (parent,
                         "application-name", "Sensorium",
                         "application-icon", SEN_APP_ID,
                         "version", SEN_VERSION,
                         "comments", _("An offline assistant. Nothing you write leaves this machine; the network is only used to "
                                       "get a model that you asked for."),
                         "developers", developers,
                         "license-type", GTK_LICENSE_MIT_X11,
                         NULL);
}

static void
quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  /* All of them: the one in front may only show a source. */
  g_autolist (GtkWindow) windows = g_list_copy_deep (gtk_application_get_windows (data), (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
  for (GList *at = windows; at != NULL; at = at->next)
    gtk_window_close (at->data);
}

/* The session ends, or somebody ends us: what is in work is laid down, which a second signal does not wait for. */
static gboolean
end (gpointer data)
{
  if (gtk_application_get_windows (data) == NULL)
    g_application_quit (data);
  quit (NULL, NULL, data);
  return G_SOURCE_REMOVE;
}

/* What was ignored stays so: nohup, or a shell that started it in the background. */
static void
listen_for_ends (SenApplication *self)
{
  static const int ends[] = { SIGTERM, SIGHUP, SIGINT };
  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      struct sigaction old;
      if (sigaction (ends[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        g_unix_signal_add (ends[i], end, self);
    }
}

static void
sen_application_startup (GApplication *application)
{
  SenApplication *self = SEN_APPLICATION (application);
  const GActionEntry actions[] = { { .name = "about", .activate = show_about }, { .name = "quit", .activate = quit } };
  static const struct {
    const char *action;
    const char *accelerators[3];
  } shortcuts[] = {
    { "app.quit", { "<Control>q", NULL } },
    { "win.new", { "<Control>n", NULL } },
    { "win.copy-answer", { "<Control><Shift>c", NULL } },
    { "win.regenerate", { "<Control>r", NULL } },
    { "win.stop", { "Escape", NULL } },
    { "win.edit-last", { "<Control>e", NULL } },
    { "win.models", { "<Control>m", NULL } },
    { "win.find", { "<Control>f", NULL } },
    { "win.search", { "<Control>k", NULL } },
    { "win.find-files", { "<Control><Shift>f", NULL } },
    { "win.ask-files", { "<Control><Shift>o", NULL } },
    { "win.attach", { "<Control>o", NULL } },
    { "win.focus-composer", { "<Control>l", NULL } },
    { "win.toggle-sidebar", { "F9", NULL } },
    { "win.look", { "<Control>i", NULL } },
    { "win.rename-current", { "F2", NULL } },
    { "win.delete-current", { "<Control>Delete", NULL } },
    { "win.undo-delete", { "<Control><Shift>t", NULL } },
    { "win.previous-chat", { "<Alt>Up", "<Control>Page_Up", NULL } },
    { "win.next-chat", { "<Alt>Down", "<Control>Page_Down", NULL } },
    { "win.preferences", { "<Control>comma", NULL } },
    { "window.close", { "<Control>w", NULL } },
    { "win.show-help-overlay", { "<Control>question", NULL } },
  };

  G_APPLICATION_CLASS (sen_application_parent_class)->startup (application);
  listen_for_ends (self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  for (size_t i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), shortcuts[i].action, shortcuts[i].accelerators);

  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  const SenModelStoreParams params = {
    .models_dir = self->debug.models_dir, .fake_free_disk_bytes = self->debug.fake_free_disk_bytes,
  };
  if (catalogue != NULL)
    self->store = sen_model_store_new (catalogue, &params);
  self->inventory = sen_inventory_new (&self->debug, self->store);
  sen_inventory_look_for_models (self->inventory);
  self->settings = sen_settings_load ();
  sen_settings_apply_scheme (self->settings);
  g_autofree char *path = sen_history_default_path ();
  self->history = sen_history_new (path);
  sen_attachment_files_set_free_bytes (sen_history_files (self->history), self->debug.fake_free_disk_bytes);
  self->perception = sen_perception_new (sen_senses_new (&self->debug, self->store), self->history);
  self->engine = sen_engine_new (&self->debug);
  self->finding = sen_find_service_new (&self->debug, self->store, self->settings->device, self->settings->n_threads,
                                        self->settings->index_on_mains);
}

static gboolean
close_windows (gpointer application)
{
  GtkWindow *window = gtk_application_get_active_window (application);
  if (window != NULL)
    gtk_window_close (window);
  return G_SOURCE_REMOVE;
}

static void
sen_application_activate (GApplication *application)
{
  SenApplication *self = SEN_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));
  if (window == NULL)
    {
      unsigned width, height;
      if (self->window_size != NULL && sscanf (self->window_size, "%ux%u", &width, &height) == 2)
        {
          self->settings->width = width;
          self->settings->height = height;
        }
      window = GTK_WINDOW (sen_window_new (self));
      if (self->demo_find != NULL)
        sen_window_run_demo_find (SEN_WINDOW (window), self->demo_find, (const char *const *) self->demo_files, self->screenshot);
      else if (self->demo_prompt != NULL || self->screenshot != NULL)
        sen_window_run_demo (SEN_WINDOW (window), self->demo_prompt, (const char *const *) self->demo_files, self->demo_look,
                             self->demo_ways, self->screenshot);
      if (self->demo_ask != NULL)
        sen_window_set_demo_folder (SEN_WINDOW (window), self->demo_ask);
      if (self->report_startup)
        sen_window_report_startup (SEN_WINDOW (window));
    }
  gtk_window_present (window);
  if (self->exit_after_startup)
    g_timeout_add (500, close_windows, self);
}

static void
sen_application_finalize (GObject *object)
{
  SenApplication *self = SEN_APPLICATION (object);
  g_clear_object (&self->finding);
  g_clear_object (&self->engine);
  g_clear_object (&self->perception);
  g_clear_object (&self->history);
  g_clear_object (&self->inventory);
  g_clear_pointer (&self->store, sen_model_store_unref);
  g_clear_pointer (&self->settings, sen_settings_free);
  g_free (self->demo_prompt);
  g_free (self->demo_ways);
  g_strfreev (self->demo_files);
  g_free (self->demo_find);
  g_free (self->demo_ask);
  g_free (self->screenshot);
  g_free (self->window_size);
  G_OBJECT_CLASS (sen_application_parent_class)->finalize (object);
}

static void
sen_application_class_init (SenApplicationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sen_application_finalize;
  G_APPLICATION_CLASS (klass)->startup = sen_application_startup;
  G_APPLICATION_CLASS (klass)->activate = sen_application_activate;
}

static void
sen_application_init (SenApplication *self)
{
  const GOptionEntry options[] = {
    { "exit-after-startup", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &self->exit_after_startup, "", NULL },
    { "report-startup", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &self->report_startup, "", NULL },
    { "demo-prompt", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &self->demo_prompt, "", NULL },
    { "demo-look", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &self->demo_look, "", NULL },
    { "demo-ways", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &self->demo_ways, "", NULL },
    { "demo-find", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &self->demo_find, "", NULL },
    { "demo-ask-files", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &self->demo_ask, "", NULL },
    { "demo-attach", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &self->demo_files, "", NULL },
    { "screenshot", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &self->screenshot, "", NULL },
    { "window-size", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &self->window_size, "", NULL },
    { NULL },
  };
  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

SenApplication *
sen_application_new (const SenDebug *debug)
{
  SenApplication *self = g_object_new (SEN_TYPE_APPLICATION,
                                       "application-id", SEN_APP_ID,
                                       "resource-base-path", SEN_RESOURCE_PATH,
                                       NULL);
  self->debug = *debug;
  return self;
}

SenEngine *
sen_application_engine (SenApplication *self)
{
  return self->engine;
}

SenModelStore *
sen_application_store (SenApplication *self)
{
  return self->store;
}

SenInventory *
sen_application_inventory (SenApplication *self)
{
  return self->inventory;
}

SenSettings *
sen_application_settings (SenApplication *self)
{
  return self->settings;
}

SenHistory *
sen_application_history (SenApplication *self)
{
  return self->history;
}

SenPerception *
sen_application_perception (SenApplication *self)
{
  return self->perception;
}

SenFindService *
sen_application_finding (SenApplication *self)
{
  return self->finding;
}

const SenDebug *
sen_application_debug (SenApplication *self)
{
  return &self->debug;
}
