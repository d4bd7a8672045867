/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-find-page-private.h"

/* Steps after which the picture is taken as it is: pictures that cannot be decoded never come. */
#define PATIENCE 200

void
sen_find_page_set_demo (SenFindPage *self, const char *query)
{
  self->demo_pictures = g_str_has_prefix (query, "pictures:");
  self->demo_heat = g_str_has_suffix (query, "!!");
  self->demo_peek = g_str_has_suffix (query, "!");
  query += self->demo_pictures ? strlen ("pictures:") : 0;
  self->demo_query = g_strndup (query, strlen (query) - (self->demo_heat ? 2 : self->demo_peek ? 1 : 0));
}

/* What takes long is shown as it is: on its way. */
static bool
is_indexing (SenFindPage *self)
{
  g_auto (SenIndexProgress) progress = { 0 };
  return sen_find_service_get_progress (self->service, &progress) && progress.stage <= SEN_INDEXER_EMBEDDING;
}

/* Every picture in sight is there. */
static bool
has_pictures (SenFindPage *self)
{
  SenFindView *view = gtk_widget_get_mapped (GTK_WIDGET (self->grid)) ? self->grid : self->parts[SEN_FIND_SECTION_SEEN].view;
  guint n_pictures, n_cells = sen_find_view_n_cells (view, &n_pictures);
  return n_pictures >= MIN (n_cells, 12);
}

bool
sen_find_page_demo_step (SenFindPage *self)
{
  if (self->demo_query != NULL && is_indexing (self))
    return false;
  if (self->demo_query != NULL)
    {
      g_autofree char *query = g_steal_pointer (&self->demo_query);
      if (self->demo_pictures)
        sen_find_filters_set_kinds (self->filters, 1u << SEN_FILE_PICTURE);
      sen_find_page_search (self, query);
      /* What is there answers nothing, and what was asked before is not to come any more. */
      sen_find_page_ask (self, FALSE);
      g_clear_pointer (&self->results, sen_find_results_unref);
      return false;
    }
  bool is_whole = self->results != NULL && sen_find_results_info (self->results)->is_whole;
  if (!is_whole || (self->demo_waits++ < PATIENCE && (self->demo_waits < 4 || !has_pictures (self))))
    return false;
  /* The first answer has opened the models. */
  if (!self->demo_is_warm)
    {
      self->demo_is_warm = TRUE;
      self->demo_waits = 0;
      sen_find_page_ask (self, FALSE);
      g_clear_pointer (&self->results, sen_find_results_unref);
      return false;
    }
  if (self->demo_peek)
    {
      self->demo_peek = false;
      self->demo_waits = 0;
      sen_find_page_peek_first (self);
      if (self->demo_heat)
        sen_find_preview_show_heat (self->preview);
      return false;
    }
  if (self->demo_heat && self->demo_waits < PATIENCE && !sen_find_preview_has_heat (self->preview))
    return false;
  return true;
}
