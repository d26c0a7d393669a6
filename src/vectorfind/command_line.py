"""What the commands share: options, messages, tables. Heavy imports wait inside the functions."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from vectorfind.errors import InputError

if TYPE_CHECKING:
    from vectorfind.steering.face import SteerableFace

BUNDLE = "results/vectorfind_v8.pt"
LOCAL = "127.0.0.1"
LOCAL_NAMES = [LOCAL, "localhost", "[::1]"]

Bundle = Annotated[Path, typer.Argument(help="The bundle of a finished run.", show_default=True)]
Seed = Annotated[int, typer.Option(min=0, help="Faces 0, 1, .. of a seed are always the same.")]
Faces = Annotated[int, typer.Option(min=1, help="How many faces of that seed, one per row.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the page on this machine.")]
Host = Annotated[
    str, typer.Option(help="Address to listen at, for work over a network; needs --password.")
]
Password = Annotated[
    str | None,
    typer.Option(envvar="VECTORFIND_PASSWORD", help="Of the user vectorfind, asked by the page."),
]
Browser = Annotated[bool, typer.Option(help="Open the page in the browser.")]
Truncation = Annotated[
    float, typer.Option(min=0, max=1, help="Below 1, faces are pulled towards the mean one.")
]
Latents = Annotated[Path | None, typer.Option(help="Also write the pictures' w, as .npy.")]
Picture = Annotated[Path, typer.Option(help="Picture to write: .png, .jpg or .webp.")]


class Commands(TyperGroup):
    """Commands whose bad input ends in one red message instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; InputError and files that cannot be used end with exit code 1."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            said = str(error)
        except OSError as error:
            if error.filename is None:
                raise
            said = f"{error.filename}: {error.strerror}; choose another place or free this one."
        typer.secho(said, fg="red", err=True)
        raise typer.Exit(1) from None


def load_face(bundle: Path, device: str) -> "SteerableFace":
    """Return the bundle's face on a device.

    Raises:
        InputError: there is no such bundle or device, or it is damaged.
    """
    if not bundle.exists():
        raise InputError(
            f"{bundle}: no such bundle. `snakemake {BUNDLE}` makes one; if yours is elsewhere, "
            "give its path."
        )
    from vectorfind.bundle import load_bundle
    from vectorfind.workflow.devices import select_device

    return load_bundle(bundle, select_device(device))


def require_installed(package: str, extra: str) -> None:
    """Look for a package that some commands need, before they begin.

    Raises:
        InputError: it is not installed; `extra` is what brings it.
    """
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise InputError(f"This needs {package}: pip install -e .[{extra}]")


def require_secret(host: str, option: str, secret: str | None) -> None:
    """Look for the secret that a page or server needs where others can reach it.

    Raises:
        InputError: there is none.
    """
    if host != LOCAL and not secret:
        raise InputError(f"--host {host}: others can reach it there; give a {option} as well.")


def allowed_hosts(host: str) -> list[str]:
    """Return the names by which a page or server at an address may be called.

    Under another name for this machine another site's page could ask.
    """
    return LOCAL_NAMES if host == LOCAL else ["*"]


def one_each(wanted: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the value of every option that may have several.

    Raises:
        InputError: one has several.
    """
    if several := [name for name, values in wanted.items() if len(values) > 1]:
        raise InputError(f"--{several[0]}: give one score.")
    return {name: value for name, [value] in wanted.items()}


def save_latents(path: Path | None, w: Any) -> None:
    """Write w [N, w_dim] as an .npy file where one is wanted."""
    if path is None:
        return
    import numpy as np

    from vectorfind.files import atomic_path

    with atomic_path(path) as partial, partial.open("wb") as file:
        np.save(file, np.asarray(w))


def print_table(title: str, rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text below a title."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_header=False)
    for row in rows:
        while len(table.columns) < len(row):
            table.add_column(overflow="fold")
        table.add_row(*row)
    Console().print(table)
