"""Where a file is: a path, or a file of the Hugging Face hub."""

from typing import Annotated

from pydantic import AfterValidator

from vectorfind.errors import InputError
from vectorfind.hub import hub_reference


def _checked(place: str) -> str:
    try:
        hub_reference(place)
    except InputError as error:
        raise ValueError(str(error)) from None
    return place


Place = Annotated[str, AfterValidator(_checked)]
"""A path, or `hf:OWNER/REPO/FILE@REVISION`."""
