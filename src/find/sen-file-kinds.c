/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-file-kinds.h"

#include <string.h>
#include <unistd.h>

#include "sen-document.h"
#include "sen-file.h"

/* What is looked at of a file whose name does not tell. */
#define SNIFF_BYTES 2048

static const struct { const char *ending; SenFileKind kind; } endings[] = {
#define ENDING(ending, kind) { ending, SEN_FILE_##kind },
#include "file-endings.def"
#undef ENDING
};

static const char *const names[SEN_N_FILE_KINDS] = {
  [SEN_FILE_OTHER] = "other", [SEN_FILE_TEXT] = "text", [SEN_FILE_CODE] = "code", [SEN_FILE_DOCUMENT] = "document",
  [SEN_FILE_PICTURE] = "picture", [SEN_FILE_SOUND] = "sound", [SEN_FILE_VIDEO] = "video",
};

const char *
sen_file_kind_name (SenFileKind kind)
{
  return names[kind < SEN_N_FILE_KINDS ? kind : SEN_FILE_OTHER];
}

/* Whether the file begins as text, or as a stream of video where its name may mean both. */
static SenFileKind
sniff (const char *path, SenFileKind otherwise)
{
  uint8_t bytes[SNIFF_BYTES];
  uint64_t size;
  int fd = sen_file_open (path, &size, NULL);
  ssize_t n = fd >= 0 ? read (fd, bytes, sizeof bytes) : 0;
  if (fd >= 0)
    close (fd);
  if (n <= 0)
    return SEN_FILE_OTHER;
  /* Transport streams have this byte every 188. */
  if (otherwise == SEN_FILE_CODE && n > 188 && bytes[0] == 0x47 && bytes[188] == 0x47)
    return SEN_FILE_VIDEO;
  bool is_utf16 = n > 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff));
  const char *end;
  if (is_utf16)
    return otherwise;
  if (memchr (bytes, 0, (size_t) n) != NULL)
    return SEN_FILE_OTHER;
  /* The last character may be cut. */
  return g_utf8_validate_len ((const char *) bytes, (gsize) n, &end) || (const char *) bytes + n - end < 4 ? otherwise : SEN_FILE_OTHER;
}

SenFileKind
sen_file_kind (const char *path, const char **format, gpointer data)
{
  const char *slash = strrchr (path, '/');
  g_autofree char *name = g_strdup (slash != NULL ? slash + 1 : path);
  bool is_packed = g_str_has_suffix (name, ".gz");
  if (is_packed)
    name[strlen (name) - strlen (".gz")] = '\0';
  /* Logs of SQLite: whoever opens and closes one drops the locks that its process holds on that database. */
  if (g_str_has_suffix (name, "-wal") || g_str_has_suffix (name, "-shm") || g_str_has_suffix (name, "-journal"))
    {
      *format = "";
      return SEN_FILE_OTHER;
    }
  const char *dot = strrchr (name, '.');
  SenFileKind kind = SEN_N_FILE_KINDS;
  for (size_t i = 0; i < G_N_ELEMENTS (endings) && dot != NULL && kind == SEN_N_FILE_KINDS; i++)
    if (g_ascii_strcasecmp (dot + 1, endings[i].ending) == 0)
      kind = endings[i].kind;
  if (kind == SEN_N_FILE_KINDS)
    switch (sen_document_kind_by_name (path))
      {
      case SEN_DOCUMENT_HTML:
        kind = SEN_FILE_DOCUMENT;
        break;
      case SEN_DOCUMENT_CODE:
        kind = dot != NULL && g_ascii_strcasecmp (dot, ".ts") == 0 && !is_packed ? sniff (path, SEN_FILE_CODE) : SEN_FILE_CODE;
        break;
      case SEN_DOCUMENT_MARKDOWN:
        kind = SEN_FILE_TEXT;
        break;
      default:
        /* changelog.gz; what else is packed under a name that tells nothing is found out when it is read. */
        kind = is_packed ? SEN_FILE_TEXT : sniff (path, SEN_FILE_TEXT);
        break;
      }
  /* Only texts are read when they are packed. */
  if (is_packed && kind >= SEN_FILE_PICTURE)
    kind = SEN_FILE_OTHER;
  *format = kind != SEN_FILE_OTHER ? names[kind] : "";
  return kind;
}
