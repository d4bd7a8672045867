/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   rewrite-questions MODEL.gguf
 *
 * For tools/bench-rewrite.py: a line of standard input is "USER TAB ASSISTANT TAB … TAB QUESTION"; a line of standard output what is looked
 * for, as JSON, and what it is when the model writes the question again, so that it can be understood alone (Elgohary et al. 2019). Which
 * of both is better is to be found out here. */
#include <stdio.h>
#include <string.h>

#include "find-tool.h"
#include "sen-generate.h"
#include "sen-grounding-private.h"
#include "sen-json-quote.h"

#define N_CTX 1024
#define MAX_TURNS 8
#define MAX_SAID 40
#define MAX_WORDS 40
#define MOST_WORDS 0.5

/* A small model follows an example better than a rule. */
static const SenChatMessage examples[] = {
  { "system", "You write the last question of a conversation again, so that it can be understood without the conversation. "
              "You don't answer it." },
  { "user", "Q: What is a Raspberry Pi?\nA: A small, cheap computer.\nQ: how much memory does it have" },
  { "assistant", "how much memory does a Raspberry Pi have" },
  { "user", "Q: How do I install nginx?\nA: Say apt install nginx.\nQ: Where does it keep its settings?\nA: In /etc/nginx.\n"
            "Q: and on Fedora?" },
  { "assistant", "where does nginx keep its settings on Fedora" },
};

typedef struct {
  char *const *parts;      /* what was said, by turns; the last is asked */
  guint        n;
  const char  *question;
} Conversation;

static GHashTable *
stems_of (const char *text, bool with_usual)
{
  g_autoptr (GArray) words = sen_words_split (text, strlen (text));
  return sen_grounding_stems (words, with_usual);
}

/* --- Asking --------------------------------------------------------------------------------------------------------------------------- */

static bool
on_token (const SenGeneratedToken *token, gpointer said)
{
  g_string_append (said, token->text);
  return true;
}

/* What the model makes of the question: one line. (transfer full) */
static char *
ask (SenSession *session, const Conversation *conversation, SenGenerateStats *stats)
{
  static const char *const stops[] = { "\n", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL), said = g_string_new (NULL);
  for (guint i = 0; i < conversation->n; i++)
    g_string_append_printf (text, "%s%s%s", i > 0 ? "\n" : "", i % 2 == 0 ? "Q: " : "A: ", conversation->parts[i]);
  SenChatMessage messages[G_N_ELEMENTS (examples) + 1];
  memcpy (messages, examples, sizeof examples);
  messages[G_N_ELEMENTS (examples)] = (SenChatMessage) { "user", text->str };
  const SenGenerateParams params = { .max_tokens = MAX_SAID, .stop_strings = stops, .on_token = on_token, .user_data = said };
  sen_generate_chat (session, messages, G_N_ELEMENTS (messages), &params, stats, &error);
  g_assert_no_error (error);
  return g_strstrip (g_strdup (said->str));
}

/* --- Taking --------------------------------------------------------------------------------------------------------------------------- */

/* @said, where it is such a question: half of the words of what was asked, some of what was said before, hardly others, which go; else
 * NULL. (transfer full) */
static char *
take (const Conversation *conversation, const char *said)
{
  g_autofree char *all = g_strjoinv ("\n", (char **) conversation->parts);
  g_autoptr (GHashTable) known = stems_of (all, true), asked = stems_of (conversation->question, false), still = stems_of (said, false);
  g_autoptr (GArray) words = sen_words_split (said, strlen (said));
  g_autoptr (GString) query = g_string_new (NULL);
  guint n_made_up = 0, n_brought = 0, n_own = 0, n_still = 0;
  char stem[SEN_STEM_BYTES];
  for (guint i = 0; i < words->len; i++)
    {
      const SenWord *word = &g_array_index (words, SenWord, i);
      sen_word_stem (word, stem);
      bool is_known = g_hash_table_contains (known, stem);
      if (is_known || word->is_usual)
        g_string_append_printf (query, "%s%.*s", query->len > 0 ? " " : "", (int) (word->end - word->start), said + word->start);
      n_own += !word->is_usual;
      n_made_up += !word->is_usual && !is_known;
      n_brought += !word->is_usual && is_known && !g_hash_table_contains (asked, stem);
    }
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, asked);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    n_still += g_hash_table_contains (still, key);
  bool is_question = words->len > 0 && words->len <= MAX_WORDS && !sen_words_instruct (words) && n_brought > 0 && n_made_up * 3 <= n_own
                     && n_still >= MOST_WORDS * g_hash_table_size (asked);
  return is_question ? sen_grounding_query (query->str, NULL) : NULL;
}

/* --- All ------------------------------------------------------------------------------------------------------------------------------ */

static void
answer (SenSession *session, const Conversation *conversation)
{
  const char *questions[MAX_TURNS];
  guint n = 0;
  for (guint i = 0; i < conversation->n && n < MAX_TURNS; i += 2)
    questions[n++] = conversation->parts[i];
  g_autofree char *bare = sen_grounding_query (conversation->question, NULL), *before = sen_grounding_query_of (questions + n - 2, 2);
  g_autofree char *earlier = sen_grounding_query_of (questions, n);
  bool leans = strcmp (bare, earlier) != 0;
  SenGenerateStats stats = { 0 };
  gint64 start = g_get_monotonic_time ();
  g_autofree char *said = leans ? ask (session, conversation, &stats) : NULL, *taken = leans ? take (conversation, said) : NULL;
  double ms = (double) (g_get_monotonic_time () - start) / 1000.0;
  g_autoptr (GString) json = g_string_new ("{");
  sen_json_add_text (json, "bare", bare);
  sen_json_add_text (json, "before", before);
  sen_json_add_text (json, "earlier", earlier);
  sen_json_add_text (json, "said", said != NULL ? said : "");
  sen_json_add_text (json, "rewritten", taken != NULL ? taken : earlier);
  g_string_append_printf (json, ",\"leans\":%s,\"taken\":%s,\"ms\":%d,\"read\":%u,\"written\":%u}", leans ? "true" : "false",
                          taken != NULL ? "true" : "false", (int) ms, stats.n_prompt_tokens - stats.n_reused_tokens,
                          stats.n_generated_tokens);
  puts (json->str);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  FindToolModel language;
  if (argc != 2)
    return 2;
  find_tool_open_model (&language, argv[1], N_CTX, 0);
  for (GStrv parts; (parts = find_tool_read_line (0)) != NULL; g_strfreev (parts))
    {
      guint n = g_strv_length (parts);
      if (n < 3 || n % 2 == 0)
        return 2;
      answer (language.session, &(Conversation) { parts, n, parts[n - 1] });
    }
  find_tool_close_model (&language);
  return 0;
}
