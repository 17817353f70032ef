"""What the reader has chosen: the view in the address, the way between pages, and the context made from both.

Here: the view, navigation, context. Not here: widgets (page/frame.py), figures (figures/).
"""
