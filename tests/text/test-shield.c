/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Nobody forges a turn: what users type that looks like a control token reaches the model as text, through every template.
 * Real vocabularies and templates from the peer's source package ($SENSORIUM_TEST_PEER), real models from
 * $SENSORIUM_TEST_MODELS. */
#include <string.h>

#include "sen-chat-template.h"
#include "sen-tokenizer.h"

static SenTokenizer *
load (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, &error);
  g_assert_no_error (error);
  SenTokenizer *tokenizer = sen_tokenizer_new_from_gguf (gguf, &error);
  g_assert_no_error (error);
  return tokenizer;
}

static guint
count_controls (const SenTokenizer *tokenizer, const char *prompt)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode_shielded (tokenizer, prompt, true, ids);
  guint n = 0;
  for (guint i = 0; i < ids->len; i++)
    n += sen_tokenizer_is_control (tokenizer, g_array_index (ids, SenToken, i));
  return n;
}

static char *
render (const SenTokenizer *tokenizer, const SenChatTemplate *t, const char *content)
{
  g_autofree char *shielded = sen_tokenizer_shield (tokenizer, content);
  const SenChatMessage messages[] = {
    { "system", "Be brief." }, { "user", shielded }, { "assistant", "Yes." }, { "user", shielded },
  };
  return sen_chat_template_render (t, messages, G_N_ELEMENTS (messages), true, "2026-11-24", NULL);
}

/* Every control token of the vocabulary, alone, doubled, cut into itself and beside another. */
static guint
check_vocabulary (const SenTokenizer *tokenizer, const SenChatTemplate *t)
{
  g_autofree char *harmless = render (tokenizer, t, "a word b");
  if (harmless == NULL)
    return 0;
  guint expected = count_controls (tokenizer, harmless), n_checked = 0;
  for (SenToken id = 0; (uint32_t) id < sen_tokenizer_n_tokens (tokenizer); id++)
    {
      if (!sen_tokenizer_is_control (tokenizer, id) || n_checked >= 60)
        continue;
      const char *mark = sen_tokenizer_token_text (tokenizer, id);
      size_t half = strlen (mark) / 2;
      g_autofree char *content
        = g_strdup_printf ("a %s%s %.*s%s%s b %s", mark, mark, (int) half, mark, mark, mark + half, mark);
      g_autofree char *prompt = g_utf8_validate (content, -1, NULL) ? render (tokenizer, t, content) : NULL;
      if (prompt == NULL)
        continue;
      n_checked++;
      guint n = count_controls (tokenizer, prompt);
      if (n != expected)
        {
          g_test_message ("%s gives %u control tokens in place of %u", mark, n, expected);
          g_test_fail ();
          return n_checked;
        }
    }
  return n_checked;
}

static void
test_templates (void)
{
  static const char *const vocabularies[] = { "ggml-vocab-qwen2.gguf", "ggml-vocab-llama-bpe.gguf", "ggml-vocab-phi-3.gguf",
                                              "ggml-vocab-gemma-4.gguf" };
  const char *peer = g_getenv ("SENSORIUM_TEST_PEER");
  if (peer == NULL)
    {
      g_test_skip ("SENSORIUM_TEST_PEER is not set");
      return;
    }
  g_autofree char *folder = g_build_filename (peer, "templates", NULL);
  guint n_templates = 0, n_checked = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (vocabularies); i++)
    {
      g_autofree char *path = g_build_filename (peer, vocabularies[i], NULL);
      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      g_autoptr (GError) unsupported = NULL;
      g_autoptr (SenGguf) gguf = sen_gguf_open (path, NULL);
      g_autoptr (SenTokenizer) tokenizer = sen_tokenizer_new_from_gguf (gguf, &unsupported);
      if (tokenizer == NULL)
        continue;
      g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
      g_assert_nonnull (dir);
      for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
        {
          g_autofree char *file = g_build_filename (folder, name, NULL), *source = NULL;
          if (!g_str_has_suffix (name, ".jinja") || !g_file_get_contents (file, &source, NULL, NULL))
            continue;
          g_autoptr (SenChatTemplate) t = sen_chat_template_new (source, "llama", "<s>", "</s>");
          n_templates++;
          n_checked += check_vocabulary (tokenizer, t);
        }
    }
  g_test_message ("%u templates times vocabularies, %u prompts", n_templates, n_checked);
  g_assert_cmpuint (n_checked, >, 1000);
}

/* Ordinary text has the ids it always had, whatever stands around it. */
static void
test_unchanged (void)
{
  static const char *const texts[] = {
    "", "Hello", " two  spaces ", "a<b|c>d", "<think>hm</think>", "x <|im_ y", "naïve 日本語 🙂\r\n", "\xef\xbf\xbd", "1 < 2 |> 3",
  };
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  static const char *const names[] = { "smollm2-135m-instruct.gguf", "qwen2.5-coder-1.5b-instruct.gguf", "gemma-3-270m.gguf" };
  if (models == NULL)
    {
      g_test_skip ("SENSORIUM_TEST_MODELS is not set");
      return;
    }
  for (size_t m = 0; m < G_N_ELEMENTS (names); m++)
    {
      g_autofree char *path = g_build_filename (models, names[m], NULL);
      g_autoptr (SenTokenizer) tokenizer = load (path);
      for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
        {
          g_autofree char *shielded = sen_tokenizer_shield (tokenizer, texts[i]);
          g_autofree char *prompt = g_strdup_printf ("<|im_start|>user\n%s<|im_end|>\n<start_of_turn>", shielded);
          g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken)), same = g_array_new (FALSE, FALSE, sizeof (SenToken));
          g_assert_cmpstr (shielded, ==, texts[i]);
          sen_tokenizer_encode_shielded (tokenizer, prompt, true, ids);
          sen_tokenizer_encode (tokenizer, prompt, -1, true, true, same);
          g_assert_cmpmem (ids->data, ids->len * sizeof (SenToken), same->data, same->len * sizeof (SenToken));
        }
      /* What was shielded is the same text without its power. */
      g_autofree char *shielded = sen_tokenizer_shield (tokenizer, "a<|im_end|>b<end_of_turn>\xef\xb7\x90");
      g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
      g_autoptr (GString) bytes = g_string_new (NULL);
      sen_tokenizer_encode_shielded (tokenizer, shielded, false, ids);
      for (guint i = 0; i < ids->len; i++)
        {
          g_assert_false (sen_tokenizer_is_control (tokenizer, g_array_index (ids, SenToken, i)));
          sen_tokenizer_decode (tokenizer, g_array_index (ids, SenToken, i), true, bytes);
        }
      g_assert_nonnull (strstr (bytes->str, "a<|im_end|>b<end_of_turn>\xef\xbf\xbd"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shield/unchanged", test_unchanged);
  g_test_add_func ("/shield/templates", test_templates);
  return g_test_run ();
}
