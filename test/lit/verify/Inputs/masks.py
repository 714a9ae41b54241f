#!/usr/bin/env python3
"""Writes right.mil and wrong.mil: sparse weights in all forms, whose masks of 13 bits have 8 and 7 ones."""

import struct

HEADER, RECORD = 64, 64


def record(out, code, content, padding=0):
    offset = out.tell()
    out.write(struct.pack("<IIQQQ32x", 0xDEADBEEF, code, len(content), offset + RECORD, padding) + content.ljust(64, b"\0"))
    return offset


for name, mask in (("right", b"\xff\x00"), ("wrong", b"\x7f\x00")):
    with open(f"{name}.bin", "wb") as out:
        out.write(struct.pack("<II", 2, 2).ljust(HEADER, b"\0"))
        packed, bits = record(out, 3, mask), record(out, 9, mask, padding=3)

    def blob(shape, offset):
        return f'{shape}(BLOBFILE(path = string("@model_path/{name}.bin"), offset = uint64({offset})))'

    halfs = ", ".join("0x1p+0" for _ in range(8))
    data = f"tensor<fp16, [8]>([{halfs}])"
    codes = "tensor<uint1, [8]>([1, 1, 1, 1, 0, 0, 0, 0])"
    with open(f"{name}.mil", "w") as out:
        out.write(f"""program(1.3)
{{
    func main<ios18>(tensor<fp16, [1, 13]> x) {{
            tensor<uint1, [1, 13]> mask = const()[name = string("mask"), val = {blob("tensor<uint1, [1, 13]>", bits)}];
            tensor<fp16, [1, 13]> sparse = constexpr_sparse_to_dense(mask = mask, nonzero_data = {data})[name = string("sparse")];
            tensor<uint1, [1, 13]> m1, tensor<fp16, [8]> d1 = constexpr_lut_to_sparse(indices_mask = mask, indices_nonzero_data = {codes}, lut = tensor<fp16, [1, 1, 2, 1]>([[[[0x0p+0], [0x1p+0]]]]))[name = string("table")];
            tensor<uint1, [1, 13]> m2, tensor<fp16, [8]> d2 = constexpr_sparse_blockwise_shift_scale(data_mask = mask, nonzero_data = tensor<int8, [8]>([1, 2, 3, 4, 5, 6, 7, 8]), scale = tensor<fp16, [1, 1]>([[0x1p+0]]))[name = string("scaled")];
            tensor<fp16, [1, 13]> second = constexpr_sparse_to_dense(mask = m1, nonzero_data = d1)[name = string("second")];
            tensor<fp16, [1, 13]> third = constexpr_sparse_to_dense(mask = m2, nonzero_data = d2)[name = string("third")];
            tensor<fp16, [1, 13]> y = add(x = x, y = sparse)[name = string("y")];
            tensor<fp16, [1, 13]> z = add(x = second, y = third)[name = string("z")];
        }} -> (y, z);
    func old<ios16>(tensor<fp16, [1, 13]> x) {{
            tensor<fp16, [1, 13]> sparse = constexpr_sparse_to_dense()[mask = {blob("tensor<uint8, [2]>", packed)}, name = string("sparse"), nonzero_data = {data}, shape = tensor<uint32, [2]>([1, 13])];
            tensor<fp16, [1, 13]> y = add(x = x, y = sparse)[name = string("y")];
        }} -> (y);
}}
""")
