/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sen-code-block.h"
#include "sen-column.h"
#include "sen-markdown-cite.h"
#include "sen-markdown-link.h"
#include "sen-sideways.h"
#include "sen-table.h"

#define MARKER_WIDTH_PX 22

/* GTK asks a label how narrow it can be by laying its text out at no width at all, a line for each letter, which takes longer
 * than everything else about it. At this least width it is a few lines. */
#define LEAST_WIDTH_CHARS 16
#define SHORT_CELL_CHARS 24   /* of a table: not broken, so not asked */
#define STEP_CELLS 80         /* of a table, made in one go */

int
sen_markdown_row_spacing (const SenMarkdownBlock *block, const SenMarkdownBlock *previous)
{
  if (previous == NULL || block->is_continuation)
    return 0;
  if (block->kind == SEN_MARKDOWN_HEADING)
    return block->heading_level <= 2 ? 22 : 16;
  if (previous->kind == SEN_MARKDOWN_HEADING)
    return 8;
  if (block->kind == SEN_MARKDOWN_RULE || previous->kind == SEN_MARKDOWN_RULE)
    return 16;
  bool is_item = block->n_levels > 0 && previous->n_levels > 0 && block->levels[block->n_levels - 1].marker[0] != '\0';
  if (is_item && block->kind == SEN_MARKDOWN_PARAGRAPH && previous->kind == SEN_MARKDOWN_PARAGRAPH)
    return 4;
  return 10;
}

/* The number of the source that a link leads to; 0: it leads elsewhere. */
static guint
read_source (const char *address)
{
  bool is_source = address != NULL && g_str_has_prefix (address, SEN_MARKDOWN_SOURCE);
  return is_source ? (guint) g_ascii_strtoull (address + strlen (SEN_MARKDOWN_SOURCE), NULL, 10) : 0;
}

/* What the pointer is on is shown among the sources. */
static void
on_motion (GtkEventControllerMotion *controller, double x, double y, gpointer data)
{
  GtkWidget *label = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (controller));
  gtk_widget_activate_action (label, "message.point-at-source", "u", read_source (gtk_label_get_current_uri (GTK_LABEL (label))));
}

static void
on_leave (GtkEventControllerMotion *controller, gpointer data)
{
  gtk_widget_activate_action (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (controller)), "message.point-at-source", "u", 0);
}

static gboolean
on_activate_link (GtkLabel *label, const char *address, gpointer data)
{
  guint source = read_source (address);
  if (source > 0)
    gtk_widget_activate_action (GTK_WIDGET (label), "message.open-source", "u", source);
  else
    sen_markdown_link_ask (GTK_WIDGET (label), address);
  return TRUE;
}

/* By the first letter, as the Unicode rules have it for a paragraph. */
static GtkTextDirection
find_direction (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      if (!g_unichar_isalpha (c))
        continue;
      GUnicodeScript script = g_unichar_get_script (c);
      bool is_rtl = script == G_UNICODE_SCRIPT_HEBREW || script == G_UNICODE_SCRIPT_ARABIC || script == G_UNICODE_SCRIPT_SYRIAC
                    || script == G_UNICODE_SCRIPT_THAANA || script == G_UNICODE_SCRIPT_NKO || script == G_UNICODE_SCRIPT_ADLAM;
      return is_rtl ? GTK_TEXT_DIR_RTL : GTK_TEXT_DIR_LTR;
    }
  return GTK_TEXT_DIR_LTR;
}

/* --- What no source says -------------------------------------------------------------------------------------------------------------- */

#define DOUBTS_KEY "sen-doubts"

static gboolean
on_query_tooltip (GtkWidget *label, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip, gpointer data)
{
  GArray *doubts = g_object_get_data (G_OBJECT (label), DOUBTS_KEY);
  int left, top, index, trailing;
  gtk_label_get_layout_offsets (GTK_LABEL (label), &left, &top);
  if (doubts == NULL || by_keyboard
      || !pango_layout_xy_to_index (gtk_label_get_layout (GTK_LABEL (label)), (x - left) * PANGO_SCALE, (y - top) * PANGO_SCALE, &index,
                                    &trailing))
    return FALSE;
  for (guint i = 0; i < doubts->len; i++)
    {
      const SenMarkdownDoubt *doubt = &g_array_index (doubts, SenMarkdownDoubt, i);
      if ((guint) index < doubt->start || (guint) index >= doubt->end)
        continue;
      gtk_tooltip_set_text (tooltip, _("No source says this"));
      return TRUE;
    }
  return FALSE;
}

/* Underlined for who sees it, and told to who does not. */
static void
mark_doubts (GtkLabel *label, GArray *doubts)
{
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  g_autoptr (GString) told = g_string_new (NULL);
  for (guint i = 0; i < doubts->len; i++)
    {
      const SenMarkdownDoubt *doubt = &g_array_index (doubts, SenMarkdownDoubt, i);
      PangoAttribute *all[] = { pango_attr_underline_new (PANGO_UNDERLINE_ERROR), pango_attr_underline_color_new (0xc800, 0x8800, 0) };
      for (gsize j = 0; j < G_N_ELEMENTS (all); j++)
        {
          all[j]->start_index = doubt->start;
          all[j]->end_index = doubt->end;
          pango_attr_list_insert (attributes, all[j]);
        }
      g_autofree char *sentence = g_strndup (gtk_label_get_text (label) + doubt->start, doubt->end - doubt->start);
      /* translators: said by a screen reader of a sentence of an answer */
      g_string_append_printf (told, _("No source says: %s "), sentence);
    }
  gtk_label_set_attributes (label, attributes);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, told->str, -1);
  g_object_set_data_full (G_OBJECT (label), DOUBTS_KEY, g_array_ref (doubts), (GDestroyNotify) g_array_unref);
  gtk_widget_set_has_tooltip (GTK_WIDGET (label), TRUE);
}

/* Where the marks stand is seen in what the label shows; then they go. */
static void
set_doubtful_markup (GtkLabel *label, const char *markup)
{
  g_autoptr (GString) shown = g_string_new (NULL), bare = g_string_new (markup);
  gtk_label_set_markup (label, markup);
  g_string_assign (shown, gtk_label_get_text (label));
  g_autoptr (GArray) doubts = sen_markdown_take_doubts (shown);
  g_array_unref (sen_markdown_take_doubts (bare));
  gtk_label_set_markup (label, bare->str);
  mark_doubts (label, doubts);
}

/* --- Texts ---------------------------------------------------------------------------------------------------------------------------- */

/* The direction is that of the text, whatever the language of the window. */
static void
set_markup (GtkWidget *label, const char *markup, const char *const *sources)
{
  g_autofree char *cited = sources != NULL && strchr (markup, '[') != NULL ? sen_markdown_cite (markup, sources) : NULL;
  const char *whole = cited != NULL ? cited : markup;
  bool is_doubtful = sources != NULL
                     && (strstr (markup, SEN_MARKDOWN_DOUBT_BEGIN) != NULL || strstr (markup, SEN_MARKDOWN_DOUBT_END) != NULL);
  if (is_doubtful)
    set_doubtful_markup (GTK_LABEL (label), whole);
  else
    gtk_label_set_markup (GTK_LABEL (label), whole);
  gtk_widget_set_direction (label, find_direction (gtk_label_get_text (GTK_LABEL (label))));
}

static GtkWidget *
new_label (const char *markup, GtkAccessibleRole role, const char *const *sources)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "accessible-role", role, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR,
                                   "width-chars", LEAST_WIDTH_CHARS, "xalign", 0.0f, "selectable", TRUE, NULL);
  g_signal_connect (label, "activate-link", G_CALLBACK (on_activate_link), NULL);
  if (sources != NULL)
    {
      GtkEventController *motion = gtk_event_controller_motion_new ();
      g_signal_connect (motion, "motion", G_CALLBACK (on_motion), NULL);
      g_signal_connect (motion, "leave", G_CALLBACK (on_leave), NULL);
      gtk_widget_add_controller (label, motion);
      g_signal_connect (label, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
    }
  set_markup (label, markup, sources);
  return label;
}

static GtkWidget *
new_cell (const char *markup, gpointer sources)
{
  GtkWidget *label = new_label (markup, GTK_ACCESSIBLE_ROLE_LABEL, sources);
  if (g_utf8_strlen (gtk_label_get_text (GTK_LABEL (label)), -1) <= SHORT_CELL_CHARS)
    {
      gtk_label_set_wrap (GTK_LABEL (label), FALSE);
      gtk_label_set_width_chars (GTK_LABEL (label), -1);
    }
  return label;
}

static GtkWidget *
new_heading (const SenMarkdownBlock *block, const char *const *sources)
{
  static const char *const classes[] = { "title-2", "title-3", "title-4", "heading", "heading", "heading" };
  GtkWidget *label = new_label (block->markup, GTK_ACCESSIBLE_ROLE_HEADING, sources);
  guint level = CLAMP (block->heading_level, 1, 6);
  gtk_widget_add_css_class (label, classes[level - 1]);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LEVEL, (int) level, -1);
  return label;
}

static GtkWidget *
new_table (const SenMarkdownBlock *block, GtkWidget **table)
{
  *table = sen_table_new (block->n_columns, block->alignments);
  gtk_accessible_update_property (GTK_ACCESSIBLE (*table), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Table"), -1);
  GtkWidget *scroller = sen_sideways_new (*table);
  gtk_widget_set_halign (scroller, GTK_ALIGN_START);
  gtk_widget_add_css_class (scroller, "table-frame");
  return scroller;
}

/* The widget to put into the row; *@content is the one that is updated, mostly the same. */
static GtkWidget *
new_content (const SenMarkdownBlock *block, const char *const *sources, GtkWidget **content)
{
  GtkWidget *widget;
  switch (block->kind)
    {
    case SEN_MARKDOWN_HEADING:
      widget = new_heading (block, sources);
      break;
    case SEN_MARKDOWN_CODE:
      widget = sen_code_block_new ();
      break;
    case SEN_MARKDOWN_TABLE:
      return new_table (block, content);
    case SEN_MARKDOWN_RULE:
      widget = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
      break;
    default:
      widget = new_label (block->markup, GTK_ACCESSIBLE_ROLE_LABEL, sources);
      gtk_widget_add_css_class (widget, "body");
    }
  *content = widget;
  return widget;
}

/* Bars go through the space above, unless their quote begins here. */
static GtkWidget *
new_level (const SenMarkdownLevel *level, int spacing)
{
  GtkWidget *widget;
  if (level->is_quote)
    {
      widget = gtk_separator_new (GTK_ORIENTATION_VERTICAL);
      gtk_widget_add_css_class (widget, "quote-bar");
      gtk_widget_set_margin_top (widget, level->is_new ? spacing : 0);
      return widget;
    }
  widget = gtk_label_new (level->marker);
  gtk_label_set_xalign (GTK_LABEL (widget), 1.0f);
  gtk_label_set_yalign (GTK_LABEL (widget), 0.0f);
  gtk_widget_set_size_request (widget, MARKER_WIDTH_PX, -1);
  gtk_widget_set_margin_top (widget, spacing);
  gtk_widget_add_css_class (widget, "body");
  gtk_widget_add_css_class (widget, "marker");
  return widget;
}

static void
set_spacing (SenMarkdownRow *self, GtkWidget *inner, int spacing)
{
  self->spacing = spacing;
  gtk_widget_set_margin_top (inner, spacing);
}

static void
tell_text (SenMarkdownRow *self)
{
  if (self->block->markup != NULL)
    sen_column_set_text (self->widget, gtk_label_get_text (GTK_LABEL (self->content)), TRUE);
}

SenMarkdownRow *
sen_markdown_row_new (SenMarkdownBlock *block, int spacing, const char *const *sources)
{
  SenMarkdownRow *self = g_new0 (SenMarkdownRow, 1);
  GtkWidget *inner = new_content (block, sources, &self->content);
  self->sources = sources;
  self->block = sen_markdown_block_ref (block);
  set_spacing (self, inner, spacing);
  self->widget = inner;
  if (block->n_levels > 0)
    {
      bool is_item = !block->levels[block->n_levels - 1].is_quote;
      self->widget = g_object_new (GTK_TYPE_BOX, "spacing", 8, "accessible-role",
                                   is_item ? GTK_ACCESSIBLE_ROLE_LIST_ITEM : GTK_ACCESSIBLE_ROLE_GROUP, NULL);
      gtk_widget_set_direction (self->widget, gtk_widget_get_direction (self->content));
      for (guint i = 0; i < block->n_levels; i++)
        gtk_box_append (GTK_BOX (self->widget), new_level (&block->levels[i], spacing));
      gtk_widget_set_hexpand (inner, TRUE);
      gtk_box_append (GTK_BOX (self->widget), inner);
    }
  tell_text (self);
  return self;
}

void
sen_markdown_row_free (SenMarkdownRow *self)
{
  sen_markdown_block_unref (self->block);
  g_free (self);
}

gboolean
sen_markdown_row_fill (SenMarkdownRow *self, gint64 until_us)
{
  const SenMarkdownBlock *block = self->block;
  if (block->kind == SEN_MARKDOWN_CODE)
    return sen_code_block_set (SEN_CODE_BLOCK (self->content), block->language, block->code->str, block->code->len);
  if (block->kind != SEN_MARKDOWN_TABLE)
    return FALSE;
  SenTable *table = SEN_TABLE (self->content);
  for (guint n_cells = 0; sen_table_n_rows (table) < block->rows->len && n_cells < STEP_CELLS; n_cells += block->n_columns)
    {
      const SenMarkdownTableRow *row = g_ptr_array_index (block->rows, sen_table_n_rows (table));
      sen_table_append_row (table, row->cells, new_cell, (gpointer) self->sources);
      if (g_get_monotonic_time () > until_us)
        break;
    }
  return sen_table_n_rows (table) < block->rows->len;
}

static gboolean
has_same_levels (const SenMarkdownBlock *a, const SenMarkdownBlock *b)
{
  if (a->n_levels != b->n_levels)
    return FALSE;
  for (guint i = 0; i < a->n_levels; i++)
    if (a->levels[i].is_quote != b->levels[i].is_quote || a->levels[i].is_new != b->levels[i].is_new
        || strcmp (a->levels[i].marker, b->levels[i].marker) != 0)
      return FALSE;
  return TRUE;
}

/* The rows that are shown are also the first ones of @block. */
static gboolean
has_same_rows (SenMarkdownRow *self, const SenMarkdownBlock *block)
{
  guint n_shown = sen_table_n_rows (SEN_TABLE (self->content));
  if (self->block->n_columns != block->n_columns || strcmp (self->block->alignments, block->alignments) != 0
      || block->rows->len < n_shown)
    return FALSE;
  for (guint i = 0; i < n_shown; i++)
    {
      const SenMarkdownTableRow *shown = g_ptr_array_index (self->block->rows, i), *row = g_ptr_array_index (block->rows, i);
      if (!g_strv_equal ((const char *const *) shown->cells, (const char *const *) row->cells))
        return FALSE;
    }
  return TRUE;
}

gboolean
sen_markdown_row_update (SenMarkdownRow *self, SenMarkdownBlock *block, int spacing)
{
  if (self->spacing != spacing)
    return FALSE;
  if (self->block == block)
    return TRUE;
  if (self->block->kind != block->kind || self->block->heading_level != block->heading_level
      || !has_same_levels (self->block, block))
    return FALSE;
  if (block->kind == SEN_MARKDOWN_TABLE && !has_same_rows (self, block))
    return FALSE;
  if (block->markup != NULL && strcmp (self->block->markup, block->markup) != 0)
    {
      set_markup (self->content, block->markup, self->sources);
      if (self->widget != self->content)
        gtk_widget_set_direction (self->widget, gtk_widget_get_direction (self->content));
    }
  sen_markdown_block_unref (self->block);
  self->block = sen_markdown_block_ref (block);
  tell_text (self);
  return TRUE;
}
