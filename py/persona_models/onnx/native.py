"""Runs converted models in native onnxruntime, straight from their shards."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import onnxruntime

from persona_core.base.arrays import Floats
from persona_core.neural.manifest.manifest import File, GraphStage, ModelGraph, Precision
from persona_core.neural.manifest.manifest_json import FILE_NAME, read_manifest

onnxruntime.disable_telemetry_events()  # on Windows, where no variable is heeded

QUIET = 3
"""onnxruntime's level for errors only: it warns of every cast that it inserts."""


class NativeModel:
    """A model in a folder.

    Args:
        folder: holds the manifest and what it names.
        threads: of each session; 0 lets onnxruntime choose.
        providers: onnxruntime's execution providers, the first choice first.

    Raises:
        ManifestError: the manifest cannot be used.
        OSError: a file is missing.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 0,
        providers: tuple[str, ...] = ("CPUExecutionProvider",),
    ) -> None:
        self.folder = folder
        self.manifest = read_manifest((folder / FILE_NAME).read_bytes())
        self._threads = threads
        self._providers = list(providers)

    def session(
        self, graph: ModelGraph, precision: Precision, *, any_batch: bool = False
    ) -> onnxruntime.InferenceSession:
        """A session of one graph.

        Args:
            any_batch: see :func:`with_any_batch`.
        """
        weights = {}
        stored = self.manifest.weights_of(graph)
        if stored is not None:
            weights[stored.name] = b"".join(read_file(self.folder, each) for each in stored.shards)
        written = read_file(self.folder, graph.file(precision))
        return open_session(
            with_any_batch(written) if any_batch else written,
            weights,
            self._threads,
            self._providers,
        )

    def run(self, inputs: Mapping[str, Floats], precision: Precision) -> dict[str, Floats]:
        """Every tensor of a run of all essential graphs, one after the other.

        Args:
            inputs: the tensors of the manifest's interface.
        """
        tensors = dict(inputs)
        for stage in GraphStage:
            for graph in self.manifest.stage(stage):
                # A session lives no longer than its run: weights of all would fill the memory.
                tensors.update(run_session(self.session(graph, precision), tensors))
        return tensors


def open_session(
    graph: bytes,
    weights: Mapping[str, bytes],
    threads: int = 0,
    providers: list[str] | None = None,
) -> onnxruntime.InferenceSession:
    """A session of a graph whose weights lie in memory, by location."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = QUIET
    options.intra_op_num_threads = threads
    if weights:
        options.add_external_initializers_from_files_in_memory(
            list(weights), list(weights.values()), [len(data) for data in weights.values()]
        )
    return onnxruntime.InferenceSession(
        graph, options, providers=providers or ["CPUExecutionProvider"]
    )


def with_any_batch(graph: bytes) -> bytes:
    """A graph for one, as one for any number: the first axis of its inputs and outputs is free.

    Whether its operators bear that shows when it is opened and run.
    """
    import onnx  # which who runs graphs as they are does without

    model = onnx.load_model_from_string(graph)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    return bytes(model.SerializeToString())


def run_session(
    session: onnxruntime.InferenceSession, tensors: Mapping[str, Floats]
) -> dict[str, Floats]:
    """All outputs by name; inputs are picked out of ``tensors``."""
    names = [output.name for output in session.get_outputs()]
    feeds = {given.name: tensors[given.name] for given in session.get_inputs()}
    return dict(zip(names, session.run(names, feeds), strict=True))


def read_file(folder: Path, file: File) -> bytes:
    """A file's content, checked.

    Raises:
        OSError: it is missing, or not what the manifest says.
    """
    data = (folder / file.path).read_bytes()
    if len(data) != file.bytes or hashlib.sha256(data).hexdigest() != file.sha256:
        raise OSError(f"{folder / file.path} is not the file that the manifest names")
    return data
