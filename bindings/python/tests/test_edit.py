"""milc.edit and what features can change: program and description together."""

import numpy as np
import pytest

import milc


@pytest.fixture
def picture(tmp_path):
    """An array of a picture, its brightness, and a function of its own for another size, as a package."""
    b = milc.Builder("ios18")
    with b.function("main") as f:
        x = f.input("photo", (1, 3, 8, 8), "fp32")
        f.output(f.mul(x=x, y=2.0), "bright")
    path = tmp_path / "picture.mlpackage"
    b.finish().save(path)
    return path


def saved(model, tmp_path):
    model.save(tmp_path / "saved.mlpackage", force=True)
    again = milc.load(tmp_path / "saved.mlpackage")
    again.verify(strict=True)
    return again


def test_names_texts_and_metadata(picture, tmp_path):
    model = milc.edit(picture, rename={"photo": "image", "bright": "photo"}, text={"image": "what to light"}, author="someone", license="MIT",
                      description="lights", model_version="3", set={"zebra": "1", "ape": "2"})
    again = saved(model, tmp_path)
    assert [each.name for each in again.inputs + again.outputs] == ["image", "photo"]
    assert again.inputs[0].description == "what to light"
    metadata = again.metadata
    assert (metadata.author, metadata.license, metadata.description, metadata.version) == ("someone", "MIT", "lights", "3")
    assert list(metadata) == ["zebra", "ape"]
    assert dict(milc.edit(again, unset=["zebra"], author="").metadata) == {"ape": "2"} and again.metadata.author == ""
    x = np.ones((1, 3, 8, 8), np.float32)
    assert (again.predict({"image": x})["photo"] == 2).all()


def test_functions_and_the_default(picture, tmp_path):
    merged = milc.merge(one=picture, two=picture)
    milc.edit(merged, rename={"one": "first"}, default="two")
    milc.edit(merged, rename={"photo": "image"}, function="first")
    again = saved(merged, tmp_path)
    assert list(again.functions) == ["first", "two"] and again.default_function == "two"
    assert again.interface("first")["inputs"][0].name == "image" and again.inputs[0].name == "photo"


def test_element_types(picture, tmp_path):
    model = milc.edit(picture, type={"photo": "fp16", "bright": "int32"})
    again = saved(model, tmp_path)
    assert [each.type["dtype"] for each in again.inputs + again.outputs] == ["fp16", "int32"]
    assert again.predict({"photo": np.full((1, 3, 8, 8), 3)})["bright"].dtype == np.int32
    again.inputs[0].set_dtype("fp32")
    assert again.inputs[0].type["dtype"] == "fp32" and again.main.inputs[0].dtype == "fp32"


def test_images(picture, tmp_path):
    model = milc.load(picture)
    feature = model.inputs[0]
    feature.make_image("RGB", scale=0.5, bias=[1, 2, 3])
    assert feature.type["kind"] == "image" and feature.type["colorSpace"] == "rgb"
    again = saved(model, tmp_path)
    out = again.predict({"photo": np.full((1, 3, 8, 8), 10)})["bright"]
    assert out[0, :, 0, 0].tolist() == [12, 14, 16]
    again.inputs[0].make_array()
    assert again.inputs[0].type["kind"] == "multiArray"
    milc.edit(again, image={"photo": "BGR"}, scale={"photo": 1 / 255})
    assert again.inputs[0].type["colorSpace"] == "bgr"


@pytest.mark.parametrize("shape, expected", [
    ((1, 3, (4, 16), (4, None)), {"ranges": [[1, 1], [3, 3], [4, 16], [4, -1]]}),
    ("1x3x4..16x4..", {"ranges": [[1, 1], [3, 3], [4, 16], [4, -1]]}),
    ([(1, 3, 8, 8), (1, 3, 16, 16)], {"shapes": [[1, 3, 8, 8], [1, 3, 16, 16]]}),
])
def test_sizes(picture, tmp_path, shape, expected):
    again = saved(milc.edit(picture, shape={"photo": shape}), tmp_path)
    assert expected.items() <= again.inputs[0].type.items()
    assert again.main.outputs[0].shape[-1] is None
    assert again.predict({"photo": np.ones((1, 3, 16, 16))})["bright"].shape == (1, 3, 16, 16)


def test_sizes_of_a_feature(picture):
    model = milc.load(picture)
    model.inputs[0].set_shape((1, 3, 8, 8), (1, 3, 4, 4))
    assert model.inputs[0].type["shapes"] == [[1, 3, 8, 8], [1, 3, 4, 4]]
    model.inputs[0].set_shape((1, 3, (4, 8), (4, 8)))
    assert model.inputs[0].type["ranges"][2:] == [[4, 8], [4, 8]]
    model.inputs[0].set_shape((1, 3, 4, 4))
    assert model.main.outputs[0].shape == (1, 3, 4, 4)


def test_labels(tmp_path):
    path = tmp_path / "classifier.mil"
    path.write_text("""program(1.3)
{
    func main<ios18>(tensor<fp32, [2]> x) {
            list<string, 2> names = const()[name = string("names"), val = list<string, 2>(["a", "b"])];
            string label, dict<string, fp64> chances = classify(classes = names, probabilities = x)[name = string("c")];
        } -> (label, chances);
}
""")
    assert milc.edit(path, labels=["red", "green"]).main.find_ops(name="names")[0].val == ["red", "green"]
    with pytest.raises(milc.ModelError, match="2 labels, but 3 were given"):
        milc.edit(path, labels="abc")


def test_a_refused_edit_changes_nothing(picture):
    model = milc.load(picture)
    before = model.text()
    for edits in (
        {"rename": {"none": "x"}}, {"rename": {"photo": "bright"}}, {"rename": {"photo": "1"}}, {"type": {"none": "fp16"}},
        {"image": {"photo": "GRAYSCALE"}},
        {"image": {"photo": "RGB"}, "scale": {"photo": [1, 2]}}, {"image": {"bright": "RGB"}, "scale": {"bright": 2}}, {"array": "photo"},
        {"shape": {"bright": (1, 3, 8, 8)}}, {"shape": {"photo": (8, 8)}}, {"labels": ["a"]}, {"unset": ["none"]}, {"default": "none"},
        {"text": {"none": "x"}}, {"function": "none", "author": "x"},
    ):
        with pytest.raises(milc.ModelError):
            milc.edit(model, **edits)
        assert model.text() == before, edits
    model.verify()


def test_wrong_calls(picture):
    model = milc.load(picture)
    for edits in (
        {"type": {"photo": "fp8"}}, {"shape": {"photo": "1x"}}, {"shape": {"photo": (0, 3)}}, {"shape": {"photo": [(1, 3, 8, 8), (1, 3)]}},
        {"shape": {"photo": ("a", 2)}}, {"image": {"photo": "CMYK"}}, {"scale": {"photo": 2}}, {"rename": {"": "x"}}, {"rename": ["photo"]},
        {"text": {"photo": 3}}, {"author": 3}, {"set": {"": "x"}},
    ):
        with pytest.raises(milc.CallError):
            milc.edit(model, **edits)
    with pytest.raises(ValueError):
        milc.edit(model, author="a\0b")
    model.verify()
    model.close()
    with pytest.raises(milc.ClosedError):
        milc.edit(model, author="x")


def test_half_made_edits_close_the_model(picture):
    model = milc.load(picture)
    with pytest.raises(milc.ModelError, match="no input"):
        milc.edit(model, rename={"photo": "image"}, type={"none": "fp16"})
    with pytest.raises(milc.ModelError, match="half changed"):
        model.verify()


def test_compiled_after_an_edit(picture, tmp_path):
    milc.compile(milc.edit(picture, rename={"photo": "image"}), tmp_path / "edited.mlmodelc")
    assert milc.load(tmp_path / "edited.mlmodelc").inputs[0].name == "image"
