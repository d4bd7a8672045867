/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-catalogue.h"
#include "sen-debug.h"

G_BEGIN_DECLS

/** What a model would be like on this machine, told before it is fetched. Reentrant. */
typedef struct {
  double   weight_rate;       /* of the processor, bytes a second; 0: not known. A GPU is faster, or it would not be chosen */
  uint64_t memory_bytes;      /* of the machine; 0: not known */
  uint64_t available_bytes;   /* without others having to give way */
} SenMachine;

typedef enum {
  SEN_ROOM_UNKNOWN,
  SEN_ROOM_PLENTY,
  SEN_ROOM_TIGHT,             /* others would have to give way */
  SEN_ROOM_NONE,              /* the machine has too little altogether */
} SenRoom;

/** Measures for a tenth of a second with all threads; on any thread but that of a window. */
SenMachine sen_machine_measure (const SenDebug *debug);
/** As from sen_machine_measure(), of the text of /proc/meminfo. */
void       sen_machine_read_memory (SenMachine *self, const char *meminfo);

/** Tokens a second that the model would write, give or take a third; 0: not known. */
double     sen_machine_speed (const SenMachine *self, const SenCatalogueEntry *entry);
SenRoom    sen_machine_room (const SenMachine *self, const SenCatalogueEntry *entry);

G_END_DECLS
