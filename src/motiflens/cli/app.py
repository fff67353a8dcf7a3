"""The ``motiflens`` command and its subcommands."""

from __future__ import annotations

from typing import Annotated

import typer

from motiflens import __version__
from motiflens.cli.demo import demo
from motiflens.cli.describe import describe
from motiflens.cli.discover import discover
from motiflens.cli.match import match
from motiflens.cli.motifs import motifs
from motiflens.cli.reproduce import reproduce
from motiflens.cli.scan import scan
from motiflens.cli.simulate import simulate
from motiflens.cli.train import train


def build_app() -> typer.Typer:
    """Return the command line application, all commands registered."""
    app = typer.Typer(
        name="motiflens",
        help="Find, explain and test DNA motifs with interpretable convolutional networks.",
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_motiflens)
    for command in (discover, motifs, scan, match, train, simulate, describe, reproduce, demo):
        app.command(name=command.__name__, help=_unwrapped(command.__doc__ or ""))(command)
    return app


def _unwrapped(text: str) -> str:
    """Join the lines of each paragraph, so that the help breaks them where the terminal ends."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _show_version(wanted: bool) -> None:  # noqa: FBT001 (typer passes the flag by position)
    if wanted:
        typer.echo(f"motiflens {__version__}")
        raise typer.Exit


def _motiflens(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Find, explain and test DNA motifs with interpretable convolutional networks."""
