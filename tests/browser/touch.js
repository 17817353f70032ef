// What a finger would miss: links and buttons with an area less than 36 px high, with its height. The area is what a tap
// reaches, which may be more than the box that is seen: points above and below the middle tell, so the window has to be
// as high as the page. The row of a table belongs to its link.
() => {
  const missed = [];
  for (const one of document.querySelectorAll('a[href], button')) {
    if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = one.getBoundingClientRect();
    if (box.width < 2 || box.right < 0 || box.left > innerWidth - 8 || box.bottom > innerHeight) continue;
    // Of a link on two lines, the first.
    const part = one.getClientRects()[0];
    const x = Math.min((part.left + part.right) / 2, innerWidth - 4), y = (part.top + part.bottom) / 2;
    const own = (at) => {
      const there = document.elementFromPoint(x, at);
      return there !== null && (one.contains(there) || there.contains(one) && there.matches('tr, td'));
    };
    if (!own(y)) continue;
    let high = 1;
    for (let at = y - 1; at > y - 60 && own(at); at -= 1) high += 1;
    for (let at = y + 1; at < y + 60 && own(at); at += 1) high += 1;
    const named = [...one.classList].filter((name) => !/^st-emotion|^e[0-9a-z]{6,}/.test(name)).join('.');
    if (high < 36) missed.push(`${named} ${one.dataset.testid || ''} ${one.innerText.slice(0, 16)} ${high}`);
  }
  return missed;
}
