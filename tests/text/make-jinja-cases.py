#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes jinja-cases.inc: small templates and what python3-jinja2 makes of them, NULL where it raises an error.

Run it by hand after adding a case: python3 make-jinja-cases.py > jinja-cases.inc
"""
import importlib.util
import os

spec = importlib.util.spec_from_file_location(
    "compare", os.path.join(os.path.dirname(os.path.abspath(__file__)), "compare-templates.py"))
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)

CONTEXT = {
    "s": "Hello, Wörld 世界", "e": "", "n": 7, "f": 2.5, "t": True, "none_": None, "l": [3, 1, 2],
    "words": ["b", "A", "c", "a"], "d": {"b": 1, "a": "x", "items": 5},
    "ms": [{"role": "user", "n": 1, "c": {"d": "x"}}, {"role": "bot", "n": 2, "c": {"d": "y"}}, {"role": "user", "n": 3}],
}

EXPRESSIONS = r"""
1 + 2 * 3 ** 2
2 ** 3 ** 2
7 // 2, -7 // 2, 7 % 3, -7 % 3, 7 % -3
7 / 2, 6 / 2, 1e3, 1e16, 1e-5, 0.1 + 0.2, 123456789.125, 1.5e300, 2 ** -1, 100.0, 1e22
7.5 // 2, -7.5 % 2, 0x1f, 0b101, 0o17, 1_000, 1_0.5
-n, +n, - -3, -2 ** 2, not n, not not n
1 < 2 < 3, 1 < 3 < 2, 1 == 1.0, true == 1, "a" < "b", [1, 2] < [1, 3], (1,) < (1, 2)
n if t else 5, n if false, (n if false) is undefined
1 or 0, 0 or "", "" or none, 1 and 2, 0 and x.y, x or "d"
"a" ~ 1 ~ none ~ true ~ 1.0 ~ [1, "a"] ~ missing
"a" "b" 'c'
"ab" * 3, 2 * "x", [1] * 2, (1, 2) * 2, "a" * -1
[1] + [2], (1,) + (2,), "a" + "b"
"tab\there", 'q\'q', "nl\n", "\x41\u00e9\U0001f30d\101\q\\"
["it's", 'say "hi"', 'both \' "', "nl\n\t\r\\", "é世\u200b\x7f", none, 1.0, {"a": (1,)}, ()]
"o" in s, "x" not in s, "" in s, 1 in l, 5 in l, "a" in d, "z" in d, not 1 in l, 1 in missing
s[0], s[-1], s[7], s[99] is undefined, s[1:3], s[-3:], s[::-1], s[::2], s[:-1], s[5:2], s[-99:99], s[10:2:-3]
l[0], l[-1], l[1:], l[::-1], l[5] is defined, (1, 2, 3)[:2], range(5)[1:3] | list, l[:1][0]
d.a, d["a"], d.zz is defined, d["items"], d.items is callable, d.get("q"), d.get("q", 4), d.get("a"), l.0, ms.0.role
d.keys() | list, d.values() | list, d.items() | list, d | items | list, d | list, d | length
d, d.items(), d.keys(), ms[0]
s.upper(), s.lower(), "abc def".title(), "ABC".capitalize(), "they're".title()
"  x ".strip() ~ "|" ~ "  x ".lstrip() ~ "|" ~ "  x ".rstrip() ~ "|", "xxaxx".strip("x"), "abcab".lstrip("ba"), "äbä".strip("ä")
"a,b,,c".split(","), " a  b ".split(), "a b c".split(" ", 1), "".split(","), "".split(), "a--b".split("--"), "a b  c".split(none, 1)
"a,b,c".rsplit(",", 1), "a.b".rsplit("."), "x\ny\r\nz\n".splitlines()
s.startswith("Hell"), s.endswith("x"), s.startswith(("x", "H")), "abc".removeprefix("ab"), "abc".removesuffix("c")
"aXbXc".replace("X", "--"), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "abc".find("c"), "世界x".find("x"), "abc".find("z"), "abcb".rfind("b"), "abab".count("ab"), "abc".index("b")
", ".join(["a", "b"]), "-".join("abc")
"{} {}".format(1, "a"), "{0}{1}{0}".format("a", "b"), "{x}!".format(x=3), "{{}}".format(), "{:>5}|{:<5}|{:^5}|{:05d}|{:.2f}|{:*>4}".format("a", "b", "c", 42, 3.14159, 7), "{a.role} {b[0]}".format(a=1, b=[2]) if false else "-"
"{0[role]}".format(ms[0]), "{!r}".format("q"), "{:5}|{:5}|".format(1, "x")
"%s-%d-%5.2f-%05d-%-4s|%x%%" % ("a", 5, 3.14159, 42, "b", 255), "%s" % l, "%s" % none, "%(a)s" % d, "%r" % "x", "%+d" % 3
"12".isdigit(), "".isdigit(), "ab".isalpha(), "a1".isalnum(), " \t".isspace(), "AB".isupper(), "ab1".islower()
s | upper, s | lower, "hello wORLD-foo (bar)" | title, "hELLO" | capitalize, "\n a \n" | trim, "xax" | trim("x")
s | length, l | length, missing | length, "" | length, l | count
l | first, l | last, [] | first is undefined, "ab" | first, s | last
l | join, l | join(", "), ms | join("/", attribute="role"), "abc" | join("-"), [] | join(","), [1, none, true] | join(" ")
missing | default("d"), "" | default("d"), "" | default("d", true), none | default("d"), none | default("d", boolean=true), missing | d, missing | d(3)
l | sort, l | sort(reverse=true), words | sort, words | sort(case_sensitive=true), ms | map(attribute="n") | list | sort(true)
words | unique | list, [1, 1, 2] | unique | list, l | reverse | list, "abc" | reverse, l | min, l | max, words | min, [] | max is undefined
l | sum, ms | sum(attribute="n"), l | sum(start=10), [] | sum
ms | map(attribute="role") | list, ms | map("length") | list, words | map("upper") | join, ms | map(attribute="c.d", default="-") | list, ["1", "2"] | map("int") | list, words | map("replace", "a", "z") | list
ms | selectattr("role", "equalto", "user") | list | length, ms | rejectattr("role", "equalto", "user") | map(attribute="n") | list, ms | selectattr("c") | list | length, ms | selectattr("c", "defined") | map(attribute="n") | join(","), ms | selectattr("n", "in", [1, 3]) | list | length
[0, 1, 2, none, ""] | select | list, [1, 2, 3, 4] | select("odd") | list, [1, 2, 3] | reject("odd") | list, [1, 2, 3] | select("gt", 1) | list, none | map("upper") | list, none | select | list
d | dictsort, {"B": 1, "a": 2} | dictsort, {"B": 1, "a": 2} | dictsort(true), {"a": 2, "b": 1} | dictsort(false, "value"), {"a": 2, "b": 1} | dictsort(by="value", reverse=true)
"3" | int, "3.7" | int, "x" | int, "x" | int(9), 3.9 | int, -3.9 | int, none | int, "0x1f" | int(0, 16), true | int, " 4 " | int
"3.5" | float, "x" | float, "x" | float(1.5), 3 | float, "1e3" | float
3 | string, none | string, l | string, 1.0 | string ~ "x"
-3 | abs, -3.5 | abs, 2.5 | round, 3.5 | round, 2.567 | round(2), 2.1 | round(0, "ceil"), 2.9 | round(method="floor"), 7 | round, 42.55 | round(1, "floor"), 1234.5 | round(-2)
"a\nb\n\nc" | indent, "a\nb" | indent(2), "a\nb" | indent(2, true), "a\n\nb" | indent(2, false, true), "a\nb" | indent("> ")
("a&b<c>'\"" | e) ~ "", ("x" | safe) ~ "", "%s and %s" | format("a", 2), "aaa" | replace("a", "b"), "aaa" | replace("a", "b", 2), "a b c" | wordcount
[1, 2, 3, 4, 5] | batch(2) | list, [1, 2, 3] | batch(2, 0) | list
d | tojson, l | tojson, s | tojson, none | tojson, true | tojson, 1.0 | tojson, "a\"b\\c\n\t\u0001/<é" | tojson, {} | tojson, [] | tojson, (1, 2) | tojson
d | tojson(indent=2), [] | tojson(indent=2), {"a": [1, {"b": []}]} | tojson(indent=4), {"b": 1, "a": 2} | tojson(sort_keys=true), "é🌍" | tojson(ensure_ascii=true), {1: 2, none: 3, true: 4} | tojson
s is string, n is string, n is number, t is number, t is integer, n is integer, f is float, t is boolean, none_ is none, missing is none, d is mapping, l is mapping, l is sequence, s is sequence, d is sequence, n is sequence, missing is sequence, l is iterable, n is iterable, missing is iterable
missing is defined, missing is undefined, d.a is defined, n is odd, n is even, n is divisibleby 7, n is divisibleby(2), "a" is in "abc", 1 is in l, n is eq 7, n is equalto(7), n is ne 7, n is gt 3, n is lt 3, n is ge 7, n is le 7, n is sameas n, true is true, 1 is true, false is false, "ab" is lower, "AB" is upper, n is not none, not n is none, raise_exception is callable
missing is defined and missing.x, n is defined or missing.x
range(3) | list, range(1, 4) | list, range(5, 0, -2) | list, range(0) | list, range(3), range(1, 9, 2), range(3)[-1], 2 in range(3)
dict(a=1, b="x"), dict({"q": 1}, z=2), dict([("a", 1)])
{"a": 1, "b": 2,}, [1, 2,], (1,), (), {1: "a", "x": [none]}, {"k": {"n": 1}}.k.n
strftime_now("%d %b %Y"), strftime_now("%Y-%m-%d"), strftime_now("%A, %B %-d"), strftime_now("%H:%M:%S %p %j %y %a %%")
namespace(a=1).a, namespace(a=1).b is defined, namespace({"z": 3}).z
[[1, 2], [3]] | map("sum") | list, [[3, 1], [2]] | map("sort") | list | tojson, [1, 2] | map("string") | join
true, True, false, False, none, None
{"a": 1} == {"a": 1}, [1] == [1], [1] == (1,), "1" == 1, none == none, missing == missing, none == missing
ms[0]["c"]["d"], ms[-1].c is defined, (ms | first).role, ms[1:] | length
"abc" | first | upper, (1, 2) | length, -1 | abs + 1, 1 + -1 | abs
x is defined and x, (1, 2) == (1, 2), "a" if 0 else "b" if 0 else "c"
""".strip().split("\n")

ERRORS = r"""
{{ missing.x }}
{{ missing[0] }}
{{ missing + 1 }}
{{ missing() }}
{{ n() }}
{{ 1 + "a" }}
{{ "a" + 1 }}
{{ 1 / 0 }}
{{ 1 % 0 }}
{{ none | length }}
{{ n | first }}
{{ 1 < "a" }}
{{ missing < 1 }}
{{ -"a" }}
{{ none in n }}
{{ 1 in "abc" }}
{{ raise_exception("no") }}
{{ missing | tojson }}
{{ l.append(1) }}
{{ d.update(a=1) }}
{{ d.pop("a") }}
{{ "%d" % "a" }}
{{ "%s %s" % "a" }}
{{ "%s" % ("a", "b") }}
{{ "{} {}".format(1) }}
{{ l | nosuchfilter }}
{{ l is nosuchtest }}
{{ "a".split("") }}
{{ "abc".index("z") }}
{% set d.x = 1 %}
{% set a, b = [1] %}
{% for a, b in [1, 2] %}{% endfor %}
{% for a in 5 %}{% endfor %}
{{ range(1, 5, 0) }}
{{ range(10000000) }}
{{ s[::0] }}
{{ {[]: 1} }}
{% if %}{% endif %}
{% if x %}
{% for x %}{% endfor %}
{% endfor %}
{% else %}
{{ }}
{{ 1 + }}
{{ (1 }}
{{ [1, 2 }}
{{ {1: } }}
{{ "abc }}
{{ a b }}
{{ 1 2 }}
{{ ] }}
{% set %}
{% set x = %}
{% macro %}{% endmacro %}
{% nosuchtag %}
{% raw %}x
{# never
{% break %}
{{ @ }}
{{ n is string is defined }}
{{ f(a=1, 2) }}
{{ x. }}
{{ x| }}
{% call 5 %}{% endcall %}
""".strip().split("\n")

TEMPLATES = [
    "", "plain", "plain\n", "plain\n\n", "a\r\nb\rc\n", "{{ 1 }}\n{{ 2 }}", "{{ 1 }}\n", "{# c #}x", "a {#- c -#} b", "a\n  {# c #}\nb",
    "a\n  {% if t %}\n  b\n  {% endif %}\nc", "a\n  {%- if t -%}\n  b\n  {%- endif -%}\nc", "a\n  {%+ if t %}\n  b\n {% endif +%}\nc",
    "  {% if t %}x{% endif %}", "x  {% if t %}y{% endif %}\n\nz", "a {{- 1 -}} b", "a {{+ 1 }} b", "{{ '{{' }} {{ {'a': {'b': 1}} }}",
    "{%- if t %} a {%- endif %}", "\u00a0{%- if t %}\u2003{%- endif %}\u3000\n{{- 1 }}", "{% raw %}{{ x }} {% if %}{% endraw %}!",
    "a\n  {% raw %}\n {{ x }}\n  {% endraw %}\nb", "a {%- raw -%} {{ y }} {%- endraw -%} b", "{% raw %}{#{% endraw %}",
    "{% for x in l %}{{ x }}{{ ',' if not loop.last }}{% endfor %}", "{% for x in [] %}a{% else %}none{% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}"
    "{{ loop.length }}{{ loop.depth }}{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}",
    "{% for x in l if x > 1 %}{{ x }}{{ loop.length }}{% else %}no{% endfor %}", "{% for x in l if x > 9 %}{{ x }}{% else %}no{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}", "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a in l %}{% for b in l %}{{ loop.index }}{{ loop.depth }}{% endfor %}{{ loop.index }}|{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for c in 'aß世' %}{{ c }}.{% endfor %}", "{% for x in missing %}a{% else %}b{% endfor %}", "{% for x in l %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 1) }}{% endfor %}",
    "{% set x = 1 %}{% for i in l %}{% set x = i %}{{ x }}{% endfor %}{{ x }}", "{% set ns = namespace(x=0) %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}",
    "{% for i in l %}{% if loop.first %}{% set q = 1 %}{% endif %}{{ q is defined }}{% endfor %}", "{% if t %}{% set z = 5 %}{% endif %}{{ z }}",
    "{% set a, b = 1, 2 %}{{ b }}{{ a }}", "{% set (a, b) = [3, 4] %}{{ b }}{{ a }}", "{% set x %}a {{ n }}{% endset %}[{{ x }}]", "{% set x | upper | trim %} abc {% endset %}[{{ x }}]",
    "{% set x = 1, %}{{ x }}", "{% set s = s ~ '!' %}{{ s }}", "{% if n > 9 %}a{% elif n > 5 %}b{% elif t %}c{% else %}d{% endif %}", "{% if missing %}a{% else %}b{% endif %}",
    "{% if n == 7 and not e or none_ %}y{% endif %}", "{% macro m(a, b='B', c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{{ caller is defined }}{% endmacro %}{{ m(1, 2, x=3) }}", "{% macro f(n) %}{% if n %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}", "{% macro m(x) %}{{ caller(x) }}{{ caller('!') }}{% endmacro %}{% call(y) m('a') %}<{{ y }}>{% endcall %}",
    "{% macro m() %}({{ caller() }}){% endmacro %}{% call m() %}hi{% endcall %}", "{{ m is defined }}{% macro m() %}{% endmacro %}{{ m is defined }}{{ m.name }}",
    "{% filter upper %}abc {{ s }}{% endfilter %}", "{% filter replace('a', 'b') | upper %}aac{% endfilter %}", "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% generation %}x{{ n }}{% endgeneration %}", "{{ 1, 2 }}", "{% set f = joiner('; ') %}{% for x in l %}{{ f() }}{{ x }}{% endfor %}",
    "{{ 'a' if t }}{{ 'b' if not t }}", "{%set x=1%}{{x}}", "{{ x }}{% set x = 1 %}{{ x }}", "{% set ns = namespace() %}{% set ns.a = [] %}{% set ns.a = ns.a + [1] %}{{ ns.a }}",
    "{% for m in ms %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('x') }}{% endif %}{{ m.role | upper }} {% endfor %}",
    "{{ f(*[1, 2], **{'c': 3}) if false else '-' }}{% macro g(a, b, c) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ g(*[1, 2], **{'c': 3}) }}",
    "{% set g = l | map('string') %}{{ g | join }}{{ g | join }}!", "{% set loop_messages = ms[1:] if ms[0].role == 'user' else ms %}{{ loop_messages | length }}",
    "line1\n{% for x in l -%}\n  {{ x }}\n{% endfor %}\nend\n", "{% if t -%} a {% endif %}  b", "{{ '\n' }}x{{ \"\\n\" }}", "{{\n1\n}}", "{% set x = [\n1,\n2\n] %}{{ x }}",
    "{{ s }} { % } {{ '%}' }} {% if '%}' %}y{% endif %} #} }}", "a{{ '' }}\n\nb", "\n{% if t %}\n\n{% endif %}\n", "{% if true %}{% for i in range(2) %}{{ i }}\n{% endfor %}{% endif %}.",
]


def quote(text):
    out = "".join(
        c if 32 <= ord(c) < 127 and c not in '"\\?' else f"\\{ord(c):03o}" if ord(c) < 128
        else "".join(f"\\{byte:03o}" for byte in c.encode()) for c in text)
    return f'"{out}"'


def main():
    env = compare.environment()
    print("/* SPDX-FileCopyrightText: 2026 The Sensorium authors\n * SPDX-License-Identifier: MIT */\n"
          "/* Made by make-jinja-cases.py with python3-jinja2. */")
    print("#define CONTEXT " + quote(compare.variant_text(CONTEXT)[1:-1]) + "\n")
    print("static const struct {\n  const char *source, *expected;\n} cases[] = {")
    for source in ["{{ " + e + " }}" for e in EXPRESSIONS] + TEMPLATES + ERRORS:
        kind, text = compare.theirs(env, source, CONTEXT)
        print(f"  {{ {quote(source)}, {quote(text) if kind == 'text' else 'NULL'} }},")
    print("};")


if __name__ == "__main__":
    main()
