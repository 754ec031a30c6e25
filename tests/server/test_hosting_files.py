"""The files that operators copy say what the server understands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from tests.support.node import needs_node

from persona_render.cluster.cluster_config import ClusterConfig
from persona_render.config import PREFIX as RENDER_PREFIX
from persona_render.config import RenderConfig
from persona_server.config import FILE_SUFFIX, PREFIX, ServerConfig

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [*sorted((ROOT / "deploy").iterdir()), ROOT / "docs" / "hosting.md"]
SETTINGS = {
    prefix + field.name.upper()
    for prefix, kind in ((PREFIX, ServerConfig), (RENDER_PREFIX, ClusterConfig))
    for field in fields(kind)
}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_one(path: Path) -> None:
    text = re.sub(r"VP_\.\.\._FILE", "", path.read_text("utf-8"))
    named = set(re.findall(r"\bVP_[A-Z0-9_]+", text)) - {"VP_X", "VP_X_FILE"}
    assert {name.removesuffix(FILE_SUFFIX) for name in named} <= SETTINGS


def test_example_settings_are_accepted_when_all_of_them_are_in_use(tmp_path: Path) -> None:
    environment = {}
    for line in (ROOT / "deploy" / "virtualpersona.env").read_text("utf-8").splitlines():
        if form := re.fullmatch(r"#?(VP_[A-Z_]+)=(.*)", line):
            environment[form[1]] = form[2]
    for name in [name for name in environment if name.endswith(FILE_SUFFIX)]:
        secret = tmp_path / name
        secret.write_text("a secret of more than sixteen letters\n")
        environment[name] = str(secret)
    config = ServerConfig.from_env(environment)
    assert config.turn_secret == "a secret of more than sixteen letters"
    assert len(config.turn_urls) == 3
    assert config.room_secrets


def test_render_servers_example_settings_are_accepted_when_all_are_in_use(tmp_path: Path) -> None:
    environment = {}
    for line in (ROOT / "deploy" / "virtualpersona-render.env").read_text("utf-8").splitlines():
        if form := re.fullmatch(r"#?(VP_[A-Z_]+)=(.*)", line):
            environment[form[1]] = form[2]
    secret = tmp_path / "secret"
    secret.write_text("a secret of more than sixteen letters\n")
    for name in [name for name in environment if name.endswith(FILE_SUFFIX)]:
        environment[name] = str(secret)
    config = RenderConfig.from_env(environment)
    assert config.access_keys == config.room_secrets == (secret.read_text().strip(),)
    assert config.allowed_origins


def test_cluster_s_example_is_accepted_when_it_is_deployed() -> None:
    text = (ROOT / "deploy" / "render-cluster.yaml").read_text("utf-8")
    settings = dict(re.findall(r"^ {6}([a-z_]+): (.+)$", text.partition("args:")[2], re.MULTILINE))
    config = ClusterConfig.of(settings, {})
    assert config.allowed_origins == ("https://you.example",)
    assert (config.min_replicas, config.max_replicas) == (1, 8)
    assert config.worker_count == 2


@needs_node
def test_render_server_starts_when_there_is_nothing_but_what_its_container_copies(
    tmp_path: Path,
) -> None:
    text = (ROOT / "deploy" / "Containerfile.render").read_text("utf-8")
    for source, target in re.findall(r"^COPY (py\S+|static\S+) (\S+)$", text, re.MULTILINE):
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / target)
    with subprocess.Popen(
        [sys.executable, "-m", "persona_render", "--port", "0", "--workers", "1"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "py")},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert re.search(r"ws://127\.0\.0\.1:\d+/render", server.stdout.readline())
        server.terminate()
        assert server.wait(20) == 0


@pytest.mark.parametrize("name", ["Containerfile", "Containerfile.render"])
def test_container_copies_what_is_there(name: str) -> None:
    text = (ROOT / "deploy" / name).read_text("utf-8")
    copied = re.findall(r"^COPY (\S+) ", text, re.MULTILINE)
    assert copied
    assert all((ROOT / path).exists() for path in copied)


@pytest.mark.parametrize("name", ["Containerfile", "Containerfile.render"])
def test_container_is_built_only_on_an_image_that_is_named_by_its_digest(name: str) -> None:
    text = (ROOT / "deploy" / name).read_text("utf-8")
    assert re.findall(r"^FROM (.*)$", text, re.MULTILINE) == ["${PYTHON_IMAGE}"]
    assert "ARG PYTHON_IMAGE=" not in text
    check = re.search(r"^RUN (case .*?esac)$", text, re.MULTILINE | re.DOTALL)
    assert check is not None
    digest = "0" * 64
    for image, status in (
        ("docker.io/library/python:3.13-slim", 1),
        ("", 1),
        (f"docker.io/library/python@sha256:{digest}", 0),
        (f"docker.io/library/python:3.13-slim@sha256:{digest}", 0),
    ):
        done = subprocess.run(
            ["sh", "-c", check[1]], env={"PYTHON_IMAGE": image}, capture_output=True, check=False
        )
        assert done.returncode == status, image


@pytest.mark.parametrize("name", ["README.md", "docs/hosting.md"])
def test_command_that_starts_the_server_by_hand_works_in_the_environment_it_names(
    name: str,
) -> None:
    text = (ROOT / name).read_text("utf-8")
    block = next(one for one in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "--port" in one)
    *preparations, command = block.strip().splitlines()
    assert preparations[-1].startswith(".venv/bin/pip install --require-hashes ")
    assert (ROOT / preparations[-1].split()[-1]).exists()
    if not (ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("no .venv beside the sources")
    with subprocess.Popen(
        ["sh", "-c", "exec env " + command.replace("--port 8443", "--port 0")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.defpath},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("VirtualPersona is at http://127.0.0.1:")
        process.terminate()


def text_of(value: object) -> str:
    """A default as the table has it."""
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_table_of_settings_tells_the_defaults_when_it_names_one() -> None:
    text = (ROOT / "docs" / "hosting.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:`VP_[A-Z_]+`(?:, )?)+) \| ([^|]*) \|", text, re.MULTILINE)
    assert rows
    defaults = ServerConfig()
    for names, told in rows:
        found = re.findall(r"`VP_([A-Z_]+)`", names)
        shown = [text_of(getattr(defaults, name.lower())) for name in found]
        if "LOG" not in names:
            assert told.strip() == ", ".join(shown), names
