"""Wrong calls, closed objects, callbacks, threads, forks, the end of the interpreter: errors, never a crash."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import milc


def test_tells_where_it_is_bad(tmp_path):
    bad = tmp_path / "bad.mil"
    bad.write_text("program(1.3)\n{\n    func main<ios18>(tensor<fp16, [1]> x) {\n        tensor<fp16, [1]> y = relu(x = z)[name = string(\"y\")];\n    } -> (y);\n}\n")
    with pytest.raises(milc.ModelError) as caught:
        milc.load(bad)
    first = caught.value.diagnostics[0]
    assert (first.severity, first.slug, first.line) == ("error", "undefined-value", 4)
    assert str(bad) in str(caught.value)
    with pytest.raises(milc.ModelError):
        milc.load(tmp_path / "none.mlpackage")
    with pytest.raises(ValueError):
        milc.load("a\0b")


def test_closed(package):
    model = milc.load(package)
    main, relu = model.main, model.main.find_ops("relu")[0]
    model.close()
    model.close()
    for use in (lambda: model.functions, lambda: main.operations, lambda: relu.type, lambda: relu.erase(), lambda: str(model), lambda: model.save("x.mlpackage"),
                lambda: main.insert(), lambda: model.metadata):
        with pytest.raises(milc.ClosedError):
            use()
    assert "closed" in repr(model)


def test_wrong_objects(package, lora):
    one, two = milc.load(package), milc.load(lora[1])
    relu = one.main.find_ops("relu")[0]
    with pytest.raises(milc.CallError):
        relu.set_input("x", two.main.inputs[0])
    with pytest.raises(milc.CallError):
        milc.merge(one, two)  # of two contexts
    with pytest.raises(milc.CallError):
        relu.erase()
    with pytest.raises(milc.CallError):
        relu.outputs[0].name = "not a name"
    with pytest.raises(milc.CallError):
        relu.set_attribute("name", two.main.find_ops("const")[0].attributes["val"])
    with pytest.raises(milc.CallError):
        relu.set_attribute("mode", object())
    with pytest.raises(milc.CallError):
        one.main.find_ops("const")[0].set_attribute("val", np.array([300]), dtype="int8")
    with pytest.raises((TypeError, milc.CallError)):
        relu.set_input("x", [relu.inputs["x"], 3])


def test_refuses_to_overwrite(package, tmp_path):
    model = milc.load(package)
    model.save(tmp_path / "a.mlpackage")
    with pytest.raises(milc.ModelError, match="exists"):
        model.save(tmp_path / "a.mlpackage")
    with pytest.raises(milc.ModelError):
        model.save(package, force=True)  # it is read from there


def test_what_progress_raises_ends_the_call(net):
    class Enough(Exception):
        pass

    def progress(done, total):
        raise Enough

    model = milc.load(net, milc.Context(progress))
    with pytest.raises(Enough):
        milc.opt(model, pipeline="default")
    with pytest.raises(milc.ModelError, match="half changed"):
        model.verify()


def test_threads(package):
    shared = milc.load(package)
    failures = []

    def work():
        try:
            for _ in range(20):
                assert len(shared.main.operations) == 17
                own = milc.load(package)
                own.rename("x", "image")
                with pytest.raises(milc.ModelError):
                    milc.load("/nowhere")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork(package):
    model = milc.load(package)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if len(model.main.operations) == 17 and milc.load(package).verify() is None else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert len(model.main.operations) == 17


def test_the_end_of_the_interpreter_in_the_middle_of_a_call(package):
    code = f"""
import threading, time, milc
def work():
    while True:
        model = milc.load({str(package)!r})
        milc.opt(model)
threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


def test_control_c(net):
    code = f"""
import os, signal, threading, milc
def press(done, total):
    os.kill(os.getpid(), signal.SIGINT)
model = milc.load({str(net)!r}, milc.Context(press))
try:
    milc.opt(model, pipeline="default")
except KeyboardInterrupt:
    print("interrupted")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.stdout == "interrupted\n", ended.stderr


def test_warnings_are_warnings(lora, tmp_path):
    one = milc.load(lora[0])
    one.metadata.author = "first"
    context = one._context
    two = milc.load(lora[1], context)
    two.metadata.author = "second"
    with pytest.warns(milc.ModelWarning, match="author differs"):
        milc.merge(one, two)
