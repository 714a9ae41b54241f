"""Building programs, checked against the catalogue."""

import numpy as np
import pytest

import milc


def test_builds_and_saves(net):
    model = milc.load(net)
    assert [op.type for op in model.main.walk() if op.type != "const"] == ["linear", "relu", "linear"]
    assert model.outputs[0].name == "y"


def test_every_operation_has_a_method():
    from milc.builder import FunctionBuilder

    names = {op["name"] for op in milc.operations()["ops"]}
    assert not {name for name in names - {"const"} if not hasattr(FunctionBuilder, name)}
    assert "strides" in FunctionBuilder.conv.__doc__


def test_constants_in_place():
    b = milc.Builder("ios18")
    with b.function() as f:
        x = f.input("x", (2, 3), "fp16")
        y = f.mul(x=x, y=0.5)
        y = f.reshape(x=y, shape=[3, 2])
        a, c = f.split(x=y, num_splits=2, axis=1)
        y = f.concat(values=[c, a], axis=1, interleave=False)
        f.output(f.softmax(x=y, axis=-1), "probabilities")
    model = b.finish()
    assert model.main.outputs[0].shape == (3, 2)
    assert model.main.find_ops("mul")[0].inputs["y"].val == 0.5


def test_blocks():
    b = milc.Builder("ios17")
    with b.function() as f:
        x = f.input("x", (1,), "fp32")
        taken = f.cond(f.squeeze(x=f.greater(x=x, y=0.0), axes=[0]), lambda g: g.exp(x=x), lambda g: g.abs(x=x))
        i = f.while_loop([taken], lambda g, v: g.squeeze(x=g.less(x=v, y=10.0), axes=[0]), lambda g, v: g.add(x=v, y=1.0))
        f.output(i, "y")
    model = b.finish()
    loop = model.main.find_ops("while_loop")[0]
    assert len(loop.blocks) == 2 and loop.blocks[1].parent == loop

    def broken(g):
        raise KeyError("mine")

    b = milc.Builder("ios17")
    f = b.function()
    x = f.input("x", (), "bool")
    with pytest.raises(KeyError, match="mine"):
        f.cond(x, broken, broken)


def test_refusals():
    b = milc.Builder("ios18")
    f = b.function()
    x = f.input("x", (1, 8), "fp16")
    with pytest.raises(milc.ModelError, match="linear"):
        f.linear(x=x, weight=np.ones((4, 9), np.float16))
    with pytest.raises(milc.ModelError):
        b.finish()
    with pytest.raises(milc.CallError):
        milc.Builder("ios99")
    other = milc.Builder("ios18").function()
    with pytest.raises(milc.CallError):
        other.relu(x=x)


def test_large_arrays_are_borrowed(tmp_path):
    weight = np.arange(65536, dtype=np.float32).reshape(256, 256)
    b = milc.Builder("ios18")
    with b.function() as f:
        f.output(f.linear(x=f.input("x", (1, 256)), weight=weight), "y")
    model = b.finish()
    found = model.main.find_ops("linear")[0].inputs["weight"].val
    assert found.ctypes.data == weight.ctypes.data
    model.save(tmp_path / "m.mlpackage")
    assert np.array_equal(milc.load(tmp_path / "m.mlpackage").main.find_ops("linear")[0].inputs["weight"].val, weight)
