#!/usr/bin/env python3
"""picture.py SIZE: prints a network that segments pictures of SIZE×SIZE as MIL text: strides, upsampling by a factor and to a size, skips cut to a
common size, global pooling, attention over all places of a feature map, and positional encodings."""

import sys

from mil import Text

size = int(sys.argv[1])
text = Text(3)
half, quarter = size // 2, size // 4
places = quarter * quarter
C = 4


def conv(name, x, into, out, rows, kernel, **more):
    weight = text.random(name + "_weight", [out, into, kernel, kernel])
    return text.op("fp16", [1, out, rows, rows], name, "conv", x=x, weight=weight, strides=text.ints(more.get("strides", [1, 1])),
                   pad_type='"custom"', pad=text.ints([kernel // 2] * 4), dilations=text.ints([1, 1]), groups=1)


def down(name, x, rows):
    return text.op("fp16", [1, C, rows, rows], name, "avg_pool", x=x, kernel_sizes=text.ints([2, 2]), strides=text.ints([2, 2]), pad_type='"valid"',
                   pad=text.ints([0, 0, 0, 0]), exclude_padding_from_average=False, ceil_mode=False)


first = text.op("fp16", [1, C, size, size], "first_relu", "relu", x=conv("first", "picture", 3, C, size, 3))
second = text.op("fp16", [1, C, half, half], "second_relu", "relu", x=down("second", first, half))
third = down("third", second, quarter)
# Attention over all places.
flat = text.op("fp16", [1, C, places], "tokens_flat", "reshape", x=third, shape=text.ints([1, C, places]))
tokens = text.op("fp16", [1, places, C], "tokens", "transpose", x=flat, perm=text.ints([0, 2, 1]))
scores = text.op("fp16", [1, places, places], "scores", "matmul", x=tokens, y=tokens, transpose_x=False, transpose_y=True)
weights = text.op("fp16", [1, places, places], "weights", "softmax", x=scores, axis=-1)
mixed = text.op("fp16", [1, places, C], "mixed", "matmul", x=weights, y=tokens, transpose_x=False, transpose_y=False)
back = text.op("fp16", [1, C, places], "back", "transpose", x=mixed, perm=text.ints([0, 2, 1]))
map_ = text.op("fp16", [1, C, quarter, quarter], "map", "reshape", x=back, shape=text.ints([1, C, quarter, quarter]))
# Pooling to one place, as a mean and as a sum over a known number of places.
pooled = text.op("fp16", [1, C, 1, 1], "pooled", "reduce_mean", x=map_, axes=text.ints([2, 3]), keep_dims=True)
total = text.op("fp16", [1, C, 1, 1], "total", "reduce_sum", x=map_, axes=text.ints([2, 3]), keep_dims=True)
spread = text.op("fp16", [1, C, quarter, quarter], "spread", "tile", x=pooled, reps=text.ints([1, 1, quarter, quarter]))
map_ = text.op("fp16", [1, C, quarter, quarter], "map_spread", "add", x=map_, y=spread)
# Adaptive pooling to 2×2, as reshape and mean.
rows = text.op("fp16", [C, 2, quarter // 2, quarter], "cell_rows", "reshape", x=map_, shape=text.ints([C, 2, quarter // 2, quarter]))
rows = text.op("fp16", [C, 2, quarter], "row_means", "reduce_mean", x=rows, axes=text.ints([2]), keep_dims=False)
cells = text.op("fp16", [C, 2, 2, quarter // 2], "cell_columns", "reshape", x=rows, shape=text.ints([C, 2, 2, quarter // 2]))
cells = text.op("fp16", [C, 2, 2], "cell_means", "reduce_mean", x=cells, axes=text.ints([3]), keep_dims=False)
# Up again: by a factor, and to the size of the skip.
up = text.op("fp16", [1, C, half, half], "up", "upsample_bilinear", x=map_, scale_factor_height=("fp32", 2.0), scale_factor_width=("fp32", 2.0), align_corners=False)
skip = text.op("fp16", [1, 2 * C, half, half], "skip", "concat", values=f"({up}, {second})", axis=1, interleave=False)
mixed = conv("mixing", skip, 2 * C, C, half, 3)
whole = text.op("fp16", [1, C, size, size], "whole", "resize", x=mixed, shape=text.ints([size, size]), resized_dims=("uint32", 2),
                interpolation_mode='"LINEAR"', sampling_mode='"DEFAULT"')
encoding = text.op("fp16", [size], "steps", "range_1d", start=0.0, end=float(size), step=1.0)
encoding = text.op("fp16", [size], "encoding", "mul", x=encoding, y=1 / size)
whole = text.op("fp16", [1, C, size, size], "placed", "add", x=whole, y=encoding)
text.op("fp16", [1, 2, size, size], "classes_all", "slice_by_index", x=conv("classes_conv", whole, C, 3, size, 1), begin=text.ints([0, 0, 0, 0]),
        end=text.ints([1, 2, size, size]))
text.op("fp16", [1, 2, size, size], "classes", "softmax", x="classes_all", axis=1)
text.show(f"tensor<fp16, [1, 3, {size}, {size}]> picture", "classes, cell_means, total")
