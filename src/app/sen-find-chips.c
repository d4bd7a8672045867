/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-chips.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "sen-file-image.h"

#define PICTURE_PX 32

typedef struct {
  SenFindChips *owner;
  GtkWidget    *box;
  GtkButton    *sign;
  char         *path, *words;   /* one of them */
  char         *title;
  gboolean      is_less, is_ours;
} Chip;

struct _SenFindChips {
  GtkWidget parent_instance;

  GtkWidget     *scroller;
  GtkBox        *row;
  SenThumbCache *thumbs;
  GPtrArray     *chips;
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenFindChips, sen_find_chips, GTK_TYPE_WIDGET)

static void
chip_free (gpointer data)
{
  Chip *chip = data;
  if (chip->is_ours)
    g_unlink (chip->path);
  g_free (chip->path);
  g_free (chip->words);
  g_free (chip->title);
  g_free (chip);
}

static void
emit_changed (SenFindChips *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), self->chips->len > 0);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* The sign is read, not only seen. */
static void
show_sign (Chip *chip)
{
  /* translators: name of a picture or words */
  g_autofree char *label = g_strdup_printf (chip->is_less ? _("Less like %s; turn around") : _("More like %s; turn around"), chip->title);
  gtk_button_set_label (chip->sign, chip->is_less ? "−" : "+");
  gtk_widget_set_tooltip_text (GTK_WIDGET (chip->sign), chip->is_less ? _("Less like this") : _("More like this"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (chip->sign), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (chip->is_less)
    gtk_widget_add_css_class (chip->box, "less");
  else
    gtk_widget_remove_css_class (chip->box, "less");
}

static void
on_sign (GtkButton *button, Chip *chip)
{
  chip->is_less = !chip->is_less;
  show_sign (chip);
  emit_changed (chip->owner);
}

static void
on_remove (GtkButton *button, Chip *chip)
{
  SenFindChips *self = chip->owner;
  gtk_box_remove (self->row, chip->box);
  g_ptr_array_remove (self->chips, chip);
  emit_changed (self);
}

static GtkWidget *
new_button (const char *icon, const char *label)
{
  GtkWidget *button = icon != NULL ? gtk_button_new_from_icon_name (icon) : gtk_button_new ();
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  if (label != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return button;
}

static void
add (SenFindChips *self, Chip *chip, SenFileKind kind)
{
  /* translators: name of a picture or words */
  g_autofree char *remove_label = g_strdup_printf (_("Remove %s"), chip->title);
  GtkWidget *label = gtk_label_new (chip->title), *cross = new_button ("window-close-symbolic", remove_label);
  chip->owner = self;
  chip->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  chip->sign = GTK_BUTTON (new_button (NULL, NULL));
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 16);
  gtk_widget_set_tooltip_text (cross, _("Remove"));
  gtk_widget_add_css_class (chip->box, "chip");
  gtk_box_append (GTK_BOX (chip->box), GTK_WIDGET (chip->sign));
  if (chip->path != NULL)
    {
      GtkWidget *picture = sen_file_image_new (self->thumbs, PICTURE_PX, PICTURE_PX);
      sen_file_image_set (SEN_FILE_IMAGE (picture), chip->path, kind, 0);
      sen_file_image_set_near (SEN_FILE_IMAGE (picture), TRUE);
      gtk_widget_set_valign (picture, GTK_ALIGN_CENTER);
      gtk_box_append (GTK_BOX (chip->box), picture);
    }
  gtk_box_append (GTK_BOX (chip->box), label);
  gtk_box_append (GTK_BOX (chip->box), cross);
  show_sign (chip);
  g_signal_connect (chip->sign, "clicked", G_CALLBACK (on_sign), chip);
  g_signal_connect (cross, "clicked", G_CALLBACK (on_remove), chip);
  gtk_box_append (self->row, chip->box);
  g_ptr_array_add (self->chips, chip);
  emit_changed (self);
}

gboolean
sen_find_chips_add_file (SenFindChips *self, const char *path, SenFileKind kind, gboolean is_less, gboolean is_ours)
{
  if (self->chips->len >= SEN_FIND_MAX_PARTS)
    {
      if (is_ours)
        g_unlink (path);
      return FALSE;
    }
  Chip *chip = g_new0 (Chip, 1);
  chip->path = g_strdup (path);
  chip->title = is_ours ? g_strdup (_("A picture")) : g_filename_display_basename (path);
  chip->is_less = is_less;
  chip->is_ours = is_ours;
  add (self, chip, kind);
  return TRUE;
}

gboolean
sen_find_chips_add_words (SenFindChips *self, const char *words, gboolean is_less)
{
  if (self->chips->len >= SEN_FIND_MAX_PARTS)
    return FALSE;
  if (*words == '\0')
    return TRUE;
  Chip *chip = g_new0 (Chip, 1);
  chip->words = g_strdup (words);
  chip->title = g_strdup (words);
  chip->is_less = is_less;
  add (self, chip, SEN_FILE_OTHER);
  return TRUE;
}

void
sen_find_chips_clear (SenFindChips *self)
{
  GtkWidget *child;
  if (self->chips->len == 0)
    return;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->row))) != NULL)
    gtk_box_remove (self->row, child);
  g_ptr_array_set_size (self->chips, 0);
  emit_changed (self);
}

guint
sen_find_chips_n (SenFindChips *self)
{
  return self->chips->len;
}

void
sen_find_chips_fill (SenFindChips *self, SenFindPart *parts)
{
  for (guint i = 0; i < self->chips->len; i++)
    {
      const Chip *chip = g_ptr_array_index (self->chips, i);
      parts[i] = (SenFindPart) { .path = chip->path, .text = chip->words, .weight = chip->is_less ? -1.0f : 1.0f };
    }
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

GtkWidget *
sen_find_chips_new (SenThumbCache *thumbs)
{
  SenFindChips *self = g_object_new (SEN_TYPE_FIND_CHIPS, NULL);
  self->thumbs = g_object_ref (thumbs);
  return GTK_WIDGET (self);
}

static void
sen_find_chips_dispose (GObject *object)
{
  SenFindChips *self = SEN_FIND_CHIPS (object);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_pointer (&self->chips, g_ptr_array_unref);
  g_clear_object (&self->thumbs);
  G_OBJECT_CLASS (sen_find_chips_parent_class)->dispose (object);
}

static void
sen_find_chips_class_init (SenFindChipsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_find_chips_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "findchips");
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_FIND_CHIPS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_find_chips_init (SenFindChips *self)
{
  self->chips = g_ptr_array_new_with_free_func (chip_free);
  self->row = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6));
  self->scroller = gtk_scrolled_window_new ();
  /* One line; what does not fit comes by the wheel and the keyboard. */
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->row));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->row), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Also looked for"), -1);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
