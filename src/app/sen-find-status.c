/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-status.h"

#include <glib/gi18n.h>
#include <math.h>

#include "sen-advice.h"

struct _SenFindStatus {
  GtkWidget parent_instance;

  GtkWidget      *box;
  GtkLabel       *text;
  GtkProgressBar *bar;
  GtkButton      *pause, *failures;
  SenFindService *service;
};

G_DEFINE_FINAL_TYPE (SenFindStatus, sen_find_status, GTK_TYPE_WIDGET)

/* --- In words ------------------------------------------------------------------------------------------------------------------------ */

static const char *
describe_stage (SenIndexerStage stage)
{
  switch (stage)
    {
    case SEN_INDEXER_OPENING:
      return _("Opening the index");
    case SEN_INDEXER_LOOKING:
      return _("Looking through the folders");
    case SEN_INDEXER_READING:
      return _("Reading");
    case SEN_INDEXER_EMBEDDING:
      return _("Understanding");
    case SEN_INDEXER_DEEPENING:
      return _("Reading pictures and listening");
    default:
      return "";
    }
}

/* (transfer full) */
static char *
describe_time (double seconds)
{
  guint minutes = (guint) ceil (seconds / 60.0), hours = (guint) lround (seconds / 3600.0);
  if (seconds < 60.0)
    return g_strdup (_("less than a minute left"));
  if (minutes < 90)
    return g_strdup_printf (ngettext ("%u minute left", "%u minutes left", minutes), minutes);
  return g_strdup_printf (ngettext ("%u hour left", "%u hours left", hours), hours);
}

static char *
describe_work (const SenIndexProgress *progress)
{
  g_autoptr (GString) text = g_string_new (describe_stage (progress->stage));
  gulong n_done = (gulong) progress->n_done, n_total = (gulong) progress->n_total;
  if (progress->n_total > 0)
    /* translators: done of how many: "Reading 1,204 of 8,121" */
    g_string_append_printf (text, _(" %'lu of %'lu"), n_done, n_total);
  else if (progress->n_done > 0)
    g_string_append_printf (text, ngettext (": %'lu file", ": %'lu files", n_done), n_done);
  if (progress->rate >= 1.0)
    g_string_append_printf (text, _(" · %.0f per second"), progress->rate);
  else if (progress->rate > 0.0)
    g_string_append_printf (text, _(" · %.0f per minute"), 60.0 * progress->rate);
  if (progress->eta_s >= 0.0 && progress->n_total > 0)
    {
      g_autofree char *time = describe_time (progress->eta_s);
      g_string_append_printf (text, " · %s", time);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
sen_find_describe_progress (const SenIndexProgress *progress)
{
  gulong n_files = (gulong) progress->n_files;
  switch (progress->stage)
    {
    case SEN_INDEXER_UP_TO_DATE:
      return g_strdup_printf (ngettext ("%'lu file, up to date", "%'lu files, up to date", n_files), n_files);
    case SEN_INDEXER_PAUSED:
      return g_strdup (_("Indexing is paused"));
    case SEN_INDEXER_ON_BATTERY:
      return g_strdup (_("Indexing waits for mains power"));
    case SEN_INDEXER_ELSEWHERE:
      return g_strdup (_("Another program is indexing, such as sensorium-cli"));
    case SEN_INDEXER_FAILED:
      return progress->sentence != NULL ? sen_advice_index (progress->sentence) : g_strdup (_("The index cannot be written"));
    default:
      return describe_work (progress);
    }
}

char *
sen_find_describe_notes (const SenIndexProgress *progress)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (char **note = progress->notes; note != NULL && *note != NULL; note++)
    {
      g_autofree char *sentence = sen_advice_index (*note);
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", sentence);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- What is shown ------------------------------------------------------------------------------------------------------------------- */

static bool
is_at_work (SenIndexerStage stage)
{
  return stage == SEN_INDEXER_LOOKING || stage == SEN_INDEXER_READING || stage == SEN_INDEXER_EMBEDDING || stage == SEN_INDEXER_DEEPENING;
}

static void
update (SenFindStatus *self)
{
  g_auto (SenIndexProgress) progress = { 0 };
  const char *const *folders = sen_find_service_folders (self->service);
  bool is_there = sen_find_service_get_progress (self->service, &progress) && folders != NULL && folders[0] != NULL;
  gtk_widget_set_visible (GTK_WIDGET (self), is_there);
  if (!is_there)
    return;
  gboolean is_paused = sen_find_service_is_paused (self->service);
  bool is_working = is_at_work (progress.stage);
  g_autofree char *text = sen_find_describe_progress (&progress);
  gulong n_failed = (gulong) progress.n_failed;
  g_autofree char *failures = g_strdup_printf (ngettext ("%'lu Not Read", "%'lu Not Read", n_failed), n_failed);
  gtk_label_set_text (self->text, text);
  g_autofree char *notes = sen_find_describe_notes (&progress);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->text), *notes != '\0' ? notes : NULL);
  gtk_progress_bar_set_fraction (self->bar, progress.n_total > 0 ? MIN ((double) progress.n_done / (double) progress.n_total, 1.0) : 0.0);
  gtk_widget_set_visible (GTK_WIDGET (self->bar), is_working && progress.n_total > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->pause), is_working || is_paused);
  gtk_button_set_icon_name (self->pause, is_paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
  const char *label = is_paused ? _("Go on indexing") : _("Pause indexing");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->pause), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_button_set_label (self->failures, failures);
  gtk_widget_set_visible (GTK_WIDGET (self->failures), n_failed > 0);
}

static void
on_pause (SenFindStatus *self)
{
  sen_find_service_set_paused (self->service, !sen_find_service_is_paused (self->service));
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

GtkWidget *
sen_find_status_new (SenFindService *service)
{
  SenFindStatus *self = g_object_new (SEN_TYPE_FIND_STATUS, NULL);
  self->service = g_object_ref (service);
  g_signal_connect_object (service, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "folders-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

static void
sen_find_status_dispose (GObject *object)
{
  SenFindStatus *self = SEN_FIND_STATUS (object);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (sen_find_status_parent_class)->dispose (object);
}

static void
sen_find_status_class_init (SenFindStatusClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_find_status_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "findstatus");
}

static void
sen_find_status_init (SenFindStatus *self)
{
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->text = GTK_LABEL (gtk_label_new (NULL));
  self->bar = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
  self->pause = GTK_BUTTON (gtk_button_new ());
  self->failures = GTK_BUTTON (gtk_button_new_with_label (""));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Pause indexing"), -1);
  gtk_label_set_xalign (self->text, 0.0f);
  gtk_label_set_ellipsize (self->text, PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (GTK_WIDGET (self->text), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->text), "numeric");
  gtk_widget_add_css_class (GTK_WIDGET (self->text), "dim-label");
  gtk_widget_set_hexpand (words, TRUE);
  gtk_widget_set_valign (words, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (self->pause), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (self->failures), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (self->failures), "caption");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, _("How far the index is"), -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->failures), _("Files that could not be read, and why"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->failures), "find.folders");
  g_signal_connect_object (self->pause, "clicked", G_CALLBACK (on_pause), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (words), GTK_WIDGET (self->text));
  gtk_box_append (GTK_BOX (words), GTK_WIDGET (self->bar));
  gtk_box_append (GTK_BOX (self->box), words);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->failures));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->pause));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}
