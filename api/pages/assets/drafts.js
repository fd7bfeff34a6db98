// What was typed into a form of the desk and not sent yet is kept in this browser alone, by whoever is signed in and by the
// form's address, and by what it is about where that is one of several, and offered back. It goes when the form is recorded, when it is thrown away, and with signing out.
const KEPT = "fact-ledger draft ", MOST = 20, LARGEST = 300_000;
const who = document.body.dataset.who;
const keyOf = (form) => `${KEPT}${who} ${new URL(form.action).pathname} ${form.dataset.draft ?? ""}`;
const own = () => Object.keys(localStorage).filter((key) => key.startsWith(KEPT + who));
const forms = (within) => [...within.querySelectorAll(".desk-form form.fields[method=post]")];
const typed = (form) => [...new FormData(form)].filter(([name]) => !["mark", "do"].includes(name));
// What the page puts there by itself was not typed by anybody.
const UNSEEN = /^(once|seen|since|of|expected_version|leaves_fact|(at|as|own)\..+)$/;
const said = (fields) => JSON.stringify(fields.filter(([name, value]) => value && !UNSEEN.test(name)));
const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };

const started = new WeakMap(); // form -> what stood in it when it was shown
let isOver = false; // signed out in another tab: what is typed on here is not kept
const keep = (form) => {
  if (isOver) return;
  const fields = typed(form);
  if (said(fields) === started.get(form)) return;
  const text = JSON.stringify({ at: new Date().toISOString(), fields });
  if (text.length > LARGEST) return;
  try {
    localStorage.setItem(keyOf(form), text);
    const others = own().map((key) => [read(key)?.at ?? "", key]).sort();
    for (const [, key] of others.slice(0, -MOST)) localStorage.removeItem(key);
  } catch { /* a browser that keeps nothing offers nothing back */ }
};

const when = (at) => {
  const then = new Date(at), time = { hour: "2-digit", minute: "2-digit" };
  return then.toDateString() === new Date().toDateString() ? then.toLocaleTimeString("en-GB", time) : then.toLocaleString("en-GB", { day: "numeric", month: "long", ...time });
};

const button = (text, act) => {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: text });
  made.addEventListener("click", act);
  return made;
};

// The form as it was, rows and all: the page is asked for it, with what was typed.
const restore = (form, fields) => {
  const again = Object.assign(document.createElement("form"), { method: "post", action: form.action, hidden: true });
  for (const [name, value] of [...fields, ["mark", form.elements.mark.value], ["do", "show"]])
    again.append(Object.assign(document.createElement("textarea"), { name, value }));
  document.body.append(again);
  again.submit();
};

// What the page changed along with what was typed is not what was lost.
const byHand = (form, fields) => said(fields.filter(([name]) => !form.elements.namedItem(`as.${name}`)?.value));
const offer = (form) => {
  const kept = read(keyOf(form));
  started.set(form, said(typed(form)));
  if (!kept || byHand(form, kept.fields) === byHand(form, typed(form))) return;
  const box = Object.assign(document.createElement("p"), { className: "kept draft" });
  const gone = () => { localStorage.removeItem(keyOf(form)); box.remove(); };
  box.append("You wrote something here that was not filed. ", button(`Restore what you wrote at ${when(kept.at)}`, () => restore(form, kept.fields)), " ", button("Throw it away", gone));
  form.before(box);
};

if (who) {
  // Recorded: what was sent is not kept any longer.
  const sent = sessionStorage.getItem("fact-ledger sent");
  if (sent && new URL(location.href).searchParams.has("recorded")) localStorage.removeItem(sent);
  forms(document).forEach(offer);
  addEventListener("storage", ({ key }) => { isOver ||= key === "fact-ledger signed out"; });
  let waiting;
  const later = (form) => { clearTimeout(waiting); waiting = setTimeout(keep, 300, form); };
  document.addEventListener("panel", (event) => forms(event.target).forEach(offer));
  document.addEventListener("input", (event) => event.target.closest?.(".desk-form form.fields") && later(event.target.closest("form")));
  addEventListener("pagehide", () => forms(document).forEach((form) => started.has(form) && keep(form)));
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".desk-form form.fields") || !["file", "publish", "hold"].includes(event.submitter?.value)) return;
    clearTimeout(waiting);
    if (started.has(event.target)) keep(event.target); // what is sent is the last that was typed
    sessionStorage.setItem("fact-ledger sent", keyOf(event.target));
  }, true);
}
