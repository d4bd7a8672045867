/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sources.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sen-chunk.h"
#include "sen-find-words.h"

#define ICON_PX 24

/* Of one source, borrowed: the widgets are children. */
typedef struct {
  SenSources *sources;
  GtkWidget  *button, *picture;
  GtkLabel   *place;
  char       *described;   /* owned */
  SenFileKind kind;
  guint       request;     /* of a thumbnail, or 0 */
} Entry;

struct _SenSources {
  GtkWidget parent_instance;

  GtkWidget *box;          /* the only child */
  SenThumbCache      *thumbs;    /* owned, or NULL */
  SenGroundingRecord *record;    /* owned, or NULL */
  GPtrArray          *entries;   /* Entry of the sources, and behind them of the weaker */
  GCancellable       *looking;   /* for the files */
};

enum { OPEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenSources, sen_sources, GTK_TYPE_WIDGET)

/* --- In words ------------------------------------------------------------------------------------------------------------------------ */

/* Where there are no pages, lines or seconds (HTML) the heading it stands under. (transfer full); NULL: it is the file as a whole */
static char *
describe_place (const SenSource *source)
{
  const SenFindResult place = { .page = source->page, .line = source->line, .start_ms = source->start_ms, .end_ms = source->end_ms };
  char *described = sen_find_describe_place (&place);
  if (described != NULL || *source->headings == '\0')
    return described;
  const char *last = g_strrstr (source->headings, SEN_HEADINGS_SEPARATOR);
  return g_strdup (last != NULL ? last + strlen (SEN_HEADINGS_SEPARATOR) : source->headings);
}

char *
sen_source_describe (const SenSource *source)
{
  g_autofree char *place = describe_place (source);
  /* translators: a source of an answer: a file, a place in it ("Page 3") */
  return place != NULL ? g_strdup_printf (_("%s, %s"), source->name, place) : g_strdup (source->name);
}

/* Why a picture is among the sources, and how the model knows it; NULL: nothing is to be said, or it is not known yet. (transfer full) */
static char *
describe_sight (const SenGroundingRecord *record, const SenSource *source)
{
  const char *seen = NULL;
  if (source->kind != SEN_FILE_PICTURE)
    return NULL;
  if (source->seen_by != NULL)
    /* translators: of a picture among the sources of an answer: the model looked at the picture itself */
    seen = _("seen by the model");
  else if (record->check != NULL)
    /* translators: of a picture among the sources of an answer: the model did not see it, but read what is known of it */
    seen = _("read in words");
  if (!source->is_guess)
    return g_strdup (seen);
  /* translators: of a picture among the sources of an answer: nothing but its look is near to what is asked for */
  return g_strjoin (" · ", _("a guess by its look"), seen, NULL);
}

static char *
describe_score (const SenSource *source)
{
  /* translators: by what a passage of a file came first: a score, a likeness from 0 to 1, how long it is */
  return g_strdup_printf (ngettext ("Score %.3f · likeness %.2f · %u token", "Score %.3f · likeness %.2f · %u tokens", source->n_tokens),
                          (double) source->score, (double) source->cosine, source->n_tokens);
}

/* How far the answer stands in its sources; NULL: there is nothing to be said. (transfer full) */
static char *
describe_check (const SenGroundingRecord *record)
{
  const SenGroundingCheck *check = record->check;
  if (sen_grounding_n_sources (record->grounding) == 0)
    return g_strdup_printf (_("Looked for: %s"), record->query);
  if (check == NULL || check->n_claims == 0)
    return NULL;
  if (check->n_supported == 0)
    return g_strdup (_("No source says what is answered here."));
  guint n_without = check->n_claims - check->n_supported;
  if (n_without == 0)
    return NULL;
  /* translators: sentences of an answer: so many, of how many */
  return g_strdup_printf (ngettext ("%u of %u sentences has no source.", "%u of %u sentences have no source.", n_without), n_without,
                          check->n_claims);
}

/* --- Whether the files are there ----------------------------------------------------------------------------------------------------- */

static void
on_thumbnail (GdkTexture *texture, gpointer data)
{
  Entry *entry = data;
  entry->request = 0;
  if (texture != NULL)
    gtk_image_set_from_paintable (GTK_IMAGE (entry->picture), GDK_PAINTABLE (texture));
}

static void
ask_for_thumbnail (Entry *entry, const char *path, int64_t mtime_ns)
{
  SenSources *self = entry->sources;
  if (self->thumbs == NULL || (entry->kind != SEN_FILE_PICTURE && entry->kind != SEN_FILE_VIDEO))
    return;
  const SenThumbWish wish = { .path = path, .kind = entry->kind, .mtime_ns = mtime_ns,
                              .side_px = 2 * ICON_PX * gtk_widget_get_scale_factor (GTK_WIDGET (self)) };
  GdkTexture *texture = sen_thumb_cache_peek (self->thumbs, &wish);
  if (texture != NULL)
    on_thumbnail (texture, entry);
  else
    entry->request = sen_thumb_cache_ask (self->thumbs, &wish, on_thumbnail, entry);
}

static void
tell_gone (Entry *entry)
{
  const char *gone = _("Not there any more");
  gtk_label_set_text (entry->place, gone);
  gtk_widget_set_visible (GTK_WIDGET (entry->place), TRUE);
  gtk_widget_add_css_class (entry->button, "gone");
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry->button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, gone, -1);
}

/* What is cancelled is not looked at: then the entry is gone. */
static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);
  g_autofree char *path = info != NULL ? g_file_get_path (G_FILE (source)) : NULL;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (info == NULL)
    tell_gone (data);
  else
    ask_for_thumbnail (data, path, (int64_t) g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED) * 1000000000
                                   + g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED_NSEC));
}

static void
look_for_file (Entry *entry, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  if (*path == '\0')
    tell_gone (entry);
  else
    g_file_query_info_async (file, G_FILE_ATTRIBUTE_TIME_MODIFIED "," G_FILE_ATTRIBUTE_TIME_MODIFIED_NSEC, G_FILE_QUERY_INFO_NONE,
                             G_PRIORITY_DEFAULT, entry->sources->looking, on_looked, entry);
}

/* --- Entries ------------------------------------------------------------------------------------------------------------------------- */

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  if (entry->request != 0)
    sen_thumb_cache_cancel (entry->sources->thumbs, entry->request);
  g_free (entry->described);
  g_free (entry);
}

static GtkLabel *
new_label (const char *text, const char *const *classes)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  for (; *classes != NULL; classes++)
    gtk_widget_add_css_class (label, *classes);
  return GTK_LABEL (label);
}

static GtkLabel *
new_paragraph (const char *text, const char *const *classes)
{
  GtkLabel *label = new_label (text, classes);
  gtk_label_set_wrap (label, TRUE);
  gtk_label_set_wrap_mode (label, PANGO_WRAP_WORD_CHAR);
  return label;
}

static void
on_clicked (GtkButton *button, SenSources *self)
{
  guint place = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "place")), n = sen_grounding_n_sources (self->record->grounding);
  g_signal_emit (self, signals[OPEN], 0, place < n ? place + 1 : place - n + 1, place >= n);
}

/* "1 [symbol] bash.html  Page 3" */
static GtkWidget *
new_entry (SenSources *self, const SenSource *source, guint number, bool is_used)
{
  Entry *entry = g_new0 (Entry, 1);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  g_autofree char *digits = number > 0 ? g_strdup_printf ("%u", number) : NULL, *place = describe_place (source);
  g_autofree char *sight = number > 0 ? describe_sight (self->record, source) : NULL;
  if (place == NULL && sight != NULL)
    place = g_strdup (sight);
  GtkLabel *name = new_label (source->name, (const char *const[]) { "source-name", NULL });
  *entry = (Entry) { .sources = self, .kind = source->kind, .described = sen_source_describe (source) };
  entry->button = gtk_button_new ();
  entry->picture = gtk_image_new_from_icon_name (sen_find_icon_name (source->kind));
  entry->place = new_label (place != NULL ? place : "", (const char *const[]) { "caption", "dim-label", "numeric", NULL });
  if (digits != NULL)
    {
      GtkLabel *badge = new_label (digits, (const char *const[]) { "source-number", "numeric", NULL });
      gtk_label_set_xalign (badge, 0.5f);
      gtk_widget_set_valign (GTK_WIDGET (badge), GTK_ALIGN_CENTER);
      gtk_box_append (GTK_BOX (line), GTK_WIDGET (badge));
    }
  gtk_label_set_ellipsize (name, PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_ellipsize (entry->place, PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (line), entry->picture);
  gtk_box_append (GTK_BOX (line), GTK_WIDGET (name));
  gtk_box_append (GTK_BOX (line), GTK_WIDGET (entry->place));
  gtk_widget_set_visible (GTK_WIDGET (entry->place), place != NULL);
  gtk_button_set_child (GTK_BUTTON (entry->button), line);
  gtk_widget_set_halign (entry->button, GTK_ALIGN_START);
  gtk_widget_add_css_class (entry->button, "flat");
  gtk_widget_add_css_class (entry->button, "source");
  if (!is_used)
    gtk_widget_add_css_class (entry->button, "unused");
  g_autofree char *score = describe_score (source), *path = sen_find_describe_path (source->path);
  g_autofree char *tooltip = g_strdup_printf ("%s\n%s", path, score);
  /* translators: a source of an answer: its number, file and place */
  g_autofree char *label = number > 0 ? g_strdup_printf (_("Source %u: %s"), number, entry->described) : g_strdup (entry->described);
  if (sight != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (entry->button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, sight, -1);
  gtk_widget_set_tooltip_text (entry->button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry->button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data (G_OBJECT (entry->button), "place", GUINT_TO_POINTER (self->entries->len));
  g_signal_connect_object (entry->button, "clicked", G_CALLBACK (on_clicked), self, 0);
  g_ptr_array_add (self->entries, entry);
  look_for_file (entry, source->path);
  return entry->button;
}

/* --- What the model read ------------------------------------------------------------------------------------------------------------- */

static void
append_passage (GtkBox *box, const SenSource *source, guint number)
{
  g_autofree char *described = sen_source_describe (source), *score = describe_score (source);
  g_autofree char *head = g_strdup_printf ("[%u] %s", number, described);
  GtkLabel *text = new_paragraph (source->text, (const char *const[]) { "read-passage", NULL });
  gtk_label_set_selectable (text, TRUE);
  /* translators: of a picture among the sources of an answer; what lets the model see, such as “sight-smollm2” */
  g_autofree char *seen = source->seen_by != NULL ? g_strdup_printf (_("The picture itself was seen, by %s"), source->seen_by) : NULL;
  gtk_box_append (box, GTK_WIDGET (new_paragraph (head, (const char *const[]) { "caption-heading", NULL })));
  gtk_box_append (box, GTK_WIDGET (new_paragraph (score, (const char *const[]) { "caption", "dim-label", "numeric", NULL })));
  if (seen != NULL)
    gtk_box_append (box, GTK_WIDGET (new_paragraph (seen, (const char *const[]) { "caption", "dim-label", NULL })));
  gtk_box_append (box, GTK_WIDGET (text));
}

/* Many words, which are laid out when somebody wants to read them. */
static void
on_expanded (GtkExpander *expander, GParamSpec *property, SenSources *self)
{
  if (!gtk_expander_get_expanded (expander) || gtk_expander_get_child (expander) != NULL)
    return;
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  /* Who opens it reads from its beginning. */
  gtk_widget_activate_action (GTK_WIDGET (self), "conversation.stay", NULL);
  for (guint i = 0; i < sen_grounding_n_sources (self->record->grounding); i++)
    append_passage (GTK_BOX (box), sen_grounding_source (self->record->grounding, i), i + 1);
  gtk_widget_add_css_class (box, "read-passages");
  gtk_expander_set_child (expander, box);
}

/* --- All of it ----------------------------------------------------------------------------------------------------------------------- */

static void
append (SenSources *self, GtkWidget *widget)
{
  gtk_box_append (GTK_BOX (self->box), widget);
}

/* A file that tries to say what is to be answered is worth knowing of. */
static void
append_warning (SenSources *self, const SenSource *source)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *icon = gtk_image_new_from_icon_name ("dialog-warning-symbolic");
  g_autofree char *text = g_strdup_printf (_("%s speaks to an assistant; it was left out: “%s”"), source->name, source->instructions);
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_widget_add_css_class (icon, "warning");
  gtk_box_append (GTK_BOX (line), icon);
  GtkLabel *label = new_paragraph (text, (const char *const[]) { "caption", NULL });
  gtk_label_set_lines (label, 4);
  gtk_label_set_ellipsize (label, PANGO_ELLIPSIZE_END);
  gtk_widget_set_tooltip_text (GTK_WIDGET (label), source->instructions);
  gtk_box_append (GTK_BOX (line), GTK_WIDGET (label));
  gtk_widget_add_css_class (line, "source-note");
  append (self, line);
}

static void
show_weaker (GtkButton *button, SenSources *self)
{
  const SenGrounding *weaker = self->record->weaker;
  gtk_widget_set_visible (GTK_WIDGET (button), FALSE);
  for (guint i = 0; i < sen_grounding_n_sources (weaker); i++)
    append (self, new_entry (self, sen_grounding_source (weaker, i), 0, true));
}

static void
append_weaker (SenSources *self)
{
  GtkWidget *button = gtk_button_new_with_label (_("Show Weaker Matches"));
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "caption");
  g_signal_connect_object (button, "clicked", G_CALLBACK (show_weaker), self, 0);
  append (self, button);
}

static void
clear (SenSources *self)
{
  g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  g_ptr_array_set_size (self->entries, 0);
  for (GtkWidget *child; (child = gtk_widget_get_first_child (self->box)) != NULL;)
    gtk_box_remove (GTK_BOX (self->box), child);
}

static void
fill (SenSources *self)
{
  const SenGroundingRecord *record = self->record;
  guint n = sen_grounding_n_sources (record->grounding);
  uint64_t used = record->check != NULL ? record->check->used : ~UINT64_C (0);
  for (guint i = 0; i < n; i++)
    append (self, new_entry (self, sen_grounding_source (record->grounding, i), i + 1, used >> i & 1));
  g_autofree char *note = describe_check (record);
  if (note != NULL)
    append (self, GTK_WIDGET (new_paragraph (note, (const char *const[]) { "caption", "source-note", NULL })));
  for (guint i = 0; i < n; i++)
    if (*sen_grounding_source (record->grounding, i)->instructions != '\0')
      append_warning (self, sen_grounding_source (record->grounding, i));
  /* Of guesses alone no model has read, until one that sees has answered. */
  if (n > 0 && (record->check != NULL || sen_grounding_answer_alone (record->grounding, false) == NULL))
    {
      GtkWidget *expander = gtk_expander_new (_("What the Model Read"));
      /* Its label is a widget, which names nothing. */
      gtk_accessible_update_property (GTK_ACCESSIBLE (expander), GTK_ACCESSIBLE_PROPERTY_LABEL, _("What the Model Read"), -1);
      gtk_widget_add_css_class (expander, "caption");
      gtk_widget_add_css_class (expander, "source-note");
      g_signal_connect_object (expander, "notify::expanded", G_CALLBACK (on_expanded), self, 0);
      append (self, expander);
    }
  if (record->weaker != NULL && sen_grounding_n_sources (record->weaker) > 0)
    append_weaker (self);
}

void
sen_sources_set (SenSources *self, SenGroundingRecord *record)
{
  clear (self);
  g_clear_pointer (&self->record, sen_grounding_record_free);
  self->record = record;
  self->looking = g_cancellable_new ();
  fill (self);
}

const SenGroundingRecord *
sen_sources_record (SenSources *self)
{
  return self->record;
}

void
sen_sources_point_at (SenSources *self, guint number)
{
  guint n = self->record != NULL ? sen_grounding_n_sources (self->record->grounding) : 0;
  for (guint i = 0; i < n; i++)
    {
      const Entry *entry = g_ptr_array_index (self->entries, i);
      if (i + 1 == number)
        gtk_widget_add_css_class (entry->button, "pointed-at");
      else
        gtk_widget_remove_css_class (entry->button, "pointed-at");
    }
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

GtkWidget *
sen_sources_new (SenThumbCache *thumbs)
{
  SenSources *self = g_object_new (SEN_TYPE_SOURCES, NULL);
  self->thumbs = thumbs != NULL ? g_object_ref (thumbs) : NULL;
  return GTK_WIDGET (self);
}

static void
sen_sources_dispose (GObject *object)
{
  SenSources *self = SEN_SOURCES (object);
  if (self->box != NULL)
    clear (self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->record, sen_grounding_record_free);
  g_clear_object (&self->thumbs);
  G_OBJECT_CLASS (sen_sources_parent_class)->dispose (object);
}

static void
sen_sources_finalize (GObject *object)
{
  g_ptr_array_unref (SEN_SOURCES (object)->entries);
  G_OBJECT_CLASS (sen_sources_parent_class)->finalize (object);
}

static void
sen_sources_class_init (SenSourcesClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_sources_dispose;
  G_OBJECT_CLASS (class)->finalize = sen_sources_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "sources");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  signals[OPEN] = g_signal_new ("open", SEN_TYPE_SOURCES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT,
                                G_TYPE_BOOLEAN);
}

static void
sen_sources_init (SenSources *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Sources of this answer"), -1);
}
