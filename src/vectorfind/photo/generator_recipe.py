"""Makes the generator of the photo-like world (`python -m vectorfind.photo.generator_recipe`).

It needs hours of a CPU. Every training goes on from its last checkpoint, which `--work` holds; a
game goes on in another place from the networks that an earlier one ended with.
"""

import logging
from pathlib import Path
from typing import Annotated

import torch
import typer

from vectorfind.photo.game import play
from vectorfind.photo.regression import fresh_networks, regress
from vectorfind.photo.teacher import load_teacher
from vectorfind.stylegan import load_networks, save_networks

REGRESSION = (20_000, 2_500, 1_500, 800)


app = typer.Typer(add_completion=False)


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="Checkpoint that is written, in GenForce's layout.")],
    teacher: Annotated[Path, typer.Option(help="weights.tar of gan-face-generate 1.1.1.")],
    work: Annotated[Path, typer.Option(help="Folder of the trainings' checkpoints.")],
    game_steps: Annotated[int, typer.Option(help="Updates of the game.")],
    start: Annotated[
        Path | None, typer.Option(help="Networks of an earlier game, which this one goes on with.")
    ] = None,
    effort: Annotated[float, typer.Option(help="Multiplies the steps of the regression.")] = 1.0,
    threads: Annotated[int, typer.Option(help="Processor cores to train on.")] = 1,
    compiled: Annotated[bool, typer.Option(help="Compile the generator.")] = True,
    ends: Annotated[
        bool, typer.Option("--ends", help="Let the rate fall: the last steps of a game.")
    ] = False,
) -> None:
    """Teach a fresh generator what the teacher draws, or go on with a game."""
    form = "%(asctime)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, datefmt="%H:%M:%S")
    torch.set_num_threads(threads)
    taught_by = load_teacher(teacher)
    if start is None:
        networks = fresh_networks()
        steps = [max(round(effort * count), 1) for count in REGRESSION]
        regress(networks.players[0], work, taught_by, steps)
    else:
        networks = load_networks(start)
    played = play(networks, work, taught_by, game_steps, compiled=compiled, ends=ends)
    save_networks(output, played)


if __name__ == "__main__":
    app()
