"""The `vectorfind` command. Heavy imports wait inside the commands, so that --help is instant."""

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vectorfind.character_commands import character_app
from vectorfind.command_line import (
    BUNDLE,
    LOCAL,
    Browser,
    Bundle,
    Commands,
    Device,
    Host,
    Password,
    Port,
    allowed_hosts,
    load_face,
    print_table,
    require_installed,
    require_secret,
)
from vectorfind.errors import InputError
from vectorfind.face_commands import face_app

if TYPE_CHECKING:
    import gradio as gr

    from vectorfind.config import Config
    from vectorfind.judges.judge import Judge

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Find the directions in a StyleGAN face generator that open the eyes, open the mouth "
    "and turn the head, and steer faces with them. The chain itself runs with Snakemake: "
    "`snakemake --cores all`.",
)
config_app = typer.Typer(
    cls=Commands,
    invoke_without_command=True,
    help="Print every configuration key, or check a file.",
)
app.add_typer(config_app, name="config")
app.add_typer(face_app)
app.add_typer(character_app)

Checkpoint = Annotated[
    str, typer.Argument(metavar="FILE", help="A checkpoint, or hf:OWNER/REPO/FILE@REVISION.")
]


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""
    if version:
        from importlib.metadata import version as version_of

        typer.echo(version_of("vectorfind"))
        raise typer.Exit


@app.command()
def inspect(
    file: Checkpoint,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say what a checkpoint or a bundle is, where the chain can start, or why it cannot be used.

    vectorfind inspect network.pkl
    vectorfind inspect hf:OWNER/REPO/FILE@REVISION --json
    """
    from vectorfind.bundle import describe_bundle, is_bundle
    from vectorfind.checkpoints import checkpoint_of
    from vectorfind.stylegan.content import read_content

    path = _here(file)
    content = read_content(path)
    if is_bundle(content):
        facts = describe_bundle(content)
    else:
        facts = checkpoint_of(content, path).facts()
        facts["conditional"] = "yes" if facts.get("label_dim") else "no"
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    else:
        print_table(file, ((name, _plain(value)) for name, value in facts.items()))


@app.command()
def convert(
    file: Checkpoint, output: Annotated[Path, typer.Argument(help="File to write (.pth).")]
) -> None:
    """Write a StyleGAN v1 of any layout in GenForce's released one, which other tools read."""
    from vectorfind.checkpoints import convert_checkpoint

    for remark in convert_checkpoint(_here(file), output):
        typer.echo(remark)
    typer.secho(f"{output}: written.", fg="green")


def _here(file: str) -> str:
    """Return the path of a file of this machine, or of the hub's cache."""
    from vectorfind.hub import fetch, hub_reference

    reference = hub_reference(file)
    return str(fetch(reference)) if reference else file


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(part)}" for key, part in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


@app.command()
def label(
    folder: Annotated[Path, typer.Argument(help="A stage's results, as results/original.")],
    attributes: Annotated[
        str | None, typer.Option(help="gender,quality or others; by default the stage's own.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="CSV to go on with or start, by default labels/STAGE.csv.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Label the first so many images.")] = 2000,
    prefill: Annotated[
        Path | None, typer.Option(help="CSV with a model's labels, shown as already chosen.")
    ] = None,
    port: Port = 7860,
    browser: Browser = True,
    host: Host = LOCAL,
    password: Password = None,
) -> None:
    """Open the page on which you label a stage's first images; it goes on where you stopped.

    Once the stage's attribute CNNs are trained, it can also show the labels they disagree with.
    """
    from vectorfind.vocabulary import STAGES

    config = _config_beside(folder)
    known = config.vocabulary.attributes
    own = config.attributes_of(folder.name) if folder.name in STAGES else ()
    names = [name.strip() for name in attributes.split(",")] if attributes else own or known
    if unknown := [name for name in names if name not in known]:
        raise InputError(
            f"--attributes: {', '.join(map(repr, unknown))} is not one of {', '.join(known)}."
        )
    require_installed("gradio", "apps")
    from vectorfind.apps.label_page import build_label_page

    output = output or Path("labels", f"{folder.name}.csv")
    rows = {name: known[name] for name in names}
    page = build_label_page(folder, rows, output, count, prefill)
    _serve(page, port, browser, host, password)


def _config_beside(folder: Path) -> "Config":
    """Return the configuration of the run whose stage the folder is, or the published one."""
    from vectorfind.config import Config, resolve_config
    from vectorfind.config.docs import read_config_file

    path = folder.parent / "config.yaml"
    return resolve_config(read_config_file(path), str(path)) if path.exists() else Config()


@app.command()
def explore(
    bundle: Bundle = Path(BUNDLE),
    port: Port = 7861,
    browser: Browser = True,
    device: Device = "auto",
    host: Host = LOCAL,
    password: Password = None,
) -> None:
    """Open the page on which faces follow a slider for every steered property.

    It shows the candidates of the image test beside the bundle, and picks characters.
    """
    require_installed("gradio", "apps")
    from vectorfind.apps.explorer_page import build_explorer_page

    config = _config_beside(bundle)
    page = build_explorer_page(load_face(bundle, device), bundle, partial(_parser_of, config))
    _serve(page, port, browser, host, password)


def _parser_of(config: "Config") -> "Judge | None":
    """Return the run's parser as a judge of the published properties, where it is on the disk."""
    from vectorfind.faces.parser import load_parser
    from vectorfind.judges.judge import parser_judges

    if not Path(config.parser.model).is_dir():
        return None
    return parser_judges(load_parser(**config.parser.model_dump()))[0]


def _serve(
    page: "gr.Blocks", port: int, browser: bool, host: str = LOCAL, password: str | None = None
) -> None:
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from vectorfind.apps.languages import translations

    require_secret(host, "--password", password)
    # gradio asks its own page whether it is up, which no proxy can answer.
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = ",".join(filter(None, (direct, "127.0.0.1,localhost")))
    own = [Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(host))]
    typer.echo(f"The page is at http://{host}:{port}; Ctrl-C here closes it.")
    try:
        page.launch(
            server_name=host,
            server_port=port,
            inbrowser=browser,
            auth=("vectorfind", password) if password else None,
            app_kwargs={"middleware": own},
            i18n=translations(),
            show_error=True,
            footer_links=[],
            run_history=False,
            quiet=True,
        )
    except OSError as error:
        raise InputError(f"Port {port} is taken; choose another one with --port.") from error


@config_app.callback()
def print_config(ctx: typer.Context) -> None:
    """Print every configuration key with its type, default, range and meaning."""
    if ctx.invoked_subcommand is not None:
        return
    from vectorfind.config.docs import config_keys

    for key in config_keys():
        limits = f" ({key.limits})" if key.limits else ""
        typer.secho(key.name, bold=True, nl=False)
        typer.echo(f": {key.type}{limits}, default {key.default}\n    {key.description}")


@config_app.command()
def check(file: Annotated[Path, typer.Argument(help="A YAML file for --configfile.")]) -> None:
    """Check a configuration file; Snakemake lays it over config/config.yaml, and so does this."""
    from vectorfind.config.docs import check_config_file
    from vectorfind.workflow.plan import check_measures, check_pinned, stages

    config = check_config_file(file)
    check_measures(config)
    check_pinned(config)
    typer.secho(f"{file}: every key is known and in range.", fg="green")
    typer.echo(
        f"The chain runs {', '.join(stages(config))} from {config.checkpoint}, "
        f"{config.sampling.samples:,} samples, {config.image_test.faces:,} test faces."
    )
