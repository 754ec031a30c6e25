"""What can go wrong when a checkpoint is converted, beside what any model's making can meet.

ConversionError            a model could not be made                           (platform)
├── CheckpointError        a file of weights that is missing, wrong or damaged (platform)
├── DownloadError          a file of weights that could not be fetched         (platform)
├── ResourceError          too little disk or memory, or a package is missing  (platform)
└── VerificationError      a converted part computes something else            (ours)

The first two are :mod:`persona_models.errors`'.
"""

from __future__ import annotations

from persona_core.errors import Fault
from persona_models.errors import ConversionError


class DownloadError(ConversionError):
    """A file of weights that could not be fetched."""

    default_code = "download-failed"


class ResourceError(ConversionError):
    """Too little disk or memory, or a package is missing."""

    default_code = "too-little-room"


class VerificationError(ConversionError):
    """A converted part computes something else than its definition."""

    fault = Fault.OURS
    default_code = "verification-failed"
