/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-chat-row.h"

#include <glib/gi18n.h>

struct _SenChatRow {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget     *box;
  GtkLabel      *title, *subtitle;
  GtkMenuButton *menu_button;

  /* Owned */
  SenConversation *conversation;
  char            *snippet;
};

G_DEFINE_FINAL_TYPE (SenChatRow, sen_chat_row, GTK_TYPE_WIDGET)

/* "Today", "Yesterday", a weekday, a date: as near as it is worth telling. */
static char *
describe_date (gint64 microseconds)
{
  g_autoptr (GDateTime) then = g_date_time_new_from_unix_local (microseconds / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  if (then == NULL)
    return g_strdup ("");
  GDate day, today;
  g_date_set_dmy (&day, (GDateDay) g_date_time_get_day_of_month (then), (GDateMonth) g_date_time_get_month (then),
                  (GDateYear) g_date_time_get_year (then));
  g_date_set_dmy (&today, (GDateDay) g_date_time_get_day_of_month (now), (GDateMonth) g_date_time_get_month (now),
                  (GDateYear) g_date_time_get_year (now));
  int days = g_date_days_between (&day, &today);
  if (days == 0)
    return g_date_time_format (then, "%R");
  if (days == 1)
    return g_strdup (_("Yesterday"));
  if (days > 1 && days < 7)
    return g_date_time_format (then, "%A");
  return g_date_time_format (then, "%x");
}

/* Takes what only marks Markdown out of @part, in place: pairs of stars, signs of code, the beginnings of headings, bars of tables. */
static void
take_marks_out (char *part)
{
  char *to = part;
  for (const char *at = part; *at != '\0';)
    {
      gsize n = strspn (at, "#");
      bool is_heading = n > 0 && n <= 6 && at[n] == ' ' && (at == part || at[-1] == ' ' || at[-1] == '\n');
      bool is_bar = *at == '|' || (*at == ' ' && to > part && to[-1] == ' ');
      gsize n_marks = is_heading ? n + 1 : g_str_has_prefix (at, "**") ? 2 : *at == '`' || is_bar ? 1 : 0;
      at += n_marks;
      if (n_marks == 0)
        *to++ = *at++;
    }
  *to = '\0';
}

/* What matches is bold; the words around it are anybody's, so they are escaped. */
static char *
make_markup (const char *snippet)
{
  GString *markup = g_string_new (NULL);
  for (const char *at = snippet; *at != '\0';)
    {
      gsize n = 0;
      while (at[n] != '\0' && at[n] != SEN_MATCH_START && at[n] != SEN_MATCH_END)
        n++;
      g_autofree char *part = g_strndup (at, n), *line = g_strdelimit (g_strdup (part), "\n\r\t", ' ');
      take_marks_out (line);
      g_autofree char *escaped = g_markup_escape_text (line, -1);
      g_string_append (markup, escaped);
      at += n;
      if (*at != '\0')
        g_string_append (markup, *at++ == SEN_MATCH_START ? "<b>" : "</b>");
    }
  return g_string_free (markup, FALSE);
}

static void
update (SenChatRow *self)
{
  if (self->conversation == NULL)
    return;
  const char *title = sen_conversation_title (self->conversation);
  if (*title == '\0')
    title = _("New conversation");
  gtk_label_set_text (self->title, title);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->title), title);
  /* The list's own row around this one has the focus, so a screen reader asks that for a name. */
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  if (item != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_autofree char *markup = self->snippet != NULL ? make_markup (self->snippet) : NULL;
  if (markup != NULL && pango_parse_markup (markup, -1, 0, NULL, NULL, NULL, NULL))
    gtk_label_set_markup (self->subtitle, markup);
  else
    {
      g_autofree char *date = describe_date (sen_conversation_updated (self->conversation));
      gtk_label_set_text (self->subtitle, date);
    }
}

static GMenuModel *
make_menu (gint64 id)
{
  static const struct { const char *label, *action; } items[][2] = {
    { { N_("_Rename…"), "win.rename" }, { N_("_Delete"), "win.delete" } },
    { { N_("Export as _Markdown…"), "win.export-markdown" }, { N_("Export as _JSON…"), "win.export-json" } },
  };
  GMenu *menu = g_menu_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autoptr (GMenu) section = g_menu_new ();
      for (size_t j = 0; j < G_N_ELEMENTS (items[i]); j++)
        {
          g_autoptr (GMenuItem) item = g_menu_item_new (_(items[i][j].label), NULL);
          g_menu_item_set_action_and_target_value (item, items[i][j].action, g_variant_new_int64 (id));
          g_menu_append_item (section, item);
        }
      g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
    }
  return G_MENU_MODEL (menu);
}

void
sen_chat_row_set (SenChatRow *self, SenConversation *conversation, const char *snippet)
{
  if (self->conversation != NULL)
    g_signal_handlers_disconnect_by_data (self->conversation, self);
  g_set_object (&self->conversation, conversation);
  g_free (self->snippet);
  self->snippet = g_strdup (snippet);
  if (conversation == NULL)
    {
      gtk_menu_button_set_menu_model (self->menu_button, NULL);
      return;
    }
  g_autoptr (GMenuModel) menu = make_menu (sen_conversation_id (conversation));
  gtk_menu_button_set_menu_model (self->menu_button, menu);
  g_signal_connect_object (conversation, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

SenConversation *
sen_chat_row_conversation (SenChatRow *self)
{
  return self->conversation;
}

void
sen_chat_row_popup (SenChatRow *self)
{
  gtk_menu_button_popup (self->menu_button);
}

static void
on_secondary_click (GtkGesture *gesture, int n, double x, double y, SenChatRow *self)
{
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  sen_chat_row_popup (self);
}

static void
sen_chat_row_dispose (GObject *object)
{
  SenChatRow *self = SEN_CHAT_ROW (object);
  if (self->conversation != NULL)
    g_signal_handlers_disconnect_by_data (self->conversation, self);
  g_clear_object (&self->conversation);
  g_clear_pointer (&self->snippet, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_CHAT_ROW);
  G_OBJECT_CLASS (sen_chat_row_parent_class)->dispose (object);
}

static void
sen_chat_row_class_init (SenChatRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_chat_row_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-chat-row.ui");
  gtk_widget_class_bind_template_child (widget_class, SenChatRow, box);
  gtk_widget_class_bind_template_child (widget_class, SenChatRow, title);
  gtk_widget_class_bind_template_child (widget_class, SenChatRow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, SenChatRow, menu_button);
}

static void
sen_chat_row_init (SenChatRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  GtkGesture *click = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (on_secondary_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
sen_chat_row_new (void)
{
  return g_object_new (SEN_TYPE_CHAT_ROW, NULL);
}
