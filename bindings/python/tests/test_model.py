"""Models and programs, walked, edited, saved."""

import gc
import json
import subprocess
import sys

import numpy as np
import pytest

import milc


def test_walks(package):
    model = milc.load(package)
    main = model.functions["main"]
    assert (main.opset, len(main.operations), [each.name for each in main.inputs]) == ("ios18", 17, ["x"])
    linear = main.find_ops("linear")[0]
    assert set(linear.inputs) == {"bias", "weight", "x"}
    weight = linear.inputs["weight"]
    assert (weight.shape, weight.dtype, weight.op.type) == ((64, 64), "fp16", "const")
    assert weight.users == [linear]
    assert weight.val.dtype == np.float16 and weight.val.shape == (64, 64)
    assert "linear(" in str(linear) and "program(1.3)" in str(model)
    assert main["relu_1"].op.next.type in ("const", "linear")


def test_what_a_walk_knows_is_never_out_of_date(package):
    model = milc.load(package)
    operations = model.main.operations
    relu = next(op for op in operations if op.type == "relu")
    result = relu.outputs[0]
    name, type_ = relu.name, result.type
    result.name = "renamed"
    assert relu.outputs[0].name == "renamed" and relu.outputs[0].type == type_
    relu.set_attribute("name", "another")
    assert (relu.name, name) == ("another", name) and name != "another"
    kept = model.main.operations
    model.close()
    for use in (lambda: kept[0].type, lambda: kept[0].name, lambda: kept[0].outputs, lambda: kept[0].blocks, lambda: result.shape):
        with pytest.raises(milc.ClosedError):
            use()


def test_nested_blocks_are_walked():
    b = milc.Builder("ios18")
    with b.function() as f:
        x = f.input("x", (1,), "fp32")
        is_large = f.squeeze(x=f.greater(x=x, y=1.0), axes=[0])
        f.output(f.cond(is_large, lambda g: g.relu(x=x), lambda g: g.tanh(x=g.abs(x=x))), "y")
    types = [op.type for op in b.finish().main.walk() if op.type != "const"]
    assert types == ["greater", "squeeze", "cond", "relu", "abs", "tanh"]


def test_arrays_are_mapped_not_copied(package):
    model = milc.load(package)
    weight = model.main.find_ops("linear")[0].inputs["weight"]
    first, second = weight.val, weight.val
    assert first.ctypes.data == second.ctypes.data
    assert not first.flags.writeable
    kept = first.copy()
    model.close()
    del model, weight, second
    gc.collect()
    assert np.array_equal(first, kept)


def test_renames_and_saves(package, tmp_path):
    model = milc.load(package)
    model.rename("x", "image")
    for name in ("", 3):
        with pytest.raises(milc.ModelError, match="not empty"):
            model.rename("image", name)
    model.outputs[0].name = "logits"
    model.inputs[0].description = "what to look at"
    model.metadata.author = "someone"
    model.metadata["key"] = "value"
    model.save(tmp_path / "renamed.mlpackage")
    again = milc.load(tmp_path / "renamed.mlpackage")
    assert [each.name for each in again.inputs + again.outputs] == ["image", "logits"]
    assert again.inputs[0].description == "what to look at"
    assert (again.metadata.author, again.metadata["key"]) == ("someone", "value")
    assert again.main.outputs[0].name == "logits"
    again.verify(strict=True)


def overlaid(package):
    """Adds texts that override the model's own, as Xcode does."""
    texts = {"Metadata.json": {"MLModelAuthorKey": "Xcode"}, "FeatureDescriptions.json": {"Inputs": {"x": {"MLFeatureShortDescription": "by Xcode"}}}}
    manifest = json.loads((package / "Manifest.json").read_text())
    for number, (name, text) in enumerate(texts.items()):
        (package / "Data" / "com.apple.CoreML" / name).write_text(json.dumps(text))
        entry = {"author": "com.apple.CoreML", "description": "Overlay", "name": name, "path": f"com.apple.CoreML/{name}"}
        manifest["itemInfoEntries"][str(number)] = entry
    (package / "Manifest.json").write_text(json.dumps(manifest))


def set_author(model):
    model.metadata.author = "me"


def set_description(model):
    model.inputs[0].description = "mine"


@pytest.mark.parametrize("change, author, text", [
    (set_author, "me", "by Xcode"), (set_description, "Xcode", "mine"), (lambda model: model.rename("x", "image"), "Xcode", "by Xcode"),
    (lambda model: milc.edit(model, author="me"), "me", "by Xcode"), (lambda model: setattr(model.main.inputs[0], "name", "image"), "Xcode", "by Xcode"),
])
def test_overlays_dont_override_what_is_set(package, tmp_path, change, author, text):
    overlaid(package)
    model = milc.load(package)
    change(model)
    model.save(tmp_path / "saved.mlpackage")
    assert not (tmp_path / "saved.mlpackage" / "Data" / "com.apple.CoreML" / "Metadata.json").exists()
    again = milc.load(tmp_path / "saved.mlpackage")
    assert (again.metadata.author, again.inputs[0].description) == (author, text)


def test_edits(package, tmp_path):
    model = milc.load(package)
    relu = model.main.find_ops("relu")[0]
    with model.main.insert(before=relu) as b:
        y = b.tanh(x=relu.inputs["x"], name="instead")
    relu.replace_by(y)
    assert relu.block is None
    weight = model.main.find_ops("linear")[0].inputs["weight"].op
    weight.set_attribute("val", np.zeros((64, 64), np.float16))
    model.save(tmp_path / "edited.mlpackage")
    again = milc.load(tmp_path / "edited.mlpackage")
    assert [op.type for op in again.main.walk() if op.type in ("relu", "tanh")] == ["tanh"]
    assert not again.main.find_ops("linear")[0].inputs["weight"].val.any()


def test_flexible_shapes_and_images(net, tmp_path):
    model = milc.load(net)
    model.inputs[0].type = {"kind": "multiArray", "dtype": "fp32", "shape": [1, 64], "shapes": [[1, 64]]}
    assert model.inputs[0].type["shapes"] == [[1, 64]]
    with pytest.raises(milc.ModelError, match="kind 'array'"):
        model.inputs[0].type = {"kind": "array"}


def test_merge_shares(lora, tmp_path):
    merged = milc.merge(*lora, output=tmp_path / "both.mlpackage")
    assert list(merged.functions) == ["adapter_1", "adapter_2"]
    sharing = milc.load(tmp_path / "both.mlpackage").info()["weights"]["sharing"]
    assert sharing and sharing[0]["functions"] == ["adapter_1", "adapter_2"]
    named = milc.merge(base=lora[0], other=(lora[1], "main"), default="other")
    assert named.default_function == "other"


def test_takes_apart_and_compares(package, tmp_path, lora):
    context = milc.Context()
    assert milc.diff(package, package)["different"] is False
    assert milc.diff(*lora)["different"] is True
    merged = milc.merge(*lora, context=context)
    one = milc.extract(merged, "adapter_2")
    one.save(tmp_path / "one.mlpackage")
    assert not milc.diff(tmp_path / "one.mlpackage", lora[1], ignore_names=True)["functions"]
    parts = milc.split(package, str(tmp_path / "parts"), parts=2)
    assert [part["file"] for part in parts["parts"]] == ["part_1.mlpackage", "part_2.mlpackage"]


def test_compiles_and_decompiles(package, tmp_path):
    milc.compile(package, tmp_path / "m.mlmodelc")
    milc.decompile(tmp_path / "m.mlmodelc", tmp_path / "back.mlpackage")
    assert milc.diff(package, tmp_path / "back.mlpackage")["functions"] == []


def test_opt(net):
    model = milc.opt(net, pipeline="default")
    assert any(op.type == "cast" for op in model.main.walk())
    milc.opt(model, passes=[("const_elimination", {"skip_const_by_size": 10}), "dead_code_elimination"])
    with pytest.raises(milc.ModelError, match="no_such_pass"):
        milc.opt(model, passes=["no_such_pass"])


def test_what_there_is():
    assert any(each["name"] == "fuse_linear_bias" for each in milc.passes()["passes"])
    assert any(each["name"] == "conv" for each in milc.operations()["ops"])


def test_import_is_light():
    later = ("numpy", "typing", "json", "signal", "milc.builder", "milc.tools", "milc.run", "milc.coremltools")
    code = f"import sys; before = set(sys.modules); import milc; print([each for each in {later} if each in set(sys.modules) - before])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
