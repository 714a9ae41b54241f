"""The HTML that notebooks show for a model."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    from .model import Model


def _row(function: Dict[str, Any]) -> List[str]:
    cells = [function["name"], function["opset"], f"{function['operations']:,}", f"{function['parameters']:,}"]
    for key in ("inputs", "outputs"):
        cells.append(", ".join(f"{each['name']}: {each['feature'] or each['type']}" for each in function[key]))
    return cells


#: Models with more operations get no picture: drawing it would take too long for a notebook cell.
_MOST_OPERATIONS = 20000


def _picture(model: Model, operations: int) -> str:
    """The graph of the default function as SVG; "" if it is too large for a picture."""
    from .errors import Error
    from .tools import draw

    if operations > _MOST_OPERATIONS:
        return ""
    try:
        return draw(model)
    except Error:
        return ""


def page(model: Model) -> str:
    """A table of the functions and the graph of the default function as HTML; for models without functions, the type of the model."""
    from html import escape

    if model._handle is None:
        return f"<p>{escape(repr(model))}</p>"
    info = model.info()
    stages = info["stages"]
    if not stages and info["kind"] != "ML program":
        return f"<p>{escape(info['kind'])}</p>"
    # The functions of a pipeline are those of its models.
    functions = [each for stage in stages or [info] for each in stage["functions"]]
    rows = ["".join(f"<td>{escape(cell)}</td>" for cell in _row(each)) for each in functions]
    heads = "".join(f"<th>{each}</th>" for each in ("function", "opset", "operations", "parameters", "inputs", "outputs"))
    table = f"<table><tr>{heads}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    if stages:
        return f"<p>{escape(info['kind'])} of {len(stages)} models</p>{table}"
    return table + _picture(model, sum(each["operations"] for each in functions))
