/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-media.h"

#include <glib/gi18n.h>
#include <math.h>

#include "sen-attachment-tray.h"
#include "sen-heat-legend.h"
#include "sen-heat-picture.h"
#include "sen-heat-wave.h"

/* Fields of a picture's heat along each side. */
#define N_SIDE 32
#define PICTURE_PX 640

struct _SenLookMedia {
  GtkWidget parent_instance;

  GtkWidget      *box;
  SenHeatPicture *picture;      /* or NULL */
  SenHeatWave    *wave;         /* or NULL */
  GtkLabel       *note;

  SenPerception  *perception;
  SenAttachment  *attachment;
  SenExplanation *explanation;
  guint           media;
  SenHeatMap      map;
  GCancellable   *loading;      /* or NULL */
  SenImage       *image;        /* or NULL */
  float           heat[N_SIDE * N_SIDE];
  GArray         *steps;        /* float: weights along the time */
};

G_DEFINE_FINAL_TYPE (SenLookMedia, sen_look_media, GTK_TYPE_WIDGET)

/* --- What is shown of it -------------------------------------------------------------------------------------------------------------- */

static void
on_picture (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenLookMedia) self = data;
  g_autoptr (SenImage) image = sen_perception_picture_finish (SEN_PERCEPTION (source), result, NULL);
  g_clear_object (&self->loading);
  if (image == NULL || self->box == NULL)
    return;
  int width = sen_image_width (image), height = sen_image_height (image);
  g_autoptr (GBytes) pixels = g_bytes_new_with_free_func (sen_image_pixels (image), 3 * (gsize) width * (gsize) height,
                                                          (GDestroyNotify) sen_image_unref, sen_image_ref (image));
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, pixels, 3 * (gsize) width);
  sen_heat_picture_set_picture (self->picture, GDK_PAINTABLE (texture), (double) width / height);
  self->image = g_steal_pointer (&image);
}

static void
on_peaks (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenLookMedia) self = data;
  const SenPeaks *peaks = sen_perception_peaks_finish (SEN_PERCEPTION (source), result, NULL);
  g_clear_object (&self->loading);
  if (peaks != NULL && self->box != NULL)
    sen_heat_wave_set_peaks (self->wave, peaks);
}

static char *
describe_field (guint row, guint column, gpointer data)
{
  SenLookMedia *self = data;
  g_autofree char *share = sen_heat_format (self->map, self->heat[row * N_SIDE + column]);
  /* translators: of a field of a picture, a share of the attention */
  return g_strdup_printf (_("This field: %s"), share);
}

static char *
describe_step (guint step, gpointer data)
{
  SenLookMedia *self = data;
  g_autofree char *share = sen_heat_format (self->map, g_array_index (self->steps, float, step));
  /* translators: of a moment of a recording, a share of the attention */
  return g_strdup_printf (_("This moment: %s"), share);
}

/* --- Heat ----------------------------------------------------------------------------------------------------------------------------- */

static float
sum_pieces (const SenExplanationInfo *info, const float *row, guint media)
{
  float sum = 0.0f;
  for (guint s = 0; s < info->n_spans; s++)
    for (guint i = 0; info->spans[s].media == media && i < info->spans[s].n; i++)
      sum += row[info->spans[s].first + i];
  return sum;
}

/* Each media by its own strongest field: what it is among all else stands below it in numbers. Returns that. */
static float
scale (const float *weights, float *strengths, guint n)
{
  float most = 0.0f;
  for (guint i = 0; i < n; i++)
    most = fabsf (weights[i]) > fabsf (most) ? weights[i] : most;
  for (guint i = 0; i < n; i++)
    strengths[i] = most != 0.0f ? weights[i] / fabsf (most) : 0.0f;
  return most;
}

static float
show_on_picture (SenLookMedia *self, const float *row)
{
  float strengths[N_SIDE * N_SIDE];
  if (!sen_explanation_heat (self->explanation, row, self->media, N_SIDE, self->heat))
    return 0.0f;
  float most = scale (self->heat, strengths, N_SIDE * N_SIDE);
  sen_heat_picture_set_heat (self->picture, self->map, strengths, N_SIDE, N_SIDE);
  return most;
}

/* Windows of sound follow each other, each in equal steps. */
static float
show_on_wave (SenLookMedia *self, const float *row)
{
  const SenExplanationInfo *info = sen_explanation_info (self->explanation);
  double seconds = 0.0;
  g_array_set_size (self->steps, 0);
  for (guint s = 0; s < info->n_spans; s++)
    if (info->spans[s].media == self->media)
      {
        g_array_append_vals (self->steps, row + info->spans[s].first, info->spans[s].n);
        seconds = MAX (seconds, (double) info->spans[s].x1);
      }
  g_autofree float *strengths = g_new (float, MAX (self->steps->len, 1));
  float most = scale ((const float *) self->steps->data, strengths, self->steps->len);
  sen_heat_wave_set_heat (self->wave, self->map, strengths, self->steps->len, seconds);
  return most;
}

void
sen_look_media_set_row (SenLookMedia *self, SenHeatMap map, const float *row)
{
  self->map = map;
  if (row == NULL)
    {
      if (self->picture != NULL)
        sen_heat_picture_set_heat (self->picture, SEN_HEAT_SHARE, NULL, 0, 0);
      else
        sen_heat_wave_set_heat (self->wave, SEN_HEAT_SHARE, NULL, 0, 0.0);
      gtk_label_set_text (self->note, sen_attachment_name (self->attachment));
      return;
    }
  float most = self->picture != NULL ? show_on_picture (self, row) : show_on_wave (self, row);
  g_autofree char *all = sen_heat_format (map, sum_pieces (sen_explanation_info (self->explanation), row, self->media));
  g_autofree char *brightest = sen_heat_format (map, most);
  g_autofree char *note = NULL;
  if (self->picture != NULL)
    /* translators: name of a picture, shares of the attention */
    note = g_strdup_printf (_("%s: %s in all, the brightest field %s"), sen_attachment_name (self->attachment), all, brightest);
  else
    /* translators: name of a recording, shares of the attention */
    note = g_strdup_printf (_("%s: %s in all, the brightest moment %s"), sen_attachment_name (self->attachment), all, brightest);
  gtk_label_set_text (self->note, note);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture != NULL ? (gpointer) self->picture : (gpointer) self->wave),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, note, -1);
}

guint
sen_look_media_number (SenLookMedia *self)
{
  return self->media;
}

SenImage *
sen_look_media_image (SenLookMedia *self)
{
  return self->image;
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

GtkWidget *
sen_look_media_new (SenPerception *perception, SenAttachment *attachment, SenExplanation *explanation, guint media)
{
  SenLookMedia *self = g_object_new (SEN_TYPE_LOOK_MEDIA, NULL);
  const SenAttachmentFacts *facts = sen_attachment_facts (attachment);
  bool is_sound = sen_attachment_kind (attachment) == SEN_ATTACHMENT_SOUND;
  GtkWidget *shown = is_sound ? sen_heat_wave_new () : sen_heat_picture_new ();
  self->perception = g_object_ref (perception);
  self->attachment = g_object_ref (attachment);
  self->explanation = sen_explanation_ref (explanation);
  self->media = media;
  self->loading = g_cancellable_new ();
  if (is_sound)
    {
      self->wave = SEN_HEAT_WAVE (shown);
      sen_heat_wave_set_describe (self->wave, describe_step, self);
      sen_perception_peaks_async (perception, attachment, self->loading, on_peaks, g_object_ref (self));
    }
  else
    {
      self->picture = SEN_HEAT_PICTURE (shown);
      sen_heat_picture_set_picture (self->picture, NULL, facts->height > 0 ? (double) facts->width / facts->height : 4.0 / 3.0);
      sen_heat_picture_set_describe (self->picture, describe_field, self);
      sen_perception_picture_async (perception, attachment, PICTURE_PX, self->loading, on_picture, g_object_ref (self));
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (shown), GTK_ACCESSIBLE_PROPERTY_LABEL, sen_attachment_name (attachment), -1);
  gtk_box_append (GTK_BOX (self->box), shown);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->note));
  sen_look_media_set_row (self, SEN_HEAT_SHARE, NULL);
  return GTK_WIDGET (self);
}

static void
sen_look_media_dispose (GObject *object)
{
  SenLookMedia *self = SEN_LOOK_MEDIA (object);
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->perception);
  g_clear_object (&self->attachment);
  g_clear_pointer (&self->explanation, sen_explanation_unref);
  g_clear_pointer (&self->steps, g_array_unref);
  g_clear_pointer (&self->image, sen_image_unref);
  G_OBJECT_CLASS (sen_look_media_parent_class)->dispose (object);
}

static void
sen_look_media_class_init (SenLookMediaClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_look_media_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "lookmedia");
}

static void
sen_look_media_init (SenLookMedia *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  self->note = GTK_LABEL (gtk_label_new (NULL));
  self->steps = g_array_new (FALSE, FALSE, sizeof (float));
  gtk_label_set_wrap (self->note, TRUE);
  gtk_label_set_wrap_mode (self->note, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (self->note, 0.0f);
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}
