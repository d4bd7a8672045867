/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-list.h"

#include <string.h>

/* --- An item ------------------------------------------------------------------------------------------------------------------------- */

struct _SenFindItem {
  GObject         parent_instance;
  SenFindResults *results;
  guint           index;
};

G_DEFINE_FINAL_TYPE (SenFindItem, sen_find_item, G_TYPE_OBJECT)

const SenFindResult *
sen_find_item_result (SenFindItem *self)
{
  return sen_find_results_get (self->results, self->index);
}

const char *
sen_find_item_path (SenFindItem *self)
{
  return sen_find_item_result (self)->paths[0];
}

GFile *
sen_find_item_dup_file (SenFindItem *self)
{
  return g_file_new_for_path (sen_find_item_path (self));
}

static void
sen_find_item_finalize (GObject *object)
{
  g_clear_pointer (&SEN_FIND_ITEM (object)->results, sen_find_results_unref);
  G_OBJECT_CLASS (sen_find_item_parent_class)->finalize (object);
}

static void
sen_find_item_class_init (SenFindItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_find_item_finalize;
}

static void
sen_find_item_init (SenFindItem *self)
{
}

/* --- The list ------------------------------------------------------------------------------------------------------------------------ */

struct _SenFindList {
  GObject         parent_instance;
  SenFindResults *results;     /* or NULL */
  GArray         *indices;     /* guint32: where in the results */
  guint           n_in_all;
};

static GType
get_item_type (GListModel *model)
{
  return SEN_TYPE_FIND_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return SEN_FIND_LIST (model)->indices->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  SenFindList *self = SEN_FIND_LIST (model);
  if (position >= self->indices->len)
    return NULL;
  SenFindItem *item = g_object_new (SEN_TYPE_FIND_ITEM, NULL);
  item->results = sen_find_results_ref (self->results);
  item->index = g_array_index (self->indices, guint32, position);
  return item;
}

static void
init_model (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SenFindList, sen_find_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_model))

void
sen_find_list_set (SenFindList *self, SenFindResults *results, guint32 kinds, guint n_looked_at, guint n_most)
{
  guint n_before = self->indices->len;
  guint n = results != NULL ? MIN (n_looked_at, sen_find_results_info (results)->n) : 0;
  SenFindResults *before = self->results;
  self->results = results != NULL ? sen_find_results_ref (results) : NULL;
  g_array_set_size (self->indices, 0);
  self->n_in_all = 0;
  for (guint32 i = 0; i < n; i++)
    if ((kinds & 1u << sen_find_results_get (results, i)->kind) != 0)
      {
        if (n_most == 0 || self->n_in_all < n_most)
          g_array_append_val (self->indices, i);
        self->n_in_all++;
      }
  g_clear_pointer (&before, sen_find_results_unref);
  if (n_before > 0 || self->indices->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, self->indices->len);
}

guint
sen_find_list_find (SenFindList *self, const char *path)
{
  for (guint i = 0; i < self->indices->len; i++)
    if (strcmp (sen_find_results_get (self->results, g_array_index (self->indices, guint32, i))->paths[0], path) == 0)
      return i;
  return G_MAXUINT;
}

guint
sen_find_list_n_in_all (SenFindList *self)
{
  return self->n_in_all;
}

SenFindList *
sen_find_list_new (void)
{
  return g_object_new (SEN_TYPE_FIND_LIST, NULL);
}

static void
sen_find_list_finalize (GObject *object)
{
  SenFindList *self = SEN_FIND_LIST (object);
  g_clear_pointer (&self->results, sen_find_results_unref);
  g_array_unref (self->indices);
  G_OBJECT_CLASS (sen_find_list_parent_class)->finalize (object);
}

static void
sen_find_list_class_init (SenFindListClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_find_list_finalize;
}

static void
sen_find_list_init (SenFindList *self)
{
  self->indices = g_array_new (FALSE, FALSE, sizeof (guint32));
}
