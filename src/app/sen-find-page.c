/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-page.h"

#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-announce.h"
#include "sen-find-page-private.h"
#include "sen-find-status.h"
#include "sen-find-words.h"

/* Of each sort, where several are shown, and where there is one. */
#define MOST_TILES 8
#define MOST_ROWS 5
#define MOST_ALONE 60
/* Where nothing is sure. */
#define MOST_NEAREST 24
/* Results that are asked for, where any sort will do and where not. */
#define LIMIT_ANY 200
#define LIMIT_SOME 2000
#define NARROW_PX 600
/* From here on there is room for words beside the symbols of the filters. */
#define ROOMY_PX 860

enum { ASK, ASK_FILES, LEAVE, TOAST, GET_MODEL, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenFindPage, sen_find_page, GTK_TYPE_WIDGET)

/* As the page has them one below the other, until something else is found first. */
static const struct {
  const char *title;
  guint32     kinds;
  gboolean    is_grid;
} sections[SEN_FIND_N_SECTIONS] = {
  [SEN_FIND_SECTION_SEEN] = { N_("Pictures and videos"), SEN_FIND_KINDS_SEEN, TRUE },
  [SEN_FIND_SECTION_READ] = { N_("Documents"), SEN_FIND_KINDS_ALL & ~SEN_FIND_KINDS_SEEN & ~(1u << SEN_FILE_SOUND), FALSE },
  [SEN_FIND_SECTION_HEARD] = { N_("Recordings"), 1u << SEN_FILE_SOUND, FALSE },
};

void
sen_find_page_toast (SenFindPage *self, const char *text)
{
  g_signal_emit (self, signals[TOAST], 0, text);
}

void
sen_find_page_ask_about (SenFindPage *self, SenFindItem *item)
{
  g_signal_emit (self, signals[ASK], 0, item);
}

void
sen_find_page_ask_files (SenFindPage *self, const char *folder)
{
  g_signal_emit (self, signals[ASK_FILES], 0, folder);
}

/* --- What is asked for --------------------------------------------------------------------------------------------------------------- */

void
sen_find_page_fill_request (SenFindPage *self, SenFindRequest *request, SenFindPart *parts)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  *request = (SenFindRequest) { .text = text, .parts = parts, .n_parts = sen_find_chips_n (self->chips) };
  sen_find_filters_fill (self->filters, request);
  request->limit = request->kinds == 0 && !request->only_copies ? LIMIT_ANY : LIMIT_SOME;
  sen_find_chips_fill (self->chips, parts);
  /* One file and nothing else: what is like it, its copies too. */
  if (request->n_parts == 1 && *text == '\0' && parts[0].path != NULL && parts[0].weight > 0.0f)
    {
      request->like = parts[0].path;
      request->n_parts = 0;
    }
}

static gboolean
is_anything_asked (SenFindPage *self)
{
  return *gtk_editable_get_text (GTK_EDITABLE (self->entry)) != '\0' || sen_find_chips_n (self->chips) > 0;
}

static void on_results (SenFindResults *results, gpointer page);

void
sen_find_page_ask (SenFindPage *self, gboolean is_typed)
{
  SenFindPart parts[SEN_FIND_MAX_PARTS];
  SenFindRequest request;
  SenFinder *finder = self->service != NULL ? sen_find_service_finder (self->service) : NULL;
  if (finder == NULL)
    return;
  self->shows_all = FALSE;
  g_clear_pointer (&self->late, sen_find_results_unref);
  sen_find_page_fill_request (self, &request, parts);
  request.is_typed = is_typed;
  sen_finder_ask (finder, &request, on_results, self);
}

/* --- What is shown ------------------------------------------------------------------------------------------------------------------- */

static void
hide_preview (SenFindPage *self)
{
  adw_flap_set_reveal_flap (self->flap, FALSE);
  sen_find_preview_set_item (self->preview, NULL);
}

void
sen_find_page_set_current (SenFindPage *self, SenFindItem *item)
{
  g_set_object (&self->current, item);
  if (adw_flap_get_reveal_flap (self->flap))
    sen_find_preview_set_item (self->preview, item);
  sen_find_page_update_actions (self);
}

static void
set_section (SenFindSection *section, SenFindResults *results, guint32 kinds, guint n_looked_at, guint n_most)
{
  SenFindList *list = sen_find_view_list (section->view);
  sen_find_list_set (list, results, kinds, n_looked_at, n_most);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (list)), n_in_all = sen_find_list_n_in_all (list);
  /* translators: how many there are */
  g_autofree char *label = g_strdup_printf (ngettext ("All %u", "All %u", n_in_all), n_in_all);
  gtk_button_set_label (section->all_button, label);
  gtk_widget_set_visible (GTK_WIDGET (section->all_button), n_in_all > n);
  gtk_widget_set_visible (section->box, n > 0);
}

/* What is found first comes first, with its like. */
static void
put_in_order (SenFindPage *self, guint n_looked_at)
{
  GtkWidget *above = NULL;
  guint32 placed = 0;
  for (guint i = 0; i < n_looked_at; i++)
    for (guint k = 0; k < SEN_FIND_N_SECTIONS; k++)
      if ((sections[k].kinds & ~placed & 1u << sen_find_results_get (self->results, i)->kind) != 0)
        {
          GtkWidget *box = self->parts[k].box;
          if (gtk_widget_get_prev_sibling (box) != above)
            gtk_box_reorder_child_after (self->sections, box, above);
          above = box;
          placed |= sections[k].kinds;
        }
}

/* One sort by itself has the page to itself. */
static void
show_overview (SenFindPage *self, guint n_looked_at)
{
  guint n_filled = 0;
  for (guint i = 0; i < SEN_FIND_N_SECTIONS; i++)
    {
      set_section (&self->parts[i], self->results, sections[i].kinds, n_looked_at, sections[i].is_grid ? MOST_TILES : MOST_ROWS);
      n_filled += gtk_widget_get_visible (self->parts[i].box) ? 1 : 0;
    }
  for (guint i = 0; i < SEN_FIND_N_SECTIONS && n_filled == 1; i++)
    if (gtk_widget_get_visible (self->parts[i].box))
      set_section (&self->parts[i], self->results, sections[i].kinds, n_looked_at, MOST_ALONE);
  put_in_order (self, n_looked_at);
}

static void
show_nothing (SenFindPage *self, const SenFindResultsInfo *info)
{
  bool is_asked = is_anything_asked (self), is_filtered = sen_find_filters_is_any (self->filters);
  adw_status_page_set_title (self->nothing_page, info->n > 0               ? _("Nothing surely matches")
                                               : is_asked || is_filtered ? _("Nothing found")
                                                                         : _("Nothing is indexed yet"));
  adw_status_page_set_description (self->nothing_page,
                                   !is_asked && !is_filtered ? _("What is found in the folders will stand here.")
                                   : is_filtered             ? _("Other words, another type, folder or date may help.")
                                                             : _("Other words may help, or a picture dropped above."));
  g_autofree char *label = g_strdup_printf (ngettext ("Show %u Weaker Match", "Show %u Weaker Matches", info->n), info->n);
  gtk_button_set_label (self->nearest_button, label);
  gtk_widget_set_visible (GTK_WIDGET (self->nearest_button), info->n > 0);
}

static void
show_count (SenFindPage *self, const SenFindResultsInfo *info, guint n)
{
  g_autofree char *text = NULL;
  if (info->error == NULL && !self->shows_all && n > info->n_shown)
    /* translators: files that are most like what was asked, and milliseconds that took */
    text = g_strdup_printf (_("The %u nearest in %.0f ms"), n, info->elapsed_ms);
  else if (info->error == NULL && (is_anything_asked (self) || sen_find_filters_is_any (self->filters)))
    /* translators: files that were found, and milliseconds that took */
    text = g_strdup_printf (ngettext ("%u found in %.0f ms", "%u found in %.0f ms", n), n, info->elapsed_ms);
  gtk_label_set_text (self->count_label, text != NULL ? text : "");
  /* A list that fills is not heard. */
  if (text != NULL && info->is_whole)
    sen_announce (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), text);
}

/* What was not searched for want of a model, unless something worse is to be told. */
static void
show_note (SenFindPage *self, const SenFindResultsInfo *info)
{
  const SenCatalogueEntry *entry = NULL;
  g_autofree char *trouble = info->error != NULL ? sen_advice_index (info->error->message) : NULL;
  const char *sentence = trouble;
  SenModelStore *store = sen_find_service_store (self->service);
  for (int i = 0; sentence == NULL && i < SEN_N_SPACE_ROLES; i++)
    if (info->roles[i].state == SEN_FIND_ROLE_NO_MODEL && store != NULL
        && (i != SEN_SPACE_SOUND || (sen_find_filters_kinds (self->filters) & 1u << SEN_FILE_SOUND) != 0))
      {
        entry = sen_catalogue_find (sen_model_store_catalogue (store), info->roles[i].model);
        if (entry != NULL)
          sentence = i == SEN_SPACE_TEXT ? _("Only words and names are looked for: the model that knows what they mean is not here yet.")
                     : i == SEN_SPACE_SIGHT ? _("Pictures are found by name and text only: the model that sees them is not here yet.")
                                            : _("Recordings are found by name and words only: the model that hears them is not here yet.");
      }
  g_clear_pointer (&self->wanted_model, g_free);
  if (self->is_getting)
    return;
  if (entry != NULL)
    {
      g_autofree char *size = g_format_size (entry->size_bytes);
      /* translators: name and size of a model */
      g_autofree char *label = g_strdup_printf (_("Get %s (%s)"), entry->title, size);
      self->wanted_model = g_strdup (entry->name);
      gtk_button_set_label (self->note_button, label);
    }
  if (sentence != NULL)
    gtk_label_set_text (self->note_label, sentence);
  gtk_widget_set_visible (GTK_WIDGET (self->note_button), entry != NULL);
  gtk_revealer_set_reveal_child (self->note, sentence != NULL);
}

void
sen_find_page_set_getting (SenFindPage *self, double percent)
{
  self->is_getting = percent >= 0.0;
  if (self->is_getting)
    {
      /* translators: of a model that is being downloaded */
      g_autofree char *text = g_strdup_printf (_("Getting the model… %.0f %%"), percent);
      gtk_label_set_text (self->note_label, text);
      gtk_button_set_label (self->note_button, _("Cancel"));
    }
  else if (self->results != NULL)
    show_note (self, sen_find_results_info (self->results));
}

static const char *
choose_page (SenFindPage *self, guint n)
{
  guint32 kinds = sen_find_filters_kinds (self->filters), unseen = kinds & ~SEN_FIND_KINDS_SEEN;
  const char *const *folders = sen_find_service_folders (self->service);
  if (n == 0 && sen_find_results_info (self->results)->n == 0 && (folders == NULL || folders[0] == NULL))
    return folders == NULL ? "blank" : "folders";
  if (n == 0)
    return "nothing";
  return kinds == 0 || (unseen != 0 && unseen != kinds) ? "overview" : unseen == 0 ? "grid" : "list";
}

/* Behind the last of what is found; a list that scrolls by itself has it below. */
static void
show_more_buttons (SenFindPage *self, guint n_hidden, const char *page)
{
  bool is_overview = strcmp (page, "overview") == 0;
  g_autofree char *label = g_strdup_printf (ngettext ("Show %u Weaker Match", "Show %u Weaker Matches", n_hidden), n_hidden);
  gtk_button_set_label (self->more_button, label);
  gtk_button_set_label (self->overview_more_button, label);
  gtk_widget_set_visible (GTK_WIDGET (self->more_button), n_hidden > 0 && !is_overview);
  gtk_widget_set_visible (GTK_WIDGET (self->overview_more_button), n_hidden > 0 && is_overview);
}

static void
show_results (SenFindPage *self)
{
  if (self->results == NULL)
    return;
  const SenFindResultsInfo *info = sen_find_results_info (self->results);
  /* Who asks by a picture wants to see the nearest ones, sure or not. */
  guint n_nearest = sen_find_chips_n (self->chips) > 0 ? MIN (info->n, MOST_NEAREST) : 0;
  guint n = self->shows_all ? info->n : MAX (info->n_shown, n_nearest), n_hidden = info->n - n;
  const char *page = choose_page (self, n);
  bool is_grid = strcmp (page, "grid") == 0, is_list = strcmp (page, "list") == 0;
  SenFindResults *none = NULL;
  sen_find_list_set (sen_find_view_list (self->grid), is_grid ? self->results : none, SEN_FIND_KINDS_ALL, n, 0);
  sen_find_list_set (sen_find_view_list (self->list), is_list ? self->results : none, SEN_FIND_KINDS_ALL, n, 0);
  if (strcmp (page, "overview") == 0)
    show_overview (self, n);
  else
    for (guint i = 0; i < SEN_FIND_N_SECTIONS; i++)
      set_section (&self->parts[i], NULL, 0, 0, 0);
  show_nothing (self, info);
  show_count (self, info, n);
  show_note (self, info);
  show_more_buttons (self, n > 0 ? n_hidden : 0, page);
  gtk_widget_set_visible (GTK_WIDGET (self->filters_row), strcmp (page, "folders") != 0 && strcmp (page, "blank") != 0);
  gtk_stack_set_visible_child_name (self->stack, page);
}

#define N_VIEWS (SEN_FIND_N_SECTIONS + 2)

/* All that show results. */
static void
list_views (SenFindPage *self, SenFindView *views[N_VIEWS])
{
  for (guint i = 0; i < SEN_FIND_N_SECTIONS; i++)
    views[i] = self->parts[i].view;
  views[SEN_FIND_N_SECTIONS] = self->grid;
  views[SEN_FIND_N_SECTIONS + 1] = self->list;
}

/* What was chosen stays so when there is more to tell, or something else has come. */
static bool
choose_again (SenFindPage *self, const char *path, bool takes_focus)
{
  SenFindView *views[N_VIEWS];
  list_views (self, views);
  for (guint i = 0; i < N_VIEWS; i++)
    {
      guint position = sen_find_list_find (sen_find_view_list (views[i]), path);
      if (position == G_MAXUINT)
        continue;
      sen_find_view_choose (views[i], position);
      if (takes_focus)
        sen_find_view_focus (views[i]);
      return true;
    }
  return false;
}

static void
take_results (SenFindPage *self, SenFindResults *results)
{
  SenFindResults *before = self->results;
  g_autofree char *path = self->current != NULL ? g_strdup (sen_find_item_path (self->current)) : NULL;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  bool has_focus = focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->stack));
  self->results = sen_find_results_ref (results);
  g_clear_pointer (&before, sen_find_results_unref);
  show_results (self);
  if (path != NULL && choose_again (self, path, has_focus))
    return;
  sen_find_page_set_current (self, NULL);
  hide_preview (self);
}

static bool
is_held (SenFindPage *self)
{
  SenFindView *views[N_VIEWS];
  bool is_any = false;
  list_views (self, views);
  for (guint i = 0; i < N_VIEWS; i++)
    is_any |= sen_find_view_is_held (views[i]);
  return is_any;
}

/* The index gets on while somebody clicks: what of the results is under the hand stays there until it lets go. (Buttons around them are not
 * looked at: none of them is about one result.) */
static void
on_results (SenFindResults *results, gpointer data)
{
  SenFindPage *self = data;
  g_clear_pointer (&self->late, sen_find_results_unref);
  if (is_held (self))
    self->late = sen_find_results_ref (results);
  else
    take_results (self, results);
}

/* What nobody asked for is not wanted any more when something was chosen by that: see on_progress(). */
static void
on_let_go (SenFindPage *self)
{
  g_autoptr (SenFindResults) late = is_held (self) ? NULL : g_steal_pointer (&self->late);
  if (late != NULL && (is_anything_asked (self) || self->current == NULL))
    take_results (self, late);
}

/* --- What is typed and chosen -------------------------------------------------------------------------------------------------------- */

static void
on_search_changed (SenFindPage *self)
{
  sen_find_page_ask (self, TRUE);
}

static SenFindView *
shown_view (SenFindPage *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->stack);
  if (g_strcmp0 (page, "grid") == 0)
    return self->grid;
  if (g_strcmp0 (page, "list") == 0)
    return self->list;
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->sections));
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    for (guint i = 0; i < SEN_FIND_N_SECTIONS; i++)
      if (self->parts[i].box == child && gtk_widget_get_visible (child))
        return self->parts[i].view;
  return NULL;
}

static void
on_next_match (SenFindPage *self)
{
  SenFindView *view = shown_view (self);
  if (view != NULL)
    sen_find_view_focus (view);
}

/* Enter means that the last word is whole. */
static void
on_search_activate (SenFindPage *self)
{
  sen_find_page_ask (self, FALSE);
}

static void
on_stop_search (SenFindPage *self)
{
  if (adw_flap_get_reveal_flap (self->flap))
    hide_preview (self);
  else if (is_anything_asked (self))
    {
      sen_find_chips_clear (self->chips);
      gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
    }
  else
    g_signal_emit (self, signals[LEAVE], 0);
}

static gboolean
on_entry_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenFindPage *self)
{
  bool is_paste = ((key == GDK_KEY_v || key == GDK_KEY_V) && (state & GDK_CONTROL_MASK) != 0)
                  || (key == GDK_KEY_Insert && (state & GDK_SHIFT_MASK) != 0);
  if (is_paste)
    return sen_find_page_paste (self);
  if (key != GDK_KEY_Down && key != GDK_KEY_KP_Down)
    return GDK_EVENT_PROPAGATE;
  on_next_match (self);
  return GDK_EVENT_STOP;
}

static gboolean
on_page_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenFindPage *self)
{
  if (key != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  if (adw_flap_get_reveal_flap (self->flap))
    hide_preview (self);
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  return GDK_EVENT_STOP;
}

static void
on_filter (SenFindPage *self)
{
  sen_find_page_ask (self, FALSE);
}

static void
on_show_more (SenFindPage *self)
{
  self->shows_all = TRUE;
  show_results (self);
}

static void
add_words (SenFindPage *self, gboolean is_less)
{
  g_autofree char *words = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->words_entry))));
  gtk_popover_popdown (self->add_popover);
  gtk_editable_set_text (GTK_EDITABLE (self->words_entry), "");
  sen_find_page_add_words (self, words, is_less);
}

static void
on_words_more (SenFindPage *self)
{
  add_words (self, FALSE);
}

static void
on_words_less (SenFindPage *self)
{
  add_words (self, TRUE);
}

static void
on_choose_part (SenFindPage *self)
{
  gtk_popover_popdown (self->add_popover);
  sen_find_page_choose_part (self);
}

static void
on_note_button (SenFindPage *self)
{
  g_autofree char *name = g_strdup (self->wanted_model != NULL ? self->wanted_model : "");
  g_signal_emit (self, signals[GET_MODEL], 0, self->is_getting ? "" : name);
}

/* All of the sort whose button it is. */
static void
on_all (GtkButton *button, SenFindPage *self)
{
  for (guint i = 0; i < SEN_FIND_N_SECTIONS; i++)
    if (self->parts[i].all_button == button)
      sen_find_filters_set_kinds (self->filters, sections[i].kinds);
}

/* --- Folders ------------------------------------------------------------------------------------------------------------------------- */

/* What is found may be another; who does not look needs not know. */
static void
on_source_changed (SenFindPage *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    sen_find_page_ask (self, FALSE);
}

static void
on_folders_changed (SenFindPage *self)
{
  sen_find_filters_set_folders (self->filters, sen_find_service_folders (self->service));
  on_source_changed (self);
}

/* What is shown without a question is what came last, and so another thing when something comes. */
static void
on_progress (SenFindPage *self)
{
  g_auto (SenIndexProgress) progress = { 0 };
  bool is_there = sen_find_service_get_progress (self->service, &progress);
  bool has_come = is_there && (progress.stage != self->stage || progress.n_files / 100 != self->n_files / 100);
  self->stage = progress.stage;
  self->n_files = progress.n_files;
  if (has_come && !is_anything_asked (self) && self->current == NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    sen_find_page_ask (self, FALSE);
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

/* The keyboard stays with what they do. */
static void
show_one (GtkWidget *wide, GtkWidget *narrow, gboolean is_narrow)
{
  GtkWidget *shown = is_narrow ? narrow : wide, *hidden = is_narrow ? wide : narrow;
  gboolean had_focus = gtk_widget_is_focus (hidden);
  gtk_widget_set_visible (shown, TRUE);
  if (had_focus)
    gtk_widget_grab_focus (shown);
  gtk_widget_set_visible (hidden, FALSE);
}

/* On a narrow window the preview is all of it, a button stands below what it is about, and the entry has the top almost for itself. */
static void
sen_find_page_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SenFindPage *self = SEN_FIND_PAGE (widget);
  gboolean is_narrow = width < NARROW_PX;
  if (gtk_widget_get_hexpand (GTK_WIDGET (self->preview_place)) != is_narrow)
    {
      gtk_widget_set_hexpand (GTK_WIDGET (self->preview_place), is_narrow);
      GtkOrientation orientation = is_narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;
      gtk_orientable_set_orientation (GTK_ORIENTABLE (self->note_box), orientation);
      gtk_orientable_set_orientation (GTK_ORIENTABLE (self->filters_row), orientation);
      show_one (self->folders_button, self->narrow_folders_button, is_narrow);
      show_one (self->ask_button, self->narrow_ask_button, is_narrow);
    }
  sen_find_filters_set_narrow (self->filters, width < ROOMY_PX);
  gtk_widget_size_allocate (self->column, &(GtkAllocation) { 0, 0, width, height }, baseline);
}

static void
sen_find_page_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                       int *natural_baseline)
{
  gtk_widget_measure (SEN_FIND_PAGE (widget)->column, orientation, for_size, minimum, natural, NULL, NULL);
  *minimum_baseline = *natural_baseline = -1;
}

static void
on_activated (SenFindView *view, SenFindItem *item, SenFindPage *self)
{
  sen_find_page_set_current (self, item);
  sen_find_page_open_item (self);
}

static void
on_chosen (SenFindView *view, SenFindItem *item, SenFindPage *self)
{
  SenFindView *views[N_VIEWS];
  list_views (self, views);
  for (guint i = 0; i < N_VIEWS; i++)
    if (views[i] != view)
      sen_find_view_choose (views[i], GTK_INVALID_LIST_POSITION);
  sen_find_page_set_current (self, item);
}

/* Once more: away with it. */
static void
on_peek (SenFindView *view, SenFindItem *item, SenFindPage *self)
{
  SenFindItem *shown = sen_find_preview_item (self->preview);
  bool is_shown = adw_flap_get_reveal_flap (self->flap) && shown != NULL && sen_find_item_result (shown) == sen_find_item_result (item);
  if (is_shown)
    {
      hide_preview (self);
      return;
    }
  adw_flap_set_reveal_flap (self->flap, TRUE);
  sen_find_page_set_current (self, item);
}

void
sen_find_page_peek_first (SenFindPage *self)
{
  SenFindView *view = shown_view (self);
  if (view == NULL || !sen_find_view_focus (view))
    return;
  adw_flap_set_reveal_flap (self->flap, TRUE);
  sen_find_page_set_current (self, sen_find_view_chosen (view));
}

static void
on_menu (SenFindView *view, SenFindItem *item, GtkWidget *cell, double x, double y, SenFindPage *self)
{
  sen_find_page_set_current (self, item);
  sen_find_page_show_menu (self, cell, x, y);
}

static void
on_leave_up (SenFindPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

static void
on_heat_found (const char *path, const SenFindHeat *heat, const GError *error, gpointer data)
{
  SenFindPage *self = data;
  SenFindItem *item = sen_find_preview_item (self->preview);
  if (item != NULL && g_strcmp0 (sen_find_item_path (item), path) == 0)
    sen_find_preview_set_heat (self->preview, heat, error != NULL ? error->message : "");
}

static void
on_heat (SenFindPreview *preview, gboolean is_wanted, SenFindPage *self)
{
  SenFindPart parts[SEN_FIND_MAX_PARTS];
  SenFindRequest request;
  SenFinder *finder = sen_find_service_finder (self->service);
  sen_find_page_fill_request (self, &request, parts);
  if (is_wanted)
    sen_finder_heat (finder, &request, sen_find_item_path (sen_find_preview_item (preview)), on_heat_found, self);
  else
    sen_finder_stop_heat (finder);
}

static SenFindView *
new_view (SenFindPage *self, gboolean is_grid, gboolean is_scrolled, const char *label)
{
  SenFindView *view = SEN_FIND_VIEW (sen_find_view_new (sen_find_service_thumbs (self->service), is_grid, is_scrolled, label));
  g_signal_connect_object (view, "activated", G_CALLBACK (on_activated), self, 0);
  g_signal_connect_object (view, "chosen", G_CALLBACK (on_chosen), self, 0);
  g_signal_connect_object (view, "peek", G_CALLBACK (on_peek), self, 0);
  g_signal_connect_object (view, "menu", G_CALLBACK (on_menu), self, 0);
  g_signal_connect_object (view, "leave-up", G_CALLBACK (on_leave_up), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "let-go", G_CALLBACK (on_let_go), self, G_CONNECT_SWAPPED);
  return view;
}

static void
add_section (SenFindPage *self, SenFindSectionKind kind)
{
  SenFindSection *section = &self->parts[kind];
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *label = gtk_label_new (_(sections[kind].title));
  section->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  section->all_button = GTK_BUTTON (gtk_button_new_with_label (""));
  section->view = new_view (self, sections[kind].is_grid, FALSE, _(sections[kind].title));
  gtk_widget_add_css_class (label, "heading");
  gtk_widget_add_css_class (head, "find-heading");
  gtk_widget_add_css_class (GTK_WIDGET (section->all_button), "flat");
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_widget_set_hexpand (label, TRUE);
  g_signal_connect_object (section->all_button, "clicked", G_CALLBACK (on_all), self, 0);
  gtk_box_append (GTK_BOX (head), label);
  gtk_box_append (GTK_BOX (head), GTK_WIDGET (section->all_button));
  gtk_box_append (GTK_BOX (section->box), head);
  gtk_box_append (GTK_BOX (section->box), GTK_WIDGET (section->view));
  gtk_widget_set_visible (section->box, FALSE);
  gtk_box_append (self->sections, section->box);
}

void
sen_find_page_set_service (SenFindPage *self, SenFindService *service, SenPerception *perception, SenSettings *settings)
{
  SenThumbCache *thumbs = sen_find_service_thumbs (service);
  self->service = g_object_ref (service);
  self->settings = settings;
  self->chips = SEN_FIND_CHIPS (sen_find_chips_new (thumbs));
  self->preview = SEN_FIND_PREVIEW (sen_find_preview_new (thumbs, perception));
  self->grid = new_view (self, TRUE, TRUE, _("Pictures that were found"));
  self->list = new_view (self, FALSE, TRUE, _("Files that were found"));
  self->filters = SEN_FIND_FILTERS (sen_find_filters_new ());
  gtk_widget_set_hexpand (GTK_WIDGET (self->filters), TRUE);
  gtk_box_prepend (self->filters_row, GTK_WIDGET (self->filters));
  adw_bin_set_child (self->grid_place, GTK_WIDGET (self->grid));
  adw_bin_set_child (self->list_place, GTK_WIDGET (self->list));
  adw_bin_set_child (self->preview_place, GTK_WIDGET (self->preview));
  gtk_box_append (self->chips_place, GTK_WIDGET (self->chips));
  gtk_box_append (self->status_place, sen_find_status_new (service));
  for (SenFindSectionKind kind = 0; kind < SEN_FIND_N_SECTIONS; kind++)
    add_section (self, kind);
  g_signal_connect_object (self->chips, "changed", G_CALLBACK (on_filter), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->filters, "changed", G_CALLBACK (on_filter), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->preview, "close", G_CALLBACK (hide_preview), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->preview, "heat", G_CALLBACK (on_heat), self, 0);
  g_signal_connect_object (service, "changed", G_CALLBACK (on_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "folders-changed", G_CALLBACK (on_folders_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "models-changed", G_CALLBACK (on_source_changed), self, G_CONNECT_SWAPPED);
  sen_find_page_init_drop (self);
  on_folders_changed (self);
}

void
sen_find_page_set_sidebar (SenFindPage *self, AdwFlap *flap)
{
  g_object_bind_property (flap, "reveal-flap", self->sidebar_button, "active", G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
}

void
sen_find_page_enter (SenFindPage *self)
{
  sen_find_service_begin (self->service);
  sen_find_page_ask (self, FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

void
sen_find_page_search (SenFindPage *self, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  gtk_editable_set_position (GTK_EDITABLE (self->entry), -1);
}

static void
sen_find_page_dispose (GObject *object)
{
  SenFindPage *self = SEN_FIND_PAGE (object);
  if (self->service != NULL)
    {
      sen_finder_stop (sen_find_service_finder (self->service));
      sen_finder_stop_heat (sen_find_service_finder (self->service));
    }
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), SEN_TYPE_FIND_PAGE);
  g_clear_object (&self->current);
  g_clear_object (&self->service);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->results, sen_find_results_unref);
  g_clear_pointer (&self->late, sen_find_results_unref);
  g_clear_pointer (&self->wanted_model, g_free);
  g_clear_pointer (&self->demo_query, g_free);
  G_OBJECT_CLASS (sen_find_page_parent_class)->dispose (object);
}

static void
add_signals (void)
{
  signals[ASK] = g_signal_new ("ask", SEN_TYPE_FIND_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, SEN_TYPE_FIND_ITEM);
  signals[ASK_FILES] = g_signal_new ("ask-files", SEN_TYPE_FIND_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                     G_TYPE_STRING);
  signals[LEAVE] = g_signal_new ("leave", SEN_TYPE_FIND_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[TOAST] = g_signal_new ("toast", SEN_TYPE_FIND_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[GET_MODEL] = g_signal_new ("get-model", SEN_TYPE_FIND_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                     G_TYPE_STRING);
}

static void
sen_find_page_class_init (SenFindPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_find_page_dispose;
  widget_class->measure = sen_find_page_measure;
  widget_class->size_allocate = sen_find_page_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "findpage");
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-find-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SenFindPage, name)
  BIND (column);
  BIND (sidebar_button);
  BIND (folders_button);
  BIND (ask_button);
  BIND (narrow_folders_button);
  BIND (narrow_ask_button);
  BIND (entry_box);
  BIND (entry);
  BIND (add_button);
  BIND (add_popover);
  BIND (words_entry);
  BIND (chips_place);
  BIND (sections);
  BIND (status_place);
  BIND (filters_row);
  BIND (count_label);
  BIND (note);
  BIND (note_box);
  BIND (note_label);
  BIND (note_button);
  BIND (flap);
  BIND (preview_place);
  BIND (grid_place);
  BIND (list_place);
  BIND (stack);
  BIND (nothing_page);
  BIND (nearest_button);
  BIND (more_button);
  BIND (overview_more_button);
  BIND (item_menu);
#undef BIND
#define BIND(name) gtk_widget_class_bind_template_callback (widget_class, name)
  BIND (on_search_changed);
  BIND (on_search_activate);
  BIND (on_stop_search);
  BIND (on_next_match);
  BIND (on_show_more);
  BIND (on_words_more);
  BIND (on_words_less);
  BIND (on_choose_part);
  BIND (on_note_button);
#undef BIND
  add_signals ();
}

static void
sen_find_page_init (SenFindPage *self)
{
  GtkEventController *entry_keys = gtk_event_controller_key_new (), *page_keys = gtk_event_controller_key_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_event_controller_set_propagation_phase (entry_keys, GTK_PHASE_CAPTURE);
  g_signal_connect (entry_keys, "key-pressed", G_CALLBACK (on_entry_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), entry_keys);
  g_signal_connect (page_keys, "key-pressed", G_CALLBACK (on_page_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self->flap), page_keys);
  sen_find_page_init_actions (self);
  show_more_buttons (self, 0, "");   /* they have a name from the beginning on */
}
