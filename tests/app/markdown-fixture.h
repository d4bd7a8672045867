/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-markdown-view.h"

/* A window like that of the application, with one answer in it. */
typedef struct {
  GtkWindow         *window;
  GtkScrolledWindow *scroller;
  GtkBox            *column;      /* holds @view */
  SenMarkdownView   *view;
} MarkdownFixture;

void markdown_fixture_open (MarkdownFixture *self, int width, int height);
/* Lets the main loop run. */
void markdown_fixture_sleep (unsigned milliseconds);
/* Until the view shows all it was given; fails after minutes. */
void markdown_fixture_settle (MarkdownFixture *self);
void markdown_fixture_take_picture (MarkdownFixture *self, const char *path);
