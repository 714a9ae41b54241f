"""products.py RANK: prints a model of a matmul, a transposed matmul and two convs, whose weights are a base plus a product of rank RANK."""

import random
import struct
import sys

rank = int(sys.argv[1])
source = random.Random(1)


def half(value):
    return float(struct.unpack("<e", struct.pack("<e", value))[0]).hex()


def nested(values, dims):
    if len(dims) == 1:
        return "[" + ", ".join(map(half, values)) + "]"
    step = len(values) // dims[0]
    return "[" + ", ".join(nested(values[i * step:(i + 1) * step], dims[1:]) for i in range(dims[0])) + "]"


def weight(name, *dims):
    rows = dims[0]
    columns = 1
    for dim in dims[1:]:
        columns *= dim
    values = [source.uniform(-1, 1) / 8 for _ in range(rows * columns)]
    up = [[source.uniform(-1, 1) / 4 for _ in range(3)] for _ in range(rows)]
    down = [[source.uniform(-1, 1) / 4 for _ in range(columns)] for _ in range(3)]
    for i in range(rows):
        for k in range(columns):
            values[i * columns + k] += sum(up[i][r] * down[r][k] for r in range(rank))
    kind = f"tensor<fp16, [{', '.join(map(str, dims))}]>"
    print(f'            {kind} {name} = const()[name = string("{name}"), val = {kind}({nested(values, dims)})];')


def constant(name, kind, value):
    print(f'            {kind} {name} = const()[name = string("{name}"), val = {kind}({value})];')


print("program(1.3)\n{\n    func main<ios18>(tensor<fp16, [1, 16, 6, 6]> image, tensor<fp16, [1, 12]> x) {")
constant("no", "bool", "false")
constant("yes", "bool", "true")
constant("one", "int32", "1")
constant("ones", "tensor<int32, [2]>", "[1, 1]")
constant("twos", "tensor<int32, [2]>", "[2, 2]")
constant("same", "string", '"same"')
constant("valid", "string", '"valid"')
constant("pad", "tensor<int32, [4]>", "[0, 0, 0, 0]")
weight("plain_weight", 12, 20)
weight("turned_weight", 18, 20)
weight("wide_weight", 14, 16, 3, 3)
weight("thin_weight", 15, 14, 1, 1)
print('            tensor<fp16, [1, 20]> plain = matmul(transpose_x = no, transpose_y = no, x = x, y = plain_weight)[name = string("plain")];')
print('            tensor<fp16, [1, 18]> turned = matmul(transpose_x = no, transpose_y = yes, x = plain, y = turned_weight)[name = string("turned")];')
conv = "conv(dilations = ones, groups = one, pad = pad, pad_type = {}, strides = {}, weight = {}, x = {})"
print(f'            tensor<fp16, [1, 14, 3, 3]> wide = {conv.format("same", "twos", "wide_weight", "image")}[name = string("wide")];')
print(f'            tensor<fp16, [1, 15, 3, 3]> thin = {conv.format("valid", "ones", "thin_weight", "wide")}[name = string("thin")];')
print("        } -> (turned, thin);\n}")
