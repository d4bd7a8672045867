/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "pace.h"

#define SUBMISSION_SECONDS 0.025
#define FIRST_MACS_PER_SECOND 10e9   /* two cores and a software driver do more */
#define LOWEST_MACS_PER_SECOND 0.1e9

void
sen_vk_pace_init (SenVkPace *pace)
{
  pace->macs_per_second = FIRST_MACS_PER_SECOND;
}

double
sen_vk_pace_macs (const SenVkPace *pace)
{
  return pace->macs_per_second * SUBMISSION_SECONDS;
}

guint32
sen_vk_pace_max_tokens (const SenVkPace *pace, double macs_per_token)
{
  double n = macs_per_token > 0.0 ? sen_vk_pace_macs (pace) / macs_per_token : G_MAXUINT32;
  return n >= G_MAXUINT32 ? G_MAXUINT32 : MAX ((guint32) n / SEN_VK_TOKENS_PER_GROUP, 1) * SEN_VK_TOKENS_PER_GROUP;
}

void
sen_vk_pace_note (SenVkPace *pace, double macs, double seconds)
{
  double seen = macs / MAX (seconds, 1e-6);
  if (seen > pace->macs_per_second)
    pace->macs_per_second = MIN (seen, 2.0 * pace->macs_per_second);
  /* A short submission that seems slow shows what submitting costs, not how slow the device is. */
  else if (seconds > SUBMISSION_SECONDS / 2)
    pace->macs_per_second = MAX (seen, LOWEST_MACS_PER_SECOND);
}
