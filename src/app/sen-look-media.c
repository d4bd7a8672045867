/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-media.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "sen-attachment-tray.h"
#include "sen-catalogue.h"
#include "sen-heat-legend.h"
#include "sen-heat-picture.h"
#include "sen-heat-wave.h"

/* Fields of a picture's heat along each side. */
#define N_SIDE 32
#define PICTURE_PX 640

/* Bytes between two words of a transcript. */
#define MOST_GAP 8
#define MOST_LISTED 200   /* words */

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
  const char     *seen_by;      /* interned: what took it directly, as last looked up in the catalogue; or NULL */
  bool            is_rough;     /* that is a connector which is only used when asked for */
  SenHeatMap      map;
  GCancellable   *loading;      /* or NULL */
  bool            is_busy, wants_words;
  SenImage       *image;        /* or NULL */
  float          *row;          /* [n_pieces] that is shown, or NULL */
  const GArray   *said;         /* SenSaidWord, the perception's; or NULL */
  GArray         *places;       /* Place of each of them, where the model read it in words; else empty */
};

/* Pieces of a word. */
typedef struct {
  guint first, n;
} Place;

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

/* --- What is said --------------------------------------------------------------------------------------------------------------------- */

/* Whether the words stand one after the other in @text from @at on, as a transcript has them; then where: offsets of their first and
 * behind their last bytes, [2 n_words]. */
static bool
match_words (const GArray *said, const char *text, gsize at, gsize *offsets)
{
  for (guint i = 0; i < said->len; i++)
    {
      const char *word = g_array_index (said, SenSaidWord, i).text, *found = strstr (text + at, word);
      if (found == NULL || (gsize) (found - text) > at + MOST_GAP)
        return false;
      offsets[2 * i] = (gsize) (found - text);
      at = offsets[2 * i + 1] = offsets[2 * i] + strlen (word);
    }
  return said->len > 0;
}

/* The pieces of each word, where the recording's words stand in a message. */
static void
find_places (SenLookMedia *self)
{
  const SenExplanationInfo *info = sen_explanation_info (self->explanation);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gsize *ends = g_new (gsize, MAX (info->n_pieces, 1)), *offsets = g_new (gsize, 2 * (gsize) self->said->len + 1);
  const char *first = self->said->len > 0 ? g_array_index (self->said, SenSaidWord, 0).text : NULL;
  bool is_found = false;
  for (guint i = 0; i < info->n_pieces; i++)
    {
      bool is_of_it = info->pieces[i].kind == SEN_PIECE_WORDS && info->pieces[i].media == (int32_t) self->media;
      g_string_append (text, is_of_it ? info->pieces[i].text : "");
      ends[i] = text->len;
    }
  /* Its name stands before, and may be the same word. */
  for (const char *at = first != NULL ? strstr (text->str, first) : NULL; at != NULL && !is_found; at = strstr (at + 1, first))
    is_found = match_words (self->said, text->str, (gsize) (at - text->str), offsets);
  g_array_set_size (self->places, 0);
  for (guint w = 0, i = 0; is_found && w < self->said->len; w++)
    {
      while (i < info->n_pieces && ends[i] <= offsets[2 * w])
        i++;
      Place place = { .first = i };
      while (i + place.n < info->n_pieces && (place.n == 0 || ends[i + place.n - 1] < offsets[2 * w + 1]))
        place.n++;
      g_array_append_val (self->places, place);
    }
}

static void
show_words (SenLookMedia *self, const GArray *said)
{
  g_autofree SenHeatWord *words = g_new (SenHeatWord, MAX (said->len, 1));
  self->said = said;
  for (guint i = 0; i < said->len; i++)
    {
      const SenSaidWord *word = &g_array_index (said, SenSaidWord, i);
      words[i] = (SenHeatWord) { word->text, word->start, word->end };
    }
  sen_heat_wave_set_words (self->wave, words, said->len);
  find_places (self);
  g_autofree float *row = g_steal_pointer (&self->row);
  sen_look_media_set_row (self, self->map, row);
}

static void
on_words (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenLookMedia) self = data;
  const GArray *said = sen_perception_words_finish (SEN_PERCEPTION (source), result, NULL);
  g_clear_object (&self->loading);
  if (said != NULL && self->box != NULL)
    show_words (self, said);
}

/* Not while an answer is written, which the cores are for. */
static void
ask_for_words (SenLookMedia *self)
{
  if (!self->wants_words || self->is_busy)
    return;
  self->wants_words = false;
  sen_perception_words_async (self->perception, self->attachment, self->loading, on_words, g_object_ref (self));
}

static void
on_peaks (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenLookMedia) self = data;
  const SenPeaks *peaks = sen_perception_peaks_finish (SEN_PERCEPTION (source), result, NULL);
  if (self->box == NULL)
    return;
  if (peaks != NULL)
    sen_heat_wave_set_peaks (self->wave, peaks);
  const GArray *known = sen_perception_known_words (self->perception, self->attachment);
  if (known != NULL)
    {
      g_clear_object (&self->loading);
      show_words (self, known);
      return;
    }
  self->wants_words = true;
  ask_for_words (self);
}

void
sen_look_media_set_busy (SenLookMedia *self, bool is_busy)
{
  self->is_busy = is_busy;
  ask_for_words (self);
}

/* --- What the tooltip says ------------------------------------------------------------------------------------------------------------ */

/* The embedding of the smallest part of the picture that @x, @y (0 to 1) lie in. */
static char *
describe_field (guint row, guint column, gpointer data)
{
  SenLookMedia *self = data;
  const SenExplanationInfo *info = sen_explanation_info (self->explanation);
  float x = ((float) column + 0.5f) / N_SIDE, y = ((float) row + 0.5f) / N_SIDE, least = G_MAXFLOAT;
  guint piece = 0;
  for (guint s = 0; s < info->n_spans; s++)
    {
      const SenExplanationSpan *span = &info->spans[s];
      float width = (span->x1 - span->x0) / (float) span->n_column, height = (span->y1 - span->y0) / (float) span->n_row;
      if (span->media != self->media || x < span->x0 || x >= span->x1 || y < span->y0 || y >= span->y1 || width * height >= least)
        continue;
      guint place = MIN ((guint) ((y - span->y0) / height) * span->n_column + (guint) ((x - span->x0) / width), span->n - 1);
      least = width * height;
      piece = span->first + place;
    }
  if (self->row == NULL || piece == 0)
    return NULL;
  g_autofree char *share = sen_heat_format (self->map, self->row[piece]);
  /* translators: of a field of a picture, a share of the attention */
  return g_strdup_printf (_("This field: %s"), share);
}

static float
sum_place (SenLookMedia *self, guint word)
{
  const Place *place = &g_array_index (self->places, Place, word);
  float sum = 0.0f;
  for (guint i = 0; i < place->n; i++)
    sum += self->row[place->first + i];
  return sum;
}

/* What was heard at @seconds as an embedding, or 0. */
static guint
find_moment (SenLookMedia *self, double seconds)
{
  const SenExplanationInfo *info = sen_explanation_info (self->explanation);
  for (guint s = 0; s < info->n_spans; s++)
    for (guint i = 0; info->spans[s].media == self->media && i < info->spans[s].n; i++)
      {
        double start, end;
        sen_explanation_span_time (&info->spans[s], i, &start, &end);
        if (seconds >= start && seconds < end)
          return info->spans[s].first + i;
      }
  return 0;
}

static char *
describe_moment (double seconds, gpointer data)
{
  SenLookMedia *self = data;
  g_autoptr (GString) text = g_string_new (NULL);
  guint piece = find_moment (self, seconds);
  for (guint i = 0; self->said != NULL && i < self->said->len; i++)
    {
      const SenSaidWord *word = &g_array_index (self->said, SenSaidWord, i);
      if (seconds < word->start || seconds >= word->end)
        continue;
      g_string_append_printf (text, _("“%s”"), word->text);
      if (self->row != NULL && self->places->len > 0)
        {
          g_autofree char *share = sen_heat_format (self->map, sum_place (self, i));
          g_string_append_printf (text, " %s", share);
        }
      break;
    }
  if (self->row != NULL && piece > 0)
    {
      g_autofree char *share = sen_heat_format (self->map, self->row[piece]);
      /* translators: of a moment of a recording, a share of the attention */
      g_autofree char *moment = g_strdup_printf (_("This moment: %s"), share);
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", moment);
    }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

/* --- Heat ----------------------------------------------------------------------------------------------------------------------------- */

/* Of all embeddings: their sum, and the strongest. */
typedef struct {
  float sum, most;
  guint n;
} Share;

/* Changes go either way. */
static float
stronger (float most, float weight)
{
  return fabsf (weight) > fabsf (most) ? weight : most;
}

static float
strength_of (float weight, float most)
{
  return most != 0.0f ? weight / fabsf (most) : 0.0f;
}

static Share
sum_embeddings (SenLookMedia *self)
{
  const SenExplanationInfo *info = sen_explanation_info (self->explanation);
  Share share = { 0 };
  for (guint s = 0; s < info->n_spans; s++)
    for (guint i = 0; info->spans[s].media == self->media && i < info->spans[s].n; i++)
      {
        float weight = self->row[info->spans[s].first + i];
        share = (Share) { share.sum + weight, stronger (share.most, weight), share.n + 1 };
      }
  return share;
}

/* Each media by its own strongest field: what it is among all else stands below it in numbers. */
static void
show_on_picture (SenLookMedia *self)
{
  float heat[N_SIDE * N_SIDE], most = 0.0f;
  if (!sen_explanation_heat (self->explanation, self->row, self->media, N_SIDE, heat))
    return;
  for (guint i = 0; i < N_SIDE * N_SIDE; i++)
    most = stronger (most, heat[i]);
  for (guint i = 0; i < N_SIDE * N_SIDE; i++)
    heat[i] = strength_of (heat[i], most);
  sen_heat_picture_set_heat (self->picture, self->map, heat, N_SIDE, N_SIDE);
}

static void
show_on_wave (SenLookMedia *self, const Share *share)
{
  const SenExplanationInfo *info = sen_explanation_info (self->explanation);
  g_autoptr (GArray) moments = g_array_new (FALSE, FALSE, sizeof (SenHeatMoment));
  for (guint s = 0; s < info->n_spans; s++)
    for (guint i = 0; info->spans[s].media == self->media && i < info->spans[s].n; i++)
      {
        SenHeatMoment moment = { .strength = strength_of (self->row[info->spans[s].first + i], share->most) };
        sen_explanation_span_time (&info->spans[s], i, &moment.start, &moment.end);
        g_array_append_val (moments, moment);
      }
  sen_heat_wave_set_heat (self->wave, self->map, (const SenHeatMoment *) moments->data, moments->len);
}

/* Of the words that stand for the recording, where there are any. */
static Share
show_on_words (SenLookMedia *self)
{
  Share share = { .n = self->places->len };
  g_autofree float *weights = g_new (float, MAX (share.n, 1));
  for (guint i = 0; i < share.n; i++)
    {
      weights[i] = sum_place (self, i);
      share.sum += weights[i];
      share.most = stronger (share.most, weights[i]);
    }
  for (guint i = 0; i < share.n; i++)
    weights[i] = strength_of (weights[i], share.most);
  sen_heat_wave_set_word_heat (self->wave, self->map, share.n > 0 ? weights : NULL);
  return share;
}

/* The connector that the picture was seen by, where it is one that is only used when asked for (docs/explanations.md, the pointing game):
 * while an answer is written that may not be known yet. NULL: none. */
static const char *
find_rough (SenLookMedia *self)
{
  /* "sight-smollm2 + words": names of the catalogue have no spaces. */
  const char *way = sen_attachment_direct_by (self->attachment);
  g_autofree char *name = way != NULL ? g_strndup (way, strcspn (way, " ")) : NULL;
  const char *by = g_intern_string (name);
  if (by == self->seen_by)
    return self->is_rough ? by : NULL;
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  const SenCatalogueConnector *connector = by != NULL && catalogue != NULL ? sen_catalogue_find_connector (catalogue, by) : NULL;
  self->seen_by = by;
  self->is_rough = connector != NULL && connector->only_by_name;
  return self->is_rough ? by : NULL;
}

/* (transfer full) */
static char *
describe_shares (SenLookMedia *self, const Share *direct, const Share *words)
{
  const char *name = sen_attachment_name (self->attachment);
  g_autofree char *all = sen_heat_format (self->map, direct->sum), *brightest = sen_heat_format (self->map, direct->most);
  g_autofree char *said = sen_heat_format (self->map, words->sum);
  if (self->picture != NULL)
    {
      /* translators: name of a picture, shares of the attention, how many fields */
      g_autofree char *shares = g_strdup_printf (_("%s: %s in all, the brightest of its %u fields %s"), name, all, direct->n, brightest);
      /* translators: shares of the attention as above; name of what sees for the model */
      const char *by = find_rough (self);
      return by == NULL ? g_steal_pointer (&shares)
                        : g_strdup_printf (_("%s. As seen by %s, this says how much was read, hardly where."), shares, by);
    }
  if (direct->n > 0 && words->n > 0)
    /* translators: name of a recording, shares of the attention */
    return g_strdup_printf (_("%s: %s in all, the brightest moment %s; its words %s"), name, all, brightest, said);
  if (direct->n > 0)
    /* translators: name of a recording, shares of the attention */
    return g_strdup_printf (_("%s: %s in all, the brightest moment %s"), name, all, brightest);
  /* translators: name of a recording, a share of the attention */
  return words->n > 0 ? g_strdup_printf (_("%s: its words %s in all"), name, said) : g_strdup (name);
}

/* For those who do not see the waveform, and its words without room: each with its share, in the order in which they are said.
 * (transfer full) */
static char *
list_words (SenLookMedia *self)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < MIN (self->places->len, MOST_LISTED); i++)
    {
      g_autofree char *share = sen_heat_format (self->map, sum_place (self, i));
      g_string_append_printf (text, "\n%s %s", g_array_index (self->said, SenSaidWord, i).text, share);
    }
  return g_string_free (text, FALSE);
}

void
sen_look_media_set_row (SenLookMedia *self, SenHeatMap map, const float *row)
{
  Share direct = { 0 }, words = { 0 };
  self->map = map;
  g_free (self->row);
  self->row = row != NULL ? g_memdup2 (row, sen_explanation_info (self->explanation)->n_pieces * sizeof (float)) : NULL;
  if (row == NULL)
    {
      if (self->picture != NULL)
        sen_heat_picture_set_heat (self->picture, map, NULL, 0, 0);
      else
        {
          sen_heat_wave_set_heat (self->wave, map, NULL, 0);
          sen_heat_wave_set_word_heat (self->wave, map, NULL);
        }
      gtk_label_set_text (self->note, sen_attachment_name (self->attachment));
      return;
    }
  direct = sum_embeddings (self);
  if (self->picture != NULL)
    show_on_picture (self);
  else
    {
      show_on_wave (self, &direct);
      words = show_on_words (self);
    }
  g_autofree char *note = describe_shares (self, &direct, &words), *said = words.n > 0 ? list_words (self) : NULL;
  g_autofree char *all = g_strconcat (note, said, NULL);
  gtk_label_set_text (self->note, note);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture != NULL ? (gpointer) self->picture : (gpointer) self->wave),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, all, -1);
}

guint
sen_look_media_number (SenLookMedia *self)
{
  return self->media;
}

bool
sen_look_media_is_loading (SenLookMedia *self)
{
  return self->loading != NULL;
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
      sen_heat_wave_set_describe (self->wave, describe_moment, self);
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
  g_clear_pointer (&self->places, g_array_unref);
  g_clear_pointer (&self->row, g_free);
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
  self->places = g_array_new (FALSE, FALSE, sizeof (Place));
  gtk_label_set_wrap (self->note, TRUE);
  gtk_label_set_wrap_mode (self->note, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (self->note, 0.0f);
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}
