/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-link.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

typedef struct {
  GtkWindow *parent;    /* owned */
  char      *address;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *question = data;
  g_clear_object (&question->parent);
  g_free (question->address);
  g_free (question);
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Question *question)
{
  if (strcmp (response, "open") == 0)
    gtk_show_uri (question->parent, question->address, GDK_CURRENT_TIME);
  else if (strcmp (response, "copy") == 0)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (dialog)), question->address);
}

/* A name that looks like another one, in letters of another script, is also told as the network spells it. */
static char *
describe_host (const char *address)
{
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_NON_DNS, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autofree char *unescaped = host != NULL ? g_uri_unescape_string (host, NULL) : NULL;
  g_autofree char *ascii = unescaped != NULL ? g_hostname_to_ascii (unescaped) : NULL;
  if (ascii == NULL || g_ascii_strcasecmp (ascii, unescaped) == 0)
    return NULL;
  /* translators: the true name of a computer on the network, in a question before a link is opened */
  return g_strdup_printf (_("Its real name is %s."), ascii);
}

void
sen_markdown_link_ask (GtkWidget *origin, const char *address)
{
  g_autofree char *scheme = g_uri_parse_scheme (address);
  GtkRoot *root = gtk_widget_get_root (origin);
  if (scheme == NULL || !(g_ascii_strcasecmp (scheme, "http") == 0 || g_ascii_strcasecmp (scheme, "https") == 0
                          || g_ascii_strcasecmp (scheme, "mailto") == 0) || !GTK_IS_WINDOW (root))
    return;

  gboolean is_mail = g_ascii_strcasecmp (scheme, "mailto") == 0;
  g_autofree char *host = describe_host (address);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (root), is_mail ? _("Write to this address?") : _("Open this link?"), host);
  GtkWidget *label = gtk_label_new (address);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_CHAR);
  gtk_label_set_lines (GTK_LABEL (label), 8);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 48);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_direction (label, GTK_TEXT_DIR_LTR);
  gtk_widget_add_css_class (label, "monospace");
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), label);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("Cancel"), "copy", _("Copy Address"),
                                    "open", _("Open"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "open", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");

  Question *question = g_new0 (Question, 1);
  question->parent = GTK_WINDOW (g_object_ref (root));
  question->address = g_strdup (address);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
