/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-cli.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A signal handler can reach nothing but a static. */
static SenCancel signal_cancel;
static volatile sig_atomic_t is_terminated;
static int signal_wake = -1;

static const SenCliCommand commands[] = {
#define SEN_CLI_COMMAND(name, summary) { #name, summary, sen_cli_##name },
#include "commands.def"
#undef SEN_CLI_COMMAND
  { NULL },
};

const SenCliCommand *
sen_cli_commands (void)
{
  return commands;
}

static void
on_signal (int number)
{
  int saved = errno;
  g_atomic_int_set (&signal_cancel.requested, 1);
  if (number == SIGTERM)
    {
      is_terminated = 1;
      eventfd_write (signal_wake, 1);
    }
  errno = saved;
}

/* Without SA_RESTART, so that waiting for a line of input ends too; with SA_RESETHAND, so that a second Ctrl+C always
 * ends a process that does not come round. */
static void
listen_for_signals (void)
{
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };
  sigemptyset (&action.sa_mask);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
}

void
sen_cli_cancel_reset (SenCli *cli)
{
  g_atomic_int_set (&cli->cancel->requested, 0);
  listen_for_signals ();
  /* It may have come meanwhile. */
  if (is_terminated)
    g_atomic_int_set (&cli->cancel->requested, 1);
}

static void
print_help (void)
{
  g_print ("Usage:\n  sensorium-cli COMMAND [OPTION…] [ARGUMENT…]\n\n"
           "Chat with language models on this machine, and look after them.\n\nCommands:\n");
  for (const SenCliCommand *command = commands; command->name != NULL; command++)
    g_print ("  %-10s %s\n", command->name, command->summary);
  g_print ("\nOptions:\n  --help     Show this, or the help of a command: sensorium-cli COMMAND --help\n"
           "  --version  Show the version\n\n"
           "A model is a name that \"sensorium-cli models list\" shows, or a path. A device is auto, cpu, vulkan or "
           "vulkan:N.\n");
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");  /* numbers in JSON have a point */
  g_set_prgname ("sensorium-cli");

  if (argc < 2)
    {
      g_printerr ("sensorium-cli: No command was given. See sensorium-cli --help.\n");
      return SEN_CLI_USAGE;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 || strcmp (argv[1], "help") == 0)
    {
      print_help ();
      return SEN_CLI_OK;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      g_print ("sensorium-cli %s\n", SEN_VERSION);
      return SEN_CLI_OK;
    }
  for (const SenCliCommand *command = commands; command->name != NULL; command++)
    if (strcmp (command->name, argv[1]) == 0)
      {
        signal_wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
        SenCli cli = { .debug = sen_debug_from_env (), .cancel = &signal_cancel, .wake = signal_wake, .command = command->name };
        listen_for_signals ();
        return command->run (&cli, argc - 1, argv + 1);
      }
  g_printerr ("sensorium-cli: There is no command \"%s\". See sensorium-cli --help.\n", argv[1]);
  return SEN_CLI_USAGE;
}
