#!/usr/bin/env python3
"""Checks docs/outputs.md: the output of a command with exit status 0 passes `milc verify --strict` if its input did, and what
`convert` writes reads back as the same model: accepted.py MILC EVERY SCRATCH FOLDER...

The inputs are the programs (*.mil) of the folders that verify strictly; of all programs, every EVERYth is tried."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# What is written, and how; {i} is the input, {o} the output.
COMMANDS = {
    "package.mlpackage": ["convert", "{i}", "-o", "{o}"],
    "text.mil": ["convert", "{i}", "-o", "{o}"],
    "model.mlmodel": ["convert", "{i}", "-o", "{o}"],
    "compiled.mlmodelc": ["convert", "{i}", "-o", "{o}"],
    "merged.mlpackage": ["merge", "first={i}", "second={i}", "-o", "{o}"],
    "extracted.mil": ["extract", "{i}", "-o", "{o}"],
    "parts": ["split", "{i}", "--parts", "2", "-o", "{o}"],
    "edited.mil": ["edit", "{i}", "--description", "text", "-o", "{o}"],
    "optimized.mlpackage": ["opt", "{i}", "--pipeline=default", "-o", "{o}"],
    "raised.mil": ["opt", "{i}", "--target", "ios18", "-o", "{o}"],
    "compressed.mil": ["compress", "{i}", "--preset", "int8", "--quiet", "-o", "{o}"],
}


def main():
    milc, every, scratch, folders = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]

    def run(*arguments):
        result = subprocess.run([milc, *arguments], capture_output=True, text=True, errors="replace", timeout=120)
        return result.returncode, result.stderr

    def text(path):
        return subprocess.run([milc, "convert", path, "-o", "-"], capture_output=True, timeout=120).stdout

    def check(number, path):
        """What doesn't hold of one input, and how many outputs were checked; None if the input doesn't verify."""
        if run("verify", "--strict", path)[0]:
            return None
        wrong, written = [], 0
        wanted = text(path)
        for name, command in COMMANDS.items():
            output = f"{scratch}/{number}/{name}"
            os.makedirs(os.path.dirname(output), exist_ok=True)
            status, errors = run(*[part.format(i=path, o=output) for part in command])
            if status not in (0, 1) or (status and not errors):
                wrong.append(f"{name} of {path}: exit status {status}: {errors}")
            if status:
                if os.path.lexists(output):
                    wrong.append(f"{name} of {path}: failed, and left an output")
                continue
            written += 1
            models = [f"{output}/{each}" for each in os.listdir(output) if each != "parts.json"] if name == "parts" else [output]
            if (refused := run("verify", "--strict", *models))[0]:
                wrong.append(f"{name} of {path} is refused: {refused[1]}")
            if any(run("diff", model, model)[0] for model in models):
                wrong.append(f"{name} of {path} differs from itself")
            if name == "text.mil" and text(output) != wanted:
                wrong.append(f"{name} of {path} is another text")
            # Compiled models gain the keys that the compiler writes, and others lose them.
            if command[0] == "convert" and b"coremlc-" not in wanted + text(output) and run("diff", path, output)[0]:
                wrong.append(f"{name} of {path} is another model")
        return wrong, written

    paths = sorted(os.path.join(top, name) for folder in folders for top, _, names in os.walk(folder) for name in names if name.endswith(".mil"))[::every]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = [result for result in pool.map(check, range(len(paths)), paths) if result]
    for wrong, _ in results:
        for line in wrong:
            print(line)
    print(f"{len(results)} of {len(paths)} programs verify strictly; {sum(written for _, written in results)} outputs checked")
    sys.exit(any(wrong for wrong, _ in results))


main()
