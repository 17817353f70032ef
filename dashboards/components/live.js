// What a click was about. The first of these on the next page is brought into view; the later ones only on a phone,
// where they are not beside what was clicked.
const EVIDENCE = ['.st-key-panel_evidence', '.st-key-panel_event_one'];
const BESIDE = ['.st-key-panel_rank', '.st-key-panel_trend'];

function chooses(link) {
  const there = new URLSearchParams(link.dataset.go.split('?')[1]), here = new URLSearchParams(location.search);
  return link.matches('.att') || ['kpi', 'event'].some((name) => there.get(name) !== here.get(name));
}

function land() {
  let ran = false, left = 80;
  const waiting = setInterval(() => {
    const state = document.querySelector('[data-test-script-state]')?.dataset.testScriptState;
    ran = ran || state === 'running' || left < 60;
    if (--left && !(ran && state === 'notRunning')) return;
    clearInterval(waiting);
    const wanted = matchMedia('(max-width: 820px)').matches ? [...EVIDENCE, ...BESIDE] : EVIDENCE;
    const panel = wanted.map((one) => document.querySelector(one)).find(Boolean);
    if (!panel) return;
    const { top } = panel.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) panel.scrollIntoView();
  }, 100);
}

// Streamlit's own English texts in the reader's language: {theirs: ours}. A text of theirs that ends in ": " is the
// beginning of a longer one. While the server does not answer, the page's newest day is no longer said to be the newest.
let ours = {};
function translated(text) {
  const begun = Object.keys(ours).find((theirs) => theirs.endsWith(': ') && text.startsWith(theirs));
  return begun ? ours[begun] + text.slice(begun.length) : ours[text];
}

function translate() {
  for (const name of ['aria-label', 'placeholder', 'title']) {
    for (const one of document.querySelectorAll(`[${name}]:not(.live *)`)) {
      const said = translated(one.getAttribute(name));
      if (said) one.setAttribute(name, said);
    }
  }
  const english = '[data-testid=stSkipToContent], [data-testid=stSelectboxVirtualDropdown] span, [role=dialog] h2, [role=dialog] div';
  for (const one of document.querySelectorAll(english)) {
    if (one.children.length) continue;
    const theirs = one.textContent, said = translated(theirs);
    if (theirs === 'Connection error') document.documentElement.classList.add('gone');
    if (said) one.textContent = said;
  }
}

// Marks what goes on to the right of its box; theme.css says it in words.
function watch() {
  if (window.siheWatch) return;
  const mark = () => {
    translate();
    document.querySelectorAll('.table-box, .heat, .way').forEach(
      (box) => box.toggleAttribute('data-more', box.scrollWidth > box.clientWidth + 8));
  };
  let due;
  const later = () => { clearTimeout(due); due = setTimeout(mark, 150); };
  window.siheWatch = new MutationObserver(later);
  window.siheWatch.observe(document.body, { childList: true, subtree: true });
  addEventListener('resize', later);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector('.live');
  if (!root) return;
  if (data.ours.length) ours = Object.fromEntries(data.ours);
  watch();
  document.documentElement.classList.remove('gone');
  document.documentElement.lang = data.lang;
  if (root.dataset.markup !== data.markup) { root.innerHTML = data.markup; root.dataset.markup = data.markup; }
  root.onclick = (event) => {
    const fold = event.target.closest('button.fold');
    if (fold) fold.setAttribute('aria-expanded', document.documentElement.classList.toggle('unfolded'));
    const link = event.target.closest('a[data-go]');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (chooses(link)) land();
    setTriggerValue('go', link.dataset.go);
  };
}
