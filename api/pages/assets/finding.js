// A search that shows what it finds while one types: the page is asked for, and its list put in the place of ours.
const form = document.querySelector("form[data-narrows]");
let waiting, underWay;

const look = async () => {
  underWay?.abort();
  const mine = (underWay = new AbortController());
  const url = new URL(form.action);
  const part = new FormData(form).get("q").trim();
  if (part) url.searchParams.set("q", part);
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById(form.dataset.narrows);
    if (!mine.signal.aborted && found) {
      document.getElementById(found.id).replaceWith(found);
      history.replaceState(null, "", url);
    }
  } catch { /* the button asks again */ }
};

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, 150);
});
