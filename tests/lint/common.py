# SPDX-License-Identifier: LGPL-2.1-or-later
"""common - what the lints share: the list of sources, and TAP

A lint is a function from a path and its text to problems.  It is first tried on snippets of its
own that must, or must not, be complained about; then on the tree, one test point a folder.
"""
import os
import subprocess
import sys
from typing import Callable, Iterator, NamedTuple

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
Check = Callable[[str, str], Iterator[str]]


class Snippet(NamedTuple):
    path: str       # as which it is checked
    text: str
    complaint: str  # a part of the problem found; empty: there must be none


def sources(*suffixes: str) -> list[str]:
    """Hand-written files of the project, relative to its top."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        paths = [path for path in done.stdout.split("\0") if path]
    else:  # a source archive
        paths = [os.path.relpath(os.path.join(folder, name), TOP)
                 for folder, _, names in os.walk(TOP) for name in names]
        paths = [path for path in paths if not path.startswith(("build", "."))]
    return sorted(path for path in paths
                  if (not suffixes or path.endswith(suffixes)) and os.path.isfile(f"{TOP}/{path}"))


def is_golden(path: str) -> bool:
    """Expected output of a generator or program: not written by hand."""
    return path.startswith(("tests/data/", "tests/apigen/", "tests/xmlgen/golden/")) or path.endswith(".golden")


def code_only(text: str) -> str:
    """Comments and string contents blanked, with all line breaks kept."""
    out = []
    i = 0
    while i < len(text):
        if text.startswith("/*", i):
            end = text.find("*/", i + 2)
            end = len(text) if end < 0 else end + 2
            out.append("\n" * text.count("\n", i, end))
            i = end
        elif text.startswith("//", i):
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif text[i] in "\"'":
            quote = text[i]
            end = i + 1
            while end < len(text) and text[end] not in (quote, "\n"):
                end += 2 if text[end] == "\\" else 1
            out.append(quote * 2)
            i = end + 1
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def main(check: Check, snippets: list[Snippet], paths: list[str]) -> int:
    point = failed = 0

    def report(problems: list[str], what: str) -> None:
        nonlocal point, failed
        point += 1
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {point} - {what}")
        for problem in problems:
            print(f"# {problem}")

    for snippet in snippets:
        found = list(check(snippet.path, snippet.text))
        problems = []
        if snippet.complaint and not any(snippet.complaint in text for text in found):
            problems = [f"wanted a complaint with '{snippet.complaint}', got: {found}"]
        elif found and not snippet.complaint:
            problems = found
        report(problems, f"self-test: {snippet.complaint or 'no complaint'} in {snippet.path}")

    folders: dict[str, list[str]] = {}
    for path in paths:
        with open(f"{TOP}/{path}", encoding="utf-8", errors="replace") as file:
            folders.setdefault(os.path.dirname(path), []).extend(check(path, file.read()))
    for folder, problems in sorted(folders.items()):
        report(problems, folder or "top")
    print(f"1..{point}")
    return 1 if failed else 0


def exit_with(status: int) -> None:
    sys.stdout.flush()
    sys.exit(status)
