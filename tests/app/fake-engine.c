/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fake-engine.h"

#include <string.h>

#include "sen-error.h"
#include "sen-explanation-private.h"

struct _SenEngine {
  GObject        parent_instance;
  SenEngineState state;
  char          *path;
  guint          n_tokens;
  SenStopReason  stop_reason;
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];
static FakeEngineScript script = { .answer = "Yes." };
static unsigned n_loads, n_messages_asked, n_explained;
static int is_looking;   /* atomic */
static int n_may_say = G_MAXINT;   /* atomic: words of an answer before it waits */
static int may_finish;   /* atomic: a method that waits */
static const char *fake_path;   /* interned: of the model that was loaded last */
static char *last_question;
static GStrv last_media;
static bool yields;
static SenEngineLoad last_load;
static char **connectors;

G_DEFINE_FINAL_TYPE (SenEngine, sen_engine, G_TYPE_OBJECT)

void
fake_engine_set_script (const FakeEngineScript *new_script)
{
  script = *new_script;
  g_atomic_int_set (&n_may_say, script.hold_after > 0 ? script.hold_after : G_MAXINT);
  g_atomic_int_set (&may_finish, FALSE);
}

void
fake_engine_go_on (int n_words)
{
  g_atomic_int_set (&n_may_say, n_words > 0 ? g_atomic_int_get (&n_may_say) + n_words : G_MAXINT);
}

void
fake_engine_finish_method (void)
{
  g_atomic_int_set (&may_finish, TRUE);
}

unsigned
fake_engine_n_loads (void)
{
  return n_loads;
}

const SenEngineLoad *
fake_engine_last_load (void)
{
  return &last_load;
}

const char *const *
fake_engine_connectors (void)
{
  return (const char *const *) connectors;
}

unsigned
fake_engine_n_messages (void)
{
  return n_messages_asked;
}

const char *
fake_engine_last_question (void)
{
  return last_question;
}

const char *const *
fake_engine_last_media (void)
{
  return (const char *const *) last_media;
}

bool
fake_engine_yields (void)
{
  return yields;
}

static void
sen_engine_finalize (GObject *object)
{
  g_free (SEN_ENGINE (object)->path);
  G_OBJECT_CLASS (sen_engine_parent_class)->finalize (object);
}

static void
sen_engine_class_init (SenEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sen_engine_finalize;
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_engine_init (SenEngine *self)
{
}

SenEngine *
sen_engine_new (const SenDebug *debug)
{
  return g_object_new (SEN_TYPE_ENGINE, NULL);
}

void
sen_engine_get_status (SenEngine *self, SenEngineStatus *status)
{
  *status = (SenEngineStatus) { .state = self->state };
  if (self->state == SEN_ENGINE_EMPTY || self->state == SEN_ENGINE_LOADING)
    return;
  status->model_path = g_strdup (self->path);
  status->model_name = g_strdup ("Fake Model");
  status->device = g_strdup ("Abacus (cpu)");
  status->reason = g_strdup ("the only device there is");
  status->template_note = g_strdup ("its own");
  status->n_ctx = 4096;
  status->n_used = self->n_tokens;
  status->tokens_per_second = self->n_tokens > 0 ? 42.0 : 0.0;
  status->n_answer_tokens = self->n_tokens;
  status->stop_reason = self->stop_reason;
  status->memory_bytes = 1000000;
}

void
sen_engine_status_clear (SenEngineStatus *status)
{
  g_free (status->model_path);
  g_free (status->model_name);
  g_free (status->device);
  g_free (status->reason);
  g_free (status->template_note);
  *status = (SenEngineStatus) { 0 };
}

uint32_t
sen_engine_count_text (SenEngine *self, const char *text)
{
  return (uint32_t) (strlen (text) / 4 + 1);
}

static void
set_state (SenEngine *self, SenEngineState state)
{
  self->state = state;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_load_finished (SenJob *job, SenEngine *self)
{
  set_state (self, SEN_ENGINE_READY);
}

static void
take_connectors (const char *const *names)
{
  g_strfreev (connectors);
  connectors = g_strdupv ((char **) names);
}

SenJob *
sen_engine_use_connectors (SenEngine *self, const char *const *names)
{
  SenJob *job = sen_job_new ();
  take_connectors (names);
  sen_job_report_finished (job, NULL);
  return job;
}

SenJob *
sen_engine_load (SenEngine *self, const SenEngineLoad *load)
{
  SenJob *job = sen_job_new ();
  n_loads++;
  take_connectors (load->connectors);
  g_free (self->path);
  self->path = g_strdup (load->model_path);
  fake_path = g_intern_string (load->model_path);
  last_load = *load;
  last_load.model_path = self->path;
  last_load.device = g_intern_string (load->device);
  set_state (self, SEN_ENGINE_LOADING);
  g_signal_connect_object (job, "finished", G_CALLBACK (on_load_finished), self, 0);
  sen_job_report_finished (job, NULL);
  return job;
}

SenJob *
sen_engine_unload (SenEngine *self)
{
  SenJob *job = sen_job_new ();
  set_state (self, SEN_ENGINE_EMPTY);
  sen_job_report_finished (job, NULL);
  return job;
}

/* What is seen of an answer that is being written. */
#define WHOLE_KEY "whole"
#define SEEN_KEY "seen"

static gpointer
ref_explanation (gpointer explanation, gpointer data)
{
  return explanation != NULL ? sen_explanation_ref (explanation) : NULL;
}

static void
unref_explanation (gpointer explanation)
{
  sen_explanation_unref (explanation);
}

/* Half of it on the first piece, a quarter on the second, the rest on the last before it. */
static void
fill_row (float *row, guint query)
{
  row[0] += 0.5f;
  row[MIN (1, query)] += 0.25f;
  row[query] += 0.25f;
}

static bool
read_row (gpointer whole, uint32_t query, float *row)
{
  memset (row, 0, (query + 1) * sizeof *row);
  fill_row (row, query);
  return true;
}

/* One word more of the explanation of the whole. */
static void
see_word (SenJob *job)
{
  g_autoptr (SenExplanation) whole = g_object_dup_data (G_OBJECT (job), WHOLE_KEY, ref_explanation, NULL);
  g_autoptr (SenExplanation) before = g_object_dup_data (G_OBJECT (job), SEEN_KEY, ref_explanation, NULL);
  SenExplanation *seen = sen_explanation_new ();
  seen->info = whole->info;
  seen->info.n_queries = before != NULL ? before->info.n_queries + 1 : 1;
  seen->info.n_pieces = seen->info.first_query + seen->info.n_queries + 1;
  seen->info.weights = NULL;
  seen->read_row = read_row;
  seen->source = sen_explanation_ref (whole);
  seen->free_source = unref_explanation;
  g_object_set_data_full (G_OBJECT (job), SEEN_KEY, seen, unref_explanation);
}

void
sen_engine_set_looking (SenEngine *self, const SenExplainParams *params)
{
  g_atomic_int_set (&is_looking, params != NULL);
}

bool
fake_engine_is_looking (void)
{
  return g_atomic_int_get (&is_looking) != 0;
}

SenExplanation *
sen_engine_chat_look (SenJob *job)
{
  return g_object_dup_data (G_OBJECT (job), SEEN_KEY, ref_explanation, NULL);
}

static gpointer
write_answer (gpointer data)
{
  g_autoptr (SenJob) job = data;
  if (script.error != NULL)
    {
      sen_job_report_finished (job, g_error_new_literal (SEN_ERROR, SEN_ERROR_CONTEXT_FULL, script.error));
      return NULL;
    }
  int n_said = 0;
  for (const char *word = script.answer; *word != '\0'; n_said++)
    {
      while (n_said >= g_atomic_int_get (&n_may_say) && !sen_cancel_requested (sen_job_cancellation (job)))
        g_usleep (1000);
      if (sen_cancel_requested (sen_job_cancellation (job)))
        break;
      size_t length = strcspn (word, " ") + strspn (word + strcspn (word, " "), " ");
      g_autofree char *copy = g_strndup (word, length);
      if (fake_engine_is_looking ())
        see_word (job);
      sen_job_report_text (job, copy);
      if (script.word_us > 0)
        g_usleep (script.word_us);
      word += length;
    }
  sen_job_report_finished (job, NULL);
  return NULL;
}

static void
on_chat_text (SenJob *job, const char *text, SenEngine *self)
{
  self->n_tokens++;
}

static void
on_chat_finished (SenJob *job, SenEngine *self)
{
  self->stop_reason = g_atomic_int_get (&sen_job_cancellation (job)->requested) ? SEN_STOP_CANCELLED : SEN_STOP_END;
  set_state (self, SEN_ENGINE_READY);
}

/* The last message as a model without senses reads it. */
static char *
compose_last (const SenEngineChat *chat)
{
  const SenMultimodalRequest request = {
    .messages = chat->messages, .n_messages = chat->n_messages, .media = chat->media, .n_media = chat->n_media,
  };
  g_autoptr (SenMultimodalPrompt) prompt = sen_multimodal_prepare (NULL, &request, NULL, NULL);
  return g_strdup (sen_multimodal_prompt_text (prompt, chat->n_messages - 1));
}

#define TAKEN_KEY "taken"

/* All pictures alike. */
static void
take_media (SenJob *job, const SenEngineChat *chat)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  for (size_t i = 0; i < chat->n_media; i++)
    {
      bool is_direct = script.sees_by != NULL && chat->media[i].kind == SEN_ATTACHMENT_PICTURE;
      SenMultimodalTaken *one = g_new0 (SenMultimodalTaken, 1);
      *one = (SenMultimodalTaken) { .is_direct = is_direct, .by = is_direct ? script.sees_by : NULL };
      g_ptr_array_add (taken, one);
      g_strv_builder_add (paths, chat->media[i].path != NULL ? chat->media[i].path : "");
    }
  g_strfreev (last_media);
  last_media = g_strv_builder_end (paths);
  yields = chat->n_media > 0 && chat->media[chat->n_media - 1].yields;
  g_object_set_data_full (G_OBJECT (job), TAKEN_KEY, taken, (GDestroyNotify) g_ptr_array_unref);
}

GPtrArray *
sen_engine_chat_taken (SenJob *job)
{
  GPtrArray *taken = script.sees_by != NULL ? g_object_get_data (G_OBJECT (job), TAKEN_KEY) : NULL;
  return taken != NULL ? g_ptr_array_ref (taken) : NULL;
}

static SenExplanation *explain (const SenEngineChat *chat, const SenExplainParams *params, bool has_rows);

/* The conversation with all of the answer that is to be given. Its rows are made when they are read: of 32,000 words they are 4 GB. */
static SenExplanation *
explain_whole (const SenEngineChat *chat)
{
  g_autofree SenChatMessage *messages = g_new (SenChatMessage, chat->n_messages + 1);
  memcpy (messages, chat->messages, chat->n_messages * sizeof *messages);
  bool goes_on = chat->n_messages > 0 && g_str_equal (messages[chat->n_messages - 1].role, "assistant");
  size_t n = chat->n_messages + !goes_on;
  g_autofree char *answer = g_strconcat (goes_on ? messages[n - 1].content : "", script.answer, NULL);
  messages[n - 1] = (SenChatMessage) { "assistant", answer };
  const SenEngineChat whole = { .messages = messages, .n_messages = n };
  const SenExplainParams params = { .message = (int32_t) n - 1, .query = SEN_EXPLAIN_EVERY };
  return explain (&whole, &params, false);
}

SenJob *
sen_engine_chat (SenEngine *self, const SenEngineChat *chat)
{
  SenJob *job = sen_job_new ();
  if (script.answer != NULL)
    g_object_set_data_full (G_OBJECT (job), WHOLE_KEY, explain_whole (chat), unref_explanation);
  n_messages_asked = chat->n_messages;
  g_free (last_question);
  last_question = chat->n_messages > 0 ? compose_last (chat) : NULL;
  take_media (job, chat);
  self->n_tokens = 0;
  set_state (self, SEN_ENGINE_BUSY);
  g_signal_connect_object (job, "text", G_CALLBACK (on_chat_text), self, 0);
  g_signal_connect_object (job, "finished", G_CALLBACK (on_chat_finished), self, 0);
  g_thread_unref (g_thread_new ("fake-answer", write_answer, g_object_ref (job)));
  return job;
}

/* --- Where it looked ------------------------------------------------------------------------------------------------------------------ */

#define N_LAYER 3
#define N_HEAD 2
#define N_CANDIDATES 2

/* A token for each word, one of the template's before each message. */
static void
fill_pieces (SenExplanation *explanation, const SenEngineChat *chat)
{
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (SenPiece));
  for (size_t m = 0; m < chat->n_messages; m++)
    {
      SenPiece mark = { .id = 1, .text = "<|turn|>\n", .kind = SEN_PIECE_TEMPLATE, .message = -1, .span = -1 };
      g_array_append_val (pieces, mark);
      const char *text = chat->messages[m].content;
      for (const char *word = text; *word != '\0';)
        {
          size_t length = strcspn (word, " ") + strspn (word + strcspn (word, " "), " ");
          g_autofree char *copy = g_strndup (word, length);
          SenPiece piece = {
            .id = 10 + (SenToken) pieces->len, .text = sen_explanation_string (explanation, copy), .kind = SEN_PIECE_TEXT,
            .message = (int32_t) m, .start = (uint32_t) (word - text), .end = (uint32_t) (word - text + (ptrdiff_t) length), .span = -1,
          };
          g_array_append_val (pieces, piece);
          word += length;
        }
    }
  explanation->info.n_pieces = pieces->len;
  explanation->info.pieces = sen_explanation_take (explanation, g_array_free (pieces, FALSE));
}

static void
fill_detail (SenExplanation *explanation)
{
  SenExplanationInfo *info = &explanation->info;
  float *detail = sen_explanation_take (explanation, g_new0 (float, (gsize) N_LAYER * N_HEAD * info->n_pieces));
  SenPrediction *lens = sen_explanation_take (explanation, g_new0 (SenPrediction, N_LAYER));
  SenCandidate *candidates = sen_explanation_take (explanation, g_new0 (SenCandidate, N_LAYER * N_CANDIDATES));
  for (guint i = 0; i < N_LAYER * N_HEAD; i++)
    detail[(gsize) i * info->n_pieces + MIN (i, info->first_query)] = 1.0f;
  for (guint i = 0; i < N_LAYER * N_CANDIDATES; i++)
    candidates[i] = (SenCandidate) { .id = 7, .text = "maybe", .logprob = -0.5f };
  info->detail_query = info->first_query;
  info->detail = detail;
  info->lens = lens;
  info->lens_candidates = candidates;
}

static void
fill_numbers (SenExplanation *explanation, const SenExplainParams *params, bool has_rows)
{
  SenExplanationInfo *info = &explanation->info;
  info->model = "Fake Model";
  info->model_path = fake_path;
  info->device = "Abacus";
  info->n_layer = N_LAYER;
  info->n_head = N_HEAD;
  info->n_layers = params->n_layers > 0 ? params->n_layers : N_LAYER;
  info->layers = sen_explanation_take (explanation, g_memdup2 (params->layers, params->n_layers * sizeof *params->layers));
  info->head = params->head_mask[0] != 0 ? (int32_t) g_bit_nth_lsf (params->head_mask[0], -1) : -1;
  for (guint i = info->n_pieces; i > 0 && info->pieces[i - 1].message == params->message; i--)
    info->first_query = i - 2;
  info->n_queries = info->n_pieces - info->first_query;
  if (params->query >= 0)
    {
      info->first_query = (uint32_t) params->query;
      info->n_queries = 1;
    }
  gsize n_weights = has_rows ? (gsize) info->n_queries * info->n_pieces : 0;
  float *weights = n_weights > 0 ? sen_explanation_take (explanation, g_new0 (float, n_weights)) : NULL;
  SenPrediction *predictions = sen_explanation_take (explanation, g_new0 (SenPrediction, info->n_queries));
  SenCandidate *candidates = sen_explanation_take (explanation, g_new0 (SenCandidate, (gsize) info->n_queries * N_CANDIDATES));
  for (guint i = 0; i < info->n_queries; i++)
    {
      guint query = info->first_query + i;
      /* One layer looks at the word before and nothing else. */
      if (params->n_layers == 1 && weights != NULL)
        weights[(gsize) i * info->n_pieces + query] = 1.0f;
      else if (weights != NULL)
        fill_row (weights + (gsize) i * info->n_pieces, query);
      predictions[i] = (SenPrediction) { .entropy = 0.7f, .logprob = -0.1f, .n_alternatives = N_CANDIDATES };
      candidates[i * N_CANDIDATES] = (SenCandidate) { 2, "<|end|>", -0.1f };
      if (query + 1 < info->n_pieces)
        candidates[i * N_CANDIDATES] = (SenCandidate) { info->pieces[query + 1].id, info->pieces[query + 1].text, -0.1f };
      candidates[i * N_CANDIDATES + 1] = (SenCandidate) { 5, "perhaps", -3.0f };
    }
  info->weights = weights;
  info->predictions = predictions;
  info->candidates = candidates;
  info->n_candidates = N_CANDIDATES;
  if (params->with_detail)
    fill_detail (explanation);
}

/* Of what is left out the second piece helps the answer and the last before a word harms it; the third layer's head writes for what came,
 * and against what might have. */
static void
fill_method (SenExplanation *explanation, const SenExplainParams *params)
{
  static float falling[] = { -1.0f, -3.0f, -4.0f }, rising[] = { -4.0f, -2.0f, -1.0f }, chance[] = { -1.0f, -2.0f, -4.0f };
  static float spread[] = { 0.0f, 0.1f, 0.0f }, fed[N_LAYER];
  static const SenTrust trust = {
    .n_steps = 2, .n_orders = 5, .n_units = 4, .deletion = falling, .insertion = rising, .chance = chance, .chance_spread = spread,
    .ratio = 1.3f,
    .deletion_area = -2.75f, .insertion_area = -2.25f, .chance_area = -2.25f, .chance_area_spread = 0.1f,
  };
  static const uint32_t layers[N_LAYER] = { 0, 1, 2 };
  SenExplanationInfo *info = &explanation->info;
  float *weights = (float *) info->weights;
  info->method = params->method;
  info->is_maximum = params->is_maximum;
  if (params->n_layers == 0)
    info->layers = layers;
  info->trust = params->with_trust ? &trust : NULL;
  for (guint i = 0; info->method == SEN_EXPLAIN_OCCLUSION && i < info->n_queries; i++)
    for (guint j = 0; j < info->n_pieces; j++)
      weights[(gsize) i * info->n_pieces + j] = j == 1 ? 2.0f : j == info->first_query + i ? -0.5f : 0.0f;
  if (!params->with_shares)
    return;
  float *heads = sen_explanation_take (explanation, g_new0 (float, N_LAYER * N_HEAD));
  SenHeadShares *shares = sen_explanation_take (explanation, g_new0 (SenHeadShares, 1));
  heads[2 * N_HEAD] = params->share_token == 5 ? -1.5f : 1.5f;
  *shares = (SenHeadShares) { .n_layer = N_LAYER, .n_head = N_HEAD, .heads = heads, .feed_forward = fed, .logit = heads[2 * N_HEAD] };
  info->shares = shares;
  info->share_of = (SenCandidate) { .id = params->share_token, .text = "it" };
}

static SenExplanation *
explain (const SenEngineChat *chat, const SenExplainParams *params, bool has_rows)
{
  SenExplanation *explanation = sen_explanation_new ();
  fill_pieces (explanation, chat);
  fill_numbers (explanation, params, has_rows);
  fill_method (explanation, params);
  return explanation;
}

/* Half way until it is let go on, or nobody wants it. */
static gpointer
take_time (gpointer data)
{
  g_autoptr (SenJob) job = data;
  sen_job_report_stage (job, "Leaving out", 0.5);
  while (!sen_cancel_requested (sen_job_cancellation (job)))
    {
      if (g_atomic_int_compare_and_exchange (&may_finish, TRUE, FALSE))
        {
          sen_job_report_finished (job, NULL);
          return NULL;
        }
      g_usleep (1000);
    }
  g_object_set_data (G_OBJECT (job), "explanation", NULL);
  sen_job_report_finished (job, g_error_new_literal (SEN_ERROR, SEN_ERROR_CANCELLED, "stopped"));
  return NULL;
}

SenJob *
sen_engine_explain (SenEngine *self, const SenEngineChat *chat, const SenExplainParams *params)
{
  SenJob *job = sen_job_new ();
  n_explained++;
  if (script.error != NULL)
    {
      sen_job_report_finished (job, g_error_new_literal (SEN_ERROR, SEN_ERROR_CONTEXT_FULL, script.error));
      return job;
    }
  g_object_set_data_full (G_OBJECT (job), "explanation", explain (chat, params, true), (GDestroyNotify) sen_explanation_unref);
  if (script.holds_methods && (params->method != SEN_EXPLAIN_ATTENTION || params->with_trust))
    g_thread_unref (g_thread_new ("fake-method", take_time, g_object_ref (job)));
  else
    sen_job_report_finished (job, NULL);
  return job;
}

/* The same pieces, as of any text. */
SenJob *
sen_engine_explain_more (SenEngine *self, SenExplanation *of, const SenExplainParams *params)
{
  SenJob *job = sen_job_new ();
  SenExplanation *more = sen_explanation_new ();
  n_explained++;
  more->info = of->info;
  more->source = sen_explanation_ref (of);
  more->free_source = unref_explanation;
  fill_numbers (more, params, true);
  fill_method (more, params);
  g_object_set_data_full (G_OBJECT (job), "explanation", more, unref_explanation);
  sen_job_report_finished (job, NULL);
  return job;
}

SenExplanation *
sen_engine_explain_result (SenJob *job)
{
  SenExplanation *explanation = g_object_get_data (G_OBJECT (job), "explanation");
  return explanation != NULL ? sen_explanation_ref (explanation) : NULL;
}

unsigned
fake_engine_n_explained (void)
{
  return n_explained;
}

/* --- Counting ------------------------------------------------------------------------------------------------------------------------- */

/* A token for each four bytes. */
void
sen_engine_count_async (SenEngine *self, const SenPromptMedia *media, size_t n_media, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GArray *counts = g_array_new (FALSE, FALSE, sizeof (guint));
  for (size_t i = 0; i < n_media; i++)
    {
      guint n = (guint) strlen (media[i].words) / 4;
      g_array_append_val (counts, n);
    }
  g_task_return_pointer (task, counts, (GDestroyNotify) g_array_unref);
}

GArray *
sen_engine_count_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
