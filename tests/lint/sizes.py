# SPDX-License-Identifier: LGPL-2.1-or-later
"""sizes - nothing is too large to be read: files, functions, lines; and each folder says what it is"""
import os
import re
from typing import Iterator

import common
from common import Snippet

FILE_LINES = 1000
FUNCTION_LINES = 120
LINE_WIDTH = 130  # 100 is the aim (.clang-format); what is wider than this is refused
# Prototypes and generators' templates, as long as the facts they hold; and rows of tables.
WIDE = ("include/libvirt/", "src/rpc/api/", "docs/")
ROW = re.compile(r"""\s*(\[\w+\] = )?[{("']|\s*#define\s""")


def check(path: str, text: str) -> Iterator[str]:
    lines = text.split("\n")
    if path.endswith((".c", ".h", ".py")) and not path.startswith(WIDE) and \
            not common.is_golden(path):
        if len(lines) > FILE_LINES + 1:
            yield f"{path}: {len(lines) - 1} lines: split it, {FILE_LINES} is the limit"
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_WIDTH and not ROW.match(line):
                yield f"{path}:{number}: {len(line)} columns, {LINE_WIDTH} is the limit"
            if line != line.rstrip():
                yield f"{path}:{number}: blanks at the end of the line"
            if "\t" in line:
                yield f"{path}:{number}: a tab: indent by four spaces"
    if path.endswith(".c"):
        for found in re.finditer(r"^(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", text, re.M | re.S):
            length = found.group(2).count("\n")
            if length > FUNCTION_LINES:
                yield f"{path}: {found.group(1)}(): {length} lines, {FUNCTION_LINES} is the limit"
    if text and not text.endswith("\n") and path.endswith((".c", ".h", ".py", ".rst", ".build")):
        yield f"{path}: no line break at the end"
    folder = os.path.dirname(path)
    if path.endswith("meson.build") and folder and not os.path.exists(f"{common.TOP}/{folder}/README.rst"):
        yield f"{folder}: no README.rst that says what the folder is"


SNIPPETS = [
    Snippet("src/a.c", "int x;\n" * 1001, "1001 lines: split it"),
    Snippet("src/a.c", "int x;\n" * 1000, ""),
    Snippet("src/a.c", "x" * 131 + "\n", "131 columns"),
    Snippet("src/a.c", "    { " + "x" * 131 + " },\n", ""),
    Snippet("src/a.c", "int x; \n", "blanks at the end"),
    Snippet("src/a.c", "\tint x;\n", "a tab"),
    Snippet("src/a.c", "int x;", "no line break"),
    Snippet("src/a.c", "void\nf(void)\n{\n" + "    g();\n" * 121 + "}\n", "f(): 121 lines"),
    Snippet("src/a.c", "void\nf(void)\n{\n" + "    g();\n" * 120 + "}\n", ""),
    Snippet("nowhere/meson.build", "x = 1\n", "no README.rst"),
]

if __name__ == "__main__":
    common.exit_with(common.main(check, SNIPPETS, common.sources(
        ".c", ".h", ".py", ".rst", "meson.build")))
