/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-device.h"
#include "sen-error.h"
#include "sen-model-store.h"

G_BEGIN_DECLS

/**
 * What the subcommands of sensorium-cli share.
 *
 * To add a subcommand: a row in commands.def, a file cmd-<name>.c with sen_cli_<name>(), its line in meson.build and a
 * section in docs/cli.md. Its argv[0] is the subcommand's name; it returns one of SenCliExit. Results go to stdout,
 * progress and errors to stderr; an error is one sentence, printed by sen_cli_fail() or sen_cli_usage().
 */

/** Exit codes; docs/cli.md documents them for scripts. */
typedef enum {
  SEN_CLI_OK        = 0,
  SEN_CLI_FAILURE   = 1,    /* anything without a code of its own */
  SEN_CLI_USAGE     = 2,    /* wrong options or arguments */
  SEN_CLI_NOT_FOUND = 3,    /* no such model, file or device */
  SEN_CLI_DEVICE    = 4,    /* a compute device failed, is missing, or lacks memory */
  SEN_CLI_NETWORK   = 5,    /* a download broke off; the same command resumes it */
  SEN_CLI_DISK      = 6,    /* a disk is full, or a file cannot be read or written */
  SEN_CLI_BAD_FILE  = 7,    /* a file is damaged, lies about itself, or is not the one promised */
  SEN_CLI_CANCELLED = 130,  /* Ctrl+C, as shells count it */
} SenCliExit;

typedef struct {
  SenDebug    debug;    /* what the environment says, read once */
  SenCancel  *cancel;   /* requested by the first Ctrl+C or SIGTERM; the second ends the process */
  int         wake;     /* can be read from after a SIGTERM: for poll(), which a signal to another thread does not end; never read */
  const char *command;  /* name of the subcommand that runs */
} SenCli;

typedef struct {
  const char *name;
  const char *summary;
  int (*run) (SenCli *cli, int argc, char **argv);
} SenCliCommand;

/** The table of all subcommands; its last row has no name. */
const SenCliCommand *sen_cli_commands (void);

/** Parses the options of a subcommand. @arguments names what follows them ("[PROMPT|-]"), @details (may be NULL) is
 *  printed under the options by --help. On success argv[1 .. argc - 1] are the arguments left. On a wrong option an
 *  error is printed, false returned and the subcommand shall return SEN_CLI_USAGE. --help prints and exits. */
bool sen_cli_parse (SenCli *cli, const char *arguments, const char *details, const GOptionEntry *entries,
                    int *argc, char ***argv);

/** Prints "sensorium-cli: <message>" and returns the exit code that fits the error. */
int sen_cli_fail (SenCli *cli, const GError *error);
int sen_cli_exit_code (const GError *error);

/** For sen_encoders_tell() and its like: says on stderr that the CPU does what a device could not, and @why. */
void sen_cli_gave_way (const char *why, gpointer unused);

/** Prints a sentence about wrong arguments and where help is; returns SEN_CLI_USAGE. */
int sen_cli_usage (SenCli *cli, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** Takes back a Ctrl+C that was answered (an interactive session goes on after one) and listens for the next. A SIGTERM stays. */
void sen_cli_cancel_reset (SenCli *cli);

/** All of stdin, or NULL. No more than @max_bytes: SEN_ERROR_LIMIT. NUL-terminated beyond its length. (transfer full) */
char *sen_cli_read_stdin (size_t max_bytes, size_t *length, GError **error);

/** The prompt of a command: everything after its options, or standard input for "-" and for nothing at all; at most 4 MiB. (transfer
 *  full) */
char *sen_cli_read_prompt (int argc, char **argv, GError **error);

/** The models of this machine. @catalogue_path NULL is the built-in catalogue. (transfer full) */
SenModelStore *sen_cli_open_store (SenCli *cli, const char *catalogue_path, GError **error);

/** The local path of model @name: a catalogue name, or a path. SEN_ERROR_NOT_FOUND says how to get it. (transfer full) */
char *sen_cli_find_model (SenCli *cli, const char *name, GError **error);

/* The subcommands. */
#define SEN_CLI_COMMAND(name, summary) int sen_cli_##name (SenCli *cli, int argc, char **argv);
#include "commands.def"
#undef SEN_CLI_COMMAND

G_END_DECLS
