"""compress, unify, bind, compare: what the commands of these names do."""

import numpy as np
import pytest

import milc


def test_compress(net, tmp_path):
    model = milc.compress(net, preset="4bit-palette")
    assert model.compressed["compressed"] == 2 and model.compressed["bytes_after"] < model.compressed["bytes_before"] / 4
    model.save(tmp_path / "small.mlpackage")
    saved = milc.load(tmp_path / "small.mlpackage").info()
    assert model.info()["weights"] == saved["weights"] and model.info()["functions"][0]["weightBytes"] == saved["functions"][0]["weightBytes"]
    assert milc.compress(net, size="40%").compressed["bytes_after"] <= 0.4 * model.compressed["bytes_before"] + 100
    for config in ({"global_config": {"config_type": "OpLinearQuantizerConfig"}}, "global_config:\n  config_type: OpLinearQuantizerConfig\n"):
        types = [op.type for op in milc.compress(net, config=config).main.walk()]
        assert types.count("constexpr_blockwise_shift_scale") == 2
    assert {"name", "summary", "needs", "bits"} == set(milc.presets()[0])


def test_errors_of_other_calls_stay_theirs(net):
    """What failed before in the same context fails no call that comes after it."""
    model = milc.load(net)
    other = milc.load(net, model._context)
    for call in (lambda: milc.opt(model, passes=["none"]), lambda: model.predict({"none": 1})):
        with pytest.raises(milc.ModelError, match="none"):
            call()
    assert milc.compress(model, preset="4bit-palette").compressed["compressed"] == 2
    assert milc.compress(other, size="40%").compressed["compressed"] > 0


def test_compress_refuses(net):
    for given in ({}, {"preset": "none"}, {"preset": "4bit-palette", "size": 10}, {"size": "40"}, {"preset": "4bit-palette", "target": "ios14"}):
        with pytest.raises(milc.CallError):
            milc.compress(net, **given)
    with pytest.raises(milc.ModelError, match="configuration:3:"):
        milc.compress(net, config="config_type: OpPalettizerConfig\nglobal_config:\n  nbit: 4\n")
    with pytest.raises(OSError):
        milc.compress(net, config="none.yaml")


def test_unify_and_bind(lora, tmp_path):
    unified = milc.unify(*lora, output=tmp_path / "one.mlpackage")
    assert list(unified.functions) == ["main"] and len(unified.inputs) > 1
    files = sorted(path.name for path in (tmp_path / "one_adapters").iterdir())
    assert files == ["adapter_1.npz", "adapter_2.npz"]
    x = np.linspace(-1, 1, 64, dtype=np.float16).reshape(1, 64)
    for number, name in enumerate(files):
        expected = milc.load(lora[number]).predict({"x": x})
        given = dict(np.load(tmp_path / "one_adapters" / name))
        assert all(np.allclose(unified.predict({"x": x, **given})[key], value, atol=0.01) for key, value in expected.items())
        bound = milc.bind(tmp_path / "one.mlpackage", tmp_path / "one_adapters" / name)
        assert [each.name for each in bound.inputs] == ["x"]
        assert all(bound.predict({"x": x})[key].tobytes() == value.tobytes() for key, value in expected.items())
    with pytest.raises(milc.CallError, match="adapters_folder"):
        milc.unify(*lora)
    with pytest.raises(milc.ModelError):
        milc.bind(lora[0], tmp_path / "one_adapters" / "adapter_1.npz")
    np.savez(tmp_path / "empty.npz")
    with pytest.raises(milc.ModelError, match="no arrays"):
        milc.bind(tmp_path / "one.mlpackage", tmp_path / "empty.npz")
    with pytest.raises(milc.CallError):
        milc.unify(*lora, adapters=tmp_path / "x", low_rank=4, state=True)


def test_compare(net):
    x = {"x": np.ones((1, 64), np.float32)}
    context = milc.Context()
    a, b = milc.load(net, context), milc.compress(milc.load(net, context), preset="4bit-palette")
    assert milc.compare(a, a, x)["within"]
    told = milc.compare(a, b, x)
    assert not told["within"] and "'first'" in told["firstApart"] and told["outputs"][0]["name"] == "y"
    assert milc.compare(a, b, x, tolerance=1000)["within"]
    assert milc.compare(a, b, x, psnr=5)["within"]
    with pytest.raises(milc.CallError):
        milc.compare(a, b, x, tolerance=-1)
    with pytest.raises(milc.CallError, match="context"):
        milc.compare(a, milc.load(net), x)


def test_target_raises_the_opset(net, tmp_path):
    b = milc.Builder("ios16")
    with b.function() as f:
        f.output(f.relu(x=f.input("x", (4,), "fp32")), "y")
    assert milc.opt(b.finish(), pipeline="default", target="ios18").main.opset == "ios18"


def stage(function, source, target, size=4):
    """A model of one operation, from input `source` to output `target`."""
    b = milc.Builder("ios18")
    with b.function() as f:
        f.output(getattr(f, function)(x=f.input(source, (1, size), "fp32")), target)
    return b.finish()


def test_make_pipeline(tmp_path):
    for name, model in (("a", stage("relu", "x", "h")), ("b", stage("square", "h", "y"))):
        model.save(tmp_path / f"{name}.mlpackage")
    made = milc.make_pipeline(tmp_path / "a.mlpackage", tmp_path / "b.mlpackage", output=tmp_path / "both.mlpackage")
    again = milc.load(tmp_path / "both.mlpackage")
    again.verify(strict=True)
    assert [each.name for each in again.inputs + again.outputs] == ["x", "y"] and not again.functions
    assert made.predict({"x": [[-1, 0, 2, 3]]})["y"].tolist() == again.predict({"x": [[-1, 0, 2, 3]]})["y"].tolist() == [[0, 0, 4, 9]]
    assert "pipeline" in again._repr_html_()


def test_a_pipeline_of_weights_stores_each_once(net, tmp_path):
    context = milc.Context()
    one, two = milc.load(net, context), milc.load(net, context)
    milc.edit(one, rename={"y": "h"})
    milc.edit(two, rename={"x": "h"})
    saved = milc.make_pipeline(one, two).save(tmp_path / "both.mlpackage")
    assert saved["weight_bytes"] * 2 == saved["referenced_bytes"]
    x = {"x": np.ones((1, 64), np.float32)}
    whole = milc.load(tmp_path / "both.mlpackage").predict(x)["y"]
    assert whole.tobytes() == two.predict({"h": one.predict(x)["h"]})["y"].tobytes()


def test_make_pipeline_refuses(net, lora, tmp_path):
    context = milc.Context()
    model = milc.load(net, context)
    for models in ((), (model,)):
        with pytest.raises(milc.ModelError, match="two or more models"):
            milc.make_pipeline(*models)
    with pytest.raises(milc.ModelError, match="'y', which is also an output of model 0"):
        milc.make_pipeline(model, milc.load(net, context))
    with pytest.raises(milc.ModelError, match="several functions"):
        milc.make_pipeline(model, milc.merge(*lora, context=context))
    with pytest.raises(milc.CallError, match="context"):
        milc.make_pipeline(model, milc.load(net))


def test_draw(net):
    assert milc.draw(net).startswith("<svg") and "linear" in milc.draw(net, around="y", depth=1)
    model = milc.load(net)
    html = model._repr_html_()
    assert "<table>" in html and "<svg" in html and "main" in html
    for given in ({"function": "none"}, {"around": "none"}, {"layer": "none"}):
        with pytest.raises(milc.ModelError):
            milc.draw(model, **given)
    model.close()
    assert "closed" in model._repr_html_()
