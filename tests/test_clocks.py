"""Does a clock that is wrong come into the record, which never changes?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.server.settings import BadSetting, Settings
from api.terminal.doctor import examine
from ledger import limits
from ledger.refusals import ClocksApart, NoSuchStory
from ledger.store.store import MICROSECOND, read_clocks, read_head
from tests.newsroom import Newsroom, Server, a_fact
from tests.setting_back import set_clock
from tests.test_limits import holds

FACT = a_fact().model_dump(mode="json", exclude_unset=True)


@pytest.mark.parametrize("ahead", [timedelta(days=3), timedelta(seconds=8), timedelta(seconds=-8)], ids=str)
def test_nothing_is_recorded_by_a_clock_that_is_far_from_ours(newsroom: Newsroom, ahead: timedelta) -> None:
    newsroom.open()
    before = read_head(newsroom.views)
    set_clock(newsroom.database, ahead)
    side = "ahead of" if ahead > timedelta(0) else "behind"
    with pytest.raises(
        ClocksApart, match=rf"is \d+\.\d s {side} that of this server, so nothing is recorded"
    ):
        newsroom.report()
    assert read_head(newsroom.views) == before
    with pytest.raises(NoSuchStory):  # what would be refused anyway is refused for its own reason
        newsroom.report("nowhere")
    newsroom.rehearse(a_fact(), "story")
    set_clock(newsroom.database, timedelta(0))
    after = newsroom.report()
    assert after.position == before[0] + 1
    assert abs(after.recorded_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_small_difference_is_none(newsroom: Newsroom) -> None:
    newsroom.open()
    for seconds in (3, -3, 0):
        set_clock(newsroom.database, timedelta(seconds=seconds))
        newsroom.report()


def test_what_was_recorded_before_is_answered_though_the_clocks_are_apart(newsroom: Newsroom) -> None:
    newsroom.open()
    first = newsroom.file(a_fact(), "story", repeat="a key")
    set_clock(newsroom.database, timedelta(days=3))
    again = newsroom.submit(newsroom.submission(a_fact(), "story", None, "editor", "a key"))
    assert again.replayed
    assert again.receipt.text() == first.text()
    with pytest.raises(ClocksApart):
        newsroom.file(a_fact(), "story", repeat="another key")


@holds("CLOCK_SKEW")
def test_how_far_they_may_be_apart_is_a_setting(newsroom: Newsroom) -> None:
    newsroom.open()
    wide = Newsroom(replace(newsroom.database, skew=60.0))
    wide.actors = newsroom.actors
    set_clock(newsroom.database, timedelta(seconds=30))
    with pytest.raises(ClocksApart):
        newsroom.report()
    wide.report()
    wide.close()
    assert Settings.from_environment({"FACTLEDGER_CLOCK_SKEW": "60"}).clock_skew == 60
    assert Settings.from_environment({}).clock_skew == limits.CLOCK_SKEW == 5
    with pytest.raises(BadSetting, match="FACTLEDGER_CLOCK_SKEW"):
        Settings.from_environment({"FACTLEDGER_CLOCK_SKEW": "0"})


@pytest.mark.thorough
def test_a_server_says_so_and_takes_up_again_by_itself(server: Server) -> None:
    newsroom, editor = server.newsroom, server.client()
    newsroom.open()
    assert editor.post("/v1/stories/story/facts", json=FACT).status_code == 201
    assert editor.get("/readyz").json()["status"] == "ready"
    set_clock(newsroom.database, timedelta(days=3))
    refused = editor.post("/v1/stories/story/facts", json=FACT)
    assert refused.status_code == 503
    assert refused.json()["type"].endswith("clocks-apart")
    assert "Have both clocks set" in refused.json()["detail"]
    set_clock(newsroom.database, timedelta(0))
    assert editor.post("/v1/stories/story/facts", json=FACT).status_code == 201


@pytest.mark.thorough
def test_the_difference_is_shown_by_whoever_looks(server: Server) -> None:
    newsroom, client = server.newsroom, server.client(None)
    assert abs(client.get("/readyz").json()["clocks"]["skew_seconds"]) < 1
    ready = client.get("/readyz")
    assert ready.json()["status"] == "ready"
    assert {finding.what: finding.is_well for finding in examine(newsroom.database)}["clocks"]
    set_clock(newsroom.database, timedelta(days=-3))
    with newsroom.database.connect(name="looks") as connection:
        clocks = read_clocks(connection)
    assert round(clocks.skew / 86_400) == -3
    (told,) = [finding for finding in examine(newsroom.database) if finding.what == "clocks"]
    assert not told.is_well
    assert "s behind that of this server, more than 5 s: nothing is recorded until both are set" in told.says


@pytest.mark.thorough
def test_a_last_event_in_the_future_is_shown_and_filing_goes_on(server: Server) -> None:
    """As it is where it came before such a clock was refused: to stop the desk for three days takes nothing back."""
    newsroom, editor = server.newsroom, server.client()
    newsroom.open()
    ahead = datetime.now(UTC) + timedelta(days=3)
    with newsroom.database.connect(name="owner", as_owner=True) as owner:
        owner.execute("update head set recorded_at = %s", [ahead])
    ready = editor.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert round(ready.json()["clocks"]["head_ahead_seconds"] / 86_400) == 3
    assert "s in the future, by a clock that was wrong" in ready.json()["reason"]
    (told,) = [finding for finding in examine(newsroom.database) if finding.what == "clocks"]
    assert (told.is_well, told.says[:14]) == (False, "the last event")
    filed = editor.post("/v1/stories/story/facts", json=FACT)
    assert filed.status_code == 201
    assert newsroom.report().recorded_at == ahead + 2 * MICROSECOND
