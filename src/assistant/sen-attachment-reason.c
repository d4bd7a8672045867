/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-attachment-reason.h"

#include "sen-sentence.h"

#define N_(text) text
static const struct {
  SenError    code;
  const char *sentence;
} reasons[] = {
#define REASON(name, code, sentence) { SEN_ERROR_##code, sentence },
#include "attachment-reasons.def"
#undef REASON
};

char *
sen_attachment_say (SenAttachmentReason reason, ...)
{
  va_list arguments;
  va_start (arguments, reason);
  char *text = sen_sentence_fill_valist (reasons[reason].sentence, arguments);
  va_end (arguments);
  return text;
}

bool
sen_attachment_fail (GError **error, SenAttachmentReason reason, ...)
{
  va_list arguments;
  va_start (arguments, reason);
  bool ok = sen_sentence_fail_valist (error, reasons[reason].code, reasons[reason].sentence, arguments);
  va_end (arguments);
  return ok;
}
