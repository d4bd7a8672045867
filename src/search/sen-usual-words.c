/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-usual-words.h"

#include <string.h>

/* Folded, as they are compared. */
static const char usual[] =
  " a an the and or but if of in on at by to from for with without as is are was were be been being do does did has have had can could may"
  " might must shall should will would this that these those there here it its he she they them their his her my your our we you i me us"
  " what which who whom whose when where why how not no yes so than then too very just also only any some all each every both such same"
  " other into over under out up down about between through during before after again further once please tell give"
  " der die das den dem des ein eine einen einem einer eines und oder aber wenn von im in am an auf bei zu zum zur aus fur mit ohne als ist"
  " sind war waren sein wird werden hat haben kann kannst konnen soll muss dies diese dieser dieses jene es er sie wir ihr ich du man was"
  " welche welcher welches wer wen wem wann wo warum wie nicht kein keine ja nein so dann auch nur sehr noch schon uber unter nach vor um ";

/* Longer ones are none of these. */
#define MAX_BYTES 16

bool
sen_word_is_usual (const char *folded)
{
  char between[MAX_BYTES + 3];
  if (strnlen (folded, MAX_BYTES + 1) > MAX_BYTES)
    return false;
  g_snprintf (between, sizeof between, " %s ", folded);
  return strstr (usual, between) != NULL;
}
