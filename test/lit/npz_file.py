#!/usr/bin/env python3
"""Writes an .npz file of random arrays, for tests.

Usage: npz_file.py OUT NAME:1x64[:SEED[:KIND]]...

KIND: normal (default; correlated along the last dimension, as inputs of layers are), positive, or nan (as normal, but for the first number).
Elements are fp32. The same SEED (0 by default) gives the same numbers.
"""

import random
import struct
import sys
import zipfile


def numbers(count, width, seed, kind):
    source = random.Random(seed)
    common = [source.gauss(0, 1) for _ in range(width)]
    values = []
    while len(values) < count:
        by = source.gauss(0, 1)
        values += [by * each + 0.3 * source.gauss(0, 1) for each in common]
    values = values[:count]
    if kind == "positive":
        values = [abs(each) + 0.01 for each in values]
    if kind == "nan":
        values[0] = float("nan")
    return values


def main(path, *arrays):
    with zipfile.ZipFile(path, "w") as archive:
        for text in arrays:
            given = text.split(":")
            name, shape, seed, kind = given + ["", "", "0", "normal"][len(given):]
            dims = [int(each) for each in shape.split("x")]
            count = 1
            for dim in dims:
                count *= dim
            values = numbers(count, dims[-1], int(seed), kind)
            header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }" % ", ".join(map(str, dims))
            header += " " * (-(len(header) + 11) % 64) + "\n"
            content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{count}f", *values)
            archive.writestr(name + ".npy", content)


if __name__ == "__main__":
    main(*sys.argv[1:])
