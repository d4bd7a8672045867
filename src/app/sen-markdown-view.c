/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-view.h"

#include <string.h>

#include "sen-code-block.h"
#include "sen-column.h"
#include "sen-markdown-blocks.h"
#include "sen-markdown-row.h"
#include "sen-table.h"

/* Text comes token by token; the eye does not need it more often. */
#define UPDATE_MS 20
/* Of the time, at most one part in so many goes into updates, should they ever be slow. */
#define REST_FACTOR 6
/* Work in one go, out of the 16 ms of a frame: text for the parser, time for making widgets, and text that is then laid out. */
#define BUDGET_PARSED 12000
#define BUDGET_US 3000
#define BUDGET_BYTES 4000

struct _SenMarkdownView {
  GtkWidget  parent_instance;
  GtkWidget *column;            /* the only child, of rows */

  /* Owned */
  GString           *text;
  SenMarkdownBlocks *blocks;
  GPtrArray         *rows;      /* SenMarkdownRow */
  GStrv              sources;   /* names of sources, or NULL */

  guint    n_settled;           /* rows that show final blocks */
  guint    n_readings;          /* of the blocks, that they are of */
  gboolean is_finished;
  gboolean is_settled;
  guint    timeout;
  guint    tick;                /* for the next frame */
  gint64   last_us;             /* what the last update took */
};

G_DEFINE_FINAL_TYPE (SenMarkdownView, sen_markdown_view, GTK_TYPE_WIDGET)

static void
append_row (SenMarkdownView *self, SenMarkdownBlock *block, int spacing)
{
  SenMarkdownRow *row = sen_markdown_row_new (block, spacing, (const char *const *) self->sources);
  gtk_widget_set_parent (row->widget, self->column);
  g_ptr_array_add (self->rows, row);
}

static void
replace_row (SenMarkdownView *self, guint index, SenMarkdownBlock *block, int spacing)
{
  SenMarkdownRow *old = g_ptr_array_index (self->rows, index);
  SenMarkdownRow *row = sen_markdown_row_new (block, spacing, (const char *const *) self->sources);
  gtk_widget_insert_before (row->widget, self->column, old->widget);
  gtk_widget_unparent (old->widget);
  g_ptr_array_index (self->rows, index) = row;
  sen_markdown_row_free (old);
}

static void
remove_rows (SenMarkdownView *self, guint n_kept)
{
  while (self->rows->len > n_kept)
    {
      guint last = self->rows->len - 1;
      gtk_widget_unparent (((SenMarkdownRow *) g_ptr_array_index (self->rows, last))->widget);
      g_ptr_array_set_size (self->rows, (int) last);
    }
}

/* Makes row @index show its block. FALSE when there was not time enough for all of it. */
static gboolean
show_block (SenMarkdownView *self, guint index, gint64 until_us)
{
  SenMarkdownBlock *block = sen_markdown_blocks_get (self->blocks, index);
  const SenMarkdownBlock *previous = index > 0 ? sen_markdown_blocks_get (self->blocks, index - 1) : NULL;
  int spacing = sen_markdown_row_spacing (block, previous);
  if (index >= self->rows->len)
    append_row (self, block, spacing);
  else if (!sen_markdown_row_update (g_ptr_array_index (self->rows, index), block, spacing))
    replace_row (self, index, block, spacing);
  return !sen_markdown_row_fill (g_ptr_array_index (self->rows, index), until_us);
}

static gboolean
show_blocks (SenMarkdownView *self, gboolean is_read, gint64 until_us)
{
  guint n_blocks = sen_markdown_blocks_n (self->blocks), n_final = sen_markdown_blocks_n_final (self->blocks);
  if (self->n_readings != sen_markdown_blocks_n_readings (self->blocks))
    self->n_settled = 0;
  self->n_readings = sen_markdown_blocks_n_readings (self->blocks);
  gsize n_bytes = 0;
  for (guint i = self->n_settled; i < n_blocks; i++)
    {
      guint n_rows = self->rows->len;
      gboolean is_whole = show_block (self, i, until_us);
      const SenMarkdownBlock *block = sen_markdown_blocks_get (self->blocks, i);
      if (self->rows->len > n_rows)
        n_bytes += block->markup != NULL ? strlen (block->markup) : 200;
      if (is_whole && i < n_final)
        self->n_settled = i + 1;
      if (!is_whole || (i + 1 < n_blocks && (n_bytes > BUDGET_BYTES || g_get_monotonic_time () > until_us)))
        return FALSE;
    }
  if (is_read)
    remove_rows (self, n_blocks);
  return is_read;
}

static gboolean on_timeout (gpointer data);

/* What is due is done at the beginning of a frame, once: so no frame has the work of two to lay out, however late it is. */
static void
schedule (SenMarkdownView *self, guint delay_ms)
{
  if (self->timeout == 0 && self->tick == 0)
    self->timeout = g_timeout_add_full (GDK_PRIORITY_REDRAW + 1, delay_ms, on_timeout, self, NULL);
}

static void
update (SenMarkdownView *self)
{
  gint64 start = g_get_monotonic_time ();
  gboolean is_read = sen_markdown_blocks_update (self->blocks, BUDGET_PARSED);
  self->is_settled = show_blocks (self, is_read, start + BUDGET_US);
  self->last_us = g_get_monotonic_time () - start;
  if (!self->is_settled)
    schedule (self, (guint) MAX (self->last_us / 1000, 1));
}

static gboolean
on_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SenMarkdownView *self = SEN_MARKDOWN_VIEW (widget);
  self->tick = 0;
  update (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_timeout (gpointer data)
{
  SenMarkdownView *self = data;
  self->timeout = 0;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_frame, NULL, NULL);
  else
    update (self);
  return G_SOURCE_REMOVE;
}

static void
unschedule (SenMarkdownView *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
}

static void
begin (SenMarkdownView *self)
{
  g_clear_pointer (&self->blocks, sen_markdown_blocks_free);
  self->blocks = sen_markdown_blocks_new ();
  self->n_settled = 0;
  self->n_readings = sen_markdown_blocks_n_readings (self->blocks);
  self->is_finished = FALSE;
  if (self->text->len > 0)
    sen_markdown_blocks_append (self->blocks, self->text->str, (gssize) self->text->len);
}

void
sen_markdown_view_set_text (SenMarkdownView *self, const char *text)
{
  g_return_if_fail (SEN_IS_MARKDOWN_VIEW (self));
  text = text != NULL ? text : "";
  if (self->is_finished && strcmp (self->text->str, text) == 0)
    return;
  g_string_assign (self->text, text);
  begin (self);
  sen_markdown_view_finish (self);
}

void
sen_markdown_view_set_sources (SenMarkdownView *self, const char *const *names)
{
  g_return_if_fail (SEN_IS_MARKDOWN_VIEW (self));
  if (names == (const char *const *) self->sources
      || (names != NULL && self->sources != NULL && g_strv_equal (names, (const char *const *) self->sources)))
    return;
  /* Rows look at the names. */
  remove_rows (self, 0);
  g_strfreev (self->sources);
  self->sources = g_strdupv ((char **) names);
  self->n_settled = 0;
  if (self->text->len > 0)
    update (self);
}

void
sen_markdown_view_append_text (SenMarkdownView *self, const char *text)
{
  g_return_if_fail (SEN_IS_MARKDOWN_VIEW (self) && text != NULL);
  if (self->is_finished)
    begin (self);
  g_string_append (self->text, text);
  sen_markdown_blocks_append (self->blocks, text, -1);
  self->is_settled = FALSE;
  /* A long quote or item is parsed from its beginning each time: then less often. */
  gint64 parsed_ms = (gint64) (sen_markdown_blocks_n_parsed (self->blocks) * UPDATE_MS / BUDGET_PARSED);
  schedule (self, (guint) MAX (MAX (self->last_us * REST_FACTOR / 1000, parsed_ms), UPDATE_MS));
}

void
sen_markdown_view_finish (SenMarkdownView *self)
{
  g_return_if_fail (SEN_IS_MARKDOWN_VIEW (self));
  if (self->is_finished)
    return;
  self->is_finished = TRUE;
  sen_markdown_blocks_finish (self->blocks);
  unschedule (self);
  update (self);
}

const char *
sen_markdown_view_get_text (SenMarkdownView *self)
{
  return self->text->str;
}

gboolean
sen_markdown_view_is_settled (SenMarkdownView *self)
{
  return self->is_settled;
}

/* --- For tests ------------------------------------------------------------------------------------------------------------------------ */

static void
dump_widget (GtkWidget *widget, guint depth, GString *dump)
{
  g_string_append_printf (dump, "%*s%s", (int) depth, "", G_OBJECT_TYPE_NAME (widget));
  if (gtk_widget_get_margin_top (widget) != 0)
    g_string_append_printf (dump, " +%d", gtk_widget_get_margin_top (widget));
  if (GTK_IS_LABEL (widget))
    g_string_append_printf (dump, " [%s]", gtk_label_get_label (GTK_LABEL (widget)));
  if (SEN_IS_CODE_BLOCK (widget))
    g_string_append_printf (dump, " %s", sen_code_block_language (SEN_CODE_BLOCK (widget)));
  g_string_append_c (dump, '\n');
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_SCROLLBAR (child))
      dump_widget (child, depth + 1, dump);
}

char *
sen_markdown_view_dump (SenMarkdownView *self)
{
  GString *dump = g_string_new (NULL);
  dump_widget (GTK_WIDGET (self), 0, dump);
  return g_string_free (dump, FALSE);
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

static void
sen_markdown_view_dispose (GObject *object)
{
  SenMarkdownView *self = SEN_MARKDOWN_VIEW (object);
  unschedule (self);
  g_ptr_array_set_size (self->rows, 0);
  g_clear_pointer (&self->column, gtk_widget_unparent);
  G_OBJECT_CLASS (sen_markdown_view_parent_class)->dispose (object);
}

static void
sen_markdown_view_finalize (GObject *object)
{
  SenMarkdownView *self = SEN_MARKDOWN_VIEW (object);
  g_string_free (self->text, TRUE);
  g_ptr_array_unref (self->rows);
  g_strfreev (self->sources);
  sen_markdown_blocks_free (self->blocks);
  G_OBJECT_CLASS (sen_markdown_view_parent_class)->finalize (object);
}

static void
sen_markdown_view_class_init (SenMarkdownViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_markdown_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = sen_markdown_view_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "markdown");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
sen_markdown_view_init (SenMarkdownView *self)
{
  self->column = sen_column_new ();
  gtk_widget_set_parent (self->column, GTK_WIDGET (self));
  self->text = g_string_new (NULL);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_markdown_row_free);
  self->is_settled = TRUE;
  begin (self);
}

SenMarkdownView *
sen_markdown_view_new (void)
{
  return g_object_new (SEN_TYPE_MARKDOWN_VIEW, NULL);
}
