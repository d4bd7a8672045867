/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "find-tool.h"

#include <stdio.h>

#include "sen-devices.h"
#include "sen-find.h"

void
find_tool_open (FindTool *self, const char *path, uint32_t n_threads)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (&error);
  g_assert_no_error (error);
  self->debug = sen_debug_from_env ();
  self->store = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = self->debug.models_dir });
  self->decode = sen_decode_new (&(SenDecodeParams) { .helper = self->debug.decode_helper });
  self->encoders = sen_find_encoders_new (&(SenFindEncodersParams) {
    .debug = &self->debug, .store = self->store, .device = "cpu", .n_threads = n_threads,
  });
  self->find = sen_find_new (&(SenFindParams) {
    .path = path, .encoders = self->encoders, .decode = self->decode, .n_threads = n_threads,
  });
}

void
find_tool_close (FindTool *self)
{
  sen_find_free (self->find);
  sen_find_encoders_free (self->encoders);
  sen_decode_free (self->decode);
  sen_model_store_unref (self->store);
}

void
find_tool_open_model (FindToolModel *self, const char *path, uint32_t n_ctx, uint32_t n_threads)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;
  const SenDebug debug = sen_debug_from_env ();
  const SenDevicesParams devices = { .wanted = "cpu", .n_threads = n_threads, .debug = &debug };
  SenSessionParams params = sen_session_params_default ();
  params.n_ctx = n_ctx;
  self->model = sen_model_open (path, &error);
  g_assert_no_error (error);
  self->device = sen_devices_open (&devices, &self->fallback, &reason, &error);
  g_assert_no_error (error);
  self->session = sen_session_new (self->model, self->device, self->fallback, &params, &error);
  g_assert_no_error (error);
}

void
find_tool_close_model (FindToolModel *self)
{
  sen_session_free (self->session);
  sen_device_unref (self->fallback);
  sen_device_unref (self->device);
  sen_model_unref (self->model);
}

GStrv
find_tool_read_line (int n)
{
  static char line[65536];
  return fgets (line, sizeof line, stdin) != NULL ? g_strsplit (g_strchomp (line), "\t", n) : NULL;
}
