#!/usr/bin/env python3
"""Measures `milc merge` against reading its inputs once and writing its output once.

Usage: merge.py [--milc PATH] [--folder FOLDER] [--runs N] [--cold] [CASE...]

Cases:
  lora    a base of two 6000 x 6000 fp16 linears, two adapters of rank 32 (144 MB each)
  pair    two packages of 1 GB that share all but their adapters
  eight   eight packages of 1 GB that share all but their adapters

The baseline is `cat` of all inputs to /dev/null and `cp` of the output, in the same cache state: all in memory, or with --cold (which needs root)
nothing. Needs 3, 4 and 11 GB in FOLDER, which is removed afterwards.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import commandline

HERE = pathlib.Path(__file__).resolve().parent
GENERATE = HERE.parent / "examples" / "lora" / "generate.py"
# Arguments of generate.py. A layer of 6000 features takes 72 MB.
CASES = {
    "lora": {"layers": 2, "adapters": 2},
    "pair": {"layers": 14, "adapters": 2},
    "eight": {"layers": 14, "adapters": 8},
}


def make_packages(milc, folder, layers, adapters):
    """Packages of the models that generate.py makes, as adapted_model_<i>.mlpackage."""
    text = folder / "text"
    options = {"size": 6000, "rank": 32, "layers": layers, "adapters": adapters}
    subprocess.run([sys.executable, GENERATE, text, *(f"--{key}={value}" for key, value in options.items())], check=True)
    packages = []
    for i in range(1, adapters + 1):
        packages.append(folder / f"adapted_model_{i}.mlpackage")
        subprocess.run([milc, "convert", text / f"adapter_{i}.mil", "-o", packages[-1]], check=True)
        (text / "weights" / f"adapter_{i}.bin").unlink()
    return packages


def measure(milc, folder, packages, options):
    named = " ".join(f"adapter_{i}={package}" for i, package in enumerate(packages, 1))
    merge = f"{milc} merge {named} -o {folder}/merged.mlpackage --force"
    subprocess.run(merge, shell=True, check=True)
    inputs = " ".join(str(file) for package in packages for file in sorted(package.rglob("*")) if file.is_file())
    shutil.copytree(folder / "merged.mlpackage", folder / "output.mlpackage")
    copy = f"cat {inputs} >/dev/null && cp -r {folder}/output.mlpackage {folder}/copy.mlpackage"
    # Both begin with no output there and nothing waiting to be written.
    before = f"rm -rf {folder}/copy.mlpackage {folder}/merged.mlpackage && sync"
    if options.cold:
        before += " && echo 3 > /proc/sys/vm/drop_caches"
    command = [sys.executable, HERE / "compare.py", "--runs", str(options.runs), "--before", before, f"copy={copy}", f"merge={merge} >/dev/null@copy"]
    subprocess.run(command, check=True)


def main():
    parser = commandline.parser(__doc__)
    parser.add_argument("--cold", action="store_true", help="drop the system's caches ahead of each run")
    options = commandline.parse(parser, CASES)
    for name in options.cases:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            packages = make_packages(options.milc, pathlib.Path(folder), **CASES[name])
            print(f"\n{name}: {len(packages)} packages", flush=True)
            measure(options.milc, pathlib.Path(folder), packages, options)


if __name__ == "__main__":
    main()
