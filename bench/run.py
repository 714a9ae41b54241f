#!/usr/bin/env python3
"""Measures `milc run`: whole networks, against PyTorch where it is installed.

Usage: run.py [--milc PATH] [--folder FOLDER] [--runs N] [--threads N] [CASE...]

Cases:
  resnet50   ResNet-50 on one picture of 224 x 224, fp32 and fp16
  prefill    a transformer of twelve layers, 768 wide, on 512 tokens, fp32 and fp16
  decode     one token of the same with a cache of 1,024
  states     the same with a cache of 1,024 in states, which the new token is written into
  plan       planning 100,000 operations on four elements each, and running them
  start      from start to the first result of a model of 1 GB: sixty linears of 4096 x 2048 in fp16, one token; against reading its weights

milc's and PyTorch's runs are alternated, and the median of the ratios of neighbours is given. Times of `milc run` are what its --time says:
without starting, reading the program and the first run. `decode` and `states` are also compared with reading the weights from memory once,
by as many threads; PyTorch has no peer of `states`.

PyTorch is Debian's python3-torch. It multiplies matrices with the BLAS that the system has: without libopenblas0-pthread that is the
reference BLAS, which takes a hundred times as long; then the comparison is refused.
"""

import concurrent.futures
import ctypes
import mmap
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import commandline
import networks

PEER = pathlib.Path(__file__).parent / "run_peer.py"


def peer(*arguments):
    """What the peer prints; exits with its complaint, or if it takes more than two minutes."""
    try:
        done = subprocess.run(["/usr/bin/python3", PEER, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        sys.exit(f"run.py: PyTorch took more than two minutes for {' '.join(map(str, arguments))}; is libopenblas0-pthread installed?")
    if done.returncode != 0:
        sys.exit(f"run.py: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.strip()


def has_peer():
    """Whether PyTorch is installed; prints its version, and exits if a comparison with it isn't useful."""
    if subprocess.run(["/usr/bin/python3", "-c", "import torch"], capture_output=True).returncode != 0:
        print("without PyTorch: install python3-torch and libopenblas0-pthread to compare with it")
        return False
    print(f"compared with {peer('about')}", flush=True)
    return True


def mapped(path):
    """The bytes of a file, mapped as milc does it."""
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def memory_seconds(program, threads):
    """The time of reading the weights of a program once, in the memory of the system's file cache, by so many threads: half of the median
    time of comparing two copies of the file, which each thread does from its first part to its last."""
    weights = program.parent / "weight.bin"
    copy = shutil.copy(weights, program.parent / "copy.bin")
    files = [mapped(weights), mapped(copy)]
    starts = [ctypes.addressof(ctypes.c_char.from_buffer(file)) for file in files]
    length = len(files[0]) // threads
    compare = ctypes.CDLL(None).memcmp
    compare.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    times = []
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for _ in range(11):  # the first one maps the pages
            begin = time.monotonic()
            list(pool.map(lambda part: compare(*(start + part * length for start in starts), length), range(threads)))
            times.append((time.monotonic() - begin) / 2)
    os.remove(copy)
    return statistics.median(times[1:])


def measure(options, folder, case, make):
    programs = {dtype: make(folder / f"{case}-{dtype}", dtype) for dtype in ("fp32", "fp16")}
    times = {"fp32": [], "fp16": [], "torch": [], "memory": []}
    for _ in range(options.runs):
        for dtype, program in programs.items():
            times[dtype].append(commandline.run_seconds(options.milc, program, 5, options.threads))
        if options.has_peer and case in PEER_CASES:
            times["torch"].append(float(peer(case, 5, options.threads)))
        if case in ("decode", "states"):
            times["memory"].append(memory_seconds(programs["fp32"], options.threads))
    mine = statistics.median(times["fp32"])
    ratio = statistics.median(h / s for h, s in zip(times["fp16"], times["fp32"]))
    line = f"{case:10} fp32 {mine * 1000:8.1f} ms   fp16 / fp32 {ratio:.2f}"
    for other, name in (("torch", "torch"), ("memory", "reading the weights")):
        if times[other]:
            line += f"   milc / {name} {statistics.median(s / t for s, t in zip(times['fp32'], times[other])):.2f}"
    print(line, flush=True)


def measure_start(options, folder):
    program = networks.linears(folder / "start")
    os.sync()  # otherwise the system writes the file while it is read
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
    """Doesn't count reading the program, as `milc info` does, and running it, which --time says."""
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

    times, runs = [], []
    for _ in range(options.runs):
        runs.append(commandline.run_seconds(options.milc, program, 1, options.threads))
        times.append(seconds("run") - seconds("info") - runs[-1])
    print(f"plan       {operations} operations planned in {statistics.median(times):.2f} s, run in {statistics.median(runs):.2f} s")


CASES = {
    "resnet50": networks.resnet50,
    "prefill": lambda folder, dtype: networks.transformer(folder, dtype, 512),
    "decode": lambda folder, dtype: networks.transformer(folder, dtype, 1, cache=1024),
    "states": lambda folder, dtype: networks.transformer(folder, dtype, 1, cache=1024, in_states=True),
}
PEER_CASES = {"resnet50", "prefill", "decode"}


def main():
    parser = commandline.parser(__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    alone = {"plan": measure_plan, "start": measure_start}
    options = commandline.parse(parser, [*CASES, *alone])
    options.has_peer = bool(set(options.cases) & PEER_CASES) and has_peer()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="milc-run-", dir=options.folder))
    try:
        for case in options.cases:
            alone[case](options, folder) if case in alone else measure(options, folder, case, CASES[case])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
