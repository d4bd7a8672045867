/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-download.h"
#include "sen-error.h"
#include "sen-prompt.h"
#include "sen-viewer.h"
#include "sen-window-private.h"

/* More at once are a mistake more often than a wish. */
#define MAX_AT_ONCE 32

/* --- What they cost ----------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenWindow *window;
  GPtrArray *attachments;
} Counting;

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Counting *counting = data;
  g_autoptr (SenWindow) self = counting->window;
  g_autoptr (GPtrArray) attachments = counting->attachments;
  g_autoptr (GArray) counts = sen_engine_count_finish (result, NULL);
  guint sum = 0;
  if (counts == NULL || self->composer == NULL)
    return;
  for (guint i = 0; i < MIN (counts->len, attachments->len); i++)
    {
      guint n = g_array_index (counts, guint, i);
      sen_attachment_tray_set_cost (sen_composer_tray (self->composer), g_ptr_array_index (attachments, i), n);
      sum += n;
    }
  if (sum == self->draft_tokens)
    return;
  self->draft_tokens = sum;
  sen_window_update (self);
}

/* What is counted may be encoded for it, which can take long; what is no longer attached is not worth that. */
void
sen_window_stop_counting (SenWindow *self)
{
  if (self->counting != NULL)
    g_cancellable_cancel (self->counting);
  g_clear_object (&self->counting);
}

/* Those that are understood, as the model will take them: directly, or their words. */
static void
count_draft (SenWindow *self)
{
  GListModel *draft = sen_conversation_draft_attachments (self->conversation);
  Counting *counting = g_new (Counting, 1);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) media = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
  *counting = (Counting) { g_object_ref (self), g_ptr_array_new_with_free_func (g_object_unref) };
  for (guint i = 0; i < g_list_model_get_n_items (draft); i++)
    {
      g_autoptr (SenAttachment) attachment = g_list_model_get_item (draft, i);
      if (sen_attachment_state (attachment) != SEN_ATTACHMENT_READY)
        continue;
      g_ptr_array_add (counting->attachments, g_steal_pointer (&attachment));
    }
  sen_prompt_add_media (counting->attachments, 0, media, texts);
  self->counting = self->counting != NULL ? self->counting : g_cancellable_new ();
  sen_engine_count_async (self->engine, (const SenPromptMedia *) media->data, media->len, self->counting, on_counted, counting);
}

/* --- Models that hear and see --------------------------------------------------------------------------------------------------------- */

/* A model of the catalogue for @role when none is here yet, or NULL. */
static const SenCatalogueEntry *
find_absent (SenWindow *self, SenRoles role)
{
  const SenCatalogueEntry *absent = NULL;
  GPtrArray *models = sen_inventory_models (self->inventory);
  for (guint i = 0; models != NULL && i < models->len; i++)
    {
      const SenModelStatus *status = g_ptr_array_index (models, i);
      if (status->entry == NULL || (status->entry->roles & role) == 0)
        continue;
      if (status->state == SEN_MODEL_PRESENT)
        return NULL;
      absent = absent != NULL ? absent : status->entry;
    }
  return absent;
}

/* (transfer full) */
static char *
describe_senses (const SenEngineStatus *status, const char *model, bool has_sight, bool has_sound)
{
  bool sees = status->sees_by != NULL, hears = status->hears_by != NULL;
  if (has_sight && has_sound && sees && hears)
    /* translators: name of a model */
    return g_strdup_printf (_("%s sees pictures and hears recordings directly."), model);
  if (has_sight && has_sound && sees)
    return g_strdup_printf (_("%s sees pictures directly and reads recordings through words."), model);
  if (has_sight && has_sound && hears)
    return g_strdup_printf (_("%s hears recordings directly and reads pictures through words."), model);
  if (has_sight && has_sound)
    return g_strdup_printf (_("%s reads pictures and recordings through words."), model);
  if (has_sight)
    return g_strdup_printf (sees ? _("%s sees pictures directly.") : _("%s reads pictures through words."), model);
  return g_strdup_printf (hears ? _("%s hears recordings directly.") : _("%s reads recordings through words."), model);
}

/* Another way for what is attached to reach the model is to be had. */
static bool
is_way_to_choose (SenWindow *self, const SenEngineStatus *status, bool has_sight, bool has_sound)
{
  GPtrArray *models = sen_inventory_models (self->inventory);
  for (guint i = 0; models != NULL && i < models->len; i++)
    {
      const SenModelStatus *model = g_ptr_array_index (models, i);
      if (g_strcmp0 (model->path, status->model_path) == 0)
        return (has_sight && model->may_see_by != NULL) || (has_sound && model->may_hear_by != NULL);
    }
  return false;
}

static void
update_offer (SenWindow *self)
{
  GListModel *draft = sen_conversation_draft_attachments (self->conversation);
  bool has_sight = false, has_sound = self->wants_ears;
  SenEngineStatus status;
  for (guint i = 0; i < g_list_model_get_n_items (draft); i++)
    {
      g_autoptr (SenAttachment) attachment = g_list_model_get_item (draft, i);
      SenAttachmentKind kind = sen_attachment_kind (attachment);
      has_sight = has_sight || kind == SEN_ATTACHMENT_PICTURE || kind == SEN_ATTACHMENT_VIDEO;
      has_sound = has_sound || kind == SEN_ATTACHMENT_SOUND || kind == SEN_ATTACHMENT_VIDEO;
    }
  if (!has_sight && !has_sound)
    {
      sen_composer_set_offer (self->composer, NULL, NULL, NULL, NULL);
      return;
    }
  /* How far it is stands there. */
  if (self->getting != NULL)
    return;
  sen_engine_get_status (self->engine, &status);
  const SenCatalogueEntry *ears = has_sound && (self->wants_ears || status.hears_by == NULL) ? find_absent (self, SEN_ROLE_HEAR) : NULL;
  const SenCatalogueEntry *eyes = has_sight && ears == NULL && status.sees_by == NULL ? find_absent (self, SEN_ROLE_SEE) : NULL;
  const SenCatalogueEntry *wanted = ears != NULL ? ears : eyes;
  const char *action = wanted != NULL ? "win.get-model" : NULL;
  /* Its title, which reads better than the name inside the file. */
  const char *model = status.model_name != NULL ? gtk_label_get_text (self->model_label) : _("The model");
  g_autofree char *text = NULL, *label = NULL;
  if (ears != NULL)
    /* translators: name of a model */
    text = g_strdup_printf (_("Recordings are heard by %s, which is not here yet."), ears->title);
  else if (eyes != NULL)
    /* translators: names of models: the one that answers, one that sees */
    text = g_strdup_printf (_("%s reads pictures through words; %s would add what draws the eye."), model, eyes->title);
  else
    text = describe_senses (&status, model, has_sight, has_sound);
  if (wanted != NULL)
    {
      g_autofree char *size = g_format_size (wanted->size_bytes);
      /* translators: name and size of a model */
      label = g_strdup_printf (_("Get %s (%s)"), wanted->title, size);
    }
  else if (status.model_path != NULL && is_way_to_choose (self, &status, has_sight, has_sound))
    {
      action = "win.preferences-of-model";
      /* translators: how pictures and recordings reach the model; opens the preferences */
      label = g_strdup (_("Change…"));
    }
  sen_composer_set_offer (self->composer, text, action, wanted != NULL ? wanted->name : NULL, label);
  sen_engine_status_clear (&status);
}

void
sen_window_offer_ears (SenWindow *self)
{
  self->wants_ears = TRUE;
  update_offer (self);
}

/* What failed for want of a model is tried again, what was seen without it is looked at once more. */
static void
retry_draft (SenWindow *self)
{
  GListModel *draft = sen_conversation_draft_attachments (self->conversation);
  g_autoptr (GPtrArray) failed = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < g_list_model_get_n_items (draft); i++)
    {
      g_autoptr (SenAttachment) attachment = g_list_model_get_item (draft, i);
      if (sen_attachment_state (attachment) == SEN_ATTACHMENT_READY)
        sen_perception_renew (self->perception, attachment);
      else if (sen_attachment_state (attachment) == SEN_ATTACHMENT_FAILED)
        g_ptr_array_add (failed, g_steal_pointer (&attachment));
    }
  g_autoptr (SenJob) job = sen_perception_settle (self->perception, failed, true);
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sen_fetch_finish (result, &error);
  g_clear_object (&self->getting);
  if (self->composer == NULL)
    return;
  sen_inventory_look_for_models (self->inventory);
  if (path != NULL)
    {
      if (self->wants_ears)
        sen_window_toast (self, _("Now you can speak"));
      self->wants_ears = FALSE;
      retry_draft (self);
    }
  else if (!g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED))
    sen_window_show_error (self, error);
  update_offer (self);
}

static void
on_getting (const SenFetchProgress *progress, gpointer data)
{
  SenWindow *self = data;
  if (self->getting == NULL || self->composer == NULL)
    return;
  double percent = progress->total_bytes > 0 ? 100.0 * (double) progress->done_bytes / (double) progress->total_bytes : 0.0;
  /* translators: of a model that is being downloaded */
  g_autofree char *text = g_strdup_printf (_("Getting the model… %.0f %%"), percent);
  sen_composer_set_offer (self->composer, text, "win.stop-getting", NULL, _("Cancel"));
}

static void
action_get_model (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  SenModelStore *store = sen_application_store (self->application);
  const char *name = g_variant_get_string (parameter, NULL);
  const SenCatalogueEntry *entry = store != NULL ? sen_catalogue_find (sen_model_store_catalogue (store), name) : NULL;
  if (entry == NULL || self->getting != NULL)
    return;
  self->getting = g_cancellable_new ();
  sen_fetch_async (store, entry, &(SenFetchOptions) { 0 }, self->getting, on_getting, self, on_got, g_object_ref (self));
}

static void
action_stop_getting (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  if (SEN_WINDOW (data)->getting != NULL)
    g_cancellable_cancel (SEN_WINDOW (data)->getting);
}

/* --- The draft ---------------------------------------------------------------------------------------------------------------------- */

void
sen_window_update_draft (SenWindow *self)
{
  update_offer (self);
  count_draft (self);
}

static void
on_attachment_changed (SenAttachment *attachment, SenWindow *self)
{
  /* Progress costs nothing. */
  if (sen_attachment_stage (attachment) != NULL)
    return;
  sen_window_update_draft (self);
  sen_window_follow_settings (self);
}

void
sen_window_update_attachments (SenWindow *self)
{
  GListModel *draft = sen_conversation_draft_attachments (self->conversation);
  for (guint i = 0; i < g_list_model_get_n_items (draft); i++)
    {
      g_autoptr (SenAttachment) attachment = g_list_model_get_item (draft, i);
      g_signal_handlers_disconnect_by_func (attachment, on_attachment_changed, self);
      g_signal_connect_object (attachment, "changed", G_CALLBACK (on_attachment_changed), self, 0);
      sen_perception_look (self->perception, attachment);
    }
  g_signal_handlers_disconnect_by_func (draft, sen_window_update_attachments, self);
  g_signal_connect_object (draft, "items-changed", G_CALLBACK (sen_window_update_attachments), self, G_CONNECT_SWAPPED);
  sen_window_update_draft (self);
}

void
sen_window_attach (SenWindow *self, SenAttachment *attachment)
{
  sen_conversation_attach (self->conversation, attachment);
  sen_composer_focus (self->composer);
}

void
sen_window_attach_file (SenWindow *self, GFile *file)
{
  g_autoptr (SenAttachment) attachment = sen_attachment_files_add (sen_history_files (self->history), file);
  sen_window_attach (self, attachment);
}

static bool
is_model (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  return name != NULL && sen_is_gguf_name (name);
}

static void
attach_files (SenWindow *self, GSList *files)
{
  guint n = 0;
  for (GSList *l = files; l != NULL; l = l->next)
    if (is_model (l->data))
      sen_window_add_model (self, l->data);
    else if (n++ < MAX_AT_ONCE)
      sen_window_attach_file (self, l->data);
  if (n <= MAX_AT_ONCE)
    return;
  g_autofree char *text = g_strdup_printf (_("Only the first %u of %u files were attached"), MAX_AT_ONCE, n);
  sen_window_toast (self, text);
}

static void
on_remove (SenAttachmentTray *tray, SenAttachment *attachment, SenWindow *self)
{
  sen_window_stop_counting (self);
  sen_perception_forget (self->perception, attachment);
  sen_conversation_unattach (self->conversation, attachment);
}

static void
on_move (SenAttachmentTray *tray, SenAttachment *attachment, guint position, SenWindow *self)
{
  sen_conversation_move_attachment (self->conversation, attachment, position);
}

static void
on_activate (SenAttachmentTray *tray, SenAttachment *attachment, SenWindow *self)
{
  SenAttachmentKind kind = sen_attachment_kind (attachment);
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  if (kind == SEN_ATTACHMENT_UNKNOWN)
    return;
  g_ptr_array_add (one, attachment);
  gtk_window_present (GTK_WINDOW (sen_viewer_new (GTK_WINDOW (self), self->perception, one, attachment)));
}

/* --- Before a question is asked ------------------------------------------------------------------------------------------------------- */

GPtrArray *
sen_window_list_unseen (SenWindow *self, SenMessage *answer, bool retry)
{
  g_autoptr (GPtrArray) unseen = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->conversation));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->conversation), i);
      g_autoptr (SenMessage) next = g_list_model_get_item (G_LIST_MODEL (self->conversation), i + 1);
      GPtrArray *attachments = sen_message_attachments (message);
      for (guint j = 0; attachments != NULL && j < attachments->len; j++)
        {
          SenAttachment *attachment = g_ptr_array_index (attachments, j);
          SenAttachmentState state = sen_attachment_state (attachment);
          bool is_new = state == SEN_ATTACHMENT_COPYING || (state == SEN_ATTACHMENT_NEW && sen_attachment_sha256 (attachment) != NULL);
          if (is_new || (state == SEN_ATTACHMENT_FAILED && retry && next == answer))
            g_ptr_array_add (unseen, g_object_ref (attachment));
        }
      if (message == answer)
        break;
    }
  return unseen->len > 0 ? g_steal_pointer (&unseen) : NULL;
}

char *
sen_window_describe_perceiving (GPtrArray *attachments)
{
  SenPerceptionProgress progress;
  if (!sen_perception_progress (attachments, &progress))
    return NULL;
  if (progress.is_listening && progress.total > 0.0)
    {
      g_autofree char *done = sen_format_seconds (progress.done), *total = sen_format_seconds (progress.total);
      return g_strdup_printf (_("Listening %s of %s"), done, total);
    }
  if (progress.is_listening)
    return g_strdup (_("Listening…"));
  switch (progress.kind)
    {
    case SEN_ATTACHMENT_PICTURE:
      return g_strdup_printf (_("Looking at picture %u of %u"), progress.number, progress.n);
    case SEN_ATTACHMENT_VIDEO:
      return g_strdup_printf (_("Looking at video %u of %u"), progress.number, progress.n);
    default:
      return g_strdup (_("Looking…"));
    }
}

/* --- Where they come from ------------------------------------------------------------------------------------------------------------- */

static void
on_files_chosen (GtkNativeDialog *dialog, int response, SenWindow *self)
{
  g_autoptr (GListModel) files = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog)) : NULL;
  g_autoptr (GSList) list = NULL;
  for (guint i = files != NULL ? g_list_model_get_n_items (files) : 0; i > 0; i--)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i - 1);
      list = g_slist_prepend (list, file);   /* the model keeps it */
    }
  attach_files (self, list);
  g_object_unref (dialog);
}

static void
action_attach (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const char *const types[] = { "image/*", "audio/*", "video/*" };
  SenWindow *self = data;
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Attach Files"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_OPEN,
                                                              _("_Attach"), NULL);
  g_autoptr (GtkFileFilter) media = gtk_file_filter_new (), all = gtk_file_filter_new ();
  gtk_file_filter_set_name (media, _("Pictures, recordings and videos"));
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    gtk_file_filter_add_mime_type (media, types[i]);
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), media);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), all);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (dialog), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_files_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
encode_texture (GTask *task, gpointer source, gpointer texture, GCancellable *cancellable)
{
  g_task_return_pointer (task, gdk_texture_save_to_png_bytes (texture), (GDestroyNotify) g_bytes_unref);
}

static void
on_encoded (GObject *source, GAsyncResult *result, gpointer data)
{
  SenWindow *self = SEN_WINDOW (source);
  g_autoptr (GBytes) bytes = g_task_propagate_pointer (G_TASK (result), NULL);
  if (bytes == NULL || self->composer == NULL)
    return;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  /* translators: name of a picture that was pasted, with the time of day; %% stays as it is */
  g_autofree char *name = g_date_time_format (now, _("Pasted %H-%M-%S.png"));
  g_autoptr (SenAttachment) attachment = sen_attachment_files_add_bytes (sen_history_files (self->history), bytes, name);
  sen_window_attach (self, attachment);
}

static void
attach_texture (SenWindow *self, GdkTexture *texture)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_encoded, NULL);
  g_task_set_task_data (task, g_object_ref (texture), g_object_unref);
  g_task_run_in_thread (task, encode_texture);
}

static void
on_clipboard_value (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenWindow) self = data;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);
  if (value == NULL || self->composer == NULL)
    return;
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    attach_files (self, g_value_get_boxed (value));
  else if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    attach_texture (self, g_value_get_object (value));
}

static void
action_attach_clipboard (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);
  GType type = gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST) ? GDK_TYPE_FILE_LIST
               : gdk_content_formats_contain_gtype (formats, GDK_TYPE_TEXTURE) ? GDK_TYPE_TEXTURE : G_TYPE_INVALID;
  if (type == G_TYPE_INVALID)
    {
      sen_window_toast (self, _("There is no picture and no file in the clipboard"));
      return;
    }
  gdk_clipboard_read_value_async (clipboard, type, G_PRIORITY_DEFAULT, NULL, on_clipboard_value, g_object_ref (self));
}

static void
on_paste_media (SenWindow *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self), "attach-clipboard", NULL);
}

/* --- Drag and drop -------------------------------------------------------------------------------------------------------------------- */

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, SenWindow *self)
{
  /* No "leave" follows a drop. */
  gtk_widget_set_visible (self->drop_hint, FALSE);
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    attach_files (self, g_value_get_boxed (value));
  else if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    attach_texture (self, g_value_get_object (value));
  else
    return FALSE;
  return TRUE;
}

static GdkDragAction
on_drag_enter (GtkDropTarget *target, double x, double y, SenWindow *self)
{
  gtk_widget_set_visible (self->drop_hint, TRUE);
  return GDK_ACTION_COPY;
}

static void
on_drag_leave (GtkDropTarget *target, SenWindow *self)
{
  gtk_widget_set_visible (self->drop_hint, FALSE);
}

/* --- Screenshots by the portal -------------------------------------------------------------------------------------------------------- */

#define PORTAL "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"

/* Held by the subscription to the answer and by the call. */
typedef struct {
  SenWindow *window;
  guint      subscription;   /* 0: it is over */
} Screenshot;

static void
clear_screenshot (gpointer data)
{
  g_object_unref (((Screenshot *) data)->window);
}

static void
unref_screenshot (gpointer screenshot)
{
  g_rc_box_release_full (screenshot, clear_screenshot);
}

static void
unsubscribe (Screenshot *screenshot, GDBusConnection *bus)
{
  if (screenshot->subscription != 0)
    g_dbus_connection_signal_unsubscribe (bus, screenshot->subscription);
  screenshot->subscription = 0;
}

/* Response (uint32 how it ended, dict with "uri"); 1 is the user's no. */
static void
on_screenshot (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *signal, GVariant *parameters,
               gpointer data)
{
  Screenshot *screenshot = data;
  SenWindow *self = screenshot->window;
  guint32 response;
  const char *uri = NULL;
  g_autoptr (GVariant) results = NULL;
  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    return;
  g_variant_get (parameters, "(u@a{sv})", &response, &results);
  if (response == 0 && g_variant_lookup (results, "uri", "&s", &uri) && self->composer != NULL)
    {
      g_autoptr (GFile) file = g_file_new_for_uri (uri);
      gtk_revealer_set_reveal_child (self->banner, FALSE);   /* what an earlier try said */
      sen_window_attach_file (self, file);
    }
  else if (response > 1 && self->composer != NULL)
    sen_window_show_banner (self, _("The desktop could not take a screenshot."), NULL, NULL);
  unsubscribe (screenshot, bus);
}

static void
on_screenshot_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  Screenshot *screenshot = data;
  GDBusConnection *bus = G_DBUS_CONNECTION (source);
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (bus, result, NULL);
  if (reply == NULL)
    unsubscribe (screenshot, bus);
  if (reply == NULL && screenshot->window->composer != NULL)
    sen_window_show_banner (screenshot->window, _("This desktop takes no screenshots for applications (its portal does not answer). "
                                                  "Take one with its own key, then paste it here."), NULL, NULL);
  unref_screenshot (screenshot);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  static guint n_asked;
  g_autoptr (SenWindow) self = data;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);
  if (self->composer == NULL)
    return;
  if (bus == NULL)
    {
      sen_window_show_banner (self, _("There is no session bus, and so no portal that could take a screenshot."), NULL, NULL);
      return;
    }
  /* The path of the answer is known before, so that it cannot come too early. */
  g_autofree char *token = g_strdup_printf ("sensorium%u", ++n_asked);
  g_autofree char *sender = g_strdelimit (g_strdup (g_dbus_connection_get_unique_name (bus) + 1), ".", '_');
  g_autofree char *path = g_strdup_printf (PORTAL_PATH "/request/%s/%s", sender, token);
  Screenshot *screenshot = g_rc_box_new0 (Screenshot);
  screenshot->window = g_object_ref (self);
  screenshot->subscription = g_dbus_connection_signal_subscribe (bus, PORTAL, "org.freedesktop.portal.Request", "Response", path, NULL,
                                                                 G_DBUS_SIGNAL_FLAGS_NONE, on_screenshot,
                                                                 g_rc_box_acquire (screenshot), unref_screenshot);
  GVariantBuilder options;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  g_variant_builder_add (&options, "{sv}", "interactive", g_variant_new_boolean (TRUE));
  g_dbus_connection_call (bus, PORTAL, PORTAL_PATH, "org.freedesktop.portal.Screenshot", "Screenshot",
                          g_variant_new ("(sa{sv})", "", &options), G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                          on_screenshot_asked, screenshot);
}

static void
action_attach_screenshot (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, g_object_ref (data));
}

/* --- Setting up ----------------------------------------------------------------------------------------------------------------------- */

void
sen_window_init_attachments (SenWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "attach", .activate = action_attach },
    { .name = "attach-clipboard", .activate = action_attach_clipboard },
    { .name = "attach-screenshot", .activate = action_attach_screenshot },
    { .name = "get-model", .activate = action_get_model, .parameter_type = "s" },
    { .name = "stop-getting", .activate = action_stop_getting },
  };
  GType types[] = { GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE };
  SenAttachmentTray *tray = sen_composer_tray (self->composer);
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  sen_attachment_tray_set_perception (tray, self->perception);
  sen_conversation_view_set_perception (self->view, self->perception);
  g_signal_connect_object (tray, "remove", G_CALLBACK (on_remove), self, 0);
  g_signal_connect_object (tray, "move", G_CALLBACK (on_move), self, 0);
  g_signal_connect_object (tray, "activate", G_CALLBACK (on_activate), self, 0);
  g_signal_connect_object (self->inventory, "models-changed", G_CALLBACK (update_offer), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->composer, "paste-media", G_CALLBACK (on_paste_media), self, G_CONNECT_SWAPPED);

  /* Before the text view, which would take a file for its name. */
  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (target), GTK_PHASE_CAPTURE);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_drop), self, 0);
  g_signal_connect_object (target, "enter", G_CALLBACK (on_drag_enter), self, 0);
  g_signal_connect_object (target, "leave", G_CALLBACK (on_drag_leave), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->drop_area), GTK_EVENT_CONTROLLER (target));
}
