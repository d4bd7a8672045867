/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-explanation.h"
#include "sen-heat.h"
#include "sen-look-methods.h"
#include "sen-look-trust.h"
#include "sen-message.h"
#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_LOOK_PANE (sen_look_pane_get_type ())
G_DECLARE_FINAL_TYPE (SenLookPane, sen_look_pane, SEN, LOOK_PANE, GtkWidget)

/**
 * "Where it looked": the words of an answer, and for the one pointed at or clicked what the model attended to: words, pictures, sound.
 *
 * A clicked word stays; what else it might have been is shown then, and once sen_look_pane_set_detail() has brought them its layers and
 * heads. While an answer is written the newest word is shown unless one is pointed at or was clicked, and after it the last one.
 *
 * Signals: "heat": another word is shown, or none; "detail" (uint query): a word was clicked whose layers and heads are not known; "shares"
 * (uint query, int token): what its heads added to a token is wanted; "go-on-with" (const char *text): the answer is to begin with @text;
 * "layers": another layer or head is chosen, for all words and answers to come; "cancel": nobody wants to wait for it any more.
 */
void sen_look_pane_set_perception (SenLookPane *self, SenPerception *perception);   /* once, before */

/** One sentence in place of an explanation, and unless NULL an action that helps and its label. */
void sen_look_pane_show_sentence (SenLookPane *self, const char *text, const char *action, const char *label);
/** What is being done, and how far it is: 0 to 1, negative while unknown. It can be cancelled. */
void sen_look_pane_show_progress (SenLookPane *self, const char *text, double fraction);
/** @explanation is about the own words of @message; @attachments (SenAttachment) are the media of its conversation, in their order. */
void sen_look_pane_show (SenLookPane *self, SenExplanation *explanation, SenMessage *message, GPtrArray *attachments);
/** The same as far as the answer has come by now, while it is written: shown anew where something else was, else what has come is added. */
void sen_look_pane_grow (SenLookPane *self, SenExplanation *explanation, SenMessage *message, GPtrArray *attachments);
/** The same answer looked at by another method, or with trust: the word that is chosen stays. False when it is about another text. */
bool sen_look_pane_switch (SenLookPane *self, SenExplanation *explanation);
/** With shares of heads of the chosen word; NULL: they could not be had. */
void sen_look_pane_set_shares (SenLookPane *self, SenExplanation *explanation);
/** The same conversation, one query with its detail and lens; NULL: there will be none. */
void sen_look_pane_set_detail (SenLookPane *self, SenExplanation *detail);
/** The layer and head that are chosen, from 0; -1: all of them, or those that stand for all. Setting tells nobody. */
void sen_look_pane_get_layer (SenLookPane *self, int *layer, int *head);
void sen_look_pane_set_layer (SenLookPane *self, int layer, int head);
/** The pointer is on the word that stands at @byte of the answer's text, in the conversation; -1: on none. */
void sen_look_pane_point (SenLookPane *self, gssize byte);
/** As a click on the @word-th token of the answer; past the last: on that. */
void sen_look_pane_choose (SenLookPane *self, guint word);
/** What its heads added to the @index-th word that might have come, from 0: as somebody who opens it and chooses that. */
void sen_look_pane_show_shares (SenLookPane *self, guint index);
/** While an answer is written, none can be gone on with. */
void sen_look_pane_set_busy (SenLookPane *self, bool is_busy);
/** Its parts, for who asks the engine. */
SenLookMethods *sen_look_pane_methods (SenLookPane *self);
SenLookTrust   *sen_look_pane_trust (SenLookPane *self);
/** How strongly @piece of the explanation is tinted now, by which map (its colours may go either way); 0 where nothing is. */
float           sen_look_pane_strength (SenLookPane *self, guint piece, SenHeatMap *map);
/** What is shown, or NULL. */
SenExplanation *sen_look_pane_explanation (SenLookPane *self);
/** The pictures in it, by number of media; NULL where there is none (yet). Of sen_image_unref(). (transfer full) */
GPtrArray      *sen_look_pane_list_pictures (SenLookPane *self);

/** Something of what it shows is still to come: pictures, waveforms, words of recordings. */
bool sen_look_pane_is_loading (SenLookPane *self);

G_END_DECLS
