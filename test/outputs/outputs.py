#!/usr/bin/env python3
"""Checks docs/outputs.md for every command that writes: an output with exit status 0 can be read.

Usage: outputs.py MILC FOLDER... [--count N] [--seed N] [--only COMMAND] [--keep DIR]

Models are taken from the .mil files (the functions that are valid alone; weight files are made up) and packages in the folders. Texts are
changed at random (a token, a number, a type, a shape, a name, a line); most changes that make them invalid are tried again. They are put into a
random form (text, package, bare or compiled model; bytes of the message are changed at random, too), and given to a random command. Then:

  exit status 0     `milc verify` accepts each model written, `milc verify --strict` if it accepts the inputs; a copy in another form is the
                    same by `milc diff` (text that no device takes has only text for copies); converting changed nothing by `milc diff`;
                    arrays that `run` writes are what it computes
  exit status 1, 2  nothing is written
  others            are failures: milc crashed

Everything follows from the seed. A failure prints the command, and --keep leaves its files in a folder.
"""

import argparse
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lit"))
from weight_file import TYPES, WeightFile  # noqa: E402

TOKEN = re.compile(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|[A-Za-z_][A-Za-z0-9_.]*|-?[0-9][A-Za-z0-9_.+]*(?:p-\d+)?|\s+|.', re.S)
DTYPES = ["fp16", "fp32", "fp64", "bool", "int4", "int8", "int16", "int32", "int64", "uint1", "uint4", "uint8", "uint32", "string"]
OPSETS = ["ios15", "ios16", "ios17", "ios18", "ios26", "CoreML5", "CoreML7"]
NUMBERS = ["0", "1", "2", "3", "4", "7", "10", "64", "-1", "-3", "2147483647", "2147483648", "9223372036854775807", "0x1p+0", "nan", "inf", "1.5"]
TEXTS = ['""', '"x"', '"main"', '"fp16"', '"fp32"', '"valid"', '"a b"', '"\\"q\\""', '"é😀"', '"\x1b[31m"', '"@model_path/weights/none.bin"']
NAMES = ["x", "y", "main", "_", "``", "`a b`", "`é`", "X1"]
FORMS = ["mil", "mlpackage", "mlmodel", "mlmodelc"]
PRESETS = ["4bit-palette", "int8", "int4-block"]


def tokens_of(text):
    return TOKEN.findall(text)


def another(source, tokens, token):
    """Something that can replace a token."""
    if token in DTYPES:
        return source.choice(DTYPES)
    if token in OPSETS:
        return source.choice(OPSETS)
    if token[0] == '"':
        return source.choice(TEXTS + [each for each in tokens if each[0] == '"'])
    if token[0].isdigit() or (token[0] == "-" and len(token) > 1):
        return source.choice(NUMBERS)
    return source.choice(NAMES + [each for each in tokens if each[0].isalpha()])


def change(source, text):
    """One random change of a text."""
    tokens = tokens_of(text)
    places = [i for i, token in enumerate(tokens) if not token.isspace() and not token.startswith("//")]
    if not places:
        return text
    kind = source.randrange(14)
    if kind == 0:  # a line is repeated, removed or moved
        lines = text.split("\n")
        line = lines.pop(source.randrange(len(lines)))
        for _ in range(source.randrange(3)):
            lines.insert(source.randrange(len(lines) + 1), line)
        return "\n".join(lines)
    if kind == 1:
        del tokens[source.choice(places)]
    elif kind > 11:  # shapes of inputs and results become open, all of them or one
        shapes = list(re.finditer(r"(?<=, )\[[^\[\]]*\](?=>+ [\w`]+(?:[,)]| = (?!const\b)))", text))
        if not shapes:
            return text
        how = source.choice([lambda shape: "[...]", lambda shape: re.sub(r"\d+", "?", shape), lambda shape: re.sub(r"\d+", "?", shape, count=1)])
        chosen = shapes if kind == 12 else [source.choice(shapes)]
        for found in reversed(chosen):
            text = text[: found.start()] + how(found.group()) + text[found.end() :]
        return text
    elif kind == 2:
        tokens.insert(source.choice(places), tokens[source.choice(places)])
    else:  # a token becomes another of its kind, there or everywhere
        at = source.choice([i for i in places if tokens[i][0].isalnum() or tokens[i][0] in '"`_'] or places)
        new = another(source, tokens, tokens[at])
        return "".join(new if i == at or (kind > 5 and token == tokens[at]) else token for i, token in enumerate(tokens))
    return "".join(tokens)


def change_bytes(source, path):
    """A few bytes of a file become others."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    for _ in range(source.randrange(1, 4)):
        if data:
            data[source.randrange(len(data))] = source.choice([0, 1, 0xFF, source.randrange(256)])
    with open(path, "wb") as file:
        file.write(data)


def values_of(text):
    """Names of results."""
    return re.findall(r"> (\w+) = ", text) or ["y"]


def inputs_of(text):
    return re.findall(r">\)? (\w+)[,)]", text) or ["x"]


def read_arrays(path):
    """The bytes of each array of an .npz file, whose size must be that of its header."""
    arrays = {}
    sizes = {"?": 1, "b1": 1, "f2": 2, "f4": 4, "f8": 8, "i1": 1, "u1": 1, "i2": 2, "u2": 2, "i4": 4, "u4": 4, "i8": 8, "u8": 8}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            assert data[:6] == b"\x93NUMPY", name
            wide = data[6] > 1
            length = struct.unpack_from("<I" if wide else "<H", data, 8)[0]
            start = (12 if wide else 10) + length
            header = data[start - length:start].decode("utf-8" if data[6] > 2 else "latin-1")
            dtype = re.search(r"'descr': '[<|>=]?(\w+|\?)'", header).group(1)
            count = 1
            for dim in re.search(r"'shape': \(([^)]*)\)", header).group(1).split(","):
                count *= int(dim) if dim.strip() else 1
            size = 4 * int(dtype[1:]) if dtype[0] == "U" else sizes[dtype]
            assert len(data) - start == count * size, f"{name}: {header}"
            arrays[name] = data[start:]
    return arrays


class Failure(Exception):
    pass


class Trial:
    """One command on one random input, in a folder of its own."""

    def __init__(self, milc, seeds, seed, only, passes):
        self.milc, self.seeds, self.source, self.only, self.passes = milc, seeds, random.Random(seed), only, passes
        self.folder = tempfile.mkdtemp(prefix="milc-outputs-")
        self.said = []
        self.has_written = False

    def run(self, *arguments):
        self.said.append("milc " + " ".join(arguments))
        try:
            result = subprocess.run([self.milc, *arguments], cwd=self.folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
        except subprocess.TimeoutExpired:
            raise Failure("takes more than 120 s") from None
        if result.returncode not in (0, 1, 2):
            raise Failure(f"exit status {result.returncode}\n" + result.stderr.decode(errors="replace")[-2000:])
        result.text = result.stdout.decode(errors="replace") + result.stderr.decode(errors="replace")
        return result

    def must(self, *arguments):
        result = self.run(*arguments)
        if result.returncode:
            raise Failure(f"'{self.said[-1]}' has exit status {result.returncode}\n{result.text[:2000]}")

    def accepts(self, *arguments):
        return self.run(*arguments).returncode == 0

    def make_input(self, name):
        """A model of a random form; returns its path and its text."""
        seed = self.source.choice(self.seeds)
        if isinstance(seed, Package):
            shutil.rmtree(f"{self.folder}/{name}.mlpackage", ignore_errors=True)
            shutil.copytree(seed.path, f"{self.folder}/{name}.mlpackage")
            return f"{name}.mlpackage", seed.text
        make_weights(self.folder, seed)
        for _ in range(self.source.choice([1, 1, 6, 6])):
            text = seed
            for _ in range(self.source.choice([0, 1, 1, 1, 2])):
                text = change(self.source, text)
            with open(f"{self.folder}/{name}.mil", "w", encoding="utf-8", errors="surrogateescape") as out:
                out.write(text)
            if self.accepts("verify", f"{name}.mil"):
                break
        form = self.source.choice(FORMS)
        if form == "mil" or not self.accepts("convert", f"{name}.mil", "-o", f"{name}.{form}"):
            return f"{name}.mil", text
        message = f"{self.folder}/{name}.mlmodel" if form == "mlmodel" else f"{self.folder}/{name}.mlpackage/Data/com.apple.CoreML/model.mlmodel"
        if os.path.exists(message) and self.source.randrange(3) == 0:
            change_bytes(self.source, message)
        return f"{name}.{form}", text

    def commands(self):
        return [name[3:] for name in dir(self) if name.startswith("do_")]

    def go(self):
        path, text = self.make_input("in")
        for _ in range(4):
            getattr(self, "do_" + (self.only or self.source.choice(self.commands())))(path, text)
            if self.has_written:
                break

    def output(self):
        return "out." + self.source.choice(FORMS)

    def check(self, inputs, outputs, *arguments, same=False):
        """Runs a command on inputs, and holds its outputs to the rules."""
        before = sorted(os.listdir(self.folder))
        strict = all(self.accepts("verify", "--strict", path) for path in inputs)
        result = self.run(*arguments)
        command = self.said[-1]
        if result.returncode:
            if sorted(os.listdir(self.folder)) != before:
                raise Failure(f"'{command}' has exit status {result.returncode}, and has written {os.listdir(self.folder)}")
            return False
        self.has_written = True
        for output in outputs() if callable(outputs) else outputs:
            self.must("verify", output)
            if strict:
                self.must("verify", "--strict", output)
            self.must("diff", output, output)
            if not self.accepts("convert", output, "-o", "copy.mlpackage", "--force"):
                if not output.endswith(".mil"):
                    raise Failure(f"'{command}': its output can't be converted")
                self.must("convert", output, "-o", "copy.mil", "--force")
                self.must("diff", output, "copy.mil")
            else:
                self.must("diff", output, "copy.mlpackage")
            if same:
                self.must("diff", inputs[0], output)
        return True

    def do_convert(self, path, text):
        output = self.output()
        options = self.source.choice([[], [], ["--externalize-from", "0"], ["--externalize-from", "1"]])
        self.check([path], [output], "convert", path, "-o", output, *options, same=True)

    def do_merge(self, path, text):
        other, _ = self.make_input("other")
        output = self.output()
        options = self.source.choice([[], [], ["--target", "ios18"]])
        self.check([path, other], [output], "merge", f"a={path}", f"b={other}", "-o", output, *options)

    def do_opt(self, path, text):
        output = self.output()
        options = self.source.choice([["--pipeline=default"], ["-O"], ["--target", "ios18"], ["--passes=" + self.source.choice(self.passes)]])
        self.check([path], [output], "opt", path, "-o", output, *options)

    def do_extract(self, path, text):
        output = self.output()
        values = values_of(text)
        options = self.source.choice([[], ["--outputs", self.source.choice(values)], ["--inputs", self.source.choice(values)]])
        self.check([path], [output], "extract", path, "-o", output, *options)

    def do_split(self, path, text):
        options = self.source.choice([["--parts", "2"], ["--parts", "3"], ["--at", self.source.choice(values_of(text))]])
        self.check([path], lambda: [f"parts/{name}" for name in sorted(os.listdir(f"{self.folder}/parts")) if name.endswith(".mlpackage")],
                   "split", path, "-o", "parts", *options)

    def do_edit(self, path, text):
        output = self.output()
        name = self.source.choice(inputs_of(text) + values_of(text))
        options = self.source.choice([
            ["--rename", f"{name}={self.source.choice(['q', 'a b', 'é', 'x', 'main'])}"],
            ["--type", f"{name}={self.source.choice(['fp16', 'fp32', 'int32', 'int8'])}"],
            ["--shape", f"{name}={self.source.choice(['4', '1x4', '1..8', '1x2..9', '2,4', '1x4,1x8'])}"],
            ["--image", f"{name}={self.source.choice(['RGB', 'GRAYSCALE', 'GRAYSCALE_FLOAT16'])}"],
            ["--author", "A\x1bé", "--set", "z=1", "--set", "a=2"],
            ["--text", f"{name}=what it is"],
        ])
        self.check([path], [output], "edit", path, "-o", output, *options)

    def do_compile(self, path, text):
        options = self.source.choice([[], ["--best-effort"]])
        self.check([path], ["out.mlmodelc"], "compile", path, "-o", "out.mlmodelc", *options, same=True)

    def do_decompile(self, path, text):
        if path.endswith(".mlmodelc") or path.endswith(".mil"):
            self.check([path], ["out.mlpackage"], "decompile", path, "-o", "out.mlpackage")

    def do_compress(self, path, text):
        output = self.output()
        how = self.source.choice([["--preset", self.source.choice(PRESETS)], ["--size", "50%"], ["--max-error", "30"]])
        self.check([path], [output], "compress", path, "-o", output, "--target", "ios18", *how)

    def do_unify(self, path, text):
        """Two functions that differ in one random number of the second's constants."""
        if not os.path.exists(f"{self.folder}/in.mil"):
            return
        with open(f"{self.folder}/other.mil", "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(re.sub(r"0x1p\+0|\b2\b", lambda found: self.source.choice([found.group(), "3"]), text))
        output = self.output()
        options = self.source.choice([[], [], ["--state"], ["--range"], ["--decompress"], ["--low-rank=4"]])
        inputs = ["in.mil", "other.mil"]
        if not self.check(inputs, [output], "unify", "a=in.mil", "b=other.mil", "-o", output, "--adapters", "adapters", *options):
            return
        adapter = f"{self.folder}/adapters/b.npz"
        if os.path.exists(adapter) and "--state" not in options:
            read_arrays(adapter)
            self.check([output], ["bound.mlpackage"], "bind", output, "--adapter", "adapters/b.npz", "-o", "bound.mlpackage")

    def do_precision(self, path, text):
        output = self.output()
        self.check([path], [output], "precision", path, "-o", output, "--max-trials", "5", "--max-memory", "1MB", "--max-iterations", "100")

    def do_run(self, path, text):
        limits = ["--max-memory", "1MB", "--max-iterations", "100", "--seed", "3"]
        if not self.check([path], [], "run", path, "-o", "out.npz", "--save-state", "state.npz", *limits):
            return
        arrays = read_arrays(f"{self.folder}/out.npz")
        read_arrays(f"{self.folder}/state.npz")
        self.must("run", path, "-o", "again.npz", "--threads", "1", *limits)
        if read_arrays(f"{self.folder}/again.npz") != arrays:
            raise Failure("the outputs of a second run differ")
        self.must("compare", path, "out.npz", *limits)


class Package:
    """A package that is an input as it is, and its text."""

    def __init__(self, path, text):
        self.path, self.text = path, text


BLOB = re.compile(r'tensor<(\w+), \[([0-9, ]*)\]>\(BLOBFILE\(path = (?:string|tensor<string, \[\]>)\("@model_path/([\w./-]+)"\), offset = '
                  r'(?:uint64|tensor<uint64, \[\]>)\((\d+)\)\)\)')


def make_weights(folder, text):
    """Weight files with a record wherever the text has one."""
    files = {}
    for dtype, dims, path, offset in BLOB.findall(text):
        if dtype in TYPES and ".." not in path:
            files.setdefault(path, {})[int(offset)] = (dtype, math.prod(int(dim) for dim in dims.split(",") if dim.strip()))
    for path, records in files.items():
        with WeightFile(f"{folder}/{path}") as weights:
            for offset, (dtype, count) in sorted(records.items()):
                if offset % 64 == 0 and weights.file.tell() <= offset < 1 << 20:
                    weights.file.write(bytes(offset - weights.file.tell()))
                    weights.add(dtype, count, offset)


def is_model(milc, text):
    with tempfile.TemporaryDirectory(prefix="milc-outputs-") as folder:
        make_weights(folder, text)
        with open(f"{folder}/in.mil", "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(text)
        return subprocess.run([milc, "verify", f"{folder}/in.mil"], capture_output=True).returncode == 0


def valid_part(milc, text):
    """The text, or a text of those of its functions that are valid alone; nothing if none is."""
    if is_model(milc, text):
        return text
    head, *functions = re.split(r"(?m)^(?=    func )", text)
    if not functions:
        return None
    functions[-1] = functions[-1].rstrip().removesuffix("}")
    valid = [function for function in functions if is_model(milc, f"{head}{function}}}\n")]
    return f"{head}{''.join(valid)}}}\n" if valid else None


def seeds_of(milc, folders):
    """Texts of models, from .mil files without the lines of comments, and packages."""
    texts, packages = [], []
    for folder in folders:
        for top, inner, files in sorted(os.walk(folder)):
            packages += [os.path.join(top, name) for name in sorted(inner) if name.endswith(".mlpackage")]
            inner[:] = [name for name in inner if not name.endswith(".mlpackage")]
            for name in sorted(files):
                if name.endswith(".mil"):
                    with open(os.path.join(top, name), encoding="utf-8", errors="surrogateescape") as file:
                        text = "".join(line for line in file if not line.lstrip().startswith("//"))
                    if len(text) < 20000:
                        texts.append(text)

    def package_of(path):
        if subprocess.run([milc, "verify", path], capture_output=True).returncode:
            return None  # its weights may be missing
        result = subprocess.run([milc, "convert", path, "-o", "-"], capture_output=True)
        return Package(path, result.stdout.decode(errors="surrogateescape")) if result.returncode == 0 else None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        seeds = list(pool.map(lambda text: valid_part(milc, text), texts)) + list(pool.map(package_of, packages))
    return [seed for seed in seeds if seed]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("milc")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    milc = os.path.abspath(options.milc)
    seeds = seeds_of(milc, options.folders)
    listed = subprocess.run([milc, "passes"], capture_output=True, text=True, check=True).stdout
    passes = re.findall(r"^  (\w+)  ", listed, re.M)
    failures, written = [], 0

    def one(seed):
        nonlocal written
        trial = Trial(milc, seeds, seed, options.only, passes)
        try:
            trial.go()
            written += trial.has_written
        except Failure as failure:
            failures.append(f"seed {seed}: {failure}\n  " + "\n  ".join(trial.said) + "\n")
            if options.keep:
                shutil.copytree(trial.folder, f"{options.keep}/{seed}", dirs_exist_ok=True)
        finally:
            shutil.rmtree(trial.folder)

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(one, range(options.seed, options.seed + options.count)))
    for failure in failures[:20]:
        print(failure)
    print(f"{len(seeds)} models, {options.count} trials, {written} of them have written models, {len(failures)} failures")
    # Random inputs of which few are models would try nothing.
    if failures or (options.count >= 100 and not options.only and written * 4 < options.count):
        sys.exit(1)


if __name__ == "__main__":
    main()
