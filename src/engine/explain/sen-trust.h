/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-occlusion.h"

G_BEGIN_DECLS

/**
 * How far heat over a prompt may be believed: units are hidden from the warmest to the coldest (deletion), or shown in that order from a
 * prompt with all of them hidden (insertion), and the answer's log-probability is followed (Samek et al. 2017, "Evaluating the
 * Visualization of What a Deep Neural Network Has Learned"; Petsiuk et al. 2018, "RISE"). Heat that found what matters makes the one
 * curve fall early and the other rise early. A random order says what to expect of heat that knows nothing.
 *
 * All of it is said of this answer and this model; prompts with pieces left out are texts such as the model seldom saw.
 *
 * Thread-safety: on one thread, that of the occlusion's session.
 */
#define SEN_TRUST_MAX_STEPS 16
#define SEN_TRUST_MIN_ORDERS 5

typedef struct {
  const float *heat;       /* [n_units]; of units alike the first counts as the warmer */
  uint32_t     n_steps;    /* 0 = SEN_TRUST_MAX_STEPS; never more than units */
  uint32_t     n_orders;   /* random ones, 0 = SEN_TRUST_MIN_ORDERS, and no fewer */
  uint32_t     seed;       /* of these; the same seed, the same orders */
  SenSessionProgress progress;   /* scores done and in all, or NULL */
  gpointer     user_data;
} SenTrustParams;

/** Curves have n_steps + 1 points, the answer's log-probability (natural, summed over its tokens) at 0, 1/n_steps, … 1 of the units
 *  hidden or shown. Areas are those under the curves, over [0, 1]. */
typedef struct {
  uint32_t n_steps, n_orders, n_units;
  float   *deletion, *insertion;
  float   *chance;            /* hiding in random orders: mean; shown in random orders it is the same curve from behind */
  float   *chance_spread;     /* standard deviation over the orders */
  float    deletion_area, insertion_area, chance_area, chance_area_spread;
  float    ratio;             /* mean fall while hiding, by this heat over by chance: "so many times better than chance". NaN where hiding
                               * in random orders does not harm the answer */
} SenTrust;

/** Uses the session of @occlusion. Costs about (2 + n_orders) · n_steps scores. */
bool sen_trust_measure (SenTrust *trust, SenOcclusion *occlusion, const SenTrustParams *params, SenCancel *cancel, GError **error);
void sen_trust_clear (SenTrust *trust);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenTrust, sen_trust_clear)

G_END_DECLS
