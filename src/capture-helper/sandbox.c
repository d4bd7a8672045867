/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What a process that listens to the room may do. Sound servers and ALSA want sockets, shared memory and device files, so the
 * filter names what is forbidden rather than what is allowed: no other program, no other process, no internet, nothing
 * written to a file; and, once the device is open, no path at all. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sen-seccomp.h"

/* Refuses @call when its argument @i has one of the bits @mask, or else when it has none. */
static void
refuse_bits (SenSeccomp *f, uint32_t call, int i, uint32_t mask, bool has, uint32_t answer)
{
  sen_seccomp_put (f, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
  sen_seccomp_load (f, SEN_SECCOMP_ARGUMENT (i));
  sen_seccomp_put (f, BPF_JMP | BPF_JSET | BPF_K, mask, has ? 0 : 1, has ? 1 : 0);
  sen_seccomp_answer (f, answer);
  sen_seccomp_load (f, SEN_SECCOMP_CALL);
}

static bool
install (SenSeccomp *f)
{
  sen_seccomp_answer (f, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = { .len = f->n, .filter = f->rules };
  /* For all threads: libpulse has one of its own. */
  return syscall (__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

static const uint32_t never[] = {
  __NR_execve, __NR_execveat, __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_mount, __NR_umount2, __NR_pivot_root,
  __NR_chroot, __NR_setns, __NR_unshare, __NR_bpf, __NR_perf_event_open, __NR_keyctl, __NR_add_key, __NR_request_key, __NR_init_module,
  __NR_finit_module, __NR_delete_module, __NR_kexec_load, __NR_reboot, __NR_userfaultfd, __NR_io_uring_setup, __NR_open_by_handle_at,
  __NR_personality, __NR_symlinkat, __NR_linkat, __NR_mknodat, __NR_bind, __NR_listen,
#ifdef __NR_fork
  __NR_fork, __NR_vfork,
#endif
};

bool
sandbox_enter (void)
{
  const struct { __rlimit_resource_t resource; rlim_t value; } limits[] = {
    { RLIMIT_CORE, 0 }, { RLIMIT_NOFILE, 128 }, { RLIMIT_FSIZE, 128 << 20 },   /* shared memory counts as a file */
    { RLIMIT_CPU, 3600 },
#ifndef __SANITIZE_ADDRESS__
    { RLIMIT_AS, (rlim_t) 1 << 30 },
#endif
  };
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
    if (setrlimit (limits[i].resource, &(struct rlimit) { limits[i].value, limits[i].value }) != 0)
      return false;

  SenSeccomp f = { .n = 0 };
  sen_seccomp_begin (&f);
  for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
    sen_seccomp_rule (&f, never[i], SECCOMP_RET_ERRNO | EPERM);
  refuse_bits (&f, __NR_clone, 0, CLONE_THREAD, false, SECCOMP_RET_ERRNO | EPERM);
  /* clone3 keeps its flags in memory that a filter cannot see; the C library then asks by clone. */
  sen_seccomp_rule (&f, __NR_clone3, SECCOMP_RET_ERRNO | ENOSYS);
  /* AF_UNIX (1) and nothing else: every other family is above it. */
  refuse_bits (&f, __NR_socket, 0, ~(uint32_t) AF_UNIX, true, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
  /* Files are read, devices are opened, nothing is made or emptied. */
  refuse_bits (&f, __NR_openat, 2, O_CREAT | O_TRUNC | O_APPEND, true, SECCOMP_RET_ERRNO | EACCES);
#ifdef __NR_open
  refuse_bits (&f, __NR_open, 1, O_CREAT | O_TRUNC | O_APPEND, true, SECCOMP_RET_ERRNO | EACCES);
  sen_seccomp_rule (&f, __NR_creat, SECCOMP_RET_ERRNO | EACCES);
#endif
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && install (&f);
}

bool
sandbox_close_paths (void)
{
  static const uint32_t paths[] = {
    __NR_openat, __NR_openat2, __NR_connect, __NR_socket, __NR_unlinkat, __NR_mkdirat, __NR_renameat2, __NR_fchmodat, __NR_fchownat,
#ifdef __NR_open
    __NR_open, __NR_creat, __NR_unlink, __NR_mkdir, __NR_rmdir, __NR_rename, __NR_symlink, __NR_link, __NR_chmod, __NR_chown,
#endif
#ifdef __NR_renameat
    __NR_renameat,
#endif
  };
  SenSeccomp f = { .n = 0 };
  sen_seccomp_begin (&f);
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
    sen_seccomp_rule (&f, paths[i], SECCOMP_RET_ERRNO | EACCES);
  return install (&f);
}
