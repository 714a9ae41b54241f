"""coremltools.optimize.coreml: compresses the weights of converted models with milc's passes.

The configuration of a weight is that of the operation that reads it: by the name of the operation, else by its type, else the global one.
Weights with the configuration None are not compressed. Modes that milc's passes don't support raise Unsupported."""

from __future__ import annotations

import os
from collections import namedtuple

from ... import tools
from ...errors import Unsupported
from ...model import Model, load
from ..missing import missing, missing_modules
from ..models.model import MLModel
from ..models.specification import copy_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

    from ..._native import Path


class _Config:
    """The configuration of a kind of compression, an entry of a configuration file of milc. It is checked when the file is read."""

    _kind = ""

    def __init__(self, weight_threshold: Optional[int]) -> None:
        self.weight_threshold = weight_threshold

    def options(self) -> Dict[str, Any]:
        """The entry's keys other than its type and threshold."""
        raise NotImplementedError

    def entry(self) -> Dict[str, Any]:
        """The entry of a configuration file."""
        entry: Dict[str, Any] = {"config_type": type(self).__name__, **self.options()}
        if self.weight_threshold is not None:
            entry["weight_threshold"] = self.weight_threshold
        return entry


def _word(value: Any) -> str:
    """The name of a member of an enumeration, given as the member or as its name, in lower case."""
    return str(getattr(value, "name", value)).lower()


def _dtype(dtype: Any) -> str:
    """The name of a type such as "int8", given as its name, as a numpy type or as a type of coremltools."""
    return dtype if isinstance(dtype, str) else getattr(dtype, "__name__", str(dtype))


class OpLinearQuantizerConfig(_Config):
    """Quantizes weights to integers with scales."""

    _kind = "linear_quantize_weights"

    def __init__(self, mode: str = "linear_symmetric", dtype: Any = "int8", granularity: Any = "per_channel",
                 block_size: Union[int, Sequence[int]] = 32, weight_threshold: Optional[int] = 2048) -> None:
        super().__init__(weight_threshold)
        self.mode, self.dtype = str(mode).lower(), _dtype(dtype)
        self.granularity, self.block_size = _word(granularity), block_size

    def options(self) -> Dict[str, Any]:
        """The entry's keys other than its type and threshold."""
        options: Dict[str, Any] = {"mode": self.mode, "dtype": self.dtype, "granularity": self.granularity}
        if self.granularity == "per_block":
            options["block_size"] = list(self.block_size) if isinstance(self.block_size, tuple) else self.block_size
        return options


class OpPalettizerConfig(_Config):
    """Replaces weights by indices into lookup tables."""

    _kind = "palettize_weights"

    def __init__(self, mode: str = "kmeans", nbits: Optional[int] = None, lut_function: Any = None, granularity: Any = "per_tensor",
                 group_size: int = 32, channel_axis: Optional[int] = None, cluster_dim: int = 1, enable_per_channel_scale: bool = False,
                 num_kmeans_workers: int = 1, weight_threshold: Optional[int] = 2048) -> None:
        super().__init__(weight_threshold)
        if lut_function is not None or str(mode).lower() == "custom":
            raise Unsupported("palettize_weights: lut_function is not supported; milc computes lookup tables with kmeans, uniform or unique")
        self.mode = str(mode).lower()
        if nbits is None and self.mode != "unique":
            raise ValueError("nbits must be given for this mode")
        if nbits is not None and self.mode == "unique":
            raise ValueError("nbits must not be given for this mode")
        self.nbits, self.cluster_dim, self.enable_per_channel_scale = nbits, cluster_dim, enable_per_channel_scale
        self.granularity, self.group_size, self.channel_axis = _word(granularity), group_size, channel_axis

    def options(self) -> Dict[str, Any]:
        """The entry's keys other than its type and threshold."""
        options: Dict[str, Any] = {"mode": self.mode, "granularity": self.granularity}
        if self.nbits is not None:
            options["nbits"] = self.nbits
        if self.cluster_dim != 1:
            options["cluster_dim"] = self.cluster_dim
        if self.enable_per_channel_scale:
            options["enable_per_channel_scale"] = True
        if self.granularity == "per_grouped_channel":
            options["group_size"] = self.group_size
            if self.channel_axis is not None:
                options["channel_axis"] = self.channel_axis
        return options


class OpThresholdPrunerConfig(_Config):
    """Sets weights below a threshold to 0."""

    _kind = "prune_weights"

    def __init__(self, threshold: float = 1e-12, minimum_sparsity_percentile: float = 0.5, weight_threshold: Optional[int] = 2048) -> None:
        super().__init__(weight_threshold)
        self.threshold, self.minimum_sparsity_percentile = threshold, minimum_sparsity_percentile

    def options(self) -> Dict[str, Any]:
        """The entry's keys other than its type and threshold."""
        return {"threshold": self.threshold, "minimum_sparsity_percentile": self.minimum_sparsity_percentile}


class OpMagnitudePrunerConfig(_Config):
    """Sets the smallest weights to 0."""

    _kind = "prune_weights"

    def __init__(self, target_sparsity: Optional[float] = None, block_size: Optional[int] = None, n_m_ratio: Optional[Tuple[int, int]] = None,
                 dim: Optional[int] = None, weight_threshold: Optional[int] = 2048) -> None:
        super().__init__(weight_threshold)
        if (target_sparsity is None) == (n_m_ratio is None):
            raise ValueError("either target_sparsity or n_m_ratio must be given")
        self.target_sparsity, self.block_size, self.n_m_ratio, self.dim = target_sparsity, block_size, n_m_ratio, dim

    def options(self) -> Dict[str, Any]:
        """The entry's keys other than its type and threshold."""
        options: Dict[str, Any] = {}
        if self.n_m_ratio is not None:
            options["n_m_ratio"] = list(self.n_m_ratio)
        else:
            options["target_sparsity"] = self.target_sparsity
        if self.block_size is not None:
            options["block_size"] = self.block_size
        if self.dim is not None:
            options["dim"] = self.dim
        return options


class OptimizationConfig:
    """The configurations of operations: `global_config`, `op_type_configs` {"conv": …}, `op_name_configs` {"conv_1": …}."""

    def __init__(self, global_config: Optional[_Config] = None, op_type_configs: Optional[Mapping[str, Optional[_Config]]] = None,
                 op_name_configs: Optional[Mapping[str, Optional[_Config]]] = None, is_deprecated: bool = False, op_selector: Any = None) -> None:
        if op_selector is not None:
            raise Unsupported("OptimizationConfig: op_selector is not supported")
        self.global_config = global_config
        self.op_type_configs, self.op_name_configs = dict(op_type_configs or {}), dict(op_name_configs or {})
        self._dict: Any = None

    def set_op_type(self, op_type: str, op_config: Optional[_Config]) -> None:
        """Sets the configuration of operations of a type; None: don't compress their weights."""
        self.op_type_configs[op_type] = op_config

    def set_op_name(self, op_name: str, op_config: Optional[_Config]) -> None:
        """Sets the configuration of an operation; None: don't compress its weights."""
        self.op_name_configs[op_name] = op_config

    def set_global(self, op_config: Optional[_Config]) -> None:
        """Sets the configuration of all operations without a configuration of their own."""
        self.global_config = op_config

    @classmethod
    def from_dict(cls, config_dict: Mapping[str, Any]) -> OptimizationConfig:
        """Makes a configuration from a dict with the structure of milc's configuration files."""
        made = cls()
        made._dict = dict(config_dict)
        return made

    @classmethod
    def from_yaml(cls, yml: Path) -> OptimizationConfig:
        """Makes a configuration from a YAML file, given by its path."""
        made = cls()
        made._dict = os.fspath(yml)
        return made

    def configuration(self, kind: str) -> Any:
        """The configuration for `milc.compress`, after checking that each entry has this kind of compression."""
        if self._dict is not None:
            return self._dict
        for each in [self.global_config, *self.op_type_configs.values(), *self.op_name_configs.values()]:
            if each is not None and getattr(each, "_kind", None) != kind:
                raise ValueError(f"{type(each).__name__} is not a configuration for {kind}")
        parts = {"global_config": self.global_config, "op_type_configs": self.op_type_configs, "op_name_configs": self.op_name_configs}

        def entry(each: Any) -> Any:
            return None if each is None else each.entry()

        return {key: {name: entry(each) for name, each in part.items()} if isinstance(part, dict) else entry(part)
                for key, part in parts.items() if part}


def _own(mlmodel: Any) -> Model:
    """A milc.Model that may be changed: a copy of an MLModel or milc.Model, or opened from a path."""
    given = getattr(mlmodel, "milc_model", mlmodel)
    return copy_of(given) if isinstance(given, Model) else load(given)


def _compress(mlmodel: MLModel, config: Any, kind: str, joint: bool) -> MLModel:
    configs = config if isinstance(config, OptimizationConfig) else OptimizationConfig(config)
    wanted = configs.configuration(kind)
    model = _own(mlmodel)
    if wanted:
        tools.compress(model, config=wanted, joint=joint)
    return MLModel(model, function_name=getattr(mlmodel, "function_name", None))


def linear_quantize_weights(mlmodel: MLModel, config: OptimizationConfig, joint_compression: bool = False) -> MLModel:
    """Quantizes weights to integers with scales. Returns an MLModel; the given model is not changed. `joint_compression`: also quantize
    weights that are already compressed: the nonzero elements of pruned weights, and the lookup tables of palettized weights."""
    return _compress(mlmodel, config, "linear_quantize_weights", joint_compression)


def palettize_weights(mlmodel: MLModel, config: OptimizationConfig, joint_compression: bool = False) -> MLModel:
    """Replaces weights by indices into lookup tables. Returns an MLModel; the given model is not changed. `joint_compression`: also
    palettize pruned weights."""
    return _compress(mlmodel, config, "palettize_weights", joint_compression)


def prune_weights(mlmodel: MLModel, config: OptimizationConfig, joint_compression: bool = False) -> MLModel:
    """Sets the smallest weights to 0 and only stores the others. Returns an MLModel; the given model is not changed. `joint_compression`:
    also prune compressed weights."""
    return _compress(mlmodel, config, "prune_weights", joint_compression)


def decompress_weights(mlmodel: MLModel) -> MLModel:
    """Replaces compressed weights by plain ones. Returns an MLModel; the given model is not changed."""
    model = _own(mlmodel)
    tools.opt(model, passes=["decompress_weights"])
    return MLModel(model)


CoreMLWeightMetaData = namedtuple("CoreMLWeightMetaData", ["val", "sparsity", "unique_values", "child_ops"])
CoreMLOpMetaData = namedtuple("CoreMLOpMetaData", ["op_type", "name", "params_name_mapping"])


def get_weights_metadata(mlmodel: MLModel, weight_threshold: int = 2048) -> Dict[str, CoreMLWeightMetaData]:
    """Describes each weight with more than `weight_threshold` elements, by name: its value, its fraction of zeros, its number of different
    values, and the operations that read it."""
    import numpy as np

    given: Any = getattr(mlmodel, "milc_model", mlmodel)
    model = given if isinstance(given, Model) else load(given)
    found = {}
    for function in model.functions.values():
        for op in function.walk():
            if op.type != "const" or "val" not in op.attributes:
                continue
            value = op.val
            if not isinstance(value, np.ndarray) or value.dtype == object or value.size <= weight_threshold:
                continue
            readers = [CoreMLOpMetaData(user.type, user.name, {key: bound.name for key, bound in user.inputs.items() if hasattr(bound, "op")})
                       for user in op.outputs[0].users]
            found[op.name] = CoreMLWeightMetaData(value, 1 - np.count_nonzero(value) / value.size, len(np.unique(value)), readers)
    return found


_WEIGHTS_ALONE = "milc.coremltools only compresses weights; other tools quantize activations with calibration data"
missing_modules(".optimize.coreml", "experimental", _WEIGHTS_ALONE)
__getattr__ = missing(".optimize.coreml", "OpActivationLinearQuantizerConfig", _WEIGHTS_ALONE)
