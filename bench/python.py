#!/usr/bin/env python3
"""Measures the Python package.

Usage: python.py --package FOLDER [--python PYTHON] [--milc PATH] [--folder FOLDER] [--runs N] [CASE...]

FOLDER holds milc/, as build/release/python does or an installed wheel; PYTHON has numpy.

Cases:
  import     `import milc`: processor time, of a package whose byte code is cached
  walk       a program of 100,000 operations, each asked for its type, its name and the shapes of its outputs: processor time
  predict    model.predict against what `milc run --time` says: ResNet-50 in fp16, and one token of a transformer with a cache, one thread
  rename     load, rename an input and save a package of 1 GB: processor time, and wall time against `cp -r` alone and with a sync of the copy,
             which saving does, too

What is compared is alternated, and the median of the ratios of neighbours is given.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import commandline
import networks

IMPORT = "import time; begin = time.process_time(); import milc; print(time.process_time() - begin)"
WALK = """
import sys, time, milc
model = milc.load(sys.argv[1])
begin = time.process_time()
shapes = [(op.type, op.name, [value.shape for value in op.outputs]) for op in model.main.walk()]
print(time.process_time() - begin)
"""
PREDICT = """
import statistics, sys, time, numpy, milc
model = milc.load(sys.argv[1])
run, rng = model.executable(threads=1), numpy.random.default_rng(1)
inputs = {name: rng.uniform(-1, 1, kind.shape).astype("float16") for name, kind in run.inputs.items()}
run.predict(inputs)
times = []
for _ in range(int(sys.argv[2])):
    begin = time.perf_counter()
    run.predict(inputs)
    times.append(time.perf_counter() - begin)
print(statistics.median(times))
"""
RENAME = """
import sys, time, milc
begin, spent = time.perf_counter(), time.process_time()
model = milc.load(sys.argv[1])
model.rename("x", "renamed")
model.save(sys.argv[2])
print(time.perf_counter() - begin, time.process_time() - spent)
"""


def numbers(options, code, *arguments):
    """What a script prints, run in a process of its own."""
    environment = dict(os.environ, PYTHONPATH=str(options.package))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([options.python, "-c", code, *map(str, arguments)], check=True, capture_output=True, text=True, env=environment)
    return [float(each) for each in done.stdout.split()]


def seconds(options, code, *arguments):
    return numbers(options, code, *arguments)[0]


def measure_import(options, _folder):
    seconds(options, IMPORT)  # writes the byte code
    times = [seconds(options, IMPORT) for _ in range(max(options.runs, 5))]
    print(f"import     {statistics.median(times) * 1000:.0f} ms")


def measure_walk(options, folder):
    net = networks.Network(folder / "walk", "fp16")
    x = net.input("x", (1, 64))
    for _ in range(100_000):
        x = net.relu(x)
    program = net.finish(x)
    print(f"walk       {statistics.median(seconds(options, WALK, program) for _ in range(options.runs)):.2f} s")


def measure_predict(options, folder):
    made = {"resnet50": networks.resnet50(folder / "resnet50", "fp16"), "decode": networks.transformer(folder / "decode", "fp16", 1, cache=1024)}
    for name, program in made.items():
        ratios, times = [], []
        for _ in range(options.runs):
            times.append(seconds(options, PREDICT, program, 9))
            ratios.append(times[-1] / commandline.run_seconds(options.milc, program, 9, 1))
        print(f"predict    {name:9} {statistics.median(times) * 1000:.1f} ms, milc run = 1: {statistics.median(ratios):.2f}")


def measure_rename(options, folder):
    package, copy = folder / "large.mlpackage", folder / "copy.mlpackage"
    subprocess.run([options.milc, "convert", networks.linears(folder / "large"), "-o", package], check=True)
    walls, spent, alone, synced = [], [], [], []
    for _ in range(options.runs):
        begin = time.perf_counter()
        subprocess.run(["cp", "-r", package, copy], check=True)
        copied = time.perf_counter() - begin
        subprocess.run(["sync", *(path for path in copy.rglob("*") if path.is_file())], check=True)
        on_disk = time.perf_counter() - begin
        shutil.rmtree(copy)
        wall, processor = numbers(options, RENAME, package, copy)
        shutil.rmtree(copy)
        for into, value in ((walls, wall), (spent, processor), (alone, wall / copied), (synced, wall / on_disk)):
            into.append(value)
    print(f"rename     {statistics.median(walls):.2f} s, {statistics.median(spent):.2f} s of the processor; cp = 1: {statistics.median(alone):.2f}, "
          f"cp and sync = 1: {statistics.median(synced):.2f}")


CASES = {"import": measure_import, "walk": measure_walk, "predict": measure_predict, "rename": measure_rename}


def main():
    parser = commandline.parser(__doc__)
    parser.add_argument("--package", type=pathlib.Path, required=True)
    parser.add_argument("--python", default="/usr/bin/python3")
    options = commandline.parse(parser, CASES)
    options.package = options.package.absolute()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="milc-python-", dir=options.folder))
    try:
        for case in options.cases:
            CASES[case](options, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
