#!/usr/bin/env python3
"""resized.py HOW: writes HOW8.mil, HOW12.mil and HOW24.mil, functions that halve pictures of 8×8, 12×12 and 24×24 and resize them to what depends on
that size, or to a size of its own."""

import contextlib
import sys

from mil import Text


def write(size, how):
    text = Text()
    half, fixed = size // 2, 24
    x = text.op("fp16", [1, 2, half, half], "half", "avg_pool", x="x", kernel_sizes=text.ints([2, 2]), strides=text.ints([2, 2]), pad_type='"valid"',
                pad=text.ints([0, 0, 0, 0]), exclude_padding_from_average=False, ceil_mode=False)
    if how == "bilinear":
        text.op("fp16", [1, 2, size, size + 3], "y", "resize_bilinear", x=x, target_size_height=size, target_size_width=size + 3,
                sampling_mode='"UNALIGN_CORNERS"')
    elif how == "nearest":
        text.op("fp16", [1, 2, size, 3 * half], "y", "resize_nearest_neighbor", x=x, target_size_height=size, target_size_width=3 * half)
    elif how == "odd":
        text.op("fp16", [1, 2, size, 7], "y", "resize_nearest_neighbor", x=x, target_size_height=size, target_size_width=7)
    elif how == "upsampled":
        text.op("fp16", [1, 2, fixed, fixed], "y", "upsample_bilinear", x=x, scale_factor_height=("fp32", fixed / half),
                scale_factor_width=("fp32", fixed / half), align_corners=False)
    elif how == "aligned":
        text.op("fp16", [1, 2, fixed, fixed], "y", "upsample_bilinear", x=x, scale_factor_height=("fp32", fixed / half),
                scale_factor_width=("fp32", fixed / half), align_corners=True)
    else:
        text.op("fp16", [1, 2, fixed, fixed], "y", "upsample_nearest_neighbor", x=x, scale_factor_height=fixed // half,
                scale_factor_width=fixed // half)
    text.show(f"tensor<fp16, [1, 2, {size}, {size}]> x", "y")


for size in (8, 12, 24):
    with open(f"{sys.argv[1]}{size}.mil", "w") as file, contextlib.redirect_stdout(file):
        write(size, sys.argv[1])
