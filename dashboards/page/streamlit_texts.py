"""What Streamlit says by itself, in English: menus, lists without a match, its skip link, the dialogs when the server
does not answer or has no such page.

Belongs here: those texts and the words that take their place (components/live.js replaces them). Does not belong here:
texts that theme.css replaces (theme.py).
"""

from language.words import Speaker

WORD = {
    "Skip to main content": "streamlit.skip",
    "App pages": "streamlit.pages",
    "Expand sidebar": "streamlit.open_menu",
    "Collapse sidebar": "streamlit.close_menu",
    "Choose an option": "streamlit.choose",
    "Open": "streamlit.open",
    "Close": "streamlit.close",
    "Clear value": "streamlit.clear",
    "No results": "nothing_found",
    "Download as PNG: ": "streamlit.picture",
    "Fullscreen: ": "streamlit.fullscreen",
    "Connection error": "streamlit.gone",
    "Streamlit server is not responding. Are you connected to the internet?": "streamlit.gone_why",
    "Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:": (
        "streamlit.gone_why"
    ),
    "Page not found": "streamlit.no_page",
    "The page that you have requested does not seem to exist. Running the app's main page.": "streamlit.no_page_why",
}


def ours(t: Speaker) -> dict[str, str]:
    """Their text to ours."""
    return {theirs: t(word) for theirs, word in WORD.items()}
