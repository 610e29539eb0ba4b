#!/usr/bin/env python3
"""Breaks the library in one small place at a time and asks its unit tests to notice.

usage: tools/mutate.py BUILD ROOM|FILE[:LINE]... [--count N] [--seed S] [--seconds T] [--list]

A mutant is one file of src/ROOM with one operator, constant, condition or statement
changed. Its object is linked before the library, whose own copy then stays out, into the
unit tests of that room (tests/unit/test_ROOM*); the first that fails, crashes or takes
too long kills it. Of all mutants N are drawn by a seed, the same ones every time.

BUILD is best one with sanitizers: to them a lost free() or a number that was never set is
a failure, too. A mutant whose object is that of the original is no mutant. One that cannot be told from
it by any caller stands in tests/long/equivalent.txt, with the reason; the others that
survive are printed: each wants a test. Exit status: 1 when a room's share of killed
mutants is below its floor there.
"""
import argparse
import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIST = os.path.join(ROOT, "tests", "long", "equivalent.txt")
MORE_TESTS = {"weights": ["store", "onnx"]}  # beside those that bear the room's name


# ---- what can be changed ----

SWAPS = [(r" <= ", " < "), (r" < ", " <= "), (r" >= ", " > "), (r" > ", " >= "),
         (r" == ", " != "), (r" != ", " == "), (r" && ", " || "), (r" \|\| ", " && "),
         (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " / "), (r" / ", " * "), (r" % ", " * "),
         (r" << ", " >> "), (r" >> ", " << "), (r" & ", " | "), (r" \| ", " & "),
         (r" \+= ", " -= "), (r" -= ", " += "), (r"\+\+", "--"), (r"--", "++"),
         (r"\btrue\b", "false"), (r"\bfalse\b", "true"), (r"!(?=[a-z(])", "")]
NUMBER = re.compile(r"(?<![\w.%\"])(\d+|0x[0-9a-f]+)(?![\w.])")
STATEMENT = re.compile(r"(?m)^ +((?:\*?[a-z_][\w.>\[\]+\-\*]*(?:\(| [-+*/|&^<>]*= |\+\+|--)|LK_TRY\(|LK_REQUIRE\(|\+\+|--"
                       r"|break;|continue;)[^;{}]*;)")
CONDITION = re.compile(r"\b(?:if|while) (?=\()")


def blank(text):
    """Comments, strings and lines of the preprocessor as blanks of the same length."""
    def out(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:\\\n|[^\n])*",
                  out, text, flags=re.S | re.M)


def closing(text, at):
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i
    return None


def changes(text):
    """(start, end, replacement, what) of every mutant of a source."""
    bare = blank(text)
    for pattern, other in SWAPS:
        for m in re.finditer(pattern, bare):
            yield m.start(), m.end(), other, f"{m.group().strip()} to {other.strip() or 'nothing'}"
    for m in NUMBER.finditer(bare):
        value = int(m.group(), 0 if m.group().startswith("0x") or m.group() == "0" else 8 if m.group()[0] == "0" else 10)
        for other in {value + 1, abs(value - 1)}:
            yield m.start(), m.end(), str(other), f"{m.group()} to {other}"
    for m in CONDITION.finditer(bare):
        end = closing(bare, m.end())
        if end:
            inner = text[m.end():end + 1]
            yield m.end(), end + 1, f"(!{inner})", "condition negated"
    for m in STATEMENT.finditer(bare):
        statement = m.group(1)
        if statement.count("(") == statement.count(")"):
            yield m.start(1), m.end(1), ";", "statement removed"


class Mutant:
    def __init__(self, path, text, change):
        start, end, other, self.what = change
        self.path = path
        self.line = text.count("\n", 0, start) + 1
        self.source = text[:start] + other + text[end:]
        begin = text.rfind("\n", 0, start) + 1
        self.words = text[begin:text.find("\n", start)].strip()
        # The same operator twice in a line: which of them.
        self.nth = len(re.findall(re.escape(text[start:end]), text[begin:start])) + 1

    def key(self):
        return f"{self.path} | {self.words} | {self.what} | {self.nth}"

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what} ({self.nth}): {self.words}"


def mutants_of(paths):
    for path, line in paths:
        with open(os.path.join(ROOT, path)) as file:
            text = file.read()
        found = [Mutant(path, text, change) for change in changes(text)]
        yield from (m for m in found if line is None or m.line == line)


# ---- building and running ----

class House:
    """How the build folder compiles a file and links a test."""

    def __init__(self, build, work):
        self.build, self.work = os.path.abspath(build), work
        with open(os.path.join(self.build, "compile_commands.json")) as file:
            entries = json.load(file)
        self.compile = {}
        for e in entries:
            path = os.path.relpath(os.path.join(e["directory"], e["file"]), ROOT)
            if "liblikeness" in e["output"]:
                self.compile.setdefault(path, shlex.split(e["command"]))
        self.tests, self.time = {}, {}

    def object(self, path, source, out):
        command = list(self.compile[path])
        while command[0].endswith("ccache"):
            command.pop(0)
        where = os.path.join(self.work, "src", path)
        os.makedirs(os.path.dirname(where), exist_ok=True)
        with open(where, "w") as file:
            file.write(source)
        at = command.index("-o")
        command[at + 1] = out
        for flag in ("-MD", "-MQ", "-MF"):
            if flag in command:
                i = command.index(flag)
                del command[i:i + (1 if flag == "-MD" else 2)]
        command[-1] = where
        command = [c for c in command if c not in ("-Werror", "-g")] + [
            "-w", "-g0", "-O1", "-iquote", os.path.join(ROOT, os.path.dirname(path))]
        return subprocess.run(command, cwd=self.build, capture_output=True).returncode == 0

    def link_command(self, test):
        if test not in self.tests:
            lines = subprocess.run(["ninja", "-C", self.build, "-t", "commands", "tests/unit/" + test],
                                   capture_output=True, text=True, check=True).stdout.splitlines()
            command = shlex.split(lines[-1])
            while command[0].endswith("ccache"):
                command.pop(0)
            self.tests[test] = command
        return list(self.tests[test])

    def functions(self, file):
        """The names that an object or program defines (the hidden are local once linked)."""
        lines = subprocess.run(["nm", file], capture_output=True, text=True, check=True).stdout
        return set(re.findall(r" [TtDdRr] (\w+)", lines))

    def run(self, test, mutant=None, limit=120):
        """True when the test passes."""
        command = self.link_command(test)
        out = os.path.join(self.work, test)
        at = command.index("-o")
        command[at + 1] = out
        if mutant:
            command.insert(at + 2, mutant)
        if shutil.which("ld.gold"):
            command.append("-fuse-ld=gold")  # twice as quick
        linked = subprocess.run(command, cwd=self.build, capture_output=True, text=True)
        if linked.returncode != 0:
            raise RuntimeError(linked.stderr)
        environment = dict(os.environ, LIKENESS_SOURCE=ROOT, OMP_WAIT_POLICY="passive",
                           OMP_NUM_THREADS="2", TMPDIR=self.work,
                           ASAN_OPTIONS="hard_rss_limit_mb=4000",
                           UBSAN_OPTIONS="halt_on_error=1",
                           LSAN_OPTIONS="suppressions=%s/tests/lsan.supp" % ROOT)
        process = subprocess.Popen([out], cwd=self.work, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True, preexec_fn=limit_harm)
        try:
            return process.wait(timeout=limit) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return False


def limit_harm():
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)


def tests_of(house, room):
    names = [room] + MORE_TESTS.get(room, [])
    tests = sorted(f[:-2] for f in os.listdir(os.path.join(ROOT, "tests", "unit"))
                   if re.fullmatch(r"test_(%s)(_\w+)?\.c" % "|".join(names), f))
    subprocess.run(["ninja", "-C", house.build] + ["tests/unit/" + t for t in tests],
                   check=True, stdout=subprocess.DEVNULL)
    for test in tests:
        begun = time.time()
        if not house.run(test):
            sys.exit(f"{test} fails before anything is broken")
        house.time[test] = time.time() - begun
    return sorted(tests, key=house.time.get)  # the quick ones first


def outcome(house, mutant, tests, original):
    out = os.path.join(house.work, "mutant.o")
    if not house.object(mutant.path, mutant.source, out):
        return "stillborn"
    with open(out, "rb") as file:
        if file.read() == original:
            return "same"
    for test in tests:
        if not house.run(test, out, limit=10 + 5 * house.time[test]):
            return "killed"
    return "survived"


# ---- the whole ----

def read_list():
    equivalent, floors = set(), {}
    if os.path.exists(LIST):
        with open(LIST) as file:
            for line in file:
                floor = re.match(r"floor (\w+) (\d+)$", line)
                if floor:
                    floors[floor.group(1)] = int(floor.group(2))
                elif line.strip() and not line.startswith("#"):
                    equivalent.add(line.strip())
    return equivalent, floors


def files_of(what, house):
    name, _, line = what.partition(":")
    if name in house.compile:
        return [(name, int(line) if line else None)]
    found = [(p, None) for p in sorted(house.compile) if p.startswith(f"src/{name}/")]
    return found or sys.exit(f"{what}: no room of src and no file of the library")


def hunt(house, what, options, equivalent):
    room = files_of(what, house)[0][0].split("/")[1]
    tests = tests_of(house, room)
    every = list(mutants_of(files_of(what, house)))
    random.Random(options.seed).shuffle(every)
    counts = dict.fromkeys(["killed", "survived", "equivalent", "same", "stillborn"], 0)
    originals, callers, end = {}, {}, time.time() + options.seconds
    for tried, mutant in enumerate(every):
        if tried >= options.count or time.time() > end:
            break
        if mutant.path not in originals:
            with open(os.path.join(ROOT, mutant.path)) as file:
                source = file.read()
            out = os.path.join(house.work, "original.o")
            if not house.object(mutant.path, source, out):
                sys.exit(f"{mutant.path} does not compile")
            names = house.functions(out)
            callers[mutant.path] = [t for t in tests if names & house.functions(
                os.path.join(house.build, "tests", "unit", t))]
            with open(out, "rb") as file:
                originals[mutant.path] = file.read()
        found = outcome(house, mutant, callers[mutant.path], originals[mutant.path])
        if found == "survived" and mutant.key() in equivalent:
            found = "equivalent"
        counts[found] += 1
        if found == "survived":
            print(mutant.key() if options.keys else mutant, flush=True)
    print(f"{what}: of {len(every)} mutants " + ", ".join(f"{n} {k}" for k, n in counts.items()),
          flush=True)
    return room, counts


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2][7:])
    parser.add_argument("build")
    parser.add_argument("what", nargs="+")
    parser.add_argument("--count", type=int, default=10 ** 9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0 ** 9)
    parser.add_argument("--keys", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    equivalent, floors = read_list()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = tempfile.mkdtemp(prefix="likeness-mutants.", dir=shm)
    bad = 0
    try:
        house = House(options.build, work)
        for what in options.what:
            if options.list:
                for mutant in mutants_of(files_of(what, house)):
                    print(mutant)
                continue
            room, counts = hunt(house, what, options, equivalent)
            judged = counts["killed"] + counts["survived"]
            if judged and counts["killed"] * 100 < floors.get(room, 0) * judged:
                print(f"{what}: {counts['killed']} of {judged} killed, expected {floors[room]} %")
                bad = 1
    finally:
        shutil.rmtree(work)
    sys.exit(bad)


if __name__ == "__main__":
    main()
