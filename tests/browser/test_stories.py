"""A browser follows the stories of the demo district from the overview, by clicks alone.

Belongs here: the clicks. Does not belong here: which there are (docs/demo.md), the numbers (tests/walk/test_demo.py).
`python -m tests.browser.test_stories ADDRESS` follows all of them on a dashboard with 120 days of the demo.
"""

import sys
from collections.abc import Callable

from playwright.sync_api import Page, TimeoutError, sync_playwright

from tests.pages.told import Story, stories

from .conftest import FLAGS, Visit

Open = Callable[..., Visit]
# Marks the link whose words begin so, if it is there; a symbol before the words, such as that of a badge, is no word.
MARK = """(words) => {
  const said = (link) => link.innerText.replace(/\\s+/g, ' ').trim().replace(/^[^\\p{L}\\p{N}“]+/u, '');
  const found = [...document.querySelectorAll('a[data-go]')].find((link) => said(link).startsWith(words));
  document.querySelectorAll('[data-next]').forEach((link) => delete link.dataset.next);
  if (found) found.dataset.next = '';
  return !!found;
}"""


def bare(text: str) -> str:
    """Without spaces: a table has tabs, a sentence none."""
    return "".join(text.split())


def missed(shown: Visit, address: str, story: Story) -> list[str]:
    """The links that are not there, and what the page that was reached does not say."""
    page: Page = shown.open(address).page
    for words in story.clicks:
        try:
            page.wait_for_function(MARK, arg=words, timeout=10_000)
        except TimeoutError:
            return [f"no link {words}"]
        page.locator("a[data-next]").click()
        shown.settle()
    told = bare(page.inner_text("[data-testid=stApp]"))
    return [text for text in story.said if bare(text) not in told]


def test_clicks_lead_from_the_overview_to_every_story_and_its_cause(district_address: str, visit: Open) -> None:
    shown = visit(1920, 1080)
    walked = [story for story in stories() if not story.is_shown_later]
    assert len(walked) == 8
    assert [(story.where, wrong) for story in walked if (wrong := missed(shown, district_address, story))] == []


def main(address: str) -> None:
    """Follows all stories, says which could be, and fails if one could not."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        shown = Visit(browser.new_page(viewport={"width": 1920, "height": 1080}))
        wrong = {story.where: missed(shown, address, story) for story in stories()}
        browser.close()
    for where, lacks in wrong.items():
        print(where, "; ".join(lacks) or "found")
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main(sys.argv[1])
