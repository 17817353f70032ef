"""The login in a real browser: by keyboard, for a screen reader, and gone with all numbers when the session ends.

Belongs here: the gate's pages in Chromium. Does not belong here: the dashboard's own pages (tests/browser).
"""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.test_dashboard import AXE
from tests.gate.conftest import PASSWORD, Site


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="zh-CN")
    yield context
    context.close()


def signed_in(browser: BrowserContext, site: Site, name: str) -> None:
    token, _ = site.house.sessions.begin(name, "127.0.0.1", "", "password")
    browser.add_cookies([{"name": "sihe", "value": token, "url": site.address}])


def violations(page: Page) -> list[str]:
    """What is hard for a screen reader or a keyboard: rule and place."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")
    return [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]


def heard(page: Page) -> tuple[set[str], list[str]]:
    """Hosts that were asked, and what the console said of the content security policy."""
    hosts: set[str] = set()
    said: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or "127.0.0.1"))
    page.on("console", lambda one: said.append(one.text) if "Content Security Policy" in one.text else None)
    return hosts, said


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_is_for_everybody(chromium: Browser, site: Site, scheme: Literal["light", "dark"]) -> None:
    context = chromium.new_context(color_scheme=scheme, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{site.address}/login")
    for width in (1920, 1366, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.click("text=English")
    assert page.locator("html").get_attribute("lang") == "en" and page.get_by_label("User name").is_visible()
    context.close()


def test_a_person_signs_in_by_keyboard_sees_the_dashboard_and_loses_it_with_the_session(
    browser: BrowserContext, site: Site
) -> None:
    page = browser.new_page()
    hosts, said = heard(page)
    page.goto(f"{site.address}/definitions?p=7d")
    assert "/login?next=" in page.url
    # The cursor is where it is needed, once the page is there.
    page.wait_for_selector("#name:focus")
    page.keyboard.type("leader")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text() == "用户名、口令或动态码不对。"
    page.wait_for_selector("#password:focus")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".foot, .blank-page", timeout=60_000)
    assert "/definitions" in page.url
    page.get_by_role("link", name="账户").click()
    page.wait_for_url("**/account")
    page.go_back()
    page.wait_for_selector(".foot, .blank-page", timeout=60_000)
    site.house.people.set_disabled("leader", is_disabled=True)
    page.wait_for_selector("#password", timeout=2000)
    assert page.locator(".stApp").count() == 0
    page.go_back()
    page.wait_for_selector("#password")
    site.house.people.set_disabled("leader", is_disabled=False)
    assert (hosts, said) == ({"127.0.0.1"}, [])


def test_a_page_that_comes_back_without_its_session_goes_to_the_login(browser: BrowserContext, site: Site) -> None:
    """As after a night: the socket is gone, and so is the session."""
    signed_in(browser, site, "street")
    page = browser.new_page()
    page.goto(site.address)
    page.wait_for_selector(".foot, .blank-page", timeout=60_000)
    browser.set_offline(True)
    site.house.sessions.end("street", site.house.sessions.of_person("street")[0].id)
    page.wait_for_timeout(600)
    browser.set_offline(False)
    page.wait_for_selector("#password", timeout=30_000)


@pytest.mark.parametrize("path", ["/account", "/audit", "/files"])
def test_the_gates_own_pages_are_for_everybody(browser: BrowserContext, site: Site, path: str) -> None:
    signed_in(browser, site, "admin")
    page = browser.new_page()
    _, said = heard(page)
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{site.address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    assert said == []


def test_dagsters_page_works_under_the_policy_and_leaves(browser: BrowserContext, dagster: Site) -> None:
    signed_in(browser, dagster, "engineer")
    page = browser.new_page()
    hosts, said = heard(page)
    page.goto(f"{dagster.address}/dagster/")
    page.wait_for_selector("text=Overview", timeout=60_000)
    assert (hosts, said) == ({"127.0.0.1"}, [])
    dagster.house.people.set_disabled("engineer", is_disabled=True)
    page.wait_for_selector("#password", timeout=15_000)
    dagster.house.people.set_disabled("engineer", is_disabled=False)
