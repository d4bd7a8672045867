/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "runtime.h"

#include <string.h>

#include "sen-inventory.h"
#include "sen-machine.h"

SenDevicesParams
cli_runtime_devices_params (const CliRuntime *runtime, SenCli *cli, char **cache_dir)
{
  *cache_dir = g_build_filename (g_get_user_cache_dir (), "sensorium", NULL);
  return (SenDevicesParams) {
    .wanted = runtime->device_name,
    .exact = runtime->exact,
    .n_threads = (uint32_t) MAX (runtime->n_threads, 0),
    .cache_dir = *cache_dir,
    .debug = &cli->debug,
  };
}

/* Of one's own files only the size is known. */
static SenRoom
room_for (const SenMachine *machine, const SenModelStatus *model)
{
  SenCatalogueEntry own = { .memory_bytes = model->size_bytes };
  return sen_machine_room (machine, model->entry != NULL ? model->entry : &own);
}

/* The larger one, but rather one of the catalogue, whose models are known to answer; where others would have to give way the smaller
 * one. */
static bool
is_better (const SenMachine *machine, const SenModelStatus *model, const SenModelStatus *than)
{
  bool is_roomy = room_for (machine, model) != SEN_ROOM_TIGHT, is_known = model->entry != NULL;
  if (is_roomy != (room_for (machine, than) != SEN_ROOM_TIGHT))
    return is_roomy;
  if (is_roomy && is_known != (than->entry != NULL))
    return is_known;
  return is_roomy ? model->size_bytes > than->size_bytes : model->size_bytes < than->size_bytes;
}

/* Of those for chatting that are here and that the machine has memory for at all. (transfer full) */
static char *
choose_model (SenCli *cli, GError **error)
{
  SenMachine machine = { 0 };
  g_autofree char *meminfo = NULL;
  const SenModelStatus *best = NULL;
  g_autoptr (SenModelStore) store = sen_cli_open_store (cli, NULL, error);
  g_autoptr (GPtrArray) models = store != NULL ? sen_model_store_list (store) : NULL;
  if (models == NULL)
    return NULL;
  if (g_file_get_contents ("/proc/meminfo", &meminfo, NULL, NULL))
    sen_machine_read_memory (&machine, meminfo);
  for (guint i = 0; i < models->len; i++)
    {
      const SenModelStatus *model = models->pdata[i];
      if (model->state != SEN_MODEL_PRESENT || !sen_inventory_is_for_chat (model) || room_for (&machine, model) == SEN_ROOM_NONE)
        continue;
      if (best == NULL || is_better (&machine, model, best))
        best = model;
    }
  if (best == NULL)
    g_set_error_literal (error, SEN_ERROR, SEN_ERROR_NOT_FOUND,
                         "no model to chat with is here; get one with “sensorium-cli models fetch smollm2-135m-instruct”, or name a GGUF "
                         "file with --model");
  return best != NULL ? g_strdup (best->name) : NULL;
}

bool
cli_runtime_open_model (CliRuntime *runtime, SenCli *cli, GError **error)
{
  if (runtime->model != NULL)
    return true;
  if (runtime->model_name == NULL)
    {
      runtime->model_name = choose_model (cli, error);
      if (runtime->model_name == NULL)
        return false;
      g_printerr ("sensorium-cli: %s is used; --model names another.\n", runtime->model_name);
    }
  g_autofree char *path = sen_cli_find_model (cli, runtime->model_name, error);
  if (path == NULL)
    return false;
  runtime->model = sen_model_open (path, error);
  return runtime->model != NULL;
}

bool
cli_runtime_open_device (CliRuntime *runtime, SenCli *cli, GError **error)
{
  if (runtime->device != NULL)
    return true;
  g_autofree char *cache_dir = NULL;
  SenDevicesParams devices = cli_runtime_devices_params (runtime, cli, &cache_dir);
  runtime->device = sen_devices_open (&devices, &runtime->fallback, &runtime->reason, error);
  return runtime->device != NULL;
}

static bool
open_session (CliRuntime *runtime, SenCli *cli, uint32_t n_batch, uint32_t n_out_max, GError **error)
{
  SenSessionParams params = sen_session_params_default ();
  if (!cli_runtime_open_device (runtime, cli, error))
    return false;
  params.n_ctx = (uint32_t) MAX (runtime->n_ctx, 0);
  params.n_batch = n_batch;
  params.n_out_max = n_out_max;
  params.reason = runtime->reason;
  if (runtime->exact || g_strcmp0 (runtime->kv_name, "f32") == 0)
    params.kv_type = SEN_TYPE_F32;
  runtime->session = sen_session_new (runtime->model, runtime->device, runtime->fallback, &params, error);
  return runtime->session != NULL;
}

bool
cli_runtime_open (CliRuntime *runtime, SenCli *cli, uint32_t n_batch, uint32_t n_out_max, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  if (runtime->kv_name != NULL && strcmp (runtime->kv_name, "f16") != 0 && strcmp (runtime->kv_name, "f32") != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "“%s” is no type of KV cache; say f16 or f32", runtime->kv_name);
      return false;
    }
  if (!cli_runtime_open_model (runtime, cli, error) || !open_session (runtime, cli, n_batch, n_out_max, error))
    return false;
  runtime->load_seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return true;
}

bool
cli_runtime_open_multimodal (CliRuntime *runtime, SenCli *cli, GError **error)
{
  g_autoptr (SenModelStore) store = sen_cli_open_store (cli, NULL, error);
  if (store == NULL || !cli_runtime_open (runtime, cli, 0, 0, error))
    return false;
  const SenMultimodalParams params = {
    .debug = &cli->debug, .store = store, .mmproj = runtime->mmproj, .connector = runtime->connector,
  };
  runtime->multimodal = sen_multimodal_new (&params, sen_model_info (runtime->model)->path, error);
  if (runtime->multimodal == NULL)
    return false;
  sen_multimodal_use (runtime->multimodal, runtime->model, runtime->device, runtime->fallback);
  return true;
}

bool
cli_runtime_reopen (CliRuntime *runtime, SenCli *cli, GError **error)
{
  SenDevice *old = g_steal_pointer (&runtime->device), *old_fallback = g_steal_pointer (&runtime->fallback);
  g_clear_pointer (&runtime->session, sen_session_free);
  g_clear_pointer (&runtime->reason, g_free);
  bool ok = open_session (runtime, cli, 0, 0, error);
  if (ok && runtime->multimodal != NULL)
    sen_multimodal_use (runtime->multimodal, runtime->model, runtime->device, runtime->fallback);
  sen_device_unref (old_fallback);
  sen_device_unref (old);
  return ok;
}

void
cli_runtime_clear (CliRuntime *runtime)
{
  g_clear_pointer (&runtime->multimodal, sen_multimodal_free);
  g_clear_pointer (&runtime->session, sen_session_free);
  g_clear_pointer (&runtime->device, sen_device_unref);
  g_clear_pointer (&runtime->fallback, sen_device_unref);
  g_clear_pointer (&runtime->model, sen_model_unref);
  g_free (runtime->reason);
  g_free (runtime->model_name);
  g_free (runtime->device_name);
  g_free (runtime->kv_name);
  g_free (runtime->mmproj);
  g_free (runtime->connector);
}
