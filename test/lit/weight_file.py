#!/usr/bin/env python3
"""Writes weight files (MIL Blob Storage v2), for tests, examples and benchmarks.

Usage: weight_file.py OUT DTYPE:COUNT[:SEED]...

Each argument appends a record of COUNT elements and prints its offset, what BLOBFILE names. Floats are finite and small; the same SEED (0 by
default) and DTYPE give the same elements. Folders of OUT are made.
"""

import os
import random
import struct
import sys

# Element types: code in the file, bits.
TYPES = {"fp16": (1, 16), "fp32": (2, 32), "uint8": (3, 8), "int8": (4, 8), "bf16": (5, 16), "int16": (6, 16), "uint16": (7, 16), "int4": (8, 4),
         "uint1": (9, 1), "uint2": (10, 2), "uint4": (11, 4), "uint3": (12, 3), "uint6": (13, 6), "int32": (14, 32), "uint32": (15, 32)}
# The high byte of a float, from a random byte: any sign, an exponent a little below that of 1.
HIGH_BYTE = {"fp16": bytes(b & 0x83 | (10 + (b >> 2 & 3)) << 2 for b in range(256)), "bf16": bytes(b & 0x80 | 0x3D for b in range(256)),
             "fp32": bytes(b & 0x80 | 0x3D for b in range(256))}


def content(dtype, count, seed):
    """The elements' bytes in chunks, and the unused bits of the last one."""
    bits = TYPES[dtype][1]
    size = (count * bits + 7) // 8
    padding = size * 8 - count * bits
    source = random.Random(f"{dtype} {seed}")
    for begin in range(0, size, 1 << 24):
        chunk = bytearray(source.randbytes(min(1 << 24, size - begin)))
        if dtype in HIGH_BYTE:
            step = bits // 8
            chunk[step - 1 :: step] = chunk[step - 1 :: step].translate(HIGH_BYTE[dtype])
        if padding and begin + len(chunk) == size:
            chunk[-1] &= 0xFF >> padding
        yield chunk


class WeightFile:
    """A weight file under construction: `with WeightFile(path) as weights: offset = weights.add("fp16", 16)`."""

    def __init__(self, path):
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        self.file = open(path, "wb")
        self.file.write(bytes(64))
        self.count = 0

    def add(self, dtype, count, seed=0):
        code, bits = TYPES[dtype]
        offset = (self.file.tell() + 63) // 64 * 64
        size = (count * bits + 7) // 8
        self.file.seek(offset)
        self.file.write(struct.pack("<IIQQQ32x", 0xDEADBEEF, code, size, offset + 64, size * 8 - count * bits))
        for chunk in content(dtype, count, seed):
            self.file.write(chunk)
        self.count += 1
        return offset

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.seek(0)
        self.file.write(struct.pack("<II", self.count, 2))
        self.file.close()


def main(path, *records):
    with WeightFile(path) as weights:
        for record in records:
            dtype, count, seed, *_ = record.split(":") + ["0"]
            print(weights.add(dtype, int(count), seed))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
