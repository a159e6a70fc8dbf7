# SPDX-License-Identifier: LGPL-2.1-or-later
"""names - what things are called, and a few words that do not occur in hand-written C

A function that others can call begins with its file's name or its folder's, so that a reader
knows where to look; virCamelCase is the public ABI and nothing else.
"""
import os
import re
from typing import Iterator

import common
from common import Snippet

FUNCTION = re.compile(r"^(?P<type>[A-Za-z_][\w \t*]*?)[ \t*]*\n(?P<name>[A-Za-z_]\w*)\(", re.M)
FUZZ_ENTRY = "LLVMFuzzerTestOneInput"  # named by clang
WORDS = [
    (r"\bgoto\b", "goto: return early and let g_autoptr clean up"),
    (r"\b(strcpy|strcat|sprintf|gets|strtok|atoi|atol|system|popen)\s*\(", "{}: unsafe, or hides errors"),
    (r"\b(sleep|usleep|nanosleep|g_usleep)\s*\(", "{}: wait for the condition, with a deadline"),
]


def prefixes(path: str, code: str) -> list[str]:
    """What the name of a function in @path may begin with: the file, the folder, a type it is about."""
    stem = os.path.basename(path).rsplit(".", 1)[0].replace("-", "_")
    folders = [part for part in os.path.dirname(path).split("/")[1:] if part not in ("drivers", "src")]
    words = stem.split("_")
    names = [stem, words[0], *folders]
    if words[-1].endswith("s"):
        names.append(stem[:-1])  # workers.c: worker_new
    for name in set(re.findall(r"\b[A-Z][a-z]\w*\b", code)):
        parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        names += [parts, parts.split("_")[0]]  # EventDesc: event_lookup
    return [name.replace("-", "_") + "_" for name in names] + [stem]


def check(path: str, text: str) -> Iterator[str]:
    if not text.startswith("/* SPDX-License-Identifier: LGPL-2.1-or-later */\n") and path.endswith((".c", ".h")):
        yield f"{path}:1: does not begin with the SPDX line"
    code = common.code_only(text)
    for pattern, problem in WORDS:
        if ("unsafe" in problem and path.startswith("tests/")) or ("{}: wait" in problem and "/fake" in path):
            continue  # a fake may be slow on purpose
        for found in re.finditer(pattern, code):
            line = code.count("\n", 0, found.start()) + 1
            yield f"{path}:{line}: {problem.format(found.group(1) if found.groups() else '')}"
    public_abi = path.startswith(("src/rpc/client/", "tests/"))
    for found in FUNCTION.finditer(code):
        kind, name = found.group("type"), found.group("name")
        line = code.count("\n", 0, found.start("name")) + 1
        if re.search(r"\b(return|else|typedef|define)\b", kind):
            continue
        if re.match(r"vir[A-Z]", name):
            if not public_abi:
                yield f"{path}:{line}: {name}: vir names are the public ABI's, defined in src/rpc/client"
        elif re.search(r"[a-z][A-Z]", name) and name != FUZZ_ENTRY:
            yield f"{path}:{line}: {name}: functions are snake_case"
        elif "static" not in kind.split() and name not in ("main", FUZZ_ENTRY) and \
                path.startswith("src/") and not name.startswith(tuple(prefixes(path, code))):
            yield (f"{path}:{line}: {name}: a function that is not static begins with its file's name, "
                   "its folder's or its type's")


HEAD = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
SNIPPETS = [
    Snippet("src/util/text.c", HEAD + "int\ntext_length(void)\n{\n}\n", ""),
    Snippet("src/util/text.c", HEAD + "static int\nlength(void)\n{\n}\n", ""),
    Snippet("src/util/text.c", HEAD + "int\nlength(void)\n{\n}\n", "length: a function that is not static"),
    Snippet("src/util/lock.c", HEAD + "void\ncond_init(Cond *cond)\n{\n}\n", ""),
    Snippet("src/drivers/qemu/monitor.c", HEAD + "bool\nqemu_monitor_send(void)\n{\n}\n", ""),
    Snippet("src/util/text.c", HEAD + "static char *\ntextLength(void)\n{\n}\n", "functions are snake_case"),
    Snippet("src/util/text.c", HEAD + "char *\nvirTextLength(void)\n{\n}\n", "vir names are the public ABI's"),
    Snippet("src/rpc/client/open.c", HEAD + "char *\nvirTextLength(void)\n{\n}\n", ""),
    Snippet("src/util/text.c", "int x;\n", "SPDX"),
    Snippet("src/util/text.c", HEAD + "static void\nf(void)\n{\n    goto end;\nend:\n    return;\n}\n", "goto"),
    Snippet("src/util/text.c", HEAD + "/* goto */\nstatic const char *x = \"goto\";\n", ""),
    Snippet("src/util/text.c", HEAD + "static void\nf(void)\n{\n    usleep(10);\n}\n", "usleep: wait for"),
    Snippet("src/util/text.c", HEAD + "static void\nf(char *a)\n{\n    strcpy(a, \"\");\n}\n", "strcpy: unsafe"),
]

if __name__ == "__main__":
    common.exit_with(common.main(check, SNIPPETS, [path for path in common.sources(".c", ".h")
                                                   if not path.startswith("include/") and not common.is_golden(path)]))
