"""Writes the MIL text of a small network for images: a stem, four residual stages, a head. Its weights are in the text.

Usage: vision.py > model.mil
"""

WIDTH, SIZE = 4, 8
lines = []


def const(name, kind, value):
    lines.append(f'        {kind} {name} = const()[name = string("{name}"), val = {kind}({value})];')
    return name


def weight(name, rows, columns, window):
    values = [((i * 5 + rows) % 13 - 6) / 32 for i in range(rows * columns * window * window)]

    def nested(values, dims):
        if len(dims) == 1:
            return "[" + ", ".join(map(str, values)) + "]"
        step = len(values) // dims[0]
        return "[" + ", ".join(nested(values[i * step : (i + 1) * step], dims[1:]) for i in range(dims[0])) + "]"

    dims = [rows, columns, window, window]
    return const(name, f"tensor<fp32, {dims}>", nested(values, dims))


def image(channels, size):
    return f"tensor<fp32, [1, {channels}, {size}, {size}]>"


def conv(name, x, channels, size, columns, window):
    filters = weight(name + "_weight", channels, columns, window)
    lines.append(f"        {image(channels, size)} {name} = conv(dilations = ones, groups = one, pad = none, pad_type = same, strides = ones, "
                 f'weight = {filters}, x = {x})[name = string("{name}")];')
    return name


def step(name, op, kind, arguments):
    lines.append(f'        {kind} {name} = {op}({arguments})[name = string("{name}")];')
    return name


const("ones", "tensor<int32, [2]>", "[1, 1]")
const("one", "int32", "1")
const("none", "tensor<int32, [4]>", "[0, 0, 0, 0]")
const("same", "string", '"same"')
const("axes", "tensor<int32, [2]>", "[2, 3]")
const("no", "bool", "false")
x = step("stem_act", "relu", image(WIDTH, SIZE), f"x = {conv('stem_conv', 'image', WIDTH, SIZE, 3, 3)}")
for i in range(4):
    stage = f"stages_{i}"
    y = step(f"{stage}_act1", "relu", image(WIDTH, SIZE), f"x = {conv(f'{stage}_conv1', x, WIDTH, SIZE, WIDTH, 3)}")
    y = conv(f"{stage}_conv2", y, WIDTH, SIZE, WIDTH, 3)
    y = step(f"{stage}_sum", "add", image(WIDTH, SIZE), f"x = {y}, y = {x}")
    x = step(f"{stage}_act2", "relu", image(WIDTH, SIZE), f"x = {y}")
x = conv("head_conv", x, 10, SIZE, WIDTH, 1)
step("scores", "reduce_mean", "tensor<fp32, [1, 10]>", f"axes = axes, keep_dims = no, x = {x}")
print("program(1.3)\n{\n    func main<ios18>(" + image(3, SIZE) + " image) {")
print("\n".join(lines))
print("    } -> (scores);\n}")
