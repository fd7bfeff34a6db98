// The slider: while it is moved the page becomes the story as it stood then, and the address names that moment.
import { wrongHere } from "./sheet.js";

const time = document.querySelector(".time");
const range = time?.querySelector("input[type=range]");
const choose = time?.querySelector("select");
let underWay;

const addressOf = (name, value) => {
  const url = new URL(location.href);
  for (const other of ["revision", "edition", "position", "as_of", "at", "step", "since", "recorded", "recorded_at", "made", "misfit"]) url.searchParams.delete(other);
  url.searchParams.set(name, value);
  url.hash = "";
  return url;
};
// Of many moments some are in the list to choose from.
const optionOf = (number) => [...choose.options].find((option) => option.text.startsWith(`${number} · `));

// Where the facts have a column that scrolls by itself, a fact is brought into sight there, and the page stays.
const column = () => {
  const facts = document.querySelector(".facts");
  return facts && getComputedStyle(facts).overflowY === "auto" ? facts : undefined;
};
const bringIn = (fact) => (column().scrollTop = fact.offsetTop - 56);
const bringInTouched = () => {
  const first = column()?.querySelector(".touched");
  if (first && !location.hash) bringIn(first);
};

// Takes over all that depends on the moment, and leaves the slider itself as it is: it has the focus.
const show = (page, url) => {
  for (const id of ["head", "then"]) document.getElementById(id).replaceWith(page.getElementById(id));
  for (const part of [".strip", ".twin tbody"]) time.querySelector(part).replaceWith(page.querySelector(`.time ${part}`));
  const steps = page.querySelectorAll(".time .step-by");
  time.querySelectorAll(".step-by").forEach((step, index) => step.replaceWith(steps[index]));
  document.title = page.title;
  const now = page.querySelector(".time input[type=range]");
  range.value = now.value;
  range.setAttribute("aria-valuetext", now.getAttribute("aria-valuetext") ?? "");
  const moments = page.querySelector(".time select"), { value } = moments; // as they leave it, it chooses others
  choose.replaceChildren(...moments.children);
  choose.value = value;
  bringInTouched();
};

// The address is that of the moment itself, to which a step of the slider leads.
const go = async (url, { push }) => {
  underWay?.abort();
  const mine = (underWay = new AbortController());
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { accept: "text/html" } });
    url = answer.redirected ? new URL(answer.url) : url;
    if (!answer.ok) return location.assign(url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine.signal.aborted) return;
    if (!page.getElementById("then")) return location.assign(url);
    show(page, url);
    if (push && url.href !== location.href) history.pushState(null, "", url);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  }
};

bringInTouched();
if (range && choose) {
  let waiting;
  const chosen = () => addressOf("step", range.value);
  range.addEventListener("input", () => {
    const option = optionOf(range.value);
    range.setAttribute("aria-valuetext", `${choose.name === "edition" ? "Edition" : "Revision"} ${(option?.text ?? range.value).replaceAll(" · ", ", ")}`);
    if (option) choose.value = option.value;
    clearTimeout(waiting);
    waiting = setTimeout(() => go(chosen(), { push: false }), 60);
  });
  range.addEventListener("change", () => {
    clearTimeout(waiting);
    go(chosen(), { push: true });
  });
  choose.addEventListener("change", () => choose.value && go(addressOf("revision", choose.value), { push: true }));
  // One step, and the focus stays where it was: the link is another one by then.
  time.addEventListener("click", (event) => {
    const link = event.target.closest("a.step-by, .strip a, .twin a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const rel = link.rel;
    go(new URL(link.href.baseVal ?? link.href, location.href), { push: true }).then(() => {
      if (rel) (time.querySelector(`a[rel=${rel}]`) ?? range).focus();
    });
  });
  addEventListener("popstate", () => go(new URL(location.href), { push: false }));
}

// The address of what is shown is copied, and says so; where that may not be it is gone to.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a.share");
  if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(link.href);
    link.nextElementSibling.textContent = "Copied.";
  } catch { location.assign(link.href); }
});

// Whoever follows a link to a fact goes on reading from there, and what they read before stays where it is.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#fact-"]');
  const fact = link && column()?.querySelector(link.hash);
  if (!fact || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.replaceState(null, "", link.hash);
  document.querySelector(".fact.found")?.classList.remove("found");
  fact.classList.add("found");
  bringIn(fact);
  fact.focus({ preventScroll: true });
});

// A reader who selects words of the copy can say that they are wrong; without this script, from the head of the story.
const prose = document.querySelector('.story[data-view="reader"] .prose');
let wrong;
if (prose) document.addEventListener("selectionchange", () => {
  const selection = getSelection();
  const range = selection.rangeCount && !selection.isCollapsed && selection.getRangeAt(0);
  const prose = document.querySelector(".prose"); // another one than before, once the slider was moved
  wrong?.remove();
  if (!range || !prose?.contains(range.commonAncestorContainer)) return;
  const held = document.createElement("div");
  held.append(range.cloneContents());
  for (const other of held.querySelectorAll(".ref, .told, .label, .moved-away, del")) other.remove();
  const words = held.textContent.trim();
  if (!words) return;
  wrong = wrongHere(words);
  wrong.classList.add("wrong-words");
  const place = range.getBoundingClientRect();
  wrong.style.top = `${scrollY + place.bottom + 6}px`;
  wrong.style.left = `${Math.max(8, Math.min(place.left, innerWidth - 150))}px`;
  document.body.append(wrong);
});
