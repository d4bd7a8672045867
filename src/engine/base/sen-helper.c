/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

char *
sen_helper_find (const char *name, const char *build_folder)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  if (program != NULL)
    {
      const char *places[] = { SEN_LIBEXEC_FROM_BIN, build_folder };
      g_autofree char *folder = g_path_get_dirname (program);
      for (size_t i = 0; i < G_N_ELEMENTS (places); i++)
        {
          g_autofree char *path = g_build_filename (folder, places[i], name, NULL);
          if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
            return g_steal_pointer (&path);
        }
    }
  return g_build_filename (SEN_LIBEXECDIR, name, NULL);
}

int
sen_helper_spawn (const char *path, char *const *argv, char *const *environment, const int *fds, int n_fds, pid_t *pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&actions);
  for (int i = 0; i < n_fds; i++)
    if (fds[i] < 0)
      posix_spawn_file_actions_addopen (&actions, i, "/dev/null", O_RDWR, 0);
    else
      posix_spawn_file_actions_adddup2 (&actions, fds[i], i);
  posix_spawn_file_actions_addclosefrom_np (&actions, n_fds);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int reason = posix_spawn (pid, path, &actions, &attributes, argv, environment);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return reason;
}

int
sen_helper_end (pid_t pid, int patience_ms)
{
  int status = -1;
  pid_t found = 0;
  for (int i = 0; i < patience_ms && found == 0; i++)
    {
      found = waitpid (pid, &status, WNOHANG);
      if (found == 0)
        g_usleep (1000);
    }
  if (found == 0)
    {
      kill (pid, SIGKILL);
      while ((found = waitpid (pid, &status, 0)) < 0 && errno == EINTR)
        ;
    }
  return found > 0 ? status : -1;
}
