"""Words, numbers and dates as a reader of Chinese or English sees them.

Belongs here: texts and formats. Does not belong here: which text explains a figure (page/sentences.py), markup
(components/).
"""
