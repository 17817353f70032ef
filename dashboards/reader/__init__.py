"""The reader's choices: the view in the URL, links between pages, and the context made from both.

Belongs here: the view, navigation, context. Does not belong here: widgets (page/frame.py), figures (figures/).
"""
