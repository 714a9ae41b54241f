"""Networks to run, made as .mil text and a weight file of random numbers: what `milc run` is measured on.

  resnet50(folder, dtype)                        ResNet-50 on one picture of 224 x 224
  transformer(folder, dtype, rows, cache=0)      twelve layers, 768 wide; with a cache, `rows` new tokens attend to that many old ones, too,
                                                 which are inputs, or, with in_states=True, states that the new ones are written into

Each returns the path of the program. Weights are small, so that values stay finite in fp16.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "test" / "lit"))
from weight_file import WeightFile


class Network:
    """A function under construction. Values are pairs: name and shape."""

    def __init__(self, folder, dtype):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.dtype = dtype
        self.lines = []
        self.inputs = []
        self.weights = WeightFile(str(self.folder / "weight.bin"))

    def type(self, shape):
        return f"tensor<{self.dtype}, [{', '.join(map(str, shape))}]>"

    def input(self, name, shape):
        self.inputs.append(f"{self.type(shape)} {name}")
        return name, tuple(shape)

    def state(self, name, shape):
        self.inputs.append(f"state<{self.type(shape)}> {name}")
        return name, tuple(shape)

    def update(self, state, new, begin):
        """Writes `new` into a state, from `begin` on along dimension 2; what the state then holds."""
        old = self.op("read_state", state[1], input=state)
        first, last = [0, 0, begin, 0], [*state[1][:2], begin + new[1][2], state[1][3]]
        changed = self.op("slice_update", state[1], x=old, update=new, begin=ints(first), end=ints(last))
        self.lines.append(f"write_state(data = {changed[0]}, input = {state[0]});")
        return self.op("read_state", state[1], input=state)

    def weight(self, *shape):
        name = f"w_{len(self.lines)}"
        count = 1
        for size in shape:
            count *= size
        offset = self.weights.add(self.dtype, count, seed=1)
        kind = self.type(shape)
        self.lines.append(f'{kind} {name} = const()[name = string("{name}"), val = {kind}(BLOBFILE(path = string("@model_path/weight.bin"), '
                          f"offset = uint64({offset})))];")
        return name

    def op(self, call, shape, /, **arguments):
        name = f"v_{len(self.lines)}"
        given = ", ".join(f"{key} = {value[0] if isinstance(value, tuple) else value}" for key, value in arguments.items())
        self.lines.append(f'{self.type(shape)} {name} = {call}({given})[name = string("{name}")];')
        return name, tuple(shape)

    def finish(self, *outputs):
        with self.weights:
            pass
        body = "\n".join("            " + line for line in self.lines)
        path = self.folder / "model.mil"
        path.write_text(f"program(1.3)\n{{\n    func main<ios18>({', '.join(self.inputs)}) {{\n{body}\n        }} -> ({', '.join(name for name, _ in outputs)});\n}}\n")
        return path

    # What layers are made of.
    def linear(self, x, width):
        return self.op("linear", x[1][:-1] + (width,), x=x, weight=self.weight(width, x[1][-1]), bias=self.weight(width))

    def add(self, x, y):
        return self.op("add", x[1], x=x, y=y)

    def reshape(self, x, *shape):
        return self.op("reshape", shape, x=x, shape=ints(shape))

    def transpose(self, x, *perm):
        return self.op("transpose", [x[1][i] for i in perm], x=x, perm=ints(perm))

    def layer_norm(self, x):
        width = x[1][-1]
        return self.op("layer_norm", x[1], x=x, axes=ints([-1]), gamma=self.weight(width), beta=self.weight(width))

    def conv(self, x, channels, size, stride=1):
        _, cin, height, width = x[1]
        return self.op("conv", (1, channels, -(-height // stride), -(-width // stride)), x=x, weight=self.weight(channels, cin, size, size),
                       bias=self.weight(channels), strides=ints([stride, stride]), pad_type='string("custom")',
                       pad=ints([size // 2] * 4), dilations=ints([1, 1]), groups="int32(1)")

    def relu(self, x):
        return self.op("relu", x[1], x=x)


def ints(values):
    return f"tensor<int32, [{len(values)}]>([{', '.join(map(str, values))}])"


def resnet50(folder, dtype):
    net = Network(folder, dtype)
    x = net.relu(net.conv(net.input("x", (1, 3, 224, 224)), 64, 7, 2))
    x = net.op("max_pool", (1, 64, 56, 56), x=x, kernel_sizes=ints([3, 3]), strides=ints([2, 2]), pad_type='string("custom")',
               pad=ints([1, 1, 1, 1]), ceil_mode="bool(false)")
    for blocks, width, stride in ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2)):
        for block in range(blocks):
            step = stride if block == 0 else 1
            y = net.relu(net.conv(x, width, 1))
            y = net.relu(net.conv(y, width, 3, step))
            y = net.conv(y, 4 * width, 1)
            x = net.relu(net.add(net.conv(x, 4 * width, 1, step) if block == 0 else x, y))
    x = net.op("reduce_mean", (1, 2048), x=x, axes=ints([2, 3]), keep_dims="bool(false)")
    return net.finish(net.linear(x, 1000))


def linears(folder):
    """1 GB of weights: sixty linears of 4096 x 2048 in fp16, on one token."""
    net = Network(folder, "fp16")
    x = net.input("x", (1, 2048))
    for layer in range(60):
        x = net.linear(x, 4096 if layer % 2 == 0 else 2048)
    return net.finish(x)


def transformer(folder, dtype, rows, cache=0, in_states=False, layers=12, width=768, heads=12):
    net = Network(folder, dtype)
    x = net.input("x", (1, rows, width))
    size = width // heads

    def head(of):
        return net.transpose(net.reshape(of, 1, rows, heads, size), 0, 2, 1, 3)

    for layer in range(layers):
        y = net.layer_norm(x)
        query, key, value = (head(net.linear(y, width)) for _ in range(3))
        if in_states:
            held = [net.state(f"{what}_{layer}", (1, heads, cache, size)) for what in ("key", "value")]
            key, value = (net.update(state, new, cache - rows) for state, new in zip(held, (key, value)))
        elif cache:
            old = [net.input(f"{what}_{layer}", (1, heads, cache, size)) for what in ("key", "value")]
            key, value = (net.op("concat", (1, heads, cache + rows, size), values=f"({before[0]}, {new[0]})", axis="int32(2)",
                                 interleave="bool(false)") for before, new in zip(old, (key, value)))
        y = net.op("scaled_dot_product_attention", query[1], query=query, key=key, value=value)
        x = net.add(x, net.linear(net.reshape(net.transpose(y, 0, 2, 1, 3), 1, rows, width), width))
        y = net.linear(net.layer_norm(x), 4 * width)
        y = net.op("gelu", y[1], x=y, mode='string("EXACT")')
        x = net.add(x, net.linear(y, width))
    return net.finish(net.layer_norm(x))
