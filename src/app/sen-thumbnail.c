/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-thumbnail.h"

/* Of all textures that are kept. */
#define CACHE_BYTES (96u << 20)
/* No side of what is shown is longer: what a large screen has. */
#define MAX_SIDE 4096
#define ICON_PX 32

struct _SenThumbnail {
  GtkWidget parent_instance;

  /* Children */
  GtkWidget *picture;
  GtkWidget *icon;

  /* Owned */
  SenPerception *perception;
  SenAttachment *attachment;
  GCancellable  *loading;

  int  max_width, max_height;
  int  width, height;          /* the room it wants */
  bool has_failed;
};

G_DEFINE_FINAL_TYPE (SenThumbnail, sen_thumbnail, GTK_TYPE_WIDGET)

const char *
sen_attachment_icon_name (SenAttachmentKind kind)
{
  static const char *const names[] = {
    [SEN_ATTACHMENT_UNKNOWN] = "text-x-generic-symbolic",
    [SEN_ATTACHMENT_PICTURE] = "image-x-generic-symbolic",
    [SEN_ATTACHMENT_SOUND] = "audio-x-generic-symbolic",
    [SEN_ATTACHMENT_VIDEO] = "video-x-generic-symbolic",
  };
  return names[kind];
}

/* --- The cache ---------------------------------------------------------------------------------------------------------------------- */

/* Key -> GdkTexture, and the keys from the oldest to the latest. */
static GHashTable *cache;
static GQueue cached_keys = G_QUEUE_INIT;
static gsize cached_bytes;

static gsize
texture_bytes (GdkTexture *texture)
{
  return 4 * (gsize) gdk_texture_get_width (texture) * (gsize) gdk_texture_get_height (texture);
}

static char *
make_key (SenAttachment *attachment, int longest_side)
{
  return g_strdup_printf ("%s %d", sen_attachment_sha256 (attachment), longest_side);
}

static void
keep_texture (const char *key, GdkTexture *texture)
{
  if (cache == NULL)
    cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  if (texture_bytes (texture) > CACHE_BYTES / 2 || g_hash_table_contains (cache, key))
    return;
  char *kept = g_strdup (key);
  g_hash_table_insert (cache, kept, g_object_ref (texture));
  g_queue_push_tail (&cached_keys, kept);
  cached_bytes += texture_bytes (texture);
  while (cached_bytes > CACHE_BYTES)
    {
      const char *oldest = g_queue_pop_head (&cached_keys);
      cached_bytes -= texture_bytes (g_hash_table_lookup (cache, oldest));
      g_hash_table_remove (cache, oldest);
    }
}

/* --- Loading ------------------------------------------------------------------------------------------------------------------------ */

static int
wanted_side (SenThumbnail *self)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  return self->max_width > 0 ? MIN (MAX (self->max_width, self->max_height) * scale, MAX_SIDE) : MAX_SIDE;
}

static void
show_texture (SenThumbnail *self, GdkTexture *texture)
{
  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
  gtk_widget_set_visible (self->picture, TRUE);
  gtk_widget_set_visible (self->icon, FALSE);
}

typedef struct {
  SenThumbnail *picture;
  char                 *key;
} Load;

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Load *load = data;
  g_autoptr (SenThumbnail) self = load->picture;
  g_autofree char *key = load->key;
  g_autoptr (GError) error = NULL;
  g_autoptr (SenImage) image = sen_perception_picture_finish (SEN_PERCEPTION (source), result, &error);
  g_clear_object (&self->loading);
  self->has_failed = image == NULL;
  if (image == NULL || self->picture == NULL)
    return;
  int width = sen_image_width (image), height = sen_image_height (image);
  /* The texture keeps the image, whose pixels nobody copies. */
  g_autoptr (GBytes) pixels = g_bytes_new_with_free_func (sen_image_pixels (image), 3 * (gsize) width * (gsize) height,
                                                          (GDestroyNotify) sen_image_unref, sen_image_ref (image));
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, pixels, 3 * (gsize) width);
  keep_texture (key, texture);
  show_texture (self, texture);
}

static void
load (SenThumbnail *self)
{
  SenAttachmentKind kind = sen_attachment_kind (self->attachment);
  bool is_seen = kind == SEN_ATTACHMENT_PICTURE || kind == SEN_ATTACHMENT_VIDEO;
  if (!is_seen || self->loading != NULL || self->has_failed || sen_attachment_sha256 (self->attachment) == NULL
      || sen_thumbnail_is_shown (self))
    return;
  int side = wanted_side (self);
  g_autofree char *key = make_key (self->attachment, side);
  GdkTexture *texture = cache != NULL ? g_hash_table_lookup (cache, key) : NULL;
  if (texture != NULL)
    {
      show_texture (self, texture);
      return;
    }
  Load *load = g_new (Load, 1);
  *load = (Load) { g_object_ref (self), g_steal_pointer (&key) };
  self->loading = g_cancellable_new ();
  sen_perception_picture_async (self->perception, self->attachment, side, self->loading, on_loaded, load);
}

/* --- Its size ----------------------------------------------------------------------------------------------------------------------- */

/* The room the picture will take, known before it is there. */
static void
update_size (SenThumbnail *self)
{
  const SenAttachmentFacts *facts = sen_attachment_facts (self->attachment);
  double width = self->max_width, height = self->max_height;
  if (self->max_width <= 0)
    return;
  if (facts->width > 0 && facts->height > 0)
    {
      double scale = MIN (MIN (width / facts->width, height / facts->height), 1.0);
      width = MAX (facts->width * scale, ICON_PX);
      height = MAX (facts->height * scale, ICON_PX);
    }
  else
    width = MIN (width, height * 4.0 / 3.0);
  if (self->width == (int) width && self->height == (int) height)
    return;
  self->width = (int) width;
  self->height = (int) height;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
on_changed (SenThumbnail *self)
{
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), sen_attachment_icon_name (sen_attachment_kind (self->attachment)));
  update_size (self);
  load (self);
}

/* Its natural size is what it was promised, however large the texture; its smallest lets a narrow window be narrow. */
static void
sen_thumbnail_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                                int *minimum_baseline, int *natural_baseline)
{
  SenThumbnail *self = SEN_THUMBNAIL (widget);
  double ratio = self->width > 0 ? (double) self->height / self->width : 0.0;
  *minimum = MIN (ICON_PX, MAX (self->width, 1));
  *natural = MAX (orientation == GTK_ORIENTATION_HORIZONTAL ? self->width : self->height, *minimum);
  /* Made narrower, it is less high in proportion. */
  if (orientation == GTK_ORIENTATION_VERTICAL && for_size >= 0 && for_size < self->width)
    *minimum = *natural = MAX ((int) (for_size * ratio), 1);
  else if (orientation == GTK_ORIENTATION_VERTICAL && self->width > 0)
    *minimum = *natural;
  *minimum_baseline = *natural_baseline = -1;
}

static GtkSizeRequestMode
sen_thumbnail_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
sen_thumbnail_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SenThumbnail *self = SEN_THUMBNAIL (widget);
  const GtkAllocation all = { 0, 0, width, height };
  GtkWidget *const children[] = { self->picture, self->icon };
  for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
    if (gtk_widget_get_visible (children[i]))
      {
        int needed;
        gtk_widget_measure (children[i], GTK_ORIENTATION_HORIZONTAL, -1, &needed, NULL, NULL, NULL);
        gtk_widget_size_allocate (children[i], &all, -1);
      }
}

/* --- The widget --------------------------------------------------------------------------------------------------------------------- */

bool
sen_thumbnail_is_shown (SenThumbnail *self)
{
  return gtk_widget_get_visible (self->picture);
}

GtkWidget *
sen_thumbnail_new (SenPerception *perception, SenAttachment *attachment, int max_width, int max_height)
{
  SenThumbnail *self = g_object_new (SEN_TYPE_THUMBNAIL, NULL);
  self->perception = g_object_ref (perception);
  self->attachment = g_object_ref (attachment);
  self->max_width = max_width;
  self->max_height = max_height;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, sen_attachment_name (attachment), -1);
  g_signal_connect_object (attachment, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  on_changed (self);
  return GTK_WIDGET (self);
}

static void
sen_thumbnail_dispose (GObject *object)
{
  SenThumbnail *self = SEN_THUMBNAIL (object);
  g_clear_pointer (&self->picture, gtk_widget_unparent);
  g_clear_pointer (&self->icon, gtk_widget_unparent);
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  g_clear_object (&self->perception);
  g_clear_object (&self->attachment);
  G_OBJECT_CLASS (sen_thumbnail_parent_class)->dispose (object);
}

static void
sen_thumbnail_class_init (SenThumbnailClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_thumbnail_dispose;
  widget_class->get_request_mode = sen_thumbnail_get_request_mode;
  widget_class->measure = sen_thumbnail_measure;
  widget_class->size_allocate = sen_thumbnail_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "thumbnail");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sen_thumbnail_init (SenThumbnail *self)
{
  self->picture = gtk_picture_new ();
  self->icon = gtk_image_new ();
  gtk_picture_set_can_shrink (GTK_PICTURE (self->picture), TRUE);
  gtk_widget_set_visible (self->picture, FALSE);
  gtk_image_set_pixel_size (GTK_IMAGE (self->icon), ICON_PX);
  gtk_widget_set_parent (self->picture, GTK_WIDGET (self));
  gtk_widget_set_parent (self->icon, GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
