"""Scripts as users of coremltools write them, with one import changed."""

import numpy as np
import pytest

import milc
import milc.coremltools as ct


def size(path):
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def test_load_describe_save(package, tmp_path):
    model = ct.models.MLModel(str(package))
    model.short_description = "A small adapter"
    model.author = "Someone"
    model.license = "MIT"
    model.version = "2.0"
    model.input_description["x"] = "The features"
    model.output_description["adapted_2"] = "The same, adapted"
    model.user_defined_metadata["com.example.kind"] = "adapter"
    model.save(str(tmp_path / "described.mlpackage"))
    again = ct.models.MLModel(str(tmp_path / "described.mlpackage"))
    assert (again.short_description, again.version, again.license) == ("A small adapter", "2.0", "MIT")
    assert again.input_description["x"] == "The features"
    assert again.user_defined_metadata["com.example.kind"] == "adapter"


def test_rename_a_feature(package, tmp_path):
    spec = ct.utils.load_spec(str(package))
    assert spec.WhichOneof("Type") == "mlProgram"
    assert [each.type.WhichOneof("Type") for each in spec.description.input] == ["multiArrayType"]
    assert spec.description.input[0].type.multiArrayType.dataType == ct.proto.FeatureTypes_pb2.ArrayFeatureType.FLOAT16
    ct.utils.rename_feature(spec, "x", "image")
    ct.utils.rename_feature(spec, "no such feature", "y")
    ct.utils.rename_feature(spec, "adapted_2", "logits", rename_outputs=False)
    ct.utils.save_spec(spec, str(tmp_path / "renamed.mlpackage"))
    spec = ct.utils.load_spec(str(tmp_path / "renamed.mlpackage"))
    assert [each.name for each in spec.description.input] == ["image"]
    assert [each.name for each in spec.description.output] == ["adapted_2"]
    assert list(spec.description.input[0].type.multiArrayType.shape) == [1, 64]


def test_flexible_shapes(net, tmp_path):
    from milc.coremltools.models.neural_network import flexible_shape_utils

    spec = ct.utils.load_spec(str(net))
    (name, result) = (spec.description.input[0].name, spec.description.output[0].name)
    flexible_shape_utils.add_multiarray_ndshape_enumeration(spec, feature_name=name, enumerated_shapes=[(2, 64), (4, 64)])
    flexible_shape_utils.add_multiarray_ndshape_enumeration(spec, feature_name=name, enumerated_shapes=(8, 64))
    flexible_shape_utils.add_multiarray_ndshape_enumeration(spec, feature_name=result, enumerated_shapes=[(2, 10), (4, 10), (8, 10)])
    ct.utils.save_spec(spec, str(tmp_path / "shapes.mlpackage"))
    model = ct.models.MLModel(str(tmp_path / "shapes.mlpackage"))
    assert model.milc_model.inputs[0].type["shapes"] == [[1, 64], [2, 64], [4, 64], [8, 64]]
    for rows in (1, 2, 4, 8):
        assert model.predict({name: np.ones((rows, 64), np.float32)})[result].shape[0] == rows

    spec = ct.utils.load_spec(str(net))
    flexible_shape_utils.set_multiarray_ndshape_range(spec, feature_name=name, lower_bounds=[1, 64], upper_bounds=[-1, 64])
    flexible_shape_utils.set_multiarray_ndshape_range(spec, feature_name=result, lower_bounds=[1, 10], upper_bounds=[-1, 10])
    model = ct.models.MLModel(spec)
    assert model.predict({name: np.ones((37, 64), np.float32)})[result].shape[0] == 37
    described = model.get_spec().description.input[0].type.multiArrayType
    assert described.shape == [1, 64] and described.shapeRange.sizeRanges[0].upperBound == -1
    for call in (
        lambda: flexible_shape_utils.set_multiarray_ndshape_range(spec, name, [1], [2, 3]),
        lambda: flexible_shape_utils.set_multiarray_ndshape_range(spec, name, [4, 64], [2, 64]),
        lambda: flexible_shape_utils.set_multiarray_ndshape_range(spec, "nothing", [1, 64], [2, 64]),
        lambda: flexible_shape_utils.add_multiarray_ndshape_enumeration(spec, name, []),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(milc.Unsupported, match="set_multiarray_ndshape_range"):
        flexible_shape_utils.update_multiarray_shape_range(spec, name, None)


def images(tmp_path):
    """Takes an image of 32 by 32 and gives another."""
    b = milc.Builder("ios18")
    with b.function("main") as f:
        f.output(f.sub(x=np.float32(255), y=f.input("photo", (1, 3, 32, 48), "fp32")), "negative")
    path = tmp_path / "images.mlpackage"
    b.finish().save(path, force=True)
    return str(path)


def test_sizes_of_images(tmp_path):
    from milc.coremltools.models.neural_network import flexible_shape_utils

    def spec_of_images():
        spec = ct.utils.load_spec(images(tmp_path))
        for feature in (spec.description.input[0], spec.description.output[0]):
            feature.type.imageType.colorSpace = ct.proto.FeatureTypes_pb2.ImageFeatureType.RGB
        return spec

    spec = spec_of_images()
    sizes = [flexible_shape_utils.NeuralNetworkImageSize(height=64, width=96), flexible_shape_utils.NeuralNetworkImageSize(128, 192)]
    flexible_shape_utils.add_enumerated_image_sizes(spec, feature_name="photo", sizes=sizes)
    flexible_shape_utils.add_enumerated_image_sizes(spec, feature_name="negative", sizes=sizes[0])
    ct.utils.save_spec(spec, str(tmp_path / "sizes.mlpackage"))
    image = ct.utils.load_spec(str(tmp_path / "sizes.mlpackage")).description.input[0].type.imageType
    assert [(each.width, each.height) for each in image.enumeratedSizes.sizes] == [(48, 32), (96, 64), (192, 128)]
    assert (image.width, image.height, image.WhichOneof("SizeFlexibility")) == (48, 32, "enumeratedSizes")
    assert spec.description.output[0].type.imageType.enumeratedSizes.sizes[1].width == 96
    assert spec.milc_model.main.inputs[0].shape == (1, 3, None, None)

    spec = spec_of_images()
    size_range = flexible_shape_utils.NeuralNetworkImageSizeRange()
    size_range.add_height_range((16, 512))
    size_range.add_width_range((64, -1))
    for name in ("photo", "negative"):
        flexible_shape_utils.update_image_size_range(spec, feature_name=name, size_range=size_range)
    for feature in (spec.description.input[0], spec.description.output[0]):
        image = feature.type.imageType
        assert (image.width, image.height) == (64, 32)
        assert (image.imageSizeRange.heightRange.upperBound, image.imageSizeRange.widthRange.upperBound) == (512, -1)
    spec.milc_model.verify()
    for call in (
        lambda: flexible_shape_utils.update_image_size_range(spec, "photo", None),
        lambda: flexible_shape_utils.add_enumerated_image_sizes(spec, "photo", []),
        lambda: flexible_shape_utils.NeuralNetworkImageSizeRange((8, 4)),
        lambda: flexible_shape_utils.NeuralNetworkImageSize(0, 4),
        lambda: flexible_shape_utils.update_image_size_range(ct.utils.load_spec(images(tmp_path)), "photo", size_range),
    ):
        with pytest.raises(ValueError):
            call()


def test_images_by_their_specification(tmp_path):
    """An array becomes an image by what its specification says, in the order in which scripts say it."""
    from milc.coremltools.proto import FeatureTypes_pb2 as ft

    spec = ct.models.MLModel(images(tmp_path)).get_spec()
    photo = spec.description.input[0]
    photo.type.imageType.width = 48
    photo.type.imageType.height = 32
    photo.type.imageType.colorSpace = ft.ImageFeatureType.ColorSpace.Value("BGR")
    assert photo.type.WhichOneof("Type") == "imageType" and photo.type.HasField("imageType") and not photo.type.HasField("multiArrayType")
    photo.type.imageType.colorSpace = ft.ImageFeatureType.RGB
    assert ft.ImageFeatureType.ColorSpace.Name(photo.type.imageType.colorSpace) == "RGB"
    spec.description.output[0].type.multiArrayType.dataType = ft.ArrayFeatureType.FLOAT16
    model = ct.models.MLModel(spec)
    found = model.predict({"photo": np.full((1, 3, 32, 48), 5)})["negative"]
    assert found.dtype == np.float16 and (found == 250).all()
    with pytest.raises(milc.Unsupported, match="width 64"):
        photo.type.imageType.width = 64
    with pytest.raises(milc.Unsupported, match="no arrays of type"):
        spec.description.output[0].type.multiArrayType.dataType = ft.ArrayFeatureType.DOUBLE
    with pytest.raises(milc.Unsupported, match="flexible_shape_utils"):
        spec.description.output[0].type.multiArrayType.shape.append(3)
    with pytest.raises(milc.Unsupported, match="messages"):
        ft.ImageFeatureType()


def test_specifications_are_copies(net):
    import copy

    model = ct.models.MLModel(str(net))
    spec = model.get_spec()
    assert spec.description.input[0].name == "x"
    ct.utils.rename_feature(spec, "x", "features")
    spec.description.metadata.author = "Someone"
    spec.description.metadata.userDefined["key"] = "value"
    spec.description.output[0].shortDescription = "The result"
    other = copy.deepcopy(spec)
    other.description.metadata.author = "Another"
    renamed = ct.models.MLModel(spec, weights_dir=model.weights_dir)
    x = np.ones((1, 64), np.float32)
    assert renamed.predict({"features": x})["y"].tobytes() == model.predict({"x": x})["y"].tobytes()
    assert (model.author, dict(model.user_defined_metadata), model.output_description["y"]) == ("", {}, "")
    assert (renamed.author, renamed.user_defined_metadata["key"], renamed.output_description["y"]) == ("Someone", "value", "The result")
    model._spec.description.metadata.author = "Me"
    assert model.author == "Me" and "Someone" in repr(spec.description)
    with pytest.raises(milc.Unsupported, match="message"):
        spec.SerializeToString()
    assert not hasattr(spec, "nothing")


def test_specification_of_a_pipeline(net, tmp_path):
    first, second = ct.models.MLModel(str(net)), ct.models.MLModel(str(net))
    specs = [first.get_spec(), second.get_spec()]
    ct.utils.rename_feature(specs[0], "y", "h")
    ct.utils.rename_feature(specs[1], "x", "h")
    pipeline = ct.utils.make_pipeline(*[ct.models.MLModel(spec) for spec in specs])
    spec = pipeline.get_spec()
    spec.description.metadata.license = "MIT"
    assert pipeline.license == "" and ct.models.MLModel(spec).license == "MIT"
    ct.utils.save_spec(spec, str(tmp_path / "pipeline.mlpackage"))
    x = {"x": np.ones((1, 64), np.float32)}
    assert ct.models.MLModel(str(tmp_path / "pipeline.mlpackage")).predict(x)["y"].tobytes() == pipeline.predict(x)["y"].tobytes()


def test_operations_of_a_specification(net):
    program = ct.utils.load_spec(str(net)).mlProgram
    (function,) = program.functions.values()
    assert function.opset == "CoreML8" and function.inputs[0].name == "x"
    block = function.block_specializations[function.opset]
    assert block.outputs == ["y"]
    types = [op.type for op in block.operations]
    assert types.count("linear") == 2
    linear = block.operations[types.index("linear")]
    assert linear.inputs["x"].arguments[0].name == "x"
    assert linear.attributes["name"].immediateValue.tensor.strings.values == ["first"]
    shape = linear.outputs[0].type.tensorType
    assert shape.rank == 2 and [each.constant.size for each in shape.dimensions] == [1, 64]
    weight = next(op for op in block.operations if op.type == "const" and op.outputs[0].type.tensorType.rank == 2)
    assert weight.attributes["val"].WhichOneof("value") == "blobFileValue" and weight.milc_operation.val.shape == (64, 64)


def test_lists_of_a_specification_are_to_be_read(net, package):
    """Scripts that take outputs away or add operations must not go on with a model that still has, or hasn't, them."""
    spec = ct.utils.load_spec(str(net))
    block = next(iter(spec.mlProgram.functions["main"].block_specializations.values()))
    for change in (
        lambda: spec.description.output.pop(),
        lambda: spec.description.input.add(),
        lambda: spec.description.functions.extend([None]),
        lambda: spec.description.input.__delitem__(0),
        lambda: block.operations.remove(block.operations[0]),
        lambda: block.outputs.append("y"),
    ):
        with pytest.raises(milc.Unsupported, match="lists of a specification"):
            change()
    assert len(spec.description.output) == 1 and [each.name for each in spec.description.output] == ["y"]
    assert spec.description.functions == []


def test_what_scripts_ask_of_a_model(net, tmp_path):
    from milc.coremltools.models.model import MLState
    from milc.coremltools.models.utils import _is_macos, _macos_version

    model = ct.models.MLModel(str(net))
    assert model.package_path == str(net) and model._mil_program is None
    path = ct.utils.compile_model(model.get_spec(), str(tmp_path / "net.mlmodelc"))
    assert ct.models.MLModel(path).package_path is None
    assert _is_macos() == bool(_macos_version())
    assert MLState is milc.run.State


def test_change_types(net):
    from milc.coremltools.proto.FeatureTypes_pb2 import ArrayFeatureType
    from milc.coremltools.utils import change_input_output_tensor_type

    model = ct.models.MLModel(str(net))
    half = change_input_output_tensor_type(ml_model=model, from_type=ArrayFeatureType.FLOAT32, to_type=ArrayFeatureType.FLOAT16, input_names=["*"])
    x = np.ones((1, 64), np.float32)
    assert half.predict({"x": x.astype(np.float16)})["y"].dtype == np.float16 and model.predict({"x": x})["y"].dtype == np.float32
    outputs = change_input_output_tensor_type(model, ArrayFeatureType.FLOAT32, ArrayFeatureType.FLOAT16).get_spec().description
    assert outputs.input[0].type.multiArrayType.dataType == ArrayFeatureType.FLOAT32
    assert outputs.output[0].type.multiArrayType.dataType == ArrayFeatureType.FLOAT16
    with pytest.raises(ValueError):
        change_input_output_tensor_type(model, ArrayFeatureType.FLOAT32, ArrayFeatureType.FLOAT32)


def test_choose_weights_to_palettize(net, tmp_path):
    """What is large and has many values is palettized, by a file that is written for it; the rest stays."""
    coreml = ct.optimize.coreml
    model = ct.models.MLModel(str(net))
    found = coreml.get_weights_metadata(model, weight_threshold=100)
    large = [name for name, weight in found.items() if weight.val.size > 2000 and weight.unique_values > 64 and weight.sparsity < 0.5]
    assert large and all(child.op_type == "linear" for name in large for child in found[name].child_ops)
    (tmp_path / "config.yaml").write_text(
        "config_type: OpPalettizerConfig\nop_name_configs:\n" + "".join(f"  {name}:\n    mode: kmeans\n    nbits: 4\n" for name in large))
    small = coreml.palettize_weights(model, coreml.OptimizationConfig.from_yaml(str(tmp_path / "config.yaml")))
    small.user_defined_metadata["compression"] = "4 bit palettes"
    small.save(str(tmp_path / "small.mlpackage"))
    again = ct.models.MLModel(str(tmp_path / "small.mlpackage"))
    assert again.user_defined_metadata["compression"] == "4 bit palettes"
    assert [op.type for op in again.milc_model.main.walk()].count("constexpr_lut_to_dense") == len(large)


def test_quantize_by_config(net, tmp_path):
    model = ct.models.MLModel(str(net))
    op_config = ct.optimize.coreml.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=512)
    config = ct.optimize.coreml.OptimizationConfig(global_config=op_config)
    small = ct.optimize.coreml.linear_quantize_weights(model, config=config)
    small.save(str(tmp_path / "small.mlpackage"))
    assert size(tmp_path / "small.mlpackage") < size(net) / 2
    types = [op.type for op in milc.load(tmp_path / "small.mlpackage").main.walk()]
    assert types.count("constexpr_blockwise_shift_scale") == 2
    before = model.milc_model.main.find_ops("linear")[0].inputs["weight"].val
    after = small.milc_model.main.find_ops("linear")[0].inputs["weight"].elements()
    assert 0 < np.abs(after - before).max() < 0.05
    plain = ct.optimize.coreml.decompress_weights(small)
    assert all(op.type != "constexpr_blockwise_shift_scale" for op in plain.milc_model.main.walk())


def test_quantize_all_but_one(net):
    config = ct.optimize.coreml.OptimizationConfig(
        global_config=ct.optimize.coreml.OpLinearQuantizerConfig(dtype="int8"), op_name_configs={"second": None}
    )
    small = ct.optimize.coreml.linear_quantize_weights(ct.models.MLModel(str(net)), config)
    first, second = small.milc_model.main.find_ops("linear")
    assert first.inputs["weight"].op.type == "constexpr_blockwise_shift_scale"
    assert second.inputs["weight"].op.type == "const"


def test_palettize_and_prune(net):
    model = ct.models.MLModel(str(net))
    config = ct.optimize.coreml.OptimizationConfig()
    config.set_op_type("linear", ct.optimize.coreml.OpPalettizerConfig(mode="uniform", nbits=4))
    small = ct.optimize.coreml.palettize_weights(model, config)
    weight = small.milc_model.main.find_ops("linear")[0].inputs["weight"]
    assert weight.op.type == "constexpr_lut_to_dense" and len(np.unique(weight.elements())) <= 16
    pruned = ct.optimize.coreml.prune_weights(
        model, ct.optimize.coreml.OptimizationConfig(ct.optimize.coreml.OpMagnitudePrunerConfig(target_sparsity=0.5)))
    assert np.mean(pruned.milc_model.main.find_ops("linear")[0].inputs["weight"].elements() == 0) == pytest.approx(0.5, abs=0.01)
    with pytest.raises(milc.Unsupported, match="lut_function"):
        ct.optimize.coreml.OpPalettizerConfig(mode="custom", lut_function=lambda weight: weight)


def test_palettize_by_vectors_with_scales(net):
    model = ct.models.MLModel(str(net))
    coreml = ct.optimize.coreml
    config = coreml.OptimizationConfig(coreml.OpPalettizerConfig(mode="kmeans", nbits=4, cluster_dim=2))
    weight = coreml.palettize_weights(model, config).milc_model.main.find_ops("linear")[0].inputs["weight"]
    assert weight.op.type == "constexpr_lut_to_dense" and weight.op.inputs["lut"].type.shape[-1] == 2
    config = coreml.OptimizationConfig(coreml.OpPalettizerConfig(nbits=4, granularity="per_grouped_channel", group_size=16, enable_per_channel_scale=True))
    weight = coreml.palettize_weights(model, config).milc_model.main.find_ops("linear")[0].inputs["weight"]
    assert weight.op.inputs["lut"].type.shape[0] == 64  # the scales of channels are in their tables


def test_compress_jointly(net, tmp_path):
    coreml = ct.optimize.coreml
    pruner = coreml.OptimizationConfig(coreml.OpMagnitudePrunerConfig(n_m_ratio=(2, 4), dim=1))
    pruned = coreml.prune_weights(ct.models.MLModel(str(net)), pruner)
    quantizer = coreml.OptimizationConfig(coreml.OpLinearQuantizerConfig(mode="linear_symmetric"))
    small = coreml.linear_quantize_weights(pruned, quantizer, joint_compression=True)
    weight = small.milc_model.main.find_ops("linear")[0].inputs["weight"]
    assert weight.op.type == "constexpr_sparse_to_dense"
    assert (weight.elements().reshape(64, 16, 4) != 0).sum(axis=2).max() <= 2
    small.save(str(tmp_path / "small.mlpackage"))
    before = ct.models.MLModel(str(net)).predict({"x": np.ones((1, 64))})["y"]
    assert np.isfinite(ct.models.MLModel(str(tmp_path / "small.mlpackage")).predict({"x": np.ones((1, 64))})["y"]).all() and before.any()
    blocks = coreml.prune_weights(ct.models.MLModel(str(net)), coreml.OptimizationConfig(coreml.OpMagnitudePrunerConfig(target_sparsity=0.5, block_size=4)))
    assert np.mean(blocks.milc_model.main.find_ops("linear")[0].inputs["weight"].elements() == 0) == pytest.approx(0.5, abs=0.02)


def test_config_of_a_dict_and_of_a_file(net, tmp_path):
    coreml, model = ct.optimize.coreml, ct.models.MLModel(str(net))
    written = {"config_type": "OpPalettizerConfig", "global_config": {"nbits": 4}, "op_name_configs": {"second": None}}
    (tmp_path / "config.yaml").write_text("config_type: OpPalettizerConfig\nglobal_config:\n  nbits: 4\nop_name_configs:\n  second: null\n")
    for config in (coreml.OptimizationConfig.from_dict(written), coreml.OptimizationConfig.from_yaml(str(tmp_path / "config.yaml"))):
        first, second = coreml.palettize_weights(model, config).milc_model.main.find_ops("linear")
        assert (first.inputs["weight"].op.type, second.inputs["weight"].op.type) == ("constexpr_lut_to_dense", "const")
    with pytest.raises(milc.ModelError, match="nbits"):
        coreml.palettize_weights(model, coreml.OptimizationConfig(coreml.OpPalettizerConfig(nbits=5)))
    with pytest.raises(ValueError, match="not a configuration"):
        coreml.palettize_weights(model, coreml.OptimizationConfig(coreml.OpLinearQuantizerConfig()))


def test_split_and_compare(package, tmp_path):
    ct.utils.bisect_model(str(package), str(tmp_path / "chunks"))
    whole = ct.models.MLModel(str(package)).predict({"x": np.ones((1, 64), np.float16)})
    values = {"x": np.ones((1, 64), np.float16)}
    for number in (1, 2):
        part = ct.models.MLModel(str(tmp_path / "chunks" / f"adapter_chunk{number}.mlpackage"))
        values = part.predict({each.name: values[each.name] for each in part.get_spec().description.input}) | values
    assert all(values[name].tobytes() == array.tobytes() for name, array in whole.items())


def test_weights_metadata(net):
    found = ct.optimize.coreml.get_weights_metadata(ct.models.MLModel(str(net)), weight_threshold=1024)
    assert len(found) == 2
    for data in found.values():
        assert data.val.shape == (64, 64) and data.sparsity == 0 and data.child_ops[0].op_type == "linear"


def test_merge_adapters(lora, tmp_path):
    paths = []
    for path in lora:
        package = tmp_path / f"{path.stem}.mlpackage"
        milc.load(path).save(package)
        paths.append(str(package))
    desc = ct.utils.MultiFunctionDescriptor()
    desc.add_function(paths[0], src_function_name="main", target_function_name="adapter_1")
    desc.add_function(paths[1], src_function_name="main", target_function_name="adapter_2")
    with pytest.raises(ValueError):
        ct.utils.save_multifunction(desc, str(tmp_path / "none.mlpackage"))
    desc.default_function_name = "adapter_1"
    ct.utils.save_multifunction(desc, str(tmp_path / "both.mlpackage"))
    model = ct.models.MLModel(str(tmp_path / "both.mlpackage"), function_name="adapter_2")
    assert [each.name for each in model.get_spec().description.functions] == ["adapter_1", "adapter_2"]
    assert model.get_spec().description.defaultFunctionName == "adapter_1"


def test_bisect(package, tmp_path, caplog):
    caplog.set_level("INFO", "milc.coremltools")
    ct.utils.bisect_model(str(package), str(tmp_path / "chunks"))
    assert "adapted_2: " in caplog.text and "parity check passed" in caplog.text
    for number in (1, 2):
        ct.models.MLModel(str(tmp_path / "chunks" / f"adapter_chunk{number}.mlpackage")).milc_model.verify()


def test_bisect_to_a_pipeline(net, tmp_path):
    model = ct.models.MLModel(str(net))
    ct.models.utils.bisect_model(model, str(tmp_path), merge_chunks_to_pipeline=True, check_output_correctness=False)
    pipeline = ct.models.MLModel(str(tmp_path / "chunked_pipeline.mlpackage"))
    assert pipeline.get_spec().WhichOneof("Type") == "pipeline"
    x = {"x": np.ones((1, 64), np.float32)}
    assert pipeline.predict(x)["y"].tobytes() == model.predict(x)["y"].tobytes()
    assert not (tmp_path / "chunk1.mlpackage").exists()
    with pytest.raises(ValueError, match="model"):
        ct.models.utils.bisect_model(3, str(tmp_path))


def test_make_pipeline(net, tmp_path):
    first, second = ct.models.MLModel(str(net)), ct.models.MLModel(str(net))
    before, after = first.get_spec(), second.get_spec()
    ct.utils.rename_feature(before, "y", "h")
    ct.utils.rename_feature(after, "x", "h")
    first = ct.models.MLModel(before, weights_dir=first.weights_dir)
    second = ct.models.MLModel(after, weights_dir=second.weights_dir)
    pipeline = ct.utils.make_pipeline(first, second)
    x = {"x": np.ones((1, 64), np.float32)}
    expected = second.predict(first.predict(x))["y"]
    assert pipeline.predict(x)["y"].tobytes() == expected.tobytes()
    pipeline.save(str(tmp_path / "pipeline.mlpackage"))
    assert ct.models.MLModel(str(tmp_path / "pipeline.mlpackage")).predict(x)["y"].tobytes() == expected.tobytes()
    with pytest.raises(TypeError, match="compute_units"):
        ct.utils.make_pipeline(first, second, compute_units="ALL")
    with pytest.raises(ValueError, match="compute_unit"):
        ct.utils.make_pipeline(first, ct.models.MLModel(str(net), compute_units=ct.ComputeUnit.CPU_ONLY))


def test_build_a_small_net(tmp_path):
    rng = np.random.default_rng(7)
    weights, bias = rng.standard_normal((10, 64), dtype=np.float32), rng.standard_normal(10, dtype=np.float32)
    b = milc.Builder("ios17")
    with b.function("main") as f:
        image = f.input("image", (1, 1, 16, 16), "fp32")
        h = f.max_pool(x=image, kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid")
        h = f.linear(x=f.reshape(x=h, shape=[1, 64]), weight=weights, bias=bias)
        f.output(f.softmax(x=h, axis=-1), "probabilities")
    model = b.finish()
    model.metadata.author = "me"
    model.inputs[0].make_image("GRAYSCALE", scale=1 / 255)
    model.save(tmp_path / "digits.mlpackage")

    pixels = rng.integers(0, 256, (1, 1, 16, 16))
    pooled = (pixels / 255).reshape(8, 2, 8, 2).max(axis=(1, 3)).reshape(64)
    scores = np.exp(weights @ pooled + bias)
    found = ct.models.MLModel(str(tmp_path / "digits.mlpackage")).predict({"image": pixels})["probabilities"]
    assert np.allclose(found[0], scores / scores.sum(), atol=1e-5)


def test_run_compiled(net, tmp_path):
    kept = ct.models.MLModel(str(net))
    assert ct.models.CompiledMLModel(kept.get_compiled_model_path()).milc_model.inputs[0].name == "x"
    path = ct.utils.compile_model(ct.utils.load_spec(str(net)), str(tmp_path / "net.mlmodelc"))
    x = {"x": np.ones((1, 64), np.float32)}
    assert ct.models.CompiledMLModel(path).predict(x)["y"].tobytes() == ct.models.MLModel(str(net)).predict(x)["y"].tobytes()


def test_fix_dynamic_shapes(tmp_path):
    b = milc.Builder("ios18")
    with b.function() as f:
        f.output(f.relu(x=f.input("x", (None, 8), "fp16")), "y")
    b.finish().save(tmp_path / "dynamic.mlpackage")
    ct.utils.materialize_dynamic_shape_mlmodel(
        ct.models.MLModel(str(tmp_path / "dynamic.mlpackage")), {"of_4": {"x": (4, 8)}, "of_16": {"x": (16, 8)}}, str(tmp_path / "fixed.mlpackage"))
    functions = milc.load(tmp_path / "fixed.mlpackage").functions
    assert functions["of_4"].inputs[0].shape == (4, 8) and functions["of_16"].outputs[0].shape == (16, 8)


def test_pipeline_of_passes(net):
    pipeline = ct.PassPipeline.DEFAULT
    assert "common::add_fp16_cast" in pipeline.passes and "add_fp16_cast" in pipeline.passes
    pipeline.remove_passes({"common::add_fp16_cast"})
    assert "common::add_fp16_cast" not in pipeline.passes and "common::add_fp16_cast" in ct.PassPipeline.DEFAULT.passes
    pipeline.set_options("common::const_elimination", {"skip_const_by_size": "1e6"})
    pipeline.set_options("common::const_elimination", {"skip_const_by_size": "1000"})
    with pytest.raises(ValueError, match="already"):
        pipeline.set_options("common::const_elimination", {}, override=False)
    assert pipeline.get_options("const_elimination") == [("skip_const_by_size", "1000")]
    assert milc.opt(net, passes=pipeline.as_passes()).main.find_ops("linear")
    pipeline.remove_pass(index=pipeline.passes.index("common::const_elimination"))
    while "const_elimination" in pipeline.passes:
        pipeline.remove_passes(["const_elimination"])
    with pytest.raises(ValueError, match="not in the passes"):
        pipeline.validate()

    empty = ct.PassPipeline.EMPTY
    empty.append_pass("common::dead_code_elimination")
    empty.insert_pass(index=0, pass_name="common::const_elimination")
    empty.set_options_by_another_pipeline(pipeline)
    assert str(empty) == "empty" and empty.passes == ["const_elimination", "common::dead_code_elimination"]
    assert len(empty.get_all_options()) == 1
    assert milc.opt(net, passes=empty).main.find_ops("linear")
    for call in (lambda: empty.append_pass("common::none"), lambda: ct.PassPipeline(["none"]), lambda: ct.PassPipeline.get_pipeline("none")):
        with pytest.raises(ValueError, match="none"):
            call()
    assert {"default", "empty", "cleanup"} <= set(ct.PassPipeline.list_available_pipelines())
    assert "palettize_weights" in ct.PassPipeline.DEFAULT_PALETTIZATION.passes and "prune_weights" in ct.PassPipeline.DEFAULT_PRUNING.passes
    assert ct.PassPipeline.CLEANUP.passes


def test_says_what_it_has_not(package):
    with pytest.raises(milc.Unsupported, match="convert"):
        ct.convert(None)
    from milc.coremltools.models.utils import evaluate_regressor

    for call in (evaluate_regressor, ct.utils.randomize_weights, ct.TensorType, ct.models.tree_ensemble, ct.optimize.torch):
        with pytest.raises(milc.Unsupported, match=call.__name__.removeprefix("milc.")):
            call(package)
    with pytest.raises(milc.Unsupported, match="coremltools.target"):
        ct.target.iOS18
    with pytest.raises(AttributeError):
        ct.utils.no_such_thing
    assert ct.__version__.split(".")[0].isdigit()
    for line in ("from milc.coremltools.models.pipeline import Pipeline", "from milc.coremltools.converters.mil import Builder as mb",
                 "from milc.coremltools.proto import Model_pb2; Model_pb2.Model()", "import milc.coremltools.optimize.torch.pruning as p; p.Pruner",
                 "from milc.coremltools.models.compute_plan import MLComputePlan"):
        with pytest.raises(milc.Unsupported, match="milc doesn't have coremltools"):
            exec(line, {})
    spec = ct.utils.load_spec(str(package))
    with pytest.raises(milc.Unsupported, match="milc.edit"):
        spec.description.input[0].type.multiArrayType.shapeRange = None
