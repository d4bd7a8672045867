/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "runtime.h"

static const char *
kind_name (SenDeviceKind kind)
{
  static const char *const names[] = { "cpu", "integrated", "discrete", "virtual", "software" };
  return names[kind];
}

static const char *
self_test_name (SenSelfTest state)
{
  static const char *const names[] = { "untested", "passed", "failed" };
  return names[state];
}

static void
append_field (GString *json, const char *name, const char *text)
{
  g_string_append_printf (json, ",\"%s\":", name);
  if (text != NULL)
    sen_json_quote (json, text);
  else
    g_string_append (json, "null");
}

static void
print_json (GPtrArray *entries)
{
  g_autoptr (GString) json = g_string_new ("[");
  for (guint i = 0; i < entries->len; i++)
    {
      const SenDeviceEntry *e = g_ptr_array_index (entries, i);
      g_string_append_printf (json, "%s{\"id\":\"%s\",\"type\":\"%s\",\"memory_bytes\":%" G_GUINT64_FORMAT
                              ",\"self_test\":\"%s\",\"chosen\":%s", i > 0 ? "," : "", e->id, kind_name (e->kind),
                              e->memory_bytes, self_test_name (e->self_test), e->chosen ? "true" : "false");
      append_field (json, "name", e->name);
      append_field (json, "driver", e->driver);
      append_field (json, "features", e->features);
      append_field (json, "self_test_note", e->self_test_note);
      append_field (json, "unusable", e->unusable);
      append_field (json, "reason", e->reason);
      g_string_append_c (json, '}');
    }
  puts (g_string_append_c (json, ']')->str);
}

static void
print_text (GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const SenDeviceEntry *e = g_ptr_array_index (entries, i);
      g_autofree char *memory = g_format_size_full (e->memory_bytes, G_FORMAT_SIZE_IEC_UNITS);
      printf ("%s %-10s %s\n", e->chosen ? "→" : " ", e->id, e->name);
      printf ("             %s, %s, %s, %s\n", kind_name (e->kind), e->driver, e->features, memory);
      if (e->unusable != NULL)
        printf ("             cannot be used: %s\n", e->unusable);
      else
        printf ("             self-test: %s%s%s\n", self_test_name (e->self_test), e->self_test_note != NULL ? ": " : "",
                e->self_test_note != NULL ? e->self_test_note : "");
      if (e->chosen)
        printf ("             used by default: %s\n", e->reason);
    }
}

/* Every device that can be opened; an exit code when one fails. */
static int
test_all (const SenDevicesParams *params, SenCli *cli)
{
  int status = SEN_CLI_OK;
  g_autoptr (GPtrArray) entries = sen_devices_list (params);
  for (guint i = 0; i < entries->len; i++)
    {
      const SenDeviceEntry *e = g_ptr_array_index (entries, i);
      g_autoptr (GError) error = NULL;
      if (e->unusable != NULL)
        continue;
      g_printerr ("Testing %s…\n", e->name);
      if (sen_devices_self_test (params, e->id, cli->cancel, &error))
        continue;
      int failure = sen_cli_fail (cli, error);
      status = failure == SEN_CLI_CANCELLED ? failure : SEN_CLI_DEVICE;
      if (failure == SEN_CLI_CANCELLED)
        break;
    }
  return status;
}

int
sen_cli_devices (SenCli *cli, int argc, char **argv)
{
  CliRuntime runtime = { 0 };
  gboolean self_test = FALSE;
  const GOptionEntry entries[] = {
    { "self-test", 0, 0, G_OPTION_ARG_NONE, &self_test, "Compare every kernel of every device with the CPU reference", NULL },
    CLI_JSON_OPTION (runtime),
    { NULL },
  };
  if (!sen_cli_parse (cli, NULL, NULL, entries, &argc, &argv))
    return SEN_CLI_USAGE;

  g_autofree char *cache_dir = NULL;
  SenDevicesParams params = cli_runtime_devices_params (&runtime, cli, &cache_dir);
  int status = self_test ? test_all (&params, cli) : SEN_CLI_OK;
  if (status == SEN_CLI_CANCELLED)
    return status;
  g_autoptr (GPtrArray) list = sen_devices_list (&params);
  if (runtime.json)
    print_json (list);
  else
    print_text (list);
  return status;
}
