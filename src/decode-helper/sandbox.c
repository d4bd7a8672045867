/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What is left to this process once it has started: computing, its own memory, the socket and the descriptors that come
 * through it. No path can be opened, no program run, no network reached, no other process touched. docs/media.md. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sen-seccomp.h"

/* The client asks a helper to leave after half of this. */
#define MAX_CPU_SECONDS 3600

/* Allowed whatever the arguments are. None of these names a path, an address or another process. */
static const uint16_t plain_calls[] = {
  __NR_read, __NR_write, __NR_readv, __NR_writev, __NR_pread64, __NR_lseek, __NR_close, __NR_sendmsg, __NR_recvmsg,
  __NR_dup, __NR_ppoll, __NR_fstat, __NR_ftruncate, __NR_memfd_create,
  __NR_munmap, __NR_mremap, __NR_madvise, __NR_brk,
  __NR_futex, __NR_set_robust_list, __NR_rseq, __NR_sched_yield, __NR_sched_getaffinity, __NR_gettid, __NR_getpid,
  __NR_clock_gettime, __NR_clock_getres, __NR_clock_nanosleep, __NR_nanosleep, __NR_gettimeofday, __NR_setitimer,
  __NR_getrusage, __NR_sysinfo, __NR_getrandom, __NR_membarrier,
  __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_rt_sigreturn, __NR_sigaltstack, __NR_restart_syscall,
  __NR_exit, __NR_exit_group,
#ifdef __NR_poll
  __NR_poll,
#endif
#ifdef __NR_time
  __NR_time,
#endif
};

static void
allow (SenSeccomp *filter, uint32_t call)
{
  sen_seccomp_rule (filter, call, SECCOMP_RET_ALLOW);
}

static void
refuse (SenSeccomp *filter, uint32_t call, int reason)
{
  sen_seccomp_rule (filter, call, SECCOMP_RET_ERRNO | (uint32_t) reason);
}

/* Allowed when argument @i equals @value. */
static void
allow_equal (SenSeccomp *filter, uint32_t call, int i, uint32_t value)
{
  sen_seccomp_put (filter, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
  sen_seccomp_load (filter, SEN_SECCOMP_ARGUMENT (i));
  sen_seccomp_put (filter, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
  sen_seccomp_answer (filter, SECCOMP_RET_ALLOW);
  sen_seccomp_load (filter, SEN_SECCOMP_CALL);
}

/* Allowed when argument @i has all bits of @with and none of @without. */
static void
allow_bits (SenSeccomp *filter, uint32_t call, int i, uint32_t with, uint32_t without)
{
  sen_seccomp_put (filter, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5);
  sen_seccomp_load (filter, SEN_SECCOMP_ARGUMENT (i));
  sen_seccomp_put (filter, BPF_ALU | BPF_AND | BPF_K, with | without, 0, 0);
  sen_seccomp_put (filter, BPF_JMP | BPF_JEQ | BPF_K, with, 0, 1);
  sen_seccomp_answer (filter, SECCOMP_RET_ALLOW);
  sen_seccomp_load (filter, SEN_SECCOMP_CALL);
}

static void
make_filter (SenSeccomp *filter)
{
  sen_seccomp_begin (filter);
  for (size_t i = 0; i < G_N_ELEMENTS (plain_calls); i++)
    allow (filter, plain_calls[i]);
  allow_bits (filter, __NR_mmap, 2, 0, PROT_EXEC);
  allow_bits (filter, __NR_mprotect, 2, 0, PROT_EXEC);
  /* Threads, not processes. clone3 keeps its flags in memory that a filter cannot see; the C library then asks by clone. */
  allow_bits (filter, __NR_clone, 0, CLONE_VM | CLONE_THREAD, 0);
  refuse (filter, __NR_clone3, ENOSYS);
  allow_equal (filter, __NR_prctl, 0, PR_SET_NAME);
  allow_equal (filter, __NR_fcntl, 1, F_ADD_SEALS);
  allow_equal (filter, __NR_fcntl, 1, F_GETFL);
  /* abort() sends itself a signal. */
  allow_equal (filter, __NR_tgkill, 0, (uint32_t) getpid ());
  /* Reading a limit of one's own (new_limit NULL), as thread creation does. */
  allow_equal (filter, __NR_prlimit64, 2, 0);
  /* isatty() of a library that thinks it speaks to somebody. */
  refuse (filter, __NR_ioctl, ENOTTY);
  /* The scheduler is not ours to turn, and decoders live with that. */
  refuse (filter, __NR_sched_setaffinity, EPERM);
  sen_seccomp_answer (filter, SECCOMP_RET_KILL_PROCESS);
}

static bool
set_limit (__rlimit_resource_t resource, uint64_t value)
{
  return setrlimit (resource, &(struct rlimit) { .rlim_cur = value, .rlim_max = value }) == 0;
}

bool
sandbox_enter (uint64_t memory_bytes)
{
  bool ok = set_limit (RLIMIT_CPU, MAX_CPU_SECONDS) && set_limit (RLIMIT_CORE, 0) && set_limit (RLIMIT_NOFILE, 64)
            && set_limit (RLIMIT_FSIZE, (uint64_t) SEN_WIRE_MAX_PIXELS * 3);
#ifndef __SANITIZE_ADDRESS__
  /* The address sanitizer maps terabytes of shadow. */
  ok = ok && set_limit (RLIMIT_AS, memory_bytes);
#endif
  /* FFmpeg asks for the local time of some dates in MP4; the zone is a file, read while files can be opened. */
  tzset ();
  /* Likewise GLib, for the aliases of character sets. */
  g_get_charset (NULL);
  SenSeccomp filter = { .n = 0 };
  make_filter (&filter);
  const struct sock_fprog program = { .len = filter.n, .filter = filter.rules };
  return ok && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
