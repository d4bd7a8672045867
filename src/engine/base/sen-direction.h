/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Whether @letter (UTF-32) is an embedding, override or isolate: these make text read in another order than it is stored in, also across
 *  the bounds of what somebody else wrote and what we did. Marks (U+200E, U+200F, U+061C) only help. */
static inline bool
sen_turns_text_around (uint32_t letter)
{
  return (letter >= 0x202a && letter <= 0x202e) || (letter >= 0x2066 && letter <= 0x2069);
}
