/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-heat.h"
#include "sen-token-layout.h"

G_BEGIN_DECLS

#define SEN_TYPE_TOKEN_FLOW (sen_token_flow_get_type ())
G_DECLARE_FINAL_TYPE (SenTokenFlow, sen_token_flow, SEN, TOKEN_FLOW, GtkWidget)

/**
 * Tokens in lines like a text, each tinted by heat, one of them under the pointer or the cursor, one pinned.
 *
 * Arrows go from token to token and from line to line, Home and End to the ends; Enter and Space activate. Lines are broken on a thread, so
 * that thousands of tokens hold nobody up; another heat costs one render node. To screen readers a slider that says its token.
 *
 * Signals: "pointed" (int token, -1: none any more), "activated" (int token), "laid-out": lines are broken anew.
 */
GtkWidget *sen_token_flow_new (void);

/** Copied. Heat, ribbon, cursor and pin are gone. */
void sen_token_flow_set_tokens (SenTokenFlow *self, const SenFlowToken *tokens, guint n_tokens);
/** More of a text that is being written: what there was keeps its place, its heat and its pin. New lines come as they are ready, and their
 *  making takes no more than a quarter of a thread's time. */
void sen_token_flow_append (SenTokenFlow *self, const SenFlowToken *tokens, guint n_tokens);
/** f32 [n_tokens], 0 to 1, or of a change -1 to 1, where tokens below 0 are underlined; copied. NULL: no
 *  heat. */
void sen_token_flow_set_heat (SenTokenFlow *self, SenHeatMap map, const float *strengths);
/** f32 [n_tokens], 0 to 1: a bar under each token, as long as it is sure; copied. NULL: none. */
void sen_token_flow_set_ribbon (SenTokenFlow *self, const float *shares);
/** -1: none. */
void sen_token_flow_set_pinned (SenTokenFlow *self, int token);
/** Where the arrows are. */
int  sen_token_flow_cursor (SenTokenFlow *self);

/** What is said of a token, in the tooltip and by screen readers. (transfer full) */
typedef char *(*SenTokenFlowDescribe) (guint token, gpointer user_data);
void sen_token_flow_set_describe (SenTokenFlow *self, SenTokenFlowDescribe describe, gpointer user_data);

/** Where @token stands; false while it is not known, or when it shows nothing. */
bool sen_token_flow_get_bounds (SenTokenFlow *self, guint token, graphene_rect_t *bounds);

G_END_DECLS
