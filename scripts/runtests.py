# SPDX-License-Identifier: LGPL-2.1-or-later
"""runtests - builds and runs the tests for scripts/test, and sums them up

Every test is a meson test.  A subset is a build (plain, or with sanitizers) and a choice among
its tests, made by their suites; the tests of a folder without a suite of its own are unit tests.
TAP programs count by their test points, others as one test each.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time
from typing import Any, NamedTuple

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
INTO = os.environ.get("BUILD_ROOT", TOP)  # where the build folders are
SPECIAL = {"bindings", "lint", "corpus", "fuzz", "integration", "host", "bench"}


class Subset(NamedTuple):
    build: str            # folder, beside the sources
    options: list[str]    # for meson setup
    suites: set[str]      # "unit" stands for every test outside SPECIAL
    folders: set[str]     # only tests of these folders of tests/; empty: all
    env: dict[str, str]


PLAIN: tuple[str, list[str]] = ("build", [])
ASAN = ("build-asan", ["-Db_sanitize=address,undefined", "-Db_lundef=false"])
TSAN = ("build-tsan", ["-Db_sanitize=thread", "-Db_lundef=false"])
ASAN_ENV = {
    # GLib and libxml2 keep some memory for the life of the process; what we lose is found by
    # the tests that count.
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:allocator_may_return_null=1",
    "LSAN_OPTIONS": f"suppressions={TOP}/tests/lsan.supp:print_suppressions=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
    "G_SLICE": "always-malloc",
}
TSAN_ENV = {"TSAN_OPTIONS": f"suppressions={TOP}/tests/tsan.supp:exitcode=99:second_deadlock_stack=1"}
SUBSETS = {
    "unit": Subset(*PLAIN, {"unit"}, set(), {}),
    "bindings": Subset(*PLAIN, {"bindings"}, set(), {}),
    "lint": Subset(*PLAIN, {"lint"}, set(), {}),
    "corpus": Subset(*PLAIN, {"corpus"}, set(), {}),
    "fuzz": Subset(*ASAN, {"fuzz"}, set(), ASAN_ENV),
    "integration": Subset(*PLAIN, {"integration"}, set(), {}),
    "host": Subset(*PLAIN, {"host"}, set(), {}),
    "asan": Subset(*ASAN, {"unit", "integration"}, set(), ASAN_ENV),
    # The tests in which threads meet.
    "tsan": Subset(*TSAN, {"unit"}, {"util", "rpc", "common", "server", "client"}, TSAN_ENV),
}


WITHOUT = {
    # ThreadSanitizer makes vfork() a fork(), so that the child cannot leave its errno.
    "build-tsan": {"client-python", "util-process"},
}


class Count:
    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0
        self.failures: list[str] = []
        self.skips: list[str] = []


def build(folder: str, options: list[str], jobs: int) -> bool:
    """Sets up and compiles; output is shown only when it fails."""
    where = f"{INTO}/{folder}"
    env = dict(os.environ, CC=os.environ.get("CC", "ccache gcc"))
    commands = [["meson", "compile", "-C", where, "-j", str(jobs)]]
    if not os.path.exists(f"{where}/build.ninja"):
        commands.insert(0, ["meson", "setup", *options, where, TOP])
    for command in commands:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if done.returncode:
            lines = done.stdout.splitlines()
            print("\n".join([line for line in lines if "error:" in line][:20] + lines[-30:]))
            print(f"{' '.join(command)} failed")
            return False
    return True


def choose(subset: Subset) -> list[str]:
    """Names of the subset's tests."""
    shown = subprocess.run(["meson", "introspect", "--tests", f"{INTO}/{subset.build}"],
                           stdout=subprocess.PIPE, text=True, check=True)
    chosen = []
    for test in json.loads(shown.stdout):
        suites = {suite.split(":")[-1] for suite in test["suite"]}
        kind = next(iter(suites & SPECIAL), "unit")
        text = " ".join(test["cmd"])
        folder = re.search(r"/tests/([^/ ]+)/", text)
        if test["name"] in WITHOUT.get(subset.build, ()):
            continue
        if kind in subset.suites and (
                not subset.folders or (folder and folder.group(1) in subset.folders)):
            chosen.append(test["name"])
    return chosen


def count_test(test: dict[str, Any], label: str, count: Count) -> None:
    """Adds one entry of meson's log, by test points where it is TAP."""
    points = re.findall(r"^(not ok|ok)\b([^\n]*)", test.get("stdout") or "", re.M)
    skipped = [text for word, text in points if re.search(r"#\s*skip", text, re.I)]
    bad = sum(word == "not ok" and not re.search(r"#\s*(todo|skip)", text, re.I) for word, text in points)
    good = len(points) - len(skipped) - bad
    failed = test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL")
    if not points:
        good = int(test["result"] in ("OK", "EXPECTEDFAIL"))
        if test["result"] == "SKIP":
            skipped = [(test.get("stdout") or "").strip() or (test.get("stderr") or "").strip()]
    count.passed += good
    count.skipped += len(skipped)
    count.skips += [f"{label} {test['name']}: {text.strip(' -')}" for text in skipped]
    if failed:
        count.failed += max(bad, 1)
        count.failures.append(f"{label} {test['name']} ({test['result']})")
        print(f"---- {label}: {test['name']}: {test['result']} (status {test.get('returncode')})")
        lines = ((test.get("stdout") or "") + (test.get("stderr") or "")).splitlines()
        # Not the test points that are well, nor what they say of themselves.
        told = True
        shown = []
        for line in lines:
            if re.match(r"(not )?ok\b", line):
                told = line.startswith("not")
            elif not line.startswith("#"):
                told = True
            if told:
                shown.append(line)
        print("\n".join(shown[:40] + ["..."] + shown[-60:] if len(shown) > 100 else shown))


def run(label: str, subset: Subset, jobs: int, count: Count, only: list[str]) -> None:
    names = [name for name in choose(subset) if not only or any(part in name for part in only)]
    if not names:
        return
    log = f"{INTO}/{subset.build}/meson-logs/testlog.json"
    if os.path.exists(log):
        os.unlink(log)
    start = time.monotonic()
    scale = "3" if subset.env else "1"
    done = subprocess.run(["meson", "test", "-C", f"{INTO}/{subset.build}", "--no-rebuild", "-t", scale,
                           "--num-processes", str(jobs), *names],
                          env={**os.environ, **subset.env}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    before = count.passed, count.failed
    try:
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file:
                count_test(json.loads(line), label, count)
    except FileNotFoundError:
        print(done.stdout)
        count.failed += 1
        count.failures.append(f"{label}: meson test did not run")
    if done.returncode and count.failed == before[1]:
        print(done.stdout)
        count.failed += 1
        count.failures.append(f"{label}: meson test failed")
    print(f"{label}: {count.passed - before[0]} passed, {count.failed - before[1]} failed, "
          f"{time.monotonic() - start:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/test", description="Build and run the tests.")
    parser.add_argument("subset", nargs="*", help="of " + " ".join(SUBSETS) + "; default: all")
    parser.add_argument("--only", action="append", default=[], metavar="PART",
                        help="only tests whose name holds PART (may be repeated)")
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 2))
    options = parser.parse_args()
    unknown = [name for name in options.subset if name not in SUBSETS]
    if unknown:
        parser.error(f"unknown subset '{unknown[0]}': there are {' '.join(SUBSETS)}")

    count = Count()
    built: dict[str, bool] = {}
    for label in options.subset or list(SUBSETS):
        subset = SUBSETS[label]
        if subset.build not in built:
            start = time.monotonic()
            built[subset.build] = build(subset.build, subset.options, options.jobs)
            if built[subset.build]:
                print(f"{subset.build}: built in {time.monotonic() - start:.0f} s", flush=True)
            else:
                count.failed += 1
                count.failures.append(f"{subset.build}: does not build")
        if built[subset.build]:
            run(label, subset, options.jobs, count, options.only)

    for skip in count.skips:
        print(f"skipped: {skip}")
    for failure in count.failures:
        print(f"FAILED: {failure}")
    print(f"{count.passed} passed, {count.failed} failed"
          + (f", {count.skipped} skipped" if count.skipped else ""))
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
