/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-code-colours.h"

#include <gtksourceview/gtksource.h>
#include <string.h>

struct _SenCodeColours {
  GtkSourceBuffer *buffer;
  gsize            n_known;
};

typedef struct {
  const char *name;      /* as people write it */
  const char *id;        /* GtkSourceView's */
  const char *aliases;   /* between spaces */
} Language;

/* Names without asking GtkSourceView, which reads all its files for the first answer. */
static const Language languages[] = {
  { "Ada", "ada", " ada " },
  { "Bash", "sh", " bash sh shell zsh console shell-session " },
  { "C", "c", " c h " },
  { "C++", "cpp", " cpp c++ cc cxx hpp " },
  { "C#", "c-sharp", " c# cs csharp " },
  { "CMake", "cmake", " cmake " },
  { "CSS", "css", " css " },
  { "CSV", "csv", " csv " },
  { "D", "d", " d " },
  { "Dart", "dart", " dart " },
  { "Diff", "diff", " diff patch " },
  { "Dockerfile", "docker", " dockerfile docker " },
  { "Elixir", "elixir", " elixir ex " },
  { "Erlang", "erlang", " erlang erl " },
  { "Fortran", "fortran", " fortran f90 " },
  { "GLSL", "glsl", " glsl " },
  { "Go", "go", " go golang " },
  { "GraphQL", "graphql", " graphql " },
  { "Haskell", "haskell", " haskell hs " },
  { "HTML", "html", " html htm " },
  { "INI", "ini", " ini desktop conf cfg " },
  { "Java", "java", " java " },
  { "JavaScript", "js", " javascript js node jsx " },
  { "JSON", "json", " json jsonc json5 " },
  { "Julia", "julia", " julia jl " },
  { "Kotlin", "kotlin", " kotlin kt " },
  { "LaTeX", "latex", " latex tex " },
  { "Lua", "lua", " lua " },
  { "Makefile", "makefile", " makefile make " },
  { "Markdown", "markdown", " markdown md " },
  { "MATLAB", "matlab", " matlab " },
  { "Meson", "meson", " meson " },
  { "Nim", "nim", " nim " },
  { "Objective-C", "objc", " objective-c objc " },
  { "OCaml", "ocaml", " ocaml ml " },
  { "Octave", "octave", " octave " },
  { "Perl", "perl", " perl pl " },
  { "PHP", "php", " php " },
  { "PowerShell", "powershell", " powershell ps1 pwsh " },
  { "Prolog", "prolog", " prolog " },
  { "Python", "python3", " python py python3 " },
  { "R", "r", " r " },
  { "Ruby", "ruby", " ruby rb " },
  { "Rust", "rust", " rust rs " },
  { "Scala", "scala", " scala " },
  { "Scheme", "scheme", " scheme lisp racket " },
  { "SQL", "sql", " sql mysql postgresql sqlite " },
  { "Swift", "swift", " swift " },
  { "TOML", "toml", " toml " },
  { "TypeScript", "typescript", " typescript ts tsx " },
  { "Vala", "vala", " vala " },
  { "VHDL", "vhdl", " vhdl " },
  { "Verilog", "verilog", " verilog " },
  { "XML", "xml", " xml svg " },
  { "YAML", "yaml", " yaml yml " },
};

gboolean
sen_code_language_find (const char *info, const char **id, const char **name)
{
  g_autofree char *lower = g_ascii_strdown (info, -1);
  g_autofree char *word = g_strdup_printf (" %s ", lower);
  for (guint i = 0; i < G_N_ELEMENTS (languages); i++)
    if (strstr (languages[i].aliases, word) != NULL)
      {
        *id = languages[i].id;
        *name = languages[i].name;
        return TRUE;
      }
  return FALSE;
}

SenCodeColours *
sen_code_colours_new (const char *language_id, gboolean is_dark)
{
  GtkSourceLanguageManager *languages_known = gtk_source_language_manager_get_default ();
  GtkSourceStyleSchemeManager *schemes = gtk_source_style_scheme_manager_get_default ();
  GtkSourceLanguage *language = gtk_source_language_manager_get_language (languages_known, language_id);
  if (language == NULL)
    return NULL;
  SenCodeColours *self = g_new0 (SenCodeColours, 1);
  self->buffer = gtk_source_buffer_new_with_language (language);
  gtk_text_buffer_set_enable_undo (GTK_TEXT_BUFFER (self->buffer), FALSE);
  gtk_source_buffer_set_highlight_matching_brackets (self->buffer, FALSE);
  gtk_source_buffer_set_style_scheme (self->buffer, gtk_source_style_scheme_manager_get_scheme (schemes, is_dark ? "Adwaita-dark"
                                                                                                                 : "Adwaita"));
  return self;
}

void
sen_code_colours_free (SenCodeColours *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->buffer);
  g_free (self);
}

void
sen_code_colours_append (SenCodeColours *self, const char *code, gsize length)
{
  GtkTextIter end;
  if (length <= self->n_known)
    return;
  gtk_text_buffer_get_end_iter (GTK_TEXT_BUFFER (self->buffer), &end);
  gtk_text_buffer_insert (GTK_TEXT_BUFFER (self->buffer), &end, code + self->n_known, (int) (length - self->n_known));
  self->n_known = length;
}

static void
add_attribute (PangoAttrList *list, PangoAttribute *attribute, gsize start, gsize end)
{
  attribute->start_index = (guint) start;
  attribute->end_index = (guint) end;
  pango_attr_list_insert (list, attribute);
}

static void
add_tag (PangoAttrList *list, GtkTextTag *tag, gsize start, gsize end)
{
  g_autoptr (GdkRGBA) colour = NULL;
  gboolean has_colour, has_weight, has_style, has_underline;
  PangoUnderline underline;
  PangoStyle style;
  int weight;
  g_object_get (tag, "foreground-set", &has_colour, "foreground-rgba", &colour, "weight-set", &has_weight, "weight", &weight,
                "style-set", &has_style, "style", &style, "underline-set", &has_underline, "underline", &underline, NULL);
  if (has_colour && colour != NULL)
    add_attribute (list, pango_attr_foreground_new ((guint16) (colour->red * 65535.0f), (guint16) (colour->green * 65535.0f),
                                                    (guint16) (colour->blue * 65535.0f)), start, end);
  if (has_weight)
    add_attribute (list, pango_attr_weight_new ((PangoWeight) weight), start, end);
  if (has_style)
    add_attribute (list, pango_attr_style_new (style), start, end);
  if (has_underline)
    add_attribute (list, pango_attr_underline_new (underline), start, end);
}

PangoAttrList *
sen_code_colours_get (SenCodeColours *self, guint first_line, guint n_lines)
{
  PangoAttrList *list = pango_attr_list_new ();
  GtkTextIter from, to;
  gtk_text_buffer_get_iter_at_line (GTK_TEXT_BUFFER (self->buffer), &from, (int) first_line);
  to = from;
  gtk_text_iter_forward_lines (&to, (int) n_lines);
  gtk_source_buffer_ensure_highlight (self->buffer, &from, &to);
  gsize at = 0;
  while (gtk_text_iter_compare (&from, &to) < 0)
    {
      GtkTextIter next = from;
      if (!gtk_text_iter_forward_to_tag_toggle (&next, NULL) || gtk_text_iter_compare (&next, &to) > 0)
        next = to;
      g_autofree char *slice = gtk_text_iter_get_slice (&from, &next);
      gsize n_bytes = strlen (slice);
      g_autoptr (GSList) tags = gtk_text_iter_get_tags (&from);
      for (GSList *tag = tags; tag != NULL; tag = tag->next)
        add_tag (list, tag->data, at, at + n_bytes);
      at += n_bytes;
      from = next;
    }
  return list;
}
