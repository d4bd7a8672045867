/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-passages.h"

#include "sen-chunk.h"
#include "sen-document.h"

GPtrArray *
sen_find_read_passages (SenDecode *decode, const char *path, SenTokenizer *tokenizer, uint32_t n_max, SenCancel *cancel, GError **error)
{
  g_autoptr (SenDocument) document = sen_document_open (decode, path, cancel, error);
  if (document == NULL)
    return NULL;
  g_autoptr (SenChunker) chunker = sen_chunker_new (tokenizer);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  SenDocumentBlock block;
  for (int result = 1; result > 0 && texts->len < n_max;)
    {
      result = sen_document_next (document, &block, cancel, error);
      if (result < 0)
        return NULL;
      if (result > 0)
        sen_chunker_add (chunker, &block);
      else
        sen_chunker_end (chunker);
      for (SenPassage *passage; texts->len < n_max && (passage = sen_chunker_take (chunker)) != NULL;)
        {
          g_ptr_array_add (texts, sen_passage_dup_for_encoder (passage, tokenizer));
          sen_passage_free (passage);
        }
    }
  return g_steal_pointer (&texts);
}
