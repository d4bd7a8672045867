/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-message-row.h"

#include <glib/gi18n.h>

#include "sen-cited-text.h"
#include "sen-grounding-turns.h"
#include "sen-markdown-view.h"
#include "sen-plain-text.h"
#include "sen-sources.h"

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
  GtkButton *copy_button, *read_button, *look_button, *again_button, *remove_button;
  GtkLabel  *note;

  /* Borrowed; NULL until the row needs one of them, as few do, and making widgets takes longer than all else about a row */
  GtkBox    *cut;
  GtkBox    *siblings;
  GtkLabel  *sibling_label;
  GtkButton *previous_button, *next_button, *go_on_button;

  /* Owned */
  SenConversation *conversation;
  SenMessage      *message;
  SenThumbCache   *thumbs;     /* or NULL */

  SenSources  *sources;        /* borrowed: of an answer made from files, or NULL */
  guint        sources_hash;   /* of what they show */
  GtkWidget   *body;           /* borrowed: SenPlainText of the user, SenMarkdownView of the assistant */
  GtkWidget   *editor;         /* borrowed: while the question is edited */
  GtkTextView *editor_view;
  guint        copied_timeout;
  guint        sibling;        /* this one's place among its siblings */
  bool         is_last, is_busy;
};

enum { REGENERATE, GO_ON, REMOVE, READ_ALOUD, LOOK, EDITED, SHOW_SIBLING, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenMessageRow, sen_message_row, GTK_TYPE_WIDGET)

static bool
is_user (SenMessageRow *self)
{
  return sen_message_speaker (self->message) == SEN_SPEAKER_USER;
}

/* --- What can be done ------------------------------------------------------------------------------------------------------------- */

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
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), sen_message_text (self->message));
  gtk_button_set_icon_name (button, "object-select-symbolic");
  g_clear_handle_id (&self->copied_timeout, g_source_remove);
  self->copied_timeout = g_timeout_add_seconds (COPIED_SECONDS, forget_copied, self);
}

/* The user's words are written again, the assistant's are asked for. */
static void
on_again (GtkButton *button, SenMessageRow *self)
{
  if (is_user (self))
    sen_message_row_edit (self);
  else
    g_signal_emit (self, signals[REGENERATE], 0);
}

static void
on_go_on (GtkButton *button, SenMessageRow *self)
{
  g_signal_emit (self, signals[GO_ON], 0);
}

static void
on_read_aloud (GtkButton *button, SenMessageRow *self)
{
  g_signal_emit (self, signals[READ_ALOUD], 0);
}

static void
on_look (GtkButton *button, SenMessageRow *self)
{
  g_signal_emit (self, signals[LOOK], 0);
}

static void
on_remove (GtkButton *button, SenMessageRow *self)
{
  g_signal_emit (self, signals[REMOVE], 0);
}

static void
on_previous (GtkButton *button, SenMessageRow *self)
{
  g_signal_emit (self, signals[SHOW_SIBLING], 0, self->sibling - 1);
}

static void
on_next (GtkButton *button, SenMessageRow *self)
{
  g_signal_emit (self, signals[SHOW_SIBLING], 0, self->sibling + 1);
}

/* --- Editing ----------------------------------------------------------------------------------------------------------------------- */

static void
end_editing (SenMessageRow *self)
{
  if (self->editor == NULL)
    return;
  gtk_box_remove (self->bubble, self->editor);
  self->editor = NULL;
  gtk_widget_set_visible (self->body, TRUE);
  gtk_widget_set_halign (GTK_WIDGET (self->column), GTK_ALIGN_END);
  gtk_widget_set_visible (GTK_WIDGET (self->footer), TRUE);
}

static void
on_save_edit (SenMessageRow *self)
{
  GtkTextIter start, end;
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->editor_view);
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  g_autofree char *text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  g_strstrip (text);
  bool is_new = *text != '\0' && !g_str_equal (text, sen_message_text (self->message));
  end_editing (self);
  if (is_new)
    g_signal_emit (self, signals[EDITED], 0, text);
}

static gboolean
on_editor_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenMessageRow *self)
{
  if (key == GDK_KEY_Escape)
    end_editing (self);
  else if ((key == GDK_KEY_Return || key == GDK_KEY_KP_Enter) && (state & (GDK_SHIFT_MASK | GDK_ALT_MASK)) == 0)
    on_save_edit (self);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static GtkWidget *
new_editor (SenMessageRow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8), *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *view = gtk_text_view_new (), *scroller = gtk_scrolled_window_new ();
  GtkWidget *cancel = gtk_button_new_with_label (_("Cancel")), *save = gtk_button_new_with_label (_("Ask Again"));
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), sen_message_text (self->message), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Your question"), -1);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_editor_key), self);
  gtk_widget_add_controller (view, keys);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 240);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), view);

  gtk_widget_add_css_class (save, "suggested-action");
  gtk_widget_set_halign (buttons, GTK_ALIGN_END);
  g_signal_connect_swapped (cancel, "clicked", G_CALLBACK (end_editing), self);
  g_signal_connect_swapped (save, "clicked", G_CALLBACK (on_save_edit), self);
  gtk_box_append (GTK_BOX (buttons), cancel);
  gtk_box_append (GTK_BOX (buttons), save);
  gtk_box_append (GTK_BOX (box), scroller);
  gtk_box_append (GTK_BOX (box), buttons);
  gtk_widget_add_css_class (box, "message-editor");
  self->editor_view = GTK_TEXT_VIEW (view);
  return box;
}

void
sen_message_row_edit (SenMessageRow *self)
{
  if (self->editor != NULL || !is_user (self) || self->is_busy)
    return;
  self->editor = new_editor (self);
  gtk_box_append (self->bubble, self->editor);
  gtk_widget_set_visible (self->body, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->footer), FALSE);
  gtk_widget_set_halign (GTK_WIDGET (self->column), GTK_ALIGN_FILL);
  gtk_widget_grab_focus (GTK_WIDGET (self->editor_view));
}

/* --- What is shown ----------------------------------------------------------------------------------------------------------------- */

static char *
describe (SenMessageRow *self)
{
  const SenMessageFigures *figures = sen_message_figures (self->message);
  const char *state = NULL;
  switch (sen_message_state (self->message))
    {
    case SEN_MESSAGE_STOPPED:
      state = _("Stopped");
      break;
    case SEN_MESSAGE_CUT:
      state = _("Cut off: the context is full");
      break;
    case SEN_MESSAGE_LONG:
      state = _("Cut off: answers may be no longer");
      break;
    case SEN_MESSAGE_FAILED:
      state = _("No answer");
      break;
    case SEN_MESSAGE_DONE:
    case SEN_MESSAGE_WRITING:
      break;
    }
  GString *note = g_string_new (state);
  if (figures->n_tokens > 0 && figures->tokens_per_second > 0.0)
    {
      if (note->len > 0)
        g_string_append (note, " · ");
      /* translators: tokens written, speed, seconds from the question to the end */
      g_string_append_printf (note, ngettext ("%'u token · %.0f tokens/s · %.1f s", "%'u tokens · %.0f tokens/s · %.1f s",
                                              figures->n_tokens), figures->n_tokens, figures->tokens_per_second, figures->seconds);
    }
  return g_string_free (note, FALSE);
}

/* --- Sources ----------------------------------------------------------------------------------------------------------------------- */

static void
open_source (SenMessageRow *self, guint number, gboolean is_weaker)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-source", "(xub)", sen_message_id (self->message), number, is_weaker);
}

static void
on_open_source (SenSources *sources, guint number, gboolean is_weaker, SenMessageRow *self)
{
  open_source (self, number, is_weaker);
}

static void
action_open_source (GtkWidget *widget, const char *name, GVariant *parameter)
{
  open_source (SEN_MESSAGE_ROW (widget), g_variant_get_uint32 (parameter), FALSE);
}

static void
action_point_at_source (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SenMessageRow *self = SEN_MESSAGE_ROW (widget);
  if (self->sources != NULL)
    sen_sources_point_at (self->sources, g_variant_get_uint32 (parameter));
}

/* What is written, with the numbers of the sources that say it; that the files have no answer in the user's language. (transfer full) */
static char *
shown_text (SenMessageRow *self)
{
  const char *text = sen_message_text (self->message);
  const SenGroundingRecord *record = self->sources != NULL ? sen_sources_record (self->sources) : NULL;
  if (record != NULL && g_str_equal (text, SEN_GROUNDING_NOT_FOUND))
    return g_strdup (_("Not found in the files."));
  if (record != NULL && g_str_equal (text, SEN_GROUNDING_GUESS))
    return g_strdup (_("No words in the files say so. These pictures come nearest by their look, which is a guess."));
  return record != NULL && record->check != NULL ? sen_cited_text (text, record->check) : g_strdup (text);
}

/* Numbers in the answer lead to them. */
static void
name_sources (SenMessageRow *self, const SenGrounding *grounding)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (guint i = 0; i < sen_grounding_n_sources (grounding); i++)
    {
      g_autofree char *name = sen_source_describe (sen_grounding_source (grounding, i));
      g_strv_builder_add (names, name);
    }
  g_auto (GStrv) all = g_strv_builder_end (names);
  sen_markdown_view_set_sources (SEN_MARKDOWN_VIEW (self->body), (const char *const *) all);
}

static void
update_sources (SenMessageRow *self)
{
  const char *json = sen_message_sources (self->message);
  guint hash = json != NULL ? g_str_hash (json) : 0;
  if (is_user (self) || hash == self->sources_hash)
    return;
  SenMessage *question = sen_grounding_turns_question (self->conversation, self->message);
  g_autoptr (SenGroundingRecord) record = sen_grounding_record_from_json (json, question != NULL ? sen_message_text (question) : "",
                                                                          sen_message_text (self->message), NULL);
  self->sources_hash = hash;
  if (record == NULL)
    return;
  if (self->sources == NULL)
    {
      self->sources = SEN_SOURCES (sen_sources_new (self->thumbs));
      g_signal_connect_object (self->sources, "open", G_CALLBACK (on_open_source), self, 0);
      gtk_box_insert_child_after (self->column, GTK_WIDGET (self->sources), GTK_WIDGET (self->stage));
    }
  name_sources (self, record->grounding);
  sen_sources_set (self->sources, g_steal_pointer (&record));
}

static void
need_extras (SenMessageRow *self)
{
  if (self->siblings != NULL)
    return;
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (SEN_RESOURCE_PATH "/sen-message-extras.ui");
  self->cut = GTK_BOX (gtk_builder_get_object (builder, "cut"));
  self->siblings = GTK_BOX (gtk_builder_get_object (builder, "siblings"));
  self->sibling_label = GTK_LABEL (gtk_builder_get_object (builder, "sibling_label"));
  self->previous_button = GTK_BUTTON (gtk_builder_get_object (builder, "previous_button"));
  self->next_button = GTK_BUTTON (gtk_builder_get_object (builder, "next_button"));
  self->go_on_button = GTK_BUTTON (gtk_builder_get_object (builder, "go_on_button"));
  g_signal_connect_object (self->previous_button, "clicked", G_CALLBACK (on_previous), self, 0);
  g_signal_connect_object (self->next_button, "clicked", G_CALLBACK (on_next), self, 0);
  g_signal_connect_object (self->go_on_button, "clicked", G_CALLBACK (on_go_on), self, 0);
  gtk_box_prepend (self->column, GTK_WIDGET (self->cut));
  gtk_box_prepend (self->footer, GTK_WIDGET (self->siblings));
  gtk_box_insert_child_after (self->footer, GTK_WIDGET (self->go_on_button), GTK_WIDGET (self->again_button));
}

static void
update_extras (SenMessageRow *self, guint n_siblings, bool can_go_on)
{
  /* translators: this version of a message, of so many */
  g_autofree char *place = g_strdup_printf (_("%u / %u"), self->sibling + 1, n_siblings);
  gtk_label_set_text (self->sibling_label, place);
  gtk_widget_set_visible (GTK_WIDGET (self->siblings), n_siblings > 1);
  gtk_widget_set_sensitive (GTK_WIDGET (self->siblings), !self->is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->previous_button), self->sibling > 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->next_button), self->sibling + 1 < n_siblings);
  gtk_widget_set_visible (GTK_WIDGET (self->go_on_button), can_go_on);
}

static void
update (SenMessageRow *self)
{
  guint n;
  SenMessageState state = sen_message_state (self->message);
  bool is_writing = state == SEN_MESSAGE_WRITING, user = is_user (self);
  g_autofree char *note = describe (self);
  self->sibling = sen_conversation_sibling (self->conversation, self->message, &n);

  gtk_label_set_text (self->note, note);
  if (state == SEN_MESSAGE_FAILED)
    gtk_widget_add_css_class (GTK_WIDGET (self->note), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->note), "error");
  gtk_widget_set_visible (GTK_WIDGET (self->copy_button), sen_message_length (self->message) > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->read_button), !user && sen_message_length (self->message) > 0);
  /* What no model wrote was not looked at by any. */
  bool is_models = sen_message_sources (self->message) == NULL || sen_message_figures (self->message)->model != NULL;
  gtk_widget_set_visible (GTK_WIDGET (self->look_button), !user && sen_message_length (self->message) > 0 && is_models);
  gtk_widget_set_visible (GTK_WIDGET (self->again_button), !self->is_busy);
  bool can_go_on = !user && !self->is_busy && self->is_last && sen_message_length (self->message) > 0
                   && sen_message_state_can_go_on (state);
  if (n > 1 || can_go_on)
    need_extras (self);
  if (self->siblings != NULL)
    update_extras (self, n, can_go_on);
  gtk_widget_set_visible (GTK_WIDGET (self->remove_button), !self->is_busy);
  gtk_widget_set_visible (GTK_WIDGET (self->footer), !is_writing && self->editor == NULL);
}

static void
append_text (SenMessageRow *self, const char *text)
{
  if (SEN_IS_MARKDOWN_VIEW (self->body))
    sen_markdown_view_append_text (SEN_MARKDOWN_VIEW (self->body), text);
  else
    sen_plain_text_append (SEN_PLAIN_TEXT (self->body), text);
}

static void
on_appended (SenMessage *message, const char *text, SenMessageRow *self)
{
  if (*text != '\0')
    sen_message_row_set_stage (self, NULL);
  append_text (self, text);
}

static void
on_changed (SenMessage *message, SenMessageRow *self)
{
  if (sen_message_state (message) != SEN_MESSAGE_WRITING)
    {
      sen_message_row_set_stage (self, NULL);
      if (SEN_IS_MARKDOWN_VIEW (self->body))
        sen_markdown_view_finish (SEN_MARKDOWN_VIEW (self->body));
    }
  update_sources (self);
  if (sen_message_state (message) != SEN_MESSAGE_WRITING && self->sources != NULL)
    {
      g_autofree char *shown = shown_text (self);
      sen_markdown_view_set_text (SEN_MARKDOWN_VIEW (self->body), shown);
    }
  update (self);
}

SenMessageRow *
sen_message_row_new (SenConversation *conversation, SenMessage *message, SenThumbCache *thumbs)
{
  SenMessageRow *self = g_object_new (SEN_TYPE_MESSAGE_ROW, NULL);
  self->conversation = g_object_ref (conversation);
  self->message = g_object_ref (message);
  self->thumbs = thumbs != NULL ? g_object_ref (thumbs) : NULL;
  bool user = is_user (self);
  gtk_widget_add_css_class (GTK_WIDGET (self), user ? "user" : "assistant");
  gtk_widget_set_halign (GTK_WIDGET (self->column), user ? GTK_ALIGN_END : GTK_ALIGN_FILL);
  gtk_widget_set_halign (GTK_WIDGET (self->footer), user ? GTK_ALIGN_END : GTK_ALIGN_FILL);
  gtk_widget_set_margin_start (GTK_WIDGET (self->bubble), user ? USER_MARGIN_PX : 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, user ? _("You") : _("Assistant"), -1);

  gtk_button_set_icon_name (self->again_button, user ? "document-edit-symbolic" : "view-refresh-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->again_button), user ? _("Edit and ask again") : _("Answer again"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->again_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  user ? _("Edit this question and ask again") : _("Answer again"), -1);

  self->body = user ? sen_plain_text_new () : GTK_WIDGET (sen_markdown_view_new ());
  gtk_box_append (self->bubble, self->body);
  update_sources (self);
  g_autofree char *shown = shown_text (self);
  if (!user && sen_message_state (message) != SEN_MESSAGE_WRITING)
    sen_markdown_view_set_text (SEN_MARKDOWN_VIEW (self->body), shown);
  else if (sen_message_length (message) > 0)
    append_text (self, sen_message_text (message));
  g_signal_connect_object (message, "appended", G_CALLBACK (on_appended), self, 0);
  g_signal_connect_object (message, "changed", G_CALLBACK (on_changed), self, 0);
  update (self);
  return self;
}

void
sen_message_row_set_gallery (SenMessageRow *self, GtkWidget *gallery)
{
  gtk_box_prepend (self->bubble, gallery);
  gtk_box_set_spacing (self->bubble, 8);
  gtk_widget_set_visible (self->body, sen_message_length (self->message) > 0);
}

SenMessage *
sen_message_row_message (SenMessageRow *self)
{
  return self->message;
}

const char *
sen_message_row_text (SenMessageRow *self)
{
  return sen_message_text (self->message);
}

GtkWidget *
sen_message_row_body (SenMessageRow *self)
{
  return self->body;
}

bool
sen_message_row_is_settled (SenMessageRow *self)
{
  return SEN_IS_MARKDOWN_VIEW (self->body) ? sen_markdown_view_is_settled (SEN_MARKDOWN_VIEW (self->body))
                                           : sen_plain_text_is_settled (SEN_PLAIN_TEXT (self->body));
}

void
sen_message_row_set_stage (SenMessageRow *self, const char *stage)
{
  gtk_label_set_text (self->stage, stage != NULL ? stage : "");
  gtk_widget_set_visible (GTK_WIDGET (self->stage), stage != NULL && *stage != '\0');
}

void
sen_message_row_set_place (SenMessageRow *self, bool is_last, bool is_busy)
{
  self->is_last = is_last;
  self->is_busy = is_busy;
  if (is_busy)
    end_editing (self);
  update (self);
}

void
sen_message_row_set_read (SenMessageRow *self, bool is_read)
{
  const char *text = is_read ? _("Stop reading") : _("Read aloud");
  gtk_button_set_icon_name (self->read_button, is_read ? "media-playback-stop-symbolic" : "audio-speakers-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->read_button), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->read_button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
sen_message_row_set_cut (SenMessageRow *self, bool is_first_seen)
{
  if (is_first_seen)
    need_extras (self);
  if (self->cut != NULL)
    gtk_widget_set_visible (GTK_WIDGET (self->cut), is_first_seen);
}

/* --- The widget -------------------------------------------------------------------------------------------------------------------- */

static void
sen_message_row_dispose (GObject *object)
{
  SenMessageRow *self = SEN_MESSAGE_ROW (object);
  g_clear_handle_id (&self->copied_timeout, g_source_remove);
  g_clear_object (&self->message);
  g_clear_object (&self->conversation);
  g_clear_object (&self->thumbs);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_MESSAGE_ROW);
  G_OBJECT_CLASS (sen_message_row_parent_class)->dispose (object);
}

static void
sen_message_row_class_init (SenMessageRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_message_row_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "message");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-message-row.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SenMessageRow, name)
  BIND (column);
  BIND (bubble);
  BIND (stage);
  BIND (footer);
  BIND (copy_button);
  BIND (read_button);
  BIND (look_button);
  BIND (again_button);
  BIND (remove_button);
  BIND (note);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_read_aloud);
  gtk_widget_class_bind_template_callback (widget_class, on_look);
  gtk_widget_class_bind_template_callback (widget_class, on_again);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
  gtk_widget_class_install_action (widget_class, "message.open-source", "u", action_open_source);
  gtk_widget_class_install_action (widget_class, "message.point-at-source", "u", action_point_at_source);
#define SIGNAL(ID, name, n, ...) \
  signals[ID] = g_signal_new (name, SEN_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, __VA_ARGS__)
  SIGNAL (REGENERATE, "regenerate", 0, G_TYPE_NONE);
  SIGNAL (GO_ON, "go-on", 0, G_TYPE_NONE);
  SIGNAL (REMOVE, "remove", 0, G_TYPE_NONE);
  SIGNAL (READ_ALOUD, "read-aloud", 0, G_TYPE_NONE);
  SIGNAL (LOOK, "look", 0, G_TYPE_NONE);
  SIGNAL (EDITED, "edited", 1, G_TYPE_STRING);
  SIGNAL (SHOW_SIBLING, "show-sibling", 1, G_TYPE_UINT);
#undef SIGNAL
}

static void
sen_message_row_init (SenMessageRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
