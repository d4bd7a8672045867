#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Renders real chat templates with python3-jinja2, set up as transformers does, and with our interpreter, and compares.

Templates: models/templates/*.jinja below SENSORIUM_TEST_PEER (the models folder of the peer's source package), and those
inside the *.gguf files of SENSORIUM_TEST_MODELS. Speaks TAP. Argument: the helper render-template.
"""
import datetime
import functools
import glob
import json
import os
import subprocess
import sys
import tempfile

TODAY = datetime.datetime(2026, 11, 24)

# Conversations that need what we leave out, with the reason.
UNSUPPORTED = {
    "meetkai-functionary-medium-v3.1.jinja": (
        {"tools", "tool calls"}, "adding to a text marked safe escapes HTML; only its list of tools does so"),
}

CONVERSATIONS = {
    "user": [("user", "Hello there!")],
    "system and user": [("system", "You are a helpful assistant."), ("user", "What is 2+2?")],
    "several turns": [
        ("user", "Hi"), ("assistant", "Hello, how can I help?"), ("user", "Tell me a joke."),
        ("assistant", "No."), ("user", "Please?")],
    "system and several turns": [
        ("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello."), ("user", "Bye")],
    "special": [
        ("system", "  Line one\nline 'two'\t\"quoted\" \\ back  \n"),
        ("user", "\n  Grüße, 世界! 🌍 <b>&amp;</b> {{ x }} {% y %} %s {0}  \n\n"),
        ("assistant", "<think>\nhm\n</think>\n\nÄ\u00a0ö "), ("user", "ß\u2028|<|im_end|>[INST]\r\nend ")],
    "ends with the assistant": [("user", "Count"), ("assistant", "One, two")],
    "two of the user": [("user", "a"), ("user", "b")],
    "thinking": [
        ("user", "q"), ("assistant", "<think>because</think>answer"), ("user", "and?"),
        ("assistant", "no thought"), ("user", "hm")],
    "empty": [],
}

TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "Get the \"weather\" <now>",
    "parameters": {"type": "object", "properties": {
        "city": {"type": "string", "description": "Größe's city", "enum": ["a", "b"]},
        "days": {"type": "integer", "description": "how many", "default": 3}}, "required": ["city"]}}}]


def contexts():
    for name, pairs in CONVERSATIONS.items():
        messages = [{"role": role, "content": content} for role, content in pairs]
        for add in (True, False):
            yield f"{name}, {'with' if add else 'without'} prompt", dict(
                messages=messages, tools=None, documents=None, add_generation_prompt=add)
    yield "tools", dict(messages=[{"role": "system", "content": "S"}, {"role": "user", "content": "weather?"}],
                        tools=TOOLS, documents=None, add_generation_prompt=True)
    calls = [{"id": "abcdefghi", "type": "function",
              "function": {"name": "get_weather", "arguments": {"city": "Köln", "days": 2, "x": 1.5, "ok": True}}}]
    yield "tool calls", dict(messages=[
        {"role": "user", "content": "weather?"}, {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "abcdefghi", "name": "get_weather", "content": "{\"t\": 3}"},
        {"role": "assistant", "content": "Cold."}, {"role": "user", "content": "thanks"}],
        tools=TOOLS, documents=None, add_generation_prompt=True)


class Refusal(Exception):
    """What a template says with raise_exception()."""


def environment():
    import jinja2
    import jinja2.ext
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(jinja2.ext.Extension):
        """As transformers' AssistantTracker: the tag changes nothing in the text."""
        tags = {"generation"}

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return jinja2.nodes.CallBlock(self.call_method("_pass"), [], [], body).set_lineno(line)

        def _pass(self, caller):
            return caller()

    def raise_exception(message):
        raise Refusal(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                        extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = TODAY.strftime
    return env


def variant_text(value):
    """A value in GVariant's text format, boxed so that any mixture fits."""
    if value is None:
        return "<@ms nothing>"
    if isinstance(value, bool):
        return "<true>" if value else "<false>"
    if isinstance(value, int):
        return f"<int64 {value}>"
    if isinstance(value, float):
        return f"<{value!r}>"
    if isinstance(value, str):
        plain = "".join(c if c.isalnum() and ord(c) < 128 or c == " " else f"\\U{ord(c):08x}" for c in value)
        return f"<'{plain}'>"
    if isinstance(value, dict):
        return "<@a{sv} {" + ", ".join(f"{variant_text(k)[1:-1]}: {variant_text(v)}" for k, v in value.items()) + "}>"
    return "<@av [" + ", ".join(variant_text(v) for v in value) + "]>"


def ours(helper, path, context):
    done = subprocess.run([helper, path, TODAY.strftime("%Y-%m-%d")], input=variant_text(context)[1:-1].encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        return "crash", f"exit {done.returncode} {done.stderr.decode()}"
    return ("error", done.stderr.decode()) if done.returncode else ("text", done.stdout.decode())


@functools.lru_cache(maxsize=1)
def compiled(env, source):
    return env.from_string(source)


def theirs(env, source, context):
    try:
        return "text", compiled(env, source).render(**context)
    except Refusal as refusal:
        return "refusal", str(refusal)
    except Exception as error:  # pylint: disable=broad-except
        return "error", str(error)


def agree(expected, found):
    # What raise_exception() says must arrive; other errors are in Python's own words.
    if expected[0] == "refusal":
        return found[0] == "error" and expected[1] in found[1]
    return expected[0] == found[0] and (expected[0] == "error" or expected[1] == found[1])


def main():
    helper = sys.argv[1]
    peer, models = os.environ.get("SENSORIUM_TEST_PEER"), os.environ.get("SENSORIUM_TEST_MODELS")
    try:
        env = environment()
    except ImportError:
        print("1..0 # SKIP python3-jinja2 is not installed")
        return 0
    sources = {}
    for path in sorted(glob.glob(os.path.join(peer, "templates", "*.jinja"))) if peer else []:
        with open(path, encoding="utf-8", newline="") as file:
            sources[os.path.basename(path)] = file.read()
    for path in sorted(glob.glob(os.path.join(models, "*.gguf"))) if models else []:
        done = subprocess.run([helper, "--source", path], stdout=subprocess.PIPE, check=False)
        if done.returncode == 0:
            sources[os.path.basename(path)] = done.stdout.decode()
    if not sources:
        print("1..0 # SKIP neither SENSORIUM_TEST_PEER nor SENSORIUM_TEST_MODELS has templates")
        return 0
    n_cases = n_equal = n_text = 0
    good = []
    print(f"1..{len(sources)}")
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, source) in enumerate(sources.items(), 1):
            path = os.path.join(folder, "template")
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(source)
            wrong = []
            left_out, reason = UNSUPPORTED.get(name, (set(), None))
            for title, context in contexts():
                if title in left_out:
                    continue
                context |= {"bos_token": "<s>", "eos_token": "</s>"}
                expected, found = theirs(env, source, context), ours(helper, path, context)
                n_cases += 1
                if agree(expected, found):
                    n_equal += 1
                    n_text += expected[0] == "text"
                else:
                    wrong.append((title, expected, found))
            if not wrong:
                good.append(name)
            print(f"{'not ' if wrong else ''}ok {number} - {name}")
            if left_out:
                print(f"#   left out: {', '.join(sorted(left_out))}: {reason}")
            for title, expected, found in wrong:
                print(f"#   {title}:\n#     expected {expected!r}\n#     found    {found!r}")
    print(f"# {len(good)} of {len(sources)} templates agree in all conversations; {n_equal} of {n_cases} renderings agree, "
          f"{n_text} of them texts, the others refusals")
    return 0


if __name__ == "__main__":
    sys.exit(main())
