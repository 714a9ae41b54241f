"""Running models: predictions equal `milc run`, states, and what is refused."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import milc
import milc.coremltools as ct


def milc_run(path, inputs, tmp_path, *arguments):
    """The outputs that the command computes."""
    np.savez(tmp_path / "inputs.npz", **inputs)
    subprocess.run([os.environ["MILC"], "run", path, "--inputs", tmp_path / "inputs.npz", "-o", tmp_path / "outputs.npz", "-f", *arguments],
                   check=True, capture_output=True)
    return dict(np.load(tmp_path / "outputs.npz"))


def same(a, b):
    assert set(a) == set(b)
    for name, array in a.items():
        assert (array.dtype, array.shape) == (b[name].dtype, b[name].shape)
        assert array.tobytes() == b[name].tobytes()


def test_predict_equals_milc_run(package, net, tmp_path):
    rng = np.random.default_rng(3)
    for path, dtype in ((package, np.float16), (net, np.float32)):
        model = milc.load(path)
        inputs = {"x": rng.standard_normal((1, 64)).astype(dtype)}
        same(model.predict(inputs), milc_run(path, inputs, tmp_path))
        for precision in ("fp32", "exact"):
            executable = model.executable(precision=precision, threads=2)
            same(executable.predict(inputs), milc_run(path, inputs, tmp_path, "--precision", precision))


def test_functions(lora):
    merged = milc.merge(*lora)
    x = {"x": np.ones((1, 64), np.float16)}
    names = {name: set(merged.predict(x, function=name)) for name in merged.functions}
    assert names == {"adapter_1": {"adapted_2"}, "adapter_2": {"adapted_2"}}
    assert merged.predict(x)["adapted_2"].tobytes() == milc.load(lora[0]).predict(x)["adapted_2"].tobytes()
    with pytest.raises(milc.ModelError, match="adapter_3"):
        merged.predict(x, function="adapter_3")


def test_states(stateful):
    model = milc.load(stateful)
    state = model.make_state()
    assert state.names == ["total"] and not state.read_state("total").any()
    x = {"x": np.arange(4, dtype=np.float16)}
    model.predict(x, state)
    assert model.predict(x, state=state)["sum"].tolist() == [0, 2, 4, 6]
    assert state.read_state("total").tolist() == [0, 2, 4, 6]
    state.write_state("total", np.ones(4))
    assert model.predict(x, state)["sum"].tolist() == [1, 2, 3, 4]
    assert model.predict(x)["sum"].tolist() == [0, 1, 2, 3]  # from zero
    with pytest.raises(milc.CallError, match="other"):
        state.read_state("other")
    with pytest.raises(milc.CallError, match="sizes"):
        state.write_state("total", np.ones(5))
    with pytest.raises(milc.CallError, match="another context"):
        model.predict(x, milc.load(stateful).make_state())


def test_outputs_are_the_callers(stateful):
    model = milc.load(stateful)
    state = model.make_state()
    out = model.predict({"x": np.ones(4, np.float16)}, state)["sum"]
    out[:] = 7
    assert state.read_state("total").tolist() == [1, 1, 1, 1]


def test_large_outputs_outlive_everything():
    b = milc.Builder("ios18")
    with b.function() as f:
        x = f.input("x", (512, 512), "fp32")
        f.output(f.relu(x=x), "y")
        f.output(f.identity(x=x), "same")
    model = b.finish()
    given = np.full((512, 512), 2, np.float32)
    out = model.predict({"x": given})
    given[:] = 3
    del given, model, b, f
    assert (out["y"] == 2).all() and (out["same"] == 2).all()


def test_takes_what_numpy_users_give(net):
    model = milc.load(net)
    expected = model.predict({"x": np.ones((1, 64), np.float32)})["y"]
    for given in (np.ones((1, 64)), np.ones((1, 64), np.int64), [[1.0] * 64], np.ones((64, 2), np.float32)[:, :1].T, np.ones((1, 64), ">f4")):
        assert np.array_equal(model.predict({"x": given})["y"], expected)
    assert len(model.predict([{"x": np.ones((1, 64))}] * 3)) == 3


def test_refuses(net):
    model = milc.load(net)
    x = np.ones((1, 64), np.float32)
    for given, error, match in (
        ({}, milc.ModelError, "'x'"), ({"x": x, "z": x}, milc.ModelError, "'z'"), ({"x": x[:, :3]}, milc.ModelError, "x"), ({"x": x[0]}, milc.ModelError, "x"),
        ({"x": np.array(["a"])}, milc.CallError, "x"), ({"x": object()}, milc.CallError, "x"), ({"x": x.astype(complex)}, milc.CallError, "complex"),
        (x, milc.CallError, "dict"), ({"x": np.full((1, 64), 2**40 + 1)}, milc.ModelError, "x"),
    ):
        with pytest.raises(error, match=match):
            model.predict(given)
    with pytest.raises(milc.CallError):
        model.predict({"x": x}, state="state")
    with pytest.raises(milc.CallError, match="precision"):
        model.executable(precision="half")
    with pytest.raises(milc.ModelError):
        model.executable(max_memory=16).predict({"x": x})


def test_after_an_edit(net):
    model = milc.load(net)
    x = {"x": np.ones((1, 64), np.float32)}
    executable, before = model.executable(), model.predict(x)["y"]
    model.rename("x", "image")
    assert not executable.is_current
    with pytest.raises(milc.CallError, match="changed"):
        executable.predict(x)
    assert np.array_equal(model.predict({"image": x["x"]})["y"], before)
    milc.opt(model, pipeline="default")
    assert np.allclose(model.predict({"image": x["x"]})["y"], before, rtol=0.05, atol=0.5)
    model.close()
    with pytest.raises(milc.ClosedError):
        model.predict(x)


def test_executables_outlive_their_model(net):
    model = milc.load(net)
    executable = model.executable()
    model.close()
    del model
    assert executable.predict({"x": np.ones((1, 64), np.float32)})["y"].shape == (1, 64)


def test_missing_weights(net):
    os.remove(net / "Data" / "com.apple.CoreML" / "weights" / "weight.bin")
    with pytest.warns(milc.ModelWarning):
        model = milc.load(net, allow_missing_weights=True)
    x = {"x": np.ones((1, 64), np.float32)}
    with pytest.raises(milc.ModelError, match="missing"):
        model.predict(x)


def test_random_weights(net, tmp_path):
    os.remove(net / "Data" / "com.apple.CoreML" / "weights" / "weight.bin")
    x = {"x": np.ones((1, 64), np.float32)}
    with pytest.warns(milc.ModelWarning):
        one, same_, other = (milc.load(net, random_weights=seed) for seed in (1, 1, 2))
    y = one.predict(x)["y"]
    assert np.isfinite(y).all() and y.any()
    assert y.tobytes() == same_.predict(x)["y"].tobytes() != other.predict(x)["y"].tobytes()
    assert y.tobytes() == milc_run(net, x, tmp_path, "--random-weights=1")["y"].tobytes()
    one.save(tmp_path / "random.mlpackage")
    assert y.tobytes() == milc.load(tmp_path / "random.mlpackage").predict(x)["y"].tobytes()


def test_threads(net):
    model, failures = milc.load(net), []
    expected = model.predict({"x": np.ones((1, 64), np.float32)})["y"]

    def work(own):
        try:
            for _ in range(20):
                assert np.array_equal((own or model).predict({"x": np.ones((1, 64), np.float32)})["y"], expected)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(own,)) for own in (None, None, milc.load(net))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork(net):
    model = milc.load(net)
    x = {"x": np.ones((1, 64), np.float32)}
    executable, expected = model.executable(threads=2), model.predict(x)["y"]
    child = os.fork()
    if child == 0:
        try:
            right = not executable.is_current and np.array_equal(model.predict(x)["y"], expected)
            del executable
            os._exit(0 if right else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert np.array_equal(executable.predict(x)["y"], expected)


LOOP = """
import os, signal, sys, threading, time, milc
import numpy as np
b = milc.Builder("ios18")
with b.function() as f:
    i, x = f.squeeze(x=f.input("i", (1,), "int32")), f.input("x", (64, 64), "fp32")
    out = f.while_loop([i, x], lambda c, i, x: c.greater(x=i, y=0), lambda c, i, x: [c.identity(x=i), c.relu(x=x)])
    f.output(out[1], "y")
model = b.finish()
inputs = {"i": np.ones(1, np.int32), "x": np.ones((64, 64), np.float32)}
"""


def test_control_c_in_a_run():
    code = LOOP + """
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    model.predict(inputs)
except KeyboardInterrupt:
    print("interrupted")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ended.stdout == "interrupted\n", ended.stderr


def test_time_limits_of_a_run():
    """What the handler of another signal raises comes out as it is, and a later call is a call like others."""
    code = LOOP + """
class Late(Exception):
    pass

def late(number, frame):
    raise Late

signal.signal(signal.SIGALRM, late)
for _ in range(2):
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        model.predict(inputs)
    except Late:
        print("late", signal.getsignal(signal.SIGALRM) is late)
print(len(str(model)) > 0)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (ended.stdout, ended.stderr) == ("late True\nlate True\nTrue\n", "")


def test_the_end_of_the_interpreter_in_the_middle_of_a_run():
    code = LOOP + """
threading.Thread(target=model.predict, args=(inputs,), daemon=True).start()
time.sleep(0.5)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr


def test_as_scripts_predict(package, stateful):
    model = ct.models.MLModel(str(package), compute_units=ct.ComputeUnit.CPU_ONLY)
    name = model.get_spec().description.output[0].name
    assert model.predict({"x": np.zeros((1, 64))})[name].shape == (1, 64)
    model = ct.models.MLModel(str(stateful))
    state = model.make_state()
    model.predict({"x": np.ones(4)}, state=state)
    assert state.read_state("total").tolist() == [1] * 4
