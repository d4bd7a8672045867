/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A conversation with media, ready to be read: embeddings where that can be, words elsewhere. */
#include "sen-multimodal-private.h"

#include <glib/gstdio.h>
#include <string.h>

#include "sen-attachment-reason.h"
#include "sen-error.h"
#include "sen-media-chat.h"

struct SenMultimodalPrompt {
  char      *mark;
  GPtrArray *texts;       /* owns what messages say */
  GArray    *messages;    /* SenChatMessage */
  GArray    *n_media;     /* guint: how many marks are in each */
  GArray    *costs;       /* uint32_t: positions these take */
  GArray    *own;         /* gsize: how long the person's own words are, at the end of each */
  GPtrArray *media;       /* SenMedia, in the order of the marks */
  GPtrArray *direct;      /* SenMultimodalDirect of each of them */
  GPtrArray *taken;       /* SenMultimodalTaken, of all media of the request */
  GPtrArray *words;       /* SenMultimodalWords */
};

static void
taken_free (gpointer data)
{
  SenMultimodalTaken *taken = data;
  g_free (taken->note);
  g_free (taken->detail);
  g_free (taken);
}

static void
words_free (gpointer data)
{
  g_free (((SenMultimodalWords *) data)->words);
  g_free (data);
}

static void
direct_free (gpointer data)
{
  g_free ((char *) ((SenMultimodalDirect *) data)->name);
  g_free (data);
}

void
sen_multimodal_prompt_free (SenMultimodalPrompt *prompt)
{
  if (prompt == NULL)
    return;
  g_ptr_array_unref (prompt->texts);
  g_ptr_array_unref (prompt->media);
  g_ptr_array_unref (prompt->direct);
  g_ptr_array_unref (prompt->words);
  g_array_unref (prompt->own);
  g_ptr_array_unref (prompt->taken);
  g_array_unref (prompt->messages);
  g_array_unref (prompt->n_media);
  g_array_unref (prompt->costs);
  g_free (prompt->mark);
  g_free (prompt);
}

GPtrArray *
sen_multimodal_prompt_taken (const SenMultimodalPrompt *prompt)
{
  return prompt->taken;
}

const char *
sen_multimodal_prompt_text (const SenMultimodalPrompt *prompt, size_t index)
{
  return g_array_index (prompt->messages, SenChatMessage, index).content;
}

/* --- What enters how ------------------------------------------------------------------------------------------------------------------ */

/* The files are kept under their hash; people know them by their name. (transfer full) */
static char *
name_it (const SenPromptMedia *media, const char *sentence)
{
  g_autofree char *base = g_path_get_basename (media->path);
  g_autoptr (GString) text = g_string_new (sentence);
  g_string_replace (text, media->path, media->name, 0);
  g_string_replace (text, base, media->name, 0);
  return g_strdup (text->str);
}

/* Why @media is not looked at; false: it is. */
static bool
is_out (const SenPromptMedia *media, uint32_t n_room, SenAttachmentReason *why)
{
  GStatBuf info;
  bool is_known = media->size_bytes > 0 || media->mtime_ns != 0, is_there = is_known && g_stat (media->path, &info) == 0;
  int64_t mtime_ns = is_there ? info.st_mtim.tv_sec * INT64_C (1000000000) + info.st_mtim.tv_nsec : 0;
  *why = is_known && !is_there ? SEN_ATTACHMENT_REASON_GONE
         : is_there && ((uint64_t) info.st_size != media->size_bytes || mtime_ns != media->mtime_ns) ? SEN_ATTACHMENT_REASON_CHANGED
         : SEN_ATTACHMENT_REASON_CROWDED;
  return *why != SEN_ATTACHMENT_REASON_CROWDED || (media->yields && n_room == 0);
}

/* @media[index]: as embeddings, or NULL. False when cancelled. */
static bool
take (SenMultimodal *self, const SenPromptMedia *media, uint32_t n_room, SenMultimodalTaken *taken, SenMedia **embeddings,
      SenCancel *cancel, GError **error)
{
  g_autoptr (GError) reason = NULL;
  SenAttachmentReason why;
  const Sense *sense = sen_multimodal_sense (self, media->kind);
  *embeddings = NULL;
  if (sense == NULL || media->path == NULL)
    return true;
  if (is_out (media, n_room, &why))
    {
      taken->note = sen_attachment_say (why, "name", media->name, NULL);
      return true;
    }
  *embeddings = sen_multimodal_take (self, media->kind, media->path, &why, cancel, &reason);
  if (g_error_matches (reason, SEN_ERROR, SEN_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return false;
    }
  if (reason != NULL)
    {
      taken->note = sen_attachment_say (why, "name", media->name, "by", sense->by, "most", G_STRINGIFY (SEN_MULTIMODAL_MAX_MINUTES), NULL);
      taken->detail = name_it (media, reason->message);
    }
  else if (*embeddings != NULL && sen_media_n_tokens (*embeddings) > n_room)
    {
      g_autofree char *size = g_strdup_printf ("%u", sen_media_n_tokens (*embeddings)), *most = g_strdup_printf ("%u", n_room);
      taken->note = sen_attachment_say (SEN_ATTACHMENT_REASON_NO_CONTEXT, "name", media->name, "size", size, "most", most, NULL);
      g_clear_pointer (embeddings, sen_media_unref);
    }
  if (*embeddings != NULL)
    {
      taken->is_direct = true;
      taken->by = g_intern_string (sense->by);
      taken->with_words = sense->with_words;
    }
  return true;
}

/* Those that yield, or those that do not. The newest message first: what is asked about now shall not go without because of what was asked
 * before. *@n_room is what is left of the context. */
static bool
take_those (SenMultimodal *self, const SenMultimodalRequest *request, bool yields, uint32_t *n_room, SenMedia **embeddings,
            GPtrArray *taken, SenCancel *cancel, GError **error)
{
  for (size_t end = request->n_media; end > 0;)
    {
      size_t first = end - 1;
      while (first > 0 && request->media[first - 1].message == request->media[end - 1].message)
        first--;
      for (size_t i = first; i < end; i++)
        {
          if (request->media[i].yields != yields)
            continue;
          if (!take (self, &request->media[i], *n_room, g_ptr_array_index (taken, i), &embeddings[i], cancel, error))
            return false;
          *n_room -= embeddings[i] != NULL ? sen_media_n_tokens (embeddings[i]) : 0;
        }
      end = first;
    }
  return true;
}

static bool
take_all (SenMultimodal *self, const SenMultimodalRequest *request, SenMedia **embeddings, GPtrArray *taken, SenCancel *cancel,
          GError **error)
{
  uint32_t n_room = SEN_PROMPT_SHARE (request->n_ctx);
  if (!take_those (self, request, false, &n_room, embeddings, taken, cancel, error))
    return false;
  n_room -= MIN (n_room, request->n_words);
  /* Pictures that are seen as small as the room asks are not seen anew for a few words more: rooms are eighths of the context. */
  uint32_t step = MAX (request->n_ctx / 8, 1);
  n_room = n_room / step * step;
  if (self != NULL && n_room > 0)
    sen_multimodal_set_room (self, n_room);
  return take_those (self, request, true, &n_room, embeddings, taken, cancel, error);
}

/* --- Messages ------------------------------------------------------------------------------------------------------------------------- */

static void
add_message (SenMultimodalPrompt *prompt, SenMultimodal *self, const SenMultimodalRequest *request, size_t index, SenMedia **embeddings)
{
  GString *content = g_string_new (NULL);
  const char *text = request->messages[index].content;
  gsize n_text = strlen (text), done = 0;
  guint n_media = 0;
  uint32_t cost = 0;
  for (size_t i = 0; i < request->n_media; i++)
    {
      const SenPromptMedia *media = &request->media[i];
      if (media->message != index)
        continue;
      gsize at = CLAMP (media->at, done, n_text);
      g_string_append_len (content, text + done, (gssize) (at - done));
      done = at;
      const Sense *sense = embeddings[i] != NULL ? sen_multimodal_sense (self, media->kind) : NULL;
      if (sense != NULL)
        {
          /* A connector's own text says where it ends. */
          g_string_append_printf (content, "%s%s", prompt->mark, sense->connector == NULL || sense->with_words ? "\n" : "");
          SenMultimodalDirect *direct = g_new (SenMultimodalDirect, 1);
          *direct = (SenMultimodalDirect) { .media = embeddings[i], .kind = media->kind, .name = g_strdup (media->name),
                                            .index = (uint32_t) i };
          g_ptr_array_add (prompt->direct, direct);
          g_ptr_array_add (prompt->media, sen_media_ref (embeddings[i]));
          cost += sen_media_n_tokens (embeddings[i]);
          n_media++;
        }
      if (*media->words != '\0' && (sense == NULL || sense->with_words))
        {
          const SenMultimodalWords words = { index, (uint32_t) i, g_strdup (media->words) };
          g_ptr_array_add (prompt->words, g_memdup2 (&words, sizeof words));
          g_string_append_printf (content, "%s\n", media->words);
        }
    }
  if (n_text == 0 && content->len > 0 && content->str[content->len - 1] == '\n')
    g_string_truncate (content, content->len - 1);
  g_string_append (content, text + done);
  gsize own = n_text - done;
  g_array_append_val (prompt->own, own);
  const SenChatMessage message = { request->messages[index].role, content->str };
  g_ptr_array_add (prompt->texts, g_string_free (content, FALSE));
  g_array_append_val (prompt->messages, message);
  g_array_append_val (prompt->n_media, n_media);
  g_array_append_val (prompt->costs, cost);
}

static void
unref_media (SenMedia **embeddings, size_t n)
{
  for (size_t i = 0; i < n; i++)
    g_clear_pointer (&embeddings[i], sen_media_unref);
}

/* One that is in nothing of all this. (transfer full) */
static char *
choose_mark (const SenMultimodalRequest *request)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  for (size_t i = 0; i < request->n_messages; i++)
    g_ptr_array_add (texts, (gpointer) request->messages[i].content);
  for (size_t i = 0; i < request->n_media; i++)
    g_ptr_array_add (texts, (gpointer) request->media[i].words);
  g_ptr_array_add (texts, NULL);
  return sen_media_chat_mark ((const char *const *) texts->pdata);
}

SenMultimodalPrompt *
sen_multimodal_prepare (SenMultimodal *self, const SenMultimodalRequest *request, SenCancel *cancel, GError **error)
{
  g_autoptr (SenMultimodalPrompt) prompt = g_new0 (SenMultimodalPrompt, 1);
  g_autofree SenMedia **embeddings = g_new0 (SenMedia *, MAX (request->n_media, 1));
  if (self != NULL)
    sen_multimodal_set_room (self, SEN_PROMPT_SHARE (request->n_ctx));
  prompt->texts = g_ptr_array_new_with_free_func (g_free);
  prompt->media = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_media_unref);
  prompt->taken = g_ptr_array_new_with_free_func (taken_free);
  prompt->messages = g_array_new (FALSE, FALSE, sizeof (SenChatMessage));
  prompt->n_media = g_array_new (FALSE, FALSE, sizeof (guint));
  prompt->costs = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  prompt->own = g_array_new (FALSE, FALSE, sizeof (gsize));
  prompt->direct = g_ptr_array_new_with_free_func (direct_free);
  prompt->words = g_ptr_array_new_with_free_func (words_free);
  prompt->mark = choose_mark (request);
  size_t newest = request->n_messages;
  while (newest > 0 && !g_str_equal (request->messages[--newest].role, "user"))
    ;
  for (size_t i = 0; i < request->n_media; i++)
    {
      SenMultimodalTaken *taken = g_new0 (SenMultimodalTaken, 1);
      taken->is_new = request->media[i].message >= newest;
      g_ptr_array_add (prompt->taken, taken);
    }
  bool ok = take_all (self, request, embeddings, prompt->taken, cancel, error);
  for (size_t i = 0; ok && i < request->n_messages; i++)
    add_message (prompt, self, request, i, embeddings);
  unref_media (embeddings, request->n_media);
  return ok ? g_steal_pointer (&prompt) : NULL;
}

uint32_t
sen_multimodal_prompt_leave_out (SenMultimodalPrompt *prompt, SenModel *model, uint32_t n_ctx)
{
  guint first = prompt->messages->len > 0 && g_str_equal (g_array_index (prompt->messages, SenChatMessage, 0).role, "system") ? 1 : 0;
  uint32_t n_gone = sen_prompt_leave_out (model, n_ctx, prompt->messages, prompt->costs);
  guint n_media = 0;
  for (guint i = first; i < first + n_gone; i++)
    n_media += g_array_index (prompt->n_media, guint, i);
  if (n_gone > 0)
    {
      g_array_remove_range (prompt->n_media, first, n_gone);
      g_array_remove_range (prompt->own, first, n_gone);
    }
  for (guint i = prompt->words->len; i > 0; i--)
    {
      SenMultimodalWords *words = g_ptr_array_index (prompt->words, i - 1);
      if (words->message >= first + n_gone)
        words->message -= n_gone;
      else if (words->message >= first)
        g_ptr_array_remove_index (prompt->words, i - 1);
    }
  if (n_media > 0)
    {
      g_ptr_array_remove_range (prompt->media, 0, n_media);
      g_ptr_array_remove_range (prompt->direct, 0, n_media);
    }
  return n_gone;
}

const SenChatMessage *
sen_multimodal_prompt_messages (const SenMultimodalPrompt *prompt, size_t *n)
{
  *n = prompt->messages->len;
  return (const SenChatMessage *) prompt->messages->data;
}

const char *
sen_multimodal_prompt_mark (const SenMultimodalPrompt *prompt)
{
  return prompt->mark;
}

size_t
sen_multimodal_prompt_own_length (const SenMultimodalPrompt *prompt, size_t index)
{
  return g_array_index (prompt->own, gsize, index);
}

GPtrArray *
sen_multimodal_prompt_words (const SenMultimodalPrompt *prompt)
{
  return prompt->words;
}

GPtrArray *
sen_multimodal_prompt_direct (const SenMultimodalPrompt *prompt)
{
  return prompt->direct;
}

SenMediaPrompt *
sen_multimodal_prompt_read (const SenMultimodalPrompt *prompt, SenModel *model, GError **error)
{
  const SenMediaChat chat = {
    .messages = (const SenChatMessage *) prompt->messages->data, .n_messages = prompt->messages->len, .mark = prompt->mark,
    .media = (SenMedia *const *) prompt->media->pdata, .n_media = prompt->media->len,
  };
  return sen_media_chat_prompt (model, &chat, error);
}

bool
sen_multimodal_generate (const SenMultimodalPrompt *prompt, SenSession *session, const SenGenerateParams *params, SenGenerateStats *stats,
                         GError **error)
{
  const SenChatMessage *messages = (const SenChatMessage *) prompt->messages->data;
  if (prompt->media->len == 0)
    return sen_generate_chat (session, messages, prompt->messages->len, params, stats, error);
  g_autoptr (SenMediaPrompt) text = sen_multimodal_prompt_read (prompt, sen_session_model (session), error);
  if (text == NULL)
    return false;
  size_t n_parts;
  const SenPart *parts = sen_media_prompt_parts (text, &n_parts);
  return sen_generate (session, parts, n_parts, params, stats, error);
}
