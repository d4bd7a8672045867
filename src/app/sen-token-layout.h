/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/**
 * Tokens set in lines like a text: where each one stands, and render nodes of their letters.
 *
 * The text is shaped as a whole, so tokens that break a word, a ligature or an Arabic letter's joining look as they are read; a token
 * that is broken by a line's end has several pieces.
 *
 * Thread-safety: made on any thread (it has a font map of its own), immutable from then on; the reference count is atomic.
 */
typedef struct SenTokenLayout SenTokenLayout;

typedef enum {
  SEN_TOKEN_PLAIN,
  SEN_TOKEN_DIM,     /* what the template adds */
  SEN_TOKEN_CHIP,    /* stands for something that is no text, a picture */
} SenTokenLook;

typedef struct {
  const char  *text;   /* UTF-8, whole characters; newlines break the line */
  SenTokenLook look;
} SenFlowToken;

/** A token, or a part of one, in a line. Pixels. */
typedef struct {
  guint           token;
  graphene_rect_t bounds;
  GskRenderNode  *on_heat;   /* its letters in that colour; NULL when there is nothing to see, or they are as dark as that anyway */
} SenTokenPiece;

typedef struct {
  PangoFontDescription *font;
  cairo_font_options_t *options;    /* NULL: cairo's own */
  double                dpi;
  GdkRGBA               plain, dim; /* colours of the letters */
  GdkRGBA               on_heat;    /* and of those on a light tint */
  GdkRGBA               ground;     /* what the tints lie on */
  bool                  has_light_letters;
} SenTokenStyle;

SenTokenStyle *sen_token_style_new (GtkWidget *widget);   /* of @widget, main context */
void           sen_token_style_free (SenTokenStyle *style);
bool           sen_token_style_equal (const SenTokenStyle *a, const SenTokenStyle *b);

/** Lines of at most @width pixels. */
SenTokenLayout *sen_token_layout_new (const SenFlowToken *tokens, guint n_tokens, const SenTokenStyle *style, int width);
SenTokenLayout *sen_token_layout_ref (SenTokenLayout *self);
void            sen_token_layout_unref (SenTokenLayout *self);

int                  sen_token_layout_height (const SenTokenLayout *self);
GskRenderNode       *sen_token_layout_text (const SenTokenLayout *self);    /* all letters; NULL for none. Borrowed */
/** From line to line, from left to right. */
const SenTokenPiece *sen_token_layout_pieces (const SenTokenLayout *self, guint *n);
/** The first piece of @token; NULL when nothing of it is to be seen. */
const SenTokenPiece *sen_token_layout_find (const SenTokenLayout *self, guint token);
/** The token at a point, -1 for none. */
int                  sen_token_layout_pick (const SenTokenLayout *self, double x, double y);
/** The token @n_lines below @token, or above; @token itself where there are no more lines. */
guint                sen_token_layout_move (const SenTokenLayout *self, guint token, int n_lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenTokenLayout, sen_token_layout_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenTokenStyle, sen_token_style_free)

G_END_DECLS
