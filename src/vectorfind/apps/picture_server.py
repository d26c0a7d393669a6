"""A small HTTP server that draws a character's expressions, for programs that drive a face."""

import io
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from PIL import Image
from starlette.middleware.trustedhost import TrustedHostMiddleware

from vectorfind.characters import Character
from vectorfind.command_line import LOCAL_NAMES
from vectorfind.errors import InputError
from vectorfind.property_options import LIMIT

FORMATS = {"png": "PNG", "webp": "WEBP", "jpeg": "JPEG"}
WAITING = 32
"""Pictures that may wait for their turn; more are refused at once."""

Next = Callable[[Request], Awaitable[Response]]


def build_picture_server(
    character: Character,
    *,
    token: str | None = None,
    waiting: int = WAITING,
    hosts: list[str] | None = None,
) -> FastAPI:
    """Return the server of a character.

    `GET /picture?eyes=1.2&mouth=-0.5` draws it at offsets, with `scores=1` at requested scores;
    `format` is png, webp or jpeg. `GET /character` says what it is called and can reach. Bad
    questions are answered with 400, a missing or wrong token with 401, more than `waiting`
    questions at once with 503; one picture is drawn at a time.

    Args:
        character: that is drawn.
        token: that every question must bring, as `Authorization: Bearer TOKEN`; None asks for none.
        waiting: questions that wait.
        hosts: names by which the server may be called, so that no other site's page calls it; by
            default those of this machine.
    """
    app = FastAPI(title=f"VectorFind: {character.name}", docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts or LOCAL_NAMES)
    # One at a time: a second one would only make both slower.
    turn, asked = CapacityLimiter(1), {"now": 0}

    @app.middleware("http")
    async def check_token(request: Request, answer: Next) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token is not None and not secrets.compare_digest(given.encode(), token.encode()):
            return _refusal(401, "bring the token that the server was started with")
        return await answer(request)

    @app.get("/character")
    async def describe() -> dict[str, Any]:
        return {
            "name": character.name,
            "steered": list(character.face.names.steered),
            "neutral": character.neutral,
            "reach": character.reach,
            "resolution": character.face.generator.resolution,
        }

    @app.get("/picture")
    async def draw(request: Request) -> Response:
        try:
            kind, by_scores, values = _read_question(dict(request.query_params))
        except InputError as error:
            return _refusal(400, str(error))
        if asked["now"] >= waiting:
            return _refusal(503, "too many questions wait; ask again", **{"Retry-After": "1"})
        asked["now"] += 1
        try:
            content = await to_thread.run_sync(
                _picture, character, kind, by_scores, values, limiter=turn
            )
        except InputError as error:
            return _refusal(400, str(error))
        finally:
            asked["now"] -= 1
        return Response(content, media_type=f"image/{kind}", headers={"Cache-Control": "no-store"})

    return app


def _read_question(question: dict[str, str]) -> tuple[str, bool, dict[str, float]]:
    kind, by_scores = question.pop("format", "png"), question.pop("scores", "0") == "1"
    if kind not in FORMATS:
        raise InputError(f"format {kind!r}: give one of {', '.join(FORMATS)}")
    values = {}
    for name, text in question.items():
        try:
            values[name] = float(text)
        except ValueError:
            raise InputError(f"{name}: {text!r} is no number") from None
        # A NaN fails this too.
        if not abs(values[name]) <= LIMIT:
            raise InputError(f"{name}: {text} is outside of -{LIMIT:g} to {LIMIT:g}")
    return kind, by_scores, values


def _picture(character: Character, kind: str, by_scores: bool, values: dict[str, Any]) -> bytes:
    image = character.render(scores=values) if by_scores else character.render(**values)
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, format=FORMATS[kind])
    return encoded.getvalue()


def _refusal(status: int, reason: str, **headers: str) -> JSONResponse:
    return JSONResponse({"error": reason}, status, headers=headers)
