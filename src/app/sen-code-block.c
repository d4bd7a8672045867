/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-code-block.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "sen-code-colours.h"
#include "sen-column.h"
#include "sen-sideways.h"

/* A label is laid out as a whole when a line is added, and drawn as a whole: so none has many lines. */
#define CHUNK_LINES 40
#define CHUNK_BYTES 4000
#define STEP_CHUNKS 5            /* that are made in one go */
/* Pango takes its time with a line of many thousand letters, and nobody reads one; it is broken on the screen, not in the copy. */
#define LONG_LINE_BYTES 1000

#define COLOUR_DELAY_MS 120      /* between a change and its colours */
#define STEP_COLOURED 8          /* chunks, of all blocks, for one frame: so many, and no more once the time is over */
#define COLOUR_BUDGET_US 4000
#define MAX_COLOURED_BYTES (1 << 20)
#define COPIED_SECONDS 2

typedef struct {
  GtkLabel *label;        /* borrowed */
  gsize     start;        /* in the code, in bytes */
  guint     first_line, n_lines;
  gboolean  has_broken_lines;
  gboolean  is_coloured;
} Chunk;

struct _SenCodeBlock {
  GtkWidget parent_instance;

  GtkWidget *frame;       /* the only child */
  GtkLabel  *title;
  GtkButton *copy_button;
  GtkWidget *column;

  /* Owned */
  GString        *code;
  GArray         *chunks;
  SenCodeColours *colours;
  char           *info;         /* behind the fence */
  gsize           n_shown;      /* bytes of the code */

  const char *language;         /* id for colours, or NULL */
  gboolean    has_no_colours;   /* the language is not known after all */
  guint       colour_timeout, colour_tick;
  guint       copied_timeout;
};

G_DEFINE_FINAL_TYPE (SenCodeBlock, sen_code_block, GTK_TYPE_WIDGET)

/* --- Colours ----------------------------------------------------------------------------------------------------------------------- */

static void
colour_chunk (SenCodeBlock *self, guint index)
{
  Chunk *chunk = &g_array_index (self->chunks, Chunk, index);
  gsize end = index + 1 < self->chunks->len ? g_array_index (self->chunks, Chunk, index + 1).start : self->n_shown;
  chunk->is_coloured = TRUE;
  if (chunk->has_broken_lines || end > MAX_COLOURED_BYTES)
    return;
  sen_code_colours_append (self->colours, self->code->str, end);
  g_autoptr (PangoAttrList) attributes = sen_code_colours_get (self->colours, chunk->first_line, chunk->n_lines);
  gtk_label_set_attributes (chunk->label, attributes);
}

/* Many blocks may have waited for a quiet moment, and have it at once: they share what a frame allows. */
static gboolean
may_colour (GdkFrameClock *clock)
{
  static gint64 frame = -1;
  static guint n;
  static gint64 end;
  if (frame != gdk_frame_clock_get_frame_counter (clock))
    {
      frame = gdk_frame_clock_get_frame_counter (clock);
      n = 0;
      end = g_get_monotonic_time () + COLOUR_BUDGET_US;
    }
  return n++ == 0 || (n <= STEP_COLOURED && g_get_monotonic_time () < end);
}

static gboolean
colour_some (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SenCodeBlock *self = SEN_CODE_BLOCK (widget);
  gboolean is_plain = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  if (self->colours == NULL && !is_plain)
    self->colours = sen_code_colours_new (self->language, adw_style_manager_get_dark (adw_style_manager_get_default ()));
  self->has_no_colours = self->colours == NULL;
  for (guint i = 0; i < self->chunks->len && self->colours != NULL; i++)
    {
      const Chunk *chunk = &g_array_index (self->chunks, Chunk, i);
      if (chunk->is_coloured || chunk->n_lines == 0)
        continue;
      if (!may_colour (clock))
        return G_SOURCE_CONTINUE;
      colour_chunk (self, i);
    }
  self->colour_tick = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
on_colour_timeout (gpointer data)
{
  SenCodeBlock *self = data;
  self->colour_timeout = 0;
  self->colour_tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), colour_some, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static void
schedule_colours (SenCodeBlock *self)
{
  if (self->language != NULL && !self->has_no_colours && self->colour_timeout == 0 && self->colour_tick == 0
      && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->colour_timeout = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, COLOUR_DELAY_MS, on_colour_timeout, self, NULL);
}

static void
forget_colours (SenCodeBlock *self)
{
  g_clear_pointer (&self->colours, sen_code_colours_free);
  self->has_no_colours = FALSE;
  for (guint i = 0; i < self->chunks->len; i++)
    {
      Chunk *chunk = &g_array_index (self->chunks, Chunk, i);
      chunk->is_coloured = FALSE;
      gtk_label_set_attributes (chunk->label, NULL);
    }
  schedule_colours (self);
}

/* --- Text --------------------------------------------------------------------------------------------------------------------------- */

static void
begin_chunk (SenCodeBlock *self, gsize start, guint first_line)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  /* Code is read from the left in every language. */
  gtk_widget_set_direction (label, GTK_TEXT_DIR_LTR);
  gtk_widget_set_parent (label, self->column);
  Chunk chunk = { .label = GTK_LABEL (label), .start = start, .first_line = first_line };
  g_array_append_val (self->chunks, chunk);
}

/* Where the chunk that begins at @start ends, behind the line end, or within a line that is longer than any chunk; or the length of the
 * code while it is still open. */
static gsize
find_chunk_end (const SenCodeBlock *self, gsize start, guint *n_lines)
{
  gsize at = start;
  *n_lines = 0;
  while (at < self->code->len)
    {
      gsize left = self->code->len - at;
      const char *newline = memchr (self->code->str + at, '\n', MIN (left, CHUNK_BYTES));
      if (newline == NULL && left > CHUNK_BYTES)
        {
          if (at > start)
            return at;
          for (at += CHUNK_BYTES; (self->code->str[at] & 0xC0) == 0x80 && at > start + 1;)
            at--;
          return at;
        }
      ++*n_lines;
      if (newline == NULL)
        return self->code->len;
      at = (gsize) (newline + 1 - self->code->str);
      if (*n_lines == CHUNK_LINES || at - start >= CHUNK_BYTES)
        return at;
    }
  return at;
}

static gboolean
append_broken_line (GString *text, const char *line, gsize length)
{
  gboolean is_broken = FALSE;
  while (length > LONG_LINE_BYTES)
    {
      gsize n = LONG_LINE_BYTES;
      while (n > 1 && (line[n] & 0xC0) == 0x80)
        n--;
      g_string_append_len (text, line, (gssize) n);
      g_string_append_c (text, '\n');
      line += n;
      length -= n;
      is_broken = TRUE;
    }
  g_string_append_len (text, line, (gssize) length);
  return is_broken;
}

static void
show_chunk (SenCodeBlock *self, Chunk *chunk, gsize end)
{
  g_autoptr (GString) text = g_string_sized_new (end - chunk->start + 1);
  const char *p = self->code->str + chunk->start, *limit = self->code->str + end;
  chunk->has_broken_lines = chunk->start > 0 && self->code->str[chunk->start - 1] != '\n';
  while (p < limit)
    {
      const char *newline = memchr (p, '\n', (size_t) (limit - p));
      const char *line_end = newline != NULL ? newline : limit;
      chunk->has_broken_lines |= append_broken_line (text, p, (gsize) (line_end - p));
      p = newline != NULL ? newline + 1 : limit;
      if (p < limit)
        g_string_append_c (text, '\n');
    }
  gtk_label_set_text (chunk->label, text->str);
  sen_column_set_text (GTK_WIDGET (chunk->label), text->str, FALSE);
  chunk->is_coloured = FALSE;
}

/* Shows the code from the last chunk on. TRUE: not all of it. */
static gboolean
show_code (SenCodeBlock *self)
{
  if (self->chunks->len == 0)
    begin_chunk (self, 0, 0);
  for (guint n = 0; n < STEP_CHUNKS; n++)
    {
      Chunk *chunk = &g_array_index (self->chunks, Chunk, self->chunks->len - 1);
      gsize end = find_chunk_end (self, chunk->start, &chunk->n_lines);
      guint next_line = chunk->first_line + chunk->n_lines;
      show_chunk (self, chunk, end);
      self->n_shown = end;
      if (end == self->code->len)
        break;
      begin_chunk (self, end, next_line);
    }
  schedule_colours (self);
  return self->n_shown < self->code->len;
}

static void
clear_code (SenCodeBlock *self)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (self->column)) != NULL)
    gtk_widget_unparent (child);
  g_array_set_size (self->chunks, 0);
  g_clear_pointer (&self->colours, sen_code_colours_free);
  self->has_no_colours = FALSE;
  g_string_truncate (self->code, 0);
  self->n_shown = 0;
}

static void
set_language (SenCodeBlock *self, const char *info)
{
  const char *name = NULL;
  g_free (self->info);
  self->info = g_strdup (info);
  self->language = NULL;
  if (info == NULL || !sen_code_language_find (info, &self->language, &name))
    name = info != NULL ? info : _("Text");
  /* translators: spoken by screen readers: a piece of program text, its language */
  g_autofree char *label = g_strdup_printf (_("Code, %s"), name);
  gtk_label_set_text (self->title, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

gboolean
sen_code_block_set (SenCodeBlock *self, const char *language, const char *code, gsize length)
{
  gboolean has_grown = self->chunks->len > 0 && length >= self->code->len
                       && memcmp (code, self->code->str, self->code->len) == 0;
  if (g_strcmp0 (language, self->info) != 0)
    {
      set_language (self, language);
      has_grown = FALSE;
    }
  if (has_grown && length == self->code->len && self->n_shown == length)
    return FALSE;
  if (!has_grown)
    clear_code (self);
  g_string_append_len (self->code, code + self->code->len, (gssize) (length - self->code->len));
  return show_code (self);
}

const char *
sen_code_block_language (SenCodeBlock *self)
{
  return gtk_label_get_text (self->title);
}

const char *
sen_code_block_code (SenCodeBlock *self)
{
  return self->code->str;
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

static gboolean
forget_copied (gpointer data)
{
  SenCodeBlock *self = data;
  gtk_button_set_icon_name (self->copy_button, "edit-copy-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->copy_button), _("Copy this code"));
  self->copied_timeout = 0;
  return G_SOURCE_REMOVE;
}

static void
on_copy (GtkButton *button, SenCodeBlock *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->code->str);
  gtk_button_set_icon_name (button, "object-select-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), _("Copied"));
  g_clear_handle_id (&self->copied_timeout, g_source_remove);
  self->copied_timeout = g_timeout_add_seconds (COPIED_SECONDS, forget_copied, self);
}

static void
sen_code_block_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (sen_code_block_parent_class)->map (widget);
  schedule_colours (SEN_CODE_BLOCK (widget));
}

static void
sen_code_block_dispose (GObject *object)
{
  SenCodeBlock *self = SEN_CODE_BLOCK (object);
  g_clear_handle_id (&self->colour_timeout, g_source_remove);
  if (self->colour_tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->colour_tick);
  self->colour_tick = 0;
  g_clear_handle_id (&self->copied_timeout, g_source_remove);
  g_clear_pointer (&self->frame, gtk_widget_unparent);
  G_OBJECT_CLASS (sen_code_block_parent_class)->dispose (object);
}

static void
sen_code_block_finalize (GObject *object)
{
  SenCodeBlock *self = SEN_CODE_BLOCK (object);
  sen_code_colours_free (self->colours);
  g_string_free (self->code, TRUE);
  g_array_unref (self->chunks);
  g_free (self->info);
  G_OBJECT_CLASS (sen_code_block_parent_class)->finalize (object);
}

static void
sen_code_block_class_init (SenCodeBlockClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_code_block_dispose;
  G_OBJECT_CLASS (klass)->finalize = sen_code_block_finalize;
  widget_class->map = sen_code_block_map;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "codeblock");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
sen_code_block_init (SenCodeBlock *self)
{
  AdwStyleManager *style = adw_style_manager_get_default ();
  self->code = g_string_new (NULL);
  self->chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));

  GtkWidget *header = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  self->title = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->title, 0.0f);
  gtk_label_set_ellipsize (self->title, PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (GTK_WIDGET (self->title), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->title), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->title), "dim-label");
  self->copy_button = GTK_BUTTON (gtk_button_new_from_icon_name ("edit-copy-symbolic"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->copy_button), _("Copy this code"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->copy_button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Copy this code"), -1);
  gtk_widget_add_css_class (GTK_WIDGET (self->copy_button), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (self->copy_button), "small");
  g_signal_connect (self->copy_button, "clicked", G_CALLBACK (on_copy), self);
  gtk_box_append (GTK_BOX (header), GTK_WIDGET (self->title));
  gtk_box_append (GTK_BOX (header), GTK_WIDGET (self->copy_button));
  gtk_widget_add_css_class (header, "code-header");

  self->column = sen_column_new ();
  gtk_widget_add_css_class (self->column, "code-text");
  self->frame = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (self->frame), header);
  gtk_box_append (GTK_BOX (self->frame), sen_sideways_new (self->column));
  gtk_widget_set_parent (self->frame, GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  set_language (self, NULL);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (forget_colours), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (forget_colours), self, G_CONNECT_SWAPPED);
}

GtkWidget *
sen_code_block_new (void)
{
  return g_object_new (SEN_TYPE_CODE_BLOCK, NULL);
}
