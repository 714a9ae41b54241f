"""Makes milc/_operations.py from the catalogue: a typed method for every operation, with its parameters, their types and defaults.

Usage: operations.py OPS_JSON OUTPUT, where OPS_JSON is the output of `milc ops --json`
"""

import json
import keyword
import sys
import textwrap

#: Operations without a generated method: the blocks of cond and while_loop are built by functions, see FunctionBuilder.cond and while_loop;
#: constants are made by FunctionBuilder.constant.
BY_HAND = {"cond", "while_loop", "const"}


HEAD = """from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Sequence, Tuple, Union

    from .program import Value
    from .values import Array, Literal

    Text = Union[str, Value, Literal]
    Bools = Union[bool, Sequence[bool], Array, Value, Literal]
    Integers = Union[int, Sequence[int], Array, Value, Literal]
    Argument = Union[Value, bool, float, str, Sequence[Any], Array, Literal]
    Values = Union[Value, Sequence[Value]]

"""


def domain(version, parameter):
    """The types that a parameter accepts: "fp16, fp32"."""
    types = parameter.get("types") or (version.get("variables") or {}).get(parameter.get("variable", ""), [])
    words = ", ".join(types) if types else parameter["kind"]
    return f"const {words}" if parameter["constant"] else words


def default(parameter):
    if "default" in parameter:
        return f"; default {json.dumps(parameter['default'], ensure_ascii=False)}"
    if "computedDefault" in parameter:
        return f"; default: {parameter['computedDefault']}"
    return "; optional" if parameter["optional"] else ""


#: The annotations of constant parameters by element type, as defined in the generated module.
CONSTANTS = {"string": "Text", "bool": "Bools", "int32": "Integers"}


def hint(version, parameter):
    """The annotation of a parameter."""
    types = parameter.get("types") or (version.get("variables") or {}).get(parameter.get("variable", ""), [])
    if parameter["variadic"]:
        return "Values"
    if parameter["constant"] and len(types) == 1 and types[0] in CONSTANTS:
        return CONSTANTS[types[0]]
    return "Value" if parameter["kind"] == "state" else "Argument"


def result(op):
    """The annotation of the result of the method."""
    results = {(len(version["results"]), version["variadicResults"]) for version in op["versions"]}
    if results == {(1, False)}:
        return "Value"
    if results == {(0, False)}:
        return "None"
    return "Any" if any(variadic for _, variadic in results) or len(results) > 1 else f"Tuple[{', '.join(['Value'] * results.pop()[0])}]"


def declaration(name, pieces, returned):
    """The lines of `def`, broken between parameters."""
    lines = [f"    def {name}("]
    for i, piece in enumerate(pieces):
        piece += ", " if i + 1 < len(pieces) else f") -> {returned}:"
        if len(lines[-1]) + len(piece) > 140:
            lines.append(" " * 12)
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def method(op):
    """The method of one operation, with the parameters of its newest version and those that only older versions have."""
    versions = op["versions"]
    parameters = {each["name"]: (version, each) for version in versions for each in version["inputs"]}
    newest = versions[-1]
    required = [name for name, (version, each) in parameters.items() if version is newest and not each["optional"]]
    optional = [name for name in parameters if name not in required]
    safe = {name: name + "_" if keyword.iskeyword(name) else name for name in parameters}
    hints = {name: hint(version, each) for name, (version, each) in parameters.items()}
    signature = [f"{safe[name]}: {hints[name]}" for name in required]
    signature += [f"{safe[name]}: Optional[{hints[name]}] = None" for name in optional]
    pieces = ["self", "*", *signature, "name: Optional[str] = None"]
    lines = declaration(op["name"], pieces, result(op)) + [f'        """{op["name"]}: {op["summary"]}.', ""]
    for name, (version, each) in parameters.items():
        choices = f" ({', '.join(map(str, each['choices']))})" if each.get("choices") else ""
        since = "" if version is newest else ", only before " + versions[versions.index(version) + 1]["since"]
        lines += textwrap.wrap(f"{safe[name]}: {domain(version, each)}{choices}{default(each)}{since}", 130, initial_indent=" " * 8, subsequent_indent=" " * 12)
    lines += [f'        Since {versions[0]["since"]}.', '        """']
    given = ", ".join(f'("{name}", {safe[name]})' for name in parameters)
    lines.append(f'        return self.op("{op["name"]}", [{given}], name)')
    return "\n".join(lines).replace("\\", "\\\\")


def main(source, output):
    with open(source, encoding="utf-8") as file:
        ops = json.load(file)["ops"]
    with open(output, "w", encoding="utf-8") as out:
        print('"""Made from the catalogue of operations by generate/operations.py."""\n\n', file=out)
        print(HEAD, file=out)
        print("class Operations:", file=out)
        print('    """A method for every operation. Arguments are Values, lists of them, or constants: numbers, strings, lists, arrays."""\n', file=out)
        print("    op: Callable[..., Any]  # FunctionBuilder's\n", file=out)
        print("\n\n".join(method(op) for op in ops if op["name"] not in BY_HAND), file=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
