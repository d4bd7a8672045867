/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-reason.h"

#include "sen-sentence.h"

#define N_(text) text
static const struct {
  SenError    code;
  const char *sentence;
} reasons[] = {
#define REASON(name, code, sentence) { SEN_ERROR_##code, sentence },
#include "find-reasons.def"
#undef REASON
};

char *
sen_find_say (SenFindReason reason, ...)
{
  va_list arguments;
  va_start (arguments, reason);
  char *text = sen_sentence_fill_valist (reasons[reason].sentence, arguments);
  va_end (arguments);
  return text;
}

bool
sen_find_fail (GError **error, SenFindReason reason, ...)
{
  va_list arguments;
  va_start (arguments, reason);
  bool ok = sen_sentence_fail_valist (error, reasons[reason].code, reasons[reason].sentence, arguments);
  va_end (arguments);
  return ok;
}

bool
sen_find_fail_count (GError **error, SenFindReason reason, uint32_t count)
{
  char digits[16];
  g_snprintf (digits, sizeof digits, "%u", count);
  return sen_find_fail (error, reason, "count", digits, NULL);
}
