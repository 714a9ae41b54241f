#!/usr/bin/env python3
"""Measures `milc split` and `milc diff`.

Usage: slicing.py [--milc PATH] [--folder FOLDER] [--runs N] [CASE...]

Cases:
  ops       a program of 100,000 operations: split and diff against verifying it (which reads it, and looks at every operation)
  weights   14 linears of 6000 x 6000 in fp16, 1 GB: split against `cp` of the model; diff with a model that has the same weights elsewhere, and
            with one of which every weight differs, against `cmp` of two equal files of that size

Needs 5 GB in FOLDER, which is removed afterwards.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import commandline
from merge import HERE, make_packages

sys.path.insert(0, str(HERE.parent / "test" / "lit"))
from weight_file import WeightFile

TYPE = "tensor<fp16, [1, 64]>"
LAYER = ["mul(x = {0}, y = {c})", "relu(x = {1})", "tanh(x = {1})", "add(x = {2}, y = {3})"]


def write_ops(path, layers, extra=None):
    """Layers of four operations and a constant; with `extra`, that layer has one more operation, which changes the numbers of all later values."""
    number = 0
    last = "x"
    with open(path, "w") as out:
        out.write(f"program(1.3)\n{{\n    func main<ios18>({TYPE} x) {{\n")

        def operation(call):
            nonlocal number
            number += 1
            out.write(f'            {TYPE} v_{number} = {call}[name = string("v_{number}")];\n')
            return f"v_{number}"

        for layer in range(layers):
            c = f"c_{number}"
            values = ", ".join(float((layer * 31 + i * 7) % 1000).hex() for i in range(64))
            out.write(f'            tensor<fp16, [64]> {c} = const()[name = string("{c}"), val = tensor<fp16, [64]>([{values}])];\n')
            names = [last]
            for call in LAYER:
                names.append(operation(call.format(*names, c=c)))
            last = operation(f"exp(x = {names[-1]})") if layer == extra else names[-1]
        out.write(f"        }} -> ({last});\n}}\n")


def compare(folder, options, cases):
    # All begin with no output there and nothing waiting to be written.
    before = f"rm -rf {folder}/copy {folder}/parts && sync"
    subprocess.run([sys.executable, HERE / "compare.py", "--runs", str(options.runs), "--before", before, *cases], check=True)


def measure_ops(milc, folder, options):
    write_ops(folder / "a.mil", 25000)
    write_ops(folder / "b.mil", 25000, extra=12500)
    quiet = ">/dev/null 2>&1"
    different = f"{quiet}; test $? = 1"
    compare(folder, options, [
        f"verify={milc} verify {folder}/a.mil {quiet}",
        f"split={milc} split {folder}/a.mil --parts 10 -o {folder}/parts {quiet}@verify",
        f"diff equal={milc} diff {folder}/a.mil {folder}/a.mil {quiet}@verify",
        f"diff inserted={milc} diff {folder}/a.mil {folder}/b.mil {different}@verify",
    ])


def measure_weights(milc, folder, options):
    [package] = make_packages(milc, folder, layers=14, adapters=1)
    shutil.copytree(package, folder / "other.mlpackage")
    weights = "Data/com.apple.CoreML/weights"
    [file] = (package / weights).iterdir()
    elements = 500_000_000
    text = f"""program(1.3)
{{
    func main<ios18>(tensor<fp16, [{elements}]> x) {{
            tensor<fp16, [{elements}]> w = const()[name = string("w"), val = tensor<fp16, [{elements}]>(BLOBFILE(path = string("@model_path/w.bin"), offset = uint64(64)))];
            tensor<fp16, [{elements}]> y = add(x = x, y = w)[name = string("y")];
        }} -> (y);
}}
"""
    for seed, name in enumerate(("one", "two")):
        (folder / name).mkdir()
        (folder / name / "model.mil").write_text(text)
        with WeightFile(str(folder / name / "w.bin")) as out:
            out.add("fp16", elements, seed)
    quiet = ">/dev/null 2>&1"
    compare(folder, options, [
        f"cp=cp -r {package} {folder}/copy",
        f"split={milc} split {package} --parts 4 -o {folder}/parts {quiet}@cp",
        f"cmp=cmp {file} {folder}/other.mlpackage/{weights}/{file.name}",
        f"diff equal={milc} diff {package} {folder}/other.mlpackage {quiet}@cmp",
        f"diff all={milc} diff {folder}/one/model.mil {folder}/two/model.mil {quiet}; test $? = 1@cmp",
    ])


CASES = {"ops": measure_ops, "weights": measure_weights}


def main():
    options = commandline.parse(commandline.parser(__doc__), CASES)
    for name in options.cases:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            print(f"\n{name}", flush=True)
            CASES[name](options.milc, pathlib.Path(folder), options)


if __name__ == "__main__":
    main()
