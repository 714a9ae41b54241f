#!/usr/bin/env python3
"""Whether two weight files hold the fp16 weights of a conv [64, 160, 5] and of a conv_transpose [64, 24, 50] of four groups, the second file's
multiplied by the constants of the two `mul` operations in a program.

Usage: scaled_weights.py BEFORE AFTER PROGRAM
"""
import re
import struct
import sys


def read(path, offset, count):
    with open(path, "rb") as file:
        file.seek(offset + 64)
        return struct.unpack(f"<{count}e", file.read(2 * count))


def main(before, after, program):
    factors = [[float.fromhex(number) for number in re.findall(r"-?0x[0-9a-fp.+-]+", line)] for line in open(program) if " = mul(" in line]
    channels = [lambda i: i // 800, lambda i: i // 50 // 24 // 16 * 24 + i // 50 % 24]
    for offset, count, factor, channel in zip((64, 102528), (51200, 76800), factors, channels):
        old, new = read(before, offset, count), read(after, offset, count)
        for i in range(count):
            expected = struct.unpack("<e", struct.pack("<e", old[i] * factor[channel(i)]))[0]
            if new[i] != expected:
                sys.exit(f"element {i} of the record at {offset} is {new[i]}, not {expected}")


main(*sys.argv[1:])
