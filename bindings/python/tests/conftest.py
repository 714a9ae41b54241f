"""Models that the tests work on: the bundled examples, and small ones built here."""

import os
import pathlib

import numpy as np
import pytest

import milc

EXAMPLES = pathlib.Path(os.environ["MILC_EXAMPLES"])


@pytest.fixture
def lora():
    return [EXAMPLES / "lora" / f"adapter_{i}.mil" for i in (1, 2)]


@pytest.fixture
def package(tmp_path, lora):
    """The first example as a package."""
    path = tmp_path / "adapter.mlpackage"
    milc.load(lora[0]).save(path)
    return path


@pytest.fixture
def net(tmp_path):
    """Two linear layers of 64 by 64 in fp32, as a package."""
    rng = np.random.default_rng(1)
    b = milc.Builder("ios18")
    with b.function("main") as f:
        x = f.input("x", (1, 64), "fp32")
        h = f.linear(x=x, weight=rng.standard_normal((64, 64), dtype=np.float32), name="first")
        h = f.relu(x=h)
        f.output(f.linear(x=h, weight=rng.standard_normal((64, 64), dtype=np.float32), name="second"), "y")
    path = tmp_path / "net.mlpackage"
    b.finish().save(path)
    return path


@pytest.fixture
def stateful(tmp_path):
    """Adds x to a state and returns the sum."""
    path = tmp_path / "stateful.mil"
    path.write_text("""program(1.3)
{
    func main<ios18>(tensor<fp16, [4]> x, state<tensor<fp16, [4]>> total) {
        tensor<fp16, [4]> before = read_state(input = total)[name = string("before")];
        tensor<fp16, [4]> sum = add(x = x, y = before)[name = string("sum")];
        write_state(data = sum, input = total)[name = string("written")];
    } -> (sum);
}
""")
    return path
