#!/usr/bin/env python3
"""pooled.py HOW: writes HOW6.mil, HOW9.mil and HOW12.mil, functions that pool pictures of 6×8, 9×11 and 12×14 as a whole, or a third of them."""

import contextlib
import sys

from mil import Text


def write(size, how):
    text = Text()
    kernels = [size, size + 2] if how != "thirds" else [size // 3, size + 2]
    out = {"thirds": [1, 2, 3, 1], "padded": [1, 2, 2, 2]}.get(how, [1, 2, 1, 1])
    options = {"exclude_padding_from_average": False} if how != "max" else {}
    pad = [1, 1, 1, 1] if how == "padded" else [0, 0, 0, 0]
    strides = [2, 2] if how == "padded" else kernels
    text.op("fp16", out, "pool", "max_pool" if how == "max" else "avg_pool", x="x", kernel_sizes=text.ints(kernels), strides=text.ints(strides),
            pad_type='"custom"' if how in ("max", "padded") else '"valid"', pad=text.ints(pad), ceil_mode=False, **options)
    text.op("fp16", out, "y", "tanh", x="pool")
    text.show(f"tensor<fp16, [1, 2, {size}, {size + 2}]> x", "y")


for size in (6, 9, 12):
    with open(f"{sys.argv[1]}{size}.mil", "w") as file, contextlib.redirect_stdout(file):
        write(size, sys.argv[1])
