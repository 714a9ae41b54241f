#!/usr/bin/env python3
"""Measures `milc compile` and `milc decompile` against `cp` of what they read.

Usage: compile.py [--milc PATH] [--folder FOLDER] [--runs N] [--cold] [--layers N]

The model is a chain of N linears of 6000 x 6000 in fp16, 72 MB each (default: 28, 2 GB). Needs twice to four times that in FOLDER, which is
removed afterwards.
"""

import pathlib
import subprocess
import sys
import tempfile

import commandline
from merge import HERE, make_packages


def measure(milc, folder, package, options):
    compile_ = f"{milc} compile {package} -o {folder}/compiled.mlmodelc --force"
    decompile = f"{milc} decompile {folder}/kept.mlmodelc -o {folder}/back.mlpackage --force"
    subprocess.run(f"{milc} compile {package} -o {folder}/kept.mlmodelc", shell=True, check=True)
    # All begin with no output there and nothing waiting to be written.
    outputs = " ".join(f"{folder}/{name}" for name in ("copy", "compiled.mlmodelc", "back.mlpackage"))
    before = f"rm -rf {outputs} && sync"
    if options.cold:
        before += " && echo 3 > /proc/sys/vm/drop_caches"
    cases = [f"copy=cp -r {package} {folder}/copy", f"compile={compile_}@copy", f"decompile={decompile}@copy"]
    subprocess.run([sys.executable, HERE / "compare.py", "--runs", str(options.runs), "--before", before, *cases], check=True)


def main():
    parser = commandline.parser(__doc__)
    parser.add_argument("--cold", action="store_true", help="drop the system's caches ahead of each run")
    parser.add_argument("--layers", type=int, default=28)
    options = commandline.parse(parser)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        [package] = make_packages(options.milc, pathlib.Path(folder), layers=options.layers, adapters=1)
        measure(options.milc, pathlib.Path(folder), package, options)


if __name__ == "__main__":
    main()
