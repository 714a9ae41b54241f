"""tuned.py RANK [NAN]: prints a model of two linears whose first weight is a base plus a product of rank RANK, rounded to fp16, and whose second
weight is another altogether for RANK > 0. With NAN, one weight is no number."""

import random
import struct
import sys

rank, has_nan = int(sys.argv[1]), len(sys.argv) > 2
rows, columns = 24, 20
source = random.Random(1)


def numbers(count, scale, source=source):
    return [source.uniform(-scale, scale) for _ in range(count)]


def matrix(name, values, rows, columns):
    values = [float(struct.unpack("<e", struct.pack("<e", value))[0]).hex() for value in values]
    if has_nan and name == "first_weight":
        values[5] = "nan"
    text = ", ".join("[" + ", ".join(values[i * columns:(i + 1) * columns]) + "]" for i in range(rows))
    kind = f"tensor<fp16, [{rows}, {columns}]>"
    print(f'            {kind} {name} = const()[name = string("{name}"), val = {kind}([{text}])];')


base = numbers(rows * columns, 1)
up, down = numbers(rows * 3, 0.5), numbers(3 * columns, 0.5)
tuned = [base[i * columns + j] + sum(up[i * 3 + k] * down[k * columns + j] for k in range(rank)) for i in range(rows) for j in range(columns)]
second = numbers(columns * rows, 1)
if rank:
    second = numbers(columns * rows, 1, random.Random(2))
print(f"program(1.3)\n{{\n    func main<ios18>(tensor<fp16, [1, {columns}]> x) {{")
matrix("first_weight", tuned, rows, columns)
matrix("second_weight", second, columns, rows)
print(f'            tensor<fp16, [1, {rows}]> first = linear(weight = first_weight, x = x)[name = string("first")];')
print(f'            tensor<fp16, [1, {columns}]> second = linear(weight = second_weight, x = first)[name = string("second")];')
print("        } -> (second);\n}")
