/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-composer.h"
#include "sen-message-row.h"
#include "sen-model-row.h"
#include "sen-window.h"

G_BEGIN_DECLS

struct _SenWindow {
  AdwApplicationWindow parent_instance;

  /* Template widgets */
  AdwToastOverlay   *toasts;
  GtkStack          *stack;            /* "models", "start", "conversation" */
  GtkBox            *conversation;
  GtkScrolledWindow *scroller;
  SenComposer       *composer;
  GtkMenuButton     *model_button;
  GtkPopover        *model_popover;
  GtkLabel          *model_label;
  GtkListBox        *model_list;       /* in the popover, or on the first page while no model is in use */
  GtkBox            *model_box;
  AdwClamp          *offer_clamp;
  GtkDropDown       *device_choice;
  GtkLabel          *reason_label;
  GtkButton         *unload_button;
  GtkMenuButton     *device_button;
  GtkLabel          *device_label;
  GtkLabel          *speed_label;
  GtkLabel          *facts_title;      /* in the popover of the device */
  GtkLabel          *facts_label;
  GtkLabel          *context_label;
  GtkRevealer       *banner;
  GtkLabel          *banner_label;
  GtkButton         *banner_button;
  GtkFlowBox        *suggestions;

  /* Borrowed */
  SenApplication *application;
  SenEngine      *engine;
  SenSettings    *settings;
  SenMessageRow  *answer;              /* the row that is being written, or NULL */

  /* Owned */
  SenJob    *job;                      /* chat or load that runs, or NULL */
  GPtrArray *device_ids;               /* of the rows of device_choice */
  char      *demo_prompt, *demo_path;

  gboolean   follow;                   /* the view stays at the end while text comes */
  gboolean   scroll_pending;
  gboolean   filling_devices;
  gboolean   was_unloaded;             /* by the user; the next question loads the model again */
  gboolean   ask_when_loaded;          /* a question waits for the model */
  gint64     answer_start;
};

/* sen-window-models.c: choosing models and devices. */
void sen_window_init_models (SenWindow *self);
void sen_window_refresh_models (SenWindow *self);
/** The one list of models is either on the first page or in the popover. */
void sen_window_place_models (SenWindow *self, bool on_page);
/** Loads the model of the settings, or the first that is there; false when there is none. */
bool sen_window_load_any_model (SenWindow *self);
void sen_window_load_model (SenWindow *self, const char *path);
void sen_window_unload (SenWindow *self);

/* sen-window.c */
void sen_window_show_error (SenWindow *self, const GError *error);
void sen_window_update (SenWindow *self);
/** The answer that is being written ends here, whatever still comes. */
void sen_window_end_answer (SenWindow *self);
/** Answers the conversation as it stands. */
void sen_window_request_answer (SenWindow *self);

/* sen-window-demo.c */
void sen_window_demo_step (SenWindow *self);

G_END_DECLS
