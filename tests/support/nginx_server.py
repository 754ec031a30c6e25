"""A real nginx on a free loopback port, with the configuration that operators are given."""

from __future__ import annotations

import datetime
import os
import re
import socket
import ssl
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.support.system_server import SystemServer, free_port

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"

MAIN = """
daemon off;
worker_processes 1;
error_log stderr warn;
pid {folder}/pid;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class NginxServer(SystemServer):
    """Runs inside a ``with`` block; see :class:`SystemServer`.

    Args:
        site: the folder of static files.
        upstream: the port of the signaling server.
        changes: further lines of the shipped file to be replaced, by pattern.
    """

    def __init__(self, site: Path, upstream: int, changes: dict[str, str] | None = None) -> None:
        self.port = free_port()
        self._site = site
        self._upstream = upstream
        self._changes = changes or {}
        super().__init__("nginx", "nginx-light", self._prepare, self._answers)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/"

    @property
    def signal_url(self) -> str:
        return f"wss://127.0.0.1:{self.port}/signal"

    @property
    def trust(self) -> ssl.SSLContext:
        """Knows the certificate."""
        return ssl.create_default_context(cafile=str(self._folder / "cert.pem"))

    def _prepare(self, folder: Path) -> list[str]:
        write_certificate(folder)
        listen = f"listen 127.0.0.1:{self.port} ssl;"
        text = SHIPPED.read_text("utf-8")
        for pattern, ours in {
            r"^    listen 443 ssl;$": listen,
            r"^    listen \[::\]:443 ssl;$": "",
            r"^    server_name .*;$": "server_name 127.0.0.1;",
            r"^    ssl_certificate .*;$": f"ssl_certificate {folder}/cert.pem;",
            r"^    ssl_certificate_key .*;$": f"ssl_certificate_key {folder}/key.pem;",
            r"^    root .*;$": f"root {self._site};",
            r"^    server 127\.0\.0\.1:8443;$": f"server 127.0.0.1:{self._upstream};",
            **self._changes,
        }.items():
            text, found = re.subn(pattern, lambda _, ours=ours: ours, text, flags=re.MULTILINE)
            assert found == 1, pattern
        (folder / "site.conf").write_text(text, "utf-8")
        # A worker of root's nginx is somebody else, who may not read the folders of a test.
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user), "utf-8")
        return ["-p", str(folder), "-c", str(folder / "nginx.conf")]

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def write_certificate(folder: Path) -> None:
    """``cert.pem`` and ``key.pem`` for 127.0.0.1, signed by itself, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
