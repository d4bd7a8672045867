/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cli.h"
#include "sen-devices.h"
#include "sen-generate.h"
#include "sen-json-quote.h"
#include "sen-multimodal.h"

G_BEGIN_DECLS

/** What the subcommands that run a model share: options, model, device, session. */
typedef struct {
  /* Options. */
  char    *model_name;
  char    *device_name;
  char    *kv_name;
  int      n_threads;
  int      n_ctx;
  gboolean exact;
  gboolean json;
  char    *mmproj, *connector;   /* of those that take media */

  /* What was opened. */
  SenModel   *model;
  SenDevice  *device, *fallback;
  SenSession *session;
  char       *reason;
  double      load_seconds;   /* from opening the file to a session that can read */
  SenMultimodal *multimodal;  /* of those that take media */
} CliRuntime;

/** Rows for a GOptionEntry table that set where @runtime computes, and how. */
#define CLI_DEVICE_OPTIONS(runtime)                                                                                       \
  { "device", 'd', 0, G_OPTION_ARG_STRING, &(runtime).device_name, "auto, cpu, vulkan or vulkan:N", "D" },                \
  { "threads", 't', 0, G_OPTION_ARG_INT, &(runtime).n_threads, "Threads of the CPU (default: all it may use)", "N" },     \
  { "exact", 0, 0, G_OPTION_ARG_NONE, &(runtime).exact, "f32 throughout: slower, for comparing", NULL }

/** The same for a language model. */
#define CLI_RUNTIME_OPTIONS(runtime)                                                                                      \
  { "model", 'm', 0, G_OPTION_ARG_STRING, &(runtime).model_name, "Name from the catalogue, or path of a GGUF file", "M" },\
  CLI_DEVICE_OPTIONS (runtime),                                                                                           \
  { "ctx", 'c', 0, G_OPTION_ARG_INT, &(runtime).n_ctx, "Length of the context in tokens (default: up to 4096)", "N" },    \
  { "kv", 0, 0, G_OPTION_ARG_STRING, &(runtime).kv_name, "Type of the KV cache: f16 (default) or f32", "TYPE" }

/** The same for those that take media. */
#define CLI_MEDIA_OPTIONS(runtime)                                                                                        \
  { "mmproj", 0, 0, G_OPTION_ARG_FILENAME, &(runtime).mmproj, "Lets the model see or hear (default: the one beside it)", "F" }, \
  { "connector", 0, 0, G_OPTION_ARG_STRING, &(runtime).connector,                                                         \
    "Lets the model see or hear (default: those for it): name or path; none: through words", "C" }

#define CLI_JSON_OPTION(runtime) { "json", 0, 0, G_OPTION_ARG_NONE, &(runtime).json, "Print JSON", NULL }

/** Open the model only, or the device only; what is open stays as it is. */
bool cli_runtime_open_model (CliRuntime *runtime, SenCli *cli, GError **error);
bool cli_runtime_open_device (CliRuntime *runtime, SenCli *cli, GError **error);
/** Opens model and device where they are not, and a session; @n_out_max as in SenSessionParams, @n_batch 0 for the default. */
bool cli_runtime_open (CliRuntime *runtime, SenCli *cli, uint32_t n_batch, uint32_t n_out_max, GError **error);
/** The same, and what the model sees and hears directly. */
bool cli_runtime_open_multimodal (CliRuntime *runtime, SenCli *cli, GError **error);
/** Replaces a lost device and makes a new session on it; the caller replays. */
bool cli_runtime_reopen (CliRuntime *runtime, SenCli *cli, GError **error);
void cli_runtime_clear (CliRuntime *runtime);

/** Parameters of the device list with this command's options. */
SenDevicesParams cli_runtime_devices_params (const CliRuntime *runtime, SenCli *cli, char **cache_dir);

G_END_DECLS
