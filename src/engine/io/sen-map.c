/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-map.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-file.h"

struct SenMap {
  gatomicrefcount ref_count;
  GBytes         *bytes;   /* whose data it is, or NULL: mapped */
  uint8_t        *data;
  size_t          size;
  char           *path;
  atomic_bool     lost;
};

/* --- The SIGBUS guard ---------------------------------------------------------------------------------------------------
 * Signals belong to the process, so this is the one place with process-wide state. The handler may run in any thread at
 * any instruction: it only reads these slots and calls mmap(), which is a plain system call. */

#define MAX_MAPS 256

static _Atomic (SenMap *) live_maps[MAX_MAPS];
static struct sigaction previous_action;

static void
pass_on (int number, siginfo_t *info, void *context)
{
  if (previous_action.sa_flags & SA_SIGINFO && previous_action.sa_sigaction != NULL)
    previous_action.sa_sigaction (number, info, context);
  else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN)
    previous_action.sa_handler (number);
  else
    signal (number, SIG_DFL);   /* the faulting instruction runs again and ends the process as it should */
}

static void
on_bus_error (int number, siginfo_t *info, void *context)
{
  uintptr_t address = (uintptr_t) info->si_addr;
  for (int i = 0; i < MAX_MAPS; i++)
    {
      SenMap *map = atomic_load_explicit (&live_maps[i], memory_order_acquire);
      uintptr_t start = map != NULL ? (uintptr_t) map->data : 0;
      if (map == NULL || address < start || address >= start + map->size)
        continue;

      /* The rest of the file from here on is as likely gone: one call covers it all. */
      uintptr_t page = address & ~((uintptr_t) 4096 - 1);
      size_t n_bytes = map->size - (page - start);
      atomic_store (&map->lost, true);
      if (mmap ((void *) page, n_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
        return;
    }
  pass_on (number, info, context);
}

static void
install_guard (void)
{
  static gsize installed = 0;
  if (g_once_init_enter (&installed))
    {
      struct sigaction action = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_NODEFER };
      sigemptyset (&action.sa_mask);
      sigaction (SIGBUS, &action, &previous_action);
      g_once_init_leave (&installed, 1);
    }
}

static bool
add_live (SenMap *map)
{
  for (int i = 0; i < MAX_MAPS; i++)
    {
      SenMap *expected = NULL;
      if (atomic_compare_exchange_strong (&live_maps[i], &expected, map))
        return true;
    }
  return false;
}

static void
remove_live (SenMap *map)
{
  for (int i = 0; i < MAX_MAPS; i++)
    {
      SenMap *expected = map;
      if (atomic_compare_exchange_strong (&live_maps[i], &expected, NULL))
        return;
    }
}

/* --- Maps ---------------------------------------------------------------------------------------------------------------- */

SenMap *
sen_map_open (const char *path, GError **error)
{
  uint64_t size;
  int fd = sen_file_open (path, &size, error);
  if (fd < 0)
    return NULL;
  if (size == 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is an empty file", path);
      close (fd);
      return NULL;
    }

  void *data = mmap (NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  int reason = errno;
  close (fd);
  if (data == MAP_FAILED)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s (%" G_GUINT64_FORMAT " bytes) cannot be mapped: %s", path, size,
                   g_strerror (reason));
      return NULL;
    }
  /* Decoding reads all weights once a token, and each small page of them would cost a walk through page tables. What the kernel does not
   * know, or the file system, it refuses. */
  madvise (data, size, MADV_HUGEPAGE);

  install_guard ();
  SenMap *map = g_new0 (SenMap, 1);
  g_atomic_ref_count_init (&map->ref_count);
  map->data = data;
  map->size = size;
  map->path = g_strdup (path);
  if (!add_live (map))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s cannot be opened: %d files are mapped already", path, MAX_MAPS);
      munmap (data, size);
      g_free (map->path);
      g_free (map);
      return NULL;
    }
  return map;
}

SenMap *
sen_map_new_bytes (GBytes *bytes, const char *name)
{
  SenMap *map = g_new0 (SenMap, 1);
  g_atomic_ref_count_init (&map->ref_count);
  map->bytes = g_bytes_ref (bytes);
  map->data = (uint8_t *) g_bytes_get_data (bytes, &map->size);
  map->path = g_strdup (name);
  return map;
}

SenMap *
sen_map_ref (SenMap *map)
{
  g_atomic_ref_count_inc (&map->ref_count);
  return map;
}

void
sen_map_unref (SenMap *map)
{
  if (map == NULL || !g_atomic_ref_count_dec (&map->ref_count))
    return;
  if (map->bytes != NULL)
    g_bytes_unref (map->bytes);
  else
    {
      remove_live (map);
      munmap (map->data, map->size);
    }
  g_free (map->path);
  g_free (map);
}

const uint8_t *
sen_map_data (const SenMap *map)
{
  return map->data;
}

size_t
sen_map_size (const SenMap *map)
{
  return map->size;
}

const char *
sen_map_path (const SenMap *map)
{
  return map->path;
}

bool
sen_map_is_lost (const SenMap *map)
{
  return atomic_load (&((SenMap *) map)->lost);
}
