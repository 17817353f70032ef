"""Words, numbers and dates as a reader of Chinese or English sees them.

Here: texts and formats. Not here: which text says what a figure means (page/sentences.py), markup (components/).
"""
