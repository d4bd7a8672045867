/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "find-output.h"

int
sen_cli_similar (SenCli *cli, int argc, char **argv)
{
  CliFind find = { 0 };
  const GOptionEntry entries[] = { CLI_FIND_OPTIONS (find), { NULL } };
  int status = SEN_CLI_USAGE;
  if (!sen_cli_parse (cli, "FILE", "Copies of the file first, then what looks, sounds or reads most like it; it need not be indexed "
                      "itself.", entries, &argc, &argv))
    status = SEN_CLI_USAGE;
  else if (argc != 2)
    status = sen_cli_usage (cli, argc < 2 ? "Say what the files are to be like: similar FILE." : "One file at a time.");
  else
    status = cli_find (cli, &find, &(SenFindRequest) { .like = argv[1] });
  cli_find_clear (&find);
  return status;
}
