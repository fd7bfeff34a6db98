"""A browser without JavaScript: it shows a page, fills in its form and presses one of its buttons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

from httpx2 import Client, Response

from ledger.words import Role
from tests.newsroom import NO_TLS, Server

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass(eq=False)
class Element:
    tag: str
    attributes: dict[str, str]
    inside: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.inside)

    def all(self, *tags: str) -> Iterator["Element"]:
        """Those of the tags, in the order of the page; without tags every one."""
        for part in self.inside:
            if isinstance(part, Element):
                if not tags or part.tag in tags:
                    yield part
                yield from part.all(*tags)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.attributes


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in (element.tag for element in self._open):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


def read(text: str) -> Element:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.root


class Page:
    def __init__(self, browser: "Browser", answer: Response) -> None:
        self._browser = browser
        self.status = answer.status_code
        self.headers = answer.headers
        self.address = str(answer.url)
        self.source = answer.text
        self.root = read(answer.text)

    @property
    def text(self) -> str:
        """What a person reads of it, in one line."""
        return " ".join(self.main.text.split())

    @property
    def main(self) -> Element:
        return next(self.root.all("main"), self.root)

    def by_id(self, name: str) -> Element:
        return next(element for element in self.root.all() if element["id"] == name)

    def links(self) -> list[str]:
        return [link["href"] for link in self.root.all("a") if "href" in link]

    @property
    def form(self) -> "Form":
        """The form of the page, not that of its head."""
        return Form(self, next(form for form in self.main.all("form") if form["method"] == "post"))

    def says_beside(self, name: str) -> str:
        """What is said to be wrong with the field, beside it."""
        element = next(e for e in self.root.all() if e["name"] == name or e["id"] == name)
        assert element["aria-invalid"] == "true", f"{name} is not marked: {self.text}"
        return " ".join(self.by_id(place).text for place in element["aria-describedby"].split())

    def submit(self, address: str, fields: Mapping[str, str], **headers: str) -> "Page":
        return self._browser.post(urljoin(self.address, address), fields, **headers)


@dataclass
class Form:
    page: Page
    element: Element

    @property
    def fields(self) -> dict[str, str]:
        """What would be sent as it is, without a button."""
        found = {}
        for element in self.element.all("input", "textarea", "select"):
            name, kind = element["name"], element["type"]
            if element.tag == "textarea":
                found[name] = element.text.removeprefix("\n")
            elif element.tag == "select":
                chosen = [o["value"] for o in element.all("option") if "selected" in o]
                found[name] = (chosen or [next(element.all("option"))["value"]])[0]
            elif kind not in ("checkbox", "radio") or "checked" in element:
                found[name] = element["value"] or ("on" if kind == "checkbox" else "")
        return found

    @property
    def names(self) -> set[str]:
        return {element["name"] for element in self.element.all("input", "textarea", "select")}

    def send(self, do: str = "file", **typed: str | None) -> Page:
        """With one of its buttons; typed: with __ for dots; None takes a tick away."""
        return self.send_fields(do, {name.replace("__", "."): value for name, value in typed.items()})

    def send_fields(self, do: str, typed: Mapping[str, str | None]) -> Page:
        unknown = typed.keys() - self.names
        assert not unknown, f"the form does not ask for {unknown}, but for {sorted(self.names)}"
        assert do in {button["value"] for button in self.element.all("button")}, f"no button {do}"
        fields = self.fields | {"do": do} | {name: value or "" for name, value in typed.items()}
        for name, value in typed.items():
            if value is None:
                del fields[name]
        sent = {name: value.replace("\n", "\r\n") for name, value in fields.items()}
        return self.page.submit(self.element["action"], sent)


class Browser:
    """Keeps its cookies, and goes where it is sent by GET."""

    def __init__(self, url: str) -> None:
        self.http = Client(base_url=url, timeout=30, follow_redirects=True, verify=NO_TLS)

    @classmethod
    def of(cls, server: Server, role: Role | None) -> Self:
        """Signed in with a key of the role."""
        browser = cls(server.url)
        if role:
            browser.sign_in(server.secret(role))
        return browser

    def sign_in(self, secret: str) -> Page:
        form = self.get("/sign-in").form
        page = self.post("/sign-in", form.fields | {"key": secret})
        assert page.status == 200, page.text
        return page

    def close(self) -> None:
        self.http.close()

    def get(self, address: str) -> Page:
        return Page(self, self.http.get(address))

    def post(self, address: str, fields: Mapping[str, str], **headers: str) -> Page:
        """As a browser sends the form of a page of ours."""
        named = {"sec-fetch-site": "same-origin"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return Page(self, self.http.post(address, data=dict(fields), headers=named))
