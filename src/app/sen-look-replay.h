/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/**
 * Goes through the words of an answer in order, by a button that plays and pauses: paused it keeps its place, behind the last word it
 * begins anew. Where the desktop is to keep still it takes one step for each press.
 */
typedef struct SenLookReplay SenLookReplay;

/** @word is the one to show; -1: none any more. */
typedef void (*SenLookReplayFunc) (int word, gpointer user_data);

SenLookReplay *sen_look_replay_new (GtkToggleButton *button, SenLookReplayFunc func, gpointer user_data);   /* @button is borrowed */
void           sen_look_replay_free (SenLookReplay *self);

/** More words may come while it plays. */
void sen_look_replay_set_words (SenLookReplay *self, guint n_words);
/** Stops, and forgets its place; nobody is told. */
void sen_look_replay_rewind (SenLookReplay *self);
/** The word that it shows, or -1. */
int  sen_look_replay_word (const SenLookReplay *self);

G_END_DECLS
