"""Unifies random programs with themselves under other weights, binds the results, and compares these with the sources.

Usage: roundtrip.py COUNT EVERY    (of COUNT programs, every how manieth to try)

A program is a chain of operations with constants, of which each is the same in both functions or not.
"""

import os
import random
import shutil
import subprocess
import sys


def run(*arguments):
    subprocess.run(["milc", *arguments], check=True, stdout=subprocess.DEVNULL)


class FunctionWriter:
    """The function `number` of the program `seed`: what both have in common is chosen by the seed alone."""

    def __init__(self, seed, number):
        self.choices, self.number = random.Random(seed), number
        self.type, self.opset = self.choices.choice(["fp16", "fp32"]), self.choices.choice(["ios16", "ios17", "ios18"])
        self.lines, self.last, self.width = [], "x", 4

    def constant(self, *dims):
        is_own, seed = self.choices.random() < 0.5, self.choices.random()
        values = random.Random(f"{seed} {self.number if is_own else 0}")

        def nested(dims):
            return f"[{', '.join(nested(dims[1:]) for _ in range(dims[0]))}]" if dims else str(values.randint(-16, 16) / 8)

        return f"tensor<{self.type}, {list(dims)}>({nested(dims)})"

    def add(self, call, width):
        name = f"v{len(self.lines)}"
        self.lines.append(f'    tensor<{self.type}, [1, {width}]> {name} = {call}[name = string("{name}")];')
        self.last, self.width = name, width

    def add_one(self):
        kind, x, width = self.choices.choice(["linear", "matmul", "add", "mul", "sub", "relu", "layer_norm", "concat"]), self.last, self.width
        outputs = self.choices.randint(1, 6)
        if kind == "linear":
            bias = f", bias = {self.constant(outputs)}" if self.choices.random() < 0.5 else ""
            self.add(f"linear(x = {x}, weight = {self.constant(outputs, width)}{bias})", outputs)
        elif kind == "matmul":
            self.add(f"matmul(x = {x}, y = {self.constant(width, outputs)}, transpose_x = bool(false), transpose_y = bool(false))", outputs)
        elif kind == "relu":
            self.add(f"relu(x = {x})", width)
        elif kind == "layer_norm":
            factors = f"gamma = {self.constant(width)}, beta = {self.constant(width)}"
            self.add(f"layer_norm(x = {x}, axes = tensor<int32, [1]>([-1]), epsilon = {self.type}(0.001), {factors})", width)
        elif kind == "concat":
            self.add(f"concat(values = ({x}, {self.constant(1, 2)}), axis = int32(1), interleave = bool(false))", width + 2)
        else:
            self.add(f"{kind}(x = {x}, y = {self.constant(width)})", width)

    def write(self, name):
        for _ in range(self.choices.randint(1, 8)):
            self.add_one()
        body = "\n".join(self.lines)
        return f"  func {name}<{self.opset}>(tensor<{self.type}, [1, 4]> x) {{\n{body}\n  }} -> ({self.last});\n"


def main(count, every):
    for seed in range(0, count, every):
        with open("both.mil", "w") as out:
            out.write("program(1.3)\n{\n" + "".join(FunctionWriter(seed, number).write(name) for number, name in ((1, "a"), (2, "b"))) + "}\n")
        shutil.rmtree("adapters", ignore_errors=True)
        run("unify", "both.mil", "-o", "one.mil", "--adapters", "adapters", "--force")
        for name in "ab":
            adapter = f"adapters/{name}.npz"
            command = ["bind", "one.mil", "--adapter", adapter] if os.path.exists(adapter) else ["convert", "one.mil"]
            run(*command, "-o", "bound.mil", "--force")
            run("extract", "both.mil", "--function", name, "-o", "source.mil", "--force")
            run("diff", "--ignore-names", "source.mil", "bound.mil")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
