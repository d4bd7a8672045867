/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-head-grid.h"
#include "sen-heat-legend.h"
#include "sen-look-pane.h"
#include "sen-look-replay.h"
#include "sen-look-shares.h"
#include "sen-look-table.h"
#include "sen-token-flow.h"

G_BEGIN_DECLS

/* What the flow of the prompt shows as one: a token, or all embeddings of a media that stand together. */
typedef struct {
  guint first, n;   /* pieces */
} SenLookItem;

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
  GArray         *items;          /* SenLookItem, of the prompt */
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

enum {
  SEN_LOOK_PANE_HEAT,
  SEN_LOOK_PANE_DETAIL,
  SEN_LOOK_PANE_LAYERS,
  SEN_LOOK_PANE_SHARES,
  SEN_LOOK_PANE_GO_ON_WITH,
  SEN_LOOK_PANE_CANCEL,
  SEN_LOOK_PANE_N_SIGNALS
};
extern guint sen_look_pane_signals[SEN_LOOK_PANE_N_SIGNALS];

/* sen-look-words.c: the words of the prompt and of the answer */
/** As it stands in a sentence. (transfer full) */
char *sen_look_quote (const char *text);
/** Of several, one that differs from another by its spaces only has these shown. (transfer full) */
char *sen_look_quote_among (const SenCandidate *one, const SenCandidate *all, guint n);
const SenLookItem *sen_look_pane_item_at (SenLookPane *self, guint i);
char              *sen_look_pane_item_text (SenLookPane *self, const SenLookItem *item);   /* (transfer full) */
/** What is shown of its pieces, added up. */
float              sen_look_pane_item_weight (SenLookPane *self, const SenLookItem *item);
/** The prediction of the @word-th token of the answer, or NULL. */
const SenPrediction *sen_look_pane_prediction_of (SenLookPane *self, guint word);
void  sen_look_pane_fill_prompt (SenLookPane *self);
/** Words from the @n_shown-th on; 0: all of another answer. */
void  sen_look_pane_fill_answer (SenLookPane *self, guint n_shown);
/** For sen_token_flow_set_describe(), @data: the pane. */
char *sen_look_pane_describe_prompt (guint token, gpointer data);
char *sen_look_pane_describe_answer (guint token, gpointer data);

/* sen-look-strongest.c: what it looked at most */
void sen_look_pane_name_strongest (SenLookPane *self);
void sen_look_pane_fill_table (SenLookPane *self);

/* sen-look-heat.c: the colours of the word that is shown, or of all */
void sen_look_pane_update_heat (SenLookPane *self);

/* sen-look-pinned.c: the word that was clicked */
void sen_look_pane_pin (SenLookPane *self, int word);
void sen_look_pane_fill_candidates (SenLookPane *self);
void sen_look_pane_show_detail (SenLookPane *self);
void sen_look_pane_tell_layer (SenLookPane *self);
/** Words of the answer, which may be longer than its frame. */
void sen_look_pane_bring_into_sight (SenLookPane *self, int word);

G_END_DECLS
