#!/usr/bin/env python3
"""Measures commands against baselines in one run and prints their ratios.

Usage: compare.py [--runs N] [--before COMMAND] [--json FILE] CASE...

A CASE is NAME=COMMAND, or NAME=COMMAND@BASELINE, where BASELINE is the name of an earlier case. Commands go through the shell. Rounds are
interleaved (every case once, then again) so that a machine's moods fall on all alike; --before runs ahead of each measured command, outside the
clock, as to drop its output or to warm the cache. Reported are the median wall time, user plus system time, and the largest peak of resident
memory (at least this script's own, some 16 MB, which a child has until it starts its program); a ratio is median over median.

    compare.py --runs 5 'read=cat a.bin b.bin >/dev/null' 'merge=milc merge a.mlpackage b.mlpackage --force -o m.mlpackage@read'
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def measure(command):
    """(wall seconds, processor seconds, peak resident bytes) of a command and its children."""
    began = time.monotonic()
    process = subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"compare: exit status {process.returncode}: {command}")
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def parse_case(text, known):
    name, _, command = text.partition("=")
    command, at, baseline = command.rpartition("@")
    if not at:
        return name, baseline, None
    if baseline in known:
        return name, command, baseline
    return name, command + at + baseline, None  # an @ of the command's own


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--before", help="runs ahead of each measured command, unmeasured")
    parser.add_argument("--json", help="also write the figures here")
    parser.add_argument("cases", nargs="+", metavar="CASE")
    options = parser.parse_args()

    cases = {}
    for text in options.cases:
        name, command, baseline = parse_case(text, cases)
        cases[name] = {"command": command, "baseline": baseline, "samples": []}
    for _ in range(options.runs):
        for case in cases.values():
            if options.before:
                subprocess.run(options.before, shell=True, check=True)
            case["samples"].append(measure(case["command"]))

    for case in cases.values():
        walls, processors, peaks = zip(*case.pop("samples"))
        case.update(wall=statistics.median(walls), best=min(walls), processor=statistics.median(processors), peak=max(peaks))
    width = max(map(len, cases))
    print(f"{'':{width}}  {'wall s':>9} {'best s':>9} {'cpu s':>9} {'peak MB':>9}  ratio")
    for name, case in cases.items():
        baseline = case["baseline"]
        if baseline:
            case["ratio"] = case["wall"] / cases[baseline]["wall"]
        ratio = f"{case['ratio']:.2f} x {baseline}" if baseline else ""
        print(f"{name:{width}}  {case['wall']:9.3f} {case['best']:9.3f} {case['processor']:9.3f} {case['peak'] / 1e6:9.1f}  {ratio}".rstrip())
    if options.json:
        with open(options.json, "w") as out:
            json.dump(cases, out, indent=2)


if __name__ == "__main__":
    main()
