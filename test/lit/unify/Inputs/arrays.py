"""arrays.py FILE: prints the arrays of an .npz, checking each as the format has it: zip checksums, header, size."""

import ast
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as archive:
    if archive.testzip():
        sys.exit("bad checksum")
    for entry in archive.infolist():
        data = archive.read(entry)
        if data[:8] != b"\x93NUMPY\x01\x00":
            sys.exit("no array")
        length = int.from_bytes(data[8:10], "little")
        if (10 + length) % 64:
            sys.exit("elements are not aligned")
        header = ast.literal_eval(data[10:10 + length].decode())
        print(entry.filename.removesuffix(".npy"), header["descr"], header["shape"], len(data) - 10 - length)
