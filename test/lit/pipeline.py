"""Writes a pipeline of an ML program 'backbone' and a non-maximum suppression 'nms', as a serialised Model: pipeline.py OUT.

pipeline.py OUT MODEL... writes one of given models (.mlmodel) from x to y, fp16 [1, 64]. They are called a, b, c...; there is one name too many."""
import pathlib, subprocess, sys, tempfile


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number, payload):
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def number(at, value):
    return varint(at << 3) + varint(value)


def array(name, *shape, kind=65568):
    type = field(1, b"".join(varint(size) for size in shape)) + number(2, kind)
    return field(1, name.encode()) + field(3, field(5, type))


TEXT = """program(1.0)
{
    func main<ios15>(tensor<fp32, [4]> x) {
            tensor<fp32, [4]> y = relu(x = x)[name = tensor<string, []>("y")];
        } -> (y);
}
"""
if models := sys.argv[2:]:
    stages = b"".join(field(1, pathlib.Path(model).read_bytes()) for model in models)
    names = b"".join(field(2, name.encode()) for name in "abcdefgh"[: len(models) + 1])
    ends = field(1, array("x", 1, 64, kind=65552)) + field(10, array("y", 1, 64, kind=65552))
    pathlib.Path(sys.argv[1]).write_bytes(number(1, 9) + field(2, ends) + field(202, stages + names))
    sys.exit()

with tempfile.TemporaryDirectory() as folder:
    text, model = pathlib.Path(folder, "a.mil"), pathlib.Path(folder, "a.mlmodel")
    text.write_text(TEXT)
    subprocess.run(["milc", "convert", text, "-o", model], check=True)
    backbone = model.read_bytes()
suppression = number(1, 5) + field(2, field(1, array("y", 4)) + field(10, array("kept", 4))) + field(610, field(1, b""))
pipeline = field(1, backbone) + field(1, suppression) + field(2, b"backbone") + field(2, b"nms")
description = field(1, array("x", 4)) + field(10, array("kept", 4))
pathlib.Path(sys.argv[1]).write_bytes(number(1, 6) + field(2, description) + field(202, pipeline))
