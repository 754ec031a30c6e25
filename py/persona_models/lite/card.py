"""The text beside the model: what it was made of, how good it is, and what it is not for."""

from __future__ import annotations

from collections.abc import Mapping

from persona_core.neural.manifest.manifest import GraphStage, Manifest, ModelGraph, Precision
from persona_models.lite.checkpoint import PatchCheckpoint

LICENCE_FILE = "LICENSE.txt"
CARD_FILE = "README.md"
LICENCE_NOTE = "Use it with portraits of people who agreed to it."


def write_card(manifest: Manifest, checkpoints: Mapping[str, PatchCheckpoint]) -> str:
    """The model card, Markdown.

    Args:
        checkpoints: the nets by kind, in the order of the manifest's graphs.
    """
    rows = zip(manifest.graphs, checkpoints.values(), strict=True)
    lines = [
        f"# {manifest.title}",
        "",
        "Brings a photo to life with little work: the page bends the photo by the landmarks of a "
        "face, and two small nets change the mouth and the eyes, where bending cannot show what "
        "the photo does not: teeth, an open eye, a closed lid. Each net sees a patch of the bent "
        "photo, the same patch of the photo itself, masks and landmarks; it answers with a change "
        "of colour, which the page adds to the bent photo.",
        "",
        cost(manifest),
        "",
        "## For whom, and what for",
        "",
        "- For video calls in which people show themselves, or someone who does not exist, as an "
        "animated portrait.",
        "- **A portrait needs the consent of the person it shows.** Not for pictures of others "
        "who did not agree, not to pass for somebody else, not for deceit of any kind, not for "
        "pictures of children by others than those who care for them.",
        "- A moving portrait is not a recording and must not be shown as one. It says nothing of "
        "what a person really felt or said.",
        "- Not for telling who somebody is, or their mood, age, sex or origin.",
        "",
        "## Data",
        "",
        *_data(any(each.best.photos for each in checkpoints.values())),
        "",
        "## Scores",
        "",
        "On people that were never trained on; PSNR over the patch, the inner mouth and the eye's "
        "opening weighted threefold, as in the loss:",
        "",
        "| net | side | GFLOP | steps of training | people | bent photo | with the net | gain |",
        "|---|---|---|---|---|---|---|---|",
        *(line for graph, checkpoint in rows for line in _rows(graph, checkpoint)),
        "",
        "On a real person's film, by self-reenactment: see docs/lite.md of the project.",
        "",
        "## Limits",
        "",
        "- It draws patches of "
        f"{' and '.join(str(graph.outputs[0].shape[-1]) for graph in manifest.graphs)} pixels. "
        "On a large portrait the inside of the mouth is softer than the photo around it.",
        "- Teeth are guessed: they are no one's. Where the photo shows teeth the mouth's net is "
        "followed less, and the photo's own are bent.",
        "- Rendered people differ from real ones. Skin, make-up, piercings, braces and glasses "
        "that were never shown may be smeared.",
        "- It was not measured how it does by skin colour, age or sex of real people. The renders "
        "reach from very light to very dark skin, the lighter a little more often.",
        "- Turned further than some 25 degrees from the photo, the bent photo itself breaks.",
        "",
        "Made of:",
        "",
        *(f"- `{name}`, SHA-256 `{digest}`" for name, digest in manifest.source.files.items()),
    ]
    return "\n".join(lines) + "\n"


def cost(manifest: Manifest) -> str:
    """The card's line of what a frame and the download cost."""
    given = (graph.files.get(Precision.INT8) for graph in manifest.graphs)
    whole = sum(file.bytes for file in given if file is not None)
    floats = sum(file.bytes for file in manifest.files) - whole
    gflop = manifest.gflop(GraphStage.FRAME)
    line = f"{gflop:.2f} GFLOP a frame, {floats / 1e6:.1f} MB, weights in float16"
    shrunk = f"; on a processor {whole / 1e6:.1f} MB, in whole numbers of 8 bits" if whole else ""
    return f"{line}{shrunk}."


_RENDERED = (
    "ICT-FaceKit heads (MIT License, USC Institute for Creative Technologies) with painted skin, "
    "hair, beards, eyes, teeth and glasses of this project. The landmarks on the renders are where "
    "MediaPipe's Face Landmarker sees them."
)
_PHOTOGRAPHS = (
    "official photographs of members of the Congress of the United States, works of its federal "
    "government and in the public domain (collections unitedstates/images and voteview). Their "
    "lips and lids were closed by warp, and the nets learned to open them again. Every tenth was "
    "held out. The photographs themselves are no part of this project."
)


def _data(photographs: bool) -> list[str]:
    if not photographs:
        return [
            f"Trained on rendered people only, who do not exist: {_RENDERED} No photo, no film and "
            "no pretrained weights of anyone."
        ]
    return [
        "Trained on no film, and with no pretrained weights of anyone, but on",
        "",
        f"- rendered people, who do not exist: {_RENDERED}",
        f"- real people: {_PHOTOGRAPHS}",
    ]


def _rows(graph: ModelGraph, checkpoint: PatchCheckpoint) -> list[str]:
    best = checkpoint.best
    side = graph.outputs[0].shape[-1]
    scores = {"rendered": (best.warp_psnr, best.psnr)}
    if best.photos is not None:
        scores["real"] = best.photos["warp_psnr"], best.photos["psnr"]
    return [
        f"| {graph.name} | {side} | {graph.gflop:.2f} | {best.step} | {people} | {warp:.2f} dB "
        f"| {net:.2f} dB | {net - warp:+.2f} dB |"
        for people, (warp, net) in scores.items()
    ]
