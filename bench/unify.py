#!/usr/bin/env python3
"""Measures `milc unify` against `milc merge` of the same models, and `milc bind` against copying its result.

Usage: unify.py [--milc PATH] [--folder FOLDER] [--runs N] [CASE...]

Cases:
  pair    two packages of 1 GB that share all but their adapters: the base is compared, the adapters become inputs
  apart   two packages of 144 MB that share nothing: all weights become inputs
  rank    the same, the second a fine-tune of the first, fused, by adapters of rank 32: --low-rank

Needs 5 GB in FOLDER, which is removed afterwards; `rank` and `apart` need NumPy.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import commandline
import merge

HERE = pathlib.Path(__file__).resolve().parent
SIZE = 6000


def make_pair(milc, folder):
    return merge.make_packages(milc, folder, layers=14, adapters=2), ""


def save(milc, folder, name, weights):
    """A package of linears with these weights: a blob file as milc's text refers to it."""
    import numpy as np

    names = [f"w{i}" for i in range(len(weights))]
    inputs = ", ".join(f"tensor<fp16, [{SIZE}, {SIZE}]> {each}" for each in names)
    lines, x = [], "x"
    for i, each in enumerate(names):
        lines.append(f'        tensor<fp16, [1, {SIZE}]> y{i} = matmul(transpose_x = no, transpose_y = yes, x = {x}, y = {each})'
                     f'[name = string("y{i}_product")];')
        x = f"y{i}"
    text = (f"program(1.3)\n{{\n    func main<ios18>({inputs}, tensor<fp16, [1, {SIZE}]> x) {{\n"
            '        bool no = const()[name = string("no"), val = bool(false)];\n'
            '        bool yes = const()[name = string("yes"), val = bool(true)];\n' + "\n".join(lines) + f"\n    }} -> ({x});\n}}\n")
    (folder / "frame.mil").write_text(text)
    np.savez(folder / "weights.npz", **dict(zip(names, weights)))
    package = folder / f"{name}.mlpackage"
    subprocess.run([milc, "bind", folder / "frame.mil", "--adapter", folder / "weights.npz", "-o", package], check=True)
    (folder / "weights.npz").unlink()
    return package


def make_apart(milc, folder):
    import numpy as np

    random = np.random.default_rng(1)
    return [save(milc, folder, name, [random.standard_normal((SIZE, SIZE), np.float32).astype(np.float16) for _ in range(2)])
            for name in ("first", "second")], ""


def make_rank(milc, folder, rank=32):
    import numpy as np

    random = np.random.default_rng(2)
    base = [random.standard_normal((SIZE, SIZE), np.float32) / 64 for _ in range(2)]
    tuned = [weight + (random.standard_normal((SIZE, rank), np.float32) @ random.standard_normal((rank, SIZE), np.float32)) / 1024
             for weight in base]
    packages = [save(milc, folder, name, [weight.astype(np.float16) for weight in weights])
                for name, weights in (("base", base), ("tuned", tuned))]
    return packages, " --low-rank"


CASES = {"pair": make_pair, "apart": make_apart, "rank": make_rank}


def measure(milc, folder, packages, option, runs):
    named = " ".join(f"model_{i}={package}" for i, package in enumerate(packages, 1))
    merged = f"{milc} merge {named} -o {folder}/merged.mlpackage >/dev/null"
    unified = f"{milc} unify {named} -o {folder}/one.mlpackage --adapters {folder}/one{option}"
    bound = f"{milc} bind {folder}/kept.mlpackage --adapter {folder}/kept/model_2.npz -o {folder}/bound.mlpackage >/dev/null"
    subprocess.run(unified, shell=True, check=True)
    shutil.move(folder / "one.mlpackage", folder / "kept.mlpackage")
    shutil.move(folder / "one", folder / "kept")
    subprocess.run(bound, shell=True, check=True)
    copy = f"cp -r {folder}/bound.mlpackage {folder}/copy.mlpackage"
    before = f"rm -rf {folder}/merged.mlpackage {folder}/one.mlpackage {folder}/one {folder}/copy.mlpackage && sync"
    forced = bound.replace(" >/dev/null", " --force >/dev/null")
    subprocess.run([sys.executable, HERE / "compare.py", "--runs", str(runs), "--before", before, f"merge={merged}",
                    f"unify={unified} >/dev/null@merge", f"copy={copy}", f"bind={forced}@copy"], check=True)


def main():
    options = commandline.parse(commandline.parser(__doc__), CASES)
    for name in options.cases:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            packages, option = CASES[name](options.milc, pathlib.Path(folder))
            print(f"\n{name}: {len(packages)} packages", flush=True)
            measure(options.milc, pathlib.Path(folder), packages, option, options.runs)


if __name__ == "__main__":
    main()
