#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""The terminal chat on a terminal of its own, with a tiny model of random weights: what is typed arrives, and what is said is kept.
Prints TAP.

usage: test-chat.py SENSORIUM_CLI FOLDER_OF_TINY_MODELS"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

import tap

CLI, MODEL = sys.argv[1], os.path.join(sys.argv[2], "llama-a.gguf")
SIGN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "samples", "sign.png")
PROMPT = b"\x1b[1m\xe2\x80\xba\x1b[0m "
READY = PROMPT + rb"[^\n]*\r\x1b\[2C$"      # an empty line, with the cursor behind the prompt
PATIENCE = 120

home = tempfile.TemporaryDirectory()
environment = {key: value for key, value in os.environ.items() if not key.startswith("SENSORIUM_")}
environment.update(XDG_DATA_HOME=home.name + "/data", XDG_CACHE_HOME=home.name + "/cache", XDG_CONFIG_HOME=home.name + "/config",
                   XDG_STATE_HOME=home.name + "/state", TERM="xterm", LANG="C.UTF-8", LC_ALL="C.UTF-8")


class Chat:
    """The program on a terminal; waits for its prompt."""

    def __init__(self, *arguments, columns=60):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.usual = termios.tcgetattr(slave)
        self.process = subprocess.Popen([CLI, "chat", "-m", MODEL, "-c", "256", "--temp", "0", *arguments], stdin=slave, stdout=slave,
                                        stderr=slave, env=environment, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.slave = slave
        self.output = b""
        self.wait(READY)

    def wait(self, pattern):
        """What was printed up to @pattern, of what has not been waited for yet."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.output, re.S):
            assert time.monotonic() < end, f"{pattern} did not come, but {self.output[-400:]!r}"
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.output += os.read(self.master, 65536)
                except OSError:
                    raise AssertionError(f"the program ended: {self.output[-400:]!r}") from None
        printed, self.output = self.output, b""
        return printed.decode(errors="replace")

    def type(self, keys):
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def say(self, keys, then=READY):
        """Types a line and waits until the next one can be typed."""
        self.type(keys if isinstance(keys, bytes) else keys + "\r")
        self.wait(rb"\r\n.*" + then)

    def leave(self, code=0):
        self.type("\x04")
        assert self.process.wait(PATIENCE) == code
        self.close()

    def close(self):
        after = termios.tcgetattr(self.slave)
        assert after[:4] == self.usual[:4], "the terminal was not left as it was"
        os.close(self.master)
        os.close(self.slave)


def exported():
    done = subprocess.run([CLI, "history", "export", "--all", "--format", "json"], capture_output=True, env=environment, check=True)
    return json.loads(done.stdout)["conversations"]


def questions(conversation):
    return [message["text"] for message in conversation["messages"] if message["role"] == "user"]


def test_editing():
    chat = Chat()
    chat.say("wrold\x1b[D\x1b[D\x1b[D\x7fo\x1b[D\x1b[Dw\x01\x0bhello \x1b[200~pasted\r\nlines\ttoo\x1b[201~ end\r".encode())
    chat.say("你好e\u0301x\x1b[D\x1b[D\x7f\x1b\rnext line\\\rthird\x1b[Aup\x05".encode() + b"\r")
    chat.say("one two three\x17\x1b[1;5D\x1b[3~\x1bd\x0cfour\r".encode())
    chat.leave()
    texts = questions(exported()[0])
    assert texts == ["hello pasted\nlines\ttoo end", "你\nnext upline\nthirde\u0301x", "one four"], texts


def test_recall():
    chat = Chat()
    chat.say(b"\x1b[A" * 5 + b" again\r")   # the second one has three lines to go up through
    chat.type("half")
    chat.type("\x1b[A")
    chat.wait(rb"again")
    chat.type("\x1b[B")
    chat.wait(rb"half")
    chat.say(b"\x03")
    chat.leave()
    assert questions(exported()[0]) == ["hello pasted\nlines\ttoo end again"], questions(exported()[0])
    mode = os.stat(home.name + "/state/sensorium/chat-lines").st_mode & 0o777
    assert mode == 0o600, oct(mode)


def test_search():
    path = home.name + "/state/sensorium/chat-lines"
    with open(path, encoding="utf-8") as file:
        before = file.read()
    # A disk that was full cut the last line short.
    with open(path, "w", encoding="utf-8") as file:
        file.write("apple pie\nBanana bread\\nwith nuts\napple tart\nhalf of a mess")
    chat = Chat()
    chat.type("unsent\x12")
    chat.wait(rb"search: ")
    chat.type("APPLE")
    chat.wait(rb"apple tart.*search: \x1b\[0mAPPLE")
    chat.type("\x12")
    chat.wait(rb"apple pie.*search: ")
    chat.type("\x12")
    chat.wait(rb"not found: ")
    chat.type("\x13")
    chat.wait(rb"apple tart.*search: ")
    chat.type("\x07")
    chat.wait(rb"unsent")
    # The words are narrowed and widened, and what was found is changed and sent.
    chat.type("\x12breadx")
    chat.wait(rb"not found: \x1b\[0mbreadx")
    chat.say(b"\x7f\x05!\r")
    chat.say(b"\x12half\r")
    # From what was found one leafs on.
    chat.say(b"\x12tart\x1b[A\x1b[A\x1b[A\r")
    chat.leave()
    texts = questions(exported()[0])
    assert texts == ["Banana bread!\nwith nuts", "half of a mess", "apple pie"], texts
    with open(path, encoding="utf-8") as file:
        assert file.read().endswith("half of a mess\nBanana bread!\\nwith nuts\nhalf of a mess\napple pie\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before)


def test_words_stay_whole():
    chat = Chat(columns=20)
    chat.type("one two three four  \x1b[200~five-and-twenty-blackbirds\x1b[201~")
    chat.wait(rb"lackbirds.*$")
    chat.type("\x0c")
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", chat.wait(rb"lackbirds"))
    rows = [line.strip() for line in lines.split("\r\n")]
    assert rows == ["› one two three", "four", "five-and-twenty-b", "lackbirds"], rows
    # A row up, at the same column, and back to where the word was broken.
    chat.say(b"\x1b[A\x1b[A\x1b[AX\x1b[B\x1b[B\x05Y\r")
    chat.leave()
    print("#", questions(exported()[0]))


def test_stopping():
    chat = Chat("-c", "4096")
    # Random weights may end an answer before it is stopped.
    for _ in range(20):
        chat.type("Write\r")
        chat.wait(rb"2004l.{10}")
        chat.type("\x03")
        if "stopped" in chat.wait(READY):
            break
    answer = exported()[0]["messages"][-1]
    assert answer["state"] == "stopped" and answer["text"], answer
    chat.type("/cont\t\r")
    chat.wait(rb"/continue.*2004l.*2004h.*" + READY)
    chat.leave()
    longer = exported()[0]["messages"][-1]["text"]
    assert longer.startswith(answer["text"]) and len(longer) > len(answer["text"]), "it did not go on"


def test_branches():
    chat = Chat()
    chat.say("First")
    chat.say("/again")
    chat.say("/edit", then=b"First\r\x1b\\[7C$")
    chat.say(b"\x15Second\r")
    chat.say("/title Of branches")
    chat.leave()
    conversation = exported()[0]
    assert conversation["title"] == "Of branches"
    assert questions(conversation) == ["First", "Second"]
    parents = [message.get("parent") for message in conversation["messages"] if message["role"] == "user"]
    assert parents == [None, None], parents
    assert len(conversation["messages"]) == 5, conversation


def test_resuming():
    chat = Chat("--resume", "1")
    chat.say("Third")
    chat.say("/undo", then=b"Third\r\x1b\\[7C$")
    chat.say(b"\x15Fourth\r")
    path = home.name + "/kept.json"
    chat.say(f"/save {path}")
    chat.say("/new")
    chat.say("/search branches")
    chat.say("/open 1")
    chat.say("Fifth")
    chat.leave()
    conversation = exported()[0]
    assert conversation["title"] == "Of branches" and questions(conversation) == ["First", "Second", "Fourth", "Fifth"], conversation
    with open(path, encoding="utf-8") as file:
        assert questions(json.load(file)["conversations"][0]) == ["First", "Second", "Fourth"]


def test_attaching():
    chat = Chat("-c", "512")
    chat.say(f"/attach '{SIGN}'")
    chat.say("What is that?")
    chat.leave()
    (attachment,) = exported()[0]["messages"][0]["attachments"]
    assert attachment["name"] == "sign.png" and "PLATFORM 7" in attachment["words"], attachment


def test_private():
    before = len(exported())
    chat = Chat("--private")
    chat.say("A secret")
    chat.leave()
    assert len(exported()) == before
    with open(home.name + "/state/sensorium/chat-lines", encoding="utf-8") as file:
        assert "secret" not in file.read()


def test_full_context():
    chat = Chat()
    lines = ""
    for i in range(12):
        chat.type(f"Question {i} " + "word " * 20 + "\r")
        lines += chat.wait(rb"\r\n.*" + READY)
    assert "no longer sees" in lines, lines[-2000:]
    chat.leave()


def test_signal():
    chat = Chat()
    chat.type("half a line")
    chat.wait(rb"line")
    chat.process.send_signal(signal.SIGTERM)
    assert chat.process.wait(PATIENCE) == 0
    chat.close()
    chat = Chat()
    chat.type("an answer\r")
    chat.wait(rb"\x1b\[\?2004l")   # sent: it is being answered, or was
    chat.process.send_signal(signal.SIGTERM)
    assert chat.process.wait(PATIENCE) == 0
    chat.close()


def test_pipe():
    done = subprocess.run([CLI, "chat", "-m", MODEL, "-c", "128", "--private"], input=b"One\n/quit\n", capture_output=True, env=environment,
                          timeout=PATIENCE, check=False)
    assert done.returncode == 0 and done.stdout, done
    assert b"\x1b" not in done.stderr, done.stderr


sys.exit(tap.run(globals()))
