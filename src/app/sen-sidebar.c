/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sidebar.h"

#include <glib/gi18n.h>

#include "sen-chat-row.h"

struct _SenSidebar {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget      *column;
  GtkSearchEntry *search;
  GtkStack       *stack;             /* "conversations", "matches", "empty" */
  GtkListView    *list, *match_list;
  GtkLabel       *empty_label;

  /* Owned */
  SenHistory         *history;
  GtkSingleSelection *selection;
  GPtrArray          *matches;       /* SenHistoryMatch, as the rows of match_list stand */
  GListStore         *found;         /* their conversations */
  GCancellable       *searching;
};

enum { OPEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenSidebar, sen_sidebar, GTK_TYPE_WIDGET)

/* --- Rows --------------------------------------------------------------------------------------------------------------------------- */

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, SenSidebar *self)
{
  gtk_list_item_set_child (item, sen_chat_row_new ());
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, SenSidebar *self)
{
  sen_chat_row_set (SEN_CHAT_ROW (gtk_list_item_get_child (item)), gtk_list_item_get_item (item), NULL);
}

static void
on_bind_match (GtkSignalListItemFactory *factory, GtkListItem *item, SenSidebar *self)
{
  guint position = gtk_list_item_get_position (item);
  const SenHistoryMatch *match = position < self->matches->len ? g_ptr_array_index (self->matches, position) : NULL;
  sen_chat_row_set (SEN_CHAT_ROW (gtk_list_item_get_child (item)), gtk_list_item_get_item (item),
                    match != NULL && match->message != 0 ? match->snippet : NULL);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, SenSidebar *self)
{
  sen_chat_row_set (SEN_CHAT_ROW (gtk_list_item_get_child (item)), NULL, NULL);
}

static void
set_factory (SenSidebar *self, GtkListView *list, GCallback on_bind_row)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), self, 0);
  g_signal_connect_object (factory, "bind", on_bind_row, self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), self, 0);
  gtk_list_view_set_factory (list, factory);
}

static void
on_activate (GtkListView *list, guint position, SenSidebar *self)
{
  g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (self->history), position);
  if (conversation != NULL)
    g_signal_emit (self, signals[OPEN], 0, conversation, (gint64) 0);
}

static void
on_activate_match (GtkListView *list, guint position, SenSidebar *self)
{
  g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (self->found), position);
  if (conversation != NULL && position < self->matches->len)
    g_signal_emit (self, signals[OPEN], 0, conversation, ((SenHistoryMatch *) g_ptr_array_index (self->matches, position))->message);
}

/* --- Searching ---------------------------------------------------------------------------------------------------------------------- */

static bool
is_searching (SenSidebar *self)
{
  return *gtk_editable_get_text (GTK_EDITABLE (self->search)) != '\0';
}

static void
update_page (SenSidebar *self)
{
  guint n = is_searching (self) ? g_list_model_get_n_items (G_LIST_MODEL (self->found))
            : self->history != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->history)) : 0;
  gtk_label_set_text (self->empty_label, is_searching (self) ? _("Nothing was found.")
                      : _("Conversations will be kept here, on this machine alone."));
  gtk_stack_set_visible_child_name (self->stack, n == 0 ? "empty" : is_searching (self) ? "matches" : "conversations");
}

static void
show_matches (SenSidebar *self, GPtrArray *matches)
{
  g_autoptr (GPtrArray) conversations = g_ptr_array_new ();
  /* What was thrown away in the meantime has no row. */
  for (guint i = 0; i < matches->len;)
    {
      SenConversation *conversation = sen_history_find (self->history, ((SenHistoryMatch *) matches->pdata[i])->conversation);
      if (conversation == NULL)
        {
          g_ptr_array_remove_index (matches, i);
          continue;
        }
      g_ptr_array_add (conversations, conversation);
      i++;
    }
  g_clear_pointer (&self->matches, g_ptr_array_unref);
  self->matches = g_ptr_array_ref (matches);
  g_list_store_splice (self->found, 0, g_list_model_get_n_items (G_LIST_MODEL (self->found)), conversations->pdata, conversations->len);
  update_page (self);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) matches = sen_history_search_finish (SEN_HISTORY (source), result, &error);
  /* A search that was overtaken by the next letter ends with an error, and its sidebar may be gone. */
  if (matches != NULL && !g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    show_matches (data, matches);
}

static void
stop_searching (SenSidebar *self)
{
  if (self->searching != NULL)
    g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
}

static void
on_search_changed (GtkSearchEntry *search, SenSidebar *self)
{
  stop_searching (self);
  if (is_searching (self))
    {
      self->searching = g_cancellable_new ();
      sen_history_search_async (self->history, gtk_editable_get_text (GTK_EDITABLE (search)), self->searching, on_found, self);
    }
  else
    update_page (self);
}

static void
on_stop_search (GtkSearchEntry *search, SenSidebar *self)
{
  gtk_editable_set_text (GTK_EDITABLE (search), "");
}

/* Enter opens the best match. */
static void
on_search_activate (GtkSearchEntry *search, SenSidebar *self)
{
  if (is_searching (self))
    on_activate_match (self->match_list, 0, self);
}

void
sen_sidebar_focus_search (SenSidebar *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

/* --- Outside ------------------------------------------------------------------------------------------------------------------------ */

/* NULL when the focus is elsewhere. */
static SenChatRow *
focused_row (SenSidebar *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  if (focus == NULL || !gtk_widget_is_ancestor (focus, GTK_WIDGET (self)))
    return NULL;
  /* The focus is on the list's own row, around ours, or on something inside. */
  GtkWidget *row = gtk_widget_get_ancestor (focus, SEN_TYPE_CHAT_ROW);
  if (row == NULL)
    row = gtk_widget_get_first_child (focus);
  return SEN_IS_CHAT_ROW (row) ? SEN_CHAT_ROW (row) : NULL;
}

static gboolean
on_menu_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  SenChatRow *row = focused_row (SEN_SIDEBAR (widget));
  if (row != NULL)
    sen_chat_row_popup (row);
  return row != NULL;
}

SenConversation *
sen_sidebar_focused (SenSidebar *self)
{
  SenChatRow *row = focused_row (self);
  return row != NULL ? sen_chat_row_conversation (row) : NULL;
}

void
sen_sidebar_set_current (SenSidebar *self, SenConversation *conversation)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->history)), selected = GTK_INVALID_LIST_POSITION;
  for (guint i = 0; i < n && selected == GTK_INVALID_LIST_POSITION; i++)
    {
      g_autoptr (SenConversation) other = g_list_model_get_item (G_LIST_MODEL (self->history), i);
      if (other == conversation)
        selected = i;
    }
  gtk_single_selection_set_selected (self->selection, selected);
}

void
sen_sidebar_set_history (SenSidebar *self, SenHistory *history)
{
  g_set_object (&self->history, history);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (history)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (history, "items-changed", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
  update_page (self);
}

/* --- The widget --------------------------------------------------------------------------------------------------------------------- */

static void
sen_sidebar_dispose (GObject *object)
{
  SenSidebar *self = SEN_SIDEBAR (object);
  stop_searching (self);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_SIDEBAR);
  g_clear_object (&self->selection);
  g_clear_object (&self->history);
  g_clear_object (&self->found);
  g_clear_pointer (&self->matches, g_ptr_array_unref);
  G_OBJECT_CLASS (sen_sidebar_parent_class)->dispose (object);
}

static void
sen_sidebar_class_init (SenSidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_sidebar_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, SenSidebar, column);
  gtk_widget_class_bind_template_child (widget_class, SenSidebar, search);
  gtk_widget_class_bind_template_child (widget_class, SenSidebar, stack);
  gtk_widget_class_bind_template_child (widget_class, SenSidebar, list);
  gtk_widget_class_bind_template_child (widget_class, SenSidebar, match_list);
  gtk_widget_class_bind_template_child (widget_class, SenSidebar, empty_label);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_activate_match);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, on_menu_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, on_menu_key, NULL);
  signals[OPEN] = g_signal_new ("open", SEN_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                SEN_TYPE_CONVERSATION, G_TYPE_INT64);
}

static void
sen_sidebar_init (SenSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->matches = g_ptr_array_new ();
  self->found = g_list_store_new (SEN_TYPE_CONVERSATION);
  set_factory (self, self->list, G_CALLBACK (on_bind));
  set_factory (self, self->match_list, G_CALLBACK (on_bind_match));
  GtkNoSelection *none = gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->found)));
  gtk_list_view_set_model (self->match_list, GTK_SELECTION_MODEL (none));
  g_object_unref (none);
}
