/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-pane-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "sen-look-media.h"

guint sen_look_pane_signals[SEN_LOOK_PANE_N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenLookPane, sen_look_pane, GTK_TYPE_WIDGET)

/* --- What the user does --------------------------------------------------------------------------------------------------------------- */

static void
on_pointed (SenTokenFlow *flow, int word, SenLookPane *self)
{
  self->pointed = word;
  sen_look_pane_update_heat (self);
}

static void
on_activated (SenTokenFlow *flow, int word, SenLookPane *self)
{
  sen_look_pane_pin (self, word);
}

static void
on_option (GtkCheckButton *button, SenLookPane *self)
{
  sen_look_pane_update_heat (self);
}

static void
on_layer (GtkRange *range, SenLookPane *self)
{
  if (self->is_filling || self->detail == NULL)
    return;
  self->layer = (int) lround (gtk_range_get_value (range)) - 1;
  self->head = -1;
  sen_head_grid_set_chosen (self->grid, -1, -1);
  sen_look_pane_tell_layer (self);
  sen_look_pane_update_heat (self);
  g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_LAYERS], 0);
}

void
sen_look_pane_get_layer (SenLookPane *self, int *layer, int *head)
{
  *layer = self->layer;
  *head = self->head;
}

void
sen_look_pane_set_layer (SenLookPane *self, int layer, int head)
{
  self->layer = layer;
  self->head = head;
  self->is_filling = true;
  gtk_range_set_value (GTK_RANGE (self->layer_scale), layer + 1);
  sen_head_grid_set_chosen (self->grid, head >= 0 ? layer : -1, head);
  self->is_filling = false;
  sen_look_pane_tell_layer (self);
  sen_look_pane_update_heat (self);
}

static void
on_all_layers (GtkButton *button, SenLookPane *self)
{
  sen_look_pane_set_layer (self, -1, -1);
  g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_LAYERS], 0);
}

static void
on_head (SenHeadGrid *grid, int layer, int head, SenLookPane *self)
{
  self->layer = layer;
  self->head = head;
  self->is_filling = true;
  gtk_range_set_value (GTK_RANGE (self->layer_scale), layer + 1);
  self->is_filling = false;
  sen_look_pane_tell_layer (self);
  sen_look_pane_update_heat (self);
  g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_LAYERS], 0);
}

static void
on_shares_wanted (SenLookShares *shares, int token, SenLookPane *self)
{
  if (self->pinned >= 0)
    g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_SHARES], 0, self->answer_first + (guint) self->pinned - 1, token);
}

static void
on_expanded (GtkExpander *expander, GParamSpec *spec, SenLookPane *self)
{
  sen_look_pane_fill_table (self);
}

static void
on_message_button (GtkButton *button, SenLookPane *self)
{
  if (self->action != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), self->action, NULL);
  else
    g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_CANCEL], 0);
}

/* --- Following ----------------------------------------------------------------------------------------------------------------------- */

static void
on_replayed (int word, gpointer data)
{
  SenLookPane *self = data;
  sen_look_pane_update_heat (self);
  sen_look_pane_bring_into_sight (self, word);
}

static gboolean
on_replay_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  SenLookPane *self = SEN_LOOK_PANE (widget);
  if (self->explanation == NULL)
    return FALSE;
  gtk_toggle_button_set_active (self->replay_button, !gtk_toggle_button_get_active (self->replay_button));
  return TRUE;
}

/* New lines are there: the newest word is in the last. */
static void
on_laid_out (SenTokenFlow *flow, SenLookPane *self)
{
  if (self->follows && self->shown == (int) self->n_answer - 1)
    sen_look_pane_bring_into_sight (self, self->shown);
}

/* --- What is shown -------------------------------------------------------------------------------------------------------------------- */

static void
forget (SenLookPane *self)
{
  GtkWidget *child;
  sen_look_replay_rewind (self->replay);
  self->follows = false;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box))) != NULL)
    gtk_box_remove (self->media_box, child);
  self->pointed = self->told = self->pinned = self->shown = -1;
  self->n_answer = self->answer_first = 0;
  self->info = NULL;
  g_array_set_size (self->items, 0);
  g_clear_pointer (&self->row, g_free);
  g_clear_pointer (&self->whole, g_free);
  g_clear_pointer (&self->whole_of, sen_explanation_unref);
  g_clear_pointer (&self->detail, sen_explanation_unref);
  g_clear_pointer (&self->explanation, sen_explanation_unref);
  g_clear_object (&self->message);
  gtk_widget_set_sensitive (GTK_WIDGET (self->export_button), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->pinned_box), FALSE);
  g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_HEAT], 0);
}

void
sen_look_pane_show_sentence (SenLookPane *self, const char *text, const char *action, const char *label)
{
  forget (self);
  gtk_label_set_text (self->message_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->message_button), action != NULL);
  g_free (self->action);
  self->action = g_strdup (action);
  if (action != NULL)
    gtk_button_set_label (self->message_button, label);
  gtk_stack_set_visible_child_name (self->stack, "message");
}

void
sen_look_pane_show_progress (SenLookPane *self, const char *text, double fraction)
{
  if (self->explanation != NULL)
    forget (self);
  gtk_label_set_text (self->message_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), fraction >= 0.0);
  gtk_progress_bar_set_fraction (self->progress, CLAMP (fraction, 0.0, 1.0));
  g_clear_pointer (&self->action, g_free);
  gtk_button_set_label (self->message_button, _("Cancel"));
  gtk_widget_set_visible (GTK_WIDGET (self->message_button), TRUE);
  gtk_stack_set_visible_child_name (self->stack, "message");
}

static void
fill_media (SenLookPane *self, GPtrArray *attachments)
{
  for (guint media = 0; attachments != NULL && media < attachments->len; media++)
    {
      /* What was read in words has heat on them; those of a recording are shown where they are said. */
      bool is_shown = sen_attachment_kind (g_ptr_array_index (attachments, media)) == SEN_ATTACHMENT_SOUND;
      for (guint i = 0; i < self->info->n_spans; i++)
        is_shown = is_shown || self->info->spans[i].media == media;
      if (!is_shown)
        continue;
      GtkWidget *shown = sen_look_media_new (self->perception, g_ptr_array_index (attachments, media), self->explanation, media);
      sen_look_media_set_busy (SEN_LOOK_MEDIA (shown), self->is_busy);
      gtk_box_append (self->media_box, shown);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->media_box), gtk_widget_get_first_child (GTK_WIDGET (self->media_box)) != NULL);
}

/* Media without heat of their own are among the words. */
static bool
has_media_words (const SenExplanationInfo *info)
{
  for (guint i = 0; i < info->n_pieces; i++)
    if (info->pieces[i].kind == SEN_PIECE_WORDS)
      return true;
  return false;
}

static void
tell_limits (SenLookPane *self)
{
  g_autofree char *how = NULL, *text = NULL;
  const SenMessageFigures *figures = sen_message_figures (self->message);
  if (figures->model != NULL && g_strcmp0 (figures->model, self->info->model) != 0)
    /* translators: names of models: the one that wrote the answer, the one that is loaded */
    how = g_strdup_printf (_("%s wrote this; shown is how %s reads it."), figures->model, self->info->model);
  else
    how = g_strdup_printf (_("%s on %s."), self->info->model, self->info->device);
  const char *words = has_media_words (self->info) ? _("Pictures and recordings that it read in words are among the words.") : NULL;
  text = g_strjoin (" ", how, words, NULL);
  gtk_label_set_text (self->limits_label, text);
}

/* Where the words of the last message begin. */
static guint
find_answer (const SenExplanationInfo *info)
{
  guint first = info->n_pieces;
  while (first > 0 && info->pieces[first - 1].kind == SEN_PIECE_TEXT
         && info->pieces[first - 1].message == info->pieces[info->n_pieces - 1].message)
    first--;
  return first;
}

void
sen_look_pane_show (SenLookPane *self, SenExplanation *explanation, SenMessage *message, GPtrArray *attachments)
{
  forget (self);
  self->explanation = sen_explanation_ref (explanation);
  self->info = sen_explanation_info (explanation);
  self->message = g_object_ref (message);
  self->answer_first = find_answer (self->info);
  self->n_answer = self->info->n_pieces - self->answer_first;
  sen_look_pane_fill_prompt (self);
  sen_look_pane_fill_answer (self, 0);
  fill_media (self, attachments);
  tell_limits (self);
  sen_look_pane_tell_layer (self);
  sen_look_trust_set_explanation (self->trust, explanation);
  gtk_widget_set_sensitive (GTK_WIDGET (self->export_button), TRUE);
  gtk_stack_set_visible_child_name (self->stack, "look");
  sen_look_pane_update_heat (self);
}

bool
sen_look_pane_switch (SenLookPane *self, SenExplanation *explanation)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  if (self->info == NULL || info->n_pieces != self->info->n_pieces || self->n_answer > info->n_queries
      || info->first_query + 1 != self->answer_first)
    return false;
  for (guint i = 0; i < info->n_pieces; i++)
    if (info->pieces[i].id != self->info->pieces[i].id)
      return false;
  sen_explanation_ref (explanation);
  sen_explanation_unref (self->explanation);
  self->explanation = explanation;
  self->info = info;
  self->follows = false;
  tell_limits (self);
  sen_look_pane_tell_layer (self);
  sen_look_trust_set_explanation (self->trust, explanation);
  sen_look_pane_update_heat (self);
  return true;
}

void
sen_look_pane_set_shares (SenLookPane *self, SenExplanation *explanation)
{
  sen_look_shares_set_explanation (self->shares, explanation);
}

void
sen_look_pane_show_shares (SenLookPane *self, guint index)
{
  gtk_expander_set_expanded (self->heads_expander, TRUE);
  sen_look_shares_choose (self->shares, index);
}

void
sen_look_pane_grow (SenLookPane *self, SenExplanation *explanation, SenMessage *message, GPtrArray *attachments)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  if (self->info == NULL || self->info->pieces != info->pieces || self->message != message)
    {
      sen_look_pane_show (self, explanation, message, attachments);
      self->follows = true;
      sen_look_pane_update_heat (self);
      return;
    }
  guint n_before = self->n_answer;
  sen_explanation_ref (explanation);
  sen_explanation_unref (self->explanation);
  self->explanation = explanation;
  self->info = info;
  sen_look_trust_set_explanation (self->trust, explanation);
  self->n_answer = info->n_pieces - self->answer_first;
  if (self->n_answer == n_before)
    return;
  sen_look_pane_fill_answer (self, n_before);
  sen_look_pane_update_heat (self);
}

void
sen_look_pane_set_busy (SenLookPane *self, bool is_busy)
{
  if (self->is_busy == is_busy)
    return;
  self->is_busy = is_busy;
  gtk_widget_set_sensitive (GTK_WIDGET (self->methods), !is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->trust), !is_busy);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box));
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    sen_look_media_set_busy (SEN_LOOK_MEDIA (child), is_busy);
  if (self->explanation == NULL)
    return;
  sen_look_pane_fill_candidates (self);
  /* A word that was clicked while the answer was written. */
  if (!is_busy && self->pinned >= 0 && self->detail == NULL && self->answer_first + (guint) self->pinned > 0)
    {
      sen_look_pane_show_detail (self);
      g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_DETAIL], 0, self->answer_first + (guint) self->pinned - 1);
    }
}

SenLookMethods *
sen_look_pane_methods (SenLookPane *self)
{
  return self->methods;
}

SenLookTrust *
sen_look_pane_trust (SenLookPane *self)
{
  return self->trust;
}

SenExplanation *
sen_look_pane_explanation (SenLookPane *self)
{
  return self->explanation;
}

bool
sen_look_pane_is_loading (SenLookPane *self)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box));
  while (child != NULL && !sen_look_media_is_loading (SEN_LOOK_MEDIA (child)))
    child = gtk_widget_get_next_sibling (child);
  return child != NULL;
}

static void
unref_picture (gpointer image)
{
  if (image != NULL)
    sen_image_unref (image);
}

GPtrArray *
sen_look_pane_list_pictures (SenLookPane *self)
{
  GPtrArray *pictures = g_ptr_array_new_with_free_func (unref_picture);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box));
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      SenImage *image = sen_look_media_image (SEN_LOOK_MEDIA (child));
      guint number = sen_look_media_number (SEN_LOOK_MEDIA (child));
      if (number >= pictures->len)
        g_ptr_array_set_size (pictures, (int) number + 1);
      pictures->pdata[number] = image != NULL ? sen_image_ref (image) : NULL;
    }
  return pictures;
}

void
sen_look_pane_set_perception (SenLookPane *self, SenPerception *perception)
{
  g_set_object (&self->perception, perception);
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

static void
sen_look_pane_dispose (GObject *object)
{
  SenLookPane *self = SEN_LOOK_PANE (object);
  g_clear_pointer (&self->replay, sen_look_replay_free);
  /* Its thread keeps it alive for a while. */
  if (self->answer != NULL)
    g_signal_handlers_disconnect_by_func (self->answer, on_laid_out, self);
  g_clear_pointer (&self->row, g_free);
  g_clear_pointer (&self->whole, g_free);
  g_clear_pointer (&self->whole_of, sen_explanation_unref);
  g_clear_pointer (&self->items, g_array_unref);
  g_clear_pointer (&self->action, g_free);
  g_clear_pointer (&self->detail, sen_explanation_unref);
  g_clear_pointer (&self->explanation, sen_explanation_unref);
  self->info = NULL;
  g_clear_object (&self->message);
  g_clear_object (&self->perception);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_LOOK_PANE);
  G_OBJECT_CLASS (sen_look_pane_parent_class)->dispose (object);
}

static void
sen_look_pane_class_init (SenLookPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_look_pane_dispose;
  g_type_ensure (SEN_TYPE_TOKEN_FLOW);
  g_type_ensure (SEN_TYPE_HEAT_LEGEND);
  g_type_ensure (SEN_TYPE_HEAD_GRID);
  g_type_ensure (SEN_TYPE_LOOK_TABLE);
  g_type_ensure (SEN_TYPE_LOOK_METHODS);
  g_type_ensure (SEN_TYPE_LOOK_TRUST);
  g_type_ensure (SEN_TYPE_LOOK_SHARES);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "lookpane");
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-look-pane.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SenLookPane, name)
  BIND (column);
  BIND (stack);
  BIND (message_label);
  BIND (progress);
  BIND (message_button);
  BIND (export_button);
  BIND (replay_button);
  BIND (answer_scroller);
  BIND (prompt_scroller);
  BIND (answer);
  BIND (prompt);
  BIND (words_label);
  BIND (media_box);
  BIND (pinned_box);
  BIND (legend);
  BIND (log_check);
  BIND (sink_check);
  BIND (candidates_label);
  BIND (detail_label);
  BIND (layer_label);
  BIND (layer_box);
  BIND (chosen_label);
  BIND (lens_limits);
  BIND (limits_label);
  BIND (candidates);
  BIND (heads_expander);
  BIND (lens_expander);
  BIND (table_expander);
  BIND (layer_adjustment);
  BIND (layer_scale);
  BIND (grid);
  BIND (methods);
  BIND (trust);
  BIND (shares);
  BIND (lens_table);
  BIND (table);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_pointed);
  gtk_widget_class_bind_template_callback (widget_class, on_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_option);
  gtk_widget_class_bind_template_callback (widget_class, on_layer);
  gtk_widget_class_bind_template_callback (widget_class, on_all_layers);
  gtk_widget_class_bind_template_callback (widget_class, on_head);
  gtk_widget_class_bind_template_callback (widget_class, on_message_button);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_p, 0, on_replay_key, NULL);
#define SIGNAL(ID, name, n, ...)                                                                                                           \
  sen_look_pane_signals[SEN_LOOK_PANE_##ID] = g_signal_new (name, SEN_TYPE_LOOK_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, \
                                                            n, __VA_ARGS__)
  SIGNAL (HEAT, "heat", 0, G_TYPE_NONE);
  SIGNAL (LAYERS, "layers", 0, G_TYPE_NONE);
  SIGNAL (DETAIL, "detail", 1, G_TYPE_UINT);
  SIGNAL (SHARES, "shares", 2, G_TYPE_UINT, G_TYPE_INT);
  SIGNAL (GO_ON_WITH, "go-on-with", 1, G_TYPE_STRING);
  SIGNAL (CANCEL, "cancel", 0, G_TYPE_NONE);
#undef SIGNAL
}

static void
sen_look_pane_init (SenLookPane *self)
{
  self->items = g_array_new (FALSE, FALSE, sizeof (SenLookItem));
  self->pointed = self->told = self->pinned = self->shown = self->layer = self->head = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  sen_look_shares_set_grid (self->shares, self->grid);
  g_signal_connect (self->shares, "wanted", G_CALLBACK (on_shares_wanted), self);
  self->replay = sen_look_replay_new (self->replay_button, on_replayed, self);
  g_signal_connect (self->answer, "laid-out", G_CALLBACK (on_laid_out), self);
  g_signal_connect (self->table_expander, "notify::expanded", G_CALLBACK (on_expanded), self);
  sen_look_table_set_titles (self->lens_table, _("Layer"), _("Probability"), _("What each layer would have said"));
  sen_token_flow_set_describe (self->prompt, sen_look_pane_describe_prompt, self);
  sen_token_flow_set_describe (self->answer, sen_look_pane_describe_answer, self);
}
