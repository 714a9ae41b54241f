"""Writes the MIL text of a transformer as converters name it: layers whose weights carry the path of their module, and operations that
don't. Its weights are in the text.

Usage: transformer.py LAYERS [--changed] > model.mil
"""

import sys

WIDTH = 8


def weight(name, rows, seed):
    values = [str(((i * 7 + seed * 3) % 17 - 8) / 16) for i in range(rows * WIDTH)]
    lists = ", ".join("[" + ", ".join(values[i * WIDTH : (i + 1) * WIDTH]) + "]" for i in range(rows))
    return const(name, f"tensor<fp32, [{rows}, {WIDTH}]>", f"[{lists}]")


def const(name, type_, value):
    return f'            {type_} {name} = const()[name = string("{name}"), val = {type_}({value})];'


class Writer:
    def __init__(self):
        self.lines = []
        self.number = 0

    def op(self, call, type_=f"tensor<fp32, [1, {WIDTH}]>"):
        name = f"var_{self.number}"
        self.number += 1
        self.lines.append(f'            {type_} {name} = {call}[name = string("{name}")];')
        return name

    def linear(self, path, x, seed):
        self.lines.append(weight(f"{path}_weight", WIDTH, seed))
        return self.op(f"linear(weight = {path}_weight, x = {x})")


def main(layers, changed):
    out = Writer()
    x = out.linear("model_embed", "x", 1)
    for i in range(layers):
        path = f"model_layers_{i}"
        q, k, v = (out.linear(f"{path}_self_attn_{p}_proj", x, i + n) for n, p in enumerate("qkv"))
        scores = out.op(f"mul(x = {q}, y = {k})")
        weights = out.op(f"softmax(axis = int32(-1), x = {scores})")
        mixed = out.op(f"mul(x = {weights}, y = {v})")
        x = out.op(f"add(x = {x}, y = {out.linear(f'{path}_self_attn_o_proj', mixed, i)})")
        up = out.linear(f"{path}_mlp_up_proj", x, i)
        act = out.op(f"{'relu' if changed and i == 1 else 'silu'}(x = {up})")
        x = out.op(f"add(x = {x}, y = {out.linear(f'{path}_mlp_down_proj', act, i)})")
    out.lines.append(weight("model_head_weight", WIDTH, 2))
    out.lines.append(f'            tensor<fp32, [1, {WIDTH}]> logits = linear(weight = model_head_weight, x = {x})[name = string("logits")];')
    if changed:
        out.lines.append(f'            tensor<fp32, [1, {WIDTH}]> probabilities = softmax(axis = int32(-1), x = logits)[name = string("probabilities")];')
    print("program(1.3)\n{\n    func main<ios18>(tensor<fp32, [1, %d]> x) {" % WIDTH)
    print("\n".join(out.lines))
    print("        } -> (%s);\n}" % ("probabilities" if changed else "logits"))


if __name__ == "__main__":
    main(int(sys.argv[1]), "--changed" in sys.argv)
