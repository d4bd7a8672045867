/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-folders.h"

#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-find-status.h"
#include "sen-find-words.h"

#define WIDTH_PX 560
#define HEIGHT_PX 560

struct _SenFindFolders {
  AdwPreferencesWindow parent_instance;

  AdwPreferencesGroup *folders, *indexing, *failures;
  AdwActionRow        *progress_row, *mains_row, *empty_row;
  GtkSwitch           *mains_switch;
  GtkButton           *pause;
  GPtrArray           *folder_rows, *failure_rows;   /* borrowed */
  SenFindService      *service;
  SenSettings         *settings;                     /* borrowed; the window's parent has them */
  SenIndexerStage      stage;                        /* when the list was last filled */
  gboolean             is_filled, is_reading;
};

G_DEFINE_FINAL_TYPE (SenFindFolders, sen_find_folders, ADW_TYPE_PREFERENCES_WINDOW)

static void
clear_rows (AdwPreferencesGroup *group, GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    adw_preferences_group_remove (group, g_ptr_array_index (rows, i));
  g_ptr_array_set_size (rows, 0);
}

static AdwActionRow *
new_row (const char *title, const char *subtitle)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());
  /* Names of files may hold anything. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (row, subtitle);
  return row;
}

/* Of buttons and toasts. */
#define PATH_KEY "path"

/* --- Folders ------------------------------------------------------------------------------------------------------------------------- */

static void
on_undo (AdwToast *toast, SenFindFolders *self)
{
  sen_find_service_add_folder (self->service, g_object_get_data (G_OBJECT (toast), PATH_KEY));
}

/* At once, and back again at a click: nothing is lost but what was read. */
static void
on_remove (GtkButton *button, SenFindFolders *self)
{
  g_autofree char *path = g_strdup (g_object_get_data (G_OBJECT (button), PATH_KEY)), *name = g_filename_display_basename (path);
  /* translators: name of a folder */
  g_autofree char *sentence = g_strdup_printf (_("“%s” is not searched any more"), name), *title = g_markup_escape_text (sentence, -1);
  AdwToast *toast = adw_toast_new (title);
  adw_toast_set_button_label (toast, _("_Undo"));
  g_object_set_data_full (G_OBJECT (toast), PATH_KEY, g_strdup (path), g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_undo), self, 0);
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), toast);
  sen_find_service_remove_folder (self->service, path);
}

/* On a disk that is not there, perhaps: it is searched again when it is. */
static void
on_looked (GObject *folder, GAsyncResult *result, gpointer data)
{
  g_autoptr (AdwActionRow) row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (folder), result, &error);
  if (info != NULL || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return;
  g_autofree char *where = g_strdup_printf ("%s\n%s", adw_action_row_get_subtitle (row), _("Is not there now; what was read of it stays"));
  adw_action_row_set_subtitle (row, where);
}

static void
fill_folders (SenFindFolders *self)
{
  const char *const *folders = sen_find_service_folders (self->service);
  clear_rows (self->folders, self->folder_rows);
  for (; folders != NULL && *folders != NULL; folders++)
    {
      g_autofree char *name = g_filename_display_basename (*folders), *path = sen_find_describe_path (*folders);
      /* translators: name of a folder */
      g_autofree char *label = g_strdup_printf (_("Do not search %s any more"), name);
      AdwActionRow *row = new_row (name, path);
      GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_set_tooltip_text (button, _("Do not search it any more; the files stay"));
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
      g_object_set_data_full (G_OBJECT (button), PATH_KEY, g_strdup (*folders), g_free);
      g_signal_connect_object (button, "clicked", G_CALLBACK (on_remove), self, 0);
      adw_action_row_add_suffix (row, button);
      adw_preferences_group_add (self->folders, GTK_WIDGET (row));
      g_ptr_array_add (self->folder_rows, row);
      g_autoptr (GFile) folder = g_file_new_for_path (*folders);
      g_file_query_info_async (folder, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, NULL, on_looked,
                               g_object_ref (row));
    }
  gtk_widget_set_visible (GTK_WIDGET (self->empty_row), self->folder_rows->len == 0);
  /* Those of one that is gone are gone. */
  self->is_filled = FALSE;
}

static void
on_chosen (GtkNativeDialog *dialog, int response, SenFindService *service)
{
  g_autoptr (GListModel) files = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog)) : NULL;
  for (guint i = 0; files != NULL && i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      g_autofree char *path = g_file_get_path (file);
      if (path != NULL)
        sen_find_service_add_folder (service, path);
    }
  g_object_unref (dialog);
}

void
sen_find_folders_choose (GtkWindow *parent, SenFindService *service)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Folders to Search"), parent, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                                              _("_Add"), NULL);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (dialog), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_chosen), service, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_add (SenFindFolders *self)
{
  sen_find_folders_choose (GTK_WINDOW (self), self->service);
}

/* --- What could not be read ---------------------------------------------------------------------------------------------------------- */

static void
on_failures (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenFindFolders) self = data;
  g_autoptr (GPtrArray) failures = sen_find_service_failures_finish (SEN_FIND_SERVICE (source), result, NULL);
  self->is_reading = FALSE;
  if (self->service == NULL || failures == NULL)
    return;
  clear_rows (self->failures, self->failure_rows);
  for (guint i = 0; i < failures->len; i++)
    {
      const SenFindFailure *failure = g_ptr_array_index (failures, i);
      g_autofree char *path = sen_find_describe_path (failure->path);
      g_autofree char *sentence = sen_advice_index (failure->sentence), *name = g_filename_display_basename (failure->path);
      g_autofree char *shown = g_filename_display_name (failure->path);
      /* The title has the whole path. */
      g_autoptr (GString) subtitle = g_string_new (sentence);
      g_string_replace (subtitle, shown, name, 0);
      AdwActionRow *row = new_row (path, subtitle->str);
      adw_action_row_set_title_lines (row, 2);
      adw_action_row_set_subtitle_lines (row, 4);
      adw_preferences_group_add (self->failures, GTK_WIDGET (row));
      g_ptr_array_add (self->failure_rows, row);
    }
  g_autofree char *first = failures->len < SEN_FIND_MAX_FAILURES ? NULL : g_strdup_printf (_("The first %u of them"), failures->len);
  adw_preferences_group_set_description (self->failures, first);
  gtk_widget_set_visible (GTK_WIDGET (self->failures), failures->len > 0);
}

/* When the indexer begins with something else, and not more often than they can be read. */
static void
fill_failures (SenFindFolders *self, SenIndexerStage stage)
{
  if (self->is_reading || (self->is_filled && stage == self->stage))
    return;
  self->stage = stage;
  self->is_filled = self->is_reading = TRUE;
  sen_find_service_failures_async (self->service, on_failures, g_object_ref (self));
}

static void
on_retry (SenFindFolders *self)
{
  self->is_filled = FALSE;
  sen_find_service_retry (self->service);
}

/* --- Indexing ------------------------------------------------------------------------------------------------------------------------ */

static void
update (SenFindFolders *self)
{
  g_auto (SenIndexProgress) progress = { 0 };
  bool is_there = sen_find_service_get_progress (self->service, &progress);
  gboolean is_paused = sen_find_service_is_paused (self->service);
  g_autofree char *text = is_there ? sen_find_describe_progress (&progress) : g_strdup (_("Nothing is indexed before a folder is added"));
  g_autofree char *notes = sen_find_describe_notes (&progress);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->progress_row), text);
  adw_action_row_set_subtitle (self->progress_row, notes);
  gtk_widget_set_visible (GTK_WIDGET (self->pause), is_there);
  gtk_button_set_label (self->pause, is_paused ? _("Go On") : _("Pause"));
  if (is_there)
    fill_failures (self, progress.stage);
}

static void
on_pause (SenFindFolders *self)
{
  sen_find_service_set_paused (self->service, !sen_find_service_is_paused (self->service));
}

static void
on_mains (SenFindFolders *self)
{
  self->settings->index_on_mains = gtk_switch_get_active (self->mains_switch);
  sen_settings_save (self->settings);
  sen_find_service_set_only_on_mains (self->service, self->settings->index_on_mains);
}

/* --- The window ---------------------------------------------------------------------------------------------------------------------- */

static GtkWidget *
new_button (const char *label, GCallback callback, SenFindFolders *self)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  return button;
}

static AdwPreferencesGroup *
add_group (AdwPreferencesPage *page, const char *title, const char *description)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_title (group, title);
  adw_preferences_group_set_description (group, description);
  adw_preferences_page_add (page, group);
  return group;
}

SenFindFolders *
sen_find_folders_new (GtkWindow *parent, SenFindService *service, SenSettings *settings)
{
  SenFindFolders *self = g_object_new (SEN_TYPE_FIND_FOLDERS, "transient-for", parent, "modal", TRUE, NULL);
  self->service = g_object_ref (service);
  self->settings = settings;
  gtk_switch_set_active (self->mains_switch, settings->index_on_mains);
  g_signal_connect_object (self->mains_switch, "notify::active", G_CALLBACK (on_mains), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "folders-changed", G_CALLBACK (fill_folders), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  gtk_window_set_default_size (GTK_WINDOW (self), MIN (WIDTH_PX, gtk_widget_get_width (GTK_WIDGET (parent))), HEIGHT_PX);
  fill_folders (self);
  update (self);
  return self;
}

static void
sen_find_folders_dispose (GObject *object)
{
  SenFindFolders *self = SEN_FIND_FOLDERS (object);
  g_clear_object (&self->service);
  g_clear_pointer (&self->folder_rows, g_ptr_array_unref);
  g_clear_pointer (&self->failure_rows, g_ptr_array_unref);
  G_OBJECT_CLASS (sen_find_folders_parent_class)->dispose (object);
}

static void
sen_find_folders_class_init (SenFindFoldersClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_find_folders_dispose;
}

static void
sen_find_folders_init (SenFindFolders *self)
{
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());
  self->folder_rows = g_ptr_array_new ();
  self->failure_rows = g_ptr_array_new ();
  gtk_window_set_title (GTK_WINDOW (self), _("Folders to Search"));
  adw_preferences_window_set_search_enabled (ADW_PREFERENCES_WINDOW (self), FALSE);

  self->folders = add_group (page, _("Folders"), _("What is in them can be found. The index stays on this machine."));
  self->empty_row = new_row (_("None yet"), "");
  adw_preferences_group_add (self->folders, GTK_WIDGET (self->empty_row));
  adw_preferences_group_set_header_suffix (self->folders, new_button (_("_Add a Folder…"), G_CALLBACK (on_add), self));

  self->indexing = add_group (page, _("Indexing"), NULL);
  self->progress_row = new_row ("", "");
  self->pause = GTK_BUTTON (new_button (_("Pause"), G_CALLBACK (on_pause), self));
  adw_action_row_set_subtitle_lines (self->progress_row, 6);
  adw_action_row_add_suffix (self->progress_row, GTK_WIDGET (self->pause));
  self->mains_row = new_row (_("Only on mains power"), _("Rests while this machine runs on its battery"));
  self->mains_switch = GTK_SWITCH (gtk_switch_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->mains_switch), GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (self->mains_row, GTK_WIDGET (self->mains_switch));
  adw_action_row_set_activatable_widget (self->mains_row, GTK_WIDGET (self->mains_switch));
  adw_preferences_group_add (self->indexing, GTK_WIDGET (self->progress_row));
  adw_preferences_group_add (self->indexing, GTK_WIDGET (self->mains_row));

  self->failures = add_group (page, _("Could not be read"), NULL);
  adw_preferences_group_set_header_suffix (self->failures, new_button (_("_Try Again"), G_CALLBACK (on_retry), self));
  gtk_widget_set_visible (GTK_WIDGET (self->failures), FALSE);
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (self), page);
}
