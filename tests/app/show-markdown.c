/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "markdown-fixture.h"

/* A picture of a Markdown file, for people to look at: show-markdown FILE WIDTH HEIGHT SCROLL OUT.png */
int
main (int argc, char **argv)
{
  MarkdownFixture fixture;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  if (argc != 6 || !g_file_get_contents (argv[1], &text, NULL, &error))
    {
      g_printerr ("usage: show-markdown FILE WIDTH HEIGHT SCROLL OUT.png%s%s\n", error != NULL ? ": " : "",
                  error != NULL ? error->message : "");
      return EXIT_FAILURE;
    }
  adw_init ();
  markdown_fixture_open (&fixture, atoi (argv[2]), atoi (argv[3]));
  sen_markdown_view_set_text (fixture.view, text);
  markdown_fixture_settle (&fixture);
  markdown_fixture_sleep (800);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (fixture.scroller), atof (argv[4]));
  markdown_fixture_sleep (400);
  markdown_fixture_take_picture (&fixture, argv[5]);
  gtk_window_destroy (fixture.window);
  return EXIT_SUCCESS;
}
