/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-pane.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "sen-explain-view.h"
#include "sen-head-grid.h"
#include "sen-heat-legend.h"
#include "sen-look-media.h"
#include "sen-look-methods.h"
#include "sen-look-replay.h"
#include "sen-look-shares.h"
#include "sen-look-table.h"
#include "sen-look-trust.h"
#include "sen-token-flow.h"

#define N_DECADES 3             /* of logarithmic colours */
#define N_WORDS 5               /* that are named */
#define N_LINES 100             /* of the table */
#define MOST_TEXT_BYTES 60      /* of words that are named together */
#define N_BINS 24               /* of a head's strip */

/* What the flow of the prompt shows as one: a token, or all embeddings of a media that stand together. */
typedef struct {
  guint first, n;   /* pieces */
} Item;

struct _SenLookPane {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkBox         *column;
  GtkStack       *stack;          /* "message", "look" */
  GtkLabel       *message_label;
  GtkProgressBar *progress;
  GtkButton      *message_button;
  GtkMenuButton  *export_button;
  GtkToggleButton *replay_button;
  GtkScrolledWindow *answer_scroller, *prompt_scroller;
  SenTokenFlow   *answer, *prompt;
  GtkLabel       *words_label;
  GtkBox         *media_box, *pinned_box;
  SenHeatLegend  *legend;
  GtkCheckButton *log_check, *sink_check;
  GtkBox         *layer_box;      /* while one layer or head is chosen */
  GtkLabel       *chosen_label;
  GtkLabel       *candidates_label, *detail_label, *layer_label, *lens_limits, *limits_label;
  GtkListBox     *candidates;
  GtkExpander    *heads_expander, *lens_expander, *table_expander;
  GtkAdjustment  *layer_adjustment;
  GtkScale       *layer_scale;
  SenHeadGrid    *grid;
  SenLookMethods *methods;
  SenLookTrust   *trust;
  SenLookShares  *shares;
  SenLookTable   *lens_table, *table;

  /* Owned */
  SenPerception  *perception;
  SenExplanation *explanation;    /* NULL while there is none */
  SenExplanation *detail;         /* of the pinned word, or NULL */
  SenMessage     *message;
  GArray         *items;          /* Item, of the prompt */
  SenExplanation *whole_of;       /* what whole was made of, or NULL */
  float          *whole;          /* [n_pieces], see sen_explain_view_whole(): many numbers go into it */
  float          *row;            /* [n_pieces] of the word that is shown, or of the whole answer, as it is shown */
  SenHeatMap      map;            /* of that */
  char           *action;         /* of message_button; NULL: it cancels */

  const SenExplanationInfo *info; /* of explanation */
  guint  answer_first, n_answer;  /* pieces of the answer */
  float  most;                    /* of the words: what the strongest colour stands for */
  int    pointed, pinned, shown;  /* words of the answer, or -1 */
  int    told;                    /* the one pointed at in the conversation, or -1 */
  int    layer, head;             /* that are chosen, or -1: the mean of all */
  bool   is_busy, is_filling;
  bool   follows;                 /* the newest word is shown where no other is wanted */
  SenLookReplay *replay;
};

enum { HEAT, DETAIL, LAYERS, SHARES, GO_ON_WITH, CANCEL, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenLookPane, sen_look_pane, GTK_TYPE_WIDGET)

/* --- Words ---------------------------------------------------------------------------------------------------------------------------- */

/* Where a line ends is seen, so that it can be pointed at. (transfer full) */
static char *
display_text (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  return g_strjoinv ("↵\n", lines);
}

/* As it stands in a sentence. (transfer full) */
static char *
quote (const char *text)
{
  g_autofree char *shown = g_strdelimit (display_text (text), "\n", ' ');
  /* translators: a word of a text, quoted; spaces are a part of it */
  g_strstrip (shown);
  return g_strdup_printf (_("“%s”"), *shown != '\0' ? shown : "␣");
}

/* Of several, one that differs from another by its spaces only has these shown. (transfer full) */
static char *
quote_among (const SenCandidate *one, const SenCandidate *all, guint n)
{
  g_autofree char *plain = quote (one->text);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *other = quote (all[i].text);
      if (all[i].id == one->id || !g_str_equal (plain, other))
        continue;
      g_autofree char *shown = display_text (one->text);
      g_auto (GStrv) parts = g_strsplit (g_strdelimit (shown, "\n", ' '), " ", -1);
      g_autofree char *spaced = g_strjoinv ("␣", parts);
      return g_strdup_printf (_("“%s”"), spaced);
    }
  return g_steal_pointer (&plain);
}

static const Item *
item_at (SenLookPane *self, guint i)
{
  return &g_array_index (self->items, Item, i);
}

static const SenExplanationSpan *
span_of (SenLookPane *self, guint piece)
{
  gint32 span = self->info->pieces[piece].span;
  return span >= 0 && (guint) span < self->info->n_spans ? &self->info->spans[span] : NULL;
}

/* (transfer full) */
static char *
item_text (SenLookPane *self, const Item *item)
{
  const SenExplanationSpan *span = span_of (self, item->first);
  if (span != NULL)
    return g_strdup_printf (" ▣ %s ", span->name);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < item->n && text->len < MOST_TEXT_BYTES; i++)
    g_string_append (text, self->info->pieces[item->first + i].text);
  return display_text (text->str);
}

static float
item_weight (SenLookPane *self, const Item *item)
{
  float sum = 0.0f;
  for (guint i = 0; self->row != NULL && i < item->n; i++)
    sum += self->row[item->first + i];
  return sum;
}

static void
fill_prompt (SenLookPane *self)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (SenFlowToken));
  g_array_set_size (self->items, 0);
  for (guint first = 0, end; first < self->answer_first; first = end)
    {
      const SenExplanationSpan *span = span_of (self, first);
      for (end = first + 1; end < self->answer_first && span != NULL; end++)
        if (span_of (self, end) == NULL || span_of (self, end)->media != span->media)
          break;
      Item item = { first, end - first };
      g_array_append_val (self->items, item);
      char *text = item_text (self, &item);
      SenFlowToken token = {
        text, span != NULL ? SEN_TOKEN_CHIP : self->info->pieces[first].kind == SEN_PIECE_TEMPLATE ? SEN_TOKEN_DIM : SEN_TOKEN_PLAIN
      };
      g_ptr_array_add (texts, text);
      g_array_append_val (tokens, token);
    }
  sen_token_flow_set_tokens (self->prompt, (const SenFlowToken *) tokens->data, tokens->len);
}

/* The prediction of the @word-th token of the answer, or NULL. */
static const SenPrediction *
prediction_of (SenLookPane *self, guint word)
{
  guint piece = self->answer_first + word;
  bool is_asked = self->info->predictions != NULL && piece > self->info->first_query
                  && piece - 1 - self->info->first_query < self->info->n_queries;
  return is_asked ? &self->info->predictions[piece - 1 - self->info->first_query] : NULL;
}

/* Words from the @n_shown-th on; 0: all of another answer. */
static void
fill_answer (SenLookPane *self, guint n_shown)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree SenFlowToken *tokens = g_new (SenFlowToken, self->n_answer);
  g_autofree float *shares = g_new0 (float, self->n_answer);
  for (guint i = 0; i < self->n_answer; i++)
    {
      const SenPrediction *prediction = prediction_of (self, i);
      /* Of as many choices as the entropy is worth, one: full when it was certain. */
      shares[i] = prediction != NULL ? expf (-prediction->entropy) : 0.0f;
      if (i < n_shown)
        continue;
      g_ptr_array_add (texts, display_text (self->info->pieces[self->answer_first + i].text));
      tokens[i - n_shown] = (SenFlowToken) { g_ptr_array_index (texts, i - n_shown), SEN_TOKEN_PLAIN };
    }
  if (n_shown == 0)
    sen_token_flow_set_tokens (self->answer, tokens, self->n_answer);
  else
    sen_token_flow_append (self->answer, tokens, self->n_answer - n_shown);
  sen_token_flow_set_ribbon (self->answer, self->info->predictions != NULL ? shares : NULL);
  sen_look_replay_set_words (self->replay, self->n_answer);
}

static char *
describe_prompt (guint token, gpointer data)
{
  SenLookPane *self = data;
  if (self->info == NULL || token >= self->items->len)
    return NULL;
  const Item *item = item_at (self, token);
  g_autofree char *text = item_text (self, item), *quoted = quote (text);
  g_autofree char *share = sen_heat_format (self->map, (double) item_weight (self, item));
  return self->row != NULL ? g_strdup_printf ("%s %s", quoted, share) : g_strdup (quoted);
}

static char *
describe_answer (guint token, gpointer data)
{
  SenLookPane *self = data;
  if (self->info == NULL || token >= self->n_answer)
    return NULL;
  const SenPrediction *prediction = prediction_of (self, token);
  g_autofree char *quoted = quote (self->info->pieces[self->answer_first + token].text);
  if (prediction == NULL)
    return g_steal_pointer (&quoted);
  g_autofree char *share = sen_heat_format_share (exp ((double) prediction->logprob));
  /* translators: a word of an answer, and with which probability the model chose it */
  return g_strdup_printf (_("%s, %s likely"), quoted, share);
}

/* --- Heat ----------------------------------------------------------------------------------------------------------------------------- */

/* Mean over all layers and heads, over the heads of a layer, or one head; f32 [n_pieces]. (transfer full) */
static float *
detail_row (SenLookPane *self)
{
  const SenExplanationInfo *info = sen_explanation_info (self->detail);
  float *row = g_new0 (float, info->n_pieces);
  guint n = (self->layer < 0 ? info->n_layer : 1) * (self->head < 0 ? info->n_head : 1);
  for (guint layer = 0; layer < info->n_layer; layer++)
    for (guint head = 0; head < info->n_head; head++)
      if ((self->layer < 0 || (guint) self->layer == layer) && (self->head < 0 || (guint) self->head == head))
        {
          const float *weights = info->detail + ((gsize) layer * info->n_head + head) * info->n_pieces;
          for (guint i = 0; i < info->n_pieces; i++)
            row[i] += weights[i] / (float) n;
        }
  return row;
}

/* Made once. (transfer full); NULL: not known */
static float *
whole_row (SenLookPane *self)
{
  if (self->info->weights == NULL)
    return NULL;
  if (self->whole_of != self->explanation)
    {
      g_free (self->whole);
      g_clear_pointer (&self->whole_of, sen_explanation_unref);
      self->whole = sen_explain_view_whole (self->info);
      self->whole_of = sen_explanation_ref (self->explanation);
    }
  return g_memdup2 (self->whole, sizeof (float) * self->info->n_pieces);
}

/* What is known of the @word-th token of the answer, or of the whole. (transfer full); NULL: nothing */
static float *
known_row (SenLookPane *self, int word)
{
  guint piece = self->answer_first + (guint) word;
  if (word < 0)
    return whole_row (self);
  g_autofree float *row = g_new (float, self->info->n_pieces);
  bool is_known = piece > 0 && sen_explanation_read_row (self->explanation, piece - 1, row);
  return is_known ? g_steal_pointer (&row) : NULL;
}

/* The first token takes its part with it; of maxima each is for itself. */
static void
take_sink (SenLookPane *self, float *row)
{
  float rest = self->info->is_maximum ? 1.0f : 1.0f - row[0];
  if (!gtk_check_button_get_active (self->sink_check) || self->info->n_pieces < 2 || rest < 1e-6f)
    return;
  row[0] = 0.0f;
  for (guint i = 1; i < self->info->n_pieces; i++)
    row[i] /= rest;
}

/* Embeddings that were left out together have their change once among them, so that sums say what they should. */
static void
spread_changes (const SenExplanationInfo *info, float *row)
{
  g_autofree guint *n_in = g_new0 (guint, MAX (info->n_units, 1));
  for (guint i = 0; info->unit_of != NULL && i < info->n_pieces; i++)
    if (info->unit_of[i] >= 0)
      n_in[info->unit_of[i]]++;
  for (guint i = 0; info->unit_of != NULL && i < info->n_pieces; i++)
    if (info->unit_of[i] >= 0 && info->pieces[i].kind == SEN_PIECE_MEDIA)
      row[i] /= (float) n_in[info->unit_of[i]];
}

/* What is shown when the @word-th token of the answer is, or none. (transfer full); NULL: not known */
static float *
make_row (SenLookPane *self, int word)
{
  bool has_detail = word >= 0 && word == self->pinned && self->detail != NULL && sen_explanation_info (self->detail)->detail != NULL;
  float *row = known_row (self, word);
  self->map = sen_explain_view_map (self->info);
  if (has_detail && (self->layer >= 0 || row == NULL))
    {
      g_free (row);
      row = detail_row (self);
      self->map = SEN_HEAT_SHARE;
    }
  if (row != NULL && self->map == SEN_HEAT_SHARE)
    take_sink (self, row);
  else if (row != NULL)
    spread_changes (self->info, row);
  return row;
}

static float
strength (SenLookPane *self, float weight)
{
  float share = self->most > 0.0f ? weight / self->most : 0.0f;
  if (self->map == SEN_HEAT_CHANGE)
    return CLAMP (share, -1.0f, 1.0f);
  if (gtk_check_button_get_active (self->log_check))
    share = share > 0.0f ? 1.0f + log10f (share) / N_DECADES : 0.0f;
  return CLAMP (share, 0.0f, 1.0f);
}

/* Of single tokens: a picture as a whole would drown them. */
static float
find_most (SenLookPane *self)
{
  float most = 0.0f;
  for (guint i = 1; i < self->info->n_pieces; i++)
    if (self->info->pieces[i].kind != SEN_PIECE_MEDIA)
      most = MAX (most, fabsf (self->row[i]));
  return most;
}

static void
tint (SenLookPane *self)
{
  g_autofree float *prompt = g_new (float, MAX (self->items->len, 1)), *answer = g_new (float, MAX (self->n_answer, 1));
  for (guint i = 0; i < self->items->len; i++)
    prompt[i] = strength (self, item_weight (self, item_at (self, i)));
  for (guint i = 0; i < self->n_answer; i++)
    answer[i] = self->row != NULL ? strength (self, self->row[self->answer_first + i]) : 0.0f;
  sen_token_flow_set_heat (self->prompt, self->map, self->row != NULL ? prompt : NULL);
  sen_token_flow_set_heat (self->answer, self->map, self->row != NULL ? answer : NULL);
}

/* --- The strongest -------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  Item  item;
  float weight;
} Ranked;

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *x = a, *y = b;
  float a_size = fabsf (x->weight), b_size = fabsf (y->weight);
  return a_size > b_size ? -1 : a_size < b_size ? 1 : (int) x->item.first - (int) y->item.first;
}

/* Words that were left out together are one, told of by the first. False: @item was told of. */
static bool
join_unit (SenLookPane *self, Item *item)
{
  const int32_t *unit_of = self->info->unit_of;
  guint first = item->first;
  if (self->map != SEN_HEAT_CHANGE || unit_of == NULL || unit_of[first] < 0 || self->info->pieces[first].kind == SEN_PIECE_MEDIA)
    return true;
  if (first > 0 && unit_of[first - 1] == unit_of[first])
    return false;
  while (first + item->n < self->info->n_pieces && unit_of[first + item->n] == unit_of[first])
    item->n++;
  return true;
}

/* Keeps the strongest @n_most, in order. */
static void
keep_strong (GArray *ranked, guint n_most, const Ranked *one)
{
  Ranked *all = (Ranked *) ranked->data;
  if (ranked->len == n_most && compare_ranked (one, &all[n_most - 1]) >= 0)
    return;
  guint place = ranked->len;
  while (place > 0 && compare_ranked (one, &all[place - 1]) < 0)
    place--;
  g_array_insert_vals (ranked, place, one, 1);
  if (ranked->len > n_most)
    g_array_set_size (ranked, n_most);
}

/* Ranked, prompt and answer, the strongest @n_most of them in order, @with_template or without its marks. (transfer full) */
static GArray *
rank (SenLookPane *self, guint n_most, bool with_template)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Ranked));
  for (guint i = 0; i < self->items->len + self->n_answer; i++)
    {
      Ranked one = { i < self->items->len ? *item_at (self, i) : (Item) { self->answer_first + i - self->items->len, 1 }, 0.0f };
      one.weight = item_weight (self, &one.item);
      if (!join_unit (self, &one.item))
        continue;
      if (one.weight != 0.0f && (with_template || self->info->pieces[one.item.first].kind != SEN_PIECE_TEMPLATE))
        keep_strong (all, n_most, &one);
    }
  return all;
}

static void
name_strongest (SenLookPane *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) ranked = rank (self, N_WORDS, false);
  for (guint i = 0; i < ranked->len; i++)
    {
      const Ranked *one = &g_array_index (ranked, Ranked, i);
      g_autofree char *word = item_text (self, &one->item), *quoted = quote (word);
      g_autofree char *share = sen_heat_format (self->map, (double) one->weight);
      g_string_append_printf (text, "%s%s %s", i > 0 ? " · " : "", quoted, share);
    }
  /* translators: the words that it looked at, with their parts */
  g_autofree char *whole = g_strdup_printf (_("Whole answer: %s"), text->str);
  gtk_label_set_text (self->words_label, self->shown < 0 ? whole : text->str);
  if (self->row == NULL)
    gtk_label_set_text (self->words_label, _("The bars below the words say how sure it was of each."));
}

static void
fill_table (SenLookPane *self)
{
  if (!gtk_expander_get_expanded (self->table_expander) || self->info == NULL)
    return;
  g_autoptr (GArray) ranked = rank (self, N_LINES, true);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free), shares = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < ranked->len; i++)
    {
      const Ranked *one = &g_array_index (ranked, Ranked, i);
      g_autofree char *word = item_text (self, &one->item);
      g_ptr_array_add (texts, quote (word));
      g_ptr_array_add (shares, sen_heat_format (self->map, (double) one->weight));
    }
  sen_look_table_set_lines (self->table, (const char *const *) texts->pdata, (const char *const *) shares->pdata, texts->len);
}

static void
update_media (SenLookPane *self)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box));
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    sen_look_media_set_row (SEN_LOOK_MEDIA (child), self->map, self->row);
}

/* The one pointed at, the one being replayed, the pinned one, the newest. */
static int
choose_word (SenLookPane *self)
{
  if (self->pointed >= 0 || self->told >= 0)
    return self->pointed >= 0 ? self->pointed : self->told;
  if (sen_look_replay_word (self->replay) >= 0)
    return sen_look_replay_word (self->replay);
  return self->pinned < 0 && self->follows ? (int) self->n_answer - 1 : self->pinned;
}

static void
update_heat (SenLookPane *self)
{
  if (self->explanation == NULL)
    return;
  self->shown = choose_word (self);
  sen_token_flow_set_pinned (self->answer, self->shown == self->pointed ? self->pinned : self->shown);
  g_free (self->row);
  self->row = make_row (self, self->shown);
  self->most = self->row != NULL ? find_most (self) : 0.0f;
  gtk_widget_set_visible (GTK_WIDGET (self->legend), self->row != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->log_check), self->map == SEN_HEAT_SHARE);
  gtk_widget_set_visible (GTK_WIDGET (self->sink_check), self->map == SEN_HEAT_SHARE);
  if (self->map == SEN_HEAT_CHANGE)
    sen_heat_legend_set_changes (self->legend, (double) self->most);
  else
    sen_heat_legend_set_scale (self->legend, self->most, gtk_check_button_get_active (self->log_check) ? N_DECADES : 0);
  tint (self);
  name_strongest (self);
  update_media (self);
  fill_table (self);
  g_signal_emit (self, signals[HEAT], 0);
}

float
sen_look_pane_strength (SenLookPane *self, guint piece, SenHeatMap *map)
{
  *map = self->map;
  return self->row != NULL && self->info != NULL && piece < self->info->n_pieces ? strength (self, self->row[piece]) : 0.0f;
}

/* --- The pinned word ------------------------------------------------------------------------------------------------------------------ */

/* The answer up to the pinned word, and @text in its place; NULL when that is no text. (transfer full) */
static char *
answer_with (SenLookPane *self, const char *text)
{
  const SenPiece *piece = &self->info->pieces[self->answer_first + (guint) self->pinned];
  if (piece->start > sen_message_length (self->message) || strstr (text, "\xef\xbf\xbd") != NULL || *text == '\0')
    return NULL;
  g_autofree char *before = g_strndup (sen_message_text (self->message), piece->start);
  return g_utf8_validate (before, -1, NULL) ? g_strconcat (before, text, NULL) : NULL;
}

static void
on_instead (GtkButton *button, SenLookPane *self)
{
  g_signal_emit (self, signals[GO_ON_WITH], 0, g_object_get_data (G_OBJECT (button), "text"));
}

static GtkWidget *
new_candidate_row (SenLookPane *self, const SenCandidate *candidate, const char *quoted, bool is_chosen)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *button = gtk_button_new_from_icon_name ("go-next-symbolic");
  g_autofree char *share = sen_heat_format_share (exp ((double) candidate->logprob));
  g_autofree char *answer = is_chosen ? NULL : answer_with (self, candidate->text);
  GtkWidget *word = gtk_label_new (quoted), *number = gtk_label_new (share);
  gtk_label_set_xalign (GTK_LABEL (word), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (word), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (word, TRUE);
  gtk_widget_add_css_class (number, "numeric");
  gtk_widget_add_css_class (number, "dim-label");
  if (is_chosen)
    gtk_widget_add_css_class (word, "heading");
  gtk_widget_set_margin_start (box, 10);
  gtk_widget_set_margin_end (box, 4);
  gtk_box_append (GTK_BOX (box), word);
  gtk_box_append (GTK_BOX (box), number);
  gtk_box_append (GTK_BOX (box), button);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _("Continue from here with this word instead"));
  /* translators: a word that the answer did not take */
  g_autofree char *label = g_strdup_printf (_("Continue from here with %s instead"), quoted);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  /* Where nothing can be gone on with its room stays, so that the numbers stand in a line. */
  gtk_widget_set_opacity (button, answer != NULL ? 1.0 : 0.0);
  gtk_widget_set_sensitive (button, answer != NULL && !self->is_busy);
  g_object_set_data_full (G_OBJECT (button), "text", g_steal_pointer (&answer), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_instead), self, 0);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  return row;
}

static void
fill_candidates (SenLookPane *self)
{
  GtkWidget *row;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->candidates))) != NULL)
    gtk_list_box_remove (self->candidates, row);
  const SenPrediction *prediction = self->pinned >= 0 ? prediction_of (self, (guint) self->pinned) : NULL;
  if (prediction == NULL)
    return;
  const SenPiece *piece = &self->info->pieces[self->answer_first + (guint) self->pinned];
  const SenCandidate *candidates = self->info->candidates + (gsize) (prediction - self->info->predictions) * self->info->n_candidates;
  guint n = MIN (prediction->n_alternatives, self->info->n_candidates);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *word = quote_among (&candidates[i], candidates, n);
      gtk_list_box_append (self->candidates, new_candidate_row (self, &candidates[i], word, candidates[i].id == piece->id));
    }
  g_autofree char *quoted = quote (piece->text), *share = sen_heat_format_share (exp ((double) prediction->logprob));
  /* translators: a word, its probability, and its place among all words of the model by probability */
  g_autofree char *title = g_strdup_printf (_("%s was %s likely, place %u"), quoted, share, prediction->rank + 1);
  gtk_label_set_text (self->candidates_label, title);
}

static void
tell_layer (SenLookPane *self)
{
  g_autofree char *text = NULL;
  bool are_few = self->info != NULL && self->info->n_layers > 1 && self->info->n_layers < self->info->n_layer;
  if (self->layer < 0)
    /* translators: a number of layers of the model, and how many it has */
    text = are_few ? g_strdup_printf (_("Mean of %u of the %u layers"), self->info->n_layers, self->info->n_layer)
                   : g_strdup (_("Mean of all layers and heads"));
  else if (self->head < 0)
    /* translators: a layer of the model */
    text = g_strdup_printf (_("Layer %d, mean of its heads"), self->layer + 1);
  else
    text = g_strdup_printf (_("Layer %d, head %d"), self->layer + 1, self->head + 1);
  gtk_label_set_text (self->layer_label, text);
  gtk_label_set_text (self->chosen_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->layer_box), self->layer >= 0);
}

/* The strongest of each stretch of pieces, each head by its own strongest: which one looks where, not how much. */
static void
fill_grid (SenLookPane *self)
{
  const SenExplanationInfo *info = sen_explanation_info (self->detail);
  gsize n_heads = (gsize) info->n_layer * info->n_head;
  guint n = info->detail_query + 1;
  g_autofree float *strips = g_new0 (float, n_heads * N_BINS);
  for (gsize head = 0; head < n_heads; head++)
    {
      const float *weights = info->detail + head * info->n_pieces;
      float *strip = strips + head * N_BINS, most = 0.0f;
      for (guint bin = 0, i = 1; bin < N_BINS; bin++)
        {
          /* Piece i lies in bin i · N_BINS / n, rounded down. */
          guint bin_end = (guint) (((guint64) (bin + 1) * n + N_BINS - 1) / N_BINS);
          for (; i < bin_end; i++)
            strip[bin] = MAX (strip[bin], weights[i]);
          most = MAX (most, strip[bin]);
        }
      for (guint bin = 0; bin < N_BINS && most > 0.0f; bin++)
        strip[bin] /= most;
    }
  sen_head_grid_set_strips (self->grid, strips, info->n_layer, info->n_head, N_BINS);
  sen_head_grid_set_chosen (self->grid, self->head >= 0 ? self->layer : -1, self->head);
}

static void
fill_lens (SenLookPane *self)
{
  const SenExplanationInfo *info = sen_explanation_info (self->detail);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free), shares = g_ptr_array_new_with_free_func (g_free);
  for (guint layer = 0; layer < info->n_layer; layer++)
    {
      const SenCandidate *best = info->lens_candidates + (gsize) layer * info->n_candidates;
      g_autofree char *quoted = quote (best->text);
      /* translators: a layer of the model, and the word it would have said */
      g_ptr_array_add (words, g_strdup_printf (_("%u: %s"), layer + 1, quoted));
      g_ptr_array_add (shares, sen_heat_format_share (exp ((double) best->logprob)));
    }
  sen_look_table_set_lines (self->lens_table, (const char *const *) words->pdata, (const char *const *) shares->pdata, words->len);
  gtk_label_set_text (self->lens_limits, _(sen_explain_method_limits (SEN_EXPLAIN_LENS)));
}

/* The words that might have come, and the one that did where it is not among these. */
static void
fill_shares (SenLookPane *self)
{
  const SenPrediction *prediction = self->pinned >= 0 ? prediction_of (self, (guint) self->pinned) : NULL;
  const SenPiece *piece = self->pinned >= 0 ? &self->info->pieces[self->answer_first + (guint) self->pinned] : NULL;
  g_autoptr (GArray) words = g_array_new (FALSE, FALSE, sizeof (SenCandidate));
  g_autoptr (GPtrArray) named = g_ptr_array_new_with_free_func (g_free);
  bool has_chosen = false;
  for (guint i = 0; prediction != NULL && i < MIN (prediction->n_alternatives, self->info->n_candidates); i++)
    {
      const SenCandidate *one = self->info->candidates + (gsize) (prediction - self->info->predictions) * self->info->n_candidates + i;
      has_chosen = has_chosen || one->id == piece->id;
      g_array_append_val (words, *one);
    }
  if (piece != NULL && !has_chosen)
    {
      SenCandidate chosen = { .id = piece->id, .text = piece->text };
      g_array_prepend_val (words, chosen);
    }
  for (guint i = 0; i < words->len; i++)
    g_ptr_array_add (named, quote_among (&g_array_index (words, SenCandidate, i), (const SenCandidate *) words->data, words->len));
  sen_look_shares_set_words (self->shares, (const SenCandidate *) words->data, (const char *const *) named->pdata, words->len);
}

static void
show_detail (SenLookPane *self)
{
  const SenExplanationInfo *info = self->detail != NULL ? sen_explanation_info (self->detail) : NULL;
  bool has_heads = info != NULL && info->detail != NULL, has_lens = info != NULL && info->lens != NULL && info->n_candidates > 0;
  self->is_filling = true;
  gtk_adjustment_configure (self->layer_adjustment, self->layer + 1.0, 0.0, info != NULL ? info->n_layer : 1.0, 1.0, 4.0, 0.0);
  self->is_filling = false;
  gtk_widget_set_visible (GTK_WIDGET (self->heads_expander), has_heads);
  gtk_widget_set_visible (GTK_WIDGET (self->lens_expander), has_lens);
  gtk_widget_set_visible (GTK_WIDGET (self->detail_label), info == NULL);
  bool is_behind = sen_look_methods_is_waiting (self->methods) || sen_look_trust_is_waiting (self->trust);
  gtk_label_set_text (self->detail_label, is_behind ? _("Layers and heads come after what is being looked at now.")
                                                    : _("Layers and heads are on their way…"));
  tell_layer (self);
  if (has_heads)
    fill_grid (self);
  fill_shares (self);
  if (has_lens)
    fill_lens (self);
}

/* The strongest word comes into sight. */
static void
scroll_to_strongest (SenLookPane *self)
{
  graphene_rect_t bounds;
  int best = -1;
  float most = 0.0f;
  for (guint i = 1; self->row != NULL && i < self->items->len; i++)
    if (item_weight (self, item_at (self, i)) > most && self->info->pieces[item_at (self, i)->first].kind != SEN_PIECE_TEMPLATE)
      {
        most = item_weight (self, item_at (self, i));
        best = (int) i;
      }
  if (best < 0 || !sen_token_flow_get_bounds (self->prompt, (guint) best, &bounds))
    return;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->prompt_scroller);
  double page = gtk_adjustment_get_page_size (adjustment);
  gtk_adjustment_set_value (adjustment, bounds.origin.y + bounds.size.height / 2.0 - page / 2.0);
}

/* Words of the answer, which may be longer than its frame. */
static void
bring_into_sight (SenLookPane *self, int word)
{
  graphene_rect_t bounds;
  if (word < 0 || !sen_token_flow_get_bounds (self->answer, (guint) word, &bounds))
    return;
  gtk_adjustment_clamp_page (gtk_scrolled_window_get_vadjustment (self->answer_scroller), bounds.origin.y,
                             bounds.origin.y + bounds.size.height);
}

static void
pin (SenLookPane *self, int word)
{
  self->pinned = word == self->pinned ? -1 : word;
  sen_look_replay_rewind (self->replay);
  g_clear_pointer (&self->detail, sen_explanation_unref);
  gtk_widget_set_visible (GTK_WIDGET (self->pinned_box), self->pinned >= 0);
  show_detail (self);
  fill_candidates (self);
  update_heat (self);
  if (self->pinned < 0 || self->answer_first + (guint) self->pinned == 0)
    return;
  scroll_to_strongest (self);
  g_signal_emit (self, signals[DETAIL], 0, self->answer_first + (guint) self->pinned - 1);
}

void
sen_look_pane_point (SenLookPane *self, gssize byte)
{
  int told = -1;
  for (guint i = 0; byte >= 0 && self->info != NULL && i < self->n_answer && told < 0; i++)
    {
      const SenPiece *piece = &self->info->pieces[self->answer_first + i];
      /* A word's first token may begin with the space before it. */
      if ((gssize) piece->end > byte)
        told = (int) i;
    }
  if (told == self->told)
    return;
  self->told = told;
  update_heat (self);
  bring_into_sight (self, told);
}

void
sen_look_pane_choose (SenLookPane *self, guint word)
{
  if (self->n_answer > 0)
    pin (self, (int) MIN (word, self->n_answer - 1));
}

void
sen_look_pane_set_detail (SenLookPane *self, SenExplanation *detail)
{
  gtk_widget_set_visible (GTK_WIDGET (self->detail_label), FALSE);
  if (detail == NULL)
    return;
  const SenExplanationInfo *info = sen_explanation_info (detail);
  if (self->info == NULL || info->n_pieces != self->info->n_pieces || g_strcmp0 (info->model, self->info->model) != 0 || self->pinned < 0
      || info->detail_query + 1 != self->answer_first + (guint) self->pinned)
    return;
  g_clear_pointer (&self->detail, sen_explanation_unref);
  self->detail = sen_explanation_ref (detail);
  show_detail (self);
  update_heat (self);
}

/* --- What the user does --------------------------------------------------------------------------------------------------------------- */

static void
on_pointed (SenTokenFlow *flow, int word, SenLookPane *self)
{
  self->pointed = word;
  update_heat (self);
}

static void
on_activated (SenTokenFlow *flow, int word, SenLookPane *self)
{
  pin (self, word);
}

static void
on_option (GtkCheckButton *button, SenLookPane *self)
{
  update_heat (self);
}

static void
on_layer (GtkRange *range, SenLookPane *self)
{
  if (self->is_filling || self->detail == NULL)
    return;
  self->layer = (int) lround (gtk_range_get_value (range)) - 1;
  self->head = -1;
  sen_head_grid_set_chosen (self->grid, -1, -1);
  tell_layer (self);
  update_heat (self);
  g_signal_emit (self, signals[LAYERS], 0);
}

void
sen_look_pane_get_layer (SenLookPane *self, int *layer, int *head)
{
  *layer = self->layer;
  *head = self->head;
}

void
sen_look_pane_set_layer (SenLookPane *self, int layer, int head)
{
  self->layer = layer;
  self->head = head;
  self->is_filling = true;
  gtk_range_set_value (GTK_RANGE (self->layer_scale), layer + 1);
  sen_head_grid_set_chosen (self->grid, head >= 0 ? layer : -1, head);
  self->is_filling = false;
  tell_layer (self);
  update_heat (self);
}

static void
on_all_layers (GtkButton *button, SenLookPane *self)
{
  sen_look_pane_set_layer (self, -1, -1);
  g_signal_emit (self, signals[LAYERS], 0);
}

static void
on_head (SenHeadGrid *grid, int layer, int head, SenLookPane *self)
{
  self->layer = layer;
  self->head = head;
  self->is_filling = true;
  gtk_range_set_value (GTK_RANGE (self->layer_scale), layer + 1);
  self->is_filling = false;
  tell_layer (self);
  update_heat (self);
  g_signal_emit (self, signals[LAYERS], 0);
}

static void
on_shares_wanted (SenLookShares *shares, int token, SenLookPane *self)
{
  if (self->pinned >= 0)
    g_signal_emit (self, signals[SHARES], 0, self->answer_first + (guint) self->pinned - 1, token);
}

static void
on_expanded (GtkExpander *expander, GParamSpec *spec, SenLookPane *self)
{
  fill_table (self);
}

static void
on_message_button (GtkButton *button, SenLookPane *self)
{
  if (self->action != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), self->action, NULL);
  else
    g_signal_emit (self, signals[CANCEL], 0);
}

/* --- Following -------------------------------------------------------------------------------------------------------------------------- */

static void
on_replayed (int word, gpointer data)
{
  SenLookPane *self = data;
  update_heat (self);
  bring_into_sight (self, word);
}

static gboolean
on_replay_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  SenLookPane *self = SEN_LOOK_PANE (widget);
  if (self->explanation == NULL)
    return FALSE;
  gtk_toggle_button_set_active (self->replay_button, !gtk_toggle_button_get_active (self->replay_button));
  return TRUE;
}

/* New lines are there: the newest word is in the last. */
static void
on_laid_out (SenTokenFlow *flow, SenLookPane *self)
{
  if (self->follows && self->shown == (int) self->n_answer - 1)
    bring_into_sight (self, self->shown);
}

/* --- What is shown -------------------------------------------------------------------------------------------------------------------- */

static void
forget (SenLookPane *self)
{
  GtkWidget *child;
  sen_look_replay_rewind (self->replay);
  self->follows = false;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box))) != NULL)
    gtk_box_remove (self->media_box, child);
  self->pointed = self->told = self->pinned = self->shown = -1;
  self->n_answer = self->answer_first = 0;
  self->info = NULL;
  g_array_set_size (self->items, 0);
  g_clear_pointer (&self->row, g_free);
  g_clear_pointer (&self->whole, g_free);
  g_clear_pointer (&self->whole_of, sen_explanation_unref);
  g_clear_pointer (&self->detail, sen_explanation_unref);
  g_clear_pointer (&self->explanation, sen_explanation_unref);
  g_clear_object (&self->message);
  gtk_widget_set_sensitive (GTK_WIDGET (self->export_button), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->pinned_box), FALSE);
  g_signal_emit (self, signals[HEAT], 0);
}

void
sen_look_pane_show_sentence (SenLookPane *self, const char *text, const char *action, const char *label)
{
  forget (self);
  gtk_label_set_text (self->message_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->message_button), action != NULL);
  g_free (self->action);
  self->action = g_strdup (action);
  if (action != NULL)
    gtk_button_set_label (self->message_button, label);
  gtk_stack_set_visible_child_name (self->stack, "message");
}

void
sen_look_pane_show_progress (SenLookPane *self, const char *text, double fraction)
{
  if (self->explanation != NULL)
    forget (self);
  gtk_label_set_text (self->message_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), fraction >= 0.0);
  gtk_progress_bar_set_fraction (self->progress, CLAMP (fraction, 0.0, 1.0));
  g_clear_pointer (&self->action, g_free);
  gtk_button_set_label (self->message_button, _("Cancel"));
  gtk_widget_set_visible (GTK_WIDGET (self->message_button), TRUE);
  gtk_stack_set_visible_child_name (self->stack, "message");
}

static void
fill_media (SenLookPane *self, GPtrArray *attachments)
{
  for (guint media = 0; attachments != NULL && media < attachments->len; media++)
    {
      /* What was read in words has heat on them; those of a recording are shown where they are said. */
      bool is_shown = sen_attachment_kind (g_ptr_array_index (attachments, media)) == SEN_ATTACHMENT_SOUND;
      for (guint i = 0; i < self->info->n_spans; i++)
        is_shown = is_shown || self->info->spans[i].media == media;
      if (!is_shown)
        continue;
      GtkWidget *shown = sen_look_media_new (self->perception, g_ptr_array_index (attachments, media), self->explanation, media);
      sen_look_media_set_busy (SEN_LOOK_MEDIA (shown), self->is_busy);
      gtk_box_append (self->media_box, shown);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->media_box), gtk_widget_get_first_child (GTK_WIDGET (self->media_box)) != NULL);
}

/* Media without heat of their own are among the words. */
static bool
has_media_words (const SenExplanationInfo *info)
{
  for (guint i = 0; i < info->n_pieces; i++)
    if (info->pieces[i].kind == SEN_PIECE_WORDS)
      return true;
  return false;
}

static void
tell_limits (SenLookPane *self)
{
  g_autofree char *how = NULL, *text = NULL;
  const SenMessageFigures *figures = sen_message_figures (self->message);
  if (figures->model != NULL && g_strcmp0 (figures->model, self->info->model) != 0)
    /* translators: names of models: the one that wrote the answer, the one that is loaded */
    how = g_strdup_printf (_("%s wrote this; shown is how %s reads it."), figures->model, self->info->model);
  else
    how = g_strdup_printf (_("%s on %s."), self->info->model, self->info->device);
  const char *words = has_media_words (self->info) ? _("Pictures and recordings that it read in words are among the words.") : NULL;
  text = g_strjoin (" ", how, words, NULL);
  gtk_label_set_text (self->limits_label, text);
}

/* Where the words of the last message begin. */
static guint
find_answer (const SenExplanationInfo *info)
{
  guint first = info->n_pieces;
  while (first > 0 && info->pieces[first - 1].kind == SEN_PIECE_TEXT && info->pieces[first - 1].message == info->pieces[info->n_pieces - 1].message)
    first--;
  return first;
}

void
sen_look_pane_show (SenLookPane *self, SenExplanation *explanation, SenMessage *message, GPtrArray *attachments)
{
  forget (self);
  self->explanation = sen_explanation_ref (explanation);
  self->info = sen_explanation_info (explanation);
  self->message = g_object_ref (message);
  self->answer_first = find_answer (self->info);
  self->n_answer = self->info->n_pieces - self->answer_first;
  fill_prompt (self);
  fill_answer (self, 0);
  fill_media (self, attachments);
  tell_limits (self);
  tell_layer (self);
  sen_look_trust_set_explanation (self->trust, explanation);
  gtk_widget_set_sensitive (GTK_WIDGET (self->export_button), TRUE);
  gtk_stack_set_visible_child_name (self->stack, "look");
  update_heat (self);
}

bool
sen_look_pane_switch (SenLookPane *self, SenExplanation *explanation)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  if (self->info == NULL || info->n_pieces != self->info->n_pieces || self->n_answer > info->n_queries
      || info->first_query + 1 != self->answer_first)
    return false;
  for (guint i = 0; i < info->n_pieces; i++)
    if (info->pieces[i].id != self->info->pieces[i].id)
      return false;
  sen_explanation_ref (explanation);
  sen_explanation_unref (self->explanation);
  self->explanation = explanation;
  self->info = info;
  self->follows = false;
  tell_limits (self);
  tell_layer (self);
  sen_look_trust_set_explanation (self->trust, explanation);
  update_heat (self);
  return true;
}

void
sen_look_pane_set_shares (SenLookPane *self, SenExplanation *explanation)
{
  sen_look_shares_set_explanation (self->shares, explanation);
}

void
sen_look_pane_show_shares (SenLookPane *self, guint index)
{
  gtk_expander_set_expanded (self->heads_expander, TRUE);
  sen_look_shares_choose (self->shares, index);
}

void
sen_look_pane_grow (SenLookPane *self, SenExplanation *explanation, SenMessage *message, GPtrArray *attachments)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  if (self->info == NULL || self->info->pieces != info->pieces || self->message != message)
    {
      sen_look_pane_show (self, explanation, message, attachments);
      self->follows = true;
      update_heat (self);
      return;
    }
  guint n_before = self->n_answer;
  sen_explanation_ref (explanation);
  sen_explanation_unref (self->explanation);
  self->explanation = explanation;
  self->info = info;
  sen_look_trust_set_explanation (self->trust, explanation);
  self->n_answer = info->n_pieces - self->answer_first;
  if (self->n_answer == n_before)
    return;
  fill_answer (self, n_before);
  update_heat (self);
}

void
sen_look_pane_set_busy (SenLookPane *self, bool is_busy)
{
  if (self->is_busy == is_busy)
    return;
  self->is_busy = is_busy;
  gtk_widget_set_sensitive (GTK_WIDGET (self->methods), !is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->trust), !is_busy);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box));
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    sen_look_media_set_busy (SEN_LOOK_MEDIA (child), is_busy);
  if (self->explanation == NULL)
    return;
  fill_candidates (self);
  /* A word that was clicked while the answer was written. */
  if (!is_busy && self->pinned >= 0 && self->detail == NULL && self->answer_first + (guint) self->pinned > 0)
    {
      show_detail (self);
      g_signal_emit (self, signals[DETAIL], 0, self->answer_first + (guint) self->pinned - 1);
    }
}

SenLookMethods *
sen_look_pane_methods (SenLookPane *self)
{
  return self->methods;
}

SenLookTrust *
sen_look_pane_trust (SenLookPane *self)
{
  return self->trust;
}

SenExplanation *
sen_look_pane_explanation (SenLookPane *self)
{
  return self->explanation;
}

bool
sen_look_pane_is_loading (SenLookPane *self)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box));
  while (child != NULL && !sen_look_media_is_loading (SEN_LOOK_MEDIA (child)))
    child = gtk_widget_get_next_sibling (child);
  return child != NULL;
}

static void
unref_picture (gpointer image)
{
  if (image != NULL)
    sen_image_unref (image);
}

GPtrArray *
sen_look_pane_list_pictures (SenLookPane *self)
{
  GPtrArray *pictures = g_ptr_array_new_with_free_func (unref_picture);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box));
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      SenImage *image = sen_look_media_image (SEN_LOOK_MEDIA (child));
      guint number = sen_look_media_number (SEN_LOOK_MEDIA (child));
      if (number >= pictures->len)
        g_ptr_array_set_size (pictures, (int) number + 1);
      pictures->pdata[number] = image != NULL ? sen_image_ref (image) : NULL;
    }
  return pictures;
}

void
sen_look_pane_set_perception (SenLookPane *self, SenPerception *perception)
{
  g_set_object (&self->perception, perception);
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

static void
sen_look_pane_dispose (GObject *object)
{
  SenLookPane *self = SEN_LOOK_PANE (object);
  g_clear_pointer (&self->replay, sen_look_replay_free);
  /* Its thread keeps it alive for a while. */
  if (self->answer != NULL)
    g_signal_handlers_disconnect_by_func (self->answer, on_laid_out, self);
  g_clear_pointer (&self->row, g_free);
  g_clear_pointer (&self->whole, g_free);
  g_clear_pointer (&self->whole_of, sen_explanation_unref);
  g_clear_pointer (&self->items, g_array_unref);
  g_clear_pointer (&self->action, g_free);
  g_clear_pointer (&self->detail, sen_explanation_unref);
  g_clear_pointer (&self->explanation, sen_explanation_unref);
  self->info = NULL;
  g_clear_object (&self->message);
  g_clear_object (&self->perception);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_LOOK_PANE);
  G_OBJECT_CLASS (sen_look_pane_parent_class)->dispose (object);
}

static void
sen_look_pane_class_init (SenLookPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_look_pane_dispose;
  g_type_ensure (SEN_TYPE_TOKEN_FLOW);
  g_type_ensure (SEN_TYPE_HEAT_LEGEND);
  g_type_ensure (SEN_TYPE_HEAD_GRID);
  g_type_ensure (SEN_TYPE_LOOK_TABLE);
  g_type_ensure (SEN_TYPE_LOOK_METHODS);
  g_type_ensure (SEN_TYPE_LOOK_TRUST);
  g_type_ensure (SEN_TYPE_LOOK_SHARES);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "lookpane");
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-look-pane.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SenLookPane, name)
  BIND (column);
  BIND (stack);
  BIND (message_label);
  BIND (progress);
  BIND (message_button);
  BIND (export_button);
  BIND (replay_button);
  BIND (answer_scroller);
  BIND (prompt_scroller);
  BIND (answer);
  BIND (prompt);
  BIND (words_label);
  BIND (media_box);
  BIND (pinned_box);
  BIND (legend);
  BIND (log_check);
  BIND (sink_check);
  BIND (candidates_label);
  BIND (detail_label);
  BIND (layer_label);
  BIND (layer_box);
  BIND (chosen_label);
  BIND (lens_limits);
  BIND (limits_label);
  BIND (candidates);
  BIND (heads_expander);
  BIND (lens_expander);
  BIND (table_expander);
  BIND (layer_adjustment);
  BIND (layer_scale);
  BIND (grid);
  BIND (methods);
  BIND (trust);
  BIND (shares);
  BIND (lens_table);
  BIND (table);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_pointed);
  gtk_widget_class_bind_template_callback (widget_class, on_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_option);
  gtk_widget_class_bind_template_callback (widget_class, on_layer);
  gtk_widget_class_bind_template_callback (widget_class, on_all_layers);
  gtk_widget_class_bind_template_callback (widget_class, on_head);
  gtk_widget_class_bind_template_callback (widget_class, on_message_button);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_p, 0, on_replay_key, NULL);
#define SIGNAL(ID, name, n, ...) \
  signals[ID] = g_signal_new (name, SEN_TYPE_LOOK_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, __VA_ARGS__)
  signals[HEAT] = g_signal_new ("heat", SEN_TYPE_LOOK_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[LAYERS] = g_signal_new ("layers", SEN_TYPE_LOOK_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  SIGNAL (DETAIL, "detail", 1, G_TYPE_UINT);
  SIGNAL (SHARES, "shares", 2, G_TYPE_UINT, G_TYPE_INT);
  SIGNAL (GO_ON_WITH, "go-on-with", 1, G_TYPE_STRING);
  SIGNAL (CANCEL, "cancel", 0, G_TYPE_NONE);
#undef SIGNAL
}

static void
sen_look_pane_init (SenLookPane *self)
{
  self->items = g_array_new (FALSE, FALSE, sizeof (Item));
  self->pointed = self->told = self->pinned = self->shown = self->layer = self->head = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  sen_look_shares_set_grid (self->shares, self->grid);
  g_signal_connect (self->shares, "wanted", G_CALLBACK (on_shares_wanted), self);
  self->replay = sen_look_replay_new (self->replay_button, on_replayed, self);
  g_signal_connect (self->answer, "laid-out", G_CALLBACK (on_laid_out), self);
  g_signal_connect (self->table_expander, "notify::expanded", G_CALLBACK (on_expanded), self);
  sen_look_table_set_titles (self->lens_table, _("Layer"), _("Probability"), _("What each layer would have said"));
  sen_token_flow_set_describe (self->prompt, describe_prompt, self);
  sen_token_flow_set_describe (self->answer, describe_answer, self);
}
