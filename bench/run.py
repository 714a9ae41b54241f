#!/usr/bin/env python3
"""Measures `milc run`: whole networks, against PyTorch where it is installed.

Usage: run.py [--milc PATH] [--folder FOLDER] [--runs N] [--threads N] [CASE...]

Cases:
  resnet50   ResNet-50 on one picture of 224 x 224, fp32 and fp16
  prefill    a transformer of twelve layers, 768 wide, on 512 tokens, fp32 and fp16
  decode     one token of the same with a cache of 1,024
  plan       planning and running 100,000 operations on four elements each
  start      from start to the first result of a model of 1 GB: sixty linears of 4096 x 2048 in fp16, one token; against reading its weights

milc's and PyTorch's runs are alternated, and the median of the ratios of neighbours is given. Times of `milc run` are what its --time says:
without starting, reading the program and the first run.
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

PEER = pathlib.Path(__file__).parent / "run_peer.py"


def peer_seconds(options, case, repeats):
    """None without PyTorch."""
    done = subprocess.run(["/usr/bin/python3", PEER, case, str(repeats), str(options.threads)], capture_output=True, text=True)
    return float(done.stdout) if done.returncode == 0 else None


def measure(options, folder, case, make):
    programs = {dtype: make(folder / f"{case}-{dtype}", dtype) for dtype in ("fp32", "fp16")}
    times = {"fp32": [], "fp16": [], "torch": []}
    for _ in range(options.runs):
        for dtype, program in programs.items():
            times[dtype].append(commandline.run_seconds(options.milc, program, 5, options.threads))
        times["torch"].append(peer_seconds(options, case, 5))
    mine = statistics.median(times["fp32"])
    ratio = statistics.median(h / s for h, s in zip(times["fp16"], times["fp32"]))
    line = f"{case:10} fp32 {mine * 1000:8.1f} ms   fp16 / fp32 {ratio:.2f}"
    if times["torch"][0]:
        line += f"   milc / torch {statistics.median(s / t for s, t in zip(times['fp32'], times['torch'])):.2f}"
    print(line, flush=True)


def measure_start(options, folder):
    program = networks.linears(folder / "start")
    ratios = []
    for _ in range(options.runs):
        begin = time.monotonic()
        with open(program.parent / "weight.bin", "rb", buffering=0) as file:
            buffer = bytearray(1 << 20)
            while file.readinto(buffer):
                pass
        read = time.monotonic() - begin
        begin = time.monotonic()
        subprocess.run([options.milc, "run", program], check=True, stdout=subprocess.DEVNULL)
        ratios.append((time.monotonic() - begin) / read)
    print(f"start      {os.path.getsize(program.parent / 'weight.bin') / 1e9:.2f} GB; first result / reading the weights {statistics.median(ratios):.2f}")


def measure_plan(options, folder):
    """Reading the program isn't counted: it is what `milc info` does."""
    operations = 100000
    net = networks.Network(folder / "plan", "fp32")
    x = net.input("x", (4,))
    for i in range(operations):
        x = net.relu(x) if i % 2 else net.add(x, x)
    program = net.finish(x)

    def seconds(command):
        begin = time.monotonic()
        subprocess.run([options.milc, command, program], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begin

    times = [seconds("run") - seconds("info") for _ in range(options.runs)]
    print(f"plan       {operations} operations planned and run in {statistics.median(times):.2f} s")


CASES = {
    "resnet50": networks.resnet50,
    "prefill": lambda folder, dtype: networks.transformer(folder, dtype, 512),
    "decode": lambda folder, dtype: networks.transformer(folder, dtype, 1, cache=1024),
}


def main():
    parser = commandline.parser(__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    alone = {"plan": measure_plan, "start": measure_start}
    options = commandline.parse(parser, [*CASES, *alone])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="milc-run-", dir=options.folder))
    try:
        for case in options.cases:
            alone[case](options, folder) if case in alone else measure(options, folder, case, CASES[case])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
