/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-engine.h"

#include <malloc.h>
#include <string.h>

#include "sen-cancel.h"
#include "sen-devices.h"
#include "sen-error.h"
#include "sen-prompt.h"

/* How often speed and context are told while an answer is written. */
#define STATUS_INTERVAL_US (G_USEC_PER_SEC / 4)

/* Of a text whose model is not there. */
#define BYTES_PER_TOKEN 4

typedef enum { REQUEST_LOAD, REQUEST_CONNECTORS, REQUEST_UNLOAD, REQUEST_CHAT, REQUEST_EXPLAIN, REQUEST_COUNT, REQUEST_QUIT } RequestKind;

typedef struct {
  RequestKind  kind;
  SenJob      *job;
  char        *model_path, *device;
  uint32_t     n_ctx, n_threads;
  SenModelStore *store;
  char       **connectors;
  GPtrArray   *texts;            /* owns roles and contents */
  GArray      *messages;         /* SenChatMessage */
  GArray      *media;            /* SenPromptMedia */
  GTask       *task;             /* of a count */
  SenCancel    cancel;           /* of the same */
  gulong       cancel_id;        /* of the task's cancellable, or 0 */
  SenSampling  sampling;
  uint32_t     max_tokens;
  bool         may_leave_out;
  SenExplainParams explain;      /* layers are its own */
  SenExplanation  *of;           /* to explain more of, or NULL: the messages */
} Request;

struct _SenEngine {
  GObject      parent_instance;
  GThread     *thread;
  GAsyncQueue *requests;
  SenDebug     debug;
  char        *cache_dir;

  /* The engine thread's own. */
  SenModel    *model;
  SenDevice   *device, *fallback;
  SenSession  *session;
  SenMultimodal *multimodal;     /* of the model */
  SenModelStore *store;          /* where its connectors are; or NULL */
  char        *reason;
  char        *wanted_device;
  uint32_t     wanted_n_ctx, wanted_n_threads;

  GMutex          lock;
  SenEngineStatus status;        /* under the lock */
  bool            is_telling;    /* under the lock: "changed" is on its way */
  SenModel       *counted;       /* under the lock: the model that is loaded, for counting */
  GPtrArray      *counts;        /* under the lock: Requests to count that are not done; borrowed */
  SenExplainParams looking;      /* under the lock: of answers while they are written; layers are its own */
  bool            is_looking;    /* under the lock: somebody wants that */
  int             looking_serial;/* atomic: another one, another wish */
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenEngine, sen_engine, G_TYPE_OBJECT)

/* --- Status ---------------------------------------------------------------------------------------------------------------------- */

void
sen_engine_status_clear (SenEngineStatus *status)
{
  g_free (status->model_path);
  g_free (status->model_name);
  g_free (status->device);
  g_free (status->reason);
  g_free (status->template_note);
  g_free (status->sees_by);
  g_free (status->hears_by);
  *status = (SenEngineStatus) { 0 };
}

void
sen_engine_get_status (SenEngine *self, SenEngineStatus *status)
{
  g_mutex_lock (&self->lock);
  *status = self->status;
  status->model_path = g_strdup (self->status.model_path);
  status->model_name = g_strdup (self->status.model_name);
  status->device = g_strdup (self->status.device);
  status->reason = g_strdup (self->status.reason);
  status->template_note = g_strdup (self->status.template_note);
  status->sees_by = g_strdup (self->status.sees_by);
  status->hears_by = g_strdup (self->status.hears_by);
  g_mutex_unlock (&self->lock);
}

static gboolean
emit_changed (gpointer data)
{
  g_autoptr (SenEngine) self = g_weak_ref_get (data);
  if (self == NULL)
    return G_SOURCE_REMOVE;
  g_mutex_lock (&self->lock);
  self->is_telling = false;
  g_mutex_unlock (&self->lock);
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* Called on the engine thread. The main context is told through a weak reference: an engine must end when its owner lets go of
 * it, whatever is still to be told. */
static void
tell_changed (SenEngine *self)
{
  g_mutex_lock (&self->lock);
  bool is_telling = self->is_telling;
  self->is_telling = true;
  g_mutex_unlock (&self->lock);
  if (is_telling)
    return;
  GWeakRef *reference = g_new (GWeakRef, 1);
  g_weak_ref_init (reference, self);
  g_idle_add_full (G_PRIORITY_DEFAULT, emit_changed, reference, free_weak_ref);
}

/* Takes the strings of @status. */
static void
set_status (SenEngine *self, SenEngineStatus status)
{
  g_mutex_lock (&self->lock);
  sen_engine_status_clear (&self->status);
  self->status = status;
  g_mutex_unlock (&self->lock);
  tell_changed (self);
}

typedef struct {
  uint32_t      n_tokens;
  double        seconds;
  SenStopReason stop_reason;
  uint32_t      n_left_out;
} AnswerFigures;

static void
describe_session (SenEngine *self, SenEngineState state, const AnswerFigures *figures)
{
  if (self->session == NULL)
    {
      set_status (self, (SenEngineStatus) { .state = SEN_ENGINE_EMPTY });
      return;
    }
  const SenSessionInfo *session = sen_session_info (self->session);
  const SenModelInfo *model = sen_model_info (self->model);
  set_status (self, (SenEngineStatus) {
    .state = state,
    .model_path = g_strdup (model->path),
    .model_name = g_strdup (model->name),
    .device = g_strdup (session->device),
    .reason = g_strdup (session->reason),
    .template_note = g_strdup (sen_chat_template_description (sen_model_chat_template (self->model))),
    .n_ctx = session->n_ctx,
    .n_used = sen_session_n_past (self->session),
    .tokens_per_second = figures != NULL && figures->seconds > 0.0 ? figures->n_tokens / figures->seconds : 0.0,
    .n_answer_tokens = figures != NULL ? figures->n_tokens : 0,
    .stop_reason = figures != NULL ? figures->stop_reason : SEN_STOP_END,
    .n_left_out = figures != NULL ? figures->n_left_out : 0,
    .sees_by = g_strdup (sen_multimodal_by (self->multimodal, SEN_ATTACHMENT_PICTURE)),
    .hears_by = g_strdup (sen_multimodal_by (self->multimodal, SEN_ATTACHMENT_SOUND)),
    .memory_bytes = model->file_bytes + sen_model_kv_bytes (self->model, session->n_ctx, SEN_TYPE_F16)
                    + sen_multimodal_memory_bytes (self->multimodal),
  });
}

/* --- Work on the engine thread --------------------------------------------------------------------------------------------------- */

static void
close_device (SenEngine *self)
{
  g_clear_pointer (&self->session, sen_session_free);
  g_clear_pointer (&self->device, sen_device_unref);
  g_clear_pointer (&self->fallback, sen_device_unref);
  g_clear_pointer (&self->reason, g_free);
}

/* What is counted with, from any thread. */
static void
set_counted (SenEngine *self, SenModel *model)
{
  g_mutex_lock (&self->lock);
  SenModel *old = self->counted;
  self->counted = model != NULL ? sen_model_ref (model) : NULL;
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&old, sen_model_unref);
}

static void
close_model (SenEngine *self)
{
  set_counted (self, NULL);
  g_clear_pointer (&self->multimodal, sen_multimodal_free);
  g_clear_pointer (&self->store, sen_model_store_unref);
  close_device (self);
  g_clear_pointer (&self->model, sen_model_unref);
}

static bool
open_device (SenEngine *self, GError **error)
{
  const SenDevicesParams devices = {
    .wanted = self->wanted_device, .n_threads = self->wanted_n_threads, .cache_dir = self->cache_dir, .debug = &self->debug,
  };
  SenSessionParams params = sen_session_params_default ();
  self->device = sen_devices_open (&devices, &self->fallback, &self->reason, error);
  if (self->device == NULL)
    return false;
  params.n_ctx = self->wanted_n_ctx;
  params.reason = self->reason;
  self->session = sen_session_new (self->model, self->device, self->fallback, &params, error);
  return self->session != NULL;
}

/* What the model sees and hears directly. Nothing that must be there was named, so nothing about it can be wrong. */
static void
open_multimodal (SenEngine *self, const char *const *connectors)
{
  const SenMultimodalParams params = { .debug = &self->debug, .store = self->store, .also = connectors };
  g_clear_pointer (&self->multimodal, sen_multimodal_free);
  self->multimodal = sen_multimodal_new (&params, sen_model_info (self->model)->path, NULL);
  if (self->multimodal != NULL)
    sen_multimodal_use (self->multimodal, self->model, self->device, self->fallback);
}

static void
do_load (SenEngine *self, Request *request)
{
  GError *error = NULL;
  close_model (self);
  set_status (self, (SenEngineStatus) { .state = SEN_ENGINE_LOADING });
  sen_job_report_stage (request->job, "Loading the model", -1.0);

  g_free (self->wanted_device);
  self->wanted_device = g_strdup (request->device);
  self->wanted_n_ctx = request->n_ctx;
  self->wanted_n_threads = request->n_threads;
  self->model = sen_model_open (request->model_path, &error);
  if (self->model == NULL || !open_device (self, &error))
    close_model (self);
  else
    {
      self->store = g_steal_pointer (&request->store);
      open_multimodal (self, (const char *const *) request->connectors);
      set_counted (self, self->model);
    }
  describe_session (self, SEN_ENGINE_READY, NULL);
  sen_job_report_finished (request->job, error);
}

/* What the last answer was like is still told. */
static void
do_connectors (SenEngine *self, Request *request)
{
  if (self->model != NULL)
    {
      open_multimodal (self, (const char *const *) request->connectors);
      g_mutex_lock (&self->lock);
      g_free (self->status.sees_by);
      g_free (self->status.hears_by);
      self->status.sees_by = g_strdup (sen_multimodal_by (self->multimodal, SEN_ATTACHMENT_PICTURE));
      self->status.hears_by = g_strdup (sen_multimodal_by (self->multimodal, SEN_ATTACHMENT_SOUND));
      g_mutex_unlock (&self->lock);
      tell_changed (self);
    }
  sen_job_report_finished (request->job, NULL);
}

/* A device that is lost so often in one answer will not come back; the first time it is asked again, then the CPU takes over. */
#define MAX_LOSSES 3

typedef struct {
  SenEngine *engine;
  SenJob    *job;
  bool       has_text;
  uint32_t   n_losses;
  uint32_t   n_tokens;
  gint64     start_us, told_us;   /* of the first token; when figures were last told */
  const SenMultimodalPrompt *prompt;
  SenExplainLive *live;           /* while somebody looks; the job has it too */
  int        looking_serial;      /* of the wish that it follows */
} Answer;

#define LIVE_KEY "sen-live"

static gpointer
ref_live (gpointer live, gpointer data)
{
  return live != NULL ? sen_explain_live_ref (live) : NULL;
}

static void
unref_live (gpointer live)
{
  sen_explain_live_unref (live);
}

SenExplanation *
sen_engine_chat_look (SenJob *job)
{
  g_autoptr (SenExplainLive) live = g_object_dup_data (G_OBJECT (job), LIVE_KEY, ref_live, NULL);
  return live != NULL ? sen_explain_live_now (live) : NULL;
}

/* What was seen stays with the job. */
static void
stop_looking (Answer *answer)
{
  if (answer->live != NULL && answer->engine->session != NULL)
    sen_explain_live_end (answer->engine->session);
  g_clear_pointer (&answer->live, sen_explain_live_unref);
}

/* Somebody began to look, wants to see something else, or looks no more. */
static void
follow_wish (Answer *answer)
{
  SenEngine *self = answer->engine;
  stop_looking (answer);
  g_mutex_lock (&self->lock);
  answer->looking_serial = g_atomic_int_get (&self->looking_serial);
  SenExplainParams params = self->looking;
  bool is_looking = self->is_looking;
  g_autofree uint32_t *layers = g_memdup2 (params.layers, params.n_layers * sizeof *params.layers);
  g_mutex_unlock (&self->lock);
  params.layers = layers;
  if (is_looking)
    answer->live = sen_explain_live_new (answer->prompt, self->session, &params, NULL);
  g_object_set_data_full (G_OBJECT (answer->job), LIVE_KEY, answer->live != NULL ? sen_explain_live_ref (answer->live) : NULL,
                          answer->live != NULL ? unref_live : NULL);
}

/* Whatever is wrong with looking, the answer goes on; what lacks is explained behind it. */
static void
look_on (Answer *answer, const SenGeneratedToken *token)
{
  g_autoptr (GError) error = NULL;
  if (answer->looking_serial != g_atomic_int_get (&answer->engine->looking_serial))
    follow_wish (answer);
  if (answer->live != NULL && token->token != SEN_NO_TOKEN
      && !sen_explain_live_add (answer->live, answer->engine->session, token, sen_job_cancellation (answer->job), &error))
    {
      g_debug ("looking stopped: %s", error->message);
      stop_looking (answer);
    }
}

static bool
on_token (const SenGeneratedToken *token, gpointer data)
{
  Answer *answer = data;
  look_on (answer, token);
  if (!answer->has_text)
    sen_job_report_stage (answer->job, "Writing", -1.0);
  if (*token->text != '\0')
    sen_job_report_text (answer->job, token->text);
  answer->has_text = true;

  /* The first token came out of reading the prompt; the clock of writing starts behind it. */
  gint64 now = g_get_monotonic_time ();
  if (answer->start_us == 0)
    answer->start_us = answer->told_us = now;
  else
    answer->n_tokens++;
  if (now - answer->told_us >= STATUS_INTERVAL_US)
    {
      const AnswerFigures figures = { .n_tokens = answer->n_tokens, .seconds = (now - answer->start_us) / (double) G_USEC_PER_SEC };
      answer->told_us = now;
      describe_session (answer->engine, SEN_ENGINE_BUSY, &figures);
    }
  return true;
}

static void
on_prefill (uint32_t n_done, uint32_t n_total, gpointer data)
{
  Answer *answer = data;
  sen_job_report_stage (answer->job, "Reading", (double) n_done / n_total);
}

/* The conversation so far is read again by a device that works, and the answer goes on in the middle of its sentence. */
static bool
on_device_lost (SenSession *session, gpointer data, GError **error)
{
  Answer *answer = data;
  SenEngine *self = answer->engine;
  bool is_hopeless = ++answer->n_losses > 1;
  g_autoptr (SenDevice) device = NULL, fallback = NULL;
  g_autofree char *reason = NULL;
  if (answer->n_losses > MAX_LOSSES)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_DEVICE_LOST, "the device was lost again and again; choose another one");
      return false;
    }
  const SenDevicesParams devices = {
    .wanted = is_hopeless ? "cpu" : self->wanted_device, .n_threads = self->wanted_n_threads, .cache_dir = self->cache_dir,
    .debug = &self->debug,
  };
  device = sen_devices_open (&devices, &fallback, &reason, error);
  if (is_hopeless && device != NULL)
    {
      g_free (reason);
      reason = g_strdup ("the graphics device was lost twice in one answer");
    }
  if (device == NULL || !sen_session_move (session, device, fallback, reason, error))
    return false;
  if (self->multimodal != NULL)
    sen_multimodal_use (self->multimodal, self->model, device, fallback);
  g_clear_pointer (&self->device, sen_device_unref);
  g_clear_pointer (&self->fallback, sen_device_unref);
  g_free (self->reason);
  self->device = g_steal_pointer (&device);
  self->fallback = g_steal_pointer (&fallback);
  self->reason = g_steal_pointer (&reason);
  return true;
}

#define TAKEN_KEY "sen-taken"

static gpointer
ref_array (gpointer array, gpointer data)
{
  return array != NULL ? g_ptr_array_ref (array) : NULL;
}

GPtrArray *
sen_engine_chat_taken (SenJob *job)
{
  return g_object_dup_data (G_OBJECT (job), TAKEN_KEY, ref_array, NULL);
}

/* Pictures and recordings become embeddings, or words; the job keeps which. (transfer full) */
static SenMultimodalPrompt *
prepare (SenEngine *self, Request *request, uint32_t n_ctx, GError **error)
{
  const SenChatMessage *messages = (const SenChatMessage *) request->messages->data;
  uint32_t n_words = 0;
  bool yields = false;
  for (guint i = 0; i < request->media->len; i++)
    yields = yields || g_array_index (request->media, SenPromptMedia, i).yields;
  if (yields)
    n_words = sen_count_chat_tokens (self->model, messages, request->messages->len, NULL);
  /* Then the oldest messages go, and make room. */
  if (request->may_leave_out && n_words > SEN_PROMPT_SHARE (n_ctx))
    n_words = n_ctx / 2;
  const SenMultimodalRequest wanted = {
    .messages = messages, .n_messages = request->messages->len, .media = (const SenPromptMedia *) request->media->data,
    .n_media = request->media->len, .n_ctx = n_ctx, .n_words = n_words,
  };
  SenMultimodalPrompt *prompt = sen_multimodal_prepare (self->multimodal, &wanted, sen_job_cancellation (request->job), error);
  if (prompt != NULL && request->media->len > 0)
    g_object_set_data_full (G_OBJECT (request->job), TAKEN_KEY, g_ptr_array_ref (sen_multimodal_prompt_taken (prompt)),
                            (GDestroyNotify) g_ptr_array_unref);
  return prompt;
}

static void
do_chat (SenEngine *self, Request *request)
{
  if (self->session == NULL)
    {
      sen_job_report_finished (request->job, g_error_new_literal (SEN_ERROR, SEN_ERROR_NOT_FOUND,
                                                                  "no model is loaded; choose one first"));
      return;
    }

  Answer answer = { .engine = self, .job = request->job };
  const SenGenerateParams params = {
    .sampling = request->sampling,
    .max_tokens = request->max_tokens,
    .on_token = on_token,
    .on_prefill = on_prefill,
    .on_device_lost = on_device_lost,
    .user_data = &answer,
    .cancel = sen_job_cancellation (request->job),
  };
  SenGenerateStats stats = { 0 };
  GError *error = NULL;
  describe_session (self, SEN_ENGINE_BUSY, NULL);
  sen_job_report_stage (request->job, "Reading", 0.0);
  uint32_t n_ctx = sen_session_info (self->session)->n_ctx, n_left_out = 0;
  g_autoptr (SenMultimodalPrompt) prompt = prepare (self, request, n_ctx, &error);
  if (prompt != NULL && request->may_leave_out)
    n_left_out = sen_multimodal_prompt_leave_out (prompt, self->model, n_ctx);
  answer.prompt = prompt;
  if (prompt != NULL)
    sen_multimodal_generate (prompt, self->session, &params, &stats, &error);
  else
    {
      stats.stop_reason = SEN_STOP_CANCELLED;
      /* An answer that is stopped before it begins is stopped, as later. */
      if (g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED))
        g_clear_error (&error);
    }
  stop_looking (&answer);
  const AnswerFigures figures = {
    .n_tokens = stats.n_generated_tokens, .seconds = stats.decode_seconds, .stop_reason = stats.stop_reason,
    .n_left_out = n_left_out,
  };
  describe_session (self, SEN_ENGINE_READY, &figures);
  sen_job_report_finished (request->job, error);
}

/* --- Explaining ------------------------------------------------------------------------------------------------------------------- */

#define EXPLANATION_KEY "sen-explanation"

static gpointer
ref_explanation (gpointer explanation, gpointer data)
{
  return explanation != NULL ? sen_explanation_ref (explanation) : NULL;
}

SenExplanation *
sen_engine_explain_result (SenJob *job)
{
  return g_object_dup_data (G_OBJECT (job), EXPLANATION_KEY, ref_explanation, NULL);
}

static void
on_explain_progress (const char *stage, double fraction, gpointer job)
{
  sen_job_report_stage (job, stage, fraction);
}

/* Messages that were left out are those behind a system message. */
static bool
shift_message (SenExplainParams *params, const Request *request, uint32_t n_left_out, GError **error)
{
  bool has_system = request->messages->len > 0 && g_str_equal (g_array_index (request->messages, SenChatMessage, 0).role, "system");
  if (params->message < (int32_t) has_system)
    return true;
  params->message -= (int32_t) n_left_out;
  if (params->message >= (int32_t) has_system)
    return true;
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL, "the model no longer sees this message; ask about a newer one");
  return false;
}

static SenExplanation *
explain (SenEngine *self, Request *request, GError **error)
{
  SenExplainParams params = request->explain;
  uint32_t n_ctx = sen_session_info (self->session)->n_ctx, n_left_out = 0;
  params.progress = on_explain_progress;
  params.user_data = request->job;
  if (request->of != NULL)
    return sen_explain_more (request->of, self->session, &params, sen_job_cancellation (request->job), error);
  g_autoptr (SenMultimodalPrompt) prompt = prepare (self, request, n_ctx, error);
  if (prompt == NULL)
    return NULL;
  if (request->may_leave_out)
    n_left_out = sen_multimodal_prompt_leave_out (prompt, self->model, n_ctx);
  if (!shift_message (&params, request, n_left_out, error))
    return NULL;
  return sen_explain (prompt, self->session, &params, sen_job_cancellation (request->job), error);
}

static void
do_explain (SenEngine *self, Request *request)
{
  GError *error = NULL;
  if (self->session == NULL)
    {
      sen_job_report_finished (request->job, g_error_new_literal (SEN_ERROR, SEN_ERROR_NOT_FOUND,
                                                                  "no model is loaded; choose one first"));
      return;
    }
  sen_job_report_stage (request->job, "Reading", 0.0);
  SenExplanation *explanation = explain (self, request, &error);
  if (explanation != NULL)
    g_object_set_data_full (G_OBJECT (request->job), EXPLANATION_KEY, explanation, (GDestroyNotify) sen_explanation_unref);
  sen_job_report_finished (request->job, error);
}

static guint
count_text (SenModel *model, const char *text)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (sen_model_tokenizer (model), text, -1, false, false, ids);
  return ids->len;
}

uint32_t
sen_engine_count_text (SenEngine *self, const char *text)
{
  g_mutex_lock (&self->lock);
  g_autoptr (SenModel) model = self->counted != NULL ? sen_model_ref (self->counted) : NULL;
  g_mutex_unlock (&self->lock);
  return model != NULL ? count_text (model, text) : (uint32_t) (strlen (text) / BYTES_PER_TOKEN + 1);
}

static void
do_count (SenEngine *self, Request *request)
{
  GArray *counts = g_array_new (FALSE, FALSE, sizeof (guint));
  if (self->session != NULL && self->multimodal != NULL)
    sen_multimodal_set_room (self->multimodal, SEN_PROMPT_SHARE (sen_session_info (self->session)->n_ctx));
  for (guint i = 0; self->model != NULL && i < request->media->len && !sen_cancel_requested (&request->cancel); i++)
    {
      const SenPromptMedia *one = &g_array_index (request->media, SenPromptMedia, i);
      bool with_words = true;
      guint n = self->multimodal != NULL && one->path != NULL
                  ? sen_multimodal_count (self->multimodal, one->kind, one->path, &with_words, &request->cancel, NULL)
                  : 0;
      if (n == 0 || with_words)
        n += count_text (self->model, one->words);
      g_array_append_val (counts, n);
    }
  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->counts, request);
  g_mutex_unlock (&self->lock);
  if (!sen_cancel_requested (&request->cancel))
    {
      g_task_return_pointer (request->task, counts, (GDestroyNotify) g_array_unref);
      return;
    }
  g_array_unref (counts);
  g_task_return_new_error (request->task, SEN_ERROR, SEN_ERROR_CANCELLED, "counting was stopped");
}

static void
free_request (Request *request)
{
  g_clear_object (&request->job);
  g_clear_pointer (&request->texts, g_ptr_array_unref);
  g_clear_pointer (&request->messages, g_array_unref);
  g_clear_pointer (&request->media, g_array_unref);
  g_clear_pointer (&request->store, sen_model_store_unref);
  g_strfreev (request->connectors);
  if (request->cancel_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (request->task), request->cancel_id);
  g_clear_object (&request->task);
  g_free ((gpointer) request->explain.layers);
  sen_explanation_unref (request->of);
  sen_explanation_unref (request->explain.weights_of);
  g_free (request->model_path);
  g_free (request->device);
  g_free (request);
}

/* Unloading is for other programs: what the allocator would keep for the next time goes back to the system. */
static void
give_memory_back (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

static gpointer
run_engine (gpointer data)
{
  SenEngine *self = data;
  for (;;)
    {
      Request *request = g_async_queue_pop (self->requests);
      RequestKind kind = request->kind;
      switch (kind)
        {
        case REQUEST_LOAD:
          do_load (self, request);
          break;
        case REQUEST_CONNECTORS:
          do_connectors (self, request);
          break;
        case REQUEST_UNLOAD:
          close_model (self);
          give_memory_back ();
          describe_session (self, SEN_ENGINE_EMPTY, NULL);
          sen_job_report_finished (request->job, NULL);
          break;
        case REQUEST_CHAT:
          do_chat (self, request);
          break;
        case REQUEST_EXPLAIN:
          do_explain (self, request);
          break;
        case REQUEST_COUNT:
          do_count (self, request);
          break;
        case REQUEST_QUIT:
          close_model (self);
          break;
        }
      free_request (request);
      if (kind == REQUEST_QUIT)
        return NULL;
    }
}

/* --- The object ------------------------------------------------------------------------------------------------------------------ */

/* Encoding for a count may take minutes, and who comes next waits for the thread. */
static void
stop_counts (SenEngine *self)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->counts->len; i++)
    g_atomic_int_set (&((Request *) g_ptr_array_index (self->counts, i))->cancel.requested, 1);
  g_mutex_unlock (&self->lock);
}

static void
sen_engine_dispose (GObject *object)
{
  SenEngine *self = SEN_ENGINE (object);
  if (self->thread != NULL)
    {
      Request *request = g_new0 (Request, 1);
      request->kind = REQUEST_QUIT;
      stop_counts (self);
      g_async_queue_push (self->requests, request);
      g_thread_join (g_steal_pointer (&self->thread));
    }
  G_OBJECT_CLASS (sen_engine_parent_class)->dispose (object);
}

static void
sen_engine_finalize (GObject *object)
{
  SenEngine *self = SEN_ENGINE (object);
  g_async_queue_unref (self->requests);
  sen_engine_status_clear (&self->status);
  g_ptr_array_unref (self->counts);
  g_free ((gpointer) self->looking.layers);
  g_mutex_clear (&self->lock);
  g_free (self->cache_dir);
  g_free (self->wanted_device);
  G_OBJECT_CLASS (sen_engine_parent_class)->finalize (object);
}

static void
sen_engine_class_init (SenEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sen_engine_dispose;
  G_OBJECT_CLASS (klass)->finalize = sen_engine_finalize;
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_engine_init (SenEngine *self)
{
  self->requests = g_async_queue_new ();
  self->counts = g_ptr_array_new ();
  self->cache_dir = g_build_filename (g_get_user_cache_dir (), "sensorium", NULL);
  g_mutex_init (&self->lock);
}

SenEngine *
sen_engine_new (const SenDebug *debug)
{
  SenEngine *self = g_object_new (SEN_TYPE_ENGINE, NULL);
  self->debug = *debug;
  self->thread = g_thread_new ("sen-engine", run_engine, self);
  return self;
}

static SenJob *
submit (SenEngine *self, Request *request)
{
  request->job = sen_job_new ();
  SenJob *job = g_object_ref (request->job);
  g_async_queue_push (self->requests, request);
  return job;
}

SenJob *
sen_engine_load (SenEngine *self, const SenEngineLoad *load)
{
  Request *request = g_new0 (Request, 1);
  request->kind = REQUEST_LOAD;
  request->model_path = g_strdup (load->model_path);
  request->device = g_strdup (load->device);
  request->store = load->store != NULL ? sen_model_store_ref (load->store) : NULL;
  request->connectors = g_strdupv ((char **) load->connectors);
  request->n_ctx = load->n_ctx;
  request->n_threads = load->n_threads;
  stop_counts (self);
  return submit (self, request);
}

SenJob *
sen_engine_use_connectors (SenEngine *self, const char *const *connectors)
{
  Request *request = g_new0 (Request, 1);
  request->kind = REQUEST_CONNECTORS;
  request->connectors = g_strdupv ((char **) connectors);
  stop_counts (self);
  return submit (self, request);
}

SenJob *
sen_engine_unload (SenEngine *self)
{
  Request *request = g_new0 (Request, 1);
  request->kind = REQUEST_UNLOAD;
  stop_counts (self);
  return submit (self, request);
}

static const char *
copy_text (Request *request, const char *text)
{
  char *copy = g_strdup (text);
  if (copy != NULL)
    g_ptr_array_add (request->texts, copy);
  return copy;
}

static void
copy_media (Request *request, const SenPromptMedia *media, size_t n)
{
  if (request->texts == NULL)
    request->texts = g_ptr_array_new_with_free_func (g_free);
  request->media = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
  for (size_t i = 0; i < n; i++)
    {
      SenPromptMedia copy = media[i];
      copy.attachment = NULL;
      copy.path = copy_text (request, copy.path);
      copy.name = copy_text (request, copy.name);
      copy.words = copy_text (request, copy.words);
      g_array_append_val (request->media, copy);
    }
}

static Request *
new_chat_request (RequestKind kind, const SenEngineChat *chat)
{
  Request *request = g_new0 (Request, 1);
  request->kind = kind;
  request->sampling = chat->sampling;
  request->max_tokens = chat->max_tokens;
  request->may_leave_out = chat->may_leave_out;
  request->texts = g_ptr_array_new_with_free_func (g_free);
  request->messages = g_array_new (FALSE, FALSE, sizeof (SenChatMessage));
  for (size_t i = 0; i < chat->n_messages; i++)
    {
      SenChatMessage copy = { .role = g_strdup (chat->messages[i].role), .content = g_strdup (chat->messages[i].content) };
      g_ptr_array_add (request->texts, (gpointer) copy.role);
      g_ptr_array_add (request->texts, (gpointer) copy.content);
      g_array_append_val (request->messages, copy);
    }
  copy_media (request, chat->media, chat->n_media);
  return request;
}

SenJob *
sen_engine_chat (SenEngine *self, const SenEngineChat *chat)
{
  return submit (self, new_chat_request (REQUEST_CHAT, chat));
}

SenJob *
sen_engine_explain (SenEngine *self, const SenEngineChat *chat, const SenExplainParams *params)
{
  Request *request = new_chat_request (REQUEST_EXPLAIN, chat);
  request->explain = *params;
  request->explain.layers = g_memdup2 (params->layers, params->n_layers * sizeof *params->layers);
  if (params->weights_of != NULL)
    sen_explanation_ref (params->weights_of);
  return submit (self, request);
}

SenJob *
sen_engine_explain_more (SenEngine *self, SenExplanation *of, const SenExplainParams *params)
{
  Request *request = g_new0 (Request, 1);
  request->kind = REQUEST_EXPLAIN;
  request->of = sen_explanation_ref (of);
  request->explain = *params;
  request->explain.layers = g_memdup2 (params->layers, params->n_layers * sizeof *params->layers);
  return submit (self, request);
}

void
sen_engine_set_looking (SenEngine *self, const SenExplainParams *params)
{
  g_mutex_lock (&self->lock);
  g_free ((gpointer) self->looking.layers);
  self->looking = params != NULL ? *params : (SenExplainParams) { 0 };
  self->looking.layers = g_memdup2 (self->looking.layers, self->looking.n_layers * sizeof *self->looking.layers);
  self->is_looking = params != NULL;
  g_atomic_int_inc (&self->looking_serial);
  g_mutex_unlock (&self->lock);
}

/* --- Counting -------------------------------------------------------------------------------------------------------------------- */

static SenModel *
hold_counted (SenEngine *self)
{
  g_mutex_lock (&self->lock);
  SenModel *model = self->counted != NULL ? sen_model_ref (self->counted) : NULL;
  g_mutex_unlock (&self->lock);
  return model;
}

static void
count_words (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const GArray *media = ((Request *) data)->media;
  g_autoptr (SenModel) model = hold_counted (source);
  GArray *counts = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; model != NULL && i < media->len; i++)
    {
      guint n = count_text (model, g_array_index (media, SenPromptMedia, i).words);
      g_array_append_val (counts, n);
    }
  g_task_return_pointer (task, counts, (GDestroyNotify) g_array_unref);
}

/* Something among @media enters directly. */
static bool
is_any_direct (SenEngine *self, const SenPromptMedia *media, size_t n)
{
  bool is_direct = false;
  g_mutex_lock (&self->lock);
  for (size_t i = 0; i < n; i++)
    is_direct = is_direct || (media[i].kind == SEN_ATTACHMENT_PICTURE && self->status.sees_by != NULL)
                || (media[i].kind == SEN_ATTACHMENT_SOUND && self->status.hears_by != NULL);
  g_mutex_unlock (&self->lock);
  return is_direct;
}

static void
on_count_cancelled (GCancellable *cancellable, gpointer request)
{
  g_atomic_int_set (&((Request *) request)->cancel.requested, 1);
}

void
sen_engine_count_async (SenEngine *self, const SenPromptMedia *media, size_t n_media, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  request->kind = REQUEST_COUNT;
  copy_media (request, media, n_media);
  if (is_any_direct (self, media, n_media))
    {
      /* Without the engine: were its thread the last to let go of it, it would wait for itself. */
      request->task = g_task_new (NULL, cancellable, callback, user_data);
      if (cancellable != NULL)
        request->cancel_id = g_cancellable_connect (cancellable, G_CALLBACK (on_count_cancelled), request, NULL);
      g_mutex_lock (&self->lock);
      g_ptr_array_add (self->counts, request);
      g_mutex_unlock (&self->lock);
      g_async_queue_push (self->requests, request);
      return;
    }
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_task_data (task, request, (GDestroyNotify) free_request);
  g_task_run_in_thread (task, count_words);
}

GArray *
sen_engine_count_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
