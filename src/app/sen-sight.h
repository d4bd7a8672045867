/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Which part of a tall widget can be seen. GTK draws all of what is scrolled, also what lies far outside, and drawing long
 *  texts by software then takes longer than a frame lasts; a widget that leaves out what is out of sight asks here what that
 *  is. It is told to draw again before it shows, with half a page of slack on either side. */
typedef struct {
  GtkWidget     *widget;       /* borrowed: the one that owns this */
  GtkWidget     *content;      /* of the viewport around it; NULL: not scrolled, all is in sight */
  GtkAdjustment *adjustment;   /* owned */
  int            from, to;     /* what was drawn last */
} SenSight;

/** For the widget's map() and unmap(). */
void sen_sight_map (SenSight *self, GtkWidget *widget);
void sen_sight_unmap (SenSight *self);
/** What is seen, without slack; all when nothing scrolls it. */
void sen_sight_look (SenSight *self, int *from, int *to);
/** For its snapshot(): draw what lies in [*@from, *@to), in its pixels. */
void sen_sight_measure (SenSight *self, int *from, int *to);
/** For its snapshot(): draws @child if it lies there. */
void sen_sight_snapshot_child (SenSight *self, GtkWidget *child, GtkSnapshot *snapshot);

G_END_DECLS
