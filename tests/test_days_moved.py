"""Whoever sets another dateline is told which days are read from it."""

from typing import Any

import pytest

from tests.desk import Desk
from tests.plain_browser import Browser


def dated(desk: Desk, *literals: Any) -> str:
    slug = desk.open(facts=0)
    for literal in literals:
        desk.report(slug, occurred=literal if isinstance(literal, dict) else {"literal": literal})
    desk.post(f"/v1/stories/{slug}/dateline", {"date": "2023-09-13", "reason": "Of that day."})
    return slug


LATER = {"date": "2023-09-20", "reason": "A week later."}
MOVED = (
    "“on Tuesday” was 12 September 2023 and is 19 September 2023 now, for it is read from the dateline"
    " (fact 2 and 1 more)."
)


def test_days_that_move_are_told_in_the_receipt_the_dry_run_and_on_the_form(
    desk: Desk, editor: Browser
) -> None:
    slug = dated(desk, "on 12 September 2023", "on Tuesday", "on Tuesday")
    path = f"/v1/stories/{slug}/dateline"
    expected = [{"pointer": "/date", "fact": 2, "detail": MOVED}]
    assert desk.try_post(f"{path}?dry_run=true", LATER).json()["warnings"] == expected
    desk.settle()
    form = editor.get(f"/desk/stories/{slug}/set-dateline").form
    assert MOVED in form.send("preview", date="2023-09-20", reason="Later.").main.text
    acts = {"reason": "So.", "expected_revision": 5, "acts": [{"do": "set-dateline", "with": LATER}]}
    tried = desk.try_post(f"/v1/stories/{slug}/acts?dry_run=true", acts).json()
    assert tried["acts"][0]["warnings"] == [expected[0] | {"pointer": "/acts/0/with/date"}]
    assert desk.post(path, LATER | {"expected_revision": 5})["warnings"] == expected


@pytest.mark.parametrize(
    "literal", ["on 12 September 2023", {"literal": "on Tuesday", "resolved": "2023-09-12"}, "some day"]
)
def test_what_is_not_read_from_it_stays(desk: Desk, literal: Any) -> None:
    slug = dated(desk, literal)
    assert "warnings" not in desk.post(f"/v1/stories/{slug}/dateline", LATER)


def test_the_first_dateline_moves_nothing(desk: Desk) -> None:
    slug = desk.open(facts=0)
    desk.report(slug, occurred={"literal": "on Tuesday"})
    assert "warnings" not in desk.post(f"/v1/stories/{slug}/dateline", LATER)
