"""The command line of the scripts here that measure milc: which one, where its models are made, how often it runs."""

import argparse
import re
import shutil
import subprocess
import sys


def parser(about):
    """A parser of what all scripts take, to be added to; `about` is the script's docstring."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--milc", default="milc")
    made.add_argument("--folder", help="where to make the models (default: the system's temporary folder)")
    made.add_argument("--runs", type=int, default=5)
    return made


def parse(made, cases=()):
    """The options, `milc` among them as a path that exists and `cases` as names of some of `cases`, all of them unless told otherwise."""
    if cases:
        made.add_argument("cases", nargs="*", metavar="CASE")
    options = made.parse_args()
    if cases:
        if unknown := set(options.cases) - set(cases):
            made.error(f"no case {unknown.pop()}; there are {', '.join(cases)}")
        options.cases = options.cases or list(cases)
    found = shutil.which(options.milc)
    if not found:
        sys.exit(f"{made.prog}: no milc at '{options.milc}'")
    options.milc = found
    return options


def run_seconds(milc, program, repeats, threads):
    """The median time of a run, by `milc run --time`."""
    command = [milc, "run", program, f"--time={repeats}", "--threads", str(threads)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.search(r"median of \d+ runs: ([\d.e+-]+) ms", out)[1]) / 1000
