#!/usr/bin/env python3
"""The networks of networks.py in PyTorch: what run.py compares with.

Usage: run_peer.py resnet50|prefill|decode REPEATS THREADS
       run_peer.py about

Prints the median seconds of a run, in fp32; or the version of PyTorch and the BLAS that it uses. Fails with the reference BLAS. Batch normalisation is not there, as it is folded into convolutions before a model is deployed.
"""

import pathlib
import statistics
import sys
import time

import torch
import torch.nn.functional as F


def resnet50():
    weights = []

    def conv(cin, cout, size):
        weights.append((torch.randn(cout, cin, size, size) * 0.02, torch.zeros(cout)))
        return weights[-1]

    stem = conv(3, 64, 7)
    blocks, cin = [], 64
    for count, width, stride in ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2)):
        for block in range(count):
            step = stride if block == 0 else 1
            side = conv(cin, 4 * width, 1) if block == 0 else None
            blocks.append((conv(cin, width, 1), conv(width, width, 3), conv(width, 4 * width, 1), side, step))
            cin = 4 * width
    last = torch.randn(1000, 2048) * 0.02
    picture = torch.randn(1, 3, 224, 224)

    def run():
        x = F.max_pool2d(F.relu_(F.conv2d(picture, *stem, stride=2, padding=3)), 3, 2, 1)
        for first, second, third, side, step in blocks:
            y = F.relu_(F.conv2d(x, *first))
            y = F.relu_(F.conv2d(y, *second, stride=step, padding=1))
            y = F.conv2d(y, *third)
            x = F.relu_(y.add_(F.conv2d(x, *side, stride=step) if side else x))
        return F.linear(x.mean((2, 3)), last)

    return run


def transformer(rows, cache, layers=12, width=768, heads=12):
    def linear(cin, cout):
        return torch.randn(cout, cin) * 0.02, torch.zeros(cout)

    size = width // heads
    made = [dict(qkv=[linear(width, width) for _ in range(3)], out=linear(width, width), up=linear(width, 4 * width),
                 down=linear(4 * width, width), old=[torch.randn(1, heads, cache, size) for _ in range(2)]) for _ in range(layers)]
    token = torch.randn(1, rows, width)

    def norm(x):
        return F.layer_norm(x, (width,))

    def run():
        x = token
        for layer in made:
            y = norm(x)
            query, key, value = (F.linear(y, *w).view(1, rows, heads, size).transpose(1, 2) for w in layer["qkv"])
            if cache:
                key, value = torch.cat([layer["old"][0], key], 2), torch.cat([layer["old"][1], value], 2)
            y = torch.softmax(query @ key.transpose(2, 3) / size ** 0.5, -1) @ value
            x = x + F.linear(y.transpose(1, 2).reshape(1, rows, width), *layer["out"])
            x = x + F.linear(F.gelu(F.linear(norm(x), *layer["up"])), *layer["down"])
        return norm(x)

    return run


def blas():
    """The file of the library that products of matrices are made with, as the system has loaded it."""
    torch.ones(64, 64) @ torch.ones(64, 64)
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps if "/" in line}
    return next((file for name in ("mkl", "blas", "openblas", "blis") for file in sorted(files) if f"/lib{name}" in file), "")


def about():
    library = blas()
    if pathlib.Path(library).parent.name == "blas":
        sys.exit(f"PyTorch multiplies with the reference BLAS, {library}: install libopenblas0-pthread to compare with it")
    convolves = "oneDNN" if torch.backends.mkldnn.is_available() else "PyTorch itself"
    return f"PyTorch {torch.__version__}: products by {library or 'an unknown library'}, convolutions by {convolves}"


def main(case, repeats=5, threads=1):
    if case == "about":
        return print(about())
    torch.set_num_threads(int(threads))
    with torch.inference_mode():
        run = {"resnet50": resnet50, "prefill": lambda: transformer(512, 0), "decode": lambda: transformer(1, 1024)}[case]()
        run()
        times = []
        for _ in range(int(repeats)):
            begin = time.monotonic()
            run()
            times.append(time.monotonic() - begin)
    print(statistics.median(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
