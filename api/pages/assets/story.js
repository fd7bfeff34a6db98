// The slider: while it is moved the page becomes the story as it stood then, and the address names that moment.
const time = document.querySelector(".time");
const range = time?.querySelector("input[type=range]");
const choose = time?.querySelector("select");
let underWay;

const options = () => [...choose.options].filter((option) => option.value);
const addressOf = (revision) => {
  const url = new URL(location.href);
  for (const name of ["position", "as_of", "at", "step", "since", "recorded"]) url.searchParams.delete(name);
  url.searchParams.set("revision", revision);
  url.hash = "";
  return url;
};

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
  choose.value = options()[range.value - 1]?.value ?? "";
  bringInTouched();
};

const go = async (url, { push }) => {
  underWay?.abort();
  const mine = (underWay = new AbortController());
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { accept: "text/html" } });
    if (!answer.ok) return location.assign(url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine.signal.aborted) return;
    if (!page.getElementById("then")) return location.assign(url);
    show(page, url);
    if (push) history.pushState(null, "", url);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  }
};

bringInTouched();
if (range && choose) {
  let waiting, shown = location.href;
  const chosen = () => addressOf(options()[range.value - 1].value);
  const say = () => range.setAttribute("aria-valuetext", `Revision ${options()[range.value - 1].text.replaceAll(" · ", ", ")}`);
  range.addEventListener("input", () => {
    say();
    choose.value = options()[range.value - 1].value;
    clearTimeout(waiting);
    waiting = setTimeout(() => go(chosen(), { push: false }), 60);
  });
  range.addEventListener("change", () => {
    clearTimeout(waiting);
    const url = chosen();
    if (url.href !== shown) history.pushState(null, "", url);
    shown = url.href;
    go(url, { push: false });
  });
  choose.addEventListener("change", () => choose.value && go(addressOf(choose.value), { push: true }));
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
