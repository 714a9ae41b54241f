#!/usr/bin/env python3
"""prompt.py LENGTH: prints a decoder's layer that reads a prompt of LENGTH tokens as MIL text, in the operations that a converter makes of traced
PyTorch: embeddings and rotary tables gathered by position, a causal mask from arange and less, broadcasting by tile, heads of keys repeated by
expand_dims, tile and reshape, batches folded into matmul, a cut of one table of biases, and the last token taken by its index."""

import math
import sys

from mil import Text

length = int(sys.argv[1])
heads, groups, width, vocabulary, longest = 4, 2, 4, 11, 12
hidden, kinds = heads * width, heads // groups
text = Text()


def project(name, x, out):
    weight = text.random(name + "_weight", [out, hidden])
    return text.op("fp16", [1, length, out], name, "linear", x=x, weight=weight, bias=text.random(name + "_bias", [out]))


def by_head(name, x, count):
    apart = text.op("fp16", [1, length, count, width], name + "_view", "reshape", x=x, shape=text.ints([1, length, count, width]))
    return text.op("fp16", [1, count, length, width], name, "transpose", x=apart, perm=text.ints([0, 2, 1, 3]))


def rotated(name, x, count, cos, sin):
    half = width // 2
    first = text.op("fp16", [1, count, length, half], name + "_x1", "slice_by_index", x=x, begin=text.ints([0, 0, 0, 0]),
                    end=text.ints([1, count, length, half]), end_mask=text.flags([True, True, True, False]))
    second = text.op("fp16", [1, count, length, half], name + "_x2", "slice_by_index", x=x, begin=text.ints([0, 0, 0, half]),
                     end=text.ints([1, count, length, width]))
    minus = text.op("fp16", [1, count, length, half], name + "_neg", "mul", x=second, y=-1.0)
    turned = text.op("fp16", [1, count, length, width], name + "_rotated", "concat", values=f"({minus}, {first})", axis=-1, interleave=False)
    a = text.op("fp16", [1, count, length, width], name + "_cos", "mul", x=x, y=cos)
    b = text.op("fp16", [1, count, length, width], name + "_sin", "mul", x=turned, y=sin)
    return text.op("fp16", [1, count, length, width], name, "add", x=a, y=b)


def rows(name, function):
    """The rows of a table at the positions, for all heads."""
    angles = [[place / 100 ** (2 * (i % (width // 2)) / width) for i in range(width)] for place in range(longest)]
    table = text.constant(name + "_cached", "fp16", [longest, width], [function(angle) for row in angles for angle in row])
    taken = text.op("fp16", [1, length, width], name + "_rows", "gather", x=table, indices="position_ids", axis=0, batch_dims=0,
                    validate_indices=False)
    return text.op("fp16", [1, 1, length, width], name, "expand_dims", x=taken, axes=text.ints([1]))


def repeated(name, x):
    apart = text.op("fp16", [1, groups, 1, length, width], name + "_unsqueezed", "expand_dims", x=x, axes=text.ints([2]))
    each = text.op("fp16", [1, groups, kinds, length, width], name + "_expanded", "tile", x=apart, reps=text.ints([1, 1, kinds, 1, 1]))
    return text.op("fp16", [heads, length, width], name, "reshape", x=each, shape=text.ints([heads, length, width]))


embedding = text.random("embed_tokens_weight", [vocabulary, hidden])
tokens = text.op("fp16", [1, length, hidden], "inputs_embeds", "gather", x=embedding, indices="input_ids", axis=0, batch_dims=0,
                 validate_indices=False)
cos, sin = rows("cos", math.cos), rows("sin", math.sin)
query = rotated("query", by_head("q", project("q_proj", tokens, hidden), heads), heads, cos, sin)
key = rotated("key", by_head("k", project("k_proj", tokens, groups * width), groups), groups, cos, sin)
value = by_head("v", project("v_proj", tokens, groups * width), groups)
query = text.op("fp16", [heads, length, width], "query_states", "reshape", x=query, shape=text.ints([heads, -1, width]))
scores = text.op("fp16", [heads, length, length], "scores", "matmul", x=query, y=repeated("key_states", key), transpose_x=False,
                 transpose_y=True)
scaled = text.op("fp16", [heads, length, length], "scaled", "mul", x=scores, y=0.5)

# mask = torch.where(arange(n)[None, :] < (arange(n) + 1)[:, None], 0, min)
arange = text.op("int32", [length], "arange", "range_1d", start=0, end=length, step=1)
after = text.op("int32", [length], "after", "add", x=arange, y=1)
column = text.op("int32", [length, 1], "column", "reshape", x=after, shape=text.ints([length, 1]))
across = text.op("int32", [length, length], "across", "tile", x=column, reps=text.ints([1, length]))
row = text.op("int32", [1, length], "row", "expand_dims", x=arange, axes=text.ints([0]))
seen = text.op("bool", [length, length], "seen", "less", x=row, y=across)
least = text.op("fp16", [length, length], "least", "fill", shape=text.ints([length, length]), value=-10000.0)
none = text.constant("zeros", "fp16", [length, length], [0.0] * (length * length))
mask = text.op("fp16", [length, length], "causal_mask", "select", cond=seen, a=none, b=least)
masked = text.op("fp16", [heads, length, length], "masked", "add", x=scaled, y=mask)
# A table of biases, of which a part is used: bias[:, :n, :n]
table = text.random("relative_bias", [heads, longest, longest])
bias = text.op("fp16", [heads, length, length], "bias", "slice_by_index", x=table, begin=text.ints([0, 0, 0]),
               end=text.ints([heads, length, length]), end_mask=text.flags([True, False, False]))
biased = text.op("fp16", [heads, length, length], "biased", "add", x=masked, y=bias)
attention = text.op("fp16", [heads, length, length], "attention", "softmax", x=biased, axis=-1)
mixed = text.op("fp16", [heads, length, width], "mixed", "matmul", x=attention, y=repeated("value_states", value), transpose_x=False,
                transpose_y=False)
apart = text.op("fp16", [1, heads, length, width], "unfolded", "reshape", x=mixed, shape=text.ints([1, heads, length, width]))
together = text.op("fp16", [1, length, heads, width], "together", "transpose", x=apart, perm=text.ints([0, 2, 1, 3]))
flat = text.op("fp16", [length, hidden], "flat", "reshape", x=together, shape=text.ints([length, hidden]))
normed = text.op("fp16", [length, hidden], "normed", "layer_norm", x=flat, axes=text.ints([-1]), epsilon=0.001)
last = text.op("fp16", [1, hidden], "last", "slice_by_index", x=normed, begin=text.ints([length - 1, 0]), end=text.ints([length, hidden]))
mean = text.op("fp16", [1, hidden], "sum", "reduce_sum", x=normed, axes=text.ints([0]), keep_dims=True)
mean = text.op("fp16", [1, hidden], "mean", "mul", x=mean, y=1 / length)
both = text.op("fp16", [1, hidden], "both", "add", x=last, y=mean)
head = text.random("lm_head_weight", [vocabulary, hidden])
text.op("fp16", [1, vocabulary], "logits", "linear", x=both, weight=head)
text.show(f"tensor<int32, [1, {length}]> input_ids, tensor<int32, [1, {length}]> position_ids", "logits, masked")
