"""Does anything reach readers that is not for them, by any endpoint, now or as of any moment?

Each day at the desk files texts that hold canaries; what readers may see of them is worked out from the events alone
(readers.py); a reader then asks every endpoint (walk.py). test_leaks_are_found.py shows that every endpoint matters.
"""

from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.routing import Mount, Route

from api.app import create_app
from api.server.embedded import EmbeddedPostgres
from tests.days import DAYS, Call, random_days
from tests.house import House, open_house
from tests.newsday import Day
from tests.walk import WALKS
from tests.walk_pages import PAGES

MANY = 20  # of what was found, this much is told


@pytest.fixture(scope="module")
def house(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[House]:
    with open_house(servers) as opened:
        yield opened


def nothing_is_wrong(house: House, day: Callable[[Day], None]) -> None:
    found = [str(one) for one in islice(house.day(day), MANY)]
    assert not found, "\n".join(found)


# Where most happens; all of them by `make test-all`.
QUICK = ("published_and_changed",)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.thorough]) for name in DAYS],
)
def test_nothing_reaches_readers_that_is_not_for_them(house: House, name: str) -> None:
    nothing_is_wrong(house, DAYS[name])


random = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


def as_it_came(calls: list[Call]) -> Callable[[Day], None]:
    def day(today: Day) -> None:
        for call in calls:
            call.do(today)

    return day


@pytest.mark.thorough
@settings(random, max_examples=3)
@given(calls=random_days())
def test_nothing_reaches_readers_that_is_not_for_them_on_any_day(house: House, calls: list[Call]) -> None:
    nothing_is_wrong(house, as_it_came(calls))


@pytest.mark.slow
@settings(random, max_examples=200)
@given(calls=random_days())
def test_nothing_reaches_readers_that_is_not_for_them_on_many_more_days(
    house: House, calls: list[Call]
) -> None:
    nothing_is_wrong(house, as_it_came(calls))


def test_every_endpoint_that_can_be_read_is_walked_through(house: House) -> None:
    routes = create_app(house.room.database).state.routes
    read = {route.path for route in routes if isinstance(route, Route) and "GET" in (route.methods or ())}
    assert WALKS.keys() | PAGES.keys() == read
    assert [route.path for route in routes if isinstance(route, Mount)] == [
        "/docs/assets"
    ]  # files for everybody
