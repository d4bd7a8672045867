/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-file-image.h"

#include "sen-find-words.h"

#define ICON_PX 32

struct _SenFileImage {
  GtkWidget parent_instance;

  GtkWidget     *icon;
  GdkTexture    *texture;     /* or NULL: the icon is shown */
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
  if (!g_set_object (&self->texture, texture))
    return;
  gtk_widget_queue_draw (GTK_WIDGET (self));
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
  self->mtime_ns = mtime_ns;
  self->is_settled = FALSE;
  show_texture (self, NULL);
  if (path != NULL && kind != self->kind)
    {
      self->kind = kind;
      gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), sen_find_icon_name (kind));
    }
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
  return self->texture != NULL;
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
  int needed;
  gtk_widget_measure (self->icon, GTK_ORIENTATION_HORIZONTAL, -1, &needed, NULL, NULL, NULL);
  gtk_widget_size_allocate (self->icon, &(GtkAllocation) { 0, 0, width, height }, -1);
}

/* As large as it goes, whole, in the middle. */
static void
sen_file_image_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenFileImage *self = SEN_FILE_IMAGE (widget);
  if (self->texture == NULL)
    {
      gtk_widget_snapshot_child (widget, self->icon, snapshot);
      return;
    }
  double room[2] = { gtk_widget_get_width (widget), gtk_widget_get_height (widget) };
  double width = gdk_texture_get_width (self->texture), height = gdk_texture_get_height (self->texture);
  double scale = MIN (room[0] / width, room[1] / height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) ((room[0] - scale * width) / 2.0),
                                                          (float) ((room[1] - scale * height) / 2.0)));
  gdk_paintable_snapshot (GDK_PAINTABLE (self->texture), snapshot, scale * width, scale * height);
  gtk_snapshot_restore (snapshot);
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
  g_clear_object (&self->texture);
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
  widget_class->snapshot = sen_file_image_snapshot;
  gtk_widget_class_set_css_name (widget_class, "fileimage");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
sen_file_image_init (SenFileImage *self)
{
  self->kind = SEN_N_FILE_KINDS;
  self->icon = gtk_image_new ();
  gtk_image_set_pixel_size (GTK_IMAGE (self->icon), ICON_PX);
  gtk_widget_add_css_class (self->icon, "dim-label");
  gtk_widget_set_parent (self->icon, GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
