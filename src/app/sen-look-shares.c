/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-shares.h"

#include <glib/gi18n.h>
#include <math.h>

#include "sen-heat-legend.h"
#include "sen-look-table.h"

struct _SenLookShares {
  GtkWidget parent_instance;
  GtkWidget     *box, *figures;
  GtkDropDown   *what;          /* the first: where they look */
  GtkLabel      *note;
  SenHeatLegend *legend;
  SenLookTable  *table;
  SenHeadGrid   *grid;          /* borrowed */
  GArray        *tokens;        /* SenToken of each word */
  bool           is_filling;
};

enum { WANTED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenLookShares, sen_look_shares, GTK_TYPE_WIDGET)

/* The word that is chosen, or SEN_NO_TOKEN. */
static SenToken
token_of (SenLookShares *self)
{
  guint selected = gtk_drop_down_get_selected (self->what);
  return selected > 0 && selected <= self->tokens->len ? g_array_index (self->tokens, SenToken, selected - 1) : SEN_NO_TOKEN;
}

/* --- What was added ------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  char *name;
  float share;
} Line;

static void
clear_line (gpointer data)
{
  g_free (((Line *) data)->name);
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  float x = fabsf (((const Line *) a)->share), y = fabsf (((const Line *) b)->share);
  return (x < y) - (x > y);
}

static void
add_line (GArray *lines, char *name, float share)
{
  Line line = { name, share };
  g_array_append_val (lines, line);
}

/* All that add up to the logit, the most first. */
static void
fill_table (SenLookShares *self, const SenHeadShares *shares)
{
  g_autoptr (GArray) lines = g_array_new (FALSE, FALSE, sizeof (Line));
  g_autoptr (GPtrArray) names = g_ptr_array_new (), numbers = g_ptr_array_new_with_free_func (g_free);
  g_array_set_clear_func (lines, clear_line);
  for (uint32_t layer = 0; layer < shares->n_layer; layer++)
    {
      for (uint32_t head = 0; head < shares->n_head; head++)
        add_line (lines, g_strdup_printf (_("Layer %u, head %u"), layer + 1, head + 1), shares->heads[layer * shares->n_head + head]);
      /* translators: the part of a layer that works on each word alone */
      add_line (lines, g_strdup_printf (_("Layer %u, feed-forward"), layer + 1), shares->feed_forward[layer]);
    }
  add_line (lines, g_strdup (_("The word before it")), shares->embedding);
  g_array_sort (lines, compare_lines);
  for (guint i = 0; i < lines->len; i++)
    {
      const Line *line = &g_array_index (lines, Line, i);
      g_ptr_array_add (names, line->name);
      g_ptr_array_add (numbers, sen_heat_format_change ((double) line->share));
    }
  sen_look_table_set_lines (self->table, (const char *const *) names->pdata, (const char *const *) numbers->pdata, names->len);
}

static void
fill_grid (SenLookShares *self, const SenHeadShares *shares)
{
  gsize n = (gsize) shares->n_layer * shares->n_head;
  g_autofree float *strengths = g_new (float, n);
  float most = 0.0f;
  for (gsize i = 0; i < n; i++)
    most = MAX (most, fabsf (shares->heads[i]));
  for (gsize i = 0; i < n; i++)
    strengths[i] = most > 0.0f ? shares->heads[i] / most : 0.0f;
  sen_head_grid_set_changes (self->grid, strengths, shares->heads, shares->n_layer, shares->n_head);
  sen_heat_legend_set_changes (self->legend, (double) most);
}

void
sen_look_shares_set_explanation (SenLookShares *self, SenExplanation *explanation)
{
  const SenExplanationInfo *info = explanation != NULL ? sen_explanation_info (explanation) : NULL;
  if (info == NULL || info->shares == NULL)
    {
      gtk_drop_down_set_selected (self->what, 0);
      return;
    }
  if (info->share_of.id != token_of (self))
    return;
  fill_grid (self, info->shares);
  fill_table (self, info->shares);
  g_autofree char *logit = sen_heat_format_change ((double) info->shares->logit);
  g_autofree char *note = g_strdup_printf (_("What each head added to this word itself; all of it and what the layers' feed-forwards added "
                                             "come to %s. What a head does by way of later layers is not in it."), logit);
  gtk_label_set_text (self->note, note);
  gtk_widget_set_visible (self->figures, TRUE);
}

/* --- Choosing ------------------------------------------------------------------------------------------------------------------------- */

static void
on_selected (GtkDropDown *drop_down, GParamSpec *spec, SenLookShares *self)
{
  if (self->is_filling)
    return;
  gtk_widget_set_visible (self->figures, FALSE);
  sen_head_grid_set_changes (self->grid, NULL, NULL, 0, 0);
  if (token_of (self) != SEN_NO_TOKEN)
    g_signal_emit (self, signals[WANTED], 0, (int) token_of (self));
}

void
sen_look_shares_choose (SenLookShares *self, guint index)
{
  gtk_drop_down_set_selected (self->what, MIN (index + 1, self->tokens->len));
}

void
sen_look_shares_set_words (SenLookShares *self, const SenCandidate *words, const char *const *named, guint n)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  gtk_string_list_append (list, _("Colours: where each head looks"));
  g_array_set_size (self->tokens, 0);
  for (guint i = 0; i < n; i++)
    {
      /* translators: of heads, towards a word that the model might say */
      g_autofree char *text = g_strdup_printf (_("Colours: what each adds to %s"), named[i]);
      gtk_string_list_append (list, text);
      g_array_append_val (self->tokens, words[i].id);
    }
  self->is_filling = true;
  gtk_drop_down_set_model (self->what, G_LIST_MODEL (list));
  gtk_drop_down_set_selected (self->what, 0);
  self->is_filling = false;
  gtk_widget_set_visible (self->figures, FALSE);
  if (self->grid != NULL)
    sen_head_grid_set_changes (self->grid, NULL, NULL, 0, 0);
}

void
sen_look_shares_set_grid (SenLookShares *self, SenHeadGrid *grid)
{
  self->grid = grid;
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

GtkWidget *
sen_look_shares_new (void)
{
  return g_object_new (SEN_TYPE_LOOK_SHARES, NULL);
}

static void
sen_look_shares_dispose (GObject *object)
{
  SenLookShares *self = SEN_LOOK_SHARES (object);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->tokens, g_array_unref);
  G_OBJECT_CLASS (sen_look_shares_parent_class)->dispose (object);
}

static void
sen_look_shares_class_init (SenLookSharesClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_look_shares_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "lookshares");
  signals[WANTED] = g_signal_new ("wanted", SEN_TYPE_LOOK_SHARES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
sen_look_shares_init (SenLookShares *self)
{
  GtkWidget *expander = gtk_expander_new (_("Heads as a table"));
  self->tokens = g_array_new (FALSE, FALSE, sizeof (SenToken));
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->figures = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->what = GTK_DROP_DOWN (gtk_drop_down_new (NULL, NULL));
  self->note = GTK_LABEL (gtk_label_new (NULL));
  self->legend = SEN_HEAT_LEGEND (sen_heat_legend_new ());
  self->table = SEN_LOOK_TABLE (sen_look_table_new ());
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->what), GTK_ACCESSIBLE_PROPERTY_LABEL, _("What the colours of the heads say"), -1);
  gtk_label_set_xalign (self->note, 0.0f);
  gtk_label_set_wrap (self->note, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
  sen_look_table_set_titles (self->table, _("Head"), _("Added"), _("What each head added to the word"));
  gtk_expander_set_child (GTK_EXPANDER (expander), GTK_WIDGET (self->table));
  gtk_box_append (GTK_BOX (self->figures), GTK_WIDGET (self->legend));
  gtk_box_append (GTK_BOX (self->figures), GTK_WIDGET (self->note));
  gtk_box_append (GTK_BOX (self->figures), expander);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->what));
  gtk_box_append (GTK_BOX (self->box), self->figures);
  gtk_widget_set_visible (self->figures, FALSE);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect (self->what, "notify::selected", G_CALLBACK (on_selected), self);
}
