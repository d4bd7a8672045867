/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Where the power comes from, as the kernel tells it (Documentation/ABI/testing/sysfs-class-power). */
#include "sen-indexer.h"

static char *
read_word (const char *folder, const char *supply, const char *name)
{
  g_autofree char *path = g_build_filename (folder, supply, name, NULL), *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? g_strdup (g_strstrip (text)) : g_strdup ("");
}

bool
sen_power_is_mains (const char *folder)
{
  const char *place = folder != NULL ? folder : "/sys/class/power_supply";
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  bool has_battery = false, is_online = false;
  for (const char *supply; dir != NULL && (supply = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *type = read_word (place, supply, "type"), *scope = read_word (place, supply, "scope");
      g_autofree char *online = read_word (place, supply, "online");
      /* Mice have batteries, too. */
      if (g_str_equal (scope, "Device"))
        continue;
      has_battery |= g_str_equal (type, "Battery");
      is_online |= (g_str_equal (type, "Mains") || g_str_has_prefix (type, "USB")) && !g_str_equal (online, "0") && *online != '\0';
    }
  return is_online || !has_battery;
}
