/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-model-row.h"

#include <glib/gi18n.h>

#include "sen-announce.h"
#include "sen-error.h"

struct _SenModelRow {
  GtkListBoxRow parent_instance;

  /* Template widgets */
  GtkLabel       *title;
  GtkLabel       *subtitle;
  GtkLabel       *here_label;
  GtkLabel       *progress_label;
  GtkProgressBar *progress;
  GtkButton      *get_button;
  GtkButton      *use_button;
  GtkButton      *cancel_button;
  GtkButton      *remove_button;
  GtkImage       *current_mark;

  /* Borrowed */
  SenModelStore           *store;
  const SenCatalogueEntry *entry;   /* NULL for models that are not of the catalogue */

  /* Owned */
  char         *name;
  char         *path;               /* once it is there */
  guint64       n_here;             /* bytes of it while it is not all there */
  GCancellable *fetching;
  gboolean      current, is_removable;
};

enum { USE, FETCHED, REMOVE, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenModelRow, sen_model_row, GTK_TYPE_LIST_BOX_ROW)

/* Takes @label. */
static void
label_button (GtkButton *button, char *label)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_free (label);
}

static void
update (SenModelRow *self)
{
  gboolean busy = self->fetching != NULL, there = self->path != NULL;
  gtk_widget_set_visible (GTK_WIDGET (self->progress), busy);
  gtk_widget_set_visible (GTK_WIDGET (self->cancel_button), busy);
  gtk_widget_set_visible (GTK_WIDGET (self->get_button), !busy && !there);
  gtk_widget_set_visible (GTK_WIDGET (self->use_button), !busy && there && !self->current);
  gtk_widget_set_visible (GTK_WIDGET (self->remove_button), !busy && self->is_removable && !self->current);
  gtk_widget_set_visible (GTK_WIDGET (self->current_mark), there && self->current);
}

/* A fetch that was paused, or ended with the program: how much of it is kept. */
static void
show_partial (SenModelRow *self)
{
  g_autofree char *here = g_format_size (self->n_here), *total = g_format_size (self->entry->size_bytes);
  g_autofree char *text = g_strdup_printf (_("Paused: %s of %s are here"), here, total);
  gtk_label_set_text (self->progress_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->progress_label), TRUE);
  gtk_button_set_label (self->get_button, _("Go on"));
  /* The new label has taken the name for screen readers away. */
  label_button (self->get_button, g_strdup_printf (_("Go on getting %s"), sen_model_row_title (self)));
}

static void
on_use (GtkButton *button, SenModelRow *self)
{
  if (self->path != NULL)
    g_signal_emit (self, signals[USE], 0, self->path);
}

static void
on_remove (GtkButton *button, SenModelRow *self)
{
  g_signal_emit (self, signals[REMOVE], 0, self->name);
}

/* --- Fetching ------------------------------------------------------------------------------------------------------------------------ */

static char *
describe_stage (const SenFetchProgress *progress)
{
  g_autofree char *done = g_format_size (progress->done_bytes), *total = g_format_size (progress->total_bytes);
  g_autofree char *rate = g_format_size ((guint64) progress->bytes_per_second);
  int left = (int) progress->eta_seconds;
  switch (progress->stage)
    {
    case SEN_FETCH_CHECKING:
      return g_strdup (_("Checking what is there…"));
    case SEN_FETCH_CONNECTING:
      return g_strdup (_("Connecting…"));
    case SEN_FETCH_UNPACKING:
      return g_strdup (_("Unpacking…"));
    case SEN_FETCH_VERIFYING:
      return g_strdup (_("Verifying…"));
    case SEN_FETCH_DOWNLOADING:
    case SEN_FETCH_DONE:
      break;
    }
  if (progress->eta_seconds < 0.0)
    return g_strdup_printf (_("%s of %s"), done, total);
  return g_strdup_printf (_("%s of %s, %s/s, %d:%02d left"), done, total, rate, left / 60, left % 60);
}

static void
on_progress (const SenFetchProgress *progress, gpointer data)
{
  SenModelRow *self = data;
  if (self->title == NULL)
    return;
  self->n_here = progress->done_bytes;
  g_autofree char *text = describe_stage (progress);
  gtk_label_set_text (self->progress_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->progress_label), TRUE);
  if (progress->total_bytes > 0)
    gtk_progress_bar_set_fraction (self->progress, MIN (1.0, (double) progress->done_bytes / (double) progress->total_bytes));
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenModelRow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sen_fetch_finish (result, &error);
  bool is_paused = g_cancellable_is_cancelled (self->fetching);
  g_clear_object (&self->fetching);
  /* The row may have left the window meanwhile; then there is nothing to show. */
  if (self->title == NULL)
    return;
  if (path != NULL)
    {
      self->path = g_steal_pointer (&path);
      gtk_widget_set_visible (GTK_WIDGET (self->progress_label), FALSE);
      update (self);
      g_signal_emit (self, signals[FETCHED], 0, self->path);
      return;
    }
  show_partial (self);
  if (!is_paused)
    gtk_label_set_text (self->progress_label, error->message);
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (self));
  if (window != NULL)
    sen_announce (GTK_WINDOW (window), gtk_label_get_text (self->progress_label));
  update (self);
}

static void
begin_fetch (SenModelRow *self)
{
  self->fetching = g_cancellable_new ();
  gtk_progress_bar_set_fraction (self->progress, 0.0);
  update (self);
  sen_fetch_async (self->store, self->entry, NULL, self->fetching, on_progress, self, on_fetched, g_object_ref (self));
}

static void
on_terms_answered (AdwMessageDialog *dialog, const char *response, SenModelRow *self)
{
  if (strcmp (response, "accept") != 0)
    return;
  sen_model_store_accept_terms (self->store, self->entry, NULL);
  begin_fetch (self);
}

static void
on_get (GtkButton *button, SenModelRow *self)
{
  if (sen_model_store_terms_accepted (self->store, self->entry))
    {
      begin_fetch (self);
      return;
    }
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Accept the terms?"), NULL);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog), _("%s may be used under its own terms: %s"), self->entry->title,
                                  self->entry->terms_url);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "accept", _("_Accept"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "accept", ADW_RESPONSE_SUGGESTED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_terms_answered), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_cancel (GtkButton *button, SenModelRow *self)
{
  g_cancellable_cancel (self->fetching);
}

/* --- The row ------------------------------------------------------------------------------------------------------------------------ */

static void
sen_model_row_dispose (GObject *object)
{
  SenModelRow *self = SEN_MODEL_ROW (object);
  if (self->fetching != NULL)
    g_cancellable_cancel (self->fetching);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_MODEL_ROW);
  G_OBJECT_CLASS (sen_model_row_parent_class)->dispose (object);
}

static void
sen_model_row_finalize (GObject *object)
{
  g_free (SEN_MODEL_ROW (object)->name);
  g_free (SEN_MODEL_ROW (object)->path);
  G_OBJECT_CLASS (sen_model_row_parent_class)->finalize (object);
}

static void
sen_model_row_class_init (SenModelRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_model_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = sen_model_row_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-model-row.ui");
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, title);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, here_label);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, progress_label);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, progress);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, get_button);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, use_button);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, remove_button);
  gtk_widget_class_bind_template_child (widget_class, SenModelRow, current_mark);
  gtk_widget_class_bind_template_callback (widget_class, on_get);
  gtk_widget_class_bind_template_callback (widget_class, on_use);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
  signals[USE] = g_signal_new ("use", SEN_TYPE_MODEL_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FETCHED] = g_signal_new ("fetched", SEN_TYPE_MODEL_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   G_TYPE_STRING);
  signals[REMOVE] = g_signal_new ("remove", SEN_TYPE_MODEL_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
sen_model_row_init (SenModelRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* What it takes without words. */
static void
add_senses (GtkLabel *subtitle, const SenModelStatus *status)
{
  const char *senses = status->sees_by != NULL && status->hears_by != NULL ? _("Sees pictures and hears recordings directly")
                       : status->sees_by != NULL                           ? _("Sees pictures directly")
                       : status->hears_by != NULL                          ? _("Hears recordings directly")
                                                                           : NULL;
  if (senses == NULL)
    return;
  g_autofree char *text = g_strdup_printf ("%s\n%s", gtk_label_get_text (subtitle), senses);
  gtk_label_set_text (subtitle, text);
}

SenModelRow *
sen_model_row_new (SenModelStore *store, const SenModelStatus *status)
{
  SenModelRow *self = g_object_new (SEN_TYPE_MODEL_ROW, NULL);
  self->store = store;
  self->entry = status->entry;
  self->name = g_strdup (status->name);
  self->is_removable = status->removable;
  self->path = g_strdup (status->state == SEN_MODEL_PRESENT ? status->path : NULL);

  const char *title = sen_model_status_title (status);
  g_autofree char *size = g_format_size (status->entry != NULL ? status->entry->size_bytes : status->size_bytes);
  gtk_label_set_text (self->title, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  if (status->entry != NULL)
    {
      g_autofree char *memory = g_format_size (status->entry->memory_bytes);
      /* translators: size of the file, memory it needs, licence */
      g_autofree char *facts = g_strdup_printf (_("%s, needs %s of memory, %s"), size, memory, status->entry->licence_name);
      g_autofree char *text = g_strdup_printf ("%s\n%s", _(status->entry->summary), facts);
      gtk_label_set_text (self->subtitle, text);
    }
  else
    {
      g_autofree char *text = g_strdup_printf (_("%s, your own file"), size);
      gtk_label_set_text (self->subtitle, text);
    }
  add_senses (self->subtitle, status);
  label_button (self->get_button, g_strdup_printf (_("Get %s"), title));
  label_button (self->use_button, g_strdup_printf (_("Use %s"), title));
  label_button (self->remove_button, g_strdup_printf (_("Delete %s"), title));
  label_button (self->cancel_button, g_strdup_printf (_("Pause getting %s"), title));
  if (status->state == SEN_MODEL_PARTIAL)
    {
      self->n_here = status->size_bytes;
      show_partial (self);
    }
  update (self);
  return self;
}

/* To two digits: it is an estimate. */
static double
round_speed (double speed)
{
  double step = 1.0;
  while (speed / step >= 100.0)
    step *= 10.0;
  return step * (double) (guint64) (speed / step + 0.5);
}

void
sen_model_row_set_machine (SenModelRow *self, const SenMachine *machine)
{
  double speed = self->entry != NULL ? sen_machine_speed (machine, self->entry) : 0.0;
  SenRoom room = self->entry != NULL ? sen_machine_room (machine, self->entry) : SEN_ROOM_UNKNOWN;
  g_autofree char *all = g_format_size (machine->memory_bytes), *available = g_format_size (machine->available_bytes);
  g_autofree char *text = NULL;
  if (room == SEN_ROOM_NONE)
    text = g_strdup_printf (_("Too large for this machine, which has %s of memory"), all);
  else if (speed > 0.0 && room == SEN_ROOM_TIGHT)
    text = g_strdup_printf (_("Here: about %.0f tokens/s, but only %s of memory are free"), round_speed (speed), available);
  else if (speed > 0.0)
    /* translators: an estimate for the machine that the program runs on */
    text = g_strdup_printf (_("Here: about %.0f tokens/s; %s of memory are free"), round_speed (speed), available);
  gtk_label_set_text (self->here_label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->here_label), text != NULL);
  if (room == SEN_ROOM_NONE || room == SEN_ROOM_TIGHT)
    gtk_widget_add_css_class (GTK_WIDGET (self->here_label), "warning");
}

const char *
sen_model_row_path (SenModelRow *self)
{
  return self->path;
}

const char *
sen_model_row_title (SenModelRow *self)
{
  return gtk_label_get_text (self->title);
}

gboolean
sen_model_row_is_fetching (SenModelRow *self)
{
  return self->fetching != NULL;
}

void
sen_model_row_set_current (SenModelRow *self, gboolean current)
{
  self->current = current;
  update (self);
}
