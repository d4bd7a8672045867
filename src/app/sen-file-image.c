/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-file-image.h"

#include "sen-find-words.h"

#define ICON_PX 32

struct _SenFileImage {
  GtkWidget parent_instance;

  GtkWidget     *picture, *icon;
  SenThumbCache *thumbs;
  char          *path;        /* or NULL */
  SenFileKind    kind;
  gint64         mtime_ns;
  int            width, height;
  guint          request;     /* of thumbs, or 0 */
  gboolean       is_near, is_settled;   /* nothing better will come */
};

G_DEFINE_FINAL_TYPE (SenFileImage, sen_file_image, GTK_TYPE_WIDGET)

static void
show_texture (SenFileImage *self, GdkTexture *texture)
{
  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
  gtk_widget_set_child_visible (self->picture, texture != NULL);
  gtk_widget_set_child_visible (self->icon, texture == NULL);
  if (texture != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "pictured");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "pictured");
}

static SenThumbWish
make_wish (SenFileImage *self)
{
  int side = MAX (self->width, self->height) * gtk_widget_get_scale_factor (GTK_WIDGET (self));
  return (SenThumbWish) { .path = self->path, .kind = self->kind, .mtime_ns = self->mtime_ns, .side_px = side };
}

static void
on_thumb (GdkTexture *texture, gpointer data)
{
  SenFileImage *self = data;
  self->request = 0;
  self->is_settled = TRUE;
  if (texture != NULL)
    show_texture (self, texture);
}

static void
stop_asking (SenFileImage *self)
{
  if (self->request != 0)
    sen_thumb_cache_cancel (self->thumbs, self->request);
  self->request = 0;
}

static void
update (SenFileImage *self)
{
  if (self->path == NULL || self->is_settled)
    return;
  const SenThumbWish wish = make_wish (self);
  GdkTexture *texture = sen_thumb_cache_peek (self->thumbs, &wish);
  if (texture != NULL)
    {
      stop_asking (self);
      on_thumb (texture, self);
    }
  else if (!self->is_near)
    stop_asking (self);
  else if (self->request == 0)
    self->request = sen_thumb_cache_ask (self->thumbs, &wish, on_thumb, self);
}

void
sen_file_image_set (SenFileImage *self, const char *path, SenFileKind kind, gint64 mtime_ns)
{
  if (g_strcmp0 (path, self->path) == 0 && mtime_ns == self->mtime_ns)
    return;
  stop_asking (self);
  g_free (self->path);
  self->path = g_strdup (path);
  self->kind = kind;
  self->mtime_ns = mtime_ns;
  self->is_settled = FALSE;
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), sen_find_icon_name (kind));
  show_texture (self, NULL);
  update (self);
}

void
sen_file_image_set_near (SenFileImage *self, gboolean is_near)
{
  if (self->is_near == is_near)
    return;
  self->is_near = is_near;
  update (self);
}

gboolean
sen_file_image_is_shown (SenFileImage *self)
{
  return gtk_widget_get_child_visible (self->picture);
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

static void
sen_file_image_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                          int *natural_baseline)
{
  SenFileImage *self = SEN_FILE_IMAGE (widget);
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? self->width : self->height;
  *minimum = *natural;
  *minimum_baseline = *natural_baseline = -1;
}

static void
sen_file_image_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SenFileImage *self = SEN_FILE_IMAGE (widget);
  const GtkAllocation all = { 0, 0, width, height };
  GtkWidget *const children[] = { self->picture, self->icon };
  for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
    {
      int needed;
      gtk_widget_measure (children[i], GTK_ORIENTATION_HORIZONTAL, -1, &needed, NULL, NULL, NULL);
      gtk_widget_size_allocate (children[i], &all, -1);
    }
}

GtkWidget *
sen_file_image_new (SenThumbCache *thumbs, int width, int height)
{
  SenFileImage *self = g_object_new (SEN_TYPE_FILE_IMAGE, NULL);
  self->thumbs = g_object_ref (thumbs);
  self->width = width;
  self->height = height;
  return GTK_WIDGET (self);
}

static void
sen_file_image_dispose (GObject *object)
{
  SenFileImage *self = SEN_FILE_IMAGE (object);
  if (self->thumbs != NULL)
    stop_asking (self);
  g_clear_pointer (&self->picture, gtk_widget_unparent);
  g_clear_pointer (&self->icon, gtk_widget_unparent);
  g_clear_pointer (&self->path, g_free);
  g_clear_object (&self->thumbs);
  G_OBJECT_CLASS (sen_file_image_parent_class)->dispose (object);
}

static void
sen_file_image_class_init (SenFileImageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_file_image_dispose;
  widget_class->measure = sen_file_image_measure;
  widget_class->size_allocate = sen_file_image_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "fileimage");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
sen_file_image_init (SenFileImage *self)
{
  self->picture = gtk_picture_new ();
  self->icon = gtk_image_new ();
  gtk_picture_set_can_shrink (GTK_PICTURE (self->picture), TRUE);
  gtk_image_set_pixel_size (GTK_IMAGE (self->icon), ICON_PX);
  gtk_widget_add_css_class (self->icon, "dim-label");
  gtk_widget_set_parent (self->picture, GTK_WIDGET (self));
  gtk_widget_set_parent (self->icon, GTK_WIDGET (self));
  gtk_widget_set_child_visible (self->picture, FALSE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
