/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-choices.h"
#include "sen-composer.h"
#include "sen-conversation-view.h"
#include "sen-dictation.h"
#include "sen-explain-cache.h"
#include "sen-files-bar.h"
#include "sen-find-bar.h"
#include "sen-find-page.h"
#include "sen-hold.h"
#include "sen-hotkey.h"
#include "sen-look-pane.h"
#include "sen-model-row.h"
#include "sen-read-aloud.h"
#include "sen-sentences.h"
#include "sen-sidebar.h"
#include "sen-window.h"

G_BEGIN_DECLS

struct _SenWindow {
  AdwApplicationWindow parent_instance;

  /* Template widgets */
  AdwFlap             *flap;
  SenSidebar          *sidebar;
  GtkStack            *pages;            /* "chat", "find" */
  SenFindPage         *find_page;
  AdwToastOverlay     *find_toasts;
  AdwToastOverlay     *toasts;
  SenFindBar          *find_bar;
  GtkStack            *stack;            /* "models", "start", "conversation" */
  SenConversationView *view;
  SenComposer         *composer;
  GtkMenuButton       *model_button;
  GtkPopover          *model_popover;
  GtkLabel            *title_label;
  GtkLabel            *model_label;
  GtkListBox          *model_list;       /* in the popover, or on the first page while no model is in use */
  GtkBox              *model_box;
  AdwClamp            *offer_clamp;
  GtkDropDown         *device_choice;
  GtkLabel            *reason_label;
  GtkButton           *unload_button;
  GtkMenuButton       *device_button;
  GtkLabel            *device_label;
  GtkLabel            *speed_label;
  GtkLabel            *facts_title;      /* in the popover of the device */
  GtkLabel            *facts_label;
  GtkLabel            *context_label;
  GtkRevealer         *banner;
  GtkLabel            *banner_label;
  GtkButton           *banner_button;
  GtkFlowBox          *suggestions;
  GtkLabel            *start_label, *start_note;
  GtkOverlay          *drop_area;        /* all but the list of conversations */
  GtkWidget           *drop_hint;
  AdwFlap             *look_flap;
  SenLookPane         *look_pane;

  /* Borrowed */
  SenApplication *application;
  SenEngine      *engine;
  SenSettings    *settings;
  SenHistory     *history;
  SenPerception  *perception;
  SenInventory   *inventory;
  SenFindService *finding;

  /* Owned */
  SenConversation *conversation;       /* that is shown; a fresh one is saved from its first message on */
  SenConversation *answering;          /* that an answer is written in, or NULL */
  SenConversation *in_mind;            /* whose tokens are in the model's context, or NULL */
  SenMessage      *answer;             /* that is being written, or NULL */
  SenSentences    *sentences;          /* of the answer, for those who hear it */
  SenJob          *job;                /* chat or load that runs, or NULL */
  GPtrArray       *shown_models;       /* that the rows of model_list tell of; NULL before it is known what there is */
  SenChoices       devices;            /* of device_choice */
  char            *loaded_device;      /* as the settings were when a model was last loaded, or NULL */
  uint32_t         loaded_n_ctx, loaded_n_threads;
  GHashTable      *cuts;               /* conversation id -> first message that the model sees, for those whose beginning is left out */
  SenMachine      *machine;            /* once it was measured, or NULL */
  char            *demo_prompt, *demo_path, *demo_find_path;
  char           **demo_ways;          /* what is to be looked at behind that: "rollout", "occlusion", "trust", "shares"; or NULL */
  guint            demo_way;           /* the next of them */
  int              demo_look;          /* word to be chosen in the pane, from 1; −n: the n-th is shown being written; 0: none (any more) */

  SenDictation *dictation;             /* the microphone */
  SenHotkey    *hotkey;                /* that works from anywhere, or NULL */
  SenMoment     mic_pressed;           /* when its button or key went down and began a recording, or 0 */
  gboolean      mic_by_key, mic_key_down;   /* that was the window's key; it is down, as far as the window can know */

  SenReadAloud *reader;
  SenMessage   *read;                  /* what it reads, or NULL */
  gboolean      reads_unasked;         /* as every answer is, by the settings */
  gboolean      is_silence_told;       /* why such an answer cannot be heard was told */

  SenMessage   *looked;                /* the answer that the pane is about, or NULL */
  SenJob       *look_job;              /* that explains it, or a word of it; or NULL */
  gboolean      look_waits;            /* for an answer to be written, or for a model */
  SenExplainCache *look_cache;         /* of the conversation that is shown */
  SenJob       *method_job;            /* that looks by another method, or measures trust; or NULL */
  gboolean      measures_trust;        /* it does the latter */
  SenExplainParams method;             /* by which what is shown was made */
  gboolean      is_looking;            /* the engine knows that somebody does */

  SenFilesBar  *files_bar;
  SenJob       *files_job;             /* that looks in files for what is asked, or NULL */
  gboolean      skips_files;           /* the question that is being written is answered without them */
  gboolean      looks_first;           /* the answer that is being prepared is made from them */

  GCancellable *getting_finder;        /* a model that finds is being fetched, or NULL */
  GCancellable *getting;               /* a model that hears is being fetched, or NULL */
  gboolean   wants_ears;               /* somebody wanted to speak without a model that hears */
  GCancellable *counting;              /* of the positions that what is attached takes, or NULL */
  guint      draft_tokens;             /* that the words of what is attached take */
  gboolean   may_leave_out;            /* the answer that is being prepared or written */
  gboolean   asks_again;               /* it is one, instead of another */

  gint64     wanted_message;           /* to scroll to when the conversation is there, or 0 */
  gboolean   filling_devices;
  gboolean   is_measuring;
  const char *undo_action;             /* what undoes the last deletion, with its id, or NULL */
  gint64     undo_id;
  AdwToast  *undo_toast;               /* weak */
  gboolean   shows_problem;            /* the banner tells what keeps the history from being saved */
  gboolean   is_problem_known;         /* the user has closed that */
  gboolean   was_unloaded;             /* by the user; the next question loads the model again */
  gboolean   ask_when_loaded;          /* a question waits for the model, or one of these: */
  SenMessage *waiting_again;           /* an answer that was asked for again, or NULL */
  SenMessage *waiting_unfinished;      /* one that is to be gone on with, or NULL */
  gint64     answer_start;
  guint      idle_source, load_source, begin_source;
};

/* sen-window-models.c: choosing models and devices. */
void sen_window_init_models (SenWindow *self);
/** NULL past the last one. */
SenModelRow *sen_window_nth_model_row (SenWindow *self, guint n);
/** The one list of models is either on the first page or in the popover. */
void sen_window_place_models (SenWindow *self, bool on_page);
void sen_window_load_model (SenWindow *self, const char *path);
void sen_window_use_device (SenWindow *self, const char *id);
/** From the next message on pictures or recordings reach the connector's model directly by it, or else through words. */
void sen_window_use_connector (SenWindow *self, const char *name, bool is_used);
/** The settings are others, or an answer has ended during which they became so: what depends on them follows, if need be by
 *  loading the model again. */
void sen_window_follow_settings (SenWindow *self);
void sen_window_unload (SenWindow *self);

/* sen-window-add.c: models of the user's own. */
void sen_window_init_adding (SenWindow *self);
/** Makes a GGUF file or a folder of them a model of this machine, and uses it unless another one is answering. */
void sen_window_add_model (SenWindow *self, GFile *file);

/* sen-window-chat.c: asking and answering. */
/** Asks @text at the end of the conversation that is shown. */
void sen_window_ask (SenWindow *self, const char *text);
/** Answers the last question of the conversation that is shown, in a new message or instead of @again. */
void sen_window_answer (SenWindow *self, SenMessage *again);
/** Goes on with an answer that was cut off. */
void sen_window_go_on (SenWindow *self, SenMessage *answer);
/** A question waited for the model, which is there now. */
bool sen_window_answer_waiting (SenWindow *self);
void sen_window_stop (SenWindow *self);
/** The user agrees that the model goes without the oldest messages; asks again. */
void sen_window_leave_out (SenWindow *self);

/* sen-window-attach.c: pictures and recordings for the message that is being written. */
void sen_window_init_attachments (SenWindow *self);
/** Adds one to the draft of the conversation that is shown, and has it understood. */
void sen_window_attach (SenWindow *self, SenAttachment *attachment);
/** Copies a file, and attaches it. */
void sen_window_attach_file (SenWindow *self, GFile *file);
/** The conversation or the model is another: what the composer shows of its attachments follows. */
void sen_window_update_attachments (SenWindow *self);
/** Those on the path up to @answer that are not understood yet, and with @retry what failed in the last question. NULL for
 *  none. (transfer full) */
GPtrArray *sen_window_list_unseen (SenWindow *self, SenMessage *answer, bool retry);
/** "Looking at picture 1 of 3"; NULL when all are settled. (transfer full) */
char *sen_window_describe_perceiving (GPtrArray *attachments);

/** Offers to get a model that hears, whatever is attached. */
void sen_window_offer_ears (SenWindow *self);
/** What is attached, or the model that is to take it, is another. */
void sen_window_update_draft (SenWindow *self);
/** Nobody waits for the positions that what is attached takes. */
void sen_window_stop_counting (SenWindow *self);

/* sen-window-mic.c: speaking instead of writing. */
void sen_window_init_mic (SenWindow *self);

/* sen-window-read.c: reading answers aloud. */
void sen_window_init_reading (SenWindow *self);
void sen_window_stop_reading (SenWindow *self);
/** An answer begins to be written, and is read if the settings say so. */
void sen_window_read_answer (SenWindow *self);
/** The next sentences of it; false when it is not read. */
bool sen_window_read_sentences (SenWindow *self, const char *said);
/** It is written. */
void sen_window_end_answer (SenWindow *self);

/* sen-window-look.c: where the model looked. */
void sen_window_init_look (SenWindow *self);
/** Nobody waits for what is looked at. */
void sen_window_stop_looking (SenWindow *self);
/** The pane is about @message from now on; NULL: about the last answer. */
void sen_window_look_at (SenWindow *self, SenMessage *message);
/** Writes what the pane shows to @file: "html", "png", "json" or "npz". */
void sen_window_export_look (SenWindow *self, const char *format, GFile *file);
/** An answer has begun or ended, or the model is another. */
void sen_window_update_look (SenWindow *self);

/** Asks the engine about the answer that is looked at, up to there: @params without message and candidates. @attachments (may be NULL) gets
 *  what is attached to it. NULL when it is known: then it is *@known. (transfer full) */
SenJob *sen_window_ask_look (SenWindow *self, SenExplainParams *params, GPtrArray *attachments, SenExplanation **known);
/** Nothing keeps it from being asked: nothing is being written, and the model that made what is shown is there. */
bool    sen_window_can_ask_look (SenWindow *self);
/** @job, one of these, found out @explanation. */
void    sen_window_keep_look (SenWindow *self, SenJob *job, SenExplanation *explanation);

/* sen-window-methods.c: other ways to look, trust, and what heads added. */
void sen_window_init_methods (SenWindow *self);
/** Nobody waits for it. */
void sen_window_stop_method (SenWindow *self);
/** Another answer is to be looked at: plain attention. */
void sen_window_reset_method (SenWindow *self);

/* sen-window-live.c: where it looks while it writes. */
/** Words that might have come instead. */
#define SEN_WINDOW_CANDIDATES 6
/** Words of the conversation's own text are pointed at. */
void sen_window_init_pointing (SenWindow *self);
/** The layer and head that are chosen in the pane become those of @params, when it asks for attention; @layer is theirs. */
void sen_window_add_layer (SenWindow *self, SenExplainParams *params, uint32_t *layer);
/** Another layer is chosen for what is being written. */
void sen_window_look_anew (SenWindow *self);
/** Somebody begins or ceases to see it. */
void sen_window_set_looking (SenWindow *self, bool is_looking);
/** @job has written more of the answer. */
void sen_window_follow_look (SenWindow *self, SenJob *job);
/** It has ended: what was seen stays, unless it lacks something. */
void sen_window_settle_look (SenWindow *self, SenJob *job);

/* sen-window-files.c: answers from files. */
void sen_window_init_files (SenWindow *self);
/** The conversation that is shown is another, or asks files otherwise: what stands above what is written follows. */
void sen_window_update_files (SenWindow *self);
/** A new conversation that asks the files of @folder (NULL: of any) and waits for a question; a folder that is not searched yet is from
 *  then on. */
void sen_window_ask_about_folder (SenWindow *self, const char *folder);
/** Whether the answer that is to be begun is made from files; a question that goes without is asked of them again from the next on. */
bool sen_window_takes_files (SenWindow *self);
/** Looks in the files for the question that the answer which is begun is to; its end is that of the job. The answer has its sources then.
 *  (transfer full) */
SenJob *sen_window_look_in_files (SenWindow *self);
/** Nobody waits for that. */
void sen_window_stop_looking_in_files (SenWindow *self);
/** What @job, which is finished, has found out without a model: sen_grounding_answer_alone(). NULL: one is to be asked. */
const char *sen_window_answer_of_files (SenJob *job);
/** Why they could not be looked through. */
void sen_window_show_files_error (SenWindow *self, const GError *error);
/** What the model reads as the questions of the conversation that is shown, up to @last. */
void sen_window_prepare_turns (SenWindow *self, SenMessage *last);
/** @answer is written: how far it stands in its sources is kept with it. */
void sen_window_check_sources (SenWindow *self, SenMessage *answer);

/* sen-window-find.c: finding files. */
void sen_window_init_finding (SenWindow *self);
/** The page for finding, or the conversation. */
void sen_window_show_finding (SenWindow *self, bool is_finding);
bool sen_window_is_finding (SenWindow *self);

/* sen-window-conversations.c: opening, naming, deleting, carrying away. */
void sen_window_init_conversations (SenWindow *self);
void sen_window_open (SenWindow *self, SenConversation *conversation, gint64 message);
void sen_window_save_draft (SenWindow *self);
void sen_window_tell_problem (SenWindow *self);

/* sen-window.c */
void sen_window_show_error (SenWindow *self, const GError *error);
/** One sentence and, unless NULL, an action that helps and its label. */
void sen_window_show_banner (SenWindow *self, const char *text, const char *action, const char *label);
/** Hides it; what keeps the history from being saved comes back, unless the user has closed that. */
void sen_window_hide_banner (SenWindow *self);
void sen_window_toast (SenWindow *self, const char *text);
void sen_window_update (SenWindow *self);
/** The focus goes to the message to write, unless something else is being written. */
void sen_window_offer_focus (SenWindow *self);

/* sen-window-demo.c */
void sen_window_demo_step (SenWindow *self);
/** The pane shows @n_words of an answer that is being written. */
void sen_window_demo_live (SenWindow *self, guint n_words);

G_END_DECLS
