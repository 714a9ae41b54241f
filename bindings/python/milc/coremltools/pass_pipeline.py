"""coremltools.PassPipeline: a list of passes by name, with options."""

from __future__ import annotations

from collections import namedtuple

from ..tools import passes as _known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union

    class PassOption(NamedTuple):
        option_name: str
        option_val: Any

else:
    PassOption = namedtuple("PassOption", "option_name option_val")


class PassName(str):
    """The name of a pass. Namespaces of coremltools are ignored: "add_fp16_cast" equals "common::add_fp16_cast"."""

    def __new__(cls, name: str) -> PassName:
        return super().__new__(cls, name.split("::")[-1])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str.__eq__(self, other.split("::")[-1])

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class _Named(type):
    """Pipelines as attributes of the class; each access makes a new one."""

    @property
    def EMPTY(cls) -> PassPipeline:
        """A pipeline without passes."""
        return PassPipeline.get_pipeline("empty")

    @property
    def DEFAULT(cls) -> PassPipeline:
        """The passes that the converter runs by default."""
        return PassPipeline.get_pipeline("default")

    @property
    def CLEANUP(cls) -> PassPipeline:
        """The passes that clean up a program."""
        return PassPipeline.get_pipeline("cleanup")

    @property
    def DEFAULT_PALETTIZATION(cls) -> PassPipeline:
        """The default passes for a model whose weights have few different values."""
        return PassPipeline.get_pipeline("default_palettization")

    @property
    def DEFAULT_PRUNING(cls) -> PassPipeline:
        """The default passes for a model whose weights are sparse."""
        return PassPipeline.get_pipeline("default_sparsification")


class PassPipeline(metaclass=_Named):
    """A list of passes to run: `milc.opt(model, passes=pipeline)`. Names may have namespaces of coremltools ("common::")."""

    def __init__(self, pass_names: Optional[Iterable[str]] = None, pipeline_name: str = "default") -> None:
        self._options: Dict[str, Dict[str, Any]] = {}
        self.pipeline_name = pipeline_name
        self.passes = self._pipelines()["default"] if pass_names is None else list(pass_names)

    @staticmethod
    def _pipelines() -> Dict[str, List[str]]:
        return {each["name"]: each["passes"] for each in _known()["pipelines"]}

    @staticmethod
    def _named(names: Iterable[str]) -> List[str]:
        known = {each["name"] for each in _known()["passes"]}
        made: List[str] = [PassName(name) for name in names]
        for name in made:
            if name not in known:
                raise ValueError(f"The pass {name} is not registered.")
        return made

    @property
    def passes(self) -> List[str]:
        """The names of the passes, in order."""
        return self._passes

    @passes.setter
    def passes(self, passes: Iterable[str]) -> None:
        self._passes = self._named(passes)

    @classmethod
    def get_pipeline(cls, pipeline_name: str) -> PassPipeline:
        """A named pipeline: "default", "cleanup", "default_palettization", "empty", …."""
        found = cls._pipelines()
        if pipeline_name not in found:
            raise ValueError(f"There is no pipeline for `{pipeline_name}`. Available pipelines: {', '.join(found)}")
        return cls(found[pipeline_name], pipeline_name)

    @classmethod
    def list_available_pipelines(cls) -> List[str]:
        """The names that `get_pipeline` accepts."""
        return list(cls._pipelines())

    def append_pass(self, pass_name: str) -> None:
        """Adds a pass at the end."""
        self._passes += self._named([pass_name])

    def insert_pass(self, index: int, pass_name: str) -> None:
        """Inserts a pass at an index."""
        self._passes[index:index] = self._named([pass_name])

    def remove_pass(self, index: int) -> None:
        """Removes the pass at an index."""
        del self._passes[index]

    def remove_passes(self, passes_names: Iterable[str]) -> None:
        """Removes passes by name."""
        names = {str(PassName(name)) for name in passes_names}
        self._passes = [name for name in self._passes if str(name) not in names]

    def set_options(self, pass_name: str, options: Mapping[str, Any], override: bool = True) -> None:
        """Sets the options of a pass. With `override`, they replace its existing options; otherwise existing options are an error."""
        name = PassName(pass_name)
        if name in self._options and not override:
            raise ValueError(f"The pass {pass_name} already has associated options.")
        self._options[name] = dict(options)

    def set_options_by_another_pipeline(self, other_pipeline: PassPipeline) -> None:
        """Copies the options of another pipeline for passes that are in this one."""
        self._options.update({name: dict(options) for name, options in other_pipeline._options.items() if name in self._passes})

    def get_options(self, pass_name: str) -> Optional[List[PassOption]]:
        """The options of a pass; None if it has none."""
        return self.get_all_options().get(PassName(pass_name))

    def get_all_options(self) -> Dict[str, List[PassOption]]:
        """The options of all passes that have options, by name."""
        return {name: [PassOption(key, value) for key, value in options.items()] for name, options in self._options.items()}

    def validate(self) -> None:
        """Raises ValueError if there are options for a pass that isn't in the pipeline."""
        for name in self._options:
            if name not in self._passes:
                raise ValueError(f"This pass pipeline is not valid. The pass {name} has associated options but it's not in the passes.")

    def as_passes(self) -> List[Union[str, Tuple[str, Dict[str, Any]]]]:
        """The passes in the form that milc.opt accepts."""
        self.validate()
        return [(name, self._options[name]) if name in self._options else name for name in self._passes]

    def __iter__(self) -> Iterator[Union[str, Tuple[str, Dict[str, Any]]]]:
        return iter(self.as_passes())

    def __str__(self) -> str:
        return self.pipeline_name
