/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-encoders.h"

G_BEGIN_DECLS

/**
 * What a picture shows, guessed among the words of a list (zero-shot: Radford et al. 2021) by the matching connector match-image. The
 * list is tags.txt beside the connector, a word or phrase a line; from which probability on one is worth telling stands in the connector.
 *
 * Thread-safety: as the encoders.
 */

/** The connector that guesses, where it, its list and the models that it needs are here; else NULL. (transfer full) */
char *sen_tags_find (SenModelStore *store);

/** The words of the list beside @connector. (transfer full) */
char **sen_tags_read (const char *connector, GError **error);

/** "apple 61 %, fruit 20 %", most probable first, at most SEN_TAGS_MAX; "" when nothing is probable enough. @connector is from
 *  sen_tags_find(). NULL with an error. (transfer full) */
#define SEN_TAGS_MAX 5
char *sen_tags_guess (SenEncoders *encoders, const char *connector, const char *picture, SenCancel *cancel, GError **error);

/** What stands for them in the list of those who found words. */
#define SEN_TAGS_BY "match-image"

G_END_DECLS
