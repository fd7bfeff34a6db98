// Times are told in the zone of whoever reads them; the ledger's own, in UTC, is what one points at, and on paper.
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const tell = () => {
  for (const time of document.querySelectorAll("time[datetime$='Z']:not([data-ledger])")) {
    const then = new Date(time.dateTime);
    time.dataset.ledger = time.textContent;
    if (then.getTimezoneOffset()) time.textContent = `${day.format(then)}, ${clock.format(then)}`;
  }
};
tell();
new MutationObserver(tell).observe(document.body, { childList: true, subtree: true });

// What happens to a story that is open is said on its page. One tab of the browser listens for all of them: the one that
// holds the lock; when it closes, the next one takes over from where it was.
const story = document.querySelector(".story[data-live]");
const view = story?.dataset.view;
const channel = story && new BroadcastChannel(`fact-ledger ${view}`);
const SKEW = 60_000; // milliseconds that a server's clock may be apart from the ledger's
const SEEN = "fact-ledger seen"; // slug -> [instant, position]: kept in this browser, told to nobody

const say = (news, text, href, label) => {
  const link = Object.assign(document.createElement("a"), { href, textContent: label });
  news.replaceChildren(document.createTextNode(`${text} `), link);
};

// Whether it happened before this page came; by the server's clock, for a reader's may be wrong.
const isFromBefore = async (instant) => {
  const answer = await fetch("/robots.txt", { method: "HEAD", cache: "no-store" });
  return Date.parse(answer.headers.get("date")) - Date.parse(instant) > performance.now() + SKEW;
};

const hear = async (item) => {
  const news = document.getElementById("news");
  if (!news || item.position <= Number(story.dataset.position)) return;
  const isGone = item.kind === "withdrawal";
  if (item.story && item.story !== story.dataset.live) return;
  // Of some that are withdrawn it is not said which; what was gone before this page came is not in it.
  if (!item.story && (!isGone || await isFromBefore(item.at))) return;
  const what = isGone ? "Something was withdrawn just now." : "This story has changed just now.";
  const url = new URL(location.pathname, location.href);
  if (new URL(location.href).searchParams.get("view")) url.searchParams.set("view", view);
  say(news, what, url.href, "Show it as it is now");
};

const listen = () => new Promise(() => {
  let since = Number(story.dataset.position);
  let source;
  const begin = () => {
    source?.close();
    source = new EventSource(`/stream?view=${view}&since=${since}`);
    source.onmessage = (event) => {
      const item = JSON.parse(event.data);
      since = Math.max(since, Number(event.lastEventId));
      hear(item);
      channel.postMessage({ item });
    };
  };
  // A tab that was loaded before this one began to listen asks for what it may have missed.
  channel.addEventListener("message", ({ data }) => {
    if (data.since < since) { since = data.since; begin(); }
  });
  begin();
});

if (story) {
  channel.addEventListener("message", ({ data }) => data.item && hear(data.item));
  channel.postMessage({ since: Number(story.dataset.position) });
  navigator.locks?.request(`fact-ledger stream ${view}`, listen);
}

// When this browser last showed the story, kept here alone.
if (story && !["revision", "edition", "position", "as_of"].some((name) => new URL(location.href).searchParams.has(name))) {
  try {
    const all = JSON.parse(localStorage.getItem(SEEN) ?? "{}");
    const [instant, position] = all[story.dataset.live] ?? [];
    const here = Number(story.dataset.position);
    if (position && position < here && !new URL(location.href).searchParams.has("recorded")) { // what one did oneself is no news
      const url = new URL(`${location.pathname}/diff`, location.href);
      url.searchParams.set("since", instant);
      say(document.getElementById("news"), "This story has changed since you last looked.", url.href, "Show what changed");
    }
    all[story.dataset.live] = [new Date().toISOString(), here];
    const kept = Object.entries(all).sort((one, other) => (one[1][0] < other[1][0] ? 1 : -1)).slice(0, 200);
    localStorage.setItem(SEEN, JSON.stringify(Object.fromEntries(kept)));
  } catch { /* a browser that keeps nothing is told nothing */ }
}

// What was typed at the desk and not sent is kept in this browser (drafts.js); it does not outlast the session.
document.querySelector("form.who")?.addEventListener("submit", () => {
  for (const key of Object.keys(localStorage)) if (key.startsWith("fact-ledger draft ")) localStorage.removeItem(key);
  localStorage.setItem("fact-ledger signed out", new Date().toISOString()); // so that other tabs keep nothing, either
});
