"""Shared parts of pages: the frame around them, the evidence for a number, the parts of a page about one topic, the
sentences.

Belongs here: parts that several screens use. Does not belong here: pieces of markup (components/), a single page
(screens/).
"""
