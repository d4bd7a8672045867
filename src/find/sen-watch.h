/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Tells which folders have changed, by inotify(7). Each folder is watched by itself: who walks through them adds them, before it reads what
 * is in them, so that nothing slips between.
 *
 * A change is told when it has been quiet in its folder for SEN_WATCH_QUIET_MS, or SEN_WATCH_PATIENCE_MS after the first, so that a folder
 * that is being unpacked is looked at once. Folders into which something came are told before those that something left, so that what was
 * moved is found where it is before it is missed where it was. A file that is written again and again (a log, a state that is saved every
 * second) is told more and more seldom, every quarter of an hour at last; other changes in its folder are told as ever.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenWatch SenWatch;

#define SEN_WATCH_QUIET_MS 1500
#define SEN_WATCH_PATIENCE_MS 15000

SenWatch *sen_watch_new (void);
void      sen_watch_free (SenWatch *watch);

/** All folders are added again now: what could not be watched before may be. */
void      sen_watch_begin (SenWatch *watch);
/** Watches the folder at @path, which ends with a slash. One that is watched already, perhaps under another name, has this name now. */
void sen_watch_add (SenWatch *watch, const char *path);
/** Forgets @path (with a slash) and all below it. */
void sen_watch_remove (SenWatch *watch, const char *path);

/** Readable when something happened; -1: there is no inotify. */
int  sen_watch_fd (const SenWatch *watch);
/** Why not everything is watched, in one sentence; NULL: it is. */
const char *sen_watch_sentence (const SenWatch *watch);

/** Takes up what happened, and whether something of it is due. */
bool sen_watch_is_due (SenWatch *watch);

typedef struct {
  char *path;          /* of the folder, with a slash at its end */
  bool  is_deep;       /* all below it is meant, and it may be gone; else only what lies in it itself */
} SenWatchChange;

/** The same, and returns the changes that are due (SenWatchChange); NULL when there are none. *@is_lost: the kernel had too
 *  many to tell, all is to be looked through. *@wait_ms: when the next is due, -1: nothing is known of. (transfer full) */
GPtrArray *sen_watch_take (SenWatch *watch, bool *is_lost, int *wait_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenWatch, sen_watch_free)

G_END_DECLS
