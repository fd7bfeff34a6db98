"""Do streams tell all that happens, once, as it happens, and to readers only what they may see?"""

from collections.abc import Callable, Iterator

import pytest

from api.embedded import EmbeddedPostgres
from tests.desk import Desk, open_desk
from tests.listener import Listener


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


def test_a(desk: Desk) -> None:
    slug = desk.public()
    l = Listener(desk.server.url, "/v1/events/stream?since=0")
    k = Listener(desk.server.url, "/v1/events/stream?since=0", desk.server.secret("editor"))
    m = Listener(desk.server.url, f"/v1/stories/{slug}/stream?since=0")
    print(l.status, l.headers)
    l.await_level()
    k.await_level()
    desk.edition(slug, "x")
    l.await_events(2)
    desk.post(f"/v1/stories/{slug}/holds", {"reason": "x"})
    l.await_events(3)
    m.await_end()
    print(l.events, m.events, m.comments)
    print(k.await_events(6))
    for x in (l, k, m): x.close()
