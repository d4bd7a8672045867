/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-message-row.h"

#include <glib/gi18n.h>
#include <string.h>

/* What is laid out anew for each word must stay small, so no label grows without bound: past the first length a paragraph is
 * broken where a line ends, past the second where a sentence does, past the third at the next space, or anywhere in languages
 * without spaces. */
#define LONG_PARAGRAPH 600
#define LONGER_PARAGRAPH 700
#define ENDLESS_PARAGRAPH 900

#define PARAGRAPH_SPACING_PX 10

/* The user's words keep off the left edge, so that who speaks is seen without reading. */
#define USER_MARGIN_PX 48

/* How long the mark of a copy stays. */
#define COPIED_SECONDS 2

struct _SenMessageRow {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkBox    *column;
  GtkBox    *bubble;
  GtkLabel  *stage;
  GtkBox    *footer;
  GtkLabel  *note;
  GtkButton *copy_button;
  GtkButton *regenerate_button;

  /* Owned */
  GString *text;

  SenMessageKind kind;
  GtkLabel      *paragraph;     /* borrowed: the last one */
  gsize          paragraph_start;
  guint          copied_timeout;
};

G_DEFINE_FINAL_TYPE (SenMessageRow, sen_message_row, GTK_TYPE_WIDGET)

static gboolean
forget_copied (gpointer data)
{
  SenMessageRow *self = data;
  gtk_button_set_icon_name (self->copy_button, "edit-copy-symbolic");
  self->copied_timeout = 0;
  return G_SOURCE_REMOVE;
}

static void
on_copy (GtkButton *button, SenMessageRow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->text->str);
  gtk_button_set_icon_name (button, "object-select-symbolic");
  g_clear_handle_id (&self->copied_timeout, g_source_remove);
  self->copied_timeout = g_timeout_add_seconds (COPIED_SECONDS, forget_copied, self);
}

static void
sen_message_row_dispose (GObject *object)
{
  g_clear_handle_id (&SEN_MESSAGE_ROW (object)->copied_timeout, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_MESSAGE_ROW);
  G_OBJECT_CLASS (sen_message_row_parent_class)->dispose (object);
}

static void
sen_message_row_finalize (GObject *object)
{
  g_string_free (SEN_MESSAGE_ROW (object)->text, TRUE);
  G_OBJECT_CLASS (sen_message_row_parent_class)->finalize (object);
}

static void
sen_message_row_class_init (SenMessageRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_message_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = sen_message_row_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "message");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-message-row.ui");
  gtk_widget_class_bind_template_child (widget_class, SenMessageRow, column);
  gtk_widget_class_bind_template_child (widget_class, SenMessageRow, bubble);
  gtk_widget_class_bind_template_child (widget_class, SenMessageRow, stage);
  gtk_widget_class_bind_template_child (widget_class, SenMessageRow, footer);
  gtk_widget_class_bind_template_child (widget_class, SenMessageRow, note);
  gtk_widget_class_bind_template_child (widget_class, SenMessageRow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, SenMessageRow, regenerate_button);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
sen_message_row_init (SenMessageRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->text = g_string_new (NULL);
}

SenMessageRow *
sen_message_row_new (SenMessageKind kind, const char *text)
{
  SenMessageRow *self = g_object_new (SEN_TYPE_MESSAGE_ROW, NULL);
  self->kind = kind;
  gtk_widget_add_css_class (GTK_WIDGET (self), kind == SEN_MESSAGE_USER ? "user" : "assistant");
  gtk_widget_set_halign (GTK_WIDGET (self->column), kind == SEN_MESSAGE_USER ? GTK_ALIGN_END : GTK_ALIGN_FILL);
  gtk_widget_set_margin_start (GTK_WIDGET (self->column), kind == SEN_MESSAGE_USER ? USER_MARGIN_PX : 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kind == SEN_MESSAGE_USER ? _("You") : _("Assistant"), -1);
  if (text != NULL)
    sen_message_row_append (self, text);
  return self;
}

SenMessageKind
sen_message_row_kind (SenMessageRow *self)
{
  return self->kind;
}

const char *
sen_message_row_text (SenMessageRow *self)
{
  return self->text->str;
}

static void
begin_paragraph (SenMessageRow *self, gsize start, gboolean is_spaced)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_margin_top (label, is_spaced ? PARAGRAPH_SPACING_PX : 0);
  gtk_widget_add_css_class (label, "body");
  gtk_box_append (self->bubble, label);
  self->paragraph = GTK_LABEL (label);
  self->paragraph_start = start;
}

static const char *
first_of (const char *a, const char *b)
{
  return a == NULL || (b != NULL && b < a) ? b : a;
}

/* The first @mark behind @limit, or NULL; a full stop stays with its sentence. */
static const char *
find_break (const char *text, gsize length, gsize limit, const char *mark)
{
  const char *end = length > limit ? strstr (text + limit, mark) : NULL;
  return end != NULL && *end == '.' ? end + 1 : end;
}

/* Where the paragraph that begins at @start ends, or 0 while it goes on; *@next is where the one behind it begins. */
static gsize
find_paragraph_end (const char *text, gsize start, gsize *next)
{
  const char *paragraph = text + start;
  gsize length = strlen (paragraph);
  const char *end = strstr (paragraph, "\n\n");
  end = first_of (end, find_break (paragraph, length, LONG_PARAGRAPH, "\n"));
  end = first_of (end, find_break (paragraph, length, LONGER_PARAGRAPH, ". "));
  end = first_of (end, find_break (paragraph, length, ENDLESS_PARAGRAPH, " "));
  if (end == NULL && length > 2 * ENDLESS_PARAGRAPH)
    end = g_utf8_find_next_char (paragraph + ENDLESS_PARAGRAPH, NULL);
  if (end == NULL)
    return 0;
  *next = (gsize) (end - text) + (*end == ' ' ? 1 : strspn (end, "\n"));
  return (gsize) (end - text);
}

void
sen_message_row_append (SenMessageRow *self, const char *text)
{
  g_string_append (self->text, text);
  sen_message_row_set_stage (self, NULL);
  if (self->paragraph == NULL)
    begin_paragraph (self, strspn (self->text->str, "\n"), FALSE);

  gsize end, next = 0;
  while ((end = find_paragraph_end (self->text->str, self->paragraph_start, &next)) > 0 && next < self->text->len)
    {
      g_autofree char *whole = g_strndup (self->text->str + self->paragraph_start, end - self->paragraph_start);
      gtk_label_set_text (self->paragraph, whole);
      begin_paragraph (self, next, next >= end + 2);
    }
  gtk_label_set_text (self->paragraph, self->text->str + self->paragraph_start);
}

void
sen_message_row_set_stage (SenMessageRow *self, const char *stage)
{
  gtk_label_set_text (self->stage, stage != NULL ? stage : "");
  gtk_widget_set_visible (GTK_WIDGET (self->stage), stage != NULL && *stage != '\0');
}

void
sen_message_row_set_note (SenMessageRow *self, const char *note, gboolean is_error)
{
  gtk_label_set_text (self->note, note);
  if (is_error)
    gtk_widget_add_css_class (GTK_WIDGET (self->note), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->note), "error");
  gtk_widget_set_visible (GTK_WIDGET (self->footer), TRUE);
}

void
sen_message_row_set_actions (SenMessageRow *self, gboolean can_copy, gboolean can_regenerate)
{
  gtk_widget_set_visible (GTK_WIDGET (self->copy_button), can_copy);
  gtk_widget_set_visible (GTK_WIDGET (self->regenerate_button), can_regenerate);
  if (can_copy || can_regenerate)
    gtk_widget_set_visible (GTK_WIDGET (self->footer), TRUE);
}
