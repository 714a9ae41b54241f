#!/usr/bin/env python3
"""step.py CONTEXT: prints a decoder's layer that takes one token a step as MIL text, in the operations that a converter makes of PyTorch that was
written for it: the places to update are computed from the position, one state holds the keys and values of all layers, the mask is computed from
an arange, and sizes are computed as int32 values."""

import math
import sys

from mil import Text

context = int(sys.argv[1])
layers, heads, groups, width = 2, 4, 2, 4
hidden, kinds = heads * width, heads // groups
text = Text(11)


def project(name, x, out):
    return text.op("fp16", [1, 1, out], name, "linear", x=x, weight=text.random(name + "_weight", [out, hidden]))


def by_head(name, x, count):
    shape = text.op("int32", [4], name + "_shape", "concat", values=f"({size('one', 1)}, {size('one', 1)}, {size(f'n{count}', count)}, "
                    f"{size('width', width)})", axis=0, interleave=False)
    apart = text.op("fp16", [1, 1, count, width], name + "_view", "reshape", x=x, shape=shape)
    return text.op("fp16", [1, count, 1, width], name, "transpose", x=apart, perm=text.ints([0, 2, 1, 3]))


known = {}


def size(name, number):
    if name not in known:
        known[name] = text.constant("size_" + name, "int32", [1], [number])
    return known[name]


def rows(name, function):
    angles = [[place / 100 ** (2 * (i % (width // 2)) / width) for i in range(width)] for place in range(context)]
    table = text.constant(name + "_cached", "fp16", [context, width], [function(angle) for row in angles for angle in row])
    row = text.op("fp16", [1, width], name + "_row", "gather", x=table, indices="position", axis=0, batch_dims=0, validate_indices=False)
    return text.op("fp16", [1, 1, 1, width], name, "expand_dims", x=row, axes=text.ints([0, 1]))


def rotated(name, x, count, cos, sin):
    first = f"{name}_halves_0"
    half = width // 2
    text.scalar(name + "_count", "int32", 2), text.scalar(name + "_axis", "int32", 3)
    kind = f"tensor<fp16, [1, {count}, 1, {half}]>"
    text.lines.append(f'            ({kind} {first}, {kind} {name}_halves_1) = split(axis = {name}_axis, num_splits = {name}_count, x = {x})'
                      f'[name = string("{name}_halves")];')
    minus = text.op("fp16", [1, count, 1, half], name + "_neg", "mul", x=f"{name}_halves_1", y=-1.0)
    turned = text.op("fp16", [1, count, 1, width], name + "_rotated", "concat", values=f"({minus}, {first})", axis=-1, interleave=False)
    a = text.op("fp16", [1, count, 1, width], name + "_cos", "mul", x=x, y=cos)
    b = text.op("fp16", [1, count, 1, width], name + "_sin", "mul", x=turned, y=sin)
    return text.op("fp16", [1, count, 1, width], name, "add", x=a, y=b)


def updated(name, layer, value):
    """cache[layer:layer + 1, :, position:position + 1] = value; cache[layer, :, :]"""
    whole = [layers, groups, context, width]
    before = text.op("fp16", whole, name + "_before", "read_state", input=name)
    begin = text.op("int32", [4], name + "_begin", "concat", values=f"({size(f'layer{layer}', layer)}, {size('zero', 0)}, position, {size('zero', 0)})",
                    axis=0, interleave=False)
    end = text.op("int32", [4], name + "_end", "concat", values=f"({size(f'layer{layer + 1}', layer + 1)}, {size(f'n{groups}', groups)}, {after}, "
                  f"{size('width', width)})", axis=0, interleave=False)
    after_ = text.op("fp16", whole, name + "_after", "slice_update", x=before, update=value, begin=begin, end=end,
                     begin_mask=text.flags([False, True, False, True]), end_mask=text.flags([False, True, False, True]))
    text.lines.append(f"            write_state(data = {after_}, input = {name});")
    all_ = text.op("fp16", whole, name + "_all", "read_state", input=name)
    own = text.op("fp16", [1, groups, context, width], name + "_own", "slice_by_index", x=all_, begin=text.ints([layer, 0, 0, 0]),
                  end=text.ints([layer + 1, groups, context, width]))
    apart = text.op("fp16", [1, groups, 1, context, width], name + "_unsqueezed", "expand_dims", x=own, axes=text.ints([2]))
    each = text.op("fp16", [1, groups, kinds, context, width], name + "_expanded", "tile", x=apart, reps=text.ints([1, 1, kinds, 1, 1]))
    return text.op("fp16", [1, heads, context, width], name + "_repeated", "reshape", x=each, shape=text.ints([1, heads, context, width]))


after = text.op("int32", [1], "after", "add", x="position", y=size("one", 1))
cos, sin = rows("cos", math.cos), rows("sin", math.sin)
query = rotated("query", by_head("q", project("q_proj", "hidden", hidden), heads), heads, cos, sin)
key = rotated("key", by_head("k", project("k_proj", "hidden", groups * width), groups), groups, cos, sin)
value = by_head("v", project("v_proj", "hidden", groups * width), groups)
keys, values = updated("key_cache", 1, key), updated("value_cache", 1, value)
arange = text.op("int32", [context], "arange", "range_1d", start=0, end=context, step=1)
many = text.op("int32", [context], "many", "tile", x=after, reps=text.ints([context]))
seen = text.op("bool", [context], "seen", "less", x=arange, y=many)
number = text.op("fp16", [context], "seen_fp16", "cast", x=seen, dtype='"fp16"')
ones = text.constant("ones", "fp16", [context], [1.0] * context)
unseen = text.op("fp16", [context], "unseen", "sub", x=ones, y=number)
far = text.op("fp16", [context], "far", "mul", x=unseen, y=-10000.0)
mask = text.op("fp16", [1, 1, 1, context], "mask", "reshape", x=far, shape=text.ints([1, 1, 1, context]))
mask = text.op("fp16", [1, 1, 1, context], "mask_both", "add", x=mask, y="attention_mask")
out = text.op("fp16", [1, heads, 1, width], "attended", "scaled_dot_product_attention", query=query, key=keys, value=values, attn_mask=mask)
together = text.op("fp16", [1, 1, heads, width], "together", "transpose", x=out, perm=text.ints([0, 2, 1, 3]))
flat = text.op("fp16", [1, 1, hidden], "flat", "reshape", x=together, shape=text.ints([1, 1, hidden]))
text.op("fp16", [1, 1, hidden], "o_proj", "linear", x=flat, weight=text.random("o_proj_weight", [hidden, hidden]))
cache = f"state<tensor<fp16, [{layers}, {groups}, {context}, {width}]>>"
text.show(f"tensor<fp16, [1, 1, 1, {context}]> attention_mask, tensor<fp16, [1, 1, {hidden}]> hidden, {cache} key_cache, "
          f"tensor<int32, [1]> position, {cache} value_cache", "o_proj")
