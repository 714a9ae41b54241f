"""Writes a PNG of one colour: picture.py FILE WIDTH HEIGHT RED GREEN BLUE."""

import struct
import sys
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


path, (width, height, *colour) = sys.argv[1], map(int, sys.argv[2:])
rows = (b"\0" + bytes(colour) * width) * height
with open(path, "wb") as out:
    out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    out.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
