"""A character over HTTP: pictures, refusals, a token, a full queue."""

import io
import threading
import time

import numpy as np
import pytest
from helpers.toy_world import ToyGenerator, toy_face
from PIL import Image

from vectorfind.characters import make_character
from vectorfind.directions.svm import SvmFinder

server = pytest.importorskip("vectorfind.apps.picture_server")
testclient = pytest.importorskip("fastapi.testclient")


@pytest.fixture(scope="module")
def character():
    face = toy_face(ToyGenerator(), SvmFinder())
    w = face.map(face.draw(3, 0, 1)[0])
    return make_character(face, w, int(face.groups(w)[0]), "aurora", {"seed": 3})


def client(character, **options):
    app = server.build_picture_server(character, **options)
    return testclient.TestClient(app, base_url="http://127.0.0.1")


def decoded(answer):
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_a_picture_is_what_render_draws(character):
    asking = client(character)
    answer = asking.get("/picture", params={"mouth": 1.2})
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
    assert np.array_equal(decoded(answer), character.render(mouth=1.2))
    by_score = asking.get("/picture", params={"eyes": 0.5, "scores": 1, "format": "webp"})
    assert Image.open(io.BytesIO(by_score.content)).format == "WEBP"
    assert asking.get("/character").json()["reach"].keys() == {"eyes", "mouth", "pose"}


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"mouth": "wide"}, "mouth: 'wide' is no number"),
        ({"mouth": "nan"}, "is outside of -8 to 8"),
        ({"mouth": "1e9"}, "is outside of -8 to 8"),
        ({"nose": "1"}, "'nose' is not steered"),
        ({"format": "bmp"}, "give one of png, webp, jpeg"),
    ],
)
def test_bad_questions_are_refused(character, question, says):
    answer = client(character).get("/picture", params=question)
    assert answer.status_code == 400 and says in answer.json()["error"]


def test_only_who_knows_the_token_is_answered(character):
    asking = client(character, token="secret")
    assert asking.get("/picture").status_code == 401
    for given, status in (("Bearer wrong", 401), ("Bearer secret", 200)):
        assert asking.get("/picture", headers={"Authorization": given}).status_code == status


def test_another_sites_name_for_this_machine_is_refused(character):
    assert client(character).get("/picture", headers={"Host": "evil.example"}).status_code == 400


def test_more_than_may_wait_are_refused_and_none_hangs(character, monkeypatch):
    def slow(*_):
        time.sleep(0.3)
        return b"picture"

    monkeypatch.setattr(server, "_picture", slow)
    found = []
    with client(character, waiting=3) as asking:
        threads = [
            threading.Thread(target=lambda: found.append(asking.get("/picture").status_code))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
    assert sorted(set(found)) == [200, 503] and found.count(200) >= 3
