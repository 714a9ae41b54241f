#!/usr/bin/env python3
"""The networks of networks.py in PyTorch: what run.py compares with.

Usage: run_peer.py resnet50|prefill|decode REPEATS THREADS

Prints the median seconds of a run, in fp32. Batch normalisation is not there, as it is folded into convolutions before a model is deployed.
"""

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


def main(case, repeats, threads):
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
