/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Preloaded under the leak sanitizer: modules stay. What a Vulkan driver or loader keeps in globals of its own is no leak while it
 * is there, and cannot be told from one, nor be named, once it was unloaded. */
#include <dlfcn.h>

__attribute__ ((visibility ("default"))) int
dlclose (void *module)
{
  return 0;
}
