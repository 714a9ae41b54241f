#!/usr/bin/env python3
"""decoder.py CONTEXT [SEED]: prints one layer of a decoder with caches of CONTEXT keys and values as MIL text, in the operations that converters emit:
a causal mask and rotary tables as constants, constants in reshape, range_1d and fill that follow from the context, and slice_update into
states. One token a step; the mask is the input whose size tells the context."""

import math
import struct
import sys

context = int(sys.argv[1])
heads, width = 2, 4
hidden = heads * width
lines = []
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7


def emit(kind, name, op, **arguments):
    text = ", ".join(f"{key} = {value}" for key, value in sorted(arguments.items()))
    lines.append(f'            {kind} {name} = {op}({text})[name = string("{name}")];')
    return name


def nested(values, dims):
    if len(dims) == 1:
        return "[" + ", ".join(values) + "]"
    step = len(values) // dims[0]
    return "[" + ", ".join(nested(values[i * step:(i + 1) * step], dims[1:]) for i in range(dims[0])) + "]"


def half(value):
    """The nearest fp16, as a hexadecimal float."""
    return float(struct.unpack("<e", struct.pack("<e", value))[0]).hex()


def constant(name, dtype, dims, values):
    values = [half(v) if dtype == "fp16" else str(v).lower() for v in values]
    kind = f"tensor<{dtype}, [{', '.join(map(str, dims))}]>" if dims else dtype
    text = f"{kind}({nested(values, dims)})" if dims else f"{dtype}({values[0]})"
    lines.append(f'            {kind} {name} = const()[name = string("{name}"), val = {text}];')
    return name


def weights(count):
    """Small numbers, the same for every context."""
    global seed
    values = []
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) % (1 << 31)
        values.append(seed / (1 << 30) - 1)
    return values


def fp16(*dims):
    return f"tensor<fp16, [{', '.join(map(str, dims))}]>"


def linear(name, x):
    weight = constant(name + "_weight", "fp16", [hidden, hidden], weights(hidden * hidden))
    bias = constant(name + "_bias", "fp16", [hidden], weights(hidden))
    return emit(fp16(1, 1, hidden), name, "linear", x=x, weight=weight, bias=bias)


def by_head(name, x):
    shape = constant(name + "_shape", "int32", [4], [1, 1, heads, width])
    perm = constant(name + "_perm", "int32", [4], [0, 2, 1, 3])
    apart = emit(fp16(1, 1, heads, width), name + "_apart", "reshape", x=x, shape=shape)
    return emit(fp16(1, heads, 1, width), name, "transpose", x=apart, perm=perm)


def rotated(name, x, cos, sin):
    middle = width // 2
    halves = []
    for part, begin, end in (("first", 0, middle), ("second", middle, width)):
        first = constant(f"{name}_{part}_begin", "int32", [4], [0, 0, 0, begin])
        last = constant(f"{name}_{part}_end", "int32", [4], [1, heads, 1, end])
        halves.append(emit(fp16(1, heads, 1, middle), f"{name}_{part}", "slice_by_index", x=x, begin=first, end=last))
    minus = constant(name + "_minus", "fp16", [], [-1.0])
    negative = emit(fp16(1, heads, 1, middle), name + "_negative", "mul", x=halves[1], y=minus)
    axis, interleave = constant(name + "_axis", "int32", [], [-1]), constant(name + "_interleave", "bool", [], [False])
    turned = emit(fp16(1, heads, 1, width), name + "_turned", "concat", values=f"({negative}, {halves[0]})", axis=axis, interleave=interleave)
    straight = emit(fp16(1, heads, 1, width), name + "_straight", "mul", x=x, y=cos)
    across = emit(fp16(1, heads, 1, width), name + "_across", "mul", x=turned, y=sin)
    return emit(fp16(1, heads, 1, width), name, "add", x=straight, y=across)


def row(name, table, dims):
    """The row of a table at the position."""
    axis, batch = constant(name + "_axis", "int32", [], [0]), constant(name + "_batch", "int32", [], [0])
    check = constant(name + "_check", "bool", [], [False])
    return emit(fp16(1, dims), name, "gather", x=table, indices="position", axis=axis, batch_dims=batch, validate_indices=check)


def updated(cache, value):
    """Puts a value at the position of a cache, and reads all of it."""
    kind = fp16(1, heads, context, width)
    before = emit(kind, cache + "_before", "read_state", input=cache)
    zero, one = constant(cache + "_zero", "int32", [1], [0]), constant(cache + "_one", "int32", [1], [1])
    two, four = constant(cache + "_heads", "int32", [1], [heads]), constant(cache + "_width", "int32", [1], [width])
    axis, interleave = constant(cache + "_axis", "int32", [], [0]), constant(cache + "_interleave", "bool", [], [False])
    begin = emit("tensor<int32, [4]>", cache + "_begin", "concat", values=f"({zero}, {zero}, position, {zero})", axis=axis, interleave=interleave)
    next_ = emit("tensor<int32, [1]>", cache + "_next", "add", x="position", y=one)
    end = emit("tensor<int32, [4]>", cache + "_end", "concat", values=f"({one}, {two}, {next_}, {four})", axis=axis, interleave=interleave)
    after = emit(kind, cache + "_after", "slice_update", x=before, update=value, begin=begin, end=end)
    lines.append(f"            write_state(data = {after}, input = {cache});")
    return emit(kind, cache + "_all", "read_state", input=cache)


angles = [[place / 100 ** (2 * (i % (width // 2)) / width) for i in range(width)] for place in range(context)]
cos = row("cos", constant("cos_table", "fp16", [context, width], [math.cos(a) for line in angles for a in line]), width)
sin = row("sin", constant("sin_table", "fp16", [context, width], [math.sin(a) for line in angles for a in line]), width)
causal = row("causal", constant("causal_mask", "fp16", [context, context],
                                [0.0 if column <= line else -1e4 for line in range(context) for column in range(context)]), context)
query = rotated("query", by_head("query_heads", linear("query_proj", "hidden")), cos, sin)
key = rotated("key", by_head("key_heads", linear("key_proj", "hidden")), cos, sin)
keys = updated("key_cache", key)
values = updated("value_cache", by_head("value_heads", linear("value_proj", "hidden")))
no, yes = constant("no", "bool", [], [False]), constant("yes", "bool", [], [True])
scores = emit(fp16(1, heads, 1, context), "scores", "matmul", x=query, y=keys, transpose_x=no, transpose_y=yes)
scaled = emit(fp16(1, heads, 1, context), "scaled", "mul", x=scores, y=constant("scale", "fp16", [], [0.5]))
shape = constant("causal_shape", "int32", [4], [1, 1, 1, context])
causal = emit(fp16(1, 1, 1, context), "causal_4", "reshape", x=causal, shape=shape)
masked = emit(fp16(1, heads, 1, context), "masked", "add", x=scaled, y=causal)
masked = emit(fp16(1, heads, 1, context), "masked_too", "add", x=masked, y="mask")
# Places ahead of the position count less, as some positional biases have it.
start, end, step = constant("start_0", "int32", [], [0]), constant("end_0", "int32", [], [context]), constant("step_0", "int32", [], [1])
places = emit(f"tensor<int32, [{context}]>", "places", "range_1d", start=start, end=end, step=step)
ahead = emit(f"tensor<bool, [{context}]>", "ahead", "greater", x=places, y="position")
length = constant("length", "int32", [1], [context])
less = emit(fp16(context), "less", "fill", shape=length, value=constant("less_value", "fp16", [], [-1.0]))
none = emit(fp16(context), "none", "fill", shape=length, value=constant("none_value", "fp16", [], [0.0]))
bias = emit(fp16(context), "position_bias", "select", cond=ahead, a=less, b=none)
biased = emit(fp16(1, heads, 1, context), "biased", "add", x=masked, y=bias)
weight = emit(fp16(1, heads, 1, context), "attention", "softmax", x=biased, axis=constant("softmax_axis", "int32", [], [-1]))
mixed = emit(fp16(1, heads, 1, width), "mixed", "matmul", x=weight, y=values, transpose_x=no, transpose_y=no)
together = emit(fp16(1, 1, heads, width), "together", "transpose", x=mixed, perm=constant("together_perm", "int32", [4], [0, 2, 1, 3]))
flat = emit(fp16(1, 1, hidden), "flat", "reshape", x=together, shape=constant("flat_shape", "int32", [3], [1, 1, hidden]))
out = linear("out_proj", flat)

cache = f"state<{fp16(1, heads, context, width)}>"
print("program(1.3)\n{")
print(f"    func main<ios18>({fp16(1, 1, hidden)} hidden, {cache} key_cache, {fp16(1, 1, 1, context)} mask, tensor<int32, [1]> position, "
      f"{cache} value_cache) {{")
print("\n".join(lines))
print(f"        }} -> ({out});\n}}")
