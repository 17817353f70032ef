"""What the warehouse says: questions to the published generation, and the arithmetic and judgement on the answers.

Here: figures. Not here: SQL (queries/), wording and formats (language/), markup (components/).
"""
