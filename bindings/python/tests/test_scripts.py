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
    for call in (
        lambda: flexible_shape_utils.set_multiarray_ndshape_range(spec, name, [1], [2, 3]),
        lambda: flexible_shape_utils.set_multiarray_ndshape_range(spec, name, [4, 64], [2, 64]),
        lambda: flexible_shape_utils.set_multiarray_ndshape_range(spec, "nothing", [1, 64], [2, 64]),
        lambda: flexible_shape_utils.add_multiarray_ndshape_enumeration(spec, name, []),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(milc.Unsupported, match="shape="):
        flexible_shape_utils.update_image_size_range(spec, name, None)


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
    with pytest.raises(ValueError, match="no configuration"):
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
    spec = second.get_spec()
    ct.utils.rename_feature(first.get_spec(), "y", "h")
    ct.utils.rename_feature(spec, "x", "h")
    second = ct.models.MLModel(spec, weights_dir=second.weights_dir)
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
    assert milc.opt(net, passes=empty.as_passes()).main.find_ops("linear")
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
        with pytest.raises(milc.Unsupported, match=call.__name__):
            call(package)
    with pytest.raises(milc.Unsupported, match="coremltools.target"):
        ct.target.iOS18
    with pytest.raises(AttributeError):
        ct.utils.no_such_thing
    spec = ct.utils.load_spec(str(package))
    with pytest.raises(milc.Unsupported, match="milc.edit"):
        spec.description.input[0].type.multiArrayType.dataType = 65568
