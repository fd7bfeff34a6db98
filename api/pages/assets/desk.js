// At the desk: `f` reports a fact from the words that are selected in the copy; Ctrl+Enter sends the form. All of it
// can be done without this script.
const typing = "input, textarea, select, [contenteditable]";
let box, before;

// The words as they stand in the copy: without the numbers of facts, and with the ends of lines between paragraphs.
const selected = (prose) => {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return "";
  const range = selection.getRangeAt(0);
  if (!prose.contains(range.commonAncestorContainer)) return "";
  const held = document.createElement("div");
  held.append(range.cloneContents());
  for (const other of held.querySelectorAll(".ref, .told, .label, .moved-away, del")) other.remove();
  const paragraphs = held.querySelectorAll(".para");
  const parts = paragraphs.length ? [...paragraphs] : [held];
  return parts.map((part) => part.textContent).join("\n").trim();
};

const close = () => box.close();

const show = (form) => {
  box = document.createElement("dialog");
  box.className = "report";
  const head = document.createElement("h2");
  head.id = "report-head";
  head.textContent = "Report a fact";
  box.setAttribute("aria-labelledby", head.id);
  const leave = document.createElement("button");
  leave.className = "quiet";
  leave.type = "button";
  leave.textContent = "Close";
  leave.addEventListener("click", close);
  box.append(leave, head, form);
  box.addEventListener("close", () => {
    box.remove();
    box = undefined;
    before?.focus?.();
  });
  document.body.append(box);
  box.showModal();
  form.querySelector("textarea")?.focus();
};

const report = async (prose) => {
  const address = new URL(prose.dataset.report, location.href);
  const words = selected(prose);
  if (words) address.searchParams.set("words", words);
  before = document.activeElement;
  box = true; // taken, until the form is there
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const form = answer.ok && page.querySelector("main form.fields");
    if (!form) throw new Error(answer.status);
    form.append(...page.querySelectorAll("main datalist"));
    show(document.adoptNode(form));
  } catch {
    box = undefined;
    location.assign(address); // the page itself says what is in the way
  }
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("form");
    const button = form?.querySelector(".file button") ?? form?.querySelector("button:not(.vh)");
    if (button) {
      event.preventDefault();
      form.requestSubmit(button);
    }
    return;
  }
  const prose = document.querySelector(".prose[data-report]");
  const is_free = !box && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
  if (prose && event.key === "f" && is_free && !event.target.closest?.(typing)) {
    event.preventDefault();
    report(prose);
  }
});
