"""What a person's labelling page shows and does, without a browser."""

import itertools

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("gradio")

from vectorfind.apps.label_page import act, read_suggestions, show_page, stage_archives
from vectorfind.apps.label_session import Choices, LabelSession, Pace
from vectorfind.apps.review import Critic, disagreements
from vectorfind.apps.thumbnails import Thumbnails
from vectorfind.data.archives import image_ids, write_archive
from vectorfind.errors import InputError
from vectorfind.labels.store import LabelStore
from vectorfind.scoring import AttributeEnsemble, save_ensemble
from vectorfind.vocabulary import PUBLISHED, Attribute

ROWS = {name: PUBLISHED.attributes[name] for name in ("gender", "quality")}
GENDER = Choices("gender", 4)


@pytest.fixture
def stage(tmp_path):
    images = np.random.default_rng(3).integers(0, 256, (10, 16, 16, 3), dtype=np.uint8)
    write_archive(tmp_path / "original" / "images" / "0000.zip", images[:6])
    write_archive(tmp_path / "original" / "images" / "0001.zip", images[6:], first_id=6)
    return tmp_path / "original"


@pytest.fixture
def begin(stage):
    """Begin a session on one file of labels, as often as people open the page."""
    archives = stage_archives(stage)
    thumbnails, critic = Thumbnails(archives), Critic(stage, archives)

    def begin(rows=ROWS, suggestions=None, pace=None):
        store = LabelStore(stage.parent / "labels.csv", image_ids(archives), list(rows))
        return LabelSession(store, rows, thumbnails, critic, suggestions or {}, pace)

    return begin


def saved(labels, attribute="gender", seen=None, later=()):
    answer = {"attribute": attribute, "labels": labels, "seen": seen or {}, "later": list(later)}
    return {"act": "save"} | answer


def shown(session, choices=GENDER):
    return [image["id"] for image in session.page(choices)["images"]]


def labels_of(stage):
    return pd.read_csv(stage.parent / "labels.csv").set_index("image_id").gender.to_dict()


def test_the_board_shows_the_next_images_across_archives(begin):
    session = begin()
    session.act(GENDER, saved(dict.fromkeys("0123", 1)))
    page = session.page(Choices("gender", 12))
    assert [image["id"] for image in page["images"]] == [4, 5, 6, 7, 8, 9]
    assert (page["done"], page["total"], page["usual"], page["published"]) == (4, 10, 1, True)
    assert page["counts"] == [0, 4]


def test_an_attribute_of_ones_own_has_its_own_words(begin):
    for row, usual in ((Attribute(), 0), (Attribute(words=("shaven", "bearded"), rare=0), 1)):
        page = begin({"gender": row}).page(GENDER)
        assert (page["words"], page["usual"], page["published"]) == (row.words, usual, False)


def test_answers_are_recorded_and_undone(begin):
    session = begin()
    session.act(GENDER, saved({"0": 1, "1": 0}, "quality"))
    assert shown(session, Choices("quality", 2)) == [2, 3]
    assert session.act(GENDER, {"act": "undo"}).attribute == "quality"
    assert shown(session, Choices("quality", 2)) == [0, 1]
    session.act(GENDER, {"act": "undo"})
    assert session.page(GENDER)["note"] == ("nothing_to_undo", {})
    assert session.page(GENDER)["note"] is None


def test_two_people_undo_their_own_answers(begin, stage):
    one, two = begin(), begin()
    one.act(GENDER, saved({"0": 1}))
    two.act(GENDER, saved({"1": 0}))
    one.act(GENDER, {"act": "undo"})
    assert labels_of(stage) == {1: 0}
    one.act(GENDER, saved({"1": 1}))
    assert one.page(GENDER)["note"] == ("elsewhere", {"count": 1})
    assert labels_of(stage) == {1: 0}


def test_skipped_images_come_last_and_are_not_written(begin, stage):
    session = begin()
    session.act(GENDER, {"act": "skip", "images": [0, 2]})
    assert shown(session, Choices("gender", 12)) == [1, 3, 4, 5, 6, 7, 8, 9, 0, 2]
    session.act(GENDER, {"act": "skip", "images": [0]})
    assert shown(session, Choices("gender", 12))[-2:] == [2, 0]
    assert shown(session, Choices("quality", 2)) == [0, 1]
    assert not (stage.parent / "labels.csv").exists()
    session.act(GENDER, saved({"0": 1}))
    session.act(GENDER, {"act": "undo"})
    assert shown(session)[0] == 0


def test_what_is_left_for_later_comes_last_while_the_rest_is_saved(begin, stage):
    session = begin()
    session.act(GENDER, saved({"0": 1, "2": 0}, later=[1]))
    assert labels_of(stage) == {0: 1, 2: 0}
    assert shown(session, Choices("gender", 12)) == [3, 4, 5, 6, 7, 8, 9, 1]
    session.act(GENDER, saved({}, later=[3, 4]))
    assert shown(session, Choices("gender", 12)) == [5, 6, 7, 8, 9, 1, 3, 4]
    assert labels_of(stage) == {0: 1, 2: 0}


def test_a_labelled_image_is_gone_to_and_corrected(begin, stage):
    session = begin()
    session.act(GENDER, saved(dict.fromkeys("0123", 1)))
    session.act(GENDER, {"act": "jump", "image": 2})
    page = session.page(GENDER)
    assert page["single"] and page["asked"]
    assert [(image["id"], image["seen"]) for image in page["images"]] == [(2, 1)]
    session.act(GENDER, saved({"2": 0}, seen={"2": 1}))
    assert labels_of(stage) == {0: 1, 1: 1, 2: 0, 3: 1}
    assert shown(session) == [4, 5, 6, 7]
    session.act(GENDER, {"act": "undo"})
    assert labels_of(stage)[2] == 1


def test_going_to_an_image_can_be_given_up_or_refused(begin):
    session = begin()
    session.act(GENDER, {"act": "jump", "image": 9})
    session.act(GENDER, {"act": "back"})
    assert shown(session) == [0, 1, 2, 3]
    session.act(GENDER, {"act": "jump", "image": 10})
    note = session.page(GENDER)["note"]
    assert note == ("no_such_image", {"image": 10, "first": 0, "last": 9})


def test_a_finished_question_leads_to_the_open_one(begin):
    session = begin()
    session.act(GENDER, saved({str(image): 1 for image in range(10)}))
    page = session.page(GENDER)
    assert page["images"] == [] and page["open"] == ["quality"]
    choices = session.act(GENDER, {"act": "next"})
    assert choices.attribute == "quality" and shown(session, choices) == [0, 1, 2, 3]
    session.act(choices, saved({str(image): 1 for image in range(10)}, "quality"))
    assert session.page(choices)["open"] == []


def test_the_time_left_follows_the_last_answers_and_no_pause():
    clock = itertools.accumulate([0, 24, 24, 3600, 24]).__next__
    pace = Pace(clock)
    for count, left in ((24, None), (24, None), (24, 100), (24, 100)):
        pace.answered(count)
        assert pace.seconds_for(100) == left
    few = Pace(itertools.count().__next__)
    for _ in range(19):
        few.answered(1)
        assert few.seconds_for(100) is None
    few.answered(1)
    assert few.seconds_for(100) == 100


def test_suggestions_wait_for_a_person(begin, stage):
    path = stage.parent / "model.csv"
    path.write_text("image_id,gender,age\n0,0,1\n1,1,0\n3,,1\n")
    suggestions = read_suggestions(path, ["gender", "quality"])
    session = begin(suggestions=suggestions)
    images = session.page(GENDER)["images"]
    assert [image["suggested"] for image in images] == [0, 1, None, None]
    assert not (stage.parent / "labels.csv").exists()
    session.act(GENDER, saved({"0": 0, "1": 0}))
    assert labels_of(stage) == {0: 0, 1: 0}
    session.act(GENDER, {"act": "jump", "image": 1})
    [image] = session.page(GENDER)["images"]
    assert (image["seen"], image["suggested"]) == (0, None)
    with pytest.raises(InputError, match=r"model\.csv: has no column quality"):
        read_suggestions(path, ["quality"])


def test_labels_that_a_fold_contradicts_come_surest_first():
    labels = pd.Series({0: 1.0, 1: 0.0, 2: 1.0, 3: 0.0, 4: 1.0})
    folds = pd.DataFrame(
        [[0.9, 0.95], [0.1, 0.7], [0.9, 0.1], [0.1, 0.45], [0.45, 0.9]], index=labels.index
    )
    assert disagreements(labels, folds) == {2: 0.1, 1: 0.7, 4: 0.45}


def test_a_review_shows_what_the_cnn_contradicts_once(begin, stage, monkeypatch):
    ensemble = AttributeEnsemble("gender", (8, 8), 2, PUBLISHED.attributes["gender"].view)
    save_ensemble(stage / "attribute_cnn" / "gender.safetensors", ensemble)
    review = Choices("gender", 2, review=True)
    session = begin()
    session.act(GENDER, saved({str(image): image % 2 for image in range(10)}))
    yes = pd.DataFrame({"fold": np.linspace(0.51, 0.99, 10)})
    monkeypatch.setattr(
        "vectorfind.apps.review.score_folds", lambda _, images: yes.loc[images.ids].to_numpy()
    )
    page = session.page(review)
    assert [(image["id"], image["seen"]) for image in page["images"]] == [(8, 0), (6, 0)]
    assert page["images"][0]["opinion"] > 0.9 and (page["done"], page["total"]) == (0, 5)
    session.act(review, saved({"8": 1, "6": 0}, seen={"8": 0, "6": 0}))
    page = session.page(review)
    assert [image["id"] for image in page["images"]] == [4, 2]
    assert labels_of(stage)[8] == 1 and labels_of(stage)[6] == 0
    session.act(review, {"act": "undo"})
    assert shown(session, review) == [8, 6]
    assert shown(session, Choices("quality", 2, review=True)) == [0, 1]


def test_the_cnn_itself_is_asked_about_every_image(stage):
    archives = stage_archives(stage)
    critic = Critic(stage, archives)
    assert not critic.knows("gender")
    ensemble = AttributeEnsemble("gender", (8, 8), 2, PUBLISHED.attributes["gender"].view)
    save_ensemble(stage / "attribute_cnn" / "gender.safetensors", ensemble)
    assert critic.knows("gender")
    both = [critic.against("gender", dict.fromkeys(range(10), label)) for label in (0, 1)]
    assert set(both[0]) | set(both[1]) == set(range(10))


def test_an_answer_that_cannot_be_written_is_told_and_asked_again(begin, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    _, _, update = act(begin, None, saved({"0": 1}), "gender", 4, False)
    key, values = update["page"]["note"]
    assert key == "failed" and "No space left" in values["reason"]
    assert [image["id"] for image in update["page"]["images"]] == [0, 1, 2, 3]


def test_a_page_whose_command_was_started_again_goes_on(begin, stage):
    session, update = show_page(begin, None, "gender", 4, False)
    assert [image["id"] for image in update["page"]["images"]] == [0, 1, 2, 3]
    answer = saved({"0": 1, "1": 1})
    session, attribute, update = act(begin, None, answer, "gender", 4, False)
    assert attribute == "gender" and labels_of(stage) == {0: 1, 1: 1}
    assert shown(session) == [2, 3, 4, 5]
