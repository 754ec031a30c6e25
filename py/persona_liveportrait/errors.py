"""What can go wrong when a checkpoint is converted, beside what any model's making can meet.

ConversionError            a model could not be made
├── CheckpointError        a file of weights that is missing, wrong or damaged
├── DownloadError          a file of weights that could not be fetched
├── ResourceError          too little disk or memory, or a package is missing
└── VerificationError      a converted part computes something else

The first two are :mod:`persona_models.errors`'.
"""

from __future__ import annotations

from persona_models.errors import ConversionError


class DownloadError(ConversionError):
    """A file of weights that could not be fetched."""

    default_code = "download-failed"


class ResourceError(ConversionError):
    """Too little disk or memory, or a package is missing."""

    default_code = "too-little-room"


class VerificationError(ConversionError):
    """A converted part computes something else than its definition."""

    default_code = "verification-failed"
