// Where facts stand below the copy, as on a phone, the fact behind words comes up as a sheet over them; when it is closed,
// by its button, by Escape or by going back, all is as it was. Elsewhere the link leads to the fact. With the fact comes
// what readers are told of it between the paragraphs, and where they can say that it is wrong.
const isNarrow = matchMedia("(max-width: 63.99rem)");
let sheet, link, isLeaving = false;

const cardOf = async (href) => {
  const id = new URL(href).hash.slice(1);
  const here = document.getElementById(id);
  if (here) return here.cloneNode(true);
  const answer = await fetch(href, { headers: { accept: "text/html" } });
  return document.adoptNode(new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id));
};

// Where one says that words of the story are wrong; for readers.
export const wrongHere = (words) => {
  const link = Object.assign(document.createElement("a"), { className: "button", textContent: "Is this wrong?" });
  const url = new URL("/request", location.href);
  url.searchParams.set("story", document.querySelector(".story").dataset.live);
  url.searchParams.set("phrase", words.slice(0, 2000));
  link.href = url.href;
  return link;
};

const toldOf = (id) => [...document.querySelectorAll(".prose .told")].filter((told) => told.querySelector(".told-head a")?.hash === `#${id}`);
const complete = (card, words) => {
  for (const told of toldOf(card.id)) card.append(told.cloneNode(true));
  if (document.querySelector('.story[data-view="reader"]')) card.append(wrongHere(words));
};

const open = (card) => {
  sheet = Object.assign(document.createElement("dialog"), { className: "sheet" });
  sheet.setAttribute("aria-label", `Fact ${card.id.replace("fact-", "")}`);
  for (const part of [card, ...card.querySelectorAll("[id]")]) part.removeAttribute("id");
  card.removeAttribute("aria-labelledby");
  const leave = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Close" });
  leave.addEventListener("click", () => sheet.close());
  sheet.append(leave, card);
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  sheet.addEventListener("close", () => {
    sheet.remove();
    sheet = undefined;
    link.focus({ preventScroll: true });
    if (history.state?.sheet) {
      isLeaving = true; // the entry that the sheet had goes with it
      history.back();
    }
  });
  document.body.append(sheet);
  sheet.showModal();
  history.pushState({ sheet: true }, "");
};

document.addEventListener("click", async (event) => {
  const found = event.target.closest?.(".prose a[href*='#fact-']");
  if (!found || sheet || !isNarrow.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (event.defaultPrevented) return;
  event.preventDefault();
  link = found;
  try {
    const card = await cardOf(found.href);
    complete(card, (found.matches(".stands") ? found : card.querySelector(".says")).textContent.trim());
    open(card);
  } catch {
    location.assign(found.href);
  }
});
addEventListener("popstate", (event) => {
  if (sheet) {
    event.stopImmediatePropagation();
    sheet.close();
  } else if (isLeaving) {
    event.stopImmediatePropagation();
    isLeaving = false;
  }
});
