/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * In place of the C library's functions, for every library in this process: what would ask for a file by its name is told that there is
 * none, since asking the kernel ends the process (sandbox.c). In a file of its own, as programs that test the parsers do read files. */
#include <dirent.h>
#include <errno.h>
#include <fontconfig/fontconfig.h>
#include <iconv.h>
#include <stdio.h>

/* Character sets are files. FFmpeg then takes names of television channels and the like as they are. */
__attribute__ ((visibility ("default"))) iconv_t
iconv_open (const char *to, const char *from)
{
  errno = EINVAL;
  return (iconv_t) -1;
}

/* Poppler looks for tables of character sets when it starts and when a file names one. What it then has no table for, it leaves out. The
 * name for the linker is given, because headers make it another where files are large. */
FILE *open_nothing (const char *path, const char *mode) __asm__ ("fopen") __attribute__ ((visibility ("default")));

FILE *
open_nothing (const char *path, const char *mode)
{
  errno = EACCES;
  return NULL;
}

__attribute__ ((visibility ("default"))) DIR *
opendir (const char *path)
{
  errno = EACCES;
  return NULL;
}

/* Nor are there fonts: those of a file are in it, and in place of others poppler would ask fontconfig, which reads its settings first. */
__attribute__ ((visibility ("default"))) FcBool
FcConfigSubstitute (FcConfig *config, FcPattern *pattern, FcMatchKind kind)
{
  return FcFalse;
}

/* Asks for the name of the program, which is a link in /proc. */
__attribute__ ((visibility ("default"))) void
FcDefaultSubstitute (FcPattern *pattern)
{
}

__attribute__ ((visibility ("default"))) FcFontSet *
FcFontSort (FcConfig *config, FcPattern *pattern, FcBool trim, FcCharSet **charset, FcResult *result)
{
  *result = FcResultNoMatch;
  return NULL;
}
