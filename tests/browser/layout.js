// Faults of a page's layout, measured on the boxes of its texts: [{kind, where, text}].
// cut: a box hides a part of the text. off: it lies beside the window. over: it lies on another text. broken: a word or a number goes
// on in the next line without a hyphen. empty: nearly half of a card has nothing,
// and it is no table, which is as long as its rows, and does not say why.
// What can be scrolled to is not cut; texts for screen readers only, and icons, are left out.
() => {
  const faults = [], boxes = [];
  const main = document.querySelector('[data-testid=stMain]');
  const app = document.querySelector('[data-testid=stApp]');
  const LEFT_OUT = '[data-testid=stIconMaterial], [aria-hidden=true], [data-testid=stSidebar], [data-testid=stSkipLink], style, script';
  const named = (element) => {
    const classes = [];
    for (let up = element; up && classes.length < 2; up = up.parentElement) {
      const own = [...up.classList].filter((name) => !/^st|^e[0-9a-z]{6,}/.test(name));
      if (own.length) classes.unshift(own.join('.'));
    }
    return classes.join(' > ');
  };
  const add = (kind, element, text) => faults.push({ kind, where: named(element), text: text.slice(0, 60) });
  const range = document.createRange();
  const walker = document.createTreeWalker(app, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || element.closest(LEFT_OUT)) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (!element.closest('code')) {
      for (const word of walker.currentNode.textContent.matchAll(/[A-Za-z0-9][A-Za-z0-9.,%]*[A-Za-z0-9%]/g)) {
        range.setStart(walker.currentNode, word.index);
        range.setEnd(walker.currentNode, word.index + word[0].length);
        const tops = [...range.getClientRects()].filter((part) => part.width > 1).map((part) => part.top);
        if (Math.max(...tops) - Math.min(...tops) > 6) add('broken', element, word[0]);
      }
    }
    range.selectNodeContents(walker.currentNode);
    const lines = [...range.getClientRects()].filter((line) => line.width > 1 && line.height > 1);
    const hiding = [];
    let scroller = null, sticky = false, unseen = false;
    for (let up = element; up && up !== main && !scroller; up = up.parentElement) {
      const style = getComputedStyle(up), overflow = style.overflowX + style.overflowY;
      if (style.position === 'sticky') sticky = true;
      if (/auto|scroll/.test(overflow)) scroller = up;
      else if (/hidden|clip/.test(overflow)) hiding.push(up.getBoundingClientRect());
      if (hiding.some((box) => box.width <= 1 || box.height <= 1) || style.clipPath !== 'none') unseen = true;
      if (style.position === 'fixed') break;
    }
    if (unseen) continue;
    for (const line of lines) {
      const beyond = Math.max(0, ...hiding.map((box) => Math.max(line.right - box.right, box.left - line.left)));
      const below = Math.max(0, ...hiding.map((box) => Math.max(line.bottom - box.bottom, box.top - line.top)));
      if (beyond > 1 || below > line.height / 4) add('cut', element, text);
      else if (!scroller && (line.right > innerWidth + 1 || line.left < -1)) add('off', element, text);
      else boxes.push({ element, text, line, scroller, sticky, fixed: !!element.closest('.st-key-topbar, header') });
    }
  }
  boxes.sort((one, other) => one.line.top - other.line.top);
  boxes.forEach((one, at) => {
    for (const other of boxes.slice(at + 1)) {
      if (other.line.top >= one.line.bottom) break;
      if (one.element === other.element || one.scroller !== other.scroller) continue;
      if (one.sticky !== other.sticky || one.fixed !== other.fixed) continue;
      const wide = Math.min(one.line.right, other.line.right) - Math.max(one.line.left, other.line.left);
      const high = Math.min(one.line.bottom, other.line.bottom) - other.line.top;
      const least = Math.min(one.line.height, other.line.height);
      if (wide > 2 && high > least * 0.35) add('over', one.element, `${one.text.slice(0, 28)} × ${other.text}`);
    }
  });
  for (const panel of document.querySelectorAll('[class*="st-key-panel_"]:not(:has(.blank, .table-box))')) {
    const card = panel.getBoundingClientRect();
    let last = card.top;
    for (const part of panel.querySelectorAll('*')) {
      const box = part.getBoundingClientRect();
      const seen = part.matches('canvas, svg, img, u, s') || (!part.children.length && part.textContent.trim());
      if (seen && box.width > 2 && box.height > 2) last = Math.max(last, Math.min(box.bottom, card.bottom));
    }
    const free = card.bottom - last;
    if (free > 100 && free > card.height * 0.45) add('empty', panel, `${Math.round(free)} of ${Math.round(card.height)} px`);
  }
  return faults;
}
