"""broken.py FILE: writes FILE.npz, which is good for an input `w` of fp16 [2, 2], and copies of it, and of its like as .safetensors, each broken in
one way, which the name tells."""

import io
import json
import struct
import sys
import zipfile

stem = sys.argv[1]
data = struct.pack("<4e", 1, 2, 3, 4)


def npy(header=None, data=data, magic=b"\x93NUMPY\x01\x00"):
    text = header or "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2), }"
    text = text.ljust(117) + "\n"
    return magic + struct.pack("<H", len(text)) + text.encode() + data


def write(name, entries, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    if name is not None:
        open(f"{stem}{name}.npz", "wb").write(out.getvalue())
    return out.getvalue()


whole = write("", [("w.npy", npy())])
write("_deflated", [("w.npy", npy())], zipfile.ZIP_DEFLATED)
write("_name", [("\x1b[31mw.npy", npy())])
write("_other", [("v.npy", npy())])
write("_text", [("w.txt", b"w")])
write("_magic", [("w.npy", npy(magic=b"\x93NUMPX\x01\x00"))])
write("_header", [("w.npy", npy("__import__('os')"))])
write("_dtype", [("w.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }"))])
write("_order", [("w.npy", npy("{'descr': '<f2', 'fortran_order': True, 'shape': (2, 2), }"))])
write("_shape", [("w.npy", npy("{'descr': '<f2', 'fortran_order': False, 'shape': (9223372036854775807, 4), }"))])
write("_small", [("w.npy", npy("{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }"))])
write("_vector", [("w.npy", npy("{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }"))])
write("_float32", [("w.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"))])
open(f"{stem}_cut.npz", "wb").write(whole[:-30])
open(f"{stem}_moved.npz", "wb").write(whole.replace(struct.pack("<I", 0), struct.pack("<I", 7), 1)[:-6] + struct.pack("<IH", 9, 0))


# Hostile ones: contents that unpack to far more than they are, or that several arrays share; a header that claims to be huge; names that
# lead elsewhere, or differ between the directory and the place that it points to.
huge = "{'descr': '|i1', 'fortran_order': False, 'shape': (%d,), }" % (1 << 28)
write("_bomb", [("w.npy", npy(huge, bytes(1 << 20)))], zipfile.ZIP_DEFLATED)
write("_up", [("../w.npy", npy())])
write("_twice", [("w.npy", npy()), ("w.npy", npy())])
two = write(None, [("v.npy", npy()), ("w.npy", npy())])
second = two.rindex(b"PK\x01\x02")
open(f"{stem}_shared.npz", "wb").write(two[:second + 42] + struct.pack("<I", 0) + two[second + 46:])
inner = whole[:whole.index(b"PK\x01\x02")]
outer = write(None, [("v.npy", npy("{'descr': '|i1', 'fortran_order': False, 'shape': (%d,), }" % len(inner), inner)), ("w.npy", npy())])
place, second = outer.index(b"PK\x03\x04", 4), outer.rindex(b"PK\x01\x02")
open(f"{stem}_inside.npz", "wb").write(outer[:second + 42] + struct.pack("<I", place) + outer[second + 46:])
open(f"{stem}_named.npz", "wb").write(whole.replace(b"w.npy", b"v.npy", 1))
write("_long", [("w.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", 0xFFFFFFFF) + b"{" * 100)])
open(f"{stem}_sum.npz", "wb").write(whole.replace(data, struct.pack("<4e", 1, 2, 3, 5)))
cut = write(None, [("w.npy", npy(data=bytes(8)))], zipfile.ZIP_DEFLATED)
open(f"{stem}_inflate.npz", "wb").write(cut.replace(cut[40:44], b"\xff" * 4, 1))


def tensors(name, header, data=data, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    open(f"{stem}{name}.safetensors", "wb").write(struct.pack("<Q", len(text) if length is None else length) + text + data)


good = {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}
tensors("", {"__metadata__": {"format": "pt"}, "w": good})
tensors("_long", {"w": good}, length=1 << 40)
tensors("_json", b'{"w": ')
tensors("_twice", b'{"w": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}, "w": {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]}}')
tensors("_gap", {"w": {**good, "data_offsets": [2, 10]}}, data + b"  ")
tensors("_overlap", {"w": good, "v": good})
tensors("_behind", {"w": good}, data + b"  ")
tensors("_dtype", {"w": {**good, "dtype": "C64"}})
tensors("_wide", {"w": {"dtype": "F64", "shape": [10000], "data_offsets": [0, 80000]}}, bytes(80000))
tensors("_size", {"w": {**good, "shape": [2, 3]}})
tensors("_negative", {"w": {**good, "shape": [-2, -2]}})
tensors("_deep", b"[" * 100000)
tensors("_nested", b'{"w": ' + b"[" * 100000)
