#!/usr/bin/env python3
"""Measures milc compress: seconds, memory, and the ratio to reading and writing the weights once.

    compress.py MILC [--megabytes N] [--only NAME]...

Makes a model of N MB of fp16 weights (201 by default, six linear layers; kept in a temporary folder), compresses it in several ways, each as
`milc opt` (no errors are measured), and prints a row each: the best of three runs. CPU seconds are those of all threads together; half of
them is what two idle cores take. The weights look normally distributed: sums of uniform numbers.
"""
import argparse
import array
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HEADER, RECORD = 64, 64

CASES = {
    "int8 per channel": "linear_quantize_weights",
    "int8 per channel, mse": "linear_quantize_weights{calibrate=mse}",
    "int4 by blocks of 32": "linear_quantize_weights{dtype=int4,granularity=per_block}",
    "k-means 4 bit": "palettize_weights{nbits=4}",
    "k-means 6 bit": "palettize_weights{nbits=6}",
    "k-means 8 bit": "palettize_weights{nbits=8}",
    "k-means 4 bit by 16 channels": "palettize_weights{nbits=4,granularity=per_grouped_channel,group_size=16}",
    "k-means 4 bit of vectors of 2": "palettize_weights{nbits=4,cluster_dim=2}",
    "prune 50 %": "prune_weights{target_sparsity=0.5}",
    "prune 2:4": "prune_weights{n_m_ratio=2:4}",
}


def halfs(count, seed):
    """Bytes of `count` fp16s around 0: a table of 65,536, over and over, each time from another place on."""
    source = random.Random(seed)
    values = [sum(source.uniform(-1, 1) for _ in range(4)) * 0.04 for _ in range(1 << 16)]
    table = array.array("H", [struct.unpack("<H", struct.pack("<e", value))[0] for value in values])
    out = array.array("H")
    while len(out) < count:
        place = source.randrange(len(table))
        out.extend(table[place:] + table[:place])
    return out[:count].tobytes()


def write_model(folder, megabytes, layers=6):
    rows = 4096
    columns = int(megabytes * 1e6 / 2 / layers / rows) // 64 * 64
    size = rows * columns * 2
    weights = os.path.join(folder, "weights", "weight.bin")
    os.makedirs(os.path.dirname(weights))
    body, offset = [], HEADER
    with open(weights, "wb") as out:
        out.write(struct.pack("<II", layers, 2).ljust(HEADER, b"\0"))
        for i in range(layers):
            out.write(struct.pack("<IIQQQ", 0xDEADBEEF, 1, size, offset + RECORD, 0).ljust(RECORD, b"\0"))
            out.write(halfs(rows * columns, i))
            shape = f"tensor<fp16, [{rows}, {columns}]>"
            body.append(f'{shape} w{i} = const()[name = string("w{i}"), val = {shape}(BLOBFILE(path = '
                        f'string("@model_path/weights/weight.bin"), offset = uint64({offset})))];')
            body.append(f'tensor<fp16, [1, {rows}]> y{i} = linear(weight = w{i}, x = x)[name = string("y{i}")];')
            offset += RECORD + size
    outputs = ", ".join(f"y{i}" for i in range(layers))
    path = os.path.join(folder, "model.mil")
    with open(path, "w") as out:
        out.write("program(1.3)\n{\n  func main<ios18>(tensor<fp16, [1, %d]> x) {\n    %s\n  } -> (%s);\n}\n" %
                  (columns, "\n    ".join(body), outputs))
    return path, weights


def measure(command, times=3):
    """The least seconds, CPU seconds and MB of memory of some runs."""
    best = None
    for _ in range(times):
        before = time.perf_counter()
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"failed: {' '.join(command)}")
        run = (time.perf_counter() - before, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
        best = tuple(map(min, best, run)) if best else run
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("milc", metavar="MILC")
    parser.add_argument("--megabytes", type=float, default=201)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only cases whose name contains this")
    parser.add_argument("--write", metavar="FOLDER", help="only write the model there")
    arguments = parser.parse_args()
    if arguments.write:
        write_model(arguments.write, arguments.megabytes)
        return
    folder = tempfile.mkdtemp(prefix="compress-bench")
    try:
        # In a process of its own: what this one has in memory would count as that of the processes that it starts.
        subprocess.run([sys.executable, __file__, "", "--megabytes", str(arguments.megabytes), "--write", folder], check=True)
        model, weights = os.path.join(folder, "model.mil"), os.path.join(folder, "weights", "weight.bin")
        copy, copy_cpu, _ = measure(["cp", weights, os.path.join(folder, "copy")])
        print(f"{os.path.getsize(weights) / 1e6:.0f} MB of weights; copying them takes {copy:.2f} s, {copy_cpu:.2f} CPU s")
        print(f"{'':32}{'s':>8}{'CPU s':>8}{'MB':>8}{'x copy':>8}")
        for name, passes in CASES.items():
            if arguments.only and not any(each in name for each in arguments.only):
                continue
            out = os.path.join(folder, "out", "model.mil")
            os.makedirs(os.path.dirname(out), exist_ok=True)
            seconds, cpu, memory = measure([arguments.milc, "opt", model, f"--passes={passes}", "-o", out, "--force"])
            print(f"{name:32}{seconds:8.2f}{cpu:8.2f}{memory:8.0f}{seconds / copy:8.1f}", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
