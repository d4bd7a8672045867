/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <math.h>

#include "sen-look-pane-private.h"

#define N_WORDS 5               /* that are named */
#define N_LINES 100             /* of the table */

typedef struct {
  SenLookItem  item;
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
join_unit (SenLookPane *self, SenLookItem *item)
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
      SenLookItem of_answer = { self->answer_first + i - self->items->len, 1 };
      Ranked one = { .item = i < self->items->len ? *sen_look_pane_item_at (self, i) : of_answer };
      one.weight = sen_look_pane_item_weight (self, &one.item);
      if (!join_unit (self, &one.item))
        continue;
      if (one.weight != 0.0f && (with_template || self->info->pieces[one.item.first].kind != SEN_PIECE_TEMPLATE))
        keep_strong (all, n_most, &one);
    }
  return all;
}

void
sen_look_pane_name_strongest (SenLookPane *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) ranked = rank (self, N_WORDS, false);
  for (guint i = 0; i < ranked->len; i++)
    {
      const Ranked *one = &g_array_index (ranked, Ranked, i);
      g_autofree char *word = sen_look_pane_item_text (self, &one->item), *quoted = sen_look_quote (word);
      g_autofree char *share = sen_heat_format (self->map, (double) one->weight);
      g_string_append_printf (text, "%s%s %s", i > 0 ? " · " : "", quoted, share);
    }
  /* translators: the words that it looked at, with their parts */
  g_autofree char *whole = g_strdup_printf (_("Whole answer: %s"), text->str);
  gtk_label_set_text (self->words_label, self->shown < 0 ? whole : text->str);
  if (self->row == NULL)
    gtk_label_set_text (self->words_label, _("The bars below the words say how sure it was of each."));
}

void
sen_look_pane_fill_table (SenLookPane *self)
{
  if (!gtk_expander_get_expanded (self->table_expander) || self->info == NULL)
    return;
  g_autoptr (GArray) ranked = rank (self, N_LINES, true);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free), shares = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < ranked->len; i++)
    {
      const Ranked *one = &g_array_index (ranked, Ranked, i);
      g_autofree char *word = sen_look_pane_item_text (self, &one->item);
      g_ptr_array_add (texts, sen_look_quote (word));
      g_ptr_array_add (shares, sen_heat_format (self->map, (double) one->weight));
    }
  sen_look_table_set_lines (self->table, (const char *const *) texts->pdata, (const char *const *) shares->pdata, texts->len);
}
