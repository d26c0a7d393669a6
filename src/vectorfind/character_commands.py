"""The commands that pick a face of the image test and use it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vectorfind.command_line import (
    BUNDLE,
    LOCAL,
    Commands,
    Device,
    Latents,
    Picture,
    Port,
    Truncation,
    allowed_hosts,
    load_face,
    one_each,
    print_table,
    require_installed,
    require_secret,
    save_latents,
)
from vectorfind.errors import InputError
from vectorfind.property_options import PROPERTIES, FollowsBundle, combine, wanted_values

if TYPE_CHECKING:
    from vectorfind.characters import Character

character_app = typer.Typer(cls=Commands)

Test = Annotated[Path, typer.Argument(help="The image test of a run.")]
CharacterFile = Annotated[Path, typer.Argument(help="A character, as `vectorfind pick` writes it.")]
OwnBundle = Annotated[Path, typer.Option("--bundle", help="The bundle it was picked with.")]


@character_app.command()
def candidates(
    folder: Test = Path("results/image_test"),
    group: Annotated[str | None, typer.Option(help="Of this group only, as hhlh.")] = None,
    sort: Annotated[str, typer.Option(help="least, case, or a steered property.")] = "least",
    every: Annotated[bool, typer.Option("--all", help="Also those that did not pass.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Show so many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List the faces that obey, by the lowest correlation of each; `vectorfind pick` takes one.

    vectorfind candidates --group hhlh --sort mouth
    """
    from vectorfind.characters import list_candidates, steered_in

    table = list_candidates(folder, group=group, sort=sort, all_cases=every)
    shown = table.head(limit)
    if as_json:
        typer.echo(shown.to_json(orient="records", indent=2))
        return
    names = steered_in(table)
    rows = [("case", "group", *names, "passed")]
    for row in shown.to_dict("records"):
        scores = (f"{row[f'{name}_corr']:.3f}" for name in names)
        rows.append((str(row["case"]), row["group"], *scores, "yes" if row["passed"] else "no"))
    print_table(f"{len(shown)} of {len(table)} faces in {folder}", rows)


@character_app.command()
def pick(
    name: Annotated[str, typer.Option(help="What the character is called; names its file.")],
    case: Annotated[
        int | None, typer.Argument(help="Number of a face, as `candidates` lists them.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Instead of a case: the first face of a seed.")
    ] = None,
    truncation: Truncation = 1.0,
    folder: Annotated[Path, typer.Option("--test", help="The image test of the run.")] = Path(
        "results/image_test"
    ),
    bundle: OwnBundle = Path(BUNDLE),
    output: Annotated[
        Path | None, typer.Option(help="File to write, by default characters/NAME.safetensors.")
    ] = None,
    device: Device = "auto",
) -> None:
    """Make a character of a face: its latent, what it can reach, and a contact sheet beside it.

    vectorfind pick 57 --name aurora
    vectorfind pick --seed 7 --name nova
    """
    from vectorfind.characters import (
        keep_character,
        pick_character,
        pick_random,
        read_candidate,
    )

    output = output or Path("characters", f"{name}.safetensors")
    if output.suffix != ".safetensors":
        raise InputError(f"{output}: end the character's name in .safetensors.")
    if (case is None) == (seed is None):
        raise InputError("give the number of a case, or a --seed.")
    candidate = None if case is None else read_candidate(folder, case)
    face = load_face(bundle, device)
    if candidate is not None:
        character = pick_character(face, candidate, name, truncation)
    else:
        character = pick_random(face, seed or 0, name, truncation)
    keep_character(output, character)
    if candidate is not None and not candidate.passed:
        typer.secho(f"case {case} did not pass the image test: it may not obey.", fg="yellow")
    _print_reach(f"{output}, and {output.with_suffix('.png').name} beside it", character)


def _print_reach(title: str, character: "Character") -> None:
    rows = [("property", "neutral score", "lowest", "highest")]
    for name, (low, high) in character.reach.items():
        rows.append((name, f"{character.neutral[name]:+.2f}", f"{low:+.2f}", f"{high:+.2f}"))
    print_table(title, rows)


@character_app.command(cls=FollowsBundle)
def render(
    ctx: typer.Context,
    character: CharacterFile,
    bundle: OwnBundle = Path(BUNDLE),
    scores: Annotated[
        bool, typer.Option("--scores", help="The numbers are scores, not offsets.")
    ] = False,
    output: Picture = Path("picture.png"),
    latents: Latents = None,
    device: Device = "auto",
) -> None:
    """Draw a character with an expression: an option for every property that is steered.

    vectorfind render characters/aurora.safetensors --eyes=1.2 --mouth=-0.5
    vectorfind render characters/aurora.safetensors --eyes=-2,0,2 --mouth=-2,-1,0,1
    vectorfind render characters/aurora.safetensors --scores --pose=1 --output aside.webp
    """
    from vectorfind.pictures.sheets import check_picture, contact_sheet, save_picture

    check_picture(output)
    loaded = _load(character, bundle, device)
    wanted = wanted_values(ctx.meta[PROPERTIES], loaded.face.names.steered)
    if scores:
        steered = loaded.steer(**one_each(wanted))
        images, w, columns = steered.images, steered.w, 1
    else:
        combinations, columns = combine(wanted)
        edited = loaded.edit(combinations)
        images, w = loaded.face.draw_latents(edited), edited.cpu().numpy()
    save_picture(output, contact_sheet(images, columns))
    save_latents(latents, w)
    typer.echo(f"{output}: {loaded.name}")


@character_app.command()
def animate(
    character: CharacterFile,
    motion: Annotated[
        str, typer.Option(help="neutral, talk, blink, nod, look_aside, or a JSON of keyframes.")
    ] = "blink",
    fps: Annotated[float, typer.Option(min=1, max=120, help="Pictures per second.")] = 25,
    bundle: OwnBundle = Path(BUNDLE),
    output: Annotated[Path, typer.Option(help=".gif, .webp or .mp4, or a folder for PNGs.")] = Path(
        "animation.gif"
    ),
    device: Device = "auto",
) -> None:
    """Draw a moving character: a ready motion, or keyframes of offsets in a JSON file.

    vectorfind animate characters/aurora.safetensors --motion talk --output talk.mp4
    keyframes: [{"t": 0}, {"t": 0.5, "mouth": 1.2, "pose": -0.4}, {"t": 1.2, "mouth": 0}]
    """
    from vectorfind.files import read_json
    from vectorfind.pictures.animations import check_animation, save_animation

    check_animation(output)
    keyframes = read_json(motion) if motion.endswith(".json") else motion
    loaded = _load(character, bundle, device)
    frames = loaded.frames(keyframes, fps)
    save_animation(output, frames, fps)
    typer.echo(f"{output}: {loaded.name}, {len(frames)} pictures, {len(frames) / fps:.1f} s")


@character_app.command()
def export(
    character: CharacterFile,
    output: Annotated[
        Path, typer.Option(help="A name in .onnx, or a new folder for web pages.")
    ] = Path("web"),
    bundle: OwnBundle = Path(BUNDLE),
) -> None:
    """Write a character for programs without Python: an ONNX model, or a folder for web pages.

    vectorfind export characters/aurora.safetensors --output aurora.onnx
    vectorfind export characters/aurora.safetensors --output site/aurora
    The model takes the offsets and draws the face; the folder has pictures of many expressions, a
    script that shows them, and index.html, which opens from the disk.
    """
    suffix = output.suffix.lower()
    if suffix not in ("", ".onnx"):
        raise InputError(f"{output}: end the name in .onnx, or give a folder for web pages.")
    if not suffix:
        from vectorfind.characters.web import check_folder, save_web

        check_folder(output)
        count = save_web(output, _load(character, bundle, "cpu"))
        typer.echo(f"{output}: {count} expressions; open {output / 'index.html'}.")
        return
    require_installed("onnxscript", "export")
    from vectorfind.characters.onnx import save_onnx

    save_onnx(output, _load(character, bundle, "cpu"))
    typer.echo(f"{output}: written.")


@character_app.command()
def serve(
    character: CharacterFile,
    port: Port = 7862,
    host: Annotated[str, typer.Option(help="Address to listen at; others need --token.")] = LOCAL,
    token: Annotated[
        str | None, typer.Option(envvar="VECTORFIND_TOKEN", help="That every question must bring.")
    ] = None,
    waiting: Annotated[int, typer.Option(min=1, help="Pictures that may wait.")] = 32,
    bundle: OwnBundle = Path(BUNDLE),
    device: Device = "auto",
) -> None:
    """Answer HTTP questions for a character's pictures, for programs that drive the face.

    vectorfind serve characters/aurora.safetensors
    curl "http://127.0.0.1:7862/picture?eyes=1.2&mouth=-0.5" > picture.png
    """
    require_secret(host, "--token", token)
    require_installed("gradio", "apps")
    import uvicorn

    from vectorfind.apps.picture_server import build_picture_server

    loaded = _load(character, bundle, device)
    hosts = allowed_hosts(host)
    app = build_picture_server(loaded, token=token, waiting=waiting, hosts=hosts)
    typer.echo(f"{loaded.name} is at http://{host}:{port}/picture; Ctrl-C here stops it.")
    uvicorn.run(app, host=host, port=port, log_level="warning")


def _load(character: Path, bundle: Path, device: str) -> "Character":
    from vectorfind.characters import load_character

    if not character.exists():
        raise InputError(f"{character}: no such file; `vectorfind pick` makes a character.")
    return load_character(character, load_face(bundle, device))
