"""Everything public is typed and documented, so that editors and type checkers support it, and refuses wrong arguments."""

import builtins
import importlib
import inspect
import itertools
import os
import pkgutil

import numpy as np
import pytest

import milc
import milc.builder
import milc.coremltools

MODULES = ["milc"] + [each.name for each in pkgutil.walk_packages(milc.__path__, "milc.") if not each.name.split(".")[-1].startswith("_")]


def public(module):
    """(name, function) of the public functions and methods that a module defines, and of `__init__`s."""
    for name, value in vars(importlib.import_module(module)).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module:
            continue
        if inspect.isfunction(value):
            yield f"{module}.{name}", value
        if inspect.isclass(value):
            yield from methods(f"{module}.{name}", value)


def methods(name, cls):
    for key, value in vars(cls).items():
        if isinstance(value, property):
            value = value.fget
        if isinstance(value, (classmethod, staticmethod)):
            value = value.__func__
        if inspect.isfunction(value) and (not key.startswith("_") or key == "__init__"):
            yield f"{name}.{key}", value


EVERYTHING = dict(itertools.chain.from_iterable(public(module) for module in MODULES))
EVERYTHING.update(methods("milc.builder.FunctionBuilder", importlib.import_module("milc._operations").Operations))


def test_everything_is_typed_and_documented():
    assert len(EVERYTHING) > 350 and "milc.builder.FunctionBuilder.conv" in EVERYTHING
    lacking = []
    for name, function in EVERYTHING.items():
        signature = inspect.signature(function)
        untyped = [each.name for each in signature.parameters.values() if each.annotation is each.empty and each.name not in ("self", "cls")]
        if signature.return_annotation is signature.empty:
            untyped.append("return")
        if untyped:
            lacking.append(f"{name}: no type of {', '.join(untyped)}")
        if not name.endswith("__init__") and not function.__doc__:
            lacking.append(f"{name}: no docstring")
    assert not lacking, "\n".join(lacking)


def test_annotations_name_types_that_exist():
    """Each name in an annotation is defined where a type checker looks for it: in the module, or under its TYPE_CHECKING."""
    import ast

    unknown = []
    for module in MODULES + ["milc._native", "milc._notebook", "milc._operations"]:
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
        defined = {name for node in ast.walk(tree) for name in bound(ast, node)} | set(dir(builtins))
        for annotation in [each for node in ast.walk(tree) for each in annotations(ast, node)]:
            names = [each for each in ast.walk(annotation) if isinstance(each, ast.Name)]
            unknown += [f"{module}:{each.lineno}: {each.id}" for each in names if each.id not in defined]
    assert not unknown, "\n".join(unknown)


USE = """
import numpy as np
import milc
import milc.coremltools as ct

model = milc.load("a.mlpackage")
names: list[str] = [op.name for op in model.main.walk() if op.outputs[0].shape is not None]
milc.edit(model, rename={"x": "photo"}, shape={"photo": (1, 3, (64, 512), (64, None)), "b": [(1, 4), (2, 4)]}, scale={"photo": 1 / 255})
model.inputs[0].make_image("RGB", bias=[1, 2, 3])
b = milc.Builder("ios18")
with b.function("main") as f:
    y: milc.Value = f.linear(x=f.input("x", (1, None), np.float16), weight=np.ones((4, 8), np.float16))
    f.output(f.conv(x=y, weight=np.ones((1, 1, 1)), strides=[1, 1], pad_type="valid"), "y")
milc.opt(model, passes=["canonicalize", ("const_elimination", {"skip_const_by_size": 3})])
ct.models.MLModel("a").user_defined_metadata["key"] = "value"

model.inputs[0].set_dtype(3)  # type: ignore[arg-type]
milc.load(3)  # type: ignore[arg-type]
f.relu()  # type: ignore[call-arg]
milc.split(model)  # type: ignore[call-arg]
"""


def test_a_type_checker_agrees(tmp_path, monkeypatch):
    """mypy takes the package and its use, and sees what is wrong: unused `ignore`s are errors, too."""
    mypy = pytest.importorskip("mypy.api")
    monkeypatch.setenv("MYPYPATH", os.path.dirname(milc.__path__[0]))
    (tmp_path / "use.py").write_text(USE)
    options = ["--strict", "--no-warn-return-any", "--ignore-missing-imports", f"--cache-dir={tmp_path / 'cache'}"]
    said, _, status = mypy.run([*options, str(tmp_path / "use.py")])
    assert status == 0, said


def bound(ast, node):
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((each.asname or each.name).split(".")[0] for each in node.names)
    elif isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (each.id for each in node.targets if isinstance(each, ast.Name))


def annotations(ast, node):
    if isinstance(node, ast.FunctionDef):
        given = node.args.args + node.args.kwonlyargs + node.args.posonlyargs + [node.args.vararg, node.args.kwarg]
        yield from (each.annotation for each in given if each is not None and each.annotation is not None)
        if node.returns is not None:
            yield node.returns
    elif isinstance(node, ast.AnnAssign):
        yield node.annotation


JUNK = [None, -1, 1 << 70, 2.5, float("nan"), True, "none", "a\0b", "\udcff", b"none", object(), [], [None], ["x", 3], {}, {"x": None}, {3: 4}, (),
        np.ones(3), np.array(["x"], object), np.ones((1, 64), complex), milc, print]


#: Functions, and the classes that users make objects of; objects of the others are handed out by calls.
CALLED = [name for name in milc.__all__ if inspect.isfunction(getattr(milc, name))] + ["Builder", "Context", "Executable"]


def test_all_names_are_there():
    assert set(milc.__all__) == {name for name in dir(milc) if not name.startswith("_") and public_of_milc(name)}
    assert all(hasattr(milc, name) for name in milc.__all__)


def public_of_milc(name):
    value = getattr(milc, name)
    return getattr(value, "__module__", "").startswith("milc.") or value is milc.coremltools


@pytest.mark.parametrize("name", CALLED)
def test_junk_is_refused(name, net, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = getattr(milc, name)
    for junk in JUNK:
        for arguments in ((junk,), (net, junk), (junk, net), (net, net, junk)):
            try_out(lambda: call(*arguments))
        for parameter in inspect.signature(call).parameters.values():
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                try_out(lambda: call(net, **{parameter.name: junk}))


@pytest.mark.parametrize("kind", ["Model", "Function", "Operation", "Value", "Feature", "Executable", "State", "FunctionBuilder", "Metadata"])
def test_methods_refuse_junk(kind, net, stateful, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def made():
        model = milc.load(stateful if kind == "State" else net)
        linear = (model.main.find_ops("linear") or [None])[0]
        return {
            "Model": lambda: model, "Function": lambda: model.main, "Operation": lambda: linear, "Value": lambda: linear.outputs[0],
            "Feature": lambda: model.inputs[0], "Executable": model.executable, "State": model.make_state,
            "FunctionBuilder": lambda: milc.Builder().function(), "Metadata": lambda: model.metadata,
        }[kind]()

    for junk in JUNK:
        it = made()
        for name in dir(type(it)):
            if name.startswith("_") and name not in ("__getitem__", "__setitem__", "__delitem__", "__eq__", "__init__"):
                continue
            if isinstance(getattr(type(it), name), property):
                try_out(lambda: setattr(it, name, junk))
                continue
            for arguments in ((junk,), (junk, junk), ("x", junk), ("main", junk, junk)):
                if name != "__init__":
                    try_out(lambda: getattr(it, name)(*arguments))
        try_out(lambda: str(it))


def try_out(call):
    """Errors are exceptions of Python; what is taken is fine, too."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call()
        except Exception as error:
            assert not isinstance(error, (SystemError, MemoryError, RecursionError)), error
