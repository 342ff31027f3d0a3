"""``lantu certificate`` and ``lantu archive``."""

from __future__ import annotations

from pathlib import Path

import click

MARKS = {"ok": "✓", "fail": "✗", "notice": "!", "none": "-"}


def _show(steps: list[dict[str, str]]) -> None:
    for step in steps:
        click.echo(f"  {MARKS[step['state']]} {step['name']}　{step['text']}" + (f"　{step['detail']}" if step["detail"] else ""))


@click.group()
def certificate() -> None:
    """电子证照。 / Electronic certificates."""


@certificate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--root",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="信任的根证书 / a root to trust (DER or PEM)",
)
@click.option("--purpose", default="", help="用途，核对加注件 / what it is shown for")
@click.option("--record/--offline", default=False, help="是否查登记 / ask the register (default: offline)")
def verify(file: Path, root: tuple[Path, ...], purpose: str, record: bool) -> None:
    """核验一份 PDF 或 OFD；没有通过则退出码为 1。 / Verify a PDF or OFD; exit code 1 when it does not hold."""
    from lantu.certificates.verification import VALID, verify_file

    roots = [_der(path.read_bytes()) for path in root] or None
    report = verify_file(file.read_bytes(), purpose=purpose, use_record=record, roots=roots)
    said = report.as_dict()
    click.echo(f"{said['headline']}　SHA-256 {said['sha256']}")
    _show(said["checked"])
    click.echo("没有核验 / not checked:")
    _show(said["unchecked"])
    if report.result != VALID:
        raise click.exceptions.Exit(1)


def _der(data: bytes) -> bytes:
    """A certificate given as DER or PEM, as DER."""
    from asn1crypto import pem

    return bytes(pem.unarmor(data)[2]) if pem.detect(data) else data


@certificate.command("check")
@click.argument("text")
def check_text(text: str) -> None:
    """按证号、标识或核验码核验。 / Verify by number, identifier or code."""
    from lantu.certificates.verification import VALID, verify_text

    report = verify_text(text)
    said = report.as_dict()
    click.echo(str(said["headline"]))
    _show(said["checked"])
    if report.result != VALID:
        raise click.exceptions.Exit(1)


@click.group()
def archive() -> None:
    """归档包。 / Archive packages."""


@archive.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", default="", help="信任的公钥（base64） / the public key to trust")
def verify_archive(file: Path, key: str) -> None:
    """离线核验一个归档包；没有通过则退出码为 1。 / Prove a package offline; exit code 1 when it does not hold."""
    from lantu.certificates.archiving import verify_package

    read = verify_package(file.read_bytes(), public_key=key)
    click.echo(f"{read.manifest.get('number')}　{read.manifest.get('title')}")
    for step in read.findings:
        click.echo(f"  {MARKS[step.state]} {step.text}" + (f"　{step.detail}" if step.detail else ""))
    if not read.findings.good:
        raise click.exceptions.Exit(1)


@archive.command()
def integrity() -> None:
    """核验全部文件、归档包和审计链；有问题则退出码为 1。 / Prove all files, packages and the audit chain."""
    from lantu.certificates.services import check_integrity
    from lantu.core.actor import system

    run = check_integrity(system("lantu archive", "cli"))
    for problem in run.problems:
        click.echo(f"{problem['what']}\t{problem['where']}\t{problem['text']}")
    click.echo(f"{run.files} 个文件 / files, {run.packages} 个归档包 / packages, {len(run.problems)} 处问题 / problems")
    if run.problems:
        raise click.exceptions.Exit(1)


commands = [certificate, archive]
