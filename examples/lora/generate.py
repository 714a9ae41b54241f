#!/usr/bin/env python3
"""Writes models with the same base and different low-rank (LoRA) adapters, as MIL text with weight files.

Usage: generate.py FOLDER [--size N] [--layers N] [--rank N] [--adapters N]

Each FOLDER/adapter_<i>.mil has a weight file of its own, weights/adapter_<i>.bin, that holds the whole base and one adapter: what training an
adapter and converting the adapted model gives. The weights are random but always the same.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test" / "lit"))
from weight_file import WeightFile  # noqa: E402


class Text:
    """One function's operations, and the records of its weight file."""

    def __init__(self, weights, file_name):
        self.weights, self.file_name, self.lines = weights, file_name, []

    def weight(self, name, shape, seed):
        elements = 1
        for size in shape:
            elements *= size
        offset = self.weights.add("fp16", elements, seed)
        kind = f"tensor<fp16, {list(shape)}>"
        blob = f'BLOBFILE(path = string("@model_path/weights/{self.file_name}"), offset = uint64({offset}))'
        self.lines.append(f'{kind} {name} = const()[name = string("{name}"), val = {kind}({blob})];')
        return name

    def op(self, name, size, op, **arguments):
        given = ", ".join(f"{key} = {value}" for key, value in sorted(arguments.items()))
        self.lines.append(f'tensor<fp16, [1, {size}]> {name} = {op}({given})[name = string("{name}")];')
        return name


def model(folder, adapter, size, layers, rank):
    name = f"adapter_{adapter}"
    with WeightFile(str(folder / "weights" / f"{name}.bin")) as weights:
        text = Text(weights, f"{name}.bin")
        x = "x"
        for i in range(1, layers + 1):
            base = text.weight(f"base_{i}_weight", (size, size), f"base {i}")
            bias = text.weight(f"base_{i}_bias", (size,), f"bias {i}")
            down = text.weight(f"lora_{i}_down", (rank, size), f"{name} down {i}")
            up = text.weight(f"lora_{i}_up", (size, rank), f"{name} up {i}")
            y = text.op(f"base_{i}", size, "linear", x=x, weight=base, bias=bias)
            low = text.op(f"low_{i}", rank, "linear", x=x, weight=down)
            delta = text.op(f"delta_{i}", size, "linear", x=low, weight=up)
            x = text.op(f"adapted_{i}", size, "add", x=y, y=delta)
            if i < layers:
                x = text.op(f"relu_{i}", size, "relu", x=x)
    body = "".join(f"            {line}\n" for line in text.lines)
    build = '[buildInfo = dict<string, string>({{"example", "lora"}})]'
    program = f"program(1.3)\n{build}\n{{\n    func main<ios18>(tensor<fp16, [1, {size}]> x) {{\n{body}        }} -> ({x});\n}}"
    (folder / f"{name}.mil").write_text(program)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=64, help="features of every layer")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--rank", type=int, default=4)
    parser.add_argument("--adapters", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for adapter in range(1, options.adapters + 1):
        model(options.folder, adapter, options.size, options.layers, options.rank)


if __name__ == "__main__":
    main()
