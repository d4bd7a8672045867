/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-index-store.h"

/* A folder of the test's own. */
char *make_folder (void);
/* With all that is in it, whatever its permissions are. Frees the name. */
void  remove_folder (char *folder);

SenStore *open_store (const char *path, bool is_writer);
