/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-files-bar.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sen-find-status.h"
#include "sen-find-words.h"

struct _SenFilesBar {
  GtkWidget parent_instance;

  GtkWidget      *box;
  GtkMenuButton  *scope;
  GtkLabel       *note;
  GtkButton      *action;
  GMenu          *menu;        /* owned */
  SenFindService *service;     /* owned */
  char           *folder;      /* or NULL */
  gboolean        is_on, is_skipped;
};

G_DEFINE_FINAL_TYPE (SenFilesBar, sen_files_bar, GTK_TYPE_WIDGET)

/* --- In words ------------------------------------------------------------------------------------------------------------------------ */

gboolean
sen_files_bar_is_searched (SenFindService *service, const char *folder)
{
  const char *const *roots = sen_find_service_folders (service);
  if (roots == NULL)
    return TRUE;
  for (; *roots != NULL && folder != NULL; roots++)
    {
      gsize n = strlen (*roots);
      if (g_str_has_prefix (folder, *roots) && (folder[n] == '\0' || folder[n] == '/' || (n > 0 && (*roots)[n - 1] == '/')))
        return TRUE;
    }
  return *roots != NULL;
}

/* What keeps files from being found, or NULL: all of them are searched. (transfer full) */
static char *
describe_progress (SenFilesBar *self)
{
  g_auto (SenIndexProgress) progress = { 0 };
  if (!sen_find_service_get_progress (self->service, &progress))
    return NULL;
  gulong n_done = (gulong) progress.n_done, n_total = (gulong) progress.n_total;
  switch (progress.stage)
    {
    case SEN_INDEXER_UP_TO_DATE:
    case SEN_INDEXER_OPENING:
      return NULL;
    case SEN_INDEXER_READING:
    case SEN_INDEXER_DEEPENING:
      if (progress.n_total > 0)
        /* translators: a number of files, and of how many */
        return g_strdup_printf (_("%'lu of %'lu files are searched so far"), n_done, n_total);
      return sen_find_describe_progress (&progress);
    case SEN_INDEXER_EMBEDDING:
      if (progress.n_total > 0)
        /* translators: a number of passages of files, and of how many */
        return g_strdup_printf (_("Found by words; the meaning of %'lu of %'lu passages is known so far"), n_done, n_total);
      return sen_find_describe_progress (&progress);
    default:
      return sen_find_describe_progress (&progress);
    }
}

/* By the last part of its name. (transfer full) */
static char *
name_folder (const char *folder)
{
  g_autofree char *name = folder != NULL ? g_filename_display_basename (folder) : NULL;
  /* translators: a folder by its name: its files are asked */
  return name != NULL ? g_strdup_printf (_("Files in %s"), name) : g_strdup (_("All Files"));
}

/* --- The menu ------------------------------------------------------------------------------------------------------------------------ */

static void
append_folder (GMenu *menu, const char *folder)
{
  g_autofree char *uri = folder != NULL ? g_filename_to_uri (folder, NULL, NULL) : g_strdup ("");
  g_autofree char *path = folder != NULL ? sen_find_describe_path (folder) : g_strdup (_("All Files"));
  /* What stands in a name is no mnemonic. */
  g_auto (GStrv) parts = g_strsplit (path, "_", -1);
  g_autofree char *label = g_strjoinv ("__", parts);
  if (uri == NULL)
    return;
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target_value (item, "win.files-folder", g_variant_new_string (uri));
  g_menu_append_item (menu, item);
}

static void
fill_menu (SenFilesBar *self)
{
  const char *const *folders = sen_find_service_folders (self->service);
  g_autoptr (GMenu) places = g_menu_new (), more = g_menu_new ();
  bool is_listed = self->folder == NULL || (folders != NULL && g_strv_contains (folders, self->folder));
  g_menu_remove_all (self->menu);
  append_folder (places, NULL);
  for (; folders != NULL && *folders != NULL; folders++)
    append_folder (places, *folders);
  if (!is_listed)
    append_folder (places, self->folder);
  g_menu_append (places, _("Choose a _Folder…"), "win.choose-files-folder");
  g_menu_append (more, _("_Not for This Question"), "win.skip-files");
  g_menu_append_section (self->menu, _("Answer From"), G_MENU_MODEL (places));
  g_menu_append_section (self->menu, NULL, G_MENU_MODEL (more));
}

/* --- What is shown ------------------------------------------------------------------------------------------------------------------- */

static void
show_note (SenFilesBar *self, const char *note, const char *action, const char *label)
{
  gtk_label_set_text (self->note, note != NULL ? note : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->note), note);
  gtk_widget_set_visible (GTK_WIDGET (self->action), action != NULL);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->action), action);
  if (label != NULL)
    gtk_button_set_label (self->action, label);
}

static void
update (SenFilesBar *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), self->is_on);
  if (!self->is_on)
    return;
  const char *const *folders = sen_find_service_folders (self->service);
  bool is_empty = folders != NULL && folders[0] == NULL, is_searched = sen_files_bar_is_searched (self->service, self->folder);
  g_autofree char *progress = describe_progress (self), *name = name_folder (self->folder);
  gtk_menu_button_set_label (self->scope, name);
  gtk_widget_set_visible (GTK_WIDGET (self->scope), !self->is_skipped && !is_empty);
  if (self->is_skipped)
    show_note (self, _("This question is answered without your files"), "win.skip-files", _("Ask Them"));
  else if (is_empty)
    show_note (self, _("No folder is searched yet"), "win.search-files-folder", _("Add a Folder…"));
  else if (!is_searched)
    show_note (self, _("Nothing of this folder can be found yet"), "win.search-files-folder", _("Search It"));
  else
    show_note (self, progress, NULL, NULL);
}

static void
on_folders (SenFilesBar *self)
{
  fill_menu (self);
  update (self);
}

void
sen_files_bar_set (SenFilesBar *self, gboolean is_on, gboolean is_skipped, const char *folder)
{
  bool is_other = g_strcmp0 (folder, self->folder) != 0;
  self->is_on = is_on;
  self->is_skipped = is_skipped;
  g_autofree char *before = self->folder;
  self->folder = g_strdup (folder);
  if (is_other)
    fill_menu (self);
  update (self);
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

GtkWidget *
sen_files_bar_new (SenFindService *service)
{
  SenFilesBar *self = g_object_new (SEN_TYPE_FILES_BAR, NULL);
  self->service = g_object_ref (service);
  g_signal_connect_object (service, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "folders-changed", G_CALLBACK (on_folders), self, G_CONNECT_SWAPPED);
  on_folders (self);
  return GTK_WIDGET (self);
}

static void
sen_files_bar_dispose (GObject *object)
{
  SenFilesBar *self = SEN_FILES_BAR (object);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->menu);
  g_clear_object (&self->service);
  g_clear_pointer (&self->folder, g_free);
  G_OBJECT_CLASS (sen_files_bar_parent_class)->dispose (object);
}

static void
sen_files_bar_class_init (SenFilesBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_files_bar_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "filesbar");
}

static GtkWidget *
new_cross (void)
{
  GtkWidget *cross = gtk_button_new_from_icon_name ("window-close-symbolic");
  gtk_widget_set_valign (cross, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (cross, "flat");
  gtk_widget_add_css_class (cross, "circular");
  gtk_widget_set_tooltip_text (cross, _("Answer without your files"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (cross), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Answer without your files"), -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (cross), "win.ask-files");
  return cross;
}

static void
sen_files_bar_init (SenFilesBar *self)
{
  GtkWidget *icon = gtk_image_new_from_icon_name ("folder-documents-symbolic");
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->scope = GTK_MENU_BUTTON (gtk_menu_button_new ());
  self->note = GTK_LABEL (gtk_label_new (NULL));
  self->action = GTK_BUTTON (gtk_button_new_with_label (""));
  self->menu = g_menu_new ();
  gtk_menu_button_set_menu_model (self->scope, G_MENU_MODEL (self->menu));
  gtk_menu_button_set_direction (self->scope, GTK_ARROW_UP);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->scope), _("Which files are asked"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scope), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Which files are asked"), -1);
  /* What has the keyboard is the button in it, whose own text is read behind its label. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_first_child (GTK_WIDGET (self->scope))), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Which files are asked"), -1);
  gtk_widget_add_css_class (GTK_WIDGET (self->scope), "flat");
  gtk_label_set_xalign (self->note, 0.0f);
  gtk_label_set_ellipsize (self->note, PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (GTK_WIDGET (self->note), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "numeric");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (self->action), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (self->action), "caption");
  gtk_widget_add_css_class (icon, "dim-label");
  gtk_widget_set_margin_start (icon, 8);
  gtk_box_append (GTK_BOX (self->box), icon);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->scope));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->note));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->action));
  gtk_box_append (GTK_BOX (self->box), new_cross ());
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}
