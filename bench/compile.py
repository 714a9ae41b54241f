#!/usr/bin/env python3
"""Measures `milc compile` and `milc decompile` against `cp` of what they read.

Usage: compile.py [--milc PATH] [--folder FOLDER] [--runs N] [--cold] [--layers N]

The model is a chain of N linears of 6000 x 6000 in fp16, 72 MB each (default: 28, 2 GB). Needs twice to four times that in FOLDER, which is
removed afterwards.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--milc", default="milc")
    parser.add_argument("--folder", help="where to make the model (default: the system's temporary folder)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cold", action="store_true", help="drop the system's caches ahead of each run")
    parser.add_argument("--layers", type=int, default=28)
    options = parser.parse_args()
    milc = shutil.which(options.milc)
    if not milc:
        sys.exit(f"compile.py: no milc at '{options.milc}'")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        [package] = make_packages(milc, pathlib.Path(folder), layers=options.layers, adapters=1)
        measure(milc, pathlib.Path(folder), package, options)


if __name__ == "__main__":
    main()
