/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-bar.h"

#include <glib/gi18n.h>

#include "sen-find-text.h"

/* Of a letter that is everywhere, nobody walks through all. */
#define MAX_MATCHES 2000

typedef struct {
  gint64 message;
  guint  nth;       /* in its text */
} Match;

struct _SenFindBar {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkSearchBar   *bar;
  GtkSearchEntry *entry;
  GtkLabel       *count_label;
  GtkButton      *previous_button, *next_button;

  SenConversationView *view;   /* borrowed */

  /* Owned */
  SenConversation *conversation;
  GArray          *matches;    /* Match, in the order of the conversation */
  guint            current;
};

G_DEFINE_FINAL_TYPE (SenFindBar, sen_find_bar, GTK_TYPE_WIDGET)

static const char *
text_of (SenFindBar *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->entry));
}

static void
update (SenFindBar *self)
{
  guint n = self->matches->len;
  g_autofree char *count = NULL;
  if (n > 0)
    /* translators: which of the places found is shown */
    count = g_strdup_printf (_("%u of %u"), self->current + 1, n);
  else
    count = g_strdup (*text_of (self) != '\0' ? _("Not found") : "");
  gtk_label_set_text (self->count_label, count);
  gtk_widget_set_sensitive (GTK_WIDGET (self->previous_button), n > 1);
  gtk_widget_set_sensitive (GTK_WIDGET (self->next_button), n > 1);
}

static void
show_current (SenFindBar *self)
{
  update (self);
  if (self->current >= self->matches->len)
    return;
  const Match *match = &g_array_index (self->matches, Match, self->current);
  sen_conversation_view_show_text (self->view, match->message, text_of (self), match->nth);
}

static void
collect (SenFindBar *self)
{
  g_array_set_size (self->matches, 0);
  self->current = 0;
  guint n = self->conversation != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) : 0;
  for (guint i = 0; i < n && *text_of (self) != '\0'; i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->conversation), i);
      guint n_here = sen_find_count (sen_message_text (message), text_of (self));
      for (guint k = 0; k < n_here && self->matches->len < MAX_MATCHES; k++)
        {
          const Match match = { sen_message_id (message), k };
          g_array_append_val (self->matches, match);
        }
    }
}

static void
on_search_changed (GtkSearchEntry *entry, SenFindBar *self)
{
  collect (self);
  self->current = self->matches->len > 0 ? self->matches->len - 1 : 0;
  show_current (self);
}

static void
step (SenFindBar *self, guint step)
{
  if (self->matches->len == 0)
    return;
  self->current = (self->current + step) % self->matches->len;
  show_current (self);
}

static void
on_previous (SenFindBar *self)
{
  step (self, self->matches->len - 1);
}

static void
on_next (SenFindBar *self)
{
  step (self, 1);
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenFindBar *self)
{
  if (key != GDK_KEY_Return && key != GDK_KEY_KP_Enter)
    return GDK_EVENT_PROPAGATE;
  if ((state & GDK_SHIFT_MASK) != 0)
    on_previous (self);
  else
    on_next (self);
  return GDK_EVENT_STOP;
}

static void
on_closed (SenFindBar *self)
{
  if (!gtk_search_bar_get_search_mode (self->bar))
    sen_conversation_view_show_text (self->view, 0, "", 0);
}

void
sen_find_bar_set_view (SenFindBar *self, SenConversationView *view)
{
  self->view = view;
}

void
sen_find_bar_set_conversation (SenFindBar *self, SenConversation *conversation)
{
  if (!g_set_object (&self->conversation, conversation))
    return;
  gtk_search_bar_set_search_mode (self->bar, FALSE);
  g_array_set_size (self->matches, 0);
}

void
sen_find_bar_open (SenFindBar *self)
{
  gtk_search_bar_set_search_mode (self->bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  gtk_editable_select_region (GTK_EDITABLE (self->entry), 0, -1);
}

guint
sen_find_bar_find (SenFindBar *self, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  on_search_changed (self->entry, self);
  return self->matches->len;
}

/* --- The widget --------------------------------------------------------------------------------------------------------------------- */

static void
sen_find_bar_dispose (GObject *object)
{
  SenFindBar *self = SEN_FIND_BAR (object);
  g_clear_object (&self->conversation);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_FIND_BAR);
  G_OBJECT_CLASS (sen_find_bar_parent_class)->dispose (object);
}

static void
sen_find_bar_finalize (GObject *object)
{
  g_array_unref (SEN_FIND_BAR (object)->matches);
  G_OBJECT_CLASS (sen_find_bar_parent_class)->finalize (object);
}

static void
sen_find_bar_class_init (SenFindBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_find_bar_dispose;
  G_OBJECT_CLASS (klass)->finalize = sen_find_bar_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-find-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, SenFindBar, bar);
  gtk_widget_class_bind_template_child (widget_class, SenFindBar, entry);
  gtk_widget_class_bind_template_child (widget_class, SenFindBar, count_label);
  gtk_widget_class_bind_template_child (widget_class, SenFindBar, previous_button);
  gtk_widget_class_bind_template_child (widget_class, SenFindBar, next_button);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_previous);
  gtk_widget_class_bind_template_callback (widget_class, on_next);
  gtk_widget_class_bind_template_callback (widget_class, on_closed);
}

static void
sen_find_bar_init (SenFindBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->matches = g_array_new (FALSE, FALSE, sizeof (Match));
  gtk_search_bar_connect_entry (self->bar, GTK_EDITABLE (self->entry));
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), keys);
}
