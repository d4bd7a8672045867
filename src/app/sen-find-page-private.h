/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-find-chips.h"
#include "sen-find-filters.h"
#include "sen-find-folders.h"
#include "sen-find-page.h"
#include "sen-find-preview.h"
#include "sen-find-view.h"

G_BEGIN_DECLS

/* A heading, a way to all of it, and the best of one sort. */
typedef struct {
  GtkWidget   *box;
  GtkButton   *all_button;
  SenFindView *view;
} SenFindSection;

typedef enum { SEN_FIND_SECTION_SEEN, SEN_FIND_SECTION_READ, SEN_FIND_SECTION_HEARD, SEN_FIND_N_SECTIONS } SenFindSectionKind;

struct _SenFindPage {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget       *column;
  GtkToggleButton *sidebar_button;
  GtkWidget       *folders_button, *ask_button, *narrow_folders_button, *narrow_ask_button;   /* at the top, or below */
  GtkBox          *entry_box;
  GtkSearchEntry  *entry;
  GtkMenuButton   *add_button;
  GtkPopover      *add_popover;
  GtkEntry        *words_entry;
  GtkBox          *chips_place, *sections, *status_place;
  GtkBox          *filters_row;
  GtkLabel        *count_label;
  GtkRevealer     *note;           /* what is lacking, or wrong with what was asked */
  GtkBox          *note_box;
  GtkLabel        *note_label;
  GtkButton       *note_button;
  AdwFlap         *flap;
  AdwBin          *preview_place, *grid_place, *list_place;
  GtkStack        *stack;          /* "blank", "folders", "nothing", "overview", "grid", "list" */
  AdwStatusPage   *nothing_page;
  GtkButton       *nearest_button, *more_button, *overview_more_button;
  GMenuModel      *item_menu;

  /* Made when there is a service; borrowed from their parents */
  SenFindChips    *chips;
  SenFindFilters  *filters;
  SenFindSection   parts[SEN_FIND_N_SECTIONS];
  SenFindView     *grid, *list;
  SenFindPreview  *preview;
  GtkWidget       *popover;        /* the menu of an item, or NULL */

  /* Owned */
  SenFindService  *service;
  SenSettings     *settings;       /* borrowed */
  GSimpleActionGroup *actions;
  SenFindResults  *results;        /* what is shown, or NULL */
  SenFindResults  *late;           /* what came while what is shown was held, or NULL */
  SenFindItem     *current;        /* what actions are about, or NULL */
  char            *wanted_model;   /* that the note offers, or NULL */

  SenIndexerStage stage;           /* of the indexer, when it was last looked at */
  guint64         n_files;
  gboolean shows_all;              /* what is only nearest too */
  gboolean is_getting;

  /* Of a demonstration */
  char    *demo_query;
  gboolean demo_pictures, demo_peek, demo_heat, demo_is_warm;
  guint    demo_waits;
};

/* sen-find-page.c */
/** Asks again; @is_typed: the last word may be unfinished. */
void sen_find_page_ask (SenFindPage *self, gboolean is_typed);
/** What actions are about from now on. */
void sen_find_page_set_current (SenFindPage *self, SenFindItem *item);
void sen_find_page_toast (SenFindPage *self, const char *text);
/** More like it, or less like it; tells when there are too many. */
void sen_find_page_add_file (SenFindPage *self, const char *path, SenFileKind kind, gboolean is_less, gboolean is_ours);
void sen_find_page_add_words (SenFindPage *self, const char *words, gboolean is_less);
void sen_find_page_ask_about (SenFindPage *self, SenFindItem *item);
/** A conversation about the files of @folder; NULL: about all. */
void sen_find_page_ask_files (SenFindPage *self, const char *folder);
/** The request as the page has it now; @parts: room for SEN_FIND_MAX_PARTS. What it points to lives until the page changes. */
void sen_find_page_fill_request (SenFindPage *self, SenFindRequest *request, SenFindPart *parts);

/** Looks at the first of what was found. */
void sen_find_page_peek_first (SenFindPage *self);

/* sen-find-page-actions.c */
void sen_find_page_init_actions (SenFindPage *self);
void sen_find_page_update_actions (SenFindPage *self);
void sen_find_page_open_item (SenFindPage *self);
void sen_find_page_show_menu (SenFindPage *self, GtkWidget *cell, double x, double y);
void sen_find_page_choose_part (SenFindPage *self);
/** Files and pictures in the clipboard become a part of what is looked for; false: there is text, or nothing, for the entry to take. */
gboolean sen_find_page_paste (SenFindPage *self);
/** Pictures and files dropped on the entry do so too. */
void sen_find_page_init_drop (SenFindPage *self);

G_END_DECLS
