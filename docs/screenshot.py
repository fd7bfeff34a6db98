"""Makes docs/story.png: the example story at its correction, as the slider shows it to the desk. `make screenshot`."""

from pathlib import Path

from api.server.embedded import EmbeddedPostgres
from tests.browser import file_the_example, looking, open_browser
from tests.conftest import open_folder, shipped_binaries
from tests.desk import open_desk
from tests.newsroom import prepare_once

CORRECTED = 40  # the revision in which the words follow the correction
HOURS = 5  # between the moments of the example; else it would all have happened within a second
PICTURE = Path(__file__).parent / "story.png"


def main() -> None:
    with open_folder() as home, EmbeddedPostgres(home / "postgres", shipped_binaries()) as postgres:
        prepare_once(postgres)
        take_picture(postgres)


def take_picture(postgres: EmbeddedPostgres) -> None:
    with (
        open_desk(lambda _: postgres) as desk,
        open_browser() as browser,
        looking(browser, desk.server, viewport={"width": 1240, "height": 1180}) as looker,
    ):
        file_the_example(desk.server, hours=HOURS)
        looker.sign_in(desk.server.secret("editor"))
        page = looker.go(f"/stories/kim-visits-russia?revision={CORRECTED - 1}")
        page.focus("#step")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("#fact-4.touched")
        page.evaluate("scrollTo(0, 52)")
        page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
