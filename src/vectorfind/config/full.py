"""The configurations that hold every key: their first lines, and what each sets."""

from typing import Any, NamedTuple


class FullConfig(NamedTuple):
    """A file with every key: its first lines, and what it sets besides the published numbers."""

    introduction: str
    values: dict[str, Any]


OHLORA = "hf:daebakgazua/250408_OhLoRA_StyleGAN_FineTuned"
CONFIGS = {
    "celeba256.yaml": FullConfig(
        """\
# The published system on 256x256 faces: snakemake --configfile config/celeba256.yaml
# Put your checkpoint where `checkpoint` says and your labels where `labels` says.
""",
        {},
    ),
    "ohlora_v1.yaml": FullConfig(
        """\
# From the public FineTune-v1 of the published system, which comes from the Hugging Face hub:
# snakemake --configfile config/ohlora_v1.yaml
# One round of labels by hand; what the hub holds under `main` may change: name a commit to pin it.
""",
        {
            "start_from": "finetune_v1",
            "checkpoint": f"{OHLORA}/stylegan_gen_fine_tuned_v1.pth@main",
            "discriminator_checkpoint": f"{OHLORA}/stylegan_dis_fine_tuned_v1.pth@main",
        },
    ),
    "ohlora_v8.yaml": FullConfig(
        """\
# From the public FineTune-v8 of the published system, which comes from the Hugging Face hub:
# snakemake --configfile config/ohlora_v8.yaml
# No labels by hand; what the hub holds under `main` may change: name a commit to pin it.
""",
        {
            "start_from": "finetune_v8",
            "checkpoint": "hf:daebakgazua/250526_OhLoRA_StyleGAN_VectorFind/"
            "stylegan_gen_vector_find_v8.pth@main",
        },
    ),
}
HEAD = "# yaml-language-server: $schema=schema.json"
END = """\
# For your own numbers copy this file: every key stands here, made by
# `python -m vectorfind.config.docs`."""
