/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "ask-files.h"
#include "conversations.h"
#include "line-editor.h"
#include "media.h"
#include "runtime.h"

G_BEGIN_DECLS

/* What the terminal chat is made of: cmd-chat.c reads and answers, chat-commands.c obeys, chat-files.c looks into files.
 * The conversation is one of the
 * history, as those of the window are. */
typedef struct {
  SenCli          *cli;
  CliRuntime       runtime;
  char            *system;        /* of new conversations, or NULL */
  double           temperature;   /* below 0: none was said */
  AskFiles         files;         /* that answers come from */
  bool             is_terminal;   /* someone types, and sees what is said beside the answers */
  bool             is_shown;      /* answers go to a terminal */
  bool             is_over;
  SenHistory      *history;
  SenConversation *conversation;
  SenMessage      *first;         /* the first one the model still sees; NULL: all of them */
  CliMedia         media;         /* with what goes with the next message */
  LineEditor      *editor;        /* NULL: input is read as it comes */
  char            *initial;       /* what the next message begins as, or NULL */
  SenMessage      *edited;        /* the question that the next message takes the place of, or NULL */
} Chat;

/** Goes over to @conversation. (transfer none) */
void chat_open (Chat *chat, SenConversation *conversation);
/** Streams an answer to the end of the conversation: a new one, beside @again, or going on with @unfinished; one of both at most. */
void chat_answer (Chat *chat, SenMessage *again, SenMessage *unfinished);

/** The last message of the conversation by @speaker, or NULL. (transfer none) */
SenMessage *chat_last (Chat *chat, SenSpeaker speaker);
/** Prints the end of the conversation. */
void        chat_show (Chat *chat);

/** `/files`: answers come from the folder or the index that @argument names, "off": no longer; "" tells. */
void        chat_set_files (Chat *chat, const char *argument);
/** A conversation that asks the user's files, as the window has it, goes on doing so, unless other files were named. */
void        chat_follow_files (Chat *chat);
/** Finds sources for the question of @answer, which keeps them. */
bool        chat_find (Chat *chat, SenMessage *answer, GError **error);
/** What was found for @answer (may be NULL), also in an earlier session, or NULL. (transfer none) */
FileAnswer *chat_sources (Chat *chat, SenMessage *answer);
/** Tells of what the model could have taken directly for @answer and did not, and notes with its sources how their @pictures
 *  (sen_grounding_show()) were. */
void        chat_note_taken (Chat *chat, SenMessage *answer, const GArray *pictures, const GPtrArray *taken);
/** Compares @answer with its sources, if it has any, and tells of them. */
void        chat_check_sources (Chat *chat, SenMessage *answer);
/** `/sources`: what the model read for the last answer. */
void        chat_print_sources (Chat *chat);

/** Does what a line that begins with a slash says. */
void               chat_obey (Chat *chat, const char *line);
void               chat_print_help (FILE *to);
/** All commands, for completing; NULL-terminated. (transfer none) */
const char *const *chat_command_names (void);

G_END_DECLS
