"""coremltools.PassPipeline: a list of passes by name, with options."""

from __future__ import annotations

from ..tools import passes as _known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union


class PassPipeline:
    """Passes to run: `milc.opt(model, passes=pipeline.as_passes())`. Names may have coremltools' name spaces ("common::")."""

    def __init__(self, pass_names: Optional[Iterable[str]] = None, pipeline_name: str = "default") -> None:
        if pass_names is None:
            pass_names = self._passes_of("default")
        self.passes: List[str] = [self._plain(name) for name in pass_names]
        self._options: Dict[str, Dict[str, Any]] = {}
        self._pipeline_name = pipeline_name

    @staticmethod
    def _plain(name: str) -> str:
        return name.split("::")[-1]

    @classmethod
    def _named(cls, name: str) -> PassPipeline:
        return cls(cls._passes_of(name), name)

    @staticmethod
    def _passes_of(name: str) -> List[str]:
        found = {each["name"]: each["passes"] for each in _known()["pipelines"]}
        if name not in found:
            raise ValueError(f"there is no pipeline '{name}'; there are {', '.join(found)}")
        return found[name]

    @classmethod
    def get_pipeline(cls, pipeline_name: str) -> PassPipeline:
        """A named pipeline: "default", "cleanup", "default_palettization", "empty", …."""
        return cls([], "empty") if pipeline_name == "empty" else cls._named(pipeline_name)

    def append_pass(self, pass_name: str) -> None:
        """Adds a pass at the end."""
        self.passes.append(self._plain(pass_name))

    def insert_pass(self, index: int, pass_name: str) -> None:
        """Adds a pass at a place."""
        self.passes.insert(index, self._plain(pass_name))

    def remove_pass(self, index: int) -> None:
        """Removes the pass at a place."""
        del self.passes[index]

    def remove_passes(self, passes_names: Iterable[str]) -> None:
        """Removes passes by name."""
        names = {self._plain(name) for name in passes_names}
        self.passes = [name for name in self.passes if name not in names]

    def set_options(self, pass_name: str, options: Mapping[str, Any], override: bool = False) -> None:
        """Sets the options of a pass by name."""
        name = self._plain(pass_name)
        if name in self._options and not override:
            raise ValueError(f"The pass {pass_name} already has associated options. Set override=True to replace it.")
        self._options[name] = dict(options)

    def get_options(self, pass_name: str) -> Optional[Dict[str, Any]]:
        """The options of a pass, None when it has none."""
        return self._options.get(self._plain(pass_name))

    def as_passes(self) -> List[Union[str, Tuple[str, Dict[str, Any]]]]:
        """The passes as milc.opt takes them."""
        return [(name, self._options[name]) if name in self._options else name for name in self.passes]
