#!/usr/bin/env python3
"""Exit statuses of milc when what it prints can't be: streams.py MILC MODEL FOLDER."""

import os
import signal
import subprocess
import sys

milc, model, folder = sys.argv[1:]
os.makedirs(folder)


def run(stdout, *arguments):
    return subprocess.run([milc, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True)


def closed_pipe():
    read, write = os.pipe()
    os.close(read)
    return write


def expect(what, result, status, quiet):
    if result.returncode != status or (quiet and result.stderr):
        sys.exit(f"{what}: exit status {result.returncode} instead of {status}\n{result.stderr}")


full = open("/dev/full", "w") if os.path.exists("/dev/full") else None
for name, arguments in {"info": ["info", model], "text": ["convert", model, "-o", "-"], "help": ["--help"], "ops": ["ops"]}.items():
    expect(f"{name} to a closed pipe", run(closed_pipe(), *arguments), -signal.SIGPIPE, quiet=True)
    if full:
        expect(f"{name} to a full disk", run(full, *arguments), 1, quiet=False)
for name, arguments in {"merge": ["merge", model], "extract": ["extract", model, "--outputs", "y"]}.items():
    for where, stdout in {"a closed pipe": closed_pipe(), "a full disk": full}.items():
        if stdout is not None:
            path = f"{folder}/{name}{len(where)}.mlpackage"
            expect(f"{name}, its table to {where}", run(stdout, *arguments, "-o", path), 0, quiet=True)
            expect(f"{name}, its output", run(subprocess.DEVNULL, "verify", path), 0, quiet=True)
