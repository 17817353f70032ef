"""What pages have in common: the frame around them, the evidence for a number, the parts of a subject's page, the
sentences.

Here: parts that several screens use. Not here: pieces of markup (components/), a single page (screens/).
"""
