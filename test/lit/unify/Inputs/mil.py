"""Writes MIL text for tests."""

import struct


def half(value):
    """The nearest fp16, as a hexadecimal float."""
    return float(struct.unpack("<e", struct.pack("<e", value))[0]).hex()


def nested(values, dims):
    if len(dims) == 1:
        return "[" + ", ".join(values) + "]"
    step = len(values) // dims[0]
    return "[" + ", ".join(nested(values[i * step:(i + 1) * step], dims[1:]) for i in range(dims[0])) + "]"


class Text:
    """The body of a function. Constants are operations, named by the first operation that uses them, as converters name them."""

    def __init__(self, seed=7):
        self.lines, self.seed = [], seed

    def op(self, element, dims, name, kind, **arguments):
        """An operation. Arguments are names of values, tuples for constant() or scalar(), or numbers, flags and strings."""
        for key, value in arguments.items():
            own = f"{name}_{key}_0"
            if isinstance(value, tuple):
                arguments[key] = self.constant(own, *value) if len(value) == 3 else self.scalar(own, *value)
            elif isinstance(value, (bool, int, float)):
                arguments[key] = own
                scalar = {bool: "bool", int: "int32", float: "fp16"}[type(value)]
                self.scalar(own, scalar, half(value) if scalar == "fp16" else str(value).lower())
            elif value.startswith('"'):
                arguments[key] = own
                self.scalar(own, "string", value)
        text = ", ".join(f"{key} = {value}" for key, value in sorted(arguments.items()))
        self.lines.append(f'            tensor<{element}, [{", ".join(map(str, dims))}]> {name} = {kind}({text})[name = string("{name}")];')
        return name

    def scalar(self, name, dtype, value):
        self.lines.append(f'            {dtype} {name} = const()[name = string("{name}"), val = {dtype}({value})];')
        return name

    def constant(self, name, dtype, dims, values):
        values = [half(v) if dtype == "fp16" else str(v).lower() for v in values]
        kind = f"tensor<{dtype}, [{', '.join(map(str, dims))}]>"
        self.lines.append(f'            {kind} {name} = const()[name = string("{name}"), val = {kind}({nested(values, dims)})];')
        return name

    @staticmethod
    def ints(values):
        return "int32", [len(values)], values

    @staticmethod
    def flags(values):
        return "bool", [len(values)], values

    def random(self, name, dims):
        """Small numbers, the same for every size."""
        values, count = [], 1
        for dim in dims:
            count *= dim
        for _ in range(count):
            self.seed = (self.seed * 1103515245 + 12345) % (1 << 31)
            values.append(self.seed / (1 << 30) - 1)
        return self.constant(name, "fp16", dims, values)

    def show(self, inputs, outputs):
        print("program(1.3)\n{")
        print(f"    func main<ios18>({inputs}) {{")
        print("\n".join(self.lines))
        print(f"        }} -> ({outputs});\n}}")
