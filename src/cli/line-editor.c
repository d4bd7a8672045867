/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "line-editor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "line-history.h"
#include "word-wrap.h"

#define MAX_BYTES (1u << 20)
/* A prompt, and as much room before each further row. */
#define PROMPT "\033[1m›\033[0m "
#define INDENT "  "
#define PROMPT_COLUMNS 2
#define TAB_COLUMNS 4
/* Nobody looks for more. */
#define MAX_WORDS 1024
/* Escape alone and the beginning of a sequence differ by what follows at once. */
#define ESCAPE_MS 50

struct LineEditor {
  int                in, out, wake;
  const char *const *commands;
  LineHistory       *history;

  GString *text;
  gsize    cursor;            /* bytes */

  /* Searching what was typed before: */
  GString *words;             /* that are looked for, or NULL */
  char    *unsent;            /* what was being written */
  gsize    unsent_cursor;
  guint    found;             /* the message that is shown; the length of the history: none */
  bool     is_missing;        /* no message has all of the words */

  GArray  *drawn;             /* columns of the rows on the screen down to the cursor's; guint */
  guint    cursor_column;
  char     input[256];
  gsize    n_input, input_at;
};

/* A row on the screen: from, to in bytes. */
typedef struct {
  gsize from, to;
  guint columns;
} Row;

/* A signal can come between looking for it and waiting for a key, or on another thread: only what can be polled is never missed. */
static int resize_wake = -1;

static void
on_resize (int number)
{
  int saved = errno;
  eventfd_write (resize_wake, 1);
  errno = saved;
}

/* --- Drawing ---------------------------------------------------------------------------------------------------------------------- */

static guint
columns_of (gunichar c)
{
  return c == '\t' ? TAB_COLUMNS : word_wrap_width_of (c);
}

static void
screen_size (LineEditor *self, guint *columns, guint *rows)
{
  struct winsize size = { 0 };
  if (ioctl (self->out, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    size = (struct winsize) { .ws_col = 80, .ws_row = 24 };
  *columns = MAX (size.ws_col, PROMPT_COLUMNS + TAB_COLUMNS + 1);
  *rows = MAX (size.ws_row, 2);
}

/* Rows end at a newline or in place of a space, and within a word that has none to itself. The last column stays free: what terminals do
 * behind it differs. */
static GArray *
lay_out (LineEditor *self, guint columns)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (Row));
  const char *text = self->text->str;
  Row row = { .columns = PROMPT_COLUMNS }, before_space = row;   /* this row, if it ended at its last space */
  gsize at = 0;
  while (at < self->text->len)
    {
      gunichar c = g_utf8_get_char (text + at);
      gsize next = (gsize) (g_utf8_next_char (text + at) - text);
      if (c != '\n' && row.columns + columns_of (c) < columns)
        {
          if (c == ' ')
            before_space = row;
          row.columns += columns_of (c);
          row.to = at = next;
          continue;
        }
      if (c == '\n' || c == ' ')
        at = next;
      else if (before_space.to > before_space.from)
        {
          row = before_space;
          at = row.to + 1;
        }
      g_array_append_val (rows, row);
      before_space = row = (Row) { .from = at, .to = at, .columns = PROMPT_COLUMNS };
    }
  g_array_append_val (rows, row);
  return rows;
}

static guint
row_of_cursor (GArray *rows, gsize cursor)
{
  guint at = 0;
  while (at + 1 < rows->len && g_array_index (rows, Row, at + 1).from <= cursor)
    at++;
  return at;
}

static guint
columns_between (const char *text, gsize from, gsize to)
{
  guint columns = PROMPT_COLUMNS;
  for (const char *at = text + from; at < text + to; at = g_utf8_next_char (at))
    columns += columns_of (g_utf8_get_char (at));
  return columns;
}

static void
put (LineEditor *self, const char *text)
{
  for (gsize at = 0, n = strlen (text); at < n;)
    {
      ssize_t written = write (self->out, text + at, n - at);
      if (written < 0 && errno != EINTR)
        return;
      at += written > 0 ? (gsize) written : 0;
    }
}

/* How far above the cursor the first row is, after the terminal has wrapped anew what was drawn for another width. */
static guint
rows_above (LineEditor *self, guint columns)
{
  guint n = self->cursor_column / columns;
  for (guint i = 0; i + 1 < self->drawn->len; i++)
    n += (MAX (g_array_index (self->drawn, guint, i), 1) + columns - 1) / columns;
  return n;
}

static void
append_row (GString *out, const char *text, const Row *row)
{
  for (gsize i = row->from; i < row->to; i++)
    if (text[i] == '\t')
      g_string_append_printf (out, "%*s", TAB_COLUMNS, "");
    else
      g_string_append_c (out, text[i]);
}

/* What is looked for, in a row below the text: its end, where it is long. */
static void
append_search (LineEditor *self, guint columns, GString *out)
{
  const char *label = self->is_missing ? "not found: " : "search: ", *words = self->words->str;
  guint room = columns > 20 ? columns - 1 - (guint) strlen (label) : 8;
  g_autofree char *shown = g_strdelimit (g_strdup (words), "\n\t", ' ');
  const char *from = shown;
  while (columns_between (from, 0, strlen (from)) > room + PROMPT_COLUMNS)
    from = g_utf8_next_char (from);
  g_string_append_printf (out, "\r\n\033[2m%s\033[0m%s", label, from);
}

/* Rows that do not fit the screen are left out, around the cursor. */
static void
draw (LineEditor *self)
{
  guint columns, lines;
  screen_size (self, &columns, &lines);
  if (self->words != NULL)
    lines = MAX (lines - 1, 2);
  g_autoptr (GString) out = g_string_new (NULL);
  guint above = rows_above (self, columns);
  if (above > 0)
    g_string_append_printf (out, "\033[%uA", above);
  g_string_append (out, "\r\033[J");

  g_autoptr (GArray) rows = lay_out (self, columns);
  guint cursor = row_of_cursor (rows, self->cursor);
  guint first = cursor + 1 > lines - 1 ? cursor + 1 - (lines - 1) : 0, end = MIN (rows->len, first + lines - 1);
  g_array_set_size (self->drawn, 0);
  for (guint i = first; i < end; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);
      g_string_append (out, i > first ? "\r\n" : "");
      g_string_append (out, i == 0 ? PROMPT : INDENT);
      append_row (out, self->text->str, row);
      if (i <= cursor)
        g_array_append_val (self->drawn, row->columns);
    }
  self->cursor_column = columns_between (self->text->str, g_array_index (rows, Row, cursor).from, self->cursor);
  guint below = end - 1 - cursor;
  if (self->words != NULL)
    {
      append_search (self, columns, out);
      below++;
    }
  if (below > 0)
    g_string_append_printf (out, "\033[%uA", below);
  g_string_append_printf (out, "\r\033[%uC", self->cursor_column);
  put (self, out->str);
}

/* Leaves the whole text on the screen, and the cursor below it. */
static void
draw_end (LineEditor *self)
{
  self->cursor = self->text->len;
  draw (self);
  put (self, "\r\n");
  g_array_set_size (self->drawn, 0);
  self->cursor_column = 0;
}

/* --- Changing --------------------------------------------------------------------------------------------------------------------- */

static void
set_text (LineEditor *self, const char *text)
{
  g_string_assign (self->text, text);
  self->cursor = self->text->len;
}

/* Text from outside: valid, with newlines and tabs as its only control characters. */
static void
insert (LineEditor *self, const char *text, gsize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) length);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      if (c == '\r')
        c = at[1] == '\n' ? 0 : '\n';
      if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || self->text->len >= MAX_BYTES)
        continue;
      char bytes[6];
      gssize n = g_unichar_to_utf8 (c, bytes);
      g_string_insert_len (self->text, (gssize) self->cursor, bytes, n);
      self->cursor += (gsize) n;
    }
}

/* One step over a character with the marks that combine with it. */
static gsize
step (LineEditor *self, gsize from, int direction)
{
  const char *text = self->text->str, *at = text + from, *end = text + self->text->len;
  do
    {
      if (direction > 0 ? at >= end : at <= text)
        return (gsize) (at - text);
      at = direction > 0 ? g_utf8_next_char (at) : g_utf8_prev_char (at);
    }
  while (at < end && g_unichar_iszerowidth (g_utf8_get_char (at)));
  return (gsize) (at - text);
}

static gsize
step_word (LineEditor *self, gsize from, int direction)
{
  bool in_word = false;
  for (;;)
    {
      gsize next = step (self, from, direction);
      if (next == from)
        return from;
      bool is_word = g_unichar_isalnum (g_utf8_get_char (self->text->str + MIN (from, next)));
      if (in_word && !is_word)
        return from;
      in_word = in_word || is_word;
      from = next;
    }
}

static gsize
line_edge (LineEditor *self, int direction)
{
  const char *text = self->text->str;
  gsize at = self->cursor;
  if (direction > 0)
    return at + strcspn (text + at, "\n");
  while (at > 0 && text[at - 1] != '\n')
    at--;
  return at;
}

static void
erase (LineEditor *self, gsize to)
{
  gsize from = MIN (self->cursor, to), end = MAX (self->cursor, to);
  g_string_erase (self->text, (gssize) from, (gssize) (end - from));
  self->cursor = from;
}

/* To the row above or below, near the column the cursor is in; beyond the edge to another message. */
static void
move_up_or_down (LineEditor *self, int direction)
{
  guint columns, lines;
  screen_size (self, &columns, &lines);
  g_autoptr (GArray) rows = lay_out (self, columns);
  guint at = row_of_cursor (rows, self->cursor);
  if (direction < 0 ? at == 0 : at + 1 >= rows->len)
    {
      const char *text = line_history_step (self->history, direction, self->text->str);
      if (text != NULL)
        set_text (self, text);
      return;
    }
  guint wanted = columns_between (self->text->str, g_array_index (rows, Row, at).from, self->cursor);
  const Row *row = &g_array_index (rows, Row, direction < 0 ? at - 1 : at + 1);
  gsize to = row->from;
  while (to < row->to && columns_between (self->text->str, row->from, to) < wanted)
    to = step (self, to, 1);
  self->cursor = MIN (to, row->to);
  /* Behind a row that ends within a word the next one begins. */
  if (row_of_cursor (rows, self->cursor) > (direction < 0 ? at - 1 : at + 1))
    self->cursor = step (self, self->cursor, -1);
}

/* As much as all commands that begin like this have in common. */
static void
complete (LineEditor *self)
{
  g_autofree char *common = NULL;
  guint n = 0;
  for (gsize i = 0; self->commands != NULL && self->commands[i] != NULL; i++)
    {
      const char *command = self->commands[i];
      if (self->text->len == 0 || !g_str_has_prefix (command, self->text->str))
        continue;
      if (n++ == 0)
        common = g_strdup (command);
      gsize same = 0;
      while (common[same] != '\0' && common[same] == command[same])
        same++;
      common[same] = '\0';
    }
  if (n == 0)
    return;
  set_text (self, common);
  if (n == 1)
    insert (self, " ", 1);
}

/* --- Keys -------------------------------------------------------------------------------------------------------------------------- */

/* Waits for a key; false: for nothing any more. */
static bool
wait_for_input (LineEditor *self)
{
  for (;;)
    {
      struct pollfd fds[] = { { .fd = self->in, .events = POLLIN }, { .fd = self->wake, .events = POLLIN },
                              { .fd = resize_wake, .events = POLLIN } };
      eventfd_t n;
      if (poll (fds, G_N_ELEMENTS (fds), -1) < 0)
        {
          if (errno != EINTR)
            return false;
        }
      else if (fds[1].revents != 0)
        return false;
      else if (fds[2].revents != 0 && eventfd_read (resize_wake, &n) == 0)
        draw (self);
      else if (fds[0].revents != 0)
        return true;
    }
}

/* -1: nothing more will come. */
static int
read_byte (LineEditor *self)
{
  if (self->input_at == self->n_input)
    {
      ssize_t n = wait_for_input (self) ? read (self->in, self->input, sizeof self->input) : -1;
      if (n <= 0)
        return -1;
      self->n_input = (gsize) n;
      self->input_at = 0;
    }
  return (guchar) self->input[self->input_at++];
}

static bool
has_byte (LineEditor *self)
{
  struct pollfd poll_fd = { .fd = self->in, .events = POLLIN };
  return self->input_at < self->n_input || poll (&poll_fd, 1, ESCAPE_MS) > 0;
}

static void
paste (LineEditor *self)
{
  static const char end[] = "\033[201~";
  g_autoptr (GString) pasted = g_string_new (NULL);
  while (!g_str_has_suffix (pasted->str, end))
    {
      int c = read_byte (self);
      if (c < 0)
        return;
      /* What is too much is read, so that it is not taken for keys. */
      if (pasted->len >= 2 * MAX_BYTES)
        g_string_erase (pasted, MAX_BYTES, MAX_BYTES / 2);
      g_string_append_c (pasted, (char) (c != 0 ? c : ' '));
    }
  insert (self, pasted->str, pasted->len - strlen (end));
}

/* ESC [ parameters final */
static void
take_csi (LineEditor *self)
{
  guint parameters[4] = { 0 }, n = 0;
  int c;
  while ((c = read_byte (self)) == ';' || g_ascii_isdigit (c))
    if (c == ';')
      n = MIN (n + 1, G_N_ELEMENTS (parameters) - 1);
    else
      parameters[n] = MIN (10 * parameters[n] + (guint) (c - '0'), 1000);
  bool by_word = n > 0 && parameters[1] >= 3;
  switch (c)
    {
    case 'A':
    case 'B':
      move_up_or_down (self, c == 'A' ? -1 : 1);
      break;
    case 'C':
      self->cursor = by_word ? step_word (self, self->cursor, 1) : step (self, self->cursor, 1);
      break;
    case 'D':
      self->cursor = by_word ? step_word (self, self->cursor, -1) : step (self, self->cursor, -1);
      break;
    case 'H':
    case 'F':
      self->cursor = line_edge (self, c == 'H' ? -1 : 1);
      break;
    case 'u':   /* how newer terminals tell of Enter with a modifier; older ones, below, as 27 */
      if (parameters[0] == 13)
        insert (self, "\n", 1);
      break;
    case '~':
      if (parameters[0] == 3)
        erase (self, step (self, self->cursor, 1));
      else if (parameters[0] == 1 || parameters[0] == 7)
        self->cursor = line_edge (self, -1);
      else if (parameters[0] == 4 || parameters[0] == 8)
        self->cursor = line_edge (self, 1);
      else if (parameters[0] == 27 && parameters[2] == 13)
        insert (self, "\n", 1);
      else if (parameters[0] == 200)
        paste (self);
      break;
    default:
      break;
    }
}

static void
take_escape (LineEditor *self)
{
  if (!has_byte (self))
    return;
  int c = read_byte (self);
  switch (c)
    {
    case '[':
      take_csi (self);
      break;
    case 'O':
      c = read_byte (self);
      if (c == 'A' || c == 'B')
        move_up_or_down (self, c == 'A' ? -1 : 1);
      else if (c == 'H' || c == 'F')
        self->cursor = line_edge (self, c == 'H' ? -1 : 1);
      else if (c == 'C' || c == 'D')
        self->cursor = step (self, self->cursor, c == 'C' ? 1 : -1);
      break;
    case '\r':
    case '\n':
      insert (self, "\n", 1);
      break;
    case 'b':
    case 'f':
      self->cursor = step_word (self, self->cursor, c == 'f' ? 1 : -1);
      break;
    case 'd':
      erase (self, step_word (self, self->cursor, 1));
      break;
    case 0x7f:
    case '\b':
      erase (self, step_word (self, self->cursor, -1));
      break;
    default:
      break;
    }
}

static void
take_character (LineEditor *self, int first)
{
  char bytes[6] = { (char) first };
  gsize n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  for (gsize i = 1; i < n; i++)
    {
      int c = read_byte (self);
      if (c < 0)
        return;
      bytes[i] = (char) c;
    }
  insert (self, bytes, n);
}

/* --- Searching --------------------------------------------------------------------------------------------------------------------- */

static void
end_search (LineEditor *self)
{
  g_string_free (g_steal_pointer (&self->words), TRUE);
  g_clear_pointer (&self->unsent, g_free);
}

static void
begin_search (LineEditor *self)
{
  self->words = g_string_new (NULL);
  self->unsent = g_strdup (self->text->str);
  self->unsent_cursor = self->cursor;
  self->found = line_history_length (self->history);
  self->is_missing = false;
}

/* From message @at on; what is shown stays when there is none. */
static void
search (LineEditor *self, guint at, const char *but, int direction)
{
  gsize where;
  self->is_missing = self->words->len > 0 && !line_history_find (self->history, self->words->str, but, direction, &at, &where);
  if (self->words->len == 0 || self->is_missing)
    return;
  self->found = at;
  set_text (self, line_history_entry (self->history, at));
  self->cursor = where;
}

/* To another message with the same words. */
static void
search_on (LineEditor *self, int direction)
{
  guint n = line_history_length (self->history);
  guint at = self->found < n ? self->found : direction < 0 ? n - 1 : 0;
  search (self, at, self->found < n ? line_history_entry (self->history, self->found) : NULL, direction);
}

/* What is shown is gone on with, as if it had been leafed to. */
static void
accept_found (LineEditor *self)
{
  if (self->found < line_history_length (self->history))
    line_history_go (self->history, self->found, self->unsent);
  end_search (self);
}

static void
give_up_search (LineEditor *self)
{
  set_text (self, self->unsent);
  self->cursor = self->unsent_cursor;
  end_search (self);
}

/* What one key typed, put behind the words. */
static void
add_words (LineEditor *self, int first)
{
  g_autofree char *text = g_strdup (self->text->str);
  gsize cursor = self->cursor;
  set_text (self, "");
  take_character (self, first);
  if (self->words->len + self->text->len < MAX_WORDS)
    g_string_append (self->words, self->text->str);
  set_text (self, text);
  self->cursor = cursor;
  search (self, MIN (self->found, line_history_length (self->history) - 1), NULL, -1);
}

static void
shorten_words (LineEditor *self)
{
  if (self->words->len == 0)
    return;
  const char *last = g_utf8_prev_char (self->words->str + self->words->len);
  g_string_truncate (self->words, (gsize) (last - self->words->str));
  search (self, line_history_length (self->history) - 1, NULL, -1);
}

/* True when @c was about the search; any other key ends it with what was found. */
static bool
take_search_key (LineEditor *self, int c)
{
  switch (c)
    {
    case 'R' - '@':
    case 'S' - '@':
      search_on (self, c == 'R' - '@' ? -1 : 1);
      return true;
    case 'C' - '@':
    case 'G' - '@':
      give_up_search (self);
      return true;
    case 'H' - '@':
    case 0x7f:
      shorten_words (self);
      return true;
    default:
      if (c >= 0x20)
        {
          add_words (self, c);
          return true;
        }
      accept_found (self);
      return false;
    }
}

/* --- The terminal ------------------------------------------------------------------------------------------------------------------ */

static void
enter (LineEditor *self, struct termios *usual)
{
  tcgetattr (self->in, usual);
  struct termios mode = *usual;
  mode.c_iflag &= (tcflag_t) ~(ICRNL | INLCR | IXON);
  mode.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ISIG | IEXTEN);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  /* What was typed ahead is kept. */
  tcsetattr (self->in, TCSADRAIN, &mode);
  put (self, "\033[?2004h");
}

static void
leave (LineEditor *self, const struct termios *usual)
{
  put (self, "\033[?2004l");
  tcsetattr (self->in, TCSADRAIN, usual);
}

static void
suspend (LineEditor *self, struct termios *usual)
{
  draw_end (self);
  leave (self, usual);
  raise (SIGTSTP);
  enter (self, usual);
}

/* True while the message goes on. */
static bool
take_key (LineEditor *self, struct termios *usual, LineEnd *end)
{
  int c = read_byte (self);
  if (self->words != NULL && take_search_key (self, c))
    return true;
  switch (c)
    {
    case -1:
      *end = LINE_END;
      return false;
    case '\r':
      if (self->cursor == 0 || self->text->str[self->cursor - 1] != '\\')
        {
          *end = LINE_DONE;
          return false;
        }
      erase (self, self->cursor - 1);
      insert (self, "\n", 1);
      break;
    case '\n':
      insert (self, "\n", 1);
      break;
    case '\033':
      take_escape (self);
      break;
    case '\t':
      complete (self);
      break;
    case 'C' - '@':
      *end = LINE_INTERRUPTED;
      return false;
    case 'D' - '@':
      if (self->text->len == 0)
        {
          *end = LINE_END;
          return false;
        }
      erase (self, step (self, self->cursor, 1));
      break;
    case 'A' - '@':
    case 'E' - '@':
      self->cursor = line_edge (self, c == 'A' - '@' ? -1 : 1);
      break;
    case 'B' - '@':
    case 'F' - '@':
      self->cursor = step (self, self->cursor, c == 'B' - '@' ? -1 : 1);
      break;
    case 'P' - '@':
    case 'N' - '@':
      move_up_or_down (self, c == 'P' - '@' ? -1 : 1);
      break;
    case 'H' - '@':
    case 0x7f:
      erase (self, step (self, self->cursor, -1));
      break;
    case 'W' - '@':
      erase (self, step_word (self, self->cursor, -1));
      break;
    case 'U' - '@':
    case 'K' - '@':
      erase (self, line_edge (self, c == 'U' - '@' ? -1 : 1));
      break;
    case 'R' - '@':
      begin_search (self);
      break;
    case 'L' - '@':
      put (self, "\033[H\033[2J");
      g_array_set_size (self->drawn, 0);
      self->cursor_column = 0;
      break;
    case 'Z' - '@':
      suspend (self, usual);
      break;
    default:
      if (c >= 0x20)
        take_character (self, c);
    }
  return true;
}

char *
line_editor_read (LineEditor *self, const char *initial, LineEnd *end)
{
  struct termios usual;
  struct sigaction action = { .sa_handler = on_resize, .sa_flags = SA_RESTART }, before;
  sigemptyset (&action.sa_mask);
  sigaction (SIGWINCH, &action, &before);
  enter (self, &usual);
  set_text (self, initial != NULL ? initial : "");
  do
    /* What is here already is taken before anything is drawn: pasting without brackets, and slow lines. */
    if (self->input_at == self->n_input)
      draw (self);
  while (take_key (self, &usual, end));
  draw_end (self);
  leave (self, &usual);
  sigaction (SIGWINCH, &before, NULL);
  if (*end != LINE_DONE)
    return g_strdup ("");
  line_history_add (self->history, self->text->str);
  return g_strdup (self->text->str);
}

gboolean
line_editor_is_possible (int in, int out)
{
  const char *terminal = g_getenv ("TERM");
  return isatty (in) && isatty (out) && terminal != NULL && strcmp (terminal, "dumb") != 0;
}

LineEditor *
line_editor_new (int in, int out, int wake, const char *history_path, const char *const *commands)
{
  LineEditor *self = g_new0 (LineEditor, 1);
  self->in = in;
  self->out = out;
  self->wake = wake;
  resize_wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->commands = commands;
  self->text = g_string_new (NULL);
  self->drawn = g_array_new (FALSE, FALSE, sizeof (guint));
  self->history = line_history_new (history_path);
  return self;
}

void
line_editor_free (LineEditor *self)
{
  if (self == NULL)
    return;
  if (self->words != NULL)
    end_search (self);
  close (resize_wake);
  line_history_free (self->history);
  g_array_unref (self->drawn);
  g_string_free (self->text, TRUE);
  g_free (self);
}
